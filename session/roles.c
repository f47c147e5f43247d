/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up the parts of a board by their roles. */
#include "session/roles.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"

/* As the boards and cairn-board(5) call them. */
static const char *const words[SESSION_ROLES] = {
    [SESSION_ROOT_OF_TRUST] = "root-of-trust",
    [SESSION_BOOT_CONTROL] = "boot-control",
    [SESSION_BOOT_CONSOLE] = "boot-console",
    [SESSION_BOOT_FLASH] = "boot-flash",
    [SESSION_FUSES] = "fuses",
    [SESSION_FIRMWARE] = "firmware",
    [SESSION_VARIABLES] = "variables",
    [SESSION_POWER_KEY] = "power-key",
    [SESSION_POWER_CUT] = "power-cut",
};

void session_roles_find(struct session_roles *roles,
                        const struct cairn_board *board)
{
    for (unsigned role = 0; role < SESSION_ROLES; role++) {
        if (cairn_board_role(board, words[role], roles->names[role]) != 0) {
            roles->names[role][0] = '\0';
        }
    }
}

const char *session_role(const struct session_roles *roles,
                         enum session_role role)
{
    return roles->names[role][0] ? roles->names[role] : NULL;
}

char *session_role_line(const struct session_roles *roles,
                        enum session_role role, const char *line)
{
    const char *name = session_role(roles, role);
    return name ? xasprintf("%s.%s", name, line) : NULL;
}

int session_role_get(const struct session_roles *roles, enum session_role role,
                     const char *line, struct cairn_machine *machine,
                     uint32_t *level)
{
    char *name = session_role_line(roles, role, line);
    int code = name ? cairn_line_get(machine, name, level) : -ENOENT;
    free(name);
    return code;
}

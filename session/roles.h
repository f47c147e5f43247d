/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a board that a session works with, by what they are for: the
 * board says which they are (cairn_board_role), so that no name of a node is
 * known here.
 */
#ifndef SESSION_ROLES_H
#define SESSION_ROLES_H

#include "include/cairn/cairn.h"

enum session_role {
    SESSION_ROOT_OF_TRUST, /* its registers for the SoC */
    SESSION_BOOT_CONTROL,  /* resets of the SoC, with the boot's verdict */
    SESSION_BOOT_CONSOLE,  /* the boot MCU's serial port */
    SESSION_BOOT_FLASH,    /* memory: where a chain of trust starts */
    SESSION_FUSES,         /* memory: the fuses that the chain answers to */
    SESSION_FIRMWARE,      /* memory: flash of a guest's firmware */
    SESSION_VARIABLES,     /* memory: flash that a guest's firmware writes */
    SESSION_POWER_KEY,     /* GPIO block whose pin 3 is the power key */
    SESSION_POWER_CUT,     /* the flash device that can lose its power */
    SESSION_ROLES,
};

/* Empty: the board has no such part. */
struct session_roles {
    char names[SESSION_ROLES][CAIRN_PART_NAME_SIZE];
};

void session_roles_find(struct session_roles *roles,
                        const struct cairn_board *board);
/* The part's name, or NULL. */
const char *session_role(const struct session_roles *roles,
                         enum session_role role);
/* "part.line", which the caller frees, or NULL. */
char *session_role_line(const struct session_roles *roles,
                        enum session_role role, const char *line);
/* Level of that line of the machine; -ENOENT without one. */
int session_role_get(const struct session_roles *roles, enum session_role role,
                     const char *line, struct cairn_machine *machine,
                     uint32_t *level);

#endif

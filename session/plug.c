/* SPDX-License-Identifier: Apache-2.0 */
/* Devices in free slots of the board, and those that it has itself. */
#include "session/plug.h"

#include <string.h>

#include "session/internal.h"

int session_plug(struct session *session, const char *option,
                 const struct cairn_plug *plug, char name[CAIRN_PART_NAME_SIZE],
                 struct session_error *error)
{
    struct cairn_error refused = {""};

    return cairn_board_plug(session->board, plug, name, &refused) == 0
               ? 0
               : session_misuse(error, option, "%s", refused.text);
}

static bool is_among(char (*names)[CAIRN_PART_NAME_SIZE], size_t count,
                     const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

const char *session_own_device(const struct cairn_machine *machine,
                               session_names *names,
                               char (*plugged)[CAIRN_PART_NAME_SIZE],
                               size_t count, unsigned number)
{
    const char *name;

    for (size_t i = 0; (name = names(machine, i)); i++) {
        if (!is_among(plugged, count, name) && number-- == 0) {
            return name;
        }
    }
    return NULL;
}

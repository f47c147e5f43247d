/* SPDX-License-Identifier: Apache-2.0 */
/* Work that disks, networks, folders and other virtio devices of a session
 * share: free slots of the board, and devices that the board has already. */
#ifndef SESSION_PLUG_H
#define SESSION_PLUG_H

#include "session/error.h"
#include "session/session.h"

struct session;

/* Puts a device into a free slot of the board that is open; name receives the
 * device's. A refusal is misuse of that option. */
int session_plug(struct session *session, const char *option,
                 const struct cairn_plug *plug, char name[CAIRN_PART_NAME_SIZE],
                 struct session_error *error);

/* The names of the machine's devices of one kind; NULL past the end. */
typedef const char *session_names(const struct cairn_machine *machine,
                                  size_t index);

/* The device of that number, in the board's order, among those that the board
 * has without the `count` names in `plugged`; NULL: there are fewer. */
const char *session_own_device(const struct cairn_machine *machine,
                               session_names *names,
                               char (*plugged)[CAIRN_PART_NAME_SIZE],
                               size_t count, unsigned number);

#endif

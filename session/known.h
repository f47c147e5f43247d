/* SPDX-License-Identifier: Apache-2.0 */
/* The public keys that the files of a session hold, for its report: those of
 * the firmware bundle, and of bundles and SoC manifests in the boot flash. */
#ifndef SESSION_KNOWN_H
#define SESSION_KNOWN_H

#include <stddef.h>

#include "include/cairn/cairn.h"
#include "session/session.h"
#include "trust/keys/known.h"

struct session_known {
    struct known_keys table;
    struct cairn_known_key *keys; /* the same, for cairn_report_run */
};

/* As the machine is at the end of its run. */
void session_known_read(struct session_known *known,
                        const struct session *session);
void session_known_fini(struct session_known *known);

#endif

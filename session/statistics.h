/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of a machine and of the engine, as lines for people. */
#ifndef SESSION_STATISTICS_H
#define SESSION_STATISTICS_H

#include "base/buffer.h"
#include "include/cairn/cairn.h"

enum session_statistics {
    SESSION_STATISTICS_ALL,
    SESSION_STATISTICS_GUEST, /* what no host decides: equal in equal runs */
};

void session_statistics_print(const struct cairn_machine *machine,
                              enum session_statistics which,
                              struct buffer *out);

#endif

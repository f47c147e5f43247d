/* SPDX-License-Identifier: Apache-2.0 */
/* The life cycles that a part can be in, by their names. */
#ifndef SESSION_LIFE_CYCLE_H
#define SESSION_LIFE_CYCLE_H

#include "session/options.h"

/* NULL, or a name that is none, leaves it to the fuses. */
void session_life_cycle_take(const char *cycle,
                             struct session_options *options);

#endif

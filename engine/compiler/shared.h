/* SPDX-License-Identifier: Apache-2.0 */
/* The code that all blocks share: entry and exits, look-ups, calls of C. */
#ifndef ENGINE_COMPILER_SHARED_H
#define ENGINE_COMPILER_SHARED_H

#include "engine/compiler/lower.h"

/* Writes it to where code begins, sets compiler->shared and where blocks
 * begin. */
void shared_make(struct compiler *compiler);

#endif

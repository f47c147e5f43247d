/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invariants of guests. ensure() stays in every build: a condition that does
 * not hold means that the program is wrong or was tampered with, so it ends in
 * a fault that names the place. It is never for what a SoC, a caller or a file
 * gives, which is checked and refused.
 */
#ifndef GUEST_KIT_ENSURE_H
#define GUEST_KIT_ENSURE_H

#include <stdint.h>

#define ensure(condition)                                                      \
    ((condition) ? (void)0 : ensure_failed(__FILE__, __LINE__))

/* Each program's own: reports the place, and does not go on. */
_Noreturn void ensure_failed(const char *file, uint32_t line);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions about our own code. What a guest or a file supplies is checked and
 * refused by an error instead: it never ends the program.
 *
 * assert() stays in every build, release too, wherever its test is a few
 * instructions beside work that takes more. debug_assert() is for the others:
 * those on hot paths (an access to a register, a fill of the soft TLB) and
 * those that walk a list. Release builds compile its condition and leave it
 * out; BUILD=debug and BUILD=thread evaluate it.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#include <assert.h>

#ifdef CAIRN_DEBUG
#define DEBUG_ASSERTIONS 1
#else
#define DEBUG_ASSERTIONS 0
#endif

#define debug_assert(condition)                                                \
    do {                                                                       \
        if (DEBUG_ASSERTIONS) {                                                \
            assert(condition);                                                 \
        }                                                                      \
    } while (0)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out.
 *
 * Most code here allocates small pieces and cannot go back half-way. So a
 * process that holds machines keeps a reserve of RESERVE_BYTES, which is made
 * whole before each public call that does something; if that fails the call is
 * refused, with nothing done. Within the call an allocation that fails is given
 * memory of the reserve. What needs more than the reserve ends at the innermost
 * MEMORY_TRY of its thread, which is -ENOMEM: what was in the making then is
 * lost, and so is its memory. Without one, as in programs that hold no
 * machine, the process ends.
 *
 * Any thread.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    RESERVE_PIECES = 16,
    RESERVE_PIECE_SIZE = 64 << 10,
    RESERVE_BYTES = RESERVE_PIECES * RESERVE_PIECE_SIZE,
};

/* The reserve is there from the first to the last holder. False, and nothing is
 * held, if the host has no memory for it. */
bool memory_hold_reserve(void);
void memory_drop_reserve(void);
/* Makes the reserve whole; true if it is, or nobody holds it. */
bool memory_fill_reserve(void);

/* realloc and calloc that do not return NULL. */
void *memory_resize(void *memory, size_t count, size_t size);
void *memory_zeroed(size_t count, size_t size);
/* Gives a piece of the reserve back to the host, for a caller of something else
 * that allocates, which then tries again. False: there is none. */
bool memory_relieve(void);
/* More than there is was needed. */
_Noreturn void memory_exhausted(void);

/* A place to which a call goes back that needs more than there is. */
struct memory_guard {
    jmp_buf place;
    struct memory_guard *outer;
};
void memory_guard_begin(struct memory_guard *guard);
void memory_guard_end(const struct memory_guard *guard);

/*
 * The value of call, an expression of type int, or -ENOMEM from within it with
 * *lost set. A call must not assign to variables of the function around it,
 * which are lost then.
 */
#define MEMORY_TRY(call, lost)                                                 \
    ({                                                                         \
        struct memory_guard guard_;                                            \
        int code_;                                                             \
        memory_guard_begin(&guard_);                                           \
        if (setjmp(guard_.place) == 0) {                                       \
            code_ = (call);                                                    \
            *(lost) = false;                                                   \
        } else {                                                               \
            code_ = -ENOMEM;                                                   \
            *(lost) = true;                                                    \
        }                                                                      \
        memory_guard_end(&guard_);                                             \
        code_;                                                                 \
    })

#endif

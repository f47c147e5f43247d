/* SPDX-License-Identifier: Apache-2.0 */
/* A reserve of memory, and the way out when that is used up. */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct memory_guard *innermost;
static _Atomic(void *) pieces[RESERVE_PIECES];
static atomic_uint holders;
/* True if a piece may have been taken since the reserve was whole. */
static atomic_bool touched;

static bool fill(void)
{
    atomic_store(&touched, false);
    for (size_t i = 0; i < RESERVE_PIECES; i++) {
        void *none = NULL;
        if (atomic_load(&pieces[i])) {
            continue;
        }
        void *piece = malloc(RESERVE_PIECE_SIZE);
        if (!piece) {
            atomic_store(&touched, true);
            return false;
        }
        if (!atomic_compare_exchange_strong(&pieces[i], &none, piece)) {
            free(piece);
        }
    }
    return true;
}

bool memory_relieve(void)
{
    for (size_t i = 0; i < RESERVE_PIECES; i++) {
        void *piece = atomic_exchange(&pieces[i], NULL);
        if (piece) {
            atomic_store(&touched, true);
            free(piece);
            return true;
        }
    }
    return false;
}

bool memory_hold_reserve(void)
{
    atomic_fetch_add(&holders, 1);
    if (fill()) {
        return true;
    }
    memory_drop_reserve();
    return false;
}

void memory_drop_reserve(void)
{
    if (atomic_fetch_sub(&holders, 1) == 1) {
        while (memory_relieve()) {
        }
    }
}

bool memory_fill_reserve(void)
{
    return !atomic_load_explicit(&touched, memory_order_relaxed) ||
           atomic_load(&holders) == 0 || fill();
}

void *memory_resize(void *memory, size_t count, size_t size)
{
    void *resized;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        memory_exhausted();
    }
    while (!(resized = realloc(memory, bytes ? bytes : 1))) {
        if (!memory_relieve()) {
            memory_exhausted();
        }
    }
    return resized;
}

void *memory_zeroed(size_t count, size_t size)
{
    void *memory;
    while (!(memory = calloc(count ? count : 1, size ? size : 1))) {
        if (!memory_relieve()) {
            memory_exhausted();
        }
    }
    return memory;
}

void memory_exhausted(void)
{
    if (innermost) {
        longjmp(innermost->place, 1);
    }
    fputs("cairn: out of memory\n", stderr);
    abort();
}

void memory_guard_begin(struct memory_guard *guard)
{
    guard->outer = innermost;
    innermost = guard;
}

void memory_guard_end(const struct memory_guard *guard)
{
    innermost = guard->outer;
}

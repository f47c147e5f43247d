/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows: memory that compiled code of physically addressed guests accesses
 * after two comparisons, without a look into the soft TLB.
 */
#ifndef ENGINE_WINDOW_H
#define ENGINE_WINDOW_H

#include "engine/tlb.h"

struct guest_access;
struct guest_place;

/* Memory that compiled code of physical guests accesses with no other check
 * than this: `size` bytes of guest addresses from `base` on, and
 * VCPU_WINDOW_SLACK more that an access may reach into; 0: none. One for
 * reads, all of the most used memory; two for writes, of pages that are dirty
 * and hold no code: one where the stack pointer points, the other elsewhere.
 * Of guests with extents (engine/guest.h) the one at the stack pointer is for
 * reads as well. The last is a page of memory that takes whole words only,
 * which neither the soft TLB nor compiled code can tell: vcpu_store alone looks
 * through it.
 */
enum vcpu_window_kind {
    VCPU_WINDOW_READ,
    VCPU_WINDOW_WRITE,
    VCPU_WINDOW_STACK,
    VCPU_WINDOW_WORDS,
    VCPU_WINDOWS
};
enum { VCPU_WINDOW_SLACK = 256 };

struct vcpu_window {
    uint32_t base;
    uint64_t size; /* of 32 bits */
    uint8_t *host;
};

/* Closed, also if they are of another context; and found anew around a page
 * that was entered into the soft TLB. */
void vcpu_close_windows(struct vcpu *cpu);
void vcpu_close_write_windows(struct vcpu *cpu);
void vcpu_check_windows(struct vcpu *cpu);
void vcpu_widen_windows(struct vcpu *cpu, uint64_t page,
                        const struct span *span, enum vcpu_access access);
/* For guests with extents: around an access in a page that the soft TLB cannot
 * remember. These have no slack: compiled code looks at the access's end. */
void vcpu_open_extent(struct vcpu *cpu, const struct guest_access *access,
                      uint64_t address, const struct guest_place *place);
/* Memory that takes whole words: opens its window after a store there took the
 * slow path, and stores through it; false: not there, or no aligned word. */
void vcpu_open_words(struct vcpu *cpu, uint64_t address);
bool vcpu_store_word(struct vcpu *cpu, uint64_t address, unsigned size,
                     uint64_t value);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Random T32 programs for comparing two implementations; tests only. */
#ifndef TESTS_ENGINE_T32_RANDOM_H
#define TESTS_ENGINE_T32_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "isa/t32/disassemble.h"
#include "tests/engine/t32_random_layout.h"

/* A core that programs are for, as Cairn and QEMU have it. */
struct t32_target {
    const char *name;
    const char *compatible;
    const char *machine; /* of qemu-system-arm, whose "mps.ram" is at base */
    uint32_t base;
    uint32_t boot;     /* where the first vectors are */
    unsigned features; /* of isa/t32 */
    unsigned flags;    /* T32_FLAG_* */
};

enum t32_target_number {
    T32_CORTEX_M3,
    T32_CORTEX_M4,
    T32_CORTEX_M7,
    T32_CORTEX_M33,
    T32_TARGETS
};
extern const struct t32_target t32_targets[T32_TARGETS];

/* Values: blocks of instructions that mostly do not fault, each with several
 * sets of registers. System: short steps with random modes, masks, priorities,
 * protection, pending exceptions. */
enum t32_kind { T32_VALUES, T32_SYSTEM, T32_KINDS };

struct t32_program {
    const struct t32_target *target;
    enum t32_kind kind;
    uint8_t *image; /* what memory at the target's base holds */
    uint32_t image_size;
    uint32_t records;
    uint32_t reset; /* where the core starts */
    uint32_t end;   /* where a bare core is stopped */
    uint64_t cases; /* instructions times sets */
    bool is_prefixes;
    bool fp_in_it;  /* for the maker, of the block at hand: IT blocks may have
                       FP instructions; it starts with an FP context */
    uint64_t state; /* of the random numbers */
    uint32_t runs[T32_ROWS];
};

struct t32_program *t32_program_create(const struct t32_target *target,
                                       enum t32_kind kind, uint64_t seed);
/* For a record of the values kind, one record for each of its instructions,
 * with an end in the instruction's place. Where they begin to differ, and an
 * end is reached, the instruction before it is the one that differs. */
struct t32_program *t32_program_prefixes(const struct t32_program *whole,
                                         uint32_t record);
void t32_program_destroy(struct t32_program *program);
/* True if random programs of the kind hold the row. */
bool t32_row_is_random(enum t32_row row, const struct t32_target *target,
                       enum t32_kind kind);

/* Makes of what QEMU left what the manual says: ICSR.VECTPENDING is not an
 * exception that BASEPRI masks (DUI 0553, 4.3.3), of cores with one security
 * state. */
void t32_correct(const struct t32_program *program, uint8_t *image);

/* Clears what the manual leaves open, and what QEMU has that it does not:
 *  - what FPCCR and FPCAR hold after a return that an exception takes the place
 *    of depends on tail chaining, which QEMU has not; after a stacking that
 *    faulted they are not to be used;
 *  - BFAR of unaligned accesses is aligned in QEMU;
 *  - SFAR is not written by QEMU where an instruction's access is refused,
 * which is AUVIOL (DDI 0553 D1.2.228: SFARVALID comes with it);
 *  - FPCCR.UFRDY, which is Armv8-M's, in Armv7-M;
 *  - ICSR.VECTPENDING where a BASEPRI of two security states may mask it. */
void t32_forget(const struct t32_program *program, uint8_t *image);

/* The first record, from that one on, in which two images differ; -1: none. */
int t32_next_difference(const struct t32_program *program, const uint8_t *ours,
                        const uint8_t *theirs, uint32_t from);
void t32_explain(const struct t32_program *program, uint32_t record,
                 const uint8_t *ours, const uint8_t *theirs,
                 struct buffer *out);

#endif

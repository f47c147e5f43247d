/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the makers of random T32 programs. */
#ifndef TESTS_ENGINE_T32_RANDOM_INSIDE_H
#define TESTS_ENGINE_T32_RANDOM_INSIDE_H

#include "tests/engine/t32_random.h"

enum { T32_INDEX = 6, T32_POINTER = 7, T32_STEPS = 2048, T32_PREFIXES = 200 };

struct t32_emitter {
    struct t32_program *program;
    uint32_t offset;
};

uint32_t t32_next(struct t32_program *p);
bool t32_chance(struct t32_program *p, unsigned percent);
uint32_t t32_value(struct t32_program *p);
uint32_t t32_fp_value(struct t32_program *p);
uint32_t t32_get(const uint8_t *image, uint32_t offset);
void t32_put(struct t32_program *p, uint32_t offset, uint32_t word);
void t32_emit(struct t32_emitter *e, uint32_t encoding, unsigned length);
/* Random bits in the form's encoding; the row is T32_UNDEFINED where they are
 * another's. */
uint32_t t32_random_of_form(struct t32_program *p, unsigned form, bool in_it,
                            struct t32_insn *insn);
/* One that neither branches nor faults, by registers that have their duties. */
void t32_random_simple(struct t32_program *p, bool in_it,
                       struct t32_insn *insn);
/* One of the row, likewise. */
void t32_random_of_row(struct t32_program *p, enum t32_row row,
                       struct t32_insn *insn);
bool t32_is_store_exclusive(unsigned row);
/* The load whose monitor the store asks. */
enum t32_row t32_load_of(enum t32_row store);
/* The state that all steps start with. */
void t32_fill(struct t32_program *p, uint32_t *record);
/* tests/engine/t32_random_system.c */
void t32_make_steps(struct t32_program *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Places of C code where a mutant changes nothing that a test can see, or only
 * what sanitizers tell. */
#ifndef BUILD_MUTANT_PLACES_H
#define BUILD_MUTANT_PLACES_H

#include "build/c_tokens.h"

/* for (...; i < ARRAY_SIZE(...); ...): where that is equal the element lies
 * outside of the array. */
bool mutant_ends_loop_at_array(const struct source *source, size_t index);
/* Where the condition of the "?" at index begins. */
size_t mutant_condition_start(const struct source *source, size_t index);
/* A < B ? A : B and the like, by the sign at index: the lesser or greater of
 * two, which is either of them if they are equal. */
bool mutant_chooses_operand(const struct source *source, size_t index);
/* TYPE NAME [ ... ] , NAME [ ... ] declares arrays: nothing is assigned or
 * called before. */
bool mutant_is_array_size(const struct source *source, size_t index);
/* Calls whose loss is a leak, of memory or of secrets in it. */
bool mutant_is_release(const struct source *source, size_t index);

#endif

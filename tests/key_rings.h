/* SPDX-License-Identifier: Apache-2.0 */
/* Rings of keys that were made once for all tests: their LMS trees take
 * seconds. A test names those it uses in its NEEDS. */
#ifndef TESTS_KEY_RINGS_H
#define TESTS_KEY_RINGS_H

#include "trust/keys/keys.h"

/* Loads build/out/test-keys/NAME; false: cannot be read. */
bool test_ring_load(struct key_ring *ring, const char *name);

/* The one ring of a program that makes its keys from a seed, at the first call:
 * with LMS its trees take seconds, so all tests share it. */
struct key_ring *test_ring_make(const char *seed, bool lms);

#endif

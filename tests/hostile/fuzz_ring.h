/* SPDX-License-Identifier: Apache-2.0 */
/* Keys for fuzzers of signed files. */
#ifndef TESTS_HOSTILE_FUZZ_RING_H
#define TESTS_HOSTILE_FUZZ_RING_H

#include "trust/keys/keys.h"

/* Keys without LMS, always the same. */
struct key_ring *fuzz_ring(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 64-bit hash for comparing states and indexing tables: the XXH64 function.
 * Not for anything an adversary could gain from.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The same result on every host. Chain runs by passing a hash as seed. */
uint64_t hash64(uint64_t seed, const void *bytes, size_t size);

#endif

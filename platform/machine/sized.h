/* SPDX-License-Identifier: Apache-2.0 */
/* Public structs that begin with their size (cairn.h): a caller's, of any
 * version, becomes one of this version. */
#ifndef PLATFORM_MACHINE_SIZED_H
#define PLATFORM_MACHINE_SIZED_H

#include <stddef.h>

#include "include/cairn/cairn.h"

/*
 * Copies the struct given to own, whose size field becomes own_size; what the
 * caller's struct lacks is zero.
 *
 * Returns 0; -EINVAL for a size that does not cover its own field; -E2BIG for a
 * size above CAIRN_SIZE_MAX, or bytes behind own_size that are not zero. own is
 * all zero after an error.
 */
int sized_copy(void *own, size_t own_size, const void *given);
/* The same with the reason in *error, which may be NULL; what names the
 * struct. */
int sized_take(void *own, size_t own_size, const void *given, const char *what,
               struct cairn_error *error);

#endif

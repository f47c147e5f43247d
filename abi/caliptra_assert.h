/* SPDX-License-Identifier: Apache-2.0 */
/* Compile-time checks of the layouts in abi/. */
#ifndef ABI_CALIPTRA_ASSERT_H
#define ABI_CALIPTRA_ASSERT_H

#include <stddef.h>

#define CALIPTRA_ASSERT_SIZE(type, size)                                       \
    _Static_assert(sizeof(struct type) == (size), #type " has a wrong size")
#define CALIPTRA_ASSERT_OFFSET(type, field, offset)                            \
    _Static_assert(offsetof(struct type, field) == (offset),                   \
                   #type "." #field " is misplaced")

#endif

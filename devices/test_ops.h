/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs of fuzzers of devices: lists of what a guest and the outside do. */
#ifndef DEVICES_TEST_OPS_H
#define DEVICES_TEST_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Four bytes of the input. */
struct test_op {
    uint8_t what;  /* b2:0 kind, the rest as the kind has it */
    uint8_t place; /* an offset, or the like */
    uint16_t value;
};

/* Takes the next from the input; false at its end. */
static inline bool test_op_next(struct test_op *op, const uint8_t **data,
                                size_t *size)
{
    if (*size < 4) {
        return false;
    }
    const uint8_t *at = *data;
    *op = (struct test_op){at[0], at[1], (uint16_t)(at[2] | at[3] << 8)};
    *data += 4;
    *size -= 4;
    return true;
}

/* Ends the process where a device does what it never may. */
static inline void test_require(bool condition)
{
    if (!condition) {
        abort();
    }
}

#endif

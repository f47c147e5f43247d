/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed guest addresses. A gpa is what a master puts on its bus, a gva what a
 * program computes; neither is ever a host pointer, which comes only from a
 * checked span of bus/space.h.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdint.h>

struct gpa {
    uint64_t value;
};

struct gva {
    uint64_t value;
};

static inline struct gpa gpa(uint64_t value)
{
    return (struct gpa){value};
}

static inline struct gva gva(uint64_t value)
{
    return (struct gva){value};
}

#endif

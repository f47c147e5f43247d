/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shortcuts through the host's arithmetic, which is IEEE 754 in
 * round-to-nearest mode. They serve only if no flag can newly come of it: both
 * operands normal, the result neither zero, tiny, infinite nor NaN, rounding to
 * nearest, and IXC already set, so that inexactness need not be known. FZ then
 * does not matter.
 */
#ifndef ENGINE_SOFTFLOAT_HOST_H
#define ENGINE_SOFTFLOAT_HOST_H

#include <string.h>

#include "engine/softfloat/softfloat.h"

static inline bool host_is_usable(const struct softfloat *fp)
{
    return (fp->fpsr & FPSR_IXC) != 0 &&
           (fp->fpcr >> FPCR_RMODE_SHIFT & 3) == 0;
}

/* Normal, by the exponent field alone; results also not in the lowest binade,
 * where a tiny number may have been rounded up to. */
static inline bool host_normal64(uint64_t a, uint64_t lowest)
{
    return (a >> 52 & 2047) - lowest < 2047 - lowest;
}

static inline bool host_normal32(uint64_t a, uint32_t lowest)
{
    return ((uint32_t)a >> 23 & 255) - lowest < 255 - lowest;
}

#define HOST_OPERATION(name, operator)                                         \
    static inline bool host_##name(const struct softfloat *fp, unsigned size,  \
                                   uint64_t a, uint64_t b, uint64_t *result)   \
    {                                                                          \
        if (!host_is_usable(fp)) {                                             \
            return false;                                                      \
        }                                                                      \
        if (size == 64 && host_normal64(a, 1) && host_normal64(b, 1)) {        \
            double x, y;                                                       \
            memcpy(&x, &a, 8);                                                 \
            memcpy(&y, &b, 8);                                                 \
            x = x operator y;                                                  \
            memcpy(result, &x, 8);                                             \
            return host_normal64(*result, 2);                                  \
        }                                                                      \
        if (size == 32 && host_normal32(a, 1) && host_normal32(b, 1)) {        \
            float x, y;                                                        \
            uint32_t bits;                                                     \
            memcpy(&x, &a, 4);                                                 \
            memcpy(&y, &b, 4);                                                 \
            x = x operator y;                                                  \
            memcpy(&bits, &x, 4);                                              \
            *result = bits;                                                    \
            return host_normal32(bits, 2);                                     \
        }                                                                      \
        return false;                                                          \
    }

HOST_OPERATION(add, +)
HOST_OPERATION(sub, -)
HOST_OPERATION(mul, *)
HOST_OPERATION(div, /)

#endif

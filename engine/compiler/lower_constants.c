/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of vector registers: code has them within its reach. */
#include <string.h>

#include "engine/compiler/lower_simd.h"

#define TWICE(value) value, value
/* The lowest byte first. */
#define WORD(a, b, c, d, e, f, g, h)                                           \
    ((a) | (b) << 8 | (c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 |  \
     (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)
#define BYTES(...) WORD(__VA_ARGS__), WORD(__VA_ARGS__) + 0x0808080808080808

static const uint64_t constants[CONSTANTS][2] = {
#define CONSTANT(name, ...) {__VA_ARGS__},
#include "engine/compiler/lower_constants.def"
#undef CONSTANT
};

/* Reloads the host's vector registers of the guest after a call of C. */
uint8_t *lower_make_vectors(struct x64 *out)
{
    uint8_t *start = out->at;

    for (unsigned i = 0; i < LOWER_VECTORS; i++) {
        x64_vex(out, AVX_vmovdqu >> 8 & 15, AVX_vmovdqu >> 12, false,
                AVX_vmovdqu & 255, XMM8 + i, 0, lower_vector(i, 0));
    }
    x64_byte(out, 0xc3); /* ret */
    return start;
}

size_t lower_write_constants(uint8_t *at)
{
    memcpy(at, constants, sizeof(constants));
    return sizeof(constants);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of vector registers: code has them within its reach. */
#include <string.h>

#include "engine/compiler/lower_simd.h"

#define EACH_16(a, b, c, d, e, f, g, h)                                        \
    {                                                                          \
        (a) | (b) << 8 | (c) << 16 | (uint64_t)(d) << 24 |                     \
            (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 |  \
            (uint64_t)(h) << 56,                                               \
            ((a) | (b) << 8 | (c) << 16 | (uint64_t)(d) << 24 |                \
             (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | \
             (uint64_t)(h) << 56) +                                            \
                0x0808080808080808                                             \
    }
#define TWICE(value)                                                           \
    {                                                                          \
        value, value                                                           \
    }

static const uint64_t constants[CONSTANTS][2] = {
    [CONSTANT_SIGN_8] = TWICE(0x8080808080808080),
    [CONSTANT_SIGN_16] = TWICE(0x8000800080008000),
    [CONSTANT_SIGN_32] = TWICE(0x8000000080000000),
    [CONSTANT_SIGN_64] = TWICE(0x8000000000000000),
    [CONSTANT_ONE_8] = TWICE(0x0101010101010101),
    [CONSTANT_ONE_16] = TWICE(0x0001000100010001),
    [CONSTANT_ONE_32] = TWICE(0x0000000100000001),
    [CONSTANT_ONE_64] = TWICE(0x0000000000000001),
    [CONSTANT_LOW_8] = TWICE(0x00ff00ff00ff00ff),
    [CONSTANT_LOW_16] = TWICE(0x0000ffff0000ffff),
    [CONSTANT_LOW_32] = TWICE(0x00000000ffffffff),
    [CONSTANT_NIBBLE] = TWICE(0x0f0f0f0f0f0f0f0f),
    [CONSTANT_BITS_IN_NIBBLE] = {0x0302020102010100, 0x0403030203020201},
    [CONSTANT_ZEROS_LOW] = {0x0505050506060708, 0x0404040404040404},
    [CONSTANT_ZEROS_HIGH] = {0x0101010102020308, 0x0000000000000000},
    [CONSTANT_REVERSED_LOW] = {0xe060a020c0408000, 0xf070b030d0509010},
    [CONSTANT_REVERSED_HIGH] = {0x0e060a020c040800, 0x0f070b030d050901},
    [CONSTANT_TABLE] = TWICE(0x7070707070707070),
    [CONSTANT_REVERSE16_8] = EACH_16(1, 0, 3, 2, 5, 4, 7, 6),
    [CONSTANT_REVERSE32_8] = EACH_16(3, 2, 1, 0, 7, 6, 5, 4),
    [CONSTANT_REVERSE32_16] = EACH_16(2, 3, 0, 1, 6, 7, 4, 5),
    [CONSTANT_REVERSE64_8] = EACH_16(7, 6, 5, 4, 3, 2, 1, 0),
    [CONSTANT_REVERSE64_16] = EACH_16(6, 7, 4, 5, 2, 3, 0, 1),
    [CONSTANT_REVERSE64_32] = EACH_16(4, 5, 6, 7, 0, 1, 2, 3),
    [CONSTANT_REVERSE128_32] = {0x0b0a09080f0e0d0c, 0x0302010007060504},
    [CONSTANT_HALF_F32] = TWICE(0x3f0000003f000000),
    [CONSTANT_HALF_F64] = TWICE(0x3fe0000000000000),
    [CONSTANT_ONE_F32] = TWICE(0x3f8000003f800000),
    [CONSTANT_ONE_F64] = TWICE(0x3ff0000000000000),
    [CONSTANT_TWO_F32] = TWICE(0x4000000040000000),
    [CONSTANT_TWO_F64] = TWICE(0x4000000000000000),
    [CONSTANT_THREE_F32] = TWICE(0x4040000040400000),
    [CONSTANT_THREE_F64] = TWICE(0x4008000000000000),
    [CONSTANT_65536_F32] = TWICE(0x4780000047800000),
    [CONSTANT_EXPONENT_16] = TWICE(0x7c007c007c007c00),
    [CONSTANT_EXPONENT_32] = TWICE(0x7f8000007f800000),
    [CONSTANT_EXPONENT_64] = TWICE(0x7ff0000000000000),
    [CONSTANT_LEAST_16] = TWICE(0x0800080008000800),
    [CONSTANT_LEAST_32] = TWICE(0x0100000001000000),
    [CONSTANT_LEAST_64] = TWICE(0x0020000000000000),
    [CONSTANT_CRC32] = {0x1f7011641,        0x1db710641       },
    [CONSTANT_SHA1C] = TWICE(0x5a8279995a827999),
    [CONSTANT_SHA1P] = TWICE(0x6ed9eba16ed9eba1),
    [CONSTANT_SHA1M] = TWICE(0x8f1bbcdc8f1bbcdc),
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

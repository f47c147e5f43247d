/* SPDX-License-Identifier: Apache-2.0 */
/* Moves between the guest's vector registers and the host's, of which some stay
 * there from operation to operation; constants; checks of results. */
#include "engine/x86_64/lower_vector.h"

#include <string.h>

enum { VECTOR_BYTES = 16 };

/* A vector register's place in memory. */
static struct x64_operand vector(const struct lower_target *target,
                                 unsigned number)
{
    return lower_beside(target->compiler.guest->vectors +
                        (int32_t)number * VECTOR_BYTES);
}

/* The number of a vector register from its place, or LOWER_VECTORS. */
static unsigned number_of(const struct lower *l, struct x64_operand place)
{
    int32_t bytes =
        x64_displacement(place) - x64_displacement(vector(l->target, 0));

    if (l->compiler->guest->vectors == 0 || !x64_is_memory(place) ||
        x64_is_here(place) || x64_base(place) != X64_RBP || bytes < 0 ||
        bytes % VECTOR_BYTES != 0 || bytes / VECTOR_BYTES >= LOWER_VECTORS) {
        return LOWER_VECTORS;
    }
    return (unsigned)bytes / VECTOR_BYTES;
}

struct x64_operand lower_cached(const struct lower *l, struct x64_operand from)
{
    unsigned number = number_of(l, from);

    return (l->vectors >> number & 1) != 0 ? lower_xmm(XMM8 + number) : from;
}

void lower_vector_load(struct lower *l, unsigned xmm, struct x64_operand from,
                       unsigned size)
{
    struct x64_operand cached = lower_cached(l, from);

    switch (size) {
    case 16:
        avx_from(l, AVX_vmovdqu, xmm, 0, from);
        break;
    case 8:
        avx_from(l, AVX_vmovq, xmm, 0, from);
        break;
    case 4:
        if (x64_is_memory(cached)) {
            avx_exactly(l, AVX_vmovd, xmm, 0, from);
        } else { /* clears what is above */
            avx_from(l, AVX_vinsertps, xmm, x64_base(cached), cached);
            x64_byte(&l->out, 0x0e);
        }
        break;
    default: /* movzx */
        x64_op(&l->out, false, size == 2 ? 0x0fb7 : 0x0fb6, X64_RDX, from);
        avx_exactly(l, AVX_vmovd, xmm, 0, x64_reg(X64_RDX));
        break;
    }
}

/* The operation at hand leaves a vector register in a host register, also
 * where rare paths of it come back. */
static void keep(struct lower *l, unsigned number, unsigned xmm)
{
    avx(l, AVX_vmovaps, XMM8 + number, 0, xmm);
    l->vectors |= (uint8_t)(1u << number);
    for (size_t i = l->cold_count; i-- > 0 && l->cold[i].op == l->op;) {
        l->cold[i].vectors = true;
    }
}

void lower_vector_store(struct lower *l, struct x64_operand to, unsigned xmm,
                        unsigned size)
{
    unsigned number = number_of(l, to);

    switch (size) {
    case 16:
        avx_to(l, AVX_vmovdqu_store, xmm, to);
        if (number < LOWER_VECTORS) {
            keep(l, number, xmm);
        }
        break;
    case 8:
        avx_to(l, AVX_vmovq_store, xmm, to);
        break;
    case 4:
        avx_to(l, AVX_vmovd_to, xmm, to);
        break;
    default:
        avx_to(l, AVX_vmovd_to, xmm, x64_reg(X64_RDX));
        x64_op_prefixed(&l->out, size == 2 ? 0x66 : 0, false,
                        size == 2 ? 0x89 : 0x88, X64_RDX, to);
        break;
    }
}

/* ---- What is left for C -------------------------------------------------- */

struct lower_cold *lower_unless(struct lower *l, enum x64_condition condition)
{
    struct lower_cold *cold =
        lower_cold(l, COLD_CALL, x64_jcc(&l->out, condition, NULL));

    cold->callee = l->target->shared.assist;
    return cold;
}

bool lower_come_back(struct lower *l)
{
    for (size_t i = l->cold_count; i-- > 0 && l->cold[i].op == l->op;) {
        l->cold[i].back = l->out.at;
    }
    return true;
}

void lower_compare_byte(struct lower *l, struct x64_operand place,
                        unsigned value)
{
    x64_op(&l->out, false, 0x80, X64_CMP, place);
    x64_byte(&l->out, value);
}

/* ---- Constants ----------------------------------------------------------- */

#define TWICE(value) value, value
/* The lowest byte first. */
#define WORD(a, b, c, d, e, f, g, h)                                           \
    ((a) | (b) << 8 | (c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 |  \
     (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)
#define BYTES(...) WORD(__VA_ARGS__), WORD(__VA_ARGS__) + 0x0808080808080808

static const uint64_t constants[CONSTANTS][2] = {
#define CONSTANT(name, ...) {__VA_ARGS__},
#include "engine/x86_64/lower_constants.def"
#undef CONSTANT
};

/* Reloads the host's vector registers of the guest after a call of C. */
uint8_t *lower_make_vectors(const struct lower_target *target, struct x64 *out)
{
    uint8_t *start = out->at;

    for (unsigned i = 0; i < LOWER_VECTORS; i++) {
        x64_vex(out, AVX_vmovdqu >> 8 & 15, AVX_vmovdqu >> 12, false,
                AVX_vmovdqu & 255, XMM8 + i, 0, vector(target, i));
    }
    x64_byte(out, 0xc3); /* ret */
    return start;
}

size_t lower_write_constants(uint8_t *at)
{
    memcpy(at, constants, sizeof(constants));
    return sizeof(constants);
}

/* ---- Results ------------------------------------------------------------- */

/* The exponent alone in the upper bits of ECX, less the least that is allowed,
 * is below what infinity's would be. */
void lower_fp_check_scalar(struct lower *l, unsigned log2, bool small)
{
    static const uint8_t shifts[] = {0, 27, 24, 21};
    static const uint16_t infinite[] = {0, 31, 255, 2047};
    uint32_t least = small ? 2 : 0;
    uint32_t most = (infinite[log2] - least) << shifts[log2];

    avx_from(l, log2 == 3 ? AVX_vmovq_to : AVX_vmovd_to, XMM0, 0,
             x64_reg(X64_RCX));
    if (log2 == 3) {
        x64_shift_imm(&l->out, true, X64_SHR, X64_RCX, 32);
    } else if (log2 == 1) {
        x64_shift_imm(&l->out, false, X64_SHL, X64_RCX, 16);
    }
    x64_lea(
        &l->out, false, X64_RCX,
        x64_mem_index(X64_RCX, X64_RCX, 0, -(int32_t)(least << shifts[log2])));
    x64_alu_imm(&l->out, false, X64_CMP, x64_reg(X64_RCX), (int32_t)most);
    lower_unless(l, X64_AE);
}

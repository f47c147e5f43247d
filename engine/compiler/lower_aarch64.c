/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, ordered accesses, vector loads and stores, cryptography;
 * what is not here calls its helper. */
#include "engine/compiler/lower_aarch64.h"

#include "base/bits.h"

struct x64_operand lower_pe(size_t offset)
{
    return x64_mem(X64_RBP,
                   (int32_t)(offset - offsetof(struct aarch64, state.r)) -
                       LOWER_BIAS);
}

struct x64_operand lower_vector(unsigned number, unsigned byte)
{
    return lower_pe(offsetof(struct aarch64, state.v) +
                    number * sizeof(struct aarch64_vector) + byte);
}

void lower_vector_load(struct lower *l, unsigned xmm, struct x64_operand from,
                       unsigned size)
{
    switch (size) {
    case 16: /* vmovdqu */
        lower_vex(l, VEX_0F, VEX_F3, false, 0x6f, xmm, 0, from);
        break;
    case 8: /* vmovq */
        lower_vex(l, VEX_0F, VEX_F3, false, 0x7e, xmm, 0, from);
        break;
    default: /* vmovd */
        lower_vex(l, VEX_0F, VEX_66, false, 0x6e, xmm, 0, from);
        break;
    }
}

void lower_vector_store(struct lower *l, struct x64_operand to, unsigned xmm,
                        unsigned size)
{
    switch (size) {
    case 16:
        lower_vex(l, VEX_0F, VEX_F3, false, 0x7f, xmm, 0, to);
        break;
    case 8:
        lower_vex(l, VEX_0F, VEX_66, false, 0xd6, xmm, 0, to);
        break;
    default:
        lower_vex(l, VEX_0F, VEX_66, false, 0x7e, xmm, 0, to);
        break;
    }
}

void lower_vector_put(struct lower *l, unsigned number, unsigned xmm,
                      unsigned size)
{
    if (size == 8) { /* vmovq clears the upper half */
        lower_vex(l, VEX_0F, VEX_F3, false, 0x7e, xmm, 0, lower_xmm(xmm));
    }
    lower_vector_store(l, lower_vector(number, 0), xmm, 16);
}

struct lower_cold *lower_unless(struct lower *l, enum x64_condition condition)
{
    struct lower_cold *cold =
        lower_cold(l, COLD_CALL, x64_jcc(&l->out, condition, NULL));

    cold->callee = l->compiler->shared.assist;
    return cold;
}

static void compare_byte(struct lower *l, struct x64_operand place,
                         unsigned value)
{
    x64_op(&l->out, false, 0x80, X64_CMP, place);
    x64_byte(&l->out, value);
}

/* ---- System -------------------------------------------------------------- */

enum {
    TPIDR_EL0 = 0xde82,
    TPIDRRO_EL0 = 0xde83,
    TPIDR_EL1 = 0xc684,
    SP_EL0 = 0xc208
};

/* Registers that are plain places, for whoever may read them. */
static bool move_system(struct lower *l)
{
    const struct ir_op *op = l->op;
    struct lower_cold *el0 = NULL;
    struct lower_cold *sp0 = NULL;
    size_t place;

    switch (op->high) {
    case TPIDR_EL0:
        place = offsetof(struct aarch64, state.sys[AARCH64_TPIDR_EL0]);
        break;
    case TPIDRRO_EL0:
        place = offsetof(struct aarch64, state.sys[AARCH64_TPIDRRO_EL0]);
        break;
    case TPIDR_EL1:
        place = offsetof(struct aarch64, state.sys[AARCH64_TPIDR_EL1]);
        break;
    case SP_EL0:
        place = offsetof(struct aarch64, state.sp[0]);
        break;
    default:
        return false;
    }
    if (op->high == TPIDR_EL1 || op->high == SP_EL0) {
        compare_byte(l, lower_pe(offsetof(struct aarch64, state.level)), 0);
        el0 = lower_unless(l, X64_E);
    }
    if (op->high == SP_EL0) {
        compare_byte(l, lower_pe(offsetof(struct aarch64, state.spsel)), 0);
        sp0 = lower_unless(l, X64_E);
    }
    enum x64_register d = lower_result(l, op->d, X64_RAX);
    x64_mov(&l->out, true, d, lower_pe(place));
    lower_put(l, op->d, d);
    if (el0 != NULL) {
        el0->back = l->out.at;
    }
    if (sp0 != NULL) {
        sp0->back = l->out.at;
    }
    return true;
}

static void check_fp(struct lower *l)
{
    compare_byte(l, lower_pe(offsetof(struct aarch64, fp_trapped)), 0);
    lower_unless(l, X64_NE)->back = l->out.at;
}

/* ---- Memory -------------------------------------------------------------- */

static const unsigned zero_extending[] = {0x0fb6, 0x0fb7, 0x8b, 0x8b};

static void test_alignment(struct lower *l, unsigned log2)
{
    x64_byte(&l->out, 0xa8); /* test al */
    x64_byte(&l->out, (1u << log2) - 1);
}

/* Other cores run at the same time: the store, and a fence behind it. */
static void store_and_fence(struct lower *l, unsigned log2,
                            struct x64_operand place)
{
    lower_load(l, true, X64_RDX, l->op->b);
    x64_op_prefixed(&l->out, log2 == 1 ? 0x66 : 0, log2 == 3,
                    log2 == 0 ? 0x86 : 0x87, X64_RDX, place); /* xchg */
}

/* DMB; a DSB may have more to do. */
static bool barrier(struct lower *l)
{
    if (l->op->high != 0) {
        return false;
    }
    x64_byte(&l->out, 0xf0); /* lock or dword [rsp], 0 */
    x64_op(&l->out, false, 0x83, X64_OR, x64_mem(X64_RSP, 0));
    x64_byte(&l->out, 0);
    return true;
}

/* LDAR and STLR: what is not aligned faults. */
static void ordered(struct lower *l, bool store)
{
    const struct ir_op *op = l->op;
    unsigned log2 = (unsigned)op->high;
    struct x64_operand place = x64_mem_index(X64_RAX, X64_RCX, 0, 0);

    struct lower_cold *odd = NULL;

    lower_load(l, true, X64_RAX, op->a);
    if (log2 > 0) {
        test_alignment(l, log2);
        odd = lower_unless(l, X64_NE);
    }
    struct lower_cold *cold =
        lower_translate(l, 1u << log2, store, l->compiler->shared.assist);
    if (store && l->compiler->parallel) {
        store_and_fence(l, log2, place);
    } else if (store) {
        enum x64_register s = lower_get(l, true, op->b, X64_RDX);
        x64_op_prefixed(&l->out, log2 == 1 ? 0x66 : 0, log2 == 3,
                        log2 == 0 ? 0x88 : 0x89, s, place);
    } else {
        enum x64_register d = lower_result(l, op->d, X64_RDX);
        x64_op(&l->out, log2 == 3, zero_extending[log2], d, place);
        lower_put(l, op->d, d);
    }
    cold->back = l->out.at;
    if (odd != NULL) {
        odd->back = l->out.at;
    }
}

/* Of one register: notes address, size and value for the store to come. */
static bool load_exclusive(struct lower *l)
{
    const struct ir_op *op = l->op;
    unsigned log2 = (unsigned)op->high & 3;
    struct x64 *out = &l->out;

    if ((op->high & 16) != 0) {
        return false;
    }
    lower_load(l, true, X64_RAX, op->a);
    test_alignment(l, log2);
    struct lower_cold *odd = lower_unless(l, X64_NE);
    compare_byte(l, lower_pe(offsetof(struct aarch64, debug.stepping)), 0);
    struct lower_cold *stepping = lower_unless(l, X64_NE);
    struct lower_cold *slow =
        lower_translate(l, 1u << log2, false, l->compiler->shared.assist);
    x64_op(out, log2 == 3, zero_extending[log2], X64_RDX,
           x64_mem_index(X64_RAX, X64_RCX, 0, 0));
    x64_op(out, false, 0xc6, 0,
           lower_pe(offsetof(struct aarch64, state.exclusive)));
    x64_byte(out, 1u << log2);
    x64_store(out, true, lower_pe(offsetof(struct aarch64, state.exclusive_pa)),
              X64_RAX);
    x64_store(out, true,
              lower_pe(offsetof(struct aarch64, state.exclusive_value[0])),
              X64_RDX);
    x64_store_imm(out, true,
                  lower_pe(offsetof(struct aarch64, state.exclusive_value[1])),
                  0);
    lower_put(l, op->d, X64_RDX);
    odd->back = stepping->back = slow->back = out->at;
    return true;
}

/* RAX = 0 with the store done if the place holds what the monitor does, else
 * 1. */
static void compare_and_store(struct lower *l, unsigned log2,
                              struct x64_operand place)
{
    struct x64 *out = &l->out;

    x64_lea(out, true, X64_RCX, place);
    x64_mov(out, true, X64_RAX,
            lower_pe(offsetof(struct aarch64, state.exclusive_value[0])));
    lower_load(l, true, X64_RDX, l->op->b);
    x64_byte(out, 0xf0); /* lock cmpxchg [rcx], rdx */
    x64_op_prefixed(out, log2 == 1 ? 0x66 : 0, log2 == 3,
                    log2 == 0 ? 0x0fb0 : 0x0fb1, X64_RDX, x64_mem(X64_RCX, 0));
    x64_setcc(out, X64_NE, X64_RAX);
    x64_op(out, false, 0x0fb6, X64_RAX, x64_reg(X64_RAX)); /* movzx */
}

/* The same where no other core runs. */
static void check_and_store(struct lower *l, unsigned log2,
                            struct x64_operand place)
{
    struct x64 *out = &l->out;

    x64_op(out, log2 == 3, zero_extending[log2], X64_RDX, place);
    x64_alu(out, true, X64_CMP, X64_RDX,
            lower_pe(offsetof(struct aarch64, state.exclusive_value[0])));
    uint8_t *changed = x64_jcc(out, X64_NE, NULL);
    enum x64_register s = lower_get(l, true, l->op->b, X64_RDX);
    x64_op_prefixed(out, log2 == 1 ? 0x66 : 0, log2 == 3,
                    log2 == 0 ? 0x88 : 0x89, s, place);
    x64_mov_imm(out, X64_RAX, 0);
    uint8_t *done = x64_jmp(out, NULL);
    x64_aim(changed, out->at);
    x64_mov_imm(out, X64_RAX, 1);
    x64_aim(done, out->at);
}

/* Stores if the monitor holds size and address and the value has stayed. */
static bool store_exclusive(struct lower *l)
{
    const struct ir_op *op = l->op;
    unsigned log2 = (unsigned)op->high & 3;
    struct x64_operand place = x64_mem_index(X64_RAX, X64_RCX, 0, 0);
    struct x64 *out = &l->out;

    if ((op->high & 16) != 0) {
        return false;
    }
    lower_load(l, true, X64_RAX, op->a);
    test_alignment(l, log2);
    struct lower_cold *odd = lower_unless(l, X64_NE);
    compare_byte(l, lower_pe(offsetof(struct aarch64, state.exclusive)),
                 1u << log2);
    uint8_t *open = x64_jcc(out, X64_NE, NULL);
    x64_alu(out, true, X64_CMP, X64_RAX,
            lower_pe(offsetof(struct aarch64, state.exclusive_pa)));
    uint8_t *elsewhere = x64_jcc(out, X64_NE, NULL);
    struct lower_cold *slow =
        lower_translate(l, 1u << log2, true, l->compiler->shared.assist);
    if (l->compiler->parallel) {
        compare_and_store(l, log2, place);
    } else {
        check_and_store(l, log2, place);
    }
    uint8_t *done = x64_jmp(out, NULL);
    x64_aim(open, out->at);
    x64_aim(elsewhere, out->at);
    x64_mov_imm(out, X64_RAX, 1);
    x64_aim(done, out->at);
    x64_op(out, false, 0xc6, 0,
           lower_pe(offsetof(struct aarch64, state.exclusive)));
    x64_byte(out, 0);
    lower_put(l, op->d, X64_RAX);
    odd->back = slow->back = out->at;
    return true;
}

static bool move_vector(struct lower *l, bool store)
{
    const struct ir_op *op = l->op;
    unsigned size = 1u << (op->high & 15);
    bool pair = (op->high & 16) != 0;
    struct x64_operand first = x64_mem_index(X64_RAX, X64_RCX, 0, 0);
    struct x64_operand second =
        x64_mem_index(X64_RAX, X64_RCX, 0, (int32_t)size);

    if (size < 4) {
        return false;
    }
    lower_load(l, true, X64_RAX, op->a);
    struct lower_cold *cold =
        lower_translate(l, size << pair, store, l->compiler->shared.assist);
    if (store) {
        lower_vector_load(l, XMM0, lower_vector(op->d, 0), size);
        lower_vector_store(l, first, XMM0, size);
        if (pair) {
            lower_vector_load(l, XMM0, lower_vector(op->b, 0), size);
            lower_vector_store(l, second, XMM0, size);
        }
    } else {
        lower_vector_load(l, XMM0, first, size);
        if (pair) {
            lower_vector_load(l, XMM1, second, size);
        }
        lower_vector_store(l, lower_vector(op->d, 0), XMM0, 16);
        if (pair) {
            lower_vector_store(l, lower_vector(op->b, 0), XMM1, 16);
        }
    }
    cold->back = l->out.at;
    return true;
}

/* ---- Cryptography -------------------------------------------------------- */

enum { AESENC = 0xdc, AESENCLAST = 0xdd, AESDECLAST = 0xdf, AESIMC = 0xdb };

static void vector_operation(struct lower *l, unsigned opcode, unsigned d,
                             unsigned s1, struct x64_operand s2)
{
    lower_vex(l, opcode >= AESIMC && opcode <= AESDECLAST ? VEX_0F38 : VEX_0F,
              VEX_66, false, opcode, d, s1, s2);
}

/* A round without its last step is the last round with a key of zero. */
static void aes_round(struct lower *l, unsigned opcode)
{
    const struct ir_op *op = l->op;

    vector_operation(l, 0xef, XMM1, XMM1, lower_xmm(XMM1)); /* zero */
    lower_vector_load(l, XMM0, lower_vector(op->d, 0), 16);
    vector_operation(l, 0xef, XMM0, XMM0, lower_vector(op->a, 0));
    vector_operation(l, opcode, XMM0, XMM0, lower_xmm(XMM1));
    lower_vector_store(l, lower_vector(op->d, 0), XMM0, 16);
}

/* A round after the inverse of all but its mixing. */
static void aes_mix(struct lower *l)
{
    const struct ir_op *op = l->op;

    vector_operation(l, 0xef, XMM1, XMM1, lower_xmm(XMM1));
    lower_vector_load(l, XMM0, lower_vector(op->a, 0), 16);
    vector_operation(l, AESDECLAST, XMM0, XMM0, lower_xmm(XMM1));
    vector_operation(l, AESENC, XMM0, XMM0, lower_xmm(XMM1));
    lower_vector_store(l, lower_vector(op->d, 0), XMM0, 16);
}

static bool lower_aes(struct lower *l)
{
    const struct ir_op *op = l->op;

    if (!l->compiler->has_aes) {
        return false;
    }
    switch (op->low) {
    case AARCH64_HELPER_AESE:
        aes_round(l, AESENCLAST);
        return true;
    case AARCH64_HELPER_AESD:
        aes_round(l, AESDECLAST);
        return true;
    case AARCH64_HELPER_AESMC:
        aes_mix(l);
        return true;
    case AARCH64_HELPER_AESIMC:
        vector_operation(l, AESIMC, XMM0, 0, lower_vector(op->a, 0));
        lower_vector_store(l, lower_vector(op->d, 0), XMM0, 16);
        return true;
    default:
        return false;
    }
}

bool lower_aarch64_assist(struct lower *l)
{
    const struct ir_op *op = l->op;
    enum simd_row_number row = (enum simd_row_number)(op->a | op->b << 8);

    switch (op->low) {
    case AARCH64_HELPER_MRS:
        return move_system(l);
    case AARCH64_HELPER_CHECK_FP:
        check_fp(l);
        return true;
    case AARCH64_HELPER_LDAR:
    case AARCH64_HELPER_STLR:
        ordered(l, op->low == AARCH64_HELPER_STLR);
        return true;
    case AARCH64_HELPER_BARRIER:
        return barrier(l);
    case AARCH64_HELPER_LDX:
        return load_exclusive(l);
    case AARCH64_HELPER_STX:
        return store_exclusive(l);
    case AARCH64_HELPER_VECTOR_LOAD:
    case AARCH64_HELPER_VECTOR_STORE:
        return l->compiler->has_avx2 &&
               move_vector(l, op->low == AARCH64_HELPER_VECTOR_STORE);
    case AARCH64_HELPER_SIMD:
        return l->compiler->has_avx2 &&
               (lower_fp(l, row, (uint32_t)op->high) ||
                lower_simd(l, row, (uint32_t)op->high));
    default:
        return lower_aes(l);
    }
}

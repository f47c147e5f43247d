/* SPDX-License-Identifier: Apache-2.0 */
/* Ordered and exclusive accesses, and which file compiles which assist; one
 * that no file does calls its helper. */
#include "engine/aarch64/x86_64/lower_simd.h"

#include "base/bits.h"

struct x64_operand lower_pe(size_t offset)
{
    return lower_beside((int32_t)(offset - offsetof(struct aarch64, state.r)));
}

struct x64_operand lower_vector(unsigned number, unsigned byte)
{
    return lower_pe(offsetof(struct aarch64, state.v) +
                    number * sizeof(struct aarch64_vector) + byte);
}

void lower_vector_put(struct lower *l, unsigned number, unsigned xmm,
                      unsigned size)
{
    if (size == 8) { /* clears the upper half */
        avx(l, AVX_vmovq, xmm, 0, xmm);
    }
    lower_vector_store(l, lower_vector(number, 0), xmm, 16);
}

static bool check_fp(struct lower *l)
{
    lower_compare_byte(l, lower_pe(offsetof(struct aarch64, fp_trapped)), 0);
    lower_unless(l, X64_NE);
    return lower_come_back(l);
}

/* ---- Memory -------------------------------------------------------------- */

static const unsigned zero_extending[] = {0x0fb6, 0x0fb7, 0x8b, 0x8b};

/* RAX is the address, aligned, or C has the access. */
static void load_aligned(struct lower *l, unsigned log2)
{
    lower_load(l, true, X64_RAX, l->op->a);
    if (log2 > 0) {
        x64_byte(&l->out, 0xa8); /* test al */
        x64_byte(&l->out, (1u << log2) - 1);
        lower_unless(l, X64_NE);
    }
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
static bool ordered(struct lower *l, bool store)
{
    const struct ir_op *op = l->op;
    unsigned log2 = (unsigned)op->high;
    struct x64_operand place = x64_mem_index(X64_RAX, X64_RCX, 0, 0);

    load_aligned(l, log2);
    lower_translate(l, 1u << log2, log2, store, l->target->shared.assist);
    if (store && l->compiler->parallel) {
        store_and_fence(l, log2, place);
    } else if (store) {
        lower_write(l, 1u << log2, place, op->b);
    } else {
        lower_read(l, 1u << log2, 0, place, op->d);
    }
    return lower_come_back(l);
}

/* LDTR and STTR, by the soft TLB that their helpers have told, which has no
 * page of aligned accesses only. */
static bool unprivileged(struct lower *l, bool store)
{
    const struct ir_op *op = l->op;
    const unsigned log2 = (unsigned)op->high & 3;
    const unsigned sign = (op->high & 4) != 0   ? 64
                          : (op->high & 8) != 0 ? 32
                                                : 0;
    const struct x64_operand place = x64_mem_index(X64_RAX, X64_RCX, 0, 0);
    struct x64 *out = &l->out;

    lower_load(l, true, X64_RAX, op->a);
    x64_alu_imm(out, true, X64_ADD, x64_reg(X64_RAX), op->high >> 8);
    x64_mov(out, true, X64_RCX, x64_reg(X64_RAX));
    x64_shift_imm(out, true, X64_SHR, X64_RCX, 12 - 5);
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RCX),
                (VCPU_TLB_ENTRIES - 1) << 5);
    x64_alu(
        out, true, X64_ADD, X64_RCX,
        lower_field(l->target, offsetof(struct vcpu_compiled, unprivileged)));
    x64_mov(out, true, X64_RDX, x64_reg(X64_RAX));
    x64_alu(out, true, X64_XOR, X64_RDX,
            x64_mem(X64_RCX,
                    (int32_t)offsetof(struct vcpu_tlb_entry, tag[VCPU_READ]) +
                        (store ? 8 : 0)));
    x64_alu_imm(out, true, X64_CMP, x64_reg(X64_RDX),
                REGION_PAGE_SIZE - (1 << log2));
    lower_unless(l, X64_A);
    x64_mov(out, true, X64_RCX, lower_addend());
    if (store) {
        lower_write(l, 1u << log2, place, op->b);
    } else {
        lower_read(l, 1u << log2, sign, place, op->d);
    }
    return lower_come_back(l);
}

/* A load of one register: notes address, size and value for the store to come.
 */
static bool load_exclusive(struct lower *l)
{
    const struct ir_op *op = l->op;
    unsigned log2 = (unsigned)op->high & 3;
    struct x64 *out = &l->out;

    if ((op->high & 16) != 0) {
        return false;
    }
    load_aligned(l, log2);
    lower_compare_byte(l, lower_pe(offsetof(struct aarch64, debug.stepping)),
                       0);
    lower_unless(l, X64_NE);
    lower_translate(l, 1u << log2, log2, false, l->target->shared.assist);
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
    return lower_come_back(l);
}

/* cmpxchg: what is at RCX becomes RDX if it is RAX, as the flag Z says; RAX is
 * what was there. */
static void exchange(struct lower *l, unsigned log2)
{
    if (l->compiler->parallel) {
        x64_byte(&l->out, 0xf0); /* lock */
    }
    x64_op_prefixed(&l->out, log2 == 1 ? 0x66 : 0, log2 == 3,
                    log2 == 0 ? 0x0fb0 : 0x0fb1, X64_RDX, x64_mem(X64_RCX, 0));
}

/* Stores if the monitor holds size and address and the value has stayed. */
static bool store_exclusive(struct lower *l)
{
    const struct ir_op *op = l->op;
    unsigned log2 = (unsigned)op->high & 3;
    struct x64 *out = &l->out;

    if ((op->high & 16) != 0) {
        return false;
    }
    load_aligned(l, log2);
    lower_compare_byte(l, lower_pe(offsetof(struct aarch64, state.exclusive)),
                       1u << log2);
    uint8_t *open = x64_jcc(out, X64_NE, NULL);
    x64_alu(out, true, X64_CMP, X64_RAX,
            lower_pe(offsetof(struct aarch64, state.exclusive_pa)));
    uint8_t *elsewhere = x64_jcc(out, X64_NE, NULL);
    lower_translate(l, 1u << log2, log2, true, l->target->shared.assist);
    x64_alu(out, true, X64_ADD, X64_RCX, x64_reg(X64_RAX));
    x64_mov(out, true, X64_RAX,
            lower_pe(offsetof(struct aarch64, state.exclusive_value[0])));
    lower_load(l, true, X64_RDX, op->b);
    exchange(l, log2);
    x64_setcc(out, X64_NE, X64_RAX);
    x64_op(out, false, 0x0fb6, X64_RAX, x64_reg(X64_RAX)); /* movzx */
    uint8_t *done = x64_jmp(out, NULL);
    x64_aim(open, out->at);
    x64_aim(elsewhere, out->at);
    x64_mov_imm(out, X64_RAX, 1);
    x64_aim(done, out->at);
    x64_op(out, false, 0xc6, 0,
           lower_pe(offsetof(struct aarch64, state.exclusive)));
    x64_byte(out, 0);
    lower_put(l, op->d, X64_RAX);
    return lower_come_back(l);
}

/* RCX = the host's address of what may be read and written, or C has it. */
static void reach_both(struct lower *l, unsigned log2)
{
    const int32_t tags = offsetof(struct vcpu_tlb_entry, tag);
    struct x64 *out = &l->out;

    load_aligned(l, log2);
    lower_find_entry(l, 1u << log2, log2, true, l->target->shared.assist);
    x64_mov(out, true, X64_RDX, x64_mem(X64_RCX, tags + 8 * VCPU_WRITE));
    x64_alu(out, true, X64_CMP, X64_RDX,
            x64_mem(X64_RCX, tags + 8 * VCPU_READ));
    lower_unless(l, X64_NE);
    x64_mov(out, true, X64_RCX, lower_addend());
    x64_alu(out, true, X64_ADD, X64_RCX, x64_reg(X64_RAX));
}

/* With one core at a time the first exchange is the last. */
static bool atomic(struct lower *l)
{
    static const enum x64_alu combining[] = {X64_ADD, X64_AND, X64_XOR, X64_OR};
    const struct ir_op *op = l->op;
    const unsigned log2 = (unsigned)op->high & 3;
    const enum aarch64_atomic what = (enum aarch64_atomic)(op->high >> 4);
    struct x64 *out = &l->out;

    if (what > AARCH64_ATOMIC_LDSET && what != AARCH64_ATOMIC_SWP) {
        return false;
    }
    reach_both(l, log2);
    x64_op(out, log2 == 3, zero_extending[log2], X64_RAX, x64_mem(X64_RCX, 0));
    const uint8_t *again = out->at;
    lower_load(l, true, X64_RDX, op->b);
    if (what == AARCH64_ATOMIC_LDCLR) {
        x64_op(out, true, 0xf7, 2, x64_reg(X64_RDX)); /* not */
    }
    if (what != AARCH64_ATOMIC_SWP) {
        x64_alu(out, true, combining[what], X64_RDX, x64_reg(X64_RAX));
    }
    exchange(l, log2);
    if (l->compiler->parallel) {
        x64_jcc(out, X64_NE, again);
    }
    lower_put(l, op->d, X64_RAX);
    return lower_come_back(l);
}

static bool compare_and_swap(struct lower *l)
{
    const struct ir_op *op = l->op;
    const unsigned log2 = (unsigned)op->high & 3;

    if ((op->high & 16) != 0) {
        return false;
    }
    reach_both(l, log2);
    lower_load(l, true, X64_RAX, op->d == 31 ? (unsigned)IR_ZERO : op->d);
    lower_load(l, true, X64_RDX, op->b == 31 ? (unsigned)IR_ZERO : op->b);
    exchange(l, log2);
    x64_op(&l->out, log2 == 3, zero_extending[log2], X64_RAX, x64_reg(X64_RAX));
    lower_put(l, op->d == 31 ? (unsigned)IR_SINK : op->d, X64_RAX);
    return lower_come_back(l);
}

/* ---- Helpers that stay --------------------------------------------------- */

static void between_host_and_memory(struct lower *l, unsigned guest, bool load)
{
    enum x64_register host = guest == 31 ? X64_NONE : lower_host(l, guest);

    if (host != X64_NONE && lower_survives_calls(host)) {
        if (load) {
            x64_mov(&l->out, true, host, lower_slot(guest));
        } else {
            x64_store(&l->out, true, lower_slot(guest), host);
        }
    }
}

/* Helpers of vector registers neither trap nor look at the program counter.
 * Those that name general registers have them in bits 4:0 and 9:5. */
static bool leaf(struct lower *l, uint32_t insn)
{
    unsigned d = lower_bits_of(insn, 0, 5);

    between_host_and_memory(l, d, false);
    between_host_and_memory(l, lower_bits_of(insn, 5, 5), false);
    lower_call(l, l->target->shared.leaf);
    between_host_and_memory(l, d, true);
    return true;
}

static bool lower_row(struct lower *l)
{
    const struct ir_op *op = l->op;
    uint32_t insn = (uint32_t)op->high;

    return (l->target->has_avx2 &&
            lower_simd(l, (enum simd_row_number)(op->a | op->b << 8), insn)) ||
           leaf(l, insn);
}

bool lower_aarch64_assist(struct lower *l)
{
    const struct ir_op *op = l->op;
    bool avx2 = l->target->has_avx2;

    switch (op->low) {
    case AARCH64_HELPER_MRS:
        return lower_from_system(l);
    case AARCH64_HELPER_MSR:
        return lower_to_system(l);
    case AARCH64_HELPER_MSR_PSTATE:
        return lower_to_pstate(l);
    case AARCH64_HELPER_SYS:
        return lower_sys(l);
    case AARCH64_HELPER_CHECK_FP:
        return check_fp(l);
    case AARCH64_HELPER_LDAR:
    case AARCH64_HELPER_STLR:
        return ordered(l, op->low == AARCH64_HELPER_STLR);
    case AARCH64_HELPER_LDTR:
    case AARCH64_HELPER_STTR:
        return unprivileged(l, op->low == AARCH64_HELPER_STTR);
    case AARCH64_HELPER_BARRIER:
        return barrier(l);
    case AARCH64_HELPER_WFE:
    case AARCH64_HELPER_SEVL:
        return lower_event(l, op->low == AARCH64_HELPER_SEVL);
    case AARCH64_HELPER_LDX:
        return load_exclusive(l);
    case AARCH64_HELPER_STX:
        return store_exclusive(l);
    case AARCH64_HELPER_ATOMIC:
        return atomic(l);
    case AARCH64_HELPER_CAS:
        return compare_and_swap(l);
    case AARCH64_HELPER_VECTOR_LOAD:
    case AARCH64_HELPER_VECTOR_STORE:
        return avx2 &&
               lower_move_vector(l, op->low == AARCH64_HELPER_VECTOR_STORE);
    case AARCH64_HELPER_VECTOR_MULTIPLE:
        return avx2 && lower_vector_multiple(l);
    case AARCH64_HELPER_VECTOR_SINGLE:
        return avx2 && lower_vector_single(l);
    case AARCH64_HELPER_SIMD:
        return lower_row(l);
    case AARCH64_HELPER_CRC32:
        return lower_crc32(l);
    default:
        return op->low >= AARCH64_HELPER_AESE &&
               op->low <= AARCH64_HELPER_SHA256SU1 &&
               ((avx2 && lower_crypto(l)) || leaf(l, ~0u));
    }
}

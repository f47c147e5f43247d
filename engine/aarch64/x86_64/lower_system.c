/* SPDX-License-Identifier: Apache-2.0 */
/* A64's system registers, PSTATE and SYS: compiled where the rules that
 * traps.c has for them can be checked by a few comparisons. */
#include <assert.h>

#include "base/bits.h"
#include "engine/aarch64/system.h"
#include "engine/aarch64/x86_64/lower_simd.h"

/* Conditions that must hold; else the helper is called, and comes back where
 * lower_come_back says. */
static void require_byte(struct lower *l, size_t place, unsigned value)
{
    lower_compare_byte(l, lower_pe(place), value);
    lower_unless(l, X64_NE);
}

static void require_not_byte(struct lower *l, size_t place, unsigned value)
{
    lower_compare_byte(l, lower_pe(place), value);
    lower_unless(l, X64_E);
}

static void require_clear(struct lower *l, struct x64_operand place,
                          uint32_t bits)
{
    x64_op(&l->out, false, 0xf7, 0, place); /* test dword */
    x64_word32(&l->out, bits);
    lower_unless(l, X64_NE);
}

#define SYSTEM(name) offsetof(struct aarch64, state.sys[AARCH64_##name])
#define LEVEL        offsetof(struct aarch64, state.level)

enum {
    HCR_TID3 = 1u << 18,
    HCR_TPC = 1u << 23,
    HCR_TPU = 1u << 24,
    HCR_TDZ = 1u << 28,
    HCR_PENDING = 7u << 6,
    HCR_E2H_ABOVE = 1u << 2, /* in the upper word */
};

/* Registers that programs and kernels access most: plain storage, so that an
 * access is a move once its rules hold. The rules are those of traps.c. */
static const enum aarch64_register plains[] = {
    AARCH64_TPIDR_EL0, AARCH64_TPIDRRO_EL0, AARCH64_TPIDR_EL1, AARCH64_SP_EL0,
    AARCH64_ELR_EL1,   AARCH64_SPSR_EL1,    AARCH64_ESR_EL1,   AARCH64_FAR_EL1,
};

static size_t place_of(enum aarch64_register row)
{
    return row == AARCH64_SP_EL0
               ? offsetof(struct aarch64, state.sp[0])
               : offsetof(struct aarch64, state.sys) + row * sizeof(uint64_t);
}

static uint32_t encoding_of(const struct lower *l)
{
    return (uint32_t)l->op->high & 0xffff;
}

static bool is_daif(const struct lower *l)
{
    return encoding_of(l) == aarch64_registers[AARCH64_DAIF].encoding;
}

static bool find_plain(const struct lower *l, enum aarch64_register *row)
{
    int found = aarch64_register_find(encoding_of(l));

    for (size_t i = 0; i < ARRAY_SIZE(plains); i++) {
        if ((int)plains[i] == found) {
            *row = plains[i];
            return true;
        }
    }
    return false;
}

/* The checks of traps.c for an access to a plain register. */
static void require_rules(struct lower *l, enum aarch64_register row, bool read)
{
    const struct aarch64_register_spec *spec = &aarch64_registers[row];
    unsigned needed = read ? spec->reader : spec->writer;

    assert(needed <= 1);
    if (aarch64_host_row((int)row) != 0) { /* elsewhere another register */
        require_byte(l, LEVEL, 1);
    } else if (needed == 1) {
        require_not_byte(l, LEVEL, 0);
    }
    if (row == AARCH64_SP_EL0) {
        require_not_byte(l, offsetof(struct aarch64, state.spsel), 0);
    }
    if (aarch64_is_memory_control((int)row)) {
        require_clear(l, lower_pe(SYSTEM(HCR_EL2)),
                      BIT(AARCH64_HCR_TVM) | BIT(AARCH64_HCR_TRVM));
    }
}

/* The name of a register of EL1 is EL2's at EL2 with E2H. */
static void require_own_name(struct lower *l)
{
    lower_compare_byte(l, lower_pe(LEVEL), 1);
    uint8_t *own = x64_jcc(&l->out, X64_E, NULL);
    require_clear(l, lower_pe(SYSTEM(HCR_EL2) + 4), HCR_E2H_ABOVE);
    x64_aim(own, l->out.at);
}

/* The same for a read that aarch64_reads_plainly. */
static void require_read(struct lower *l, int row)
{
    const unsigned needed = aarch64_registers[row].reader;
    const uint32_t e = encoding_of(l);

    if (needed == 1) {
        require_not_byte(l, LEVEL, 0);
    } else {
        lower_compare_byte(l, lower_pe(LEVEL), needed);
        lower_unless(l, X64_B);
    }
    if (aarch64_host_row(row) != 0) {
        require_own_name(l);
    }
    if (aarch64_is_memory_control(row)) {
        require_clear(l, lower_pe(SYSTEM(HCR_EL2)), BIT(AARCH64_HCR_TRVM));
    } else if (aarch64_op1_of(e) == 0 && aarch64_crn_of(e) == 0) {
        require_clear(l, lower_pe(SYSTEM(HCR_EL2)), HCR_TID3);
    }
}

static bool move_from(struct lower *l, size_t place)
{
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);

    x64_mov(&l->out, true, d, lower_pe(place));
    lower_put(l, l->op->d, d);
    return lower_come_back(l);
}

static bool read_plainly(struct lower *l, int row)
{
    const size_t place = aarch64_registers[row].read != NULL
                             ? offsetof(struct aarch64, rules.fixed) +
                                   (unsigned)row * sizeof(uint64_t)
                             : place_of((enum aarch64_register)row);

    require_read(l, row);
    return move_from(l, place);
}

static bool read_daif(struct lower *l)
{
    require_not_byte(l, LEVEL, 0);
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);
    x64_op(&l->out, false, 0x0fb6, d, /* movzx */
           lower_pe(offsetof(struct aarch64, state.daif)));
    x64_shift_imm(&l->out, false, X64_SHL, d, 6);
    lower_put(l, l->op->d, d);
    return lower_come_back(l);
}

/* The system counter, at EL1 and above, by the instructions retired. A host's
 * EL2 has no offset, and EL1's physical counter may be the hypervisor's. */
static bool read_counter(struct lower *l, bool virtual)
{
    struct x64 *out = &l->out;

    require_not_byte(l, offsetof(struct aarch64, vcpu.compiled.clocked), 0);
    require_not_byte(l, LEVEL, virtual ? 2 : 0);
    lower_compare_byte(l, lower_pe(LEVEL), virtual ? 0 : 1);
    if (virtual) {
        lower_unless(l, X64_E);
    } else {
        uint8_t *other = x64_jcc(out, X64_NE, NULL);
        require_byte(l, offsetof(struct aarch64, has_el2), 0);
        x64_aim(other, out->at);
    }
    x64_mov(out, true, X64_RAX,
            lower_pe(offsetof(struct aarch64, vcpu.slice_end)));
    x64_alu(out, true, X64_SUB, X64_RAX, x64_reg(X64_R15));
    x64_alu(out, true, X64_ADD, X64_RAX,
            lower_pe(offsetof(struct aarch64, vcpu.compiled.clock_ns)));
    x64_alu_imm(out, true, X64_SUB, x64_reg(X64_RAX), l->op->rest + 1);
    static_assert(AARCH64_COUNTER_NS == 1 << 4, "a shift divides");
    x64_shift_imm(out, true, X64_SHR, X64_RAX, 4);
    if (virtual) {
        lower_compare_byte(l, lower_pe(offsetof(struct aarch64, has_el2)), 0);
        uint8_t *plain = x64_jcc(out, X64_E, NULL);
        x64_alu(out, true, X64_SUB, X64_RAX, lower_pe(SYSTEM(CNTVOFF_EL2)));
        x64_aim(plain, out->at);
    }
    lower_put(l, l->op->d, X64_RAX);
    return lower_come_back(l);
}

bool lower_from_system(struct lower *l)
{
    const int name = AARCH64_ROW_OF(l->op->high);
    enum aarch64_register row;

    if (is_daif(l)) {
        return read_daif(l);
    }
    if (name == AARCH64_CNTVCT_EL0 || name == AARCH64_CNTPCT_EL0) {
        return read_counter(l, name == AARCH64_CNTVCT_EL0);
    }
    if (!find_plain(l, &row)) {
        return name >= 0 && aarch64_reads_plainly(name) &&
               read_plainly(l, name);
    }
    require_rules(l, row, true);
    return move_from(l, place_of(row));
}

/* Interrupts are masked or not: nothing happens if no line is up and no
 * debugger of the guest's own looks. Lines of other cores are not looked at
 * while these run at the same time. */
static bool may_change_daif(struct lower *l, bool unmasks)
{
    size_t inputs = offsetof(struct aarch64, state.inputs);

    if (l->compiler->parallel) {
        x64_alu_imm(&l->out, true, X64_CMP,
                    lower_pe(offsetof(struct aarch64, vcpu.gate)), 0);
        lower_unless(l, X64_NE);
    }
    require_not_byte(l, LEVEL, 0);
    require_byte(l, offsetof(struct aarch64, debug.active), 0);
    if (unmasks) {
        x64_mov(&l->out, true, X64_RAX, lower_pe(inputs));
        x64_alu(&l->out, true, X64_OR, X64_RAX, lower_pe(inputs + 8));
        lower_unless(l, X64_NE);
        require_clear(l, lower_pe(SYSTEM(HCR_EL2)), HCR_PENDING);
    }
    return true;
}

static bool write_daif(struct lower *l)
{
    if (!may_change_daif(l, true)) {
        return false;
    }
    lower_load(l, false, X64_RAX, l->op->a);
    x64_shift_imm(&l->out, false, X64_SHR, X64_RAX, 6);
    x64_alu_imm(&l->out, false, X64_AND, x64_reg(X64_RAX), 15);
    x64_op(&l->out, false, 0x88, X64_RAX,
           lower_pe(offsetof(struct aarch64, state.daif)));
    return lower_come_back(l);
}

bool lower_to_system(struct lower *l)
{
    enum aarch64_register row;

    if (is_daif(l)) {
        return write_daif(l);
    }
    if (!find_plain(l, &row)) {
        return false;
    }
    require_rules(l, row, false);
    if (aarch64_registers[row].mask == UINT32_MAX) { /* clears the upper half */
        lower_load(l, false, X64_RAX, l->op->a);
        x64_store(&l->out, true, lower_pe(place_of(row)), X64_RAX);
    } else {
        x64_store(&l->out, true, lower_pe(place_of(row)),
                  lower_get(l, true, l->op->a, X64_RAX));
    }
    return lower_come_back(l);
}

/* MSR (immediate). */
bool lower_to_pstate(struct lower *l)
{
    unsigned value = (unsigned)l->op->high & 15;
    bool set = (unsigned)l->op->high >> 4 == AARCH64_DAIF_SET;

    if (!may_change_daif(l, !set)) {
        return false;
    }
    x64_op(&l->out, false, 0x80, set ? X64_OR : X64_AND,
           lower_pe(offsetof(struct aarch64, state.daif)));
    x64_byte(&l->out, set ? value : ~value & 15);
    return lower_come_back(l);
}

/* SEVL, and the WFE behind it, with which locks begin; C where it waits. */
bool lower_event(struct lower *l, bool set)
{
    const size_t event = offsetof(struct aarch64, state.event);

    if (!set) {
        require_not_byte(l, event, 0);
    }
    x64_op(&l->out, false, 0xc6, 0, lower_pe(event));
    x64_byte(&l->out, set);
    return lower_come_back(l);
}

/* DC ZVA of 64 bytes. */
static bool zero_block(struct lower *l)
{
    struct x64 *out = &l->out;

    if (l->page->checks_alignment) { /* Device memory refuses it */
        return false;
    }
    require_not_byte(l, LEVEL, 0);
    require_clear(l, lower_pe(SYSTEM(HCR_EL2)), HCR_TDZ);
    lower_load(l, true, X64_RAX, l->op->a);
    x64_alu_imm(out, true, X64_AND, x64_reg(X64_RAX), -64);
    lower_translate(l, 64, 6, true, l->target->shared.assist);
    if (l->target->has_avx2) {
        avx_zero(l, XMM0);
        for (int32_t i = 0; i < 64; i += 16) {
            avx_to(l, AVX_vmovdqu_store, XMM0,
                   x64_mem_index(X64_RAX, X64_RCX, 0, i));
        }
        return lower_come_back(l);
    }
    x64_alu(out, false, X64_XOR, X64_RDX, x64_reg(X64_RDX));
    for (int32_t i = 0; i < 64; i += 8) {
        x64_store(out, true, x64_mem_index(X64_RAX, X64_RCX, 0, i), X64_RDX);
    }
    return lower_come_back(l);
}

/* Maintenance by address of what may be read: nothing to do. */
static bool maintain(struct lower *l, uint32_t trap)
{
    require_not_byte(l, LEVEL, 0);
    require_clear(l, lower_pe(SYSTEM(HCR_EL2)), trap);
    lower_load(l, true, X64_RAX, l->op->a);
    lower_find_entry(l, 1, 0, false, l->target->shared.assist);
    return lower_come_back(l);
}

bool lower_sys(struct lower *l)
{
    switch (encoding_of(l)) {
    case AARCH64_ENCODING(1, 3, 7, 4, 1):
        return zero_block(l);
    case AARCH64_ENCODING(1, 3, 7, 10, 1): /* DC CVAC, CIVAC */
    case AARCH64_ENCODING(1, 3, 7, 14, 1):
        return maintain(l, HCR_TPC);
    case AARCH64_ENCODING(1, 3, 7, 11, 1): /* DC CVAU, IC IVAU */
    case AARCH64_ENCODING(1, 3, 7, 5, 1):
        return maintain(l, HCR_TPU);
    default:
        return false;
    }
}

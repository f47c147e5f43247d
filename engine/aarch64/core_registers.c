/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of an AArch64 core as debuggers see them. */
#include "engine/aarch64/aarch64.h"

#include "base/bits.h"
#include "isa/aarch64/disassemble.h"

/* GDB's numbers up to fpcr, then ours. */
enum {
    SP = 31,
    PC = 32,
    CPSR = 33,
    VECTORS = 34,
    FPSR = VECTORS + 32,
    FPCR = FPSR + 1,
    SYSTEM = FPCR + 1,
    HALVES = SYSTEM + AARCH64_SYSTEM_REGISTERS, /* of vectors, for programs */
    REGISTERS = HALVES + 64,
};

static const char *const general_names[] = {
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",   "x7",  "x8",
    "x9",  "x10", "x11", "x12", "x13", "x14", "x15",  "x16", "x17",
    "x18", "x19", "x20", "x21", "x22", "x23", "x24",  "x25", "x26",
    "x27", "x28", "x29", "x30", "sp",  "pc",  "cpsr",
};

#define VECTOR(n)                                                              \
    {                                                                          \
        "v" #n, "v" #n "_low", "v" #n "_high"                                  \
    }
static const char *const vector_names[32][3] = {
    VECTOR(0),  VECTOR(1),  VECTOR(2),  VECTOR(3),  VECTOR(4),  VECTOR(5),
    VECTOR(6),  VECTOR(7),  VECTOR(8),  VECTOR(9),  VECTOR(10), VECTOR(11),
    VECTOR(12), VECTOR(13), VECTOR(14), VECTOR(15), VECTOR(16), VECTOR(17),
    VECTOR(18), VECTOR(19), VECTOR(20), VECTOR(21), VECTOR(22), VECTOR(23),
    VECTOR(24), VECTOR(25), VECTOR(26), VECTOR(27), VECTOR(28), VECTOR(29),
    VECTOR(30), VECTOR(31),
};

static void add(struct aarch64 *pe, const char *name, const char *feature,
                const char *type, const char *group, unsigned bits_count,
                int number)
{
    struct core *core = &pe->vcpu.core;

    core->registers[core->register_count++] =
        (struct core_register){name, feature, type, group, bits_count, number};
}

/* A register of a level that is not there is not listed. */
static bool is_present(const struct aarch64 *pe, unsigned row)
{
    const struct aarch64_register_spec *spec = &aarch64_registers[row];

    return spec->reader <= 3 &&
           aarch64_has(pe, aarch64_register_feature(row)) &&
           (spec->reader != 2 || pe->has_el2) &&
           (spec->reader != 3 || pe->has_el3);
}

void aarch64_list_registers(struct aarch64 *pe)
{
    static const char general[] = "org.gnu.gdb.aarch64.core";
    static const char vectors[] = "org.gnu.gdb.aarch64.fpu";
    static const char system_feature[] = "cairn.aarch64.system";

    pe->vcpu.core.registers = xcalloc(REGISTERS, sizeof(struct core_register));
    for (int i = 0; i <= CPSR; i++) {
        add(pe, general_names[i], general,
            i == SP     ? "data_ptr"
            : i == PC   ? "code_ptr"
            : i == CPSR ? "cpsr_flags"
                        : "int",
            "general", i == CPSR ? 32 : 64, i);
    }
    for (int i = 0; i < 32; i++) {
        add(pe, vector_names[i][0], vectors, "aarch64v", "vector", 128,
            VECTORS + i);
    }
    add(pe, "fpsr", vectors, "int", "float", 32, FPSR);
    add(pe, "fpcr", vectors, "int", "float", 32, FPCR);
    for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
        if (is_present(pe, row)) {
            add(pe, aarch64_registers[row].name, system_feature, "int",
                "system", 64, SYSTEM + (int)row);
        }
    }
    for (int i = 0; i < 64; i++) {
        add(pe, vector_names[i / 2][1 + i % 2], NULL, "int", "vector", 64,
            HALVES + i);
    }
}

int aarch64_register_get(struct core *core, size_t index, uint64_t *value)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));
    struct aarch64_state *s = &pe->state;

    if (index >= core->register_count) {
        return -EINVAL;
    }
    unsigned number = (unsigned)core->registers[index].number;
    if (number <= SP || number == PC) {
        *value = s->r[number == PC ? (unsigned)IR_PC : number];
    } else if (number == CPSR) {
        *value = aarch64_pstate(pe);
    } else if (number < FPSR) {
        return -EOVERFLOW;
    } else if (number >= HALVES) {
        *value = s->v[(number - HALVES) / 2].d[(number - HALVES) % 2];
    } else if (number < SYSTEM) {
        *value = number == FPSR ? s->fpsr : s->fpcr;
    } else {
        /* Looking takes nothing out of the communication channel. */
        uint64_t mdscr = AARCH64_SYS(pe, MDSCR_EL1);
        *value =
            aarch64_register_read(pe, (enum aarch64_register)(number - SYSTEM));
        AARCH64_SYS(pe, MDSCR_EL1) = mdscr;
    }
    return 0;
}

static void set_pstate(struct aarch64 *pe, uint64_t value)
{
    struct aarch64_state *s = &pe->state;
    unsigned level = value >> 2 & 3;
    bool present = (level != 2 || pe->has_el2) && (level != 3 || pe->has_el3);

    s->r[IR_NZCV] = value >> 28 & 15;
    s->daif = value >> 6 & 15;
    s->il = value >> 20 & 1;
    s->ss = value >> 21 & 1;
    aarch64_set_controls(pe, value);
    if (present) {
        aarch64_set_sp(pe, level, level == 0 ? 0 : value & 1);
    }
    aarch64_update(pe);
}

int aarch64_register_set(struct core *core, size_t index, uint64_t value)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));
    struct aarch64_state *s = &pe->state;

    if (index >= core->register_count) {
        return -EINVAL;
    }
    unsigned number = (unsigned)core->registers[index].number;
    if (number <= SP || number == PC) {
        s->r[number == PC ? (unsigned)IR_PC : number] = value;
    } else if (number == CPSR) {
        set_pstate(pe, value);
    } else if (number < FPSR) {
        return -EOVERFLOW;
    } else if (number >= HALVES) {
        s->v[(number - HALVES) / 2].d[(number - HALVES) % 2] = value;
    } else if (number < SYSTEM) {
        *(number == FPSR ? &s->fpsr : &s->fpcr) = (uint32_t)value;
    } else {
        aarch64_register_write(pe, (enum aarch64_register)(number - SYSTEM),
                               value);
    }
    pe->vcpu.attention = true;
    return 0;
}

/* The vector of a list index, or NULL. */
static uint64_t *vector_at(struct core *core, size_t index)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));
    int number =
        index < core->register_count ? core->registers[index].number : SYSTEM;

    return number >= VECTORS && number < FPSR ? pe->state.v[number - VECTORS].d
                                              : NULL;
}

int aarch64_register_get_wide(struct core *core, size_t index, uint8_t *bytes)
{
    const uint64_t *vector = vector_at(core, index);

    if (vector == NULL) {
        return -EINVAL;
    }
    store_le64(bytes, vector[0]);
    store_le64(bytes + 8, vector[1]);
    return 0;
}

int aarch64_register_set_wide(struct core *core, size_t index,
                              const uint8_t *bytes)
{
    uint64_t *vector = vector_at(core, index);

    if (vector == NULL) {
        return -EINVAL;
    }
    vector[0] = load_le64(bytes);
    vector[1] = load_le64(bytes + 8);
    return 0;
}

unsigned aarch64_disassemble_core(const struct core *core, struct gva pc,
                                  const void *bytes, size_t size,
                                  struct buffer *out)
{
    struct aarch64_insn insn;

    if (size < 4) {
        return 0;
    }
    aarch64_decode(load_le32(bytes), &insn);
    aarch64_disassemble(&insn, pc, out);
    return 4;
}

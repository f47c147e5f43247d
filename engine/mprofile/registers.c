/* SPDX-License-Identifier: Apache-2.0 */
/* Registers as debuggers see them: GDB's features m-profile, m-system, secext
 * and vfp. */
#include "engine/mprofile/modes.h"

#include "base/bits.h"
#include "base/buffer.h"

enum { NUMBER_XPSR = 25, NUMBER_SPECIAL = 100, NUMBER_FP = 200 };
enum kind { WORD, X_REGISTER, STACK, XPSR, CONTROL, DOUBLE, FPSCR };

static const char general[] = "org.gnu.gdb.arm.m-profile";
static const char system_feature[] = "org.gnu.gdb.arm.m-system";
static const char security[] = "org.gnu.gdb.arm.secext";
static const char fp[] = "org.gnu.gdb.arm.vfp";

/* Special registers: name, whose, and where in the state. */
struct special {
    const char *name;
    const char *secure_name;
    const char *non_secure_name;
    uint16_t member;
    uint16_t needs;
};
#define MEMBER(name) offsetof(struct mprofile_state, name)
static const struct special specials[] = {
    {"msp",       "msp_s",       "msp_ns",       MEMBER(msp),       T32_V6M     },
    {"psp",       "psp_s",       "psp_ns",       MEMBER(psp),       T32_V6M     },
    {"primask",   "primask_s",   "primask_ns",   MEMBER(primask),   T32_V6M     },
    {"basepri",   "basepri_s",   "basepri_ns",   MEMBER(basepri),   T32_V7M     },
    {"faultmask", "faultmask_s", "faultmask_ns", MEMBER(faultmask), T32_V7M     },
    {"control",   "control_s",   "control_ns",   MEMBER(control),   T32_V6M     },
    {"msplim",    "msplim_s",    "msplim_ns",    MEMBER(msplim),    T32_V8M_BASE},
    {"psplim",    "psplim_s",    "psplim_ns",    MEMBER(psplim),    T32_V8M_BASE},
};
enum { SPECIALS = ARRAY_SIZE(specials), DOUBLES = 16, GENERAL = 17 };
enum { MOST = GENERAL + 3 * SPECIALS + DOUBLES + 1 };

static void add(struct core *core, const char *name, const char *feature,
                const char *type, const char *group, unsigned bits, int number)
{
    core->registers[core->register_count++] =
        (struct core_register){name, feature, type, group, bits, number};
}

void mprofile_list_registers(struct mprofile *m)
{
    static const char *const names[] = {"r0",  "r1", "r2", "r3", "r4",  "r5",
                                        "r6",  "r7", "r8", "r9", "r10", "r11",
                                        "r12", "sp", "lr", "pc"};
    static const char *const doubles[DOUBLES] = {
        "d0", "d1", "d2",  "d3",  "d4",  "d5",  "d6",  "d7",
        "d8", "d9", "d10", "d11", "d12", "d13", "d14", "d15"};
    struct core *core = &m->vcpu.core;

    core->registers = xcalloc(MOST, sizeof(struct core_register));
    for (int i = 0; i < 16; i++) {
        add(core, names[i], general,
            i == 15   ? "code_ptr"
            : i == 13 ? "data_ptr"
                      : "int",
            "general", 32, i);
    }
    add(core, "xpsr", general, "int", "general", 32, NUMBER_XPSR);
    for (unsigned bank = 0; bank < 3; bank++) {
        for (size_t i = 0; i < SPECIALS; i++) {
            const struct special *s = &specials[i];
            int number = NUMBER_SPECIAL + (int)(bank * SPECIALS + i);

            if (!mprofile_has(m, s->needs) ||
                (bank != 0 && !mprofile_has(m, MPROFILE_SECURITY))) {
                continue;
            }
            add(core,
                bank == 0   ? s->name
                : bank == 1 ? s->non_secure_name
                            : s->secure_name,
                bank == 0 ? system_feature : security, "int", "system", 32,
                number);
        }
    }
    for (int i = 0; i < DOUBLES && mprofile_has(m, T32_FP_SP); i++) {
        add(core, doubles[i], fp, "ieee_double", "float", 64, NUMBER_FP + i);
    }
    if (mprofile_has(m, T32_FP_SP)) {
        add(core, "fpscr", fp, "int", "float", 32, NUMBER_FP + DOUBLES);
    }
}

/* The word of a special register; bank 0 of the list is the present state's. */
static uint32_t *special_word(struct mprofile *m, int number)
{
    unsigned index = (unsigned)(number - NUMBER_SPECIAL);
    unsigned list = index / SPECIALS;
    unsigned bank = list == 0   ? m->state.secure
                    : list == 1 ? (unsigned)NON_SECURE
                                : (unsigned)SECURE;

    return (uint32_t *)((uint8_t *)&m->state +
                        specials[index % SPECIALS].member) +
           bank;
}

/* SP and pc as the vector table has them, of a core that has not read it yet;
 * false if it has, or where there is no memory. */
static bool first_vectors(struct mprofile *m, uint32_t *sp, uint32_t *pc)
{
    uint8_t bytes[8];
    uint32_t table = m->state.vtor[m->state.secure];

    if (m->state.vectors_read != 0 ||
        core_read_memory(&m->vcpu.core, gva(table), bytes, sizeof(bytes)) !=
            0) {
        return false;
    }
    *sp = load_le32(bytes);
    *pc = load_le32(bytes + 4);
    return true;
}

static bool is_first_sp(struct mprofile *m, int number)
{
    return number == 13 ||
           (number >= NUMBER_SPECIAL && number < NUMBER_FP &&
            special_word(m, number) == &m->state.msp[m->state.secure]);
}

/* The other of SP and pc keeps the value that the debugger saw. */
static void begin(struct mprofile *m)
{
    uint32_t sp;
    uint32_t pc;

    if (first_vectors(m, &sp, &pc)) {
        m->state.x[MPROFILE_SP] = sp & ~3u;
        m->state.x[IR_PC] = pc & ~1u;
        m->state.not_thumb = (pc & 1) == 0;
    }
    m->state.vectors_read = 1;
}

int mprofile_register_get(struct core *core, size_t index, uint64_t *value)
{
    struct mprofile *m = mprofile_of(vcpu_of(core));
    const struct mprofile_state *state = &m->state;
    uint32_t sp;
    uint32_t pc;

    if (index >= core->register_count) {
        return -EINVAL;
    }
    int number = core->registers[index].number;

    if ((number == 15 || is_first_sp(m, number)) &&
        first_vectors(m, &sp, &pc)) {
        *value = number == 15 ? pc & ~1u : sp & ~3u;
        return 0;
    }
    mprofile_put_sp(m);
    if (number < 15) {
        *value = (uint32_t)state->x[number];
    } else if (number == 15) {
        *value = (uint32_t)state->x[IR_PC];
    } else if (number == NUMBER_XPSR) {
        *value = mprofile_xpsr(m);
    } else if (number < NUMBER_FP) {
        *value = *special_word(m, number);
    } else if (number < NUMBER_FP + DOUBLES) {
        unsigned d = (unsigned)(number - NUMBER_FP);

        *value = state->s[2 * d] | (uint64_t)state->s[2 * d + 1] << 32;
    } else {
        *value = state->fpscr;
    }
    return 0;
}

int mprofile_register_set(struct core *core, size_t index, uint64_t value)
{
    struct mprofile *m = mprofile_of(vcpu_of(core));
    struct mprofile_state *state = &m->state;

    if (index >= core->register_count) {
        return -EINVAL;
    }
    int number = core->registers[index].number;

    if (number == 15 || is_first_sp(m, number)) {
        begin(m);
    }
    if (number < 15) {
        state->x[number] = (uint32_t)value & (number == 13 ? ~3u : ~0u);
    } else if (number == 15) {
        state->x[IR_PC] = (uint32_t)value & ~1u;
    } else if (number == NUMBER_XPSR) {
        mprofile_set_apsr(m, (uint32_t)value);
        state->x[T32_IT] = (value >> 25 & 3) | (value >> 8 & 0xfc);
        state->not_thumb = (value >> 24 & 1) == 0;
    } else if (number < NUMBER_FP) {
        mprofile_put_sp(m);
        *special_word(m, number) = (uint32_t)value;
        mprofile_get_sp(m);
        mprofile_nvic_changed(m);
        mprofile_update_contexts(m);
    } else if (number < NUMBER_FP + DOUBLES) {
        unsigned d = (unsigned)(number - NUMBER_FP);

        state->s[2 * d] = (uint32_t)value;
        state->s[2 * d + 1] = (uint32_t)(value >> 32);
    } else {
        state->fpscr = (uint32_t)value;
    }
    return 0;
}

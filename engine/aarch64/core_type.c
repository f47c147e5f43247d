/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cortex-A35 r1p0 (TRM 100236) and Neoverse N1 r4p1 (TRM 100616), both without
 * AArch32 and big-endian data, which the engine does not have; the N1 also
 * without the statistical profiling extension, hardware management of the
 * access flag and dirty state, and its RAS error records.
 */
#include "engine/aarch64/core_type.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"

_Static_assert(AARCH64_FEATURES <= 64, "features are bits of a word");

struct identification {
    enum aarch64_register row;
    uint64_t value;
};

struct aarch64_core_type {
    const char *compatible;
    enum aarch64_feature registers;           /* of its own */
    uint32_t caches[3];                       /* L1 data, L1 instruction, L2 */
    const struct identification *differences; /* from registers.def */
    size_t difference_count;
};

static const struct identification neoverse_n1[] = {
    {AARCH64_MIDR_EL1,         0x414fd0c1        },
    {AARCH64_VPIDR_EL2,        0x414fd0c1        },
    {AARCH64_ID_AA64PFR0_EL1,  0x1100000010111111},
    {AARCH64_ID_AA64PFR1_EL1,  0x20              },
    {AARCH64_ID_AA64DFR0_EL1,  0x10305408        },
    {AARCH64_ID_AA64ISAR0_EL1, 0x100010211120    },
    {AARCH64_ID_AA64ISAR1_EL1, 0x100001          },
    {AARCH64_ID_AA64MMFR0_EL1, 0x101025          },
    {AARCH64_ID_AA64MMFR1_EL1, 0x10212120        },
    {AARCH64_ID_AA64MMFR2_EL1, 0x1011            },
    {AARCH64_CLIDR_EL1,        0x82000023        },
    {AARCH64_CTR_EL0,          0x8444c004        },
    {AARCH64_PMCR_EL0,         0x410c3000        },
    {AARCH64_PMCEID1_EL0,      0x18              }, /* stalls: there are none */
    {AARCH64_SCTLR_EL2,        0x30c50838        },
    {AARCH64_SCTLR_EL3,        0x30c50838        },
};

static const struct aarch64_core_type types[] = {
    {"arm,cortex-a35",
     AARCH64_FEATURE_CORTEX_A35,  {0x700fe01a, 0x201fe00a, 0x707fe03a},
     NULL,        0                      },
    {"arm,neoverse-n1",
     AARCH64_FEATURE_NEOVERSE_N1, {0x701fe01a, 0x201fe01a, 0x70ffe03a},
     neoverse_n1, ARRAY_SIZE(neoverse_n1)},
};

const char *const aarch64_core_types[] = {"arm,cortex-a35", "arm,neoverse-n1",
                                          NULL};

const struct aarch64_omission aarch64_omissions[AARCH64_OMISSIONS] = {
#define OMISSION(register, bits, told, text)                                   \
    {AARCH64_##register, bits, told, text, true},
#define UNSEEN(register, bits, text)                                           \
    {AARCH64_##register, bits, NULL, text, false},
#include "engine/aarch64/omissions.def"
#undef OMISSION
#undef UNSEEN
};

/* ---- Features ------------------------------------------------------------ */

struct id_field {
    enum aarch64_feature feature;
    enum aarch64_register row;
    uint8_t low;
    uint8_t with;
    uint8_t without;
};

static const struct id_field fields[] = {
#define ID_FIELD(feature, register, low, with, without)                        \
    {AARCH64_FEATURE_##feature, AARCH64_##register, low, with, without},
#include "engine/aarch64/identification.def"
#undef ID_FIELD
};

const char *const aarch64_feature_options[AARCH64_FEATURES] = {
#define FEATURE(name, option) [AARCH64_FEATURE_##name] = (option),
#include "isa/aarch64/features.def"
#undef FEATURE
};

static unsigned get(const struct aarch64_rules *rules,
                    const struct id_field *field)
{
    return rules->initial[field->row] >> field->low & 15;
}

static void set(struct aarch64_rules *rules, const struct id_field *field,
                unsigned value)
{
    rules->initial[field->row] &= ~((uint64_t)15 << field->low);
    rules->initial[field->row] |= (uint64_t)value << field->low;
}

/* Returns false if there is no such feature to choose. */
static bool change(struct aarch64_rules *rules, const char *name, bool give)
{
    bool found = false;

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const struct id_field *field = &fields[i];
        unsigned now = get(rules, field);

        if (strcmp(aarch64_feature_options[field->feature], name) != 0) {
            continue;
        }
        found = true;
        if (give ? now < field->with : now > field->without) {
            set(rules, field, give ? field->with : field->without);
        }
    }
    return found;
}

static int no_feature(const char *change, size_t length, struct error *error)
{
    bool listed[AARCH64_FEATURES] = {false};
    struct buffer names = {0};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        enum aarch64_feature feature = fields[i].feature;
        if (!listed[feature]) {
            listed[feature] = true;
            buffer_print(&names, " %s", aarch64_feature_options[feature]);
        }
    }
    int code = error_set(error, -EINVAL,
                         "no feature '%.*s' to choose; after + or - there may "
                         "be%s",
                         (int)length, change, buffer_text(&names));
    buffer_fini(&names);
    return code;
}

static int change_all(struct aarch64_rules *rules, const char *changes,
                      struct error *error)
{
    while (changes != NULL && *changes != '\0') {
        char name[32];
        size_t length = strcspn(changes, ",");

        snprintf(name, sizeof(name), "%.*s", (int)length, changes);
        if ((name[0] != '+' && name[0] != '-') || length >= sizeof(name) ||
            !change(rules, name + 1, name[0] == '+')) {
            return no_feature(changes, length, error);
        }
        changes += length + (changes[length] == ',');
    }
    return 0;
}

static uint64_t features_of(const struct aarch64_rules *rules,
                            const struct aarch64_core_type *type)
{
    uint64_t features = (uint64_t)1 << AARCH64_FEATURE_BASE |
                        (uint64_t)1 << AARCH64_FEATURE_FP |
                        (uint64_t)1 << AARCH64_FEATURE_SIMD |
                        (uint64_t)1 << type->registers;

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        features |= (uint64_t)1 << fields[i].feature;
    }
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        if (get(rules, &fields[i]) < fields[i].with) {
            features &= ~((uint64_t)1 << fields[i].feature);
        }
    }
    return features;
}

/* ---- Registers ----------------------------------------------------------- */

static const struct {
    enum aarch64_register row;
    enum aarch64_feature feature;
    uint64_t bits;
} extra_bits[] = {
#define REGISTER_BITS(name, feature, bits)                                     \
    {AARCH64_##name, AARCH64_FEATURE_##feature, bits},
#include "engine/aarch64/register_bits.def"
#undef REGISTER_BITS
};

static void set_mask(struct aarch64_rules *rules, enum aarch64_register row,
                     uint64_t mask, uint64_t fixed)
{
    rules->mask[row] = mask;
    rules->fixed[row] = fixed & ~mask;
}

/* The writable bits of a register of this core, as it is without E2H. */
static uint64_t plain_mask(const struct aarch64_rules *rules,
                           enum aarch64_register row)
{
    uint64_t mask = aarch64_registers[row].mask;

    for (size_t i = 0; i < ARRAY_SIZE(extra_bits); i++) {
        if (extra_bits[i].row == row &&
            aarch64_rules_have(rules, extra_bits[i].feature)) {
            mask |= extra_bits[i].bits;
        }
    }
    return mask;
}

void aarch64_rules_for_host(struct aarch64_rules *rules, bool host)
{
    /* With E2H: the layout of another register, or a mask. */
    static const struct {
        enum aarch64_register row, like;
        uint64_t mask;
    } layouts[] = {
        {AARCH64_SCTLR_EL2,   AARCH64_SCTLR_EL1,   0         },
        {AARCH64_TCR_EL2,     AARCH64_TCR_EL1,     0         },
        {AARCH64_CPTR_EL2,    AARCH64_CPACR_EL1,   0x80300000}, /* TCPAC, FPEN */
        {AARCH64_CNTHCTL_EL2, AARCH64_CNTKCTL_EL1, 0xfff     },
    };

    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        enum aarch64_register row = layouts[i].row;
        enum aarch64_register like = host ? layouts[i].like : row;

        set_mask(rules, row,
                 host && layouts[i].mask != 0 ? layouts[i].mask
                                              : plain_mask(rules, like),
                 rules->initial[like]);
    }
}

enum aarch64_feature aarch64_register_feature(unsigned row)
{
    static const uint8_t needed[AARCH64_SYSTEM_REGISTERS] = {
        [AARCH64_L2CTLR_EL1... AARCH64_CBAR_EL1] = AARCH64_FEATURE_CORTEX_A35,
        [AARCH64_SPSR_irq... AARCH64_FPEXC32_EL2] = AARCH64_FEATURE_AARCH32,
        [AARCH64_SDER32_EL3] = AARCH64_FEATURE_AARCH32,
        [AARCH64_PAN] = AARCH64_FEATURE_PAN,
        [AARCH64_UAO] = AARCH64_FEATURE_UAO,
        [AARCH64_SSBS] = AARCH64_FEATURE_SSBS,
        [AARCH64_TTBR1_EL2... AARCH64_CNTHV_CVAL_EL2] = AARCH64_FEATURE_VHE,
        [AARCH64_LORSA_EL1... AARCH64_LORID_EL1] = AARCH64_FEATURE_LOR,
        [AARCH64_ERRIDR_EL1... AARCH64_VSESR_EL2] = AARCH64_FEATURE_RAS,
        [AARCH64_APIAKeyLo_EL1... AARCH64_APGAKeyHi_EL1] =
            AARCH64_FEATURE_PAUTH,
        [AARCH64_CPUCFR_EL1... AARCH64_CPUPMR_EL3] =
            AARCH64_FEATURE_NEOVERSE_N1,
    };

    return (enum aarch64_feature)needed[row];
}

/* ---- All of it ----------------------------------------------------------- */

static const struct aarch64_core_type *find(const char *compatible)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strcmp(types[i].compatible, compatible) == 0) {
            return &types[i];
        }
    }
    return NULL;
}

/* ID_AA64MMFR0_EL1.PARange */
static unsigned pa_bits(uint64_t mmfr0)
{
    static const uint8_t widths[8] = {32, 36, 40, 42, 44, 48, 48, 48};

    return widths[mmfr0 & 7];
}

int aarch64_make_rules(const char *compatible, const char *changes,
                       struct aarch64_rules *rules, struct error *error)
{
    const struct aarch64_core_type *type = find(compatible);

    if (type == NULL) {
        return error_set(error, -ENODEV, "no core '%s'", compatible);
    }
    for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
        rules->initial[row] = aarch64_registers[row].reset;
    }
    for (size_t i = 0; i < type->difference_count; i++) {
        rules->initial[type->differences[i].row] = type->differences[i].value;
    }
    int code = change_all(rules, changes, error);
    if (code != 0) {
        return code;
    }
    rules->features = features_of(rules, type);
    rules->pa_bits = pa_bits(rules->initial[AARCH64_ID_AA64MMFR0_EL1]);
    rules->caches = type->caches;
    for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
        set_mask(rules, row, plain_mask(rules, row), rules->initial[row]);
    }
    return 0;
}

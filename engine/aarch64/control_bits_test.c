/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each bit of a system register that software can write is modelled, or has a
 * row in omissions.def. The modelled ones are listed here, by what the engine
 * looks at; the others of a core are poked with MSR.
 */
#include <stdio.h>

#include "engine/aarch64/system.h"
#include "tests/a64.h"
#include "tests/harness.h"

#define ALL     UINT64_MAX
#define BITS(n) ((uint64_t)1 << (n))

/* Registers of settings, and their bits with an effect. */
static const struct {
    enum aarch64_register row;
    uint64_t modelled;
} controls[] = {
  /* M, A, SA, SA0, UMA, DZE, UCT, nTWI, nTWE, WXN, SPAN, UCI; PAuth; DSSBS */
    {AARCH64_SCTLR_EL1,     0x048dc21b | 0xc8002000 | BITS(44)                 },
    {AARCH64_SCTLR_EL2,     0x0008000b | 0xc8002000 | BITS(44)                 },
    {AARCH64_SCTLR_EL3,     0x0008000b | 0xc8002000 | BITS(44)                 },
    {AARCH64_ACTLR_EL2,     0xb3                                               },
    {AARCH64_ACTLR_EL3,     0xb3                                               },
    {AARCH64_CPACR_EL1,     0x300000                                           },
    {AARCH64_CPTR_EL2,      0x80000400                                         },
    {AARCH64_CPTR_EL3,      0x80000400                                         },
 /* All but SWIO, BSU, TID0, ID. */
    {AARCH64_HCR_EL2,       0x1ffff73fd | BITS(34) | 0x338ull << 32            },
    {AARCH64_SCR_EL3,       0x3b8f | 0x3c000                                   },
    {AARCH64_MDCR_EL2,      0xfff | BITS(17)                                   },
    {AARCH64_MDCR_EL3,      0x30640                                            },
    {AARCH64_TCR_EL1,       0x67c0bfc0bf | 0x60000000000 | 0x18000000000000    },
    {AARCH64_TCR_EL2,       0x17c03f | BITS(24) | BITS(29)                     },
    {AARCH64_TCR_EL3,       0x17c03f | BITS(24) | BITS(29)                     },
    {AARCH64_VTCR_EL2,      0xfc0ff                                            },
    {AARCH64_CSSELR_EL1,    0xf                                                },
    {AARCH64_CNTKCTL_EL1,   0x303                                              },
    {AARCH64_CNTHCTL_EL2,   0x3                                                },
    {AARCH64_FPCR,          0x07c80000                                         },
    {AARCH64_MDSCR_EL1,     0xb001 | 3ull << 29 /* SS, KDE, MDE, TX, RX full */},
    {AARCH64_OSLAR_EL1,     1                                                  },
    {AARCH64_OSDLR_EL1,     1                                                  },
    {AARCH64_DBGPRCR_EL1,   1                                                  },
    {AARCH64_PMCR_EL0,      0x6f                                               },
    {AARCH64_PMUSERENR_EL0, 0xf                                                },
    {AARCH64_PMCCFILTR_EL0, 0xfc000000                                         },
};

/* Registers of values: addresses, counts, keys, processor state. Every bit of
 * them is what is read, compared or returned to. */
static const struct {
    enum aarch64_register first, last;
} values[] = {
    {AARCH64_VPIDR_EL2,       AARCH64_VMPIDR_EL2    },
    {AARCH64_TTBR0_EL1,       AARCH64_TTBR1_EL1     },
    {AARCH64_TTBR0_EL2,       AARCH64_TTBR0_EL2     },
    {AARCH64_VTTBR_EL2,       AARCH64_VTTBR_EL2     },
    {AARCH64_TTBR0_EL3,       AARCH64_TTBR0_EL3     },
    {AARCH64_MAIR_EL1,        AARCH64_HPFAR_EL2     },
    {AARCH64_SP_EL0,          AARCH64_DAIF          },
    {AARCH64_FPSR,            AARCH64_CNTFRQ_EL0    },
    {AARCH64_CNTVOFF_EL2,     AARCH64_CNTPS_CVAL_EL1},
    {AARCH64_OSDTRRX_EL1,     AARCH64_OSDTRTX_EL1   },
    {AARCH64_DBGCLAIMSET_EL1, AARCH64_DBGWCR3_EL1   },
    {AARCH64_PMCNTENSET_EL0,  AARCH64_PMXEVCNTR_EL0 },
    {AARCH64_PMINTENSET_EL1,  AARCH64_PMEVTYPER5_EL0},
    {AARCH64_PAN,             AARCH64_CNTHV_CVAL_EL2},
    {AARCH64_DISR_EL1,        AARCH64_APGAKeyHi_EL1 },
};

static bool is_value(unsigned row)
{
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (row >= values[i].first && row <= values[i].last) {
            return true;
        }
    }
    return false;
}

static uint64_t modelled(unsigned row)
{
    for (size_t i = 0; i < ARRAY_SIZE(controls); i++) {
        if (controls[i].row == row) {
            return controls[i].modelled;
        }
    }
    return is_value(row) ? ALL : 0;
}

/* Bits with a row, those that are logged or those that none can tell. */
static uint64_t omitted(unsigned row, bool logged)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < AARCH64_OMISSIONS; i++) {
        if (aarch64_omissions[i].row == row &&
            aarch64_omissions[i].logged == logged) {
            bits |= aarch64_omissions[i].mask;
        }
    }
    return bits;
}

static const struct {
    const char *compatible, *features;
} cores[] = {
    {"arm,cortex-a35",  NULL                        },
    {"arm,cortex-a35",  "+pauth,+vhe,+pan,+lor,+ras"},
    {"arm,neoverse-n1", NULL                        },
    {"arm,neoverse-n1", "+pauth"                    },
};

TEST(each_bit_that_can_be_written_is_modelled_or_has_a_row)
{
    static struct aarch64_rules rules;

    for (size_t c = 0; c < ARRAY_SIZE(cores); c++) {
        struct error error = {""};

        REQUIRE(aarch64_make_rules(cores[c].compatible, cores[c].features,
                                   &rules, &error) == 0);
        for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
            uint64_t unseen = omitted(row, false);

            test_case("%s%s: %s", cores[c].compatible,
                      cores[c].features ? cores[c].features : "",
                      aarch64_registers[row].name);
            EXPECT_EQ(rules.mask[row] & ~modelled(row) & ~unseen &
                          ~omitted(row, true),
                      0);
            EXPECT_EQ(modelled(row) & (unseen | omitted(row, true)), 0);
        }
    }
}

/* With HCR_EL2.E2H some registers of EL2 have other bits. */
TEST(each_bit_of_a_host_is_modelled_or_has_a_row)
{
    static const struct {
        enum aarch64_register row, like; /* the register whose layout it has */
        uint64_t modelled;
    } hosts[] = {
        {AARCH64_SCTLR_EL2,   AARCH64_SCTLR_EL1,   0         },
        {AARCH64_TCR_EL2,     AARCH64_TCR_EL1,     0         },
        {AARCH64_CPTR_EL2,    AARCH64_CPACR_EL1,   0x80300000},
        {AARCH64_CNTHCTL_EL2, AARCH64_CNTKCTL_EL1, 0xf03     },
    };
    static struct aarch64_rules rules;
    struct error error = {""};

    REQUIRE(aarch64_make_rules("arm,neoverse-n1", "+pauth", &rules, &error) ==
            0);
    aarch64_rules_for_host(&rules, true);
    for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
        test_case("%s", aarch64_registers[hosts[i].row].name);
        EXPECT_EQ(rules.mask[hosts[i].row] & ~hosts[i].modelled &
                      ~modelled(hosts[i].like) & ~omitted(hosts[i].like, false),
                  0);
    }
}

/* Each omitted bit is of a register that some core has, and stays 0 if an
 * identification register denies it. */
TEST(each_row_is_of_bits_that_some_core_has)
{
    static struct aarch64_rules rules;

    for (unsigned i = 0; i < AARCH64_OMISSIONS; i++) {
        const struct aarch64_omission *omission = &aarch64_omissions[i];
        uint64_t writable = 0;

        for (size_t c = 0; c < ARRAY_SIZE(cores); c++) {
            struct error error = {""};

            REQUIRE(aarch64_make_rules(cores[c].compatible, cores[c].features,
                                       &rules, &error) == 0);
            writable |= rules.mask[omission->row];
        }
        test_case("%s: %s", aarch64_registers[omission->row].name,
                  omission->text);
        EXPECT(omission->logged || omission->told == NULL);
        EXPECT(omission->told == NULL || (writable & omission->mask) == 0);
        EXPECT(omission->told != NULL || omission->mask == ALL ||
               (omission->mask & ~writable) == 0);
    }
}

/* ---- MSR ----------------------------------------------------------------- */

static void hear(void *context, enum log_kind kind, const char *line)
{
    if (kind == LOG_UNMODELLED) {
        snprintf(context, 256, "%s", line);
    }
}

/* MSR and MRS of x1 at EL3. */
static uint64_t write_and_read(struct a64 *m, unsigned row, uint64_t value,
                               char *line)
{
    uint32_t encoding = aarch64_registers[row].encoding;
    uint32_t code[2] = {0xd5000001 | encoding << 5, 0xd5200001 | encoding << 5};

    line[0] = '\0';
    log_init(&m->fabric.log);
    m->fabric.log.sink = hear;
    m->fabric.log.context = line;
    a64_load(m, 0, code, sizeof(code));
    m->pe->state.r[1] = value;
    m->pe->state.r[IR_PC] = A64_RAM;
    core_run(m->core, 2);
    return m->pe->state.r[1];
}

TEST(a_write_that_sets_an_omitted_bit_is_logged_and_counted)
{
    for (unsigned i = 0; i < AARCH64_OMISSIONS; i++) {
        const struct aarch64_omission *omission = &aarch64_omissions[i];
        const bool n1 = aarch64_register_feature(omission->row) ==
                        AARCH64_FEATURE_NEOVERSE_N1;
        const struct core_config config = {
            .compatible = n1 ? "arm,neoverse-n1" : "arm,cortex-a35",
            .aarch64.el2 = true,
            .aarch64.el3 = true,
        };
        uint64_t lowest = omission->mask & (0 - omission->mask);
        char line[256];
        struct a64 m;

        test_case("%s: %s", aarch64_registers[omission->row].name,
                  omission->text);
        a64_init(&m, &config);
        if (!aarch64_has(m.pe, aarch64_register_feature(omission->row))) {
            a64_fini(&m);
            continue;
        }
        uint64_t value = write_and_read(&m, omission->row, lowest, line);
        EXPECT_EQ(strstr(line, omission->text) != NULL, omission->logged);
        EXPECT_EQ(m.fabric.log.count[LOG_UNMODELLED], omission->logged);
        EXPECT(omission->told == NULL || (value & lowest) == 0);
        write_and_read(&m, omission->row, 0, line);
        EXPECT_EQ(m.fabric.log.count[LOG_UNMODELLED], 0);
        a64_fini(&m);
    }
}

/* ---- Registers of a core's maker ----------------------------------------- */

enum { ESR_TRAP = 0x18, VECTOR_LOWER = 0x400, TIDCP = 20 };

static const struct {
    const char *name;
    unsigned level; /* of the access */
    uint64_t hcr, actlr2, actlr3;
    uint32_t insn;
    unsigned taken; /* by this level; 0: done */
} vendor[] = {
    {"read at EL1",                  1, 0,           0,    0,    0xd539f221, 0},
    {"write at EL1, both let",       1, 0,           0x73, 0x73, 0xd519f221, 0},
    {"write at EL1, EL2 does not",   1, 0,           0x71, 0x73, 0xd519f221, 2},
    {"write at EL1, EL3 does not",   1, 0,           0x73, 0x71, 0xd519f221, 3},
    {"write at EL2, EL3 does not",   2, 0,           0x73, 0x71, 0xd519f221, 3},
    {"write at EL2, EL3 lets",       2, 0,           0,    2,    0xd519f221, 0},
    {"another bit's register",       1, 0,           0x71, 0x73, 0xd519f201, 0},
    {"read at EL1, TIDCP",           1, BITS(TIDCP), 0x73, 0x73, 0xd539f221, 2},
    {"read at EL2, TIDCP",           2, BITS(TIDCP), 0x73, 0x73, 0xd539f221, 0},
    {"no register at EL1, TIDCP",    1, BITS(TIDCP), 0x73, 0x73, 0xd539ffe1, 2},
    {"no register at EL1",           1, 0,           0x73, 0x73, 0xd539ffe1, 1},
    {"no instruction at EL1, TIDCP", 1, BITS(TIDCP), 0x73, 0x73, 0xd50bffe1, 2},
    {"no instruction at EL1",        1, 0,           0x73, 0x73, 0xd50bffe1, 1},
};

TEST(registers_of_a_cores_maker_are_trapped_as_their_controls_say)
{
    static const enum aarch64_register syndromes[] = {
        [1] = AARCH64_ESR_EL1, [2] = AARCH64_ESR_EL2, [3] = AARCH64_ESR_EL3};

    for (size_t i = 0; i < ARRAY_SIZE(vendor); i++) {
        const struct core_config config = {.aarch64.el2 = true,
                                           .aarch64.el3 = true};
        OWNED(a64_fini) struct a64 m;

        test_case("%s", vendor[i].name);
        a64_init(&m, &config);
        a64_vectors(&m);
        AARCH64_SYS(m.pe, SCR_EL3) |= 1;
        AARCH64_SYS(m.pe, HCR_EL2) |= vendor[i].hcr;
        AARCH64_SYS(m.pe, ACTLR_EL2) = vendor[i].actlr2;
        AARCH64_SYS(m.pe, ACTLR_EL3) = vendor[i].actlr3;
        aarch64_set_sp(m.pe, vendor[i].level, true);
        aarch64_update(m.pe);
        a64_load(&m, 0, &vendor[i].insn, 4);
        core_run(m.core, 1);
        if (vendor[i].taken == 0) {
            EXPECT_EQ(m.pe->state.level, vendor[i].level);
            EXPECT_EQ(m.pe->state.r[IR_PC], A64_RAM + 4);
        } else {
            uint64_t esr = m.pe->state.sys[syndromes[vendor[i].taken]];
            EXPECT_EQ(m.pe->state.level, vendor[i].taken);
            EXPECT_EQ(esr >> 26, vendor[i].taken == 1 ? 0 : ESR_TRAP);
        }
    }
}

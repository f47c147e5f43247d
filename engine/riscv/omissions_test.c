/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each bit of a CSR that software can write is modelled, or has a row in
 * omissions.def. The modelled ones are listed here, by what the engine looks
 * at; the others are poked by a guest.
 */
#include "engine/riscv/omissions.h"

#include <stdio.h>

#include "base/bits.h"
#include "isa/riscv/csr.h"
#include "tests/harness.h"
#include "tests/rv32.h"

/* CSRs of settings, and their bits with an effect. */
static const struct {
    enum riscv_csr csr;
    uint32_t modelled;
} controls[] = {
    {RISCV_CSR_mstatus,       0x00221888},
    {RISCV_CSR_mtvec,         0xfffffffd},
    {RISCV_CSR_mcounteren,    0x5       },
    {RISCV_CSR_mcountinhibit, 0x5       },
    {RISCV_CSR_mrac,          0xaaaaaaaa},
    {RISCV_CSR_mpmc,          0x2       },
    {RISCV_CSR_mitctl0,       0x1       },
    {RISCV_CSR_mitctl1,       0x9       },
    {RISCV_CSR_meivt,         0xfffffc00},
    {RISCV_CSR_meipt,         0xf       },
    {RISCV_CSR_meicidpl,      0xf       },
    {RISCV_CSR_meicurpl,      0xf       },
};

/* CSRs of values, of which every bit is what a read gives, or an address. */
static const struct {
    enum riscv_csr first, last;
} values[] = {
    {RISCV_CSR_mscratch, RISCV_CSR_mtval        },
    {RISCV_CSR_pmpcfg0,  RISCV_CSR_pmpaddr63    },
    {RISCV_CSR_mitcnt0,  RISCV_CSR_mitb0        },
    {RISCV_CSR_mitcnt1,  RISCV_CSR_mitb1        },
    {RISCV_CSR_mscause,  RISCV_CSR_mhpmcounter6 },
    {RISCV_CSR_mcycleh,  RISCV_CSR_mhpmcounter6h},
};

static uint32_t modelled(unsigned csr)
{
    for (size_t i = 0; i < ARRAY_SIZE(controls); i++) {
        if (controls[i].csr == csr) {
            return controls[i].modelled;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (csr >= values[i].first && csr <= values[i].last) {
            return UINT32_MAX;
        }
    }
    return 0;
}

static uint32_t omitted(unsigned csr)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < RISCV_OMISSIONS; i++) {
        bits |= riscv_omissions[i].csr == csr ? riscv_omissions[i].mask : 0;
    }
    return bits;
}

TEST(each_bit_that_can_be_written_is_modelled_or_has_a_row)
{
    for (unsigned csr = 0; csr < RISCV_CSRS; csr++) {
        test_case("%s", riscv_csrs[csr].name);
        EXPECT_EQ(riscv_csrs[csr].writable & ~modelled(csr) & ~omitted(csr), 0);
        EXPECT_EQ(modelled(csr) & omitted(csr), 0);
    }
}

static void hear(void *context, enum log_kind kind, const char *line)
{
    if (kind == LOG_UNMODELLED) {
        snprintf(context, 256, "%s", line);
    }
}

/* CSRRW of a value by a guest; the line that it gives. */
static uint64_t poke(struct rv32 *m, unsigned csr, uint32_t value, char *line)
{
    uint64_t before = m->fabric.log.count[LOG_UNMODELLED];

    line[0] = '\0';
    m->fabric.log.sink = hear;
    m->fabric.log.context = line;
    rv32_emit_constant(m, 10, value);
    rv32_emit_csr(m, RISCV_CSRRW, 0, riscv_csrs[csr].number, 10);
    core_run(m->core, 3);
    return m->fabric.log.count[LOG_UNMODELLED] - before;
}

TEST(a_write_that_sets_an_omitted_bit_is_logged_and_counted)
{
    for (unsigned i = 0; i < RISCV_OMISSIONS; i++) {
        const struct riscv_omission *omission = &riscv_omissions[i];
        const struct core_config config = {.compatible =
                                               "chipsalliance,veer-el2"};
        const bool halts = omission->csr == RISCV_CSR_mpmc;
        char line[256];
        OWNED(rv32_fini) struct rv32 m;

        test_case("%s: %s", riscv_csrs[omission->csr].name, omission->text);
        rv32_init(&m, &config);
        EXPECT_EQ(poke(&m, omission->csr, 0, line), 0);
        if (halts) { /* only with a timer that would end it */
            rv32_set(&m, "mie", 1u << 29);
        }
        EXPECT_EQ(poke(&m, omission->csr, omission->mask & (0 - omission->mask),
                       line),
                  omission->logged);
        EXPECT_EQ(strstr(line, omission->text) != NULL, omission->logged);
    }
}

static const struct {
    const char *name;
    uint32_t mie, mitctl0;
    unsigned lines;
} halts[] = {
    {"a timer that counts in a halt",  1u << 29, 3, 0},
    {"a timer that stands still",      1u << 29, 1, 1},
    {"a timer that does not count",    1u << 29, 0, 0},
    {"a timer whose interrupt is off", 0,        1, 0},
};

TEST(a_halt_that_a_timer_of_the_hardware_would_not_end_is_logged)
{
    for (size_t i = 0; i < ARRAY_SIZE(halts); i++) {
        const struct core_config config = {.compatible =
                                               "chipsalliance,veer-el2"};
        char line[256];
        OWNED(rv32_fini) struct rv32 m;

        test_case("%s", halts[i].name);
        rv32_init(&m, &config);
        rv32_set(&m, "mie", halts[i].mie);
        rv32_set(&m, "mitctl0", halts[i].mitctl0);
        EXPECT_EQ(poke(&m, RISCV_CSR_mpmc, 1, line), halts[i].lines);
    }
}

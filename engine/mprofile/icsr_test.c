/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of ICSR that depend on the masks and on the core. */
#include "base/bits.h"
#include "engine/mprofile/modes.h"
#include "engine/mprofile/test_machine.h"
#include "tests/harness.h"

enum { ICSR = (int)0xe000ed04, RETTOBASE = 1 << 11 };

static unsigned vectpending(struct machine *machine)
{
    return peek(machine, (uint32_t)ICSR) >> 12 & 0x1ff;
}

/* DUI 0553, 4.3.3 (also of Cortex-M3, M7 and M33): BASEPRI and FAULTMASK count,
 * PRIMASK does not. */
TEST(vectpending_shows_what_basepri_and_faultmask_leave)
{
    static const struct {
        uint8_t primask, basepri, faultmask;
        uint8_t pendsv, nmi; /* priority of the one, the other is pending */
        unsigned shown;
    } rows[] = {
        {0, 0,    0, 0x80, 0, EXCEPTION_PENDSV},
        {1, 0,    0, 0x80, 0, EXCEPTION_PENDSV},
        {0, 0x80, 0, 0x80, 0, 0               },
        {0, 0x40, 0, 0x80, 0, 0               },
        {0, 0x80, 0, 0x40, 0, EXCEPTION_PENDSV},
        {1, 0x40, 0, 0x80, 0, 0               },
        {0, 0,    1, 0x00, 0, 0               },
        {0, 0x40, 1, 0x80, 1, EXCEPTION_NMI   },
    };
    static const char *const cores[] = {"arm,cortex-m3", "arm,cortex-m33"};

    for (size_t i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(cores); i++) {
        const size_t row = i / ARRAY_SIZE(cores);
        OWNED(fini) struct machine machine;

        test_case("%s, row %zu", cores[i % ARRAY_SIZE(cores)], row);
        init(&machine, cores[i % ARRAY_SIZE(cores)]);
        struct mprofile *m = of(&machine);
        const unsigned bank = m->state.secure;
        m->state.primask[bank] = rows[row].primask;
        m->state.basepri[bank] = rows[row].basepri;
        m->state.faultmask[bank] = rows[row].faultmask;
        m->state.system_priority[bank][EXCEPTION_PENDSV] = rows[row].pendsv;
        mprofile_nvic_changed(m);
        mprofile_set_pending(m, EXCEPTION_PENDSV, bank, true);
        mprofile_set_pending(m, EXCEPTION_NMI,
                             mprofile_target(m, EXCEPTION_NMI),
                             rows[row].nmi != 0);
        EXPECT_EQ(vectpending(&machine), rows[row].shown);
    }
}

/* An active exception hides nothing: a handler sees that it is to be followed.
 */
TEST(vectpending_shows_what_waits_for_the_active_exception)
{
    OWNED(fini) struct machine machine;

    init(&machine, "arm,cortex-m4");
    struct mprofile *m = of(&machine);
    m->state.system_priority[NON_SECURE][EXCEPTION_PENDSV] = 0x80;
    m->state.system_active[NON_SECURE] = BIT(EXCEPTION_SVCALL);
    m->state.exception = EXCEPTION_SVCALL;
    mprofile_nvic_changed(m);
    mprofile_set_pending(m, EXCEPTION_PENDSV, NON_SECURE, true);
    EXPECT_EQ(vectpending(&machine), EXCEPTION_PENDSV);
}

/* Armv6-M has no RETTOBASE (DDI 0419, B3.2.4). */
TEST(rettobase_is_of_the_main_profile_alone)
{
    static const struct {
        const char *core;
        bool has;
    } rows[] = {
        {"arm,cortex-m0",     false},
        {"arm,cortex-m0plus", false},
        {"arm,cortex-m3",     true },
        {"arm,cortex-m33",    true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(fini) struct machine machine;

        test_case("%s", rows[i].core);
        init(&machine, rows[i].core);
        struct mprofile_state *state = &of(&machine)->state;
        state->system_active[state->secure] = BIT(EXCEPTION_SVCALL);
        EXPECT_EQ(peek(&machine, (uint32_t)ICSR) & RETTOBASE,
                  rows[i].has ? RETTOBASE : 0);
        state->system_active[state->secure] |= BIT(EXCEPTION_PENDSV);
        EXPECT_EQ(peek(&machine, (uint32_t)ICSR) & RETTOBASE, 0);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How a core sleeps, which is what the ledger of power states asks. */
#include "engine/mprofile/test_machine.h"

#include "engine/mprofile/modes.h"
#include "tests/harness.h"

enum { WFE = 0xbf20, CPSID_I = 0xb672 };
enum { SCR = (int)0xe000ed10, SCR_NS = (int)0xe002ed10 };

static void pulse(struct machine *machine, unsigned irq)
{
    core_input(machine->core, irq, 1);
    core_input(machine->core, irq, 0);
}

static const char *woken_by(const struct machine *machine, int *input)
{
    return machine->core->type->wake_name(machine->core->woken_by, input);
}

TEST(a_wait_tells_its_kind_and_what_ended_it)
{
    static const uint16_t codes[][4] = {
        {WFI, NOP, HERE, HERE},
        {WFE, NOP, HERE, HERE}
    };
    int input = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        OWNED(fini) struct machine machine;

        init(&machine, "arm,cortex-m0");
        of(&machine)->state.irq_enabled[0] = 1 << 5;
        run(&machine, codes[i], sizeof(codes[i]), 5);
        REQUIRE(machine.core->power == CORE_WAITING);
        EXPECT_EQ(machine.core->type->wait(machine.core),
                  i == 0 ? CORE_WAIT_INTERRUPT : CORE_WAIT_EVENT);
        poke(&machine, (uint32_t)SCR, SCR_SLEEPDEEP);
        EXPECT_EQ(machine.core->type->wait(machine.core), CORE_WAIT_DEEP);
        pulse(&machine, 5);
        EXPECT_EQ(machine.core->power, CORE_RUNNING);
        EXPECT_STR(woken_by(&machine, &input), "interrupt");
        EXPECT_EQ(input, 5);
    }
}

FIXTURE(struct machine, machine, fini)
FIXTURE_BEGIN(machine, init(machine, "arm,cortex-m3"))

TEST_ON(an_event_ends_wfe_alone, machine)
{
    static const uint16_t code[] = {WFE, HERE};

    run(machine, code, sizeof(code), 5);
    REQUIRE(machine->core->power == CORE_WAITING);
    /* SEVONPEND: of an interrupt that is not enabled. */
    poke(machine, (uint32_t)SCR, SCR_SEVONPEND);
    pulse(machine, 1);
    EXPECT_EQ(machine->core->power, CORE_RUNNING);
    EXPECT_EQ(machine->core->woken_by, CORE_WAKE_EVENT);
}

TEST_ON(a_reset_is_no_cause, machine)
{
    static const uint16_t code[] = {WFI, HERE};

    of(machine)->state.irq_enabled[0] = 1;
    run(machine, code, sizeof(code), 5);
    pulse(machine, 0);
    EXPECT_EQ(machine->core->woken_by, EXCEPTION_IRQ0);
    core_reset(machine->core);
    EXPECT_EQ(machine->core->woken_by, 0);
}

/* The handler masks interrupts: on exit the second one is pending, and what is
 * would end WFI (DDI 0553 B3.23). */
TEST(sleep_on_exit_does_not_sleep_over_what_primask_holds_back)
{
    static const uint16_t code[] = {NOP, NOP, NOP, HERE};
    static const uint16_t handler[] = {CPSID_I, BX_LR};

    for (unsigned others = 0; others < 2; others++) {
        OWNED(fini) struct machine machine;

        init(&machine, "arm,cortex-m3");
        put(&machine, HANDLER, handler, sizeof(handler));
        of(&machine)->state.irq_enabled[0] = 3;
        poke(&machine, (uint32_t)SCR, SCR_SLEEPONEXIT);
        pulse(&machine, 0);
        if (others != 0) {
            pulse(&machine, 1);
        }
        run(&machine, code, sizeof(code), 2);
        EXPECT_EQ(of(&machine)->state.exception, 0);
        EXPECT_EQ(machine.core->power,
                  others != 0 ? CORE_RUNNING : CORE_WAITING);
        EXPECT_EQ(machine.core->type->wait(machine.core), CORE_WAIT_ON_EXIT);
    }
}

TEST_BEGINS(the_security_states_share_sleepdeep, machine)
{
    init(machine, "arm,cortex-m33");
    poke(machine, (uint32_t)SCR_NS, SCR_SLEEPDEEP | SCR_SEVONPEND);
    EXPECT_EQ(peek(machine, (uint32_t)SCR), SCR_SLEEPDEEP);
    EXPECT_EQ(peek(machine, (uint32_t)SCR_NS), SCR_SLEEPDEEP | SCR_SEVONPEND);
    EXPECT_EQ(machine->core->type->wait(machine->core), CORE_WAIT_DEEP);
    /* SLEEPDEEPS: the Non-secure state sees and changes it no more. */
    poke(machine, (uint32_t)SCR, SCR_SLEEPDEEP | SCR_SLEEPDEEPS);
    poke(machine, (uint32_t)SCR_NS, SCR_SLEEPDEEPS);
    EXPECT_EQ(peek(machine, (uint32_t)SCR_NS), 0);
    EXPECT_EQ(peek(machine, (uint32_t)SCR), SCR_SLEEPDEEP | SCR_SLEEPDEEPS);
    poke(machine, (uint32_t)SCR, 0);
    EXPECT_EQ(machine->core->type->wait(machine->core), CORE_WAIT_INTERRUPT);
}

/* Asks for each call twice more. */
static enum core_answer hesitate(void *context, struct core *core,
                                 enum core_call call, uint64_t x[8])
{
    unsigned *asked = context;

    x[0] = 99;
    return ++*asked == 3 ? CORE_ANSWERED : CORE_ASKED_AGAIN;
}

TEST_ON(a_call_that_is_asked_again_is_executed_again, machine)
{
    static const uint16_t code[] = {0xbeab /* BKPT 0xab */, HERE};
    unsigned asked = 0;

    struct mprofile *m = of(machine);
    m->vcpu.core.config.mprofile.semihosting = true;
    m->vcpu.core.config.mprofile.firmware = hesitate;
    m->vcpu.core.config.mprofile.firmware_context = &asked;
    m->state.x[0] = 7;
    run(machine, code, sizeof(code), 2);
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(m->state.x[0], 7);
    EXPECT_EQ(m->state.x[IR_PC], CODE);
    core_run(machine->core, 1);
    EXPECT_EQ(m->state.x[0], 99);
    EXPECT_EQ(m->state.x[IR_PC], CODE + 2);
    EXPECT_EQ(machine->core->traps, 0);
}

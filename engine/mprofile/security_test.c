/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the two security states of Armv8-M: SFSR and SFAR, gates, forged
 * returns, FP registers of the other state, priorities and masks of each. */
#include "base/bits.h"
#include "engine/mprofile/modes.h"
#include "engine/mprofile/test_machine.h"
#include "tests/harness.h"

/* The upper half of the memory is Non-secure. */
static void divide(struct machine *machine)
{
    struct mprofile_state *state = &of(machine)->state;

    state->sau_ctrl = 1;
    state->sau_rbar[0] = RAM + 0x8000;
    state->sau_rlar[0] = (RAM + 0xffe0) | 1;
    state->system_enabled[SECURE] |= BIT(EXCEPTION_SECURE_FAULT);
    vcpu_flush_tlb(vcpu_of(machine->core));
}

FIXTURE(struct machine, machine, fini)
FIXTURE_BEGIN(machine, init(machine, "arm,cortex-m33"))

TEST_ON(secure_code_does_not_run_non_secure_memory, machine)
{
    static const uint16_t code[] = {0x4700 /* BX r0 */};

    put_word(machine, RAM, RAM + 0x7000);
    divide(machine);
    of(machine)->state.x[0] = (RAM + 0x9000) | 1;
    run(machine, code, sizeof(code), 3);
    EXPECT_EQ(of(machine)->state.exception, EXCEPTION_SECURE_FAULT);
    EXPECT_EQ(of(machine)->state.sfsr, SFSR_INVTRAN);
}

TEST_ON(a_non_secure_load_of_secure_memory_tells_its_address, machine)
{
    static const uint16_t code[] = {0x4704 /* BXNS r0 */};
    static const uint16_t load[] = {0x6808 /* LDR r0, [r1] */};
    struct mprofile_state *state;

    put_word(machine, RAM, RAM + 0x7000);
    divide(machine);
    state = &of(machine)->state;
    put(machine, RAM + 0x9000, load, sizeof(load));
    put_word(machine, RAM + 0x5678, 0x12345678);
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->x[0] = RAM + 0x9000;
    state->x[1] = RAM + 0x5678;
    run(machine, code, sizeof(code), 3);
    EXPECT_EQ(state->exception, EXCEPTION_SECURE_FAULT);
    EXPECT_EQ(state->sfsr, SFSR_AUVIOL | SFSR_SFARVALID);
    EXPECT_EQ(state->sfar, RAM + 0x5678);
    EXPECT_EQ(state->secure, SECURE);
    /* The frame is on the Non-secure stack, and has not what was asked for. */
    EXPECT_EQ(word_at(machine, RAM + 0xa000 - 0x20), RAM + 0x9000);
}

TEST_ON(a_forged_return_to_the_secure_state_is_refused, machine)
{
    static const uint16_t code[] = {0x4704 /* BXNS r0 */};
    static const uint16_t call[] = {0xdf00 /* SVC */, HERE};
    static const uint16_t forge[] = {0x4708 /* BX r1 */};
    struct mprofile_state *state;

    put_word(machine, RAM, RAM + 0x7000);
    divide(machine);
    state = &of(machine)->state;
    put(machine, RAM + 0x9000, call, sizeof(call));
    put(machine, RAM + 0x9100, forge, sizeof(forge));
    for (unsigned i = 1; i < 16; i++) {
        put_word(machine, RAM + 0x8000 + 4 * i, (RAM + 0x9100) | 1);
    }
    state->vtor[NON_SECURE] = RAM + 0x8000;
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->x[0] = RAM + 0x9000;
    state->x[1] = 0xfffffff9; /* ES: as if Secure code had been interrupted */
    run(machine, code, sizeof(code), 5);
    EXPECT_EQ(state->exception, EXCEPTION_SECURE_FAULT);
    EXPECT_EQ(state->sfsr & SFSR_INVER, SFSR_INVER);
}

/* Non-secure code at an address that ends in 2, with all it needs. */
static void call_non_secure(struct machine *machine, uint32_t target)
{
    static const uint16_t code[] = {0x4704 /* BXNS r0 */};
    struct mprofile_state *state = &of(machine)->state;
    const uint16_t jump[] = {0x4708 /* BX r1 */, HERE};

    put(machine, RAM + 0x9000, jump, sizeof(jump));
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->x[0] = RAM + 0x9000;
    state->x[1] = target | 1;
    run(machine, code, sizeof(code), 3);
}

TEST(half_of_sg_is_no_gate)
{
    static const uint16_t gate[] = {0xe97f, 0xe97f, HERE};
    static const uint16_t other[] = {0xe97f, 0x2302, HERE};

    for (unsigned bit = 0; bit < 4; bit += 2) {
        struct machine machine;

        for (unsigned i = 0; i < 2; i++) {
            init(&machine, "arm,cortex-m33");
            put_word(&machine, RAM, RAM + 0x7000);
            divide(&machine);
            of(&machine)->state.sau_rbar[1] = RAM + 0x6000;
            of(&machine)->state.sau_rlar[1] = (RAM + 0x6fe0) | 3;
            put(&machine, RAM + 0x6000 + bit, i == 0 ? gate : other,
                sizeof(gate));
            call_non_secure(&machine, RAM + 0x6000 + bit);
            EXPECT_EQ(of(&machine)->state.secure, SECURE);
            EXPECT_EQ(of(&machine)->state.exception,
                      i == 0 ? 0 : EXCEPTION_SECURE_FAULT);
            EXPECT_EQ(of(&machine)->state.sfsr, i == 0 ? 0 : SFSR_INVEP);
            fini(&machine);
        }
    }
}

TEST_BEGINS(frames_with_all_fp_registers_are_taken_off_whole, machine)
{
    static const uint16_t code[] = {NOP, NOP, HERE};
    const uint16_t back = BX_LR;
    struct mprofile_state *state;

    init(machine, "arm,cortex-m33f");
    put_word(machine, RAM, RAM + 0x7000);
    put(machine, RAM + 0x9100, &back, 2);
    put_word(machine, RAM + 0x8000 + 4 * EXCEPTION_IRQ0, (RAM + 0x9100) | 1);
    divide(machine);
    state = &of(machine)->state;
    state->vtor[NON_SECURE] = RAM + 0x8000;
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->irq_non_secure[0] = 1;
    state->irq_enabled[0] = 1;
    state->cpacr[SECURE] = state->cpacr[NON_SECURE] = 0xf << 20;
    state->control[NON_SECURE] = CONTROL_FPCA;
    state->control[SECURE] = CONTROL_SFPA;
    state->fpccr[SECURE] = 1u << 31 | 1 << 26 | 1 << 2; /* ASPEN, TS, S */
    state->s[20] = 0x12345678;
    state->x[7] = 0x77777777;
    run(machine, code, sizeof(code), 1);
    core_input(machine->core, 0, 1);
    core_input(machine->core, 0, 0);
    core_run(machine->core, 1); /* BX LR, and back */
    EXPECT_EQ(state->exception, 0);
    EXPECT_EQ(state->secure, SECURE);
    EXPECT_EQ(state->x[MPROFILE_SP], RAM + 0x7000);
    EXPECT_EQ(state->s[20], 0x12345678);
    EXPECT_EQ(state->x[7], 0x77777777);
}

TEST_BEGINS(the_activity_of_the_secure_hard_fault_is_not_ended_by_a_write,
            machine)
{
    enum { SHCSR = (int)0xe000ed24, SHCSR_NS = (int)0xe002ed24 };
    const struct access secure = {.secure = true, .privileged = true};
    struct mprofile_state *state;

    init(machine, "arm,cortex-m33");
    state = &of(machine)->state;
    state->system_active[SECURE] = BIT(EXCEPTION_HARD_FAULT);
    state->system_active[NON_SECURE] = BIT(EXCEPTION_HARD_FAULT);
    EXPECT_EQ(
        space_write(of(machine)->ppb, &secure, gpa((uint32_t)SHCSR), 4, 0), 0);
    EXPECT_EQ(state->system_active[SECURE], BIT(EXCEPTION_HARD_FAULT));
    state->aircr = AIRCR_BFHFNMINS;
    EXPECT_EQ(
        space_write(of(machine)->ppb, &secure, gpa((uint32_t)SHCSR_NS), 4, 0),
        0);
    EXPECT_EQ(state->system_active[SECURE], BIT(EXCEPTION_HARD_FAULT));
    EXPECT_EQ(state->system_active[NON_SECURE], 0);
}

/* A Cortex-M33 in Non-secure Thread mode at RAM + 0x9000, by BXNS; handlers of
 * that state are at RAM + 0x9100. */
static void start_non_secure(struct machine *machine, const uint16_t *code,
                             size_t size)
{
    static const uint16_t jump[] = {0x4704 /* BXNS r0 */};
    struct mprofile_state *state;

    init(machine, "arm,cortex-m33f");
    put_word(machine, RAM, RAM + 0x7000);
    divide(machine);
    state = &of(machine)->state;
    put(machine, RAM + 0x9000, code, size);
    for (unsigned i = 1; i < 64; i++) {
        put_word(machine, RAM + 0x8000 + 4 * i, (RAM + 0x9100) | 1);
    }
    state->vtor[NON_SECURE] = RAM + 0x8000;
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->cpacr[SECURE] = state->cpacr[NON_SECURE] = 0xf << 20;
    state->x[0] = RAM + 0x9000;
    run(machine, jump, sizeof(jump), 1);
}

TEST_BEGINS(unaligned_accesses_trap_by_the_bit_of_the_state_that_makes_them,
            machine)
{
    static const uint16_t code[] = {0xdf00 /* SVC */, 0x6808 /* LDR r0, [r1] */,
                                    HERE};
    const uint16_t back = BX_LR;
    struct mprofile_state *state;

    start_non_secure(machine, code, sizeof(code));
    put(machine, RAM + 0x9100, &back, 2);
    state = &of(machine)->state;
    /* An interrupt of the Secure state stacks and unstacks at that page. */
    put(machine, HANDLER, &back, 2);
    state->irq_enabled[0] = 1;
    state->ccr[NON_SECURE] |= CCR_UNALIGN_TRP;
    vcpu_flush_tlb(vcpu_of(machine->core));
    core_input(machine->core, 0, 1);
    core_input(machine->core, 0, 0);
    core_run(machine->core, 3);
    EXPECT_EQ(state->exception, 0);
    state->x[1] = RAM + 0x9f02;
    core_run(machine->core, 1);
    EXPECT_EQ(state->cfsr[NON_SECURE], UFSR_UNALIGNED);
}

TEST_BEGINS(group_priorities_are_compared_before_subpriorities, machine)
{
    static const uint16_t code[] = {HERE};
    struct mprofile_state *state;

    start_non_secure(machine, code, sizeof(code));
    state = &of(machine)->state;
    /* Interrupt 0, Secure: no bit is a group's. Interrupt 1, Non-secure. */
    state->prigroup[SECURE] = 7;
    state->irq_non_secure[0] = 2;
    state->irq_enabled[0] = 3;
    state->irq_priority[0] = 0xe0;
    state->irq_priority[1] = 0x20;
    state->primask[SECURE] = 1;
    core_input(machine->core, 0, 1);
    core_input(machine->core, 1, 1);
    mprofile_find_next(of(machine));
    EXPECT_EQ(of(machine)->next.exception, EXCEPTION_IRQ0);
    EXPECT_EQ(of(machine)->next.priority, 0);
}

TEST_BEGINS(without_leave_of_nsacr_no_fp_register_is_stacked_or_told_to_be,
            machine)
{
    static const uint16_t code[] = {0xdf00 /* SVC */, HERE};
    struct mprofile_state *state;

    start_non_secure(machine, code, sizeof(code));
    state = &of(machine)->state;
    state->control[NON_SECURE] |= CONTROL_FPCA;
    state->system_enabled[SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    core_run(machine->core, 1);
    EXPECT_EQ(state->secure, SECURE);
    EXPECT_EQ(state->exception, EXCEPTION_USAGE_FAULT);
    EXPECT_EQ(state->cfsr[SECURE], UFSR_NOCP);
    EXPECT_EQ(state->msp[NON_SECURE], RAM + 0xa000 - 0x20);
}

TEST_BEGINS(fp_registers_of_two_owners_are_a_secure_fault, machine)
{
    static const uint16_t code[] = {0xdf00 /* SVC */, HERE};
    struct mprofile_state *state;

    start_non_secure(machine, code, sizeof(code));
    state = &of(machine)->state;
    state->nsacr = 3 << 10;
    state->control[NON_SECURE] |= CONTROL_FPCA;
    state->fpccr[SECURE] = 1u << 31 | 1 << 30 | 1 << 2 | 1; /* S, LSPACT */
    core_run(machine->core, 1);
    EXPECT_EQ(state->exception, EXCEPTION_SECURE_FAULT);
    EXPECT_EQ(state->sfsr, SFSR_LSERR);
}

TEST_BEGINS(secure_unprivileged_code_may_write_sfpa_alone, machine)
{
    static const uint16_t code[] = {0xf381, 0x8814 /* MSR CONTROL, r1 */};
    struct mprofile_state *state;

    init(machine, "arm,cortex-m33f");
    state = &of(machine)->state;
    state->control[SECURE] = CONTROL_NPRIV;
    mprofile_update_contexts(of(machine));
    state->x[1] = CONTROL_SFPA | CONTROL_SPSEL | CONTROL_FPCA;
    run(machine, code, sizeof(code), 1);
    EXPECT_EQ(state->control[SECURE], CONTROL_NPRIV | CONTROL_SFPA);
    EXPECT_EQ(state->control[NON_SECURE] & CONTROL_FPCA, 0);
}

TEST_ON(a_fetch_that_is_refused_comes_before_what_is_not_thumb, machine)
{
    static const uint16_t code[] = {0x4700 /* BX r0 */};

    put_word(machine, RAM, RAM + 0x7000);
    divide(machine);
    of(machine)->state.x[0] = RAM + 0x9000;
    run(machine, code, sizeof(code), 2);
    EXPECT_EQ(of(machine)->state.sfsr, SFSR_INVTRAN);
    EXPECT_EQ(of(machine)->state.cfsr[SECURE], 0);
}

TEST_ON(a_gate_is_held_to_the_mpu_of_the_secure_state, machine)
{
    const uint16_t gate[] = {0xe97f, 0xe97f, HERE};
    struct mprofile_state *state;

    put_word(machine, RAM, RAM + 0x7000);
    divide(machine);
    state = &of(machine)->state;
    state->sau_rbar[1] = RAM + 0x6000;
    state->sau_rlar[1] = (RAM + 0x6fe0) | 3;
    put(machine, RAM + 0x6000, gate, sizeof(gate));
    /* Only the code that calls is executable. */
    state->mpu_rbar[SECURE][0] = RAM + 2;
    state->mpu_rasr[SECURE][0] = (RAM + 0xfe0) | 1;
    state->mpu_ctrl[SECURE] = 1;
    mprofile_update_contexts(of(machine));
    vcpu_flush_tlb(vcpu_of(machine->core));
    call_non_secure(machine, RAM + 0x6000);
    EXPECT_EQ(state->cfsr[NON_SECURE], MMFSR_IACCVIOL);
    EXPECT_EQ(state->sfsr, 0);
}

TEST(the_upper_system_space_is_secure_to_fetches_and_the_lower_exempt)
{
    for (unsigned i = 0; i < 2; i++) {
        OWNED(fini) struct machine machine;

        init(&machine, "arm,cortex-m33");
        put_word(&machine, RAM, RAM + 0x7000);
        divide(&machine);
        call_non_secure(&machine, i == 0 ? 0xe8000000 : 0xf8000000);
        EXPECT_EQ(of(&machine)->state.sfsr, i == 0 ? 0 : SFSR_INVEP);
        EXPECT_EQ(of(&machine)->state.cfsr[NON_SECURE],
                  i == 0 ? MMFSR_IACCVIOL : 0);
    }
}

TEST_BEGINS(unprivileged_code_learns_nothing_of_its_own_mpu_by_tt, machine)
{
    static const uint16_t code[] = {0xe841, 0xf200 /* TT r2, r1 */, 0xe841,
                                    0xf280 /* TTA r2, r1 */};
    enum { READ_WRITE = 3 << 18 };
    struct mprofile_state *state;

    init(machine, "arm,cortex-m33");
    state = &of(machine)->state;
    state->control[SECURE] = CONTROL_NPRIV;
    mprofile_update_contexts(of(machine));
    state->x[1] = RAM;
    run(machine, code, sizeof(code), 1);
    EXPECT_EQ(state->x[2] & READ_WRITE, 0);
    core_run(machine->core, 1);
    EXPECT_EQ(state->x[2] & READ_WRITE, READ_WRITE);
}

TEST_ON(bxns_leaves_the_secure_state_for_what_is_no_exc_return_in_thread_mode,
        machine)
{
    static const uint16_t code[] = {0x4704 /* BXNS r0 */};

    of(machine)->state.x[0] = 0xfe001000;
    run(machine, code, sizeof(code), 1);
    EXPECT_EQ(of(machine)->state.secure, NON_SECURE);
    EXPECT_EQ(of(machine)->state.x[IR_PC], 0xfe001000);
}

TEST_BEGINS(bus_faults_stay_enabled_when_they_become_the_other_states, machine)
{
    enum { SHCSR = (int)0xe000ed24, AIRCR = (int)0xe000ed0c };
    const struct access secure = {.secure = true, .privileged = true};
    uint64_t value = 0;

    init(machine, "arm,cortex-m33");
    struct space *ppb = of(machine)->ppb;
    space_write(ppb, &secure, gpa((uint32_t)SHCSR), 4, 1 << 17);
    for (unsigned i = 0; i < 2; i++) {
        space_write(ppb, &secure, gpa((uint32_t)AIRCR), 4,
                    0x05fa0000 | (i == 0 ? AIRCR_BFHFNMINS : 0));
        space_read(ppb, &secure, gpa((uint32_t)SHCSR), 4, &value);
        EXPECT_EQ(value, 1 << 17);
    }
}

TEST_BEGINS(a_non_secure_vector_in_secure_memory_is_a_fault_of_the_secure_state,
            machine)
{
    static const uint16_t code[] = {0xdf00 /* SVC */, HERE};
    struct mprofile_state *state;

    start_non_secure(machine, code, sizeof(code));
    state = &of(machine)->state;
    state->aircr = AIRCR_BFHFNMINS;
    state->vtor[NON_SECURE] = RAM + 0x1000;
    core_run(machine->core, 1);
    EXPECT_EQ(state->exception, EXCEPTION_HARD_FAULT);
    EXPECT_EQ(state->secure, SECURE);
    EXPECT_EQ(state->hfsr, HFSR_VECTTBL);
}

TEST_ON(registers_that_could_not_be_stacked_are_cleared_all_the_same, machine)
{
    static const uint16_t code[] = {HERE};
    struct mprofile_state *state;

    put_word(machine, RAM, RAM + 0x7000);
    divide(machine);
    state = &of(machine)->state;
    state->vtor[NON_SECURE] = RAM + 0x8000;
    state->irq_non_secure[0] = 1;
    state->irq_enabled[0] = 1;
    state->system_enabled[SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    run(machine, code, sizeof(code), 1);
    state->x[7] = 0x77777777;
    state->msplim[SECURE] = RAM + 0x7000 - 0x20; /* the frame, and no more */
    core_input(machine->core, 0, 1);
    core_run(machine->core, 1);
    EXPECT_EQ(state->exception, EXCEPTION_USAGE_FAULT);
    EXPECT_EQ(state->cfsr[SECURE], UFSR_STKOF);
    EXPECT_EQ(state->x[7], 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The toy architecture runs by the engine as it is: interpreted, compiled, in
 * slices of every size, over pages, and through exceptions. */
#include "engine/toy/toy.h"

#include "base/bits.h"
#include "tests/harness.h"

#define RAM 0x20000000u
enum { RAM_SIZE = 0x10000, DATA = 0x8000 };

struct machine {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
    uint32_t here;
};

static void init(struct machine *m, enum core_engine engine)
{
    struct window window = {.name = "ram",
                            .base = gpa(RAM),
                            .size_bytes = RAM_SIZE,
                            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                            .enabled = true};
    struct core_config config = {.name = "toy",
                                 .compatible = "cairn,toy",
                                 .frequency_hz = 1000000,
                                 .reset_vector = gva(RAM),
                                 .engine = engine};

    *m = (struct machine){.here = RAM};
    fabric_init(&m->fabric, 1);
    m->space = space_create(&m->fabric, "toy");
    m->ram = region_create("ram", RAM_SIZE, NULL);
    window.region = m->ram;
    space_add_window(m->space, &window);
    config.space = m->space;
    config.fabric = &m->fabric;
    REQUIRE(core_create_of(&toy_type, &config, &m->core, NULL) == 0);
    m->core->power = CORE_RUNNING;
}

static void fini(struct machine *m)
{
    core_destroy(m->core);
    space_destroy(m->space);
    region_destroy(m->ram);
    fabric_fini(&m->fabric);
}

static void emit(struct machine *m, unsigned op, unsigned d, unsigned a,
                 unsigned b)
{
    uint16_t half = (uint16_t)(op << 12 | d << 8 | (a & 15) << 4 | (b & 15));

    region_load(m->ram, m->here - RAM, &half, sizeof(half));
    m->here += 2;
}

static void emit_long(struct machine *m, unsigned d, unsigned kind,
                      uint16_t imm)
{
    emit(m, 15, d, 0, kind);
    region_load(m->ram, m->here - RAM, &imm, sizeof(imm));
    m->here += 2;
}

static void branch(struct machine *m, unsigned condition, uint32_t target)
{
    uint32_t distance = (target - m->here) / 2;

    emit(m, 6, condition, distance >> 4, distance);
}

enum { MOV, ADDI, ADD, SUB, LD, ST, BRANCH, JUMP, IF, SYS, PUSH };
enum { EQ, NE, MI = 4, AL = 14 };
enum { CALL = 2 };

static uint32_t get(const struct machine *m, unsigned number)
{
    uint64_t value = 0;

    m->core->type->register_get(m->core, number, &value);
    return (uint32_t)value;
}

/* Sums 1 to 40 into r1; each fourth turn stores, by instructions of both sizes
 * that execute on a condition; calls a function on another page, which pushes
 * and pops; at the end a system call. The vector counts in r9 and returns. */
static void load_program(struct machine *m)
{
    emit_long(m, TOY_SP, 0, DATA + 0x400);
    emit_long(m, TOY_SP, 1, RAM >> 16);
    emit_long(m, 4, 0, DATA);
    emit_long(m, 4, 1, RAM >> 16);
    emit(m, MOV, 0, 40 >> 4, 40);
    emit(m, MOV, 5, 0, 4);
    emit(m, MOV, 6, 0, 1);
    uint32_t loop = m->here;
    emit(m, ADD, 1, 1, 0);
    emit(m, SUB, 5, 5, 6);
    emit(m, IF, EQ, 0, 5);
    emit(m, ST, 1, 4, 2);
    emit_long(m, 7, 0, 0x1234);
    emit(m, MOV, 5, 0, 4); /* leaves the flags alone */
    emit(m, ADDI, 8, 0, 1);
    emit_long(m, TOY_LR, CALL, 0x2000 / 2);
    emit(m, SUB, 0, 0, 6);
    branch(m, NE, loop);
    emit(m, SYS, 0, 0, 0);
    branch(m, AL, m->here);

    m->here = RAM + TOY_VECTOR;
    emit(m, ADDI, 9, 0, 1);
    emit(m, SYS, 0, 0, 1);

    /* The four bytes of an instruction lie on two pages. */
    m->here = RAM + 0x2000;
    emit(m, PUSH, 0, 0, 1);
    branch(m, AL, m->here + 16);
    m->here += 14;
    branch(m, AL, m->here + 2 + 100);
    m->here += 100;
    branch(m, AL, m->here + 2);
    emit(m, LD, 10, TOY_SP, 1); /* r0, pushed first */
    emit(m, ADDI, TOY_SP, 0, 8);
    emit(m, JUMP, TOY_LR, 0, 0);
    m->here = RAM;
}

static const enum core_engine engines[] = {
    CORE_ENGINE_INTERPRETER,
    CORE_ENGINE_ANY,
#ifdef __x86_64__
    CORE_ENGINE_COMPILER,
    CORE_ENGINE_CHAOS,
#endif
};

enum { ENOUGH = 1000 };

FIXTURE(struct machine, m, fini)

TEST_BEGINS(a_toy_is_in_no_list_and_runs_all_the_same, m)
{
    EXPECT(core_type_find("cairn,toy") == NULL);
    init(m, CORE_ENGINE_INTERPRETER);
    load_program(m);
    EXPECT_EQ(core_run(m->core, ENOUGH), CORE_STOP_BUDGET);
    EXPECT_EQ(get(m, 1), 40 * 41 / 2);
    EXPECT_EQ(get(m, 7), 0x1234);
    EXPECT_EQ(get(m, 8), 10); /* each fourth turn */
    EXPECT_EQ(get(m, 9), 1);
    EXPECT_EQ(get(m, 10), 1);
    EXPECT_EQ(get(m, TOY_SP), RAM + DATA + 0x400);
    EXPECT_EQ(m->core->retired, ENOUGH);
}

TEST(engines_and_slices_end_in_the_same_state)
{
    static const uint64_t slices[] = {1, 2, 3, 7, 64, ENOUGH};
    uint64_t expected = 0;

    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(slices); j++) {
            OWNED(fini) struct machine m;

            init(&m, engines[i]);
            load_program(&m);
            while (m.core->retired < ENOUGH) {
                uint64_t left = ENOUGH - m.core->retired;

                core_run(m.core, slices[j] < left ? slices[j] : left);
            }
            expected = expected == 0 ? core_hash(m.core) : expected;
            test_case("engine %d, slices of %d", (int)i, (int)slices[j]);
            EXPECT_EQ(core_hash(m.core), expected);
        }
    }
}

/* Decoded pages are dropped after every instruction, so that what executes on
 * a condition is decoded from its middle too. */
TEST_BEGINS(a_condition_survives_what_was_decoded, m)
{
    OWNED(fini) struct machine whole;

    init(&whole, CORE_ENGINE_INTERPRETER);
    init(m, CORE_ENGINE_INTERPRETER);
    load_program(&whole);
    load_program(m);
    for (unsigned i = 0; i < ENOUGH; i++) {
        core_run(m->core, 1);
        core_add_breakpoint(m->core, gva(RAM + 2 * (i % 64)));
        core_remove_breakpoint(m->core, gva(RAM + 2 * (i % 64)));
    }
    core_run(whole.core, ENOUGH);
    EXPECT_EQ(core_hash(m->core), core_hash(whole.core));
}

TEST(an_instruction_may_lie_on_two_pages)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(fini) struct machine m;

        init(&m, engines[i]);
        emit_long(&m, TOY_LR, CALL, 0xffe / 2);
        m.here = RAM + 0xffe;
        emit_long(&m, 3, 0, 0xbeef);
        branch(&m, AL, m.here);
        core_run(m.core, 20);
        EXPECT_EQ(get(&m, 3), 0xbeef);
        EXPECT_EQ(get(&m, TOY_LR), RAM + 4);
    }
}

TEST(faults_and_interrupts_find_a_stack_of_their_own)
{
    static const struct {
        uint16_t offset; /* of the access from RAM on */
        enum toy_cause cause;
    } cases[] = {
        {DATA,     TOY_INTERRUPT },
        {DATA + 1, TOY_MISALIGNED},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(fini) struct machine m;

        init(&m, CORE_ENGINE_ANY);
        emit_long(&m, TOY_SP, 0, 0x1110); /* the supervisor's */
        emit(&m, SYS, 0, 0, 1);           /* to a program, at 0 */
        m.here = RAM + 0x40;
        emit_long(&m, TOY_SP, 0, 0x2220);
        emit_long(&m, 4, 0, cases[i].offset);
        emit_long(&m, 4, 1, RAM >> 16);
        emit(&m, LD, 5, 4, 0);
        branch(&m, AL, m.here);
        m.here = RAM + TOY_VECTOR;
        branch(&m, AL, m.here);
        struct toy *toy = toy_of(vcpu_of(m.core));
        toy->state.saved_pc = RAM + 0x40;
        core_run(m.core, 10);
        core_input(m.core, 0, cases[i].cause == TOY_INTERRUPT);
        core_run(m.core, 10);
        EXPECT_EQ(toy->state.cause, cases[i].cause);
        EXPECT_EQ(toy->state.supervisor, 1);
        EXPECT_EQ(get(&m, TOY_SP), 0x1110);
        EXPECT_EQ(toy->state.sp[0], 0x2220);
        EXPECT_EQ(get(&m, 15), 0);
    }
}

TEST_BEGINS(memory_that_is_not_there_is_a_fault, m)
{
    init(m, CORE_ENGINE_ANY);
    emit(m, LD, 1, 2, 0);
    m->here = RAM + TOY_VECTOR;
    emit(m, SYS, 0, 0, 2);
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_WAITING);
    EXPECT_EQ(toy_of(vcpu_of(m->core))->state.cause, TOY_BUS_ERROR);
    EXPECT_EQ(toy_of(vcpu_of(m->core))->state.saved_pc, RAM);
    EXPECT_EQ(m->core->retired, 1);
}

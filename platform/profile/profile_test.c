/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks by frame records that a guest may have made of anything, samples at
 * their places, and what cores and devices are counted to do. */
#include "platform/profile/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/profile/stack.h"
#include "tests/harness.h"
#include "tests/machine.h"

/* Memory of the board virt, a device of it, and a hole. */
#define RAM  0x40000000ull
#define UART 0x09000000ull
#define HOLE 0x3f000000ull

/* Two turns of a loop have six instructions. */
static const uint32_t turns[] = {
    0xd503201f, /* nop */
    0xd503201f, /* nop */
    0x17fffffe, /* b . - 8 */
};

/* One SVC after the other, whose vector reads and writes the UART's UARTIBRD
 * and goes back. */
static const uint32_t calls[] = {
    0x10004000,               /* adr x0, #2048 */
    0xd518c000,               /* msr VBAR_EL1, x0 */
    0xd2a12001,               /* mov x1, #0x9000000 */
    0xd4000001,               /* svc #0 */
    0x17ffffff,               /* b . - 4 */
    [0xa00 / 4] = 0xb9402422, /* ldr w2, [x1, #36] */
    0xb9002422,               /* str w2, [x1, #36] */
    0xb9002422,               /* str w2, [x1, #36] */
    0xd69f03e0,               /* eret */
};

static struct cairn_machine *make(const uint32_t *code, size_t size,
                                  unsigned cpus)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {"code", code, size},
        .cpus = cpus,
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .guest = &guest};
    struct cairn_machine *machine = NULL;

    if (cairn_create(&options, &machine, NULL) == 0) {
        cairn_power(machine);
    }
    return machine;
}

static void go(struct cairn_machine *machine, uint64_t instructions)
{
    EXPECT_EQ(run_instructions(machine, instructions), CAIRN_STOP_BUDGET);
}

/* ---- Stacks -------------------------------------------------------------- */

static void put(struct core *core, uint64_t frame, uint64_t next, uint64_t link)
{
    uint8_t bytes[16];

    store_le64(bytes, next);
    store_le64(bytes + 8, link);
    EXPECT_EQ(core_write_memory(core, gva(frame), bytes, sizeof(bytes)), 0);
}

TEST(a_stack_goes_to_its_end_or_to_where_it_is_none)
{
    /* Records at RAM + at; of the first two zeros end a chain. */
    static const struct {
        const char *what;
        uint64_t frames[4][3]; /* at, next, link */
        uint64_t first;
        size_t count;
        enum cairn_stack end;
    } rows[] = {
        {"no frame",               {{0}},                                   0,           0, CAIRN_STACK_WHOLE },
        {"an end by its link",
         {{0x100, RAM + 0x200, 0x11}, {0x200, RAM + 0x300, 0}},
         RAM + 0x100,
         1,                                                                                 CAIRN_STACK_WHOLE },
        {"an end by its frame",
         {{0x100, RAM + 0x200, 0x11}, {0x200, 0, 0x22}},
         RAM + 0x100,
         2,                                                                                 CAIRN_STACK_WHOLE },
        {"another stack, below",
         {{0x800, RAM + 0x100, 0x11}, {0x100, RAM + 0x200, 0x22}, {0x200}},
         RAM + 0x800,
         2,                                                                                 CAIRN_STACK_WHOLE },
        {"itself",
         {{0x100, RAM + 0x100, 0x11}},
         RAM + 0x100,
         1,                                                                                 CAIRN_STACK_BROKEN},
        {"a circle",
         {{0x100, RAM + 0x300, 0x11},
          {0x300, RAM + 0x200, 0x22},
          {0x200, RAM + 0x100, 0x33}},
         RAM + 0x100,
         3,                                                                                 CAIRN_STACK_BROKEN},
        {"no alignment",
         {{0x100, RAM + 0x204, 0x11}},
         RAM + 0x100,
         1,                                                                                 CAIRN_STACK_BROKEN},
        {"a device",               {{0x100, UART, 0x11}},                   RAM + 0x100, 1, CAIRN_STACK_BROKEN},
        {"a hole",                 {{0x100, HOLE, 0x11}},                   RAM + 0x100, 1, CAIRN_STACK_BROKEN},
        {"no canonical address",
         {{0x100, 1ull << 60, 0x11}},
         RAM + 0x100,
         1,                                                                                 CAIRN_STACK_BROKEN},
        {"the last address",
         {{0x100, UINT64_MAX - 7, 0x11}},
         RAM + 0x100,
         1,                                                                                 CAIRN_STACK_BROKEN},
        {"a number",               {{0}},                                   12345,       0, CAIRN_STACK_BROKEN},
        {"over the end of a page",
         {{0xff8, RAM + 0x2000, 0x11}, {0x2000}},
         RAM + 0xff8,
         1,                                                                                 CAIRN_STACK_WHOLE },
    };
    struct cairn_machine *machine = make(turns, sizeof(turns), 1);

    REQUIRE(machine);
    struct core *core = machine->cores[0];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct stack stack = {.count = 99};

        test_case("%s", rows[i].what);
        for (size_t n = 0; n < 4; n++) {
            if (rows[i].frames[n][0] != 0) {
                put(core, RAM + rows[i].frames[n][0], rows[i].frames[n][1],
                    rows[i].frames[n][2]);
            }
        }
        uint64_t before = cairn_state_hash(machine);
        stack_walk(&stack, core, rows[i].first);
        EXPECT_EQ(stack.count, rows[i].count);
        EXPECT_EQ(stack.end, rows[i].end);
        for (size_t n = 0; n < stack.count && n < rows[i].count; n++) {
            EXPECT_EQ(stack.callers[n], 0x11 * (n + 1));
        }
        EXPECT_EQ(cairn_state_hash(machine), before);
    }
    cairn_destroy(machine);
}

TEST(a_stack_without_end_is_cut)
{
    struct cairn_machine *machine = make(turns, sizeof(turns), 1);
    struct stack stack;

    REQUIRE(machine);
    for (uint64_t i = 1; i <= 2 * CAIRN_SAMPLE_CALLERS; i++) {
        put(machine->cores[0], RAM + i * 16, RAM + (i + 1) * 16, i);
    }
    stack_walk(&stack, machine->cores[0], RAM + 16);
    EXPECT_EQ(stack.count, CAIRN_SAMPLE_CALLERS);
    EXPECT_EQ(stack.end, CAIRN_STACK_CUT);
    EXPECT_EQ(stack.callers[CAIRN_SAMPLE_CALLERS - 1], CAIRN_SAMPLE_CALLERS);
    cairn_destroy(machine);
}

TEST(authenticated_addresses_lose_their_signature)
{
    EXPECT_EQ(stack_strip(0x40201000), 0x40201000);
    EXPECT_EQ(stack_strip(0x2b2d000040201000), 0x40201000);
    EXPECT_EQ(stack_strip(0xffff800008001000), 0xffff800008001000);
    EXPECT_EQ(stack_strip(0x12bb800008001000), 0xffff800008001000);
}

/* ---- Samples ------------------------------------------------------------- */

struct seen {
    uint64_t count[2]; /* by core */
    uint64_t last[2];
    uint64_t period;
    uint64_t hash; /* of all that was seen, and when */
};

static void see(void *context, const struct cairn_sample *sample)
{
    struct seen *seen = context;

    seen->count[sample->number]++;
    EXPECT_EQ(sample->instructions % seen->period, 0);
    EXPECT_EQ(sample->instructions, seen->last[sample->number] + seen->period);
    EXPECT_STR(sample->mode, "EL1");
    seen->last[sample->number] = sample->instructions;
    seen->hash = seen->hash * 31 + sample->time_ns * 7 + sample->pc;
}

/* However the run is cut up. */
TEST(samples_come_at_each_multiple_of_the_period)
{
    static const uint64_t pieces[] = {100000, 1, 6, 7, 999};
    uint64_t hash = 0;

    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
        struct cairn_machine *machine = make(turns, sizeof(turns), 1);
        struct seen seen = {.period = 7};

        test_case("%u", (unsigned)pieces[i]);
        REQUIRE(machine);
        cairn_sample(machine, 7, see, &seen);
        for (uint64_t done = 0; done < 10000; done += pieces[i]) {
            uint64_t rest = 10000 - done;
            go(machine, pieces[i] < rest ? pieces[i] : rest);
        }
        EXPECT_EQ(seen.count[0], 10000 / 7);
        hash = i == 0 ? seen.hash : hash;
        EXPECT_EQ(seen.hash, hash);
        cairn_sample(machine, 0, NULL, NULL);
        go(machine, 100);
        EXPECT_EQ(seen.count[0], 10000 / 7);
        cairn_destroy(machine);
    }
}

/* ---- Counts -------------------------------------------------------------- */

static uint64_t count_of(const struct cairn_machine *machine,
                         const char *subject, const char *what)
{
    struct cairn_count count;
    uint64_t found = 0;

    for (size_t i = 0; cairn_count_get(machine, i, &count) == 0; i++) {
        if (strcmp(count.subject, subject) == 0 &&
            strcmp(count.what, what) == 0) {
            found += count.count;
        }
    }
    return found;
}

TEST(exceptions_and_accesses_are_counted_by_kind)
{
    struct cairn_machine *machine = make(calls, sizeof(calls), 1);
    struct cairn_core_time time;

    REQUIRE(machine);
    go(machine, 3 + 6 * 50); /* SVC, four of the vector, B */
    EXPECT_EQ(count_of(machine, "cpu0", "SVC"), 50);
    EXPECT_EQ(count_of(machine, "cpu0", "IRQ"), 0);
    EXPECT_EQ(count_of(machine, "uart", "reads"), 50);
    EXPECT_EQ(count_of(machine, "uart", "writes"), 100);
    EXPECT_EQ(cairn_core_time_get(machine, 0, &time), 0);
    EXPECT_STR(time.core, "cpu0");
    EXPECT_EQ(time.instructions, 303);
    EXPECT_EQ(time.running_ns, 303);
    EXPECT_EQ(cairn_core_time_get(machine, 1, &time), -ENOENT);
    cairn_destroy(machine);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/device.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

/* A device with one row of each kind. */
struct state {
    uint32_t rw;
    uint32_t ro;
    uint32_t w1c;
    uint32_t w1s;
    uint32_t bank[4];
    uint32_t strap;
    uint32_t cold;
    uint32_t written[3]; /* index, value, count of the handler */
    uint32_t irq_level;
    uint64_t fired_ns;
};

static uint32_t read_handled(struct device *device, const struct access *access,
                             unsigned index)
{
    return 0x100 + index + access->user;
}

static void write_handled(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    state->written[0] = index;
    state->written[1] = value;
    state->written[2]++;
}

static uint32_t read_refused(struct device *device, const struct access *access,
                             unsigned index)
{
    access_refuse(access);
    return 0xffffffff;
}

static void write_refused(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    access_refuse(access);
}

static const struct register_spec registers[] = {
#include "bus/device_test.def"
};

static void write_lanes(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;
    state->written[0] = index;
    state->written[1] = value;
    state->written[2] = access->lanes | (uint32_t)access->size << 8;
}

static const struct register_spec narrow_registers[] = {
    {0x00,
     2,      "NARROW",
     {RW, W1C},
     RESET_POWER_ON, 7,
     UINT32_MAX,          FIELD(struct state, bank),
     NULL, NULL,
     "bytes"},
    {0x08,
     1, "LANES",
     {WO, WO},
     RESET_CORE,       0,
     UINT32_MAX, NO_FIELD,
     NULL,                           write_lanes,
     "keeps what it is written"},
};

static const struct register_bank banks[] = {
    {"registers", 0x44, 4,             registers,        ARRAY_SIZE(registers)},
    {"bytes",     0x10, 1 | 2 | 4 | 8, narrow_registers,
     ARRAY_SIZE(narrow_registers)                                             },
};

static const struct state_field fields[] = {
    STATE(struct state, written, RESET_WARM),
    STATE(struct state, irq_level, RESET_CORE),
    STATE(struct state, fired_ns, RESET_POWER_ON),
};

static const struct output_spec outputs[] = {
    {"irq",  LINE_INTERRUPT},
    {"halt", LINE_RESET    },
};

static void irq_in(struct device *device, unsigned index, uint32_t level)
{
    struct state *state = device->state;
    state->irq_level = level;
    line_set(&device->outputs[0], level + index);
}

static const struct input_spec inputs[] = {
    {"in",     irq_in},
    {"unused", NULL  }
};

static void fire(struct device *device)
{
    struct state *state = device->state;
    state->fired_ns = clock_now(&device->fabric->clock);
}

static void fire_late(struct device *device)
{
    struct state *state = device->state;
    state->fired_ns++;
}

static void (*const timers[])(struct device *) = {fire, fire_late};

static const char *const power_states[] = {"off", "on", NULL};

static unsigned power_state(const struct device *device)
{
    return ((const struct state *)device->state)->rw != 0;
}

static const struct device_type type = {
    .compatible = "test,all",
    .title = "Test device",
    .state_size = sizeof(struct state),
    DEVICE_TABLE(bank, banks),
    DEVICE_TABLE(field, fields),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    DEVICE_TABLE(timer, timers),
    .power_states = power_states,
    .power_state = power_state,
};

struct bench {
    struct fabric fabric;
    struct device *device;
    struct access access;
    char line[256];
    unsigned lines;
};

static void keep_line(void *context, enum log_kind kind, const char *line)
{
    struct bench *bench = context;
    snprintf(bench->line, sizeof(bench->line), "%s", line);
    bench->lines++;
}

static bool setup(struct bench *bench)
{
    *bench = (struct bench){0};
    fabric_init(&bench->fabric, 1);
    bench->fabric.log.sink = keep_line;
    bench->fabric.log.context = bench;
    bench->fabric.log.now_ns = NULL;
    struct error error = {""};
    bench->device = device_create(&bench->fabric, &type, "dut", NULL, NULL);
    EXPECT_STR(error.text, "");
    return bench->device && device_init(bench->device, &error) == 0;
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->device);
    fabric_fini(&bench->fabric);
}

static uint32_t get(struct bench *bench, uint64_t offset)
{
    uint64_t value = 0xbad;
    int result =
        device_read(bench->device, 0, &bench->access, offset, 4, &value);
    EXPECT_EQ(result, 0);
    return (uint32_t)value;
}

static void put(struct bench *bench, uint64_t offset, uint32_t value)
{
    int result =
        device_write(bench->device, 0, &bench->access, offset, 4, value);
    EXPECT_EQ(result, 0);
}

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, REQUIRE(setup(bench)))

TEST_ON(registers_follow_their_access_rules, bench)
{
    EXPECT_EQ(get(bench, 0x00), 0x11);
    put(bench, 0x00, 0xffffffff);
    EXPECT_EQ(get(bench, 0x00), 0xff00ffff);
    EXPECT_EQ(bench->device->reads, 2);
    EXPECT_EQ(get(bench, 0x38), 0xff00ffff);
    EXPECT_EQ(get(bench, 0x08), 0xff);
    put(bench, 0x08, 0x3c);
    EXPECT_EQ(get(bench, 0x08), 0xf3);
    put(bench, 0x0c, 0x5a);
    EXPECT_EQ(get(bench, 0x0c), 0x50);
    put(bench, 0x1c, 0x12345678);
    EXPECT_EQ(get(bench, 0x1c), 0x12345678);
    EXPECT_EQ(get(bench, 0x18), 7);
    EXPECT_EQ(get(bench, 0x28), 0xcafe);
    put(bench, 0x3c, 0xabcd);
    EXPECT_EQ(get(bench, 0x3c), 0);
    EXPECT_EQ(get(bench, 0x18), 0xcd);
    EXPECT_EQ(bench->lines, 0);
}

TEST_ON(what_a_view_forbids_is_ignored_and_logged, bench)
{
    put(bench, 0x04, 1);
    EXPECT_STR(bench->line, "guest: dut: RO may not be written");
    bench->access.view = 1;
    put(bench, 0x00, 1);
    EXPECT_STR(bench->line, "guest: dut: RW may not be written");
    EXPECT_EQ(get(bench, 0x00), 0x11);
    EXPECT_EQ(get(bench, 0x18), 0);
    EXPECT_STR(bench->line, "guest: dut: BANK[2] may not be read");
    put(bench, 0x18, 1);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], 4);
    bench->access.view = 0;
    EXPECT_EQ(get(bench, 0x18), 7);
    bench->access.debug = true;
    put(bench, 0x04, 1);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], 4);
}

TEST_ON(handlers_get_index_and_masked_value, bench)
{
    const struct state *state = bench->device->state;
    bench->access.user = 0x10;
    EXPECT_EQ(get(bench, 0x24), 0x111);
    put(bench, 0x24, 0xabcd1234);
    EXPECT_EQ(state->written[0], 1);
    EXPECT_EQ(state->written[1], 0x1234);
    bench->access.view = 1;
    EXPECT_EQ(get(bench, 0x20), 0);
    put(bench, 0x20, 0xabcd5678);
    EXPECT_EQ(state->written[1], 0x5678);
    EXPECT_EQ(state->written[2], 2);
}

TEST_ON(a_handler_can_answer_with_a_bus_error, bench)
{
    uint64_t value = 1;
    EXPECT_EQ(device_read(bench->device, 0, &bench->access, 0x2c, 4, &value),
              -EFAULT);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(device_write(bench->device, 0, &bench->access, 0x2c, 4, 1),
              -EFAULT);
    EXPECT_EQ(get(bench, 0), 0x11);
}

TEST_ON(sizes_that_the_bank_lacks_are_bus_errors, bench)
{
    uint64_t value = 1;
    EXPECT_EQ(device_read(bench->device, 0, &bench->access, 0, 2, &value),
              -EFAULT);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(device_write(bench->device, 0, &bench->access, 0, 8, 1), -EFAULT);
    for (unsigned offset = 1; offset < 4; offset++) {
        EXPECT_EQ(
            device_read(bench->device, 0, &bench->access, offset, 4, &value),
            -EINVAL);
    }
    static const unsigned sizes[] = {0, 3, 5, 6, 7, 9};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        EXPECT_EQ(
            device_read(bench->device, 0, &bench->access, 0, sizes[i], &value),
            -EINVAL);
    }
    EXPECT_EQ(device_read(bench->device, 0, &bench->access, 0, 16, &value),
              -EINVAL);
    EXPECT_EQ(device_read(bench->device, 0, &bench->access, 0x44, 4, &value),
              -EFAULT);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], 3);
}

TEST_ON(an_offset_without_a_register_is_unmodelled_and_reads_zero, bench)
{
    EXPECT_EQ(get(bench, 0x40), 0);
    EXPECT_STR(bench->line,
               "unmodelled: dut: read at offset 0x40 of registers: "
               "no register");
    put(bench, 0x40, 1);
    EXPECT_EQ(bench->fabric.log.count[LOG_UNMODELLED], 2);
}

TEST_ON(narrow_accesses_touch_their_bytes_only, bench)
{
    uint64_t value;
    struct device *dut = bench->device;
    const struct state *state = dut->state;
    EXPECT_EQ(device_write(dut, 1, &bench->access, 2, 1, 0xfab), 0);
    EXPECT_EQ(state->bank[0], 0x00ab0007);
    EXPECT_EQ(device_write(dut, 1, &bench->access, 6, 2, 0x1234), 0);
    EXPECT_EQ(state->bank[1], 0x12340007);
    EXPECT_EQ(device_read(dut, 1, &bench->access, 7, 1, &value), 0);
    EXPECT_EQ(value, 0x12);
    EXPECT_EQ(device_read(dut, 1, &bench->access, 0, 8, &value), 0);
    EXPECT_EQ(value, 0x1234000700ab0007);
    EXPECT_EQ(device_write(dut, 1, &bench->access, 0, 8, 0x2222222211111111),
              0);
    EXPECT_EQ(state->bank[1], 0x22222222);
    static const struct {
        uint32_t offset, size, value, lanes;
    } writes[] = {
        {0, 1, 0x5a,       1 },
        {1, 1, 0x5a00,     2 },
        {2, 1, 0x5a0000,   4 },
        {3, 1, 0x5a000000, 8 },
        {0, 2, 0xa55a,     3 },
        {2, 2, 0xa55a0000, 12},
        {0, 4, 0x12a55a,   15},
    };
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
        EXPECT_EQ(device_write(dut, 1, &bench->access, 8 + writes[i].offset,
                               writes[i].size, 0x12a55a),
                  0);
        EXPECT_EQ(state->written[0], 0);
        EXPECT_EQ(state->written[1], writes[i].value);
        EXPECT_EQ(state->written[2], writes[i].lanes | writes[i].size << 8);
    }
    bench->access.view = 1;
    EXPECT_EQ(device_write(dut, 1, &bench->access, 1, 1, 0x10), 0);
    EXPECT_EQ(state->bank[0], 0x11110111);
    EXPECT_EQ(device_read(dut, 1, &bench->access, 15, 1, &value), 0);
    EXPECT_STR(bench->line,
               "unmodelled: dut: read at offset 0xc of bytes: no register");
    EXPECT_EQ(device_write(dut, 1, &bench->access, 15, 1, 1), 0);
    EXPECT_STR(bench->line,
               "unmodelled: dut: write at offset 0xc of bytes: no register");
    EXPECT_EQ(device_read(dut, 1, &bench->access, 8, 8, &value), 0);
    EXPECT_STR(bench->line,
               "unmodelled: dut: read at offset 0xc of bytes: no register");
}

TEST(resets_reach_as_deep_as_their_domain)
{
    static const struct {
        enum reset_domain domain;
        uint32_t rw, w1c, cold, written, irq_level;
    } cases[] = {
        {RESET_CORE,     0x11, 1,    1, 1, 0},
        {RESET_WARM,     0x11, 0xff, 1, 0, 0},
        {RESET_POWER_ON, 0x11, 0xff, 6, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(teardown) struct bench bench = {0};
        REQUIRE(setup(&bench));
        test_case("domain %d", (int)cases[i].domain);
        struct state *state = bench.device->state;
        EXPECT_EQ(state->strap, 5);
        *state = (struct state){.rw = 1, .w1c = 1, .cold = 1};
        state->strap = 1;
        state->written[2] = 1;
        state->irq_level = 1;
        device_reset(bench.device, cases[i].domain);
        EXPECT_EQ(state->rw, cases[i].rw);
        EXPECT_EQ(state->w1c, cases[i].w1c);
        EXPECT_EQ(state->cold, cases[i].cold);
        EXPECT_EQ(state->written[2], cases[i].written);
        EXPECT_EQ(state->irq_level, cases[i].irq_level);
        EXPECT_EQ(state->strap, 1);
    }
}

TEST(inputs_outputs_and_timers_reach_the_device)
{
    struct bench bench;
    REQUIRE(setup(&bench));
    struct device *dut = bench.device;
    const struct state *state = dut->state;
    struct line *irq = device_output(dut, "irq");
    REQUIRE(irq != NULL);
    EXPECT_STR(irq->name, "dut.irq");
    EXPECT(device_output(dut, "fiq") == NULL);
    REQUIRE(device_output(dut, "halt") == irq + 1);
    EXPECT_STR(irq[1].name, "dut.halt");
    EXPECT_EQ(irq[1].kind, LINE_RESET);
    device_input(dut, 0, 3);
    EXPECT_EQ(irq->level, 3);
    device_input(dut, 1, 1);
    EXPECT_EQ(dut->input_levels[1], 1);
    device_input(dut, 1, 1);
    line_set(irq, 7);
    device_input(dut, 0, 3); /* no change */
    EXPECT_EQ(irq->level, 7);
    timer_arm(&bench.fabric.clock, &dut->timers[0], 500);
    timer_arm(&bench.fabric.clock, &dut->timers[1], 600);
    clock_advance(&bench.fabric.clock, 1000);
    EXPECT_EQ(state->fired_ns, 501);
    timer_arm(&bench.fabric.clock, &dut->timers[0], 5000);
    timer_arm(&bench.fabric.clock, &dut->timers[1], 5000);
    teardown(&bench);
    EXPECT(bench.fabric.clock.queue == NULL);
}

TEST_ON(trace_lines_name_register_and_value, bench)
{
    bench->fabric.log.enabled[LOG_TRACE] = true;
    put(bench, 0x14, 0x1234);
    EXPECT_STR(bench->line, "trace: dut: BANK[1] <- 0x00001234");
    get(bench, 0x04);
    EXPECT_STR(bench->line, "trace: dut: RO -> 0x00000022");
    get(bench, 0x24);
    EXPECT_STR(bench->line, "trace: dut: HANDLED[1] -> 0x00000101");
}

/* Each place of a device has its own limit of lines. */
TEST_ON(a_full_log_of_one_register_leaves_room_for_its_neighbour, bench)
{
    bench->access.view = 1;
    for (unsigned word = 0; word < 4; word++) {
        bench->lines = 0;
        for (unsigned i = 0; i < 2 * LOG_REPEATS; i++) {
            get(bench, 0x10 + 4 * word);
        }
        EXPECT_EQ(bench->lines, LOG_REPEATS);
    }
    put(bench, 0x1c, 1);
    EXPECT_EQ(bench->lines, LOG_REPEATS);
    bench->lines = 0;
    for (unsigned word = 0; word < 4; word++) {
        put(bench, 4 * word, 1);
    }
    EXPECT_EQ(bench->lines, 4);
}

static void count_power(void *context, struct device *device)
{
    ++*(unsigned *)context;
}

TEST_ON(power_is_looked_at_after_what_may_change_it, bench)
{
    unsigned looks = 0;
    uint64_t value;
    struct device *dut = bench->device;
    device_reset(dut, RESET_CORE); /* nobody listens */
    bench->fabric.power_changed = count_power;
    bench->fabric.power_context = &looks;
    device_reset(dut, RESET_CORE);
    EXPECT_EQ(looks, 1);
    put(bench, 0x00, 0);
    EXPECT_EQ(looks, 2);
    EXPECT_EQ(device_read(dut, 0, &bench->access, 0, 4, &value), 0);
    EXPECT_EQ(looks, 2);
    timer_arm(&bench->fabric.clock, &dut->timers[0], 500);
    clock_advance(&bench->fabric.clock, 500);
    EXPECT_EQ(looks, 3);
}

static void settle(struct device *device)
{
    line_set(&device->outputs[0], 1);
}

static void start_over(struct device *device, enum reset_domain domain)
{
    line_set(&device->outputs[0], 2);
}

TEST_ON(a_reset_without_a_hook_does_what_restoring_does, bench)
{
    struct device_type settles = type;
    struct device *dut = bench->device;

    settles.restored = settle;
    dut->type = &settles;
    device_reset(dut, RESET_CORE);
    EXPECT_EQ(dut->outputs[0].level, 1);
    settles.reset = start_over;
    device_reset(dut, RESET_CORE);
    EXPECT_EQ(dut->outputs[0].level, 2);
    dut->type = &type;
}

static void ignore(void *context, unsigned input, uint32_t level)
{
}

/* All of it, once the allocator has what it keeps. */
TEST(a_device_gives_its_memory_back)
{
    size_t before = 0;
    for (unsigned turn = 0; turn < 2; turn++) {
        OWNED(teardown) struct bench bench = {0};
        before = mallinfo2().uordblks;
        REQUIRE(setup(&bench));
        line_connect(&bench.device->outputs[0], ignore, NULL, 0, "one");
        line_connect(&bench.device->outputs[1], ignore, NULL, 0, "two");
    }
    EXPECT_EQ(mallinfo2().uordblks, before);
}

/* ---- Lives --------------------------------------------------------------- */

static unsigned ended;

static int fail_init(struct device *device, struct error *error)
{
    return error_set(error, -ENODEV, "nothing there");
}

static int pass_init(struct device *device, struct error *error)
{
    return 0;
}

static void count_end(struct device *device)
{
    ended++;
}

TEST(a_device_whose_init_fails_is_named_and_ends_once)
{
    const struct device_type frail = {
        .compatible = "test,frail", .init = fail_init, .fini = count_end};
    OWNED(fabric_fini) struct fabric fabric;
    struct error error = {""};
    fabric_init(&fabric, 0);
    struct device *device = device_create(&fabric, &frail, "dut", NULL, NULL);
    EXPECT_EQ(device_init(device, &error), -ENODEV);
    EXPECT_STR(error.text, "dut: nothing there");
    EXPECT_EQ(ended, 0);
    device_destroy(device);
    EXPECT_EQ(ended, 1);
    device_destroy(NULL);
    const struct device_type sound = {.compatible = "test,sound",
                                      .init = pass_init};
    device = device_create(&fabric, &sound, "dut", NULL, NULL);
    EXPECT_EQ(device_init(device, &error), 0);
    EXPECT_STR(error.text, "dut: nothing there"); /* as it was */
    device_destroy(device);
}

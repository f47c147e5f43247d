/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/device_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bus/state.h"
#include "tests/harness.h"

struct state {
    uint32_t control;
    uint32_t more;
    uint32_t bank[3];
    uint32_t last;
    uint64_t fired_ns;
};

static const struct register_spec registers[] = {
#include "bus/device_state_test.def"
};

static const struct register_spec last_registers[] = {
    {0,
     1, "LAST",
     {RW, RW},
     RESET_WARM, 0,
     UINT32_MAX, FIELD(struct state, last),
     NULL, NULL,
     "beside the bank"},
};

static const struct register_bank banks[] = {
    {"registers", 0x24, 4, registers,      ARRAY_SIZE(registers)},
    {"others",    0x08, 4, last_registers, 1                    },
};

static const struct state_field fields[] = {
    STATE(struct state, fired_ns, RESET_POWER_ON),
};

static void fire_first(struct device *device)
{
    struct state *state = device->state;
    state->fired_ns = state->fired_ns * 10 + 1;
}

static void fire_second(struct device *device)
{
    struct state *state = device->state;
    state->fired_ns = state->fired_ns * 10 + 2;
}

static void (*const timers[])(struct device *) = {fire_first, fire_second};
static const struct output_spec outputs[] = {
    {"irq",  LINE_INTERRUPT},
    {"fiq",  LINE_INTERRUPT},
    {"halt", LINE_INTERRUPT},
};
static const struct input_spec inputs[] = {
    {"enable", NULL},
    {"hold",   NULL},
    {"clock",  NULL},
};

static void restored(struct device *device)
{
    *(unsigned *)device->wiring += 1;
}

static const struct device_type type = {
    .compatible = "test,saved",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(unsigned),
    DEVICE_TABLE(bank, banks),
    .fields = fields,
    .field_count = 1,
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .timers = timers,
    .timer_count = 2,
    .restored = restored,
};

struct bench {
    struct fabric fabric;
    struct device *device;
    unsigned heard;
};

static void hear(void *context, unsigned input, uint32_t level)
{
    *(unsigned *)context += 1;
}

/* A device with everything in use; the second timer is armed first. */
static void setup(struct bench *bench)
{
    *bench = (struct bench){0};
    fabric_init(&bench->fabric, 0);
    bench->device = device_create(&bench->fabric, &type, "dut", NULL, NULL);
    struct device *dut = bench->device;
    *(struct state *)dut->state = (struct state){
        0x11, 4, {1, 2, 3},
          5, 0
    };
    for (unsigned i = 0; i < 3; i++) {
        device_input(dut, i, i + 1);
        line_set(&dut->outputs[i], i + 5);
    }
    line_connect(&dut->outputs[0], hear, &bench->heard, 0, "test");
    timer_arm(&bench->fabric.clock, &dut->timers[1], 700);
    timer_arm(&bench->fabric.clock, &dut->timers[0], 700);
    bench->heard = 0;
}

static void disturb(struct bench *bench)
{
    struct device *dut = bench->device;
    device_reset(dut, RESET_POWER_ON);
    for (unsigned i = 0; i < 3; i++) {
        device_input(dut, i, 0);
        line_set(&dut->outputs[i], 9);
    }
    timer_arm(&bench->fabric.clock, &dut->timers[0], 100);
    timer_cancel(&bench->fabric.clock, &dut->timers[1]);
    bench->heard = 0;
}

static void expect_as_set_up(struct bench *bench)
{
    const struct device *dut = bench->device;
    const struct state *state = dut->state;
    EXPECT_EQ(state->control, 0x11);
    EXPECT_EQ(state->bank[2], 3);
    EXPECT_EQ(state->last, 5);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQ(dut->input_levels[i], i + 1);
        EXPECT_EQ(dut->outputs[i].level, i + 5);
    }
    EXPECT_EQ(bench->heard, 0);
    clock_advance(&bench->fabric.clock, 1000);
    EXPECT_EQ(state->fired_ns, 21);
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->device);
    fabric_fini(&bench->fabric);
}

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(an_image_brings_back_state_lines_and_timers_in_order, bench)
{
    void *image = calloc(1, device_image_size(&type));
    uint64_t hash = device_hash(bench->device, 1);
    device_image_take(bench->device, image);
    disturb(bench);
    EXPECT(device_hash(bench->device, 1) != hash);
    device_image_put(bench->device, image);
    EXPECT_EQ(device_hash(bench->device, 1), hash);
    expect_as_set_up(bench);
    free(image);
}

TEST_ON(a_record_brings_back_the_same, bench)
{
    OWNED(buffer_fini) struct buffer record = {0};
    struct error error = {""};
    uint64_t hash = device_hash(bench->device, 1);
    device_save(bench->device, &record);
    disturb(bench);
    const uint8_t *bytes = record.bytes;
    size_t size = record.size;
    EXPECT_EQ(device_restore(bench->device, &bytes, &size, &error), 0);
    EXPECT_EQ(size, 0);
    EXPECT_EQ(*(unsigned *)bench->device->wiring, 1); /* the reset's */
    device_restored(bench->device);
    EXPECT_EQ(*(unsigned *)bench->device->wiring, 2);
    EXPECT_EQ(device_hash(bench->device, 1), hash);
    expect_as_set_up(bench);
}

TEST_ON(a_refused_record_leaves_the_device_alone, bench)
{
    OWNED(buffer_fini) struct buffer record = {0};
    struct error error = {""};
    uint64_t hash = device_hash(bench->device, 1);
    device_save(bench->device, &record);
    const uint8_t *bytes = record.bytes;
    size_t size = record.size - 1;
    EXPECT_EQ(device_restore(bench->device, &bytes, &size, &error), -EINVAL);
    EXPECT_STR(error.text, "state of 'dut' is cut short");
    EXPECT(bytes == record.bytes);
    EXPECT_EQ(device_hash(bench->device, 1), hash);
    expect_as_set_up(bench);
}

TEST_ON(registers_are_saved_once_and_by_name, bench)
{
    OWNED(buffer_fini) struct buffer record = {0};
    device_save(bench->device, &record);
    EXPECT(memmem(record.bytes, record.size, "registers.BANK@10", 17));
    EXPECT(!memmem(record.bytes, record.size, "ALIAS", 5));
    EXPECT(memmem(record.bytes, record.size, "output irq", 10));
}

TEST(an_image_is_written_up_to_its_size)
{
    enum { GUARD = 16 };
    struct device_type shorter = type;
    OWNED(fabric_fini) struct fabric fabric;
    uint8_t image[128 + GUARD];
    uint8_t guard[GUARD];

    shorter.timers = NULL;
    shorter.timer_count = 0;
    shorter.input_count = 2; /* then there is padding at the end */
    fabric_init(&fabric, 0);
    struct device *dut = device_create(&fabric, &shorter, "dut", NULL, NULL);
    const size_t size = device_image_size(&shorter);
    REQUIRE(size <= sizeof(image) - GUARD);
    memset(guard, 0xa5, sizeof(guard));
    memset(image, 0xa5, sizeof(image));
    line_set(&dut->outputs[2], 5);
    device_image_take(dut, image);
    EXPECT_EQ(load_le32(image + size - 8), 5);
    EXPECT_EQ(load_le32(image + size - 4), 0);
    EXPECT_BYTES(image + size, guard, sizeof(guard));
    device_destroy(dut);
}

FIXTURE(struct state_table, table, state_table_fini)

TEST_BEGINS(fields_are_where_an_image_has_them, table)
{
    static const struct {
        const char *name;
        size_t offset, size;
    } expected[] = {
        {"registers.CONTROL@0", 0,  4 },
        {"registers.BANK@10",   8,  12},
        {"registers.MORE@1c",   4,  4 },
        {"others.LAST@0",       20, 4 },
        {"fired_ns",            24, 8 },
        {"input enable",        32, 4 },
        {"input hold",          36, 4 },
        {"input clock",         40, 4 },
        {"output irq",          44, 4 },
        {"output fiq",          48, 4 },
        {"output halt",         52, 4 },
        {"timer 0",             56, 24},
        {"timer 1",             80, 24},
    };
    device_fields(&type, table);
    EXPECT_EQ(device_image_size(&type), 104);
    for (size_t size = 0; size < 20; size++) {
        const struct device_type odd = {.state_size = size};
        EXPECT_EQ(device_image_size(&odd), (size + 7) / 8 * 8);
    }
    REQUIRE(table->count == ARRAY_SIZE(expected));
    for (size_t i = 0; i < table->count; i++) {
        EXPECT_STR(table->fields[i].name, expected[i].name);
        EXPECT_EQ(table->fields[i].offset, expected[i].offset);
        EXPECT_EQ(table->fields[i].size_bytes, expected[i].size);
    }
}

TEST_ON(the_hash_sees_each_byte_of_an_image_but_the_order_of_timers, bench)
{
    const size_t size = device_image_size(&type);
    const size_t timer = size - 24;
    uint8_t *image = calloc(1, size);
    const uint64_t hash = device_hash(bench->device, 0);
    device_image_take(bench->device, image);
    for (size_t i = 0; i < timer + 8; i++) {
        test_case("byte %zu", i);
        image[i] ^= 0x10;
        device_image_put(bench->device, image);
        EXPECT_EQ(device_hash(bench->device, 0) != hash,
                  i < timer - 24 + 8 || i >= timer);
        image[i] ^= 0x10;
    }
    device_image_put(bench->device, image);
    EXPECT_EQ(device_hash(bench->device, 0), hash);
    EXPECT(device_hash(bench->device, 1) != hash);
    free(image);
}

TEST_BEGINS(rows_behind_those_of_a_bank_are_none_of_its_fields, table)
{
    const struct register_bank shorter_bank = {"registers", 0x24, 4, registers,
                                               2};
    struct device_type shorter = type;

    shorter.banks = &shorter_bank;
    shorter.bank_count = 1;
    device_fields(&shorter, table);
    EXPECT_EQ(table->count, 10);
    EXPECT_STR(table->fields[0].name, "registers.CONTROL@0");
    EXPECT_STR(table->fields[1].name, "fired_ns");
}

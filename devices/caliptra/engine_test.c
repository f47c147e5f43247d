/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/engine.h"

#include "devices/caliptra/test_core.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_hmac, caliptra_ecc, caliptra_doe,
    caliptra_mldsa, caliptra_mlkem;

/* Control and status registers and a command of each engine. */
static const struct {
    const struct device_type *type;
    uint32_t control;
    uint32_t status;
    uint32_t command;
    uint32_t stop; /* zeroize or the like */
} engines[] = {
    {&caliptra_hmac,  0x10, 0x18, 1, 4},
    {&caliptra_mldsa, 0x10, 0x14, 1, 8}, /* of one block with ML-KEM */
    {&caliptra_ecc,   0x10, 0x18, 1, 4},
    {&caliptra_mlkem, 0x10, 0x14, 1, 8},
    {&caliptra_doe,   0x10, 0x14, 1, 3},
};

enum { LATENCY_NS = 1000, READY = 1, VALID = 2 };

/* A second engine of the type, with a latency, in place of the first. */
static void init_slow(struct test_core *core, size_t engine)
{
    test_core_init(core, 0x0101, engines[engine].type);
    device_destroy(core->device);
    store_be32(core->latency_ns, LATENCY_NS);
    core->device = test_core_add(core, engines[engine].type, "slow");
}

static uint32_t status(struct test_core *core, size_t engine)
{
    return test_read(core->device, engines[engine].status) & (READY | VALID);
}

TEST(without_a_latency_no_command_is_ever_seen_under_way)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("%s", engines[i].type->title);
        test_core_init(&core, 0x0101, engines[i].type);
        test_write(core.device, engines[i].control, engines[i].command);
        EXPECT_EQ(status(&core, i), READY | VALID);
        EXPECT_EQ(clock_next(&core.fabric.clock), TIME_NEVER);
    }
}

TEST(with_a_latency_the_engine_is_busy_for_its_time_and_takes_no_command)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("%s", engines[i].type->title);
        init_slow(&core, i);
        test_write(core.device, engines[i].control, engines[i].command);
        EXPECT_EQ(status(&core, i), 0);
        test_write(core.device, engines[i].control, engines[i].command);
        clock_advance(&core.fabric.clock, LATENCY_NS - 1);
        EXPECT_EQ(status(&core, i), 0);
        clock_advance(&core.fabric.clock, LATENCY_NS);
        EXPECT_EQ(status(&core, i), READY | VALID);
        EXPECT_EQ(clock_next(&core.fabric.clock), TIME_NEVER);
    }
}

TEST(zeroize_and_warm_resets_stop_a_command_but_not_core_resets)
{
    for (size_t i = 0; i < 2 * ARRAY_SIZE(engines); i++) {
        size_t engine = i / 2;
        OWNED(test_core_fini) struct test_core core;

        test_case("%s, way %zu", engines[engine].type->title, i % 2);
        init_slow(&core, engine);
        test_write(core.device, engines[engine].control,
                   engines[engine].command);
        device_reset(core.device, RESET_CORE);
        EXPECT_EQ(status(&core, engine), 0);
        if (i % 2 == 0) {
            test_write(core.device, engines[engine].control,
                       engines[engine].stop);
        } else {
            device_reset(core.device, RESET_WARM);
        }
        EXPECT_EQ(status(&core, engine) & READY, READY);
        EXPECT_EQ(clock_next(&core.fabric.clock), TIME_NEVER);
    }
}

TEST(two_engines_at_once_raise_the_crypto_error_line)
{
    for (size_t first = 0; first < ARRAY_SIZE(engines); first++) {
        size_t second = (first + 1) % ARRAY_SIZE(engines);
        OWNED(test_core_fini) struct test_core core;

        test_case("%s first", engines[first].type->title);
        init_slow(&core, first);
        struct device *other =
            test_core_add(&core, engines[second].type, "other");
        struct line *line = device_output(core.key_vault, "crypto_error");
        test_write(core.device, engines[first].control, engines[first].command);
        EXPECT_EQ(line->level, 0);
        clock_advance(&core.fabric.clock, LATENCY_NS / 2);
        test_write(other, engines[second].control, engines[second].command);
        EXPECT_EQ(line->level, 1);
        clock_advance(&core.fabric.clock, LATENCY_NS);
        EXPECT_EQ(line->level, 0);
        clock_advance(&core.fabric.clock, (uint64_t)2 * LATENCY_NS);
        test_write(core.device, engines[first].control, engines[first].command);
        EXPECT_EQ(line->level, 0);
        device_destroy(other);
    }
}

TEST(a_command_while_busy_is_told_and_a_core_reset_lets_it_end)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(test_core_fini) struct test_core core;
        OWNED(told_fini) struct told told;

        test_case("%s", engines[i].type->title);
        init_slow(&core, i);
        told_init(&told, core.device);
        test_write(core.device, engines[i].control, engines[i].command);
        test_write(core.device, engines[i].control, engines[i].command);
        EXPECT_TOLD(&told, engines[i].type == &caliptra_doe
                               ? "guest: slow: control written while busy\n"
                               : "guest: slow: command 0x1 while busy\n");
        device_reset(core.device, RESET_CORE);
        clock_advance(&core.fabric.clock, LATENCY_NS);
        EXPECT_EQ(status(&core, i), READY | VALID);
    }
}

TEST(an_engine_that_was_stopped_is_in_nobodys_way)
{
    for (size_t first = 0; first < ARRAY_SIZE(engines); first++) {
        size_t second = (first + 1) % ARRAY_SIZE(engines);
        OWNED(test_core_fini) struct test_core core;

        test_case("%s", engines[first].type->title);
        init_slow(&core, first);
        struct device *other =
            test_core_add(&core, engines[second].type, "other");
        test_write(core.device, engines[first].control, engines[first].command);
        test_write(core.device, engines[first].control, engines[first].stop);
        test_write(other, engines[second].control, engines[second].command);
        EXPECT_EQ(device_output(core.key_vault, "crypto_error")->level, 0);
        device_destroy(other);
    }
}

TEST(an_engine_needs_a_key_vault)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("%s", engines[i].type->title);
        test_core_init(&core, 0x0101, engines[i].type);
        struct device *vault = core.key_vault;
        struct device *bare =
            device_create(&core.fabric, engines[i].type, "bare",
                          core.device->properties, &core);
        core.key_vault = NULL;
        EXPECT_EQ(device_init(bare, &core.error), -EINVAL);
        EXPECT_STR(core.error.text, "bare: needs property 'cairn,key-vault'");
        device_destroy(bare);
        core.key_vault = vault;
    }
}

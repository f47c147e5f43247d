/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/test_soc.h"
#include "tests/device.h"

enum {
    CTRL = 0x14,
    CMD_REQ = 0x18,
    CMD_STS = 0x1c,
    GENBITS_VLD = 0x20,
    GENBITS = 0x24,
    STATE_NUM = 0x28,
    STATE_VAL = 0x2c,
    RECOV_ALERT = 0x34,
    ENABLE_ALL = 0x666,
    READY = 1,
    FAILED = 2,
};

/* Command words: data alone (flag0 6) or the source (9). */
enum {
    INSTANTIATE_WITH_12 = 1 | 12 << 4 | 6 << 8,
    INSTANTIATE = 1 | 9 << 8,
    GENERATE_3 = 3 | 9 << 8 | 3 << 12,
    UNINSTANTIATE = 5 | 9 << 8,
};

enum {
    SOURCE_ENABLE = 0x20,
    SOURCE_CONF = 0x24,
    SOURCE_REPETITION = 0x34,
    SOURCE_ONES_HIGH = 0x3c,
    SOURCE_ONES_LOW = 0x40,
    SOURCE_ALERTS = 0xa8,
    SOURCE_STATE = 0xe0,
    SOURCE_FIPS = 0x00906096 | 6 << 12,
    YES = 6,
    NO_WAY = 9,
    RUNNING = 0x1a2,
    ALARM = 0x15c,
    IDLE = 0xf5,
};

static uint32_t rng_read(struct test_soc *soc, uint32_t offset)
{
    return test_read_as(soc, soc->csrng, TEST_CORE, UINT32_MAX, offset);
}

static void rng_write(struct test_soc *soc, uint32_t offset, uint32_t value)
{
    test_write_as(soc, soc->csrng, TEST_CORE, UINT32_MAX, offset, value);
}

static uint32_t source_read(struct test_soc *soc, uint32_t offset)
{
    return test_read_as(soc, soc->source, TEST_CORE, UINT32_MAX, offset);
}

static void source_write(struct test_soc *soc, uint32_t offset, uint32_t value)
{
    test_write_as(soc, soc->source, TEST_CORE, UINT32_MAX, offset, value);
}

static void start_source(struct test_soc *soc)
{
    source_write(soc, SOURCE_REPETITION, 41);
    source_write(soc, SOURCE_ONES_HIGH, 1536);
    source_write(soc, SOURCE_ONES_LOW, 512);
    source_write(soc, SOURCE_CONF, SOURCE_FIPS);
    source_write(soc, SOURCE_ENABLE, YES);
}

TEST(registers_keep_the_promises_of_their_tables)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    REQUIRE(soc.csrng != NULL && soc.source != NULL);
    EXPECT_DEVICE(soc.csrng, NULL);
    EXPECT_DEVICE(soc.source, NULL);
    test_soc_fini(&soc);
}

/* CAVP's CTR_DRBG vector for AES-256 without derivation function, count 0, the
 * second of its two outputs; the hardware's own smoke test has the same. */
TEST(seeded_by_data_it_yields_the_published_output)
{
    static const uint32_t seed[12] = {
        0x73bec010, 0x9262474c, 0x16a30f76, 0x531b51de, 0x2ee494e5, 0xdfec9db3,
        0xcb7a879d, 0x5600419c, 0xca79b0b0, 0xdda33b5c, 0xa468649e, 0xdf5d73fa,
    };
    static const uint32_t expected[12] = {
        0x725eda90, 0xc79b4a14, 0xe43b74ac, 0x9d9a938b, 0xc395a610, 0x4c5a1483,
        0xa45f15e8, 0x2708cbef, 0x89eb63a9, 0x70cdc6bc, 0x710daba1, 0xed39808c,
    };
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    rng_write(&soc, CTRL, ENABLE_ALL);
    rng_write(&soc, CMD_REQ, UNINSTANTIATE);
    rng_write(&soc, CMD_REQ, INSTANTIATE_WITH_12);
    for (unsigned i = 0; i < 12; i++) {
        rng_write(&soc, CMD_REQ, seed[i]);
    }
    EXPECT_EQ(rng_read(&soc, CMD_STS), READY);
    rng_write(&soc, CMD_REQ, GENERATE_3);
    for (unsigned i = 0; i < 12; i++) {
        EXPECT_EQ(rng_read(&soc, GENBITS_VLD), 1);
        rng_read(&soc, GENBITS);
    }
    EXPECT_EQ(rng_read(&soc, GENBITS_VLD), 0);
    rng_write(&soc, CMD_REQ, GENERATE_3);
    for (unsigned i = 0; i < 12; i++) {
        test_case("word %u", i);
        EXPECT_EQ(rng_read(&soc, GENBITS), expected[i]);
    }
    EXPECT_EQ(rng_read(&soc, STATE_VAL), 3);
    rng_write(&soc, STATE_NUM, 0);
    EXPECT_EQ(rng_read(&soc, STATE_VAL), 3);
    test_soc_fini(&soc);
}

TEST(without_entropy_a_seed_waits_for_the_source)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    rng_write(&soc, CTRL, ENABLE_ALL);
    rng_write(&soc, CMD_REQ, INSTANTIATE);
    EXPECT_EQ(rng_read(&soc, CMD_STS), 0);
    start_source(&soc);
    EXPECT_EQ(source_read(&soc, SOURCE_STATE), RUNNING);
    EXPECT_EQ(rng_read(&soc, CMD_STS), READY);
    rng_write(&soc, CMD_REQ, GENERATE_3);
    EXPECT_EQ(rng_read(&soc, GENBITS_VLD), 3);
    EXPECT(rng_read(&soc, GENBITS) != rng_read(&soc, GENBITS));
    test_soc_fini(&soc);
}

TEST(wrong_commands_fail_and_a_disabled_generator_takes_none)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    rng_write(&soc, CMD_REQ, 7);
    EXPECT_EQ(rng_read(&soc, CMD_STS), READY);
    rng_write(&soc, CTRL, ENABLE_ALL);
    rng_write(&soc, CMD_REQ, 7 | 9 << 8);
    EXPECT_EQ(rng_read(&soc, CMD_STS), READY | FAILED);
    EXPECT_EQ(rng_read(&soc, RECOV_ALERT), 1 << 13);
    rng_write(&soc, RECOV_ALERT, 0);
    EXPECT_EQ(rng_read(&soc, RECOV_ALERT), 0);
    rng_write(&soc, CMD_REQ, GENERATE_3);
    EXPECT_EQ(rng_read(&soc, CMD_STS), READY | FAILED);
    EXPECT_EQ(rng_read(&soc, GENBITS_VLD), 0);
    test_soc_fini(&soc);
}

TEST(noise_that_is_stuck_raises_the_alarm_that_names_the_test)
{
    static const struct {
        uint32_t stuck, alerts;
    } cases[] = {
        {1, 2u << 4 | 2u << 12}, /* zeros: repetition, too few ones */
        {2, 2u << 4 | 2u << 8 }, /* ones: repetition, too many */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct test_soc soc;
        test_case("stuck at %u", cases[i].stuck - 1);
        test_soc_init(&soc, 0x0101);
        test_input(soc.source, "noise_stuck", cases[i].stuck);
        start_source(&soc);
        EXPECT_EQ(source_read(&soc, SOURCE_STATE), ALARM);
        EXPECT_EQ(source_read(&soc, SOURCE_ALERTS), cases[i].alerts);
        source_write(&soc, SOURCE_ENABLE, NO_WAY);
        EXPECT_EQ(source_read(&soc, SOURCE_STATE), IDLE);
        test_input(soc.source, "noise_stuck", 0);
        source_write(&soc, SOURCE_ENABLE, YES);
        EXPECT_EQ(source_read(&soc, SOURCE_STATE), RUNNING);
        EXPECT_EQ(source_read(&soc, SOURCE_ALERTS), 0);
        test_soc_fini(&soc);
    }
}

TEST(configuration_is_fixed_while_the_source_runs)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    EXPECT_EQ(source_read(&soc, SOURCE_ENABLE), NO_WAY);
    start_source(&soc);
    source_write(&soc, SOURCE_REPETITION, 1);
    EXPECT_EQ(source_read(&soc, SOURCE_REPETITION), 41);
    source_write(&soc, SOURCE_ENABLE, NO_WAY);
    source_write(&soc, SOURCE_REPETITION, 1);
    EXPECT_EQ(source_read(&soc, SOURCE_REPETITION), 1);
    test_soc_fini(&soc);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ctr_drbg.h"
#include "devices/caliptra/test_soc.h"
#include "tests/device.h"
#include "tests/told.h"

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

static void start_source_with(struct test_soc *soc, uint32_t config)
{
    source_write(soc, SOURCE_REPETITION, 41);
    source_write(soc, SOURCE_ONES_HIGH, 1536);
    source_write(soc, SOURCE_ONES_LOW, 512);
    source_write(soc, SOURCE_CONF, config);
    source_write(soc, SOURCE_ENABLE, YES);
}

static void start_source(struct test_soc *soc)
{
    start_source_with(soc, SOURCE_FIPS);
}

TEST(registers_keep_the_promises_of_their_tables)
{
    static const uint32_t generations[] = {0x0101, 0x0201};

    for (size_t i = 0; i < ARRAY_SIZE(generations); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_soc_init(&soc, generations[i]);
        REQUIRE(soc.csrng != NULL && soc.source != NULL);
        EXPECT_DEVICE(soc.csrng, NULL);
        EXPECT_DEVICE(soc.source, NULL);
    }
}

/* CAVP's CTR_DRBG vector for AES-256 without derivation function, count 0, the
 * second of its two outputs; the hardware's own smoke test has the same. */
static const uint32_t published_seed[12] = {
    0x73bec010, 0x9262474c, 0x16a30f76, 0x531b51de, 0x2ee494e5, 0xdfec9db3,
    0xcb7a879d, 0x5600419c, 0xca79b0b0, 0xdda33b5c, 0xa468649e, 0xdf5d73fa,
};
static const uint32_t published_output[12] = {
    0x725eda90, 0xc79b4a14, 0xe43b74ac, 0x9d9a938b, 0xc395a610, 0x4c5a1483,
    0xa45f15e8, 0x2708cbef, 0x89eb63a9, 0x70cdc6bc, 0x710daba1, 0xed39808c,
};

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_soc_init(soc, 0x0101))

TEST_ON(seeded_by_data_it_yields_the_published_output, soc)
{
    rng_write(soc, CTRL, ENABLE_ALL);
    rng_write(soc, CMD_REQ, UNINSTANTIATE);
    rng_write(soc, CMD_REQ, INSTANTIATE_WITH_12);
    for (unsigned i = 0; i < 12; i++) {
        rng_write(soc, CMD_REQ, published_seed[i]);
    }
    EXPECT_EQ(rng_read(soc, CMD_STS), READY);
    rng_write(soc, CMD_REQ, GENERATE_3);
    for (unsigned i = 0; i < 12; i++) {
        EXPECT_EQ(rng_read(soc, GENBITS_VLD), 1);
        rng_read(soc, GENBITS);
    }
    EXPECT_EQ(rng_read(soc, GENBITS_VLD), 0);
    rng_write(soc, CMD_REQ, GENERATE_3);
    for (unsigned i = 0; i < 12; i++) {
        test_case("word %u", i);
        EXPECT_EQ(rng_read(soc, GENBITS), published_output[i]);
    }
    EXPECT_EQ(rng_read(soc, STATE_VAL), 3);
    rng_write(soc, STATE_NUM, 0);
    EXPECT_EQ(rng_read(soc, STATE_VAL), 3);
}

TEST_ON(without_entropy_a_seed_waits_for_the_source, soc)
{
    rng_write(soc, CTRL, ENABLE_ALL);
    rng_write(soc, CMD_REQ, INSTANTIATE);
    EXPECT_EQ(rng_read(soc, CMD_STS), 0);
    start_source(soc);
    EXPECT_EQ(source_read(soc, SOURCE_STATE), RUNNING);
    EXPECT_EQ(rng_read(soc, CMD_STS), READY);
    rng_write(soc, CMD_REQ, GENERATE_3);
    EXPECT_EQ(rng_read(soc, GENBITS_VLD), 3);
    EXPECT(rng_read(soc, GENBITS) != rng_read(soc, GENBITS));
}

TEST_ON(wrong_commands_fail_and_a_disabled_generator_takes_none, soc)
{
    rng_write(soc, CMD_REQ, 7);
    EXPECT_EQ(rng_read(soc, CMD_STS), READY);
    rng_write(soc, CTRL, ENABLE_ALL);
    rng_write(soc, CMD_REQ, 7 | 9 << 8);
    EXPECT_EQ(rng_read(soc, CMD_STS), READY | FAILED);
    EXPECT_EQ(rng_read(soc, RECOV_ALERT), 1 << 13);
    rng_write(soc, RECOV_ALERT, 0);
    EXPECT_EQ(rng_read(soc, RECOV_ALERT), 0);
    rng_write(soc, CMD_REQ, GENERATE_3);
    EXPECT_EQ(rng_read(soc, CMD_STS), READY | FAILED);
    EXPECT_EQ(rng_read(soc, GENBITS_VLD), 0);
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
        OWNED(test_soc_fini) struct test_soc soc;
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
    }
}

TEST_ON(configuration_is_fixed_while_the_source_runs, soc)
{
    EXPECT_EQ(source_read(soc, SOURCE_ENABLE), NO_WAY);
    start_source(soc);
    source_write(soc, SOURCE_REPETITION, 1);
    EXPECT_EQ(source_read(soc, SOURCE_REPETITION), 41);
    source_write(soc, SOURCE_ENABLE, NO_WAY);
    source_write(soc, SOURCE_REPETITION, 1);
    EXPECT_EQ(source_read(soc, SOURCE_REPETITION), 1);
}

/* ---- Generation 2 -------------------------------------------------------- */

enum generation_2 {
    RESEED_INTERVAL = 0x1c,
    RESEED_COUNTER_2 = 0x28,
    CMD_STS_2 = 0x2c,
    GENBITS_VLD_2 = 0x30,
    GENBITS_2 = 0x34,
    READ_ENABLE_2 = 0x38,
    READ_ENABLE_REGWEN_2 = 0x3c,
    STATE_NUM_2 = 0x40,
    STATE_VAL_2 = 0x44,
    FIPS_FORCE_2 = 0x48,
    RECOV_ALERT_2 = 0x50,
    READY_2 = 2,
    DONE_2 = 4,
    UPDATE = 4 | 6 << 8,
    RESEED = 2 | 9 << 8,
    FIRMWARE = 2,
    ALARM_2 = 0x1fb,
    FIPS_2 = 0x02589996,
    FIPS_FLAG_2 = 0x02589966,
    SINGLE_WIRE_2 = 0x02656996, /* number 1 alone */
};

static void instantiate_2(struct test_soc *soc)
{
    test_soc_init(soc, 0x0200);
    rng_write(soc, CTRL, 0x9000 | ENABLE_ALL);
    rng_write(soc, CMD_REQ, INSTANTIATE_WITH_12);
    for (unsigned i = 0; i < 12; i++) {
        rng_write(soc, CMD_REQ, published_seed[i]);
    }
}

TEST_BEGINS(generation_2_yields_the_same_output_elsewhere, soc)
{
    instantiate_2(soc);
    EXPECT_EQ(rng_read(soc, CMD_STS_2), READY_2 | DONE_2);
    EXPECT_EQ(rng_read(soc, RESEED_COUNTER_2), 0);
    for (unsigned i = 0; i < 24; i++) {
        if (i % 12 == 0) {
            rng_write(soc, CMD_REQ, GENERATE_3);
        }
        EXPECT_EQ(rng_read(soc, GENBITS_VLD_2), 1);
        uint32_t word = rng_read(soc, GENBITS_2);
        EXPECT(i < 12 || word == published_output[i - 12]);
    }
    EXPECT_EQ(rng_read(soc, GENBITS_VLD_2), 0);
    EXPECT_EQ(rng_read(soc, RESEED_COUNTER_2), 2);
    EXPECT_EQ(rng_read(soc, STATE_VAL_2), 0);
    rng_write(soc, STATE_NUM_2, FIRMWARE);
    EXPECT_EQ(rng_read(soc, STATE_VAL_2), 2);
    rng_write(soc, READ_ENABLE_2, 3);
    EXPECT_EQ(rng_read(soc, STATE_VAL_2), 0);
    rng_write(soc, READ_ENABLE_REGWEN_2, 0);
    rng_write(soc, READ_ENABLE_2, 7);
    EXPECT_EQ(rng_read(soc, READ_ENABLE_2), 3);
}

TEST(generation_2_tells_why_it_refuses_a_command)
{
    static const struct {
        uint32_t commands[3], status, alert;
    } cases[] = {
        {{UNINSTANTIATE, GENERATE_3, 0},       3, 1u << 14},
        {{UNINSTANTIATE, UPDATE, 0},           3, 1u << 14},
        {{UNINSTANTIATE, RESEED, 0},           3, 1u << 14},
        {{INSTANTIATE_WITH_12 & ~0xf0, 0},     3, 1u << 14},
        {{6 | 9 << 8, 0},                      1, 1u << 13},
        {{GENERATE_3, GENERATE_3, GENERATE_3}, 4, 1u << 15},
        {{UPDATE & ~0xf00, 0},                 0, 1u << 4 },
        {{UPDATE, 0},                          0, 0       },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("case %zu", i);
        instantiate_2(&soc);
        rng_write(&soc, RESEED_INTERVAL, 2);
        for (unsigned j = 0; j < 3 && cases[i].commands[j] != 0; j++) {
            rng_write(&soc, CMD_REQ, cases[i].commands[j]);
        }
        EXPECT_EQ(rng_read(&soc, CMD_STS_2),
                  READY_2 | DONE_2 | cases[i].status << 3);
        EXPECT_EQ(rng_read(&soc, RECOV_ALERT_2), cases[i].alert);
        EXPECT_EQ(rng_read(&soc, GENBITS_VLD_2), 0);
    }
}

TEST_BEGINS(generation_2_is_ready_but_not_done_while_it_waits_for_entropy, soc)
{
    test_soc_init(soc, 0x0200);
    EXPECT_EQ(rng_read(soc, CMD_STS_2), 0);
    rng_write(soc, CTRL, 0x6000 | ENABLE_ALL);
    rng_write(soc, CMD_REQ, INSTANTIATE);
    EXPECT_EQ(rng_read(soc, CMD_STS_2), READY_2);
    start_source_with(soc, FIPS_2);
    EXPECT_EQ(source_read(soc, SOURCE_STATE), RUNNING);
    EXPECT_EQ(rng_read(soc, CMD_STS_2), READY_2 | DONE_2);
    rng_write(soc, CMD_REQ, GENERATE_3);
    EXPECT_EQ(rng_read(soc, GENBITS_VLD_2), 1);
    rng_write(soc, FIPS_FORCE_2, 1 << FIRMWARE);
    EXPECT_EQ(rng_read(soc, GENBITS_VLD_2), 3);
    rng_write(soc, FIPS_FORCE_2, 0);
    source_write(soc, SOURCE_ENABLE, NO_WAY);
    start_source_with(soc, FIPS_FLAG_2);
    rng_write(soc, CMD_REQ, RESEED);
    rng_write(soc, CMD_REQ, GENERATE_3);
    EXPECT_EQ(rng_read(soc, GENBITS_VLD_2), 3);
}

TEST_BEGINS(generation_2_encodes_its_alarm_and_looks_at_one_wire_for_four, soc)
{
    test_soc_init(soc, 0x0200);
    test_input(soc->source, "noise_stuck", 1);
    start_source_with(soc, FIPS_2);
    EXPECT_EQ(source_read(soc, SOURCE_STATE), ALARM_2);
    source_write(soc, SOURCE_ENABLE, NO_WAY);
    test_input(soc->source, "noise_stuck", 0);
    source_write(soc, SOURCE_ONES_HIGH, 1200); /* of 2048, if they are */
    source_write(soc, SOURCE_ONES_LOW, 800);
    source_write(soc, SOURCE_CONF, SINGLE_WIRE_2);
    source_write(soc, SOURCE_ENABLE, YES);
    EXPECT_EQ(source_read(soc, SOURCE_STATE), RUNNING);
    EXPECT_EQ(source_read(soc, SOURCE_ALERTS), 0);
}

/* ---- Held against the generator itself ----------------------------------- */

static uint32_t rng_peek(struct test_soc *soc, uint32_t offset)
{
    struct access access = {.view = TEST_CORE, .debug = true};
    uint64_t value = 0;

    EXPECT_EQ(device_read(soc->csrng, 0, &access, offset, 4, &value), 0);
    return (uint32_t)value;
}

/* The registers' order: the last word first. */
static void seed_of(const uint32_t *words, unsigned count, uint8_t *bytes)
{
    memset(bytes, 0, CTR_DRBG_SEED_BYTES);
    for (unsigned i = 0; i < count; i++) {
        store_be32(bytes + 4 * (11 - i), words[i]);
    }
}

static void send(struct test_soc *soc, uint32_t header, const uint32_t *words,
                 unsigned count)
{
    rng_write(soc, CMD_REQ, header | count << 4);
    for (unsigned i = 0; i < count; i++) {
        rng_write(soc, CMD_REQ, words[i]);
    }
}

static void expect_block(struct test_soc *soc, uint32_t offset,
                         const uint8_t *block)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t word = load_be32(block + 4 * (3 - i));

        EXPECT_EQ(rng_peek(soc, offset), word);
        EXPECT_EQ(rng_read(soc, offset), word);
    }
}

static void expect_state(struct test_soc *soc, uint32_t offset, uint32_t count,
                         const struct ctr_drbg *drbg)
{
    uint32_t words[14] = {count};

    for (unsigned i = 0; i < 4; i++) {
        words[1 + i] = load_be32(drbg->v + 4 * (3 - i));
    }
    for (unsigned i = 0; i < 8; i++) {
        words[5 + i] = load_be32(drbg->key + 4 * (7 - i));
    }
    words[13] = drbg->reseed_counter != 0;
    for (unsigned i = 0; i < 2 * 14; i++) { /* and over again */
        test_case("state word %u", i);
        EXPECT_EQ(rng_peek(soc, offset), words[i % 14]);
        EXPECT_EQ(rng_read(soc, offset), words[i % 14]);
    }
}

/* Every command with and without data, each followed by output. */
TEST_ON(commands_do_to_the_generator_what_the_standard_says, soc)
{
    static const struct {
        uint32_t command;
        unsigned words;
    } commands[] = {
        {1, 12},
        {3, 0 },
        {3, 12},
        {3, 5 },
        {4, 12},
        {4, 0 },
        {4, 3 },
        {2, 12},
        {2, 0 },
        {2, 7 },
        {1, 1 },
        {1, 0 },
    };
    struct ctr_drbg drbg = {.reseed_counter = 0};
    uint8_t none[CTR_DRBG_SEED_BYTES] = {0};

    rng_write(soc, CTRL, ENABLE_ALL);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        uint8_t data[CTR_DRBG_SEED_BYTES], blocks[2 * CTR_DRBG_BLOCK_BYTES];
        uint32_t blocks_wanted = commands[i].command == 3 ? 2u << 12 : 0;

        seed_of(published_seed, commands[i].words, data);
        send(soc, commands[i].command | 6 << 8 | blocks_wanted, published_seed,
             commands[i].words);
        switch (commands[i].command) {
        case 1:
            ctr_drbg_instantiate(&drbg, none, data);
            break;
        case 2:
            ctr_drbg_reseed(&drbg, none, data);
            break;
        case 3:
            ctr_drbg_generate(&drbg, data, blocks, 2);
            test_case("command %zu, first block", i);
            expect_block(soc, GENBITS, blocks);
            test_case("command %zu, second block", i);
            expect_block(soc, GENBITS, blocks + CTR_DRBG_BLOCK_BYTES);
            break;
        default:
            ctr_drbg_update(&drbg, data);
            break;
        }
        test_case("command %zu", i);
        EXPECT_EQ(rng_read(soc, CMD_STS), READY);
        EXPECT_EQ(rng_read(soc, GENBITS_VLD), 0);
        expect_state(soc, STATE_VAL, drbg.reseed_counter, &drbg);
    }
    rng_write(soc, CMD_REQ, UNINSTANTIATE);
    ctr_drbg_uninstantiate(&drbg);
    expect_state(soc, STATE_VAL, 0, &drbg);
}

TEST_BEGINS(words_past_a_seeds_length_are_taken_and_dropped, soc)
{
    struct ctr_drbg drbg;
    uint8_t data[CTR_DRBG_SEED_BYTES], none[CTR_DRBG_SEED_BYTES] = {0};
    uint32_t words[15] = {0};

    memcpy(words, published_seed, sizeof(published_seed));
    words[12] = 0xbad;
    test_soc_init(soc, 0x0101);
    rng_write(soc, CTRL, ENABLE_ALL);
    send(soc, 1 | 6 << 8, words, 15);
    seed_of(words, 12, data);
    ctr_drbg_instantiate(&drbg, none, data);
    EXPECT_EQ(rng_read(soc, CMD_STS), READY);
    expect_state(soc, STATE_VAL, 1, &drbg);
}

/* Data that a command forgot to collect must not be what another left. */
static __attribute__((noinline)) void clobber_stack(void)
{
    volatile uint8_t bytes[0x2000];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 0xa5;
    }
}

/* The next command or the end drops the second block; the state is what the
 * whole request would have left, less the block that was not fetched. */
TEST_ON(output_that_nobody_fetched_ends_its_request, soc)
{
    struct ctr_drbg drbg;
    uint8_t data[CTR_DRBG_SEED_BYTES], none[CTR_DRBG_SEED_BYTES] = {0};
    uint8_t block[CTR_DRBG_BLOCK_BYTES];

    rng_write(soc, CTRL, ENABLE_ALL);
    send(soc, 1 | 6 << 8, published_seed, 12);
    send(soc, 3 | 6 << 8 | 5 << 12, published_seed, 12);
    clobber_stack();
    send(soc, 4 | 6 << 8, NULL, 0);
    seed_of(published_seed, 12, data);
    ctr_drbg_instantiate(&drbg, none, data);
    ctr_drbg_generate_begin(&drbg, data);
    ctr_drbg_generate_block(&drbg, block);
    ctr_drbg_generate_end(&drbg, data);
    ctr_drbg_update(&drbg, none);
    EXPECT_EQ(rng_read(soc, GENBITS_VLD), 0);
    expect_state(soc, STATE_VAL, drbg.reseed_counter, &drbg);
}

TEST(disabling_forgets_all_of_a_command_and_its_output)
{
    static const uint32_t statuses[] = {READY, 0};
    static const uint32_t generations[] = {0x0101, 0x0200};
    static const uint32_t offsets[] = {CMD_STS, CMD_STS_2};
    static const uint32_t valids[] = {GENBITS_VLD, GENBITS_VLD_2};

    for (size_t i = 0; i < ARRAY_SIZE(generations); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("generation 0x%x", generations[i]);
        test_soc_init(&soc, generations[i]);
        rng_write(&soc, CTRL, ENABLE_ALL);
        send(&soc, 1 | 6 << 8, published_seed, 12);
        send(&soc, 3 | 6 << 8 | 2 << 12, NULL, 0);
        EXPECT_EQ(rng_read(&soc, valids[i]), 1);
        rng_write(&soc, CTRL, 0x999);
        EXPECT_EQ(rng_read(&soc, valids[i]), 0);
        EXPECT_EQ(rng_read(&soc, offsets[i]), statuses[i]);

        /* half a command, then a whole one */
        rng_write(&soc, CTRL, ENABLE_ALL);
        rng_write(&soc, CMD_REQ, 1 | 6 << 8 | 3 << 4);
        rng_write(&soc, CMD_REQ, 5);
        rng_write(&soc, CTRL, 0x999);
        rng_write(&soc, CTRL, ENABLE_ALL);
        rng_write(&soc, CMD_REQ, INSTANTIATE); /* and waits */
        EXPECT_EQ(rng_read(&soc, offsets[i]), i == 0 ? 0 : READY_2);
        rng_write(&soc, CTRL, 0x999);
        EXPECT_EQ(rng_read(&soc, offsets[i]), statuses[i]);
    }
}

TEST_ON(a_command_that_waits_gives_way_to_the_next, soc)
{
    rng_write(soc, CTRL, ENABLE_ALL);
    rng_write(soc, CMD_REQ, INSTANTIATE);
    EXPECT_EQ(rng_read(soc, CMD_STS), 0);
    rng_write(soc, CMD_REQ, UNINSTANTIATE);
    EXPECT_EQ(rng_read(soc, CMD_STS), READY);
}

TEST(a_debuggers_look_takes_no_entropy)
{
    static const uint32_t generations[] = {0x0101, 0x0200};
    static const uint32_t offsets[] = {CMD_STS, CMD_STS_2};

    for (size_t i = 0; i < ARRAY_SIZE(generations); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("generation 0x%x", generations[i]);
        test_soc_init(&soc, generations[i]);
        rng_write(&soc, CTRL, ENABLE_ALL);
        rng_write(&soc, CMD_REQ, INSTANTIATE);
        start_source_with(&soc, i == 0 ? SOURCE_FIPS : FIPS_2);
        uint32_t before = rng_peek(&soc, offsets[i]);
        EXPECT_EQ(rng_peek(&soc, offsets[i]), before);
        EXPECT(rng_read(&soc, offsets[i]) != before);
    }
}

TEST_BEGINS(only_firmwares_instance_of_generation_2_has_a_state_and_a_count,
            soc)
{
    test_soc_init(soc, 0x0200);
    EXPECT_EQ(rng_read(soc, RESEED_COUNTER_2), 0); /* nor a seed */
    test_soc_fini(soc);
    instantiate_2(soc);
    send(soc, 3 | 6 << 8 | 1 << 12, NULL, 0);
    for (uint32_t i = 0; i < 3; i++) {
        test_case("instance %u", i);
        EXPECT_EQ(rng_read(soc, 0x20 + 4 * i), i == FIRMWARE);
        rng_write(soc, STATE_NUM_2, i);
        EXPECT_EQ(rng_read(soc, STATE_VAL_2), i == FIRMWARE);
    }
    rng_write(soc, CTRL, 0x9966); /* not readable */
    EXPECT_EQ(rng_read(soc, STATE_VAL_2), 0);
}

TEST_ON(what_software_must_not_do_is_told, soc)
{
    static const struct {
        uint32_t header, alert;
    } flags[] = {
        {4 | 6 << 8,  0     },
        {4 | 9 << 8,  0     },
        {4 | 5 << 8,  1 << 3},
        {4 | 10 << 8, 1 << 3},
    };
    struct told told;

    told_init(&told, soc->csrng);
    rng_write(soc, CMD_REQ, UNINSTANTIATE);
    EXPECT_TOLD(&told, "guest: csrng: command while disabled: dropped\n");
    rng_write(soc, CTRL, ENABLE_ALL);
    EXPECT_EQ(rng_read(soc, GENBITS), 0);
    rng_write(soc, CMD_REQ, 7 | 9 << 8);
    EXPECT_TOLD(&told,
                "guest: csrng: GENBITS read while there are none\n"
                "guest: csrng: unknown command 7\n");
    rng_write(soc, RECOV_ALERT, 0);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        test_case("header 0x%x", flags[i].header);
        rng_write(soc, CMD_REQ, flags[i].header);
        EXPECT_EQ(rng_read(soc, RECOV_ALERT), flags[i].alert);
        rng_write(soc, RECOV_ALERT, 0);
    }
    rng_write(soc, 0x10, 0);
    rng_write(soc, 0x10, 1);
    rng_write(soc, CTRL, 0x999);
    EXPECT_TOLD(&told, "guest: csrng: CTRL is locked\n");
    EXPECT_EQ(rng_read(soc, CTRL), ENABLE_ALL);
    told_fini(&told);
    test_soc_fini(soc);

    instantiate_2(soc);
    told_init(&told, soc->csrng);
    rng_write(soc, READ_ENABLE_REGWEN_2, 0);
    rng_write(soc, READ_ENABLE_REGWEN_2, 1);
    rng_write(soc, READ_ENABLE_2, 3);
    EXPECT_TOLD(&told, "guest: csrng: INT_STATE_READ_ENABLE is locked\n");
    EXPECT_EQ(rng_read(soc, READ_ENABLE_2), 7);
    told_fini(&told);
}

TEST_ON(output_needs_firmwares_permission, soc)
{
    rng_write(soc, CTRL, 0x696);
    send(soc, 1 | 6 << 8, published_seed, 12);
    send(soc, 3 | 6 << 8 | 1 << 12, NULL, 0);
    EXPECT_EQ(rng_read(soc, GENBITS_VLD), 1);
    EXPECT_EQ(rng_read(soc, GENBITS), 0);
    rng_write(soc, CTRL, 0x666);
    EXPECT(rng_read(soc, GENBITS) != 0);
}

TEST_ON(a_generator_needs_the_source_of_its_generation, soc)
{
    struct device *source = soc->source;
    soc->source = NULL;
    EXPECT(test_add(soc, "chipsalliance,caliptra-csrng", "x") == NULL);
    soc->source = source;
    EXPECT(test_add(soc, "chipsalliance,caliptra-csrng-2", "x") == NULL);
}

TEST_ON(the_state_says_whether_the_source_seeded_it, soc)
{
    start_source(soc);
    rng_write(soc, CTRL, ENABLE_ALL);
    for (unsigned i = 0; i < 2; i++) {
        rng_write(soc, CMD_REQ, i == 0 ? INSTANTIATE : UNINSTANTIATE);
        rng_write(soc, STATE_NUM, 0);
        for (unsigned word = 0; word < 13; word++) {
            rng_read(soc, STATE_VAL);
        }
        EXPECT_EQ(rng_read(soc, STATE_VAL), i == 0 ? 3 : 0);
    }
}

/* One of the sixteen values of a field says yes. */
TEST(only_six_is_a_yes)
{
    for (uint32_t value = 0; value < 16; value++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("value %u", value);
        test_soc_init(&soc, 0x0101);
        rng_write(&soc, CTRL, 0x660 | value);
        rng_write(&soc, CMD_REQ, 7 | 9 << 8);
        EXPECT_EQ(rng_read(&soc, CMD_STS),
                  value == YES ? READY | FAILED : READY);
        start_source(&soc);
        source_write(&soc, SOURCE_ENABLE, value);
        EXPECT_EQ(source_read(&soc, SOURCE_STATE),
                  value == YES ? RUNNING : IDLE);
    }
}

/* Bits 24:12 of the command: blocks. */
TEST(a_request_has_thirteen_bits_of_length)
{
    static const struct {
        uint32_t length, blocks;
    } cases[] = {
        {1,      1},
        {0x2001, 1},
        {0x1000, 9}, /* and more */
        {0x1001, 9},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;
        unsigned words = 0;

        test_case("length 0x%x", cases[i].length);
        test_soc_init(&soc, 0x0101);
        rng_write(&soc, CTRL, ENABLE_ALL);
        send(&soc, 1 | 6 << 8, published_seed, 12);
        send(&soc, 3 | 6 << 8 | cases[i].length << 12, NULL, 0);
        while (rng_read(&soc, GENBITS_VLD) != 0 && words < 36) {
            rng_read(&soc, GENBITS);
            words++;
        }
        EXPECT_EQ(words, 4 * cases[i].blocks);
    }
}

/* A request for nothing fails, and the next command finds the state as it was;
 * its failure is forgotten. */
TEST_ON(a_request_for_nothing_changes_nothing, soc)
{
    uint8_t data[CTR_DRBG_SEED_BYTES], none[CTR_DRBG_SEED_BYTES] = {0};
    struct ctr_drbg drbg;

    rng_write(soc, CTRL, ENABLE_ALL);
    send(soc, 1 | 6 << 8, published_seed, 12);
    seed_of(published_seed, 12, data);
    ctr_drbg_instantiate(&drbg, none, data);
    send(soc, 3 | 6 << 8, NULL, 0);
    EXPECT_EQ(rng_read(soc, CMD_STS), READY | FAILED);
    EXPECT_EQ(rng_read(soc, GENBITS_VLD), 0);
    expect_state(soc, STATE_VAL, drbg.reseed_counter, &drbg);
    send(soc, 4 | 6 << 8, NULL, 0);
    ctr_drbg_update(&drbg, none);
    EXPECT_EQ(rng_read(soc, CMD_STS), READY);
    expect_state(soc, STATE_VAL, drbg.reseed_counter, &drbg);
}

TEST_BEGINS(a_command_of_generation_2_is_done_when_its_words_are_there, soc)
{
    instantiate_2(soc);
    EXPECT_EQ(rng_read(soc, CMD_STS_2), READY_2 | DONE_2);
    rng_write(soc, CMD_REQ, UPDATE | 1 << 4);
    EXPECT_EQ(rng_read(soc, CMD_STS_2), READY_2);
    rng_write(soc, CMD_REQ, 5);
    EXPECT_EQ(rng_read(soc, CMD_STS_2), READY_2 | DONE_2);
}

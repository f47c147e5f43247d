/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/entropy_source.h"

#include "devices/caliptra/test_soc.h"
#include "tests/device.h"
#include "tests/told.h"

enum {
    ENABLE_WRITABLE = 0x10,
    UPDATE_WRITABLE = 0x14,
    WRITABLE = 0x18,
    ENABLE = 0x20,
    CONF = 0x24,
    WINDOWS = 0x30,
    REPETITION = 0x34,
    SYMBOLS = 0x38,
    ONES_HIGH = 0x3c,
    ONES_LOW = 0x40,
    REPETITION_TOTAL = 0x7c,
    SYMBOLS_TOTAL = 0x80,
    ONES_HIGH_TOTAL = 0x84,
    ONES_LOW_TOTAL = 0x88,
    ALERT_LIMIT = 0xa0,
    ALERT_TOTAL = 0xa4,
    ALERT_COUNTS = 0xa8,
    DEBUG_STATUS = 0xd0,
    RECOVERABLE = 0xd4,
    STATE = 0xe0,
    YES = 6,
    NO_WAY = 9,
    IDLE = 0xf5,
    BOOT_DONE = 0x8e,
    RUNNING = 0x1a2,
    ALARM = 0x15c,
    ALARM_2 = 0x1fb,
    WIRES = 4,
};

/* CONF in generation 1 and 2. */
enum {
    FIPS = 0x00909096,
    BYPASS = 0x00909099,
    ALL_WIRES = 0x00906096,
    WIRE = 0x00609096, /* 25:24 which */
    FIPS_2 = 0x02649996,
    ALL_WIRES_2 = 0x02589996,
    WIRE_2 = 0x02646996, /* 17:16 which */
};

static uint32_t read(struct test_soc *soc, uint32_t offset)
{
    return test_read_as(soc, soc->source, TEST_CORE, UINT32_MAX, offset);
}

static void write(struct test_soc *soc, uint32_t offset, uint32_t value)
{
    test_write_as(soc, soc->source, TEST_CORE, UINT32_MAX, offset, value);
}

/* Noise in which all bits are the same meets each limit exactly: a window is
 * 512 symbols in FIPS mode and 96 in bypass. */
static const struct {
    const char *name;
    uint32_t generation, config, windows, stuck; /* 1 zeros, 2 ones */
    uint32_t limits, good, bad, shift;
} bounds[] = {
    {"run",             0x0101, FIPS,              0,      1, REPETITION, 513,  512,  0 },
    {"run of ones",     0x0101, FIPS,              0,      2, REPETITION, 513,  512,  0 },
    {"run, bypass",     0x0101, BYPASS,            0,      1, REPETITION, 97,   96,   16},
    {"run of symbols",  0x0101, FIPS,              0,      1, SYMBOLS,    513,  512,  0 },
    {"equal, bypass",   0x0101, BYPASS,            0,      2, SYMBOLS,    97,   96,   16},
    {"equal, 2",        0x0200, FIPS_2,            0,      2, SYMBOLS,    513,  512,  0 },
    {"ones",            0x0101, FIPS,              0,      2, ONES_HIGH,  512,  511,  0 },
    {"ones, bypass",    0x0101, BYPASS,            0,      2, ONES_HIGH,  96,   95,   16},
    {"few ones",        0x0101, FIPS,              0,      2, ONES_LOW,   512,  513,  0 },
    {"few, bypass",     0x0101, BYPASS,            0,      2, ONES_LOW,   96,   97,   16},
    {"no ones",         0x0101, FIPS,              0,      1, ONES_LOW,   0,    1,    0 },
    {"ones in all",     0x0101, ALL_WIRES,         0,      2, ONES_HIGH,  2048, 2047, 0 },
    {"few in all",      0x0101, ALL_WIRES,         0,      2, ONES_LOW,   2048, 2049, 0 },
    {"run of one wire", 0x0101, WIRE,              0,      2, REPETITION, 2049, 2048, 0 },
    {"ones of a wire",  0x0101, WIRE | 3u << 24,   0,      2, ONES_HIGH,  2048, 2047, 0 },
    {"small window",    0x0101, FIPS,              3,      2, ONES_HIGH,  3,    2,    0 },
    {"large window",    0x0101, FIPS,              0x1000, 2, ONES_HIGH,  4096, 4095, 0 },
    {"huge window",     0x0101, FIPS,              0xffff, 2, ONES_HIGH,  4096, 4095, 0 },
    {"ones, 2",         0x0200, FIPS_2,            0,      2, ONES_HIGH,  512,  511,  0 },
    {"ones in all, 2",  0x0200, ALL_WIRES_2,       0,      2, ONES_HIGH,  2048, 2047, 0 },
    {"wire, 2",         0x0200, WIRE_2 | 3u << 16, 0,      2, ONES_HIGH,  2048, 2047, 0 },
};

static void set_up(struct test_soc *soc, size_t i, uint32_t limit)
{
    test_soc_init(soc, bounds[i].generation);
    test_input(soc->source, "noise_stuck", bounds[i].stuck);
    write(soc, CONF, bounds[i].config);
    if (bounds[i].windows != 0) {
        write(soc, WINDOWS, bounds[i].windows);
    }
    /* The other half holds what would decide otherwise. */
    uint32_t other = limit == bounds[i].good ? bounds[i].bad : bounds[i].good;
    write(soc, bounds[i].limits,
          limit << bounds[i].shift | other << (16 - bounds[i].shift));
    write(soc, ENABLE, YES);
}

TEST(limits_of_the_health_tests_are_exact)
{
    for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
        struct test_soc soc;
        bool bypass = bounds[i].shift != 0;
        uint32_t alarm = bounds[i].generation < 0x0200 ? ALARM : ALARM_2;

        test_case("%s, good", bounds[i].name);
        set_up(&soc, i, bounds[i].good);
        EXPECT_EQ(read(&soc, STATE), bypass ? BOOT_DONE : RUNNING);
        EXPECT_EQ(read(&soc, DEBUG_STATUS), bypass ? 1 << 17 : 0);
        test_soc_fini(&soc);
        test_case("%s, bad", bounds[i].name);
        set_up(&soc, i, bounds[i].bad);
        EXPECT_EQ(read(&soc, STATE), alarm);
        EXPECT_EQ(read(&soc, DEBUG_STATUS), 0);
        test_soc_fini(&soc);
    }
}

/* Counts that the wires of the fabric's noise give in a window of `size`
 * symbols. */
struct expectation {
    uint32_t ones[WIRES];
    uint32_t run[WIRES];
    uint32_t symbol_run;
};

static struct expectation expect_noise(unsigned size)
{
    struct fabric fabric;
    struct expectation expected = {{0}, {0}, 0};
    uint32_t run[WIRES] = {0}, symbol_run = 0;
    uint8_t last[WIRES], last_symbol = 0;

    fabric_init(&fabric, 1);
    for (unsigned i = 0; i < size; i++) {
        uint8_t symbol;

        fabric_random(&fabric, &symbol, 1);
        symbol &= 0xf;
        symbol_run = i != 0 && symbol == last_symbol ? symbol_run + 1 : 1;
        last_symbol = symbol;
        if (symbol_run > expected.symbol_run) {
            expected.symbol_run = symbol_run;
        }
        for (unsigned wire = 0; wire < WIRES; wire++) {
            uint8_t bit = symbol >> wire & 1;

            run[wire] = i != 0 && bit == last[wire] ? run[wire] + 1 : 1;
            if (run[wire] > expected.run[wire]) {
                expected.run[wire] = run[wire];
            }
            expected.ones[wire] += bit;
            last[wire] = bit;
        }
    }
    fabric_fini(&fabric);
    return expected;
}

static bool noise_passes(uint32_t config, uint32_t limits, uint32_t value)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    write(&soc, CONF, config);
    write(&soc, limits, value);
    write(&soc, ALERT_LIMIT, 1);
    write(&soc, ENABLE, YES);
    bool passes = read(&soc, STATE) == RUNNING;
    test_soc_fini(&soc);
    return passes;
}

static uint32_t extreme(const uint32_t *values, bool most)
{
    uint32_t found = values[0];

    for (unsigned wire = 1; wire < WIRES; wire++) {
        if (most ? values[wire] > found : values[wire] < found) {
            found = values[wire];
        }
    }
    return found;
}

TEST(real_noise_is_counted_wire_by_wire)
{
    struct expectation four = expect_noise(512), one = expect_noise(2048);
    uint32_t most = extreme(four.ones, true), least = extreme(four.ones, false);
    uint32_t longest = extreme(four.run, true), sum = 0;

    EXPECT(noise_passes(FIPS, ONES_HIGH, most));
    EXPECT(!noise_passes(FIPS, ONES_HIGH, most - 1));
    EXPECT(noise_passes(FIPS, ONES_LOW, least));
    EXPECT(!noise_passes(FIPS, ONES_LOW, least + 1));
    EXPECT(noise_passes(FIPS, REPETITION, longest + 1));
    EXPECT(!noise_passes(FIPS, REPETITION, longest));
    EXPECT(four.symbol_run < longest);
    EXPECT(noise_passes(FIPS, SYMBOLS, four.symbol_run + 1));
    EXPECT(!noise_passes(FIPS, SYMBOLS, four.symbol_run));
    for (uint32_t wire = 0; wire < WIRES; wire++) {
        uint32_t config = WIRE | wire << 24;

        test_case("wire %u", wire);
        sum += four.ones[wire];
        EXPECT(noise_passes(config, ONES_HIGH, one.ones[wire]));
        EXPECT(!noise_passes(config, ONES_HIGH, one.ones[wire] - 1));
        EXPECT(noise_passes(config, ONES_LOW, one.ones[wire]));
        EXPECT(!noise_passes(config, ONES_LOW, one.ones[wire] + 1));
        EXPECT(noise_passes(config, REPETITION, one.run[wire] + 1));
        EXPECT(!noise_passes(config, REPETITION, one.run[wire]));
    }
    EXPECT(noise_passes(ALL_WIRES, ONES_HIGH, sum));
    EXPECT(!noise_passes(ALL_WIRES, ONES_HIGH, sum - 1));
    EXPECT(noise_passes(ALL_WIRES, ONES_LOW, sum));
    EXPECT(!noise_passes(ALL_WIRES, ONES_LOW, sum + 1));
}

TEST(failed_windows_are_counted_until_the_alarm)
{
    static const struct {
        uint32_t limit, counts;
    } cases[] = {
        {1,  0x10001110},
        {2,  0x20002220},
        {15, 0xf000fff0},
        {16, 0xf000fff0}, /* a nibble for each */
        {20, 0xf000fff0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;
        OWNED(told_fini) struct told told;
        char text[64];

        test_case("limit %u", cases[i].limit);
        test_soc_init(&soc, 0x0101);
        told_init(&told, soc.source);
        test_input(soc.source, "noise_stuck", 2);
        write(&soc, REPETITION, 1);
        write(&soc, SYMBOLS, 1);
        write(&soc, ONES_HIGH, 1);
        write(&soc, ONES_LOW, 0xffff);
        write(&soc, CONF, FIPS);
        write(&soc, ALERT_LIMIT, cases[i].limit);
        write(&soc, ENABLE, YES);
        EXPECT_EQ(read(&soc, STATE), ALARM);
        EXPECT_EQ(read(&soc, ALERT_TOTAL), cases[i].limit);
        EXPECT_EQ(read(&soc, ALERT_COUNTS), cases[i].counts);
        EXPECT_EQ(read(&soc, REPETITION_TOTAL), cases[i].limit);
        EXPECT_EQ(read(&soc, SYMBOLS_TOTAL), cases[i].limit);
        EXPECT_EQ(read(&soc, ONES_HIGH_TOTAL), cases[i].limit);
        EXPECT_EQ(read(&soc, ONES_LOW_TOTAL), cases[i].limit);
        snprintf(text, sizeof(text), "fact NOISE_UNHEALTHY 0x%x\n",
                 cases[i].limit);
        EXPECT_TOLD(&told, text);
    }
}

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_soc_init(soc, 0x0101))

/* Windows that fail before a good one are forgotten, but in the totals. */
TEST_ON(a_good_window_starts_the_count_over, soc)
{
    struct expectation first = expect_noise(512);

    write(soc, CONF, FIPS);
    write(soc, REPETITION, extreme(first.run, true));
    write(soc, ALERT_LIMIT, 0xffff);
    write(soc, ENABLE, YES);
    EXPECT_EQ(read(soc, STATE), RUNNING);
    EXPECT(read(soc, REPETITION_TOTAL) != 0);
    EXPECT_EQ(read(soc, ALERT_TOTAL), 0);
    EXPECT_EQ(read(soc, ALERT_COUNTS), 0);
}

TEST_ON(seeds_come_from_a_source_that_runs_and_is_in_good_health, soc)
{
    static const uint8_t zeros[48];
    uint8_t seed[48];

    memset(seed, 1, sizeof(seed));
    EXPECT(!entropy_source_take(soc->source, seed, sizeof(seed)));
    EXPECT_BYTES(seed, zeros, sizeof(seed));
    write(soc, CONF, FIPS);
    write(soc, ENABLE, YES);
    EXPECT(entropy_source_take(soc->source, seed, sizeof(seed)));
    EXPECT(memcmp(seed, zeros, sizeof(seed)) != 0);
    EXPECT_EQ(read(soc, DEBUG_STATUS), 0);
    test_input(soc->source, "noise_stuck", 1);
    write(soc, ENABLE, NO_WAY);
    EXPECT_EQ(read(soc, STATE), IDLE);
    EXPECT_EQ(read(soc, DEBUG_STATUS), 1 << 16);
    test_input(soc->source, "noise_stuck", 0);
    write(soc, REPETITION, 400);
    write(soc, ENABLE, YES);
    test_input(soc->source, "noise_stuck", 1);
    EXPECT(!entropy_source_take(soc->source, seed, sizeof(seed)));
    EXPECT_EQ(read(soc, STATE), ALARM);
    test_input(soc->source, "noise_stuck", 0);
    EXPECT(!entropy_source_take(soc->source, seed, sizeof(seed)));
}

TEST(seeds_count_as_fips_by_configuration_since_generation_2)
{
    static const struct {
        uint32_t generation, config;
        bool fips;
    } cases[] = {
        {0x0101, FIPS,       true },
        {0x0101, BYPASS,     true },
        {0x0200, 0x02649996, false},
        {0x0200, 0x02649966, true },
        {0x0200, 0x02649969, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("case %zu", i);
        test_soc_init(&soc, cases[i].generation);
        write(&soc, CONF, cases[i].config);
        EXPECT_EQ(entropy_source_is_fips(soc.source), cases[i].fips);
    }
}

TEST_ON(enabling_what_runs_tests_nothing_anew, soc)
{
    write(soc, CONF, FIPS);
    write(soc, REPETITION, 400);
    write(soc, ENABLE, YES);
    test_input(soc->source, "noise_stuck", 1);
    write(soc, ENABLE, YES);
    EXPECT_EQ(read(soc, STATE), RUNNING);
}

TEST_ON(each_lock_closes_its_own_and_is_told, soc)
{
    OWNED(told_fini) struct told told;

    told_init(&told, soc->source);
    EXPECT_EQ(read(soc, WRITABLE), 1);
    write(soc, UPDATE_WRITABLE, 0);
    write(soc, UPDATE_WRITABLE, 1);
    EXPECT_EQ(read(soc, WRITABLE), 0);
    EXPECT_TOLD(&told, "");
    write(soc, REPETITION, 5);
    EXPECT_TOLD(&told,
                "guest: source: configured while it runs or is "
                "locked\n");
    EXPECT_EQ(read(soc, REPETITION), UINT32_MAX);
    write(soc, ENABLE_WRITABLE, 0);
    write(soc, ENABLE_WRITABLE, 1);
    write(soc, ENABLE, YES);
    EXPECT_TOLD(&told, "guest: source: MODULE_ENABLE is locked\n");
    EXPECT_EQ(read(soc, ENABLE), NO_WAY);
}

TEST_ON(there_are_no_recoverable_alerts, soc)
{
    write(soc, RECOVERABLE, UINT32_MAX);
    EXPECT_EQ(read(soc, RECOVERABLE), 0);
}

/* Halves of a limit are apart, and counts begin at zero. */
TEST(what_is_not_of_the_mode_or_not_there_does_not_count)
{
    static const struct {
        const char *name;
        uint32_t config, limits, value, windows, state;
    } cases[] = {
        {"bypass, run",  BYPASS, REPETITION, 96u << 16 | 0xffff, 0,  ALARM  },
        {"no ones",      FIPS,   ONES_HIGH,  0,                  0,  RUNNING},
        {"empty window", FIPS,   REPETITION, 1,                  1u, RUNNING},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("%s", cases[i].name);
        test_soc_init(&soc, 0x0101);
        test_input(soc.source, "noise_stuck", 1);
        write(&soc, CONF, cases[i].config);
        if (cases[i].windows != 0) {
            write(&soc, WINDOWS, 0);
        }
        write(&soc, cases[i].limits, cases[i].value);
        write(&soc, ENABLE, YES);
        EXPECT_EQ(read(&soc, STATE), cases[i].state);
    }
}

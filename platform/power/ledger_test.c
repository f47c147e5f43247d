/* SPDX-License-Identifier: Apache-2.0 */
/* Residencies by themselves, and records of them that anybody may have made;
 * commands/run/power_test.c has those of programs. */
#include "platform/power/ledger.h"

#include <string.h>

#include "base/bits.h"
#include "platform/machine/parts.h"
#include "tests/harness.h"

OWNER(struct cairn_machine, cairn_destroy)

static uint64_t sum_of_bins(const struct residency *residency, unsigned state)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < POWER_BINS; i++) {
        sum += residency->bins[i][state];
    }
    return sum;
}

/* From 700 ns on, so that bins do not begin at round times. */
TEST(bins_hold_all_of_the_time_however_long_it_gets)
{
    struct residency residency = {
        .start_ns = 700, .since_ns = 700, .bin_ns = 1};
    uint64_t expected[POWER_STATES] = {0};
    uint64_t now = 700;

    for (unsigned i = 0; i < 3000; i++) {
        uint64_t length = 1 + (uint64_t)i * i * 7919 % (10 + i * 1000);
        unsigned state = (i + 1) % 3;

        expected[residency.state] += length;
        now += length;
        residency_change(&residency, state, now);
        EXPECT_EQ(residency.since_ns, now);
    }
    for (unsigned state = 0; state < POWER_STATES; state++) {
        EXPECT_EQ(residency.time_ns[state], expected[state]);
        EXPECT_EQ(sum_of_bins(&residency, state), expected[state]);
    }
    EXPECT(now - 700 <= residency.bin_ns * POWER_BINS);
    EXPECT(now - 700 > residency.bin_ns * POWER_BINS / 2);
    for (size_t i = 0; (i + 1) * residency.bin_ns <= now - 700; i++) {
        EXPECT_EQ(residency.bins[i][0] + residency.bins[i][1] +
                      residency.bins[i][2],
                  residency.bin_ns);
    }
}

TEST(a_change_at_an_earlier_time_takes_none)
{
    struct residency residency = {.bin_ns = 1};

    residency_change(&residency, 1, 100);
    residency_change(&residency, 2, 60);
    residency_change(&residency, 2, 80);
    residency_change(&residency, 0, 130);
    EXPECT_EQ(residency.time_ns[0], 100);
    EXPECT_EQ(residency.time_ns[1], 0);
    EXPECT_EQ(residency.time_ns[2], 30);
    EXPECT_EQ(residency.entries[2], 1);
    EXPECT_EQ(residency_open(&residency, 200), 70);
    EXPECT_EQ(residency_open(&residency, 20), 0);
}

static struct cairn_machine *make(bool power)
{
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "an385", .power = power};
    struct cairn_error error = {""};
    struct cairn_machine *machine = NULL;

    EXPECT_EQ(cairn_create(&options, &machine, &error), 0);
    EXPECT_STR(error.text, "");
    return machine;
}

static int load(struct cairn_machine *machine, const struct buffer *state,
                struct error *error)
{
    const uint8_t *bytes = state->bytes;
    size_t size = state->size;
    int code = parts_load(machine, &bytes, &size, error);

    EXPECT(code != 0 || size == 0);
    return code;
}

TEST(records_are_for_those_that_want_them)
{
    struct error error = {""};

    for (unsigned i = 0; i < 4; i++) {
        struct cairn_machine *from = make((i & 1) != 0);
        OWNED(cairn_destroy_at) struct cairn_machine *to = make((i & 2) != 0);
        struct buffer state = {0};

        REQUIRE(from && to);
        cairn_power(from);
        cairn_power(to);
        parts_save(from, &state);
        test_case("%u", i);
        EXPECT_EQ(load(to, &state, &error), 0);
        EXPECT_STR(error.text, "");
        buffer_fini(&state);
        cairn_destroy(from);
    }
}

/* The value of the first field of that name. */
static uint8_t *value_of(const struct buffer *state, const char *field)
{
    size_t length = strlen(field);

    for (size_t i = 0; i + length + 12 < state->size; i++) {
        uint8_t *at = state->bytes + i;

        if (load_le32(at) == length && memcmp(at + 4, field, length) == 0) {
            return at + 4 + length + 4;
        }
    }
    return NULL;
}

/* Each would make the loops over bins leave them, or never end. */
TEST(records_that_no_ledger_makes_are_refused)
{
    static const struct {
        const char *field;
        uint64_t value;
    } rows[] = {
        {"bin_ns",   0                },
        {"bin_ns",   UINT64_MAX       },
        {"bin_ns",   (uint64_t)1 << 60},
        {"since_ns", UINT64_MAX       },
        {"since_ns", POWER_BINS + 1   },
        {"start_ns", 1                },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(cairn_destroy_at) struct cairn_machine *machine = make(true);
        OWNED(buffer_fini) struct buffer state = {0};
        struct error error = {""};

        REQUIRE(machine);
        cairn_power(machine);
        parts_save(machine, &state);
        uint8_t *value = value_of(&state, rows[i].field);
        REQUIRE(value);
        memcpy(value, &rows[i].value, sizeof(rows[i].value));
        test_case("%s %llx", rows[i].field, (unsigned long long)rows[i].value);
        EXPECT_EQ(load(machine, &state, &error), -EINVAL);
        EXPECT(strstr(error.text, "no ledger is so") != NULL);
    }
}

TEST(a_machine_without_a_ledger_has_no_account)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(false);
    struct cairn_power_consumer consumer;
    struct cairn_power_span span;
    const char *cause;
    uint64_t count;

    REQUIRE(machine);
    EXPECT_EQ(cairn_power_span_get(machine, &span), -ENOENT);
    EXPECT_EQ(cairn_power_consumer_get(machine, 0, &consumer), -ENOENT);
    EXPECT_EQ(cairn_power_wake_get(machine, 0, 0, &cause, &count), -ENOENT);
    EXPECT_EQ(cairn_power_bin(machine, 0, 0, 0), 0);
}

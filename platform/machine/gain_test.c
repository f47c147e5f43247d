/* SPDX-License-Identifier: Apache-2.0 */
/* When cores run at the same time: after which slices, and for how long. */
#include "base/bits.h"
#include "platform/machine/gain.h"
#include "tests/harness.h"

enum { CORES = 4, WINDOWS = 40, SLICE = 16384, MILLISECOND = 1000000 };

/* Slices of a core, one after the other in the order of the row. */
struct slices {
    unsigned core;
    uint64_t executed;
    enum gain_end end;
};

static const struct row {
    const char *name;
    unsigned processors; /* of the host */
    bool together;
    struct slices slices[CORES];
} rows[] = {
    {"two that work",
     2, true,
     {{0, SLICE, GAIN_WORKS}, {1, SLICE, GAIN_WORKS}}    },
    {"four that work",
     2, true,
     {{0, SLICE, GAIN_WORKS},
      {1, SLICE, GAIN_WORKS},
      {2, SLICE, GAIN_WORKS},
      {3, SLICE, GAIN_WORKS}}                            },
    {"two that work, one processor of the host",
     1, false,
     {{0, SLICE, GAIN_WORKS}, {1, SLICE, GAIN_WORKS}}    },
    {"one that works beside three that wait",
     2, false,
     {{0, SLICE, GAIN_ALONE},
      {1, 56, GAIN_WAITS},
      {2, 56, GAIN_WAITS},
      {3, 56, GAIN_WAITS}}                               },
    {"one that works, now and then beside another",
     2, false,
     {{0, 9 * SLICE, GAIN_WORKS}, {1, SLICE, GAIN_WORKS}}},
    {"two in turn, each alone",
     2, false,
     {{0, SLICE, GAIN_ALONE}, {1, SLICE, GAIN_ALONE}}    },
    {"two that pass a flag",
     2, true,
     {{0, 100, GAIN_WAITS}, {1, 100, GAIN_WAITS}}        },
    {"four that pass a flag, two processors of the host",
     2, false,
     {{0, 100, GAIN_WAITS},
      {1, 100, GAIN_WAITS},
      {2, 100, GAIN_WAITS},
      {3, 100, GAIN_WAITS}}                              },
    {"two that wake each other",
     2, false,
     {{0, 100, GAIN_SLEEPS}, {1, 100, GAIN_SLEEPS}}      },
};

/* Windows until the cores are to run at the same time; WINDOWS: never. A
 * millionth of a second is used for each thousand instructions, and `spent`
 * times that passes. */
static unsigned windows_of(struct gain *gain, const struct row *row,
                           unsigned spent)
{
    unsigned count = 0;

    for (unsigned i = 0; count < WINDOWS && i < 10000000; i++) {
        const struct slices *slices = &row->slices[i % CORES];
        const uint64_t before = gain->executed;

        if (slices->executed == 0) {
            continue;
        }
        gain_note(gain, slices->core, slices->executed, slices->end);
        gain_pass(gain, slices->executed * spent, slices->executed);
        if (gain_is_over(gain) && gain_look(gain)) {
            return count;
        }
        count += gain->executed < before;
    }
    return count;
}

static unsigned windows(struct gain *gain, const struct row *row)
{
    return windows_of(gain, row, 1);
}

static void begin(struct gain *gain, const struct row *row)
{
    gain_init(gain, CORES);
    gain->processors = row->processors;
}

TEST(cores_run_at_the_same_time_where_that_promises_a_gain)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(gain_fini) struct gain gain;

        begin(&gain, &rows[i]);
        test_case("%s", rows[i].name);
        EXPECT_EQ(windows(&gain, &rows[i]) < WINDOWS, rows[i].together);
    }
}

/* Two that work execute an instruction in a nanosecond in turns. */
TEST(a_stretch_that_pays_makes_the_next_one_longer)
{
    OWNED(gain_fini) struct gain gain;

    begin(&gain, &rows[0]);
    uint64_t length = 0;
    for (unsigned i = 0; i < 5; i++) {
        unsigned ticks = 1;

        EXPECT(windows(&gain, &rows[0]) < 3);
        while (!gain_ends(&gain, MILLISECOND, MILLISECOND,
                          (uint64_t)ticks * MILLISECOND)) {
            ticks++;
        }
        EXPECT(ticks > length);
        length = ticks;
        gain_settle(&gain, (uint64_t)ticks * MILLISECOND * 19 / 10);
    }
}

TEST(a_stretch_in_vain_puts_the_next_one_off)
{
    static const struct {
        const char *name;
        uint64_t both_ns;  /* of a millisecond */
        uint64_t executed; /* in it */
    } reasons[] = {
        {"cores wait",              MILLISECOND / 3, MILLISECOND * 19 / 10},
        {"it is slower than turns", MILLISECOND,     MILLISECOND * 8 / 10 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
        OWNED(gain_fini) struct gain gain;
        unsigned last = 0;

        begin(&gain, &rows[0]);
        EXPECT(windows(&gain, &rows[0]) < 3);
        for (unsigned turn = 0; turn < 5; turn++) {
            unsigned ticks = 1;

            while (!gain_ends(&gain, MILLISECOND, reasons[i].both_ns,
                              (uint64_t)ticks * MILLISECOND)) {
                ticks++;
            }
            gain_settle(&gain, ticks * reasons[i].executed);
            unsigned count = windows(&gain, &rows[0]);
            test_case("%s: %u windows", reasons[i].name, count);
            EXPECT(count >= last);
            last = count;
        }
        EXPECT(last >= 16);
    }
}

/* Other programs leave a part of each processor: the stretch lasts as much
 * longer, and has to beat what turns get. */
TEST(a_host_that_others_load_is_shared_as_turns_share_it)
{
    static const struct {
        const char *name;
        unsigned spent;  /* of a millisecond used */
        unsigned tenths; /* executed, of what one core would */
        bool pays;
    } hosts[] = {
        {"quiet, two get two processors",     1,  19, true },
        {"quiet, two get one",                1,  10, false},
        {"loaded, two get twice one's part",  10, 19, true },
        {"loaded, two get one's part",        10, 10, false},
        {"very busy, two get twice a little", 20, 19, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
        OWNED(gain_fini) struct gain gain;
        unsigned ticks = 1;

        begin(&gain, &rows[0]);
        EXPECT(windows_of(&gain, &rows[0], hosts[i].spent) < 3);
        while (!gain_ends(&gain, MILLISECOND, MILLISECOND,
                          (uint64_t)ticks * MILLISECOND / hosts[i].spent)) {
            ticks++;
        }
        gain_settle(&gain, (uint64_t)ticks * MILLISECOND * hosts[i].tenths /
                               10 / hosts[i].spent);
        const uint64_t next = gain.stretch_ns;
        test_case("%s: %u ticks", hosts[i].name, ticks);
        EXPECT_EQ(ticks, 2 * hosts[i].spent);
        EXPECT_EQ(gain.pause != 0, !hosts[i].pays);
        EXPECT_EQ(next > 2 * MILLISECOND, hosts[i].pays);
    }
}

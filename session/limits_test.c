/* SPDX-License-Identifier: Apache-2.0 */
#include "session/limits.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/bits.h"
#include "tests/harness.h"

OWNER(struct cairn_machine, cairn_destroy)

/* Without power: no instruction is done, and time stands. */
static struct cairn_machine *make_machine(void)
{
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "caliptra-1.1"};
    struct cairn_machine *machine = NULL;

    EXPECT_EQ(cairn_create(&options, &machine, NULL), 0);
    return machine;
}

TEST(the_shorter_limit_counts_and_is_named)
{
    static const struct {
        uint64_t instructions, virtual_ns;
        bool watched;
        uint64_t time_ns;
        const char *raises;
        uint64_t resets;
    } rows[] = {
        {0,                    0,      false, 0,                      "--max-instructions", 20000                     },
        {0,                    5,      false, 5,                      "--max-time",         20000                     },
        {1000,                 0,      false, 100000,                 "--max-instructions", 20000                     },
        {1000,                 99999,  false, 99999,                  "--max-time",         20000                     },
        {1000,                 100000, false, 100000,                 "--max-instructions", 20000                     },
        {20000000000,          0,      false, 2000000000000,          "--max-instructions", 20000                     },
        {20001000000,          0,      false, 2000100000000,          "--max-instructions", 20001                     },
        {1000,                 1,      true,  1,                      "--max-time",         UINT64_MAX                },
        {UINT64_MAX / 100,     0,      false, UINT64_MAX / 100 * 100,
         "--max-instructions",                                                              UINT64_MAX / 100 / 1000000},
        {UINT64_MAX / 100 + 1, 0,      false, UINT64_MAX,             "--max-instructions",
         (UINT64_MAX / 100 + 1) / 1000000                                                                             },
    };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_machine();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_limits limits;
        struct cairn_until until = {.size = sizeof(until)};
        test_case("row %zu", i);
        session_limits_begin(&limits, machine, rows[i].instructions,
                             rows[i].virtual_ns, rows[i].watched);
        EXPECT_STR(limits.raises, rows[i].raises);
        EXPECT_EQ(limits.resets_max, rows[i].resets);
        EXPECT_EQ(limits.resets, 0);
        EXPECT(session_limits_put(&limits, &until));
        EXPECT_EQ(until.instructions, rows[i].instructions);
        EXPECT_EQ(until.limit_ns, rows[i].time_ns);
        EXPECT(!session_limits_is_late(&limits));
        limits.end_ns = 0;
        EXPECT_EQ(session_limits_is_late(&limits), rows[i].time_ns != 0);
        limits.end = 0;
        EXPECT_EQ(session_limits_put(&limits, &until),
                  rows[i].instructions == 0);
    }
}

TEST(resets_have_a_number)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_machine();
    struct session_limits limits;

    session_limits_begin(&limits, machine, 1, 0, false);
    limits.resets_max = 2;
    EXPECT(session_limits_reset(&limits));
    EXPECT(session_limits_reset(&limits));
    EXPECT(!session_limits_reset(&limits));
    EXPECT_EQ(limits.resets, 2);
}

TEST(each_stop_has_its_words)
{
    static const struct {
        enum cairn_stop stop;
        int code;
        const char *words;
    } rows[] = {
        {CAIRN_STOP_BUDGET,     -ETIMEDOUT,
         "the limit of 5000000 instructions was reached: the machine has no "
         "power; --max-instructions raises it"                         },
        {CAIRN_STOP_TIME,       -ETIMEDOUT,
         "the limit of 400.000001 ms of virtual time was reached: the machine "
         "has no "
         "power; --max-time raises it"                                 },
        {CAIRN_STOP_RESET,      -ETIMEDOUT,
         "the limit of 1 resets was reached: the machine has no power; "
         "--max-instructions raises it"                                },
        {CAIRN_STOP_IDLE,       -EDEADLK,    "the machine has no power"},
        {CAIRN_STOP_UNMODELLED, -EOPNOTSUPP,
         "an unmodelled feature was accessed (strict)"                 },
        {CAIRN_STOP_OFF,        0,           ""                        },
    };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_machine();
    struct session_limits limits;

    session_limits_begin(&limits, machine, 5000000, 400000001, false);
    (void)session_limits_reset(&limits);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        test_case("row %zu", i);
        EXPECT_EQ(session_limits_judge(&limits, rows[i].stop, &error),
                  rows[i].code);
        EXPECT_STR(error.text, rows[i].words);
    }
}

TEST(the_time_of_the_host_has_a_limit)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_machine();
    struct session_timeout timeout;
    struct cairn_error error = {""};

    session_timeout_begin(&timeout, 0);
    EXPECT_EQ(timeout.end_ns, 0);
    EXPECT(!session_timeout_is_over(&timeout));
    session_timeout_begin(&timeout, UINT64_MAX);
    EXPECT_EQ(timeout.end_ns, UINT64_MAX);
    EXPECT(!session_timeout_is_over(&timeout));
    session_timeout_begin(&timeout, 1000000);
    (void)nanosleep(&pause, NULL);
    EXPECT(session_timeout_is_over(&timeout));
    timeout.end_ns = UINT64_MAX; /* over is over */
    EXPECT(session_timeout_is_over(&timeout));
    EXPECT_EQ(session_timeout_judge(machine, 1500000000000000, &error),
              -ETIMEDOUT);
    EXPECT_STR(
        error.text,
        "--timeout: 1500000.000 s of the host's time were over at instruction "
        "0; another run may end elsewhere");
}

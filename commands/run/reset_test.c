/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that resets itself is one run: its limits, its time and its events.
 * And the clock that no reset sets back. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "base/event.h"
#include "host/file.h"
#include "tests/command.h"

/* SYSTEM_RESET, and nothing else. */
static const uint32_t resets[] = {
    0x52800120, /* mov  w0, #9 */
    0x72b08000, /* movk w0, #0x8400, lsl #16 */
    0xd4000002, /* hvc  #0 */
};

static char *write_kernel(void)
{
    char *path = xasprintf("/tmp/cairn-reset-%d", (int)getpid());
    EXPECT_EQ(file_write(path, resets, sizeof(resets), NULL), 0);
    return path;
}

#define RUN(...) CAIRN("run", __VA_ARGS__)

TEST(a_guest_that_only_resets_ends_at_its_limit)
{
    static const char *const engines[] = {"interpreter", "compiler"};
    OWNED(free_at) char *kernel = write_kernel();
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        test_case("%s", engines[i]);
        struct outcome outcome =
            RUN("virt", "--kernel", kernel, "--max-instructions", "1000",
                "--engine", engines[i]);
        EXPECT_EQ(outcome.code, COMMAND_FAILED);
        EXPECT(strstr(outcome.out, "0.001000 ms, 1000 instructions"));
        EXPECT(strstr(outcome.out, "events        333 reset, 334 release\n"));
        EXPECT(strstr(outcome.out, "the limit of 1000 instructions"));
        EXPECT(strstr(outcome.out,
                      "0.000999 ms  reset      psci          system: "
                      "system reset"));
        outcome_fini(&outcome);
    }
    unlink(kernel);
}

/* Without --max-instructions a program of three instructions would be reset for
 * an hour. */
TEST(a_guest_that_only_resets_ends_at_a_limit_of_resets)
{
    OWNED(free_at) char *kernel = write_kernel();
    struct outcome outcome = RUN("virt", "--kernel", kernel, "--quiet");
    EXPECT_EQ(outcome.code, COMMAND_FAILED);
    EXPECT(strstr(outcome.out,
                  "the limit of 20000 resets was reached; "
                  "--max-instructions raises it"));
    outcome_fini(&outcome);
    unlink(kernel);
}

TEST(the_time_of_events_never_goes_back)
{
    static const char key[] = "\"time_ns\":";
    OWNED(free_at) char *kernel = write_kernel();
    struct outcome outcome = RUN("virt", "--kernel", kernel, "--cpus", "2",
                                 "--max-instructions", "300", "--json");
    uint64_t last = 0;
    unsigned events = 0;
    for (const char *at = outcome.out; (at = strstr(at, key)) != NULL;
         at += sizeof(key)) {
        uint64_t now = strtoull(at + sizeof(key) - 1, NULL, 10);
        if (at == outcome.out + 1 || strncmp(at - 2, "\n{", 2) == 0) {
            EXPECT(now >= last);
            last = now;
            events++;
        }
    }
    EXPECT_EQ(last, 300);
    EXPECT_EQ(events, 201);
    outcome_fini(&outcome);
    unlink(kernel);
}

TEST(more_events_than_are_kept_are_counted)
{
    OWNED(free_at) char *kernel = write_kernel();
    char *limit = xasprintf("%d", (EVENTS_MAX + 10) / 2 * 3);
    struct outcome outcome =
        RUN("virt", "--kernel", kernel, "--quiet", "--max-instructions", limit);
    char *omitted = xasprintf("; %d more are not listed", EVENTS_DROPPED);
    EXPECT(outcome.out && strstr(outcome.out, omitted));
    free(omitted);
    free(limit);
    outcome_fini(&outcome);
    unlink(kernel);
}

TEST(the_clock_starts_with_a_date)
{
    static const struct {
        const char *given;
        const char *told; /* NULL: misuse */
    } rows[] = {
        {"1970-01-01",           "1970-01-01T00:00:00Z"},
        {"2024-02-29",           "2024-02-29T00:00:00Z"},
        {"2026-11-22T16:40",     "2026-11-22T16:40:00Z"},
        {"2026-12-31T23:59:59Z", "2026-12-31T23:59:59Z"},
        {"2106-02-07T06:28:15Z", "2106-02-07T06:28:15Z"},
        {"2106-02-07T06:28:16Z", NULL                  },
        {"2100-02-29",           NULL                  },
        {"1969-12-31",           NULL                  },
        {"2026-13-01",           NULL                  },
        {"2026-00-01",           NULL                  },
        {"2026-11-00",           NULL                  },
        {"2026-11-22T24:00",     NULL                  },
        {"2026-11-22T16:40:00+", NULL                  },
        {"2026-11-22T",          NULL                  },
        {"later",                NULL                  },
        {"",                     NULL                  },
    };
    OWNED(free_at) char *kernel = write_kernel();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].given);
        struct outcome outcome =
            RUN("virt", "--kernel", kernel, "--max-instructions", "9", "--rtc",
                rows[i].given);
        char *line = xasprintf("  rtc           %s at the start\n",
                               rows[i].told ? rows[i].told : "?");
        EXPECT_EQ(outcome.code,
                  rows[i].told ? COMMAND_FAILED : COMMAND_MISUSED);
        EXPECT_EQ(strstr(outcome.out, line) != NULL, rows[i].told != NULL);
        free(line);
        outcome_fini(&outcome);
    }
    unlink(kernel);
}

/* The snapshot of a run from now on names the date that now was. */
TEST(now_becomes_a_date)
{
    OWNED(free_at) char *kernel = write_kernel();
    char *snapshot = xasprintf("%s.snapshot", kernel);
    struct outcome saved = RUN("virt", "--kernel", kernel, "--max-instructions",
                               "9", "--rtc", "now", "--save", snapshot);
    struct outcome shown = CAIRN("inspect", snapshot);
    const char *date = strstr(saved.out, "  rtc           ");
    REQUIRE(date);
    char *option = xasprintf("--rtc=%.20s", date + 16);
    EXPECT(strstr(shown.out, option));
    EXPECT(!strstr(shown.out, "--rtc=now"));
    free(option);
    outcome_fini(&saved);
    outcome_fini(&shown);
    unlink(snapshot);
    free(snapshot);
    unlink(kernel);
}

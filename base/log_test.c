/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdio.h>
#include <string.h>

#include "tests/harness.h"

struct capture {
    unsigned lines;
    char last[600];
};

static void sink(void *context, enum log_kind kind, const char *line)
{
    struct capture *capture = context;
    capture->lines++;
    snprintf(capture->last, sizeof(capture->last), "%s", line);
}

static uint64_t now(void *clock)
{
    return *(uint64_t *)clock;
}

TEST(a_line_names_time_kind_and_agent)
{
    struct log log;
    struct capture capture = {0};
    uint64_t time = 1500042;
    log_init(&log);
    log.sink = sink;
    log.context = &capture;
    log_write(&log, LOG_GUEST, "uart", 4, "bad %s", "value");
    EXPECT_STR(capture.last, "guest: uart: bad value");
    log.now_ns = now;
    log.clock = &time;
    log_write(&log, LOG_UNMODELLED, "uart", 8, "x");
    EXPECT_STR(capture.last, "     1.500042 ms unmodelled: uart: x");
}

TEST(repeats_of_a_place_are_counted_not_printed)
{
    struct log log;
    struct capture capture = {0};
    log_init(&log);
    log.sink = sink;
    log.context = &capture;
    for (int i = 0; i < 100; i++) {
        log_write(&log, LOG_GUEST, "uart", 4, "again");
    }
    EXPECT_EQ(capture.lines, LOG_REPEATS);
    EXPECT(strstr(capture.last, "only counted") != NULL);
    EXPECT_EQ(log.count[LOG_GUEST], 100);
    log_write(&log, LOG_GUEST, "uart", 5, "elsewhere");
    EXPECT_EQ(capture.lines, LOG_REPEATS + 1);
}

TEST(trace_is_off_until_enabled_and_then_unlimited)
{
    struct log log;
    struct capture capture = {0};
    log_init(&log);
    log.sink = sink;
    log.context = &capture;
    log_write(&log, LOG_TRACE, "hart0", 0, "x");
    EXPECT_EQ(capture.lines, 0);
    log.enabled[LOG_TRACE] = true;
    for (int i = 0; i < 100; i++) {
        log_write(&log, LOG_TRACE, "hart0", 0, "x");
    }
    EXPECT_EQ(capture.lines, 100);
}

TEST(strict_fails_on_the_first_unmodelled_line_only)
{
    struct log log;
    log_init(&log);
    log_write(&log, LOG_UNMODELLED, "uart", 0, "x");
    EXPECT(!log_failed(&log));
    log_init(&log);
    log.strict = true;
    log_write(&log, LOG_GUEST, "uart", 0, "x");
    EXPECT(!log_failed(&log));
    log_write(&log, LOG_UNMODELLED, "uart", 0, "x");
    EXPECT(log_failed(&log));
}

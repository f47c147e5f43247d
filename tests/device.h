/* SPDX-License-Identifier: Apache-2.0 */
/* bus/device_check.h as a check of the test harness. */
#ifndef TESTS_DEVICE_H
#define TESTS_DEVICE_H

#include <stdio.h>

#include "bus/device_check.h"
#include "tests/harness.h"

static inline unsigned test_report_device(unsigned failures,
                                          struct buffer *report)
{
    fputs(buffer_text(report), stdout);
    buffer_fini(report);
    return failures;
}

/* A created and initialised device, and the names of rows whose values are
 * not checked (NULL-terminated, or NULL). */
#define EXPECT_DEVICE(device, exclusions)                                      \
    do {                                                                       \
        struct buffer report_ = {0};                                           \
        unsigned failures_ = device_check((device), (exclusions), &report_);   \
        EXPECT_EQ(test_report_device(failures_, &report_), 0);                 \
    } while (0)

/* The same from a type whose init needs neither properties nor peers. */
#define EXPECT_DEVICE_TYPE(type, exclusions)                                   \
    do {                                                                       \
        struct buffer report_ = {0};                                           \
        unsigned failures_ =                                                   \
            device_check_type((type), (exclusions), &report_);                 \
        EXPECT_EQ(test_report_device(failures_, &report_), 0);                 \
    } while (0)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts that a device tells the world, in order: lines of the log, events as
 * facts of base/event.def with subject, values and digest, and each change of
 * its outputs.
 *
 *   guest: device: burning is locked
 *   fact FUSE_BURNT 0x4 0x1
 *   fact PCR_EXTENDED of 0x3 00ff...
 *   line0 = 0
 */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include "base/buffer.h"
#include "bus/device.h"
#include "tests/harness.h"

struct told {
    struct device *device;
    struct buffer text;
};

/* Listens to the device and its fabric from now on. The record stands still
 * until told_fini, which comes before the device's end. */
void told_init(struct told *told, struct device *device);
void told_fini(struct told *told);
void told_clear(struct told *told);

/* Expects this text, no more and no less, since the last time. */
#define EXPECT_TOLD(told, expected)                                            \
    do {                                                                       \
        EXPECT_STR(buffer_text(&(told)->text), expected);                      \
        told_clear(told);                                                      \
    } while (0)

#endif

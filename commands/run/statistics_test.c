/* SPDX-License-Identifier: Apache-2.0 */
/* The guest touches a page, maps it from the exception that this takes, and
 * drops it from the TLB: TURNS times. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/command.h"

#define BENCHMARKS "build/out/guest/bench/a64.bin"

enum {
    PAGE_FAULTS = 13, /* its number in guest/bench/kernels.def */
    TURNS = 2000,     /* of a hundred each in the parameter */
    FILE_MAX = 1 << 20,
};

static bool make_image(char *path)
{
    struct buffer image = {0};
    struct error error;
    int file = mkstemp(path);

    if (file < 0 || file_read(BENCHMARKS, FILE_MAX, &image, &error) != 0) {
        return false;
    }
    close(file);
    store_le64(image.bytes + 64, PAGE_FAULTS);
    store_le64(image.bytes + 72, TURNS / 100);
    bool good = file_write(path, image.bytes, image.size, &error) == 0;
    buffer_fini(&image);
    return good;
}

/* Returns what --stats prints; the caller frees it. */
static char *run(const char *image, const char *engine)
{
    struct outcome outcome =
        CAIRN("run", "virt", "--kernel", image, "--engine", engine, "--stats");

    EXPECT_EQ(outcome.code, COMMAND_DONE);
    free(outcome.out);
    return outcome.err;
}

static double figure(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return EXPECT(at != NULL) ? strtod(at + strlen(name), NULL) : -1;
}

/* Around the turns the guest does little. */
static bool is_about(double value, double expected)
{
    return EXPECT(value >= expected && value < expected + 300);
}

/* The time of all is that of one, times their number; both have one digit
 * behind the point. */
static void expect_shared(const char *text, const char *all, const char *one,
                          const char *number)
{
    double count = figure(text, number);
    double apart = figure(text, all) - figure(text, one) * count / 1e6;

    EXPECT(figure(text, one) > 0);
    EXPECT(apart > -0.06 - count / 1e7 && apart < 0.06 + count / 1e7);
}

static void expect_of_guest(const char *text)
{
    is_about(figure(text, "  exceptions taken"), TURNS);
    is_about(figure(text, "  TLB flushes, by address"), TURNS);
    is_about(figure(text, "  TLB fills, read"), TURNS);
    /* A page of tables is writable for one store, which is looked at. */
    is_about(figure(text, "  TLB fills, write"), 2.0 * TURNS);
    EXPECT(figure(text, "  TLB fills, fetch") > 0);
    EXPECT(figure(text, "  TLB flushes, banks") > 0);
    EXPECT(figure(text, "  instructions ") > 10.0 * TURNS);
    EXPECT(figure(text, "  instructions decoded") > 50);
    is_about(figure(text, "  cpu0 exceptions, data abort "), TURNS);
    EXPECT(figure(text, "  uart registers, writes") > 10);
    expect_shared(text, "  decoding, ms", "  decoding, ns an instruction",
                  "  instructions decoded");
}

TEST(statistics_count_what_a_guest_is_known_to_do)
{
    char image[] = "/tmp/cairn-statistics-XXXXXX";

    REQUIRE(make_image(image));
    char *text = run(image, "interpreter");
    expect_of_guest(text);
    EXPECT_EQ(figure(text, "  blocks compiled"), 0);
    EXPECT_EQ(figure(text, "  entries"), 0);
    EXPECT_EQ(figure(text, "  compiling, ms"), 0);
    EXPECT_EQ(figure(text, "  compiling, ns an instruction"), 0);
    EXPECT_EQ(figure(text, "  bytes an instruction"), 0);
    free(text);
    unlink(image);
}

TEST(statistics_count_what_the_compiler_did)
{
    char image[] = "/tmp/cairn-statistics-XXXXXX";

    REQUIRE(make_image(image));
    char *text = run(image, "compiler");
    expect_of_guest(text);
    double blocks = figure(text, "  blocks compiled");
    double instructions = figure(text, "  instructions in them");
    double bytes = figure(text, "  bytes of host code");
    EXPECT(blocks > 10);
    EXPECT(instructions > blocks);
    EXPECT(bytes > instructions);
    expect_shared(text, "  compiling, ms", "  compiling, ns an instruction",
                  "  instructions in them");
    EXPECT_EQ((long)(figure(text, "  bytes an instruction") * 10 + 0.5),
              (long)(bytes * 10 / instructions + 0.5));
    double exits = figure(text, "  exits for the run loop") +
                   figure(text, "  exits at a budget's end") +
                   figure(text, "  exits for missing code") +
                   figure(text, "  exits for a step");
    EXPECT_EQ(figure(text, "  entries"), exits);
    free(text);
    unlink(image);
}

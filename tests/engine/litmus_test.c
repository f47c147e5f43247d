/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest/tests/litmus on processors that run at the same time: what Arm's memory
 * model forbids (DDI 0487, B2.3) never comes, what it allows and a host brings
 * about does come, and no addition is lost. CAIRN_LITMUS says how many
 * instances of each test to run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/time.h"
#include "include/cairn/cairn.h"
#include "platform/machine/run.h"
#include "tests/harness.h"
#include "tests/machine.h"

#define IMAGE "build/out/guest/litmus/litmus.bin"

enum {
    IMAGE_LIMIT = 1 << 20,
    PARAMETERS = 64, /* where they are in the image */
    INSTANCES = 1024,
    ADDITIONS = 3000,
    PATTERNS = 16,
    ALL = 1000,
    SECONDS = 120, /* until some two threads must have met */
};
/* Processors wait for each other by executing, also for one that a busy host
 * does not run: that was a budget of 20 G. */
#define BUDGET 400000000000u

/* As the image has them. */
struct parameters {
    uint64_t processors;
    uint64_t instances;
    uint64_t tests;
    uint64_t additions;
    uint64_t turns;
};

struct outcomes {
    char name[32];
    uint64_t counts[PATTERNS];
};

static void hear(void *context, const char *device, uint8_t byte)
{
    buffer_append(context, &byte, 1);
}

static uint64_t instances(void)
{
    return test_number("CAIRN_LITMUS", INSTANCES);
}

/* The output of the guest, with its zero. */
static void run(const struct parameters *parameters, bool parallel,
                enum cairn_engine engine, struct buffer *text)
{
    OWNED(buffer_fini) struct buffer image = {0};
    struct cairn_error error = {""};
    REQUIRE(file_read(IMAGE, IMAGE_LIMIT, &image, NULL) == 0);
    REQUIRE(image.size > PARAMETERS + sizeof(*parameters));
    memcpy(image.bytes + PARAMETERS, parameters, sizeof(*parameters));
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {"litmus", image.bytes, image.size},
        .memory_bytes = 64 << 20,
        .cpus = (unsigned)parameters->processors,
        .cpu = "neoverse-n1",
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .seed = 1,
        .engine = engine,
        .parallel = parallel,
        .guest = &guest,
        .callbacks = {.console = hear, .context = text},
    };
    struct cairn_machine *machine = NULL;
    if (cairn_create(&options, &machine, &error) != 0) {
        printf("%s\n", error.text);
        REQUIRE(machine);
    }
    if (parallel) {
        parallel_always(machine->parallel);
    }
    cairn_power(machine);
    EXPECT_EQ(run_instructions(machine, BUDGET), CAIRN_STOP_OFF);
    cairn_destroy(machine);
    buffer_append(text, "", 1);
}

/* ---- What came ----------------------------------------------------------- */

/* "NAME OUTCOME:COUNT ...", in hexadecimal; false: it is something else. */
static bool read_outcomes(const char *line, struct outcomes *outcomes)
{
    size_t length = strcspn(line, " \n");
    *outcomes = (struct outcomes){.name = ""};
    if (length == 0 || length >= sizeof(outcomes->name) ||
        strncmp(line, "add ", 4) == 0) {
        return false;
    }
    memcpy(outcomes->name, line, length);
    for (const char *at = line + length; *at == ' ';) {
        char *end;
        uint64_t which = strtoull(at + 1, &end, 16);
        if (which >= PATTERNS || *end != ':') {
            return false;
        }
        outcomes->counts[which] = strtoull(end + 1, &end, 16);
        at = end;
    }
    return true;
}

/* Which outcomes a test's name forbids; a name without an underscore stands for
 * plain accesses, which may be reordered. */
static bool is_forbidden(const char *name, unsigned outcome)
{
    bool ordered = strchr(name, '_') != NULL;

    if (strncmp(name, "MP", 2) == 0) { /* the flag, but not the message */
        return ordered && (outcome & 12) == 4;
    }
    if (strncmp(name, "SB", 2) == 0) { /* neither saw the other's store */
        return ordered && (outcome & 5) == 0;
    }
    if (strncmp(name, "LB", 2) == 0) { /* each saw the other's later store */
        return ordered && (outcome & 5) == 5;
    }
    if (strncmp(name, "IRIW", 4) == 0) { /* two stores, two orders */
        return ordered && outcome == 5;
    }
    return (outcome & 12) == 4; /* CoRR: the store, and then not */
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : NULL;
}

/* The number of tests that were judged. */
static unsigned judge(const char *text)
{
    struct outcomes outcomes;
    unsigned judged = 0;
    for (const char *line = text; line; line = next_line(line)) {
        if (!read_outcomes(line, &outcomes)) {
            continue;
        }
        judged++;
        for (unsigned i = 0; i < PATTERNS; i++) {
            if (is_forbidden(outcomes.name, i) && outcomes.counts[i] != 0) {
                printf("%s: outcome %x came %llu times\n", outcomes.name, i,
                       (unsigned long long)outcomes.counts[i]);
                EXPECT_EQ(outcomes.counts[i], 0);
            }
        }
    }
    return judged;
}

/* ---- Sums ---------------------------------------------------------------- */

/* Two neighbours of one or two bytes; the adder's parity selects one. */
static uint64_t sum_of(const char *name, uint64_t processors, uint64_t turns)
{
    char size = name[strlen(name) - 1];
    uint64_t even = (processors + 1) / 2 * turns;
    uint64_t odd = processors / 2 * turns;
    if (strncmp(name, "pair", 4) == 0 || strncmp(name, "locked", 6) == 0) {
        return processors * turns;
    }
    return size == 'b'   ? (even & 0xff) | (odd & 0xff) << 8
           : size == 'h' ? (even & 0xffff) | (odd & 0xffff) << 16
                         : processors * turns;
}

/* The number of sums that were looked at. */
static unsigned check_sums(const char *text,
                           const struct parameters *parameters)
{
    uint64_t each = parameters->additions;
    unsigned checked = 0;
    for (const char *line = text; line; line = next_line(line)) {
        char name[32];
        char *end;
        if (sscanf(line, "add %31s", name) != 1) {
            continue;
        }
        uint64_t sum = strtoull(line + strlen("add ") + strlen(name), &end, 16);
        uint64_t upper = strtoull(end, &end, 16);
        checked++;
        if (sum != sum_of(name, parameters->processors, each)) {
            printf("%s\n", name);
        }
        EXPECT_EQ(sum, sum_of(name, parameters->processors, each));
        EXPECT_EQ(upper, strncmp(name, "pair", 4) == 0
                             ? 2 * parameters->processors * each
                             : 0);
    }
    return checked;
}

static void run_all(unsigned processors, enum cairn_engine engine)
{
    enum { TESTS = 19, OF_FOUR = 3, SUMS = 17 };
    const struct parameters parameters = {processors, instances(), ALL,
                                          ADDITIONS, 0};
    OWNED(buffer_fini) struct buffer text = {0};
    run(&parameters, true, engine, &text);
    EXPECT_EQ(judge(buffer_text(&text)),
              processors == 4 ? TESTS + OF_FOUR : TESTS);
    EXPECT_EQ(check_sums(buffer_text(&text), &parameters), SUMS);
}

/* ---- The tests ----------------------------------------------------------- */

TEST(two_compiled_processors_see_what_the_model_allows)
{
    run_all(2, CAIRN_ENGINE_ANY);
}

TEST(four_compiled_processors_see_what_the_model_allows)
{
    run_all(4, CAIRN_ENGINE_ANY);
}

TEST(two_interpreted_processors_see_what_the_model_allows)
{
    run_all(2, CAIRN_ENGINE_INTERPRETER);
}

TEST(four_interpreted_processors_see_what_the_model_allows)
{
    run_all(4, CAIRN_ENGINE_INTERPRETER);
}

/* How often both threads of SB loaded before either's store was seen. */
static uint64_t overtaken(bool parallel)
{
    const struct parameters parameters = {2, INSTANCES * 4, 1, 0, 0};
    struct buffer text = {0};
    struct outcomes outcomes;
    run(&parameters, parallel, CAIRN_ENGINE_ANY, &text);
    EXPECT(read_outcomes(buffer_text(&text), &outcomes));
    EXPECT_EQ(strcmp(outcomes.name, "SB"), 0);
    uint64_t count = 0;
    for (unsigned i = 0; i < PATTERNS; i++) {
        count += (i & 5) == 0 ? outcomes.counts[i] : 0;
    }
    buffer_fini(&text);
    return count;
}

/* Outcomes that cannot come of turns: processors do run at the same time. A
 * busy host may not run both threads for a while. */
TEST(loads_overtake_stores_where_nothing_orders_them)
{
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
        SKIP("the host has one processor");
    }
    uint64_t end = host_time_ns() + (uint64_t)SECONDS * 1000000000u;
    uint64_t count = 0;
    while (count == 0 && host_time_ns() < end) {
        count = overtaken(true);
    }
    EXPECT(count != 0);
}

TEST(processors_that_run_in_turn_see_stores_in_one_order)
{
    EXPECT_EQ(overtaken(false), 0);
}

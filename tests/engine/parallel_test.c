/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine whose processors run at the same time keeps its promises to its
 * caller: limits, stops, snapshots, and errors for features that it does not
 * support. The guest is guest/tests/litmus, whose work has only one result.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"
#include "tests/machine.h"

#define IMAGE "build/out/guest/litmus/litmus.bin"

enum { IMAGE_LIMIT = 1 << 20, PARAMETERS = 64, TURNS = 200000 };

/* As the image has them. */
struct parameters {
    uint64_t processors;
    uint64_t instances;
    uint64_t tests;
    uint64_t additions;
    uint64_t turns;
    uint64_t clock;
};

struct told {
    struct cairn_machine *machine;
    struct buffer text;
    bool stops; /* the machine, at each byte */
};

static void hear(void *context, const char *device, uint8_t byte)
{
    struct told *told = context;
    buffer_append(&told->text, &byte, 1);
    if (told->stops) {
        cairn_stop(told->machine);
    }
}

static struct cairn_machine *make_for(const struct parameters *parameters,
                                      bool parallel, struct told *told)
{
    const unsigned processors = (unsigned)parameters->processors;
    struct buffer image = {0};
    struct cairn_error error = {""};
    if (file_read(IMAGE, IMAGE_LIMIT, &image, NULL) != 0 ||
        image.size < PARAMETERS + sizeof(*parameters)) {
        return NULL;
    }
    memcpy(image.bytes + PARAMETERS, parameters, sizeof(*parameters));
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {"work", image.bytes, image.size},
        .memory_bytes = 64 << 20,
        .cpus = processors,
        .cpu = "neoverse-n1",
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .seed = 1,
        .parallel = parallel,
        .guest = &guest,
        .callbacks = {.console = hear, .context = told},
    };
    if (cairn_create(&options, &told->machine, &error) == 0) {
        cairn_power(told->machine);
    } else {
        printf("%s\n", error.text);
    }
    buffer_fini(&image);
    return told->machine;
}

static struct cairn_machine *make(unsigned processors, bool parallel,
                                  struct told *told)
{
    const struct parameters parameters = {processors, 0, 0, 0, TURNS, 0};
    return make_for(&parameters, parallel, told);
}

/* The output of a machine whose processors run in turn. */
static void run_in_turn(unsigned processors, struct told *told)
{
    struct cairn_machine *machine = make(processors, false, told);
    REQUIRE(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
    buffer_append(&told->text, "", 1);
    EXPECT(strncmp(buffer_text(&told->text), "work ", 5) == 0);
    cairn_destroy(machine);
}

static void expect_same(struct told *a, struct told *b)
{
    buffer_append(&b->text, "", 1);
    EXPECT_EQ(strcmp(buffer_text(&a->text), buffer_text(&b->text)), 0);
    buffer_fini(&a->text);
    buffer_fini(&b->text);
}

TEST(work_comes_to_the_same_however_processors_run)
{
    for (unsigned processors = 1; processors <= 4; processors++) {
        struct told in_turn = {NULL};
        struct told at_once = {NULL};
        run_in_turn(processors, &in_turn);
        struct cairn_machine *machine = make(processors, true, &at_once);
        REQUIRE(machine);
        EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
        cairn_destroy(machine);
        expect_same(&in_turn, &at_once);
    }
}

/* DDI 0487, D12.1.1, of processors that take turns under a lock and wake each
 * other: each read of the counter is at least what the one before was. */
TEST(the_counter_goes_back_for_no_processor)
{
    enum { CLOCK = 40 };
    for (uint64_t processors = 1; processors <= 4; processors++) {
        const struct parameters parameters = {processors, 0, 0, 0, 0, CLOCK};
        for (unsigned parallel = 0; parallel < 2; parallel++) {
            struct told told = {NULL};
            char wanted[32];
            snprintf(wanted, sizeof(wanted), "clock %llx 0\n",
                     (unsigned long long)processors * CLOCK);
            struct cairn_machine *machine =
                make_for(&parameters, parallel != 0, &told);
            REQUIRE(machine);
            EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
            cairn_destroy(machine);
            buffer_append(&told.text, "", 1);
            test_case("%u processors, parallel %u: %s", (unsigned)processors,
                      parallel, buffer_text(&told.text));
            EXPECT(strcmp(buffer_text(&told.text), wanted) == 0);
            buffer_fini(&told.text);
        }
    }
}

TEST(limits_of_instructions_hold_exactly)
{
    struct told told = {NULL};
    struct cairn_machine *machine = make(3, true, &told);
    REQUIRE(machine);
    static const uint64_t steps[] = {1, 2, 1000, 123457, 5, 1000003};
    uint64_t sum = 0;
    uint64_t time = 0;
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        EXPECT_EQ(run_instructions(machine, steps[i]), CAIRN_STOP_BUDGET);
        sum += steps[i];
        EXPECT_EQ(cairn_instructions(machine, NULL), sum);
        EXPECT(cairn_time_ns(machine) >= time);
        time = cairn_time_ns(machine);
    }
    EXPECT(time > 0);
    cairn_destroy(machine);
    buffer_fini(&told.text);
}

TEST(a_run_until_a_time_ends_there)
{
    struct told told = {NULL};
    struct cairn_machine *machine = make(2, true, &told);
    REQUIRE(machine);
    for (uint64_t time = 10000; time <= 100000; time += 30000) {
        EXPECT_EQ(run_to_ns(machine, time), CAIRN_STOP_TIME);
        EXPECT_EQ(cairn_time_ns(machine), time);
    }
    cairn_destroy(machine);
    buffer_fini(&told.text);
}

TEST(a_callback_stops_all_processors)
{
    struct told in_turn = {NULL};
    struct told told = {.stops = true};
    run_in_turn(2, &in_turn);
    struct cairn_machine *machine = make(2, true, &told);
    REQUIRE(machine);
    size_t length = strlen(buffer_text(&in_turn.text));
    for (size_t i = 0; i < length; i++) {
        EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_REQUESTED);
        EXPECT_EQ(told.text.size, i + 1);
    }
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
    cairn_destroy(machine);
    expect_same(&in_turn, &told);
}

TEST(a_snapshot_between_goes_on_to_the_same_result)
{
    struct told in_turn = {NULL};
    struct told told = {NULL};
    struct cairn_error error = {""};
    run_in_turn(3, &in_turn);
    struct cairn_machine *machine = make(3, true, &told);
    REQUIRE(machine);
    EXPECT_EQ(run_instructions(machine, 2000000), CAIRN_STOP_BUDGET);
    uint64_t hash = cairn_state_hash(machine);
    struct cairn_snapshot *snapshot = NULL;
    REQUIRE(cairn_snapshot(machine, &snapshot, &error) == 0);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
    EXPECT(cairn_state_hash(machine) != hash);
    EXPECT_EQ(cairn_restore(machine, snapshot, &error), 0);
    EXPECT_EQ(cairn_state_hash(machine), hash);
    buffer_clear(&told.text);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
    expect_same(&in_turn, &told);
}

static void expect_refused(const struct cairn_options *options,
                           const char *reason)
{
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    EXPECT_EQ(cairn_create(options, &machine, &error), -ENOTSUP);
    EXPECT(machine == NULL);
    EXPECT(strstr(error.text, reason) != NULL);
}

TEST(what_cannot_be_had_together_says_so)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 2};
    const struct cairn_options traced = {.size = sizeof(struct cairn_options),
                                         .board = "virt",
                                         .guest = &guest,
                                         .parallel = true,
                                         .trace = true};
    const struct cairn_options chaotic = {.size = sizeof(struct cairn_options),
                                          .board = "virt",
                                          .guest = &guest,
                                          .parallel = true,
                                          .engine = CAIRN_ENGINE_CHAOS};
    const struct cairn_options other = {.size = sizeof(struct cairn_options),
                                        .board = "caliptra-1.1",
                                        .parallel = true};
    expect_refused(&traced, "trace");
    expect_refused(&chaotic, "chaos");
    expect_refused(&other, "only AArch64 processors");

    struct told told = {NULL};
    struct cairn_error error = {""};
    struct cairn_machine *machine = make(2, true, &told);
    REQUIRE(machine);
    EXPECT_EQ(cairn_debug_serve(machine, "unix:/tmp/nobody", NULL, NULL, NULL,
                                &error),
              -ENOTSUP);
    EXPECT(strstr(error.text, "no debugger") != NULL);
    cairn_destroy(machine);
    buffer_fini(&told.text);
}

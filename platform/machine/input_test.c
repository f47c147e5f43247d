/* SPDX-License-Identifier: Apache-2.0 */
/* The list of inputs, and completions of other threads. */
#include "platform/machine/input.h"

#include <pthread.h>

#include "platform/machine/machine.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

/* Runs for ever. */
static const uint32_t rom[] = {J(0)};

enum { ROUND = 1 << 20 };

/* ---- The list ------------------------------------------------------------ */

/* The inputs that were applied, as the digits of a number. */
struct tally {
    unsigned digits;
};

static int64_t apply(struct cairn_machine *machine, struct input *input)
{
    struct tally *applied = input->subject;
    applied->digits = applied->digits * 10 + (unsigned)input->value;
    return applied->digits;
}

static const struct input_type type = {
    .name = "digit",
    .subject = INPUT_OF_INSIDE,
    .apply = apply,
};

static int64_t give(struct cairn_machine *machine, struct tally *applied,
                    unsigned digit)
{
    struct input input = {.type = &type, .subject = applied, .value = digit};
    return input_give(machine, &input);
}

static void count_before(void *context)
{
    unsigned *count = context;
    (*count)++;
}

TEST(inputs_are_noted_while_the_list_is_kept_and_replayed_in_order)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, rom, ARRAY_SIZE(rom));
    struct tally applied = {0};
    unsigned before = 0;
    give(machine, &applied, 9);
    inputs_keep(machine, count_before, &before);
    applied.digits = 0;
    for (unsigned i = 1; i <= 4; i++) {
        int64_t result = give(machine, &applied, i);
        EXPECT_EQ(result, applied.digits);
        cairn_run(machine,
                  &(struct cairn_until){.size = sizeof(struct cairn_until),
                                        .instructions = 10});
    }
    EXPECT_EQ(applied.digits, 1234);
    EXPECT_EQ(before, 4);
    EXPECT(!inputs_next(machine));
    /* As after going back to where two had been given. */
    machine->inputs.given = 2;
    EXPECT_EQ(inputs_next(machine)->at.retired, 20);
    applied.digits = 12;
    inputs_drop_before(machine, 1);
    EXPECT_EQ(inputs_next(machine)->at.inputs, 2);
    inputs_replay(machine);
    EXPECT_EQ(applied.digits, 123);
    inputs_drop_rest(machine);
    EXPECT(!inputs_next(machine));
    EXPECT_EQ(machine->inputs.count, 2);
    inputs_forget(machine);
    EXPECT_EQ(machine->inputs.bytes, 0);
    cairn_destroy(machine);
}

static int64_t apply_outer(struct cairn_machine *machine, struct input *input)
{
    return give(machine, input->subject, 7);
}

TEST(what_an_input_leads_to_is_none)
{
    static const struct input_type outer = {
        .name = "outer",
        .subject = INPUT_OF_INSIDE,
        .apply = apply_outer,
    };
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, rom, ARRAY_SIZE(rom));
    struct tally applied = {0};
    unsigned before = 0;
    struct input input = {.type = &outer, .subject = &applied};
    inputs_keep(machine, count_before, &before);
    EXPECT_EQ(input_give(machine, &input), 7);
    EXPECT_EQ(machine->inputs.count, 1);
    give(machine, &applied, 1);
    EXPECT_EQ(machine->inputs.count, 2);
    EXPECT_EQ(before, 2);
    inputs_forget(machine);
    cairn_destroy(machine);
}

/* ---- Completions --------------------------------------------------------- */

enum { THREADS = 4, POSTS = 200 };

struct poster {
    struct completion completion;
    struct cairn_machine *machine;
    pthread_t thread;
    pthread_t engine;
    unsigned delivered;
    struct tally applied;
    _Atomic bool free;
    bool elsewhere; /* some delivery was on another thread than the engine's */
};

static void deliver(struct cairn_machine *machine,
                    struct completion *completion)
{
    struct poster *poster = completion->context;
    poster->elsewhere =
        poster->elsewhere || !pthread_equal(pthread_self(), poster->engine);
    poster->delivered++;
    give(machine, &poster->applied, 0);
    atomic_store(&poster->free, true);
}

static void *post(void *context)
{
    struct poster *poster = context;
    for (unsigned i = 0; i < POSTS; i++) {
        while (!atomic_exchange(&poster->free, false)) {
            sched_yield();
        }
        input_post(poster->machine, &poster->completion);
    }
    return NULL;
}

static bool all_delivered(const struct poster *posters)
{
    bool all = true;
    for (unsigned i = 0; i < THREADS; i++) {
        all = all && posters[i].delivered == POSTS;
    }
    return all;
}

TEST(completions_of_many_threads_are_delivered_once_each_by_the_engine)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, rom, ARRAY_SIZE(rom));
    static struct poster posters[THREADS];
    unsigned before = 0;
    inputs_keep(machine, count_before, &before);
    for (unsigned i = 0; i < THREADS; i++) {
        posters[i] = (struct poster){
            .completion = {.deliver = deliver, .context = &posters[i]},
            .machine = machine,
            .engine = pthread_self(),
            .free = true,
        };
        EXPECT_EQ(pthread_create(&posters[i].thread, NULL, post, &posters[i]),
                  0);
    }
    while (!all_delivered(posters)) {
        cairn_run(machine,
                  &(struct cairn_until){.size = sizeof(struct cairn_until),
                                        .instructions = ROUND});
        sched_yield();
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(posters[i].thread, NULL);
        EXPECT(!posters[i].elsewhere);
    }
    EXPECT_EQ(before, THREADS * POSTS);
    inputs_forget(machine);
    cairn_destroy(machine);
}

struct seen {
    struct completion completion;
    uint64_t time_ns;
    bool in_round;
    bool running;
    unsigned count;
    bool again;
};

static void see(struct cairn_machine *machine, struct completion *completion)
{
    struct seen *seen = completion->context;
    seen->time_ns = machine->fabric.clock.now_ns;
    seen->in_round = machine->in_round;
    seen->running = machine->running != NULL;
    seen->count++;
    if (seen->again) {
        input_post(machine, completion);
    }
}

TEST(a_completion_waits_for_the_end_of_the_round)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, rom, ARRAY_SIZE(rom));
    struct seen seen = {
        .completion = {.deliver = see, .context = &seen}
    };
    cairn_run(machine, &(struct cairn_until){.size = sizeof(struct cairn_until),
                                             .instructions = 10});
    input_post(machine, &seen.completion);
    input_post(machine, &seen.completion);
    cairn_run(machine, &(struct cairn_until){.size = sizeof(struct cairn_until),
                                             .instructions = 10});
    EXPECT_EQ(seen.count, 0);
    cairn_run(machine, &(struct cairn_until){.size = sizeof(struct cairn_until),
                                             .instructions = 2 * ROUND});
    EXPECT_EQ(seen.count, 1);
    EXPECT(!seen.in_round && !seen.running);
    /* 10 ns an instruction. */
    EXPECT_EQ(seen.time_ns, ROUND * 10 + 1);
    cairn_destroy(machine);
}

TEST(a_completion_may_be_withdrawn_or_come_again)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, rom, ARRAY_SIZE(rom));
    struct seen gone = {
        .completion = {.deliver = see, .context = &gone}
    };
    struct seen twice = {
        .completion = {.deliver = see, .context = &twice},
          .again = true
    };
    input_post(machine, &gone.completion);
    input_post(machine, &twice.completion);
    input_withdraw(machine, &gone.completion);
    input_withdraw(machine, &gone.completion);
    cairn_run(machine, &(struct cairn_until){.size = sizeof(struct cairn_until),
                                             .instructions = ROUND + 10});
    EXPECT_EQ(gone.count, 0);
    EXPECT_EQ(twice.count, 2);
    cairn_destroy(machine);
}

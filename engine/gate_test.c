/* SPDX-License-Identifier: Apache-2.0 */
/* Cores with a gate run at the same time or in turns: what is decoded for each
 * of the two ways is kept beside the other. */
#include "engine/gate.h"
#include "tests/a64.h"
#include "tests/harness.h"

enum { CORES = 3, TURNS = 40, CODE = 0x1000 };

struct cores {
    struct gate gate;
    struct a64 first;
    struct core *core[CORES];
};

static void begin(struct cores *cores, bool gated, enum core_engine engine)
{
    struct core_config config = {.engine = engine,
                                 .gate = gated ? &cores->gate : NULL};

    gate_init(&cores->gate);
    a64_init(&cores->first, &config);
    cores->core[0] = cores->first.core;
    for (unsigned i = 1; i < CORES; i++) {
        config = cores->first.core->config;
        config.name = i == 1 ? "second" : "third";
        config.compatible = "arm,cortex-a35";
        core_create(&config, &cores->core[i], NULL);
        cores->core[i]->power = CORE_RUNNING;
    }
    A64_CODE(&cores->first, CODE, 0x91000400, /* add x0, x0, #1 */
             0x91000421,                      /* add x1, x1, #1 */
             0xb9000043,                      /* str w3, [x2] */
             0x17fffffd);                     /* b .-12 */
}

static void end(struct cores *cores)
{
    for (unsigned i = CORES - 1; i > 0; i--) {
        core_destroy(cores->core[i]);
    }
    a64_fini(&cores->first);
    gate_fini(&cores->gate);
}

static uint64_t *registers(struct core *core)
{
    return aarch64_of(vcpu_of(core))->state.r;
}

/* From the start of the code, X0 and X1 being 0. The store goes elsewhere, or
 * makes the second instruction X3 where X2 is its address. */
static void run(struct cores *cores, unsigned number, bool raised,
                uint64_t instructions)
{
    struct core *core = cores->core[number];
    uint64_t *r = registers(core);

    r[0] = r[1] = 0;
    r[2] = r[2] == 0 ? A64_RAM + 0x100000 : r[2];
    r[IR_PC] = A64_RAM + CODE;
    if (raised) {
        pthread_mutex_lock(&cores->gate.lock);
        gate_begin(&cores->gate, core);
    }
    core_run(core, instructions);
    if (raised) {
        gate_end(&cores->gate, core);
        pthread_mutex_unlock(&cores->gate.lock);
    }
}

static struct core_statistics statistics(const struct cores *cores)
{
    struct core_statistics sum = {0};

    for (unsigned i = 0; i < CORES; i++) {
        core_add_statistics(cores->core[i], &sum);
    }
    return sum;
}

/* So cores that only ever take turns cost what they cost without a gate. */
TEST(in_turns_cores_with_a_gate_share_all_that_is_made)
{
    for (unsigned engine = CORE_ENGINE_ANY; engine <= CORE_ENGINE_COMPILER;
         engine++) {
        struct core_statistics sums[2];

        for (unsigned gated = 0; gated < 2; gated++) {
            OWNED(end) struct cores cores;

            begin(&cores, gated != 0, (enum core_engine)engine);
            if (gated) {
                gate_raise(&cores.gate, false);
            }
            for (unsigned i = 0; i < CORES; i++) {
                run(&cores, i, false, 4 * TURNS);
            }
            sums[gated] = statistics(&cores);
        }
        test_case("engine %u", engine);
        EXPECT(sums[0].decoded != 0);
        EXPECT_EQ(sums[1].decoded, sums[0].decoded);
        EXPECT_EQ(sums[1].pages, sums[0].pages);
        EXPECT_EQ(sums[1].blocks, sums[0].blocks);
        EXPECT_EQ(sums[1].bytes, sums[0].bytes);
        EXPECT_EQ(sums[1].entries, sums[0].entries);
    }
}

TEST(what_was_made_is_there_again_when_the_gate_is_raised_and_lowered)
{
    OWNED(end) struct cores cores;
    struct core_statistics before;

    begin(&cores, true, CORE_ENGINE_COMPILER);
    for (unsigned turn = 0; turn < 4; turn++) {
        const bool raised = turn % 2 == 0;

        gate_raise(&cores.gate, false);
        before = statistics(&cores);
        gate_raise(&cores.gate, raised);
        for (unsigned i = 0; i < CORES; i++) {
            run(&cores, i, raised, 4 * TURNS);
            EXPECT_EQ(registers(cores.core[i])[0], TURNS);
            EXPECT_EQ(registers(cores.core[i])[1], TURNS);
        }
        test_case("way %u", turn);
        gate_raise(&cores.gate, false);
        EXPECT_EQ(statistics(&cores).blocks == before.blocks, turn >= 2);
        EXPECT_EQ(statistics(&cores).decoded == before.decoded, turn >= 2);
    }
}

/* The world outside changes the second instruction, or a core does. */
TEST(what_changes_while_the_other_way_is_used_is_new_to_both)
{
    static const uint32_t words[] = {
        0x91000421, /* add x1, x1, #1 */
        0x91000821, /* add x1, x1, #2 */
    };

    for (unsigned kind = 0; kind < 16; kind++) {
        const bool stores = (kind & 1) != 0;
        const bool raised = (kind & 2) != 0;
        const enum core_engine engine =
            (kind & 4) != 0 ? CORE_ENGINE_INTERPRETER : CORE_ENGINE_COMPILER;
        const unsigned who = (kind & 8) != 0 ? CORES - 1 : 0;
        OWNED(end) struct cores cores;

        begin(&cores, true, engine);
        for (unsigned turn = 0; turn < 2; turn++) {
            gate_raise(&cores.gate, raised == (turn != 0));
            for (unsigned i = 0; i < CORES; i++) {
                run(&cores, i, raised == (turn != 0), 4 * TURNS);
            }
        }
        if (stores) {
            registers(cores.core[who])[2] = A64_RAM + CODE + 4;
            registers(cores.core[who])[3] = words[1];
            run(&cores, who, raised, 4);
            registers(cores.core[who])[2] = 0;
        } else {
            a64_load(&cores.first, CODE + 4, &words[1], sizeof(words[1]));
        }
        for (unsigned turn = 0; turn < 2; turn++) {
            gate_raise(&cores.gate, raised == (turn != 0));
            for (unsigned i = 0; i < CORES; i++) {
                run(&cores, i, raised == (turn != 0), 4 * TURNS);
                test_case("kind %u, turn %u, core %u", kind, turn, i);
                EXPECT_EQ(registers(cores.core[i])[0], TURNS);
                EXPECT_EQ(registers(cores.core[i])[1], 2 * TURNS);
            }
        }
    }
}

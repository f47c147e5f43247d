/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A processor that waits by WFE beside one that works
 * (platform/machine/turns.c): it looks rarely, sees SEV, an interrupt and a
 * plain store when it should, and the run is the same however it is cut up.
 * With processors that may run at the same time (parallel.c) it costs as
 * little.
 *
 * cpu0 starts cpu1, waits 10 ms by the counter, stores to a flag, which cpu1
 * polls with WFE in between, and does the row's word. x23 and x24 have the
 * counter at the store and where it is seen, x5 how often cpu1 looked.
 */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "include/cairn/profile.h"
#include "tests/harness.h"
#include "tests/machine.h"

enum { WORD = 19, TICKS = 625000, MICROSECOND = 63, PIECE = 4999 };

/* clang-format off */
static const uint32_t program[] = {
    0xd2a82013 /* mov x19, #0x41000000 */,
    0xd2912d16 /* mov x22, #0x8968: TICKS */,
    0xf2a00136 /* movk x22, #9, lsl #16 */,
    0x100002c2 /* adr x2, second */,
    0xd2800060 /* mov x0, #3: CPU_ON */,
    0xf2b88000 /* movk x0, #0xc400, lsl #16 */,
    0xd2800021 /* mov x1, #1 */,
    0xd4000002 /* hvc #0 */,
    0xd2a1001a /* mov x26, #0x8000000 */,
    0x52800021 /* mov w1, #1 */,
    0xb9000341 /* str w1, [x26]: GICD_CTLR */,
    0x52a00044 /* mov w4, #0x20000: SGI 0 to cpu1 */,
    0xd53be054 /* mrs x20, cntvct_el0 */,
    0xd53be055 /* mrs x21, cntvct_el0 */,
    0xcb1402b5 /* sub x21, x21, x20 */,
    0xeb1602bf /* cmp x21, x22 */,
    0x54ffffa3 /* b.lo -12 */,
    0xb9000261 /* str w1, [x19] */,
    0xd53be057 /* mrs x23, cntvct_el0 */,
    0xd503201f /* nop: the row's */,
    0xb9404265 /* ldr w5, [x19, #64] */,
    0x34ffffe5 /* cbz w5, -4 */,
    0xd2800100 /* mov x0, #8: SYSTEM_OFF */,
    0xf2b08000 /* movk x0, #0x8400, lsl #16 */,
    0xd4000002 /* hvc #0 */,
    /* second: */
    0xd2a82013 /* mov x19, #0x41000000 */,
    0xd2a1003a /* mov x26, #0x8010000 */,
    0x52801fe1 /* mov w1, #0xff */,
    0xb9000741 /* str w1, [x26, #4]: GICC_PMR */,
    0x52800021 /* mov w1, #1 */,
    0xb9000341 /* str w1, [x26]: GICC_CTLR */,
    0xd2a1001b /* mov x27, #0x8000000 */,
    0xb9010361 /* str w1, [x27, #0x100]: GICD_ISENABLER0 */,
    0xd2800005 /* mov x5, #0 */,
    0xb9400261 /* ldr w1, [x19] */,
    0x35000081 /* cbnz w1, +16 */,
    0x910004a5 /* add x5, x5, #1 */,
    0xd503205f /* wfe */,
    0x17fffffc /* b -16 */,
    0xd53be058 /* mrs x24, cntvct_el0 */,
    0xb9004261 /* str w1, [x19, #64] */,
    0xd503207f /* wfi */,
    0x17ffffff /* b -4 */,
};
/* clang-format on */

/* Seen so many microseconds after the store at most, and at least. */
static const struct row {
    const char *name;
    uint32_t word;
    unsigned most;
    unsigned least;
} rows[] = {
    {"SEV",         0xd503209f /* sev */,                         2,  0},
    {"interrupt",   0xb90f0344 /* str w4, [x26, #0xf00]: SGIR */, 2,  0},
    {"plain store", 0xd503201f /* nop */,                         80, 2},
};

static struct cairn_machine *make(const struct row *row, bool parallel)
{
    uint32_t words[ARRAY_SIZE(program)];
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    memcpy(words, program, sizeof(words));
    words[WORD] = row->word;
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {"program", (const uint8_t *)words, sizeof(words)},
        .memory_bytes = 64 << 20,
        .cpus = 2,
    };
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "virt",
                                          .seed = 1,
                                          .parallel = parallel,
                                          .guest = &guest};

    if (cairn_create(&options, &machine, &error) != 0) {
        printf("%s\n", error.text);
        return NULL;
    }
    cairn_power(machine);
    return machine;
}

static uint64_t value(struct cairn_machine *machine, const char *core,
                      const char *name)
{
    uint64_t number = 0;

    EXPECT(cairn_register_get(machine, core, name, &number) == 0);
    return number;
}

TEST(a_core_that_dozes_is_roused_in_time)
{
    for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i / 2];
        const bool parallel = i % 2 != 0;
        struct cairn_machine *machine = make(row, parallel);
        struct cairn_engine_statistics counts;

        REQUIRE(machine != NULL);
        run_to_ns(machine, 100000000);
        cairn_engine_statistics(machine, &counts);
        uint64_t ticks =
            value(machine, "cpu1", "x24") - value(machine, "cpu0", "x23");
        uint64_t looks = value(machine, "cpu1", "x5");

        printf("%s, parallel %d: %llu ticks, %llu looks\n", row->name, parallel,
               (unsigned long long)ticks, (unsigned long long)looks);
        EXPECT(ticks <= row->most * MICROSECOND);
        EXPECT(ticks >= row->least * MICROSECOND);
        EXPECT(looks > 100 && looks < 200);
        EXPECT(counts.skipped > cairn_instructions(machine, NULL) / 2);
        cairn_destroy(machine);
    }
}

/* Pieces of instructions and of time, with a snapshot between any two. */
static uint64_t run_in_pieces(struct cairn_machine *machine)
{
    enum cairn_stop stop = CAIRN_STOP_BUDGET;

    while (stop == CAIRN_STOP_BUDGET || stop == CAIRN_STOP_TIME) {
        const struct cairn_until pieces[] = {
            {.size = sizeof(pieces[0]), .instructions = 24 * PIECE},
            {.size = sizeof(pieces[0]),
             .time_ns = cairn_time_ns(machine) + PIECE            },
        };
        struct cairn_snapshot *snapshot = NULL;

        stop =
            cairn_run(machine, &pieces[cairn_instructions(machine, NULL) % 2]);
        EXPECT(cairn_snapshot(machine, &snapshot, NULL) == 0);
        cairn_run(machine,
                  &(struct cairn_until){.size = sizeof(struct cairn_until),
                                        .instructions = PIECE});
        EXPECT(cairn_restore(machine, snapshot, NULL) == 0);
        cairn_snapshot_destroy(snapshot);
    }
    return cairn_state_hash(machine);
}

TEST(a_doze_is_the_same_however_the_run_is_cut_up)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_machine *whole = make(&rows[i], false);
        struct cairn_machine *cut = make(&rows[i], false);

        REQUIRE(whole != NULL && cut != NULL);
        cairn_run(whole,
                  &(struct cairn_until){.size = sizeof(struct cairn_until)});
        EXPECT(run_in_pieces(cut) == cairn_state_hash(whole));
        EXPECT(cairn_time_ns(cut) == cairn_time_ns(whole));
        cairn_destroy(cut);
        cairn_destroy(whole);
    }
}

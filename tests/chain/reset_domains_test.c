/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resets of board trust: the processors held from power-on, the effects of a
 * warm reset, the watchdog and a reset line in the middle of a boot, and that
 * only its own line resets or releases a core.
 */
#include <stdio.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "tests/caliptra/part.h"
#include "tests/chain/trust_guest.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/machine.h"

#define CORES "build/out/guest/virt/cores.elf"
#define IDLE  "build/out/guest/virt/idle.elf"

enum { SECONDS_MAX = 60 };

static uint32_t level(struct trust_board *board, const char *line)
{
    uint32_t value = UINT32_MAX;
    EXPECT_EQ(cairn_line_get(board->machine, line, &value), 0);
    return value;
}

static unsigned times(struct trust_board *board, const char *text)
{
    const char *at = buffer_text(&board->console);
    unsigned count = 0;
    while ((at = strstr(at, text)) != NULL) {
        count++;
        at += strlen(text);
    }
    return count;
}

static bool start(struct trust_board *board)
{
    return trust_board_read(board) && trust_board_start(board);
}

static enum cairn_stop run_for(struct trust_board *board, uint64_t instructions)
{
    return run_instructions(board->machine, instructions);
}

/* ---- Power-on ------------------------------------------------------------ */

FIXTURE(struct trust_board, board, trust_board_finish)
FIXTURE_BEGIN(board, REQUIRE(start(board)))

TEST_ON(from_power_on_the_boot_mcu_runs_and_all_others_are_held, board)
{
    for (unsigned i = 0; i < SOC_RESET_LINE_ROT + 1; i++) {
        char name[32];
        snprintf(name, sizeof(name), "mcu_reset.line%u", i);
        test_case("%s", name);
        EXPECT_EQ(level(board, name), 1);
    }
    EXPECT_EQ(level(board, "mcu_reset.rot_pwrgood"), 0);
    EXPECT_EQ(level(board, "mcu_reset.warm"), 0);
    EXPECT_EQ(run_for(board, 1000), CAIRN_STOP_BUDGET);
    EXPECT_EQ(cairn_instructions(board->machine, "mcu_cpu"), 1000);
    EXPECT_EQ(cairn_instructions(board->machine, NULL), 1000);
}

/* ---- Cores --------------------------------------------------------------- */

struct changes {
    unsigned held;
    unsigned let_go;
};

static void count_changes(void *context, uint32_t value)
{
    struct changes *changes = context;
    changes->held += value != 0;
    changes->let_go += value == 0;
}

static void check_cores(struct trust_board *board)
{
    struct changes second = {0};
    struct changes third = {0};
    cairn_line_watch(board->machine, "mcu_reset.line1", count_changes, &second);
    cairn_line_watch(board->machine, "mcu_reset.line2", count_changes, &third);
    second = third = (struct changes){0}; /* a watch tells the level first */
    EXPECT_EQ(trust_board_run(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "cores: no such core: good");
    EXPECT_EQ(times(board, "cores: on: good"), 3);
    EXPECT_EQ(times(board, "cores: on while on: good"), 3);
    EXPECT_EQ(times(board, "cores: state on: good"), 3);
    EXPECT_SAYS(board, "cores: twice on and off");
    EXPECT_SAYS(board, "cores: the first one came back");
    EXPECT_EQ(times(board, "monitor: kernel at"), 2);
    EXPECT(!trust_board_says(board, "wrong"));
    EXPECT(!trust_board_says(board, "goes on"));
    EXPECT_EQ(second.let_go, 3);
    EXPECT_EQ(second.held, 3);
    EXPECT_EQ(third.let_go, 0);
    EXPECT_EQ(cairn_instructions(board->machine, "cpu2"), 0);
    /* The root of trust kept its power over the restart, and its firmware. */
    EXPECT_SAYS(board, "monitor: restart");
    EXPECT_SAYS(board, "root of trust: runs again");
    EXPECT_SAYS(board, "cores: restarted");
    EXPECT_EQ(times(board, "SoC manifest: accepted"), 2);
    EXPECT_EQ(times(board, "root of trust: wants firmware"), 1);
    EXPECT_EQ(level(board, "mcu_reset.power_off"), 1);
}

TEST_BEGINS(cores_come_and_go_by_their_lines_and_a_restart_is_warm, board)
{
    REQUIRE(trust_guest_start(board, CORES));
    check_cores(board);
    EXPECT(board->intact);
    EXPECT_EQ(board->early, 0);
}

/* Nothing after a reset of the system is from before it. */
static void check_times(struct trust_board *board)
{
    const struct event *event;
    uint64_t last = 0;
    unsigned resets = 0;
    for (size_t i = 0; (event = fact_at(board->machine, i)) != NULL; i++) {
        EXPECT(event->time_ns >= last);
        if (event->fact == FACT_SYSTEM_WARM_RESET) {
            last = event->time_ns;
            resets++;
        }
    }
    EXPECT_EQ(resets, 1);
    EXPECT(last > 0);
}

TEST_BEGINS(a_warm_reset_keeps_time_and_memory, board)
{
    const size_t place = 0x1f000000; /* where no image is */
    uint8_t *ram = NULL;
    size_t size = 0;
    REQUIRE(trust_guest_start(board, CORES));
    REQUIRE(cairn_memory(board->machine, "ram", &ram, &size) == 0);
    REQUIRE(place < size);
    EXPECT_EQ(cairn_memory_written(board->machine, "ram", place, 4), 0);
    memcpy(ram + place, "kept", 4);
    EXPECT_EQ(trust_board_run(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "cores: restarted");
    EXPECT_BYTES(ram + place, "kept", 4);
    check_times(board);
    cairn_power(board->machine);
    EXPECT_BYTES(ram + place, "\0\0\0\0", 4);
}

/* ---- Watchdog ------------------------------------------------------------ */

/* The boot MCU is held from now on until the watchdog bit. */
static void hang(struct trust_board *board)
{
    const struct cairn_until bite = {
        .size = sizeof(struct cairn_until),
        .time_ns =
            cairn_time_ns(board->machine) + SECONDS_MAX * UINT64_C(1000000000),
        .line = "mcu_reset.warm",
        .level = 1,
    };
    EXPECT_EQ(cairn_line_set(board->machine, "mcu_cpu.reset", 1), 0);
    EXPECT_EQ(cairn_run(board->machine, &bite), CAIRN_STOP_LINE);
    EXPECT_EQ(level(board, "mcu_reset.line0"), 1);
    EXPECT_EQ(cairn_line_set(board->machine, "mcu_cpu.reset", 0), 0);
}

static void run_until_it_says(struct trust_board *board, const char *text)
{
    unsigned tries = 0;
    while (!trust_board_says(board, text) && tries++ < 1000) {
        (void)run_for(board, 10000);
    }
}

TEST_BEGINS(a_boot_mcu_that_hangs_after_its_work_is_started_again, board)
{
    REQUIRE(trust_guest_start(board, IDLE));
    run_until_it_says(board, "idle: from here on");
    EXPECT_SAYS(board, "idle: from here on");
    hang(board);
    buffer_clear(&board->console);
    run_until_it_says(board, "idle: from here on");
    EXPECT_SAYS(board, "idle: from here on");
    EXPECT_SAYS(board, "boot MCU: the watchdog bit");
    EXPECT_SAYS(board, "boot MCU: bank 0");
    /* nothing that the root of trust knew is trusted then */
    EXPECT_SAYS(board, "root of trust: wants firmware");
}

/* Longer than its period: it is kicked. */
TEST_BEGINS(the_watchdog_is_kicked_for_as_long_as_the_boot_mcu_sleeps, board)
{
    REQUIRE(trust_guest_start(board, IDLE));
    EXPECT_EQ(run_to_ns(board->machine, SECONDS_MAX * UINT64_C(1000000000)),
              CAIRN_STOP_TIME);
    EXPECT_EQ(times(board, "idle: from here on"), 1);
    EXPECT(!trust_board_says(board, "watchdog"));
}

TEST_ON(a_bank_that_hangs_the_boot_mcu_is_not_tried_again, board)
{
    run_until_it_says(board, "root of trust: runs");
    hang(board);
    EXPECT_EQ(trust_board_run(board), CAIRN_STOP_LINE);
    EXPECT_SAYS(board, "boot MCU: the watchdog bit");
    EXPECT_SAYS(board, "boot MCU: recovery bank");
    EXPECT_SAYS(board, "stopped: no bank boots");
    EXPECT(!board->released);
}

/* ---- Reset lines in the middle ------------------------------------------- */

/* The boot MCU's own line, while the others go on: whatever they were doing, it
 * ends in a whole boot, and no core runs anything before it was authorised. */
TEST_ON(a_reset_of_the_boot_mcu_alone_resets_the_system, board)
{
    struct cairn_snapshot *snapshot = NULL;
    REQUIRE(cairn_snapshot(board->machine, &snapshot, NULL) == 0);
    EXPECT_EQ(trust_board_run(board), CAIRN_STOP_OFF);
    uint64_t whole = cairn_instructions(board->machine, NULL);
    for (unsigned i = 1; i < 12; i++) {
        test_case("%u twelfths of the boot", i);
        EXPECT_EQ(cairn_restore(board->machine, snapshot, NULL), 0);
        buffer_clear(&board->console);
        board->released = false;
        REQUIRE(run_for(board, whole * i / 12) == CAIRN_STOP_BUDGET);
        EXPECT_EQ(cairn_line_set(board->machine, "mcu_cpu.reset", 1), 0);
        EXPECT_EQ(run_for_ns(board->machine, 1000), CAIRN_STOP_TIME);
        EXPECT_EQ(cairn_line_set(board->machine, "mcu_cpu.reset", 0), 0);
        EXPECT_EQ(trust_board_run(board), CAIRN_STOP_OFF);
        EXPECT_SAYS(board, "boot MCU: reset in a running system");
        EXPECT_SAYS(board, "hello from EL1");
        EXPECT(board->intact);
        EXPECT_EQ(board->early, 0);
    }
    cairn_snapshot_destroy(snapshot);
}

/* ---- Released ROMs ------------------------------------------------------- */

TEST(released_roms_restart_warm_too)
{
    static const char *const names[] = {
        "caliptra-rom-1.0.3-e8e23d9.bin",
        "caliptra-rom-1.1.1-d6713db.bin",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct trust_board board;
        OWNED(buffer_fini) struct buffer rom = {0};
        test_case("%s", names[i]);
        if (!part_rom_read(names[i], true, &rom)) {
            return;
        }
        REQUIRE(trust_guest_start_with(&board, CORES, &rom));
        check_cores(&board);
        trust_board_finish(&board);
    }
}

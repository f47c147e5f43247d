/* SPDX-License-Identifier: Apache-2.0 */
/* A root of trust as the server uses it, without frames and sockets. */
#include "session/rot/core.h"

#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "session/session.h"
#include "tests/harness.h"

#define BUILT "build/out/guest/caliptra/"

enum { READY_FOR_FW = 1 << 28, READY_FOR_RUNTIME = 1 << 29, USER = 1 };

/* Two clients; what they are does not matter. */
static const char first, second;

static const struct rot_core_options defaults = {
    .users = {USER, 2},
    .user_count = 2,
    .access_ns = 1000,
    .limit_ns = 1000000000,
};

struct bench {
    struct session_options options;
    struct session *session;
    struct rot_core core;
    unsigned changes; /* of watched lines */
    uint32_t level;
};

static void changed(void *context, unsigned line, uint32_t level)
{
    struct bench *bench = context;
    EXPECT(line < bench->core.line_count);
    bench->changes++;
    bench->level = level;
}

static bool set_up(struct bench *bench, enum rot_stage stage)
{
    struct session_error error = {0};
    memset(bench, 0, sizeof(*bench));
    session_options_init(&bench->options);
    bench->options.board = "caliptra-1.1";
    bench->options.rom = BUILT "rom.bin";
    bench->options.firmware = BUILT "embedded/firmware.bundle";
    if (session_open(&bench->options, NULL, &bench->session, &error) ||
        session_load(bench->session, &error) ||
        session_build(bench->session, &error)) {
        printf("%s\n", error.text);
        return EXPECT(!"a session");
    }
    rot_core_init(&bench->core, bench->session, &defaults);
    bench->core.changed = changed;
    bench->core.context = bench;
    return EXPECT_EQ(rot_core_boot(&bench->core, stage), ROT_ERROR_NONE);
}

static void tear_down(struct bench *bench)
{
    session_close(bench->session);
}

static uint32_t get(struct bench *bench, uint32_t address)
{
    uint32_t value = 0;
    EXPECT_EQ(rot_core_read(&bench->core, &first, USER, address, &value),
              ROT_ERROR_NONE);
    return value;
}

static void put(struct bench *bench, uint32_t address, uint32_t value)
{
    EXPECT_EQ(rot_core_write(&bench->core, &first, USER, address, value),
              ROT_ERROR_NONE);
}

/* A command of the second client. */
static enum rot_error ask(struct bench *bench, uint32_t command,
                          uint32_t *status)
{
    struct rot_exchange exchange = {
        .who = &second, .user = USER, .command = command, .checksum = true};
    enum rot_error error = rot_core_exchange(&bench->core, &exchange);
    *status = exchange.status;
    buffer_fini(&exchange.answer);
    return error;
}

static void expect_answer(struct bench *bench)
{
    uint32_t status = 0;
    EXPECT_EQ(ask(bench, CALIPTRA_CMD_VERSION, &status), ROT_ERROR_NONE);
    EXPECT_EQ(status, CALIPTRA_MBOX_STATUS_DATA_READY);
    EXPECT(!bench->core.waiting); /* or a fault would stop what runs next */
}

TEST(the_duties_go_up_to_the_stage)
{
    struct bench bench;
    if (set_up(&bench, ROT_STAGE_POWER)) {
        for (unsigned i = 0; i < ROT_STAGES; i++) {
            test_case("%s", rot_stage_name(i));
            EXPECT_EQ(rot_core_boot(&bench.core, (enum rot_stage)i),
                      ROT_ERROR_NONE);
            uint32_t flow = get(&bench, CALIPTRA_SOC_IFC_FLOW_STATUS);
            EXPECT_EQ((flow & READY_FOR_FW) != 0,
                      i >= ROT_STAGE_FIRMWARE_READY);
            EXPECT_EQ((flow & READY_FOR_RUNTIME) != 0, i == ROT_STAGE_RUNTIME);
        }
        EXPECT(!rot_stage_name(ROT_STAGES));
        EXPECT_EQ(rot_core_reset_warm(&bench.core, true, ROT_STAGE_RUNTIME),
                  ROT_ERROR_NONE);
        expect_answer(&bench);
        EXPECT_EQ(rot_core_reset_warm(&bench.core, false, ROT_STAGE_POWER),
                  ROT_ERROR_NONE);
        EXPECT_EQ(get(&bench, CALIPTRA_SOC_IFC_FLOW_STATUS) & READY_FOR_RUNTIME,
                  0);
    }
    tear_down(&bench);
}

TEST(registers_are_words_of_the_window)
{
    static const uint32_t bad[] = {0, 0x3001fffc, 0x30020002, 0x30040000,
                                   UINT32_MAX};
    struct bench bench;
    if (set_up(&bench, ROT_STAGE_RUNTIME)) {
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
            uint32_t value;
            EXPECT_EQ(rot_core_read(&bench.core, &first, USER, bad[i], &value),
                      ROT_ERROR_ADDRESS);
            EXPECT_EQ(rot_core_write(&bench.core, &first, USER, bad[i], 0),
                      ROT_ERROR_ADDRESS);
        }
        uint32_t value = 0;
        EXPECT_EQ(rot_core_read(&bench.core, &first, 77, CALIPTRA_MBOX_STATUS,
                                &value),
                  ROT_ERROR_BUS);
        EXPECT_EQ(
            rot_core_read(&bench.core, &first, 2, CALIPTRA_MBOX_STATUS, &value),
            ROT_ERROR_NONE);
    }
    tear_down(&bench);
}

TEST(a_held_mailbox_is_the_holders)
{
    struct bench bench;
    uint32_t value = 0;
    if (set_up(&bench, ROT_STAGE_RUNTIME)) {
        struct rot_core *core = &bench.core;
        EXPECT_EQ(get(&bench, CALIPTRA_MBOX_LOCK), 0);
        EXPECT(rot_core_is_held(core, &second));
        EXPECT(!rot_core_is_held(core, &first));
        EXPECT_EQ(
            rot_core_read(core, &second, USER, CALIPTRA_MBOX_LOCK, &value),
            ROT_ERROR_NONE);
        EXPECT_EQ(value, 1);
        EXPECT_EQ(rot_core_write(core, &second, USER, CALIPTRA_MBOX_CMD, 1),
                  ROT_ERROR_BUSY);
        EXPECT_EQ(
            rot_core_read(core, &second, USER, CALIPTRA_MBOX_DATAOUT, &value),
            ROT_ERROR_BUSY);
        EXPECT_EQ(ask(&bench, CALIPTRA_CMD_VERSION, &value), ROT_ERROR_BUSY);
        put(&bench, CALIPTRA_MBOX_CMD, CALIPTRA_CMD_VERSION);
        put(&bench, CALIPTRA_MBOX_DLEN, 0);
        put(&bench, CALIPTRA_MBOX_EXECUTE, 1);
        (void)rot_core_pass(core, 1000000);
        put(&bench, CALIPTRA_MBOX_EXECUTE, 0);
        EXPECT(!rot_core_is_held(core, &second));
        expect_answer(&bench);
    }
    tear_down(&bench);
}

/* How far the first client came before it went. */
TEST(who_goes_leaves_a_mailbox)
{
    static const uint32_t steps[][2] = {
        {CALIPTRA_MBOX_CMD,     CALIPTRA_CMD_VERSION},
        {CALIPTRA_MBOX_DLEN,    8                   },
        {CALIPTRA_MBOX_DATAIN,  1                   },
        {CALIPTRA_MBOX_EXECUTE, 1                   },
    };
    struct bench bench;
    if (set_up(&bench, ROT_STAGE_RUNTIME)) {
        for (size_t i = 0; i <= ARRAY_SIZE(steps); i++) {
            EXPECT_EQ(get(&bench, CALIPTRA_MBOX_LOCK), 0);
            for (size_t j = 0; j < i; j++) {
                put(&bench, steps[j][0], steps[j][1]);
            }
            rot_core_forget(&bench.core, &second); /* holds nothing */
            EXPECT(rot_core_is_held(&bench.core, &second));
            rot_core_forget(&bench.core, &first);
            EXPECT(!rot_core_is_held(&bench.core, &second));
            expect_answer(&bench);
        }
    }
    tear_down(&bench);
}

TEST(a_rom_is_asked_nothing_that_is_fatal)
{
    struct bench bench;
    uint32_t status = 0;
    uint32_t level = 1;
    if (set_up(&bench, ROT_STAGE_FIRMWARE_READY)) {
        EXPECT_EQ(get(&bench, CALIPTRA_MBOX_LOCK), 0);
        put(&bench, CALIPTRA_MBOX_CMD, CALIPTRA_CMD_FIRMWARE_LOAD);
        rot_core_forget(&bench.core, &first);
        EXPECT_EQ(ask(&bench, CALIPTRA_CMD_VERSION, &status), ROT_ERROR_BUSY);
        EXPECT_EQ(
            rot_core_get_line(&bench.core, "soc_ifc.cptra_error_fatal", &level),
            ROT_ERROR_NONE);
        EXPECT_EQ(level, 0);
        EXPECT_EQ(rot_core_boot(&bench.core, ROT_STAGE_RUNTIME),
                  ROT_ERROR_NONE);
        expect_answer(&bench);
    }
    tear_down(&bench);
}

TEST(lines_are_followed_and_driven_by_name)
{
    struct bench bench;
    unsigned line = 9;
    unsigned again = 9;
    if (set_up(&bench, ROT_STAGE_RUNTIME)) {
        struct rot_core *core = &bench.core;
        const char *ready = "soc_ifc.ready_for_runtime";
        EXPECT_EQ(rot_core_watch(core, ready, &line), ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_watch(core, ready, &again), ROT_ERROR_NONE);
        EXPECT_EQ(line, again);
        EXPECT_EQ(bench.changes, 0);
        EXPECT_EQ(core->lines[line].level, 1);
        EXPECT_EQ(rot_core_watch(core, "nobody", &line), ROT_ERROR_NAME);
        EXPECT_EQ(rot_core_set_line(core, ready, 1), ROT_ERROR_VALUE);
        EXPECT_EQ(rot_core_set_line(core, "soc_ifc.cptra_rst_b", 0),
                  ROT_ERROR_NONE);
        EXPECT_EQ(bench.changes, 1);
        EXPECT_EQ(bench.level, 0);
    }
    tear_down(&bench);
}

TEST(a_state_comes_back_with_its_lines)
{
    struct bench bench;
    uint8_t *state = NULL;
    size_t size = 0;
    unsigned line;
    if (set_up(&bench, ROT_STAGE_RUNTIME)) {
        struct rot_core *core = &bench.core;
        uint64_t time_ns = rot_core_time(core);
        EXPECT_EQ(rot_core_watch(core, "soc_ifc.ready_for_runtime", &line),
                  ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_save(core, &state, &size), ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_boot(core, ROT_STAGE_POWER), ROT_ERROR_NONE);
        EXPECT_EQ(bench.level, 0);
        EXPECT_EQ(rot_core_load(core, state, size / 2), ROT_ERROR_STATE);
        EXPECT_EQ(rot_core_load(core, state, size), ROT_ERROR_NONE);
        EXPECT_EQ(bench.level, 1);
        EXPECT_EQ(rot_core_time(core), time_ns);
        expect_answer(&bench);
        free(state);
    }
    tear_down(&bench);
}

TEST(time_is_what_was_asked_for)
{
    struct bench bench;
    if (set_up(&bench, ROT_STAGE_RUNTIME)) {
        uint64_t before = rot_core_time(&bench.core);
        (void)rot_core_pass(&bench.core, 0);
        EXPECT_EQ(rot_core_time(&bench.core), before);
        (void)rot_core_pass(&bench.core, 12345);
        EXPECT_EQ(rot_core_time(&bench.core), before + 12345);
        EXPECT(rot_core_next_event(&bench.core) > before + 12345);
        EXPECT_EQ(rot_core_fuses(&bench.core, "no = fuse\n", 10),
                  ROT_ERROR_BOOT);
    }
    tear_down(&bench);
}

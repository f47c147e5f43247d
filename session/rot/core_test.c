/* SPDX-License-Identifier: Apache-2.0 */
/* A root of trust as the server uses it, without frames and sockets. */
#include "session/rot/core.h"

#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "host/file.h"
#include "session/rot/part.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define BUILT "build/out/guest/caliptra/"

enum { READY_FOR_FW = 1 << 28, READY_FOR_RUNTIME = 1 << 29, USER = 1 };

/* Two clients; what they are does not matter. */
static const char first, second;

enum { ACCESS_NS = 1000, LIMIT_NS = 1000000000 };

static const struct rot_core_options defaults = {
    .users = {USER, 2},
    .user_count = 2,
    .access_ns = ACCESS_NS,
    .limit_ns = LIMIT_NS,
};

/* A ROM that answers nothing. */
OWN_PATH(mute_rom, "", "rom.bin")

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

static bool build(struct bench *bench, const char *rom,
                  const struct rot_core_options *options)
{
    struct session_error error = {0};
    memset(bench, 0, sizeof(*bench));
    session_options_init(&bench->options);
    bench->options.board = "caliptra-1.1";
    bench->options.rom = rom;
    bench->options.firmware = BUILT "embedded/firmware.bundle";
    if (session_open(&bench->options, NULL, &bench->session, &error) ||
        session_load(bench->session, &error) ||
        session_build(bench->session, &error)) {
        printf("%s\n", error.text);
        return EXPECT(!"a session");
    }
    rot_core_init(&bench->core, bench->session, options);
    bench->core.changed = changed;
    bench->core.context = bench;
    return true;
}

static bool set_up(struct bench *bench, enum rot_stage stage)
{
    return build(bench, BUILT "rom.bin", &defaults) &&
           EXPECT_EQ(rot_core_boot(&bench->core, stage), ROT_ERROR_NONE);
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

/* A register, whoever may read it. */
static uint32_t look(struct bench *bench, uint32_t address)
{
    uint8_t word[4] = {0};
    size_t done = 0;
    EXPECT_EQ(cairn_peek(bench->core.machine, bench->core.soc, UINT32_MAX,
                         address, word, sizeof(word), &done),
              0);
    return load_le32(word);
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

FIXTURE(struct bench, bench, tear_down)

TEST_BEGINS(the_duties_go_up_to_the_stage, bench)
{
    if (set_up(bench, ROT_STAGE_POWER)) {
        for (unsigned i = 0; i < ROT_STAGES; i++) {
            test_case("%s", rot_stage_name(i));
            EXPECT_EQ(rot_core_boot(&bench->core, (enum rot_stage)i),
                      ROT_ERROR_NONE);
            uint32_t flow = get(bench, CALIPTRA_SOC_IFC_FLOW_STATUS);
            EXPECT_EQ((flow & READY_FOR_FW) != 0,
                      i >= ROT_STAGE_FIRMWARE_READY);
            EXPECT_EQ((flow & READY_FOR_RUNTIME) != 0, i == ROT_STAGE_RUNTIME);
        }
        EXPECT(!rot_stage_name(ROT_STAGES));
        EXPECT_EQ(rot_core_reset_warm(&bench->core, true, ROT_STAGE_RUNTIME),
                  ROT_ERROR_NONE);
        expect_answer(bench);
        EXPECT_EQ(rot_core_reset_warm(&bench->core, false, ROT_STAGE_POWER),
                  ROT_ERROR_NONE);
        EXPECT_EQ(get(bench, CALIPTRA_SOC_IFC_FLOW_STATUS) & READY_FOR_RUNTIME,
                  0);
    }
}

TEST_BEGINS(registers_are_words_of_the_window, bench)
{
    static const uint32_t bad[] = {0,          0x3001fffc, 0x30020001,
                                   0x30020002, 0x30020003, 0x30040000,
                                   UINT32_MAX};
    if (set_up(bench, ROT_STAGE_RUNTIME)) {
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
            uint32_t value;
            EXPECT_EQ(rot_core_read(&bench->core, &first, USER, bad[i], &value),
                      ROT_ERROR_ADDRESS);
            EXPECT_EQ(rot_core_write(&bench->core, &first, USER, bad[i], 0),
                      ROT_ERROR_ADDRESS);
        }
        uint32_t value = 0;
        EXPECT_EQ(rot_core_read(&bench->core, &first, USER, 0x3003fffc,
                                &value) == ROT_ERROR_ADDRESS,
                  false);
        EXPECT_EQ(rot_core_read(&bench->core, &first, 77, CALIPTRA_MBOX_STATUS,
                                &value),
                  ROT_ERROR_BUS);
        EXPECT_EQ(value, 0);
        EXPECT_EQ(
            rot_core_write(&bench->core, &first, 77, CALIPTRA_MBOX_CMD, 1),
            ROT_ERROR_BUS);
        EXPECT_EQ(rot_core_read(&bench->core, &first, 2, CALIPTRA_MBOX_STATUS,
                                &value),
                  ROT_ERROR_NONE);
    }
}

TEST_BEGINS(a_held_mailbox_is_the_holders, bench)
{
    uint32_t value = 0;
    if (set_up(bench, ROT_STAGE_RUNTIME)) {
        struct rot_core *core = &bench->core;
        EXPECT_EQ(get(bench, CALIPTRA_MBOX_LOCK), 0);
        EXPECT(rot_core_is_held(core, &second));
        EXPECT(!rot_core_is_held(core, &first));
        EXPECT_EQ(
            rot_core_read(core, &second, USER, CALIPTRA_MBOX_LOCK, &value),
            ROT_ERROR_NONE);
        EXPECT_EQ(value, 1);
        for (uint32_t at = CALIPTRA_MBOX_LOCK; at <= CALIPTRA_MBOX_UNLOCK + 4;
             at += 4) {
            EXPECT_EQ(rot_core_write(core, &second, USER, at, 1) ==
                          ROT_ERROR_BUSY,
                      at <= CALIPTRA_MBOX_UNLOCK);
        }
        EXPECT_EQ(
            rot_core_read(core, &second, USER, CALIPTRA_MBOX_STATUS, &value),
            ROT_ERROR_NONE);
        EXPECT_EQ(value & CALIPTRA_MBOX_FSM_MASK, rot_core_phase(core));
        /* Another user meets what the part does. */
        EXPECT_EQ(rot_core_read(core, &second, 2, CALIPTRA_MBOX_LOCK, &value),
                  ROT_ERROR_NONE);
        EXPECT_EQ(value, 1);
        EXPECT_EQ(rot_core_write(core, &second, 2, CALIPTRA_MBOX_CMD, 1),
                  ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_read(core, &second, USER,
                                CALIPTRA_SOC_IFC_HW_ERROR_FATAL, &value),
                  ROT_ERROR_NONE);
        EXPECT_EQ(value, 0);
        EXPECT(core->holder == &first);
        EXPECT_EQ(core->holder_user, USER);
        EXPECT_EQ(
            rot_core_read(core, &second, USER, CALIPTRA_MBOX_DATAOUT, &value),
            ROT_ERROR_BUSY);
        EXPECT_EQ(ask(bench, CALIPTRA_CMD_VERSION, &value), ROT_ERROR_BUSY);
        put(bench, CALIPTRA_MBOX_CMD, CALIPTRA_CMD_VERSION);
        put(bench, CALIPTRA_MBOX_DLEN, 0);
        put(bench, CALIPTRA_MBOX_EXECUTE, 1);
        (void)rot_core_pass(core, 1000000);
        put(bench, CALIPTRA_MBOX_EXECUTE, 0);
        EXPECT(core->holder == NULL);
        expect_answer(bench);
        EXPECT(core->holder == NULL && !core->unanswered);
        /* A reset of which nobody was told takes the lock away. */
        EXPECT_EQ(get(bench, CALIPTRA_MBOX_LOCK), 0);
        EXPECT_EQ(rot_core_set_line(core, "soc_ifc.cptra_rst_b", 0),
                  ROT_ERROR_NONE);
        EXPECT(core->holder == &first);
        EXPECT_EQ(rot_core_write(core, &second, USER, CALIPTRA_MBOX_UNLOCK, 1),
                  ROT_ERROR_NONE);
        EXPECT(core->holder == NULL);
    }
}

/* How far the first client came before it went. */
TEST_BEGINS(who_goes_leaves_a_mailbox, bench)
{
    static const uint32_t steps[][2] = {
        {CALIPTRA_MBOX_CMD,     CALIPTRA_CMD_VERSION},
        {CALIPTRA_MBOX_DLEN,    8                   },
        {CALIPTRA_MBOX_DATAIN,  1                   },
        {CALIPTRA_MBOX_EXECUTE, 1                   },
    };
    /* Bytes that its command had, or those of the answer to VERSION. */
    static const uint32_t lengths[] = {36, 0, 8, 8, 8};
    if (set_up(bench, ROT_STAGE_RUNTIME)) {
        for (size_t i = 0; i <= ARRAY_SIZE(steps); i++) {
            test_case("%zu", i);
            EXPECT_EQ(get(bench, CALIPTRA_MBOX_LOCK), 0);
            for (size_t j = 0; j < i; j++) {
                put(bench, steps[j][0], steps[j][1]);
            }
            rot_core_forget(&bench->core, &second); /* holds nothing */
            EXPECT(rot_core_is_held(&bench->core, &second));
            rot_core_forget(&bench->core, &first);
            EXPECT(!rot_core_is_held(&bench->core, &second));
            EXPECT_EQ(rot_core_phase(&bench->core), 0);
            EXPECT_EQ(look(bench, CALIPTRA_MBOX_DLEN), lengths[i]);
            expect_answer(bench);
        }
    }
}

TEST_BEGINS(a_rom_is_asked_nothing_that_is_fatal, bench)
{
    uint32_t status = 0;
    uint32_t level = 1;
    if (set_up(bench, ROT_STAGE_FIRMWARE_READY)) {
        EXPECT_EQ(get(bench, CALIPTRA_MBOX_LOCK), 0);
        /* One that lost the lock to a reset leaves nothing. */
        (void)rot_core_reset_warm(&bench->core, false, ROT_STAGE_POWER);
        bench->core.holder = &first;
        rot_core_forget(&bench->core, &second);
        EXPECT(bench->core.holder == &first);
        rot_core_forget(&bench->core, &first);
        EXPECT(bench->core.holder == NULL && !bench->core.unanswered);
        EXPECT_EQ(rot_core_boot(&bench->core, ROT_STAGE_FIRMWARE_READY),
                  ROT_ERROR_NONE);
        EXPECT_EQ(get(bench, CALIPTRA_MBOX_LOCK), 0);
        put(bench, CALIPTRA_MBOX_CMD, CALIPTRA_CMD_FIRMWARE_LOAD);
        rot_core_forget(&bench->core, &first);
        EXPECT_EQ(ask(bench, CALIPTRA_CMD_VERSION, &status), ROT_ERROR_BUSY);
        EXPECT_EQ(rot_core_get_line(&bench->core, "soc_ifc.cptra_error_fatal",
                                    &level),
                  ROT_ERROR_NONE);
        EXPECT_EQ(level, 0);
        EXPECT_EQ(rot_core_boot(&bench->core, ROT_STAGE_RUNTIME),
                  ROT_ERROR_NONE);
        expect_answer(bench);
    }
}

TEST_BEGINS(lines_are_followed_and_driven_by_name, bench)
{
    unsigned line = 9;
    unsigned again = 9;
    if (set_up(bench, ROT_STAGE_RUNTIME)) {
        struct rot_core *core = &bench->core;
        const char *ready = "soc_ifc.ready_for_runtime";
        EXPECT_EQ(rot_core_watch(core, ready, &line), ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_watch(core, ready, &again), ROT_ERROR_NONE);
        EXPECT_EQ(line, again);
        EXPECT_EQ(bench->changes, 0);
        EXPECT_EQ(core->lines[line].level, 1);
        EXPECT_EQ(rot_core_watch(core, "nobody", &line), ROT_ERROR_NAME);
        EXPECT_EQ(rot_core_set_line(core, ready, 1), ROT_ERROR_VALUE);
        EXPECT_EQ(rot_core_set_line(core, "soc_ifc.cptra_rst_b", 0),
                  ROT_ERROR_NONE);
        EXPECT_EQ(bench->changes, 1);
        EXPECT_EQ(bench->level, 0);
        EXPECT_EQ(rot_core_set_line(core, "nobody", 0), ROT_ERROR_NAME);
        EXPECT_EQ(rot_core_get_line(core, "nobody", &bench->level),
                  ROT_ERROR_NAME);
        /* Each change is told, back and forth; each line has its number. */
        EXPECT_EQ(rot_core_watch(core, "soc_ifc.cptra_rst_b", &line),
                  ROT_ERROR_NONE);
        EXPECT_EQ(line, 1);
        EXPECT_EQ(rot_core_watch(core, ready, &line), ROT_ERROR_NONE);
        EXPECT_EQ(line, 0);
        for (uint32_t level = 1; level < 4; level++) {
            EXPECT_EQ(rot_core_set_line(core, "soc_ifc.cptra_rst_b", level & 1),
                      ROT_ERROR_NONE);
            EXPECT_EQ(bench->changes, 1 + level);
            EXPECT_EQ(bench->level, level & 1);
        }
        core->line_count = ROT_LINES;
        EXPECT_EQ(rot_core_watch(core, "soc_ifc.cptra_pwrgood", &line),
                  ROT_ERROR_VALUE);
        EXPECT_EQ(rot_core_watch(core, "soc_ifc.cptra_rst_b", &line),
                  ROT_ERROR_NONE);
        core->line_count = 2;
    }
}

/* From within a change nothing of the machine can be had. */
static void change_in_vain(void *context, unsigned line, uint32_t level)
{
    struct bench *bench = context;
    uint8_t *state = NULL;
    size_t size = 0;
    bench->changes++;
    EXPECT_EQ(rot_core_save(&bench->core, &state, &size), ROT_ERROR_STATE);
    EXPECT_EQ(rot_core_load(&bench->core, NULL, 0), ROT_ERROR_STATE);
    EXPECT(!bench->core.broken);
}

TEST_BEGINS(a_change_is_no_time_for_states, bench)
{
    unsigned line;
    if (set_up(bench, ROT_STAGE_RUNTIME)) {
        bench->core.changed = change_in_vain;
        EXPECT_EQ(rot_core_watch(&bench->core, "soc_ifc.cptra_rst_b", &line),
                  ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_set_line(&bench->core, "soc_ifc.cptra_rst_b", 0),
                  ROT_ERROR_NONE);
        EXPECT_EQ(bench->changes, 1);
    }
}

TEST_BEGINS(a_state_comes_back_with_its_lines, bench)
{
    uint8_t *state = NULL;
    size_t size = 0;
    unsigned line;
    if (set_up(bench, ROT_STAGE_RUNTIME)) {
        struct rot_core *core = &bench->core;
        uint64_t time_ns = rot_core_time(core);
        EXPECT_EQ(rot_core_watch(core, "soc_ifc.ready_for_runtime", &line),
                  ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_save(core, &state, &size), ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_boot(core, ROT_STAGE_POWER), ROT_ERROR_NONE);
        EXPECT_EQ(bench->level, 0);
        EXPECT_EQ(rot_core_load(core, state, size / 2), ROT_ERROR_STATE);
        EXPECT(!core->broken);
        EXPECT(!core->broken);
        core->holder = &first;
        core->unanswered = true;
        EXPECT_EQ(rot_core_load(core, state, size), ROT_ERROR_NONE);
        EXPECT(core->holder == NULL && !core->unanswered);
        EXPECT_EQ(bench->level, 1);
        EXPECT_EQ(rot_core_time(core), time_ns);
        expect_answer(bench);
        free(state);
    }
}

TEST_BEGINS(time_is_what_was_asked_for, bench)
{
    if (set_up(bench, ROT_STAGE_RUNTIME)) {
        (void)rot_core_pass(&bench->core, 1000000); /* until it sleeps */
        uint64_t before = rot_core_time(&bench->core);
        (void)rot_core_pass(&bench->core, 0);
        EXPECT_EQ(rot_core_time(&bench->core), before);
        (void)rot_core_pass(&bench->core, 1);
        EXPECT_EQ(rot_core_time(&bench->core), before + 1);
        (void)rot_core_pass(&bench->core, 12345);
        EXPECT_EQ(rot_core_time(&bench->core), before + 12346);
        EXPECT(rot_core_next_event(&bench->core) > before + 12346);
        (void)rot_core_pass(&bench->core, LIMIT_NS);
        (void)rot_core_pass(&bench->core, LIMIT_NS);
        EXPECT_EQ(rot_core_time(&bench->core),
                  before + 12346 + 2ull * LIMIT_NS);
        EXPECT_EQ(rot_core_fuses(&bench->core, "no = fuse\n", 10),
                  ROT_ERROR_BOOT);
    }
}

/* ---- Users and limits ---------------------------------------------------- */

TEST_BEGINS(a_reset_admits_the_users_and_no_other, bench)
{
    static const struct rot_core_options options = {
        .users = {USER, 7, 0x12345678, 9},
        .user_count = 3,
        .access_ns = ACCESS_NS,
        .limit_ns = LIMIT_NS,
    };
    if (build(bench, BUILT "rom.bin", &options)) {
        struct rot_core *core = &bench->core;
        for (unsigned warm = 0; warm < 2; warm++) {
            core->holder = &first;
            core->unanswered = true;
            EXPECT_EQ(warm ? rot_core_reset_warm(core, true, ROT_STAGE_RUNTIME)
                           : rot_core_boot(core, ROT_STAGE_RUNTIME),
                      ROT_ERROR_NONE);
            EXPECT(core->holder == NULL && !core->unanswered);
            for (uint32_t i = 0; i < ROT_USERS; i++) {
                test_case("warm: %u, user %u", warm, i);
                EXPECT_EQ(
                    look(bench, CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK + 4 * i),
                    i < 3);
                EXPECT_EQ(
                    look(bench, CALIPTRA_SOC_IFC_MBOX_VALID_PAUSER + 4 * i),
                    i < 3 ? options.users[i] : UINT32_MAX);
            }
            expect_answer(bench);
        }
        /* The pins alone admit nobody. */
        EXPECT_EQ(rot_core_reset_warm(core, false, ROT_STAGE_POWER),
                  ROT_ERROR_NONE);
        EXPECT_EQ(look(bench, CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK + 4), 0);
        EXPECT_EQ(rot_core_boot(core, ROT_STAGE_POWER), ROT_ERROR_NONE);
        EXPECT_EQ(look(bench, CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK + 4), 0);
    }
}

/* The programs spin, the second one behind a fault. */
TEST(a_command_that_is_not_answered_has_its_time)
{
    static const uint32_t programs[][4] = {
        {0x0000006f },
        { 0x300302b7, 0x00100313, 0x0062a423, 0x0000006f},
    };
    static const struct {
        size_t program;
        uint64_t limit_ns;
        enum rot_error error;
        uint64_t first_ns, second_ns;
    } rows[] = {
        {0, 10000,   ROT_ERROR_LIMIT, 10000,   1000000000},
        {1, 10000,   ROT_ERROR_FATAL, 10000,   1000000   },
        {1, 2000000, ROT_ERROR_FATAL, 1000000, 1000000   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct rot_core_options options = defaults;
        OWNED(tear_down) struct bench bench = {0};
        uint32_t status = 9;
        test_case("%zu", i);
        options.limit_ns = rows[i].limit_ns;
        EXPECT_EQ(file_write(mute_rom, programs[rows[i].program],
                             sizeof(programs[0]), NULL),
                  0);
        if (build(&bench, mute_rom, &options) &&
            EXPECT_EQ(rot_core_boot(&bench.core, ROT_STAGE_RESET),
                      ROT_ERROR_NONE)) {
            struct rot_core *core = &bench.core;
            (void)rot_core_pass(core, 1000);
            uint64_t time_ns =
                rot_core_time(core) + ROT_COMMAND_PAUSE * ACCESS_NS;
            EXPECT_EQ(ask(&bench, CALIPTRA_CMD_VERSION, &status),
                      rows[i].error);
            EXPECT_EQ(status, CALIPTRA_MBOX_STATUS_BUSY);
            EXPECT_EQ(rot_core_time(core), time_ns += rows[i].first_ns);
            EXPECT(core->unanswered && core->holder == NULL);
            EXPECT_EQ(core->holder_user, USER);
            EXPECT_EQ(look(&bench, CALIPTRA_MBOX_DLEN), 4);
            /* Another one gives it some time more. */
            EXPECT_EQ(ask(&bench, CALIPTRA_CMD_VERSION, &status),
                      ROT_ERROR_BUSY);
            EXPECT_EQ(rot_core_time(core), time_ns += rows[i].second_ns);
            EXPECT(core->unanswered && !core->waiting);
        }
    }
    unlink(mute_rom);
}

/* A lock in a state is nobody's that is known, and may be given back. */
TEST_BEGINS(a_lock_of_nobody_is_waited_for, bench)
{
    struct rot_core_options options = defaults;
    uint8_t *state = NULL;
    size_t size = 0;
    uint32_t status = 9;
    options.limit_ns = 10000;
    if (build(bench, BUILT "rom.bin", &options) &&
        EXPECT_EQ(rot_core_boot(&bench->core, ROT_STAGE_RUNTIME),
                  ROT_ERROR_NONE)) {
        struct rot_core *core = &bench->core;
        EXPECT_EQ(get(bench, CALIPTRA_MBOX_LOCK), 0);
        EXPECT_EQ(rot_core_save(core, &state, &size), ROT_ERROR_NONE);
        EXPECT_EQ(rot_core_load(core, state, size), ROT_ERROR_NONE);
        uint64_t time_ns = rot_core_time(core);
        EXPECT_EQ(ask(bench, CALIPTRA_CMD_VERSION, &status), ROT_ERROR_BUSY);
        EXPECT_EQ(rot_core_time(core),
                  time_ns + ROT_COMMAND_PAUSE * ACCESS_NS + 10000);
        EXPECT_EQ(status, CALIPTRA_MBOX_STATUS_BUSY);
        free(state);
    }
}

/* A ROM takes an unknown command as an attack. */
TEST_BEGINS(a_fault_ends_the_wait_for_an_answer, bench)
{
    uint32_t status = 0;
    if (set_up(bench, ROT_STAGE_FIRMWARE_READY)) {
        struct rot_core *core = &bench->core;
        uint64_t time_ns = rot_core_time(core);
        EXPECT_EQ(ask(bench, 0x11111111, &status), ROT_ERROR_FATAL);
        EXPECT(rot_core_time(core) < time_ns + 1000000);
        EXPECT_EQ(rot_core_boot(core, ROT_STAGE_RUNTIME), ROT_ERROR_NONE);
        expect_answer(bench);
    }
}

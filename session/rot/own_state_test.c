/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications of our protocol, resets and state. */
#include "abi/caliptra_mailbox.h"
#include "session/rot/own.h"
#include "tests/rot_bench.h"

/* ---- Notifications ------------------------------------------------------- */

static const char reset_line[] = "soc_ifc.cptra_rst_b";

static void set_level(struct peer *peer, const char *name, uint32_t level)
{
    ask_line(peer, OWN_SET_LINE, level, name, strlen(name));
}

/* The reset line follows its driver at once, and is watched. */
static void watch(struct peer *peer, uint32_t on)
{
    ask_line(peer, OWN_WATCH, on, reset_line, strlen(reset_line));
    peer_take(peer);
    buffer_clear(&peer->got);
}

FIXTURE(struct bench, bench, bench_close)
FIXTURE_BEGIN(bench, REQUIRE(bench_serve(bench, &plain)))

TEST_ON(a_line_is_told_to_those_who_watch_it, bench)
{
    struct peer own = peer_greet(bench);
    struct peer other = peer_greet(bench);
    OWNED(peer_close) struct peer closing = peer_greet(bench);
    watch(&own, 1);
    watch(&closing, 1);
    for (uint32_t level = 2; level-- > 0;) {
        set_level(&other, reset_line, level);
        if (level == 0) {
            expect_notice(&own, OWN_LINE_CHANGED, 0, 0, "");
        }
        expect_reply(&other, OWN_SET_LINE, 1, ROT_ERROR_NONE, NULL, 0);
        if (level == 1) {
            closing.client->closing = true;
        }
    }
    expect_end(&closing);
    /* The notification comes before the reply to its cause. */
    set_level(&own, reset_line, 1);
    expect_notice(&own, OWN_LINE_CHANGED, 0, 1, "");
    expect_reply(&own, OWN_SET_LINE, 1, ROT_ERROR_NONE, NULL, 0);
    watch(&own, 0);
    set_level(&own, reset_line, 0);
    expect_reply(&own, OWN_SET_LINE, 1, ROT_ERROR_NONE, NULL, 0);
    expect_nothing(&own);
    expect_nothing(&other);
    peer_close(&own);
    peer_close(&other);
}

TEST_ON(notifications_beyond_a_bound_are_counted, bench)
{
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    struct rot_client *client = peer.client;
    buffer_append_zeros(&client->out, ROT_OUT_MOST);
    for (uint32_t i = 1; i < 4; i++) {
        rot_own_line(client, 7, 8);
        EXPECT_EQ(client->lost, i);
    }
    rot_own_tell_reset(bench->server, 1);
    rot_own_end(client, ROT_ERROR_ENDING);
    EXPECT_EQ(client->lost, 5);
    EXPECT_EQ(client->out.size, ROT_OUT_MOST);
    client->out.size--;
    rot_own_line(client, 7, 9); /* it is lost behind the count */
    EXPECT_EQ(client->lost, 1);
    client->out_sent = ROT_OUT_MOST - 1;
    rot_client_flush(client);
    expect_notice(&peer, OWN_LOST, 5, 0, "");
    rot_own_line(client, 7, 10);
    rot_own_line(client, 7, 11);
    rot_client_flush(client);
    expect_notice(&peer, OWN_LOST, 1, 0, "");
    expect_notice(&peer, OWN_LINE_CHANGED, 7, 10, "");
    expect_notice(&peer, OWN_LINE_CHANGED, 7, 11, "");
}

/* Its line says when the command that the part was given is answered. */
TEST_ON(a_run_that_is_to_stop_does_so_at_a_line_of_its_client, bench)
{
    static const char answer_line[] = "mailbox.mailbox_data_avail";
    static const struct {
        bool stops, other;
        uint32_t why;
    } rows[] = {
        {true,  false, 1},
        {false, false, 0},
        {true,  true,  0},
    };
    struct peer own = peer_greet(bench);
    OWNED(peer_close) struct peer other = peer_greet(bench);
    ask_line(&own, OWN_WATCH, 1, answer_line, strlen(answer_line));
    for (uint32_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static const uint32_t steps[][2] = {
            {CALIPTRA_MBOX_CMD,     CALIPTRA_CMD_VERSION},
            {CALIPTRA_MBOX_DLEN,    0                   },
            {CALIPTRA_MBOX_EXECUTE, 1                   },
        };
        struct peer *runner = rows[i].other ? &other : &own;
        struct rot_core *core = &bench->server->core;
        uint32_t lock = 1;
        test_case("%u", i);
        EXPECT_EQ(rot_core_read(core, &own, USER, CALIPTRA_MBOX_LOCK, &lock),
                  ROT_ERROR_NONE);
        for (size_t j = 0; j < ARRAY_SIZE(steps); j++) {
            EXPECT_EQ(
                rot_core_write(core, &own, USER, steps[j][0], steps[j][1]),
                ROT_ERROR_NONE);
        }
        peer_take(&own);
        buffer_clear(&own.got);
        const uint64_t before_ns = rot_core_time(core);
        ask(runner, OWN_RUN, 5, WORDS(1000000, 0, rows[i].stops));
        peer_take(&own);
        if (EXPECT(own.got.size >= 28)) {
            EXPECT_EQ(load_le32(own.got.bytes + 4), 0x40010001);
            own.got.size -= 28;
            memmove(own.got.bytes, own.got.bytes + 28, own.got.size);
        }
        expect_reply(runner, OWN_RUN, 5, ROT_ERROR_NONE, WORDS(rows[i].why));
        EXPECT_EQ(rot_core_time(core) == before_ns + 1000000, rows[i].why == 0);
        /* Outside of a run a line stops none that comes later. */
        EXPECT_EQ(rot_core_write(core, &own, USER, CALIPTRA_MBOX_EXECUTE, 0),
                  ROT_ERROR_NONE);
        rot_clients_settle(bench->server);
        expect_notice(&own, OWN_LINE_CHANGED, 0, 0, "");
        ask(runner, OWN_RUN, 6, WORDS(100, 0, 0));
        expect_reply(runner, OWN_RUN, 6, ROT_ERROR_NONE, WORDS(0));
    }
    peer_close(&own);
}

/* ---- Resets and state ---------------------------------------------------- */

TEST_ON(resets_and_states_are_told_to_all_who_have_greeted, bench)
{
    static const struct {
        unsigned kind;
        uint32_t stage, flow;
    } rows[] = {
        {OWN_RESET_WARM, UINT32_MAX,               1u << 30},
        {OWN_RESET_WARM, ROT_STAGE_RESET,          0       },
        {OWN_RESET_COLD, ROT_STAGE_FIRMWARE_READY, 1u << 28},
        {OWN_RESET_COLD, UINT32_MAX,               1u << 30},
        {OWN_RESET_COLD, ROT_STAGE_RUNTIME,        3u << 28},
    };
    struct peer own = peer_greet(bench);
    struct peer other = peer_greet(bench);
    struct peer stranger = peer_connect(bench, ROT_PROTOCOL_OWN);
    OWNED(peer_close) struct peer closing = peer_greet(bench);
    closing.client->closing = true;
    for (uint32_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%u", i);
        ask(&own, OWN_RESET, i, WORDS(rows[i].kind, rows[i].stage));
        expect_notice(&own, OWN_WAS_RESET, rows[i].kind, 0, "");
        expect_reply(&own, OWN_RESET, i, ROT_ERROR_NONE, NULL, 0);
        expect_notice(&other, OWN_WAS_RESET, rows[i].kind, 0, "");
        uint32_t value = 0;
        EXPECT_EQ(rot_core_read(&bench->server->core, NULL, USER,
                                CALIPTRA_SOC_IFC_FLOW_STATUS, &value),
                  ROT_ERROR_NONE);
        EXPECT_EQ(value & 7u << 28, rows[i].flow);
    }
    uint8_t *state = NULL;
    size_t size = 0;
    EXPECT_EQ(rot_core_save(&bench->server->core, &state, &size),
              ROT_ERROR_NONE);
    ask(&own, OWN_SAVE, 1, NULL, 0);
    expect_reply(&own, OWN_SAVE, 1, ROT_ERROR_NONE, state, size);
    struct buffer frame = {0};
    buffer_append_zeros(&frame, 4);
    buffer_append(&frame, state, size);
    struct rot_frame load = {.number = OWN_LOAD,
                             .length = (uint32_t)frame.size,
                             .payload = frame.bytes};
    EXPECT_EQ(rot_own_serve(own.client, &load), ROT_SERVED);
    rot_clients_settle(bench->server);
    expect_notice(&own, OWN_WAS_RESET, OWN_RESET_LOADED, 0, "");
    expect_reply(&own, OWN_LOAD, 0, ROT_ERROR_NONE, NULL, 0);
    expect_notice(&other, OWN_WAS_RESET, OWN_RESET_LOADED, 0, "");
    ask(&own, OWN_LOAD, 2, "none", 4);
    peer_take(&own);
    EXPECT_EQ(load_le32(own.got.bytes + 16), ROT_ERROR_STATE);
    ask(&other, OWN_FUSES, 2, "a = 1\n", 6);
    peer_take(&other);
    EXPECT_EQ(load_le32(other.got.bytes + 16), ROT_ERROR_BOOT);
    expect_nothing(&stranger);
    expect_end(&closing);
    buffer_fini(&frame);
    free(state);
    peer_close(&own);
    peer_close(&other);
    peer_close(&stranger);
}

TEST_ON(a_status_is_of_the_part_and_its_clients, bench)
{
    static const uint32_t registers[] = {
        CALIPTRA_SOC_IFC_FLOW_STATUS,    CALIPTRA_SOC_IFC_BOOT_STATUS,
        CALIPTRA_SOC_IFC_HW_ERROR_FATAL, CALIPTRA_SOC_IFC_HW_ERROR_NON_FATAL,
        CALIPTRA_SOC_IFC_FW_ERROR_FATAL, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL,
        CALIPTRA_SOC_IFC_HW_REV_ID,
    };
    struct peer own = peer_greet(bench);
    struct peer bus = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
    struct rot_core *core = &bench->server->core;
    uint32_t words[ARRAY_SIZE(registers) + 3] = {0};
    for (uint32_t held = 0; held < 2; held++) {
        uint32_t lock = 0;
        for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
            EXPECT_EQ(
                rot_core_read(core, own.client, USER, registers[i], &words[i]),
                ROT_ERROR_NONE);
        }
        words[7] = 2;
        words[8] = held * 2;
        words[9] = (uint32_t)cairn_unmodelled_count(core->machine);
        ask(&own, OWN_STATUS, held, NULL, 0);
        expect_reply(&own, OWN_STATUS, held, ROT_ERROR_NONE, words,
                     sizeof(words));
        EXPECT_EQ(
            rot_core_read(core, bus.client, USER, CALIPTRA_MBOX_LOCK, &lock),
            ROT_ERROR_NONE);
    }
    peer_close(&own);
    peer_close(&bus);
}

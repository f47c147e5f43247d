/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of our protocol, and their replies to the byte. */
#include "abi/caliptra_mailbox.h"
#include "session/rot/own.h"
#include "tests/rot_bench.h"

enum { APB_READ = 3 };
enum {
    WORD = CALIPTRA_SOC_IFC_WDT_CFG, /* and another, to write to */
    END_OF_WINDOW = ROT_WINDOW_BASE + ROT_WINDOW_SIZE,
    SAME = OWN_SAME_ADDRESS << 16,
    MOST = ROT_RUN_MOST_NS,
    PACE = ROT_PACE_MOST_NS,
};

static const char ready_line[] = "soc_ifc.ready_for_runtime";

/* ---- Fields of requests -------------------------------------------------- */

TEST(a_greeting_says_what_there_is)
{
    static const struct {
        uint32_t versions;
        bool real_time, fits;
    } rows[] = {
        {0x00010001, false, true },
        {0x00010000, true,  true },
        {0xffff0001, false, true },
        {0x00030002, false, false},
        {0x00000000, false, false},
        {0x0001ffff, false, false},
    };
    struct rot_server_options options = {.core.access_ns = 0x1234567890};
    for (unsigned real_time = 0; real_time < 2; real_time++) {
        struct bench bench;
        options.real_time = real_time != 0;
        if (!bench_serve(&bench, &options)) {
            bench_close(&bench);
            return;
        }
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            struct peer peer = peer_connect(&bench, ROT_PROTOCOL_OWN);
            OWNED(buffer_fini) struct buffer want = {0};
            const uint64_t access_ns = real_time ? 0 : options.core.access_ns;
            const uint32_t words[] = {
                1,
                0x7f | real_time << 16,
                (uint32_t)i + 1,
                USER,
                ROT_WINDOW_BASE,
                ROT_WINDOW_SIZE,
                ROT_STATE_MOST,
                (uint32_t)access_ns,
                (uint32_t)(access_ns >> 32),
            };
            test_case("%u: %08x", real_time, rows[i].versions);
            buffer_append(&want, words, sizeof(words));
            buffer_print(&want, "cairn %s", cairn_version());
            ask(&peer, OWN_HELLO, 3, WORDS(rows[i].versions));
            if (rows[i].fits) {
                expect_reply(&peer, OWN_HELLO, 3, ROT_ERROR_NONE, want.bytes,
                             want.size);
            } else {
                expect_refusal(&peer, OWN_HELLO, 3, ROT_ERROR_VERSION);
            }
            ask(&peer, OWN_PING, 4, NULL, 0);
            if (rows[i].fits) {
                expect_reply(&peer, OWN_PING, 4, ROT_ERROR_NONE, NULL, 0);
                ask(&peer, OWN_HELLO, 5, WORDS(0x10001));
                expect_refusal(&peer, OWN_HELLO, 5, ROT_ERROR_HELLO);
                ask(&peer, OWN_PACE, 6, WORDS(0, 0));
                peer_take(&peer);
                EXPECT_EQ(load_le32(peer.got.bytes + 16),
                          real_time ? ROT_ERROR_VALUE : ROT_ERROR_NONE);
            } else {
                expect_refusal(&peer, OWN_PING, 4, ROT_ERROR_HELLO);
            }
            peer_close(&peer);
        }
        bench_close(&bench);
    }
}

FIXTURE(struct bench, bench, bench_close)
FIXTURE_BEGIN(bench, REQUIRE(bench_serve(bench, &plain)))

/* In this order, of one client. */
TEST_ON(each_field_of_a_request_counts, bench)
{
    static const struct {
        unsigned number, count;
        uint32_t words[5];
        enum rot_error error;
        unsigned more;
        uint32_t reply[3];
    } rows[] = {
        {OWN_PING,    2, {1, 2},                       0,                 2, {1, 2}                  },
        {OWN_WRITE,   4, {WORD, 2, 0x1111, 0x2222},    0,                 0, {0}                     },
        {OWN_READ,    2, {WORD, 2},                    0,                 2, {0x1111, 0x2222}        },
        {OWN_READ,    2, {WORD, SAME | 3},             0,                 3, {0x1111, 0x1111, 0x1111}},
        {OWN_WRITE,   4, {WORD, SAME | 2, 3, 4},       0,                 0, {0}                     },
        {OWN_READ,    2, {WORD, 2},                    0,                 2, {4, 0x2222}             },
        {OWN_WRITE,   3, {WORD, 1, 5},                 0,                 0, {0}                     },
        {OWN_READ,    2, {WORD, 1},                    0,                 1, {5}                     },
        {OWN_READ,    2, {WORD, 0},                    ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_READ,    2, {WORD, 2 * SAME | 1},         ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_WRITE,   2, {WORD, 0},                    ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_WRITE,   2, {WORD, 2 * SAME | 1},         ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_WRITE,   3, {WORD, 2, 6},                 ROT_ERROR_LENGTH,  0, {0}                     },
        {OWN_WRITE,   4, {WORD, 1, 6, 7},              ROT_ERROR_LENGTH,  0, {0}                     },
        {OWN_READ,    2, {END_OF_WINDOW, 1},           ROT_ERROR_ADDRESS, 0, {0}                     },
        {OWN_WRITE,   3, {END_OF_WINDOW, 1, 6},        ROT_ERROR_ADDRESS, 0, {0}                     },
        {OWN_WRITE,   4, {END_OF_WINDOW - 4, 2, 6, 7}, ROT_ERROR_ADDRESS, 0, {0}                     },
        {OWN_READ,    2, {WORD, 1},                    0,                 1, {5}                     },
        {OWN_PACE,    2, {PACE + 1, 0},                ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_PACE,    2, {5, 0x80000000},              ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_PACE,    2, {PACE, 0},                    0,                 0, {0}                     },
        {OWN_READ,    2, {WORD, MOST / PACE + 1},      ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_PACE,    2, {0, 0},                       0,                 0, {0}                     },
        {OWN_RUN,     3, {MOST, 0, 0},                 0,                 1, {0}                     },
        {OWN_RUN,     3, {MOST + 1, 0, 0},             ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_RUN,     3, {5, 0x80000000, 0},           ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_RUN,     3, {5, 0, 2},                    ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_RUN,     3, {5, 0, 1},                    0,                 1, {0}                     },
        {OWN_MAILBOX, 2, {CALIPTRA_CMD_VERSION, 2},    ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_MAILBOX,
         3,              {CALIPTRA_CMD_VERSION, 0, 9},
         0,                                                               1,
         {CALIPTRA_MBOX_STATUS_FAILURE}                                                              },
        {OWN_RESET,   2, {0, 0},                       ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_RESET,   2, {3, 4},                       ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_RESET,   2, {1, ROT_STAGES},              ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_RESET,   2, {2, ROT_STAGES},              ROT_ERROR_VALUE,   0, {0}                     },
        {OWN_USER,    1, {9},                          0,                 0, {0}                     },
        {OWN_READ,    2, {CALIPTRA_MBOX_STATUS, 1},    ROT_ERROR_BUS,     0, {0}                     },
        {OWN_MAILBOX, 2, {CALIPTRA_CMD_VERSION, 1},    ROT_ERROR_BUS,     0, {0}                     },
        {OWN_USER,    1, {USER},                       0,                 0, {0}                     },
    };
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    for (uint32_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t before_ns = rot_core_time(&bench->server->core);
        test_case("%u: %u", i, rows[i].number);
        ask(&peer, rows[i].number, i << 24, rows[i].words, 4 * rows[i].count);
        if (rows[i].error == ROT_ERROR_NONE) {
            expect_reply(&peer, rows[i].number, i << 24, ROT_ERROR_NONE,
                         rows[i].reply, 4 * rows[i].more);
        } else {
            expect_refusal(&peer, rows[i].number, i << 24, rows[i].error);
        }
        if (rows[i].number == OWN_RUN && rows[i].error == ROT_ERROR_NONE) {
            EXPECT_EQ(rot_core_time(&bench->server->core),
                      before_ns + rows[i].words[0]);
        }
    }
}

TEST_ON(lines_are_named_to_their_last_byte, bench)
{
    static const char reset_line[] = "soc_ifc.cptra_rst_b";
    static const struct {
        unsigned number;
        uint32_t level;
        const char *name;
        size_t size;
        enum rot_error error;
        unsigned more;
        uint32_t reply[2];
    } rows[] = {
        {OWN_GET_LINE, 0, ready_line, sizeof(ready_line) - 1, 0,              1, {1}   },
        {OWN_GET_LINE,
         0,               ready_line,
         sizeof(ready_line),
         ROT_ERROR_NAME,                                                      0,
         {0}                                                                           },
        {OWN_GET_LINE,
         0,               ready_line,
         sizeof(ready_line) - 2,
         ROT_ERROR_NAME,                                                      0,
         {0}                                                                           },
        {OWN_WATCH,    1, ready_line, sizeof(ready_line),     ROT_ERROR_NAME, 0, {0}   },
        {OWN_WATCH,    1, "nobody",   6,                      ROT_ERROR_NAME, 0, {0}   },
        {OWN_WATCH,    0, reset_line, sizeof(reset_line) - 1, 0,              2, {0, 1}},
        {OWN_WATCH,    2, ready_line, sizeof(ready_line) - 1, 0,              2, {1, 1}},
        {OWN_WATCH,    0, reset_line, sizeof(reset_line) - 1, 0,              2, {0, 1}},
        {OWN_SET_LINE,
         0,               reset_line,
         sizeof(reset_line),
         ROT_ERROR_NAME,                                                      0,
         {0}                                                                           },
        {OWN_SET_LINE, 0, "nobody",   6,                      ROT_ERROR_NAME, 0, {0}   },
        {OWN_SET_LINE,
         0,               ready_line,
         sizeof(ready_line) - 1,
         ROT_ERROR_VALUE,                                                     0,
         {0}                                                                           },
        {OWN_SET_LINE, 1, reset_line, sizeof(reset_line) - 1, 0,              0, {0}   },
    };
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%zu: %u", i, rows[i].number);
        ask_line(&peer, rows[i].number, rows[i].level, rows[i].name,
                 rows[i].size);
        if (rows[i].error == ROT_ERROR_NONE) {
            expect_reply(&peer, rows[i].number, 1, ROT_ERROR_NONE,
                         rows[i].reply, 4 * rows[i].more);
        } else {
            expect_refusal(&peer, rows[i].number, 1, rows[i].error);
        }
    }
    EXPECT(!peer.client->watched[0] && peer.client->watched[1]);
    OWNED(buffer_fini) struct buffer names = {0};
    const struct cairn_line *line;
    struct cairn_machine *machine = bench->server->core.machine;
    for (size_t i = 0; (line = cairn_line_at(machine, i)); i++) {
        buffer_append(&names, cairn_line_is_input(machine, line) ? "<" : ">",
                      1);
        buffer_print(&names, "%s", cairn_line_name(line));
        buffer_append_zeros(&names, 1);
    }
    ask(&peer, OWN_LINES, 9, NULL, 0);
    expect_reply(&peer, OWN_LINES, 9, ROT_ERROR_NONE, names.bytes, names.size);
}

/* ---- Replies ------------------------------------------------------------- */

/* The text that came with an error is ASCII, and said once. */
TEST_ON(a_refusal_has_its_cause, bench)
{
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    struct rot_server *server = bench->server;
    static const char text[] =
        "the bus of the root of trust refuses the access: ?? !~??";
    server->core.why = (struct cairn_error){"\x01\x1f !~\x7f\x80"};
    rot_own_refuse(peer.client, NULL, ROT_ERROR_BUS);
    rot_client_flush(peer.client);
    expect_reply(&peer, 0, 0, ROT_ERROR_BUS, text, sizeof(text) - 1);
    rot_own_refuse(peer.client, NULL, ROT_ERROR_BUS);
    rot_client_flush(peer.client);
    expect_refusal(&peer, 0, 0, ROT_ERROR_BUS);
    /* None of the table's, which the parser holds back. */
    for (uint16_t number = 0; number < 40; number += 19) {
        struct rot_frame frame = {.number = number, .length = 3};
        EXPECT_EQ(rot_own_serve(peer.client, &frame), ROT_SERVED);
        rot_client_flush(peer.client);
        expect_refusal(&peer, number, 0, ROT_ERROR_COMMAND);
    }
}

TEST_ON(words_that_were_read_before_an_error_are_answered, bench)
{
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    OWNED(buffer_fini) struct buffer words = {0};
    uint32_t value = 0;
    uint32_t address = WORD;
    enum rot_error error = ROT_ERROR_NONE;
    while (error == ROT_ERROR_NONE) {
        error = rot_core_read(&bench->server->core, peer.client, USER, address,
                              &value);
        if (error == ROT_ERROR_NONE) {
            buffer_append_le32(&words, value);
        }
        address += 4;
    }
    EXPECT(words.size >= 8);
    /* Half of what a count can be is not a flag. */
    for (uint32_t count = 0x8000; count < 0x10000; count += 0x7fff) {
        ask(&peer, OWN_READ, 2, WORDS(WORD, count));
        expect_reply(&peer, OWN_READ, 2, error, words.bytes, words.size);
    }
}

TEST_BEGINS(time_passes_for_accesses_and_runs, bench)
{
    struct rot_server_options options = {.core.access_ns = 1000};
    REQUIRE(bench_serve(bench, &options));
    struct peer own = peer_greet(bench);
    struct peer bus = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
    struct rot_core *core = &bench->server->core;
    uint64_t time_ns = rot_core_time(core);
    ask(&own, OWN_READ, 1, WORDS(WORD, 3));
    EXPECT_EQ(rot_core_time(core), time_ns += 3000);
    ask(&own, OWN_WRITE, 1, WORDS(WORD, 2, 3, 4));
    EXPECT_EQ(rot_core_time(core), time_ns += 2000);
    ask(&own, OWN_PACE, 1, WORDS(7, 0));
    ask(&own, OWN_READ, 1, WORDS(WORD, 2));
    EXPECT_EQ(rot_core_time(core), time_ns += 14);
    peer_send(&bus, APB_READ, WORDS(WORD));
    EXPECT_EQ(rot_core_time(core), time_ns += 1000);
    ask(&own, OWN_PACE, 1, WORDS(PACE, 0));
    ask(&own, OWN_READ, 1, WORDS(WORD, SAME | MOST / PACE));
    EXPECT_EQ(rot_core_time(core), time_ns += MOST);
    peer_take(&own);
    buffer_clear(&own.got);
    for (unsigned i = 0; i < 4; i++) {
        ask(&own, OWN_RUN, i, WORDS(MOST, 0, 0));
        expect_reply(&own, OWN_RUN, i, ROT_ERROR_NONE, WORDS(0));
        EXPECT_EQ(rot_core_time(core), time_ns += MOST);
    }
    EXPECT(time_ns >> 32 != 0);
    /* It sleeps, then its processor runs, then it has no power. */
    for (unsigned i = 0; i < 3; i++) {
        static const uint32_t stages[] = {ROT_STAGE_RUNTIME, ROT_STAGE_RESET,
                                          ROT_STAGE_POWER};
        EXPECT_EQ(rot_core_boot(core, stages[i]), ROT_ERROR_NONE);
        (void)rot_core_pass(core, i == 0 ? 1000000 : 0);
        uint64_t next_ns = rot_core_next_event(core);
        test_case("%u: %llu", i, (unsigned long long)next_ns);
        EXPECT_EQ(next_ns == rot_core_time(core), i == 1);
        EXPECT_EQ(next_ns == UINT64_MAX, i != 1);
        ask(&own, OWN_TIME, 1, NULL, 0);
        expect_reply(&own, OWN_TIME, 1, ROT_ERROR_NONE, &next_ns, 8);
    }
    peer_close(&own);
    peer_close(&bus);
}

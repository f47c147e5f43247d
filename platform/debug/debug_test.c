/* SPDX-License-Identifier: Apache-2.0 */
/* The debug stub by its protocol: a debugger that errs, gabbles or vanishes.
 * A real one is at it in tests/program/debug-test.sh. */
#include "platform/machine/machine.h"

#include "host/time.h"
#include "platform/debug/debug.h"
#include "platform/debug/gdb_packet.h"
#include "platform/test_bench.h"
#include "tests/debugger.h"
#include "tests/harness.h"

static const uint32_t count_up[] = {
    ADDI(T0, T0, 1),
    J(-4),
};

static bool open_session(struct session *session)
{
    return open_session_with(
        session, bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up)),
        NULL);
}

static void ask(struct session *session, const char *payload,
                const char *expected)
{
    char text[GDB_PACKET_MAX + 64];
    OWNED(buffer_fini) struct buffer wire = {0};
    OWNED(buffer_fini) struct buffer answer = {0};
    gdb_packet_wrap(&wire, payload, strlen(payload));
    buffer_append(&answer, "+", 1);
    gdb_packet_wrap(&answer, expected, strlen(expected));
    test_case("%.60s", payload);
    say(session, buffer_text(&wire));
    EXPECT_STR(hear(session, text, sizeof(text)), buffer_text(&answer));
    say(session, "+");
}

TEST(malformed_and_unknown_packets_are_answered_as_the_protocol_says)
{
    static const struct {
        const char *payload;
        const char *answer;
    } packets[] = {
        {"",                                          ""            },
        {"nonsense",                                  ""            },
        {"vNonsense",                                 ""            },
        {"qNonsense",                                 ""            },
        {"?",                                         "T05thread:1;"},
        {"m",                                         "E16"         },
        {"m0",                                        "E16"         },
        {"m0,",                                       "E16"         },
        {"m0,4",                                      "93821200"    },
        {"m0,fffffff",                                "E16"         },
        {"m123456789abcdef01,4",                      "E16"         },
        {"m20000000,4",                               "E0e"         },
        {"m1fffe,4",                                  "0000"        },
        {"M10000,4:11223344",                         "OK"          },
        {"m10000,4",                                  "11223344"    },
        {"M10000,4:112233",                           "E16"         },
        {"M10000,4:1122334g",                         "E16"         },
        {"M10000,4",                                  "E16"         },
        {"M20000000,1:00",                            "E0e"         },
        {"M50,4:11223344",                            "E0e"         },
        {"X10000,2:ab",                               "OK"          },
        {"X10000,3:ab",                               "E16"         },
        {"m10000,4",                                  "61623344"    },
        {"p",                                         "E16"         },
        {"pffffffff",                                 "E16"         },
        {"P5=78563412",                               "OK"          },
        {"p5",                                        "78563412"    },
        {"P5=78",                                     "E16"         },
        {"P5",                                        "E16"         },
        {"Pffff=00000000",                            "E16"         },
        {"G0",                                        "E16"         },
        {"Gxx",                                       "E16"         },
        {"Hg2",                                       "E16"         },
        {"Hx1",                                       "E16"         },
        {"Hg1",                                       "OK"          },
        {"T1",                                        "OK"          },
        {"T2",                                        "E16"         },
        {"T",                                         "E16"         },
        {"Z9,0,4",                                    ""            },
        {"Z1,0",                                      "E16"         },
        {"Z",                                         "E16"         },
        {"z1,1234,4",                                 "E02"         },
        {"Z1,4,4",                                    "OK"          },
        {"vCont",                                     "E16"         },
        {"vCont;",                                    "E16"         },
        {"vCont;x",                                   "E16"         },
        {"vCont;s:7",                                 "E16"         },
        {"vCont;s:1",                                 "T05thread:1;"},
        {"s",                                         "T05thread:1;"},
        {"c",                                         "T05thread:1;"},
        {"qXfer:features:read:target.xml:",           "E16"         },
        {"qXfer:features:read:target.xml:0,",         "E16"         },
        {"qXfer:features:read:target.xml:fffffff,10", "l"           },
        {"qRcmd,zz",                                  "E16"         },
        {"qThreadExtraInfo,9",                        "E16"         },
        {"qfThreadInfo",                              "m1"          },
        {"qC",                                        "QC1"         },
    };
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_session(&session));
    for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
        ask(&session, packets[i].payload, packets[i].answer);
    }
}

TEST(damaged_and_oversized_packets_are_refused_and_the_next_is_heard)
{
    OWNED(close_session) struct session session = {.fd = -1};
    char text[64];
    REQUIRE(open_session(&session));
    say(&session, "$?#00");
    EXPECT_STR(hear(&session, text, sizeof(text)), "-");
    say(&session, "$m0#zz");
    EXPECT_STR(hear(&session, text, sizeof(text)), "-");
    OWNED(buffer_fini) struct buffer much = {0};
    for (size_t i = 0; i < 3 * GDB_PACKET_MAX; i++) {
        buffer_append(&much, "m", 1);
    }
    OWNED(buffer_fini) struct buffer wire = {0};
    gdb_packet_wrap(&wire, much.bytes, much.size);
    say(&session, buffer_text(&wire));
    EXPECT(strchr("-+", hear(&session, text, sizeof(text))[0]));
    say(&session, "+++ garbage $half#00");
    EXPECT_STR(hear(&session, text, sizeof(text)), "-");
    ask(&session, "?", "T05thread:1;");
}

TEST(an_interrupt_right_behind_continue_is_heard)
{
    OWNED(close_session) struct session session = {.fd = -1};
    char text[64];
    REQUIRE(open_session(&session));
    say(&session, "$c#63\x03");
    EXPECT_STR(hear(&session, text, sizeof(text)), "+$T02thread:1;#d4");
    ask(&session, "qC", "QC1");
}

TEST(a_debugger_that_vanishes_ends_the_service_at_any_point)
{
    static const char *const last_words[] = {
        "",
        "$",
        "$m0,4",
        "$m0,4#",
        "$m0,4#f",
        "$c#63",
        "$Z1,0,4#76$c#63",
        "$k#6b",
        "$D#44",
        "$vKill;1#6e",
        "\x03",
        "-",
        "+",
    };
    for (size_t i = 0; i < ARRAY_SIZE(last_words); i++) {
        OWNED(close_session) struct session session = {.fd = -1};
        test_case("%s", last_words[i]);
        REQUIRE(open_session(&session));
        say(&session, last_words[i]);
    }
}

/* ---- A debugger that does not read --------------------------------------- */

struct deaf {
    struct cairn_machine *machine;
    int fd;
    uint64_t patience_ns;
    uint64_t took_ns;
};

static void *serve_deaf(void *context)
{
    struct deaf *deaf = context;
    const uint64_t start = host_time_ns();
    debug_session(deaf->machine, deaf->fd, deaf->patience_ns, NULL);
    deaf->took_ns = host_time_ns() - start;
    return NULL;
}

/* Its answers, of 4 KiB each, fill all buffers on the way. */
TEST(a_debugger_that_does_not_read_counts_as_gone_after_a_time)
{
    enum { QUESTIONS = 1000, MS = 1000000, WAIT_S = 4 };
    static const uint64_t patience[] = {20 * MS, 100 * MS};
    static const char question[] = "$m0,7f0#96";
    for (size_t i = 0; i < ARRAY_SIZE(patience); i++) {
        struct deaf deaf = {.patience_ns = patience[i]};
        struct timespec latest;
        int ends[2] = {-1, -1};
        pthread_t thread;
        test_case("%llu ms", (unsigned long long)patience[i] / MS);
        deaf.machine =
            bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
        REQUIRE(deaf.machine &&
                socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
        deaf.fd = ends[0];
        for (unsigned n = 0; n < QUESTIONS; n++) {
            (void)!send(ends[1], question, sizeof(question) - 1, MSG_NOSIGNAL);
        }
        pthread_create(&thread, NULL, serve_deaf, &deaf);
        clock_gettime(CLOCK_REALTIME, &latest);
        latest.tv_sec += WAIT_S;
        if (!EXPECT(pthread_timedjoin_np(thread, NULL, &latest) == 0)) {
            shutdown(ends[1], SHUT_RDWR);
            pthread_join(thread, NULL);
        }
        EXPECT(deaf.took_ns >= patience[i]);
        close(ends[0]);
        close(ends[1]);
        cairn_destroy(deaf.machine);
    }
}

TEST(an_address_that_is_none_is_an_error)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
    REQUIRE(machine);
    struct cairn_error error = {""};
    EXPECT(cairn_debug_serve(machine, "nowhere:at:all", NULL, NULL, NULL,
                             &error) < 0);
    EXPECT(strstr(error.text, "nowhere"));
    cairn_destroy(machine);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Network back ends: their words, frames between peers, and the user network as
 * a guest sees it. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "backends/listener.h"
#include "backends/network_user.h"
#include "base/bits.h"
#include "host/socket.h"
#include "tests/network_end.h"

OWNER(struct loop, loop_destroy)

/* ---- Words --------------------------------------------------------------- */

TEST(words_that_are_none_are_refused)
{
    static const struct {
        const char *what;
        const char *says; /* NULL: they are good */
    } rows[] = {
        {"user",                                 NULL                                                       },
        {"user,restrict,hostname=a,pcap=x",      NULL                                                       },
        {"user,forward=tcp:1:2,forward=udp:3:4", NULL                                                       },
        {"none,pcap=x",                          NULL                                                       },
        {"slirp",                                "'slirp' is none of user, tap, socket, dgram, switch, none"},
        {"",                                     "'' is none of user, tap, socket, dgram, switch, none"     },
        {"user,speed=9",                         "'user' has no option 'speed'"                             },
        {"user,",                                "'user' has no option ''"                                  },
        {"user,restrict=yes",                    "'restrict=yes': expected restrict"                        },
        {"tap,name",                             "'name': expected name=DEVICE"                             },
        {"tap,name=",                            "'name=': expected name=DEVICE"                            },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = {""};
        test_case("%s", rows[i].what);
        EXPECT_EQ(network_check(rows[i].what, &error),
                  rows[i].says ? -EINVAL : 0);
        EXPECT_STR(error.text, rows[i].says ? rows[i].says : "");
    }
    char *value = network_words_option(rows[2].what, "forward", 1);
    EXPECT_STR(value, "udp:3:4");
    free(value);
    EXPECT(!network_words_option(rows[2].what, "forward", 2));
    EXPECT(!network_words_option("user", "forward", 0));
}

TEST(forwards_name_ports_and_may_name_addresses)
{
    static const struct {
        const char *text;
        const char *host; /* NULL: refused */
        long host_port;
        const char *guest;
        long guest_port;
    } rows[] = {
        {"tcp:2222:22",                "127.0.0.1", 2222, "0.0.0.0",   22  },
        {"udp:0.0.0.0:53:53",          "0.0.0.0",   53,   "0.0.0.0",   53  },
        {"tcp:80:10.0.2.16:8080",      "127.0.0.1", 80,   "10.0.2.16", 8080},
        {"tcp:127.0.0.2:1:10.0.2.9:2", "127.0.0.2", 1,    "10.0.2.9",  2   },
        {"tcp:22",                     NULL,        0,    NULL,        0   },
        {"sctp:1:2",                   NULL,        0,    NULL,        0   },
        {"tcp:0:22",                   NULL,        0,    NULL,        0   },
        {"tcp:65536:22",               NULL,        0,    NULL,        0   },
        {"tcp:1:2:3",                  NULL,        0,    NULL,        0   },
        {"tcp:host:1:2",               NULL,        0,    NULL,        0   },
        {"tcp:1.2.3.4:1:1.2.3.4:2:3",  NULL,        0,    NULL,        0   },
        {"tcp:-1:2",                   NULL,        0,    NULL,        0   },
        {"tcp::1",                     NULL,        0,    NULL,        0   },
        {"",                           NULL,        0,    NULL,        0   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct user_forward forward;
        struct error error = {""};
        char host[INET_ADDRSTRLEN];
        char guest[INET_ADDRSTRLEN];
        test_case("%s", rows[i].text);
        int code = user_forward_parse(rows[i].text, &forward, &error);
        EXPECT_EQ(code, rows[i].host ? 0 : -EINVAL);
        if (code == 0 && rows[i].host) {
            inet_ntop(AF_INET, &forward.host, host, sizeof(host));
            inet_ntop(AF_INET, &forward.guest, guest, sizeof(guest));
            EXPECT_STR(host, rows[i].host);
            EXPECT_STR(guest, rows[i].guest);
            EXPECT_EQ(forward.host_port, rows[i].host_port);
            EXPECT_EQ(forward.guest_port, rows[i].guest_port);
        }
    }
}

TEST(what_cannot_be_opened_says_why)
{
    static const struct {
        const char *what;
        int code;
        const char *says;
    } rows[] = {
        {"socket",                      -EINVAL, "'socket' needs one of listen="   },
        {"socket,connect=unix:/none",   -ENOENT,
         "cannot connect to 'unix:/none'"                                          },
        {"switch",                      -EINVAL, "'switch' needs path="            },
        {"switch,path=/none/x",         -ENOENT, "cannot listen on 'unix:/none/"   },
        {"tap",                         -EINVAL, "'tap' needs name=, of at most 15"},
        {"tap,name=a234567890123456",   -EINVAL, "'tap' needs name="               },
        {"dgram,local=unix:a",          -EINVAL, "'dgram' needs local= and remote="},
        {"dgram,local=unix:a,remote=1", -EINVAL,
         "'unix:a' and '1' are of two kinds"                                       },
        {"none,pcap=/none/x",           -ENOENT, "cannot write '/none/x'"          },
    };
    struct error refused = {""};
    OWNED(loop_destroy_at) struct loop *loop = loop_create(&refused);
    REQUIRE(loop);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = {""};
        struct end end;
        test_case("%s", rows[i].what);
        EXPECT_EQ(plug(&end, loop, rows[i].what, &error), rows[i].code);
        EXPECT(strncmp(error.text, rows[i].says, strlen(rows[i].says)) == 0);
    }
}

static void ignore(void *context, unsigned events)
{
}

TEST(a_listener_that_is_closed_has_no_descriptor)
{
    struct error error = {""};
    OWNED(loop_destroy_at) struct loop *loop = loop_create(&error);
    struct listener listener;
    REQUIRE(loop);
    const unsigned descriptors = test_descriptors();
    for (unsigned bad = 0; bad < 2; bad++) {
        EXPECT_EQ(listener_open(&listener, loop,
                                bad ? "unix:/none/x" : "127.0.0.1:0",
                                LISTENER_STREAM, ignore, NULL, &error),
                  bad ? -ENOENT : 0);
        EXPECT_EQ(listener.watch.fd < 0, bad);
        listener_close(&listener, loop);
        EXPECT(listener.watch.fd < 0);
        EXPECT_EQ(test_descriptors(), descriptors);
    }
}

/* A program that was started without a standard input. */
TEST(a_descriptor_may_be_0)
{
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    char folder[] = "/tmp/cairn-network-XXXXXX";
    REQUIRE(loop && mkdtemp(folder));
    char *rows[] = {
        xstrdup("none,pcap=/dev/null"),
        xasprintf("socket,listen=unix:%s/a", folder),
        xasprintf("switch,path=%s/a", folder),
        xasprintf("dgram,local=unix:%s/a,remote=unix:%s/b", folder, folder),
    };
    const int before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    close(STDIN_FILENO);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct end end;
        test_case("%s", rows[i]);
        EXPECT_EQ(plug(&end, loop, rows[i], &error), 0);
        EXPECT(fcntl(STDIN_FILENO, F_GETFD) >= 0);
        unplug(&end);
        free(rows[i]);
    }
    EXPECT_EQ(dup2(before, STDIN_FILENO), STDIN_FILENO);
    close(before);
    loop_destroy(loop);
    EXPECT_EQ(rmdir(folder), 0);
}

/* ---- Cables between machines --------------------------------------------- */

TEST(a_socket_has_one_peer_after_the_other)
{
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    char folder[] = "/tmp/cairn-network-XXXXXX";
    REQUIRE(loop && mkdtemp(folder));
    OWNED(free_at) char *address = xasprintf("%s/cable", folder);
    OWNED(free_at) char *listen = xasprintf("socket,listen=unix:%s", address);
    OWNED(free_at) char *join = xasprintf("socket,connect=unix:%s", address);
    struct end one;
    struct end other;
    REQUIRE(plug(&one, loop, listen, &error) == 0);
    EXPECT(!one.network->up);
    for (unsigned i = 1; i <= 2; i++) {
        REQUIRE(plug(&other, loop, join, &error) == 0);
        send_from(&other, 1, 2);
        EXPECT(wait_for(loop, &one, i));
        EXPECT(one.up);
        EXPECT_EQ(one.size, FRAME);
        EXPECT_EQ(one.last[14], 0x77);
        send_from(&one, 2, 1);
        EXPECT(wait_for(loop, &other, 1));
        unplug(&other);
        settle(loop);
        EXPECT(!one.up);
        EXPECT_EQ(one.links, 2 * i);
        expect_trouble(&one,
                       "the peer has gone: the link is down until the "
                       "next one comes\n");
    }
    /* A new member stays alone. */
    REQUIRE(plug(&other, loop, join, &error) == 0);
    settle(loop);
    unplug(&one);
    settle(loop);
    EXPECT(!other.network->up);
    send_from(&other, 1, 2);
    expect_trouble(&other, "the peer has gone: the link is down\n");
    unplug(&other);
    EXPECT(access(address, F_OK) != 0);
    loop_destroy(loop);
    rmdir(folder);
}

/* A frame as QEMU sends it: a length of four bytes, the highest first, and the
 * bytes. */
TEST(a_peer_that_sends_no_frames_is_left)
{
    static const struct {
        const char *bytes;
        size_t size;
        unsigned frames;
        bool left;
    } rows[] = {
        {"\0\0\0\x0e"
         "aaaaaaaaaaaaaa\0\0", 20, 1, false},
        {"\0\0\0\x0d"
         "aaaaaaaaaaaaa",      17, 0, true },
        {"\xff\xff\xff\xff",            4,  0, true },
        {"\0\x01\0\x12",                4,  0, true },
        {"\0\x01\0\x11",                4,  0, false},
    };
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    char folder[] = "/tmp/cairn-network-XXXXXX";
    REQUIRE(loop && mkdtemp(folder));
    OWNED(free_at) char *address = xasprintf("unix:%s/cable", folder);
    OWNED(free_at) char *listen = xasprintf("socket,listen=%s", address);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(unplug) struct end end = {0};
        int fd = -1;
        test_case("row %zu", i);
        REQUIRE(plug(&end, loop, listen, &error) == 0);
        REQUIRE(host_socket_connect(address, &fd, &error) == 0);
        EXPECT_EQ(host_socket_write(fd, rows[i].bytes, 1, UINT64_MAX), 0);
        settle(loop);
        EXPECT(end.up);
        EXPECT_EQ(host_socket_write(fd, rows[i].bytes + 1, rows[i].size - 1,
                                    UINT64_MAX),
                  0);
        settle(loop);
        EXPECT_EQ(end.frames, rows[i].frames);
        EXPECT_EQ(end.up, !rows[i].left);
        host_socket_close(fd);
        settle(loop);
        expect_trouble(&end,
                       "the peer has gone: the link is down until the "
                       "next one comes\n");
    }
    loop_destroy(loop);
    rmdir(folder);
}

/* By both kinds of addresses; a frame before the peer is there is lost, and a
 * datagram that is none is dropped. */
TEST(datagrams_are_frames)
{
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    char folder[] = "/tmp/cairn-network-XXXXXX";
    REQUIRE(loop && mkdtemp(folder));
    for (unsigned i = 0; i < 2; i++) {
        struct host_socket_peer peer;
        struct end one;
        struct end other;
        int fd = -1;
        const long port = 30000 + (long)getpid() % 20000;
        char *first =
            i == 0 ? xasprintf("unix:%s/one", folder) : xasprintf("%ld", port);
        char *second = i == 0 ? xasprintf("unix:%s/other", folder)
                              : xasprintf("127.0.0.1:%ld", port + 1);
        char *what = xasprintf("dgram,local=%s,remote=%s", first, second);
        char *back = xasprintf("dgram,local=%s,remote=%s", second, first);
        char *lost = xasprintf("frames for '%s' are lost: %s\n", second,
                               i == 0 ? "No such file or directory"
                                      : "Connection refused");
        test_case("%s", first);
        REQUIRE(plug(&one, loop, what, &error) == 0);
        EXPECT(one.network->up);
        for (unsigned j = 0; j < 3; j++) {
            send_from(&one, 2, 1);
            if (i == 0) { /* with UDP the loop might have the error first */
                settle(loop);
            }
        }
        expect_trouble(&one, lost);
        REQUIRE(host_socket_datagram(second, first, &fd, &peer, &error) == 0);
        /* A datagram that is no frame is told of once. */
        static const uint16_t sizes[] = {0, 13, 14, 60000};
        static const uint8_t bytes[60000];
        for (unsigned j = 0; j < ARRAY_SIZE(sizes); j++) {
            EXPECT_EQ(host_socket_send(fd, &peer, bytes, sizes[j]), 0);
            settle(loop);
            EXPECT_EQ(one.frames, j < 2 ? 0 : j - 1);
        }
        EXPECT_EQ(one.size, 60000);
        expect_trouble(&one, "the peer sends what is no frame: 0 bytes\n");
        host_socket_close(fd);
        REQUIRE(plug(&other, loop, back, &error) == 0);
        send_from(&other, 1, 2);
        EXPECT(wait_for(loop, &one, 3));
        EXPECT_EQ(one.size, FRAME);
        EXPECT_EQ(one.last[14], 0x77);
        send_from(&one, 2, 1);
        EXPECT(wait_for(loop, &other, 1));
        unplug(&other);
        unplug(&one);
        EXPECT(i != 0 || access(first + 5, F_OK) != 0);
        free(first);
        free(second);
        free(what);
        free(back);
        free(lost);
    }
    loop_destroy(loop);
    EXPECT_EQ(rmdir(folder), 0);
}

/* Others have their turn, too. */
TEST(of_datagrams_that_wait_64_are_frames_at_once)
{
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    struct end one;
    struct end other;
    const long port = 30000 + (long)getpid() % 20000;
    char *what =
        xasprintf("dgram,local=%ld,remote=127.0.0.1:%ld", port, port + 1);
    char *back =
        xasprintf("dgram,local=%ld,remote=127.0.0.1:%ld", port + 1, port);
    REQUIRE(loop);
    REQUIRE(plug(&one, loop, what, &error) == 0);
    REQUIRE(plug(&other, loop, back, &error) == 0);
    for (unsigned i = 0; i < 66; i++) {
        send_from(&other, 1, 2);
    }
    (void)loop_turn(loop, 0);
    EXPECT_EQ(one.frames, 64);
    (void)loop_turn(loop, 0);
    EXPECT_EQ(one.frames, 66);
    unplug(&other);
    unplug(&one);
    loop_destroy(loop);
    free(what);
    free(back);
}

/* ---- The packet log ------------------------------------------------------ */

TEST(packets_are_logged_as_pcap_has_them)
{
    static const uint8_t head[24 + 16] = {
        0x4d, 0x3c, 0xb2, 0xa1, 2,     0, 4, 0, 0,     0, 0, 0, 0, 0,
        0,    0,    0,    0,    4,     0, 1, 0, 0,     0, 3, 0, 0, 0,
        7,    0,    0,    0,    FRAME, 0, 0, 0, FRAME, 0, 0, 0};
    struct error error = {""};
    OWNED(loop_destroy_at) struct loop *loop = loop_create(&error);
    char path[] = "/tmp/cairn-pcap-XXXXXX";
    uint8_t bytes[256];
    int fd = mkstemp(path);
    REQUIRE(loop && fd >= 0);
    OWNED(free_at) char *what = xasprintf("none,pcap=%s", path);
    struct end end;
    REQUIRE(plug(&end, loop, what, &error) == 0);
    send_from(&end, 1, 2);
    unplug(&end);
    EXPECT_EQ(read(fd, bytes, sizeof(bytes)), sizeof(head) + FRAME);
    EXPECT_BYTES(bytes, head, sizeof(head));
    EXPECT_EQ(bytes[sizeof(head)], 2);
    EXPECT_EQ(bytes[sizeof(head) + 6], 1);
    close(fd);
    unlink(path);
}

TEST(a_log_for_which_there_is_no_room_is_reported)
{
    struct error error = {""};
    OWNED(loop_destroy_at) struct loop *loop = loop_create(&error);
    struct end end;
    REQUIRE(loop);
    REQUIRE(plug(&end, loop, "none,pcap=/dev/full", &error) == 0);
    send_from(&end, 1, 2);
    for (unsigned i = 0; i < 2; i++) {
        error_clear(&error);
        EXPECT_EQ(network_end_log(end.network, &error), -ENOSPC);
        EXPECT_STR(
            error.text,
            "file '/dev/full': cannot be written: No space left on device");
    }
    send_from(&end, 1, 2);
    unplug(&end);
}

TEST(a_log_that_has_room_in_part_is_reported)
{
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    struct rlimit before;
    struct end end;
    char path[] = "/tmp/cairn-pcap-XXXXXX";
    close(mkstemp(path));
    OWNED(free_at) char *what = xasprintf("none,pcap=%s", path);
    REQUIRE(loop && getrlimit(RLIMIT_FSIZE, &before) == 0);
    REQUIRE(plug(&end, loop, what, &error) == 0);
    send_from(&end, 1, 2);
    const struct rlimit few = {50, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &few);
    const int code = network_end_log(end.network, &error);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    (void)signal(SIGXFSZ, handler);
    EXPECT_EQ(code, -EFBIG);
    EXPECT(strstr(error.text, "cannot be written: File too large") != NULL);
    unplug(&end);
    loop_destroy(loop);
    unlink(path);
}

/* An error of which only the close tells, as on a disk of another host. */
TEST(a_log_that_cannot_be_closed_is_reported)
{
    enum { FIRST = (64 << 10) - 24 - 16 };
    static uint8_t frame[FIRST];
    const struct packet packet = {.bytes = frame, .size = sizeof(frame)};
    struct error error = {""};
    OWNED(loop_destroy_at) struct loop *loop = loop_create(&error);
    struct end end;
    REQUIRE(loop);
    const int fd = test_next_descriptor();
    REQUIRE(plug(&end, loop, "none,pcap=/dev/null", &error) == 0);
    network_send(end.network, &packet);
    EXPECT_EQ(close(fd), 0);
    EXPECT_EQ(network_end_log(end.network, &error), -EBADF);
    unplug(&end);
}

/* ---- The user network ---------------------------------------------------- */

/* The ARP question: who has 10.0.2.2? */
static const uint8_t question[42] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0,    1,    2,  3, 8, 6,
    0,    1,    8,    0,    6,    4,    0,    1,    0x52, 0x54, 0,  1, 2, 3,
    10,   0,    2,    15,   0,    0,    0,    0,    0,    0,    10, 0, 2, 2};

TEST(the_user_network_answers)
{
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    struct end end;
    REQUIRE(loop);
    int code = plug(&end, loop, "user,restrict", &error);
    if (code == -ENOTSUP) {
        test_skip("no libslirp here");
        loop_destroy(loop);
        return;
    }
    REQUIRE(code == 0);
    const struct packet packet = {.bytes = question, .size = sizeof(question)};
    network_send(end.network, &packet);
    EXPECT(wait_for(loop, &end, 1));
    EXPECT_EQ(end.last[12], 8);
    EXPECT_EQ(end.last[13], 6);
    EXPECT_EQ(end.last[21], 2); /* a reply */
    EXPECT_BYTES(end.last + 28, question + 38, 4);
    /* Frames that are cut short, and none at all of what they say. */
    for (uint32_t size = PACKET_ETHERNET; size < sizeof(question); size++) {
        const struct packet cut = {.bytes = question, .size = size};
        network_send(end.network, &cut);
    }
    settle(loop);
    unplug(&end);
    loop_destroy(loop);
}

TEST(a_forward_in_use_is_refused)
{
    struct error error = {""};
    struct error refused = {""};
    OWNED(loop_destroy_at) struct loop *loop = loop_create(&error);
    struct end end;
    int fd = -1;
    char name[64];
    REQUIRE(loop);
    REQUIRE(host_socket_listen("127.0.0.1:0", &fd, name, sizeof(name),
                               &error) == 0);
    OWNED(free_at) char *what = xasprintf("user,forward=tcp:%s:22", name);
    int code = plug(&end, loop, what, &refused);
    if (code != -ENOTSUP) {
        EXPECT_EQ(code, -EADDRINUSE);
        EXPECT(strstr(refused.text, "Address already in use") != NULL);
    }
    host_socket_close(fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Character back ends against real peers. */
#include "backends/character.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"
#include "host/socket.h"
#include "tests/harness.h"

struct port {
    struct loop *loop;
    struct character *character;
    struct buffer came; /* in from the back end */
    struct buffer troubles;
    unsigned ends;
};

static void take(void *context, const void *bytes, size_t size)
{
    struct port *port = context;
    buffer_append(&port->came, bytes, size);
}

static void end(void *context)
{
    struct port *port = context;
    port->ends++;
}

static void hear_trouble(void *context, const char *text)
{
    struct port *port = context;
    buffer_print(&port->troubles, "%s\n", text);
}

static int port_open(struct port *port, const char *what, struct error *error)
{
    const struct character_events events = {
        .received = take,
        .ended = end,
        .trouble = hear_trouble,
        .context = port,
    };
    *port = (struct port){.loop = loop_create(NULL)};
    return character_open(port->loop, what, &events, &port->character, error);
}

static void port_close(struct port *port)
{
    character_close(port->character);
    buffer_fini(&port->came);
    buffer_fini(&port->troubles);
    loop_destroy(port->loop);
}

/* Turns until so much has come in. */
static void port_wait(struct port *port, size_t size)
{
    while (port->came.size < size && loop_turn(port->loop, LOOP_FOREVER) >= 0) {
    }
}

static void say(struct port *port, const char *text)
{
    character_write(port->character, text, strlen(text));
    character_flush(port->character);
}

/* Reads exactly so much at the peer's end, which may have to wait. */
static void expect_at_peer(struct port *port, int peer, const char *text)
{
    char bytes[64] = "";
    size_t done = 0;
    while (done < strlen(text)) {
        loop_turn(port->loop, 0);
        ssize_t count = recv(peer, bytes + done, strlen(text) - done, 0);
        if (count < 0 && errno == ENOTSOCK) {
            count = read(peer, bytes + done, strlen(text) - done);
        }
        if (!EXPECT(count > 0)) {
            return;
        }
        done += (size_t)count;
    }
    EXPECT_STR(bytes, text);
}

/* ---- Kinds --------------------------------------------------------------- */

TEST(a_kind_that_there_is_not_is_refused_with_the_choices)
{
    static const struct {
        const char *what;
        const char *says;
    } rows[] = {
        {"tape",                         "'tape' is none of stdio, pty, file:PATH"},
        {"",                             "'' is none of"                          },
        {"file",                         "expected file:PATH"                     },
        {"file:",                        "expected file:PATH"                     },
        {"pty:x",                        "nothing follows 'pty'"                  },
        {"tcp:x",                        "'x' is no port number"                  },
        {"file:/tmp/cairn/none/x",       "cannot write"                           },
        {"connect:unix:/tmp/cairn/none", "cannot connect to"                      },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct port port;
        struct error error = {""};
        test_case("%s", rows[i].what);
        EXPECT(port_open(&port, rows[i].what, &error) < 0);
        EXPECT(!port.character);
        EXPECT(strstr(error.text, rows[i].says));
        port_close(&port);
    }
}

TEST(what_cannot_be_opened_is_found_before_and_changes_nothing)
{
    static const struct {
        const char *what;
        int code;
    } rows[] = {
        {"tape:x",                       -EINVAL},
        {"file",                         -EINVAL},
        {"pty:x",                        -EINVAL},
        {"tcp:x",                        -EINVAL},
        {"tcp:65536",                    -EINVAL},
        {"connect:x",                    -EINVAL},
        {"connect:unix:",                -EINVAL},
        {"file:/tmp/cairn/none/x",       -ENOENT},
        {"file:/tmp",                    -EISDIR},
        {"unix:/tmp/cairn/none/x",       -ENOENT},
        {"file:/tmp/cairn-unchanged",    0      },
        {"unix:/tmp/cairn-unchanged",    0      },
        {"tcp:0",                        0      },
        {"connect:unix:/tmp/cairn/none", 0      },
        {"loopback",                     0      },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = {""};
        test_case("%s", rows[i].what);
        EXPECT_EQ(character_check(rows[i].what, &error), rows[i].code);
        EXPECT((error.text[0] != '\0') == (rows[i].code != 0));
    }
    EXPECT(access("/tmp/cairn-unchanged", F_OK) != 0);
}

TEST(every_kind_says_what_it_is)
{
    for (size_t i = 0; character_type(i); i++) {
        const struct character_type *type = character_type(i);
        test_case("%s", type->name);
        EXPECT(type->purpose && type->open && type->close);
        EXPECT(character_type_find(type->name, NULL) == type);
    }
}

/* ---- Each of them -------------------------------------------------------- */

TEST(a_file_takes_what_is_written)
{
    char path[] = "/tmp/cairn-character-XXXXXX";
    int fd = mkstemp(path);
    char *what = xasprintf("file:%s", path);
    struct port port;
    struct buffer read = {0};
    EXPECT_EQ(write(fd, "old and long", 12), 12);
    close(fd);
    EXPECT_EQ(port_open(&port, what, NULL), 0);
    character_write(port.character, "new", 3);
    port_close(&port);
    EXPECT_EQ(file_read(path, 100, &read, NULL), 0);
    EXPECT_STR(buffer_text(&read), "new");
    buffer_fini(&read);
    unlink(path);
    free(what);
}

TEST(a_file_for_which_there_is_no_room_is_reported_once)
{
    struct port port;
    EXPECT_EQ(port_open(&port, "file:/dev/full", NULL), 0);
    say(&port, "lost");
    character_flush(port.character);
    character_flush(port.character);
    EXPECT_STR(buffer_text(&port.troubles),
               "cannot write '/dev/full', output is lost: No space left on "
               "device\n");
    struct error error = {""};
    EXPECT_EQ(character_end(port.character, &error), -ENOSPC);
    EXPECT_STR(error.text,
               "file '/dev/full': cannot be written: No space left on device");
    port_close(&port);
}

/* A guest prints and does not read what comes back. */
TEST(a_loopback_that_is_held_keeps_the_newest_64_kib)
{
    enum { ONE = 1000, TIMES = 400, KEPT = 64 << 10 };
    struct port port;
    char bytes[ONE];
    EXPECT_EQ(port_open(&port, "loopback", NULL), 0);
    character_hold(port.character, true);
    for (unsigned i = 0; i < TIMES; i++) {
        memset(bytes, (int)i, sizeof(bytes));
        character_write(port.character, bytes, sizeof(bytes));
        loop_turn(port.loop, 0);
    }
    EXPECT_EQ(port.came.size, 0);
    character_hold(port.character, false);
    character_flush(port.character);
    port_wait(&port, KEPT);
    EXPECT_EQ(port.came.size, KEPT);
    EXPECT_EQ(port.came.bytes[KEPT - 1], (TIMES - 1) & 0xff);
    port_close(&port);
}

TEST(a_loopback_gives_back_what_is_written_but_not_from_within)
{
    struct port port;
    EXPECT_EQ(port_open(&port, "loopback", NULL), 0);
    say(&port, "echo");
    EXPECT_EQ(port.came.size, 0);
    EXPECT_EQ(loop_turn(port.loop, 0), 1);
    EXPECT_STR(buffer_text(&port.came), "echo");
    say(&port, "never read");
    port_close(&port);
}

TEST(a_pty_passes_bytes_both_ways_and_outlives_its_peer)
{
    struct port port;
    EXPECT_EQ(port_open(&port, "pty", NULL), 0);
    for (unsigned i = 0; i < 2; i++) {
        int peer = open(port.character->name, O_RDWR | O_NOCTTY);
        buffer_clear(&port.came);
        EXPECT(peer >= 0);
        say(&port, "login: \r\n");
        expect_at_peer(&port, peer, "login: \r\n");
        EXPECT_EQ(write(peer, "root\r\003", 6), 6);
        port_wait(&port, 6);
        EXPECT_BYTES(port.came.bytes, "root\r\003", 6);
        close(peer);
        EXPECT_EQ(loop_turn(port.loop, 0), 0);
    }
    EXPECT_EQ(port.ends, 0);
    port_close(&port);
}

/* One peer after the other; what is written meanwhile waits. */
static void serve_two_peers(const char *what, const char *prefix)
{
    struct port port;
    struct error error = {""};
    test_case("%s", what);
    EXPECT_EQ(port_open(&port, what, &error), 0);
    char *address = xasprintf("%s%s", prefix, port.character->name);
    for (unsigned i = 0; i < 2; i++) {
        int peer = -1;
        say(&port, i ? "second" : "first");
        EXPECT_EQ(host_socket_connect(address, &peer, &error), 0);
        buffer_clear(&port.came);
        EXPECT_EQ(host_socket_write(peer, "hello", 5, UINT64_MAX), 0);
        port_wait(&port, 5);
        EXPECT_STR(buffer_text(&port.came), "hello");
        expect_at_peer(&port, peer, i ? "second" : "first");
        host_socket_close(peer);
        /* The end is noticed, then the next peer may come. */
        EXPECT_EQ(loop_turn(port.loop, LOOP_FOREVER), 1);
    }
    free(address);
    port_close(&port);
}

TEST(a_socket_serves_one_peer_after_the_other)
{
    char *path = xasprintf("/tmp/cairn-character-%d.sock", (int)getpid());
    char *what = xasprintf("unix:%s", path);
    serve_two_peers(what, "");
    EXPECT_EQ(access(path, F_OK), -1);
    serve_two_peers("tcp:0", "");
    free(what);
    free(path);
}

TEST(a_connection_is_one_of_two_peers)
{
    struct port server;
    struct port client;
    struct error error = {""};
    EXPECT_EQ(port_open(&server, "tcp:0", &error), 0);
    char *what = xasprintf("connect:%s", server.character->name);
    EXPECT_EQ(port_open(&client, what, &error), 0);
    say(&client, "to the server");
    port_wait(&server, 13);
    EXPECT_STR(buffer_text(&server.came), "to the server");
    say(&server, "and back");
    port_wait(&client, 8);
    EXPECT_STR(buffer_text(&client.came), "and back");
    port_close(&server);
    EXPECT_EQ(loop_turn(client.loop, LOOP_FOREVER), 1);
    say(&client, "to nobody");
    free(what);
    port_close(&client);
}

TEST(of_more_than_is_kept_the_newest_is_kept)
{
    enum { KEPT = 64 << 10 };
    struct port port;
    EXPECT_EQ(port_open(&port, "tcp:0", NULL), 0);
    for (unsigned i = 0; i < KEPT + 10; i++) {
        character_write(port.character, i < 10 ? "a" : "b", 1);
    }
    EXPECT_EQ(byte_queue_size(&port.character->out), KEPT);
    EXPECT_EQ(byte_queue_first(&port.character->out)[0], 'b');
    port_close(&port);
}

TEST(standard_input_is_a_pipe_as_well)
{
    struct port port;
    int ends[2];
    int before = dup(STDIN_FILENO);
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    EXPECT_EQ(port_open(&port, "stdio", NULL), 0);
    EXPECT_EQ(write(ends[1], "typed\035on", 8), 8);
    port_wait(&port, 8);
    EXPECT_BYTES(port.came.bytes, "typed\035on", 8);
    close(ends[1]);
    /* Its end does not end the program. */
    EXPECT_EQ(loop_turn(port.loop, LOOP_FOREVER), 1);
    EXPECT_EQ(loop_turn(port.loop, 0), 0);
    EXPECT_EQ(port.ends, 0);
    port_close(&port);
    EXPECT_EQ(dup2(before, STDIN_FILENO), STDIN_FILENO);
    close(before);
    close(ends[0]);
}

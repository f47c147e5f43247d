/* SPDX-License-Identifier: Apache-2.0 */
#include "host/packets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/socket.h"
#include "tests/harness.h"

enum { WANTED = 4 << 20 };

TEST(a_message_without_bytes_is_told_from_the_end)
{
    int fds[2];
    char bytes[8] = "";
    size_t size = 9;

    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
    host_packets_prepare(fds[0], WANTED);
    EXPECT_EQ(host_packets_next(fds[0], &size), (uint64_t)-EAGAIN);
    EXPECT_EQ(send(fds[1], "", 0, 0), 0);
    EXPECT_EQ(send(fds[1], "abc", 3, 0), 3);
    EXPECT_EQ(send(fds[1], "", 0, 0), 0);
    shutdown(fds[1], SHUT_WR);
    EXPECT_EQ(host_packets_next(fds[0], &size), 1);
    EXPECT_EQ(size, 0);
    EXPECT_EQ(recv(fds[0], bytes, sizeof(bytes), 0), 0);
    EXPECT_EQ(host_packets_next(fds[0], &size), 1);
    EXPECT_EQ(size, 3);
    EXPECT_EQ(recv(fds[0], bytes, sizeof(bytes), 0), 3);
    EXPECT_STR(bytes, "abc");
    EXPECT_EQ(host_packets_next(fds[0], &size), 1);
    EXPECT_EQ(recv(fds[0], bytes, sizeof(bytes), 0), 0);
    EXPECT_EQ(host_packets_next(fds[0], &size), 0);
    EXPECT_EQ(size, 0);
    close(fds[0]);
    close(fds[1]);
}

TEST(descriptors_that_a_peer_passes_do_not_come_in)
{
    int fds[2];
    size_t size = 0;

    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
    host_packets_prepare(fds[0], WANTED);
    const int before = dup(0);
    close(before);
    EXPECT_EQ(host_socket_pass(fds[1], "x", 1, 0, UINT64_MAX), 0);
    EXPECT_EQ(host_packets_next(fds[0], &size), 1);
    const int after = dup(0);
    EXPECT_EQ(after, before);
    close(after);
    close(fds[0]);
    close(fds[1]);
}

TEST(the_longest_message_can_be_sent_and_read)
{
    int fds[2];
    size_t size = 0;
    const size_t longest = host_packets_longest(WANTED);

    EXPECT(longest >= 64 << 10 && longest <= WANTED);
    EXPECT_EQ(host_packets_longest(1000), 1000);
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
    char *bytes = calloc(1, longest + 1);
    host_packets_prepare(fds[0], longest);
    host_packets_prepare(fds[1], longest);
    EXPECT_EQ(send(fds[0], bytes, longest, MSG_DONTWAIT), longest);
    EXPECT_EQ(host_packets_next(fds[1], &size), 1);
    EXPECT_EQ(size, longest);
    close(fds[0]);
    close(fds[1]);
    free(bytes);
}

TEST(a_listener_takes_sequenced_packets_alone)
{
    struct error error = {""};
    char folder[] = "/tmp/cairn-packets-XXXXXX";
    char address[64];
    char name[64];
    int listener = -1;
    int fd = -1;

    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(address, sizeof(address), "unix:%s/s", folder);
    EXPECT_EQ(host_socket_listen_packets(address, &listener, name, sizeof(name),
                                         &error),
              0);
    EXPECT_STR(name, address);
    EXPECT_EQ(host_socket_connect(address, &fd, &error), (uint64_t)-EPROTOTYPE);
    int second = -1;
    EXPECT_EQ(host_socket_listen_packets(address, &second, name, sizeof(name),
                                         &error),
              (uint64_t)-EADDRINUSE);
    EXPECT_EQ(second, (uint64_t)-1);
    EXPECT_EQ(
        host_socket_listen_packets("0", &second, name, sizeof(name), &error),
        (uint64_t)-EINVAL);
    host_socket_close(listener);
    unlink(address + 5);
    rmdir(folder);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "host/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/time.h"
#include "tests/harness.h"

static int connect_tcp(const char *name)
{
    struct sockaddr_in peer = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer.sin_port = htons((uint16_t)strtoul(strrchr(name, ':') + 1, NULL, 10));
    if (connect(fd, (struct sockaddr *)&peer, sizeof(peer))) {
        close(fd);
        return -1;
    }
    return fd;
}

TEST(a_free_port_is_found_named_and_served)
{
    char name[64];
    char bytes[8];
    int listener;
    int ours = -1;
    int peer;

    REQUIRE(host_socket_listen("0", &listener, name, sizeof(name), NULL) == 0);
    peer = connect_tcp(name);
    REQUIRE(peer >= 0);
    REQUIRE(host_socket_accept(listener, &ours, NULL) == 0);
    EXPECT_EQ(write(peer, "hello", 5), 5);
    EXPECT_EQ(read(ours, bytes, sizeof(bytes)), 5);
    EXPECT_EQ(host_socket_write(ours, "ok", 2, UINT64_MAX), 0);
    EXPECT_EQ(read(peer, bytes, sizeof(bytes)), 2);
    close(peer);
    EXPECT_EQ(read(ours, bytes, sizeof(bytes)), 0);
    host_socket_close(ours);
    host_socket_close(listener);
}

TEST(a_unix_path_is_served_and_an_existing_one_refused)
{
    char folder[] = "/tmp/cairn-socket-XXXXXX";
    char address[64];
    char name[64];
    struct error error = {0};
    int listener;
    int second;

    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(address, sizeof(address), "unix:%s/s", folder);
    EXPECT_EQ(host_socket_listen(address, &listener, name, sizeof(name), NULL),
              0);
    EXPECT_STR(name, address);
    EXPECT_EQ(host_socket_listen(address, &second, name, sizeof(name), &error),
              -EADDRINUSE);
    EXPECT(strstr(error.text, address) != NULL);
    /* The one that listens has not heard of the other. */
    struct pollfd peers = {.fd = listener, .events = POLLIN};
    EXPECT_EQ(poll(&peers, 1, 0), 0);
    host_socket_close(listener);
    unlink(address + 5);
    rmdir(folder);
}

TEST(the_file_of_a_listener_is_removed_and_nobody_elses)
{
    char folder[] = "/tmp/cairn-socket-XXXXXX";
    char address[64];
    char name[64];
    struct host_socket_file file;
    struct host_socket_file none;
    int listener;
    int other;

    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(address, sizeof(address), "unix:%s/s", folder);
    REQUIRE(host_socket_listen(address, &listener, name, sizeof(name), NULL) ==
            0);
    host_socket_note(address, &file);
    host_socket_remove(&file);
    EXPECT(access(address + 5, F_OK) != 0);
    host_socket_remove(&file);
    /* The first still holds its inode's number. */
    REQUIRE(host_socket_listen(address, &other, name, sizeof(name), NULL) == 0);
    host_socket_remove(&file);
    EXPECT_EQ(access(address + 5, F_OK), 0);
    host_socket_note("127.0.0.1:0", &none);
    host_socket_remove(&none);
    host_socket_note(address, &file);
    unlink(address + 5);
    int plain = open(address + 5, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(plain);
    host_socket_remove(&file);
    EXPECT_EQ(access(address + 5, F_OK), 0);
    unlink(address + 5);
    host_socket_close(listener);
    host_socket_close(other);
    rmdir(folder);
}

TEST(a_socket_that_nobody_listens_at_is_taken_over_and_nothing_else_is)
{
    char folder[] = "/tmp/cairn-socket-XXXXXX";
    char address[64];
    char name[64];
    struct stat there;
    int listener;

    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(address, sizeof(address), "unix:%s/s", folder);
    for (unsigned turn = 0; turn < 2; turn++) {
        EXPECT_EQ(
            host_socket_listen(address, &listener, name, sizeof(name), NULL),
            0);
        /* As one that is killed leaves it. */
        host_socket_close(listener);
        EXPECT_EQ(lstat(address + 5, &there), 0);
    }
    /* Bound, but not listening yet: another process holds it. */
    struct sockaddr_un bound = {.sun_family = AF_UNIX};
    snprintf(bound.sun_path, sizeof(bound.sun_path), "%s", address + 5);
    unlink(address + 5);
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(bind(other, (struct sockaddr *)&bound, sizeof(bound)) == 0);
    EXPECT_EQ(host_socket_listen(address, &listener, name, sizeof(name), NULL),
              -EADDRINUSE);
    close(other);
    unlink(address + 5);

    FILE *file = fopen(address + 5, "w");
    REQUIRE(file != NULL && fclose(file) == 0);
    EXPECT_EQ(host_socket_listen(address, &listener, name, sizeof(name), NULL),
              -EADDRINUSE);
    EXPECT(lstat(address + 5, &there) == 0 && S_ISREG(there.st_mode));
    unlink(address + 5);
    rmdir(folder);
}

TEST(an_address_that_is_none_is_refused_with_its_text)
{
    static const char *const bad[] = {"localhost:http x",
                                      "nonsense",
                                      ":",
                                      "65536",
                                      "localhost:123456",
                                      "12 ",
                                      "no.such.host.invalid:1"};
    char name[64];
    int fd;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error error = {0};
        test_case("%s", bad[i]);
        EXPECT(host_socket_listen(bad[i], &fd, name, sizeof(name), &error) < 0);
        EXPECT(error.text[0] != '\0');
        EXPECT_EQ(fd, -1);
        EXPECT_EQ(host_socket_check(bad[i], NULL), -EINVAL);
    }
}

TEST(an_address_is_checked_without_listening)
{
    char name[64];
    int listener;

    EXPECT_EQ(host_socket_check("0", NULL), 0);
    EXPECT_EQ(host_socket_check("127.0.0.1:0", NULL), 0);
    EXPECT_EQ(host_socket_check("unix:/tmp/s", NULL), 0);
    EXPECT_EQ(host_socket_check("unix:", NULL), -EINVAL);
    EXPECT_EQ(host_socket_check("unix:/nonexistent/s", NULL), -ENOENT);
    REQUIRE(host_socket_listen("0", &listener, name, sizeof(name), NULL) == 0);
    EXPECT_EQ(host_socket_check(name, NULL), -EADDRINUSE);
    host_socket_close(listener);
}

TEST(a_read_ends_with_its_bytes_its_time_or_its_stream)
{
    struct error error;
    char bytes[4];
    int fds[2];
    REQUIRE(host_socket_pair(fds, &error) == 0);
    EXPECT_EQ(host_socket_write(fds[0], "abcdef", 6, UINT64_MAX), 0);
    EXPECT_EQ(host_socket_read(fds[1], bytes, 4, UINT64_MAX), 0);
    EXPECT_BYTES(bytes, "abcd", 4);
    EXPECT_EQ(host_socket_read(fds[1], bytes, 4, 0), -ETIMEDOUT);
    EXPECT_BYTES(bytes, "efcd", 4);
    host_socket_close(fds[0]);
    EXPECT_EQ(host_socket_read(fds[1], bytes, 1, UINT64_MAX), -EPIPE);
    EXPECT(host_socket_write(fds[1], "x", 1, UINT64_MAX) == -EPIPE);
    host_socket_close(fds[1]);
}

/* A peer that reads nothing holds neither bytes nor descriptors back for ever.
 */
TEST(a_write_ends_with_its_time)
{
    static uint8_t bytes[4 << 20];
    int fds[2];
    REQUIRE(host_socket_pair(fds, NULL) == 0);
    EXPECT_EQ(host_socket_write(fds[0], bytes, sizeof(bytes),
                                host_time_ns() + 1000000),
              -ETIMEDOUT);
    EXPECT_EQ(host_socket_pass(fds[0], bytes, 1, fds[0], 0), -ETIMEDOUT);
    EXPECT_EQ(host_socket_read(fds[1], bytes, 1, 0), 0);
    host_socket_close(fds[1]);
    EXPECT_EQ(host_socket_write(fds[0], bytes, 1, UINT64_MAX), -EPIPE);
    host_socket_close(fds[0]);
}

TEST(a_descriptor_is_passed_on)
{
    struct error error;
    int fds[2];
    int pipes[2] = {-1, -1};
    char room[CMSG_SPACE(sizeof(int))];
    char bytes[4];
    struct iovec part = {bytes, sizeof(bytes)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room,
                             .msg_controllen = sizeof(room)};
    REQUIRE(host_socket_pair(fds, &error) == 0 && pipe(pipes) == 0);
    EXPECT_EQ(host_socket_pass(fds[0], "text", 4, pipes[1], UINT64_MAX), 0);
    close(pipes[1]);
    REQUIRE(recvmsg(fds[1], &message, 0) == 4);
    EXPECT_BYTES(bytes, "text", 4);
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int passed;
    REQUIRE(header);
    memcpy(&passed, (const char *)header + CMSG_LEN(0), sizeof(passed));
    EXPECT_EQ(write(passed, "y", 1), 1);
    EXPECT_EQ(read(pipes[0], bytes, 1), 1);
    EXPECT_EQ(bytes[0], 'y');
    close(passed);
    close(pipes[0]);
    host_socket_close(fds[0]);
    host_socket_close(fds[1]);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "host/connector.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/socket.h"
#include "tests/harness.h"

/* Waits for an answer: its descriptor, or why there is none. */
static int answer(const struct connector *connector, uint32_t *tag)
{
    struct pollfd watch = {.fd = connector->fd, .events = POLLIN};
    int fd = 0;
    int code;

    do {
        EXPECT(poll(&watch, 1, 10000) == 1);
        code = connector_take(connector, tag, &fd);
    } while (code == 0);
    EXPECT_EQ(code, 1);
    return fd;
}

TEST(connections_are_made_by_number_and_come_with_their_tag)
{
    struct connector connector = {-1};
    struct error error = {""};
    char folder[] = "/tmp/cairn-connector-XXXXXX";
    char prefix[64];
    char address[80];
    char name[80];
    char bytes[2] = "";
    int listener = -1;
    int peer = -1;
    uint32_t tag = 0;

    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(prefix, sizeof(prefix), "%s/v", folder);
    snprintf(address, sizeof(address), "unix:%s_4294967295", prefix);
    EXPECT_EQ(connector_start(&connector, prefix, &error), 0);
    EXPECT_EQ(connector_take(&connector, &tag, &peer), 0);
    EXPECT_EQ(connector_ask(&connector, 7, 0, CONNECTOR_STREAM), 0);
    EXPECT_EQ(answer(&connector, &tag), (uint64_t)-ENOENT);
    EXPECT_EQ(tag, 7);
    EXPECT_EQ(
        host_socket_listen(address, &listener, name, sizeof(name), &error), 0);
    EXPECT_EQ(connector_ask(&connector, 6, UINT32_MAX, CONNECTOR_PACKETS), 0);
    EXPECT_EQ(answer(&connector, &tag), (uint64_t)-EPROTOTYPE);
    EXPECT_EQ(tag, 6);
    EXPECT_EQ(connector_ask(&connector, 8, UINT32_MAX, CONNECTOR_STREAM), 0);
    int fd = answer(&connector, &tag);
    EXPECT(fd >= 0);
    EXPECT_EQ(tag, 8);
    EXPECT_EQ(host_socket_accept(listener, &peer, &error), 0);
    EXPECT_EQ(host_socket_write(peer, "a", 1, UINT64_MAX), 0);
    EXPECT_EQ(read(fd, bytes, 1), 1);
    EXPECT_STR(bytes, "a");
    EXPECT_EQ(read(fd, bytes, 1), (uint64_t)-1); /* it does not wait */
    host_socket_close(fd);
    host_socket_close(peer);
    host_socket_close(listener);
    unlink(address + 5);
    rmdir(folder);
    connector_end(&connector);
    connector_end(&connector);
    EXPECT_EQ(connector.fd, (uint64_t)-1);
}

TEST(a_prefix_without_room_for_a_number_is_refused)
{
    struct connector connector = {-1};
    struct error error = {""};
    char prefix[101];

    memset(prefix, 'x', sizeof(prefix) - 1);
    prefix[sizeof(prefix) - 1] = '\0';
    EXPECT_EQ(connector_start(&connector, prefix, &error), (uint64_t)-EINVAL);
    EXPECT(strstr(error.text, "too long") != NULL);
}

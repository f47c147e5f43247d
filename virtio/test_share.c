/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of file protocols as tests and fuzzers drive them: the server sends
 * the first bytes of a request back. */
#include <string.h>

#include "virtio/test_kinds.h"

enum { REPLY = 1024, REPLY_SIZE = 80 };

static void give(struct virtio *virtio, unsigned number)
{
    struct test_server *server = virtio->outside;
    uint8_t bytes[REPLY_SIZE];
    size_t size = server->requests[number].size;
    const size_t room = server->requests[number].room;

    if (!server->requests[number].busy) {
        return;
    }
    server->requests[number].busy = false;
    size = size < sizeof(bytes) ? size : sizeof(bytes);
    size = size < room ? size : room;
    if (server->fails || !virtio_share_gather(virtio, number, bytes, size)) {
        size = 0;
    }
    virtio_share_done(virtio, number, bytes, size);
}

static void ask(struct virtio *virtio, unsigned number, size_t size,
                size_t room)
{
    struct test_server *server = virtio->outside;

    server->requests[number].busy = true;
    server->requests[number].size = size;
    server->requests[number].room = room;
    if (!server->holds) {
        give(virtio, number);
    }
}

static void cancel(struct virtio *virtio, unsigned number)
{
    ((struct test_server *)virtio->outside)->requests[number].busy = false;
}

void test_server_init(union test_outside *outside)
{
    memset(&outside->server, 0, sizeof(outside->server));
    outside->server.server = (struct virtio_share_server){"share", ask, cancel};
}

void test_server_hold(union test_outside *outside)
{
    outside->server.holds = true;
}

void test_server_finish(struct virtio *virtio)
{
    for (unsigned i = 0; i < VIRTIO_SHARE_REQUESTS; i++) {
        give(virtio, i);
    }
}

unsigned test_server_request(struct test_driver *driver, uint32_t offset,
                             struct test_buffer *buffers)
{
    for (unsigned i = 0; i < REPLY_SIZE; i++) {
        driver->buffers[offset + i] = (uint8_t)(offset / 64 + i);
        driver->buffers[offset + REPLY + i] = 0;
    }
    buffers[0] = (struct test_buffer){offset, 40, false};
    buffers[1] = (struct test_buffer){offset + 40, REPLY_SIZE - 40, false};
    buffers[2] = (struct test_buffer){offset + REPLY, 16, true};
    buffers[3] =
        (struct test_buffer){offset + REPLY + 16, REPLY_SIZE - 16, true};
    return 4;
}

bool test_server_answered(const struct test_driver *driver, uint32_t offset,
                          uint32_t written)
{
    return written == REPLY_SIZE &&
           memcmp(driver->buffers + offset, driver->buffers + offset + REPLY,
                  REPLY_SIZE) == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Outsides and requests of the balloon and of the socket device, for tests. */
#include <string.h>

#include "virtio/test_kinds.h"

/* ---- Balloon ------------------------------------------------------------- */

static void release(struct virtio *virtio, uint64_t address, uint64_t size)
{
    struct test_balloon *balloon = virtio->outside;

    balloon->releases++;
    balloon->address = address;
    balloon->size = size;
}

void test_balloon_init(union test_outside *outside)
{
    memset(&outside->balloon, 0, sizeof(outside->balloon));
    outside->balloon.balloon =
        (struct virtio_balloon_outside){.pages = 100, .release = release};
}

/* Four pages, of which the last two are neighbours. */
unsigned test_balloon_request(struct test_driver *driver, uint32_t offset,
                              struct test_buffer *buffers)
{
    static const uint32_t numbers[] = {9, 3, 5, 6};

    memcpy(driver->buffers + offset, numbers, sizeof(numbers));
    buffers[0] = (struct test_buffer){offset, 6, false};
    buffers[1] = (struct test_buffer){offset + 6, 10, false};
    return 2;
}

bool test_balloon_answered(const struct test_driver *driver, uint32_t offset,
                           uint32_t written)
{
    const struct test_balloon *balloon = driver->virtio.outside;

    (void)offset;
    return written == 0 && balloon->address == 5 * VIRTIO_BALLOON_PAGE_SIZE &&
           balloon->size == 2 * VIRTIO_BALLOON_PAGE_SIZE;
}

/* ---- Socket device ------------------------------------------------------- */

static void say(struct virtio *virtio, unsigned line, const void *message,
                size_t size)
{
    struct test_sockets *sockets = virtio->outside;

    sockets->said++;
    sockets->line = line;
    memcpy(&sockets->message, message, sizeof(sockets->message));
    sockets->size = size - sizeof(sockets->message);
    memcpy(sockets->bytes, (const uint8_t *)message + sizeof(sockets->message),
           sockets->size < sizeof(sockets->bytes) ? sockets->size
                                                  : sizeof(sockets->bytes));
}

static void ready(struct virtio *virtio, unsigned line)
{
    ((struct test_sockets *)virtio->outside)->ready[line]++;
}

void test_sockets_init(union test_outside *outside)
{
    memset(&outside->sockets, 0, sizeof(outside->sockets));
    outside->sockets.sockets = (struct virtio_vsock_outside){
        .cid = TEST_CID, .say = say, .ready = ready};
}

/* A packet to which there is no answer. */
unsigned test_sockets_request(struct test_driver *driver, uint32_t offset,
                              struct test_buffer *buffers)
{
    const struct virtio_vsock_hdr header = {
        .src_cid = TEST_CID,
        .dst_cid = VIRTIO_VSOCK_CID_HOST,
        .type = VIRTIO_VSOCK_TYPE_STREAM,
        .op = VIRTIO_VSOCK_OP_RST,
    };

    memcpy(driver->buffers + offset, &header, VIRTIO_VSOCK_HEADER_SIZE);
    buffers[0] = (struct test_buffer){offset, 20, false};
    buffers[1] =
        (struct test_buffer){offset + 20, VIRTIO_VSOCK_HEADER_SIZE - 20, false};
    return 2;
}

bool test_sockets_answered(const struct test_driver *driver, uint32_t offset,
                           uint32_t written)
{
    (void)driver;
    (void)offset;
    return written == 0;
}

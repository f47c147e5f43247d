/* SPDX-License-Identifier: Apache-2.0 */
/* Any messages to a FUSE server: each is answered within its room or not at
 * all, and nothing beside the folder changes. Messages are u16 lengths and
 * bytes; the size field is filled in unless the first bit of the length is set.
 * The session has begun. */
#include <stdlib.h>

#include "abi/fuse.h"
#include "backends/share/fuse.h"
#include "backends/share/test_folder.h"
#include "base/bits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct test_folder folder;

static void finish(void)
{
    test_folder_close(&folder);
}

/* It might fill the disk of the host, as it may. */
static bool is_large(const uint8_t *message, size_t size)
{
    struct fuse_request head;
    struct fuse_fallocate in;
    if (size < sizeof(head) + sizeof(in)) {
        return false;
    }
    memcpy(&head, message, sizeof(head));
    memcpy(&in, message + sizeof(head), sizeof(in));
    return head.operation == FUSE_FALLOCATE && in.size > 1 << 20;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t message[1 << 15];
    static uint8_t reply[1 << 15];
    if (!folder.share) {
        test_folder_open(&folder, &(struct share_options){.descriptors = 32});
        (void)atexit(finish);
    }
    test_folder_refill(&folder);
    struct fuse *server =
        fuse_create(folder.share, FUSE_CACHE_AUTO, FUSE_LOCKS_HOST);
    const struct fuse_init init = {FUSE_MAJOR, FUSE_MINOR, 0, 0};
    const struct fuse_request hello = {.size = sizeof(hello) + sizeof(init),
                                       .operation = FUSE_INIT};
    memcpy(message, &hello, sizeof(hello));
    memcpy(message + sizeof(hello), &init, sizeof(init));
    (void)fuse_serve(server, message, hello.size, reply, sizeof(reply));
    for (size_t at = 0; at + 2 <= size;) {
        size_t word = data[at] | (size_t)data[at + 1] << 8;
        size_t length = word & 0x7fff;
        at += 2;
        length = length < size - at ? length : size - at;
        memcpy(message, data + at, length);
        if (!(word & 0x8000) && length >= sizeof(struct fuse_request)) {
            store_le32(message, (uint32_t)length);
        }
        at += length;
        if (is_large(message, length)) {
            continue;
        }
        size_t room = length & 1 ? sizeof(reply) : 300;
        size_t answered = fuse_serve(server, message, length, reply, room);
        if (answered > room ||
            (answered != 0 && load_le32(reply) != answered)) {
            abort();
        }
    }
    fuse_destroy(server);
    test_folder_check(&folder);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any messages to a FUSE server whose session has begun. */
#include "abi/fuse.h"
#include "backends/share/fuse.h"
#include "backends/share/fuzz_messages.h"
#include "tests/fuzz.h"

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

static size_t serve(void *server, const uint8_t *message, size_t size,
                    uint8_t *reply, size_t room)
{
    return is_large(message, size)
               ? 0
               : fuse_serve(server, message, size, reply, room);
}

FUZZ(data, size)
{
    struct fuse *server =
        fuse_create(fuzzed_share(), FUSE_CACHE_AUTO, FUSE_LOCKS_HOST);
    struct {
        struct fuse_request head;
        struct fuse_init init;
    } hello = {
        {.size = sizeof(hello), .operation = FUSE_INIT},
        { FUSE_MAJOR, FUSE_MINOR,                                         0, 0}
    };
    uint8_t reply[1024];
    (void)fuse_serve(server, (const uint8_t *)&hello, sizeof(hello), reply,
                     sizeof(reply));
    fuzz_messages(
        &(struct fuzzed_server){server, sizeof(struct fuse_request), serve},
        data, size);
    fuse_destroy(server);
    test_folder_check(&fuzzed_folder);
    return 0;
}

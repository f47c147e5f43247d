/* SPDX-License-Identifier: Apache-2.0 */
/* Any messages to a server of a folder: u16 lengths and bytes; the size field
 * is filled in unless the first bit of the length is set. Each is answered
 * within its room or not at all, and nothing beside the folder changes. */
#ifndef BACKENDS_SHARE_FUZZ_MESSAGES_H
#define BACKENDS_SHARE_FUZZ_MESSAGES_H

#include "backends/share/test_folder.h"
#include "base/bits.h"

struct fuzzed_server {
    void *server;
    size_t header_size;
    size_t (*serve)(void *server, const uint8_t *message, size_t size,
                    uint8_t *reply, size_t room);
};

static struct test_folder fuzzed_folder;

static inline void fuzzed_folder_close(void)
{
    test_folder_close(&fuzzed_folder);
}

/* The folder as it is before each run. */
static inline struct share *fuzzed_share(void)
{
    if (!fuzzed_folder.share) {
        test_folder_open(&fuzzed_folder,
                         &(struct share_options){.descriptors = 32});
        (void)atexit(fuzzed_folder_close);
    }
    test_folder_refill(&fuzzed_folder);
    return fuzzed_folder.share;
}

static inline void fuzz_messages(const struct fuzzed_server *fuzzed,
                                 const uint8_t *data, size_t size)
{
    static uint8_t message[1 << 15];
    static uint8_t reply[1 << 15];
    for (size_t at = 0; at + 2 <= size;) {
        size_t word = data[at] | (size_t)data[at + 1] << 8;
        size_t length = word & 0x7fff;
        at += 2;
        length = length < size - at ? length : size - at;
        memcpy(message, data + at, length);
        if (!(word & 0x8000) && length >= fuzzed->header_size) {
            store_le32(message, (uint32_t)length);
        }
        at += length;
        size_t room = length & 1 ? sizeof(reply) : 300;
        size_t answered =
            fuzzed->serve(fuzzed->server, message, length, reply, room);
        if (answered > room ||
            (answered != 0 && load_le32(reply) != answered)) {
            abort();
        }
    }
}

#endif

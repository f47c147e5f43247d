/* SPDX-License-Identifier: Apache-2.0 */
/* Any messages to a 9P server: each is answered within its room or not at all,
 * and nothing beside the folder changes. Messages are u16 lengths and bytes;
 * the size field is filled in unless the first bit of the length is set. */
#include <stdlib.h>

#include "abi/ninep.h"
#include "backends/share/ninep.h"
#include "backends/share/test_folder.h"
#include "base/bits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct test_folder folder;

static void finish(void)
{
    test_folder_close(&folder);
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
    struct ninep *server = ninep_create(folder.share);
    for (size_t at = 0; at + 2 <= size;) {
        size_t word = data[at] | (size_t)data[at + 1] << 8;
        size_t length = word & 0x7fff;
        at += 2;
        length = length < size - at ? length : size - at;
        memcpy(message, data + at, length);
        if (!(word & 0x8000) && length >= NINEP_HEADER_SIZE) {
            store_le32(message, (uint32_t)length);
        }
        at += length;
        size_t room = length & 1 ? sizeof(reply) : 300;
        size_t answered = ninep_serve(server, message, length, reply, room);
        if (answered > room ||
            (answered != 0 && load_le32(reply) != answered)) {
            abort();
        }
    }
    ninep_destroy(server);
    test_folder_check(&folder);
    return 0;
}

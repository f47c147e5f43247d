/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile boot flash of an AST2700, whose directory has the checksums of what
 * it says: read, verified and explained. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bits.h"
#include "trust/aspeed/flash.h"

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* Puts the checksums of a directory at the start. */
static void put_checksums(uint8_t *bytes, size_t size)
{
    struct flash_directory directory;
    size_t end = sizeof(directory);
    if (size < end) {
        return;
    }
    memcpy(&directory, bytes, sizeof(directory));
    if (directory.magic != FLASH_DIRECTORY_MAGIC) {
        return;
    }
    for (unsigned i = 0; i < directory.count; i++) {
        struct flash_entry entry;
        size_t at = sizeof(directory) + i * sizeof(entry);
        if (!in_range(at, sizeof(entry), size)) {
            break;
        }
        memcpy(&entry, bytes + at, sizeof(entry));
        end = at + sizeof(entry) > end ? at + sizeof(entry) : end;
        if (in_range(entry.offset, entry.size, size)) {
            size_t last = (size_t)entry.offset + entry.size;
            end = last > end ? last : end;
        }
    }
    store_le32(bytes + offsetof(struct flash_directory, header_crc32),
               (uint32_t)crc32_z(
                   0, bytes, offsetof(struct flash_directory, header_crc32)));
    store_le32(bytes + offsetof(struct flash_directory, payload_crc32),
               (uint32_t)crc32_z(0, bytes + sizeof(directory),
                                 end - sizeof(directory)));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct error error = {""};
    struct verdict verdict = {0};
    struct buffer text = {0};
    struct json json;
    struct aspeed_flash *flash = malloc(sizeof(*flash));
    uint8_t *bytes = malloc(size);
    if (size != 0) {
        memcpy(bytes, input, size);
    }
    put_checksums(bytes, size);
    (void)aspeed_flash_recognise(bytes, size);
    if (aspeed_flash_read(flash, bytes, size, &error) == 0) {
        struct fuses fuses;
        fuses_init(&fuses);
        aspeed_flash_verify(flash, &fuses, &(struct caliptra_named){true, true},
                            0, &verdict);
        aspeed_flash_print(flash, &text);
        json_init(&json, &text);
        json_begin_object(&json, NULL);
        aspeed_flash_print_json(flash, &json);
        json_end_object(&json);
    } else if (error.text[0] == '\0') {
        abort();
    }
    verdict_fini(&verdict);
    buffer_fini(&text);
    free(bytes);
    free(flash);
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */

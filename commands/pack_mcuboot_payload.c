/* SPDX-License-Identifier: Apache-2.0 */
/* Programs for images of MCUboot: ELF files, Intel HEX and raw bytes. */
#include "commands/pack_mcuboot_payload.h"

#include <string.h>

#include "host/file.h"
#include "trust/image/elf.h"
#include "trust/image/ihex.h"

/*
 * Appends the bytes of an ELF file, of Intel HEX, or of any other as it is.
 * *own is how many of them are headers of the ELF file, which lie where a
 * program leaves room for the image's header: they become zeros.
 */
static int lay_out(const struct buffer *file, size_t limit,
                   struct buffer *payload, size_t *own, struct error *error)
{
    struct ihex_image hex = {0};
    struct elf_image elf = {0};
    int status;

    if (ihex_image_recognise(file->bytes, file->size)) {
        status = ihex_image_read(&hex, file->bytes, file->size, limit, error);
        *payload = hex.bytes;
    } else {
        status = elf_image_read(&elf, file->bytes, file->size, limit, error);
        *payload = elf.bytes;
        *own = elf.header_size;
        if (elf.header_size != 0) {
            memset(payload->bytes, 0, elf.header_size);
        }
    }
    return status;
}

int mcuboot_payload_read(const struct arguments *arguments, const char *path,
                         size_t limit, struct buffer *payload, size_t *own)
{
    struct buffer file = {0};
    struct error error = {""};
    int status = COMMAND_DONE;

    *own = 0;
    if (file_read(path, limit, &file, &error) != 0) {
        status = command_failure(arguments, "%s", error.text);
    } else if (lay_out(&file, limit, payload, own, &error) != 0) {
        status = command_failure(arguments, "'%s': %s", path, error.text);
    }
    buffer_fini(&file);
    return status;
}

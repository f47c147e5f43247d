/* SPDX-License-Identifier: Apache-2.0 */
/* Reads programs, ELF files, Intel HEX and raw bytes, and writes Intel HEX. */
#include "commands/pack/mcuboot_payload.h"

#include <string.h>

#include "host/file.h"
#include "trust/image/elf.h"
#include "trust/image/ihex.h"

/* Lays out the bytes of an ELF file, of Intel HEX, or of any other file. */
static int lay_out(const struct buffer *file, size_t limit,
                   struct mcuboot_payload *payload, struct error *error)
{
    struct ihex_image hex = {0};
    struct elf_image elf = {0};
    int status;

    if (ihex_image_recognise(file->bytes, file->size)) {
        status = ihex_image_read(&hex, file->bytes, file->size, limit, error);
        payload->bytes = hex.bytes;
        payload->has_address = true;
        payload->address = hex.load_address;
    } else {
        status = elf_image_read(&elf, file->bytes, file->size, limit, error);
        payload->bytes = elf.bytes;
        payload->own = elf.header_size;
        if (elf.header_size != 0) {
            memset(payload->bytes.bytes, 0, elf.header_size);
        }
    }
    return status;
}

int mcuboot_payload_read(const struct arguments *arguments, const char *path,
                         size_t limit, struct mcuboot_payload *payload)
{
    struct buffer file = {0};
    struct error error = {""};
    int status = COMMAND_DONE;

    if (file_read(path, limit, &file, &error) != 0) {
        status = command_failure(arguments, "%s", error.text);
    } else if (lay_out(&file, limit, payload, &error) != 0) {
        status = command_failure(arguments, "'%s': %s", path, error.text);
    }
    buffer_fini(&file);
    return status;
}

int mcuboot_image_to_hex(const struct arguments *arguments,
                         const struct mcuboot_payload *payload,
                         uint32_t header_size, const struct buffer *image,
                         struct buffer *out)
{
    bool is_inside = arguments_flag(arguments, "header-included");
    size_t header = is_inside ? 0 : header_size;
    uint64_t address = (uint64_t)payload->address - header;
    int status =
        arguments_number_from(arguments, "hex-addr", 0, UINT32_MAX, &address);

    if (status != COMMAND_DONE) {
        return status;
    }
    if (!payload->has_address &&
        arguments_value(arguments, "hex-addr") == NULL) {
        return command_misuse(arguments,
                              "'%s' has no address for Intel HEX: --hex-addr "
                              "is missing",
                              arguments->operands[0]);
    }
    return address <= UINT32_MAX && ihex_write((uint32_t)address, image->bytes,
                                               image->size, out) == 0
               ? COMMAND_DONE
               : command_failure(arguments,
                                 "Intel HEX of 0x%zx bytes at 0x%llx is not "
                                 "within 32 bits",
                                 image->size, (unsigned long long)address);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The program that `cairn pack mcuboot` puts into an image. */
#ifndef COMMANDS_PACK_MCUBOOT_PAYLOAD_H
#define COMMANDS_PACK_MCUBOOT_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "commands/command.h"

/* A program, and what its file says beside it. */
struct mcuboot_payload {
    struct buffer bytes;
    size_t own;       /* leading bytes, read as zeros, that an ELF file's
                         headers took */
    bool has_address; /* the file was Intel HEX */
    uint32_t address; /* of its first byte */
};

/*
 * Reads a program of up to limit bytes; the caller frees payload->bytes
 * whatever is returned. Returns COMMAND_DONE, or COMMAND_FAILED after a
 * complaint.
 */
int mcuboot_payload_read(const struct arguments *arguments, const char *path,
                         size_t limit, struct mcuboot_payload *payload);

/*
 * Appends the image as Intel HEX: at --hex-addr, else where the payload's own
 * file lay, less header_size bytes unless --header-included is given. Returns
 * an exit code, after a complaint unless it is COMMAND_DONE.
 */
int mcuboot_image_to_hex(const struct arguments *arguments,
                         const struct mcuboot_payload *payload,
                         uint32_t header_size, const struct buffer *image,
                         struct buffer *out);

#endif

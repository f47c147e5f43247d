/* SPDX-License-Identifier: Apache-2.0 */
/* A whole boot flash: update metadata and banks where abi/flash_image.h places
 * them. A file may end behind the last byte that is not erased. */
#ifndef TRUST_FLASH_IMAGE_H
#define TRUST_FLASH_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "trust/caliptra/bundle.h"
#include "trust/flash/bank.h"
#include "trust/flash/fwu.h"

enum { FLASH_BANKS = 3, FLASH_BANK_RECOVERY = 2 };

struct flash_image {
    struct fwu metadata; /* of the first copy that is good */
    bool copy_good[2];
    struct error copy_error[2];
    bool bank_present[FLASH_BANKS]; /* readable; recovery is the last */
    struct error bank_error[FLASH_BANKS];
    struct flash_bank banks[FLASH_BANKS];
};

/* Where a bank starts, and its room. */
uint32_t flash_bank_offset(unsigned bank);
uint32_t flash_bank_room(unsigned bank);
const char *flash_bank_name(unsigned bank);

/* Appends a flash: metadata twice, and bytes (NULL: erased) in each bank. */
void flash_image_write(const struct fwu *metadata,
                       const struct buffer *const banks[FLASH_BANKS],
                       struct buffer *out);

/* True if bytes are a flash: one copy of the metadata is good. */
bool flash_image_recognise(const void *bytes, size_t size);
/* Looks at bytes, which must outlive the view. The fields report damage;
 * -EINVAL when no copy of the metadata is good. */
int flash_image_read(struct flash_image *image, const void *bytes, size_t size,
                     struct error *error);

/*
 * Adds the checks of a boot from each bank that has images, on a part with
 * these fuses, and names the bytes that none of them covers. bytes are those
 * that were read. named says which of the fuses' key hashes are the verifier's.
 */
void flash_image_judge(const struct flash_image *image, const void *bytes,
                       size_t size, const struct fuses *fuses,
                       const struct caliptra_named *named,
                       struct verdict *verdict);

/* A map of the flash for people: places, sizes, images, free room; and as
 * members of a JSON object. */
void flash_image_print(const struct flash_image *image, struct buffer *out);
void flash_image_print_json(const struct flash_image *image, struct json *json);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware update metadata, version 2: read, write, choose a bank. The layout
 * is that of abi/fwu.h. */
#ifndef TRUST_FLASH_FWU_H
#define TRUST_FLASH_FWU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/fwu.h"
#include "base/buffer.h"
#include "base/error.h"

enum { FWU_IMAGES_MAX = 8 };

struct fwu_image {
    struct uefi_guid image_type;
    struct uefi_guid location;
    struct {
        struct uefi_guid image;
        bool accepted;
    } banks[FWU_BANKS_MAX];
};

struct fwu {
    uint32_t active;
    uint32_t previous;
    uint8_t bank_state[FWU_BANKS_MAX]; /* FWU_BANK_* */
    unsigned bank_count;
    unsigned image_count;
    struct fwu_image images[FWU_IMAGES_MAX];
};

/* Reads one copy. -EINVAL with place and value for a wrong version, indices,
 * sizes, bank states or checksum, in this order (as TF-A's BL2 checks). */
int fwu_read(struct fwu *fwu, const void *bytes, size_t size,
             struct error *error);
/* Appends one copy. */
void fwu_write(const struct fwu *fwu, struct buffer *out);

/*
 * The bank to boot when the active one must not be: the previous one if it is
 * accepted, else any accepted, else the previous one if it is valid, else any
 * valid. -1 for none. *rule, if not NULL, gets the words for what decided.
 */
int fwu_alternate(const struct fwu *fwu, const char **rule);

/* Lines for people. */
void fwu_print(const struct fwu *fwu, struct buffer *out);

#endif

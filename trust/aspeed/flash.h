/* SPDX-License-Identifier: Apache-2.0 */
/* A whole boot flash of an AST2700: what of abi/aspeed_image.h it holds. A file
 * may end behind the last byte that is not erased. */
#ifndef TRUST_ASPEED_FLASH_H
#define TRUST_ASPEED_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "trust/aspeed/fit.h"
#include "trust/aspeed/fmc.h"
#include "trust/aspeed/manifest.h"
#include "trust/caliptra/bundle.h"
#include "trust/flash/bank.h"
#include "trust/verdict/verdict.h"

/* A part of the flash: is there one, where, and why it cannot be read. */
struct aspeed_place {
    bool found; /* its marker is there */
    bool good;
    size_t offset;
    struct error error;
};

struct aspeed_flash {
    const uint8_t *bytes;
    size_t size;
    bool has_banks; /* the image is that of the active one */
    uint32_t bank;
    struct aspeed_place fmc_place;
    struct aspeed_place image_place;
    struct aspeed_place bundle_place;
    struct aspeed_place manifest_place;
    struct aspeed_place fit_place;
    struct fmc fmc;
    struct flash_bank image;
    struct caliptra_bundle bundle;
    struct aspeed_soc_manifest manifest;
    struct fit fit;
};

/* True if bytes begin as such a flash, have banks with such an image, or hold a
 * FIT where boot code looks. */
bool aspeed_flash_recognise(const void *bytes, size_t size);
/* Looks at bytes, which must outlive the view; the places report damage.
 * -EINVAL when there is nothing to look at. */
int aspeed_flash_read(struct aspeed_flash *flash, const void *bytes,
                      size_t size, struct error *error);

/* The boot MCU's runtime: behind the FMC header, or of the flash image. */
struct fmc_part aspeed_flash_mcu(const struct aspeed_flash *flash);

/*
 * Adds what the boot checks on a part with these fuses, in its order: the
 * bundle, the manifest, its security version, the first mutable code, and the
 * digest of each image that the manifest names; then the bytes that none of
 * these covers. named says which of the fuses' key hashes are the verifier's.
 */
void aspeed_flash_verify(const struct aspeed_flash *flash,
                         const struct fuses *fuses,
                         const struct caliptra_named *named, uint32_t lowest,
                         struct verdict *verdict);

void aspeed_flash_print(const struct aspeed_flash *flash, struct buffer *out);
void aspeed_flash_print_json(const struct aspeed_flash *flash,
                             struct json *json);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted images: the image is encrypted with AES in counter mode under a key
 * of its own, which a TLV holds encrypted for the device
 * (encrypted_images.md of MCUboot).
 */
#ifndef TRUST_MCUBOOT_ENCRYPT_H
#define TRUST_MCUBOOT_ENCRYPT_H

#include "trust/mcuboot/image.h"

enum { MCUBOOT_IMAGE_KEY_MAX = 32 };

/* True if images are encrypted for keys of a type. */
bool mcuboot_encrypts_for(enum mcuboot_key_type type);

/* The key that is encrypted, and the way; ephemeral keys are derived by the
 * signing key from context. */
struct mcuboot_wrap {
    const struct mcuboot_key *recipient;
    const struct mcuboot_key *signer;
    const void *context;
    size_t context_size;
    bool with_sha512; /* of ECIES-X25519 */
};
/* Appends the contents of a TLV of type *type. */
int mcuboot_wrap_key(const struct mcuboot_wrap *wrap, const uint8_t *image_key,
                     size_t size, uint16_t *type, struct buffer *out,
                     struct error *error);

/* The TLV that holds the image's key, or NULL. */
const struct mcuboot_field *
mcuboot_wrapped_key(const struct mcuboot_image *image);
/* Bytes of the image's key; 0 for one that is not encrypted. */
size_t mcuboot_image_key_size(const struct mcuboot_image *image);
/* -EACCES with the reason when it is not for this key. */
int mcuboot_unwrap_key(const struct mcuboot_image *image,
                       const struct mcuboot_key *recipient,
                       uint8_t image_key[MCUBOOT_IMAGE_KEY_MAX],
                       struct error *error);

/* Encrypts or decrypts what follows the header. */
void mcuboot_crypt(const uint8_t *image_key, size_t key_size, uint8_t *bytes,
                   size_t size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UEFI firmware update capsules: read, write, sign, verify, explain. The
 * layouts are those of abi/uefi_capsule.h.
 *
 * The reader trusts no length and looks at bytes in place; the writer gives
 * the same bytes for the same input and the same bytes as U-Boot's
 * mkeficapsule where that can say the same.
 */
#ifndef TRUST_CAPSULE_CAPSULE_H
#define TRUST_CAPSULE_CAPSULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/uefi_capsule.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "crypto/pem.h"
#include "trust/verdict/verdict.h"

enum capsule_kind { CAPSULE_FIRMWARE, CAPSULE_ACCEPT, CAPSULE_REVERT };

enum { CAPSULE_ITEMS_MAX = 16 };

/* One image of a firmware capsule; pointers are into the capsule. */
struct capsule_item {
    size_t offset; /* of its image header in the capsule */
    struct uefi_guid image_type;
    uint8_t image_index;
    uint64_t hardware_instance;
    uint64_t support;
    bool authenticated;
    uint64_t monotonic_count;     /* when authenticated */
    size_t authentication_offset; /* in the capsule, when authenticated */
    const uint8_t *pkcs7;         /* DER, when authenticated */
    size_t pkcs7_size;
    const uint8_t *payload; /* what is signed, before the count */
    size_t payload_size;
    size_t payload_offset; /* in the capsule */
    bool versioned;        /* the payload starts with EDK2's header */
    uint32_t version;      /* 0 without it */
    uint32_t lowest_supported_version;
    const uint8_t *image; /* payload without that header */
    size_t image_size;
};

struct capsule {
    enum capsule_kind kind;
    uint32_t flags; /* UEFI_CAPSULE_* */
    size_t size;
    struct uefi_guid accepted; /* CAPSULE_ACCEPT: the image type */
    unsigned count;
    struct capsule_item items[CAPSULE_ITEMS_MAX];
};

/* True if bytes start as a capsule of one of the kinds above does. */
bool capsule_recognise(const void *bytes, size_t size);

/*
 * Looks at bytes, which must outlive the view. Returns -EINVAL with the offset
 * and the value for what is no capsule, is cut off, contradicts itself or
 * carries drivers. Says nothing about signatures.
 */
int capsule_read(struct capsule *capsule, const void *bytes, size_t size,
                 struct error *error);

/* A signer: a certificate and its private key, RSA or ECDSA. */
struct capsule_signer;

/* From two PEM files' contents, and the pass phrase of an encrypted key, or
 * NULL. NULL with the reason. */
struct capsule_signer *capsule_signer_create(const void *key, size_t key_size,
                                             const void *certificate,
                                             size_t certificate_size,
                                             const struct pass_phrase *from,
                                             struct error *error);
void capsule_signer_destroy(struct capsule_signer *signer);

/*
 * The digest by which fuses know a signer: SHA-256 of its certificate (PEM
 * or DER). -EINVAL for none, and for a key that our boot MCU does not verify
 * with: it must be RSA of 2048 to 4096 bits.
 */
int capsule_signer_identity(const void *certificate, size_t size,
                            uint8_t digest[32], struct error *error);

/* Parts of which capsule_write makes a capsule. */
struct capsule_pack {
    struct uefi_guid image_type;
    uint8_t image_index; /* from 1 */
    uint64_t hardware_instance;
    uint32_t flags; /* UEFI_CAPSULE_PERSIST among them as a rule */
    bool versioned; /* put EDK2's payload header before the image */
    uint32_t version;
    uint32_t lowest_supported_version;
    const void *image;
    size_t image_size;
    const struct capsule_signer *signer; /* NULL: unsigned */
    uint64_t monotonic_count;
    int64_t signing_time; /* seconds since 1970, into the signature */
};

/* Appends a capsule with one image to out. -EINVAL for an index of 0, a floor
 * above the version, or an image too large for 32 bits. ECDSA signatures
 * differ each time. */
int capsule_write(const struct capsule_pack *pack, struct buffer *out,
                  struct error *error);
void capsule_write_accept(const struct uefi_guid *image_type,
                          struct buffer *out);
void capsule_write_revert(struct buffer *out);

/*
 * Checks whether the item's signature is by the certificate (PEM or DER), in
 * the form that a boot MCU takes (guest/kit/pkcs7): both judge the same.
 * Validity dates are not looked at, as in U-Boot and EDK2: a part in the field
 * has no clock to trust. -EACCES with the reason; -EINVAL for a bad
 * certificate.
 */
int capsule_verify(const struct capsule_item *item, const void *certificate,
                   size_t certificate_size, struct error *error);

/*
 * The certificate by which the item says that it is signed, if the signature
 * brings it: its digest, as capsule_signer_identity has it, and its subject
 * (RFC 2253, ASCII), appended. Nothing is verified. -ENOENT: there is none.
 */
int capsule_claimed_signer(const struct capsule_item *item, uint8_t digest[32],
                           struct buffer *subject);

/* Adds a check for each image, and names the bytes that no signature covers.
 * certificate: the signer's, or NULL when the verifier named none. */
void capsule_judge(const struct capsule *capsule, const void *certificate,
                   size_t certificate_size, struct verdict *verdict);

/* Its fields for people, and as members of a JSON object. */
void capsule_print(const struct capsule *capsule, struct buffer *out);
void capsule_print_json(const struct capsule *capsule, struct json *json);

#endif

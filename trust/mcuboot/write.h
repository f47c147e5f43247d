/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MCUboot images from their parts. The same input gives the same bytes, those
 * of MCUboot's imgtool where its scheme is deterministic.
 */
#ifndef TRUST_MCUBOOT_WRITE_H
#define TRUST_MCUBOOT_WRITE_H

#include "trust/mcuboot/image.h"
#include "trust/mcuboot/trailer.h"

enum {
    MCUBOOT_DEPENDENCIES_MAX = 16,
    MCUBOOT_UUID_SIZE = 16,
    MCUBOOT_CUSTOM_MAX = 16,
    MCUBOOT_CUSTOM_SIZE_MAX = 2048, /* all of them fit the area's 16 bits */
    MCUBOOT_RECORD_TYPE_MAX = 12,
    MCUBOOT_SIGNATURE_MAX = 3072 / 8
};

/* The image is made, or a vector for a signer elsewhere. */
enum mcuboot_made {
    MCUBOOT_MADE_IMAGE,
    MCUBOOT_MADE_PAYLOAD, /* header, payload and protected TLVs */
    MCUBOOT_MADE_DIGEST,  /* the hash of these */
};

/* A TLV of the vendor. */
struct mcuboot_custom {
    uint16_t type;
    uint16_t size;
};

struct mcuboot_pack {
    enum mcuboot_made made;
    const void *payload; /* behind the header and its padding */
    size_t payload_size;
    uint32_t header_size; /* from 32 on, below 64 KiB */
    uint8_t header_fill;  /* what is between header and payload */
    struct mcuboot_version version;
    uint32_t flags;        /* MCUBOOT_RAM_LOAD, MCUBOOT_ROM_FIXED, ... */
    uint32_t load_address; /* or where it is fixed */

    bool has_counter;
    uint32_t counter;
    const char *boot_record; /* role of the software, or NULL */
    unsigned dependency_count;
    struct mcuboot_dependency dependencies[MCUBOOT_DEPENDENCIES_MAX];
    const uint8_t *vendor_uuid; /* or NULL */
    const uint8_t *class_uuid;
    unsigned custom_count;
    struct mcuboot_custom custom[MCUBOOT_CUSTOM_MAX];
    const uint8_t *custom_values; /* one behind the other */

    const struct mcuboot_key *key; /* of the signer; NULL: unsigned */
    unsigned hash_bits;            /* 0: what goes with the key */
    bool is_pure;                  /* Ed25519 over the image, not its hash */
    bool has_full_key;             /* the public key itself, not its hash */
    const uint8_t *signature; /* made elsewhere with key, of which the public
                                 part then suffices; NULL: key signs */
    size_t signature_size;

    const struct mcuboot_key *recipient; /* NULL: not encrypted */
    unsigned aes_bits;                   /* 128 or 256 */
    bool is_clear;    /* ready to be encrypted when it is swapped out */
    bool with_sha512; /* for X25519 */

    struct mcuboot_slot slot; /* size 0: not checked */
    bool saves_tlvs;          /* the trailer has room for encrypted keys */
    bool is_padded;           /* to the slot, with a trailer */
    bool is_confirmed;
};

/* Appends what is made. -EINVAL with the reason for what does not go together,
 * -EFBIG for an image that does not fit the slot, -EBADMSG for a signature from
 * elsewhere that is not the key's. An image that is encrypted and signed
 * elsewhere has a random key, so that it differs each time. */
int mcuboot_write(const struct mcuboot_pack *pack, struct buffer *out,
                  struct error *error);

/*
 * A UUID of text: of hexadecimal digits, with dashes or without; else by name
 * in a name space (RFC 4122, version 5), NULL for that of domain names. False
 * for text that is empty.
 */
bool mcuboot_uuid_parse(const char *text, const uint8_t *space,
                        uint8_t uuid[MCUBOOT_UUID_SIZE]);

#endif

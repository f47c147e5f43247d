/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MCUboot images: read, verify, explain. The layouts are those of
 * abi/mcuboot.h. The reader trusts no length and looks at bytes in place.
 */
#ifndef TRUST_MCUBOOT_IMAGE_H
#define TRUST_MCUBOOT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/mcuboot.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "trust/mcuboot/keys.h"
#include "trust/verdict/verdict.h"

enum { MCUBOOT_FIELDS_MAX = 64 };

/* A TLV; pointers are into the image. */
struct mcuboot_field {
    uint16_t type;
    uint16_t size;
    bool is_protected;
    size_t offset; /* of its head in the image */
    const uint8_t *bytes;
};

/* The last bytes of a slot, when the file is as long as one. */
struct mcuboot_trailer {
    bool is_present;
    unsigned alignment;
    uint32_t swap_size;
    uint8_t swap_info;
    uint8_t copy_done;
    uint8_t image_ok;
};

struct mcuboot_image {
    const uint8_t *bytes;
    size_t size; /* of the file */
    struct mcuboot_header header;
    size_t hashed_size; /* header, image, protected TLVs */
    size_t end;         /* behind the TLVs */
    unsigned count;
    struct mcuboot_field fields[MCUBOOT_FIELDS_MAX];
    struct mcuboot_trailer trailer;
};

/* The form of a TLV type. */
enum mcuboot_form {
    MCUBOOT_FORM_BYTES,
    MCUBOOT_FORM_SIZE, /* bytes that tell a person nothing */
    MCUBOOT_FORM_NUMBER,
    MCUBOOT_FORM_DEPENDENCY,
    MCUBOOT_FORM_RECORD,
    MCUBOOT_FORM_UUID,
};
struct mcuboot_tlv_kind {
    uint16_t type;
    const char *name;
    enum mcuboot_form form;
    bool may_be_unprotected;
};
/* NULL for an unknown one. */
const struct mcuboot_tlv_kind *mcuboot_tlv_kind(uint16_t type);

bool mcuboot_recognise(const void *bytes, size_t size);
/* Returns 0, or -EINVAL with the offset and value that are wrong. Says nothing
 * about hash and signature. */
int mcuboot_read(struct mcuboot_image *image, const void *bytes, size_t size,
                 struct error *error);
/* The first field of a type from number *from on, which becomes the number
 * behind it; NULL when there is none. */
const struct mcuboot_field *mcuboot_next(const struct mcuboot_image *image,
                                         uint16_t type, unsigned *from);
const struct mcuboot_field *mcuboot_find(const struct mcuboot_image *image,
                                         uint16_t type);
/* The field that holds the image's hash, or NULL. */
const struct mcuboot_field *mcuboot_hash(const struct mcuboot_image *image);
/* "SHA256" of that field, and its bits. */
const char *mcuboot_hash_name(uint16_t type);
unsigned mcuboot_hash_size(uint16_t type);

/* "1.2.3+4". */
enum { MCUBOOT_VERSION_TEXT = 32 };
void mcuboot_version_print(const struct mcuboot_version *version,
                           char text[MCUBOOT_VERSION_TEXT]);
/* "1", "1.2", "1.2.3" or "1.2.3+4". -EINVAL for anything else. */
int mcuboot_version_parse(const char *text, struct mcuboot_version *version);

/* ---- Judging ------------------------------------------------------------- */

struct mcuboot_wanted {
    const struct mcuboot_key *key;     /* of the signer, or NULL */
    const struct mcuboot_key *decrypt; /* private, or NULL */
    bool has_counter;
    uint32_t counter; /* that the device has */
};

/* Makes MCUboot's checks, and the roll-back's; dependencies are open, since
 * they are about other images. */
void mcuboot_verify(const struct mcuboot_image *image,
                    const struct mcuboot_wanted *wanted,
                    struct verdict *verdict);

/* Tells whether the image is what its hash says; that of an encrypted one
 * cannot be known without its key. */
enum mcuboot_hash_state {
    MCUBOOT_HASH_RIGHT,
    MCUBOOT_HASH_WRONG,
    MCUBOOT_HASH_NONE,
    MCUBOOT_HASH_ENCRYPTED,
};
enum mcuboot_hash_state mcuboot_hash_state(const struct mcuboot_image *image);

/* Fields for people, and as members of a JSON object. */
void mcuboot_print(const struct mcuboot_image *image, struct buffer *out);
void mcuboot_print_json(const struct mcuboot_image *image, struct json *json);

#endif

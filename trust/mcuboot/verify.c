/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that MCUboot makes before it starts or installs an image. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/bits.h"
#include "trust/mcuboot/encrypt.h"
#include "trust/mcuboot/image.h"

/* The image that is judged: with what is hashed, in plain. */
struct judging {
    const struct mcuboot_image *image;
    const struct mcuboot_wanted *wanted;
    struct verdict *verdict;
    const struct mcuboot_field *hash; /* or NULL */
    struct buffer plain;
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t digest_size;
};

static const EVP_MD *hash_of(uint16_t type)
{
    return EVP_get_digestbyname(mcuboot_hash_name(type));
}

static void digest_plain(struct judging *judging)
{
    unsigned size = 0;
    EVP_Digest(judging->plain.bytes, judging->plain.size, judging->digest,
               &size, hash_of(judging->hash->type), NULL);
    judging->digest_size = size;
}

static bool digest_matches(const struct judging *judging)
{
    return judging->hash->size == judging->digest_size &&
           memcmp(judging->hash->bytes, judging->digest,
                  judging->digest_size) == 0;
}

static void cover_field(struct judging *judging,
                        const struct mcuboot_field *field)
{
    verdict_cover(judging->verdict, field->offset,
                  sizeof(struct mcuboot_tlv) + field->size);
}

/* False when nothing more can be said. */
static bool decrypt(struct judging *judging)
{
    const struct mcuboot_image *image = judging->image;
    uint8_t image_key[MCUBOOT_IMAGE_KEY_MAX];
    struct error error = {""};

    if (judging->wanted->decrypt == NULL) {
        verdict_add(judging->verdict, VERDICT_UNDECIDED, "decryption",
                    "the image is encrypted, and no key to decrypt it with was "
                    "given");
        return false;
    }
    if (mcuboot_unwrap_key(image, judging->wanted->decrypt, image_key,
                           &error) != 0) {
        verdict_add(judging->verdict, VERDICT_REFUSED, "decryption", "%s",
                    error.text);
        return false;
    }
    mcuboot_crypt(image_key, mcuboot_image_key_size(image),
                  judging->plain.bytes + image->header.header_size,
                  image->header.image_size);
    OPENSSL_cleanse(image_key, sizeof(image_key));
    verdict_add(judging->verdict, VERDICT_PROVEN, "decryption", "%s, AES-%zu",
                mcuboot_tlv_kind(mcuboot_wrapped_key(image)->type)->name,
                8 * mcuboot_image_key_size(image));
    return true;
}

/* An image that says it is encrypted may lie there in plain: in a primary slot,
 * where the boot loader has decrypted it. The hash tells. */
static bool check_hash(struct judging *judging)
{
    judging->hash = mcuboot_hash(judging->image);
    if (judging->hash == NULL) {
        verdict_add(judging->verdict, VERDICT_REFUSED, "hash",
                    "the image has none");
        return false;
    }
    digest_plain(judging);
    if (!digest_matches(judging) &&
        mcuboot_image_key_size(judging->image) != 0) {
        if (!decrypt(judging)) {
            return false;
        }
        digest_plain(judging);
    }
    verdict_compare(judging->verdict, "hash", judging->digest,
                    judging->digest_size, judging->hash->bytes,
                    judging->hash->size);
    return digest_matches(judging);
}

/* Outside of the part that is hashed nothing may be that decides. */
static void check_areas(struct judging *judging)
{
    const struct mcuboot_image *image = judging->image;

    for (unsigned i = 0; i < image->count; i++) {
        const struct mcuboot_field *field = &image->fields[i];
        const struct mcuboot_tlv_kind *kind = mcuboot_tlv_kind(field->type);
        if (!field->is_protected &&
            (kind == NULL || !kind->may_be_unprotected)) {
            verdict_add(judging->verdict, VERDICT_REFUSED, "areas",
                        "offset 0x%zx: TLV 0x%02x (%s) is not protected",
                        field->offset, field->type,
                        kind != NULL ? kind->name : "unknown");
            return;
        }
    }
    verdict_add(judging->verdict, VERDICT_PROVEN, "areas",
                "what is not protected is hash, key and signature");
}

/* ---- Signature ----------------------------------------------------------- */

static bool is_key(const struct judging *judging,
                   const struct mcuboot_field *field)
{
    struct buffer der = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    mcuboot_key_public(judging->wanted->key, &der);
    EVP_Digest(der.bytes, der.size, digest, &size, hash_of(judging->hash->type),
               NULL);
    bool same =
        field->type == MCUBOOT_TLV_KEY
            ? field->size == der.size &&
                  memcmp(field->bytes, der.bytes, der.size) == 0
            : field->size == size && memcmp(field->bytes, digest, size) == 0;
    buffer_fini(&der);
    return same;
}

/*
 * The signature behind the key's hash: an image may have several, each behind
 * the key it is of. Its place in the list of fields, or -1; *key is the field
 * that names the key, or NULL.
 */
static int find_signature(const struct judging *judging,
                          const struct mcuboot_field **key)
{
    const struct mcuboot_image *image = judging->image;
    uint16_t wanted = mcuboot_signature_tlv(judging->wanted->key->type);
    bool is_next = false;

    *key = NULL;
    for (unsigned i = 0; i < image->count; i++) {
        const struct mcuboot_field *field = &image->fields[i];
        if (field->type == MCUBOOT_TLV_KEY_HASH ||
            field->type == MCUBOOT_TLV_KEY) {
            is_next = is_key(judging, field);
            *key = is_next ? field : *key;
        } else if (is_next && field->type == wanted) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_pure(const struct mcuboot_image *image)
{
    const struct mcuboot_field *field = mcuboot_find(image, MCUBOOT_TLV_PURE);
    return field != NULL && field->size == 1 && field->bytes[0] == 1;
}

static void refuse_key(struct judging *judging)
{
    const struct mcuboot_image *image = judging->image;
    const struct mcuboot_field *hash =
        mcuboot_find(image, MCUBOOT_TLV_KEY_HASH);
    struct buffer der = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (hash == NULL) {
        verdict_add(judging->verdict, VERDICT_REFUSED, "key",
                    mcuboot_find(image, MCUBOOT_TLV_KEY) != NULL
                        ? "the image's public key is another"
                        : "the image names no key");
        return;
    }
    mcuboot_key_public(judging->wanted->key, &der);
    EVP_Digest(der.bytes, der.size, digest, &size, hash_of(judging->hash->type),
               NULL);
    verdict_compare(judging->verdict, "key", hash->bytes, hash->size, digest,
                    size);
    buffer_fini(&der);
}

static bool is_signed(const struct mcuboot_image *image)
{
    static const uint16_t types[] = {
        MCUBOOT_TLV_RSA2048, MCUBOOT_TLV_ECDSA224, MCUBOOT_TLV_ECDSA,
        MCUBOOT_TLV_RSA3072, MCUBOOT_TLV_ED25519,
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (mcuboot_find(image, types[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static void check_signature(struct judging *judging)
{
    const struct mcuboot_key *key = judging->wanted->key;
    const struct mcuboot_field *named;

    if (!is_signed(judging->image)) {
        verdict_add(judging->verdict, VERDICT_REFUSED, "signature",
                    "the image is not signed");
        return;
    }
    if (key == NULL) {
        verdict_add(judging->verdict, VERDICT_UNDECIDED, "signature",
                    "no key was given: anybody may have signed the image");
        return;
    }
    int place = find_signature(judging, &named);
    if (named == NULL) {
        refuse_key(judging);
        return;
    }
    verdict_add(judging->verdict, VERDICT_PROVEN, "key", "%s",
                mcuboot_key_name(key->type));
    if (place < 0) {
        verdict_add(judging->verdict, VERDICT_REFUSED, "signature",
                    "the image has none of type %s",
                    mcuboot_key_name(key->type));
        return;
    }
    const struct mcuboot_field *field = &judging->image->fields[place];
    bool pure = is_pure(judging->image);
    bool holds =
        (!pure || key->type == MCUBOOT_ED25519) &&
        (pure ||
         mcuboot_hash_fits(key->type, (unsigned)(8 * judging->digest_size))) &&
        mcuboot_signature_holds(
            key, pure ? judging->plain.bytes : judging->digest,
            pure ? judging->plain.size : judging->digest_size, field->bytes,
            field->size);
    verdict_add(judging->verdict, holds ? VERDICT_PROVEN : VERDICT_REFUSED,
                "signature", "offset 0x%zx: %s, over the %s", field->offset,
                mcuboot_tlv_kind(field->type)->name, pure ? "image" : "hash");
    if (holds) {
        verdict_cover(judging->verdict, 0, judging->image->hashed_size);
        cover_field(judging, judging->hash);
        cover_field(judging, named);
        cover_field(judging, field);
    }
}

/* The hash by itself vouches for nothing, as whoever changes the image can
 * change it too: without a signature that holds there is nothing to name. */
static void name_uncovered(const struct judging *judging)
{
    const struct mcuboot_image *image = judging->image;
    struct verdict_range parts[MCUBOOT_FIELDS_MAX + 2];
    unsigned count = 0;

    if (judging->verdict->covered_count == 0) {
        return;
    }
    parts[count++] = (struct verdict_range){image->hashed_size,
                                            image->end - image->hashed_size,
                                            "head of the unprotected TLVs"};
    for (unsigned i = 0; i < image->count; i++) {
        const struct mcuboot_field *field = &image->fields[i];
        const struct mcuboot_tlv_kind *kind = mcuboot_tlv_kind(field->type);
        if (!field->is_protected) {
            parts[count++] = (struct verdict_range){
                field->offset, sizeof(struct mcuboot_tlv) + field->size,
                kind != NULL ? kind->name : "unknown TLV"};
        }
    }
    parts[count++] = (struct verdict_range){
        image->end, image->size - image->end,
        image->trailer.is_present ? "padding and trailer of the slot"
                                  : "behind the image"};
    verdict_name_uncovered(judging->verdict, image->size, parts, count);
}

/* ---- Counter and dependencies -------------------------------------------- */

static void check_counter(struct judging *judging)
{
    const struct mcuboot_field *field =
        mcuboot_find(judging->image, MCUBOOT_TLV_SECURITY_COUNTER);
    uint32_t least = judging->wanted->counter;

    if (!judging->wanted->has_counter) {
        if (field != NULL) {
            verdict_add(judging->verdict, VERDICT_OPEN, "security counter",
                        "no counter of a device was given");
        }
        return;
    }
    if (field == NULL || field->size != sizeof(least) || !field->is_protected) {
        verdict_add(judging->verdict, VERDICT_REFUSED, "security counter",
                    "at least %u expected, and the image has none", least);
        return;
    }
    uint32_t found = load_le32(field->bytes);
    verdict_add(
        judging->verdict, found >= least ? VERDICT_PROVEN : VERDICT_REFUSED,
        "security counter", "at least %u expected, found %u", least, found);
}

static void name_dependencies(struct judging *judging)
{
    const struct mcuboot_field *field;
    unsigned from = 0;

    while ((field = mcuboot_next(judging->image, MCUBOOT_TLV_DEPENDENCY,
                                 &from)) != NULL) {
        struct mcuboot_dependency dependency;
        char text[MCUBOOT_VERSION_TEXT];
        if (field->size != sizeof(dependency)) {
            verdict_add(judging->verdict, VERDICT_REFUSED, "dependency",
                        "offset 0x%zx: 0x%x bytes, not 0x%zx", field->offset,
                        field->size, sizeof(dependency));
            continue;
        }
        memcpy(&dependency, field->bytes, sizeof(dependency));
        mcuboot_version_print(&dependency.least, text);
        verdict_add(judging->verdict, VERDICT_OPEN, "dependency",
                    "image %u must be of version %s or later", dependency.image,
                    text);
    }
}

void mcuboot_verify(const struct mcuboot_image *image,
                    const struct mcuboot_wanted *wanted,
                    struct verdict *verdict)
{
    struct judging judging = {
        .image = image, .wanted = wanted, .verdict = verdict};

    buffer_append(&judging.plain, image->bytes, image->hashed_size);
    check_areas(&judging);
    if (check_hash(&judging)) {
        check_signature(&judging);
    }
    check_counter(&judging);
    name_dependencies(&judging);
    name_uncovered(&judging);
    buffer_fini(&judging.plain);
}

enum mcuboot_hash_state mcuboot_hash_state(const struct mcuboot_image *image)
{
    struct judging judging = {.image = image, .hash = mcuboot_hash(image)};

    if (judging.hash == NULL) {
        return MCUBOOT_HASH_NONE;
    }
    buffer_append(&judging.plain, image->bytes, image->hashed_size);
    digest_plain(&judging);
    buffer_fini(&judging.plain);
    if (digest_matches(&judging)) {
        return MCUBOOT_HASH_RIGHT;
    }
    return mcuboot_image_key_size(image) != 0 ? MCUBOOT_HASH_ENCRYPTED
                                              : MCUBOOT_HASH_WRONG;
}

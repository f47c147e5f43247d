/* SPDX-License-Identifier: Apache-2.0 */
/* Finding an image's key among the bytes of a boot loader. */
#include "trust/mcuboot/contained.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/bits.h"

enum { DER_SEQUENCE = 0x30, POINT_UNCOMPRESSED = 0x04, DER_MAX = 600 };
enum { POINT_P256 = 65, POINT_P384 = 97 };
/* A boot loader of 512 KiB has some 6,000 places that look like a key; one that
 * is made to have more is not looked at further. */
enum { HASHES_MAX = 65536 };

/* SubjectPublicKeyInfo up to the point (RFC 5480). */
static const uint8_t p256_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
                                    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
                                    0x01, 0x07, 0x03, 0x42, 0x00};
static const uint8_t p384_head[] = {
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};

static const struct {
    uint8_t first;
    uint8_t size; /* of the bytes in the program; 0: the head says */
    uint8_t head_size;
    const uint8_t *head;
} forms[] = {
    {DER_SEQUENCE,       0,          0,                 NULL     },
    {POINT_UNCOMPRESSED, POINT_P256, sizeof(p256_head), p256_head},
    {POINT_UNCOMPRESSED, POINT_P384, sizeof(p384_head), p384_head},
};

/* The name that the image gives its key. */
struct name {
    const struct mcuboot_field *key;
    uint8_t hash[EVP_MAX_MD_SIZE];
    size_t hash_size;
    const EVP_MD *digest;
    unsigned hashes; /* that were compared so far */
};

static bool read_name(const struct mcuboot_image *image, struct name *name)
{
    const struct mcuboot_field *digest = mcuboot_hash(image);
    const struct mcuboot_field *hash =
        mcuboot_find(image, MCUBOOT_TLV_KEY_HASH);
    unsigned size = 0;

    *name = (struct name){.key = mcuboot_find(image, MCUBOOT_TLV_KEY)};
    name->digest =
        digest ? EVP_get_digestbyname(mcuboot_hash_name(digest->type)) : NULL;
    if (!name->digest) {
        return false;
    }
    if (name->key) {
        EVP_Digest(name->key->bytes, name->key->size, name->hash, &size,
                   name->digest, NULL);
    } else if (hash && hash->size == (unsigned)EVP_MD_get_size(name->digest)) {
        memcpy(name->hash, hash->bytes, hash->size);
        size = hash->size;
    }
    name->hash_size = size;
    return size != 0;
}

/* The size of a sequence with its head; 0: no key is of that size. */
static size_t sequence_size(const uint8_t *bytes, size_t left)
{
    size_t size = 0;

    if (left < 4 || bytes[1] < 0x20) {
        return 0;
    }
    if (bytes[1] < 0x80) {
        size = bytes[1] + 2u;
    } else if (bytes[1] == 0x81) {
        size = bytes[2] + 3u;
    } else if (bytes[1] == 0x82) {
        size = ((size_t)bytes[2] << 8 | bytes[3]) + 4;
    }
    return size <= left && size <= DER_MAX ? size : 0;
}

static bool is_named(struct name *name, const struct buffer *der)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    name->hashes++;
    return EVP_Digest(der->bytes, der->size, hash, &size, name->digest, NULL) ==
               1 &&
           size == name->hash_size && memcmp(hash, name->hash, size) == 0;
}

/* The key at the begin of some bytes of the program. */
static struct mcuboot_key *key_at(struct name *name, const uint8_t *bytes,
                                  size_t left)
{
    struct mcuboot_key *key = NULL;
    struct buffer der = {0};

    for (size_t i = 0; key == NULL && i < ARRAY_SIZE(forms); i++) {
        size_t size =
            forms[i].size != 0 ? forms[i].size : sequence_size(bytes, left);
        if (bytes[0] != forms[i].first || size == 0 || size > left) {
            continue;
        }
        buffer_clear(&der);
        buffer_append(&der, forms[i].head, forms[i].head_size);
        buffer_append(&der, bytes, size);
        if (is_named(name, &der)) {
            key = mcuboot_key_of_public(der.bytes, der.size);
        }
    }
    if (key == NULL && name->key != NULL && left >= name->hash_size &&
        memcmp(bytes, name->hash, name->hash_size) == 0) {
        key = mcuboot_key_of_public(name->key->bytes, name->key->size);
    }
    buffer_fini(&der);
    return key;
}

struct mcuboot_key *mcuboot_contained_key(const struct mcuboot_image *image,
                                          const void *program, size_t size,
                                          size_t *offset)
{
    const uint8_t *bytes = program;
    struct name name;

    if (!read_name(image, &name)) {
        return NULL;
    }
    for (size_t i = 0; i < size && name.hashes < HASHES_MAX; i++) {
        struct mcuboot_key *key = key_at(&name, bytes + i, size - i);
        if (key) {
            *offset = i;
            return key;
        }
    }
    return NULL;
}

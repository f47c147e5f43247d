/* SPDX-License-Identifier: Apache-2.0 */
/* Images from their parts, in the order of imgtool. */
#include "trust/mcuboot/write.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "trust/cbor/cbor.h"
#include "trust/mcuboot/encrypt.h"

enum { BITS_PER_BYTE = 8, CIPHER_BLOCK = 16 };

/* Values that are worked out on the way. */
struct work {
    const struct mcuboot_pack *pack;
    uint16_t hash_type;
    const EVP_MD *hash;
    size_t hash_size;
    struct buffer public_key;
    struct buffer protected; /* its area, with its head */
    struct buffer plain;     /* what is hashed */
    struct buffer tlvs;      /* the other area, with its head */
    uint8_t image_key[MCUBOOT_IMAGE_KEY_MAX];
    size_t wrapped_size;
};

static void work_fini(struct work *work)
{
    OPENSSL_cleanse(work->image_key, sizeof(work->image_key));
    buffer_fini(&work->public_key);
    buffer_fini(&work->protected);
    buffer_fini(&work->plain);
    buffer_fini(&work->tlvs);
}

/* ---- What goes together -------------------------------------------------- */

static const struct {
    unsigned bits;
    uint16_t type;
    const EVP_MD *(*digest)(void);
} hashes[] = {
    {256, MCUBOOT_TLV_SHA256, EVP_sha256},
    {384, MCUBOOT_TLV_SHA384, EVP_sha384},
    {512, MCUBOOT_TLV_SHA512, EVP_sha512},
};

static int choose_hash(struct work *work, struct error *error)
{
    const struct mcuboot_pack *pack = work->pack;
    unsigned bits = pack->hash_bits;

    if (bits == 0) {
        bits = pack->is_pure       ? 512
               : pack->key != NULL ? mcuboot_hash_bits(pack->key->type)
                                   : 256;
    }
    if (pack->key != NULL && !mcuboot_hash_fits(pack->key->type, bits)) {
        return error_set(error, -EINVAL,
                         "a key of type %s does not go with a hash of %u bits",
                         mcuboot_key_name(pack->key->type), bits);
    }
    for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
        if (hashes[i].bits == bits) {
            work->hash_type = hashes[i].type;
            work->hash = hashes[i].digest();
            work->hash_size = bits / BITS_PER_BYTE;
            return 0;
        }
    }
    return error_set(error, -EINVAL, "hash of %u bits: 256, 384 or 512", bits);
}

static int check_signing(const struct mcuboot_pack *pack, struct error *error)
{
    if (pack->key == NULL) {
        return pack->is_pure || pack->has_full_key
                   ? error_set(error, -EINVAL, "there is no key to sign with")
                   : 0;
    }
    if (mcuboot_signature_tlv(pack->key->type) == 0) {
        return error_set(error, -EINVAL, "a key of type %s signs no images",
                         mcuboot_key_name(pack->key->type));
    }
    if (pack->is_pure && pack->key->type != MCUBOOT_ED25519) {
        return error_set(error, -EINVAL,
                         "only Ed25519 signs the image itself, the key is of "
                         "type %s",
                         mcuboot_key_name(pack->key->type));
    }
    return 0;
}

static int check_encrypting(const struct mcuboot_pack *pack,
                            struct error *error)
{
    const struct mcuboot_key *recipient = pack->recipient;

    if (recipient == NULL) {
        return 0;
    }
    if (!mcuboot_encrypts_for(recipient->type)) {
        return error_set(error, -EINVAL,
                         "images cannot be encrypted for a key of type %s",
                         mcuboot_key_name(recipient->type));
    }
    if (pack->key == NULL && pack->made == MCUBOOT_MADE_IMAGE) {
        return error_set(error, -EINVAL,
                         "an encrypted image needs a key to sign with: the "
                         "image's key is derived from it");
    }
    unsigned own = recipient->type == MCUBOOT_AES_128   ? 128
                   : recipient->type == MCUBOOT_AES_256 ? 256
                                                        : pack->aes_bits;
    if (own != pack->aes_bits) {
        return error_set(error, -EINVAL,
                         "MCUboot wraps image keys of %u bits with AES keys of "
                         "%u bits, not of %u",
                         pack->aes_bits, pack->aes_bits, own);
    }
    return pack->with_sha512 && recipient->type != MCUBOOT_X25519
               ? error_set(error, -EINVAL,
                           "SHA-512 goes with a key of type x25519, the key is "
                           "of type %s",
                           mcuboot_key_name(recipient->type))
               : 0;
}

static int check(const struct mcuboot_pack *pack, struct error *error)
{
    size_t rest = UINT32_MAX - pack->header_size;

    if (pack->header_size < sizeof(struct mcuboot_header) ||
        pack->header_size > UINT16_MAX) {
        return error_set(
            error, -EINVAL, "header size %u is not between %zu and %d",
            pack->header_size, sizeof(struct mcuboot_header), UINT16_MAX);
    }
    if (pack->payload_size > rest - CIPHER_BLOCK) {
        return error_set(error, -EINVAL, "image of 0x%zx bytes is too large",
                         pack->payload_size);
    }
    if (pack->boot_record != NULL &&
        strlen(pack->boot_record) > MCUBOOT_RECORD_TYPE_MAX) {
        return error_set(error, -EINVAL,
                         "boot record '%s' is longer than %d characters",
                         pack->boot_record, MCUBOOT_RECORD_TYPE_MAX);
    }
    int status = check_signing(pack, error);
    return status ? status : check_encrypting(pack, error);
}

/* ---- TLVs ---------------------------------------------------------------- */

static void put_tlv(struct buffer *out, uint16_t type, const void *bytes,
                    size_t size)
{
    struct mcuboot_tlv tlv = {.type = type, .size = (uint16_t)size};

    assert(size <= UINT16_MAX);
    buffer_append(out, &tlv, sizeof(tlv));
    buffer_append(out, bytes, size);
}

/* Fills in the head of an area, whose room is there. */
static void close_area(struct buffer *area, uint16_t magic)
{
    struct mcuboot_tlv_area head = {.magic = magic,
                                    .size = (uint16_t)area->size};

    assert(area->size <= UINT16_MAX);
    memcpy(area->bytes, &head, sizeof(head));
}

/*
 * A software component as in attestation tokens. The measurement is the hash
 * of an image that has this in it: the boot loader fills it in, and finds it
 * because it comes last.
 */
static void put_boot_record(struct work *work)
{
    enum {
        TYPE = 1,
        MEASUREMENT = 2,
        VERSION = 4,
        SIGNER = 5,
        DESCRIPTION = 6
    };
    const struct mcuboot_version *version = &work->pack->version;
    struct buffer record = {0};
    uint8_t digest[EVP_MAX_MD_SIZE] = {0};
    unsigned size = SHA256_DIGEST_LENGTH; /* of zeros without a key */
    char text[MCUBOOT_VERSION_TEXT];

    snprintf(text, sizeof(text), "%u.%u.%u", version->major, version->minor,
             version->revision);
    if (work->pack->key != NULL) {
        EVP_Digest(work->public_key.bytes, work->public_key.size, digest, &size,
                   work->hash, NULL);
    }
    cbor_put_map(&record, 5);
    cbor_put_number(&record, TYPE);
    cbor_put_text(&record, work->pack->boot_record);
    cbor_put_number(&record, VERSION);
    cbor_put_text(&record, text);
    cbor_put_number(&record, SIGNER);
    cbor_put_bytes(&record, digest, size);
    cbor_put_number(&record, DESCRIPTION);
    cbor_put_text(&record, mcuboot_hash_name(work->hash_type));
    cbor_put_number(&record, MEASUREMENT);
    memset(digest, 0, sizeof(digest));
    cbor_put_bytes(&record, digest, work->hash_size);
    put_tlv(&work->protected, MCUBOOT_TLV_BOOT_RECORD, record.bytes,
            record.size);
    buffer_fini(&record);
}

static void make_protected(struct work *work)
{
    const struct mcuboot_pack *pack = work->pack;
    struct buffer *area = &work->protected;

    buffer_append_zeros(area, sizeof(struct mcuboot_tlv_area));
    if (pack->has_counter) {
        put_tlv(area, MCUBOOT_TLV_SECURITY_COUNTER, &pack->counter,
                sizeof(pack->counter));
    }
    if (pack->boot_record != NULL) {
        put_boot_record(work);
    }
    for (unsigned i = 0; i < pack->dependency_count; i++) {
        put_tlv(area, MCUBOOT_TLV_DEPENDENCY, &pack->dependencies[i],
                sizeof(pack->dependencies[i]));
    }
    if (pack->vendor_uuid != NULL) {
        put_tlv(area, MCUBOOT_TLV_VENDOR_UUID, pack->vendor_uuid,
                MCUBOOT_UUID_SIZE);
    }
    if (pack->class_uuid != NULL) {
        put_tlv(area, MCUBOOT_TLV_CLASS_UUID, pack->class_uuid,
                MCUBOOT_UUID_SIZE);
    }
    const uint8_t *value = pack->custom_values;
    for (unsigned i = 0; i < pack->custom_count; i++) {
        put_tlv(area, pack->custom[i].type, value, pack->custom[i].size);
        value += pack->custom[i].size;
    }
    if (area->size == sizeof(struct mcuboot_tlv_area)) {
        buffer_clear(area);
    } else {
        close_area(area, MCUBOOT_PROTECTED_TLV_MAGIC);
    }
}

/* ---- The image ----------------------------------------------------------- */

static void append_fill(struct buffer *out, uint8_t value, size_t size)
{
    memset(buffer_grow(out, size), value, size);
}

/* Header, padding, payload, and zeros up to a block of the cipher. */
static void make_plain(struct work *work)
{
    const struct mcuboot_pack *pack = work->pack;
    size_t whole = pack->header_size + pack->payload_size;
    size_t odd = pack->recipient != NULL ? whole % CIPHER_BLOCK : 0;
    size_t zeros = odd != 0 ? CIPHER_BLOCK - odd : 0;
    uint32_t encrypted = pack->recipient == NULL  ? 0u
                         : pack->aes_bits == 256u ? MCUBOOT_ENCRYPTED_AES256
                                                  : MCUBOOT_ENCRYPTED_AES128;
    struct mcuboot_header header = {
        .magic = MCUBOOT_MAGIC,
        .load_address = pack->load_address,
        .header_size = (uint16_t)pack->header_size,
        .protected_size = (uint16_t)work->protected.size,
        .image_size = (uint32_t)(pack->payload_size + zeros),
        .flags = pack->flags | encrypted,
        .version = pack->version,
    };

    buffer_append(&work->plain, &header, sizeof(header));
    append_fill(&work->plain, pack->header_fill,
                pack->header_size - sizeof(header));
    buffer_append(&work->plain, pack->payload, pack->payload_size);
    buffer_append_zeros(&work->plain, zeros);
    buffer_append(&work->plain, work->protected.bytes, work->protected.size);
}

/* Takes a signature that was made elsewhere, if it is the key's. */
static int take_signature(const struct work *work, const void *message,
                          size_t size, struct buffer *signature,
                          struct error *error)
{
    const struct mcuboot_pack *pack = work->pack;
    struct buffer text = {0};

    if (pack->signature_size <= MCUBOOT_SIGNATURE_MAX &&
        mcuboot_signature_holds(pack->key, message, size, pack->signature,
                                pack->signature_size)) {
        buffer_append(signature, pack->signature, pack->signature_size);
        return 0;
    }
    if (pack->is_pure) {
        buffer_print(&text, "the image of 0x%zx bytes itself", size);
    } else {
        buffer_print(&text, "%s ", mcuboot_hash_name(work->hash_type));
        buffer_print_hex(&text, message, size);
    }
    error_set(error, -EBADMSG,
              "the signature of %zu bytes is none by this key, of type %s, of "
              "%s",
              pack->signature_size, mcuboot_key_name(pack->key->type),
              buffer_text(&text));
    buffer_fini(&text);
    return -EBADMSG;
}

static int sign(struct work *work, const uint8_t *digest, struct error *error)
{
    const struct mcuboot_pack *pack = work->pack;
    const void *message = pack->is_pure ? work->plain.bytes : digest;
    size_t message_size = pack->is_pure ? work->plain.size : work->hash_size;
    struct buffer signature = {0};
    uint8_t key_hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    uint8_t yes = 1;

    if (pack->is_pure) {
        put_tlv(&work->tlvs, MCUBOOT_TLV_PURE, &yes, sizeof(yes));
    }
    EVP_Digest(work->public_key.bytes, work->public_key.size, key_hash, &size,
               work->hash, NULL);
    if (pack->has_full_key) {
        put_tlv(&work->tlvs, MCUBOOT_TLV_KEY, work->public_key.bytes,
                work->public_key.size);
    } else {
        put_tlv(&work->tlvs, MCUBOOT_TLV_KEY_HASH, key_hash, size);
    }
    int status =
        pack->signature != NULL
            ? take_signature(work, message, message_size, &signature, error)
            : mcuboot_sign(pack->key, message, message_size, &signature, error);
    if (status == 0) {
        put_tlv(&work->tlvs, mcuboot_signature_tlv(pack->key->type),
                signature.bytes, signature.size);
    }
    buffer_fini(&signature);
    return status;
}

/* The image's key, derived from what is signed and for whom it is encrypted, so
 * that two images never share one; and its TLV. */
static int wrap(struct work *work, const uint8_t *digest, struct error *error)
{
    const struct mcuboot_pack *pack = work->pack;
    struct buffer context = {0};
    struct buffer wrapped = {0};
    uint16_t type = 0;

    buffer_append(&context, digest, work->hash_size);
    mcuboot_key_public(pack->recipient, &context);
    buffer_append(&context, pack->recipient->secret,
                  sizeof(pack->recipient->secret));
    mcuboot_derive(pack->key, "image key", context.bytes, context.size,
                   work->image_key, pack->aes_bits / BITS_PER_BYTE);
    struct mcuboot_wrap how = {
        .recipient = pack->recipient,
        .signer = pack->key,
        .context = context.bytes,
        .context_size = context.size,
        .with_sha512 = pack->with_sha512,
    };
    int status =
        mcuboot_wrap_key(&how, work->image_key, pack->aes_bits / BITS_PER_BYTE,
                         &type, &wrapped, error);
    if (status == 0) {
        put_tlv(&work->tlvs, type, wrapped.bytes, wrapped.size);
        work->wrapped_size = wrapped.size;
    }
    OPENSSL_cleanse(context.bytes, context.size);
    buffer_fini(&context);
    buffer_fini(&wrapped);
    return status;
}

static int make_tlvs(struct work *work, const uint8_t *digest,
                     struct error *error)
{
    int status = 0;

    buffer_append_zeros(&work->tlvs, sizeof(struct mcuboot_tlv_area));
    put_tlv(&work->tlvs, work->hash_type, digest, work->hash_size);
    if (work->pack->key != NULL) {
        status = sign(work, digest, error);
    }
    if (status == 0 && work->pack->recipient != NULL) {
        status = wrap(work, digest, error);
    }
    close_area(&work->tlvs, MCUBOOT_TLV_MAGIC);
    return status;
}

/* Encrypts image and padding in place; header and TLVs stay plain. */
static void encrypt(struct work *work)
{
    const struct mcuboot_pack *pack = work->pack;
    size_t size = work->plain.size - work->protected.size - pack->header_size;

    if (pack->recipient != NULL && !pack->is_clear) {
        mcuboot_crypt(work->image_key, pack->aes_bits / BITS_PER_BYTE,
                      work->plain.bytes + pack->header_size, size);
    }
}

static int check_slot(const struct work *work, struct error *error)
{
    const struct mcuboot_pack *pack = work->pack;
    const struct mcuboot_slot *slot = &pack->slot;
    size_t key_size = pack->recipient == NULL ? 0
                      : pack->saves_tlvs      ? work->wrapped_size
                                              : CIPHER_BLOCK;
    size_t size = work->plain.size + work->tlvs.size;

    if (slot->size == 0) {
        return 0;
    }
    size_t trailer = mcuboot_trailer_size(slot, key_size);
    return in_range(size, trailer, slot->size)
               ? 0
               : error_set(error, -EFBIG,
                           "image of 0x%zx bytes and trailer of 0x%zx do not "
                           "fit the slot of 0x%zx",
                           size, trailer, slot->size);
}

/* Makes the other TLVs, and puts all parts behind one another. */
static int finish(struct work *work, const uint8_t *digest, struct buffer *out,
                  struct error *error)
{
    const struct mcuboot_pack *pack = work->pack;
    struct buffer image = {0};
    int status = make_tlvs(work, digest, error);

    status = status ? status : check_slot(work, error);
    if (status == 0) {
        encrypt(work);
        buffer_append(&image, work->plain.bytes, work->plain.size);
        buffer_append(&image, work->tlvs.bytes, work->tlvs.size);
        if (pack->is_padded) {
            mcuboot_trailer_write(&pack->slot, pack->is_confirmed, &image);
        }
        buffer_append(out, image.bytes, image.size);
    }
    buffer_fini(&image);
    return status;
}

int mcuboot_write(const struct mcuboot_pack *pack, struct buffer *out,
                  struct error *error)
{
    struct work work = {.pack = pack};
    uint8_t digest[EVP_MAX_MD_SIZE];
    int status = check(pack, error);

    status = status ? status : choose_hash(&work, error);
    if (status == 0) {
        if (pack->key != NULL) {
            mcuboot_key_public(pack->key, &work.public_key);
        }
        make_protected(&work);
        make_plain(&work);
        EVP_Digest(work.plain.bytes, work.plain.size, digest, NULL, work.hash,
                   NULL);
    }
    if (status == 0 && pack->made == MCUBOOT_MADE_IMAGE) {
        status = finish(&work, digest, out, error);
    } else if (status == 0 && pack->made == MCUBOOT_MADE_PAYLOAD) {
        buffer_append(out, work.plain.bytes, work.plain.size);
    } else if (status == 0) {
        buffer_append(out, digest, work.hash_size);
    }
    work_fini(&work);
    return status;
}

/* ---- UUIDs --------------------------------------------------------------- */

/* Digits with nothing between them, or dashes at the usual places. */
static bool read_uuid(const char *text, uint8_t uuid[MCUBOOT_UUID_SIZE])
{
    size_t length = strlen(text);
    bool has_dashes = length == 36;
    unsigned digits = 0;

    if (!has_dashes && length != 2 * (size_t)MCUBOOT_UUID_SIZE) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        bool dash = has_dashes && (i == 8 || i == 13 || i == 18 || i == 23);
        char digit[2] = {text[i]};
        if (dash ? text[i] != '-'
                 : !strchr("0123456789abcdefABCDEF", text[i])) {
            return false;
        }
        if (!dash) {
            unsigned value = (unsigned)strtoul(digit, NULL, 16);
            uuid[digits / 2] =
                (uint8_t)(digits % 2 == 0 ? value << 4
                                          : uuid[digits / 2] | value);
            digits++;
        }
    }
    return true;
}

bool mcuboot_uuid_parse(const char *text, const uint8_t *space,
                        uint8_t uuid[MCUBOOT_UUID_SIZE])
{
    /* RFC 4122, appendix C. */
    static const uint8_t domains[MCUBOOT_UUID_SIZE] = {
        0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
        0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    enum { VERSION = 6, VARIANT = 8, VERSION_5 = 0x50, RFC_4122 = 0x80 };
    struct buffer name = {0};
    uint8_t digest[SHA_DIGEST_LENGTH];

    if (*text == '\0') {
        return false;
    }
    if (read_uuid(text, uuid)) {
        return true;
    }
    buffer_append(&name, space != NULL ? space : domains, MCUBOOT_UUID_SIZE);
    buffer_append(&name, text, strlen(text));
    SHA1(name.bytes, name.size, digest);
    buffer_fini(&name);
    memcpy(uuid, digest, MCUBOOT_UUID_SIZE);
    uuid[VERSION] = (uint8_t)((uuid[VERSION] & 0x0f) | VERSION_5);
    uuid[VARIANT] = (uint8_t)((uuid[VARIANT] & 0x3f) | RFC_4122);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Images of every key type, and what a change of them does. */
#include "trust/mcuboot/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "tests/mcuboot_made.h"

static const enum mcuboot_key_type signers[] = {
    MCUBOOT_RSA_2048, MCUBOOT_RSA_3072, MCUBOOT_ECDSA_P256, MCUBOOT_ECDSA_P384,
    MCUBOOT_ED25519};

/* Made once: new RSA keys take their time. */
static const struct mcuboot_key *signer(size_t index)
{
    static struct mcuboot_key *keys[ARRAY_SIZE(signers)];

    if (keys[index] == NULL) {
        keys[index] = made_key(signers[index]);
    }
    return keys[index];
}

static void write(const struct mcuboot_pack *pack, struct buffer *out)
{
    struct error error = {""};
    buffer_clear(out);
    EXPECT_EQ(mcuboot_write(pack, out, &error), 0);
    EXPECT_STR(error.text, "");
}

TEST(every_key_signs_what_it_verifies_and_no_other_key_does)
{
    for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
        const struct mcuboot_key *key = signer(i);
        OWNED(buffer_fini) struct buffer one = {0};
        OWNED(buffer_fini) struct buffer other = {0};
        struct mcuboot_pack pack = made_pack(key);
        struct mcuboot_wanted wanted = {.key = key};
        test_case("%s", mcuboot_key_name(signers[i]));
        write(&pack, &one);
        write(&pack, &other);
        EXPECT_EQ(one.size, other.size);
        EXPECT_BYTES(one.bytes, other.bytes, one.size);
        expect_verdict(&one, &wanted, NULL, NULL);
        pack.has_full_key = true;
        write(&pack, &other);
        expect_verdict(&other, &wanted, NULL, NULL);
        for (size_t j = 0; j < ARRAY_SIZE(signers); j++) {
            wanted.key = signer(j);
            if (j != i) {
                expect_verdict(&one, &wanted, "key", "expected, found");
                expect_verdict(&other, &wanted, "key",
                               "the image's public key is another");
            }
        }
    }
}

/* Nothing of an image can be changed unnoticed, and no padding of a signature
 * either. */
TEST(a_change_of_any_byte_is_refused)
{
    for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
        const struct mcuboot_key *key = signer(i);
        struct mcuboot_pack pack = made_pack(key);
        struct mcuboot_wanted wanted = {.key = key};
        OWNED(buffer_fini) struct buffer bytes = {0};
        pack.has_counter = true;
        write(&pack, &bytes);
        for (size_t at = 0; at < bytes.size; at++) {
            uint8_t mask = (uint8_t)(1u << at % 8);
            bytes.bytes[at] ^= mask;
            struct verdict verdict = made_verdict(&bytes, &wanted);
            test_case("%s, 0x%zx", mcuboot_key_name(signers[i]), at);
            EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_REFUSED);
            verdict_fini(&verdict);
            bytes.bytes[at] ^= mask;
        }
        expect_verdict(&bytes, &wanted, NULL, NULL);
    }
}

/* With what lies behind the signed part: the padding of a slot, a trailer, a
 * wrapped key that is not needed as the image is in plain. */
TEST(each_byte_is_covered_or_named)
{
    static const struct {
        bool is_padded;
        bool is_encrypted;
        const char *part;
    } rows[] = {
        {true,  false, "padding and trailer of the slot"},
        {false, true,  "image key, ECIES-X25519"        },
    };
    const struct mcuboot_key *key = signer(0);
    struct mcuboot_key *device = made_key(MCUBOOT_X25519);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_pack pack = made_pack(key);
        struct mcuboot_wanted wanted = {.key = key};
        OWNED(buffer_fini) struct buffer bytes = {0};
        bool found = false;
        if (rows[i].is_padded) {
            pack.slot.size = 2048;
            pack.is_padded = true;
        } else {
            pack.recipient = device;
            pack.is_clear = true;
            wanted.decrypt = device;
        }
        write(&pack, &bytes);
        struct verdict verdict = made_verdict(&bytes, &wanted);
        test_case("%zu", i);
        EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_TRUSTED);
        for (size_t j = 0; j < verdict.count; j++) {
            found |= strstr(verdict.checks[j].text, rows[i].part) != NULL;
        }
        EXPECT(found);
        for (size_t at = 0; at < bytes.size; at++) {
            uint8_t mask = (uint8_t)(1u << at % 8);
            bytes.bytes[at] ^= mask;
            struct verdict other = made_verdict(&bytes, &wanted);
            bytes.bytes[at] ^= mask;
            test_case("%zu, 0x%zx", i, at);
            EXPECT(verdict_names_byte(&verdict, at) ||
                   verdict_decide(&other) == VERDICT_IS_REFUSED);
            verdict_fini(&other);
        }
        verdict_fini(&verdict);
    }
    mcuboot_key_destroy(device);
}

TEST(ed25519_signs_hashes_and_images)
{
    static const struct {
        unsigned bits;
        bool is_pure;
        uint16_t hash;
    } rows[] = {
        {0,   false, MCUBOOT_TLV_SHA256},
        {256, false, MCUBOOT_TLV_SHA256},
        {512, false, MCUBOOT_TLV_SHA512},
        {0,   true,  MCUBOOT_TLV_SHA512},
    };
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_pack pack = made_pack(key);
        struct mcuboot_wanted wanted = {.key = key};
        struct mcuboot_image image;
        OWNED(buffer_fini) struct buffer bytes = {0};
        test_case("%zu", i);
        pack.hash_bits = rows[i].bits;
        pack.is_pure = rows[i].is_pure;
        write(&pack, &bytes);
        expect_verdict(&bytes, &wanted, NULL, NULL);
        REQUIRE(mcuboot_read(&image, bytes.bytes, bytes.size, NULL) == 0);
        EXPECT_EQ(mcuboot_hash(&image)->type, rows[i].hash);
        EXPECT_EQ(mcuboot_find(&image, MCUBOOT_TLV_PURE) != NULL,
                  rows[i].is_pure);
    }
    mcuboot_key_destroy(key);
}

/* Offset and contents, from the end, of the last TLV of an image. */
static uint8_t *last_tlv(const struct buffer *bytes, size_t size)
{
    return bytes->bytes + bytes->size - size - sizeof(struct mcuboot_tlv);
}

/* A signature of the right key, but behind another key's hash, is not his. */
TEST(a_signature_belongs_to_the_key_before_it)
{
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct mcuboot_pack pack = made_pack(key);
    struct mcuboot_wanted wanted = {.key = key};
    struct buffer bytes = {0};
    write(&pack, &bytes);
    uint8_t *key_hash = last_tlv(&bytes, 64) - 32;
    key_hash[0] ^= 1;
    expect_verdict(&bytes, &wanted, "key", "expected, found");
    key_hash[0] ^= 1;
    last_tlv(&bytes, 64)[0] = MCUBOOT_TLV_ECDSA;
    expect_verdict(&bytes, &wanted, "signature",
                   "the image has none of type ed25519");
    buffer_fini(&bytes);
    mcuboot_key_destroy(key);
}

TEST(an_unsigned_image_is_refused_and_its_hash_checked)
{
    struct mcuboot_pack pack = made_pack(NULL);
    struct mcuboot_wanted wanted = {0};
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct buffer bytes = {0};
    write(&pack, &bytes);
    expect_verdict(&bytes, &wanted, "signature", "the image is not signed");
    wanted.key = key;
    expect_verdict(&bytes, &wanted, "signature", "the image is not signed");
    bytes.bytes[50] ^= 1;
    expect_verdict(&bytes, &wanted, "hash", "expected, found");
    last_tlv(&bytes, 32)[0] = MCUBOOT_TLV_KEY_HASH;
    expect_verdict(&bytes, &wanted, "hash", "the image has none");
    buffer_fini(&bytes);
    mcuboot_key_destroy(key);
}

FIXTURE(struct buffer, bytes, buffer_fini)

TEST_BEGINS(what_decides_must_be_protected, bytes)
{
    struct mcuboot_pack pack = made_pack(NULL);
    struct mcuboot_wanted wanted = {.has_counter = true, .counter = 0};
    write(&pack, bytes);
    last_tlv(bytes, 32)[0] = MCUBOOT_TLV_SECURITY_COUNTER;
    expect_verdict(bytes, &wanted, "areas",
                   "TLV 0x50 (security counter) is not protected");
    expect_verdict(bytes, &wanted, "security counter", "the image has none");
    last_tlv(bytes, 32)[0] = 0xa0;
    expect_verdict(bytes, &wanted, "areas", "TLV 0xa0 (unknown)");
    /* Behind others that may be there, too. */
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    pack.key = key;
    write(&pack, bytes);
    last_tlv(bytes, 64)[0] = MCUBOOT_TLV_DEPENDENCY;
    expect_verdict(bytes, &wanted, "areas", "TLV 0x40 (dependency)");
    mcuboot_key_destroy(key);
}

/* Nobody's signature, and anybody's. */
TEST(without_the_signer_an_image_is_not_trusted)
{
    static const struct {
        bool is_signed;
        bool key_given;
        enum verdict_decision decision;
        enum verdict_result result;
        const char *text;
    } rows[] = {
        {false, false, VERDICT_IS_REFUSED,   VERDICT_REFUSED,
         "the image is not signed"                                },
        {false, true,  VERDICT_IS_REFUSED,   VERDICT_REFUSED,
         "the image is not signed"                                },
        {true,  false, VERDICT_IS_UNDECIDED, VERDICT_UNDECIDED,
         "no key was given: anybody may have signed the image"    },
        {true,  true,  VERDICT_IS_TRUSTED,   VERDICT_PROVEN,    ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_pack pack =
            made_pack(rows[i].is_signed ? signer(0) : NULL);
        struct mcuboot_wanted wanted = {.key = rows[i].key_given ? signer(0)
                                                                 : NULL};
        OWNED(buffer_fini) struct buffer bytes = {0};
        test_case("%zu", i);
        write(&pack, &bytes);
        struct verdict verdict = made_verdict(&bytes, &wanted);
        const struct verdict_check *check = verdict_find(&verdict, "signature");
        EXPECT_EQ(verdict_decide(&verdict), rows[i].decision);
        EXPECT(check && check->result == rows[i].result);
        EXPECT(check && strstr(check->text, rows[i].text));
        verdict_fini(&verdict);
    }
}

TEST_BEGINS(a_lower_counter_is_a_roll_back, bytes)
{
    static const struct {
        uint32_t device;
        bool good;
    } rows[] = {
        {0, true },
        {4, true },
        {5, true },
        {6, false},
    };
    struct mcuboot_pack pack = made_pack(signer(0));
    pack.has_counter = true;
    pack.counter = 5;
    write(&pack, bytes);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_wanted wanted = {
            .key = signer(0), .has_counter = true, .counter = rows[i].device};
        test_case("%u", rows[i].device);
        expect_verdict(bytes, &wanted, rows[i].good ? NULL : "security counter",
                       "at least 6 expected, found 5");
    }
}

TEST_BEGINS(dependencies_are_reported, bytes)
{
    struct mcuboot_pack pack = made_pack(NULL);
    pack.dependency_count = 1;
    pack.dependencies[0] = (struct mcuboot_dependency){
        3, {0 },
         { 1, 2, 3, 4}
    };
    write(&pack, bytes);
    struct verdict verdict = made_verdict(bytes, &(struct mcuboot_wanted){0});
    const struct verdict_check *check = verdict_find(&verdict, "dependency");
    REQUIRE(check != NULL);
    EXPECT_EQ(check->result, VERDICT_OPEN);
    EXPECT_STR(check->text, "image 3 must be of version 1.2.3+4 or later");
    verdict_fini(&verdict);
}

TEST_BEGINS(tlvs_of_the_vendor_lie_in_the_signed_part, bytes)
{
    static const struct {
        uint16_t type;
        uint16_t size;
        const char *value;
    } rows[] = {
        {MCUBOOT_TLV_VENDOR_FIRST, 4, "text"      },
        {0xa1,                     0, ""          },
        {MCUBOOT_TLV_VENDOR_LAST,  3, "\0\xff\xab"},
    };
    struct mcuboot_pack pack = made_pack(signer(0));
    struct mcuboot_wanted wanted = {.key = signer(0)};
    struct mcuboot_image image;
    OWNED(buffer_fini) struct buffer values = {0};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        pack.custom[i].type = rows[i].type;
        pack.custom[i].size = rows[i].size;
        buffer_append(&values, rows[i].value, rows[i].size);
    }
    pack.custom_count = ARRAY_SIZE(rows);
    pack.custom_values = values.bytes;
    write(&pack, bytes);
    expect_verdict(bytes, &wanted, NULL, NULL);
    REQUIRE(mcuboot_read(&image, bytes->bytes, bytes->size, NULL) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct mcuboot_field *field = mcuboot_find(&image, rows[i].type);
        test_case("%zu", i);
        REQUIRE(field != NULL && field->size == rows[i].size);
        EXPECT(field->is_protected);
        EXPECT_BYTES(field->bytes, rows[i].value, rows[i].size);
        EXPECT(field == &image.fields[i]); /* in the order given */
    }
    bytes->bytes[image.fields[0].offset + 4] ^= 1;
    expect_verdict(bytes, &wanted, "hash", "expected, found");
}

/* ---- Signatures from elsewhere ------------------------------------------- */

/* Makes the signature that an owner of the private key would give back. */
static void sign_elsewhere(const struct mcuboot_key *key,
                           const struct mcuboot_pack *pack,
                           struct buffer *signature)
{
    struct mcuboot_pack vector = *pack;
    OWNED(buffer_fini) struct buffer message = {0};

    vector.made = pack->is_pure ? MCUBOOT_MADE_PAYLOAD : MCUBOOT_MADE_DIGEST;
    write(&vector, &message);
    buffer_clear(signature);
    EXPECT_EQ(mcuboot_sign(key, message.bytes, message.size, signature, NULL),
              0);
}

static struct mcuboot_key *public_half(const struct mcuboot_key *key)
{
    struct buffer der = {0};

    mcuboot_key_public(key, &der);
    struct mcuboot_key *half = mcuboot_key_of_public(der.bytes, der.size);
    EXPECT(half != NULL && !half->is_private);
    buffer_fini(&der);
    return half;
}

/* A vector and a signature of it give what the key would have made. */
TEST(a_signature_from_elsewhere_gives_the_same_image)
{
    for (size_t i = 0; i <= ARRAY_SIZE(signers); i++) {
        bool is_pure = i == ARRAY_SIZE(signers); /* of the last, again */
        const struct mcuboot_key *key = signer(is_pure ? i - 1 : i);
        struct mcuboot_key *half = public_half(key);
        struct mcuboot_pack pack = made_pack(key);
        struct buffer expected = {0};
        struct buffer signature = {0};
        struct buffer bytes = {0};
        test_case("%zu", i);
        pack.is_pure = is_pure;
        pack.boot_record = "SPE"; /* holds the key's hash */
        write(&pack, &expected);
        pack.key = half;
        sign_elsewhere(key, &pack, &signature);
        pack.signature = signature.bytes;
        pack.signature_size = signature.size;
        write(&pack, &bytes);
        REQUIRE(bytes.size == expected.size);
        EXPECT_BYTES(bytes.bytes, expected.bytes, bytes.size);
        buffer_fini(&bytes);
        buffer_fini(&signature);
        buffer_fini(&expected);
        mcuboot_key_destroy(half);
    }
}

/* The signature is by another key, of another image, changed, cut off or too
 * long. */
TEST(a_signature_that_is_not_the_keys_is_not_packed)
{
    for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
        struct mcuboot_pack pack = made_pack(signer(i));
        struct error error = {""};
        OWNED(buffer_fini) struct buffer signature = {0};
        OWNED(buffer_fini) struct buffer out = {0};
        sign_elsewhere(signer(i), &pack, &signature);
        size_t size = signature.size;
        buffer_append_zeros(&signature, 1 << 17);
        for (unsigned wrong = 0; wrong < 5; wrong++) {
            struct mcuboot_pack other = pack;
            test_case("%s, %u", mcuboot_key_name(signers[i]), wrong);
            other.key =
                wrong == 0 ? signer((i + 1) % ARRAY_SIZE(signers)) : signer(i);
            other.version.build += wrong == 1;
            other.signature = signature.bytes;
            other.signature_size = wrong == 3   ? size - 1
                                   : wrong == 4 ? signature.size
                                                : size;
            signature.bytes[size / 2] ^= wrong == 2;
            EXPECT_EQ(mcuboot_write(&other, &out, &error), -EBADMSG);
            EXPECT(strstr(error.text, " bytes is none by this key, of type "));
            EXPECT_EQ(out.size, 0);
            signature.bytes[size / 2] ^= wrong == 2;
        }
    }
}

/* There is no secret to derive the image's key from. */
TEST(an_encrypted_image_signed_elsewhere_differs_each_time)
{
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct mcuboot_key *half = public_half(key);
    struct mcuboot_key *device = made_key(MCUBOOT_X25519);
    struct mcuboot_pack pack = made_pack(half);
    struct mcuboot_wanted wanted = {.key = half, .decrypt = device};
    struct buffer signature = {0};
    struct buffer one = {0};
    struct buffer other = {0};
    pack.recipient = device;
    sign_elsewhere(key, &pack, &signature);
    pack.signature = signature.bytes;
    pack.signature_size = signature.size;
    write(&pack, &one);
    write(&pack, &other);
    expect_verdict(&one, &wanted, NULL, NULL);
    expect_verdict(&other, &wanted, NULL, NULL);
    REQUIRE(one.size == other.size);
    EXPECT(memcmp(one.bytes, other.bytes, one.size) != 0);
    buffer_fini(&one);
    buffer_fini(&other);
    buffer_fini(&signature);
    mcuboot_key_destroy(key);
    mcuboot_key_destroy(half);
    mcuboot_key_destroy(device);
}

/* ---- Encryption ---------------------------------------------------------- */

static const struct {
    enum mcuboot_key_type type;
    unsigned bits;
    bool with_sha512;
    uint16_t tlv;
    size_t size;
} wraps[] = {
    {MCUBOOT_RSA_2048,   128, false, MCUBOOT_TLV_ENC_RSA2048,       256},
    {MCUBOOT_RSA_2048,   256, false, MCUBOOT_TLV_ENC_RSA2048,       256},
    {MCUBOOT_ECDSA_P256, 128, false, MCUBOOT_TLV_ENC_P256,          113},
    {MCUBOOT_ECDSA_P256, 256, false, MCUBOOT_TLV_ENC_P256,          129},
    {MCUBOOT_X25519,     128, false, MCUBOOT_TLV_ENC_X25519,        80 },
    {MCUBOOT_X25519,     256, false, MCUBOOT_TLV_ENC_X25519,        96 },
    {MCUBOOT_X25519,     128, true,  MCUBOOT_TLV_ENC_X25519_SHA512, 112},
    {MCUBOOT_X25519,     256, true,  MCUBOOT_TLV_ENC_X25519_SHA512, 128},
    {MCUBOOT_AES_128,    128, false, MCUBOOT_TLV_ENC_KW,            24 },
    {MCUBOOT_AES_256,    256, false, MCUBOOT_TLV_ENC_KW,            40 },
};

static void try_wrap(size_t row, const struct mcuboot_key *signer)
{
    struct mcuboot_key *device = made_key(wraps[row].type);
    struct mcuboot_pack pack = made_pack(signer);
    struct mcuboot_wanted wanted = {.key = signer, .decrypt = device};
    struct mcuboot_image image;
    struct buffer bytes = {0};
    struct buffer again = {0};

    pack.recipient = device;
    pack.aes_bits = wraps[row].bits;
    pack.with_sha512 = wraps[row].with_sha512;
    write(&pack, &bytes);
    write(&pack, &again);
    EXPECT_BYTES(bytes.bytes, again.bytes, bytes.size);
    expect_verdict(&bytes, &wanted, NULL, NULL);
    REQUIRE(mcuboot_read(&image, bytes.bytes, bytes.size, NULL) == 0);
    EXPECT_EQ(image.header.image_size, 32); /* a multiple of the block */
    EXPECT(memcmp(bytes.bytes + 48, pack.payload, pack.payload_size) != 0);
    EXPECT_EQ(mcuboot_hash_state(&image), MCUBOOT_HASH_ENCRYPTED);
    const struct mcuboot_field *field = mcuboot_find(&image, wraps[row].tlv);
    REQUIRE(field != NULL);
    EXPECT_EQ(field->size, wraps[row].size);
    bytes.bytes[bytes.size - 1] ^= 1;
    expect_verdict(&bytes, &wanted, "decryption", "is not for this key");
    bytes.bytes[bytes.size - 1] ^= 1;
    wanted.decrypt = NULL;
    struct verdict verdict = made_verdict(&bytes, &wanted);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_UNDECIDED);
    EXPECT_STR(verdict.checks[verdict.count - 1].name, "decryption");
    verdict_fini(&verdict);
    pack.is_clear = true;
    write(&pack, &again);
    EXPECT_BYTES(again.bytes + 48, pack.payload, pack.payload_size);
    expect_verdict(&again, &wanted, NULL, NULL);
    buffer_fini(&bytes);
    buffer_fini(&again);
    mcuboot_key_destroy(device);
}

TEST(images_are_encrypted_for_every_kind_of_key)
{
    struct mcuboot_key *signer = made_key(MCUBOOT_ED25519);
    for (size_t i = 0; i < ARRAY_SIZE(wraps); i++) {
        test_case("%s, %u bits%s", mcuboot_key_name(wraps[i].type),
                  wraps[i].bits, wraps[i].with_sha512 ? ", SHA-512" : "");
        try_wrap(i, signer);
    }
    mcuboot_key_destroy(signer);
}

TEST(another_devices_key_does_not_decrypt)
{
    struct mcuboot_key *signer = made_key(MCUBOOT_ED25519);
    struct mcuboot_key *device = made_key(MCUBOOT_X25519);
    struct mcuboot_pack pack = made_pack(signer);
    struct mcuboot_wanted wanted = {.key = signer};
    struct buffer bytes = {0};
    struct buffer file = {0};
    pack.recipient = device;
    write(&pack, &bytes);
    wanted.decrypt = signer;
    expect_verdict(&bytes, &wanted, "decryption",
                   "the image's key is in ECIES-X25519, but the key to decrypt "
                   "with is of type ed25519");
    EXPECT_EQ(mcuboot_key_generate(MCUBOOT_X25519, "other", 5, &file, NULL), 0);
    struct mcuboot_key *other =
        mcuboot_key_read(file.bytes, file.size, NULL, NULL);
    wanted.decrypt = other;
    expect_verdict(&bytes, &wanted, "decryption", "is not for this key");
    buffer_clear(&file);
    mcuboot_key_public_pem(device, &file);
    struct mcuboot_key *public =
        mcuboot_key_read(file.bytes, file.size, NULL, NULL);
    wanted.decrypt = public;
    expect_verdict(&bytes, &wanted, "decryption", "has no private part");
    buffer_fini(&file);
    buffer_fini(&bytes);
    mcuboot_key_destroy(public);
    mcuboot_key_destroy(other);
    mcuboot_key_destroy(device);
    mcuboot_key_destroy(signer);
}

/* The stream of counter mode must never repeat for two images. */
TEST(two_images_have_two_keys)
{
    struct mcuboot_key *signer = made_key(MCUBOOT_ED25519);
    struct mcuboot_key *device = made_key(MCUBOOT_AES_128);
    struct mcuboot_pack pack = made_pack(signer);
    struct buffer one = {0};
    struct buffer other = {0};
    pack.recipient = device;
    write(&pack, &one);
    pack.version.build++;
    write(&pack, &other);
    EXPECT(memcmp(one.bytes + 48, other.bytes + 48, 16) != 0);
    buffer_fini(&one);
    buffer_fini(&other);
    mcuboot_key_destroy(device);
    mcuboot_key_destroy(signer);
}

/* ---- What does not go together ------------------------------------------- */

TEST(what_mcuboot_would_not_take_is_refused)
{
    struct mcuboot_key *ed25519 = made_key(MCUBOOT_ED25519);
    struct mcuboot_key *p256 = made_key(MCUBOOT_ECDSA_P256);
    struct mcuboot_key *p384 = made_key(MCUBOOT_ECDSA_P384);
    struct mcuboot_key *aes = made_key(MCUBOOT_AES_256);
    struct mcuboot_key *x25519 = made_key(MCUBOOT_X25519);
    struct mcuboot_pack base = made_pack(ed25519);
    const struct {
        void *field;
        uintptr_t value;
        size_t size;
        const char *text;
        const struct mcuboot_key *key;
        const struct mcuboot_key *recipient;
    } rows[] = {
        {&base.header_size,  31,         4, "header size 31 is not between 32 and 65535",
         ed25519,                                                                                   NULL  },
        {&base.header_size,  65536,      4, "header size 65536 is not",                    ed25519,
         NULL                                                                                             },
        {&base.payload_size, UINT32_MAX, 8,
         "image of 0xffffffff bytes is too large",                                         ed25519, NULL  },
        {&base.hash_bits,    384,        4,
         "a key of type ed25519 does not go with a hash of 384 bits",                      ed25519,
         NULL                                                                                             },
        {&base.hash_bits,    512,        4,
         "a key of type ecdsa-p256 does not go with a hash of 512 bits",                   p256,
         NULL                                                                                             },
        {&base.hash_bits,    1,          4, "hash of 1 bits: 256, 384 or 512",             NULL,    NULL  },
        {&base.is_pure,      1,          1,
         "only Ed25519 signs the image itself, the key is of type ecdsa-p256",             p256,    NULL  },
        {&base.is_pure,      1,          1, "there is no key to sign with",                NULL,    NULL  },
        {&base.has_full_key, 1,          1, "there is no key to sign with",                NULL,    NULL  },
        {&base.counter,      0,          4, "a key of type x25519 signs no images",        x25519,
         NULL                                                                                             },
        {&base.counter,      0,          4,
         "images cannot be encrypted for a key of type ecdsa-p384",                        ed25519,
         p384                                                                                             },
        {&base.counter,      0,          4, "an encrypted image needs a key to sign with",
         NULL,                                                                                      x25519},
        {&base.counter,      0,          4,
         "MCUboot wraps image keys of 128 bits with AES keys of 128 bits, not "
         "of 256",                                                                         ed25519, aes   },
        {&base.with_sha512,  1,          1,
         "SHA-512 goes with a key of type x25519, the key is of type "
         "ecdsa-p256",                                                                     ed25519, p256  },
        {&base.slot.size,    600,        8,
         "image of 0xd4 bytes and trailer of 0x1b0 do not fit the slot of "
         "0x258",                                                                          ed25519, NULL  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_pack saved = base;
        struct buffer out = {0};
        struct error error = {""};
        test_case("%s", rows[i].text);
        memcpy(rows[i].field, &rows[i].value, rows[i].size);
        base.key = rows[i].key;
        base.recipient = rows[i].recipient;
        EXPECT(mcuboot_write(&base, &out, &error) < 0);
        EXPECT(strstr(error.text, rows[i].text) != NULL);
        EXPECT_EQ(out.size, 0);
        base = saved;
    }
    base.boot_record = "thirteen long";
    struct error error = {""};
    EXPECT_EQ(mcuboot_write(&base, NULL, &error), -EINVAL);
    EXPECT_STR(error.text,
               "boot record 'thirteen long' is longer than 12 characters");
    mcuboot_key_destroy(ed25519);
    mcuboot_key_destroy(p256);
    mcuboot_key_destroy(p384);
    mcuboot_key_destroy(aes);
    mcuboot_key_destroy(x25519);
}

TEST(a_public_key_does_not_sign)
{
    struct mcuboot_key *key = made_key(MCUBOOT_ECDSA_P256);
    struct buffer pem = {0};
    struct buffer out = {0};
    struct error error = {""};
    mcuboot_key_public_pem(key, &pem);
    struct mcuboot_key *public =
        mcuboot_key_read(pem.bytes, pem.size, NULL, NULL);
    struct mcuboot_pack pack = made_pack(public);
    EXPECT_EQ(mcuboot_write(&pack, &out, &error), -ENOKEY);
    EXPECT_STR(error.text, "the signing key has no private part");
    EXPECT_EQ(out.size, 0);
    buffer_fini(&pem);
    mcuboot_key_destroy(public);
    mcuboot_key_destroy(key);
}

/* ---- Slots --------------------------------------------------------------- */

/* As MCUboot's boot_trailer_sz and boot_status_sz count. */
TEST(trailers_have_room_for_the_state_of_a_swap)
{
    static const struct {
        struct mcuboot_slot slot;
        size_t key_size;
        size_t size;
    } rows[] = {
        {{0, 1, 8, 128, false, 0xff},  0,  128 * 3 + 4 * 8 + 16           },
        {{0, 8, 8, 128, false, 0xff},  0,  128 * 3 * 8 + 4 * 8 + 16       },
        {{0, 8, 8, 10, false, 0xff},   16, 10 * 3 * 8 + 32 + 4 * 8 + 16   },
        {{0, 32, 32, 10, false, 0xff}, 80, 10 * 3 * 32 + 192 + 4 * 32 + 32},
        {{0, 1, 8, 128, true, 0xff},   0,  2 * 8 + 16                     },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%zu", i);
        EXPECT_EQ(mcuboot_trailer_size(&rows[i].slot, rows[i].key_size),
                  rows[i].size);
    }
}

TEST(an_image_fits_its_slot_to_the_byte)
{
    struct mcuboot_pack pack = made_pack(NULL);
    OWNED(buffer_fini) struct buffer out = {0};
    pack.is_padded = true;
    pack.slot.size = 48 + 20 + 4 + 36 + 432;
    EXPECT_EQ(mcuboot_write(&pack, &out, NULL), 0);
    EXPECT_EQ(out.size, pack.slot.size);
    pack.slot.size--;
    EXPECT_EQ(mcuboot_write(&pack, &out, NULL), -EFBIG);
}

TEST(a_trailer_has_room_for_keys_or_their_tlvs)
{
    struct mcuboot_key *signer = made_key(MCUBOOT_ED25519);
    struct mcuboot_key *device = made_key(MCUBOOT_X25519);
    struct mcuboot_pack pack = made_pack(signer);
    struct buffer out = {0};
    pack.recipient = device;
    pack.is_padded = true;
    size_t image = 48 + 32 + 4 + 36 + 36 + 68 + 84;
    pack.slot.size = image + 432 + 2 * 16;
    EXPECT_EQ(mcuboot_write(&pack, &out, NULL), 0);
    pack.saves_tlvs = true;
    EXPECT_EQ(mcuboot_write(&pack, &out, NULL), -EFBIG);
    pack.slot.size = image + 432 + 2 * 80;
    EXPECT_EQ(mcuboot_write(&pack, &out, NULL), 0);
    buffer_fini(&out);
    mcuboot_key_destroy(device);
    mcuboot_key_destroy(signer);
}

/* ---- UUIDs --------------------------------------------------------------- */

TEST(uuids_are_digits_or_names)
{
    /* RFC 4122's name space and "python.org", as Python's documentation of its
     * module uuid gives it. */
    static const struct {
        const char *text;
        const char *uuid;
    } rows[] = {
        {"00112233-4455-6677-8899-aAbBcCdDeEfF",
         "00112233445566778899aabbccddeeff"                                        },
        {"00112233445566778899aabbccddeeff",
         "00112233445566778899aabbccddeeff"                                        },
        {"python.org",                           "886313e13b8a53729b900c9aee199e5d"},
    };
    uint8_t uuid[MCUBOOT_UUID_SIZE];
    uint8_t expected[MCUBOOT_UUID_SIZE];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].text);
        EXPECT(mcuboot_uuid_parse(rows[i].text, NULL, uuid));
        hex_bytes(expected, sizeof(expected), rows[i].uuid);
        EXPECT_BYTES(uuid, expected, sizeof(expected));
    }
    EXPECT(!mcuboot_uuid_parse("", NULL, uuid));
    /* A text that is nearly a UUID is a name, and another in another name
     * space. */
    EXPECT(
        mcuboot_uuid_parse("00112233-4455-6677-8899-aabbccddeefg", NULL, uuid));
    EXPECT(mcuboot_uuid_parse("00112233-4455-6677-8899-aabbccddeefg", expected,
                              expected));
    EXPECT(memcmp(uuid, expected, sizeof(uuid)) != 0);
    EXPECT_EQ(uuid[6] >> 4, 5);
    EXPECT_EQ(uuid[8] >> 6, 2);
}

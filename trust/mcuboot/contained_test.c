/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/mcuboot/contained.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/bits.h"
#include "tests/mcuboot_made.h"

enum { BEFORE = 37 };

/* An image that the key signed; has_key: with the key itself, not its hash. */
static void sign(const struct mcuboot_key *key, bool has_key,
                 struct buffer *bytes, struct mcuboot_image *image)
{
    struct mcuboot_pack pack = made_pack(key);
    pack.has_full_key = has_key;
    EXPECT_EQ(mcuboot_write(&pack, bytes, NULL), 0);
    EXPECT_EQ(mcuboot_read(image, bytes->bytes, bytes->size, NULL), 0);
}

/* A program with these bytes somewhere, and lures before them. */
static void make_program(struct buffer *program, const void *bytes, size_t size)
{
    static const uint8_t lures[BEFORE] = {0x30, 0x82, 0xff, 0xff, 0x30, 0x59,
                                          0x04, 0x04, 0x30, 0x81, 0x30};
    buffer_append(program, lures, sizeof(lures));
    buffer_append(program, bytes, size);
    buffer_append(program, "\x30\x82\x01", 3);
}

static bool finds(const struct mcuboot_key *key,
                  const struct mcuboot_image *image,
                  const struct buffer *program)
{
    size_t offset = 0;
    struct mcuboot_key *found =
        mcuboot_contained_key(image, program->bytes, program->size, &offset);
    bool same = found != NULL && found->type == key->type && offset == BEFORE &&
                EVP_PKEY_eq(found->pkey, key->pkey) == 1;
    mcuboot_key_destroy(found);
    return same;
}

TEST(keys_are_found_as_boot_loaders_have_them)
{
    static const struct {
        enum mcuboot_key_type type;
        size_t point; /* its size, or 0: no curve with such points */
    } rows[] = {
        {MCUBOOT_RSA_2048,   0 },
        {MCUBOOT_RSA_3072,   0 },
        {MCUBOOT_ECDSA_P256, 65},
        {MCUBOOT_ECDSA_P384, 97},
        {MCUBOOT_ED25519,    0 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_key *key = made_key(rows[i].type);
        struct buffer bytes = {0};
        struct buffer der = {0};
        struct buffer program = {0};
        struct mcuboot_image image;
        test_case("%s", mcuboot_key_name(rows[i].type));
        REQUIRE(key != NULL);
        sign(key, false, &bytes, &image);
        mcuboot_key_public(key, &der);
        make_program(&program, der.bytes, der.size);
        EXPECT(finds(key, &image, &program));
        program.bytes[program.size - 5] ^= 1;
        EXPECT(!finds(key, &image, &program));
        if (rows[i].point != 0) {
            buffer_clear(&program);
            make_program(&program, der.bytes + der.size - rows[i].point,
                         rows[i].point);
            EXPECT(finds(key, &image, &program));
        }
        buffer_fini(&program);
        buffer_fini(&der);
        buffer_fini(&bytes);
        mcuboot_key_destroy(key);
    }
}

TEST(of_an_image_with_its_key_the_boot_loader_has_the_hash)
{
    struct mcuboot_key *key = made_key(MCUBOOT_ECDSA_P256);
    struct buffer bytes = {0};
    struct buffer der = {0};
    struct buffer program = {0};
    struct mcuboot_image image;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    REQUIRE(key != NULL);
    sign(key, true, &bytes, &image);
    REQUIRE(mcuboot_find(&image, MCUBOOT_TLV_KEY) != NULL);
    mcuboot_key_public(key, &der);
    EVP_Digest(der.bytes, der.size, hash, &size, EVP_sha256(), NULL);
    make_program(&program, hash, size);
    EXPECT(finds(key, &image, &program));
    hash[0] ^= 1;
    buffer_clear(&program);
    make_program(&program, hash, size);
    EXPECT(!finds(key, &image, &program));
    buffer_fini(&program);
    buffer_fini(&der);
    buffer_fini(&bytes);
    mcuboot_key_destroy(key);
}

TEST(without_a_name_of_a_key_none_is_found)
{
    OWNED(buffer_fini) struct buffer bytes = {0};
    struct mcuboot_image image;
    size_t offset;
    sign(NULL, false, &bytes, &image);
    EXPECT(mcuboot_contained_key(&image, bytes.bytes, bytes.size, &offset) ==
           NULL);
}

/* Each byte begins a point of both curves. */
TEST(a_program_of_lures_alone_is_not_searched_for_ever)
{
    enum { LURES = 40000 };
    struct mcuboot_key *key = made_key(MCUBOOT_ECDSA_P256);
    struct buffer bytes = {0};
    struct buffer program = {0};
    struct mcuboot_image image;
    size_t offset = 0;
    REQUIRE(key != NULL);
    sign(key, false, &bytes, &image);
    memset(buffer_grow(&program, LURES), 4, LURES);
    mcuboot_key_public(key, &program);
    EXPECT(mcuboot_contained_key(&image, program.bytes, program.size,
                                 &offset) == NULL);
    struct mcuboot_key *found = mcuboot_contained_key(
        &image, program.bytes + LURES / 2, program.size - LURES / 2, &offset);
    EXPECT(found != NULL);
    EXPECT_EQ(offset, LURES / 2);
    mcuboot_key_destroy(found);
    buffer_fini(&program);
    buffer_fini(&bytes);
    mcuboot_key_destroy(key);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/keys/keys.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "tests/harness.h"

static void generate(struct key_ring *ring, const char *seed, unsigned lms)
{
    struct keys_options options = {
        .seed = seed,
        .seed_size = strlen(seed),
        .vendor_lms_count = lms,
    };
    struct error error = {""};
    EXPECT_EQ(keys_generate(ring, &options, &error), 0);
    EXPECT_STR(error.text, "");
}

/* A directory that goes away with everything in it. */
static char *make_directory(void)
{
    char *path = xstrdup("/tmp/cairn-keys-XXXXXX");
    EXPECT(mkdtemp(path) != NULL);
    return path;
}

static void remove_directory(char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        OWNED(free_at) char *name = xasprintf("%s/%s", path, entry->d_name);
        unlink(name);
    }
    closedir(directory);
    rmdir(path);
    free(path);
}

/* Puts text over the part of a file at the first place where it holds from. */
static void change_file(const char *directory, const char *name,
                        const char *from, const char *to)
{
    char *path = xasprintf("%s/%s", directory, name);
    FILE *file = fopen(path, "r+");
    char *text = calloc(1, 65536);
    size_t size = fread(text, 1, 65535, file);
    char *at = strstr(text, from);
    EXPECT(at != NULL && size > 0);
    if (at != NULL) {
        fseek(file, at - text, SEEK_SET);
        fputs(to, file);
    }
    fclose(file);
    free(text);
    free(path);
}

TEST(a_seed_gives_the_same_keys_and_none_gives_others)
{
    struct key_ring one;
    struct key_ring two;
    struct key_ring other;
    generate(&one, "seed", 0);
    generate(&two, "seed", 0);
    EXPECT_BYTES(&one, &two, sizeof(one));
    generate(&other, "seee", 0);
    EXPECT(memcmp(&one.owner_ecc, &other.owner_ecc, sizeof(one.owner_ecc)));
    keys_fini(&other);
    struct keys_options random = {0};
    EXPECT_EQ(keys_generate(&other, &random, NULL), 0);
    EXPECT(memcmp(&one.owner_ecc, &other.owner_ecc, sizeof(one.owner_ecc)));
    keys_fini(&one);
    keys_fini(&two);
    keys_fini(&other);
}

FIXTURE(struct key_ring, ring, keys_fini)

TEST_BEGINS(all_keys_of_a_ring_differ, ring)
{
    generate(ring, "seed", 0);
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        for (unsigned j = 0; j < i; j++) {
            EXPECT(memcmp(ring->vendor_lms[i].public_key,
                          ring->vendor_lms[j].public_key,
                          CALIPTRA_LMS_KEY_SIZE) != 0);
        }
    }
    for (unsigned i = 0; i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        EXPECT(memcmp(ring->vendor_ecc[i].key.d, ring->owner_ecc.key.d, 48) !=
               0);
        for (unsigned j = 0; j < i; j++) {
            EXPECT(memcmp(ring->vendor_ecc[i].key.d, ring->vendor_ecc[j].key.d,
                          48) != 0);
        }
    }
}

TEST(a_stored_ring_loads_as_it_was_and_is_private)
{
    char *directory = make_directory();
    struct key_ring ring;
    struct key_ring loaded;
    struct error error = {""};
    generate(&ring, "stored", 1);
    EXPECT_EQ(keys_save(&ring, directory, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(keys_load(&loaded, directory, NULL, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_BYTES(loaded.vendor_ecc, ring.vendor_ecc, sizeof(ring.vendor_ecc));
    EXPECT_BYTES(&loaded.owner_ecc, &ring.owner_ecc, sizeof(ring.owner_ecc));
    EXPECT_BYTES(loaded.vendor_mldsa, ring.vendor_mldsa,
                 sizeof(ring.vendor_mldsa));
    EXPECT_BYTES(&loaded.owner_mldsa, &ring.owner_mldsa,
                 sizeof(ring.owner_mldsa));
    EXPECT(loaded.owner_mldsa.has_private);
    EXPECT(loaded.development);
    EXPECT(loaded.vendor_lms[0].has_private);
    EXPECT(!loaded.vendor_lms[1].has_private);
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        EXPECT_BYTES(loaded.vendor_lms[i].public_key,
                     ring.vendor_lms[i].public_key, CALIPTRA_LMS_KEY_SIZE);
    }
    EXPECT_BYTES(loaded.owner_lms.public_key, ring.owner_lms.public_key,
                 CALIPTRA_LMS_KEY_SIZE);
    static const char *const files[] = {"owner-ecc.pem", "vendor-ecc-3.pem",
                                        "vendor-lms-0", "owner-mldsa.pem",
                                        "vendor-mldsa-3.pem"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct stat status;
        OWNED(free_at) char *path = xasprintf("%s/%s", directory, files[i]);
        EXPECT_EQ(stat(path, &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0600);
    }
    struct stat index;
    char *index_path = xasprintf("%s/keys.txt", directory);
    EXPECT_EQ(stat(index_path, &index), 0);
    EXPECT_EQ(index.st_mode & 0777, 0644);
    free(index_path);
    DIR *opened = opendir(directory);
    unsigned names = 0;
    REQUIRE(opened != NULL);
    while (readdir(opened) != NULL) {
        names++;
    }
    closedir(opened);
    EXPECT_EQ(names, 2 + 1 + CALIPTRA_VENDOR_ECC_KEYS + 1 +
                         CALIPTRA_VENDOR_MLDSA_KEYS + 1 + 1);
    EXPECT_EQ(keys_save(&loaded, directory, &error), -EEXIST);
    keys_fini(&ring);
    keys_fini(&loaded);
    remove_directory(directory);
}

/* Two loaded rings stand for two processes with the same directory. */
TEST(no_leaf_is_used_twice_whoever_signs)
{
    char *directory = make_directory();
    struct key_ring ring;
    struct key_ring other;
    struct error error = {""};
    generate(&ring, "leaves", 1);
    REQUIRE(keys_save(&ring, directory, &error) == 0);
    REQUIRE(keys_load(&other, directory, NULL, &error) == 0);
    struct key_ring *const turns[] = {&ring, &other, &other, &ring};
    for (uint32_t i = 0; i < 4; i++) {
        uint8_t signature[CALIPTRA_LMS_SIGNATURE_SIZE];
        EXPECT_EQ(keys_sign_lms(&turns[i]->vendor_lms[0], KEYS_NEXT_LEAF, "m",
                                1, signature, &error),
                  0);
        EXPECT_STR(error.text, "");
        EXPECT_EQ(signature[3], i);
        EXPECT_EQ(lms_verify(ring.vendor_lms[0].public_key,
                             CALIPTRA_LMS_KEY_SIZE, "m", 1, signature,
                             sizeof(signature)),
                  0);
    }
    uint8_t signature[CALIPTRA_LMS_SIGNATURE_SIZE];
    EXPECT_EQ(keys_sign_lms(&ring.vendor_lms[0], 9, "m", 1, signature, &error),
              0);
    EXPECT_EQ(signature[3], 9);
    EXPECT_EQ(keys_sign_lms(&ring.vendor_lms[0], KEYS_NEXT_LEAF, "m", 1,
                            signature, &error),
              0);
    EXPECT_EQ(signature[3], 4);
    keys_fini(&ring);
    keys_fini(&other);
    remove_directory(directory);
}

TEST_BEGINS(a_used_up_key_and_filler_do_not_sign, ring)
{
    generate(ring, "filler", 0);
    uint8_t signature[CALIPTRA_LMS_SIGNATURE_SIZE];
    struct error error = {""};
    EXPECT_EQ(keys_sign_lms(&ring->vendor_lms[0], 0, "m", 1, signature, &error),
              -ENOKEY);
    /* Only the number is looked at before a tree would be. */
    ring->vendor_lms[0].has_private = true;
    ring->vendor_lms[0].next_leaf = 32768;
    error_clear(&error);
    EXPECT_EQ(keys_sign_lms(&ring->vendor_lms[0], KEYS_NEXT_LEAF, "m", 1,
                            signature, &error),
              -ENOSPC);
    EXPECT(strstr(error.text, "all its 32768 signatures") != NULL);
    EXPECT_EQ(
        keys_sign_lms(&ring->vendor_lms[0], 32768, "m", 1, signature, NULL),
        -ERANGE);
}

TEST(damaged_directories_are_named)
{
    struct key_ring ring;
    struct error error = {""};
    EXPECT(keys_load(&ring, "/nonexistent", NULL, &error) < 0);
    EXPECT(strstr(error.text, "'/nonexistent' is not a key directory") != NULL);

    char *directory = make_directory();
    generate(&ring, "damaged", 1);
    error_clear(&error);
    REQUIRE(keys_save(&ring, directory, &error) == 0);
    keys_fini(&ring);
    static const struct {
        const char *file, *from, *to, *message;
    } rows[] = {
        {"owner-mldsa.pem", "MDQCAQAw",        "MDQCAQEw",
         "is not the seed of an ML-DSA-87 key in PEM"                                            },
        {"vendor-lms-0",    "seed ",           "sead ",           "vendor-lms-0:6: expected seed"},
        {"vendor-lms-0",    "sead ",           "seed z",
         "vendor-lms-0:6: expected 24 bytes in hexadecimal, got 0"                               },
        {"vendor-lms-0",    "seed z",          "seed 0",
         "the stored tree does not match the seed"                                               },
        {"vendor-lms-0",    "lms-type 12",     "lms-type x2",     "expected a number"            },
        {"vendor-lms-0",    "lms-type x2",     "lms-type -2",     "expected a number"            },
        {"vendor-lms-0",    "lms-type -2",     "lms-type +2",     "expected a number"            },
        {"vendor-lms-0",    "lms-type +2",     "lms-type 1x",
         "expected the end of the line"                                                          },
        {"vendor-lms-0",    "lms-type 1x",     "lms-type 11",
         "LMS types 11 and 7: Caliptra takes 12 and 7"                                           },
        {"vendor-lms-0",    "cairn-lms-key 1", "cairn-lms-key 2",
         "vendor-lms-0:1: expected cairn-lms-key 1"                                              },
        {"owner-ecc.pem",   "BEGIN",           "BOGIN",           "owner-ecc.pem': no key in PEM"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        change_file(directory, rows[i].file, rows[i].from, rows[i].to);
        error_clear(&error);
        EXPECT(keys_load(&ring, directory, NULL, &error) < 0);
        if (!EXPECT(strstr(error.text, rows[i].message) != NULL)) {
            printf("%s\n", error.text);
        }
    }
    remove_directory(directory);
}

/* ---- Pass phrases -------------------------------------------------------- */

/* Replaces a key by itself, encrypted. */
static void encrypt_file(const char *directory, const char *name)
{
    OWNED(free_at) char *path = xasprintf("%s/%s", directory, name);
    BIO *bio = BIO_new_file(path, "r");
    PKCS8_PRIV_KEY_INFO *key =
        PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio, NULL, NULL, NULL);
    BIO_free(bio);
    X509_SIG *encrypted = PKCS8_encrypt(-1, EVP_aes_256_cbc(), "open sesame",
                                        11, NULL, 0, 0, key);
    bio = BIO_new_file(path, "w");
    EXPECT_EQ(PEM_write_bio_PKCS8(bio, encrypted), 1);
    BIO_free(bio);
    X509_SIG_free(encrypted);
    PKCS8_PRIV_KEY_INFO_free(key);
}

/* Notes the names that were asked about. */
static int tell(void *context, const char *name, char *text,
                struct error *error)
{
    buffer_print(context, "%s ", strrchr(name, '/') + 1);
    return snprintf(text, PASS_PHRASE_MAX, "open sesame");
}

TEST(encrypted_keys_of_a_ring_are_read_by_their_pass_phrase)
{
    char *directory = make_directory();
    struct buffer asked = {0};
    const struct pass_phrase from = {.ask = tell, .context = &asked};
    struct key_ring ring;
    struct key_ring loaded;
    struct error error = {""};
    generate(&ring, "phrase", 0);
    EXPECT_EQ(keys_save(&ring, directory, &error), 0);
    encrypt_file(directory, "owner-ecc.pem");
    encrypt_file(directory, "owner-mldsa.pem");
    EXPECT_EQ(keys_load(&loaded, directory, &from, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_STR(buffer_text(&asked), "owner-ecc.pem owner-mldsa.pem ");
    EXPECT_BYTES(&loaded.owner_ecc, &ring.owner_ecc, sizeof(ring.owner_ecc));
    EXPECT_BYTES(&loaded.owner_mldsa, &ring.owner_mldsa,
                 sizeof(ring.owner_mldsa));
    EXPECT(keys_load(&loaded, directory, NULL, &error) < 0);
    EXPECT(strstr(error.text,
                  "owner-ecc.pem': the private key is encrypted, "
                  "and there is no pass phrase"));
    keys_fini(&loaded);
    keys_fini(&ring);
    buffer_fini(&asked);
    remove_directory(directory);
}

static void print_key(struct buffer *out, const char *name, unsigned index,
                      const void *bytes, size_t size)
{
    uint8_t digest[32];
    SHA256(bytes, size, digest);
    buffer_print(out, "%s %u ", name, index);
    buffer_print_hex(out, digest, sizeof(digest));
    buffer_print(out, "\n");
}

/* A seed stands for its keys in every version of this program: digests of
 * public keys, and of seeds. */
TEST_BEGINS(a_seed_has_the_approved_keys, ring)
{
    OWNED(buffer_fini) struct buffer out = {0};
    generate(ring, "approved", 1);
    for (unsigned i = 0; i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        print_key(&out, "vendor ECC", i, ring->vendor_ecc[i].key.x, 48);
    }
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        print_key(&out, "vendor LMS", i, ring->vendor_lms[i].public_key,
                  CALIPTRA_LMS_KEY_SIZE);
    }
    for (unsigned i = 0; i < CALIPTRA_VENDOR_MLDSA_KEYS; i++) {
        print_key(&out, "vendor ML-DSA seed", i, ring->vendor_mldsa[i].seed,
                  sizeof(ring->vendor_mldsa[i].seed));
        print_key(&out, "vendor ML-DSA", i, ring->vendor_mldsa[i].public_key,
                  sizeof(ring->vendor_mldsa[i].public_key));
    }
    print_key(&out, "owner ECC", 0, ring->owner_ecc.key.x, 48);
    print_key(&out, "owner LMS", 0, ring->owner_lms.public_key,
              CALIPTRA_LMS_KEY_SIZE);
    print_key(&out, "owner ML-DSA", 0, ring->owner_mldsa.public_key,
              sizeof(ring->owner_mldsa.public_key));
    EXPECT_APPROVED(buffer_text(&out), "keys.txt");
}

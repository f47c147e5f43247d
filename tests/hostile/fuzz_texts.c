/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile texts: fuses, recipes and keys. */
#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "crypto/sha2.h"
#include "tests/hostile/fuzz_parsers.h"
#include "tests/hostile/fuzz_ring.h"
#include "trust/aspeed/recipe.h"
#include "trust/caliptra/fuses.h"
#include "trust/flash/recipe.h"
#include "trust/keys/files.h"
#include "trust/keys/idevid_issuer.h"
#include "trust/mcuboot/keys.h"

/* Fuses that are read print as a text that reads as the same fuses. */
static int parse_fuses(const uint8_t *bytes, size_t size, struct error *error)
{
    struct fuses fuses;
    struct fuses again;
    struct buffer text = {0};
    struct error ignored = {""};

    fuses_init(&fuses);
    int result = fuses_parse(&fuses, "fuzz", bytes, size, error);
    if (result == 0) {
        fuses_print(&fuses, &text);
        fuses_init(&again);
        if (fuses_parse(&again, "again", text.bytes, text.size, &ignored) !=
            0) {
            abort();
        }
    }
    buffer_fini(&text);
    return result;
}

static void write_fuses(struct buffer *out)
{
    struct fuses fuses;

    fuses_init(&fuses);
    fuses_print(&fuses, out);
}

static int parse_recipe(const uint8_t *bytes, size_t size, struct error *error)
{
    struct flash_recipe recipe = {0};
    int result = flash_recipe_read(&recipe, "fuzz", bytes, size, error);

    if (result == 0) {
        flash_recipe_fini(&recipe);
    }
    return result;
}

static void write_recipe(struct buffer *out)
{
    static const char text[] =
        "keys: keys\n"
        "version: 3\n"
        "caliptra: {fmc: a, runtime: b, runtime-svn: 2}\n"
        "images:\n"
        "  - {name: monitor, file: m, secure: true, starts: true}\n"
        "  - {name: kernel, file: Image, load: 0x40200000}\n";

    buffer_append(out, text, sizeof(text) - 1);
}

static int parse_aspeed_recipe(const uint8_t *bytes, size_t size,
                               struct error *error)
{
    struct aspeed_recipe recipe = {0};
    int result = aspeed_recipe_read(&recipe, "fuzz", bytes, size, error);

    if (result == 0) {
        aspeed_recipe_fini(&recipe);
    }
    return result;
}

static void write_aspeed_recipe(struct buffer *out)
{
    static const char text[] =
        "keys: keys\n"
        "version: 3\n"
        "security-version: 2\n"
        "caliptra: {fmc: a, runtime: b, runtime-svn: 2}\n"
        "layout: banks\n"
        "banks: [0, 1]\n"
        "recovery: true\n"
        "image-type: 7f9a1a9e-6f2c-4f0c-8f43-2a1d9b1c2700\n"
        "images: {mcu: m, bl31: b, u-boot: u, device-tree: d}\n";

    buffer_append(out, text, sizeof(text) - 1);
}

/* ---- Keys ---------------------------------------------------------------- */

/* Files of a ring, in the order in which an input has them. */
static const char *const ring_files[] = {
    "keys.txt",         "vendor-ecc-0.pem", "vendor-ecc-1.pem",
    "vendor-ecc-2.pem", "vendor-ecc-3.pem", "owner-ecc.pem",
    "owner-mldsa.pem",
};
enum { FILE_END = 0xff, FOLDER = 32 };

static void remove_ring(const char *folder)
{
    for (size_t i = 0; i < ARRAY_SIZE(ring_files); i++) {
        char *path = xasprintf("%s/%s", folder, ring_files[i]);
        (void)unlink(path);
        free(path);
    }
    for (unsigned i = 0; i < CALIPTRA_VENDOR_MLDSA_KEYS; i++) {
        char *path = xasprintf("%s/vendor-mldsa-%u.pem", folder, i);
        (void)unlink(path);
        free(path);
    }
    (void)rmdir(folder);
}

static void make_folder(char folder[FOLDER])
{
    snprintf(folder, FOLDER, "/tmp/cairn-fuzz-XXXXXX");
    if (!mkdtemp(folder)) {
        abort();
    }
}

/* Without the sync of the writers. */
static void put_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        abort();
    }
}

static int parse_ring(const uint8_t *bytes, size_t size, struct error *error)
{
    static struct key_ring loaded;
    char folder[FOLDER];
    size_t at = 0;

    make_folder(folder);
    for (size_t i = 0; i < ARRAY_SIZE(ring_files) && at < size; i++) {
        const uint8_t *end = memchr(bytes + at, FILE_END, size - at);
        size_t length = end ? (size_t)(end - bytes) - at : size - at;
        char *path = xasprintf("%s/%s", folder, ring_files[i]);
        put_file(path, bytes + at, length);
        free(path);
        at += length + 1;
    }
    int result = keys_load(&loaded, folder, NULL, error);
    if (result == 0) {
        keys_fini(&loaded);
    }
    remove_ring(folder);
    return result;
}

static void write_ring(struct buffer *out)
{
    static const uint8_t end = FILE_END;
    char folder[FOLDER];

    make_folder(folder);
    if (keys_save(fuzz_ring(), folder, NULL) != 0) {
        abort();
    }
    for (size_t i = 0; i < ARRAY_SIZE(ring_files); i++) {
        char *path = xasprintf("%s/%s", folder, ring_files[i]);
        if (key_file_read(path, out, NULL) != 0) {
            abort();
        }
        buffer_append(out, &end, 1);
        free(path);
    }
    remove_ring(folder);
}

static int parse_lms(const uint8_t *bytes, size_t size, struct error *error)
{
    struct lms_signer signer = {0};
    char folder[FOLDER];

    make_folder(folder);
    char *path = xasprintf("%s/owner-lms", folder);
    put_file(path, bytes, size);
    int result = key_lms_load(&signer, folder, "owner-lms", error);
    if (result == 0) {
        lms_fini(&signer.key);
        free(signer.path);
    }
    (void)unlink(path);
    free(path);
    (void)rmdir(folder);
    return result;
}

/* Well-formed, with a tree of zeros, which is refused: a real one takes a
 * minute here. */
static void write_lms(struct buffer *out)
{
    struct lms_parameters p;

    if (lms_parameters(CALIPTRA_LMS_TREE_TYPE, CALIPTRA_LMS_OTS_TYPE, &p)) {
        abort();
    }
    buffer_print(out, "cairn-lms-key 1\nlms-type %d\nots-type %d\n",
                 CALIPTRA_LMS_TREE_TYPE, CALIPTRA_LMS_OTS_TYPE);
    buffer_print(out, "next-leaf 7\nid %032d\nseed %0*d\ntree %0*d\n", 0,
                 2 * (int)p.n, 0, 2 * (int)lms_top_size(&p), 0);
}

static int parse_issuer(const uint8_t *bytes, size_t size, struct error *error)
{
    struct idevid_issuer *issuer =
        idevid_issuer_read("fuzz", bytes, size, NULL, error);
    int result = issuer ? 0 : -EINVAL;

    idevid_issuer_destroy(issuer);
    return result;
}

/* The key is derived as that of the manufacturer for development is. */
static void write_issuer(struct buffer *out)
{
    static const char seed[] = "cairn development manufacturer";
    struct idevid_issuer *issuer = idevid_issuer_development();
    struct ecdsa_p384_key key;
    uint8_t entropy[64];
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());

    sha512(seed, sizeof(seed) - 1, entropy);
    if (ecdsa_p384_from_entropy(&key, entropy) != 0) {
        abort();
    }
    EVP_PKEY *pkey = key_pem_wrap(&key);
    PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);
    long size = BIO_get_mem_data(bio, &text);
    buffer_append(out, text, (size_t)size);
    idevid_issuer_print(issuer, out);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    idevid_issuer_destroy(issuer);
}

static int parse_key(const uint8_t *bytes, size_t size, struct error *error)
{
    struct mcuboot_key *key = mcuboot_key_read(bytes, size, NULL, error);
    int result = key ? 0 : -EINVAL;

    mcuboot_key_destroy(key);
    return result;
}

static void write_key(struct buffer *out)
{
    if (mcuboot_key_generate(MCUBOOT_ECDSA_P256, "fuzz", 4, out, NULL) != 0) {
        abort();
    }
}

const struct fuzz_parser fuzz_texts[] = {
    {parse_fuses,         write_fuses,         NULL, false},
    {parse_recipe,        write_recipe,        NULL, false},
    {parse_key,           write_key,           NULL, false},
    {parse_aspeed_recipe, write_aspeed_recipe, NULL, false},
    {parse_ring,          write_ring,          NULL, false},
    {parse_lms,           write_lms,           NULL, true },
    {parse_issuer,        write_issuer,        NULL, false},
    {NULL,                NULL,                NULL, false},
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/key_files.h"

#include <ctype.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"

static const char lms_file_heading[] = "cairn-lms-key 1";

/* Files ------------------------------------------------------------------- */

static int write_whole(int fd, const void *bytes, size_t size)
{
    const uint8_t *next = bytes;
    while (size > 0) {
        ssize_t n = write(fd, next, size);
        if (n < 0) {
            return -errno;
        }
        next += n;
        size -= (size_t)n;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

/* Creates a file that must not exist yet. */
static int create_file(const char *path, mode_t mode, const void *bytes,
                       size_t size, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    int status = fd < 0 ? -errno : write_whole(fd, bytes, size);
    if (fd >= 0) {
        close(fd);
    }
    return status == 0 ? 0
                       : error_set(error, status, "cannot write '%s': %s", path,
                                   strerror(-status));
}

static int sync_directory_of(const char *path)
{
    char *directory = xstrdup(path);
    char *slash = strrchr(directory, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    int fd = open(slash != NULL ? directory : ".", O_RDONLY | O_CLOEXEC);
    free(directory);
    if (fd < 0) {
        return -errno;
    }
    int status = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return status;
}

/* Holds off other processes that want the next leaf of the same key. The lock
 * is on a file of its own, since the key's file is replaced. */
static int lock_key(const char *path, int *fd, struct error *error)
{
    char *lock = xasprintf("%s.lock", path);
    *fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int status = *fd < 0 || flock(*fd, LOCK_EX) != 0 ? -errno : 0;
    if (status != 0) {
        error_set(error, status, "cannot lock '%s': %s", lock,
                  strerror(-status));
    }
    free(lock);
    return status;
}

static int replace_file(const char *path, const void *bytes, size_t size,
                        struct error *error)
{
    char *next = xasprintf("%s.new", path);
    unlink(next); /* left over from a crash */
    int status = create_file(next, 0600, bytes, size, error);
    if (status == 0 && rename(next, path) != 0) {
        status = error_set(error, -errno, "cannot replace '%s': %s", path,
                           strerror(errno));
    }
    if (status == 0 && (status = sync_directory_of(path)) != 0) {
        error_set(error, status, "cannot store '%s': %s", path,
                  strerror(-status));
    }
    free(next);
    return status;
}

static int read_file(const char *path, struct buffer *out, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        int status = -errno;
        return status == -ENOENT
                   ? status
                   : error_set(error, status, "cannot open '%s': %s", path,
                               strerror(-status));
    }
    char part[4096];
    size_t n = 0;
    while ((n = fread(part, 1, sizeof(part), file)) > 0) {
        buffer_append(out, part, n);
    }
    int status = ferror(file) ? -EIO : 0;
    fclose(file);
    return status == 0 ? 0 : error_set(error, status, "cannot read '%s'", path);
}

/* LMS keys ---------------------------------------------------------------- */

static void print_line(struct buffer *text, const char *name, const void *bytes,
                       size_t size)
{
    buffer_print(text, "%s ", name);
    buffer_print_hex(text, bytes, size);
    buffer_print(text, "\n");
}

static int store_lms(const struct lms_signer *signer, bool replace,
                     struct error *error)
{
    const struct lms_private_key *key = &signer->key;
    const struct lms_parameters *p = &key->parameters;
    struct buffer text = {0};
    buffer_print(&text, "%s\nlms-type %u\nots-type %u\nnext-leaf %u\n",
                 lms_file_heading, p->lms_type, p->ots_type, signer->next_leaf);
    print_line(&text, "id", key->id, sizeof(key->id));
    print_line(&text, "seed", key->seed, p->n);
    print_line(&text, "tree", key->top, lms_top_size(p));
    int status =
        replace ? replace_file(signer->path, text.bytes, text.size, error)
                : create_file(signer->path, 0600, text.bytes, text.size, error);
    OPENSSL_cleanse(text.bytes, text.size);
    buffer_fini(&text);
    return status;
}

struct reader {
    const char *path;
    const char *next;
    unsigned line;
};

static int reader_fail(const struct reader *reader, struct error *error,
                       const char *expected)
{
    return error_set(error, -EINVAL, "%s:%u: expected %s", reader->path,
                     reader->line, expected);
}

/* Steps over "word " at the start of a line. */
static int reader_word(struct reader *reader, const char *word,
                       struct error *error)
{
    size_t size = strlen(word);
    if (strncmp(reader->next, word, size) != 0) {
        return reader_fail(reader, error, word);
    }
    reader->next += size;
    while (*reader->next == ' ') {
        reader->next++;
    }
    return 0;
}

static int reader_end(struct reader *reader, struct error *error)
{
    if (*reader->next != '\n') {
        return reader_fail(reader, error, "the end of the line");
    }
    reader->next++;
    reader->line++;
    return 0;
}

static int reader_number(struct reader *reader, const char *word,
                         uint32_t *value, struct error *error)
{
    int status = reader_word(reader, word, error);
    if (status != 0) {
        return status;
    }
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(reader->next, &end, 10);
    if (end == reader->next || errno != 0 || number > UINT32_MAX ||
        !isdigit((unsigned char)*reader->next)) {
        return reader_fail(reader, error, "a number");
    }
    *value = (uint32_t)number;
    reader->next = end;
    return reader_end(reader, error);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return -1;
}

static int reader_bytes(struct reader *reader, const char *word, uint8_t *bytes,
                        size_t size, struct error *error)
{
    int status = reader_word(reader, word, error);
    for (size_t i = 0; status == 0 && i < size; i++) {
        int high = hex_digit(reader->next[0]);
        int low = high < 0 ? -1 : hex_digit(reader->next[1]);
        if (low < 0) {
            return error_set(error, -EINVAL,
                             "%s:%u: expected %zu bytes in hexadecimal, got "
                             "%zu",
                             reader->path, reader->line, size, i);
        }
        bytes[i] = (uint8_t)(high << 4 | low);
        reader->next += 2;
    }
    return status == 0 ? reader_end(reader, error) : status;
}

static int parse_secrets(struct lms_signer *signer, struct reader *reader,
                         const struct lms_parameters *p, struct error *error)
{
    uint8_t id[LMS_ID_SIZE];
    uint8_t seed[LMS_N_MAX];
    size_t top_size = lms_top_size(p);
    uint8_t *top = xcalloc(1, top_size);
    int status = reader_bytes(reader, "id", id, sizeof(id), error);
    if (status == 0) {
        status = reader_bytes(reader, "seed", seed, p->n, error);
    }
    if (status == 0) {
        status = reader_bytes(reader, "tree", top, top_size, error);
    }
    if (status == 0) {
        status =
            lms_restore(&signer->key, p->lms_type, p->ots_type, id, seed, top);
        if (status != 0) {
            error_set(error, status,
                      "%s: the stored tree does not belong to the seed",
                      reader->path);
        }
    }
    OPENSSL_cleanse(seed, sizeof(seed));
    free(top);
    return status;
}

static int parse_lms(struct lms_signer *signer, const char *path,
                     const char *text, struct error *error)
{
    struct reader reader = {path, text, 1};
    uint32_t lms_type = 0;
    uint32_t ots_type = 0;
    int status = reader_word(&reader, lms_file_heading, error);
    if (status == 0) {
        status = reader_end(&reader, error);
    }
    if (status == 0) {
        status = reader_number(&reader, "lms-type", &lms_type, error);
    }
    if (status == 0) {
        status = reader_number(&reader, "ots-type", &ots_type, error);
    }
    if (status == 0) {
        status = reader_number(&reader, "next-leaf", &signer->next_leaf, error);
    }
    if (status != 0) {
        return status;
    }
    if (lms_type != CALIPTRA_LMS_TREE_TYPE ||
        ots_type != CALIPTRA_LMS_OTS_TYPE) {
        return error_set(error, -EINVAL,
                         "%s: LMS types %u and %u: Caliptra takes %d and %d",
                         path, lms_type, ots_type, CALIPTRA_LMS_TREE_TYPE,
                         CALIPTRA_LMS_OTS_TYPE);
    }
    struct lms_parameters p;
    lms_parameters(lms_type, ots_type, &p);
    return parse_secrets(signer, &reader, &p, error);
}

static int load_lms(struct lms_signer *signer, const char *directory,
                    const char *name, struct error *error)
{
    char *path = xasprintf("%s/%s", directory, name);
    struct buffer text = {0};
    int status = read_file(path, &text, error);
    if (status == 0) {
        status = parse_lms(signer, path, buffer_text(&text), error);
    }
    if (text.size != 0) {
        OPENSSL_cleanse(text.bytes, text.size);
    }
    buffer_fini(&text);
    if (status != 0) {
        free(path);
        return status;
    }
    lms_public_key(&signer->key, signer->public_key);
    signer->has_private = true;
    signer->path = path;
    return 0;
}

int key_file_take_leaf(struct lms_signer *signer, uint32_t *leaf,
                       struct error *error)
{
    int lock = -1;
    struct lms_signer stored = {0};
    struct buffer text = {0};
    int status = lock_key(signer->path, &lock, error);
    if (status == 0) {
        status = read_file(signer->path, &text, error);
    }
    if (status == 0) {
        status = parse_lms(&stored, signer->path, buffer_text(&text), error);
    }
    if (status == 0) {
        *leaf = stored.next_leaf;
        signer->next_leaf = stored.next_leaf;
        status = key_leaf_left(signer, error);
    }
    if (status == 0) {
        signer->next_leaf++;
        status = store_lms(signer, true, error);
    }
    lms_fini(&stored.key);
    if (text.size != 0) {
        OPENSSL_cleanse(text.bytes, text.size);
    }
    buffer_fini(&text);
    if (lock >= 0) {
        close(lock);
    }
    return status;
}

static int save_lms(struct lms_signer *signer, const char *directory,
                    const char *name, struct error *error)
{
    if (!signer->has_private) {
        return 0;
    }
    free(signer->path);
    signer->path = xasprintf("%s/%s", directory, name);
    return store_lms(signer, false, error);
}

/* ECC keys ---------------------------------------------------------------- */

static EVP_PKEY *ecc_to_pkey(const struct ecdsa_p384_key *key)
{
    uint8_t point[1 + 2 * P384_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(point + 1, key->x, P384_SIZE);
    memcpy(point + 1 + P384_SIZE, key->y, P384_SIZE);
    BIGNUM *d = BN_secure_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *parameters = NULL;
    if (d != NULL && build != NULL && context != NULL &&
        BN_bin2bn(key->d, P384_SIZE, d) != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                        "P-384", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         sizeof(point)) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1 &&
        (parameters = OSSL_PARAM_BLD_to_param(build)) != NULL &&
        EVP_PKEY_fromdata_init(context) == 1) {
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, parameters);
    }
    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(d);
    return pkey;
}

static int save_ecc(const struct ecc_signer *signer, const char *directory,
                    const char *name, struct error *error)
{
    char *path = xasprintf("%s/%s.pem", directory, name);
    EVP_PKEY *pkey = ecc_to_pkey(&signer->key);
    BIO *bio = BIO_new(BIO_s_secmem());
    int status = 0;
    if (pkey == NULL || bio == NULL ||
        PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) != 1) {
        status = error_set(error, -EIO, "cannot encode '%s'", path);
    } else {
        char *text = NULL;
        long size = BIO_get_mem_data(bio, &text);
        status = create_file(path, 0600, text, (size_t)size, error);
    }
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    free(path);
    return status;
}

static bool read_point(const EVP_PKEY *pkey, struct ecdsa_p384_key *key)
{
    BIGNUM *x = NULL;
    BIGNUM *y = NULL;
    bool good =
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
        BN_bn2binpad(x, key->x, P384_SIZE) == P384_SIZE &&
        BN_bn2binpad(y, key->y, P384_SIZE) == P384_SIZE;
    BN_free(x);
    BN_free(y);
    return good;
}

static int convert_ecc(struct ecc_signer *signer, const EVP_PKEY *pkey,
                       bool is_private, const char *path, struct error *error)
{
    char group[32] = "";
    size_t size = 0;
    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group,
                                       sizeof(group), &size) != 1 ||
        strcmp(group, "secp384r1") != 0) {
        return error_set(error, -EINVAL,
                         "'%s' is not an elliptic-curve key on P-384", path);
    }
    if (!read_point(pkey, &signer->key)) {
        return error_set(error, -EINVAL, "'%s' has no usable public key", path);
    }
    BIGNUM *d = NULL;
    if (is_private &&
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1) {
        signer->has_private =
            BN_bn2binpad(d, signer->key.d, P384_SIZE) == P384_SIZE;
    }
    BN_clear_free(d);
    return 0;
}

/* A pass phrase cannot be asked for here. */
static int no_pass_phrase(char *text, int size, int writing, void *context)
{
    (void)text, (void)size, (void)writing, (void)context;
    return -1;
}

static int load_ecc(struct ecc_signer *signer, const char *directory,
                    const char *name, struct error *error)
{
    char *path = xasprintf("%s/%s.pem", directory, name);
    BIO *bio = BIO_new_file(path, "r");
    bool is_private = true;
    EVP_PKEY *pkey = NULL;
    int status = 0;
    if (bio == NULL) {
        status = error_set(error, -ENOENT, "cannot open key '%s'", path);
        goto out;
    }
    pkey = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
    if (pkey == NULL) {
        is_private = false;
        (void)BIO_reset(bio);
        pkey = PEM_read_bio_PUBKEY(bio, NULL, no_pass_phrase, NULL);
    }
    status = pkey == NULL
                 ? error_set(error, -EINVAL,
                             "'%s' is not a key in unencrypted PEM", path)
                 : convert_ecc(signer, pkey, is_private, path, error);
out:
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    free(path);
    return status;
}

/* The directory ----------------------------------------------------------- */

static int save_index(const struct key_ring *ring, const char *directory,
                      struct error *error)
{
    struct buffer text = {0};
    buffer_print(&text,
                 "# Made by cairn keys new. Anybody who has this directory can "
                 "sign firmware;\n# development keys do not belong into "
                 "products.\nkind = %s\n",
                 ring->development ? "development" : "product");
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        const struct lms_signer *signer = &ring->vendor_lms[i];
        buffer_print(&text, "vendor-lms-%u = %s ", i,
                     signer->has_private ? "key" : "filler");
        buffer_print_hex(&text, signer->public_key + 8, LMS_ID_SIZE);
        buffer_print(&text, "\n");
    }
    buffer_print(&text, "owner-lms = %s\n",
                 ring->owner_lms.has_private ? "key" : "filler");
    char *path = xasprintf("%s/keys.txt", directory);
    int status = create_file(path, 0644, text.bytes, text.size, error);
    free(path);
    buffer_fini(&text);
    return status;
}

int keys_save(struct key_ring *ring, const char *directory, struct error *error)
{
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return error_set(error, -errno, "cannot create directory '%s': %s",
                         directory, strerror(errno));
    }
    char name[KEY_NAME_MAX];
    int status = save_index(ring, directory, error);
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_ECC, i);
        status = save_ecc(&ring->vendor_ecc[i], directory, name, error);
    }
    if (status == 0) {
        status = save_ecc(&ring->owner_ecc, directory, KEY_OWNER_ECC, error);
    }
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_LMS, i);
        status = save_lms(&ring->vendor_lms[i], directory, name, error);
    }
    if (status == 0) {
        status = save_lms(&ring->owner_lms, directory, KEY_OWNER_LMS, error);
    }
    return status;
}

static int load_index(struct key_ring *ring, const char *directory,
                      struct error *error)
{
    char *path = xasprintf("%s/keys.txt", directory);
    struct buffer text = {0};
    int status = read_file(path, &text, error);
    if (status == -ENOENT) {
        error_set(error, status, "'%s' is not a key directory: no keys.txt",
                  directory);
    } else if (status == 0) {
        ring->development =
            strstr(buffer_text(&text), "\nkind = development\n") != NULL;
    }
    buffer_fini(&text);
    free(path);
    return status;
}

static int load_lms_or_filler(struct key_ring *ring, struct lms_signer *signer,
                              unsigned index, const char *directory,
                              const char *name, struct error *error)
{
    int status = load_lms(signer, directory, name, error);
    if (status == -ENOENT) {
        key_filler_lms(ring, index, signer);
        return 0;
    }
    return status;
}

int keys_load(struct key_ring *ring, const char *directory, struct error *error)
{
    memset(ring, 0, sizeof(*ring));
    char name[KEY_NAME_MAX];
    int status = load_index(ring, directory, error);
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_ECC, i);
        status = load_ecc(&ring->vendor_ecc[i], directory, name, error);
    }
    if (status == 0) {
        status = load_ecc(&ring->owner_ecc, directory, KEY_OWNER_ECC, error);
    }
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_LMS, i);
        status = load_lms_or_filler(ring, &ring->vendor_lms[i], i, directory,
                                    name, error);
    }
    if (status == 0) {
        status = load_lms_or_filler(ring, &ring->owner_lms, KEY_FILLER_OWNER,
                                    directory, KEY_OWNER_LMS, error);
    }
    if (status != 0) {
        keys_fini(ring);
    }
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An LMS key as a text file: types, the next leaf, identifier, seed, and the
 * top of the tree, one line each. Only the line of the next leaf ever changes.
 */
#include <ctype.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "trust/keys/files.h"

static const char lms_file_heading[] = "cairn-lms-key 1";

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
    assert(signer->path != NULL && p->n <= LMS_N_MAX);
    buffer_print(&text, "%s\nlms-type %u\nots-type %u\nnext-leaf %u\n",
                 lms_file_heading, p->lms_type, p->ots_type, signer->next_leaf);
    print_line(&text, "id", key->id, sizeof(key->id));
    print_line(&text, "seed", key->seed, p->n);
    print_line(&text, "tree", key->top, lms_top_size(p));
    int status =
        replace
            ? key_file_replace(signer->path, text.bytes, text.size, error)
            : key_file_create(signer->path, 0600, text.bytes, text.size, error);
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
    assert(p->n <= LMS_N_MAX);
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
                      "%s: the stored tree does not match the seed",
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
    int known = lms_parameters(lms_type, ots_type, &p);
    assert(known == 0);
    (void)known;
    return parse_secrets(signer, &reader, &p, error);
}

int key_lms_load(struct lms_signer *signer, const char *directory,
                 const char *name, struct error *error)
{
    char *path = xasprintf("%s/%s", directory, name);
    struct buffer text = {0};
    int status = key_file_read(path, &text, error);
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

int key_lms_take_leaf(struct lms_signer *signer, uint32_t *leaf,
                      struct error *error)
{
    int lock = -1;
    struct lms_signer stored = {0};
    struct buffer text = {0};
    assert(signer->path != NULL);
    int status = key_file_lock(signer->path, &lock, error);
    if (status == 0) {
        status = key_file_read(signer->path, &text, error);
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

int key_lms_save(struct lms_signer *signer, const char *directory,
                 const char *name, struct error *error)
{
    if (!signer->has_private) {
        return 0;
    }
    free(signer->path);
    signer->path = xasprintf("%s/%s", directory, name);
    return store_lms(signer, false, error);
}

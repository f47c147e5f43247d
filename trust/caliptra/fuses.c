/* SPDX-License-Identifier: Apache-2.0 */
/* Parses and prints the lines by the rows of fuses.def, and gives the words of
 * the registers. */
#include "trust/caliptra/fuses.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/assert.h"
#include "base/bits.h"

enum { NUMBER = 0 }; /* size column: a uint32_t, not bytes */

static const struct row {
    const char *name;
    size_t offset;
    size_t size; /* of a byte string, or NUMBER */
} rows[] = {
#define FUSE_BYTES(name)                                                       \
    {#name, offsetof(struct fuses, name), sizeof(((struct fuses *)NULL)->name)},
#define FUSE_NUMBER(name) {#name, offsetof(struct fuses, name), NUMBER},
#include "trust/caliptra/fuses.def"
#undef FUSE_BYTES
#undef FUSE_NUMBER
};

void fuses_init(struct fuses *fuses)
{
    memset(fuses, 0, sizeof(*fuses));
    /* The values that the public test benches of Caliptra use. */
    for (size_t i = 0; i < 16; i++) {
        store_be32(fuses->uds_seed + 4 * i,
                   0x00010203u + 0x04040404u * (uint32_t)i);
    }
    for (size_t i = 0; i < 8; i++) {
        store_be32(fuses->field_entropy + 4 * i,
                   0x80818283u + 0x04040404u * (uint32_t)i);
    }
    fuses->pqc_key_type = CALIPTRA2_PQC_LMS;
    fuses->life_cycle = CALIPTRA_LIFECYCLE_PRODUCTION;
    fuses->debug_locked = 1;
}

static const struct row *find_row(const char *name, size_t size)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strlen(rows[i].name) == size &&
            memcmp(rows[i].name, name, size) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

struct place {
    const char *file;
    unsigned line;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_bytes(const struct place *place, const struct row *row,
                       const char *text, size_t size, uint8_t *out,
                       struct error *error)
{
    if (size != 2 * row->size) {
        return error_set(
            error, -EINVAL, "%s:%u: '%s' takes %zu hexadecimal digits, got %zu",
            place->file, place->line, row->name, 2 * row->size, size);
    }
    for (size_t i = 0; i < row->size; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return error_set(error, -EINVAL,
                             "%s:%u: '%s' has '%.2s' where hexadecimal digits "
                             "belong",
                             place->file, place->line, row->name, text + 2 * i);
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

static int parse_number(const struct place *place, const struct row *row,
                        const char *text, size_t size, uint8_t *out,
                        struct error *error)
{
    char copy[16] = "";
    char *end = copy;
    unsigned long long value = 0;
    if (size < sizeof(copy)) {
        memcpy(copy, text, size);
        value = strtoull(copy, &end, 0);
    }
    if (end == copy || *end != '\0' || !isdigit((unsigned char)copy[0]) ||
        value > UINT32_MAX) {
        return error_set(error, -EINVAL,
                         "%s:%u: '%s' takes a 32-bit number, got '%.*s'",
                         place->file, place->line, row->name,
                         (int)(size < 40 ? size : 40), text);
    }
    uint32_t number = (uint32_t)value;
    memcpy(out, &number, sizeof(number));
    return 0;
}

static void trim(const char **text, size_t *size)
{
    while (*size > 0 && isspace((unsigned char)**text)) {
        (*text)++;
        (*size)--;
    }
    while (*size > 0 && isspace((unsigned char)(*text)[*size - 1])) {
        (*size)--;
    }
}

static int parse_line(struct fuses *fuses, const struct place *place,
                      const char *line, size_t size, struct error *error)
{
    const char *comment = memchr(line, '#', size);
    if (comment != NULL) {
        size = (size_t)(comment - line);
    }
    trim(&line, &size);
    if (size == 0) {
        return 0;
    }
    const char *equals = memchr(line, '=', size);
    if (equals == NULL) {
        return error_set(error, -EINVAL, "%s:%u: expected 'name = value'",
                         place->file, place->line);
    }
    const char *value = equals + 1;
    size_t value_size = size - (size_t)(value - line);
    size_t name_size = (size_t)(equals - line);
    trim(&line, &name_size);
    trim(&value, &value_size);
    const struct row *row = find_row(line, name_size);
    if (row == NULL) {
        return error_set(error, -EINVAL, "%s:%u: unknown fuse '%.*s'",
                         place->file, place->line,
                         (int)(name_size < 40 ? name_size : 40), line);
    }
    uint8_t *out = (uint8_t *)fuses + row->offset;
    return row->size == NUMBER
               ? parse_number(place, row, value, value_size, out, error)
               : parse_bytes(place, row, value, value_size, out, error);
}

int fuses_parse(struct fuses *fuses, const char *file_name, const void *text,
                size_t size, struct error *error)
{
    const char *next = text;
    const char *end = next + size;
    struct place place = {file_name, 1};
    for (; next < end; place.line++) {
        const char *stop = memchr(next, '\n', (size_t)(end - next));
        if (stop == NULL) {
            stop = end;
        }
        int status =
            parse_line(fuses, &place, next, (size_t)(stop - next), error);
        if (status != 0) {
            return status;
        }
        next = stop == end ? end : stop + 1;
    }
    return 0;
}

void fuses_print(const struct fuses *fuses, struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint8_t *value = (const uint8_t *)fuses + rows[i].offset;
        buffer_print(out, "%s = ", rows[i].name);
        if (rows[i].size == NUMBER) {
            uint32_t number;
            memcpy(&number, value, sizeof(number));
            buffer_print(out, "%u\n", number);
        } else {
            buffer_print_hex(out, value, rows[i].size);
            buffer_print(out, "\n");
        }
    }
}

void fuses_svn_words(uint32_t svn, uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t set = svn > 32 * i ? svn - 32 * (uint32_t)i : 0;
        words[i] = set >= 32 ? UINT32_MAX : ((uint32_t)1 << set) - 1;
    }
}

static_assert(CALIPTRA_SOC_IFC_FUSES_END - CALIPTRA_SOC_IFC_FUSE_UDS_SEED ==
                  4 * CALIPTRA_SOC_IFC_FUSE_WORDS,
              "the fuses fill their range");

/* The word of a fuse register, by its address. */
#define REGISTER(words, name)                                                  \
    ((words) +                                                                 \
     (CALIPTRA_SOC_IFC_FUSE_##name - CALIPTRA_SOC_IFC_FUSE_UDS_SEED) / 4)

/* The first byte of a byte string is in bits 31:24 of its first word. */
static void put_bytes(uint32_t *words, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size / 4; i++) {
        words[i] = load_be32(bytes + 4 * i);
    }
}

void fuses_registers(const struct fuses *fuses,
                     uint32_t words[CALIPTRA_SOC_IFC_FUSE_WORDS])
{
    put_bytes(REGISTER(words, UDS_SEED), fuses->uds_seed, 48);
    put_bytes(REGISTER(words, FIELD_ENTROPY), fuses->field_entropy,
              sizeof(fuses->field_entropy));
    put_bytes(REGISTER(words, KEY_MANIFEST_PK_HASH), fuses->vendor_key_hash,
              sizeof(fuses->vendor_key_hash));
    *REGISTER(words, KEY_MANIFEST_PK_HASH_MASK) = fuses->ecc_revocation;
    put_bytes(REGISTER(words, OWNER_PK_HASH), fuses->owner_key_hash,
              sizeof(fuses->owner_key_hash));
    fuses_svn_words(fuses->fmc_svn, REGISTER(words, FMC_KEY_MANIFEST_SVN), 1);
    fuses_svn_words(fuses->runtime_svn, REGISTER(words, RUNTIME_SVN), 4);
    *REGISTER(words, ANTI_ROLLBACK_DISABLE) = fuses->anti_rollback_disable;
    put_bytes(REGISTER(words, IDEVID_CERT_ATTR), fuses->idevid_attributes,
              sizeof(fuses->idevid_attributes));
    put_bytes(REGISTER(words, IDEVID_MANUF_HSM_ID), fuses->hsm_id,
              sizeof(fuses->hsm_id));
    *REGISTER(words, LIFE_CYCLE) = fuses->life_cycle;
    *REGISTER(words, LMS_VERIFY) = fuses->lms_verify;
    *REGISTER(words, LMS_REVOCATION) = fuses->lms_revocation;
    *REGISTER(words, SOC_STEPPING_ID) = fuses->soc_stepping;
}

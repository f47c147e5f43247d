/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of PEM in and out, and what a quote says in words. */
#include "trust/quote/quote.h"

#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_runtime.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/json.h"
#include "base/memory.h"

static const char certificate_label[] = "CERTIFICATE";
static const char *const quote_labels[] = {
    [QUOTE_FORM_1] = "CALIPTRA PCR QUOTE",
    [QUOTE_FORM_2] = "CALIPTRA 2 PCR QUOTE",
};

enum { BLOCKS = QUOTE_LAYERS + 1 };

void quote_fini(struct quote *quote)
{
    for (size_t i = 0; i < QUOTE_LAYERS; i++) {
        buffer_fini(&quote->certificates[i]);
    }
    buffer_fini(&quote->response);
}

const char *quote_layer_name(enum quote_layer layer)
{
    static const char *const names[QUOTE_LAYERS] = {
        [QUOTE_RT_ALIAS] = "runtime alias",
        [QUOTE_FMC_ALIAS] = "FMC alias",
        [QUOTE_LDEVID] = "LDevID",
        [QUOTE_IDEVID] = "IDevID",
    };
    assert(layer < QUOTE_LAYERS);
    return names[layer];
}

/* The name of a block of the file. */
static const char *block_name(size_t index)
{
    assert(index < BLOCKS);
    return index < QUOTE_LAYERS ? quote_layer_name((enum quote_layer)index)
                                : "PCR quote";
}

static const char *block_label(const struct quote *quote, size_t index)
{
    return index < QUOTE_LAYERS ? certificate_label : quote_labels[quote->form];
}

/* ---- The file ------------------------------------------------------------ */

static void print_block(const char *label, const struct buffer *bytes,
                        struct buffer *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio == NULL ||
        PEM_write_bio(bio, label, "", bytes->bytes, (long)bytes->size) <= 0) {
        memory_exhausted(); /* out of memory */
    }
    long size = BIO_get_mem_data(bio, &text);
    buffer_append(out, text, (size_t)size);
    BIO_free(bio);
}

void quote_print(const struct quote *quote, struct buffer *out)
{
    static const char *const sources[BLOCKS] = {
        [QUOTE_RT_ALIAS] = "GET_RT_ALIAS_CERT",
        [QUOTE_FMC_ALIAS] = "GET_FMC_ALIAS_CERT",
        [QUOTE_LDEVID] = "GET_LDEV_CERT",
        [QUOTE_IDEVID] = "GET_IDEV_CERT",
        [QUOTE_LAYERS] = "QUOTE_PCRS",
    };
    for (size_t i = 0; i < BLOCKS; i++) {
        buffer_print(out, "%s, the answer to %s\n", block_name(i), sources[i]);
        print_block(
            block_label(quote, i),
            i < QUOTE_LAYERS ? &quote->certificates[i] : &quote->response, out);
    }
}

/* No block where one is due: the end, or base64 that is none. */
static int missing(size_t index, struct error *error)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    bool at_end = ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return error_set(error, -EINVAL, "block %zu (%s): %s", index + 1,
                     block_name(index),
                     at_end || reason == NULL ? "is missing" : reason);
}

static int read_block(BIO *bio, size_t index, struct quote *quote,
                      struct error *error)
{
    struct buffer *out =
        index < QUOTE_LAYERS ? &quote->certificates[index] : &quote->response;
    char *label = NULL;
    char *header = NULL;
    unsigned char *bytes = NULL;
    long size = 0;
    int result = 0;
    if (PEM_read_bio(bio, &label, &header, &bytes, &size) != 1) {
        return missing(index, error);
    }
    quote->form =
        index == QUOTE_LAYERS && strcmp(label, quote_labels[QUOTE_FORM_2]) == 0
            ? QUOTE_FORM_2
            : QUOTE_FORM_1;
    if (strcmp(label, block_label(quote, index)) != 0) {
        result = error_set(error, -EINVAL,
                           "block %zu (%s): is '%s', expected '%s'", index + 1,
                           block_name(index), label, block_label(quote, index));
    } else if (header[0] != '\0') {
        result = error_set(error, -EINVAL,
                           "block %zu (%s): has headers, expected none",
                           index + 1, block_name(index));
    } else {
        buffer_append(out, bytes, (size_t)size);
    }
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_free(bytes);
    return result;
}

static int check_end(BIO *bio, struct error *error)
{
    char *label = NULL;
    char *header = NULL;
    unsigned char *bytes = NULL;
    long size = 0;
    int result = 0;
    if (PEM_read_bio(bio, &label, &header, &bytes, &size) == 1) {
        result =
            error_set(error, -EINVAL, "block %d: is '%s', expected no more",
                      BLOCKS + 1, label);
    } else if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        result = error_set(error, -EINVAL, "block %d: broken, expected no more",
                           BLOCKS + 1);
    }
    ERR_clear_error();
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_free(bytes);
    return result;
}

int quote_read(struct quote *quote, const void *bytes, size_t size,
               struct error *error)
{
    int result = 0;
    *quote = (struct quote){0};
    if (size > QUOTE_FILE_MAX) {
        return error_set(error, -EINVAL, "is %zu bytes, at most %d", size,
                         QUOTE_FILE_MAX);
    }
    BIO *bio = BIO_new_mem_buf(size ? bytes : "", (int)size);
    if (bio == NULL) {
        memory_exhausted();
    }
    for (size_t i = 0; i < BLOCKS && result == 0; i++) {
        result = read_block(bio, i, quote, error);
    }
    result = result ? result : check_end(bio, error);
    BIO_free(bio);
    if (result) {
        quote_fini(quote);
        *quote = (struct quote){0};
    }
    return result;
}

/* ---- The response -------------------------------------------------------- */

_Static_assert(sizeof(struct caliptra2_quote_response) ==
                       sizeof(struct caliptra_quote_response) &&
                   offsetof(struct caliptra2_quote_response, r) ==
                       offsetof(struct caliptra_quote_response, r),
               "only digest and counters change their places");

bool quote_response(const struct quote *quote,
                    struct caliptra_quote_response *response)
{
    const struct buffer *bytes = &quote->response;
    struct caliptra2_quote_response other;
    if (bytes->size != sizeof(*response)) {
        return false;
    }
    memcpy(response, bytes->bytes, sizeof(*response));
    if (quote->form == QUOTE_FORM_2) {
        memcpy(&other, bytes->bytes, sizeof(other));
        memcpy(response->digest, other.digest, sizeof(other.digest));
        memcpy(response->resets, other.resets, sizeof(other.resets));
    }
    return true;
}

/* ---- The reference ------------------------------------------------------- */

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

bool quote_parse_hex(const char *text, size_t length, uint8_t *bytes,
                     size_t size)
{
    if (length != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* "PCR N VALUE" and nothing else; *other says that the line is about something
 * else. */
static int take_line(struct quote_wanted *wanted, const char *line, bool *other)
{
    line += strspn(line, " \t");
    *other = strncmp(line, "PCR ", 4) != 0;
    if (*other) {
        return 0;
    }
    line += 4;
    line += strspn(line, " ");
    char *value;
    unsigned long index = strtoul(line, &value, 10);
    if (!isdigit((unsigned char)line[0]) || *value != ' ' ||
        index >= QUOTE_PCRS) {
        return -EINVAL;
    }
    value += strspn(value, " ");
    size_t length = strcspn(value, " \t\r");
    const char *rest = value + length;
    if (!quote_parse_hex(value, length, wanted->pcrs[index].value,
                         QUOTE_DIGEST_SIZE) ||
        rest[strspn(rest, " \t\r")] != '\0') {
        return -EINVAL;
    }
    wanted->pcrs[index].is_known = true;
    return 0;
}

int quote_take_reference(struct quote_wanted *wanted, const char *name,
                         const void *bytes, size_t size, struct error *error)
{
    const char *at = bytes;
    const char *end = at + size;
    unsigned taken = 0;
    for (unsigned number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);
        char *line = strndup(at, length);
        bool other = false;
        int result = take_line(wanted, line, &other);
        taken += result == 0 && !other;
        free(line);
        if (result) {
            return error_set(error, result,
                             "%s:%u: expected 'PCR N VALUE', N from 0 to %d "
                             "and VALUE of %d hexadecimal digits",
                             name, number, QUOTE_PCRS - 1,
                             2 * QUOTE_DIGEST_SIZE);
        }
        at += length + (stop != NULL);
    }
    return taken ? 0
                 : error_set(error, -EINVAL, "%s: no line 'PCR N VALUE'", name);
}

/* ---- Words --------------------------------------------------------------- */

static bool is_used(const struct caliptra_quote_response *response,
                    unsigned index)
{
    return response->resets[index] != 0 ||
           !all_bytes(response->pcrs[index], QUOTE_DIGEST_SIZE, 0);
}

void quote_explain(const struct quote *quote, const struct verdict *verdict,
                   const char *name, struct buffer *out)
{
    struct caliptra_quote_response response;
    verdict_print(verdict, name, out);
    if (!quote_response(quote, &response)) {
        return;
    }
    buffer_print(
        out, "\nPCRs that are not zero%s:\n",
        verdict_decide(verdict) == VERDICT_IS_TRUSTED ? "" : ", from the file");
    for (unsigned i = 0; i < QUOTE_PCRS; i++) {
        if (is_used(&response, i)) {
            buffer_print(out, "  PCR %-2u ", i);
            buffer_print_hex(out, response.pcrs[i], QUOTE_DIGEST_SIZE);
            buffer_print(out, "\n");
        }
    }
}

static void explain_pcrs(const struct caliptra_quote_response *response,
                         struct json *json)
{
    json_bytes(json, "nonce", response->nonce, sizeof(response->nonce));
    json_begin_array(json, "pcrs");
    for (unsigned i = 0; i < QUOTE_PCRS; i++) {
        if (is_used(response, i)) {
            json_begin_object(json, NULL);
            json_number(json, "index", i);
            json_bytes(json, "value", response->pcrs[i], QUOTE_DIGEST_SIZE);
            json_number(json, "resets", response->resets[i]);
            json_end_object(json);
        }
    }
    json_end_array(json);
}

void quote_explain_json(const struct quote *quote,
                        const struct verdict *verdict, const char *name,
                        struct buffer *out)
{
    struct caliptra_quote_response response;
    struct json json;
    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_string(&json, "file", name);
    verdict_print_json(verdict, &json);
    if (quote_response(quote, &response)) {
        explain_pcrs(&response, &json);
    }
    json_end_object(&json);
}

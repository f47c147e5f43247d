/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements of a Caliptra part about itself, as they came out of its
 * mailbox: the certificates of its identities and a quote of its PCRs. As a
 * file it is PEM (RFC 7468) from the youngest identity to the oldest, so that
 * OpenSSL's own tools read it too:
 *
 *   CERTIFICATE           runtime alias    GET_RT_ALIAS_CERT
 *   CERTIFICATE           FMC alias        GET_FMC_ALIAS_CERT
 *   CERTIFICATE           LDevID           GET_LDEV_CERT
 *   CERTIFICATE           IDevID           GET_IDEV_CERT
 *   CALIPTRA PCR QUOTE    the response to QUOTE_PCRS, all of it
 *
 * Of a 2.x part the last block is a CALIPTRA 2 PCR QUOTE: its fields are in
 * another order, and what is signed is the start of a SHA-512 digest.
 *
 * Text between the blocks is for people and not read.
 */
#ifndef TRUST_QUOTE_QUOTE_H
#define TRUST_QUOTE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "trust/verdict/verdict.h"

enum quote_layer {
    QUOTE_RT_ALIAS,
    QUOTE_FMC_ALIAS,
    QUOTE_LDEVID,
    QUOTE_IDEVID,
    QUOTE_LAYERS
};

enum {
    QUOTE_PCRS = 32,
    QUOTE_DIGEST_SIZE = 48,
    QUOTE_NONCE_SIZE = 32,
    QUOTE_FILE_MAX = 1 << 20,
};

enum quote_form { QUOTE_FORM_1, QUOTE_FORM_2 };

/* Zero-initialised is empty. */
struct quote {
    struct buffer certificates[QUOTE_LAYERS]; /* DER */
    struct buffer response;
    enum quote_form form; /* of the response */
};

void quote_fini(struct quote *quote);
/* "FMC alias". */
const char *quote_layer_name(enum quote_layer layer);

/* The fields of the response in the order of 1.x; false if it has not their
 * size. */
struct caliptra_quote_response;
bool quote_response(const struct quote *quote,
                    struct caliptra_quote_response *response);

void quote_print(const struct quote *quote, struct buffer *out);
/* -EINVAL with the block that is wrong; quote is empty then. */
int quote_read(struct quote *quote, const void *bytes, size_t size,
               struct error *error);

/* Exactly so many bytes of hexadecimal digits. */
bool quote_parse_hex(const char *text, size_t length, uint8_t *bytes,
                     size_t size);

/* ---- Judging ------------------------------------------------------------- */

/* Values that the verifier expects. */
struct quote_wanted {
    const void *roots; /* PEM: trusted issuers of the IDevID's certificate */
    size_t roots_size;
    int64_t time;         /* at which certificates must be valid, Unix time */
    const uint8_t *nonce; /* that was sent, or NULL */
    struct {
        bool is_known;
        bool resets_known;
        uint8_t value[QUOTE_DIGEST_SIZE];
        uint32_t resets; /* 0 unless known */
    } pcrs[QUOTE_PCRS];
};

/* Makes all checks, also after one that failed. Certificates and signatures are
 * judged by OpenSSL. */
void quote_verify(const struct quote *quote, const struct quote_wanted *wanted,
                  struct verdict *verdict);

/* name is that of the file. */
void quote_explain(const struct quote *quote, const struct verdict *verdict,
                   const char *name, struct buffer *out);
void quote_explain_json(const struct quote *quote,
                        const struct verdict *verdict, const char *name,
                        struct buffer *out);

/* Takes the lines "PCR N VALUE" of a text and ignores all others, so that the
 * report of a run and the output of the above are references. -EINVAL with
 * "name:line" for a line that begins so and is none, or when there is none. */
int quote_take_reference(struct quote_wanted *wanted, const char *name,
                         const void *bytes, size_t size, struct error *error);

#endif

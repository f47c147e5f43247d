/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of a quote, in an order in which each relies on the one before:
 * the trusted roots, the certificates from the oldest identity to the youngest,
 * the quote's signature by the key of the FMC alias (with which the hardware
 * signs PCRs), and the quote's contents. libcrypto verifies certificates and
 * signatures.
 */
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdlib.h>

#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "base/bits.h"
#include "base/memory.h"
#include "crypto/pem.h"
#include "trust/quote/quote.h"

enum { NAME_MAX_SIZE = 80 };

struct judge {
    const struct quote *quote;
    const struct quote_wanted *wanted;
    struct verdict *verdict;
    STACK_OF(X509) * roots;
    X509 *layers[QUOTE_LAYERS]; /* NULL where there is none to be had */
    struct caliptra_quote_response response;
};

/* ---- The verdict --------------------------------------------------------- */

static void note(struct judge *judge, enum verdict_result result,
                 const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void note(struct judge *judge, enum verdict_result result,
                 const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    verdict_vadd(judge->verdict, result, name, format, args);
    va_end(args);
    ERR_clear_error();
}

/* The last complaint of libcrypto. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    return text ? text : "refused";
}

static const char *hex(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
    return text;
}

/* ---- Certificates -------------------------------------------------------- */

static const char *common_name(const X509_NAME *name, char text[NAME_MAX_SIZE])
{
    text[0] = '\0';
    if (X509_NAME_get_text_by_NID(name, NID_commonName, text, NAME_MAX_SIZE) <
        0) {
        snprintf(text, NAME_MAX_SIZE, "(no common name)");
    }
    for (char *c = text; *c; c++) {
        *c = *c >= ' ' && *c <= '~' ? *c : '?';
    }
    return text;
}

static void take_roots(struct judge *judge)
{
    const struct quote_wanted *wanted = judge->wanted;
    BIO *bio = BIO_new_mem_buf(wanted->roots_size ? wanted->roots : "",
                               (int)wanted->roots_size);
    char name[NAME_MAX_SIZE];
    X509 *root;
    judge->roots = sk_X509_new_null();
    if (bio == NULL || judge->roots == NULL) {
        memory_exhausted();
    }
    while ((root = pem_read_certificate(bio)) != NULL) {
        sk_X509_push(judge->roots, root);
    }
    bool whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    BIO_free(bio);
    int count = sk_X509_num(judge->roots);
    if (count == 0 || !whole) {
        note(judge, VERDICT_REFUSED, "root", "certificate %d: %s", count + 1,
             whole ? "is missing" : reason());
        return;
    }
    root = sk_X509_value(judge->roots, 0);
    note(judge, VERDICT_PROVEN, "root", "given: %s%s",
         common_name(X509_get_subject_name(root), name),
         count > 1 ? " and others" : "");
}

/* Bytes that mean a certificate but are not its DER could be changed without
 * its signature breaking. */
static const char *parse(const struct buffer *bytes, X509 **made)
{
    const uint8_t *at = bytes->bytes;
    uint8_t *again = NULL;
    *made = d2i_X509(NULL, &at, (long)bytes->size);
    if (*made == NULL) {
        return reason();
    }
    int size = i2d_X509(*made, &again);
    bool same = size >= 0 && (size_t)size == bytes->size &&
                memcmp(again, bytes->bytes, bytes->size) == 0;
    OPENSSL_free(again);
    return same ? NULL : "its bytes are not DER";
}

static bool is_p384(const X509 *certificate)
{
    char group[32] = "";
    size_t size = 0;
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    return key && EVP_PKEY_get_group_name(key, group, sizeof(group), &size) &&
           strcmp(group, "secp384r1") == 0;
}

static bool is_signed_by(X509 *certificate, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    return key && X509_verify(certificate, key) == 1;
}

/* The root that a certificate is of, else the one that only claims to be, else
 * NULL. */
static X509 *find_root(const struct judge *judge, X509 *certificate)
{
    X509 *claimed = NULL;
    for (int i = 0; i < sk_X509_num(judge->roots); i++) {
        X509 *root = sk_X509_value(judge->roots, i);
        if (X509_check_issued(root, certificate) == X509_V_OK) {
            claimed = root;
            if (is_signed_by(certificate, root)) {
                return root;
            }
        }
    }
    return claimed;
}

static bool is_named(const char *name, enum quote_layer layer)
{
    static const char *const ends[QUOTE_LAYERS] = {
        [QUOTE_RT_ALIAS] = " Rt Alias",
        [QUOTE_FMC_ALIAS] = " FMC Alias",
        [QUOTE_LDEVID] = " LDevID",
        [QUOTE_IDEVID] = " IDevID",
    };
    size_t length = strlen(name);
    size_t end = strlen(ends[layer]);
    return length >= end && strcmp(name + length - end, ends[layer]) == 0;
}

/* The fault of a certificate by itself and towards its issuer; NULL when
 * nothing is. */
static const char *complaint(const struct judge *judge, X509 *certificate,
                             X509 *issuer)
{
    time_t time = (time_t)judge->wanted->time;
    if (!is_p384(certificate)) {
        return "its key is not a P-384 key";
    }
    if (issuer == NULL) {
        return "its issuer is not one of the roots";
    }
    int issued = X509_check_issued(issuer, certificate);
    if (issued != X509_V_OK) {
        return X509_verify_cert_error_string(issued);
    }
    if (!is_signed_by(certificate, issuer)) {
        return "its signature is not by the issuer's key";
    }
    if (X509_cmp_time(X509_get0_notBefore(certificate), &time) > 0) {
        return "it is not valid yet";
    }
    if (X509_cmp_time(X509_get0_notAfter(certificate), &time) < 0) {
        return "its validity has ended";
    }
    return NULL;
}

static void check_layer(struct judge *judge, enum quote_layer layer)
{
    const struct buffer *bytes = &judge->quote->certificates[layer];
    bool is_last = layer == QUOTE_LAYERS - 1;
    char name[NAME_MAX_SIZE];
    char issuer_name[NAME_MAX_SIZE];
    char title[32];
    X509 *certificate;
    snprintf(title, sizeof(title), "%s certificate", quote_layer_name(layer));
    const char *broken = parse(bytes, &certificate);
    judge->layers[layer] = certificate;
    if (broken) {
        note(judge, VERDICT_REFUSED, title, "block %d, %zu bytes: %s",
             (int)layer + 1, bytes->size, broken);
        return;
    }
    common_name(X509_get_subject_name(certificate), name);
    common_name(X509_get_issuer_name(certificate), issuer_name);
    X509 *issuer =
        is_last ? find_root(judge, certificate) : judge->layers[layer + 1];
    const char *why = complaint(judge, certificate, issuer);
    if (!is_named(name, layer)) {
        note(judge, VERDICT_REFUSED, title, "block %d is that of '%s'",
             (int)layer + 1, name);
    } else if (issuer == NULL && !is_last) {
        note(judge, VERDICT_REFUSED, title,
             "'%s': no %s certificate to check "
             "it by",
             name, quote_layer_name((enum quote_layer)(layer + 1)));
    } else if (why) {
        note(judge, VERDICT_REFUSED, title, "'%s', of '%s': %s", name,
             issuer_name, why);
    } else {
        note(judge, VERDICT_PROVEN, title, "signed by %s", issuer_name);
    }
}

/* The whole path once more, as `openssl verify -x509_strict` judges it. */
static void check_path(struct judge *judge)
{
    static const char title[] = "certificate path";
    STACK_OF(X509) *between = sk_X509_new_null();
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (between == NULL || store == NULL || context == NULL) {
        memory_exhausted();
    }
    for (int i = 0; i < sk_X509_num(judge->roots); i++) {
        X509_STORE_add_cert(store, sk_X509_value(judge->roots, i));
    }
    unsigned known = 0;
    for (size_t i = 0; i < QUOTE_LAYERS; i++) {
        known += judge->layers[i] != NULL;
        if (i > 0 && judge->layers[i]) {
            sk_X509_push(between, judge->layers[i]);
        }
    }
    X509_STORE_CTX_init(context, store, judge->layers[0], between);
    X509_STORE_CTX_set_time(context, 0, (time_t)judge->wanted->time);
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
    if (known < QUOTE_LAYERS) {
        note(judge, VERDICT_REFUSED, title, "%u of %d certificates can be read",
             known, QUOTE_LAYERS);
    } else if (X509_verify_cert(context) != 1) {
        int depth = X509_STORE_CTX_get_error_depth(context);
        note(judge, VERDICT_REFUSED, title, "at the %s certificate: %s",
             depth < QUOTE_LAYERS ? quote_layer_name((enum quote_layer)depth)
                                  : "root's",
             X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    } else {
        note(judge, VERDICT_PROVEN, title,
             "from the root to the runtime alias");
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    sk_X509_free(between);
}

/* ---- The quote ----------------------------------------------------------- */

static void check_sum(struct judge *judge)
{
    const struct buffer *bytes = &judge->quote->response;
    uint32_t stored = judge->response.header.checksum;
    uint32_t expected = caliptra_checksum(0, bytes->bytes + sizeof(stored),
                                          bytes->size - sizeof(stored));
    if (stored != expected) {
        note(judge, VERDICT_REFUSED, "quote checksum",
             "is 0x%08x, expected 0x%08x", stored, expected);
    } else {
        note(judge, VERDICT_PROVEN, "quote checksum", "0x%08x", stored);
    }
}

static void check_status(struct judge *judge)
{
    uint32_t status = judge->response.header.fips_status;
    note(judge, status ? VERDICT_REFUSED : VERDICT_PROVEN, "FIPS status",
         status ? "is 0x%08x, expected 0" : "0x%08x: approved", status);
}

/* The digest of what is signed: the PCRs, then the nonce, as they lie in the
 * response. A 2.x part takes the start of a longer digest. */
static void digest_of(const struct judge *judge, uint8_t digest[48])
{
    const EVP_MD *kind =
        judge->quote->form == QUOTE_FORM_2 ? EVP_sha512() : EVP_sha384();
    uint8_t whole[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(judge->response.pcrs,
                   sizeof(judge->response.pcrs) + sizeof(judge->response.nonce),
                   whole, &size, kind, NULL) != 1) {
        memory_exhausted();
    }
    memcpy(digest, whole, 48);
}

static void check_digest(struct judge *judge, const uint8_t digest[48])
{
    char stored[2 * 48 + 1];
    char expected[2 * 48 + 1];
    hex(judge->response.digest, 48, stored);
    if (memcmp(judge->response.digest, digest, 48) != 0) {
        note(judge, VERDICT_REFUSED, "quote digest",
             "is %s, of PCRs and nonce it is %s", stored,
             hex(digest, 48, expected));
    } else {
        note(judge, VERDICT_PROVEN, "quote digest",
             "%.16s... of PCRs and nonce", stored);
    }
}

/* NULL when the signature holds. */
static const char *signature_complaint(const struct judge *judge,
                                       const uint8_t digest[48])
{
    const X509 *signer = judge->layers[QUOTE_FMC_ALIAS];
    EVP_PKEY *key = signer ? X509_get0_pubkey(signer) : NULL;
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    uint8_t *der = NULL;
    EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    const char *why = "no FMC alias certificate to check it by";
    if (numbers == NULL) {
        memory_exhausted();
    }
    ECDSA_SIG_set0(numbers, BN_bin2bn(judge->response.r, 48, NULL),
                   BN_bin2bn(judge->response.s, 48, NULL));
    int size = i2d_ECDSA_SIG(numbers, &der);
    if (context && size > 0 && EVP_PKEY_verify_init(context) == 1) {
        why = EVP_PKEY_verify(context, der, (size_t)size, digest, 48) == 1
                  ? NULL
                  : "is not one of these PCRs and this nonce by the key of "
                    "the FMC alias";
    }
    EVP_PKEY_CTX_free(context);
    OPENSSL_free(der);
    ECDSA_SIG_free(numbers);
    return why;
}

static void check_signature(struct judge *judge, const uint8_t digest[48])
{
    char r[2 * 48 + 1];
    const char *why = signature_complaint(judge, digest);
    if (why) {
        note(judge, VERDICT_REFUSED, "quote signature", "r %.16s...: %s",
             hex(judge->response.r, 48, r), why);
    } else {
        note(judge, VERDICT_PROVEN, "quote signature",
             "by the key of the FMC alias");
    }
}

static void check_nonce(struct judge *judge)
{
    const uint8_t *wanted = judge->wanted->nonce;
    char got[2 * QUOTE_NONCE_SIZE + 1];
    char expected[2 * QUOTE_NONCE_SIZE + 1];
    hex(judge->response.nonce, QUOTE_NONCE_SIZE, got);
    if (wanted == NULL) {
        note(judge, VERDICT_UNDECIDED, "nonce",
             "%s, and none was given: the quote may be a replayed one", got);
    } else if (memcmp(wanted, judge->response.nonce, QUOTE_NONCE_SIZE) != 0) {
        note(judge, VERDICT_REFUSED, "nonce", "is %s, expected %s", got,
             hex(wanted, QUOTE_NONCE_SIZE, expected));
    } else {
        note(judge, VERDICT_PROVEN, "nonce",
             "%s: the quote is the answer to it", got);
    }
}

/* ---- What was measured --------------------------------------------------- */

static void check_pcr(struct judge *judge, unsigned index)
{
    const uint8_t *wanted = judge->wanted->pcrs[index].value;
    const uint8_t *value = judge->response.pcrs[index];
    char got[2 * QUOTE_DIGEST_SIZE + 1];
    char expected[2 * QUOTE_DIGEST_SIZE + 1];
    char title[32];
    snprintf(title, sizeof(title), "PCR %u", index);
    hex(value, QUOTE_DIGEST_SIZE, got);
    if (memcmp(wanted, value, QUOTE_DIGEST_SIZE) != 0) {
        note(judge, VERDICT_REFUSED, title, "is %s, expected %s", got,
             hex(wanted, QUOTE_DIGEST_SIZE, expected));
    } else {
        note(judge, VERDICT_PROVEN, title, "%.16s... as expected", got);
    }
}

/* Counters are beside what is signed: a right one proves nothing, but a wrong
 * one is worth to be told of. */
static void check_resets(struct judge *judge, unsigned index)
{
    uint32_t count = judge->response.resets[index];
    uint32_t expected = judge->wanted->pcrs[index].resets;
    char title[32];
    snprintf(title, sizeof(title), "PCR %u resets", index);
    if (count != expected) {
        note(judge, VERDICT_REFUSED, title, "are %u, expected %u", count,
             expected);
    } else if (judge->wanted->pcrs[index].resets_known) {
        note(judge, VERDICT_OPEN, title,
             "%u as expected, but no signature covers the counter", count);
    }
}

static void check_measured(struct judge *judge)
{
    bool any = false;
    for (unsigned i = 0; i < QUOTE_PCRS; i++) {
        if (judge->wanted->pcrs[i].is_known) {
            any = true;
            check_pcr(judge, i);
        }
        check_resets(judge, i);
    }
    if (!any) {
        note(judge, VERDICT_OPEN, "PCR values",
             "no value was expected: the firmware is not checked");
    }
}

static void check_quote(struct judge *judge)
{
    const struct buffer *bytes = &judge->quote->response;
    uint8_t digest[48];
    if (!quote_response(judge->quote, &judge->response)) {
        note(judge, VERDICT_REFUSED, "quote",
             "block %d: is %zu bytes, expected %zu", QUOTE_LAYERS + 1,
             bytes->size, sizeof(judge->response));
        return;
    }
    digest_of(judge, digest);
    check_sum(judge);
    check_status(judge);
    check_digest(judge, digest);
    check_signature(judge, digest);
    check_nonce(judge);
    check_measured(judge);
    note(judge, VERDICT_OPEN, "not covered",
         "the counters of PCR resets and the FIPS status: no signature covers "
         "them");
}

void quote_verify(const struct quote *quote, const struct quote_wanted *wanted,
                  struct verdict *verdict)
{
    struct judge judge = {
        .quote = quote,
        .wanted = wanted,
        .verdict = verdict,
    };
    take_roots(&judge);
    for (int i = QUOTE_LAYERS - 1; i >= 0; i--) {
        check_layer(&judge, (enum quote_layer)i);
    }
    check_path(&judge);
    check_quote(&judge);
    for (size_t i = 0; i < QUOTE_LAYERS; i++) {
        X509_free(judge.layers[i]);
    }
    sk_X509_pop_free(judge.roots, X509_free);
    ERR_clear_error();
}

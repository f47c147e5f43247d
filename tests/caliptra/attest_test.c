/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements that our Caliptra runtime vouches for: CertifyKey and Sign of the
 * DICE Protection Environment, behind our own ROM and behind released ones.
 * OpenSSL judges: it issues the IDevID's certificate, takes the chain as DPE
 * hands it out, and verifies certificates, requests and signatures.
 */
#include <string.h>

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "abi/caliptra_registers.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/sha2.h"
#include "tests/caliptra/dpe.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"
#include "tests/issuer.h"

enum {
    KEY_USES = 0x3fe00, /* engines that may read it: none without a key */
    PRIVILEGED = 2,     /* a user that is not ours */
    CORE_USER = -1,
};

/* No key of DPE outlives its command, in whichever slot. */
static void expect_keys_gone(struct part *part)
{
    static const uint32_t slots[] = {3, 8, 9};
    for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
        uint64_t control = 0;
        EXPECT_EQ(
            cairn_bus_read(part->soc.machine, "caliptra", (uint32_t)CORE_USER,
                           CALIPTRA_KV_KEY_CTRL + 4 * slots[i], 4, &control),
            0);
        EXPECT_EQ(control & KEY_USES, 0);
    }
}

/* ---- Certificates -------------------------------------------------------- */

static void certificate_leads_to_the_vendor(const struct part_rom *rom)
{
    struct dpe_chain chain = {NULL, NULL};
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom) && dpe_chain_issue(&part, &chain)) {
        struct dpe_exchange e =
            dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_X509, 7);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_EQ(e.size, sizeof(struct dpe_certify_response));
        EXPECT_BYTES(e.bytes, &dpe_default_handle, sizeof(dpe_default_handle));
        expect_keys_gone(&part);
        X509 *leaf = dpe_leaf(&e);
        if (leaf != NULL) {
            EXPECT_EQ(dpe_chain_verify(&chain, leaf), X509_V_OK);
            EXPECT_BYTES(X509_get0_pubkey_bitstr(leaf)->data + 1,
                         dpe_public_key(&e), 96);
            EXPECT_EQ(X509_check_ca(leaf), 0);
            EXPECT_EQ(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE);
            test_case("without the FMC alias");
            X509 *fmc = sk_X509_delete(chain.links, 2);
            EXPECT(dpe_chain_verify(&chain, leaf) != X509_V_OK);
            sk_X509_insert(chain.links, fmc, 2);
            test_case("signed by another");
            e.bytes[16 + 96 + 4 + load_le32(e.bytes + 16 + 96) - 1] ^= 1;
            X509 *forged = dpe_leaf(&e);
            EXPECT_EQ(dpe_chain_verify(&chain, forged),
                      X509_V_ERR_CERT_SIGNATURE_FAILURE);
            X509_free(forged);
        }
        X509_free(leaf);
    }
    dpe_chain_drop(&chain);
}

/* DiceTcbInfo, as far as it is used here. */
struct tcb {
    const uint8_t *digest; /* 48 bytes each */
    const uint8_t *all;
    uint32_t holder;
    const uint8_t *type;
};

static void read_tcb(const uint8_t *at, const uint8_t *end, struct tcb *tcb)
{
    memset(tcb, 0, sizeof(*tcb));
    while (at < end) {
        long size;
        int tag;
        int class;
        EXPECT((ASN1_get_object(&at, &size, &tag, &class, end - at) & 0x80) ==
               0);
        EXPECT_EQ(class, V_ASN1_CONTEXT_SPECIFIC);
        switch (tag) {
        case 6: /* the digest is the end of it */
            tcb->digest = at + size - 48;
            break;
        case 8:
            tcb->holder = load_be32(at);
            break;
        case 9:
            tcb->type = at;
            break;
        case 11:
            tcb->all = at + size - 48;
            break;
        default:
            EXPECT_EQ(tag, 0);
        }
        at += size;
    }
}

/* The measurements in a certificate, root first. Returns how many. */
static unsigned read_tcbs(X509 *leaf, struct tcb *tcbs, unsigned limit)
{
    ASN1_OBJECT *type = OBJ_txt2obj("2.23.133.5.4.5", 1);
    int index = X509_get_ext_by_OBJ(leaf, type, -1);
    ASN1_OBJECT_free(type);
    if (!EXPECT(index >= 0)) {
        return 0;
    }
    const ASN1_OCTET_STRING *value =
        X509_EXTENSION_get_data(X509_get_ext(leaf, index));
    const uint8_t *at = value->data;
    const uint8_t *end = at + value->length;
    unsigned count = 0;
    long size;
    int tag;
    int class;
    EXPECT_EQ(ASN1_get_object(&at, &size, &tag, &class, end - at) & 0x80, 0);
    EXPECT(tag == V_ASN1_SEQUENCE && at + size == end);
    while (at < end && count < limit) {
        EXPECT_EQ(ASN1_get_object(&at, &size, &tag, &class, end - at) & 0x80,
                  0);
        EXPECT_EQ(tag, V_ASN1_SEQUENCE);
        read_tcb(at, at + size, &tcbs[count++]);
        at += size;
    }
    EXPECT(at == end);
    return count;
}

static void extend(uint8_t all[48], const uint8_t *data)
{
    uint8_t text[96];
    memcpy(text, all, 48);
    memcpy(text + 48, data, 48);
    sha384(text, sizeof(text), all);
}

static void expect_tcb(const struct tcb *tcb, uint32_t holder, const char *type,
                       const uint8_t digest[48], const uint8_t all[48])
{
    if (EXPECT(tcb->digest && tcb->all && tcb->type)) {
        EXPECT_EQ(tcb->holder, holder);
        EXPECT_BYTES(tcb->type, type, 4);
        EXPECT_BYTES(tcb->digest, digest, 48);
        EXPECT_BYTES(tcb->all, all, 48);
    }
}

/* The runtime's journey measurement, the mailbox users, then the derived
 * context, which is measured twice. */
static void certificate_names_all_measurements(const struct part_rom *rom)
{
    static uint8_t quoted[sizeof(struct caliptra_quote_response)];
    struct caliptra_quote_request quote = {.header = {0}};
    struct dpe_handle handle = dpe_default_handle;
    const uint8_t user[4] = {SOC_USER};
    uint8_t last[48];
    uint8_t users[48];
    uint8_t all[48] = {0};
    struct part_answer answer;
    struct tcb tcbs[4] = {{0}};
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_QUOTE_PCRS, &quote,
                               sizeof(quote), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        memcpy(quoted, answer.bytes, sizeof(quoted));
        const uint8_t *journey = quoted + 8 + 3 * 48;
        EXPECT_EQ(dpe_derive(&part, &handle,
                             DPE_DERIVE_MAKE_DEFAULT | DPE_DERIVE_ALLOW_X509,
                             1),
                  DPE_OK);
        EXPECT_EQ(dpe_derive(&part, &handle, DPE_DERIVE_RECURSIVE, 2), DPE_OK);
        struct dpe_exchange e = dpe_certify(&part, &handle, DPE_FORMAT_X509, 0);
        EXPECT_EQ(e.status, DPE_OK);
        X509 *leaf = dpe_leaf(&e);
        if (leaf && EXPECT_EQ(read_tcbs(leaf, tcbs, 4), 3)) {
            expect_tcb(&tcbs[0], UINT32_MAX, "MJTR", journey, journey);
            sha384(user, sizeof(user), users);
            extend(all, users);
            expect_tcb(&tcbs[1], SOC_USER, "PVBM", users, all);
            memset(all, 0, sizeof(all));
            memset(last, 1, sizeof(last));
            extend(all, last);
            memset(last, 2, sizeof(last));
            extend(all, last);
            expect_tcb(&tcbs[2], SOC_USER, "ABCD", last, all);
        }
        X509_free(leaf);
    }
}

/* As many contexts in a row as one user may have fit the response. */
static void certificate_has_room_for_the_longest_row(const struct part_rom *rom)
{
    struct dpe_handle handle = dpe_default_handle;
    struct tcb tcbs[DPE_CONTEXTS];
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        for (unsigned i = 0; i < 15; i++) {
            EXPECT_EQ(
                dpe_derive(&part, &handle,
                           DPE_DERIVE_MAKE_DEFAULT | DPE_DERIVE_ALLOW_X509,
                           (uint8_t)i),
                DPE_OK);
        }
        struct dpe_exchange e = dpe_certify(&part, &handle, DPE_FORMAT_X509, 0);
        EXPECT_EQ(e.status, DPE_OK);
        X509 *leaf = dpe_leaf(&e);
        EXPECT_EQ(leaf ? read_tcbs(leaf, tcbs, DPE_CONTEXTS) : 0, 17);
        X509_free(leaf);
        EXPECT_EQ(dpe_certify(&part, &handle, DPE_FORMAT_CSR, 0).status,
                  DPE_OK);
    }
}

/* ---- Requests ------------------------------------------------------------ */

/* The request in a message that the runtime alias signed. */
static X509_REQ *open_message(const struct dpe_exchange *e, X509 *alias)
{
    const uint8_t *at = e->bytes + 16 + 96 + 4;
    uint32_t size = load_le32(at - 4);
    BIO *content = BIO_new(BIO_s_mem());
    STACK_OF(X509) *signers = sk_X509_new_null();
    X509_REQ *request = NULL;
    const uint8_t *bytes = NULL;

    sk_X509_push(signers, alias);
    CMS_ContentInfo *message = d2i_CMS_ContentInfo(NULL, &at, (long)size);
    if (EXPECT(message != NULL) &&
        EXPECT_EQ(CMS_verify(message, signers, NULL, NULL, content,
                             CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY),
                  1)) {
        long length = BIO_get_mem_data(content, &bytes);
        request = d2i_X509_REQ(NULL, &bytes, length);
        EXPECT(request != NULL);
    }
    CMS_ContentInfo_free(message);
    sk_X509_free(signers);
    BIO_free(content);
    return request;
}

static void request_is_signed_by_key_and_alias(const struct part_rom *rom)
{
    struct dpe_chain chain = {NULL, NULL};
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom) && dpe_chain_issue(&part, &chain)) {
        X509 *alias = sk_X509_value(chain.links, 3);
        struct dpe_exchange certificate =
            dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_X509, 3);
        struct dpe_exchange e =
            dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_CSR, 3);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_BYTES(dpe_public_key(&e), dpe_public_key(&certificate), 96);
        X509_REQ *request = open_message(&e, alias);
        if (request != NULL) {
            EVP_PKEY *key = X509_REQ_get_pubkey(request);
            EXPECT_EQ(X509_REQ_verify(request, key), 1);
            uint8_t *point = NULL;
            EXPECT_EQ(EVP_PKEY_get1_encoded_public_key(key, &point), 97);
            EXPECT_BYTES(point + 1, dpe_public_key(&e), 96);
            OPENSSL_free(point);
            EVP_PKEY_free(key);
            STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(request);
            EXPECT_EQ(sk_X509_EXTENSION_num(list), 5);
            sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
        }
        X509_REQ_free(request);
    }
    dpe_chain_drop(&chain);
}

/* ---- Signatures ---------------------------------------------------------- */

static bool verified(const struct dpe_exchange *key,
                     const struct dpe_exchange *signature,
                     const uint8_t digest[48])
{
    struct ecdsa_p384_signature numbers;
    memcpy(numbers.r, signature->bytes + 16, 48);
    memcpy(numbers.s, signature->bytes + 64, 48);
    return ecdsa_p384_verify(dpe_public_key(key), dpe_public_key(key) + 48,
                             digest, &numbers) == 0;
}

static void signs_with_the_key_that_it_certifies(const struct part_rom *rom)
{
    struct dpe_handle handle = dpe_default_handle;
    uint8_t digest[48];
    OWNED(part_tear_down) struct part part = {0};

    sha384("to sign", 7, digest);
    if (part_set_up(&part, rom)) {
        struct dpe_exchange key =
            dpe_certify(&part, &handle, DPE_FORMAT_X509, 1);
        struct dpe_exchange e = dpe_sign(&part, &handle, 1, digest);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_EQ(e.size, sizeof(struct dpe_sign_response));
        EXPECT(verified(&key, &e, digest));
        expect_keys_gone(&part);
        test_case("another digest");
        digest[0] ^= 1;
        EXPECT(!verified(&key, &e, digest));
        test_case("another label");
        e = dpe_sign(&part, &handle, 2, digest);
        EXPECT(!verified(&key, &e, digest));
        test_case("the same after a warm reset");
        EXPECT(soc_warm_reset(&part.soc));
        EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1, PART_LIMIT));
        e = dpe_sign(&part, &handle, 1, digest);
        EXPECT(verified(&key, &e, digest));
        test_case("another measurement");
        EXPECT_EQ(dpe_derive(&part, &handle, DPE_DERIVE_RECURSIVE, 9),
                  DPE_INVALID_ARGUMENT);
        EXPECT_EQ(dpe_derive(&part, &handle, DPE_DERIVE_MAKE_DEFAULT, 9),
                  DPE_OK);
        e = dpe_sign(&part, &handle, 1, digest);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT(!verified(&key, &e, digest));
    }
}

/* A context's kind and holder go into its key, if it is asked to. */
static void internal_inputs_change_the_key(const struct part_rom *rom)
{
    static const uint32_t inputs[] = {
        0, DPE_DERIVE_INTERNAL_INFO, DPE_DERIVE_INTERNAL_DICE,
        DPE_DERIVE_INTERNAL_INFO | DPE_DERIVE_INTERNAL_DICE};
    struct dpe_exchange keys[4];
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
            struct dpe_handle handle = dpe_default_handle;
            test_case("0x%08x", inputs[i]);
            EXPECT(part_boot(&part));
            EXPECT_EQ(dpe_derive(&part, &handle,
                                 inputs[i] | DPE_DERIVE_MAKE_DEFAULT, 1),
                      DPE_OK);
            keys[i] = dpe_certify(&part, &handle, DPE_FORMAT_CSR, 1);
            EXPECT_EQ(keys[i].status, DPE_OK);
            for (size_t j = 0; j < i; j++) {
                EXPECT(memcmp(dpe_public_key(&keys[j]),
                              dpe_public_key(&keys[i]), 96) != 0);
            }
        }
    }
}

/* ---- Refusals ------------------------------------------------------------ */

static void expect_both(struct part *part, const struct dpe_handle *handle,
                        uint32_t status)
{
    static const uint8_t digest[48];
    EXPECT_EQ(dpe_certify(part, handle, DPE_FORMAT_X509, 0).status, status);
    EXPECT_EQ(dpe_certify(part, handle, DPE_FORMAT_CSR, 0).status, status);
    EXPECT_EQ(dpe_sign(part, handle, 0, digest).status, status);
}

static void attests_for_contexts_that_live(const struct part_rom *rom)
{
    struct dpe_handle wrong = {{1}};
    struct dpe_handle handle = dpe_default_handle;
    struct dpe_handle old;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        test_case("nobody's handle");
        expect_both(&part, &wrong, DPE_INVALID_HANDLE);
        test_case("rotated");
        EXPECT_EQ(dpe_rotate(&part, &handle), DPE_OK);
        expect_both(&part, &dpe_default_handle, DPE_INVALID_HANDLE);
        test_case("good for one use");
        old = handle;
        struct dpe_exchange e = dpe_certify(&part, &handle, DPE_FORMAT_X509, 0);
        EXPECT_EQ(e.status, DPE_OK);
        memcpy(&handle, e.bytes, sizeof(handle));
        expect_both(&part, &old, DPE_INVALID_HANDLE);
        old = handle;
        e = dpe_sign(&part, &handle, 0, (const uint8_t[48]){0});
        EXPECT_EQ(e.status, DPE_OK);
        memcpy(&handle, e.bytes, sizeof(handle));
        expect_both(&part, &old, DPE_INVALID_HANDLE);
        test_case("no such format");
        EXPECT_EQ(dpe_certify(&part, &handle, 2, 0).status,
                  DPE_INVALID_ARGUMENT);
        test_case("destroyed, the last of its locality");
        struct dpe_destroy_command destroy = {.handle = handle};
        EXPECT_EQ(
            dpe_exchange(&part, DPE_DESTROY_CONTEXT, &destroy, sizeof(destroy))
                .status,
            DPE_OK);
        expect_both(&part, &handle, DPE_INVALID_LOCALITY);
    }
}

static void only_contexts_that_may_have_certificates(const struct part_rom *rom)
{
    struct dpe_handle handle = dpe_default_handle;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        EXPECT_EQ(dpe_derive(&part, &handle, DPE_DERIVE_MAKE_DEFAULT, 1),
                  DPE_OK);
        EXPECT_EQ(dpe_certify(&part, &handle, DPE_FORMAT_X509, 0).status,
                  DPE_INVALID_ARGUMENT);
        EXPECT_EQ(dpe_certify(&part, &handle, DPE_FORMAT_CSR, 0).status,
                  DPE_OK);
        test_case("nor do their children");
        EXPECT_EQ(dpe_derive(&part, &handle,
                             DPE_DERIVE_MAKE_DEFAULT | DPE_DERIVE_ALLOW_X509,
                             1),
                  DPE_INVALID_ARGUMENT);
    }
}

static void
simulations_are_certified_and_sign_nothing(const struct part_rom *rom)
{
    static const uint8_t digest[48];
    struct dpe_handle handle;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        EXPECT_EQ(dpe_simulate(&part, &handle), DPE_OK);
        EXPECT_EQ(dpe_sign(&part, &handle, 0, digest).status,
                  DPE_INVALID_ARGUMENT);
        EXPECT_EQ(dpe_certify(&part, &handle, DPE_FORMAT_X509, 0).status,
                  DPE_OK);
    }
}

static void level_1_gets_requests_only(const struct part_rom *rom)
{
    static const uint8_t digest[48];
    struct dpe_handle handle;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up_as(&part, rom, false, PRIVILEGED)) {
        test_case("nothing of its own");
        EXPECT_EQ(
            dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_CSR, 0).status,
            DPE_INVALID_LOCALITY);
        EXPECT_EQ(dpe_sign(&part, &dpe_default_handle, 0, digest).status,
                  DPE_INVALID_LOCALITY);
        test_case("a simulation");
        EXPECT_EQ(dpe_simulate(&part, &handle), DPE_OK);
        EXPECT_EQ(dpe_certify(&part, &handle, DPE_FORMAT_X509, 0).code,
                  0x000e0016);
        EXPECT_EQ(
            dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_CSR, 0).status,
            DPE_INVALID_HANDLE);
        EXPECT_EQ(dpe_certify(&part, &handle, DPE_FORMAT_CSR, 0).status,
                  DPE_OK);
    }
}

static bool vouched_for(struct part *part, const struct dpe_chain *chain)
{
    struct dpe_exchange e =
        dpe_certify(part, &dpe_default_handle, DPE_FORMAT_X509, 0);
    EXPECT_EQ(e.status, DPE_OK);
    X509 *leaf = dpe_leaf(&e);
    bool good = leaf && dpe_chain_verify(chain, leaf) == X509_V_OK;
    X509_free(leaf);
    return good;
}

/* Certificates are still made, but do not verify. */
static void disabled_attestation_vouches_for_nothing(const struct part_rom *rom)
{
    struct dpe_chain chain = {NULL, NULL};
    struct part_answer answer;
    OWNED(part_tear_down) struct part part = {0};
    uint8_t request[4];

    if (part_set_up(&part, rom) && dpe_chain_issue(&part, &chain)) {
        EXPECT(vouched_for(&part, &chain));
        struct dpe_exchange before =
            dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_X509, 0);
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_DISABLE_ATTESTATION, request,
                               4, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT(!vouched_for(&part, &chain));
        struct dpe_exchange after =
            dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_X509, 0);
        EXPECT(memcmp(dpe_public_key(&before), dpe_public_key(&after), 96) !=
               0);
        test_case("nor after a warm reset");
        EXPECT(soc_warm_reset(&part.soc));
        EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1, PART_LIMIT));
        EXPECT(!vouched_for(&part, &chain));
        after = dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_X509, 0);
        EXPECT(memcmp(dpe_public_key(&before), dpe_public_key(&after), 96) !=
               0);
        test_case("until power is lost");
        EXPECT(part_boot(&part));
        EXPECT(vouched_for(&part, &chain));
    }
    dpe_chain_drop(&chain);
}

PART_BEHAVIOUR(certificate_leads_to_the_vendor)
PART_BEHAVIOUR(certificate_names_all_measurements)
PART_BEHAVIOUR(certificate_has_room_for_the_longest_row)
PART_BEHAVIOUR(request_is_signed_by_key_and_alias)
PART_BEHAVIOUR(signs_with_the_key_that_it_certifies)
PART_BEHAVIOUR(internal_inputs_change_the_key)
PART_BEHAVIOUR(attests_for_contexts_that_live)
PART_BEHAVIOUR(only_contexts_that_may_have_certificates)
PART_BEHAVIOUR(simulations_are_certified_and_sign_nothing)
PART_BEHAVIOUR(level_1_gets_requests_only)
PART_BEHAVIOUR(disabled_attestation_vouches_for_nothing)

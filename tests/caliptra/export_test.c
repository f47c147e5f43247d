/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CDIs that our Caliptra runtime exports, behind our own ROM and behind
 * released ones: DeriveContext of DPE, and the mailbox commands that use and
 * revoke what it gave. OpenSSL judges certificates and signatures.
 */
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/sha2.h"
#include "tests/caliptra/dpe.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

enum {
    PRIVILEGED = 2, /* a user that is not ours */
    EXPORT = DPE_DERIVE_EXPORT_CDI | DPE_DERIVE_CREATE_CERTIFICATE,
};

static struct dpe_exchange export(struct part *part,
                                  const struct dpe_handle *handle,
                                  uint32_t flags)
{
    struct dpe_derive_command command = {.handle = *handle, .flags = flags};
    return dpe_exchange(part, DPE_DERIVE_CONTEXT, &command, sizeof(command));
}

static const uint8_t *handle_of(const struct dpe_exchange *e)
{
    return e->bytes + 32;
}

static X509 *certificate_of(const struct dpe_exchange *e)
{
    const uint8_t *at = e->bytes + 32 + 32 + 4;
    uint32_t size = load_le32(at - 4);

    if (!EXPECT(size <= DPE_CERTIFICATE_MAX)) {
        return NULL;
    }
    X509 *certificate = d2i_X509(NULL, &at, (long)size);
    EXPECT(certificate != NULL);
    return certificate;
}

static uint32_t sign(struct part *part, const uint8_t handle[32],
                     const uint8_t digest[48],
                     struct caliptra_export_sign_response *response)
{
    struct caliptra_export_sign_request request = {.header = {0}};
    struct part_answer answer;

    memcpy(request.export, handle, sizeof(request.export));
    memcpy(request.digest, digest, sizeof(request.digest));
    if (part_command(part, CALIPTRA_CMD_SIGN_WITH_EXPORTED, &request,
                     sizeof(request),
                     &answer) == CALIPTRA_MBOX_STATUS_DATA_READY) {
        EXPECT_EQ(answer.size, sizeof(*response));
        memcpy(response, answer.bytes, sizeof(*response));
    }
    return answer.code;
}

static uint32_t revoke(struct part *part, const uint8_t handle[32])
{
    struct caliptra_export_revoke_request request = {.header = {0}};
    struct part_answer answer;

    memcpy(request.export, handle, sizeof(request.export));
    part_command(part, CALIPTRA_CMD_REVOKE_EXPORTED, &request, sizeof(request),
                 &answer);
    return answer.code;
}

static bool verified(const uint8_t *key, const uint8_t digest[48],
                     const struct caliptra_export_sign_response *response)
{
    struct ecdsa_p384_signature signature;

    memcpy(signature.r, response->r, 48);
    memcpy(signature.s, response->s, 48);
    return ecdsa_p384_verify(key, key + 48, digest, &signature) == 0;
}

static void expect_authority(const struct dpe_chain *chain, X509 *certificate)
{
    EXPECT_EQ(dpe_chain_verify(chain, certificate), X509_V_OK);
    EXPECT_EQ(X509_check_ca(certificate), 1);
    EXPECT_EQ(X509_get_key_usage(certificate),
              KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN);
    EXPECT(X509_get0_subject_key_id(certificate) != NULL);
}

static void
exported_cdi_signs_as_its_certificate_says(const struct part_rom *rom)
{
    struct caliptra_export_sign_response response = {.header = {0}};
    struct dpe_chain chain = {NULL, NULL};
    uint8_t digest[48];
    OWNED(part_tear_down) struct part part = {0};

    sha384("to sign", 7, digest);
    if (part_set_up(&part, rom) && dpe_chain_issue(&part, &chain)) {
        struct dpe_exchange e = export(&part, &dpe_default_handle,
                                       EXPORT | DPE_DERIVE_RETAIN_PARENT);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_EQ(e.size, sizeof(struct dpe_export_response));
        X509 *certificate = certificate_of(&e);
        if (certificate != NULL) {
            const uint8_t *key = X509_get0_pubkey_bitstr(certificate)->data + 1;
            expect_authority(&chain, certificate);
            EXPECT_EQ(sign(&part, handle_of(&e), digest, &response), 0);
            EXPECT_BYTES(response.x, key, 48);
            EXPECT_BYTES(response.y, key + 48, 48);
            EXPECT(verified(key, digest, &response));
            test_case("not as the context's own key");
            struct dpe_exchange leaf =
                dpe_certify(&part, &dpe_default_handle, DPE_FORMAT_X509, 0);
            EXPECT(!verified(dpe_public_key(&leaf), digest, &response));
            test_case("after a warm reset");
            EXPECT(soc_warm_reset(&part.soc));
            EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1,
                            PART_LIMIT));
            digest[0] ^= 1;
            EXPECT_EQ(sign(&part, handle_of(&e), digest, &response), 0);
            EXPECT(verified(key, digest, &response));
        }
        X509_free(certificate);
    }
    dpe_chain_drop(&chain);
}

static void one_cdi_is_exported_until_it_is_revoked(const struct part_rom *rom)
{
    static const uint8_t digest[48];
    struct caliptra_export_sign_response response;
    struct dpe_handle handle = dpe_default_handle;
    uint8_t wrong[32];
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        const uint32_t flags = EXPORT | DPE_DERIVE_RETAIN_PARENT;
        memset(wrong, 0, sizeof(wrong));
        EXPECT_EQ(sign(&part, wrong, digest, &response), 0x000e0054);
        EXPECT_EQ(revoke(&part, wrong), 0x000e005a);
        struct dpe_exchange e = export(&part, &handle, flags);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_EQ(export(&part, &handle, flags).status, DPE_EXPORTED_ALREADY);
        memcpy(wrong, handle_of(&e), sizeof(wrong));
        wrong[31] ^= 1;
        EXPECT_EQ(sign(&part, wrong, digest, &response), 0x000e0054);
        EXPECT_EQ(revoke(&part, wrong), 0x000e005a);
        EXPECT_EQ(revoke(&part, handle_of(&e)), 0);
        EXPECT_EQ(revoke(&part, handle_of(&e)), 0x000e005a);
        EXPECT_EQ(sign(&part, handle_of(&e), digest, &response), 0x000e0054);
        test_case("then another may be");
        e = export(&part, &handle, flags);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_EQ(sign(&part, handle_of(&e), digest, &response), 0);
        test_case("or attestation is disabled");
        uint32_t request;
        struct part_answer answer;
        part_command(&part, CALIPTRA_CMD_DISABLE_ATTESTATION, &request, 4,
                     &answer);
        EXPECT_EQ(sign(&part, handle_of(&e), digest, &response), 0x000e0054);
    }
}

static void
exporting_ends_a_context_that_is_not_retained(const struct part_rom *rom)
{
    struct dpe_handle handle = dpe_default_handle;
    uint8_t nobody[16];
    OWNED(part_tear_down) struct part part = {0};

    memset(nobody, 0xff, sizeof(nobody));
    if (part_set_up(&part, rom)) {
        test_case("retained, with a new handle");
        EXPECT_EQ(dpe_rotate(&part, &handle), DPE_OK);
        struct dpe_exchange e =
            export(&part, &handle, EXPORT | DPE_DERIVE_RETAIN_PARENT);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_BYTES(e.bytes, nobody, 16);
        EXPECT(memcmp(e.bytes + 16, &handle, 16) != 0);
        EXPECT_EQ(export(&part, &handle, EXPORT).status, DPE_INVALID_HANDLE);
        memcpy(&handle, e.bytes + 16, sizeof(handle));
        EXPECT_EQ(revoke(&part, handle_of(&e)), 0);
        test_case("not retained");
        e = export(&part, &handle, EXPORT);
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_BYTES(e.bytes + 16, nobody, 16);
        EXPECT_EQ(dpe_rotate(&part, &handle), DPE_INVALID_LOCALITY);
    }
}

static void only_what_may_be_exported_is(const struct part_rom *rom)
{
    static const uint32_t bad[] = {
        DPE_DERIVE_EXPORT_CDI,
        EXPORT | DPE_DERIVE_RECURSIVE,
        EXPORT | DPE_DERIVE_CHANGE_LOCALITY,
    };
    struct dpe_handle handle;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
            test_case("flags 0x%08x", bad[i]);
            EXPECT_EQ(export(&part, &dpe_default_handle, bad[i]).status,
                      DPE_INVALID_ARGUMENT);
        }
        test_case("a simulation");
        EXPECT_EQ(dpe_simulate(&part, &handle), DPE_OK);
        EXPECT_EQ(export(&part, &handle, EXPORT).status, DPE_INVALID_ARGUMENT);
    }
}

static void level_1_exports_nothing(const struct part_rom *rom)
{
    static const uint8_t zeros[48];
    struct caliptra_export_sign_response response;
    struct dpe_handle handle;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up_as(&part, rom, false, PRIVILEGED)) {
        EXPECT_EQ(dpe_simulate(&part, &handle), DPE_OK);
        EXPECT_EQ(export(&part, &handle, EXPORT).code, 0x000e0016);
        EXPECT_EQ(sign(&part, zeros, zeros, &response), 0x000e0016);
        EXPECT_EQ(revoke(&part, zeros), 0x000e0016);
    }
}

PART_BEHAVIOUR(exported_cdi_signs_as_its_certificate_says)
PART_BEHAVIOUR(one_cdi_is_exported_until_it_is_revoked)
PART_BEHAVIOUR(exporting_ends_a_context_that_is_not_retained)
PART_BEHAVIOUR(only_what_may_be_exported_is)
PART_BEHAVIOUR(level_1_exports_nothing)

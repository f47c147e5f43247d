/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services in which our Caliptra runtime tells, tests, measures and verifies
 * for the SoC, behind our own ROM and behind released ones. Keys and signatures
 * are made and judged by OpenSSL (crypto/ecdsa_p384) and trust/.
 */
#include <openssl/ecdsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/sha2.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

/* A command without arguments. */
static unsigned ask(struct part *part, uint32_t code,
                    struct part_answer *answer)
{
    uint32_t request;
    return part_command(part, code, &request, sizeof(request), answer);
}

static void refused(struct part *part, uint32_t code, uint32_t error)
{
    uint32_t request;
    part_expect_refused(part, code, &request, sizeof(request), error);
}

/* ---- What runs ----------------------------------------------------------- */

static void tells_what_runs(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;

    if (part_set_up(&part, rom)) {
        const struct caliptra_manifest *m = &part.bundle.manifest.v1;
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_VERSION, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(answer.size, 36);
        EXPECT_EQ(load_le32(answer.bytes + 8), 0x46495053);
        EXPECT_BYTES(answer.bytes + 24, "Caliptra RTM", 12);
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_CAPABILITIES, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(answer.size, 24);
        EXPECT_BYTES(answer.bytes + 8, "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0", 16);
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_FW_INFO, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        struct caliptra_fw_info_response info;
        if (EXPECT_EQ(answer.size, sizeof(info))) {
            memcpy(&info, answer.bytes, sizeof(info));
            EXPECT_EQ(info.pl0_pauser, SOC_USER);
            EXPECT_EQ(info.runtime_svn, 5);
            EXPECT_EQ(info.fmc_svn, 5);
            EXPECT_EQ(info.attestation_disabled, 0);
            EXPECT_BYTES(info.fmc_revision, m->fmc.revision, 20);
            EXPECT_BYTES(info.runtime_revision, m->runtime.revision, 20);
            EXPECT_BYTES((uint8_t *)info.fmc_digest,
                         (const uint8_t *)m->fmc.digest, 48);
            EXPECT_BYTES((uint8_t *)info.runtime_digest,
                         (const uint8_t *)m->runtime.digest, 48);
            for (size_t i = 0; i < 12; i++) {
                EXPECT_EQ(info.owner_key_hash[i],
                          load_be32(part.fuses.owner_key_hash + 4 * i));
            }
            EXPECT(info.rom_digest[0] != 0);
        }
    }
}

static void tests_itself(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;

    if (part_set_up(&part, rom)) {
        refused(&part, CALIPTRA_CMD_SELF_TEST_GET_RESULTS, 0x000e0012);
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_SELF_TEST_START, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        refused(&part, CALIPTRA_CMD_SELF_TEST_START, 0x000e0011);
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_SELF_TEST_GET_RESULTS, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        refused(&part, CALIPTRA_CMD_SELF_TEST_GET_RESULTS, 0x000e0012);
    }
}

/* The runtime reads itself in ICCM: it has to be what the manifest says. */
static void notices_a_flipped_bit_in_its_image(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;
    uint8_t *iccm;
    size_t size;

    if (part_set_up(&part, rom) &&
        EXPECT(cairn_memory(part.soc.machine, "iccm", &iccm, &size) == 0)) {
        const struct caliptra_toc_entry *image =
            &part.bundle.manifest.v1.runtime;
        iccm[image->load_address - CALIPTRA_ICCM_BASE + image->size - 1] ^= 1;
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_SELF_TEST_START, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT(soc_wait(&part.soc, "soc_ifc.cptra_error_fatal", 1, PART_LIMIT));
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL),
                  0x000b0016);
        part_boot(&part);
    }
}

static void shuts_down_for_good(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;
    uint32_t request = 0;

    if (part_set_up(&part, rom)) {
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_SHUTDOWN, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT(soc_wait(&part.soc, "soc_ifc.cptra_error_fatal", 1, PART_LIMIT));
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL),
                  0x000e0008);
        EXPECT(soc_mailbox_send(&part.soc, CALIPTRA_CMD_VERSION, &request, 4));
        EXPECT(!soc_run_to(&part.soc, UINT32_MAX - 3, 10000));
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_MBOX_STATUS) &
                      CALIPTRA_MBOX_STATUS_MASK,
                  CALIPTRA_MBOX_STATUS_FAILURE);
        test_case("until power is lost");
        part_boot(&part);
    }
}

static void disables_attestation(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;

    if (part_set_up(&part, rom)) {
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_DISABLE_ATTESTATION, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_FW_INFO, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 24), 1);
        test_case("over a warm reset too");
        EXPECT(soc_warm_reset(&part.soc));
        EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1, PART_LIMIT));
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_FW_INFO, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 24), 1);
    }
}

/* ---- Signatures ---------------------------------------------------------- */

static const uint8_t message[8] = "to sign";

/* Has the accelerator digest it, as the SoC would. */
static void digest_message(struct part *part, uint8_t digest[48])
{
    struct soc *soc = &part->soc;

    sha384(message, sizeof(message), digest);
    EXPECT_EQ(soc_read(soc, CALIPTRA_SHA_ACC_LOCK) & 1, 0);
    soc_write(soc, CALIPTRA_SHA_ACC_MODE, 4); /* big-endian words */
    soc_write(soc, CALIPTRA_SHA_ACC_DLEN, sizeof(message));
    soc_write(soc, CALIPTRA_SHA_ACC_DATAIN, load_be32(message));
    soc_write(soc, CALIPTRA_SHA_ACC_DATAIN, load_be32(message + 4));
    soc_write(soc, CALIPTRA_SHA_ACC_EXECUTE, 1);
}

static void verifies_ecdsa(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;
    struct caliptra_ecdsa_request request = {.header = {0}};
    struct ecdsa_p384_signature signature;
    uint8_t digest[48];

    if (part_set_up(&part, rom)) {
        const struct ecdsa_p384_key *key = &part_ring("bundle")->owner_ecc.key;
        digest_message(&part, digest);
        EXPECT_EQ(ecdsa_p384_sign(key, digest, &signature), 0);
        memcpy(request.x, key->x, 48);
        memcpy(request.y, key->y, 48);
        memcpy(request.r, signature.r, 48);
        memcpy(request.s, signature.s, 48);
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_ECDSA384_VERIFY, &request,
                               sizeof(request), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        test_case("wrong signature");
        request.s[47] ^= 1;
        part_expect_refused(&part, CALIPTRA_CMD_ECDSA384_VERIFY, &request,
                            sizeof(request), 0x000e0004);
        test_case("no number of the group");
        memset(request.s, 0xff, 48);
        part_expect_refused(&part, CALIPTRA_CMD_ECDSA384_VERIFY, &request,
                            sizeof(request), 0x0005000f);
        test_case("no point of the curve");
        memcpy(request.s, signature.s, 48);
        request.x[0] ^= 1;
        part_expect_refused(&part, CALIPTRA_CMD_ECDSA384_VERIFY, &request,
                            sizeof(request), 0x00050011);
        test_case("size");
        part_expect_refused(&part, CALIPTRA_CMD_ECDSA384_VERIFY, &request,
                            sizeof(request) - 4, 0x000e0003);
    }
}

static struct caliptra_lms_request lms_request(const uint8_t digest[48])
{
    struct lms_signer *signer = &part_ring("bundle")->owner_lms;
    struct caliptra_lms_key key;
    struct caliptra_lms_signature signature;
    struct caliptra_lms_request request = {.header = {0}};

    EXPECT_EQ(keys_sign_lms(signer, 7, digest, 48, (uint8_t *)&signature, NULL),
              0);
    memcpy(&key, signer->public_key, sizeof(key));
    request.key_tree_type = load_be32(key.tree_type);
    request.key_ots_type = load_be32(key.ots_type);
    memcpy(request.key_id, key.id, sizeof(key.id));
    memcpy(request.key_root, key.root, sizeof(key.root));
    request.q = load_be32(signature.q);
    memcpy(request.ots,
           (const uint8_t *)&signature +
               offsetof(struct caliptra_lms_signature, ots_type),
           sizeof(request.ots));
    request.tree_type = load_be32(signature.tree_type);
    memcpy(request.path, signature.path, sizeof(request.path));
    return request;
}

static void verifies_lms(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;
    uint8_t digest[48];

    if (part_set_up(&part, rom)) {
        digest_message(&part, digest);
        struct caliptra_lms_request good = lms_request(digest);
        /* clang-format off */
        const struct {
            const char *name;
            size_t offset;
            uint8_t flip;
            uint32_t error;
        } cases[] = {
            {"path", sizeof(good) - 1, 1, 0x000e0042},
            {"chain", offsetof(struct caliptra_lms_request, ots) + 99, 1,
             0x000e0042},
            {"root", offsetof(struct caliptra_lms_request, key_root), 1,
             0x000e0042},
            {"leaf", offsetof(struct caliptra_lms_request, q), 1, 0x000e0042},
            {"leaf too large", offsetof(struct caliptra_lms_request, q) + 1,
             0x80, 0x000c0007},
            {"key tree type",
             offsetof(struct caliptra_lms_request, key_tree_type), 1,
             0x000e0043},
            {"tree type", offsetof(struct caliptra_lms_request, tree_type), 1,
             0x000e0043},
            {"key OTS type",
             offsetof(struct caliptra_lms_request, key_ots_type), 1,
             0x000e0044},
            {"OTS type", offsetof(struct caliptra_lms_request, ots) + 3, 1,
             0x000c000d},
        };
        /* clang-format on */
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_LMS_VERIFY, &good,
                               sizeof(good), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            struct caliptra_lms_request bad = good;
            test_case("%s", cases[i].name);
            ((uint8_t *)&bad)[cases[i].offset] ^= cases[i].flip;
            part_expect_refused(&part, CALIPTRA_CMD_LMS_VERIFY, &bad,
                                sizeof(bad), cases[i].error);
        }
    }
}

/* ---- Certificates -------------------------------------------------------- */

static X509 *get_certificate(struct part *part, uint32_t code)
{
    struct part_answer answer;

    if (ask(part, code, &answer) != CALIPTRA_MBOX_STATUS_DATA_READY) {
        return NULL;
    }
    const uint8_t *at = answer.bytes + 12;
    uint32_t size = load_le32(answer.bytes + 8);
    EXPECT_EQ(answer.size, 12 + size);
    X509 *certificate = d2i_X509(NULL, &at, size);
    EXPECT(certificate != NULL);
    EXPECT(at == answer.bytes + 12 + size);
    return certificate;
}

/* By a key of 2 x 48 bytes. */
static bool signed_by(X509 *certificate, const uint8_t *key)
{
    const ASN1_BIT_STRING *bits = NULL;
    struct ecdsa_p384_signature signature;
    uint8_t digest[48];
    uint8_t *tbs = NULL;

    int size = i2d_re_X509_tbs(certificate, &tbs);
    sha384(tbs, (size_t)size, digest);
    OPENSSL_free(tbs);
    X509_get0_signature(&bits, NULL, certificate);
    const uint8_t *at = bits->data;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &at, bits->length);
    if (!EXPECT(numbers != NULL)) {
        return false;
    }
    EXPECT_EQ(BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature.r, 48), 48);
    EXPECT_EQ(BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature.s, 48), 48);
    ECDSA_SIG_free(numbers);
    return ecdsa_p384_verify(key, key + 48, digest, &signature) == 0;
}

static void hands_out_certificates(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;

    if (part_set_up(&part, rom)) {
        X509 *ldevid = get_certificate(&part, CALIPTRA_CMD_GET_LDEV_CERT);
        X509 *fmc = get_certificate(&part, CALIPTRA_CMD_GET_FMC_ALIAS_CERT);
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_GET_IDEV_INFO, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(answer.size, 8 + 96);
        X509 *alias = get_certificate(&part, CALIPTRA_CMD_GET_RT_ALIAS_CERT);
        if (EXPECT(ldevid && fmc && alias)) {
            EXPECT(signed_by(ldevid, answer.bytes + 8));
            EXPECT(signed_by(fmc, X509_get0_pubkey_bitstr(ldevid)->data + 1));
            EXPECT(signed_by(alias, X509_get0_pubkey_bitstr(fmc)->data + 1));
            EXPECT(!signed_by(fmc, answer.bytes + 8));
        }
        X509_free(ldevid);
        X509_free(fmc);
        X509_free(alias);
    }
}

/* Only the form: what is signed need not be a certificate. */
static void assembles_the_idevid_certificate(const struct part_rom *rom)
{
    static const uint8_t expected[] = {0x30, 0x03, 0x02, 0x01, 0x07, 0x30,
                                       0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x04, 0x03, 0x03};
    uint8_t request[8 + 96 + 8] = {0};
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;

    memcpy(request + 8 + 96, expected, 5);
    memset(request + 8, 0x81, 48);
    request[8 + 95] = 5;
    if (part_set_up(&part, rom)) {
        store_le32(request + 4, 5);
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_GET_IDEV_CERT, request,
                               8 + 96 + 5, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        uint32_t size = load_le32(answer.bytes + 8);
        EXPECT_BYTES(answer.bytes + 12 + size - 3, "\x02\x01\x05", 3);
        EXPECT_EQ(answer.bytes[12], 0x30);
        EXPECT_EQ(answer.bytes[13], size - 2);
        EXPECT_BYTES(answer.bytes + 14, expected, sizeof(expected));
        test_case("more than was sent");
        store_le32(request + 4, 6);
        part_expect_refused(&part, CALIPTRA_CMD_GET_IDEV_CERT, request,
                            8 + 96 + 5, 0x000e0009);
    }
}

/* ---- PCRs ---------------------------------------------------------------- */

static uint32_t extend(struct part *part, uint32_t index, uint8_t fill)
{
    struct caliptra_extend_pcr_request request = {.index = index};
    struct part_answer answer;
    memset(request.value, fill, sizeof(request.value));
    part_command(part, CALIPTRA_CMD_EXTEND_PCR, &request, sizeof(request),
                 &answer);
    return answer.code;
}

static uint32_t count_reset(struct part *part, uint32_t index)
{
    struct caliptra_pcr_reset_request request = {.index = index};
    struct part_answer answer;
    part_command(part, CALIPTRA_CMD_INCREMENT_PCR_RESET, &request,
                 sizeof(request), &answer);
    return answer.code;
}

static void knows_which_pcrs_are_whose(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        for (uint32_t index = 0; index < 34; index++) {
            test_case("PCR %u", index);
            EXPECT_EQ(extend(&part, index, 1), index < 4    ? 0x000e003c
                                               : index > 31 ? 0x000e003d
                                                            : 0);
            EXPECT_EQ(count_reset(&part, index), index > 31 ? 0x000e0009 : 0);
        }
        EXPECT_EQ(extend(&part, 255, 1), 0x000e003d);
        EXPECT_EQ(extend(&part, 256, 1), 0x000e0009);
    }
}

/* The key of the FMC alias, out of its certificate. */
static bool fmc_alias_key(struct part *part, const uint8_t **key)
{
    static const uint8_t spki[] = {0x03, 0x62, 0x00, 0x04};
    uint8_t *dccm;
    size_t size;

    if (!EXPECT(cairn_memory(part->soc.machine, "dccm", &dccm, &size) == 0)) {
        return false;
    }
    const uint8_t *found =
        memmem(dccm + (CALIPTRA_DCCM_FMCALIAS_TBS - CALIPTRA_DCCM_BASE), 1024,
               spki, sizeof(spki));
    *key = found ? found + sizeof(spki) : NULL;
    return found != NULL;
}

static bool quote(struct part *part, struct caliptra_quote_response *response)
{
    struct caliptra_quote_request request = {.header = {0}};
    struct part_answer answer;

    for (size_t i = 0; i < sizeof(request.nonce); i++) {
        request.nonce[i] = (uint8_t)i;
    }
    EXPECT_EQ(part_command(part, CALIPTRA_CMD_QUOTE_PCRS, &request,
                           sizeof(request), &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    memcpy(response, answer.bytes, sizeof(*response));
    EXPECT_BYTES(response->nonce, request.nonce, sizeof(request.nonce));
    return EXPECT_EQ(answer.size, sizeof(*response));
}

static void replay(uint8_t pcr[48], const uint8_t *data, size_t size)
{
    uint8_t text[48 + 79];
    memcpy(text, pcr, 48);
    memcpy(text + 48, data, size);
    sha384(text, 48 + size, pcr);
}

/* The log has to lead to what was quoted. */
static void check_log(struct part *part,
                      const struct caliptra_quote_response *response,
                      unsigned stashes)
{
    uint8_t pcrs[32][48] = {{0}};
    struct part_answer answer;
    unsigned stashed = 0;

    EXPECT_EQ(ask(part, CALIPTRA_CMD_GET_PCR_LOG, &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    uint32_t size = load_le32(answer.bytes + 8);
    EXPECT_EQ(answer.size, 12 + size);
    EXPECT_EQ(size % 56, 0);
    for (uint32_t at = 0; at < size; at += 56) {
        const uint8_t *entry = answer.bytes + 12 + at;
        uint32_t mask = load_le32(entry + 4);
        unsigned id = load_le32(entry) & 0xffff;
        stashed += id == CALIPTRA_PCR_LOG_STASH;
        for (unsigned pcr = 0; pcr < 32; pcr++) {
            if ((mask >> pcr & 1) != 0) {
                replay(pcrs[pcr], entry + 8,
                       id == CALIPTRA_PCR_LOG_DEVICE_STATUS ? 9 : 48);
            }
        }
    }
    EXPECT_EQ(stashed, stashes);
    EXPECT_BYTES(pcrs[0], response->pcrs[0], 48);
    EXPECT_BYTES(pcrs[1], response->pcrs[1], 48);
    EXPECT_BYTES(pcrs[2], response->pcrs[2], 48);
    EXPECT_BYTES(pcrs[3], response->pcrs[3], 48);
    EXPECT_BYTES(pcrs[31], response->pcrs[31], 48);
}

static void quotes_its_pcrs(const struct part_rom *rom)
{
    struct caliptra_stash_request stash = {.svn = 3};
    struct caliptra_quote_response response;
    struct ecdsa_p384_signature signature;
    struct part_answer answer;
    struct part part;
    const uint8_t *key = NULL;
    uint8_t digest[48];
    uint8_t text[32 * 48 + 32];
    uint8_t pcr[48] = {0};

    if (!part_set_up(&part, rom)) {
        part_tear_down(&part);
        return;
    }
    if (!EXPECT(fmc_alias_key(&part, &key))) {
        part_tear_down(&part);
        return;
    }
    EXPECT_EQ(extend(&part, 4, 0xa5), 0);
    EXPECT_EQ(count_reset(&part, 4), 0);
    EXPECT_EQ(count_reset(&part, 4), 0);
    for (unsigned i = 0; i < 2; i++) {
        stash.measurement[0] = (uint8_t)i;
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_STASH_MEASUREMENT, &stash,
                               sizeof(stash), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(answer.size, 12);
        EXPECT_EQ(load_le32(answer.bytes + 8), 0);
    }
    if (quote(&part, &response)) {
        memcpy(text, response.pcrs, sizeof(response.pcrs));
        memcpy(text + sizeof(response.pcrs), response.nonce, 32);
        sha384(text, sizeof(text), digest);
        EXPECT_BYTES(response.digest, digest, 48);
        memcpy(signature.r, response.r, 48);
        memcpy(signature.s, response.s, 48);
        EXPECT_EQ(ecdsa_p384_verify(key, key + 48, digest, &signature), 0);
        replay(pcr, (const uint8_t[48]){[0 ... 47] = 0xa5}, 48);
        EXPECT_BYTES(response.pcrs[4], pcr, 48);
        EXPECT_EQ(response.resets[4], 2);
        EXPECT_EQ(response.resets[5], 0);
        check_log(&part, &response, 2);
    }
    part_tear_down(&part);
}

static void stashes_as_many_as_it_can_log(const struct part_rom *rom)
{
    struct caliptra_stash_request stash = {.svn = 3};
    struct part_answer answer;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        unsigned count = 0;
        while (count < 100 &&
               part_command(&part, CALIPTRA_CMD_STASH_MEASUREMENT, &stash,
                            sizeof(stash),
                            &answer) == CALIPTRA_MBOX_STATUS_DATA_READY) {
            count++;
        }
        /* One of the 16 contexts holds the mailbox users. */
        EXPECT_EQ(count, 15);
        EXPECT_EQ(answer.code, 0x000e0037);
        EXPECT_EQ(ask(&part, CALIPTRA_CMD_GET_PCR_LOG, &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT(load_le32(answer.bytes + 8) >= 19 * 56);
    }
}

PART_BEHAVIOUR(tells_what_runs)
PART_BEHAVIOUR(tests_itself)
PART_BEHAVIOUR(notices_a_flipped_bit_in_its_image)
PART_BEHAVIOUR(shuts_down_for_good)
PART_BEHAVIOUR(disables_attestation)
PART_BEHAVIOUR(verifies_ecdsa)
PART_BEHAVIOUR(verifies_lms)
PART_BEHAVIOUR(hands_out_certificates)
PART_BEHAVIOUR(assembles_the_idevid_certificate)
PART_BEHAVIOUR(knows_which_pcrs_are_whose)
PART_BEHAVIOUR(quotes_its_pcrs)
PART_BEHAVIOUR(stashes_as_many_as_it_can_log)

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our FMC and runtime of the 2.x core, from the bundles that the program
 * carries, behind every released 2.x ROM in the folder that
 * CAIRN_CALIPTRA_ROMS names. OpenSSL judges certificates and quotes.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "base/bits.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/sha2.h"
#include "host/file.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

#define EMBEDDED "build/out/guest/caliptra/embedded/"

enum { ROMS_MAX = 64 };

struct rom {
    char path[512];
    const char *board;
};

static const char *const bundles[] = {EMBEDDED "firmware-2.bundle",
                                      EMBEDDED "firmware-2-lms.bundle"};

/* ---- Which ROMs there are ------------------------------------------------ */

static int by_path(const void *left, const void *right)
{
    return strcmp(((const struct rom *)left)->path,
                  ((const struct rom *)right)->path);
}

/* The ROMs of 2.x, by their names; 0 skips the test. The release 2.1.0 has
 * those for FPGAs of 2.0.0 once more, byte for byte, as "temp-fpga". */
static size_t find_roms(struct rom roms[ROMS_MAX])
{
    const char *folder = getenv("CAIRN_CALIPTRA_ROMS");
    DIR *directory = folder != NULL ? opendir(folder) : NULL;
    struct dirent *entry;
    size_t count = 0;

    while (directory != NULL && count < ROMS_MAX &&
           (entry = readdir(directory)) != NULL) {
        bool is_2_0 = strstr(entry->d_name, "-2.0.") != NULL ||
                      strstr(entry->d_name, "-temp-fpga-") != NULL;
        bool is_2_1 = strstr(entry->d_name, "-2.1.") != NULL;

        if (strstr(entry->d_name, "rom") != NULL && (is_2_0 || is_2_1)) {
            snprintf(roms[count].path, sizeof(roms[count].path), "%s/%s",
                     folder, entry->d_name);
            roms[count++].board = is_2_0 ? "caliptra-2.0" : "caliptra-2.1";
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    if (count == 0) {
        test_skip("CAIRN_CALIPTRA_ROMS names no folder with ROMs of 2.x");
    }
    qsort(roms, count, sizeof(roms[0]), by_path);
    return count;
}

/* ---- A part -------------------------------------------------------------- */

static bool read_bundle(struct part *part, const char *path)
{
    struct error error = {""};

    if (!EXPECT_EQ(file_read(path, 1 << 20, &part->bytes, &error), 0) ||
        !EXPECT_EQ(caliptra_bundle_read(&part->bundle, part->bytes.bytes,
                                        part->bytes.size, &error),
                   0)) {
        return false;
    }
    caliptra_bundle_fuses(&part->bundle, &part->fuses);
    return true;
}

/* Up to the runtime; to be torn down also when it did not get there. */
static bool set_up(struct part *part, const struct rom *rom, const char *bundle,
                   uint32_t life_cycle, bool debug_locked)
{
    struct error error = {""};

    memset(part, 0, sizeof(*part));
    test_case("%s, %s, life cycle %u%s", rom->path, bundle, life_cycle,
              debug_locked ? "" : ", debug unlocked");
    if (!EXPECT_EQ(file_read(rom->path, 1 << 18, &part->rom, &error), 0) ||
        !read_bundle(part, bundle)) {
        return false;
    }
    part->fuses.life_cycle = life_cycle;
    part->fuses.debug_locked = debug_locked;
    return EXPECT(soc_create(&part->soc, rom->board, &part->rom)) &&
           part_boot(part);
}

static bool set_up_usual(struct part *part, const struct rom *rom)
{
    return set_up(part, rom, bundles[0], CALIPTRA_LIFECYCLE_PRODUCTION, true);
}

static unsigned ask(struct part *part, uint32_t code,
                    struct part_answer *answer)
{
    uint32_t request = 0;
    return part_command(part, code, &request, sizeof(request), answer);
}

static bool quote(struct part *part, struct caliptra2_quote_response *response)
{
    struct caliptra_quote_request request = {
        .nonce = {1, 2, 3}
    };
    struct part_answer answer;

    EXPECT_EQ(part_command(part, CALIPTRA_CMD_QUOTE_PCRS, &request,
                           sizeof(request), &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    memcpy(response, answer.bytes, sizeof(*response));
    EXPECT_BYTES(response->nonce, request.nonce, sizeof(request.nonce));
    return EXPECT_EQ(answer.size, sizeof(*response));
}

static void stash(struct part *part)
{
    struct caliptra_stash_request request = {.measurement = {0xa5}};
    struct part_answer answer;

    EXPECT_EQ(part_command(part, CALIPTRA_CMD_STASH_MEASUREMENT, &request,
                           sizeof(request), &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    EXPECT_EQ(load_le32(answer.bytes + 8), 0);
}

static void extend(uint8_t pcr[48], const uint8_t data[48])
{
    uint8_t text[96];

    memcpy(text, pcr, 48);
    memcpy(text + 48, data, 48);
    sha384(text, sizeof(text), pcr);
}

/* ---- Tests --------------------------------------------------------------- */

TEST(every_released_rom_boots_both_bundles)
{
    struct rom roms[ROMS_MAX];
    size_t count = find_roms(roms);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < ARRAY_SIZE(bundles); k++) {
            OWNED(part_tear_down) struct part part;

            set_up(&part, &roms[i], bundles[k], CALIPTRA_LIFECYCLE_PRODUCTION,
                   true);
        }
    }
}

/* The digest of the runtime, once into the current PCR; into the journey as
 * often as it was loaded. The ROM does so with the FMC. */
static void expect_pcrs(struct part *part, unsigned loads)
{
    struct caliptra2_quote_response response;
    uint8_t digest[48], stashed[48] = {0xa5};
    uint8_t current[48] = {0}, journey[48] = {0}, soc[48] = {0};

    if (!quote(part, &response)) {
        return;
    }
    sha384(part->bundle.bytes + part->bundle.runtime.offset,
           part->bundle.runtime.size, digest);
    extend(current, digest);
    for (unsigned i = 0; i < loads; i++) {
        extend(journey, digest);
    }
    extend(soc, stashed);
    EXPECT_EQ(memcmp(response.pcrs[0], response.pcrs[1], 48) == 0, loads == 1);
    EXPECT_BYTES(response.pcrs[2], current, 48);
    EXPECT_BYTES(response.pcrs[3], journey, 48);
    EXPECT_BYTES(response.pcrs[31], soc, 48);
}

static void expect_stash_in_log(struct part *part)
{
    struct part_answer answer;

    EXPECT_EQ(ask(part, CALIPTRA_CMD_GET_PCR_LOG, &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    uint32_t size = load_le32(answer.bytes + 8);
    EXPECT_EQ(size % 56, 0);
    EXPECT_EQ(load_le32(answer.bytes + 12 + size - 56), CALIPTRA_PCR_LOG_STASH);
}

TEST(measurements_live_over_warm_and_update_resets)
{
    struct rom roms[ROMS_MAX];
    size_t count = find_roms(roms);

    for (size_t i = 0; i < count; i++) {
        OWNED(part_tear_down) struct part part = {0};

        if (set_up_usual(&part, &roms[i])) {
            stash(&part);
            expect_pcrs(&part, 1);
            test_case("%s, warm reset", roms[i].path);
            EXPECT(soc_warm_reset(&part.soc));
            EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1,
                            PART_LIMIT));
            expect_pcrs(&part, 1);
            test_case("%s, update reset", roms[i].path);
            EXPECT(soc_mailbox_send(&part.soc, CALIPTRA_CMD_FIRMWARE_LOAD,
                                    part.bytes.bytes, part.bytes.size));
            EXPECT_EQ(soc_mailbox_wait(&part.soc, PART_LIMIT),
                      CALIPTRA_MBOX_STATUS_COMPLETE);
            soc_mailbox_finish(&part.soc);
            EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1,
                            PART_LIMIT));
            EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL),
                      0);
            expect_pcrs(&part, 2);
            expect_stash_in_log(&part);
        }
    }
}

/* Over a warm reset, too, for which hardware floods the key vault of a part
 * that is open to a debugger. */
TEST(every_released_rom_boots_it_in_every_life_cycle)
{
    static const uint32_t life_cycles[] = {CALIPTRA_LIFECYCLE_UNPROVISIONED,
                                           CALIPTRA_LIFECYCLE_MANUFACTURING,
                                           CALIPTRA_LIFECYCLE_PRODUCTION};
    struct rom roms[ROMS_MAX];
    size_t count = find_roms(roms);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < 2 * ARRAY_SIZE(life_cycles); k++) {
            OWNED(part_tear_down) struct part part = {0};

            if (set_up(&part, &roms[i], bundles[(i + k) % 2],
                       life_cycles[k / 2], k % 2 != 0)) {
                stash(&part);
                EXPECT(soc_warm_reset(&part.soc));
                EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1,
                                PART_LIMIT));
                expect_pcrs(&part, 1);
            }
        }
    }
}

static X509 *certificate(struct part *part, uint32_t code)
{
    struct part_answer answer;
    const uint8_t *from = answer.bytes + 12;

    EXPECT_EQ(ask(part, code, &answer), CALIPTRA_MBOX_STATUS_DATA_READY);
    X509 *found = d2i_X509(NULL, &from, (long)load_le32(answer.bytes + 8));
    EXPECT(found != NULL);
    return found;
}

/* Certified by the issuer, as one that may. */
static void expect_issued(X509 *subject, X509 *issuer)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();

    X509_STORE_add_cert(store, issuer);
    X509_STORE_CTX_init(context, store, subject, NULL);
    X509_STORE_CTX_set_time(context, 0, 1800000000);
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN |
                                          X509_V_FLAG_X509_STRICT);
    EXPECT_EQ(X509_verify_cert(context), 1);
    EXPECT_STR(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)),
               "ok");
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
}

/* The hardware digests with SHA-512 and signs the first 48 bytes. */
static void expect_signed(const struct caliptra2_quote_response *response,
                          X509 *signer)
{
    uint8_t text[sizeof(response->pcrs) + sizeof(response->nonce)];
    struct ecdsa_p384_signature signature;
    uint8_t digest[64], *point = NULL;

    memcpy(text, response->pcrs, sizeof(response->pcrs));
    memcpy(text + sizeof(response->pcrs), response->nonce, 32);
    sha512(text, sizeof(text), digest);
    EXPECT_BYTES(response->digest, digest, 48);
    memcpy(signature.r, response->r, 48);
    memcpy(signature.s, response->s, 48);
    if (EXPECT_EQ(
            EVP_PKEY_get1_encoded_public_key(X509_get0_pubkey(signer), &point),
            97)) {
        EXPECT_EQ(ecdsa_p384_verify(point + 1, point + 49, digest, &signature),
                  0);
    }
    OPENSSL_free(point);
}

TEST(certificates_and_quote_hold)
{
    struct rom roms[ROMS_MAX];
    size_t count = find_roms(roms);

    for (size_t i = 0; i < count; i++) {
        struct caliptra2_quote_response response;
        OWNED(part_tear_down) struct part part = {0};

        if (set_up_usual(&part, &roms[i])) {
            X509 *ldevid = certificate(&part, CALIPTRA_CMD_GET_LDEV_CERT);
            X509 *fmc = certificate(&part, CALIPTRA_CMD_GET_FMC_ALIAS_CERT);
            X509 *runtime = certificate(&part, CALIPTRA_CMD_GET_RT_ALIAS_CERT);

            expect_issued(fmc, ldevid);
            expect_issued(runtime, fmc);
            if (quote(&part, &response)) {
                expect_signed(&response, fmc);
            }
            X509_free(ldevid);
            X509_free(fmc);
            X509_free(runtime);
        }
    }
}

static void expect_firmware_info(struct part *part)
{
    const struct caliptra2_manifest *manifest = &part->bundle.manifest.v2;
    struct caliptra2_fw_info_response info;
    struct part_answer answer;
    uint32_t vendor[12];

    EXPECT_EQ(ask(part, CALIPTRA_CMD_FW_INFO, &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    if (!EXPECT_EQ(answer.size, sizeof(info))) {
        return;
    }
    memcpy(&info, answer.bytes, sizeof(info));
    for (unsigned i = 0; i < 12; i++) {
        vendor[i] = load_be32(part->fuses.vendor_key_hash + 4 * i);
    }
    EXPECT_EQ(info.base.pl0_pauser, SOC_USER);
    EXPECT_EQ(info.base.runtime_svn, manifest->header.svn);
    EXPECT_EQ(info.base.min_runtime_svn, manifest->header.svn);
    EXPECT_EQ(info.base.fmc_svn, manifest->header.svn);
    EXPECT_BYTES(info.base.fmc_digest, manifest->fmc.digest, 48);
    EXPECT_BYTES(info.base.runtime_digest, manifest->runtime.digest, 48);
    EXPECT_BYTES(info.vendor_key_hash, vendor, 48);
    EXPECT_EQ(info.pqc_type, manifest->pqc_type);
}

static void expect_ecdsa(struct part *part)
{
    struct caliptra2_ecdsa_request request = {
        .digest = {1, 2, 3}
    };
    struct ecdsa_p384_signature signature;
    struct part_answer answer;
    EVP_PKEY *key = EVP_EC_gen("P-384");
    BIGNUM *number = NULL;
    uint8_t *point = NULL;
    struct ecdsa_p384_key private;

    EVP_PKEY_get_bn_param(key, "priv", &number);
    BN_bn2binpad(number, private.d, sizeof(private.d));
    EVP_PKEY_get1_encoded_public_key(key, &point);
    memcpy(private.x, point + 1, 48);
    memcpy(private.y, point + 49, 48);
    EXPECT_EQ(ecdsa_p384_sign(&private, request.digest, &signature), 0);
    memcpy(request.base.x, private.x, 48);
    memcpy(request.base.y, private.y, 48);
    memcpy(request.base.r, signature.r, 48);
    memcpy(request.base.s, signature.s, 48);
    EXPECT_EQ(part_command(part, CALIPTRA2_CMD_ECDSA384_VERIFY, &request,
                           sizeof(request), &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    request.digest[0] ^= 1;
    part_expect_refused(part, CALIPTRA2_CMD_ECDSA384_VERIFY, &request,
                        sizeof(request), CALIPTRA_ERROR_RUNTIME_ECC_SIGNATURE);
    OPENSSL_free(point);
    BN_free(number);
    EVP_PKEY_free(key);
}

/* Commands of 1.x that have another form in 2.x, and such as are only there. */
static void expect_unknown(struct part *part)
{
    static const uint32_t codes[] = {
        CALIPTRA_CMD_INVOKE_DPE,
        CALIPTRA_CMD_SET_AUTH_MANIFEST,
        CALIPTRA_CMD_ECDSA384_VERIFY,
        CALIPTRA_CMD_AUTHORIZE_AND_STASH,
        0x434d5247,
        0x5043524d,
    };

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        uint32_t request = 0;
        part_expect_refused(part, codes[i], &request, sizeof(request),
                            CALIPTRA_ERROR_RUNTIME_UNIMPLEMENTED_COMMAND);
    }
}

static void expect_self_test(struct part *part)
{
    struct part_answer answer;

    EXPECT_EQ(ask(part, CALIPTRA_CMD_SELF_TEST_START, &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    soc_run_to(&part->soc, UINT32_MAX - 3, 5000000);
    EXPECT_EQ(ask(part, CALIPTRA_CMD_SELF_TEST_GET_RESULTS, &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
}

TEST(commands_are_those_of_2_x)
{
    struct rom roms[ROMS_MAX];
    size_t count = find_roms(roms);

    for (size_t i = 0; i < count; i++) {
        struct part_answer answer;
        OWNED(part_tear_down) struct part part = {0};

        if (set_up_usual(&part, &roms[i])) {
            EXPECT_EQ(ask(&part, CALIPTRA_CMD_VERSION, &answer),
                      CALIPTRA_MBOX_STATUS_DATA_READY);
            EXPECT_EQ(answer.size, sizeof(struct caliptra_version_response));
            EXPECT_EQ(ask(&part, CALIPTRA_CMD_CAPABILITIES, &answer),
                      CALIPTRA_MBOX_STATUS_DATA_READY);
            EXPECT_EQ(ask(&part, CALIPTRA_CMD_GET_IDEV_INFO, &answer),
                      CALIPTRA_MBOX_STATUS_DATA_READY);
            expect_firmware_info(&part);
            expect_ecdsa(&part);
            expect_unknown(&part);
            expect_self_test(&part);
            EXPECT_EQ(ask(&part, CALIPTRA_CMD_DISABLE_ATTESTATION, &answer),
                      CALIPTRA_MBOX_STATUS_DATA_READY);
        }
    }
}

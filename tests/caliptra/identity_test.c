/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identities that our Caliptra ROM and FMC make. Released ROMs are one
 * oracle: from equal fuses and an equal bundle they certify equal keys with
 * equal bytes. OpenSSL is the other: it takes our request and verifies the
 * whole chain.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"
#include "tests/issuer.h"
#include "trust/quote/expected_pcrs.h"

enum {
    CORE_USER = -1,
};

static uint8_t *dccm(struct part *part)
{
    uint8_t *bytes = NULL;
    size_t size;
    EXPECT_EQ(cairn_memory(part->soc.machine, "dccm", &bytes, &size), 0);
    return bytes - CALIPTRA_DCCM_BASE;
}

static const struct caliptra_fht *hand_off(struct part *part)
{
    return (const void *)(dccm(part) + CALIPTRA_DCCM_FHT);
}

/* Registers that only the core can read. */
static uint32_t core_read(struct part *part, uint32_t address)
{
    uint64_t value = 0;
    EXPECT_EQ(cairn_bus_read(part->soc.machine, "caliptra", (uint32_t)CORE_USER,
                             address, 4, &value),
              0);
    return (uint32_t)value;
}

static void core_digest(struct part *part, uint32_t address, uint8_t digest[48])
{
    for (uint32_t i = 0; i < 48; i += 4) {
        store_be32(digest + i, core_read(part, address + i));
    }
}

static void words_bytes(const uint32_t words[12], uint8_t bytes[48])
{
    for (int i = 0; i < 12; i++) {
        store_be32(bytes + 4 * i, words[i]);
    }
}

/* ---- Certificates -------------------------------------------------------- */

struct layer {
    const uint8_t *tbs;
    size_t size;
    uint8_t r[48];
    uint8_t s[48];
};

enum { LDEVID, FMC_ALIAS, RT_ALIAS, LAYERS };

static void find_layers(struct part *part, struct layer layers[LAYERS])
{
    const struct caliptra_fht *fht = hand_off(part);

    layers[LDEVID].tbs = dccm(part) + fht->ldevid_tbs_address;
    layers[LDEVID].size = fht->ldevid_tbs_size;
    layers[FMC_ALIAS].tbs = dccm(part) + fht->fmcalias_tbs_address;
    layers[FMC_ALIAS].size = fht->fmcalias_tbs_size;
    layers[RT_ALIAS].tbs = dccm(part) + CALIPTRA_DCCM_RTALIAS_TBS;
    layers[RT_ALIAS].size = fht->rtalias_tbs_size;
    core_digest(part,
                CALIPTRA_DV_STICKY_ENTRY +
                    48 * (fht->ldevid_cert_r_handle & 0xff),
                layers[LDEVID].r);
    core_digest(part,
                CALIPTRA_DV_STICKY_ENTRY +
                    48 * (fht->ldevid_cert_s_handle & 0xff),
                layers[LDEVID].s);
    core_digest(part,
                CALIPTRA_DV_STICKY_ENTRY + 48 * (fht->fmc_cert_r_handle & 0xff),
                layers[FMC_ALIAS].r);
    core_digest(part,
                CALIPTRA_DV_STICKY_ENTRY + 48 * (fht->fmc_cert_s_handle & 0xff),
                layers[FMC_ALIAS].s);
    words_bytes(fht->rt_signature, layers[RT_ALIAS].r);
    words_bytes(fht->rt_signature + 12, layers[RT_ALIAS].s);
}

static size_t der_header(uint8_t *out, uint8_t tag, size_t size)
{
    out[0] = tag;
    out[1] = 0x82;
    out[2] = (uint8_t)(size >> 8);
    out[3] = (uint8_t)size;
    return 4;
}

/* A certificate from its parts; the signature's encoding is OpenSSL's. */
static X509 *assemble(const struct layer *layer)
{
    static const uint8_t algorithm[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x04, 0x03, 0x03};
    ECDSA_SIG *signature = ECDSA_SIG_new();
    uint8_t value[128];
    uint8_t *end = value;
    uint8_t bytes[2048];

    ECDSA_SIG_set0(signature, BN_bin2bn(layer->r, 48, NULL),
                   BN_bin2bn(layer->s, 48, NULL));
    size_t value_size = (size_t)i2d_ECDSA_SIG(signature, &end);
    ECDSA_SIG_free(signature);
    size_t body = layer->size + sizeof(algorithm) + 3 + value_size;
    if (!EXPECT(layer->size > 0 && body < sizeof(bytes) - 4)) {
        return NULL;
    }
    size_t at = der_header(bytes, 0x30, body);
    memcpy(bytes + at, layer->tbs, layer->size);
    at += layer->size;
    memcpy(bytes + at, algorithm, sizeof(algorithm));
    at += sizeof(algorithm);
    bytes[at++] = 0x03;
    bytes[at++] = (uint8_t)(value_size + 1);
    bytes[at++] = 0;
    memcpy(bytes + at, value, value_size);
    at += value_size;
    const uint8_t *from = bytes;
    X509 *certificate = d2i_X509(NULL, &from, (long)at);
    EXPECT(certificate != NULL);
    EXPECT(from == bytes + at);
    return certificate;
}

/* ---- The request --------------------------------------------------------- */

static bool wait_for_csr(struct soc *soc)
{
    for (int i = 0; i < 2000; i++) {
        if ((soc_read(soc, CALIPTRA_SOC_IFC_FLOW_STATUS) & 1u << 24) != 0) {
            return true;
        }
        /* A mailbox in use: time passes and nothing else. */
        soc_wait(soc, "soc_ifc.cptra_error_fatal", 1, 1000);
    }
    return false;
}

/* Boots as on the manufacturing line: request, then firmware. */
static X509_REQ *boot_with_request(struct part *part)
{
    uint8_t bytes[1024];

    if (!EXPECT(soc_power(&part->soc, &part->fuses))) {
        return NULL;
    }
    soc_write(&part->soc, CALIPTRA_SOC_IFC_DBG_MANUF_SERVICE_REG, 1);
    if (!EXPECT(wait_for_csr(&part->soc))) {
        return NULL;
    }
    EXPECT_EQ(soc_read(&part->soc, CALIPTRA_SOC_IFC_FLOW_STATUS) >> 28 & 1, 0);
    uint32_t size = soc_read(&part->soc, CALIPTRA_MBOX_DLEN);
    if (!EXPECT(size > 0 && size <= sizeof(bytes) - 4)) {
        return NULL;
    }
    for (uint32_t i = 0; i < size; i += 4) {
        store_le32(bytes + i, soc_read(&part->soc, CALIPTRA_MBOX_DATAOUT));
    }
    EXPECT_BYTES(dccm(part) + CALIPTRA_DCCM_IDEVID_CSR + 4, bytes, size);
    soc_write(&part->soc, CALIPTRA_SOC_IFC_DBG_MANUF_SERVICE_REG, 0);
    if (!EXPECT(soc_wait(&part->soc, "soc_ifc.ready_for_fw", 1, PART_LIMIT)) ||
        !EXPECT(soc_mailbox_send(&part->soc, CALIPTRA_CMD_FIRMWARE_LOAD,
                                 part->bytes.bytes, part->bytes.size)) ||
        !EXPECT_EQ(soc_mailbox_wait(&part->soc, PART_LIMIT),
                   CALIPTRA_MBOX_STATUS_COMPLETE)) {
        return NULL;
    }
    soc_mailbox_finish(&part->soc);
    EXPECT(soc_wait(&part->soc, "soc_ifc.ready_for_runtime", 1, PART_LIMIT));
    const uint8_t *from = bytes;
    X509_REQ *request = d2i_X509_REQ(NULL, &from, (long)size);
    EXPECT(request != NULL && from == bytes + size);
    return request;
}

/* The runtime hands out the request that the ROM left, if any. */
static uint32_t get_csr(struct part *part, struct part_answer *answer)
{
    uint32_t request;
    unsigned status = part_command(part, CALIPTRA_CMD_GET_IDEV_CSR, &request,
                                   sizeof(request), answer);
    EXPECT_EQ(status, answer->code ? CALIPTRA_MBOX_STATUS_FAILURE
                                   : CALIPTRA_MBOX_STATUS_DATA_READY);
    return answer->code;
}

static void expect_csr(struct part *part, X509_REQ *request)
{
    struct part_answer answer;
    uint8_t *bytes = NULL;
    int size = i2d_X509_REQ(request, &bytes);
    EXPECT_EQ(get_csr(part, &answer), 0);
    EXPECT_EQ(load_le32(answer.bytes + 8), size);
    EXPECT_EQ(answer.size, 12 + size);
    EXPECT_BYTES(answer.bytes + 12, bytes, (size_t)size);
    OPENSSL_free(bytes);
}

static void verify_chain(struct part *part, X509 *root, X509 *idevid)
{
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct layer layers[LAYERS];
    X509 *certificates[LAYERS] = {NULL};

    find_layers(part, layers);
    X509_STORE_add_cert(store, root);
    sk_X509_push(chain, idevid);
    for (int i = 0; i < LAYERS; i++) {
        X509_STORE_CTX *context = X509_STORE_CTX_new();
        test_case("layer %d", i);
        certificates[i] = assemble(&layers[i]);
        if (!certificates[i]) {
            X509_STORE_CTX_free(context);
            break;
        }
        X509_STORE_CTX_init(context, store, certificates[i], chain);
        X509_STORE_CTX_set_time(context, 0, 1800000000);
        X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
        EXPECT_EQ(X509_verify_cert(context), 1);
        EXPECT_EQ(X509_STORE_CTX_get_error(context), X509_V_OK);
        EXPECT_EQ(sk_X509_num(X509_STORE_CTX_get0_chain(context)), i + 3);
        X509_STORE_CTX_free(context);
        sk_X509_push(chain, certificates[i]);
    }
    for (int i = 0; i < LAYERS; i++) {
        X509_free(certificates[i]);
    }
    sk_X509_free(chain);
    X509_STORE_free(store);
}

static void
vendor_certifies_the_request_and_the_chain_holds(const struct part_rom *rom)
{
    struct part part;
    X509_REQ *request = NULL;

    if (!rom->released && part_set_up(&part, rom) &&
        (request = boot_with_request(&part)) != NULL) {
        EVP_PKEY *key = X509_REQ_get_pubkey(request);
        EVP_PKEY *vendor = EVP_EC_gen("P-384");
        X509_NAME *name = X509_NAME_new();
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   (const uint8_t *)"vendor", -1, -1, 0);
        EXPECT_EQ(X509_REQ_verify(request, key), 1);
        X509 *root = issuer_certify(name, vendor, NULL, vendor);
        X509 *idevid = issuer_certify(X509_REQ_get_subject_name(request), key,
                                      root, vendor);
        verify_chain(&part, root, idevid);
        expect_csr(&part, request);
        X509_free(root);
        X509_free(idevid);
        X509_NAME_free(name);
        EVP_PKEY_free(vendor);
        EVP_PKEY_free(key);
        X509_REQ_free(request);
    }
    if (!rom->released) {
        part_tear_down(&part);
    }
}

TEST(own_rom_vendor_certifies_the_request_and_the_chain_holds)
{
    vendor_certifies_the_request_and_the_chain_holds(&part_roms[0]);
}

TEST(own_rom_on_1_0_vendor_certifies_the_request_and_the_chain_holds)
{
    vendor_certifies_the_request_and_the_chain_holds(&part_roms[1]);
}

/* Released ROMs of these generations leave nothing where ours says so. */
static void has_no_request_that_nobody_wanted(const struct part_rom *rom)
{
    struct part_answer answer;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        EXPECT_EQ(get_csr(&part, &answer),
                  rom->released ? 0x000e0052 : 0x000e0051);
    }
}

PART_BEHAVIOUR(has_no_request_that_nobody_wanted)

/* ---- Against the released ROMs ------------------------------------------- */

static const struct variant {
    const char *name;
    uint8_t key_id; /* algorithm */
    bool lms;
    bool dates;
    uint32_t life_cycle;
    uint32_t debug_locked;
} variants[] = {
    {"SHA-1 key identifier",   0, false, false, CALIPTRA_LIFECYCLE_PRODUCTION,    1},
    {"SHA-256 key identifier", 1, true,  false, CALIPTRA_LIFECYCLE_PRODUCTION,
     1                                                                             },
    {"SHA-384 key identifier", 2, false, true,  CALIPTRA_LIFECYCLE_PRODUCTION,
     1                                                                             },
    {"key identifier fuses",   3, false, false, CALIPTRA_LIFECYCLE_MANUFACTURING,
     1                                                                             },
    {"open for debugging",     0, false, false, CALIPTRA_LIFECYCLE_UNPROVISIONED,
     0                                                                             },
};

static void apply(struct part *part, const struct variant *variant)
{
    struct fuses *fuses = &part->fuses;
    struct caliptra_manifest *manifest = (void *)part->bytes.bytes;
    const struct caliptra_signing signing = {.keys = part_ring("bundle"),
                                             .lms = true};

    for (size_t i = 0; i < sizeof(fuses->idevid_attributes); i++) {
        fuses->idevid_attributes[i] = (uint8_t)(3 * i + 1);
    }
    store_be32(fuses->idevid_attributes, variant->key_id);
    fuses->lms_verify = variant->lms;
    fuses->life_cycle = variant->life_cycle;
    fuses->debug_locked = variant->debug_locked;
    if (variant->dates) {
        memcpy(manifest->header.owner_data.not_before, "20250203040506Z",
               CALIPTRA_DATE_SIZE);
        memcpy(manifest->header.owner_data.not_after, "20490203040506Z",
               CALIPTRA_DATE_SIZE);
        EXPECT_EQ(caliptra_bundle_resign(
                      part->bytes.bytes, part->bytes.size, &signing,
                      CALIPTRA_RESIGN_VENDOR | CALIPTRA_RESIGN_OWNER, NULL),
                  0);
    }
}

/* Up to the end of the public key; the header of 4 bytes holds the length. */
enum { NAMES_AND_KEY = 416 - 4 };

/* ROMs of 1.0 describe what was measured by other fields than later ones. */
static void compare_layer(int layer, const struct layer *own,
                          const struct layer *released, bool same_fields)
{
    test_case("layer %d", layer);
    EXPECT(own->size > NAMES_AND_KEY + 4);
    if (!same_fields) {
        EXPECT_BYTES(own->tbs + 4, released->tbs + 4, NAMES_AND_KEY);
        return;
    }
    if (EXPECT_EQ(own->size, released->size)) {
        EXPECT_BYTES(own->tbs, released->tbs, released->size);
        EXPECT_BYTES(own->r, released->r, 48);
        EXPECT_BYTES(own->s, released->s, 48);
    }
}

static void compare(struct part *own, struct part *released, bool is_1_0)
{
    struct layer left[LAYERS];
    struct layer right[LAYERS];

    find_layers(own, left);
    find_layers(released, right);
    for (int i = 0; i < LAYERS; i++) {
        compare_layer(i, &left[i], &right[i], i != FMC_ALIAS || !is_1_0);
    }
    EXPECT_BYTES(hand_off(own)->idevid_public_key,
                 hand_off(released)->idevid_public_key, 96);
    EXPECT_BYTES(hand_off(own)->rt_public_key,
                 hand_off(released)->rt_public_key, 96);
    for (uint32_t slot = 0; slot < 32; slot++) {
        EXPECT_EQ(core_read(own, CALIPTRA_KV_KEY_CTRL + 4 * slot),
                  core_read(released, CALIPTRA_KV_KEY_CTRL + 4 * slot));
    }
}

static void certifies_as(const struct part_rom *own_rom,
                         const struct part_rom *released_rom, bool is_1_0)
{
    struct part own;
    OWNED(part_tear_down) struct part released = {0};

    if (part_set_up(&released, released_rom) && part_set_up(&own, own_rom)) {
        for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
            test_case("%s", variants[i].name);
            apply(&released, &variants[i]);
            buffer_clear(&own.bytes);
            buffer_append(&own.bytes, released.bytes.bytes,
                          released.bytes.size);
            own.fuses = released.fuses;
            if (part_boot(&own) && part_boot(&released)) {
                compare(&own, &released, is_1_0);
            }
        }
        part_tear_down(&own);
    }
}

TEST(own_rom_certifies_as_rom_1_1_1_does)
{
    certifies_as(&part_roms[0], &part_roms[3], false);
}

TEST(own_rom_on_1_0_certifies_the_keys_of_rom_1_0_3)
{
    certifies_as(&part_roms[1], &part_roms[2], true);
}

/* ---- Measurements and resets --------------------------------------------- */

static void extend(uint8_t pcr[48], const uint8_t digest[48])
{
    uint8_t text[96];
    memcpy(text, pcr, 48);
    memcpy(text + 48, digest, 48);
    sha384(text, sizeof(text), pcr);
}

static void measures_the_runtime_into_pcr_2(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    uint8_t expected[48] = {0};
    uint8_t digest[48];
    uint8_t pcr[48];

    if (part_set_up(&part, rom)) {
        const struct caliptra_manifest *manifest =
            (const void *)part.bytes.bytes;
        words_bytes(manifest->runtime.digest, digest);
        extend(expected, digest);
        sha384(manifest, sizeof(*manifest), digest);
        extend(expected, digest);
        core_digest(&part, CALIPTRA_PV_ENTRY + 48 * CALIPTRA_PCR_RT_CURRENT,
                    pcr);
        EXPECT_BYTES(pcr, expected, 48);
        core_digest(&part, CALIPTRA_PV_ENTRY + 48 * CALIPTRA_PCR_RT_JOURNEY,
                    pcr);
        EXPECT_BYTES(pcr, expected, 48);
        EXPECT_EQ(hand_off(&part)->pcr_log_index, 6);
    }
}
PART_BEHAVIOUR(measures_the_runtime_into_pcr_2)

/* The PCRs that a quote is compared with must be what ROMs of others measure.
 */
static void measures_what_bundle_and_fuses_say(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    uint8_t pcr[48];

    if (part_set_up(&part, rom)) {
        for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
            struct expected_pcrs expected = {.known = {false}};
            struct caliptra_bundle bundle;
            test_case("%s", variants[i].name);
            apply(&part, &variants[i]);
            EXPECT_EQ(caliptra_bundle_read(&bundle, part.bytes.bytes,
                                           part.bytes.size, NULL),
                      0);
            EXPECT_EQ(expected_pcrs_bundle(&expected, &bundle, &part.fuses), 0);
            if (!part_boot(&part)) {
                break;
            }
            for (unsigned n = 0; n < 4; n++) {
                core_digest(&part, CALIPTRA_PV_ENTRY + 48 * n, pcr);
                EXPECT(expected.known[n]);
                EXPECT_BYTES(pcr, expected.values[n], 48);
            }
        }
    }
}
PART_BEHAVIOUR(measures_what_bundle_and_fuses_say)

static void warm_reset_keeps_every_identity(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    uint8_t before[CALIPTRA_DCCM_PCR_LOG - CALIPTRA_DCCM_FHT];
    uint8_t pcr[48];
    uint8_t again[48];

    if (part_set_up(&part, rom)) {
        memcpy(before, dccm(&part) + CALIPTRA_DCCM_FHT, sizeof(before));
        core_digest(&part, CALIPTRA_PV_ENTRY + 48 * CALIPTRA_PCR_RT_JOURNEY,
                    pcr);
        EXPECT(soc_warm_reset(&part.soc));
        EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1, PART_LIMIT));
        EXPECT_BYTES(dccm(&part) + CALIPTRA_DCCM_FHT, before, sizeof(before));
        core_digest(&part, CALIPTRA_PV_ENTRY + 48 * CALIPTRA_PCR_RT_JOURNEY,
                    again);
        EXPECT_BYTES(again, pcr, 48);
    }
}
PART_BEHAVIOUR(warm_reset_keeps_every_identity)

/* Only the runtime's identity depends on the runtime. */
static void
update_changes_the_runtimes_identity_alone(const struct part_rom *rom)
{
    const size_t tbs = CALIPTRA_DCCM_LDEVID_TBS;
    OWNED(part_tear_down) struct part part = {0};
    uint8_t below[CALIPTRA_DCCM_RTALIAS_TBS - CALIPTRA_DCCM_LDEVID_TBS];
    uint8_t key[96];
    uint8_t pcr[48];
    uint8_t journey[48];

    if (part_set_up(&part, rom)) {
        struct caliptra_manifest *manifest = (void *)part.bytes.bytes;
        const struct caliptra_signing signing = {.keys = part_ring("bundle"),
                                                 .lms = true};
        memcpy(below, dccm(&part) + tbs, sizeof(below));
        memcpy(key, hand_off(&part)->rt_public_key, sizeof(key));
        manifest->runtime.version ^= 1;
        EXPECT_EQ(caliptra_bundle_resign(part.bytes.bytes, part.bytes.size,
                                         &signing, CALIPTRA_RESIGN_ALL, NULL),
                  0);
        EXPECT(soc_mailbox_send(&part.soc, CALIPTRA_CMD_FIRMWARE_LOAD,
                                part.bytes.bytes, part.bytes.size));
        EXPECT_EQ(soc_mailbox_wait(&part.soc, PART_LIMIT),
                  CALIPTRA_MBOX_STATUS_COMPLETE);
        soc_mailbox_finish(&part.soc);
        EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1, PART_LIMIT));
        EXPECT_BYTES(dccm(&part) + tbs, below, sizeof(below));
        EXPECT(memcmp(hand_off(&part)->rt_public_key, key, sizeof(key)) != 0);
        core_digest(&part, CALIPTRA_PV_ENTRY + 48 * CALIPTRA_PCR_RT_CURRENT,
                    pcr);
        core_digest(&part, CALIPTRA_PV_ENTRY + 48 * CALIPTRA_PCR_RT_JOURNEY,
                    journey);
        EXPECT(memcmp(pcr, journey, sizeof(pcr)) != 0);
    }
}
PART_BEHAVIOUR(update_changes_the_runtimes_identity_alone)

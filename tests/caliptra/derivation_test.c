/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole ladder of keys of a part, from its fuses to a key of DPE, derived
 * here a second time: AES, HMAC and the curve are OpenSSL's, labels and order
 * those that the documents of Caliptra and of DPE have. What comes out of the
 * part has to be the same, so no step of its firmware can be another one.
 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/hmac_drbg.h"
#include "crypto/sha2.h"
#include "tests/caliptra/dpe.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

enum { CDI = 48, PCR_FMC = 0, PCR_JOURNEY = 3 };

/* Secrets of the boards, as the registers have them: first words first. */
static const uint8_t obfuscation_key[32] = {
    0xa0, 0xa1, 0xa2, 0xa3, 0xb0, 0xb1, 0xb2, 0xb3, 0xc0, 0xc1, 0xc2,
    0xc3, 0xd0, 0xd1, 0xd2, 0xd3, 0xe0, 0xe1, 0xe2, 0xe3, 0xf0, 0xf1,
    0xf2, 0xf3, 0xa4, 0xa5, 0xa6, 0xa7, 0xb4, 0xb5, 0xb6, 0xb7,
};
static const uint8_t vector[16] = {
    0xfb, 0x10, 0x36, 0x5b, 0xa1, 0x17, 0x97, 0x41,
    0xfb, 0xa1, 0x93, 0xa1, 0x0f, 0x40, 0x6d, 0x7e,
};

/* ---- Steps --------------------------------------------------------------- */

static void unwrap(const uint8_t *fuses, int size, uint8_t *secret)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = 0;

    EVP_DecryptInit_ex(context, EVP_aes_256_cbc(), NULL, obfuscation_key,
                       vector);
    EVP_CIPHER_CTX_set_padding(context, 0);
    EXPECT_EQ(EVP_DecryptUpdate(context, secret, &done, fuses, size), 1);
    EXPECT_EQ(done, size);
    EVP_CIPHER_CTX_free(context);
}

static void mac(uint8_t cdi[CDI], const void *bytes, size_t size)
{
    uint8_t tag[CDI];
    unsigned tag_size = 0;

    EXPECT(HMAC(EVP_sha384(), cdi, CDI, bytes, size, tag, &tag_size) != NULL);
    EXPECT_EQ(tag_size, CDI);
    memcpy(cdi, tag, CDI);
}

/* SP 800-108 in counter mode, one round. */
static void derive(uint8_t cdi[CDI], const void *label, size_t label_size,
                   const void *context, size_t context_size)
{
    uint8_t text[256] = {0, 0, 0, 1};
    size_t size = 4 + label_size;

    memcpy(text + 4, label, label_size);
    if (context_size != 0) {
        text[size++] = 0;
        memcpy(text + size, context, context_size);
        size += context_size;
    }
    mac(cdi, text, size);
}

/* The public key that a CDI leads to. */
static void public_of(const uint8_t cdi[CDI], const void *label, size_t size,
                      const char *context, uint8_t key[96])
{
    static const uint8_t nonce[HMAC_DRBG_SIZE];
    struct ecdsa_p384_key pair;
    struct hmac_drbg drbg;
    uint8_t seed[CDI];

    memcpy(seed, cdi, sizeof(seed));
    derive(seed, label, size, context, strlen(context));
    hmac_drbg_init(&drbg, seed, nonce, NULL, pair.d);
    EXPECT_EQ(ecdsa_p384_derive_public(&pair), 0);
    memcpy(key, pair.x, 48);
    memcpy(key + 48, pair.y, 48);
}

/* ---- What the part says -------------------------------------------------- */

static void certified_key(struct part *part, uint32_t code, uint8_t key[96])
{
    struct part_answer answer;
    uint8_t request[4];

    EXPECT_EQ(part_command(part, code, request, 4, &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    const uint8_t *at = answer.bytes + 12;
    X509 *certificate = d2i_X509(NULL, &at, (long)load_le32(answer.bytes + 8));
    if (EXPECT(certificate != NULL)) {
        memcpy(key, X509_get0_pubkey_bitstr(certificate)->data + 1, 96);
    }
    X509_free(certificate);
}

static void expect_certified(struct part *part, uint32_t code,
                             const uint8_t cdi[CDI], const char *label)
{
    uint8_t expected[96];
    uint8_t key[96] = {0};

    test_case("%s", label);
    public_of(cdi, label, strlen(label), "", expected);
    certified_key(part, code, key);
    EXPECT_BYTES(key, expected, sizeof(key));
}

static void expect_idevid(struct part *part, const uint8_t cdi[CDI])
{
    struct part_answer answer;
    uint8_t expected[96];
    uint8_t request[4];

    test_case("idevid_keygen");
    public_of(cdi, "idevid_keygen", 13, "", expected);
    EXPECT_EQ(
        part_command(part, CALIPTRA_CMD_GET_IDEV_INFO, request, 4, &answer),
        CALIPTRA_MBOX_STATUS_DATA_READY);
    EXPECT_BYTES(answer.bytes + 8, expected, sizeof(expected));
}

static void read_pcr(struct part *part, unsigned pcr, uint8_t value[48])
{
    struct caliptra_quote_request quote = {.header = {0}};
    struct part_answer answer;

    EXPECT_EQ(part_command(part, CALIPTRA_CMD_QUOTE_PCRS, &quote, sizeof(quote),
                           &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    memcpy(value, answer.bytes + 8 + (size_t)48 * pcr, 48);
}

/* ---- DPE ----------------------------------------------------------------- */

static size_t put_node(uint8_t *to, const char *type, const uint8_t *cumulative,
                       const uint8_t *current, uint32_t holder)
{
    memcpy(to, type, 4);
    memcpy(to + 4, cumulative, 48);
    memcpy(to + 52, current, 48);
    store_le32(to + 100, holder);
    to[104] = 1; /* may have certificates */
    return 105;
}

/* The default context holds the mailbox users; above it is the root, with the
 * journey of the runtime. */
static void measurements(struct part *part, uint8_t digest[48])
{
    const uint8_t user[4] = {SOC_USER};
    uint8_t text[2 * 105];
    uint8_t row[96] = {0};
    uint8_t users[48];
    uint8_t journey[48];

    sha384(user, sizeof(user), users);
    memcpy(row + 48, users, 48);
    sha384(row, sizeof(row), row);
    read_pcr(part, PCR_JOURNEY, journey);
    size_t size = put_node(text, "PVBM", row, users, SOC_USER);
    size += put_node(text + size, "MJTR", journey, journey, UINT32_MAX);
    sha384(text, size, digest);
}

static void expect_dpe(struct part *part, const uint8_t runtime_cdi[CDI])
{
    uint8_t text[48 + 3];
    uint8_t context[48];
    uint8_t label[48];
    uint8_t cdi[CDI];
    uint8_t expected[96];

    test_case("DPE");
    measurements(part, text);
    text[48] = 'D';
    text[49] = 'P';
    text[50] = 'E';
    sha384(text, sizeof(text), context);
    memcpy(cdi, runtime_cdi, sizeof(cdi));
    derive(cdi, "derive_cdi", 10, context, sizeof(context));
    memset(label, 0x5a, sizeof(label));
    public_of(cdi, label, sizeof(label), "ECC", expected);
    struct dpe_exchange e =
        dpe_certify(part, &dpe_default_handle, DPE_FORMAT_X509, 0x5a);
    EXPECT_EQ(e.status, DPE_OK);
    EXPECT_BYTES(dpe_public_key(&e), expected, sizeof(expected));
}

/* ---- The ladder ---------------------------------------------------------- */

static void runtime_inputs(const struct part *part, uint8_t inputs[96])
{
    const struct caliptra_manifest *manifest = &part->bundle.manifest.v1;

    for (unsigned i = 0; i < 12; i++) {
        store_be32(inputs + (size_t)4 * i, manifest->runtime.digest[i]);
    }
    sha384(manifest, sizeof(*manifest), inputs + 48);
}

static void keys_are_what_fuses_and_firmware_make(const struct part_rom *rom)
{
    uint8_t cdi[CDI];
    uint8_t entropy[32];
    uint8_t inputs[96];
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        unwrap(part.fuses.uds_seed, CDI, cdi);
        unwrap(part.fuses.field_entropy, sizeof(entropy), entropy);
        derive(cdi, "idevid_cdi", 10, NULL, 0);
        expect_idevid(&part, cdi);
        mac(cdi, "ldevid_cdi", 10);
        mac(cdi, entropy, sizeof(entropy));
        expect_certified(&part, CALIPTRA_CMD_GET_LDEV_CERT, cdi,
                         "ldevid_keygen");
        read_pcr(&part, PCR_FMC, inputs);
        derive(cdi, "fmc_alias_cdi", 13, inputs, 48);
        expect_certified(&part, CALIPTRA_CMD_GET_FMC_ALIAS_CERT, cdi,
                         "fmc_alias_keygen");
        runtime_inputs(&part, inputs);
        derive(cdi, "rt_alias_cdi", 12, inputs, sizeof(inputs));
        expect_certified(&part, CALIPTRA_CMD_GET_RT_ALIAS_CERT, cdi,
                         "rt_alias_keygen");
        expect_dpe(&part, cdi);
    }
}

PART_BEHAVIOUR(keys_are_what_fuses_and_firmware_make)

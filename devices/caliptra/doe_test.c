/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p384.h"
#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_doe, caliptra_hmac, caliptra_ecc;

enum { IV = 0x00, CTRL = 0x10, STATUS = 0x14, NOTIF_STATUS = 0x818 };
enum { UDS = 1, FE = 2, CLEAR = 3 };
enum { UDS_SLOT = 0, FE_SLOT = 1, SEED_SLOT = 3, CDI_SLOT = 6, KEY_SLOT = 5 };

/* A vector that the firmware's own tests use. */
static const struct test_secrets secrets = {
    .obf_key = {0x4f0b1c83,  0xb231c258, 0x7759c92b, 0xf22ac83f, 0x97c4e162,
                0x3580ca0f,                                      0xb79529c2,              0x8a340dfd             },
    .uds_seed = {0x86c65f40,  0x04d45413, 0x5041da9a, 0x8580ec9a, 0xc7007ee6,
                0xceb4a4b8,                                      0xce485f47,              0xbf6976b8,              0xc906de7b, 0xb0cd2dce,
                0x8d2b8eed, 0xa537255f},
    .field_entropy = {0x8531a3db, 0xc1725f07,              0x05f5a301,              0x047c1e27,
                0xd0f18efa,                         0x6a33e9d2, 0x3827ead4, 0x690aaee2},
};
static const uint32_t iv[4] = {0x455ba825, 0x45e16ca6, 0xf97d1f86, 0xb3718021};
static const uint32_t uds[12] = {
    0x92121902, 0xbefa4497, 0x3d36f1db, 0x485a3ed6, 0x2d7b2eb3, 0x53929c34,
    0x879e64ef, 0x6b25eaee, 0x0029fa17, 0x92f7f8da, 0x3b2ac8db, 0x21411551};
static const uint32_t field_entropy[12] = {0x1a11fd24, 0x182c8d64, 0x39f97fe7,
                                           0xa118d411, 0x057c9b49, 0x6c9e5b66,
                                           0x119bcff5, 0xe82d50e0};

static void init_core(struct test_core *core, const struct device_type *type)
{
    test_core_init(core, 0x0101, type);
    core->secrets = secrets;
}

static void run(struct device *doe, uint32_t command, unsigned slot)
{
    test_write_words(doe, IV, iv, 4);
    test_write(doe, CTRL, command | slot << 2);
}

static void expect_slot(struct test_core *core, unsigned slot,
                        const uint32_t *expected, unsigned expected_count)
{
    uint32_t words[12];
    unsigned count = 0;

    EXPECT(key_vault_read(core->key_vault, slot, KEY_VAULT_HMAC_BLOCK, words,
                          &count));
    EXPECT_EQ(count, expected_count);
    EXPECT_BYTES(words, expected, sizeof(words));
}

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, init_core(core, &caliptra_doe))

TEST_ON(the_tables_promises_hold, core)
{
    EXPECT_DEVICE(core->device, NULL);
}

TEST_ON(uds_and_field_entropy_decrypt_into_the_vault_for_hmac, core)
{
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    run(core->device, UDS, UDS_SLOT);
    EXPECT_EQ(test_read(core->device, STATUS), 1 | 2 | 4);
    EXPECT_EQ(test_read(core->device, NOTIF_STATUS), 1);
    EXPECT_EQ(test_read(core->device, CTRL), UDS_SLOT << 2);
    expect_slot(core, UDS_SLOT, uds, 12);
    run(core->device, FE, FE_SLOT);
    EXPECT_EQ(test_read(core->device, STATUS), 1 | 2 | 4 | 8);
    expect_slot(core, FE_SLOT, field_entropy, 8);
    EXPECT_EQ(test_read(core->key_vault, FE_SLOT * 4) >> 9 & 0xff, 3);
}

TEST_ON(each_flow_runs_once_until_power_on, core)
{
    run(core->device, UDS, UDS_SLOT);
    device_reset(core->device, RESET_WARM);
    EXPECT_EQ(test_read(core->device, STATUS), 1 | 4);
    run(core->device, UDS, 9);
    EXPECT_EQ(test_read(core->device, STATUS), 1 | 2 | 4);
    EXPECT_EQ(test_read(core->key_vault, 9 * 4), 0);
    device_reset(core->device, RESET_POWER_ON);
    run(core->device, UDS, 9);
    expect_slot(core, 9, uds, 12);
}

TEST_ON(clear_secrets_wipes_the_three_secrets_and_the_iv, core)
{
    test_write_words(core->device, IV, iv, 4);
    test_write(core->device, CTRL, CLEAR);
    EXPECT_EQ(test_read(core->device, STATUS), 1 | 2 | 16);
    EXPECT_EQ(test_read(core->device, IV), 0);
    EXPECT_EQ(core->secrets.obf_key[0], 0);
    EXPECT_EQ(core->secrets.uds_seed[11], 0);
    EXPECT_EQ(core->secrets.field_entropy[7], 0);
    test_core_fini(core);

    init_core(core, &caliptra_doe);
    device_input(core->device, 0, 1);
    EXPECT_EQ(core->secrets.obf_key[0], 0);
}

/* HMAC of a message of up to 111 bytes with a slot's key, into a slot. */
static void derive(struct device *hmac, unsigned key_slot, const void *message,
                   size_t size, unsigned to_slot)
{
    uint8_t block[128] = {0};

    memcpy(block, message, size);
    block[size] = 0x80;
    store_be32(block + 124, (uint32_t)(128 + size) * 8);
    test_write(hmac, 0x600, 1 | key_slot << 1);
    test_write_bytes(hmac, 0x80, block, sizeof(block));
    test_write(hmac, 0x610, 1 | to_slot << 1 | 0x1fu << 6);
    test_write(hmac, 0x10, 1);
}

/* SP 800-108 in counter mode, one block. */
static void derive_label(struct device *hmac, unsigned key_slot,
                         const char *label, unsigned to_slot)
{
    char message[32];
    int size =
        snprintf(message, sizeof(message), "%c%c%c%c%s", 0, 0, 0, 1, label);

    derive(hmac, key_slot, message, (size_t)size, to_slot);
}

static void derive_slot(struct device *hmac, unsigned key_slot,
                        unsigned block_slot, unsigned to_slot)
{
    test_write(hmac, 0x600, 1 | key_slot << 1);
    test_write(hmac, 0x608, 1 | block_slot << 1);
    test_write(hmac, 0x610, 1 | to_slot << 1 | 0x1fu << 6);
    test_write(hmac, 0x10, 1);
}

/* The DICE derivation of the released 1.x ROM, through four engines and the
 * vault, to the local device identity key that its tests name. */
TEST(the_chain_from_fuses_to_ldevid_ends_in_the_published_key)
{
    static const uint32_t ldevid[12] = {
        0x0d6cb583, 0x3a6de03c, 0x2cbf7476, 0x5cfd3cf0, 0x36871eae, 0xd4144aea,
        0xce3cec09, 0x08168274, 0xb97d7cfe, 0x5b106642, 0x6c8d2cc2, 0xf2edcb8b};
    static const uint32_t other_block[4] = {0xdbca1cfa, 0x149c0355, 0x7ee48ddb,
                                            0xb022238b};
    struct p384 *p384 = p384_create();
    struct test_core core;
    uint8_t private[48], x[48], y[48], actual[48];
    uint32_t words[12];
    unsigned count;

    init_core(&core, &caliptra_doe);
    struct device *hmac = test_core_add(&core, &caliptra_hmac, "hmac");
    struct device *ecc = test_core_add(&core, &caliptra_ecc, "ecc");
    run(core.device, UDS, UDS_SLOT);
    /* The published key stems from field entropy with another first block,
     * which CBC lets us make by another initialisation vector. */
    for (unsigned i = 0; i < 4; i++) {
        test_write(core.device, IV + 4 * i,
                   iv[i] ^ field_entropy[i] ^ other_block[i]);
    }
    test_write(core.device, CTRL, FE | FE_SLOT << 2);
    derive_label(hmac, UDS_SLOT, "idevid_cdi", CDI_SLOT);
    derive(hmac, CDI_SLOT, "ldevid_cdi", 10, CDI_SLOT);
    derive_slot(hmac, CDI_SLOT, FE_SLOT, CDI_SLOT);
    derive_label(hmac, CDI_SLOT, "ldevid_keygen", SEED_SLOT);
    test_write(ecc, 0x608, 1 | SEED_SLOT << 1);
    test_write(ecc, 0x610, 1 | KEY_SLOT << 1 | 8 << 6);
    test_write(ecc, 0x10, 1);
    EXPECT(key_vault_read(core.key_vault, KEY_SLOT, KEY_VAULT_ECC_KEY, words,
                          &count));
    EXPECT_BYTES(words, ldevid, sizeof(words));
    words_to_bytes(private, ldevid, 12);
    p384_derive_public(p384, private, x, y);
    test_read_bytes(ecc, 0x200, actual, 48);
    EXPECT_BYTES(actual, x, 48);
    test_read_bytes(ecc, 0x280, actual, 48);
    EXPECT_BYTES(actual, y, 48);
    device_destroy(ecc);
    device_destroy(hmac);
    test_core_fini(&core);
    p384_destroy(p384);
}

TEST_ON(a_second_flow_is_told, core)
{
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    run(core->device, UDS, UDS_SLOT);
    run(core->device, FE, FE_SLOT);
    EXPECT_TOLD(&told, "");
    run(core->device, UDS, UDS_SLOT);
    run(core->device, FE, FE_SLOT);
    EXPECT_TOLD(&told,
                "guest: device: this flow runs once\n"
                "guest: device: this flow runs once\n");
}

TEST(any_slot_is_reached_and_its_number_is_all_that_stays)
{
    for (unsigned slot = 0; slot < 32; slot++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("slot %u", slot);
        init_core(&core, &caliptra_doe);
        run(core.device, UDS, slot);
        expect_slot(&core, slot, uds, 12);
        EXPECT_EQ(test_read(core.device, CTRL), slot << 2);
    }
}

/* The second flow is chained to the first where the vector is not written
 * again. */
TEST_ON(the_vector_goes_on_from_flow_to_flow, core)
{
    uint32_t words[12];
    unsigned count;

    run(core->device, UDS, UDS_SLOT);
    test_write(core->device, CTRL, FE | FE_SLOT << 2);
    EXPECT(key_vault_read(core->key_vault, FE_SLOT, KEY_VAULT_HMAC_BLOCK, words,
                          &count));
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(words[i], field_entropy[i] ^ iv[i] ^ secrets.uds_seed[8 + i]);
    }
    EXPECT_EQ(words[4], field_entropy[4]);
}

TEST(clearing_leaves_nothing_of_the_vector)
{
    uint64_t hashes[2];

    for (uint32_t i = 0; i < 2; i++) {
        OWNED(test_core_fini) struct test_core core;

        init_core(&core, &caliptra_doe);
        test_write_words(core.device, IV, i == 0 ? iv : uds, 4);
        test_write(core.device, CTRL, CLEAR);
        hashes[i] = test_state_hash(core.device);
        EXPECT_EQ(*(uint32_t *)test_field(core.device, "chain"), 0);
    }
    EXPECT_EQ(hashes[0], hashes[1]);
}

TEST(the_seed_has_sixteen_words_since_generation_2)
{
    static const struct {
        uint32_t generation;
        unsigned words;
    } cases[] = {
        {0x0100, 12},
        {0x0101, 12},
        {0x0200, 16},
        {0x0201, 16},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;
        uint32_t words[16];
        unsigned count;

        test_case("generation 0x%x", cases[i].generation);
        test_core_init(&core, cases[i].generation, &caliptra_doe);
        core.secrets = secrets;
        run(core.device, UDS, UDS_SLOT);
        EXPECT(key_vault_read_wide(core.key_vault, UDS_SLOT, KEY_VAULT_HMAC_KEY,
                                   words, &count));
        EXPECT_EQ(count, cases[i].words);
        EXPECT_BYTES(words, uds, sizeof(uds));
    }
}

/* Valid is of the last command; what debug mode ends never comes. */
TEST_ON(a_flow_under_way_is_not_valid_and_ends_in_debug_mode, core)
{
    uint32_t words[12];
    unsigned count;

    run(core->device, FE, FE_SLOT);
    EXPECT_EQ(test_read(core->device, STATUS), 3 | 1 << 3);
    test_write(core->device, CTRL, 0);
    EXPECT_EQ(test_read(core->device, STATUS), 1 | 1 << 3);
    test_core_fini(core);

    init_core(core, &caliptra_doe);
    store_be32(core->latency_ns, 100);
    EXPECT_EQ(device_init(core->device, &core->error), 0);
    run(core->device, UDS, UDS_SLOT);
    EXPECT_EQ(test_read(core->device, STATUS), 0);
    test_input(core->device, "debug_flush", 1);
    EXPECT_EQ(test_read(core->device, STATUS), 3 | 1 << 4);
    clock_advance(&core->fabric.clock, 1000);
    EXPECT_EQ(test_read(core->device, STATUS), 3 | 1 << 4);
    EXPECT(!key_vault_read(core->key_vault, UDS_SLOT, KEY_VAULT_HMAC_BLOCK,
                           words, &count));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/sha512.h"

#include <openssl/evp.h>

#include "crypto/sha2.h"
#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

enum {
    CTRL = 0x10,
    STATUS = 0x18,
    BLOCK = 0x80,
    DIGEST = 0x100,
    RD_CTRL = 0x600,
    RD_STATUS = 0x604,
    WR_CTRL = 0x608,
    WR_STATUS = 0x60c,
    NONCE = 0x610,
    HASH_CTRL = 0x630,
    HASH_STATUS = 0x634,
    HASH_DIGEST = 0x638,
};

enum { INIT = 1, NEXT = 2, MODE_384 = 2 << 2, ZEROIZE = 1 << 4, LAST = 1 << 5 };

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0101, &caliptra_sha512))

TEST_ON(the_tables_promises_hold, core)
{
    EXPECT_DEVICE(core->device, NULL);
}

TEST_ON(all_four_modes_give_the_digest_of_libcrypto, core)
{
    static const char *const names[] = {"SHA512-224", "SHA512-256", "SHA384",
                                        "SHA512"};

    for (uint32_t mode = 0; mode < ARRAY_SIZE(names); mode++) {
        uint8_t digest[64], expected[64] = {0};

        test_case("%s", names[mode]);
        EVP_Digest("abc", 3, expected, NULL, EVP_get_digestbyname(names[mode]),
                   NULL);
        test_write(core->device, BLOCK, 0x61626380);
        test_write(core->device, BLOCK + 124, 24);
        test_write(core->device, CTRL, INIT | mode << 2);
        test_read_bytes(core->device, DIGEST, digest, sizeof(digest));
        EXPECT_BYTES(digest, expected, sizeof(digest));
    }
}

/* PCR 5 = SHA-384(PCR 5 || data), data over one more block. */
TEST_BEGINS(hash_extend_writes_back_what_software_could_not_touch, core)
{
    uint8_t message[256] = {0}, expected[48], pcr[48];
    uint32_t start[12];

    test_core_init(core, 0x0101, &caliptra_sha512);
    for (unsigned i = 0; i < 12; i++) {
        start[i] = 0x01010101u * (i + 1);
    }
    pcr_vault_extend(core->pcr_vault, 5, start);
    words_to_bytes(message, start, 12);
    memset(message + 48, 0xab, 112);
    sha384(message, 160, expected);

    test_write(core->device, RD_CTRL, 1 | 5 << 1 | 1 << 6);
    EXPECT_EQ(test_read(core->device, RD_STATUS), 3);
    EXPECT_EQ(test_read(core->device, RD_CTRL), 5 << 1 | 1 << 6);
    EXPECT_EQ(test_read(core->device, HASH_STATUS), 0);
    memset(message, 0xff, 48);
    test_write_bytes(core->device, BLOCK, message, 128);
    test_write(core->device, CTRL, INIT | MODE_384);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
    message[160] = 0x80;
    store_be32(message + 252, 160 * 8);
    test_write_bytes(core->device, BLOCK, message + 128, 128);
    EXPECT_EQ(test_read(core->pcr_vault, 0x600 + 5 * 48), start[0]);
    test_write(core->device, CTRL, NEXT | MODE_384 | LAST);
    test_read_bytes(core->pcr_vault, 0x600 + 5 * 48, pcr, 48);
    EXPECT_BYTES(pcr, expected, 48);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 3);
    EXPECT_EQ(test_read(core->device, HASH_STATUS), 1);
    EXPECT_EQ(core->fabric.events.count, 2);
}

TEST_ON(locked_pcrs_can_be_extended, core)
{
    test_write(core->pcr_vault, 0, 1);
    test_write(core->device, RD_CTRL, 1 | 1 << 6);
    test_write(core->device, CTRL, INIT | MODE_384 | LAST);
    EXPECT(test_read(core->pcr_vault, 0x600) != 0);
}

/* All PCRs and the nonce, by the block into its registers and by us into
 * message. */
static void gen_hash(struct test_core *core, uint8_t message[32 * 48 + 32])
{
    uint32_t words[12];

    for (uint32_t pcr = 0; pcr < 32; pcr++) {
        for (unsigned i = 0; i < 12; i++) {
            words[i] = pcr * 1000003 + i;
        }
        pcr_vault_extend(core->pcr_vault, pcr, words);
        words_to_bytes(&message[(size_t)48 * pcr], words, 12);
    }
    for (unsigned i = 0; i < 8; i++) {
        test_write(core->device, NONCE + 4 * i, 0x11111111 * i);
        store_be32(&message[32 * 48 + 4 * (7 - i)], 0x11111111 * i);
    }
    EXPECT_EQ(test_read(core->device, HASH_STATUS), 1);
    test_write(core->device, HASH_CTRL, 1);
    EXPECT_EQ(test_read(core->device, HASH_STATUS), 3);
}

TEST_ON(gen_hash_digests_all_pcrs_and_the_nonce_from_its_last_word, core)
{
    uint8_t message[32 * 48 + 32], expected[48], digest[48];

    gen_hash(core, message);
    sha384(message, sizeof(message), expected);
    test_read_bytes(core->device, HASH_DIGEST, digest, 48);
    EXPECT_BYTES(digest, expected, 48);
    words_to_bytes(digest, sha512_pcr_hash(core->device), 12);
    EXPECT_BYTES(digest, expected, 48);
}

/* (caliptra-rtl 2.0, sha512.sv: mode_reg) */
TEST_BEGINS(gen_hash_is_sha_512_since_generation_2, core)
{
    uint8_t message[32 * 48 + 32], expected[64], digest[64];

    test_core_init(core, 0x0200, &caliptra_sha512);
    gen_hash(core, message);
    sha512(message, sizeof(message), expected);
    test_read_bytes(core->device, HASH_DIGEST, digest, 64);
    EXPECT_BYTES(digest, expected, 64);
    words_to_bytes(digest, sha512_pcr_hash(core->device), 12);
    EXPECT_BYTES(digest, expected, 48);
}

/* The released driver runs a dummy init after gen hash for this. */
TEST_ON(after_gen_hash_the_block_is_locked_until_the_next_command, core)
{
    uint8_t expected[48], digest[48];

    test_write(core->device, HASH_CTRL, 1);
    for (unsigned i = 0; i < 32; i++) {
        uint64_t locked = test_state_hash(core->device);

        test_write(core->device, BLOCK + 4 * i, 0x61626380);
        EXPECT_EQ(test_state_hash(core->device), locked);
    }
    test_write(core->device, CTRL, INIT | MODE_384);
    for (unsigned i = 0; i < 32; i++) {
        test_write(core->device, BLOCK + 4 * i, 0);
    }
    test_write(core->device, BLOCK, 0x61626380);
    test_write(core->device, BLOCK + 124, 24);
    test_write(core->device, CTRL, INIT | MODE_384);
    sha384("abc", 3, expected);
    test_read_bytes(core->device, DIGEST, digest, 48);
    EXPECT_BYTES(digest, expected, 48);
}

TEST_BEGINS(generation_1_0_hashes_a_key_into_another_slot, core)
{
    static const uint32_t key[12] = {1, 2, 3};
    uint8_t bytes[48], expected[48], digest[48];
    uint32_t words[12];
    unsigned count;

    test_core_init(core, 0x0100, &caliptra_sha512);
    key_vault_write(core->key_vault, 2, key, 12, BIT(KEY_VAULT_SHA_BLOCK));
    test_write(core->device, RD_CTRL, 1 | 2 << 1);
    EXPECT_EQ(test_read(core->device, RD_STATUS), 3);
    test_write(core->device, WR_CTRL, 1 | 9 << 1 | 1 << 6);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 1);
    test_write(core->device, CTRL, INIT | MODE_384 | LAST);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 3);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
    words_to_bytes(bytes, key, 12);
    sha384(bytes, 48, expected);
    EXPECT(
        key_vault_read(core->key_vault, 9, KEY_VAULT_HMAC_KEY, words, &count));
    words_to_bytes(digest, words, 12);
    EXPECT_BYTES(digest, expected, 48);
    test_write(core->device, RD_CTRL, 1 | 9 << 1); /* not for SHA */
    EXPECT_EQ(test_read(core->device, RD_STATUS), 3 | 1 << 2);
}

TEST_ON(generation_1_1_hangs_on_a_key_until_zeroized, core)
{
    static const uint32_t key[12] = {1, 2, 3};

    key_vault_write(core->key_vault, 2, key, 12, BIT(KEY_VAULT_SHA_BLOCK));
    test_write(core->device, RD_CTRL, 1 | 2 << 1);
    EXPECT_EQ(test_read(core->device, RD_STATUS) & 1, 0);
    test_write(core->device, CTRL, INIT | MODE_384);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, RD_STATUS) & 1, 1);
    test_write(core->device, CTRL, INIT | MODE_384);
    EXPECT_EQ(test_read(core->device, STATUS), 3);
}

TEST_ON(zeroize_wipes_block_digests_and_status, core)
{
    test_write(core->device, HASH_CTRL, 1);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, HASH_DIGEST), 0);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
}

TEST(whatever_wipes_leaves_nothing_of_a_message)
{
    for (unsigned way = 0; way < 4; way++) {
        uint64_t hashes[3];

        test_case("way %u", way);
        for (uint32_t i = 0; i < 2; i++) {
            OWNED(test_core_fini) struct test_core core;

            test_core_init(&core, 0x0100, &caliptra_sha512);
            hashes[2] = test_state_hash(core.device);
            test_write(core.device, BLOCK, 5 + i);
            test_write(core.device, BLOCK + 124, 5 + i);
            test_write(core.device, CTRL, INIT | MODE_384);
            if ((way & 1) != 0) {
                test_write(core.device, WR_CTRL, 1 | 9 << 1 | 1 << 6);
                test_write(core.device, CTRL, INIT | MODE_384);
                test_write(core.device, WR_CTRL, 9 << 1);
            }
            if ((way & 2) != 0) {
                test_write(core.device, CTRL, ZEROIZE);
            } else {
                device_input(core.device, 0, 0);
                EXPECT(test_read(core.device, DIGEST) != 0);
                device_input(core.device, 0, 1);
            }
            hashes[i] = test_state_hash(core.device);
        }
        EXPECT_EQ(hashes[0], hashes[1]);
        EXPECT_EQ(hashes[0] == hashes[2], (way & 1) == 0);
    }
}

TEST_BEGINS(a_slot_for_the_next_digest_makes_its_port_invalid_until_then, core)
{
    test_core_init(core, 0x0100, &caliptra_sha512);
    test_write(core->device, WR_CTRL, 1 | 9 << 1 | 1 << 6);
    test_write(core->device, CTRL, INIT | LAST | MODE_384);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 3);
    test_write(core->device, WR_CTRL, 9 << 1);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 3);
    test_write(core->device, WR_CTRL, 1 | 9 << 1);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 1);
    test_write(core->key_vault, 9 * 4, 1);
    test_write(core->device, CTRL, INIT | LAST | MODE_384);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 3 | 2 << 2);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 3);
}

TEST_ON(keys_are_told_to_be_out_of_reach_since_1_1, core)
{
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    test_write(core->device, RD_CTRL, 1 | 2 << 1);
    test_write(core->device, CTRL, INIT | MODE_384);
    EXPECT_TOLD(&told,
                "guest: device: vault read of a key slot: this generation "
                "reads PCRs only\n"
                "guest: device: a vault read that never completes: no hash\n");
}

TEST_ON(a_hash_of_pcrs_is_done_with_an_event, core)
{
    test_write(core->device, HASH_CTRL, 0);
    EXPECT_EQ(test_read(core->device, 0x818), 0);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    test_write(core->device, HASH_CTRL, 1);
    EXPECT_EQ(test_read(core->device, 0x818), 1);
    EXPECT_EQ(test_read(core->device, STATUS), 3);
}

TEST_BEGINS(after_a_key_of_the_vault_digests_show_again, core)
{
    static const uint32_t key[12] = {1, 2, 3};
    uint8_t digest[48], expected[48];

    test_core_init(core, 0x0100, &caliptra_sha512);
    key_vault_write(core->key_vault, 2, key, 12, BIT(KEY_VAULT_SHA_BLOCK));
    test_write(core->device, RD_CTRL, 1 | 2 << 1);
    test_write(core->device, CTRL, INIT | MODE_384);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
    test_write(core->device, CTRL, INIT | LAST | MODE_384);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
    test_write(core->device, BLOCK, 0x61626380);
    test_write(core->device, BLOCK + 124, 24);
    test_write(core->device, CTRL, INIT | LAST | MODE_384);
    sha384("abc", 3, expected);
    test_read_bytes(core->device, DIGEST, digest, sizeof(digest));
    EXPECT_BYTES(digest, expected, sizeof(digest)); /* the block was wiped */
}

/* The digest registers have it too, unless the next digest has a slot. */
TEST(a_hash_of_pcrs_is_a_digest_without_a_slot)
{
    for (uint32_t enable = 0; enable < 2; enable++) {
        OWNED(test_core_fini) struct test_core core;
        uint8_t message[32 * 48 + 32], expected[48], digest[48];

        test_case("enable %u", enable);
        test_core_init(&core, 0x0101, &caliptra_sha512);
        test_write(core.device, WR_CTRL, enable | 3 << 1);
        gen_hash(&core, message);
        sha384(message, sizeof(message), expected);
        memset(expected, enable ? 0 : expected[0], enable ? 48 : 1);
        test_read_bytes(core.device, DIGEST, digest, 48);
        EXPECT_BYTES(digest, expected, 48);
    }
}

TEST(a_slot_that_is_not_enabled_takes_no_digest)
{
    static const uint32_t generations[] = {0x0100, 0x0101};
    static const uint32_t key[12] = {1, 2, 3};

    for (size_t i = 0; i < ARRAY_SIZE(generations); i++) {
        OWNED(test_core_fini) struct test_core core;
        uint32_t words[12];
        unsigned count;

        test_case("generation 0x%x", generations[i]);
        test_core_init(&core, generations[i], &caliptra_sha512);
        key_vault_write(core.key_vault, 3, key, 12, 1);
        test_write(core.device, RD_CTRL, 2 << 1);
        test_write(core.device, WR_CTRL, 3 << 1 | 1 << 6);
        test_write(core.device, CTRL, INIT | LAST | MODE_384);
        EXPECT_EQ(test_read(core.device, WR_STATUS), 1);
        EXPECT(test_read(core.device, DIGEST) != 0);
        EXPECT(key_vault_read(core.key_vault, 3, 0, words, &count));
        EXPECT_BYTES(words, key, sizeof(words));
    }
}

TEST_ON(a_control_word_without_a_command_hashes_nothing, core)
{
    test_write(core->device, CTRL, 0);
    test_write(core->device, CTRL, MODE_384 | LAST);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
    EXPECT_EQ(test_read(core->device, 0x818), 0);
}

TEST_ON(a_hash_engine_needs_both_vaults, core)
{
    struct device *key_vault = core->key_vault, *pcr_vault = core->pcr_vault;
    core->key_vault = NULL;
    EXPECT_EQ(device_init(core->device, &core->error), -EINVAL);
    core->key_vault = key_vault;
    core->pcr_vault = NULL;
    EXPECT_EQ(device_init(core->device, &core->error), -EINVAL);
    core->pcr_vault = pcr_vault;
    EXPECT_EQ(device_init(core->device, &core->error), 0);
}

TEST_BEGINS(zeroize_takes_errors_of_the_ports_along, core)
{
    test_core_init(core, 0x0100, &caliptra_sha512);
    test_write(core->key_vault, 4 * 9, 1);
    test_write(core->device, RD_CTRL, 1 | 2 << 1);
    test_write(core->device, WR_CTRL, 1 | 9 << 1);
    test_write(core->device, CTRL, INIT | LAST | MODE_384);
    EXPECT_EQ(test_read(core->device, RD_STATUS), 3 | 1 << 2);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 3 | 2 << 2);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, RD_STATUS), 3);
    EXPECT_EQ(test_read(core->device, WR_STATUS), 3);
}

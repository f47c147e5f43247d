/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hmac.h"

#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_hmac;

enum {
    CTRL = 0x10,
    STATUS = 0x18,
    KEY = 0x40,
    BLOCK = 0x80,
    TAG = 0x100,
    SEED = 0x130,
    KEY_CTRL = 0x600,
    KEY_STATUS = 0x604,
    BLOCK_CTRL = 0x608,
    BLOCK_STATUS = 0x60c,
    TAG_CTRL = 0x610,
    TAG_STATUS = 0x614,
    NOTIF_STATUS = 0x818,
};

enum { INIT = 1, NEXT = 2, ZEROIZE = 4 };

static const uint32_t key[12] = {0x0b0b0b0b, 2, 3, 4,  5,  6,
                                 7,          8, 9, 10, 11, 12};

/* A message of up to 111 bytes as one padded block. */
static void write_block(struct device *device, const void *bytes, size_t size)
{
    uint8_t block[128] = {0};

    memcpy(block, bytes, size);
    block[size] = 0x80;
    store_be32(block + 124, (uint32_t)(128 + size) * 8);
    test_write_bytes(device, BLOCK, block, sizeof(block));
}

static void expect_tag(struct device *device, const uint32_t *key_words,
                       const void *bytes, size_t size)
{
    uint8_t key_bytes[48], expected[48], tag[48];

    words_to_bytes(key_bytes, key_words, 12);
    hmac384(key_bytes, 48, bytes, size, expected);
    test_read_bytes(device, TAG, tag, 48);
    EXPECT_BYTES(tag, expected, 48);
}

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0101, &caliptra_hmac))

TEST_ON(the_tables_promises_hold, core)
{
    EXPECT_DEVICE(core->device, NULL);
}

TEST_BEGINS(software_keys_and_blocks_give_a_readable_tag, core)
{
    uint8_t message[128 + 10], block[128];

    memset(message, 0x61, sizeof(message));
    test_core_init(core, 0x0101, &caliptra_hmac);
    test_write_words(core->device, KEY, key, 12);
    write_block(core->device, "Hi There", 8);
    test_write(core->device, CTRL, INIT);
    EXPECT_EQ(test_read(core->device, STATUS), 3);
    EXPECT_EQ(test_read(core->device, NOTIF_STATUS), 1);
    expect_tag(core->device, key, "Hi There", 8);

    memcpy(block, message, sizeof(block));
    test_write_bytes(core->device, BLOCK, block, 128);
    test_write(core->device, CTRL, INIT);
    memset(block, 0, sizeof(block));
    memset(block, 0x61, 10);
    block[10] = 0x80;
    store_be32(block + 124, 8 * (128 + sizeof(message)));
    test_write_bytes(core->device, BLOCK, block, 128);
    test_write(core->device, CTRL, NEXT);
    expect_tag(core->device, key, message, sizeof(message));
    EXPECT_EQ(test_read(core->device, KEY), 0);
}

TEST_ON(a_key_of_the_vault_hides_the_tag_and_is_wiped_after_each_block, core)
{
    static const uint32_t zero[12];

    key_vault_write(core->key_vault, 6, key, 12, BIT(KEY_VAULT_HMAC_KEY));
    test_write(core->device, KEY_CTRL, 1 | 6 << 1);
    EXPECT_EQ(test_read(core->device, KEY_STATUS), 3);
    EXPECT_EQ(test_read(core->device, KEY_CTRL), 6 << 1);
    test_write(core->device, KEY, 0xffffffff); /* not while the vault's is in */
    write_block(core->device, "x", 1);
    test_write(core->device, CTRL, INIT);
    EXPECT_EQ(test_read(core->device, STATUS), 3);
    EXPECT_EQ(test_read(core->device, TAG), 0);

    /* key and block are zeros now */
    write_block(core->device, "y", 1);
    test_write(core->device, CTRL, INIT);
    expect_tag(core->device, zero, "y", 1);
}

TEST(multi_block_with_a_vault_key_needs_the_key_again)
{
    struct test_core core;
    uint8_t message[128 + 4], block[128] = {0}, key_bytes[48], expected[48];
    uint8_t tag[48];
    uint32_t words[12];
    unsigned count;

    memset(message, 0x33, sizeof(message));
    words_to_bytes(key_bytes, key, 12);
    hmac384(key_bytes, 48, message, sizeof(message), expected);
    memset(block, 0x33, 4);
    block[4] = 0x80;
    store_be32(block + 124, 8 * (128 + sizeof(message)));
    for (unsigned reload = 0; reload < 2; reload++) {
        test_case("reload %u", reload);
        test_core_init(&core, 0x0101, &caliptra_hmac);
        key_vault_write(core.key_vault, 6, key, 12, BIT(KEY_VAULT_HMAC_KEY));
        test_write(core.device, KEY_CTRL, 1 | 6 << 1);
        test_write_bytes(core.device, BLOCK, message, 128);
        test_write(core.device, CTRL, INIT);
        if (reload != 0) {
            test_write(core.device, KEY_CTRL, 1 | 6 << 1);
        }
        test_write_bytes(core.device, BLOCK, block, 128);
        test_write(core.device, TAG_CTRL, 1 | 9 << 1 | 1 << 6);
        test_write(core.device, CTRL, NEXT);
        EXPECT(key_vault_read(core.key_vault, 9, KEY_VAULT_HMAC_KEY, words,
                              &count));
        words_to_bytes(tag, words, 12);
        EXPECT_EQ(memcmp(tag, expected, 48) == 0, reload);
        test_core_fini(&core);
    }
}

TEST_ON(a_block_of_the_vault_is_padded_by_its_length, core)
{
    uint8_t key_bytes[48], data[32], expected[48], tag[48];
    uint32_t words[12];
    unsigned count;

    key_vault_write(core->key_vault, 1, key, 8, BIT(KEY_VAULT_HMAC_BLOCK));
    test_write_words(core->device, KEY, key, 12);
    test_write(core->device, BLOCK_CTRL, 1 | 1 << 1);
    EXPECT_EQ(test_read(core->device, BLOCK_STATUS), 3);
    test_write(core->device, BLOCK + 124, 5); /* locked */
    test_write(core->device, TAG_CTRL, 1 | 2 << 1 | 0x1fu << 6);
    test_write(core->device, CTRL, INIT);
    EXPECT_EQ(test_read(core->device, TAG_STATUS), 3);
    EXPECT_EQ(test_read(core->device, TAG_CTRL), 2 << 1 | 0x1fu << 6);
    EXPECT_EQ(test_read(core->device, TAG), 0);
    words_to_bytes(key_bytes, key, 12);
    words_to_bytes(data, key, 8);
    hmac384(key_bytes, 48, data, 32, expected);
    EXPECT(
        key_vault_read(core->key_vault, 2, KEY_VAULT_ECC_SEED, words, &count));
    EXPECT_EQ(count, 12);
    words_to_bytes(tag, words, 12);
    EXPECT_BYTES(tag, expected, 48);
}

TEST_ON(refused_reads_and_writes_show_in_the_ports_status, core)
{
    static const uint32_t zero[12];

    key_vault_write(core->key_vault, 3, key, 12, BIT(KEY_VAULT_ECC_KEY));
    test_write(core->device, KEY_CTRL, 1 | 3 << 1);
    EXPECT_EQ(test_read(core->device, KEY_STATUS), 3 | 1 << 2);
    test_write(core->device, BLOCK_CTRL, 1 | 3 << 1);
    EXPECT_EQ(test_read(core->device, BLOCK_STATUS), 3 | 1 << 2);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, KEY_STATUS), 3);

    test_write(core->key_vault, 4 * 4, 1);
    test_write(core->device, TAG_CTRL, 1 | 4 << 1 | 1 << 6);
    test_write(core->device, CTRL, INIT);
    EXPECT_EQ(test_read(core->device, TAG_STATUS), 3 | 2 << 2);
    EXPECT_EQ(test_read(core->device, TAG), 0);
    write_block(core->device, "y", 1);
    test_write(core->device, CTRL, INIT);
    expect_tag(core->device, zero, "y", 1);
}

TEST_ON(zeroize_and_debug_mode_wipe_the_tag, core)
{
    test_write(core->device, CTRL, INIT);
    EXPECT(test_read(core->device, TAG) != 0);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, TAG), 0);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    test_write(core->device, CTRL, INIT);
    device_input(core->device, 0, 1);
    EXPECT_EQ(test_read(core->device, TAG), 0);
}

extern const struct device_type caliptra_hmac_2;

enum { MODE_512 = 1 << 3, ERROR_STATUS = 0x814 };

/* RFC 4231, test case 1: twenty bytes of 0x0b, padded with zeros. */
TEST_BEGINS(generation_2_knows_sha_512_too, core)
{
    static const uint32_t rfc_key[16] = {0x0b0b0b0b, 0x0b0b0b0b, 0x0b0b0b0b,
                                         0x0b0b0b0b, 0x0b0b0b0b};
    uint8_t tag[64], expected[64];

    hex_bytes(
        expected, sizeof(expected),
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
    test_core_init(core, 0x0200, &caliptra_hmac_2);
    EXPECT_DEVICE(core->device, NULL);
    test_write_words(core->device, KEY, rfc_key, 16);
    write_block(core->device, "Hi There", 8);
    test_write(core->device, CTRL, INIT | MODE_512);
    test_read_bytes(core->device, TAG, tag, 64);
    EXPECT_BYTES(tag, expected, 64);
    test_write(core->device, CTRL, ZEROIZE);
    test_write_words(core->device, KEY, key, 12);
    write_block(core->device, "Hi There", 8);
    test_write(core->device, CTRL, INIT);
    expect_tag(core->device, key, "Hi There", 8);
}

TEST(generation_2_refuses_vault_keys_that_are_zero_or_short)
{
    static const uint32_t zero[16];
    static const struct {
        const char *name;
        const uint32_t *key;
        unsigned words;
        uint32_t control, errors;
    } cases[] = {
        {"384 bits in 512 mode", key,  12, INIT | MODE_512, 1},
        {"zero in 384 mode",     zero, 16, INIT,            2},
        {"zero in 512 mode",     zero, 16, INIT | MODE_512, 3},
        {"384 bits in 384 mode", key,  12, INIT,            0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;
        uint32_t words[16];
        unsigned count;

        test_case("%s", cases[i].name);
        test_core_init(&core, 0x0200, &caliptra_hmac_2);
        key_vault_write(core.key_vault, 6, cases[i].key, cases[i].words,
                        BIT(KEY_VAULT_HMAC_KEY));
        test_write(core.device, CTRL, INIT); /* was good */
        test_write(core.device, KEY_CTRL, 1 | 6 << 1);
        test_write(core.device, TAG_CTRL,
                   1 | 9 << 1 | 1 << (6 + KEY_VAULT_AES_KEY));
        write_block(core.device, "x", 1);
        test_write(core.device, CTRL, cases[i].control);
        EXPECT_EQ(test_read(core.device, ERROR_STATUS), cases[i].errors);
        EXPECT_EQ(test_read(core.device, STATUS), cases[i].errors != 0 ? 1 : 3);
        EXPECT_EQ(key_vault_read_wide(core.key_vault, 9, KEY_VAULT_AES_KEY,
                                      words, &count),
                  cases[i].errors == 0);
    }
}

/* Everything that the engine can hold, from software or from the vault. */
static void fill(struct test_core *core, uint32_t secret, bool from_vault)
{
    uint32_t words[32];

    for (unsigned i = 0; i < 32; i++) {
        words[i] = secret + i;
    }
    key_vault_write(core->key_vault, 6, words, 12, 3);
    test_write_words(core->device, KEY, words, 12);
    test_write_words(core->device, BLOCK, words, 32);
    test_write(core->device, CTRL, INIT);
    if (from_vault) {
        test_write(core->device, KEY_CTRL, 1 | 6 << 1);
        test_write(core->device, BLOCK_CTRL, 1 | 6 << 1);
    }
}

TEST(whatever_wipes_leaves_nothing_of_a_secret)
{
    for (unsigned way = 0; way < 4; way++) {
        uint64_t hashes[3];

        test_case("way %u", way);
        for (uint32_t i = 0; i < 2; i++) {
            OWNED(test_core_fini) struct test_core core;

            test_core_init(&core, 0x0101, &caliptra_hmac);
            hashes[2] = test_state_hash(core.device);
            fill(&core, 0x100 + 0x1000 * i, (way & 1) != 0);
            hashes[i] = test_state_hash(core.device);
            if ((way & 2) != 0) {
                test_write(core.device, CTRL, ZEROIZE);
            } else {
                device_input(core.device, 0, 1);
            }
            EXPECT(hashes[i] != test_state_hash(core.device));
            hashes[i] = test_state_hash(core.device);
        }
        EXPECT_EQ(hashes[0], hashes[1]);
        EXPECT_EQ(hashes[0] == hashes[2], (way & 1) == 0); /* ports differ */
    }
}

/* Neither the key of the vault nor the block that it went with is there for
 * the next command, whose tag shows. */
TEST(a_command_with_the_vaults_key_uses_up_key_and_block)
{
    uint8_t tags[2][48];

    for (uint32_t i = 0; i < 2; i++) {
        OWNED(test_core_fini) struct test_core core;

        test_core_init(&core, 0x0101, &caliptra_hmac);
        fill(&core, 0x100 + 0x1000 * i, false);
        test_write(core.device, KEY_CTRL, 1 | 6 << 1);
        test_write(core.device, CTRL, INIT);
        test_write(core.device, CTRL, INIT);
        test_read_bytes(core.device, TAG, tags[i], sizeof(tags[i]));
    }
    EXPECT_BYTES(tags[0], tags[1], sizeof(tags[0]));
}

TEST(a_block_of_the_vault_leaves_the_key_to_software)
{
    struct test_core core;
    uint32_t words[2][12];
    unsigned count;

    for (unsigned i = 0; i < 2; i++) {
        test_core_init(&core, 0x0101, &caliptra_hmac);
        fill(&core, 0x100, false);
        test_write(core.device, BLOCK_CTRL, 1 | 6 << 1);
        test_write(core.device, KEY, 0x5555 + i);
        test_write(core.device, TAG_CTRL, 1 | 9 << 1 | 1 << 6);
        test_write(core.device, CTRL, INIT);
        EXPECT(key_vault_read(core.key_vault, 9, KEY_VAULT_HMAC_KEY, words[i],
                              &count));
        test_core_fini(&core);
    }
    EXPECT(memcmp(words[0], words[1], sizeof(words[0])) != 0);
}

TEST_ON(a_slot_for_the_next_tag_makes_its_port_invalid_until_then, core)
{
    test_write(core->device, TAG_CTRL, 1 | 9 << 1 | 1 << 6);
    test_write(core->device, CTRL, INIT);
    EXPECT_EQ(test_read(core->device, TAG_STATUS), 3);
    test_write(core->device, TAG_CTRL, 9 << 1);
    EXPECT_EQ(test_read(core->device, TAG_STATUS), 3);
    test_write(core->device, TAG_CTRL, 1 | 10 << 1 | 1 << 6);
    EXPECT_EQ(test_read(core->device, TAG_STATUS), 1);
}

TEST(generation_1_0_has_five_words_of_seed)
{
    static const struct {
        uint32_t generation;
        unsigned words;
    } cases[] = {
        {0x0100, 5 },
        {0x0101, 12},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_core_init(&core, cases[i].generation, &caliptra_hmac);
        for (unsigned word = 0; word < 12; word++) {
            uint64_t before = test_state_hash(core.device);

            test_case("generation 0x%x, word %u", cases[i].generation, word);
            test_write(core.device, SEED + 4 * word, 5);
            EXPECT_EQ(test_state_hash(core.device) != before,
                      word < cases[i].words);
        }
    }
}

TEST_BEGINS(generation_2_tells_what_it_refuses_and_what_is_not_there, core)
{
    static const uint32_t zero[16];
    static const struct {
        uint32_t control;
        const char *told;
    } cases[] = {
        {INIT,            ""                                     },
        {INIT | MODE_512, ""                                     },
        {INIT | 1 << 4,
         "unmodelled: device: the key for certificate requests\n"},
    };
    OWNED(told_fini) struct told told;

    test_core_init(core, 0x0200, &caliptra_hmac_2);
    told_init(&told, core->device);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("control 0x%x", cases[i].control);
        test_write(core->device, CTRL, cases[i].control);
        EXPECT_TOLD(&told, cases[i].told);
    }
    key_vault_write(core->key_vault, 6, zero, 16, BIT(KEY_VAULT_HMAC_KEY));
    test_write(core->device, KEY_CTRL, 1 | 6 << 1);
    test_write(core->device, CTRL, INIT);
    EXPECT_TOLD(&told,
                "guest: device: a vault key that is zero or too short\n");
}

/* The port's error outlives what the command used up. */
TEST(what_a_vault_port_refused_keeps_software_out_too)
{
    static const uint32_t ports[][2] = {
        {KEY_CTRL,   KEY  },
        {BLOCK_CTRL, BLOCK},
    };

    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("port 0x%x", ports[i][0]);
        test_core_init(&core, 0x0101, &caliptra_hmac);
        test_write(core.device, ports[i][0], 1 | 4 << 1);
        for (unsigned times = 0; times < 2; times++) {
            uint64_t refused = test_state_hash(core.device);

            test_write(core.device, ports[i][1], 5);
            EXPECT_EQ(test_state_hash(core.device), refused);
            test_write(core.device, CTRL, INIT);
        }
        test_write(core.device, CTRL, ZEROIZE);
        uint64_t open = test_state_hash(core.device);
        test_write(core.device, ports[i][1], 5);
        EXPECT(test_state_hash(core.device) != open);
    }
}

/* One word tells a long key from a short one, and both from zero. */
TEST(each_word_of_a_vault_key_counts)
{
    for (unsigned word = 0; word < 16; word++) {
        for (uint32_t mode = 0; mode <= MODE_512; mode += MODE_512) {
            uint32_t words[16] = {0};
            OWNED(test_core_fini) struct test_core core;

            test_case("word %u, mode 0x%x", word, mode);
            words[word] = 1;
            test_core_init(&core, 0x0200, &caliptra_hmac_2);
            key_vault_write(core.key_vault, 6, words, 16,
                            BIT(KEY_VAULT_HMAC_KEY));
            test_write(core.device, KEY_CTRL, 1 | 6 << 1);
            test_write(core.device, CTRL, INIT | mode);
            EXPECT_EQ(test_read(core.device, ERROR_STATUS),
                      mode != 0 && word < 12 ? 1 : 0);
        }
    }
}

TEST_ON(ports_that_are_not_enabled_and_no_command_do_nothing, core)
{
    static const uint32_t ports[] = {KEY_CTRL, BLOCK_CTRL, TAG_CTRL};

    key_vault_write(core->key_vault, 3, key, 12, 3);
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        test_case("port 0x%x", ports[i]);
        test_write(core->device, ports[i], 3 << 1 | 1 << 6);
        EXPECT_EQ(test_read(core->device, ports[i] + 4), 1);
    }
    test_write(core->device, CTRL, 0);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    EXPECT_EQ(test_read(core->device, NOTIF_STATUS), 0);
    test_write_words(core->device, KEY, key, 12);
    write_block(core->device, "x", 1);
    test_write(core->device, CTRL, INIT);
    expect_tag(core->device, key, "x", 1);
    EXPECT_EQ(test_read(core->device, TAG_STATUS), 1);
}

TEST(a_refused_block_is_zeros_and_zeroize_takes_errors_along)
{
    uint64_t hashes[2];

    for (uint32_t i = 0; i < 2; i++) {
        OWNED(test_core_fini) struct test_core core;

        test_core_init(&core, 0x0101, &caliptra_hmac);
        test_write(core.key_vault, 4 * 9, 1);
        test_write(core.device, BLOCK + 60, i);
        test_write(core.device, BLOCK_CTRL, 1 | 4 << 1);
        hashes[i] = test_state_hash(core.device);
        test_write(core.device, TAG_CTRL, 1 | 9 << 1);
        test_write(core.device, CTRL, INIT);
        EXPECT_EQ(test_read(core.device, TAG_STATUS), 3 | 2 << 2);
        test_write(core.device, CTRL, ZEROIZE);
        EXPECT_EQ(test_read(core.device, TAG_STATUS), 3);
        EXPECT_EQ(test_read(core.device, BLOCK_STATUS), 3);
    }
    EXPECT_EQ(hashes[0], hashes[1]);
}

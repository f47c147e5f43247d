/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p384.h"
#include "crypto/sha2.h"
#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_ecc;

enum {
    CTRL = 0x10,
    STATUS = 0x18,
    SEED = 0x80,
    MSG = 0x100,
    PRIVKEY_OUT = 0x180,
    PUBKEY_X = 0x200,
    PUBKEY_Y = 0x280,
    SIGN_R = 0x300,
    SIGN_S = 0x380,
    VERIFY_R = 0x400,
    PRIVKEY_IN = 0x580,
    KEY_CTRL = 0x600,
    KEY_STATUS = 0x604,
    SEED_CTRL = 0x608,
    SEED_STATUS = 0x60c,
    RESULT_CTRL = 0x610,
    RESULT_STATUS = 0x614,
    ERROR_STATUS = 0x814,
    NOTIF_STATUS = 0x818,
};

enum { KEYGEN = 1, SIGN = 2, VERIFY = 3, ZEROIZE = 4, PCR_SIGN = 8 };

/* For seed, nonce and digest of zeros, as the released firmware expects. */
static const uint32_t known_private[12] = {
    0xfeeef554, 0x4a765649, 0x90128ad1, 0x89e873f2, 0x1f0dfd5a, 0xd7e2fa86,
    0x1127ee6e, 0x394ca784, 0x871c1aec, 0x032c7a8b, 0x10b93e0e, 0xab8946d6};

static void expect_words(struct device *device, uint32_t offset,
                         const uint32_t *expected)
{
    for (uint32_t i = 0; i < 12; i++) {
        EXPECT_EQ(test_read(device, offset + 4 * i), expected[i]);
    }
}

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0101, &caliptra_ecc))

TEST_ON(the_tables_promises_hold, core)
{
    EXPECT_DEVICE(core->device, NULL);
}

TEST_ON(keygen_sign_and_verify_of_zeros_are_the_firmwares_known_answer, core)
{
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, STATUS), 3);
    EXPECT_EQ(test_read(core->device, NOTIF_STATUS), 1);
    expect_words(core->device, PRIVKEY_OUT, known_private);
    EXPECT_EQ(test_read(core->device, PUBKEY_X), 0xd7dd94e0);
    EXPECT_EQ(test_read(core->device, PUBKEY_Y + 44), 0xeec9c31d);

    test_write_words(core->device, PRIVKEY_IN, known_private, 12);
    test_write(core->device, CTRL, SIGN);
    EXPECT_EQ(test_read(core->device, SIGN_R), 0x93799d55);
    EXPECT_EQ(test_read(core->device, SIGN_S + 44), 0x4185f87d);

    test_write(core->device, CTRL, VERIFY);
    EXPECT_EQ(test_read(core->device, VERIFY_R), 0x93799d55);
    EXPECT_EQ(core->fabric.events.count, 1);
    EXPECT_EQ(core->fabric.events.events[0].fact, FACT_ECC_VALID);
    EXPECT(core->fabric.events.events[0].key.present);
    uint8_t key[96], fingerprint[48];
    test_read_bytes(core->device, PUBKEY_X, key, 48);
    test_read_bytes(core->device, PUBKEY_Y, key + 48, 48);
    sha384(key, sizeof(key), fingerprint);
    EXPECT_BYTES(core->fabric.events.events[0].key.fingerprint, fingerprint,
                 sizeof(fingerprint));

    test_write(core->device, MSG, 1);
    test_write(core->device, CTRL, VERIFY);
    EXPECT_EQ(test_read(core->device, STATUS), 3);
    EXPECT(test_read(core->device, VERIFY_R) != 0x93799d55);
    EXPECT_EQ(core->fabric.events.events[1].fact, FACT_ECC_INVALID);
}

TEST(operands_out_of_range_are_errors_and_give_no_result)
{
    static const struct {
        uint32_t offset; /* all ones there, or zeros */
        uint32_t value;
        uint32_t command;
    } cases[] = {
        {PRIVKEY_IN, 0,          SIGN  },
        {PRIVKEY_IN, UINT32_MAX, SIGN  },
        {SIGN_R,     0,          VERIFY},
        {SIGN_R,     UINT32_MAX, VERIFY},
        {SIGN_S,     0,          VERIFY},
        {SIGN_S,     UINT32_MAX, VERIFY},
        {PUBKEY_X,   UINT32_MAX, VERIFY},
        {PUBKEY_Y,   UINT32_MAX, VERIFY},
        {PUBKEY_X,   0,          VERIFY},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("case %zu", i);
        test_core_init(&core, 0x0101, &caliptra_ecc);
        test_write(core.device, CTRL, KEYGEN);
        test_write_words(core.device, PRIVKEY_IN, known_private, 12);
        test_write(core.device, CTRL, SIGN);
        EXPECT_EQ(test_read(core.device, ERROR_STATUS), 0);
        for (uint32_t word = 0; word < 12; word++) {
            test_write(core.device, cases[i].offset + 4 * word, cases[i].value);
        }
        test_write(core.device, CTRL, cases[i].command);
        EXPECT_EQ(test_read(core.device, STATUS), 1);
        EXPECT_EQ(test_read(core.device, ERROR_STATUS), 1);
        EXPECT_EQ(test_read(core.device, VERIFY_R), 0);
    }
}

TEST_ON(results_for_the_vault_go_there_instead_of_the_register, core)
{
    static const uint32_t zero[12];
    uint32_t words[12];
    unsigned count;

    test_write(core->device, RESULT_CTRL, 1 | 7 << 1 | 8 << 6);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, RESULT_STATUS), 3);
    EXPECT_EQ(test_read(core->device, RESULT_CTRL), 7 << 1 | 8 << 6);
    expect_words(core->device, PRIVKEY_OUT, zero);
    EXPECT(
        key_vault_read(core->key_vault, 7, KEY_VAULT_ECC_KEY, words, &count));
    EXPECT_BYTES(words, known_private, sizeof(words));

    /* sign with it, then without */
    test_write(core->device, KEY_CTRL, 1 | 7 << 1);
    EXPECT_EQ(test_read(core->device, KEY_STATUS), 3);
    test_write(core->device, PRIVKEY_IN, 5);
    test_write(core->device, CTRL, SIGN);
    EXPECT_EQ(test_read(core->device, SIGN_R), 0x93799d55);
    test_write(core->device, CTRL, SIGN);
    EXPECT_EQ(test_read(core->device, ERROR_STATUS), 1);
    test_write_words(core->device, PRIVKEY_IN, known_private, 12);
    test_write(core->device, CTRL, SIGN);
    EXPECT_EQ(test_read(core->device, STATUS), 3);
    EXPECT_EQ(test_read(core->device, SIGN_R), 0x93799d55);
}

TEST_ON(a_seed_of_the_vault_keeps_the_key_hidden_even_without_a_slot, core)
{
    static const uint32_t zero[12];
    static const uint32_t seed[12] = {1};

    key_vault_write(core->key_vault, 3, seed, 12, BIT(KEY_VAULT_ECC_SEED));
    test_write(core->device, SEED_CTRL, 1 | 3 << 1);
    test_write(core->device, SEED, 7);
    test_write(core->device, CTRL, KEYGEN);
    expect_words(core->device, PRIVKEY_OUT, zero);
    EXPECT(test_read(core->device, PUBKEY_X) != 0xd7dd94e0);
    test_write(core->device, CTRL, KEYGEN); /* the seed was wiped */
    EXPECT_EQ(test_read(core->device, PUBKEY_X), 0xd7dd94e0);
    expect_words(core->device, PRIVKEY_OUT, known_private);
    test_write(core->device, SEED, 7); /* software's turn again */
    test_write(core->device, CTRL, KEYGEN);
    EXPECT(test_read(core->device, PUBKEY_X) != 0xd7dd94e0);

    test_write(core->device, SEED_CTRL, 1 | 4 << 1);
    EXPECT_EQ(test_read(core->device, SEED_STATUS), 3 | 1 << 2);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, SEED_STATUS), 3);
}

TEST_ON(pcr_sign_takes_key_seven_and_the_pcr_hash, core)
{
    struct p384 *p384 = p384_create();
    uint8_t private[48], hash[48], r[48], s[48], actual[48];

    key_vault_write(core->key_vault, 7, known_private, 12, 0);
    test_write(core->key_vault, 7 * 4, 3); /* locks do not matter */
    test_write(core->sha512, 0x630, 1);
    words_to_bytes(hash, sha512_pcr_hash(core->sha512), 12);
    words_to_bytes(private, known_private, 12);
    EXPECT_EQ(p384_sign(p384, private, hash, r, s), 0);
    test_write(core->device, CTRL, SIGN | PCR_SIGN);
    test_read_bytes(core->device, SIGN_R, actual, 48);
    EXPECT_BYTES(actual, r, 48);
    test_read_bytes(core->device, SIGN_S, actual, 48);
    EXPECT_BYTES(actual, s, 48);
    test_write(core->device, CTRL, KEYGEN | PCR_SIGN);
    EXPECT_EQ(test_read(core->device, ERROR_STATUS), 1);
    p384_destroy(p384);
}

TEST_ON(zeroize_and_debug_mode_wipe_operands_and_results, core)
{
    for (unsigned how = 0; how < 2; how++) {
        test_write_words(core->device, PRIVKEY_IN, known_private, 12);
        test_write(core->device, CTRL, KEYGEN);
        if (how == 0) {
            test_write(core->device, CTRL, ZEROIZE);
        } else {
            device_input(core->device, 0, 1);
        }
        EXPECT_EQ(test_read(core->device, PRIVKEY_OUT), 0);
        EXPECT_EQ(test_read(core->device, PUBKEY_X), 0);
        EXPECT_EQ(test_read(core->device, STATUS), 1);
        test_write(core->device, CTRL, SIGN);
        EXPECT_EQ(test_read(core->device, ERROR_STATUS), 1);
        test_write(core->device, ERROR_STATUS, 1);
    }
}

TEST(generation_2_computes_shared_secrets)
{
    static const uint32_t one[12] = {[11] = 1};
    uint32_t words[12];
    struct p384 *p384 = p384_create();
    uint8_t private[48] = {[47] = 9}, x[48], y[48], shared[48];

    p384_derive_public(p384, private, x, y);
    for (uint32_t generation = 0x0101; generation <= 0x0200;
         generation += 0xff) {
        OWNED(test_core_fini) struct test_core core;
        unsigned count;

        test_case("generation 0x%x", generation);
        test_core_init(&core, generation, &caliptra_ecc);
        test_write_words(core.device, 0x580, one, 12);
        test_write_bytes(core.device, 0x200, x, 48);
        test_write_bytes(core.device, 0x280, y, 48);
        test_write(core.device, 0x10, 1 << 4);
        test_read_bytes(core.device, 0x5c0, shared, 48);
        if (generation == 0x0101) {
            EXPECT_EQ(test_read(core.device, 0x18), 1);
            EXPECT_EQ(shared[0] | shared[47], 0);
        } else {
            EXPECT_EQ(test_read(core.device, 0x18), 3);
            EXPECT_BYTES(shared, x, 48);
            test_write(core.device, 0x10, 1 << 2);
            test_write_words(core.device, 0x580, one, 12);
            test_write_bytes(core.device, 0x200, x, 48);
            test_write_bytes(core.device, 0x280, y, 48);
            test_write(core.device, 0x610, 1 | 5 << 1 | 1 << 6);
            test_write(core.device, 0x10, 1 << 4);
            EXPECT_EQ(test_read(core.device, 0x5c0), 0);
            EXPECT(key_vault_read(core.key_vault, 5, KEY_VAULT_HMAC_KEY, words,
                                  &count));
            EXPECT_EQ(words[0], load_be32(x));
            test_write(core.device, 0x200, UINT32_MAX); /* not on the curve */
            test_write_words(core.device, 0x580, one, 12);
            test_write(core.device, 0x10, 1 << 4);
            EXPECT_EQ(test_read(core.device, 0x18), 1);
            EXPECT_EQ(test_read(core.device, ERROR_STATUS), 1);
        }
    }
    p384_destroy(p384);
}

TEST(what_a_vault_port_refused_keeps_software_out_too)
{
    static const struct {
        uint32_t port, operand, command;
    } cases[] = {
        {KEY_CTRL,  PRIVKEY_IN, SIGN  },
        {SEED_CTRL, SEED,       KEYGEN},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("port 0x%x", cases[i].port);
        test_core_init(&core, 0x0101, &caliptra_ecc);
        test_write(core.device, cases[i].port, 1 | 4 << 1);
        test_write(core.device, cases[i].operand, 5);
        test_write(core.device, CTRL, cases[i].command);
        uint64_t refused = test_state_hash(core.device);
        test_write(core.device, cases[i].operand, 5);
        EXPECT_EQ(test_state_hash(core.device), refused);
        test_write(core.device, CTRL, ZEROIZE);
        uint64_t before = test_state_hash(core.device);
        test_write(core.device, cases[i].operand, 5);
        EXPECT(test_state_hash(core.device) != before);
    }
}

/* Software's seed makes another key; the one of the vault is not mixed in. */
TEST(a_seed_of_software_counts_until_one_of_the_vault_comes)
{
    static const uint32_t seed[12] = {1};
    struct test_core core;
    uint32_t x[3];

    for (unsigned i = 0; i < 3; i++) {
        test_core_init(&core, 0x0101, &caliptra_ecc);
        key_vault_write(core.key_vault, 3, seed, 12, BIT(KEY_VAULT_ECC_SEED));
        if (i == 0) {
            test_write_words(core.device, SEED, seed, 12);
        } else {
            test_write(core.device, SEED_CTRL, 1 | 3 << 1);
            test_write(core.device, SEED, i == 1 ? 1 : 7);
        }
        test_write(core.device, CTRL, KEYGEN);
        x[i] = test_read(core.device, PUBKEY_X);
        test_core_fini(&core);
    }
    EXPECT_EQ(x[0], x[1]);
    EXPECT_EQ(x[0], x[2]);
}

TEST_ON(verdicts_and_refusals_are_told, core)
{
    struct told told;
    struct device *sha512;

    told_init(&told, core->device);
    test_write(core->device, CTRL, VERIFY);
    EXPECT_TOLD(&told,
                "fact ECC_OUT_OF_RANGE "
                "00000000000000000000000000000000000000000000000000000000000000"
                "0000000000000000000000000000000000\n"
                "guest: device: command 3: operand out of range\n");
    sha512 = core->sha512;
    core->sha512 = NULL;
    struct device *bare = test_core_add(core, &caliptra_ecc, "bare");
    core->sha512 = sha512;
    test_write_words(bare, PRIVKEY_IN, known_private, 12);
    test_write(bare, CTRL, SIGN | PCR_SIGN);
    EXPECT_TOLD(&told,
                "unmodelled: bare: PCR signing on a board without "
                "'cairn,sha512'\n"
                "guest: bare: command 2: operand out of range\n");
    EXPECT_EQ(test_read(bare, ERROR_STATUS), 1);
    told_fini(&told);
    device_destroy(bare);
}

TEST_ON(a_slot_for_the_next_key_makes_its_port_invalid_until_then, core)
{
    test_write(core->device, RESULT_CTRL, 1 | 7 << 1 | 8 << 6);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, RESULT_STATUS), 3);
    test_write(core->device, RESULT_CTRL, 7 << 1);
    EXPECT_EQ(test_read(core->device, RESULT_STATUS), 3);
    test_write(core->device, RESULT_CTRL, 1 | 9 << 1 | 8 << 6);
    EXPECT_EQ(test_read(core->device, RESULT_STATUS), 1);
}

TEST(whatever_wipes_leaves_nothing_of_a_secret)
{
    for (unsigned way = 0; way < 2; way++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("way %u", way);
        test_core_init(&core, 0x0200, &caliptra_ecc);
        uint64_t fresh = test_state_hash(core.device);
        test_write_words(core.device, PRIVKEY_IN, known_private, 12);
        test_write_words(core.device, MSG, known_private, 12);
        test_write_words(core.device, 0x480, known_private, 12);
        test_write(core.device, CTRL, SIGN);
        test_write(core.device, CTRL, VERIFY);
        test_write(core.device, CTRL, KEYGEN);
        test_write(core.device, CTRL, 1 << 4);
        EXPECT(test_state_hash(core.device) != fresh);
        if (way == 0) {
            test_write(core.device, CTRL, ZEROIZE);
        } else {
            device_input(core.device, 0, 1);
        }
        test_write_words(core.device, 0x480, known_private, 0);
        EXPECT_EQ(test_read(core.device, PUBKEY_X), 0);
        EXPECT_EQ(test_state_hash(core.device), fresh);
    }
}

/* A slot's number alone moves nothing. */
TEST_ON(ports_that_are_not_enabled_do_nothing, core)
{
    static const uint32_t ports[] = {KEY_CTRL, SEED_CTRL, RESULT_CTRL};
    static const uint32_t key[12] = {1, 2, 3};

    key_vault_write(core->key_vault, 3, key, 12, 0x1f);
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        test_case("port 0x%x", ports[i]);
        test_write(core->device, ports[i], 3 << 1 | 8 << 6);
        EXPECT_EQ(test_read(core->device, ports[i]), 3 << 1 | 8 << 6);
        EXPECT_EQ(test_read(core->device, ports[i] + 4), 1);
    }
    test_write(core->device, CTRL, KEYGEN);
    expect_words(core->device, PRIVKEY_OUT, known_private);
    test_write_words(core->device, PRIVKEY_IN, known_private, 12);
    test_write(core->device, CTRL, SIGN);
    EXPECT_EQ(test_read(core->device, SIGN_R), 0x93799d55);
    test_write(core->device, CTRL, SIGN); /* software's key stays */
    EXPECT_EQ(test_read(core->device, STATUS), 3);
    EXPECT_EQ(test_read(core->device, RESULT_STATUS), 1);
}

TEST_BEGINS(a_control_word_without_a_command_does_nothing, core)
{
    test_core_init(core, 0x0200, &caliptra_ecc);
    test_write(core->device, CTRL, 0);
    test_write(core->device, CTRL, PCR_SIGN);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    EXPECT_EQ(test_read(core->device, ERROR_STATUS), 0);
    EXPECT_EQ(test_read(core->device, NOTIF_STATUS), 0);
}

TEST_BEGINS(operands_have_twelve_words, core)
{
    static const uint32_t operands[] = {
        SEED,   MSG,    PRIVKEY_OUT, PUBKEY_X, PUBKEY_Y,   SIGN_R,
        SIGN_S, 0x400u, 0x480,       0x500,    PRIVKEY_IN,
    };
    OWNED(told_fini) struct told told;

    test_core_init(core, 0x0200, &caliptra_ecc);
    told_init(&told, core->device);
    for (size_t i = 0; i < ARRAY_SIZE(operands); i++) {
        char expected[100];

        snprintf(expected, sizeof(expected),
                 "unmodelled: device: read at offset 0x%x of ecc_reg: no "
                 "register\n",
                 operands[i] + 48);
        test_read(core->device, operands[i] + 48);
        EXPECT_TOLD(&told, expected);
    }
}

TEST_ON(zeroize_takes_errors_of_the_ports_along, core)
{
    test_write(core->key_vault, 4 * 9, 1);
    test_write(core->device, KEY_CTRL, 1 | 4 << 1);
    test_write(core->device, SEED_CTRL, 1 | 4 << 1);
    test_write(core->device, RESULT_CTRL, 1 | 9 << 1);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, KEY_STATUS), 3 | 1 << 2);
    EXPECT_EQ(test_read(core->device, SEED_STATUS), 3 | 1 << 2);
    EXPECT_EQ(test_read(core->device, RESULT_STATUS), 3 | 2 << 2);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, KEY_STATUS), 3);
    EXPECT_EQ(test_read(core->device, SEED_STATUS), 3);
    EXPECT_EQ(test_read(core->device, RESULT_STATUS), 3);
}

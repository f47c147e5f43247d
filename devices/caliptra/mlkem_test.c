/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mlkem.h"

#include "bus/device_state.h"
#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_mldsa, caliptra_mlkem;

enum {
    NAME = 0x0,
    CTRL = 0x10,
    STATUS = 0x14,
    SEED_D = 0x18,
    SEED_Z = 0x38,
    SHARED = 0x58,
    MESSAGE = 0x80,
    DECAPS_KEY = 0x1000,
    ENCAPS_KEY = 0x2000,
    CIPHER = 0x2800,
    SEED_PORT = 0x3000,
    MESSAGE_PORT = 0x3008,
    SHARED_PORT = 0x3010,
    SHARED_STATUS = 0x3014,
    DSA_CTRL = 0x10,
    DSA_STATUS = 0x14,
    DSA_PUBLIC = 0x1000,
    DSA_ERROR_STATUS = 0x8114,
    DSA_NOTIF_STATUS = 0x8118,
};

enum { KEYGEN = 1, ENCAPS, DECAPS, KEYGEN_DECAPS, ZEROIZE = 8 };
enum { READY = 1, VALID = 2, FAILED = 4 };

struct known {
    uint8_t d[32], z[32], message[32];
    uint8_t encaps[MLKEM1024_ENCAPS_BYTES];
    uint8_t decaps[MLKEM1024_DECAPS_BYTES];
    uint8_t cipher[MLKEM1024_CIPHER_BYTES];
    uint8_t shared[MLKEM1024_SHARED_BYTES];
};

static void make_known(struct known *known)
{
    for (uint8_t i = 0; i < 32; i++) {
        known->d[i] = i;
        known->z[i] = (uint8_t)(3 * i + 1);
        known->message[i] = (uint8_t)(0x80 + i);
    }
    mlkem1024_keygen(known->d, known->z, known->encaps, known->decaps);
    mlkem1024_encaps(known->encaps, known->message, known->cipher,
                     known->shared);
}

static void write_le(struct device *device, uint32_t offset, const void *bytes,
                     size_t size)
{
    for (uint32_t i = 0; i < size; i += 4) {
        test_write(device, offset + i, load_le32((const uint8_t *)bytes + i));
    }
}

static void expect_le(struct device *device, uint32_t offset,
                      const uint8_t *expected, size_t size)
{
    uint8_t bytes[MLKEM1024_DECAPS_BYTES];

    for (uint32_t i = 0; i < size; i += 4) {
        store_le32(bytes + i, test_read(device, offset + i));
    }
    EXPECT_BYTES(bytes, expected, size);
}

static void begin(struct test_core *core, struct known *known)
{
    make_known(known);
    test_core_init(core, 0x0201, &caliptra_mlkem);
    EXPECT_EQ(test_read(core->device, STATUS), READY);
}

FIXTURE(struct test_core, core, test_core_fini)

TEST_BEGINS(the_tables_promises_hold, core)
{
    static const char *const exclusions[] = {
        "MLKEM_DECAPS_KEY", "MLKEM_ENCAPS_KEY", "MLKEM_CIPHERTEXT", NULL};

    test_core_init(core, 0x0201, &caliptra_mlkem);
    EXPECT_DEVICE(core->device, exclusions);
    EXPECT_EQ(test_read(core->device, NAME), 0x4d2d4b45);
}

TEST_BEGINS(seeds_give_the_keys_until_zeroized, core)
{
    struct known known;

    begin(core, &known);
    write_le(core->device, SEED_D, known.d, sizeof(known.d));
    write_le(core->device, SEED_Z, known.z, sizeof(known.z));
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    expect_le(core->device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
    expect_le(core->device, DECAPS_KEY, known.decaps, sizeof(known.decaps));
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, STATUS), READY);
    EXPECT_EQ(test_read(core->device, ENCAPS_KEY), 0);
    test_write(core->device, CTRL, ENCAPS); /* all zeros are a key, too */
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    EXPECT_EQ(test_read(core->device, ENCAPS_KEY), 0);
    EXPECT_EQ(test_read(core->device, DECAPS_KEY), 0);
}

TEST_BEGINS(both_sides_come_to_the_same_secret, core)
{
    struct known known;

    begin(core, &known);
    write_le(core->device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
    EXPECT_EQ(test_read(core->device, ENCAPS_KEY), 0);
    write_le(core->device, MESSAGE, known.message, sizeof(known.message));
    test_write(core->device, CTRL, ENCAPS);
    expect_le(core->device, CIPHER, known.cipher, sizeof(known.cipher));
    expect_le(core->device, SHARED, known.shared, sizeof(known.shared));
    for (uint32_t command = DECAPS; command <= KEYGEN_DECAPS; command++) {
        test_case("command %u", command);
        test_write(core->device, CTRL, ZEROIZE);
        write_le(core->device, CIPHER, known.cipher, sizeof(known.cipher));
        if (command == DECAPS) {
            write_le(core->device, DECAPS_KEY, known.decaps,
                     sizeof(known.decaps));
        } else {
            write_le(core->device, SEED_D, known.d, sizeof(known.d));
            write_le(core->device, SEED_Z, known.z, sizeof(known.z));
        }
        test_write(core->device, CTRL, command);
        EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
        expect_le(core->device, SHARED, known.shared, sizeof(known.shared));
        EXPECT_EQ(test_read(core->device, DECAPS_KEY), 0);
    }
}

TEST_BEGINS(keys_that_are_none_are_errors, core)
{
    struct known known;

    begin(core, &known);
    known.encaps[0] = 0xff;
    known.encaps[1] |= 0xf;
    write_le(core->device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
    test_write(core->device, CTRL, ENCAPS);
    EXPECT_EQ(test_read(core->device, STATUS), READY | FAILED);
    EXPECT_EQ(test_read(core->device, CIPHER), 0);
    test_write(core->device, CTRL, ZEROIZE);
    known.decaps[1536] ^= 1;
    write_le(core->device, DECAPS_KEY, known.decaps, sizeof(known.decaps));
    test_write(core->device, CTRL, DECAPS);
    EXPECT_EQ(test_read(core->device, STATUS), READY | FAILED);
    test_write(core->device, CTRL, ZEROIZE);
    test_write(core->device, CTRL, 7);
    EXPECT_EQ(test_read(core->device, STATUS), READY);
}

/* The vault's first word is the last of a seed, a message or a secret. */
static void into_vault(struct test_core *core, unsigned slot,
                       const uint8_t *bytes, unsigned parts, uint32_t consumer)
{
    uint32_t words[16] = {0};

    for (unsigned i = 0; i < 8 * parts; i++) {
        unsigned from = i / 8 * 8 + 7 - i % 8;

        words[i] = load_le32(bytes + 4 * (size_t)from);
    }
    key_vault_write(core->key_vault, slot, words, 8 * parts, 1u << consumer);
}

TEST_BEGINS(what_the_vault_has_a_part_in_stays_hidden, core)
{
    struct known known;
    uint8_t seeds[64];
    uint32_t words[16];
    unsigned count;

    begin(core, &known);
    memcpy(seeds, known.d, 32);
    memcpy(seeds + 32, known.z, 32);
    into_vault(core, 3, seeds, 2, KEY_VAULT_MLKEM_SEED);
    into_vault(core, 4, known.message, 1, KEY_VAULT_MLKEM_MESSAGE);
    test_write(core->device, SEED_PORT, 3 << 1 | 1);
    test_write(core->device, SEED_D, 1); /* too late */
    test_write(core->device, CTRL, KEYGEN);
    expect_le(core->device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
    EXPECT_EQ(test_read(core->device, DECAPS_KEY), 0);
    test_write(core->device, CTRL, ZEROIZE);
    write_le(core->device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
    test_write(core->device, MESSAGE_PORT, 4 << 1 | 1);
    test_write(core->device, SHARED_PORT,
               1 | 5 << 1 | 1u << (6 + KEY_VAULT_AES_KEY));
    test_write(core->device, CTRL, ENCAPS);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    EXPECT_EQ(test_read(core->device, SHARED_STATUS), 3);
    EXPECT_EQ(test_read(core->device, SHARED), 0);
    expect_le(core->device, CIPHER, known.cipher, sizeof(known.cipher));
    EXPECT(key_vault_read_wide(core->key_vault, 5, KEY_VAULT_AES_KEY, words,
                               &count));
    EXPECT_EQ(count, 8);
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_EQ(words[i], load_le32(known.shared + 4 * (size_t)(7 - i)));
    }
}

TEST_BEGINS(zeros_of_the_vault_and_slots_for_others_are_errors, core)
{
    static const uint8_t zeros[64];
    struct known known;

    begin(core, &known);
    into_vault(core, 3, zeros, 2, KEY_VAULT_MLKEM_SEED);
    test_write(core->device, SEED_PORT, 3 << 1 | 1);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, STATUS), READY | FAILED);
    test_write(core->device, CTRL, ZEROIZE);
    into_vault(core, 4, known.message, 1, KEY_VAULT_HMAC_KEY);
    test_write(core->device, MESSAGE_PORT, 4 << 1 | 1);
    test_write(core->device, CTRL, ENCAPS);
    EXPECT_EQ(test_read(core->device, STATUS), READY | FAILED);
}

static void lead(struct device *from, const char *output, struct device *to,
                 const char *input)
{
    for (unsigned i = 0; i < to->type->input_count; i++) {
        if (strcmp(to->type->inputs[i].name, input) == 0) {
            line_connect(device_output(from, output), device_input, to, i,
                         input);
        }
    }
}

TEST_BEGINS(both_halves_share_interrupts_and_forget_together, core)
{
    struct known known;

    begin(core, &known);
    struct device *dsa = test_core_add(core, &caliptra_mldsa, "mldsa");
    lead(core->device, "done", dsa, "mlkem_done");
    lead(core->device, "error", dsa, "mlkem_error");
    lead(core->device, "forget", dsa, "forget");
    lead(dsa, "forget", core->device, "forget");
    for (unsigned half = 0; half < 2; half++) {
        test_case("zeroized by half %u", half);
        test_write(core->device, CTRL, KEYGEN);
        test_write(dsa, DSA_CTRL, 1);
        EXPECT_EQ(test_read(dsa, DSA_STATUS), READY | VALID);
        EXPECT(test_read(dsa, DSA_PUBLIC) != 0);
        EXPECT(test_read(core->device, ENCAPS_KEY) != 0);
        test_write(half == 0 ? core->device : dsa, CTRL, ZEROIZE);
        EXPECT_EQ(test_read(dsa, DSA_STATUS), READY);
        EXPECT_EQ(test_read(dsa, DSA_PUBLIC), 0);
        EXPECT_EQ(test_read(core->device, STATUS), READY);
    }
    test_write(dsa, DSA_NOTIF_STATUS, 1);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(dsa, DSA_NOTIF_STATUS), 1);
    EXPECT_EQ(test_read(dsa, DSA_ERROR_STATUS), 0);
    test_write(core->device, DECAPS_KEY + 1536, 1);
    test_write(core->device, CTRL, DECAPS);
    EXPECT_EQ(test_read(dsa, DSA_ERROR_STATUS), 1);
    test_write(dsa, DSA_NOTIF_STATUS, 1);
    test_write(dsa, DSA_ERROR_STATUS, 1);
    for (unsigned level = 2; level-- > 0;) {
        test_case("level %u", level);
        test_input(dsa, "mlkem_done", level);
        EXPECT_EQ(test_read(dsa, DSA_NOTIF_STATUS), level);
        test_input(dsa, "mlkem_error", level);
        EXPECT_EQ(test_read(dsa, DSA_ERROR_STATUS), level);
        test_write(dsa, DSA_NOTIF_STATUS, 1);
        test_write(dsa, DSA_ERROR_STATUS, 1);
    }
    device_destroy(dsa);
}

TEST(zeroize_takes_errors_of_the_ports_along)
{
    static const uint32_t ports[] = {SEED_PORT, MESSAGE_PORT, SHARED_PORT};
    struct test_core core;
    struct known known;

    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        test_case("port 0x%x", ports[i]);
        begin(&core, &known);
        test_write(core.key_vault, 4 * 4, 3);
        test_write(core.device, ports[i], 1 | 4 << 1);
        if (ports[i] == SHARED_PORT) {
            write_le(core.device, ENCAPS_KEY, known.encaps,
                     sizeof(known.encaps));
            test_write(core.device, CTRL, ENCAPS);
        }
        EXPECT_EQ(test_read(core.device, ports[i] + 4),
                  3 | (ports[i] == SHARED_PORT ? 2 : 1) << 2);
        test_write(core.device, CTRL, ZEROIZE);
        EXPECT_EQ(test_read(core.device, ports[i] + 4), 3);
        test_core_fini(&core);
    }
}

TEST_BEGINS(commands_pulse_what_became_of_them_and_none_is_told, core)
{
    struct known known;
    OWNED(told_fini) struct told told;

    begin(core, &known);
    told_init(&told, core->device);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_TOLD(&told,
                "done = 1\n"
                "done = 0\n");
    test_write(core->device, DECAPS_KEY + 1536, 1);
    test_write(core->device, CTRL, DECAPS);
    EXPECT_TOLD(&told,
                "error = 1\n"
                "error = 0\n");
    EXPECT_EQ(test_read(core->device, STATUS), READY | FAILED);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_TOLD(&told,
                "forget = 1\n"
                "forget = 0\n");
    for (uint32_t command = 5; command < 8; command++) {
        char text[64];

        test_case("command %u", command);
        test_write(core->device, CTRL, command);
        snprintf(text, sizeof(text), "guest: device: command 0x%x is unknown\n",
                 command);
        EXPECT_TOLD(&told, text);
        EXPECT_EQ(test_read(core->device, STATUS), READY);
    }
    test_write(core->device, CTRL, 0);
    EXPECT_TOLD(&told, "");
}

TEST(whatever_wipes_leaves_nothing_of_a_secret)
{
    for (unsigned way = 0; way < 2; way++) {
        uint64_t hashes[3];

        test_case("way %u", way);
        for (uint32_t i = 0; i < 2; i++) {
            OWNED(test_core_fini) struct test_core core;

            test_core_init(&core, 0x0201, &caliptra_mlkem);
            hashes[2] = device_hash(core.device, 0);
            for (uint32_t word = 0; word < 8; word++) {
                test_write(core.device, 0x18 + 4 * word, 5 + i);
                test_write(core.device, SEED_Z + 4 * word, 5 + i);
                test_write(core.device, MESSAGE + 4 * word, 5 + i);
            }
            test_write(core.device, CTRL, KEYGEN);
            test_write(core.device, CTRL, ENCAPS);
            hashes[i] = device_hash(core.device, 0);
            if (way == 0) {
                test_write(core.device, CTRL, ZEROIZE);
            } else {
                test_input(core.device, "forget", 1);
            }
            EXPECT(device_hash(core.device, 0) != hashes[i]);
            hashes[i] = device_hash(core.device, 0);
        }
        EXPECT_EQ(hashes[0], hashes[1]);
        EXPECT_EQ(hashes[0] == hashes[2], way == 0); /* else an input differs */
    }
}

TEST(a_secret_shows_unless_it_goes_to_the_vault)
{
    struct test_core core;
    struct known known;

    for (unsigned to_vault = 0; to_vault < 2; to_vault++) {
        test_case("to the vault %u", to_vault);
        begin(&core, &known);
        write_le(core.device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
        write_le(core.device, MESSAGE, known.message, sizeof(known.message));
        test_write(core.device, SHARED_PORT, to_vault | 4 << 1 | 1 << 6);
        test_write(core.device, CTRL, ENCAPS);
        EXPECT_EQ(test_read(core.device, SHARED),
                  to_vault != 0 ? 0 : load_le32(known.shared));
        test_core_fini(&core);
    }
}

TEST_BEGINS(a_generated_key_shows_until_the_next_command, core)
{
    struct known known;

    begin(core, &known);
    write_le(core->device, SEED_D, known.d, 32);
    write_le(core->device, SEED_Z, known.z, 32);
    test_write(core->device, CTRL, KEYGEN);
    expect_le(core->device, DECAPS_KEY, known.decaps, sizeof(known.decaps));
    test_write(core->device, CTRL, ENCAPS);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    EXPECT_EQ(test_read(core->device, DECAPS_KEY), 0);
}

/* One nonzero word is a secret; and what comes of it is one. */
TEST(each_word_of_the_vault_counts)
{
    for (unsigned i = 0; i < 16 + 8; i++) {
        bool is_seed = i < 16;
        OWNED(test_core_fini) struct test_core core;
        struct known known;
        uint8_t bytes[64] = {0};

        test_case("%s, word %u", is_seed ? "seed" : "message", i % 16);
        begin(&core, &known);
        bytes[4 * (i % 16)] = 1;
        into_vault(&core, 3, bytes, is_seed ? 2 : 1,
                   is_seed ? KEY_VAULT_MLKEM_SEED : KEY_VAULT_MLKEM_MESSAGE);
        write_le(core.device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
        write_le(core.device, CIPHER, known.cipher, sizeof(known.cipher));
        test_write(core.device, is_seed ? SEED_PORT : MESSAGE_PORT, 3 << 1 | 1);
        test_write(core.device, CTRL, is_seed ? KEYGEN_DECAPS : ENCAPS);
        EXPECT_EQ(test_read(core.device, STATUS), READY | VALID);
        for (uint32_t word = 0; word < 8; word++) {
            EXPECT_EQ(test_read(core.device, SHARED + 4 * word), 0);
        }
    }
}

/* z makes the answer to a ciphertext that is none. */
TEST_BEGINS(both_seeds_come_from_the_vault, core)
{
    struct known known;
    uint8_t seeds[64], shared[MLKEM1024_SHARED_BYTES];
    uint32_t words[16];
    unsigned count;

    begin(core, &known);
    memcpy(seeds, known.d, 32);
    memcpy(seeds + 32, known.z, 32);
    known.cipher[5] ^= 1;
    mlkem1024_decaps(known.decaps, known.cipher, shared);
    into_vault(core, 3, seeds, 2, KEY_VAULT_MLKEM_SEED);
    test_write(core->device, SEED_PORT, 3 << 1 | 1);
    write_le(core->device, CIPHER, known.cipher, sizeof(known.cipher));
    test_write(core->device, SHARED_PORT,
               1 | 5 << 1 | 1u << (6 + KEY_VAULT_AES_KEY));
    test_write(core->device, CTRL, KEYGEN_DECAPS);
    EXPECT(key_vault_read_wide(core->key_vault, 5, KEY_VAULT_AES_KEY, words,
                               &count));
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_EQ(words[i], load_le32(shared + 4 * (size_t)(7 - i)));
    }
}

TEST_BEGINS(slots_that_are_not_enabled_give_nothing, core)
{
    static const uint32_t ports[] = {SEED_PORT, MESSAGE_PORT, SHARED_PORT};
    struct known known;

    begin(core, &known);
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        test_write(core->device, ports[i], 3 << 1);
        EXPECT_EQ(test_read(core->device, ports[i] + 4), 1);
    }
    write_le(core->device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
    write_le(core->device, MESSAGE, known.message, 32);
    test_write(core->device, CTRL, ENCAPS);
    expect_le(core->device, SHARED, known.shared, 32);
    EXPECT_EQ(test_read(core->device, SHARED_STATUS), 1);
}

/* Zeros are no secret, whatever stands behind them in the engine. */
TEST_BEGINS(zeros_are_none_whatever_was_computed_before, core)
{
    static const uint8_t zeros[64];
    struct known known;

    begin(core, &known);
    write_le(core->device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
    write_le(core->device, MESSAGE, known.message, sizeof(known.message));
    test_write(core->device, CTRL, ENCAPS);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    into_vault(core, 3, zeros, 2, KEY_VAULT_MLKEM_SEED);
    into_vault(core, 4, zeros, 1, KEY_VAULT_MLKEM_MESSAGE);
    test_write(core->device, MESSAGE_PORT, 4 << 1 | 1);
    test_write(core->device, CTRL, ENCAPS);
    EXPECT_EQ(test_read(core->device, STATUS), READY | FAILED);
    test_write(core->device, CTRL, ZEROIZE);
    write_le(core->device, ENCAPS_KEY, known.encaps, sizeof(known.encaps));
    write_le(core->device, MESSAGE, known.message, sizeof(known.message));
    test_write(core->device, CTRL, ENCAPS);
    test_write(core->device, SEED_PORT, 3 << 1 | 1);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, STATUS), READY | FAILED);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes.h"

#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_aes;

enum {
    KEY = 0x04,
    IV = 0x44,
    DATA_IN = 0x54,
    DATA_OUT = 0x64,
    CTRL = 0x74,
    TRIGGER = 0x80,
    STATUS = 0x84,
    GCM = 0x88,
    SWAP = 0x934,
    KEY_PORT = 0xa00,
    KEY_STATUS = 0xa04,
};

enum {
    IDLE = 1,
    STALL = 2,
    LOST = 4,
    VALID = 8,
    READY = 16,
    UPDATE_ERROR = 32,
};

enum { ENCRYPT = 1, DECRYPT = 2, MANUAL = 1 << 15, SIDELOAD = 1 << 11 };
enum { ECB = 1, CBC = 2, CFB = 4, OFB = 8, CTR = 16, GCM_MODE = 32 };
enum { INIT = 1, RESTORE = 2, AAD = 4, TEXT = 8, SAVE = 16, TAG = 32 };

/* SP 800-38A, appendix F, AES-256. */
static const char key_hex[] =
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
static const char text_hex[] =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

static void write_le(struct device *device, uint32_t offset, const void *bytes,
                     size_t size)
{
    for (uint32_t i = 0; i < size; i += 4) {
        test_write(device, offset + i, load_le32((const uint8_t *)bytes + i));
    }
}

static void read_le(struct device *device, uint32_t offset, void *bytes,
                    size_t size)
{
    for (uint32_t i = 0; i < size; i += 4) {
        store_le32((uint8_t *)bytes + i, test_read(device, offset + i));
    }
}

static void write_twice(struct device *device, uint32_t offset, uint32_t value)
{
    test_write(device, offset, value);
    test_write(device, offset, value);
}

static uint32_t control(uint32_t operation, uint32_t mode)
{
    return operation | mode << 2 | 4 << 8 | 1 << 12;
}

/* The key is given in two shares. */
static void write_key(struct device *device, const char *hex)
{
    uint8_t share[2][32];

    hex_bytes(share[0], sizeof(share[0]), hex);
    for (int i = 0; i < 32; i++) {
        share[1][i] = (uint8_t)(7 * i + 1);
        share[0][i] ^= share[1][i];
    }
    write_le(device, KEY, share, sizeof(share));
}

static void start(struct device *device, uint32_t operation, uint32_t mode,
                  const char *iv_hex)
{
    uint8_t iv[16];

    write_twice(device, CTRL, control(operation, mode));
    write_key(device, key_hex);
    if (iv_hex != NULL) {
        hex_bytes(iv, sizeof(iv), iv_hex);
        write_le(device, IV, iv, sizeof(iv));
    }
}

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0200, &caliptra_aes))

TEST_BEGINS(the_tables_promises_hold, core)
{
    static const char *const changed[] = {
        "CTRL_SHADOWED",
        "CTRL_AUX_SHADOWED",
        "CTRL_AUX_REGWEN",
        "CTRL_GCM_SHADOWED",
        NULL,
    };

    test_core_init(core, 0x0201, &caliptra_aes);
    EXPECT_DEVICE(core->device, changed);
}

TEST_ON(a_shadowed_register_takes_the_second_of_two_equal_writes, core)
{
    uint32_t cbc = control(ENCRYPT, CBC), ctr = control(ENCRYPT, CTR);

    EXPECT_EQ(test_read(core->device, CTRL), 0x11fd);
    test_write(core->device, CTRL, cbc);
    EXPECT_EQ(test_read(core->device, CTRL), 0x11fd); /* and forgets the half */
    test_write(core->device, CTRL, cbc);
    EXPECT_EQ(test_read(core->device, CTRL), 0x11fd);
    write_twice(core->device, CTRL, cbc);
    EXPECT_EQ(test_read(core->device, CTRL), cbc);

    test_write(core->device, CTRL, ctr);
    test_write(core->device, CTRL, cbc);
    EXPECT_EQ(test_read(core->device, CTRL), cbc);
    EXPECT(test_read(core->device, STATUS) & UPDATE_ERROR);
    write_twice(core->device, CTRL, ctr);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | READY);

    /* values that are not one-hot become the defaults */
    write_twice(core->device, CTRL, MANUAL | 3 | 5 << 2);
    EXPECT_EQ(test_read(core->device, CTRL),
              MANUAL | 1 << 12 | 4 << 8 | 0x3f << 2 | 1);
}

static const struct {
    const char *name;
    uint32_t mode;
    const char *iv;
    const char *cipher;
} modes[] = {
    {"ECB", ECB, NULL,
     "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"
     "b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7"},
    {"CBC", CBC, "000102030405060708090a0b0c0d0e0f",
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
     "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
    {"CFB", CFB, "000102030405060708090a0b0c0d0e0f",
     "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b"
     "df10132415e54b92a13ed0a8267ae2f975a385741ab9cef82031623d55b1e471"},
    {"OFB", OFB, "000102030405060708090a0b0c0d0e0f",
     "dc7e84bfda79164b7ecd8486985d38604febdc6740d20b3ac88f6ad82a4fb08d"
     "71ab47a086e86eedf39d1c5bba97c4080126141d67f37be8538f5a8be740e484"},
    {"CTR", CTR, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
     "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"},
};

TEST(the_modes_give_the_standards_results_both_ways)
{
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        OWNED(test_core_fini) struct test_core core;
        uint8_t text[64], cipher[64], out[16];

        hex_bytes(text, sizeof(text), text_hex);
        hex_bytes(cipher, sizeof(cipher), modes[i].cipher);
        test_core_init(&core, 0x0200, &caliptra_aes);
        for (uint32_t operation = ENCRYPT; operation <= DECRYPT; operation++) {
            const uint8_t *in = operation == ENCRYPT ? text : cipher;
            const uint8_t *expected = operation == ENCRYPT ? cipher : text;

            start(core.device, operation, modes[i].mode, modes[i].iv);
            for (size_t at = 0; at < sizeof(text); at += 16) {
                test_case("%s operation %u at %zu", modes[i].name, operation,
                          at);
                write_le(core.device, DATA_IN, in + at, 16);
                EXPECT_EQ(test_read(core.device, STATUS), IDLE | VALID | READY);
                read_le(core.device, DATA_OUT, out, 16);
                EXPECT_BYTES(out, expected + at, 16);
                EXPECT_EQ(test_read(core.device, STATUS), IDLE | READY);
            }
        }
    }
}

TEST_BEGINS(a_second_block_stalls_until_all_four_words_of_the_first_are_read,
            core)
{
    uint8_t text[64], cipher[64], out[16];

    hex_bytes(text, sizeof(text), text_hex);
    hex_bytes(cipher, sizeof(cipher), modes[1].cipher);
    test_core_init(core, 0x0200, &caliptra_aes);
    start(core->device, ENCRYPT, CBC, modes[1].iv);
    write_le(core->device, DATA_IN, text, 16);
    write_le(core->device, DATA_IN, text + 16, 16);
    EXPECT_EQ(test_read(core->device, STATUS), STALL | VALID | READY);
    write_le(core->device, DATA_IN, text + 32, 16); /* waits in the registers */
    EXPECT_EQ(test_read(core->device, STATUS), STALL | VALID);
    write_twice(core->device, CTRL, control(DECRYPT, ECB)); /* not while busy */
    EXPECT_EQ(test_read(core->device, CTRL), control(ENCRYPT, CBC));

    read_le(core->device, DATA_OUT, out, 12);
    read_le(core->device, DATA_OUT, out, 12);
    EXPECT_EQ(test_read(core->device, STATUS), STALL | VALID);
    EXPECT_EQ(test_read(core->device, DATA_OUT + 12), load_le32(cipher + 12));
    EXPECT_EQ(test_read(core->device, STATUS), STALL | VALID | READY);
    read_le(core->device, DATA_OUT + 4, out + 4, 12); /* all but the first */
    EXPECT_EQ(test_read(core->device, STATUS), STALL | VALID | READY);
    read_le(core->device, DATA_OUT, out, 4);
    EXPECT_BYTES(out, cipher + 16, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | VALID | READY);
    read_le(core->device, DATA_OUT, out, 16);
    EXPECT_BYTES(out, cipher + 32, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | READY);
}

TEST_BEGINS(nothing_starts_with_a_half_written_key_or_vector, core)
{
    uint8_t text[64];

    hex_bytes(text, sizeof(text), text_hex);
    test_core_init(core, 0x0200, &caliptra_aes);
    write_twice(core->device, CTRL, control(ENCRYPT, CBC));
    write_key(core->device, key_hex);
    write_le(core->device, IV, text, 12);
    write_le(core->device, DATA_IN, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
    test_write(core->device, IV + 12, 0);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | VALID | READY);
    test_write(core->device, KEY, 0);
    write_le(core->device, DATA_IN, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | VALID);
}

TEST_BEGINS(manual_operation_waits_for_its_trigger_and_loses_unread_output,
            core)
{
    uint8_t text[64];

    hex_bytes(text, sizeof(text), text_hex);
    test_core_init(core, 0x0200, &caliptra_aes);
    write_twice(core->device, CTRL, MANUAL | control(ENCRYPT, ECB));
    write_key(core->device, key_hex);
    write_le(core->device, DATA_IN, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
    test_write(core->device, TRIGGER, 1);
    EXPECT_EQ(test_read(core->device, DATA_OUT), 0xbdd1eef3);
    test_write(core->device, TRIGGER, 1);
    EXPECT(test_read(core->device, STATUS) & LOST);
    test_write(core->device, TRIGGER, 6);
    EXPECT_EQ(test_read(core->device, DATA_OUT), 0);
    EXPECT_EQ(test_read(core->device, IV), 0);
    EXPECT_EQ(test_read(core->device, STATUS) & (VALID | READY), READY);
}

/* The GCM specification's test case 16. */
static const char gcm_key[] =
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
static const char gcm_text[] =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char gcm_cipher[] =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
static const char gcm_aad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char gcm_tag[] = "76fc6ece0f4e1768cddf8853bb2d551b";

enum { GCM_TEXT_SIZE = 60, GCM_AAD_SIZE = 20 };

static void gcm_phase(struct device *device, uint32_t phase, size_t valid)
{
    write_twice(device, GCM, phase | (uint32_t)valid << 6);
}

/* The last of the four words of the vector is left zero. */
static void gcm_start(struct device *device, uint32_t operation)
{
    uint8_t iv[16] = {0};

    write_twice(device, CTRL, control(operation, GCM_MODE));
    gcm_phase(device, INIT, 16);
    write_key(device, gcm_key);
    hex_bytes(iv, sizeof(iv), "cafebabefacedbaddecaf888");
    write_le(device, IV, iv, sizeof(iv));
}

static void gcm_blocks(struct device *device, uint32_t phase, const uint8_t *in,
                       size_t size, uint8_t *out)
{
    for (size_t at = 0; at < size; at += 16) {
        size_t valid = size - at < 16 ? size - at : 16;
        uint8_t block[16] = {0};

        memcpy(block, in + at, valid);
        gcm_phase(device, phase, valid);
        write_le(device, DATA_IN, block, 16);
        if (out != NULL) {
            EXPECT(test_read(device, STATUS) & VALID);
            read_le(device, DATA_OUT, block, 16);
            memcpy(out + at, block, valid);
        }
    }
}

static void expect_gcm_tag(struct device *device)
{
    uint8_t lengths[16] = {0}, tag[16], expected[16];

    store_be32(lengths + 4, 8 * GCM_AAD_SIZE);
    store_be32(lengths + 12, 8 * GCM_TEXT_SIZE);
    gcm_phase(device, TAG, 16);
    write_le(device, DATA_IN, lengths, 16);
    EXPECT(test_read(device, STATUS) & VALID);
    read_le(device, DATA_OUT, tag, 16);
    hex_bytes(expected, sizeof(expected), gcm_tag);
    EXPECT_BYTES(tag, expected, 16);
}

TEST_BEGINS(gcm_counts_from_one_though_the_vector_ends_in_zero, core)
{
    uint8_t text[64], cipher[64], aad[32], out[64];

    hex_bytes(text, sizeof(text), gcm_text);
    hex_bytes(cipher, sizeof(cipher), gcm_cipher);
    hex_bytes(aad, sizeof(aad), gcm_aad);
    test_core_init(core, 0x0200, &caliptra_aes);
    for (uint32_t operation = ENCRYPT; operation <= DECRYPT; operation++) {
        test_case("operation %u", operation);
        gcm_start(core->device, operation);
        gcm_blocks(core->device, AAD, aad, GCM_AAD_SIZE, NULL);
        gcm_blocks(core->device, TEXT, operation == ENCRYPT ? text : cipher,
                   GCM_TEXT_SIZE, out);
        EXPECT_BYTES(out, operation == ENCRYPT ? cipher : text, GCM_TEXT_SIZE);
        expect_gcm_tag(core->device);
    }
}

TEST_BEGINS(gcm_saves_its_hash_and_restores_it_for_the_next_part, core)
{
    uint8_t text[64], cipher[64], aad[32], out[64], hash[16], iv[16] = {0};

    hex_bytes(text, sizeof(text), gcm_text);
    hex_bytes(cipher, sizeof(cipher), gcm_cipher);
    hex_bytes(aad, sizeof(aad), gcm_aad);
    test_core_init(core, 0x0200, &caliptra_aes);
    gcm_start(core->device, ENCRYPT);
    gcm_blocks(core->device, AAD, aad, GCM_AAD_SIZE, NULL);
    gcm_blocks(core->device, TEXT, text, 32, out);
    gcm_phase(core->device, SAVE, 16);
    EXPECT(test_read(core->device, STATUS) & VALID);
    read_le(core->device, DATA_OUT, hash, 16);
    test_write(core->device, TRIGGER, 6);

    gcm_start(core->device, ENCRYPT);
    gcm_phase(core->device, RESTORE, 16);
    write_le(core->device, DATA_IN, hash, 16);
    hex_bytes(iv, sizeof(iv), "cafebabefacedbaddecaf888");
    iv[15] = 4; /* two blocks are done */
    write_le(core->device, IV, iv, 16);
    gcm_blocks(core->device, TEXT, text + 32, GCM_TEXT_SIZE - 32, out + 32);
    EXPECT_BYTES(out, cipher, GCM_TEXT_SIZE);
    expect_gcm_tag(core->device);
}

TEST_ON(gcm_phases_follow_their_order, core)
{
    write_twice(core->device, CTRL, control(ENCRYPT, GCM_MODE));
    gcm_phase(core->device, TEXT, 16); /* before key and vector */
    EXPECT_EQ(test_read(core->device, GCM), INIT | 16 << 6);
    gcm_start(core->device, ENCRYPT);
    gcm_phase(core->device, SAVE, 16); /* nothing to save */
    EXPECT_EQ(test_read(core->device, GCM), INIT | 16 << 6);
    gcm_start(core->device, ENCRYPT);
    gcm_phase(core->device, TEXT, 0);
    EXPECT_EQ(test_read(core->device, GCM), TEXT | 16 << 6);
    gcm_phase(core->device, AAD, 7);
    EXPECT_EQ(test_read(core->device, GCM), TEXT | 7 << 6);
}

TEST_BEGINS(a_vault_key_meant_for_the_engine_is_used_and_no_other, core)
{
    uint32_t words[16] = {0};
    uint8_t bytes[32], text[64], cipher[64], out[16];

    hex_bytes(bytes, sizeof(bytes), key_hex);
    hex_bytes(text, sizeof(text), text_hex);
    hex_bytes(cipher, sizeof(cipher), modes[0].cipher);
    words_from_bytes(words, bytes, 8);
    test_core_init(core, 0x0200, &caliptra_aes);
    key_vault_write(core->key_vault, 5, words, 16, BIT(KEY_VAULT_HMAC_KEY));
    key_vault_write(core->key_vault, 6, words, 16, BIT(KEY_VAULT_AES_KEY));
    test_write(core->device, KEY_PORT, 1 | 5 << 1);
    EXPECT_EQ(test_read(core->device, KEY_STATUS), 3 | 1 << 2);
    write_twice(core->device, CTRL, SIDELOAD | control(ENCRYPT, ECB));
    write_le(core->device, DATA_IN, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);

    test_write(core->device, KEY_PORT, 1 | 6 << 1);
    EXPECT_EQ(test_read(core->device, KEY_STATUS), 3);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | VALID | READY);
    read_le(core->device, DATA_OUT, out, 16);
    EXPECT_BYTES(out, cipher, 16);

    device_input(core->device, 0, 1); /* a change to debug mode */
    write_le(core->device, DATA_IN, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
}

TEST_BEGINS(generation_2_1_swaps_data_bytes_on_request, core)
{
    uint8_t text[64], cipher[64], out[16];

    hex_bytes(text, sizeof(text), text_hex);
    hex_bytes(cipher, sizeof(cipher), modes[0].cipher);
    test_core_init(core, 0x0201, &caliptra_aes);
    start(core->device, ENCRYPT, ECB, NULL);
    test_write(core->device, SWAP, 1);
    test_write_bytes(core->device, DATA_IN, text, 16);
    test_read_bytes(core->device, DATA_OUT, out, 16);
    EXPECT_BYTES(out, cipher, 16);
    test_core_fini(core);

    test_core_init(core, 0x0200, &caliptra_aes);
    test_write(core->device, SWAP, 1);
    EXPECT_EQ(test_read(core->device, SWAP), 0);
}

/* ---- Every value --------------------------------------------------------- */

TEST_ON(fields_of_control_that_are_not_one_hot_become_defaults, core)
{
    static const struct {
        unsigned shift, bits;
        uint32_t allowed, otherwise;
    } fields[] = {
        {0,  2, 0x03, 1   },
        {2,  6, 0x3f, 0x3f},
        {8,  3, 0x07, 4   },
        {12, 3, 0x07, 1   },
    };

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        uint32_t end = 1u << fields[i].bits;

        for (uint32_t value = 0; value < end; value++) {
            uint32_t mask = (end - 1) << fields[i].shift;
            bool one_hot = value != 0 && (value & (value - 1)) == 0;

            test_case("field %zu, value 0x%x", i, value);
            write_twice(core->device, CTRL,
                        (control(ENCRYPT, ECB) & ~mask) |
                            value << fields[i].shift);
            EXPECT_EQ((test_read(core->device, CTRL) & mask) >> fields[i].shift,
                      one_hot ? value : fields[i].otherwise);
        }
    }
}

/* Steps to a phase, then what may follow. Capitals: a block went through. */
static const struct {
    const char *name;
    uint32_t steps[4]; /* phases, 0x100 with a block */
    uint32_t phase;
    uint32_t allowed;
} phases[] = {
    {"without a key", {0},                        INIT,    INIT                             },
    {"ready",         {INIT},                     INIT,    INIT | RESTORE | AAD | TEXT | TAG},
    {"restore",       {INIT, RESTORE},            RESTORE, INIT | AAD | TEXT                },
    {"aad",           {INIT, AAD},                AAD,     INIT | AAD | TEXT | TAG          },
    {"AAD",           {INIT, AAD | 0x100},        AAD,     INIT | AAD | TEXT | SAVE | TAG   },
    {"text",          {INIT, TEXT},               TEXT,    INIT | TEXT | TAG                },
    {"TEXT",          {INIT, TEXT | 0x100},       TEXT,    INIT | TEXT | SAVE | TAG         },
    {"RESTORE, aad",
     {INIT, RESTORE | 0x100, AAD},
     AAD,                                                  INIT | AAD | TEXT | SAVE | TAG   },
    {"save",          {INIT, TEXT | 0x100, SAVE}, SAVE,    INIT                             },
    {"tag",           {INIT, TAG},                TAG,     INIT                             },
};

static void go_to_phase(struct device *device, size_t i)
{
    static const uint8_t block[16];
    uint8_t out[16];

    write_twice(device, CTRL, control(ENCRYPT, GCM_MODE));
    if (phases[i].steps[0] == INIT) {
        gcm_start(device, ENCRYPT);
    }
    for (unsigned j = 1; j < 4 && phases[i].steps[j] != 0; j++) {
        gcm_phase(device, phases[i].steps[j] & 0x3f, 16);
        if ((phases[i].steps[j] & 0x100) != 0) {
            write_le(device, DATA_IN, block, 16);
            read_le(device, DATA_OUT, out, 16);
        }
    }
}

TEST(each_phase_is_followed_by_its_own)
{
    for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
        for (uint32_t wanted = 0; wanted < 0x40; wanted++) {
            OWNED(test_core_fini) struct test_core core;
            bool one_hot = wanted != 0 && (wanted & (wanted - 1)) == 0;
            uint32_t taken = one_hot ? wanted : INIT;

            test_case("%s, wanted 0x%x", phases[i].name, wanted);
            test_core_init(&core, 0x0200, &caliptra_aes);
            go_to_phase(core.device, i);
            EXPECT_EQ(test_read(core.device, GCM) & 0x3f, phases[i].phase);
            gcm_phase(core.device, wanted, 16);
            EXPECT_EQ(test_read(core.device, GCM) & 0x3f,
                      (taken & phases[i].allowed) != 0 ? taken
                                                       : phases[i].phase);
        }
    }
}

TEST_ON(valid_bytes_are_one_to_sixteen, core)
{
    write_twice(core->device, CTRL, control(ENCRYPT, GCM_MODE));
    for (uint32_t valid = 0; valid < 32; valid++) {
        test_case("%u", valid);
        gcm_phase(core->device, INIT, valid);
        EXPECT_EQ(test_read(core->device, GCM) >> 6,
                  valid == 0 || valid > 16 ? 16 : valid);
    }
}

/* ---- Counters ------------------------------------------------------------ */

/* The key stream of a block by its counter. */
static void expect_stream(struct device *device, const uint8_t *counter,
                          uint32_t operation_phase)
{
    static const uint8_t zeros[16];
    uint8_t key[32], expected[16], out[16];

    hex_bytes(key, sizeof(key), operation_phase != 0 ? gcm_key : key_hex);
    aes256_encrypt(key, counter, expected);
    if (operation_phase != 0) {
        gcm_phase(device, operation_phase, 16);
    }
    write_le(device, DATA_IN, zeros, 16);
    read_le(device, DATA_OUT, out, 16);
    EXPECT_BYTES(out, expected, 16);
}

TEST(counters_carry_through_all_words_in_ctr_mode)
{
    static const char *const counters[][2] = {
        {"000000000000000000000000fffffffe",
         "000000000000000000000000ffffffff"},
        {"000000000000000000000000ffffffff",
         "00000000000000000000000100000000"},
        {"0000000000000000ffffffffffffffff",
         "00000000000000010000000000000000"},
        {"00000000ffffffffffffffffffffffff",
         "00000001000000000000000000000000"},
        {"ffffffffffffffffffffffffffffffff",
         "00000000000000000000000000000000"},
        {"000000000000000000000000000000ff",
         "00000000000000000000000000000100"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
        OWNED(test_core_fini) struct test_core core;
        uint8_t counter[2][16];

        test_case("%s", counters[i][0]);
        hex_bytes(counter[0], 16, counters[i][0]);
        hex_bytes(counter[1], 16, counters[i][1]);
        test_core_init(&core, 0x0200, &caliptra_aes);
        start(core.device, ENCRYPT, CTR, counters[i][0]);
        expect_stream(core.device, counter[0], 0);
        expect_stream(core.device, counter[1], 0);
    }
}

/* Text begins two after the vector's last word, which goes around alone. */
TEST(counters_of_gcm_have_32_bits)
{
    for (unsigned last = 0xfd; last <= 0xff; last++) {
        OWNED(test_core_fini) struct test_core core;
        uint8_t iv[16];

        test_case("a vector that ends in 0x%x", last);
        test_core_init(&core, 0x0200, &caliptra_aes);
        gcm_start(core.device, ENCRYPT);
        hex_bytes(iv, sizeof(iv), "0102030405060708ffffffffffffffff");
        iv[15] = (uint8_t)last;
        gcm_phase(core.device, INIT, 16);
        write_le(core.device, IV, iv, 16);
        for (uint32_t i = 2; i <= 3; i++) {
            store_be32(iv + 12, 0xffffff00 + last + i);
            expect_stream(core.device, iv, TEXT);
        }
    }
}

/* ---- When it runs, and what it says -------------------------------------- */

TEST_ON(a_vector_that_was_used_counts_but_not_with_a_word_of_a_new_one, core)
{
    static const uint8_t text[16] = {1};

    start(core->device, ENCRYPT, CBC, modes[1].iv);
    for (unsigned i = 0; i < 2; i++) {
        write_le(core->device, DATA_IN, text, 16);
        EXPECT(test_read(core->device, STATUS) & VALID);
        test_write(core->device, TRIGGER, 4);
    }
    for (uint32_t i = 0; i < 4; i++) { /* all but one */
        test_case("without word %u", i);
        for (uint32_t word = 0; word < 4; word++) {
            if (word != i) {
                test_write(core->device, IV + 4 * word, 5);
            }
        }
        write_le(core->device, DATA_IN, text, 16);
        EXPECT_EQ(test_read(core->device, STATUS), IDLE);
        test_write(core->device, IV + 4 * i, 5);
        EXPECT(test_read(core->device, STATUS) & VALID);
        test_write(core->device, TRIGGER, 4);
    }
}

TEST(a_new_configuration_wants_key_vector_and_input_anew)
{
    static const uint8_t text[16] = {1};

    for (unsigned missing = 0; missing < 4; missing++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("without bank %u", missing);
        test_core_init(&core, 0x0200, &caliptra_aes);
        start(core.device, ENCRYPT, CBC, modes[1].iv);
        write_le(core.device, DATA_IN, text, 16); /* and is not read */
        write_le(core.device, DATA_IN, text, 12);
        write_twice(core.device, CTRL, control(ENCRYPT, CFB));
        EXPECT_EQ(test_read(core.device, STATUS), IDLE | READY);
        if (missing != 0) {
            write_key(core.device, key_hex);
        }
        if (missing != 1) {
            write_le(core.device, IV, text, 16);
        }
        if (missing != 2) {
            write_le(core.device, DATA_IN, text, 16);
        } else {
            test_write(core.device, DATA_IN + 12, 1);
        }
        EXPECT_EQ(test_read(core.device, STATUS) & VALID,
                  missing == 3 ? VALID : 0);
    }
}

TEST(after_save_or_tag_nothing_more_comes_out)
{
    static const uint32_t ends[] = {SAVE, TAG};
    static const uint8_t text[16] = {1};

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        OWNED(test_core_fini) struct test_core core;
        uint8_t out[16];

        test_case("phase %u", ends[i]);
        test_core_init(&core, 0x0200, &caliptra_aes);
        gcm_start(core.device, ENCRYPT);
        gcm_blocks(core.device, TEXT, text, 16, out);
        gcm_phase(core.device, ends[i], 16);
        write_le(core.device, DATA_IN, text, 16);
        EXPECT(test_read(core.device, STATUS) & VALID);
        read_le(core.device, DATA_OUT, out, 16);
        EXPECT_EQ(test_read(core.device, STATUS) & VALID, 0);
        write_le(core.device, DATA_IN, text, 16);
        EXPECT_EQ(test_read(core.device, STATUS) & VALID, 0);
    }
}

TEST(a_short_key_of_the_vault_is_followed_by_zeros)
{
    static const uint32_t words[16] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t out[2][16], share[64] = {0};

    for (unsigned i = 0; i < 2; i++) {
        OWNED(test_core_fini) struct test_core core;

        test_core_init(&core, 0x0200, &caliptra_aes);
        key_vault_write(core.key_vault, 6, words, 16, BIT(KEY_VAULT_AES_KEY));
        key_vault_write(core.key_vault, 6, words, 4, BIT(KEY_VAULT_AES_KEY));
        if (i == 0) {
            write_twice(core.device, CTRL, SIDELOAD | control(ENCRYPT, ECB));
            test_write(core.device, KEY_PORT, 6 << 1);
            EXPECT_EQ(test_read(core.device, KEY_STATUS), 1);
            test_write(core.device, KEY_PORT, 1 | 6 << 1);
        } else {
            words_to_bytes(share, words, 4);
            write_twice(core.device, CTRL, control(ENCRYPT, ECB));
            write_le(core.device, KEY, share, sizeof(share));
        }
        write_le(core.device, DATA_IN, share + 32, 16);
        EXPECT(test_read(core.device, STATUS) & VALID);
        read_le(core.device, DATA_OUT, out[i], 16);
    }
    EXPECT_BYTES(out[0], out[1], 16);
}

TEST_ON(software_is_told_what_it_did_wrong_and_what_is_not_there, core)
{
    static const uint8_t text[16] = {1};
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    test_write(core->device, CTRL, control(ENCRYPT, ECB));
    test_write(core->device, CTRL, control(ENCRYPT, CBC));
    EXPECT_TOLD(&told,
                "guest: device: shadowed register: 0x1409 after 0x1405, "
                "not taken\n");
    write_twice(core->device, CTRL, 1 | ECB << 2 | 1 << 8 | 1 << 12);
    EXPECT_TOLD(&told, "unmodelled: device: a key of less than 256 bits\n");
    write_twice(core->device, CTRL, 1 | 0x3f << 2 | 1 << 8 | 1 << 12);
    EXPECT_TOLD(&told, "");
    test_write(core->device, 0xa08, 0x40);
    EXPECT_TOLD(&told, "");
    test_write(core->device, 0xa08, 1);
    EXPECT_TOLD(&told, "unmodelled: device: output to the key vault\n");
    start(core->device, ENCRYPT, CBC, modes[1].iv);
    write_le(core->device, DATA_IN, text, 16);
    write_le(core->device, DATA_IN, text, 16);
    EXPECT_TOLD(&told, "");
    test_write(core->device, KEY + 4, 1);
    test_write(core->device, IV + 8, 1);
    test_write(core->device, CTRL, 1);
    test_write(core->device, GCM, 4);
    EXPECT_TOLD(&told,
                "guest: device: register written while not idle\n"
                "guest: device: register written while not idle\n"
                "guest: device: register written while not idle\n"
                "guest: device: register written while not idle\n");
}

/* Clears are one by one, and leave nothing. */
TEST(clearing_inputs_or_output_forgets_them)
{
    for (uint32_t trigger = 0; trigger < 8; trigger += 2) {
        uint64_t hashes[2];

        test_case("trigger %u", trigger);
        for (uint32_t i = 0; i < 2; i++) {
            uint8_t text[16] = {(uint8_t)i};
            OWNED(test_core_fini) struct test_core core;

            test_core_init(&core, 0x0200, &caliptra_aes);
            start(core.device, ENCRYPT, ECB, modes[1].iv);
            write_le(core.device, DATA_IN, text, 16);
            write_le(core.device, KEY, text, 16);
            write_le(core.device, IV, text, 16);
            test_write(core.device, TRIGGER, trigger);
            EXPECT_EQ(test_read(core.device, STATUS) & VALID,
                      (trigger & 4) != 0 ? 0 : VALID);
            hashes[i] = test_state_hash(core.device);
        }
        struct test_core core;
        test_core_init(&core, 0x0200, &caliptra_aes);
        write_twice(core.device, CTRL, control(ENCRYPT, ECB));
        EXPECT_EQ(hashes[0] == test_state_hash(core.device), trigger == 6);
        test_core_fini(&core);
        EXPECT_EQ(hashes[0] == hashes[1], trigger == 6);
    }
}

TEST_ON(the_auxiliary_register_is_shadowed_and_closes, core)
{
    uint32_t before = test_read(core->device, 0x78);
    test_write(core->device, 0x78, before ^ 1);
    EXPECT_EQ(test_read(core->device, 0x78), before);
    test_write(core->device, 0x78, before ^ 1);
    EXPECT_EQ(test_read(core->device, 0x78), before); /* a read forgets */
    write_twice(core->device, 0x78, before ^ 1);
    EXPECT_EQ(test_read(core->device, 0x78), before ^ 1);
    test_write(core->device, 0x7c, 0);
    test_write(core->device, 0x7c, 1);
    EXPECT_EQ(test_read(core->device, 0x7c), 0);
    write_twice(core->device, 0x78, before);
    EXPECT_EQ(test_read(core->device, 0x78), before ^ 1);
}

TEST_ON(an_engine_needs_a_key_vault, core)
{
    struct device *vault = core->key_vault;
    core->key_vault = NULL;
    EXPECT_EQ(device_init(core->device, &core->error), -EINVAL);
    core->key_vault = vault;
}

TEST_ON(a_new_start_of_gcm_has_nothing_to_save, core)
{
    static const uint8_t text[16] = {1};

    gcm_start(core->device, ENCRYPT);
    gcm_blocks(core->device, AAD, text, 16, NULL);
    gcm_start(core->device, ENCRYPT);
    gcm_phase(core->device, AAD, 16);
    gcm_phase(core->device, SAVE, 16);
    EXPECT_EQ(test_read(core->device, GCM) & 0x3f, AAD);
}

TEST_ON(words_of_a_block_before_a_clear_do_not_count, core)
{
    static const uint8_t text[16] = {1};

    start(core->device, ENCRYPT, ECB, NULL);
    write_le(core->device, DATA_IN, text, 12);
    test_write(core->device, TRIGGER, 2);
    write_key(core->device, key_hex);
    test_write(core->device, DATA_IN + 12, 1);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | READY);
    write_le(core->device, DATA_IN, text, 12);
    EXPECT(test_read(core->device, STATUS) & VALID);
}

/* A phase that may not come yet stays with the first, which wants a vector. */
TEST_ON(gcm_starts_once_it_has_both_key_and_vector, core)
{
    static const uint8_t iv[16] = {1, 2, 3};

    write_twice(core->device, CTRL, control(ENCRYPT, GCM_MODE));
    write_le(core->device, IV, iv, 16);
    gcm_phase(core->device, AAD, 16);
    EXPECT_EQ(test_read(core->device, GCM) & 0x3f, INIT);
    write_key(core->device, gcm_key);
    gcm_phase(core->device, AAD, 16);
    EXPECT_EQ(test_read(core->device, GCM) & 0x3f, INIT);
    write_le(core->device, IV, iv, 16);
    gcm_phase(core->device, AAD, 16);
    EXPECT_EQ(test_read(core->device, GCM) & 0x3f, AAD);
}

/* Once ready, a vector is a counter: of what was encrypted before. */
TEST_BEGINS(a_vector_after_the_start_of_gcm_is_taken_as_it_is, core)
{
    uint8_t iv[16] = {1, 2, 3, [15] = 0xfe};

    memset(iv + 4, 0xff, 11);
    test_core_init(core, 0x0200, &caliptra_aes);
    gcm_start(core->device, ENCRYPT);
    write_le(core->device, IV, iv, 16);
    expect_stream(core->device, iv, TEXT);
    iv[15] = 0xff;
    expect_stream(core->device, iv, TEXT);
    memset(iv + 12, 0, 4); /* alone */
    expect_stream(core->device, iv, TEXT);
}

TEST_ON(a_new_configuration_of_gcm_starts_anew, core)
{
    gcm_start(core->device, ENCRYPT);
    write_twice(core->device, CTRL, control(ENCRYPT, GCM_MODE));
    gcm_phase(core->device, AAD, 16);
    EXPECT_EQ(test_read(core->device, GCM) & 0x3f, INIT);
}

TEST(a_block_that_waited_leaves_no_copy)
{
    static const uint8_t text[2][16] = {{1}, {2}};
    uint64_t hashes[2];
    uint8_t out[16];

    for (unsigned waits = 0; waits < 2; waits++) {
        OWNED(test_core_fini) struct test_core core;

        test_core_init(&core, 0x0200, &caliptra_aes);
        start(core.device, ENCRYPT, ECB, NULL);
        write_le(core.device, DATA_IN, text[0], 16);
        if (waits) {
            write_le(core.device, DATA_IN, text[1], 16);
        }
        read_le(core.device, DATA_OUT, out, 16);
        if (!waits) {
            write_le(core.device, DATA_IN, text[1], 16);
        }
        EXPECT_EQ(test_read(core.device, STATUS), IDLE | VALID | READY);
        read_le(core.device, DATA_OUT, out, 16);
        hashes[waits] = test_state_hash(core.device);
    }
    EXPECT_EQ(hashes[0], hashes[1]);
}

TEST_ON(a_vector_before_a_clear_does_not_count, core)
{
    static const uint8_t text[16] = {1};

    start(core->device, ENCRYPT, CBC, modes[1].iv);
    test_write(core->device, TRIGGER, 2);
    write_key(core->device, key_hex);
    write_le(core->device, DATA_IN, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
    write_le(core->device, IV, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | VALID | READY);
}

TEST(a_key_of_the_vault_is_forgotten_in_debug_mode)
{
    uint64_t hashes[2];

    for (uint32_t i = 0; i < 2; i++) {
        uint32_t words[16] = {i};
        OWNED(test_core_fini) struct test_core core;

        test_core_init(&core, 0x0200, &caliptra_aes);
        key_vault_write(core.key_vault, 6, words, 16, BIT(KEY_VAULT_AES_KEY));
        test_write(core.device, KEY_PORT, 1 | 6 << 1);
        uint64_t loaded = test_state_hash(core.device);
        device_input(core.device, 0, 0);
        EXPECT_EQ(test_state_hash(core.device), loaded);
        device_input(core.device, 0, 1);
        EXPECT_EQ(*(uint32_t *)test_field(core.device, "sideloaded"), 0);
        hashes[i] = test_state_hash(core.device);
    }
    EXPECT_EQ(hashes[0], hashes[1]);
}

/* By hand: the trigger makes the subkey first, then each block. */
TEST_BEGINS(gcm_by_hand_gives_the_same_as_by_itself, core)
{
    uint8_t text[64], cipher[64], iv[16] = {0}, out[16];

    hex_bytes(text, sizeof(text), gcm_text);
    hex_bytes(cipher, sizeof(cipher), gcm_cipher);
    hex_bytes(iv, sizeof(iv), "cafebabefacedbaddecaf888");
    test_core_init(core, 0x0200, &caliptra_aes);
    write_twice(core->device, CTRL, MANUAL | control(ENCRYPT, GCM_MODE));
    write_key(core->device, gcm_key);
    write_le(core->device, IV, iv, 16);
    gcm_phase(core->device, TEXT, 16);
    EXPECT_EQ(test_read(core->device, GCM) & 0x3f, INIT);
    test_write(core->device, TRIGGER, 1);
    EXPECT_EQ(test_read(core->device, STATUS) & VALID, 0);
    gcm_phase(core->device, TEXT, 16);
    for (unsigned i = 0; i < 2; i++) {
        write_le(core->device, DATA_IN, text + 16 * i, 16);
        EXPECT_EQ(test_read(core->device, STATUS), IDLE);
        test_write(core->device, TRIGGER, 1);
        read_le(core->device, DATA_OUT, out, 16);
        EXPECT_BYTES(out, cipher + 16 * i, 16);
    }
}

/* Each word by itself is still to be read. */
TEST(output_stays_valid_until_each_of_its_words_was_read)
{
    static const uint8_t text[16] = {1};

    for (uint32_t last = 0; last < 4; last++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("word %u last", last);
        test_core_init(&core, 0x0200, &caliptra_aes);
        start(core.device, ENCRYPT, ECB, NULL);
        for (unsigned block = 0; block < 2; block++) {
            write_le(core.device, DATA_IN, text, 16);
            for (uint32_t word = 0; word < 4; word++) {
                if (word != last) {
                    test_read(core.device, DATA_OUT + 4 * word);
                }
            }
            EXPECT(test_read(core.device, STATUS) & VALID);
            test_read(core.device, DATA_OUT + 4 * last);
            EXPECT_EQ(test_read(core.device, STATUS) & VALID, 0);
        }
    }
}

TEST_ON(half_a_block_waits_while_the_hash_is_saved, core)
{
    static const uint8_t text[16] = {1};
    uint8_t out[16];

    gcm_start(core->device, ENCRYPT);
    gcm_blocks(core->device, TEXT, text, 16, out);
    write_le(core->device, DATA_IN, text, 8);
    gcm_phase(core->device, SAVE, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | VALID | READY);
    read_le(core->device, DATA_OUT, out, 16);
    test_write(core->device, DATA_IN + 8, 1);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | READY);
    test_write(core->device, DATA_IN + 12, 1);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
}

TEST_ON(a_word_of_a_new_vector_holds_up_gcm_too, core)
{
    static const uint8_t text[16] = {1};

    gcm_start(core->device, ENCRYPT);
    test_write(core->device, IV, 1);
    gcm_phase(core->device, TEXT, 16);
    write_le(core->device, DATA_IN, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
    write_le(core->device, IV, text, 16);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE | VALID | READY);
}

TEST(swapping_is_a_bit_of_generation_2_1)
{
    for (uint32_t generation = 0x0200; generation <= 0x0201; generation++) {
        OWNED(test_core_fini) struct test_core core;

        test_core_init(&core, generation, &caliptra_aes);
        test_write(core.device, SWAP, 1);
        EXPECT_EQ(test_read(core.device, SWAP), generation - 0x0200);
    }
}

/* All words but one after a clear, for each one. */
TEST(each_word_is_wanted_again_after_a_clear)
{
    for (uint32_t missing = 0; missing < 4; missing++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("word %u", missing);
        test_core_init(&core, 0x0200, &caliptra_aes);
        start(core.device, ENCRYPT, ECB, NULL);
        test_write(core.device, TRIGGER, 2);
        for (uint32_t word = 0; word < 4; word++) {
            if (word != missing) {
                test_write(core.device, DATA_IN + 4 * word, 1);
            }
        }
        EXPECT_EQ(test_read(core.device, STATUS), IDLE | READY);
        test_write(core.device, DATA_IN + 4 * missing, 1);
        EXPECT_EQ(test_read(core.device, STATUS), IDLE);
    }
}

TEST_ON(a_read_between_two_writes_of_a_phase_forgets_the_first, core)
{
    gcm_start(core->device, ENCRYPT);
    for (unsigned i = 0; i < 2; i++) {
        test_write(core->device, GCM, AAD | 16 << 6);
        EXPECT_EQ(test_read(core->device, GCM) & 0x3f, INIT);
    }
    test_write(core->device, 0xa08, 0x40);
    EXPECT_EQ(test_read(core->device, 0xa08), 0x40);
}

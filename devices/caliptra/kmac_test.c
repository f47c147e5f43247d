/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>

#include "crypto/keccak.h"
#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_kmac;

enum {
    INTR_STATE = 0x00,
    INTR_ENABLE = 0x04,
    REGWEN = 0x10,
    CFG = 0x14,
    CMD = 0x18,
    STATUS = 0x1c,
    PREFIX = 0x20,
    ERR_CODE = 0x4c,
    STATE = 0x400,
    FIFO = 0x800,
};

enum { START = 0x1d, PROCESS = 0x2e, RUN = 0x31, DONE = 0x16 };
enum { IDLE = 0x4001, ABSORB = 0x4002, SQUEEZE = 0x4004 };
enum { SHA3 = 0, SHAKE = 2 << 4, CSHAKE = 3 << 4 };
enum { BIG_MESSAGE = 1 << 8, BIG_STATE = 1 << 9 };

static void write_sized(struct device *device, uint32_t offset, unsigned size,
                        uint32_t value)
{
    struct access access = {.view = TEST_CORE};
    EXPECT_EQ(device_write(device, 0, &access, offset, size, value), 0);
}

static void configure(struct device *device, uint32_t value)
{
    test_write(device, CFG, value);
    test_write(device, CFG, value);
}

/* Words, then the rest byte by byte, all to one address. */
static void write_message(struct device *device, const uint8_t *bytes,
                          size_t size)
{
    size_t at = 0;

    for (; size - at >= 4; at += 4) {
        test_write(device, FIFO, load_le32(bytes + at));
    }
    for (; at < size; at++) {
        write_sized(device, FIFO, 1, bytes[at]);
    }
}

static void read_digest(struct device *device, uint8_t *digest, size_t size)
{
    for (uint32_t i = 0; i < size; i += 4) {
        store_le32(digest + i, test_read(device, STATE + i));
    }
}

static void openssl_digest(const char *name, const void *bytes, size_t size,
                           uint8_t *digest, size_t digest_size)
{
    EVP_MD *type = EVP_MD_fetch(NULL, name, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    REQUIRE(type != NULL && context != NULL);
    EXPECT(EVP_DigestInit_ex2(context, type, NULL));
    EXPECT(EVP_DigestUpdate(context, bytes, size));
    EXPECT((EVP_MD_get_flags(type) & EVP_MD_FLAG_XOF) != 0
               ? EVP_DigestFinalXOF(context, digest, digest_size)
               : EVP_DigestFinal_ex(context, digest, NULL));
    EVP_MD_CTX_free(context);
    EVP_MD_free(type);
}

TEST(the_tables_promises_hold)
{
    static const char *const changed[] = {"CFG_SHADOWED", NULL};
    EXPECT_DEVICE_TYPE(&caliptra_kmac, changed);
}

static const struct {
    const char *name;
    uint32_t config;
    size_t size;
} functions[] = {
    {"SHA3-224", SHA3 | 1 << 1,  28 },
    {"SHA3-256", SHA3 | 2 << 1,  32 },
    {"SHA3-384", SHA3 | 3 << 1,  48 },
    {"SHA3-512", SHA3 | 4 << 1,  64 },
    {"SHAKE128", SHAKE | 0 << 1, 168},
    {"SHAKE256", SHAKE | 2 << 1, 136},
};

FIXTURE(struct test_core, core, test_core_fini)

TEST_BEGINS(digests_of_words_and_bytes_equal_openssls, core)
{
    uint8_t message[300];

    memset(message, 0x5b, sizeof(message));
    test_core_init(core, 0x0201, &caliptra_kmac);
    for (size_t f = 0; f < ARRAY_SIZE(functions); f++) {
        for (size_t size = 0; size <= sizeof(message); size += 23) {
            uint8_t digest[200], expected[200];

            test_case("%s of %zu bytes", functions[f].name, size);
            openssl_digest(functions[f].name, message, size, expected,
                           functions[f].size);
            configure(core->device, functions[f].config);
            test_write(core->device, CMD, START);
            EXPECT_EQ(test_read(core->device, STATUS), ABSORB);
            write_message(core->device, message, size);
            test_write(core->device, CMD, PROCESS);
            EXPECT_EQ(test_read(core->device, STATUS), SQUEEZE);
            read_digest(core->device, digest, functions[f].size);
            EXPECT_BYTES(digest, expected, functions[f].size);
            test_write(core->device, CMD, DONE);
            EXPECT_EQ(test_read(core->device, STATUS), IDLE);
            EXPECT_EQ(test_read(core->device, STATE), 0);
        }
    }
}

FIXTURE_BEGIN(core, test_core_init(core, 0x0201, &caliptra_kmac))

TEST_ON(bytes_and_half_words_count_as_they_are_at_any_offset, core)
{
    static const uint8_t message[] = {1, 2, 3, 4, 5, 6, 7};
    uint8_t digest[32], expected[32];

    openssl_digest("SHA3-256", message, sizeof(message), expected, 32);
    configure(core->device, SHA3 | 2 << 1);
    test_write(core->device, CMD, START);
    write_sized(core->device, FIFO + 3, 1, 1);
    write_sized(core->device, FIFO + 0x7fe, 2, 0x0302);
    write_sized(core->device, FIFO + 0x100, 2, 0x0504);
    write_sized(core->device, FIFO, 1, 6);
    write_sized(core->device, FIFO, 1, 7);
    test_write(core->device, CMD, PROCESS);
    read_digest(core->device, digest, 32);
    EXPECT_BYTES(digest, expected, 32);
}

TEST_ON(endianness_bits_swap_message_and_state_words, core)
{
    static const uint8_t message[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    uint8_t digest[64], expected[64];

    openssl_digest("SHAKE256", message, sizeof(message), expected, 64);
    configure(core->device, SHAKE | 2 << 1 | BIG_MESSAGE | BIG_STATE);
    test_write(core->device, CMD, START);
    test_write(core->device, FIFO, 0x01020304);
    write_sized(core->device, FIFO, 2, 0x0506);
    write_sized(core->device, FIFO, 2, 0x0708);
    write_sized(core->device, FIFO, 1, 9);
    test_write(core->device, CMD, PROCESS);
    test_read_bytes(core->device, STATE, digest, 64);
    EXPECT_BYTES(digest, expected, 64);
}

TEST_ON(run_squeezes_the_next_block, core)
{
    uint8_t digest[2 * 136], expected[2 * 136];

    openssl_digest("SHAKE256", "", 0, expected, sizeof(expected));
    configure(core->device, SHAKE | 2 << 1);
    test_write(core->device, CMD, START);
    test_write(core->device, CMD, PROCESS);
    read_digest(core->device, digest, 136);
    test_write(core->device, CMD, RUN);
    read_digest(core->device, digest + 136, 136);
    EXPECT_BYTES(digest, expected, sizeof(digest));
}

/* Sample 1 of NIST's cSHAKE examples: S = "Email Signature". */
TEST_BEGINS(cshake_puts_the_prefix_ahead, core)
{
    static const uint8_t prefix[44] =
        "\x01\x00\x01\x78"
        "Email Signature";
    uint8_t digest[32], expected[32];

    hex_bytes(expected, sizeof(expected),
              "c1c36925b6409a04f1b504fcbca9d82b4017277cb5ed2b2065fc1d3814d5aaf"
              "5");
    test_core_init(core, 0x0201, &caliptra_kmac);
    configure(core->device, CSHAKE | 0 << 1);
    for (uint32_t i = 0; i < sizeof(prefix); i += 4) {
        test_write(core->device, PREFIX + i, load_le32(prefix + i));
    }
    test_write(core->device, CMD, START);
    test_write(core->device, FIFO, 0x03020100);
    test_write(core->device, CMD, PROCESS);
    read_digest(core->device, digest, 32);
    EXPECT_BYTES(digest, expected, 32);
}

TEST_ON(configuration_is_shadowed_and_closed_while_busy, core)
{
    test_write(core->device, CFG, SHAKE);
    EXPECT_EQ(test_read(core->device, CFG), 0);
    test_write(core->device, CFG, SHAKE);
    test_write(core->device, CFG, SHA3 | 2 << 1);
    EXPECT_EQ(test_read(core->device, CFG), 0);
    EXPECT_EQ(test_read(core->device, STATUS), 1 << 17 | IDLE);
    configure(core->device, SHAKE);
    EXPECT_EQ(test_read(core->device, CFG), SHAKE);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
    test_write(core->device, CMD, START);
    EXPECT_EQ(test_read(core->device, REGWEN), 0);
    configure(core->device, SHA3 | 2 << 1);
    EXPECT_EQ(test_read(core->device, CFG), SHAKE);
}

TEST_ON(errors_leave_the_phase_and_say_their_code, core)
{
    test_write(core->device, INTR_ENABLE, 7);
    test_write(core->device, FIFO, 1);
    EXPECT_EQ(test_read(core->device, ERR_CODE) >> 24, 0x02);
    EXPECT_EQ(test_read(core->device, INTR_STATE), 4);
    test_write(core->device, INTR_STATE, 4);
    EXPECT_EQ(test_read(core->device, INTR_STATE), 0);
    configure(core->device, SHA3); /* no SHA3-128 */
    test_write(core->device, CMD, START);
    EXPECT_EQ(test_read(core->device, ERR_CODE) >> 24, 0x06);
    test_write(core->device, CMD, PROCESS);
    EXPECT_EQ(test_read(core->device, ERR_CODE) >> 24, 0x08);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
}

/* Caliptra's block of interrupts, in the second bank. */
static uint32_t wrapper(struct test_core *core, uint32_t offset)
{
    struct access access = {.view = TEST_CORE};
    uint64_t value = 0;

    device_read(core->device, 1, &access, offset, 4, &value);
    return (uint32_t)value;
}

static void clear(struct test_core *core, uint32_t offset)
{
    struct access access = {.view = TEST_CORE};

    device_write(core->device, 1, &access, offset, 4, UINT32_MAX);
}

TEST(enabled_events_reach_the_interrupt_block_once)
{
    static const struct {
        uint32_t enable, test;
        uint32_t error, notif;
    } cases[] = {
        {7, 1, 0, 1},
        {7, 2, 0, 0},
        {7, 4, 1, 0},
        {7, 7, 1, 1},
        {6, 1, 0, 0},
        {3, 4, 0, 0},
        {0, 7, 0, 0},
        {5, 7, 1, 1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("enable %u, event %u", cases[i].enable, cases[i].test);
        test_core_init(&core, 0x0201, &caliptra_kmac);
        test_write(core.device, INTR_ENABLE, cases[i].enable);
        for (unsigned times = 0; times < 2; times++) {
            test_write(core.device, 0x08, cases[i].test);
            EXPECT_EQ(test_read(core.device, INTR_STATE), cases[i].test);
            EXPECT_EQ(wrapper(&core, 0x414), cases[i].error);
            EXPECT_EQ(wrapper(&core, 0x418), cases[i].notif);
            clear(&core, 0x414);
            clear(&core, 0x418);
            EXPECT_EQ(wrapper(&core, 0x414), 0);
            EXPECT_EQ(wrapper(&core, 0x418), 0);
            test_write(core.device, 0x08, cases[i].test); /* pending still */
            EXPECT_EQ(wrapper(&core, 0x414), 0);
            EXPECT_EQ(wrapper(&core, 0x418), 0);
            test_write(core.device, INTR_STATE, cases[i].test & 5);
            if ((cases[i].test & 2) != 0) {
                break;
            }
        }
    }
}

TEST_ON(a_digest_is_done_with_an_event, core)
{
    test_write(core->device, INTR_ENABLE, 1);
    configure(core->device, SHA3 | 2 << 1);
    test_write(core->device, CMD, START);
    EXPECT_EQ(test_read(core->device, INTR_STATE), 0);
    test_write(core->device, CMD, PROCESS);
    EXPECT_EQ(test_read(core->device, INTR_STATE), 1);
    EXPECT_EQ(wrapper(core, 0x418), 1);
    test_write(core->device, CMD, DONE);
    EXPECT_EQ(test_read(core->device, STATE), 0);
    EXPECT_EQ(test_read(core->device, STATUS), IDLE);
}

/* Every mode and strength, supported or not. */
TEST_ON(errors_say_what_they_met, core)
{
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    for (uint32_t config = 0; config < 0x40; config += 2) {
        uint32_t mode = config >> 4, strength = config >> 1 & 7;
        bool supported = mode == 0   ? strength >= 1 && strength <= 4
                         : mode != 1 ? strength == 0 || strength == 2
                                     : false;

        test_case("configuration 0x%x", config);
        configure(core->device, config);
        test_write(core->device, CMD, START);
        EXPECT_EQ(test_read(core->device, STATUS), supported ? ABSORB : IDLE);
        EXPECT_TOLD(&told, supported ? ""
                                     : "guest: device: start with an "
                                       "unsupported mode and strength\n");
        if (supported) {
            test_write(core->device, CMD, PROCESS);
            test_write(core->device, CMD, DONE);
        } else {
            EXPECT_EQ(test_read(core->device, ERR_CODE), 6u << 24 | config);
        }
    }
}

TEST(each_phase_takes_its_commands_and_words_only)
{
    enum { WORD = 0, PHASES = 3 };
    static const uint32_t steps[] = {START, PROCESS, RUN, DONE, 0x3f, WORD};
    static const uint32_t takes[PHASES] = {1 << 0, 1 << 1 | 1 << 5,
                                           1 << 2 | 1 << 3};

    for (uint32_t phase = 0; phase < PHASES; phase++) {
        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
            OWNED(test_core_fini) struct test_core core;
            uint32_t error;

            test_case("phase %u, step 0x%x", phase, steps[i]);
            test_core_init(&core, 0x0201, &caliptra_kmac);
            configure(core.device, SHA3 | 2 << 1);
            if (phase > 0) {
                test_write(core.device, CMD, START);
            }
            if (phase > 1) {
                test_write(core.device, CMD, PROCESS);
            }
            test_write(core.device, steps[i] == WORD ? FIFO : CMD, steps[i]);
            error = steps[i] == WORD ? 2u << 24 | phase << 8
                                     : 8u << 24 | phase << 8 | steps[i];
            EXPECT_EQ(test_read(core.device, ERR_CODE),
                      (takes[phase] >> i & 1) != 0 ? 0 : error);
        }
    }
}

TEST_ON(what_is_out_of_order_is_told, core)
{
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    test_write(core->device, FIFO, 1);
    test_write(core->device, CMD, RUN);
    configure(core->device, SHA3 | 2 << 1);
    test_write(core->device, CMD, START);
    test_write(core->device, CFG, 0);
    test_write(core->device, CMD, 0);
    EXPECT_TOLD(&told,
                "guest: device: message written while not absorbing\n"
                "guest: device: command out of sequence\n"
                "guest: device: configured while not idle\n");
}

TEST_ON(the_sponge_has_fifty_words, core)
{
    OWNED(told_fini) struct told told;

    configure(core->device, SHA3 | 2 << 1);
    test_write(core->device, CMD, START);
    test_write(core->device, CMD, PROCESS);
    told_init(&told, core->device);
    EXPECT(test_read(core->device, STATE + 4 * 49) != 0);
    EXPECT_TOLD(&told, "");
    EXPECT_EQ(test_read(core->device, STATE + 4 * 50), 0);
    EXPECT(told.text.size != 0);
}

TEST_ON(done_leaves_nothing_of_the_message, core)
{
    configure(core->device, SHA3 | 2 << 1);
    uint64_t before = test_state_hash(core->device);
    test_write(core->device, CMD, START);
    test_write(core->device, FIFO, 0x5ec4e7);
    test_write(core->device, CMD, PROCESS);
    EXPECT(test_state_hash(core->device) != before);
    test_write(core->device, CMD, DONE);
    test_write(core->device, INTR_STATE, 5);
    EXPECT_EQ(test_state_hash(core->device), before);
}

/* All of the configuration, its lowest bit too. */
TEST_ON(a_mode_that_is_none_is_told_as_it_is, core)
{
    for (uint32_t low = 0; low < 2; low++) {
        configure(core->device, 1 << 4 | low);
        test_write(core->device, CMD, START);
        EXPECT_EQ(test_read(core->device, ERR_CODE),
                  0x06u << 24 | 1 << 4 | low);
    }
}

/* Each by itself; in idle they may be set. */
TEST(message_and_state_are_swapped_one_by_one)
{
    static const uint8_t message[] = {1, 2, 3, 4, 5, 6, 7, 8};

    for (uint32_t swap = 0; swap < 4; swap++) {
        OWNED(test_core_fini) struct test_core core;
        uint8_t digest[32], expected[32];

        test_case("swap %u", swap);
        openssl_digest("SHA3-256", message, sizeof(message), expected, 32);
        test_core_init(&core, 0x0201, &caliptra_kmac);
        EXPECT_EQ(test_read(core.device, REGWEN), 1);
        configure(core.device, SHA3 | 2 << 1 | swap << 8);
        test_write(core.device, CMD, START);
        for (unsigned i = 0; i < sizeof(message); i += 4) {
            test_write(core.device, FIFO,
                       (swap & 1) != 0 ? load_be32(message + i)
                                       : load_le32(message + i));
        }
        test_write(core.device, CMD, PROCESS);
        if ((swap & 2) != 0) {
            test_read_bytes(core.device, STATE, digest, 32);
        } else {
            read_digest(core.device, digest, 32);
        }
        EXPECT_BYTES(digest, expected, 32);
    }
}

/* A state that a device can have saved goes on, at any place of a block; else
 * it is idle, with nothing of the message. */
TEST(a_sponge_that_cannot_be_is_dropped_when_restored)
{
    static const struct {
        uint32_t config;
        unsigned rate, position; /* 0: as they are */
        bool kept;
    } cases[] = {
        {SHAKE,         0,   0,   true },
        {SHAKE,         169, 0,   false},
        {SHAKE,         168, 168, false},
        {SHAKE,         168, 167, true },
        {SHA3 | 4 << 1, 0,   0,   true },
        {SHA3 | 4 << 1, 72,  72,  false},
        {SHA3 | 4 << 1, 72,  71,  true },
        {SHA3 | 4 << 1, 72,  400, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static const struct keccak none;
        OWNED(test_core_fini) struct test_core core;

        test_case("case %zu", i);
        test_core_init(&core, 0x0201, &caliptra_kmac);
        device_restored(core.device); /* idle, and its rate is 0 */
        configure(core.device, cases[i].config);
        test_write(core.device, CMD, START);
        test_write(core.device, FIFO, 0x01020304);
        struct keccak *keccak = test_field(core.device, "keccak");
        if (cases[i].rate != 0) {
            keccak->rate = cases[i].rate;
        }
        if (cases[i].position != 0) {
            keccak->position = cases[i].position;
        }
        uint64_t before = test_state_hash(core.device);
        device_restored(core.device);
        EXPECT_EQ(test_state_hash(core.device) == before, cases[i].kept);
        EXPECT_EQ(test_read(core.device, STATUS),
                  cases[i].kept ? ABSORB : IDLE);
        EXPECT_EQ(memcmp(keccak, &none, sizeof(none)) == 0, !cases[i].kept);
    }
}

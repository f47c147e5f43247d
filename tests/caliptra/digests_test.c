/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drivers of our Caliptra firmware for the SHA blocks and for entropy, compiled
 * for the host. The blocks digest as real ones do; FIPS 180-4 by other code is
 * the oracle. Each wait is in the journal: a block that is busy ignores what it
 * is told.
 */
#include <stdio.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/caliptra/hardware/lms.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/trng.h"
#include "tests/harness.h"
#include "tests/register_file.h"

/* ---- Blocks -------------------------------------------------------------- */

static struct {
    uint64_t state_512[8];
    uint32_t state_256[8];
    unsigned blocks;
    unsigned errors; /* commands out of turn */
    bool zeroized;
} sha;

static void take_block(uint32_t address, unsigned words, uint8_t *bytes)
{
    for (uint32_t i = 0; i < words; i++) {
        store_be32(bytes + 4 * (size_t)i, registers_get(address + 4 * i));
    }
}

static void command_512(uint32_t command)
{
    uint8_t block[128];
    if (command == CALIPTRA_SHA512_CTRL_ZEROIZE) {
        sha.zeroized = true;
        return;
    }
    bool init = (command & 3) == 1;
    sha.errors +=
        (command & 0xc) != 8 || (command & 3) == 3 || init != (sha.blocks == 0);
    if (init) {
        sha384_start(sha.state_512);
    }
    take_block(CALIPTRA_SHA512_BLOCK, 32, block);
    sha512_block(sha.state_512, block);
    sha.blocks++;
    /* A digest that is not told to be the last is none. */
    for (uint32_t i = 0; i < 12; i++) {
        registers_set(
            CALIPTRA_SHA512_DIGEST + 4 * i,
            (command & 0x20) == 0
                ? 0
                : (uint32_t)(sha.state_512[i / 2] >> (i % 2 == 0 ? 32 : 0)));
    }
}

static void command_256(uint32_t command)
{
    uint8_t block[64];
    bool init = (command & 3) == 1;
    sha.errors +=
        (command & ~3u) != 4 || (command & 3) == 3 || init != (sha.blocks == 0);
    if (init) {
        sha256_start(sha.state_256);
    }
    take_block(CALIPTRA_SHA256_BLOCK, 16, block);
    sha256_block(sha.state_256, block);
    sha.blocks++;
    registers_set_words(CALIPTRA_SHA256_DIGEST, sha.state_256, 8);
}

static void written(uint32_t address, uint32_t value)
{
    if (address == CALIPTRA_SHA512_CTRL) {
        command_512(value);
    } else if (address == CALIPTRA_SHA256_CTRL) {
        command_256(value);
    }
}

static void reset(void)
{
    registers_clear();
    registers_watch(written);
    memset(&sha, 0, sizeof(sha));
}

static uint8_t message[1024];

static void fill(void)
{
    for (size_t i = 0; i < sizeof(message); i++) {
        message[i] = (uint8_t)(7 * i + i / 256 + 1);
    }
}

/* ---- SHA-384 ------------------------------------------------------------- */

static void expect_384(const uint32_t words[12], const uint8_t *bytes,
                       size_t size)
{
    uint8_t expected[48];
    uint8_t digest[48];
    sha384(bytes, size, expected);
    for (unsigned i = 0; i < 12; i++) {
        store_be32(digest + 4 * (size_t)i, words[i]);
    }
    EXPECT_BYTES(digest, expected, sizeof(expected));
    EXPECT_EQ(sha.errors, 0);
    EXPECT_EQ(sha.blocks, (size + 17 + 127) / 128);
    EXPECT(sha.zeroized);
}

TEST(messages_of_each_length_are_digested)
{
    fill();
    for (uint32_t size = 0; size < 400; size++) {
        uint32_t words[12];
        test_case("%u bytes", (unsigned)size);
        reset();
        sha2_384(message, size, words);
        expect_384(words, message, size);
    }
}

TEST(ranges_of_the_mailbox_are_digested)
{
    fill();
    for (uint32_t offset = 0; offset < 9; offset++) {
        for (uint32_t size = 0; size < 260; size += size < 10 ? 1 : 3) {
            uint32_t words[12];
            test_case("%u bytes at %u", (unsigned)size, (unsigned)offset);
            reset();
            for (uint32_t i = 0; i < 280; i += 4) {
                registers_set(CALIPTRA_MBOX_SRAM + i, load_le32(message + i));
            }
            EXPECT(sha2_384_mailbox(offset, size, words));
            expect_384(words, message + offset, size);
        }
    }
}

TEST(ranges_beyond_the_mailbox_are_refused)
{
    static const struct {
        uint32_t offset, size;
        bool inside;
    } cases[] = {
        {0x1fffe,    2,          true },
        {0x1fffe,    3,          false},
        {0x20000,    0,          true },
        {0x20000,    1,          false},
        {0x20001,    0,          false},
        {0,          0x20001,    false},
        {4,          0xfffffffe, false},
        {0xfffffffe, 4,          false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t words[12];
        test_case("case %zu", i);
        reset();
        EXPECT_EQ(sha2_384_mailbox(cases[i].offset, cases[i].size, words),
                  cases[i].inside);
        EXPECT_EQ(sha.blocks != 0, cases[i].inside);
    }
}

/* The part of a journal that was said to addresses that begin so. */
static const char *said_to(const char *prefix)
{
    static char said[8192];
    const char *word;
    size_t size;
    said[0] = '\0';
    for (word = registers_journal(); *word != '\0'; word += size) {
        size = strcspn(word, " ") + 1;
        if (strncmp(word, prefix, strlen(prefix)) == 0) {
            strncat(said, word, size);
        }
    }
    return said;
}

TEST(the_blocks_are_waited_for)
{
    uint32_t words[12];
    uint8_t digest[32];
    struct sha2_256 sum;
    reset();
    sha2_384(message, 1, words);
    EXPECT_STR(said_to("1002001"),
               "10020018?1 10020010=29 10020018?1 "
               "10020018?2 10020010=10 ");
    reset();
    EXPECT(sha2_384_mailbox(0, 112, words));
    EXPECT_STR(said_to("1002001"),
               "10020018?1 10020010=9 10020018?1 10020018?1 10020010=2a "
               "10020018?1 10020018?2 10020010=10 ");
    reset();
    sha2_256_begin(&sum);
    sha2_256_add(&sum, message, 64);
    sha2_256_end(&sum, digest);
    EXPECT_STR(said_to("1002801"),
               "10028018?1 10028010=5 10028018?2 "
               "10028018?1 10028010=6 10028018?2 ");
}

/* The vault puts the PCR into the first 48 bytes of the block. */
TEST(a_pcr_is_extended_by_a_block_with_its_padding)
{
    static const uint32_t sizes[] = {1, 9, 48, 63};
    fill();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint32_t size = sizes[i];
        uint8_t expected[128] = {0};
        uint8_t block[128];
        memcpy(expected + 48, message, size);
        expected[48 + size] = 0x80;
        store_be32(expected + 124, (48 + size) * 8);
        test_case("%u bytes", (unsigned)size);
        reset();
        for (uint32_t k = 12; k < 32; k++) {
            registers_set(CALIPTRA_SHA512_BLOCK + 4 * k, 0xeeeeeeee);
        }
        EXPECT(sha2_384_extend(31, message, size));
        take_block(CALIPTRA_SHA512_BLOCK, 32, block);
        EXPECT_BYTES(block, expected, sizeof(block));
        const char *said = registers_journal();
        const char *first = "10020604?1 10020600=7f 10020604?2 100200b0=";
        const char *last = "10020018?1 10020010=29 10020018?1 ";
        EXPECT(strncmp(said, first, strlen(first)) == 0);
        EXPECT_STR(said + strlen(said) - strlen(last), last);
    }
}

TEST(a_pcr_that_the_vault_refuses_is_not_extended)
{
    for (unsigned bit = 0; bit < 12; bit++) {
        bool fault = bit >= 2 && bit < 10;
        test_case("bit %u", bit);
        reset();
        registers_set(CALIPTRA_SHA512_VAULT_STATUS, 1u << bit);
        EXPECT_EQ(sha2_384_extend(0, message, 48), !fault);
        EXPECT_EQ(sha.blocks != 0, !fault);
    }
}

/* ---- SHA-256 ------------------------------------------------------------- */

TEST(pieces_are_digested_as_one_message)
{
    fill();
    for (uint32_t size = 0; size < 200; size++) {
        struct sha2_256 sum;
        uint8_t digest[32];
        uint8_t expected[32];
        uint32_t piece = size % 23 + 1;
        test_case("%u bytes", (unsigned)size);
        reset();
        memset(&sum, 0xee, sizeof(sum));
        sha2_256_begin(&sum);
        for (uint32_t at = 0; at < size; at += piece) {
            sha2_256_add(&sum, message + at,
                         piece < size - at ? piece : size - at);
        }
        sha2_256_end(&sum, digest);
        sha256(message, size, expected);
        EXPECT_BYTES(digest, expected, sizeof(expected));
        EXPECT_EQ(sha.errors, 0);
    }
}

TEST(words_are_digested_as_they_are_read)
{
    fill();
    for (uint32_t blocks = 1; blocks < 6; blocks++) {
        uint32_t words[6 * 16];
        uint32_t digest[8];
        uint8_t bytes[32];
        uint8_t expected[32];
        for (size_t i = 0; i < 16 * (size_t)blocks; i++) {
            words[i] = load_be32(message + 4 * i);
        }
        test_case("%u blocks", (unsigned)blocks);
        reset();
        sha2_256_raw(words, blocks, digest);
        for (unsigned i = 0; i < 8; i++) {
            store_be32(bytes + 4 * (size_t)i, digest[i]);
        }
        sha256(message, 64 * (size_t)blocks, expected);
        EXPECT_BYTES(bytes, expected, sizeof(expected));
        EXPECT_EQ(sha.errors, 0);
    }
}

/* The block is told to iterate, by the width of a Winternitz digit. */
TEST(a_chain_is_the_loop_of_the_block)
{
    uint8_t expected[64] = {0};
    uint8_t block[64];
    uint8_t digest[32];
    fill();
    memcpy(expected, message, 47);
    expected[47] = 0x80;
    store_be32(expected + 60, 47 * 8);
    registers_clear();
    for (uint32_t i = 0; i < 16; i++) {
        registers_set(CALIPTRA_SHA256_BLOCK + 4 * i, 0xeeeeeeee);
        registers_set(CALIPTRA_SHA256_DIGEST + 4 * i, 0x03020100 + i);
    }
    sha2_256_chain(message, digest);
    EXPECT_STR(said_to("1002801"), "10028018?1 10028010=95 10028018?2 ");
    take_block(CALIPTRA_SHA256_BLOCK, 16, block);
    EXPECT_BYTES(block, expected, sizeof(block));
    for (uint32_t i = 0; i < 8; i++) {
        EXPECT_EQ(load_be32(digest + 4 * (size_t)i), 0x03020100 + i);
    }
}

/* ---- LMS ----------------------------------------------------------------- */

/* The first check decides: the types before the leaf, the tree's before the
 * one-time signature's. (RFC 8554, 8; SP 800-208, 4) */
TEST(signatures_of_other_parameters_have_their_codes)
{
    static const struct {
        uint32_t key_ots, ots, tree, leaf, code;
    } cases[] = {
        {7, 7, 12, 0,          0         },
        {7, 7, 7,  0x7fff,     0         },
        {7, 6, 99, 0x8000,     0x000c000d},
        {6, 7, 12, 0,          0x000c000d},
        {7, 7, 4,  0x8000,     0x000c0001},
        {7, 7, 5,  0x8000,     0x000c0006},
        {7, 7, 6,  0,          0x000c0006},
        {7, 7, 8,  0,          0x000c0006},
        {7, 7, 11, 0,          0x000c0006},
        {7, 7, 13, 0,          0x000c0006},
        {7, 7, 14, 0,          0x000c0006},
        {7, 7, 15, 0,          0x000c0001},
        {7, 7, 0,  0,          0x000c0001},
        {6, 6, 12, 0x8000,     0x000c0007},
        {6, 6, 12, 0x80000000, 0x000c0007},
        {6, 6, 12, 0x7fff,     0x000c0004},
        {8, 8, 12, 0,          0x000c0004},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static struct caliptra_lms_signature signature;
        struct caliptra_lms_key key = {{0}, {0}, {0}, {0}};
        uint8_t root[CALIPTRA_LMS_N];
        uint32_t digest[12] = {0};
        test_case("case %zu", i);
        reset();
        store_be32(key.ots_type, cases[i].key_ots);
        store_be32(signature.ots_type, cases[i].ots);
        store_be32(signature.tree_type, cases[i].tree);
        store_be32(signature.q, cases[i].leaf);
        EXPECT_EQ(lms_root(&key, &signature, digest, false, root),
                  cases[i].code);
    }
}

/* ---- Entropy ------------------------------------------------------------- */

enum {
    MANUF = CALIPTRA_SOC_IFC_DBG_MANUF_SERVICE_REG,
    STATE = CALIPTRA_SOC_IFC_SECURITY_STATE,
    CONFIG = CALIPTRA_SOC_IFC_HW_CONFIG,
    BOUNDS = CALIPTRA_SOC_IFC_ITRNG_ENTROPY_CONFIG_0,
    ENABLE = CALIPTRA_ENTROPY_MODULE_ENABLE,
    MACHINE = CALIPTRA_ENTROPY_SM_STATE,
    FAILS = CALIPTRA_ENTROPY_ALERT_FAILS,
    STATUS = CALIPTRA_CSRNG_CMD_STS,
    ERROR = CALIPTRA_CSRNG_ERR_CODE,
    CSRNG = CALIPTRA_CSRNG_CTRL,
};

#define CSRNG_START  "20002018=905 20002018=901 "
#define CSRNG_ENABLE "20002014=666 " CSRNG_START

TEST(the_source_of_entropy_is_started)
{
    static const struct {
        const char *name;
        /* clang-format off */
        struct {
            uint32_t address, value;
        } before[8];
        uint32_t code;
        const char *said;
    } cases[] = {
        {"external", {{CONFIG, 0xfffffffe}, {MACHINE, 0x1a2}}, 0, ""},
        {"none", {{CONFIG, 1}, {MANUF, 2}, {STATE, 3}}, 0, ""},
        {"runs already",
         {{CONFIG, 1}, {ENABLE, 6}, {STATUS, 1}, {CSRNG, 0x6}},
         0,
         CSRNG_START},
        {"a bench without, debug locked",
         {{CONFIG, 1},
          {MANUF, 2},
          {STATE, 4},
          {ENABLE, 6},
          {STATUS, 1},
          {CSRNG, 0xff6}},
         0,
         CSRNG_START},
        {"another wish",
         {{CONFIG, 1},
          {MANUF, 0xfffffffd},
          {ENABLE, 6},
          {STATUS, 1},
          {CSRNG, 0x9}},
         0,
         CSRNG_ENABLE},
        {"defaults",
         {{CONFIG, 1}, {ENABLE, 9}, {MACHINE, 0x1a2}, {STATUS, 1}},
         0,
         "20003034=29 2000303c=600 20003040=200 20003024=906096 "
         "20003020=6 " CSRNG_ENABLE},
        {"bounds of the SoC",
         {{CONFIG, 1},
          {ENABLE, 9},
          {MACHINE, 0x8e},
          {STATUS, 1},
          {BOUNDS, 0x12345678},
          {BOUNDS + 4, 0xabcd0007}},
         0,
         "20003034=7 2000303c=1234 20003040=5678 20003024=906096 "
         "20003020=6 " CSRNG_ENABLE},
        {"repetition",
         {{CONFIG, 1}, {ENABLE, 9}, {MACHINE, 0x15c}, {FAILS, 0xffff}},
         0x000d0007,
         "20003034=29 2000303c=600 20003040=200 20003024=906096 20003020=6 "},
        {"repetition once",
         {{CONFIG, 1}, {ENABLE, 9}, {MACHINE, 0x15c}, {FAILS, 0x10}},
         0x000d0007,
         "20003034=29 2000303c=600 20003040=200 20003024=906096 20003020=6 "},
        {"proportion",
         {{CONFIG, 1}, {ENABLE, 9}, {MACHINE, 0x15c}, {FAILS, 0x100}},
         0x000d0008,
         "20003034=29 2000303c=600 20003040=200 20003024=906096 20003020=6 "},
        {"proportion, above",
         {{CONFIG, 1}, {ENABLE, 9}, {MACHINE, 0x15c}, {FAILS, 0x800f}},
         0x000d0008,
         "20003034=29 2000303c=600 20003040=200 20003024=906096 20003020=6 "},
        {"other tests",
         {{CONFIG, 1}, {ENABLE, 9}, {MACHINE, 0x15c}, {FAILS, 0xffff000f}},
         0x000d0006,
         "20003034=29 2000303c=600 20003040=200 20003024=906096 20003020=6 "},
        {"the first command fails",
         {{CONFIG, 1}, {ENABLE, 6}, {STATUS, 3}, {CSRNG, 6}},
         0x000d0002,
         "20002018=905 "},
        {"an error of the block",
         {{CONFIG, 1}, {ENABLE, 6}, {STATUS, 1}, {CSRNG, 6}, {ERROR, 1}},
         0x000d0002,
         "20002018=905 "},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("%s", cases[i].name);
        registers_clear();
        for (unsigned k = 0; k < 8 && cases[i].before[k].address != 0; k++) {
            registers_set(cases[i].before[k].address, cases[i].before[k].value);
        }
        EXPECT_EQ(trng_start(), cases[i].code);
        EXPECT_STR(registers_journal(), cases[i].said);
    }
}

/* Status is read once for each command, unless it is not done. */
TEST(the_second_command_may_fail_too)
{
    static const uint32_t fails[] = {0, 0, 1, 0, 3};
    registers_clear();
    registers_set(CONFIG, 1);
    registers_set(CSRNG, 6);
    registers_script(STATUS, fails, 5);
    EXPECT_EQ(trng_start(), 0x000d0001);
    EXPECT_STR(registers_journal(), CSRNG_START);
    EXPECT_EQ(registers_readings(STATUS), 5);
}

TEST(a_source_in_the_making_is_waited_for)
{
    static const uint32_t states[] = {0, 0x1fb, 0x76, 0x1a2};
    uint32_t words[12];
    registers_clear();
    registers_set(CONFIG, 1);
    registers_set(STATUS, 1);
    registers_script(MACHINE, states, 4);
    EXPECT_EQ(trng_draw(words), 0);
    EXPECT_EQ(registers_readings(MACHINE), 4);
}

static void count_bits(uint32_t address)
{
    if (address == CALIPTRA_CSRNG_GENBITS) {
        registers_set(address, registers_get(address) + 1);
    }
}

TEST(the_generator_gives_four_words_at_a_time)
{
    uint32_t words[13] = {[12] = 0x77};
    registers_clear();
    registers_set(CONFIG, 1);
    registers_set(MACHINE, 0x1a2);
    registers_set(STATUS, 1);
    registers_serve(count_bits);
    EXPECT_EQ(trng_draw(words), 0);
    EXPECT_STR(registers_journal(),
               "20002018=3903 20002020?1 20002020?1 20002020?1 ");
    for (unsigned i = 0; i < 12; i++) {
        EXPECT_EQ(words[i], i + 1);
    }
    EXPECT_EQ(words[12], 0x77);
}

TEST(faults_of_the_generator_have_their_codes)
{
    uint32_t words[12];
    registers_clear();
    registers_set(CONFIG, 1);
    registers_set(MACHINE, 0x15c);
    EXPECT_EQ(trng_draw(words), 0x000d0006);
    EXPECT_STR(registers_journal(), "");
    registers_set(MACHINE, 0x1a2);
    registers_set(STATUS, 2);
    EXPECT_EQ(trng_draw(words), 0x000d0004);
    EXPECT_STR(registers_journal(), "20002018=3903 ");
}

TEST(a_bench_without_entropy_gets_zeros)
{
    uint32_t words[13];
    memset(words, 0xee, sizeof(words));
    registers_clear();
    registers_set(MANUF, 2);
    EXPECT_EQ(trng_draw(words), 0);
    EXPECT_STR(registers_journal(), "");
    for (unsigned i = 0; i < 12; i++) {
        EXPECT_EQ(words[i], 0);
    }
    EXPECT_EQ(words[12], 0xeeeeeeee);
}

/* Served with the reading of that number. */
TEST(the_soc_is_asked_until_it_served)
{
    static const struct {
        unsigned reading;
        uint32_t code;
    } cases[] = {
        {1,      0         },
        {250000, 0         },
        {250001, 0x00100001},
    };
    static uint32_t statuses[250001];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t words[12] = {0};
        bool served = cases[i].code == 0;
        test_case("reading %u", cases[i].reading);
        memset(statuses, 0, sizeof(statuses));
        statuses[cases[i].reading - 1] = 2;
        registers_clear();
        registers_set(CALIPTRA_SOC_IFC_TRNG_DATA + 44, 0x99);
        registers_script(CALIPTRA_SOC_IFC_TRNG_STATUS, statuses, 250001);
        EXPECT_EQ(trng_draw(words), cases[i].code);
        EXPECT_STR(registers_journal(), served ? "300300ac=1 30030078:12 "
                                                 "300300ac=0 "
                                               : "300300ac=1 ");
        EXPECT_EQ(words[11], served ? 0x99 : 0);
    }
}

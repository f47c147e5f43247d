/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes_modes.h"
#include "crypto/hex.h"
#include "crypto/sha2.h"
#include "devices/aspeed/test_hace.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, hace_start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

/* FIPS 180-2 and NIST's examples, of "abc". */
TEST(digests_are_those_of_the_standard)
{
    static const struct {
        uint32_t command;
        const char *digest;
    } cases[] = {
        {0x20,  "a9993e364706816aba3e25717850c26c9cd0d89d"                },
        {0x40,  "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
        {0x50,
         "ba7816bf8f01cfea414140de5dae2223"
         "b00361a396177a9cb410ff61f20015ad"                               },
        {0x460,
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
         "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"               },
        {0x60,
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"
         "0a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
         "454d4423643ce80e2a9ac94fa54ca49f"                               },
        {0x860,
         "53048e2681941ef99b2e29b76b4c7dab"
         "e4c2d0c634fc6d46e0e2f13107e7af23"                               },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        uint8_t expected[64];
        size_t size = strlen(cases[i].digest) / 2;

        test_case("command 0x%x", cases[i].command);
        hace_start(&bus);
        hex_bytes(expected, size, cases[i].digest);
        memcpy(memory(&bus, DATA), "abc", 3);
        hash(&bus, DATA, 3, cases[i].command);
        EXPECT_EQ(test_read(bus.device, 0, STS), HASH_DONE);
        EXPECT_BYTES(memory(&bus, DIGEST), expected, size);
        EXPECT_EQ(memory(&bus, DIGEST)[size], 0);
    }
}

/* Lengths at the edges of blocks, and more than one block. */
TEST_ON(digests_of_all_lengths_are_those_of_the_library, bus)
{
    uint8_t expected[SHA512_SIZE];

    fabric_random(&bus->fabric, memory(bus, DATA), 1024);
    for (uint32_t length = 0; length < 300; length++) {
        test_case("%u bytes", length);
        hash(bus, DATA, length, 0x50);
        sha256(memory(bus, DATA), length, expected);
        EXPECT_BYTES(memory(bus, DIGEST), expected, SHA256_SIZE);
        hash(bus, DATA, length, 0x60);
        sha512(memory(bus, DATA), length, expected);
        EXPECT_BYTES(memory(bus, DIGEST), expected, SHA512_SIZE);
    }
}

/* aspeed_hace_init, update and finish of U-Boot, for SHA-384 of "abc". */
TEST_ON(accumulation_goes_on_from_the_state_in_the_digest_buffer, bus)
{
    static const char initial[] =
        "cbbb9d5dc1059ed8629a292a367cd5079159015a3070dd17"
        "152fecd8f70e593967332667ffc00b318eb44a8768581511"
        "db0c2e0d64f98fa747b5481dbefa4fa4";
    uint8_t data[259];
    uint8_t expected[SHA384_SIZE];

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7);
    }
    sha384(data, 256, expected);
    hex_bytes(memory(bus, DIGEST), 64, initial);
    memcpy(memory(bus, DATA), data, 256);
    hash(bus, DATA, 128, 0x560);
    test_write(bus->device, 0, STS, HASH_DONE);
    EXPECT_EQ(test_read(bus->device, 0, STS), 0);
    hash(bus, DATA + 128, 128, 0x560);
    memset(memory(bus, DATA), 0, 128);
    memory(bus, DATA)[0] = 0x80;
    store_be32(memory(bus, DATA + 124), 256 * 8);
    hash(bus, DATA, 128, 0x560);
    EXPECT_BYTES(memory(bus, DIGEST), expected, SHA384_SIZE);
}

/* aspeed_ahash_dma_prepare_sg of Linux. */
TEST_ON(data_may_be_in_pieces, bus)
{
    static const uint32_t sizes[] = {1, 0, 63, 200};
    uint8_t all[264], expected[SHA256_SIZE];
    size_t done = 0;

    fabric_random(&bus->fabric, all, sizeof(all));
    for (uint32_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint32_t at = DATA + 0x400 * i;
        bool last = i + 1 == ARRAY_SIZE(sizes);

        memcpy(memory(bus, at), all + done, sizes[i]);
        store_le32(memory(bus, LISTS + 8 * i),
                   sizes[i] | (last ? 0x80000000 : 0));
        store_le32(memory(bus, LISTS + 8 * i + 4), at);
        done += sizes[i];
    }
    sha256(all, sizeof(all), expected);
    hash(bus, LISTS, sizeof(all), 0x50 | LIST);
    EXPECT_BYTES(memory(bus, DIGEST), expected, SHA256_SIZE);
}

TEST_ON(a_list_without_an_end_ends, bus)
{
    memset(memory(bus, 0), 0, TEST_RAM_SIZE);
    hash(bus, 0, 0x0fffffff, 0x50 | LIST);
    EXPECT_EQ(test_read(bus->device, 0, STS), HASH_DONE);
    hash(bus, 0xfffffff0, 0x0fffffff, 0x50 | LIST); /* no memory */
    test_write(bus->device, 0, HASH_SRC_HI, 3);
    hash(bus, DATA, 64, 0x50);
    EXPECT_EQ(test_read(bus->device, 0, STS), HASH_DONE);
}

/* The engine does not look at what lies behind such a piece. */
TEST_BEGINS(a_list_ends_where_memory_does_not_answer, bus)
{
    enum { NOWHERE = 0x08000000 };
    struct aes_way way = {.mode = AES_ECB, .encrypt = true, .key_bits = 128};
    uint8_t expected[16];

    hace_start(bus);
    memset(memory(bus, RESULT), 0x55, 64);
    aes_blocks(&way, memory(bus, DATA), expected, 1);
    for (uint32_t i = 0; i < 3; i++) {
        store_le32(memory(bus, LISTS + 8 * i), 16 | (i == 2 ? 1u << 31 : 0));
        store_le32(memory(bus, LISTS + 8 * i + 4), i == 1 ? NOWHERE : DATA);
    }
    test_write(bus->device, 0, CRYPT_CONTEXT, 0x100);
    test_write(bus->device, 0, CRYPT_SRC, LISTS);
    test_write(bus->device, 0, CRYPT_DEST, RESULT);
    test_write(bus->device, 0, CRYPT_LEN, 48);
    test_write(bus->device, 0, CRYPT_CMD, 1 << 7 | LIST);
    EXPECT_EQ(test_read(bus->device, 0, STS), CRYPT_DONE);
    EXPECT_BYTES(memory(bus, RESULT), expected, 16);
    EXPECT_EQ(memory(bus, RESULT)[16], 0x55);
}

TEST_ON(an_interrupt_comes_if_the_command_wants_it, bus)
{
    hash(bus, DATA, 3, 0x50);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
    hash(bus, DATA, 3, 0x250);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 1);
    test_write(bus->device, 0, STS, HASH_DONE);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
}

/* aspeed_hace_skcipher_trigger and aspeed_sk_start_sg of Linux, all modes and
 * keys, with 8 KiB and a half in two pieces. */
TEST(ciphers_take_iv_and_key_from_the_context)
{
    enum { SIZE = 8208, FIRST = 5000, WRITTEN = 3000 };

    for (uint32_t mode = AES_ECB; mode <= AES_CTR; mode++) {
        for (uint32_t i = 0; i < 6; i++) {
            const uint32_t key = i / 2;
            const uint32_t encrypt = i % 2;
            OWNED(test_bus_fini) struct test_bus bus;
            struct aes_way way = {.mode = (enum aes_mode)mode,
                                  .encrypt = encrypt != 0,
                                  .key_bits = 128 + 64 * key};
            static uint8_t expected[SIZE];

            test_case("mode %u, key %u, encrypt %u", mode, key, encrypt);
            hace_start(&bus);
            fabric_random(&bus.fabric, memory(&bus, 0), 0x8000);
            memcpy(way.iv, memory(&bus, 0x100), 16);
            memcpy(way.key, memory(&bus, 0x110), 32);
            aes_blocks(&way, memory(&bus, DATA), expected, SIZE / 16);
            store_le32(memory(&bus, LISTS), FIRST);
            store_le32(memory(&bus, LISTS + 4), DATA);
            store_le32(memory(&bus, LISTS + 8), (SIZE - FIRST) | 0x80000000);
            store_le32(memory(&bus, LISTS + 12), DATA + FIRST);
            store_le32(memory(&bus, LISTS + 16), WRITTEN);
            store_le32(memory(&bus, LISTS + 20), RESULT);
            store_le32(memory(&bus, LISTS + 24), 0x80004000);
            store_le32(memory(&bus, LISTS + 28), RESULT + WRITTEN);
            memory(&bus, RESULT)[SIZE] = 0x55;
            test_write(bus.device, 0, CRYPT_CONTEXT, 0x100);
            test_write(bus.device, 0, CRYPT_SRC, LISTS);
            test_write(bus.device, 0, CRYPT_DEST, LISTS + 16);
            test_write(bus.device, 0, CRYPT_LEN, SIZE);
            test_write(bus.device, 0, CRYPT_CMD,
                       mode << 4 | key << 2 | encrypt << 7 | 1 << 12 | LIST |
                           LIST << 1);
            EXPECT_EQ(test_read(bus.device, 0, STS), CRYPT_DONE);
            EXPECT_EQ(device_output(bus.device, "interrupt")->level, 1);
            EXPECT_BYTES(memory(&bus, RESULT), expected, SIZE);
            EXPECT_EQ(memory(&bus, RESULT)[SIZE], 0x55);
            if (mode != AES_ECB) {
                EXPECT_BYTES(memory(&bus, 0x100), way.iv, 16);
            }
        }
    }
}

static const char cipher_said[] =
    "guest: device: a cipher of no whole number of blocks\n";
static const char hash_said[] =
    "guest: device: accumulation of no whole number of blocks\n";

/* A key stream may end within a block, other modes should not. */
TEST(data_need_not_be_whole_blocks)
{
    static const struct {
        enum aes_mode mode;
        uint32_t length;
        bool wrong;
    } rows[] = {
        {AES_CTR, 1,  false},
        {AES_CTR, 16, false},
        {AES_CTR, 17, false},
        {AES_CTR, 33, false},
        {AES_CBC, 32, false},
        {AES_CBC, 33, true },
        {AES_ECB, 15, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct aes_way way = {
            .mode = rows[i].mode, .encrypt = true, .key_bits = 128};
        uint8_t data[48] = {0};
        OWNED(test_bus_fini) struct test_bus bus;
        OWNED(told_fini) struct told told;

        test_case("row %zu", i);
        hace_start(&bus);
        fabric_random(&bus.fabric, memory(&bus, DATA), sizeof(data));
        memset(memory(&bus, RESULT), 0x55, 64);
        memcpy(data, memory(&bus, DATA), rows[i].length);
        aes_blocks(&way, data, data, (rows[i].length + 15) / 16);
        told_init(&told, bus.device);
        crypt(&bus, rows[i].length, (uint32_t)rows[i].mode << 4);
        EXPECT_TOLD(&told, rows[i].wrong ? cipher_said : "");
        EXPECT_BYTES(memory(&bus, RESULT), data, rows[i].length);
        EXPECT_EQ(memory(&bus, RESULT)[rows[i].length], 0x55);
    }
}

/* High words of source, target and context, of two bits: the test has memory at
 * 0 alone. */
TEST(addresses_of_ciphers_have_high_words)
{
    for (uint32_t i = 0; i < 16; i++) {
        const uint32_t high = i / 4;
        const uint32_t value = 1 + i % 4;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("word %u, %u", high, value);
        hace_start(&bus);
        memset(memory(&bus, RESULT), 0x55, 64);
        test_write(bus.device, 0, CRYPT_HI + 4 * high, value);
        crypt(&bus, 16, 0);
        EXPECT_EQ(test_read(bus.device, 0, STS), CRYPT_DONE);
        EXPECT_EQ(memory(&bus, RESULT)[0] == 0x55, high < 3 && value < 4);
    }
}

/* Offsets in DRAM of 34 bits: this is memory again, less a page. */
TEST(addresses_have_two_bits_of_a_high_word)
{
    for (uint32_t high = 1; high < 4; high++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u", high);
        hace_start(&bus);
        test_bus_show(&bus, AST2700_DRAM + 0x1000 + ((uint64_t)high << 32));
        memset(memory(&bus, RESULT - 0x1000), 0x55, 0x2000);
        test_write(bus.device, 0, CRYPT_HI + 4, high);
        crypt(&bus, 16, 0);
        EXPECT(memory(&bus, RESULT - 0x1000)[0] != 0x55);
        EXPECT_EQ(memory(&bus, RESULT)[0], 0x55);
    }
}

/* High words of source, digest and key, which HMAC alone would use. */
TEST(addresses_of_hashes_have_high_words)
{
    uint8_t expected[SHA256_SIZE];

    for (uint32_t high = 0; high < 3; high++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("word %u", high);
        hace_start(&bus);
        memset(memory(&bus, DIGEST), 0x55, 32);
        test_write(bus.device, 0, HASH_SRC_HI + 4 * high, 3);
        hash(&bus, DATA, 3, 0x50);
        sha256(memory(&bus, DATA), high == 0 ? 0 : 3, expected);
        if (high == 1) {
            memset(expected, 0x55, sizeof(expected));
        }
        EXPECT_BYTES(memory(&bus, DIGEST), expected, SHA256_SIZE);
    }
}

/* SHA-256 of "abc", padded by software. */
TEST_ON(accumulation_by_words_goes_on_too, bus)
{
    uint8_t expected[SHA256_SIZE];

    hex_bytes(memory(bus, DIGEST), 32,
              "6a09e667bb67ae853c6ef372a54ff53a"
              "510e527f9b05688c1f83d9ab5be0cd19");
    memcpy(memory(bus, DATA), "abc\x80", 4);
    memory(bus, DATA)[63] = 24;
    sha256((const uint8_t *)"abc", 3, expected);
    hash(bus, DATA, 64, 0x150);
    EXPECT_BYTES(memory(bus, DIGEST), expected, SHA256_SIZE);
}

/* Each of one byte, and the same. */
TEST_BEGINS(a_list_has_at_most_8192_pieces, bus)
{
    enum { MOST = 8192, LONG_LIST = 0x20000 };
    static uint8_t all[MOST];
    uint8_t expected[SHA256_SIZE];

    hace_start(bus);
    memory(bus, DATA)[0] = 0x5a;
    memset(all, 0x5a, sizeof(all));
    sha256(all, sizeof(all), expected);
    for (uint32_t i = 0; i <= MOST; i++) {
        store_le32(memory(bus, LONG_LIST + 8 * i), 1);
        store_le32(memory(bus, LONG_LIST + 8 * i + 4), DATA);
    }
    for (uint32_t more = 0; more < 2; more++) {
        test_case("%u more", more);
        memset(memory(bus, DIGEST), 0, 32);
        hash(bus, LONG_LIST, MOST + more, 0x50 | LIST);
        EXPECT_BYTES(memory(bus, DIGEST), expected, SHA256_SIZE);
    }
}

TEST(a_context_is_as_long_as_its_key)
{
    static const uint8_t sizes[] = {16, 24, 32};

    for (uint32_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u bytes", sizes[i]);
        hace_start(&bus);
        memset(memory(&bus, RESULT), 0x55, 16);
        test_write(bus.device, 0, CRYPT_CONTEXT, TEST_RAM_SIZE - 16 - sizes[i]);
        test_write(bus.device, 0, CRYPT_SRC, DATA);
        test_write(bus.device, 0, CRYPT_DEST, RESULT);
        test_write(bus.device, 0, CRYPT_LEN, 16);
        test_write(bus.device, 0, CRYPT_CMD, 1 << 7 | i << 2);
        EXPECT(memory(&bus, RESULT)[0] != 0x55);
    }
}

TEST(a_vector_is_saved_unless_the_command_says_not)
{
    for (uint32_t bit = 0; bit < 2; bit++) {
        OWNED(test_bus_fini) struct test_bus bus;
        uint8_t before[16];

        test_case("bit %u", bit);
        hace_start(&bus);
        fabric_random(&bus.fabric, memory(&bus, 0x100), 32);
        memcpy(before, memory(&bus, 0x100), sizeof(before));
        crypt(&bus, 16, AES_CBC << 4 | bit << 9);
        EXPECT_EQ(memcmp(before, memory(&bus, 0x100), sizeof(before)) == 0,
                  bit);
    }
}

TEST_ON(an_accumulation_takes_whole_blocks, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    hash(bus, DATA, 128, 0x560);
    EXPECT_TOLD(&told, "");
    hash(bus, DATA, 100, 0x560);
    EXPECT_TOLD(&told, hash_said);
}

/* The log limits them together with other lines about the register. */
TEST(lines_about_a_command_are_those_of_its_register)
{
    static const uint32_t commands[] = {CRYPT_CMD, HASH_CMD};

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        OWNED(told_fini) struct told told;

        test_case("command at 0x%x", commands[i]);
        hace_start(&bus);
        told_init(&told, bus.device);
        for (unsigned n = 0; n < LOG_REPEATS; n++) {
            test_write_as(bus.device, (struct test_who){0}, 0, commands[i], 1,
                          0);
        }
        EXPECT_EQ(bus.fabric.log.count[LOG_GUEST], LOG_REPEATS);
        told_clear(&told);
        crypt(&bus, 15, AES_ECB << 4);
        hash(&bus, DATA, 100, 0x560);
        EXPECT_TOLD(&told, commands[i] == CRYPT_CMD ? hash_said : cipher_said);
    }
}

TEST_ON(what_is_not_modelled_is_done_without_a_result, bus)
{
    static const struct {
        uint32_t offset;
        uint32_t command;
    } rows[] = {
        {HASH_CMD,  0x08                  }, /* MD5 */
        {HASH_CMD,  0x18                  }, /* no algorithm */
        {HASH_CMD,  0x38                  },
        {HASH_CMD,  0x78                  },
        {HASH_CMD,  0xd8                  }, /* HMAC */
        {HASH_CMD,  0x1d8                 },
        {HASH_CMD,  0x50                  }, /* words of another order */
        {HASH_CMD,  0x59                  }, /* hash and cipher in one */
        {HASH_CMD,  0x5a                  },
        {HASH_CMD,  0x1068                }, /* no size of SHA-512 */
        {CRYPT_CMD, 1 << 8                }, /* RC4 */
        {CRYPT_CMD, 1 << 16               }, /* DES */
        {CRYPT_CMD, 1 << 24               }, /* a key of the OTP */
        {CRYPT_CMD, 5 << 4                }, /* GCM */
        {CRYPT_CMD, 1 << 14 | AES_CTR << 4}, /* a short counter */
        {CRYPT_CMD, 1 << 15 | AES_CTR << 4},
        {CRYPT_CMD, 3 << 2                }, /* a fourth key size */
    };

    memset(memory(bus, DIGEST), 0x55, 64);
    test_write(bus->device, 0, HASH_DIGEST, DIGEST);
    test_write(bus->device, 0, HASH_LEN, 64);
    test_write(bus->device, 0, CRYPT_DEST, DIGEST);
    test_write(bus->device, 0, CRYPT_LEN, 64);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("0x%x: 0x%x", rows[i].offset, rows[i].command);
        test_write(bus->device, 0, STS, UINT32_MAX);
        test_write(bus->device, 0, rows[i].offset, rows[i].command);
        EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], i + 1);
        EXPECT_EQ(test_read(bus->device, 0, STS),
                  rows[i].offset == HASH_CMD ? HASH_DONE : CRYPT_DONE);
        EXPECT_EQ(memory(bus, DIGEST)[0], 0x55);
    }
}

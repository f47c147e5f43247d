/* SPDX-License-Identifier: Apache-2.0 */
/* The hash and crypto engine: commands that take time. */
#include "crypto/aes_modes.h"
#include "crypto/sha2.h"
#include "devices/aspeed/test_hace.h"
#include "tests/harness.h"

enum { PIECE = 0x40000, PIECES = 10, LONG = PIECES * PIECE };

/* So many pieces, which are one and the same memory. */
static void list_pieces(struct test_bus *bus, uint32_t list, uint32_t at)
{
    for (uint32_t i = 0; i < PIECES; i++) {
        store_le32(memory(bus, list + 8 * i),
                   PIECE | (i + 1 == PIECES ? 0x80000000 : 0));
        store_le32(memory(bus, list + 8 * i + 4), at);
    }
}

static void pass(struct test_bus *bus)
{
    clock_advance(&bus->fabric.clock,
                  clock_now(&bus->fabric.clock) + HACE_STEP);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, hace_start(bus))

/* A processor that asks for 256 MiB does not keep the host for seconds. */
TEST_ON(a_long_hash_is_done_in_steps_and_outlasts_a_restore, bus)
{
    uint8_t expected[SHA256_SIZE];
    OWNED(free_at) uint8_t *all = xcalloc(1, LONG);

    fabric_random(&bus->fabric, memory(bus, PIECE), PIECE);
    list_pieces(bus, LISTS, PIECE);
    for (uint32_t i = 0; i < PIECES; i++) {
        memcpy(all + i * PIECE, memory(bus, PIECE), PIECE);
    }
    sha256(all, LONG, expected);
    hash(bus, LISTS, LONG, 0x50 | LIST);
    EXPECT_EQ(test_read(bus->device, 0, STS), 0);
    /* The values of the registers do not matter meanwhile. */
    test_write(bus->device, 0, HASH_DIGEST, 0);
    test_write(bus->device, 0, HASH_LEN, 1);
    pass(bus);
    EXPECT_EQ(test_read(bus->device, 0, STS), 0);
    EXPECT(test_restores(bus->device));
    pass(bus);
    EXPECT_EQ(test_read(bus->device, 0, STS), HASH_DONE);
    EXPECT_BYTES(memory(bus, DIGEST), expected, SHA256_SIZE);
}

TEST_ON(a_long_cipher_is_done_in_steps_beside_a_hash, bus)
{
    struct aes_way way = {.mode = AES_CTR, .encrypt = true, .key_bits = 128};
    uint8_t begun[16];
    OWNED(free_at) uint8_t *all = xcalloc(1, LONG);

    fabric_random(&bus->fabric, memory(bus, PIECE), PIECE);
    list_pieces(bus, LISTS, PIECE);
    list_pieces(bus, LISTS + 0x400, 2 * PIECE);
    memcpy(way.iv, memory(bus, 0x100), 16);
    memcpy(begun, way.iv, 16);
    memcpy(way.key, memory(bus, 0x110), 16);
    for (uint32_t i = 0; i < PIECES; i++) {
        memcpy(all + i * PIECE, memory(bus, PIECE), PIECE);
    }
    aes_blocks(&way, all, all, LONG / 16);
    test_write(bus->device, 0, CRYPT_CONTEXT, 0x100);
    test_write(bus->device, 0, CRYPT_SRC, LISTS);
    test_write(bus->device, 0, CRYPT_DEST, LISTS + 0x400);
    test_write(bus->device, 0, CRYPT_LEN, LONG);
    test_write(bus->device, 0, CRYPT_CMD,
               AES_CTR << 4 | 1 << 7 | LIST | LIST << 1);
    hash(bus, DATA, 3, 0x50);
    EXPECT_EQ(test_read(bus->device, 0, STS), HASH_DONE);
    pass(bus);
    EXPECT_BYTES(memory(bus, 0x100), begun, 16); /* saved at the end */
    EXPECT(test_restores(bus->device));
    EXPECT_EQ(test_read(bus->device, 0, STS), HASH_DONE);
    pass(bus);
    EXPECT_EQ(test_read(bus->device, 0, STS), HASH_DONE | CRYPT_DONE);
    EXPECT_BYTES(memory(bus, 2 * PIECE), all + (PIECES - 1) * PIECE, PIECE);
    EXPECT_BYTES(memory(bus, 0x100), way.iv, 16);
}

TEST_ON(a_reset_and_another_command_end_a_long_one, bus)
{
    uint8_t expected[SHA256_SIZE];

    list_pieces(bus, LISTS, PIECE);
    hash(bus, LISTS, LONG, 0x50 | LIST);
    hash(bus, DATA, 3, 0x50);
    EXPECT_EQ(test_read(bus->device, 0, STS), HASH_DONE);
    sha256(memory(bus, DATA), 3, expected);
    EXPECT_BYTES(memory(bus, DIGEST), expected, SHA256_SIZE);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    hash(bus, LISTS, LONG, 0x50 | LIST);
    test_write(bus->device, 0, STS, HASH_DONE);
    hash(bus, DATA, 3, 0); /* not modelled */
    EXPECT_EQ(test_read(bus->device, 0, STS), HASH_DONE);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    hash(bus, LISTS, LONG, 0x50 | LIST);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    list_pieces(bus, LISTS + 0x400, 2 * PIECE);
    test_write(bus->device, 0, CRYPT_SRC, LISTS);
    test_write(bus->device, 0, CRYPT_DEST, LISTS + 0x400);
    test_write(bus->device, 0, CRYPT_LEN, LONG);
    test_write(bus->device, 0, CRYPT_CMD, 1 << 7 | LIST | LIST << 1);
    EXPECT(clock_next(&bus->fabric.clock) != TIME_NEVER);
    /* One whose context is nowhere ends, too, and the last with it. */
    test_write(bus->device, 0, CRYPT_CONTEXT, 0x08000000);
    test_write(bus->device, 0, CRYPT_CMD, 1 << 7 | LIST | LIST << 1);
    EXPECT_EQ(test_read(bus->device, 0, STS), CRYPT_DONE);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    test_write(bus->device, 0, CRYPT_CONTEXT, 0x100);
    test_write(bus->device, 0, CRYPT_CMD, 1 << 7 | LIST | LIST << 1);
    test_write(bus->device, 0, STS, CRYPT_DONE);
    crypt(bus, 16, 0);
    EXPECT_EQ(test_read(bus->device, 0, STS), CRYPT_DONE);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
}

/* A list may have more than the length, which is left alone. */
TEST_BEGINS(a_command_ends_at_its_length_before_the_end_of_a_list, bus)
{
    enum { LENGTH = 5008 };
    struct aes_way way = {.mode = AES_ECB, .encrypt = true, .key_bits = 128};
    static uint8_t all[LENGTH];
    uint8_t expected[SHA256_SIZE];

    hace_start(bus);
    fabric_random(&bus->fabric, memory(bus, PIECE), PIECE);
    memcpy(all, memory(bus, PIECE), LENGTH);
    list_pieces(bus, DATA, PIECE);
    sha256(all, LENGTH, expected);
    hash(bus, DATA, LENGTH, 0x50 | LIST);
    EXPECT_BYTES(memory(bus, DIGEST), expected, SHA256_SIZE);
    memset(memory(bus, RESULT), 0x55, 2 * LENGTH);
    memcpy(way.key, memory(bus, 0x110), 16);
    aes_blocks(&way, all, all, LENGTH / 16);
    crypt(bus, LENGTH, LIST);
    EXPECT_BYTES(memory(bus, RESULT), all, LENGTH);
    EXPECT_EQ(memory(bus, RESULT)[LENGTH], 0x55);
}

/* A hash ends with its padding, a cipher with its last byte. */
TEST(a_step_takes_a_mib)
{
    static const struct {
        uint32_t command; /* of a hash; 0: a cipher */
        uint32_t length;
        bool ends;
    } rows[] = {
        {0x50, HACE_STEP - 1,  true },
        {0x50, HACE_STEP,      false},
        {0x60, HACE_STEP - 1,  true },
        {0x60, HACE_STEP,      false},
        {0,    HACE_STEP,      true },
        {0,    HACE_STEP + 16, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint32_t done = rows[i].command != 0 ? HASH_DONE : CRYPT_DONE;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        hace_start(&bus);
        list_pieces(&bus, DATA, PIECE);
        list_pieces(&bus, RESULT, 2 * PIECE);
        if (rows[i].command != 0) {
            hash(&bus, DATA, rows[i].length, rows[i].command | LIST);
        } else {
            crypt(&bus, rows[i].length, LIST | LIST << 1);
        }
        EXPECT_EQ(test_read(bus.device, 0, STS), rows[i].ends ? done : 0);
        pass(&bus);
        EXPECT_EQ(test_read(bus.device, 0, STS), done);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "crypto/sha2.h"
#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_sha_acc;

enum {
    LOCK = 0x00,
    USER = 0x04,
    MODE = 0x08,
    START_ADDRESS = 0x0c,
    DLEN = 0x10,
    DATAIN = 0x14,
    EXECUTE = 0x18,
    STATUS = 0x1c,
    DIGEST = 0x20,
    CONTROL = 0x60,
    NOTIF_STATUS = 0x818,
};

enum { STREAM_384, STREAM_512, MAILBOX_384, MAILBOX_512, AS_IS };
enum { ALICE = 0x11, BOB = 0x22 };

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0101, &caliptra_sha_acc))

TEST_ON(the_tables_promises_hold, core)
{
    EXPECT_DEVICE(core->device, NULL);
}

TEST_ON(the_core_owns_it_out_of_reset_but_an_update_reset_changes_nothing, core)
{
    EXPECT_EQ(test_read(core->device, LOCK), 1);
    EXPECT_EQ(test_read(core->device, STATUS), 0);
    test_write_as(core->device, TEST_SOC, ALICE, LOCK, 1);
    EXPECT_EQ(test_read_as(core->device, TEST_SOC, ALICE, LOCK), 1);
    test_write(core->device, MODE, MAILBOX_512);
    EXPECT_EQ(test_read(core->device, MODE), MAILBOX_512);

    test_write(core->device, LOCK, 1);
    device_reset(core->device, RESET_CORE);
    EXPECT_EQ(test_read_as(core->device, TEST_SOC, ALICE, LOCK), 0);
    device_reset(core->device, RESET_WARM);
    EXPECT_EQ(test_read_as(core->device, TEST_SOC, ALICE, LOCK), 1);
    EXPECT_EQ(test_read(core->device, MODE), 0);
}

TEST_ON(reading_zero_takes_the_lock_and_only_the_owner_may_write, core)
{
    test_write(core->device, LOCK, 1);
    EXPECT_EQ(test_read_as(core->device, TEST_SOC, ALICE, LOCK), 0);
    EXPECT_EQ(test_read_as(core->device, TEST_SOC, BOB, LOCK), 1);
    EXPECT_EQ(test_read(core->device, LOCK), 1);
    EXPECT_EQ(test_read(core->device, USER), ALICE);
    EXPECT_EQ(test_read(core->device, STATUS), 2);
    test_write_as(core->device, TEST_SOC, BOB, DLEN, 5);
    test_write(core->device, DLEN, 6);
    EXPECT_EQ(test_read(core->device, DLEN), 0);
    test_write_as(core->device, TEST_SOC, BOB, LOCK, 1);
    test_write(core->device, LOCK, 1);
    test_write_as(core->device, TEST_SOC, ALICE, DLEN, 7);
    EXPECT_EQ(test_read(core->device, DLEN), 7);
    test_write_as(core->device, TEST_SOC, ALICE, LOCK, 1);
    EXPECT_EQ(test_read(core->device, STATUS), 0);
    EXPECT_EQ(test_read(core->device, LOCK), 0);
    EXPECT_EQ(test_read(core->device, USER), UINT32_MAX);
}

static void expect_digest(struct device *device, const uint8_t *message,
                          uint32_t size, bool is_512)
{
    uint8_t expected[64], digest[64];

    EXPECT_EQ(test_read(device, STATUS) & 1, 1);
    if (is_512) {
        sha512(message, size, expected);
    } else {
        sha384(message, size, expected);
    }
    test_read_bytes(device, DIGEST, digest, 64);
    EXPECT_BYTES(digest, expected, is_512 ? 64 : 48);
}

/* Every length around the ends of blocks and of the room for the length. */
TEST(streams_of_any_length_give_the_digest)
{
    uint8_t message[400];

    for (unsigned i = 0; i < sizeof(message); i++) {
        message[i] = (uint8_t)(i * 7 + 3);
    }
    for (uint32_t size = 1; size < 390; size++) {
        OWNED(test_core_fini) struct test_core core;
        bool is_512 = size % 2 != 0;

        test_case("%u bytes", size);
        test_core_init(&core, 0x0101, &caliptra_sha_acc);
        test_write(core.device, MODE, is_512 ? STREAM_512 : STREAM_384);
        test_write(core.device, DLEN, size);
        for (uint32_t i = 0; i < size; i += 4) {
            test_write(core.device, DATAIN, load_be32(message + i));
        }
        EXPECT_EQ(test_read(core.device, STATUS) & 1, 0);
        test_write(core.device, EXECUTE, 1);
        expect_digest(core.device, message, size, is_512);
        EXPECT_EQ(test_read(core.device, NOTIF_STATUS), 1);
    }
}

TEST(mailbox_memory_hashes_as_bytes_or_as_big_endian_words)
{
    static const struct {
        uint32_t start;
        uint32_t size;
    } cases[] = {
        {0,       1      },
        {0,       128    },
        {4,       111    },
        {8,       112    },
        {0x100,   500    },
        {0x1fffc, 4      },
        {0x40,    127    },
        {0,       0x20000}
    };
    static uint8_t message[0x20000];

    for (size_t c = 0; c < 2 * ARRAY_SIZE(cases); c++) {
        struct test_core *core = calloc(1, sizeof(*core));
        uint32_t start = cases[c / 2].start, size = cases[c / 2].size;
        bool as_is = c % 2 != 0;

        test_case("%u bytes at 0x%x, as is %d", size, start, as_is);
        test_core_init(core, 0x0101, &caliptra_sha_acc);
        for (uint32_t i = 0; i < TEST_SRAM_WORDS; i++) {
            uint32_t word = i * 2654435761u;
            core->secrets.sram[i] = word;
            if (as_is) {
                store_be32(&message[(size_t)4 * i], word);
            } else {
                store_le32(&message[(size_t)4 * i], word);
            }
        }
        test_write(core->device, MODE, MAILBOX_384 | (as_is ? AS_IS : 0));
        test_write(core->device, START_ADDRESS, start);
        test_write(core->device, DLEN, size);
        test_write(core->device, EXECUTE, 1);
        expect_digest(core->device, message + start, size, false);
        test_core_fini(core);
        free(core);
    }
}

TEST_ON(the_soc_has_streaming_only_and_no_notification, core)
{
    static const uint8_t message[4] = {0x61, 0x62, 0x63, 0x64};

    test_write(core->device, LOCK, 1);
    test_read_as(core->device, TEST_SOC, ALICE, LOCK);
    test_write_as(core->device, TEST_SOC, ALICE, MODE, MAILBOX_384);
    test_write_as(core->device, TEST_SOC, ALICE, DLEN, 4);
    test_write_as(core->device, TEST_SOC, ALICE, EXECUTE, 1);
    EXPECT_EQ(test_read(core->device, STATUS), 2);
    test_write_as(core->device, TEST_SOC, ALICE, DATAIN, 0x61626364);
    expect_digest(core->device, message, 4, false);
    EXPECT_EQ(test_read(core->device, NOTIF_STATUS), 0);
    test_write_as(core->device, TEST_SOC, ALICE, LOCK, 1);
    EXPECT_EQ(test_read(core->device, STATUS), 0);
    EXPECT_EQ(test_read(core->device, EXECUTE), 0);
}

TEST(hostile_lengths_and_addresses_end)
{
    static const uint32_t values[] = {0,       1,       0x1ffff,    0x20000,
                                      0x3ffff, 0x40000, 0x7fffffff, UINT32_MAX};

    for (size_t i = 0; i < ARRAY_SIZE(values) * ARRAY_SIZE(values); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("pair %zu", i);
        test_core_init(&core, 0x0101, &caliptra_sha_acc);
        test_write(core.device, MODE, MAILBOX_512);
        test_write(core.device, START_ADDRESS, values[i / ARRAY_SIZE(values)]);
        test_write(core.device, DLEN, values[i % ARRAY_SIZE(values)]);
        test_write(core.device, EXECUTE, 1);
        EXPECT_EQ(test_read(core.device, STATUS), 1);
    }
}

TEST_ON(zeroize_wipes_the_digest, core)
{
    test_write(core->device, MODE, MAILBOX_512);
    test_write(core->device, EXECUTE, 1);
    EXPECT(test_read(core->device, DIGEST) != 0);
    test_write(core->device, CONTROL, 1);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
}

TEST(zeroize_leaves_nothing_of_a_digest)
{
    uint64_t hashes[2];

    for (unsigned i = 0; i < 2; i++) {
        OWNED(test_core_fini) struct test_core core;

        test_core_init(&core, 0x0101, &caliptra_sha_acc);
        test_write(core.device, MODE, STREAM_512);
        test_write(core.device, DLEN, 128);
        for (uint32_t word = 0; word < 32; word++) {
            test_write(core.device, DATAIN, word == 0 ? i : 0);
        }
        test_write(core.device, EXECUTE, 1);
        EXPECT_EQ(test_read(core.device, DATAIN), 0);
        test_write(core.device, DATAIN, 7); /* what was written last */
        EXPECT_EQ(test_read(core.device, DATAIN), 7);
        test_write(core.device, CONTROL, 1);
        EXPECT_EQ(*(uint64_t *)test_field(core.device, "h"), 0);
        hashes[i] = test_state_hash(core.device);
    }
    EXPECT_EQ(hashes[0], hashes[1]);
}

TEST_ON(words_that_nobody_waits_for_change_no_digest, core)
{
    uint8_t message[4];

    core->secrets.sram[0] = 0x01020304;
    store_le32(message, core->secrets.sram[0]);
    test_write(core->device, MODE, MAILBOX_384);
    test_write(core->device, DLEN, 4);
    test_write(core->device, DATAIN, 5);
    test_write(core->device, EXECUTE, 1);
    expect_digest(core->device, message, 4, false);
    for (uint32_t i = 0; i < 64; i++) {
        test_write(core->device, DATAIN, 5);
    }
    expect_digest(core->device, message, 4, false);
    test_write(core->device, LOCK, 1);
    test_read(core->device, LOCK);
    test_write(core->device, MODE, STREAM_384);
    test_write(core->device, DATAIN, 0x01020304);
    test_write(core->device, EXECUTE, 1);
    store_be32(message, 0x01020304);
    expect_digest(core->device, message, 4, false);
    for (uint32_t i = 0; i < 64; i++) {
        test_write(core->device, DATAIN, 5);
    }
    expect_digest(core->device, message, 4, false);
}

/* An end before the start lies behind the memory's, which goes around; one at
 * the start leaves nothing. Then comes padding, with the length as announced.
 */
TEST(lengths_past_the_memory_go_around)
{
    static const struct {
        uint32_t start, size, blocks;
    } cases[] = {
        {4 * 0x7fe0, 0x20100, 2},
        {0,          0x3ffff, 0},
    };

    for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
        struct test_core *core = calloc(1, sizeof(*core));
        uint32_t first = cases[c].start / 4;
        uint8_t block[128] = {0};
        uint64_t h[8];

        test_case("case %zu", c);
        test_core_init(core, 0x0101, &caliptra_sha_acc);
        for (uint32_t i = 0; i < TEST_SRAM_WORDS; i++) {
            core->secrets.sram[i] = i * 2654435761u;
        }
        sha512_start(h);
        for (uint32_t i = 0; i < 32 * cases[c].blocks; i++) {
            store_be32(block + 4 * (i % 32),
                       core->secrets.sram[(first + i) % TEST_SRAM_WORDS]);
            if (i % 32 == 31) {
                sha512_block(h, block);
            }
        }
        memset(block, 0, sizeof(block));
        block[cases[c].size % 128] = 0x80;
        if (cases[c].size % 128 >= 112) {
            sha512_block(h, block);
            memset(block, 0, sizeof(block));
        }
        store_be32(block + 124, cases[c].size * 8);
        sha512_block(h, block);
        test_write(core->device, MODE, MAILBOX_512 | AS_IS);
        test_write(core->device, START_ADDRESS, cases[c].start);
        test_write(core->device, DLEN, cases[c].size);
        test_write(core->device, EXECUTE, 1);
        for (uint32_t i = 0; i < 16; i++) {
            EXPECT_EQ(test_read(core->device, DIGEST + 4 * i),
                      (uint32_t)(h[i / 2] >> (i % 2 != 0 ? 0 : 32)));
        }
        test_core_fini(core);
        free(core);
    }
}

/* The memory is read from the start's word to that of the end, both of 15 bits;
 * an end before the start, or past the memory, is the memory's. */
TEST(the_end_of_the_mailbox_is_the_end_of_its_messages)
{
    static const struct {
        uint32_t start, size, first, words;
    } cases[] = {
        {0x1fffc,            4,  0x7fff, 1},
        {0x1fffc | 0x20000u, 4,  0x7fff, 1}, /* of a start 16:2 count */
        {0x1fff8,            5,  0x7ffe, 2},
        {0x1fff0,            16, 0x7ffc, 4},
        {0x1fff0,            32, 0x7ffc, 4}, /* the rest is zeros */
        {3,                  4,  0,      1},
    };

    for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
        struct test_core *core = calloc(1, sizeof(*core));
        uint8_t message[32] = {0};

        test_case("case %zu", c);
        test_core_init(core, 0x0101, &caliptra_sha_acc);
        for (uint32_t i = 0; i < TEST_SRAM_WORDS; i++) {
            core->secrets.sram[i] = i * 2654435761u;
        }
        for (uint32_t i = 0; i < cases[c].words; i++) {
            store_be32(message + 4 * i, core->secrets.sram[cases[c].first + i]);
        }
        test_write(core->device, MODE, MAILBOX_512 | AS_IS);
        test_write(core->device, START_ADDRESS, cases[c].start);
        test_write(core->device, DLEN, cases[c].size);
        test_write(core->device, EXECUTE, 1);
        expect_digest(core->device, message, cases[c].size, true);
        test_core_fini(core);
        free(core);
    }
}

TEST_ON(a_lock_given_back_drops_what_was_under_way, core)
{
    static const uint8_t message[128] = {1, 2, 3, 4, 5, 6, 7, 8};

    test_write(core->device, MODE, STREAM_384);
    test_write(core->device, DLEN, 8);
    test_write(core->device, DATAIN, 0x55555555);
    test_write(core->device, LOCK, 1);
    EXPECT_EQ(test_read(core->device, LOCK), 0);
    test_write(core->device, DLEN, sizeof(message));
    for (size_t i = 0; i < sizeof(message); i += 4) {
        test_write(core->device, DATAIN, load_be32(message + i));
    }
    test_write(core->device, EXECUTE, 1);
    expect_digest(core->device, message, sizeof(message), false);
}

TEST(whoever_writes_without_the_lock_is_told)
{
    static const struct {
        uint32_t offset;
        const char *name;
    } registers[] = {
        {LOCK,          "LOCK"         },
        {MODE,          "MODE"         },
        {START_ADDRESS, "START_ADDRESS"},
        {DLEN,          "DLEN"         },
        {DATAIN,        "DATAIN"       },
        {EXECUTE,       "EXECUTE"      },
    };

    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        OWNED(test_core_fini) struct test_core core;
        OWNED(told_fini) struct told told;
        char text[64];

        test_case("%s", registers[i].name);
        test_core_init(&core, 0x0101, &caliptra_sha_acc);
        told_init(&told, core.device);
        uint64_t before = test_state_hash(core.device);
        snprintf(text, sizeof(text),
                 "guest: device: %s written without the lock\n",
                 registers[i].name);
        test_write_as(core.device, TEST_SOC, ALICE, registers[i].offset, 1);
        EXPECT_TOLD(&told, text);
        EXPECT_EQ(test_state_hash(core.device), before);
        test_write(core.device, LOCK, 1);
        before = test_state_hash(core.device);
        test_write(core.device, registers[i].offset, 1);
        EXPECT_TOLD(&told, text);
        EXPECT_EQ(test_state_hash(core.device), before);
    }
}

TEST_ON(a_debuggers_look_does_not_take_the_lock, core)
{
    struct access access = {.view = TEST_SOC, .user = ALICE, .debug = true};
    uint64_t value = 1;

    test_write(core->device, LOCK, 1);
    EXPECT_EQ(device_read(core->device, 0, &access, LOCK, 4, &value), 0);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(test_read(core->device, LOCK), 0);
}

TEST_ON(an_accelerator_needs_a_mailbox, core)
{
    core->mailbox.type = core->soc_ifc.type;
    EXPECT_EQ(device_init(core->device, &core->error), -EINVAL);
}

/* The test does not write so much data; the announced length counts. */
TEST(lengths_in_bits_have_more_than_32_of_them)
{
    static const uint32_t lengths[] = {0x20000000, 0x40000000, 0xffffff80};

    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        uint8_t block[128] = {0x80};
        uint64_t h[8];
        OWNED(test_core_fini) struct test_core core;

        test_case("length 0x%x", lengths[i]);
        store_be32(block + 120, lengths[i] >> 29);
        store_be32(block + 124, lengths[i] << 3);
        sha384_start(h);
        sha512_block(h, block);
        test_core_init(&core, 0x0101, &caliptra_sha_acc);
        test_write(core.device, MODE, STREAM_384);
        test_write(core.device, DLEN, lengths[i]);
        test_write(core.device, DATAIN, 1);
        test_write(core.device, EXECUTE, 1);
        for (uint32_t word = 0; word < 12; word++) {
            EXPECT_EQ(test_read(core.device, DIGEST + 4 * word),
                      (uint32_t)(h[word / 2] >> (word % 2 != 0 ? 0 : 32)));
        }
    }
}

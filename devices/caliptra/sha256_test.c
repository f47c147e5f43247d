/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>

#include "crypto/sha2.h"
#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_sha256;

enum {
    CTRL = 0x10,
    STATUS = 0x18,
    BLOCK = 0x80,
    DIGEST = 0x100,
    GLOBAL_ENABLE = 0x800,
    ERROR_ENABLE = 0x804,
    NOTIF_ENABLE = 0x808,
    ERROR_STATUS = 0x814,
    NOTIF_STATUS = 0x818,
};

enum { INIT = 1, NEXT = 2, MODE_256 = 4, ZEROIZE = 8 };

static uint32_t winternitz(unsigned w, unsigned is_32)
{
    return INIT | MODE_256 | 1u << 4 | w << 5 | is_32 << 9;
}

/* "abc", padded */
static const uint32_t abc[16] = {0x61626380, [15] = 0x18};

static const struct {
    unsigned w;
    unsigned n;
    const char *digest;
} chains[] = {
  /* answers of the hardware's own test */
    {1, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {2, 32, "1abdf6856e4cdf18146c6177cd5968abd20795da2a787c726bc7734618fa944c"},
    {4, 32, "878c3a9760a60fc252a91561dba6f179c9dc0292aa1733c660c4a96503780f5f"},
    {8, 32, "c625ea1597b6d15acaf48a1706dfaa5ce6efee3605d68e7a83f90d364020542e"},
    {1, 24, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c"                },
    {2, 24, "084016e3e81ec95f86c87e8165d76ed5857e1b4479b63cc3"                },
    {4, 24, "70f3088456d633074ec504600db5e4ed1676111480a15717"                },
    {8, 24, "04a8e0b8c9ab79eee186636e6144157156c442040278a626"                },
};

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&caliptra_sha256, NULL);
}

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0101, &caliptra_sha256))

TEST_ON(words_are_big_endian_and_the_digest_is_there_at_once, core)
{
    uint8_t digest[32], expected[32];

    EXPECT_EQ(test_read(core->device, STATUS), 1);
    test_write_words(core->device, BLOCK, abc, 16);
    test_write(core->device, CTRL, INIT | MODE_256);
    EXPECT_EQ(test_read(core->device, STATUS), 3);
    test_read_bytes(core->device, DIGEST, digest, 32);
    sha256("abc", 3, expected);
    EXPECT_BYTES(digest, expected, 32);

    test_write(core->device, CTRL, INIT); /* SHA-224 */
    hex_bytes(expected, 28,
              "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
    test_read_bytes(core->device, DIGEST, digest, 32);
    EXPECT_BYTES(digest, expected, 28);
    EXPECT_EQ(test_read(core->device, DIGEST + 28), 0);
    EXPECT_EQ(test_read(core->device, BLOCK), 0);
}

TEST_BEGINS(next_goes_on_where_init_began, core)
{
    uint8_t message[128] = {0}, digest[32], expected[32];

    test_core_init(core, 0x0101, &caliptra_sha256);
    message[64] = 0x80;
    message[126] = 2; /* 512 bits */
    test_write_bytes(core->device, BLOCK, message, 64);
    test_write(core->device, CTRL, INIT | MODE_256);
    test_write_bytes(core->device, BLOCK, message + 64, 64);
    test_write(core->device, CTRL, NEXT | MODE_256);
    sha256(message, 64, expected);
    test_read_bytes(core->device, DIGEST, digest, 32);
    EXPECT_BYTES(digest, expected, 32);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
}

TEST(winternitz_chains_end_as_in_hardware)
{
    for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
        OWNED(test_core_fini) struct test_core core;
        uint8_t digest[32], expected[32] = {0};

        test_case("w %u, n %u", chains[i].w, chains[i].n);
        test_core_init(&core, 0x0101, &caliptra_sha256);
        test_write_words(core.device, BLOCK, abc, 16);
        test_write(core.device, CTRL,
                   winternitz(chains[i].w, chains[i].n == 32));
        test_read_bytes(core.device, DIGEST, digest, 32);
        hex_bytes(expected, 32, chains[i].digest);
        EXPECT_BYTES(digest, expected, 32);
        EXPECT_EQ(test_read(core.device, ERROR_STATUS), 0);
    }
}

/* RFC 8554, 4.4, step by step. */
TEST_BEGINS(
    a_chain_from_the_middle_hashes_the_counter_at_22_and_the_value_at_23, core)
{
    uint8_t block[64] = {0}, chain[23 + 24], digest[32], full[32];

    for (unsigned i = 0; i < sizeof(chain); i++) {
        chain[i] = (uint8_t)(i + 1);
    }
    chain[22] = 9;
    memcpy(block, chain, sizeof(chain));
    block[47] = 0x80;
    block[62] = 1;
    block[63] = 0x78; /* 47 bytes */
    for (unsigned j = 9; j <= 14; j++) {
        chain[22] = (uint8_t)j;
        sha256(chain, sizeof(chain), full);
        memcpy(chain + 23, full, 24);
    }
    test_core_init(core, 0x0101, &caliptra_sha256);
    test_write_bytes(core->device, BLOCK, block, 64);
    test_write(core->device, CTRL, winternitz(4, 0));
    test_read_bytes(core->device, DIGEST, digest, 32);
    EXPECT_BYTES(digest, full, 24);
}

TEST_BEGINS(generation_1_0_has_no_winternitz_loop, core)
{
    uint8_t digest[32], expected[32];

    test_core_init(core, 0x0100, &caliptra_sha256);
    test_write_words(core->device, BLOCK, abc, 16);
    test_write(core->device, CTRL, winternitz(8, 1));
    sha256("abc", 3, expected);
    test_read_bytes(core->device, DIGEST, digest, 32);
    EXPECT_BYTES(digest, expected, 32);
}

TEST(bad_commands_are_error_events_and_go_to_the_error_line)
{
    static const struct {
        uint32_t control;
        uint32_t word_5;
        uint32_t event;
    } cases[] = {
        {INIT | MODE_256 | 1 << 4 | 3 << 5, 0,       1},
        {INIT | 1 << 4 | 4 << 5,            0,       1},
        {INIT | MODE_256 | 1 << 4 | 4 << 5, 15 << 8, 1},
        {INIT | NEXT | MODE_256,            0,       2},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("control 0x%x", cases[i].control);
        test_core_init(&core, 0x0101, &caliptra_sha256);
        test_write(core.device, GLOBAL_ENABLE, 3);
        test_write(core.device, ERROR_ENABLE, 0xf);
        test_write(core.device, BLOCK + 20, cases[i].word_5);
        test_write(core.device, CTRL, cases[i].control);
        EXPECT_EQ(test_read(core.device, ERROR_STATUS), cases[i].event);
        EXPECT_EQ(device_output(core.device, "error")->level, 1);
        EXPECT_EQ(device_output(core.device, "notif")->level, 0);
        EXPECT_EQ(test_read(core.device, NOTIF_STATUS), 1);
        test_write(core.device, NOTIF_ENABLE, 1);
        EXPECT_EQ(device_output(core.device, "notif")->level, 1);
        test_write(core.device, ERROR_STATUS, cases[i].event);
        EXPECT_EQ(device_output(core.device, "error")->level, 0);
    }
}

TEST_ON(a_change_to_debug_mode_wipes_the_engine, core)
{
    test_write_words(core->device, BLOCK, abc, 16);
    test_write(core->device, CTRL, INIT | MODE_256);
    device_input(core->device, 0, 1);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
}

TEST(whatever_wipes_leaves_nothing_of_a_message)
{
    for (unsigned way = 0; way < 2; way++) {
        uint64_t hashes[3];

        test_case("way %u", way);
        for (uint32_t i = 0; i < 2; i++) {
            OWNED(test_core_fini) struct test_core core;

            test_core_init(&core, 0x0101, &caliptra_sha256);
            hashes[2] = test_state_hash(core.device);
            test_write(core.device, BLOCK, 5 + i);
            test_write(core.device, CTRL, INIT | MODE_256);
            if (way == 0) {
                test_write(core.device, CTRL, ZEROIZE);
            } else {
                device_input(core.device, 0, 1);
            }
            hashes[i] = test_state_hash(core.device);
        }
        EXPECT_EQ(hashes[0], hashes[1]);
        EXPECT_EQ(hashes[0], hashes[2]);
    }
}

TEST(a_digest_has_seven_or_eight_words)
{
    struct test_core core;
    uint8_t digest[32], expected[32];

    for (unsigned mode = 0; mode < 2; mode++) {
        test_case("mode %u", mode);
        test_core_init(&core, 0x0101, &caliptra_sha256);
        memset(expected, 0, sizeof(expected));
        EVP_Digest("abc", 3, expected, NULL,
                   mode == 0 ? EVP_sha224() : EVP_sha256(), NULL);
        test_write(core.device, BLOCK, 0x61626380);
        test_write(core.device, BLOCK + 60, 24);
        test_write(core.device, CTRL, INIT | (mode == 0 ? 0 : MODE_256));
        test_read_bytes(core.device, DIGEST, digest, sizeof(digest));
        EXPECT_BYTES(digest, expected, sizeof(digest));
        test_core_fini(&core);
    }
}

/* Eight counts of errors and of notifications, with a few of them in use. */
TEST(each_event_of_the_interrupt_block_is_counted_by_itself)
{
    static const struct {
        uint32_t trigger, status, count;
        unsigned events;
    } classes[] = {
        {0x81c, 0x814, 0x900, 4},
        {0x820, 0x818, 0x980, 1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        for (uint32_t events = 0; events < 1u << classes[i].events; events++) {
            OWNED(test_core_fini) struct test_core core;

            test_case("class %zu, events 0x%x", i, events);
            test_core_init(&core, 0x0101, &caliptra_sha256);
            test_write(core.device, classes[i].trigger, events);
            test_write(core.device, classes[i].trigger, events);
            EXPECT_EQ(test_read(core.device, classes[i].status), events);
            test_write(core.device, 0x804 + 4 * (uint32_t)i, 1);
            EXPECT_EQ(test_read(core.device, 0x80c), i == 0 && (events & 1));
            EXPECT_EQ(test_read(core.device, 0x810), i == 1 && (events & 1));
            for (unsigned event = 0; event < classes[i].events; event++) {
                EXPECT_EQ(test_read(core.device, classes[i].count + 4 * event),
                          (events >> event & 1) * 2);
            }
        }
    }
}

TEST_ON(counts_of_events_stay_at_their_largest, core)
{
    test_write(core->device, 0x900, UINT32_MAX - 1);
    for (unsigned i = 0; i < 3; i++) {
        test_write(core->device, 0x81c, 1);
        EXPECT_EQ(test_read(core->device, 0x900), UINT32_MAX);
    }
    EXPECT_EQ(test_read(core->device, 0x904), 0);
}

TEST_ON(a_control_word_without_a_command_hashes_nothing, core)
{
    test_write(core->device, CTRL, 0);
    EXPECT_EQ(test_read(core->device, STATUS), 1);
    EXPECT_EQ(test_read(core->device, DIGEST), 0);
}

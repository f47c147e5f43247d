/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what keeps, replaces and clears the secrets of a part. */
#include "devices/caliptra/soc_ifc.h"

#include "devices/caliptra/test_soc_ifc.h"
#include "tests/device.h"
#include "tests/told.h"

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_soc_init(soc, 0x0101))

TEST_ON(secrets_are_for_the_deobfuscation_engine_alone, soc)
{
    static const uint32_t key[8] = {0xa0a1a2a3, 0xb0b1b2b3, 0xc0c1c2c3,
                                    0xd0d1d2d3, 0xe0e1e2e3, 0xf0f1f2f3,
                                    0xa4a5a6a7, 0xb4b5b6b7};

    test_power(soc, TEST_PRODUCTION);
    soc_write(soc, FUSE_UDS, 0x00010203);
    soc_write(soc, FUSE_FIELD_ENTROPY, 0x80818283);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    soc_write(soc, FUSE_UDS, 1);
    EXPECT_EQ(soc_ifc_uds_seed(soc->soc_ifc)[0], 0x00010203);
    EXPECT_EQ(soc_ifc_field_entropy(soc->soc_ifc)[0], 0x80818283);
    EXPECT_BYTES(soc_ifc_obf_key(soc->soc_ifc), key, sizeof(key));
    for (uint32_t i = 0; i < 8; i++) {
        EXPECT_EQ(core_read(soc, FUSE_UDS + 4 * i), 0);
        EXPECT_EQ(soc_read(soc, FUSE_UDS + 4 * i), 0);
        EXPECT_EQ(core_read(soc, FUSE_FIELD_ENTROPY + 4 * i), 0);
        EXPECT_EQ(soc_read(soc, FUSE_FIELD_ENTROPY + 4 * i), 0);
        EXPECT_EQ(core_read(soc, OBF_KEY + 4 * i), 0);
        EXPECT_EQ(soc_read(soc, OBF_KEY + 4 * i), 0);
    }
    soc_ifc_clear_secrets(soc->soc_ifc);
    EXPECT_EQ(soc_ifc_uds_seed(soc->soc_ifc)[0], 0);
    EXPECT_EQ(soc_ifc_obf_key(soc->soc_ifc)[0], 0);
}

static void count_rises(void *context, unsigned input, uint32_t level)
{
    *(unsigned *)context += level;
}

/* And floods the vaults, at every reset. */
TEST(a_part_without_a_life_cycle_is_open_in_generation_2)
{
    static const struct {
        uint32_t generation, state;
        bool open;
    } cases[] = {
        {0x0101, 4, false},
        {0x0101, 5, false},
        {0x0101, 7, false},
        {0x0101, 0, true },
        {0x0101, 3, true },
        {0x0200, 4, true },
        {0x0200, 5, false},
        {0x0201, 4, true },
        {0x0201, 5, false},
        {0x0201, 7, false},
        {0x0201, 3, true },
        {0x0201, 6, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        unsigned flushes = 0;
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("case %zu", i);
        test_soc_init(&soc, cases[i].generation);
        line_connect(device_output(soc.soc_ifc, "debug_flush"), count_rises,
                     &flushes, 0, "counter");
        test_power(&soc, cases[i].state);
        EXPECT_EQ(flushes, cases[i].open);
        EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0],
                  cases[i].open ? UINT32_MAX : 0xa0a1a2a3);
        test_input(soc.soc_ifc, "cptra_rst_b", 0);
        test_input(soc.soc_ifc, "cptra_rst_b", 1);
        EXPECT_EQ(flushes, 2 * cases[i].open);
    }
}

TEST_ON(open_debug_port_and_scan_mode_replace_the_secrets, soc)
{
    test_power(soc, 3);
    soc_write(soc, FUSE_UDS, 0x00010203);
    EXPECT_EQ(soc_ifc_uds_seed(soc->soc_ifc)[0], UINT32_MAX);
    EXPECT_EQ(soc_ifc_obf_key(soc->soc_ifc)[7], UINT32_MAX);
    EXPECT_EQ(core_read(soc, SECURITY_STATE), 3);
    test_soc_fini(soc);

    test_boot(soc, 0x0101);
    test_input(soc->soc_ifc, "security_state", 7 | 8);
    EXPECT_EQ(soc_ifc_obf_key(soc->soc_ifc)[0], UINT32_MAX);
    EXPECT(core_read(soc, NOTIF_STATUS) & 1 << 3);
    test_input(soc->soc_ifc, "security_state", 7);
    EXPECT_EQ(soc_ifc_obf_key(soc->soc_ifc)[0], 0);
}

TEST_BEGINS(scan_mode_costs_the_secrets_at_once, soc)
{
    OWNED(told_fini) struct told told;

    test_boot(soc, 0x0101);
    told_init(&told, soc->soc_ifc);
    core_write(soc, NOTIF_STATUS, UINT32_MAX);
    test_input(soc->soc_ifc, "security_state", TEST_PRODUCTION | 8);
    EXPECT_TOLD(&told,
                "debug_flush = 1\n"
                "debug_flush = 0\n");
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), 8);
    EXPECT_EQ(core_read(soc, SECURITY_STATE), TEST_PRODUCTION | 8);
    core_write(soc, NOTIF_STATUS, UINT32_MAX);
    test_input(soc->soc_ifc, "security_state", TEST_PRODUCTION);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), 0);
    EXPECT_TOLD(&told, "");
    EXPECT_EQ(soc_ifc_obf_key(soc->soc_ifc)[0], 0);
}

TEST(no_word_of_a_secret_outlives_its_clearing)
{
    static const uint32_t generations[] = {0x0101, 0x0200};

    for (size_t g = 0; g < ARRAY_SIZE(generations); g++) {
        unsigned words = g == 0 ? 12 : 16;
        uint32_t entropy = g == 0 ? FUSE_FIELD_ENTROPY : 0x240;
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("generation 0x%x", generations[g]);
        test_soc_init(&soc, generations[g]);
        test_power(&soc, TEST_PRODUCTION);
        for (uint32_t i = 0; i < words; i++) {
            soc_write(&soc, FUSE_UDS + 4 * i, i + 1);
        }
        for (uint32_t i = 0; i < 8; i++) {
            soc_write(&soc, entropy + 4 * i, i + 1);
        }
        for (unsigned cleared = 0; cleared < 2; cleared++) {
            for (uint32_t i = 0; i < words; i++) {
                EXPECT_EQ(soc_ifc_uds_seed(soc.soc_ifc)[i],
                          cleared ? 0 : i + 1);
            }
            for (uint32_t i = 0; i < 8; i++) {
                EXPECT_EQ(soc_ifc_field_entropy(soc.soc_ifc)[i],
                          cleared ? 0 : i + 1);
                EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[i] == 0, cleared);
            }
            soc_ifc_clear_secrets(soc.soc_ifc);
        }
    }
}

/* Scan mode pulses a line that a fatal error holds up already. */
TEST_BEGINS(a_flush_is_a_pulse_even_after_a_fatal_error, soc)
{
    OWNED(told_fini) struct told told;

    test_boot(soc, 0x0101);
    core_write(soc, FW_ERROR_FATAL, 1);
    told_init(&told, soc->soc_ifc);
    test_input(soc->soc_ifc, "security_state", TEST_PRODUCTION | 8);
    EXPECT_TOLD(&told,
                "debug_flush = 0\n"
                "debug_flush = 1\n");
}

/* Secrets that scan mode took at the end of the reset do not come back. */
TEST(scan_mode_at_reset_costs_the_secrets_too)
{
    for (uint32_t scan = 0; scan <= 8; scan += 8) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("scan mode %u", scan);
        test_soc_init(&soc, 0x0101);
        test_power(&soc, TEST_PRODUCTION | scan);
        EXPECT_EQ(core_read(&soc, NOTIF_STATUS) & 8, scan);
        EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0],
                  scan ? UINT32_MAX : 0xa0a1a2a3);
        test_input(soc.soc_ifc, "security_state", TEST_PRODUCTION);
        EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0], scan ? 0 : 0xa0a1a2a3);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The SoC interface as a whole: its table, its wires and what a board says of
 * it. */
#include "devices/caliptra/soc_ifc.h"

#include "devices/caliptra/test_soc_ifc.h"
#include "tests/device.h"

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_soc_init(soc, 0x0101))

TEST_ON(registers_keep_the_promises_of_their_table, soc)
{
    static const char *const own_values[] = {
        "CPTRA_GENERIC_INPUT_WIRES", /* what is wired */
        NULL,
    };

    REQUIRE(soc->soc_ifc != NULL);
    EXPECT_DEVICE(soc->soc_ifc, own_values);
}

TEST_BEGINS(output_wires_are_a_console_and_input_wires_notify, soc)
{
    test_boot(soc, 0x0101);
    core_write(soc, GENERIC_OUT, 'h' | 0x100);
    core_write(soc, GENERIC_OUT, 'i');
    core_write(soc, GENERIC_OUT, 0xff);
    EXPECT_STR(buffer_text(&soc->console), "hi");
    EXPECT_EQ(test_level(soc->soc_ifc, "generic_output_wires0"), 0xff);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS) & 1 << 5, 0);
    test_input(soc->soc_ifc, "generic_input_wires1", 0xabc);
    EXPECT_EQ(core_read(soc, GENERIC_IN + 4), 0xabc);
    EXPECT(core_read(soc, NOTIF_STATUS) & 1 << 5);
}

TEST_ON(revision_and_configuration_tell_the_generation, soc)
{
    test_power(soc, TEST_PRODUCTION);
    soc_write(soc, FUSE_STEPPING, 0xbeef);
    EXPECT_EQ(soc_read(soc, HW_REV), 0xbeef0011);
    EXPECT_EQ(soc_read(soc, HW_CONFIG), 0x10);
    test_soc_fini(soc);

    test_soc_init(soc, 0x0100);
    EXPECT_EQ(soc_read(soc, HW_REV), 1);
    EXPECT_EQ(soc_read(soc, HW_CONFIG), 0);
}

/* 0xff and 0x01 are verdicts of test firmware. */
TEST_BEGINS(all_characters_but_two_reach_the_console, soc)
{
    test_boot(soc, 0x0101);
    for (uint32_t i = 0; i < 0x200; i++) {
        size_t before = soc->console.size;

        test_case("value 0x%x", i);
        core_write(soc, GENERIC_OUT, i);
        core_write(soc, GENERIC_OUT + 4, i);
        bool verdict = (i & 0xff) == 0xff || (i & 0xff) == 1;
        EXPECT_EQ(soc->console.size - before, verdict ? 0 : 1);
        if (!verdict) {
            EXPECT_EQ(((uint8_t *)soc->console.bytes)[before], i & 0xff);
        }
    }
}

/* A second interface, of a board that says something else. */
static struct device *with_property(struct test_soc *soc,
                                    const char *compatible, const char *name,
                                    const uint32_t *cells, size_t count)
{
    soc->property = name;
    soc->value_size = 4 * count;
    for (size_t i = 0; i < count; i++) {
        store_be32(soc->value + 4 * i, cells[i]);
    }
    return test_add(soc, compatible, "other");
}

TEST(what_a_board_must_not_say_is_refused)
{
    static const char first[] = "chipsalliance,caliptra-soc-ifc";
    static const char second[] = "chipsalliance,caliptra-soc-ifc-2";
    static const struct {
        const char *compatible, *property;
        uint32_t value;
        const char *error;
    } cases[] = {
        {first,  "cairn,generation",      0x0100, NULL                                 },
        {first,  "cairn,generation",      0x0101, NULL                                 },
        {first,  "cairn,generation",      0x00ff,
         "must be 0x0100 or 0x0101, not 0x00ff"                                        },
        {first,  "cairn,generation",      0x0102,
         "must be 0x0100 or 0x0101, not 0x0102"                                        },
        {first,  "cairn,generation",      0x0200,
         "must be 0x0100 or 0x0101, not 0x0200"                                        },
        {second, "cairn,generation",      0x0200, NULL                                 },
        {second, "cairn,generation",      0x0201, NULL                                 },
        {second, "cairn,generation",      0x0101,
         "must be 0x0200 or 0x0201, not 0x0101"                                        },
        {second, "cairn,generation",      0x0202,
         "must be 0x0200 or 0x0201, not 0x0202"                                        },
        {first,  "clock-frequency",       0,      "'clock-frequency' must be 1 or more"},
        {first,  "clock-frequency",       1,      NULL                                 },
        {first,  "cairn,obfuscation-key", 1,      "needs 8 cells, not 1"               },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("case %zu", i);
        test_soc_init(&soc, cases[i].compatible == first ? 0x0101 : 0x0200);
        struct device *device = with_property(
            &soc, cases[i].compatible, cases[i].property, &cases[i].value, 1);
        EXPECT_EQ(device != NULL, cases[i].error == NULL);
        if (cases[i].error != NULL) {
            EXPECT(strstr(soc.error.text, cases[i].error) != NULL);
        }
        device_destroy(device);
    }
}

TEST(the_obfuscation_key_is_the_boards)
{
    static const uint32_t key[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

    for (size_t count = 7; count <= 9; count++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("%zu cells", count);
        test_soc_init(&soc, 0x0101);
        struct device *device =
            with_property(&soc, "chipsalliance,caliptra-soc-ifc",
                          "cairn,obfuscation-key", key, count);
        EXPECT_EQ(device != NULL, count == 8);
        EXPECT_EQ(strstr(soc.error.text, "not 7") != NULL, count == 7);
        EXPECT_EQ(strstr(soc.error.text, "not 9") != NULL, count == 9);
        if (device != NULL) {
            test_input(device, "security_state", TEST_PRODUCTION);
            test_input(device, "cptra_pwrgood", 1);
            test_input(device, "cptra_rst_b", 1);
            EXPECT_BYTES(soc_ifc_obf_key(device), key, 32);
        }
        device_destroy(device);
    }
}

TEST(a_board_says_whether_there_is_an_internal_trng)
{
    for (uint32_t has = 0; has < 2; has++) {
        struct access access = {.view = TEST_CORE};
        OWNED(test_soc_fini) struct test_soc soc;
        uint64_t value;

        test_soc_init(&soc, 0x0101);
        struct device *device =
            with_property(&soc, "chipsalliance,caliptra-soc-ifc",
                          "cairn,internal-trng", &has, 1);
        REQUIRE(device != NULL);
        EXPECT_EQ(device_read(device, 0, &access, HW_CONFIG, 4, &value), 0);
        EXPECT_EQ(value, 0x10 | has);
        device_destroy(device);
    }
}

TEST(each_generation_has_its_revision)
{
    static const uint32_t revisions[][2] = {
        {0x0100, 0x0001},
        {0x0101, 0x0011},
        {0x0200, 0x0202},
        {0x0201, 0x0212},
    };

    for (size_t i = 0; i < ARRAY_SIZE(revisions); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_soc_init(&soc, revisions[i][0]);
        EXPECT_EQ(soc_read(&soc, HW_REV), revisions[i][1]);
    }
}

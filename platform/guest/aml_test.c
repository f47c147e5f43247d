/* SPDX-License-Identifier: Apache-2.0 */
/* Expected bytes follow from the grammar of the ACPI Specification 6.4, 20.2,
 * by hand. */
#include "platform/guest/aml.h"

#include "tests/harness.h"

FIXTURE(struct buffer, aml, buffer_fini)

TEST_BEGINS(integers_take_as_many_bytes_as_they_need, aml)
{
    static const uint8_t expected[] = {
        0x00, 0x01, 0x0a, 0x02, 0x0b, 0x00, 0x01, 0x0c, 0x00, 0x00, 0x01,
        0x00, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
    };
    static const uint64_t values[] = {0, 1, 2, 0x100, 0x10000, 0x100000000};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        aml_integer(aml, values[i]);
    }
    EXPECT_EQ(aml->size, sizeof(expected));
    EXPECT_BYTES(aml->bytes, expected, sizeof(expected));
}

TEST_BEGINS(identifiers_are_packed_and_names_are_padded, aml)
{
    static const uint8_t expected[] = {0x0c, 0x41, 0xd0, 0x0a, 0x08, 0x08,
                                       'A',  'B',  '_',  '_',  0x01, '\\',
                                       '_',  'S',  'B',  '_'};
    aml_eisa_id(aml, "PNP0A08");
    aml_name_integer(aml, "AB", 1);
    aml_segment(aml, "\\_SB");
    EXPECT_EQ(aml->size, sizeof(expected));
    EXPECT_BYTES(aml->bytes, expected, sizeof(expected));
}

TEST(lengths_count_themselves_in_one_to_four_bytes)
{
    static const struct {
        size_t inside;
        uint8_t bytes[4];
        size_t size;
    } rows[] = {
        {0,       {0x01},                   1},
        {62,      {0x3f},                   1},
        {63,      {0x41, 0x04},             2},
        {4093,    {0x4f, 0xff},             2},
        {4094,    {0x81, 0x00, 0x01},       3},
        {1048572, {0x8f, 0xff, 0xff},       3},
        {1048573, {0xc1, 0x00, 0x00, 0x01}, 4},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        OWNED(buffer_fini) struct buffer aml = {0};
        size_t opened = aml_open(&aml, AML_SCOPE);
        buffer_append_zeros(&aml, rows[i].inside);
        aml_close(&aml, opened);
        EXPECT_EQ(aml.size, 1 + rows[i].size + rows[i].inside);
        EXPECT_BYTES(aml.bytes + 1, rows[i].bytes, rows[i].size);
    }
}

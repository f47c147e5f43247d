/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets and rules are those of Arm DEN0118, version 2 of the metadata. */
#include "trust/flash/fwu.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "trust/capsule/guid.h"

static struct fwu two_banks(void)
{
    struct fwu fwu = {
        .active = 1,
        .previous = 0,
        .bank_state = {FWU_BANK_ACCEPTED, FWU_BANK_VALID, 0xff, 0xff},
        .bank_count = 2,
        .image_count = 1,
    };
    EXPECT_EQ(guid_parse("09d7cf52-0720-4710-91d1-08469b7fe9c8",
                         &fwu.images[0].image_type),
              0);
    fwu.images[0].location.bytes[0] = 1;
    fwu.images[0].banks[0].image.bytes[0] = 2;
    fwu.images[0].banks[0].accepted = true;
    fwu.images[0].banks[1].image.bytes[0] = 3;
    return fwu;
}

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(metadata_has_the_published_layout, out)
{
    static const uint8_t head[] = {
        2, 0, 0,    0, 1,  0, 0,    0,    0,    0,    0,    0,    120, 0,
        0, 0, 0x20, 0, 0,  0, 0xfc, 0xfe, 0xff, 0xff, 0,    0,    0,   0,
        2, 0, 1,    0, 80, 0, 24,   0,    0x52, 0xcf, 0xd7, 0x09,
    };
    struct fwu fwu = two_banks();
    fwu_write(&fwu, out);
    REQUIRE(out->size == 120);
    EXPECT_BYTES(out->bytes + 4, head, sizeof(head));
    EXPECT_EQ(out->bytes[0x38], 1);             /* location */
    EXPECT_EQ(out->bytes[0x48], 2);             /* bank 0 */
    EXPECT_EQ(load_le32(out->bytes + 0x58), 1); /* accepted */
    EXPECT_EQ(out->bytes[0x60], 3);             /* bank 1 */
    EXPECT_EQ(load_le32(out->bytes + 0x70), 0); /* on trial */
}

/* CRC-32 of "123456789" is cbf43926: what the checksum is made of. */
TEST_BEGINS(the_checksum_is_that_of_ieee_802_3_behind_itself, out)
{
    struct fwu fwu = two_banks();
    uint32_t crc = 0xffffffff;
    fwu_write(&fwu, out);
    for (size_t i = 4; i < out->size; i++) {
        crc ^= out->bytes[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
        }
    }
    EXPECT_EQ(load_le32(out->bytes), ~crc);
}

TEST_BEGINS(what_is_written_is_read, out)
{
    struct fwu fwu = two_banks();
    struct fwu back;
    struct error error = {""};
    fwu_write(&fwu, out);
    EXPECT_EQ(fwu_read(&back, out->bytes, out->size, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(back.active, 1);
    EXPECT_EQ(back.bank_count, 2);
    EXPECT_BYTES(back.bank_state, fwu.bank_state, 4);
    EXPECT(guid_equal(&back.images[0].image_type, &fwu.images[0].image_type));
    EXPECT(back.images[0].banks[0].accepted);
    EXPECT(!back.images[0].banks[1].accepted);
    EXPECT_EQ(back.images[0].banks[1].image.bytes[0], 3);
}

TEST_BEGINS(every_flipped_bit_and_every_cut_is_refused, out)
{
    struct fwu fwu = two_banks();
    struct fwu back;
    fwu_write(&fwu, out);
    for (size_t bit = 0; bit < out->size * 8; bit++) {
        struct error error = {""};
        test_case("bit %zu", bit);
        out->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        EXPECT_EQ(fwu_read(&back, out->bytes, out->size, &error), -EINVAL);
        EXPECT(error.text[0] != '\0');
        out->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t size = 0; size < out->size; size++) {
        EXPECT_EQ(fwu_read(&back, out->bytes, size, NULL), -EINVAL);
    }
}

TEST(faults_are_named_before_the_checksum)
{
    static const struct {
        size_t offset;
        uint32_t value;
        const char *text;
    } cases[] = {
        {0,    0,          "offset 0x0: checksum 0x00000000, the bytes have " },
        {4,    1,          "offset 0x4: version 1, not 2"                     },
        {8,    2,          "offset 0x8: active bank 2 and previous bank 0, "  },
        {12,   7,          "offset 0x8: active bank 1 and previous bank 7, "  },
        {16,   121,        "offset 0x10: metadata size 121 is not between 40 "},
        {16,   40,         "offset 0x10: sizes 40, 80 and 24 of metadata, "   },
        {20,   0x28,       "offset 0x14: descriptor at 0x28, not at 0x20"     },
        {24,   0xfffffefd, "offset 0x18: state 0xfd of bank 0 is unknown"     },
        {24,   0xfffefefc, "offset 0x1a: state 0xfe of bank 2 is unknown"     },
        {0x20, 0x00010005, "offset 0x20: 5 banks of 1 images; "               },
        {0x20, 0x00090002, "offset 0x20: 2 banks of 9 images; "               },
    };
    struct fwu fwu = two_banks();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(buffer_fini) struct buffer out = {0};
        struct error error = {""};
        struct fwu back;
        test_case("%zu", i);
        fwu_write(&fwu, &out);
        store_le32(out.bytes + cases[i].offset, cases[i].value);
        EXPECT_EQ(fwu_read(&back, out.bytes, out.size, &error), -EINVAL);
        if (!EXPECT(strncmp(error.text, cases[i].text, strlen(cases[i].text)) ==
                    0)) {
            EXPECT_STR(error.text, cases[i].text);
        }
    }
}

TEST(the_bank_to_fall_back_to_follows_the_rules)
{
    enum { A = FWU_BANK_ACCEPTED, V = FWU_BANK_VALID, I = FWU_BANK_INVALID };
    static const struct {
        uint8_t states[4];
        uint32_t previous;
        int bank;
        const char *rule;
    } cases[] = {
        {{V, A, A, I}, 2, 2,  "the previous bank is accepted"  },
        {{V, V, A, A}, 1, 2,  "the first bank that is accepted"},
        {{V, I, V, V}, 3, 3,  "the previous bank is valid"     },
        {{V, I, V, V}, 1, 2,  "the first bank that is valid"   },
        {{A, I, I, I}, 1, -1, "no other bank is valid"         },
        {{A, I, I, I}, 0, -1, "no other bank is valid"         },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fwu fwu = {.bank_count = 4, .previous = cases[i].previous};
        const char *rule = NULL;
        test_case("%zu", i);
        memcpy(fwu.bank_state, cases[i].states, 4);
        EXPECT_EQ((int64_t)fwu_alternate(&fwu, &rule), (int64_t)cases[i].bank);
        EXPECT_STR(rule, cases[i].rule);
    }
}

/* As many banks and images as there is room for. */
TEST_BEGINS(the_largest_metadata_is_written_and_read, out)
{
    struct fwu fwu = two_banks();
    struct fwu back;
    struct error error = {""};
    fwu.bank_count = FWU_BANKS_MAX;
    fwu.image_count = FWU_IMAGES_MAX;
    fwu.active = FWU_BANKS_MAX - 1;
    memset(fwu.bank_state, FWU_BANK_ACCEPTED, sizeof(fwu.bank_state));
    for (unsigned i = 0; i < FWU_IMAGES_MAX; i++) {
        fwu.images[i] = fwu.images[0];
        for (unsigned bank = 0; bank < FWU_BANKS_MAX; bank++) {
            fwu.images[i].banks[bank].image.bytes[1] = (uint8_t)(i + 1);
            fwu.images[i].banks[bank].image.bytes[2] = (uint8_t)(bank + 1);
            fwu.images[i].banks[bank].accepted = (i + bank) % 3 == 0;
        }
    }
    fwu_write(&fwu, out);
    EXPECT_EQ(fwu_read(&back, out->bytes, out->size, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(back.bank_count, FWU_BANKS_MAX);
    EXPECT_EQ(back.image_count, FWU_IMAGES_MAX);
    EXPECT_EQ(back.active, FWU_BANKS_MAX - 1);
    for (unsigned i = 0; i < FWU_IMAGES_MAX; i++) {
        for (unsigned bank = 0; bank < FWU_BANKS_MAX; bank++) {
            test_case("image %u, bank %u", i, bank);
            EXPECT(guid_equal(&back.images[i].banks[bank].image,
                              &fwu.images[i].banks[bank].image));
            EXPECT_EQ(back.images[i].banks[bank].accepted, (i + bank) % 3 == 0);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Intel HEX with and without images of MCUboot in it. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "tests/command_folder.h"
#include "trust/image/ihex.h"

/* A slot of 4 KiB, signed and padded; all tests start from it. */
static struct buffer slot;

static bool prepare(void)
{
    if (slot.size == 0 && make_folder()) {
        write_input("program", "a program", 9);
        expect("keys new --seed a --type ed25519 @/sign", 0, "", "");
        expect("keys new --seed b --type ed25519 @/other", 0, "", "");
        expect(
            "pack mcuboot @/program -o @/slot --key @/sign --version 1.2 "
            "--slot-size 4K --pad",
            0, "4096 bytes", "");
        read_output("slot", &slot);
    }
    return slot.size != 0;
}

/* Appends a piece to the text of a file, before the record of its end. */
static void put(struct buffer *text, uint32_t address, const void *bytes,
                size_t size)
{
    enum { END_RECORD = 12 };
    text->size -= text->size != 0 ? END_RECORD : 0;
    EXPECT_EQ(ihex_write(address, bytes, size, text), 0);
}

static void write_hex(const char *name, struct buffer *text)
{
    write_input(name, text->bytes, text->size);
    buffer_fini(text);
}

TEST(hex_without_an_image_has_addresses)
{
    static const char start[] =
        ":0400000512345678E3\n:0100000055AA\n"
        ":02000004FFFFFC\n:02FFFE0055AA02\n"
        ":00000001FF\n";
    REQUIRE(prepare());
    write_input("plain.hex", start, sizeof(start) - 1);
    expect("inspect @/plain.hex", 0,
           "Intel HEX, 3 bytes, entry 0x12345678\n"
           "  0x00000000 to 0x00000000  1 bytes\n"
           "  0xfffffffe to 0xffffffff  2 bytes\n",
           "");
    expect("inspect @/plain.hex --json", 0,
           "{\"kind\":\"intel-hex\",\"size\":3,\"entry\":\"0x12345678\","
           "\"pieces\":[{\"address\":\"0x00000000\",\"size\":1},{\"address\":"
           "\"0xfffffffe\",\"size\":2}],\"images\":[]}\n",
           "");
    expect("inspect @/plain.hex --verify", 2, "",
           "'--verify' has no effect on Intel HEX without an MCUboot image");
    write_input("bad.hex", ":0100000055AA\n:00\n", 18);
    expect("inspect @/bad.hex", 1, "", "bad.hex': line 2: no record");
}

/* The verdict is that of the same image in a file of its own. */
TEST(an_image_in_hex_is_verified)
{
    enum { IN_PROGRAM = 0x200, CODE = 0x299 }; /* CODE ends the TLVs */
    static const struct {
        const char *arguments;
        int code;
        const char *text;
    } rows[] = {
        {"--key @/sign",  0,
         "trusted: 4 proven, 0 refused, 0 undecided, 2 open"},
        {"--key @/other", 1, "REFUSED   key"                },
        {"",              3, "undecided"                    },
        {"--json",        3, "\"verdict\":\"undecided\""    },
    };
    struct buffer text = {0};
    REQUIRE(prepare());
    put(&text, 0x8000000, slot.bytes, CODE);
    put(&text, 0x8000ff0, slot.bytes + 0xff0, 16);
    write_hex("image.hex", &text);
    expect("inspect @/image.hex", 0,
           "\nat 0x8000000: MCUboot image, version 1.2.0+0\n", "");
    expect("inspect @/image.hex", 0, "pending, for a trial", "");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *hex =
            xasprintf("inspect @/image.hex --verify %s", rows[i].arguments);
        char *raw = xasprintf("inspect @/slot --verify %s", rows[i].arguments);
        expect(hex, rows[i].code, rows[i].text, "");
        expect(raw, rows[i].code, rows[i].text, "");
        free(hex);
        free(raw);
    }
    slot.bytes[IN_PROGRAM] ^= 1;
    put(&text, 0x8000000, slot.bytes, slot.size);
    slot.bytes[IN_PROGRAM] ^= 1;
    write_hex("changed.hex", &text);
    expect("inspect @/changed.hex --verify --key @/sign", 1, "REFUSED   hash",
           "");
    put(&text, 0x8000000, slot.bytes, 64);
    write_hex("cut.hex", &text);
    expect("inspect @/cut.hex", 1, "",
           "cut.hex': image at 0x8000000: offset 0x8: header of 0x200");
    expect("inspect @/image.hex --fuses", 2, "", "on an MCUboot image");
}

/* Behind a boot loader without a gap, and beside something else. */
TEST(all_images_of_a_merged_file_are_verified)
{
    static uint8_t loader[0x8000];
    struct buffer text = {0};
    REQUIRE(prepare());
    memset(loader, 0x12, sizeof(loader));
    memcpy(loader + 0x100, slot.bytes, 32); /* a header and no image */
    put(&text, 0, loader, sizeof(loader));
    put(&text, 0x8000, slot.bytes, slot.size);
    put(&text, 0x9000, slot.bytes, slot.size);
    put(&text, 0x10001000, "config", 6);
    write_hex("merged.hex", &text);
    expect("inspect @/merged.hex --verify --key @/sign", 0,
           "trusted: 8 proven, 0 refused, 0 undecided, 6 open", "");
    expect("inspect @/merged.hex --verify --key @/sign", 0,
           "  proven    0x9000: signature", "");
    expect("inspect @/merged.hex --verify --key @/sign", 0,
           "address 0x0, 32768 bytes: in no image\n"
           "  open      not covered                address 0x10001000, 6 bytes",
           "");
    slot.bytes[0x201] ^= 1;
    put(&text, 0x8000, slot.bytes, slot.size);
    slot.bytes[0x201] ^= 1;
    put(&text, 0x9000, slot.bytes, slot.size);
    write_hex("merged.hex", &text);
    expect("inspect @/merged.hex --verify --key @/sign", 1,
           "REFUSED   0x8000: hash", "");
    expect("inspect @/merged.hex --verify --key @/sign --json", 1,
           "\"trusted\":false,\"verdict\":\"refused\"", "");
    for (uint32_t i = 0; i < 17; i++) {
        put(&text, i * 0x1000, slot.bytes, slot.size);
    }
    write_hex("many.hex", &text);
    expect("inspect @/many.hex", 1, "", "many.hex': more than 16 images");
}

/* A byte at the end of a slot of 64 MiB makes it as large; one behind it is no
 * part of it. */
TEST(large_gaps_have_a_limit)
{
    enum { SLOT = 64 << 20 };
    struct buffer text = {0};
    REQUIRE(prepare());
    put(&text, 0, slot.bytes, slot.size);
    put(&text, SLOT - 1, "gap", 2);
    write_hex("gap.hex", &text);
    expect("inspect @/gap.hex --verify --key @/sign", 0,
           "address 0x4000000, 1 bytes: in no image", "");
    for (uint32_t i = 0; i < 3; i++) {
        put(&text, i * SLOT, slot.bytes, slot.size);
        put(&text, (i + 1) * SLOT - 1, "g", 1);
    }
    write_hex("gaps.hex", &text);
    expect("inspect @/gaps.hex", 1, "",
           "gaps.hex': image at 0x8000000: 0xc000000 bytes of images with "
           "their gaps, at most 0x8000000");
}

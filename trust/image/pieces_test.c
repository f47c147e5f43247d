/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/image/pieces.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

/* Notes the pieces, as text: "address:bytes ". */
static int note(void *context, uint64_t address, const void *bytes, size_t size,
                struct error *error)
{
    const uint8_t *byte = bytes;

    if (size > 8) {
        return error_set(error, -EFBIG, "too much");
    }
    buffer_print(context, "%llx:", (unsigned long long)address);
    for (size_t i = 0; i < size; i++) {
        buffer_print(context, "%02x", byte[i]);
    }
    buffer_print(context, " ");
    return 0;
}

FIXTURE(struct buffer, text, buffer_fini)

TEST_BEGINS(records_that_follow_one_another_are_one_piece, text)
{
    static const char file[] =
        ":020000040000FA\n"
        ":0400040005060708DE\n"
        ":0400000001020304F2\n"
        ":020000041000EA\n"
        ":0210C0000AFF25\n"
        ":00000001FF\n";
    struct error error = {""};

    EXPECT_EQ(ihex_image_pieces(file, sizeof(file) - 1, note, text, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_STR(buffer_text(text), "0:0102030405060708 100010c0:0aff ");
}

TEST_BEGINS(the_line_that_is_wrong_is_told, text)
{
    static const char file[] = ":020000040000FA\n:04000000010203FFF2\n";
    struct error error = {""};

    EXPECT_EQ(ihex_image_pieces(file, sizeof(file) - 1, note, text, &error),
              -EINVAL);
    EXPECT_EQ(strncmp(error.text, "line 2: ", 8), 0);
}

struct program {
    Elf32_Ehdr header;
    Elf32_Phdr rows[3];
    uint8_t bytes[12];
};

static Elf32_Phdr row(uint32_t address, uint32_t offset, uint32_t size)
{
    return (Elf32_Phdr){
        .p_type = PT_LOAD,
        .p_offset = (uint32_t)offsetof(struct program, bytes) + offset,
        .p_vaddr = 0x20000000,
        .p_paddr = address,
        .p_filesz = size,
        .p_memsz = 0x100,
    };
}

static struct program make_program(void)
{
    struct program program;

    memset(&program, 0, sizeof(program));
    memcpy(program.header.e_ident, ELFMAG, SELFMAG);
    program.header.e_ident[EI_CLASS] = ELFCLASS32;
    program.header.e_ident[EI_DATA] = ELFDATA2LSB;
    program.header.e_machine = EM_ARM;
    program.header.e_phoff = offsetof(struct program, rows);
    program.header.e_phentsize = sizeof(Elf32_Phdr);
    program.header.e_phnum = 3;
    program.rows[0] = row(0x10000000, 0, 4);
    program.rows[1] = row(0x400, 4, 2);
    program.rows[2] = row(0x30000000, 6, 0); /* variables of 0 */
    for (unsigned i = 0; i < sizeof(program.bytes); i++) {
        program.bytes[i] = (uint8_t)(i + 1);
    }
    return program;
}

TEST_BEGINS(segments_go_to_their_physical_addresses, text)
{
    const struct program program = make_program();
    struct error error = {""};

    EXPECT_EQ(elf_image_pieces(&program, sizeof(program), note, text, &error),
              0);
    EXPECT_STR(buffer_text(text), "10000000:01020304 400:0506 ");
}

TEST_BEGINS(a_taker_that_fails_ends_the_reading, text)
{
    struct program program = make_program();
    struct error error = {""};

    program.rows[0].p_filesz = 9;
    EXPECT_EQ(elf_image_pieces(&program, sizeof(program), note, text, &error),
              -EFBIG);
    EXPECT_STR(error.text, "too much");
    EXPECT_STR(buffer_text(text), "");
}

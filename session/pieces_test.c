/* SPDX-License-Identifier: Apache-2.0 */
/* Files that say where they go, and what a machine is given of them. */
#include "session/pieces.h"

#include <elf.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

enum { MACHINE = offsetof(Elf32_Ehdr, e_machine), CODE_SIZE = 6 };

#define HEX_END "\n:00000001FF\n"

/* Six bytes that go to 0x1234. */
struct program {
    Elf32_Ehdr head;
    Elf32_Phdr segment;
    uint8_t code[CODE_SIZE];
};

static const struct program arm = {
    .head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32,
                         ELFDATA2LSB, EV_CURRENT},
             .e_type = ET_EXEC,
             .e_machine = EM_ARM,
             .e_version = EV_CURRENT,
             .e_phoff = offsetof(struct program,  segment),
             .e_ehsize = sizeof(Elf32_Ehdr),
             .e_phentsize = sizeof(Elf32_Phdr),
             .e_phnum = 1},
    .segment = {.p_type = PT_LOAD,
             .p_offset = offsetof(struct program,      code),
             .p_paddr = 0x1234,
             .p_filesz = CODE_SIZE,
             .p_memsz = CODE_SIZE},
    .code = "12345",
};

TEST(an_arm_program_or_intel_hex_says_where_it_goes)
{
    static const struct {
        const char *text; /* NULL: the program, with */
        uint8_t byte;     /* this */
        bool places;
        size_t at;
        size_t size;
    } rows[] = {
        {NULL,         ELFMAG0,    true,  0,           sizeof(arm)},
        {NULL,         ELFMAG0,    true,  0,           MACHINE + 2},
        {NULL,         ELFMAG0,    false, 0,           MACHINE + 1},
        {NULL,         ELFMAG0,    false, 0,           3          },
        {NULL,         0,          false, 0,           sizeof(arm)},
        {NULL,         0,          false, 3,           sizeof(arm)},
        {NULL,         ELFCLASS64, false, EI_CLASS,    sizeof(arm)},
        {NULL,         EM_RISCV,   false, MACHINE,     sizeof(arm)},
        {NULL,         1,          false, MACHINE + 1, sizeof(arm)},
        {":00000001F", 0,          true,  0,           10         },
        {":0123abCD",  0,          true,  0,           9          },
        {":0000000",   0,          false, 0,           8          },
        {":g00000000", 0,          false, 0,           10         },
        {":0000000g0", 0,          false, 0,           10         },
        {":00000000g", 0,          true,  0,           10         },
        {"000000000",  0,          false, 0,           9          },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct program program = arm;
        struct buffer file = {.bytes = (uint8_t *)&program,
                              .size = rows[i].size};
        file.bytes[rows[i].at] = rows[i].byte;
        if (rows[i].text) {
            memcpy(&program, rows[i].text, strlen(rows[i].text));
        }
        test_case("row %zu", i);
        EXPECT_EQ(session_pieces_places_itself(&file), rows[i].places);
    }
}

/* Each file is added to what there is already. */
TEST(a_file_goes_where_it_says_or_is_told)
{
    static const struct session_load self = {.path = "x"};
    static const struct session_load told = {.memory = "ram",
                                             .path = "y",
                                             .placed = true,
                                             .is_offset = true,
                                             .address = 0x44};
    static const struct {
        const struct session_load *load;
        const char *text; /* NULL: the program */
        uint64_t address;
        size_t size; /* of the last piece */
        size_t pieces;
        const char *words;
    } rows[] = {
        {&self, NULL,                                   0x1234, CODE_SIZE, 1, ""                                          },
        {&told, NULL,                                   0,      0,         0,
         "file 'y': says itself where it goes, not to 0x44"                                                               },
        {&told, "text",                                 0x44,   4,         1, ""                                          },
        {&self, "text",                                 0,      0,         0,
         "file 'x': is neither ELF nor Intel HEX: needs FILE@ADDRESS"                                                     },
        {&self, ":01001000AA45\n:01002000558A" HEX_END, 0x20,   1,         2, ""                                          },
        {&told, ":01001000AA45" HEX_END,                0,      0,         0,
         "file 'y': says itself where it goes, not to 0x44"                                                               },
        {&self, ":01001000AA46" HEX_END,                0,      0,         0,
         "file 'x': line 1: no record of Intel HEX with the right length and "
         "sum"                                                                                                            },
        {&self, ELFMAG,                                 0,      0,         0, "file 'x': ELF header is cut off at 4 bytes"},
    };
    OWNED(session_pieces_fini) struct session_pieces pieces = {0};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const size_t before = pieces.count;
        const char *text = rows[i].text;
        const struct buffer file = {
            .bytes = (uint8_t *)(uintptr_t)(text ? text : (const char *)&arm),
            .size = text ? strlen(text) : sizeof(arm)};
        struct session_error error = {0};
        int code = session_pieces_add(&pieces, rows[i].load, &file, &error);
        test_case("row %zu", i);
        EXPECT_STR(error.text, rows[i].words);
        EXPECT_EQ(code != 0, rows[i].words[0] != '\0');
        REQUIRE(pieces.count == before + rows[i].pieces);
        if (rows[i].pieces == 0) {
            continue;
        }
        const struct cairn_load *last = &pieces.list[pieces.count - 1];
        EXPECT_STR(last->name, rows[i].load->path);
        EXPECT_STR(last->memory ? last->memory : "",
                   rows[i].load->memory ? rows[i].load->memory : "");
        EXPECT_EQ(last->is_offset, rows[i].load->is_offset);
        EXPECT_EQ(last->address, rows[i].address);
        EXPECT_EQ(last->size, rows[i].size);
    }
    REQUIRE(pieces.count == 4);
    EXPECT_EQ(pieces.list[0].address, 0x1234);
    EXPECT_BYTES(pieces.list[0].bytes, arm.code, CODE_SIZE);
    EXPECT_BYTES(pieces.list[1].bytes, "text", 4);
    EXPECT_EQ(pieces.list[2].address, 0x10);
    EXPECT_BYTES(pieces.list[2].bytes, "\xaa", 1);
    EXPECT_BYTES(pieces.list[3].bytes, "\x55", 1);
}

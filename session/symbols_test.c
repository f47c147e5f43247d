/* SPDX-License-Identifier: Apache-2.0 */
/* Names from lines, and from ELF files that are spoilt. */
#include "session/symbols.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"

#define ELF "build/out/guest/bench/a64.elf"

enum { FILE_MAX = 16 << 20 };

static const char *name_at(const struct symbols *symbols, uint64_t address)
{
    const struct symbol *symbol = symbols_find(symbols, address);

    return symbol ? symbols_name(symbols, symbol) : "";
}

FIXTURE(struct symbols, symbols, symbols_fini)

TEST_BEGINS(symbols_are_read_from_lines_too, symbols)
{
    static const char text[] =
        "ffff800008010000 T late\n"
        "ffff800008010000 T later\n" /* the first of two */
        "ffff800008010000 T later still\n"
        "ffff800008000000 t early\n"
        "ffff800008008000 D datum\n"
        "ffff800008004000 T $x\n"
        "not a line\n"
        "ffff800008020000 W weak\t[module]\r\n"
        "ffff800008030000 T\n"
        "ffff800008030000 T \n"
        "ffff800008030000 \n"
        "ffff800008030000xT x\n"
        "ffff800008030000 TT x\n"
        "ffff800008040000 T un\177printable";
    struct error error;

    EXPECT_EQ(symbols_read(symbols, text, sizeof(text) - 1, &error), 0);
    EXPECT_EQ(symbols_count(symbols), 4);
    EXPECT_EQ(symbols->names.size, sizeof("late later later early weak "
                                          "un?printable"));
    EXPECT_EQ(symbols->lowest, 0xffff800008000000);
    EXPECT_STR(name_at(symbols, 0xffff7fffffffffff), "");
    EXPECT_STR(name_at(symbols, 0xffff80000800ffff), "early");
    EXPECT_STR(name_at(symbols, 0xffff800008010000), "late");
    EXPECT_STR(name_at(symbols, 0xffff800008020001), "weak");
    EXPECT_STR(name_at(symbols, 0xffff800008040000), "un?printable");
    EXPECT_STR(name_at(symbols, 0xffff80000813ffff), "un?printable");
    EXPECT_STR(name_at(symbols, 0xffff800008140000), ""); /* too far */
    EXPECT_STR(name_at(symbols, UINT64_MAX), "");
}

TEST(lines_may_be_missing_or_too_long)
{
    char line[513];
    struct error error;

    snprintf(line, sizeof(line), "1000 T %0505d", 1);
    for (size_t size = 0; size < sizeof(line); size++) {
        OWNED(symbols_fini) struct symbols symbols = {0};

        test_case("%zu", size);
        EXPECT_EQ(symbols_read(&symbols, line, size, &error), 0);
        EXPECT_EQ(symbols_count(&symbols), size > 7 && size < 512);
        EXPECT_EQ(symbols.lowest, size > 7 && size < 512 ? 0x1000 : 0);
    }
}

/* ---- A file of our own --------------------------------------------------- */

struct small {
    Elf64_Ehdr header;
    Elf64_Shdr sections[4]; /* none, code, symbols, names */
    Elf64_Sym symbols[7];
    char names[64];
};

static Elf64_Sym symbol_of(unsigned name, unsigned info, unsigned section,
                           uint64_t value, uint64_t size)
{
    return (Elf64_Sym){.st_name = name,
                       .st_info = (unsigned char)info,
                       .st_shndx = (uint16_t)section,
                       .st_value = value,
                       .st_size = size};
}

static struct small make_small(void)
{
    const unsigned function = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
    const unsigned label = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE);
    struct small file = {.names = "\0one\0two\0lab\0.L1\0dat\0abs"};

    memcpy(file.header.e_ident, ELFMAG, SELFMAG);
    file.header.e_ident[EI_CLASS] = ELFCLASS64;
    file.header.e_ident[EI_DATA] = ELFDATA2LSB;
    file.header.e_machine = EM_AARCH64;
    file.header.e_shoff = offsetof(struct small, sections);
    file.header.e_shentsize = sizeof(Elf64_Shdr);
    file.header.e_shnum = 4;
    file.sections[1] = (Elf64_Shdr){.sh_type = SHT_PROGBITS,
                                    .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                                    .sh_addr = 0x1000,
                                    .sh_size = 0x100};
    file.sections[2] =
        (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                     .sh_link = 3,
                     .sh_offset = offsetof(struct small, symbols),
                     .sh_size = sizeof(file.symbols)};
    file.sections[3] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                                    .sh_offset = offsetof(struct small, names),
                                    .sh_size = sizeof(file.names)};
    file.symbols[1] = symbol_of(1, function, 1, 0x1010, 16);
    file.symbols[2] =
        symbol_of(5, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 1, 0x1010, 0);
    file.symbols[3] = symbol_of(9, label, 1, 0x1040, 0);
    file.symbols[4] = symbol_of(13, label, 1, 0x1050, 0);
    file.symbols[5] =
        symbol_of(17, ELF64_ST_INFO(STB_LOCAL, STT_OBJECT), 1, 0x1060, 8);
    file.symbols[6] = symbol_of(21, function, SHN_ABS, 0x9000, 4);
    return file;
}

TEST_BEGINS(symbols_have_the_code_that_the_file_says, symbols)
{
    static const struct {
        uint64_t address;
        const char *name;
    } rows[] = {
        {0x100f, ""   },
        {0x1010, "one"}, /* a function, so not two */
        {0x101f, "one"},
        {0x1020, ""   },
        {0x1040, " ~?"},
        {0x10ff, " ~?"}, /* to the end of the section */
        {0x1100, ""   },
        {0x9003, "abs"},
        {0x9004, ""   },
    };
    struct small file = make_small();
    struct error error;

    file.sections[0].sh_flags = SHF_ALLOC; /* of no bytes */
    file.sections[3].sh_flags = SHF_ALLOC; /* at a higher address */
    file.sections[3].sh_addr = 0x2000;
    file.sections[3].sh_type = SHT_SYMTAB; /* a second one is left */
    memcpy(file.names + 9, " ~\x7f", 3);
    REQUIRE(symbols_read(symbols, &file, sizeof(file), &error) == 0);
    EXPECT_EQ(symbols->machine, EM_AARCH64);
    EXPECT_EQ(symbols->lowest, 0x1000);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("0x%llx", (unsigned long long)rows[i].address);
        EXPECT_STR(name_at(symbols, rows[i].address), rows[i].name);
    }
}

/* Symbols that count, and how far each goes. */
TEST(a_symbol_is_of_code_as_far_as_it_goes)
{
    enum {
        FAR = 1 << 20,
        FUNCTION = ELF64_ST_INFO(STB_LOCAL, STT_FUNC),
        IFUNC = ELF64_ST_INFO(STB_LOCAL, STT_GNU_IFUNC),
        LABEL = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE),
        OBJECT = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT),
    };
    static const struct {
        const char *name;
        unsigned info, section;
        uint64_t value, size;
        uint64_t expected; /* 0: none */
    } rows[] = {
        {"f",   FUNCTION, 1,         0x1010, 16, 16   },
        {"f",   FUNCTION, 1,         0x1010, 0,  0xf0 },
        {"f",   FUNCTION, 1,         0x1000, 0,  0x100},
        {"f",   FUNCTION, 1,         0x10ff, 0,  1    },
        {"f",   FUNCTION, 1,         0x1100, 0,  FAR  },
        {"f",   FUNCTION, 1,         0xfff,  0,  FAR  },
        {"f",   FUNCTION, 3,         0x10,   0,  FAR  }, /* of data */
        {"f",   FUNCTION, 4,         0x10,   0,  FAR  }, /* not there */
        {"f",   FUNCTION, SHN_ABS,   0x10,   0,  FAR  },
        {"f",   FUNCTION, SHN_UNDEF, 0x1010, 16, 0    },
        {"f",   IFUNC,    1,         0x1010, 16, 16   },
        {"f",   LABEL,    1,         0x1010, 0,  0xf0 },
        {"f",   LABEL,    3,         0x10,   16, 0    },
        {"f",   LABEL,    4,         0x10,   16, 0    },
        {"f",   OBJECT,   1,         0x1010, 16, 0    },
        {"",    FUNCTION, 1,         0x1010, 16, 0    },
        {"$x",  FUNCTION, 1,         0x1010, 16, 0    },
        {".L",  LABEL,    1,         0x1010, 16, 0    },
        {".M",  LABEL,    1,         0x1010, 16, 16   },
        {"L.L", LABEL,    1,         0x1010, 16, 16   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct small file = make_small();
        OWNED(symbols_fini) struct symbols symbols = {0};
        struct error error = {""};

        test_case("row %zu", i);
        file.sections[3].sh_addr = 1;
        file.sections[2].sh_size = 2 * sizeof(file.symbols[0]);
        file.symbols[1] = symbol_of(1, rows[i].info, rows[i].section,
                                    rows[i].value, rows[i].size);
        memcpy(file.names + 1, rows[i].name, strlen(rows[i].name) + 1);
        EXPECT_EQ(symbols_read(&symbols, &file, sizeof(file), &error), 0);
        const struct symbol *symbol = symbols_find(&symbols, rows[i].value);
        EXPECT_EQ(symbols_count(&symbols), rows[i].expected != 0);
        EXPECT_EQ(symbol ? symbol->size : 0, rows[i].expected);
        EXPECT_STR(name_at(&symbols, rows[i].value),
                   rows[i].expected ? rows[i].name : "");
    }
}

/* Wherever in the table and among the names they stand. */
TEST(of_two_symbols_with_an_address_one_counts)
{
    static const unsigned ranks[] = {
        ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE),
        ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
        ELF64_ST_INFO(STB_LOCAL, STT_FUNC),
        ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
    };
    for (size_t i = 0; i < 2 * ARRAY_SIZE(ranks) * ARRAY_SIZE(ranks); i++) {
        const size_t one = i / 2 % ARRAY_SIZE(ranks);
        const size_t other = i / 2 / ARRAY_SIZE(ranks);
        const bool swapped = i % 2 != 0; /* the names */
        struct small file = make_small();
        OWNED(symbols_fini) struct symbols symbols = {0};
        struct error error = {""};

        test_case("%zu and %zu, swapped: %d", one, other, swapped);
        file.sections[2].sh_size = 3 * sizeof(file.symbols[0]);
        file.symbols[1] = symbol_of(swapped ? 5 : 1, ranks[one], 1, 0x1010, 0);
        file.symbols[2] =
            symbol_of(swapped ? 1 : 5, ranks[other], 1, 0x1010, 0);
        EXPECT_EQ(symbols_read(&symbols, &file, sizeof(file), &error), 0);
        EXPECT_EQ(symbols_count(&symbols), 1);
        EXPECT_STR(name_at(&symbols, 0x1010), one == other ? "one"
                                              : (one > other) == !swapped
                                                  ? "one"
                                                  : "two");
    }
}

/* The same symbols in a file of 32 bits, in which fields stand elsewhere. */
TEST(files_of_32_bits_have_symbols_too)
{
    struct narrow {
        Elf32_Ehdr header;
        Elf32_Shdr sections[4];
        Elf32_Sym symbols[7];
        char names[64];
    } narrow = {0};
    const struct small file = make_small();
    struct symbols symbols = {0};
    struct error error = {""};

    memcpy(&narrow.header.e_ident, file.header.e_ident, EI_NIDENT);
    narrow.header.e_ident[EI_CLASS] = ELFCLASS32;
    narrow.header.e_machine = EM_RISCV;
    narrow.header.e_shoff = offsetof(struct narrow, sections);
    narrow.header.e_shentsize = sizeof(Elf32_Shdr);
    narrow.header.e_shnum = 4;
    memcpy(narrow.names, file.names, sizeof(file.names));
    for (size_t i = 0; i < 4; i++) {
        narrow.sections[i] = (Elf32_Shdr){
            .sh_type = file.sections[i].sh_type,
            .sh_flags = (uint32_t)file.sections[i].sh_flags,
            .sh_addr = (uint32_t)file.sections[i].sh_addr,
            .sh_size = (uint32_t)file.sections[i].sh_size,
            .sh_link = file.sections[i].sh_link,
        };
    }
    narrow.sections[2].sh_offset = offsetof(struct narrow, symbols);
    narrow.sections[2].sh_size = sizeof(narrow.symbols);
    narrow.sections[3].sh_offset = offsetof(struct narrow, names);
    for (size_t i = 0; i < ARRAY_SIZE(file.symbols); i++) {
        narrow.symbols[i] = (Elf32_Sym){
            .st_name = file.symbols[i].st_name,
            .st_info = file.symbols[i].st_info,
            .st_shndx = file.symbols[i].st_shndx,
            .st_value = (uint32_t)file.symbols[i].st_value,
            .st_size = (uint32_t)file.symbols[i].st_size,
        };
    }
    EXPECT_EQ(symbols_read(&symbols, &narrow, sizeof(narrow), &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(symbols.machine, EM_RISCV);
    EXPECT_EQ(symbols.lowest, 0x1000);
    EXPECT_EQ(symbols_count(&symbols), 3);
    EXPECT_STR(name_at(&symbols, 0x101f), "one");
    EXPECT_STR(name_at(&symbols, 0x1020), "");
    EXPECT_STR(name_at(&symbols, 0x10ff), "lab");
    symbols_fini(&symbols);
    EXPECT_EQ(symbols_read(&symbols, &narrow, 51, &error), -EINVAL);
    EXPECT(strstr(error.text, "ELF header at 0x0 with 0x34 bytes"));
    symbols_fini(&symbols);
}

/* The first section has the number if the header has not room for it; one
 * without code, or without memory, is not where the file begins. */
TEST(sections_are_counted_and_placed)
{
    enum {
        ALL = sizeof(struct small),
        TABLE = sizeof(Elf64_Ehdr),
        ROW = sizeof(Elf64_Shdr),
    };
    static const struct {
        uint64_t count;
        uint64_t size; /* of the first section */
        uint64_t lowest;
        size_t table, file_size;
        const char *reason; /* or NULL: it is read */
    } rows[] = {
        {4, 0,          0x1000,     TABLE, ALL,             NULL                                           },
        {0, 4,          0x1000,     TABLE, ALL,             NULL                                           },
        {0, 1,          UINT64_MAX, TABLE, ALL,             NULL                                           },
        {0, 1,          UINT64_MAX, TABLE, TABLE + ROW,     NULL                                           },
        {0, 1,          UINT64_MAX, TABLE, TABLE + ROW - 1,
         "section header table at 0x40 with 0x40 bytes does not lie in the "
         "file of 0x7f bytes"                                                                              },
        {0, 0,          UINT64_MAX, 0,     TABLE,           NULL                                           },
        {0, 0,          UINT64_MAX, 0,     TABLE - 1,
         "ELF header at 0x0 with 0x40 bytes does not lie in the file of 0x3f "
         "bytes"                                                                                           },
        {0, 0,          UINT64_MAX, 0,     EI_CLASS + 1,
         "ELF header at 0x0 with 0x40 bytes"                                                               },
        {0, 0,          UINT64_MAX, 0,     EI_CLASS,        "ELF header at 0x0 with 0x34 bytes"            },
 /* The table is in the header, which says there that it has 8 rows. */
        {0, 0,          UINT64_MAX, 8,     8 + 8 * ROW,     NULL                                           },
        {0, 12,         0,          TABLE, ALL,             "section header table at 0x40 with 0x300 bytes"},
        {0, 1 << 9,     0,          TABLE, ALL,
         "section header table at 0x40 with 0x8000 bytes"                                                  },
        {0, 1ull << 58, 0,          TABLE, ALL,
         "section header table at 0x40 with 0x0 bytes"                                                     },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct small file = make_small();
        OWNED(symbols_fini) struct symbols symbols = {0};
        struct error error = {""};

        test_case("row %zu", i);
        file.header.e_shoff = rows[i].table;
        file.header.e_shnum = (uint16_t)rows[i].count;
        file.sections[0].sh_size = rows[i].size;
        file.sections[3].sh_addr = 1; /* in no memory */
        EXPECT_EQ(symbols_read(&symbols, &file, rows[i].file_size, &error),
                  rows[i].reason ? -EINVAL : 0);
        EXPECT(rows[i].reason || symbols.lowest == rows[i].lowest);
        EXPECT(!rows[i].reason || strstr(error.text, rows[i].reason));
    }
}

TEST(files_that_lie_are_refused_with_the_place)
{
    static const struct {
        size_t at;
        unsigned size;
        uint64_t value;
        const char *reason;
    } rows[] = {
#define ROW(field, value, reason)                                              \
    {offsetof(struct small, field), sizeof(((struct small *)0)->field), value, \
     reason}
        ROW(header.e_ident[EI_CLASS], 3, "offset 0x4: ELF class 3"),
        ROW(header.e_ident[EI_DATA], 2, "offset 0x4: ELF class 2 and data"),
        ROW(header.e_shoff, 0x10000, "section header table at 0x10000"),
        ROW(header.e_shoff, UINT64_MAX, "section header table at 0xffffffff"),
        ROW(header.e_shentsize, 63, "section header table: rows of 63 bytes"),
        ROW(header.e_shnum, 0xff, "section header table at 0x40 with 0x3fc0"),
        ROW(sections[2].sh_offset, 0x10000, "section 2: symbol table at 0x1"),
        ROW(sections[2].sh_size, UINT64_MAX, "section 2: symbol table at "),
        ROW(sections[2].sh_link, 4, "symbol table has its names in section 4"),
        ROW(sections[3].sh_offset, UINT64_MAX, "section 3: table of names at"),
        ROW(sections[3].sh_size, 0, "section 3: table of names at "),
        ROW(sections[3].sh_size, 3, "does not end in a NUL"),
        ROW(sections[3].sh_size, 9, "section 2: symbol 3: name at 0x9 of 0x9"),
        ROW(symbols[1].st_name, 64, "symbol 1: name at 0x40 of 0x40 bytes"),
        ROW(names[63], 'x', "does not end in a NUL"),
#undef ROW
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct small file = make_small();
        OWNED(symbols_fini) struct symbols symbols = {0};
        struct error error = {""};

        test_case("%s", rows[i].reason);
        memcpy((uint8_t *)&file + rows[i].at, &rows[i].value, rows[i].size);
        EXPECT_EQ(symbols_read(&symbols, &file, sizeof(file), &error), -EINVAL);
        EXPECT(strstr(error.text, rows[i].reason) != NULL);
    }
}

/* Sizes and values of symbols are the file's own business. */
TEST(symbols_of_any_value_are_taken)
{
    static const uint64_t values[] = {0, 1, 0x1000, 1ull << 63, UINT64_MAX};

    for (size_t i = 0; i < ARRAY_SIZE(values) * ARRAY_SIZE(values); i++) {
        struct small file = make_small();
        OWNED(symbols_fini) struct symbols symbols = {0};
        struct error error;

        file.symbols[1].st_value = values[i % ARRAY_SIZE(values)];
        file.symbols[1].st_size = values[i / ARRAY_SIZE(values)];
        EXPECT_EQ(symbols_read(&symbols, &file, sizeof(file), &error), 0);
        EXPECT_STR(name_at(&symbols, file.symbols[1].st_value), "one");
    }
}

/* Every byte of the head and of the section table is spoilt in turn, and the
 * file is cut anywhere. */
TEST(spoilt_elf_files_do_no_harm)
{
    OWNED(buffer_fini) struct buffer file = {0};
    struct error error;

    REQUIRE(file_read(ELF, FILE_MAX, &file, &error) == 0);
    uint64_t sections = load_le64(file.bytes + 40);
    for (size_t i = 4; i < 64 + 64 * 20; i++) {
        size_t at = i < 64 ? i : sections + i - 64;
        OWNED(symbols_fini) struct symbols symbols = {0};

        if (at >= file.size) {
            break;
        }
        file.bytes[at] ^= 0xff;
        error.text[0] = '\0';
        int code = symbols_read(&symbols, file.bytes, file.size, &error);
        EXPECT((code == -EINVAL) == (error.text[0] != '\0'));
        EXPECT(symbols.list.size <= file.size * sizeof(struct symbol));
        file.bytes[at] ^= 0xff;
    }
    for (size_t size = 0; size < file.size; size += 997) {
        OWNED(symbols_fini) struct symbols symbols = {0};
        OWNED(free_at) uint8_t *part = xcalloc(1, size + 1);

        memcpy(part, file.bytes, size);
        symbols_read(&symbols, part, size, &error);
        EXPECT(symbols.list.size <= file.size * sizeof(struct symbol));
    }
}

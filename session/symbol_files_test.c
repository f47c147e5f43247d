/* SPDX-License-Identifier: Apache-2.0 */
/* Files with symbols, and whose code each names. */
#include "session/symbol_files.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define HELLO "build/out/guest/virt/hello.elf"

OWN_PATH(lines, "", "lines")
OWN_PATH(magic, "", "magic")

/* The nearest name of those that may be the address's; of two the first. */
TEST(an_address_has_the_nearest_name_of_its_processor)
{
    static const struct {
        const char *text;
        const char *core;
        uint16_t machine;
        uint64_t shift;
    } files[] = {
        {"1000 T a\n1100 T b\n", NULL,   0,          0     },
        {"1010 T c\n",           "cpu0", 0,          0     },
        {"1020 T d\n",           NULL,   EM_AARCH64, 0     },
        {"20 T e\n",             NULL,   0,          0x1010},
        {"1100 T f\n",           NULL,   0,          0     },
    };
    static const struct {
        struct session_code code;
        const char *name;
        uint64_t offset;
    } rows[] = {
        {{NULL, 0, 0xfff},             "",  99  }, /* as it was */
        {{"cpu1", EM_RISCV, 0x1015},   "a", 0x15},
        {{"cpu0", EM_RISCV, 0x1015},   "c", 5   },
        {{NULL, EM_RISCV, 0x1015},     "c", 5   },
        {{"cpu1", EM_RISCV, 0x1025},   "a", 0x25},
        {{"cpu1", EM_AARCH64, 0x1025}, "d", 5   },
        {{"cpu1", 0, 0x1025},          "d", 5   },
        {{"cpu1", EM_RISCV, 0x1035},   "e", 5   },
        {{"cpu1", EM_RISCV, 0x1105},   "b", 5   },
    };
    struct session_symbol_file list[ARRAY_SIZE(files)] = {0};
    const struct session_symbol_files all = {list, ARRAY_SIZE(list)};
    struct error error;

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        list[i].core = files[i].core;
        list[i].shift = files[i].shift;
        EXPECT_EQ(symbols_read(&list[i].symbols, files[i].text,
                               strlen(files[i].text), &error),
                  0);
        list[i].symbols.machine = files[i].machine;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t offset = 99;
        test_case("row %zu", i);
        const char *name =
            session_symbol_files_find(&all, &rows[i].code, &offset);
        EXPECT_STR(name ? name : "", rows[i].name);
        EXPECT_EQ(offset, rows[i].offset);
    }
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        symbols_fini(&list[i].symbols);
    }
}

static const struct session_symbols named[] = {
    {.path = lines,  .core = "cpu1"   },
    { .path = lines, .moved = true, .address = 0x5000},
};
static const struct session_image images[] = {
    {"ram", HELLO},
    {"ram", lines}
};
static const struct session_load loads[] = {{.path = lines}, {.path = HELLO}};

/* Files that are named are read whatever they are, the rest if they are ELF. */
TEST(files_of_a_session_are_read_if_they_have_symbols)
{
    static const struct {
        struct session_options options;
        size_t count;
        int code;
    } rows[] = {
        {{.rom = lines, .kernel = lines, .bios = lines}, 0, 0   },
        {{.rom = HELLO},                                 1, 0   },
        {{.kernel = HELLO},                              1, 0   },
        {{.bios = HELLO},                                1, 0   },
        {{.kernel = magic},                              1, -EIO},
        {{.images = images, .image_count = 2},           1, 0   },
        {{.loads = loads, .load_count = 2},              1, 0   },
        {{.loads = loads, .load_count = 1},              0, 0   },
        {{.symbols = named,
          .symbol_count = 2,
          .rom = HELLO,
          .kernel = HELLO,
          .bios = HELLO,
          .images = images,
          .image_count = 2,
          .loads = loads,
          .load_count = 2},
         7,                                                 0   },
    };
    const struct cairn_options of_machine = {
        .size = sizeof(struct cairn_options), .board = "an521"};
    struct cairn_machine *machine = NULL;
    struct error error;

    REQUIRE(cairn_create(&of_machine, &machine, NULL) == 0);
    EXPECT_EQ(file_write(lines, "1100 T b\n1000 T a\n", 18, &error), 0);
    EXPECT_EQ(file_write(magic, ELFMAG, SELFMAG, &error), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_symbol_files files = {0};
        struct session_error why = {0};

        test_case("row %zu", i);
        EXPECT_EQ(
            session_symbol_files_read(&files, &rows[i].options, machine, &why),
            rows[i].code);
        EXPECT_EQ(why.text[0] != '\0', rows[i].code != 0);
        EXPECT_EQ(files.count, rows[i].count);
        if (rows[i].options.symbol_count != 0) {
            EXPECT_STR(files.list[0].core, "cpu1");
            EXPECT_EQ(files.list[0].shift, 0);
            EXPECT(files.list[1].core == NULL);
            EXPECT_EQ(files.list[1].shift, 0x4000);
        }
        session_symbol_files_fini(&files);
        EXPECT_EQ(files.count, 0);
        EXPECT(files.list == NULL);
    }
    unlink(lines);
    unlink(magic);
    cairn_destroy(machine);
}

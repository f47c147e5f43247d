/* SPDX-License-Identifier: Apache-2.0 */
/* Names from lines, and from ELF files that are spoilt. */
#include "session/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"

#define ELF "build/out/guest/bench/a64.elf"

enum { FILE_MAX = 16 << 20 };

TEST(symbols_are_read_from_lines_too)
{
    static const char text[] =
        "ffff800008010000 T late\n"
        "ffff800008000000 t early\n"
        "ffff800008008000 D datum\n"
        "ffff800008004000 T $x\n"
        "not a line\n"
        "ffff800008020000 W weak [module]";
    struct symbols symbols = {0};

    EXPECT_EQ(symbols_read(&symbols, text, sizeof(text) - 1), 3);
    EXPECT(symbols_find(&symbols, 0xffff7fffffffffff) == NULL);
    EXPECT_STR(symbols_find(&symbols, 0xffff80000800ffff)->name, "early");
    EXPECT_STR(symbols_find(&symbols, 0xffff800008010000)->name, "late");
    EXPECT_STR(symbols_find(&symbols, UINT64_MAX)->name, "weak");
    symbols_fini(&symbols);
}

/* Every byte of the head and of the section table is spoilt in turn, and the
 * file is cut anywhere. */
TEST(spoilt_elf_files_do_no_harm)
{
    struct buffer file = {0};
    struct error error;

    REQUIRE(file_read(ELF, FILE_MAX, &file, &error) == 0);
    uint64_t sections = load_le64(file.bytes + 40);
    for (size_t i = 4; i < 64 + 64 * 20; i++) {
        size_t at = i < 64 ? i : sections + i - 64;
        struct symbols symbols = {0};

        if (at >= file.size) {
            break;
        }
        file.bytes[at] ^= 0xff;
        symbols_read(&symbols, file.bytes, file.size);
        EXPECT(symbols.list.size <= file.size * sizeof(struct symbol));
        file.bytes[at] ^= 0xff;
        symbols_fini(&symbols);
    }
    for (size_t size = 0; size < file.size; size += 997) {
        struct symbols symbols = {0};
        uint8_t *part = xcalloc(1, size + 1);

        memcpy(part, file.bytes, size);
        symbols_read(&symbols, part, size);
        EXPECT(symbols.list.size <= file.size * sizeof(struct symbol));
        symbols_fini(&symbols);
        free(part);
    }
    buffer_fini(&file);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading symbol tables and finding the name of an address. */
#include "session/symbols.h"

#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

/* A guest's file: nothing in it is trusted. */
struct file {
    const uint8_t *bytes;
    size_t size;
    bool wide; /* ELF64 */
};

struct section {
    uint32_t type;
    uint32_t link;
    uint64_t offset;
    uint64_t size;
};

static struct symbol *list_of(const struct symbols *symbols)
{
    return (struct symbol *)(void *)symbols->list.bytes;
}

static size_t count_of(const struct symbols *symbols)
{
    return symbols->list.size / sizeof(struct symbol);
}

static void add(struct symbols *symbols, uint64_t address, const char *name,
                size_t length)
{
    const struct symbol symbol = {address,
                                  xasprintf("%.*s", (int)length, name)};

    assert(length != 0);
    buffer_append(&symbols->list, &symbol, sizeof(symbol));
}

/* ---- ELF ----------------------------------------------------------------- */

static bool take(const struct file *file, uint64_t offset, void *to,
                 size_t size)
{
    if (offset > file->size || size > file->size - offset) {
        return false;
    }
    memcpy(to, file->bytes + offset, size);
    return true;
}

static bool section_at(const struct file *file, unsigned index,
                       struct section *section)
{
    Elf64_Ehdr header64;
    Elf32_Ehdr header32;
    Elf64_Shdr wide;
    Elf32_Shdr narrow;

    if (file->wide) {
        if (!take(file, 0, &header64, sizeof(header64)) ||
            index >= header64.e_shnum ||
            !take(file, header64.e_shoff + (uint64_t)index * sizeof(wide),
                  &wide, sizeof(wide))) {
            return false;
        }
        *section = (struct section){wide.sh_type, wide.sh_link, wide.sh_offset,
                                    wide.sh_size};
        return true;
    }
    if (!take(file, 0, &header32, sizeof(header32)) ||
        index >= header32.e_shnum ||
        !take(file, header32.e_shoff + (uint64_t)index * sizeof(narrow),
              &narrow, sizeof(narrow))) {
        return false;
    }
    *section = (struct section){narrow.sh_type, narrow.sh_link,
                                narrow.sh_offset, narrow.sh_size};
    return true;
}

static bool symbol_at(const struct file *file, uint64_t offset,
                      Elf64_Sym *symbol)
{
    Elf32_Sym narrow;

    if (file->wide) {
        return take(file, offset, symbol, sizeof(*symbol));
    }
    if (!take(file, offset, &narrow, sizeof(narrow))) {
        return false;
    }
    *symbol = (Elf64_Sym){.st_name = narrow.st_name,
                          .st_info = narrow.st_info,
                          .st_shndx = narrow.st_shndx,
                          .st_value = narrow.st_value};
    return true;
}

/* Functions, and labels of assembly less those that tell code from data. */
static void add_symbol(struct symbols *symbols, const struct file *file,
                       const struct section *names, const Elf64_Sym *symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    uint64_t at = names->offset + symbol->st_name;

    if (symbol->st_shndx == SHN_UNDEF || at < names->offset ||
        at >= file->size || (type != STT_FUNC && type != STT_NOTYPE)) {
        return;
    }
    const char *name = (const char *)file->bytes + at;
    size_t length = strnlen(name, file->size - at);
    if (length != 0 && name[0] != '$') {
        add(symbols, symbol->st_value, name, length);
    }
}

static void read_table(struct symbols *symbols, const struct file *file,
                       const struct section *table)
{
    size_t size = file->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    struct section names;
    Elf64_Sym symbol;

    if (!section_at(file, table->link, &names)) {
        return;
    }
    for (uint64_t at = 0; at + size <= table->size; at += size) {
        if (!symbol_at(file, table->offset + at, &symbol)) {
            return;
        }
        add_symbol(symbols, file, &names, &symbol);
    }
}

static void read_elf(struct symbols *symbols, const struct file *file)
{
    struct section section;

    for (unsigned i = 0; section_at(file, i, &section); i++) {
        if (section.type == SHT_SYMTAB) {
            read_table(symbols, file, &section);
        }
    }
}

/* ---- Lines --------------------------------------------------------------- */

/* "ffff800008000000 T _text": of code, by its letter. */
static void read_line(struct symbols *symbols, const char *line, size_t length)
{
    char text[256];
    char *end;

    if (length >= sizeof(text)) {
        return;
    }
    memcpy(text, line, length);
    text[length] = '\0';
    uint64_t address = strtoull(text, &end, 16);
    if (end == text || end[0] != ' ' || strchr("tTwW", end[1]) == NULL ||
        end[1] == '\0' || end[2] != ' ' || end[3] == '\0' || end[3] == '$') {
        return;
    }
    add(symbols, address, end + 3, strcspn(end + 3, " \t"));
}

static void read_lines(struct symbols *symbols, const struct file *file)
{
    const char *at = (const char *)file->bytes;
    const char *end = at + file->size;

    while (at < end) {
        const char *next = memchr(at, '\n', (size_t)(end - at));

        next = next != NULL ? next : end;
        read_line(symbols, at, (size_t)(next - at));
        at = next + 1;
    }
}

/* ---- Both ---------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    uint64_t x = ((const struct symbol *)a)->address;
    uint64_t y = ((const struct symbol *)b)->address;

    return (x > y) - (x < y);
}

size_t symbols_read(struct symbols *symbols, const void *bytes, size_t size)
{
    struct file file = {bytes, size, false};
    size_t before = count_of(symbols);

    if (size > EI_CLASS && memcmp(bytes, ELFMAG, SELFMAG) == 0) {
        file.wide = file.bytes[EI_CLASS] == ELFCLASS64;
        read_elf(symbols, &file);
    } else {
        read_lines(symbols, &file);
    }
    if (count_of(symbols) != 0) {
        qsort(list_of(symbols), count_of(symbols), sizeof(struct symbol),
              compare);
    }
    return count_of(symbols) - before;
}

const struct symbol *symbols_find(const struct symbols *symbols,
                                  uint64_t address)
{
    const struct symbol *list = list_of(symbols);
    size_t low = 0;
    size_t high = count_of(symbols);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (list[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? NULL : &list[low - 1];
}

void symbols_fini(struct symbols *symbols)
{
    for (size_t i = 0; i < count_of(symbols); i++) {
        free(list_of(symbols)[i].name);
    }
    buffer_fini(&symbols->list);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading symbol tables and finding the name of an address.
 *
 * All numbers of a file are checked where they are read, and names are kept as
 * places in a copy of the file's own table, so that memory is bounded by the
 * size of the file.
 */
#include "session/symbols.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"

/* Code behind a symbol without size or section is taken for its own so far. */
enum { FAR = 1 << 20 };

/* Which of several names an address has: that of a function first, of two one
 * that is global. */
#define RANK_GLOBAL   1u
#define RANK_FUNCTION 2u

struct file {
    const uint8_t *bytes;
    size_t size;
    bool wide;      /* ELF64 */
    uint64_t table; /* of sections */
    uint64_t count;
};

struct section {
    uint32_t type;
    uint32_t link;
    uint64_t flags;
    uint64_t address;
    uint64_t offset;
    uint64_t size;
};

static struct symbol *list_of(const struct symbols *symbols)
{
    return (struct symbol *)(void *)symbols->list.bytes;
}

size_t symbols_count(const struct symbols *symbols)
{
    return symbols->list.size / sizeof(struct symbol);
}

const char *symbols_name(const struct symbols *symbols,
                         const struct symbol *symbol)
{
    return (const char *)symbols->names.bytes + symbol->name;
}

/* Names go to terminals, pictures and lines of files: what is not printable
 * ASCII becomes a question mark. NULs stay, which end names. */
static void add_names(struct symbols *symbols, const void *bytes, size_t size)
{
    size_t at = symbols->names.size;

    buffer_append(&symbols->names, bytes, size);
    for (; at < symbols->names.size; at++) {
        uint8_t c = symbols->names.bytes[at];

        if (c != 0 && (c < ' ' || c > '~')) {
            symbols->names.bytes[at] = '?';
        }
    }
}

/* ---- ELF ----------------------------------------------------------------- */

static int cut_off(const char *what, uint64_t offset, uint64_t size,
                   const struct file *file, struct error *error)
{
    return error_set(error, -EINVAL,
                     "%s at 0x%llx with 0x%llx bytes does not lie in the file "
                     "of 0x%zx bytes",
                     what, (unsigned long long)offset, (unsigned long long)size,
                     file->size);
}

/* A row of the table of sections, which lies in the file. */
static struct section section_at(const struct file *file, uint64_t index)
{
    const uint8_t *at = file->bytes + file->table;

    assert(index < file->count);
    if (file->wide) {
        Elf64_Shdr row;
        memcpy(&row, at + index * sizeof(row), sizeof(row));
        return (struct section){row.sh_type, row.sh_link,   row.sh_flags,
                                row.sh_addr, row.sh_offset, row.sh_size};
    }
    Elf32_Shdr row;
    memcpy(&row, at + index * sizeof(row), sizeof(row));
    return (struct section){row.sh_type, row.sh_link,   row.sh_flags,
                            row.sh_addr, row.sh_offset, row.sh_size};
}

/* In a file with very many sections the first one has their number. */
static int find_sections(struct file *file, unsigned count, unsigned row_size,
                         struct error *error)
{
    size_t size = file->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);

    if (file->table == 0) {
        return 0; /* there are none */
    }
    file->count = count != 0 ? count : 1;
    if (row_size != size) {
        return error_set(error, -EINVAL,
                         "section header table: rows of %u bytes, not %zu",
                         row_size, size);
    }
    if (!in_range(file->table, file->count * size, file->size)) {
        return cut_off("section header table", file->table, file->count * size,
                       file, error);
    }
    if (count == 0) {
        file->count = section_at(file, 0).size;
    }
    return file->count <= file->size / size &&
                   in_range(file->table, file->count * size, file->size)
               ? 0
               : cut_off("section header table", file->table,
                         file->count * size, file, error);
}

static int read_header(struct symbols *symbols, struct file *file,
                       struct error *error)
{
    const uint8_t *bytes = file->bytes;

    file->wide = file->size > EI_CLASS && bytes[EI_CLASS] == ELFCLASS64;
    size_t size = file->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (file->size < size) {
        return cut_off("ELF header", 0, size, file, error);
    }
    if (bytes[EI_DATA] != ELFDATA2LSB ||
        (!file->wide && bytes[EI_CLASS] != ELFCLASS32)) {
        return error_set(error, -EINVAL,
                         "offset 0x4: ELF class %u and data encoding %u: "
                         "expected 1 or 2, and 1 (little-endian)",
                         bytes[EI_CLASS], bytes[EI_DATA]);
    }
    if (file->wide) {
        Elf64_Ehdr header;
        memcpy(&header, bytes, sizeof(header));
        symbols->machine = header.e_machine;
        file->table = header.e_shoff;
        return find_sections(file, header.e_shnum, header.e_shentsize, error);
    }
    Elf32_Ehdr header;
    memcpy(&header, bytes, sizeof(header));
    symbols->machine = header.e_machine;
    file->table = header.e_shoff;
    return find_sections(file, header.e_shnum, header.e_shentsize, error);
}

static Elf64_Sym symbol_at(const struct file *file, uint64_t offset)
{
    Elf64_Sym symbol;
    Elf32_Sym narrow;

    if (file->wide) {
        memcpy(&symbol, file->bytes + offset, sizeof(symbol));
        return symbol;
    }
    memcpy(&narrow, file->bytes + offset, sizeof(narrow));
    return (Elf64_Sym){.st_name = narrow.st_name,
                       .st_info = narrow.st_info,
                       .st_shndx = narrow.st_shndx,
                       .st_value = narrow.st_value,
                       .st_size = narrow.st_size};
}

/* Functions, and labels in code less those that tell code from data. One
 * without a size goes to the end of its section at most. */
static void add_symbol(struct symbols *symbols, const struct file *file,
                       size_t names, const Elf64_Sym *from)
{
    unsigned type = ELF64_ST_TYPE(from->st_info);
    bool function = type == STT_FUNC || type == STT_GNU_IFUNC;
    bool placed = from->st_shndx != SHN_UNDEF && from->st_shndx < file->count;
    struct section section = {0};
    const char *name =
        (const char *)symbols->names.bytes + names + from->st_name;

    if (placed) {
        section = section_at(file, from->st_shndx);
    }
    bool code = placed && (section.flags & SHF_EXECINSTR) != 0;
    if (from->st_shndx == SHN_UNDEF || name[0] == '\0' || name[0] == '$' ||
        strncmp(name, ".L", 2) == 0 ||
        !(function || (type == STT_NOTYPE && code))) {
        return;
    }
    uint64_t rest = section.address + section.size - from->st_value;
    bool inside = code && from->st_value >= section.address &&
                  from->st_value - section.address < section.size;
    bool global = ELF64_ST_BIND(from->st_info) == STB_GLOBAL;
    const struct symbol symbol = {
        .address = from->st_value,
        .size = from->st_size != 0 ? from->st_size
                : inside           ? rest
                                   : FAR,
        .name = names + from->st_name,
        .rank = (function ? RANK_FUNCTION : 0u) + (global ? RANK_GLOBAL : 0u),
    };
    buffer_append(&symbols->list, &symbol, sizeof(symbol));
}

static int check_table(const struct file *file, uint64_t index,
                       const struct section *table, struct section *names,
                       struct error *error)
{
    char what[64];

    snprintf(what, sizeof(what), "section %llu: symbol table",
             (unsigned long long)index);
    if (!in_range(table->offset, table->size, file->size)) {
        return cut_off(what, table->offset, table->size, file, error);
    }
    if (table->link >= file->count) {
        return error_set(error, -EINVAL,
                         "%s has its names in section %u, and there are %llu",
                         what, table->link, (unsigned long long)file->count);
    }
    *names = section_at(file, table->link);
    snprintf(what, sizeof(what), "section %u: table of names", table->link);
    if (!in_range(names->offset, names->size, file->size)) {
        return cut_off(what, names->offset, names->size, file, error);
    }
    if (names->size == 0 ||
        file->bytes[names->offset + names->size - 1] != '\0') {
        return error_set(error, -EINVAL, "%s at 0x%llx does not end in a NUL",
                         what, (unsigned long long)names->offset);
    }
    return 0;
}

static int read_table(struct symbols *symbols, const struct file *file,
                      uint64_t index, struct error *error)
{
    size_t size = file->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    struct section table = section_at(file, index);
    struct section names = {0};
    int code = check_table(file, index, &table, &names, error);

    if (code != 0) {
        return code;
    }
    size_t kept = symbols->names.size;
    add_names(symbols, file->bytes + names.offset, (size_t)names.size);
    for (uint64_t at = 0; table.size - at >= size; at += size) {
        Elf64_Sym symbol = symbol_at(file, table.offset + at);

        if (symbol.st_name >= names.size) {
            return error_set(
                error, -EINVAL,
                "section %llu: symbol %llu: name at 0x%x of 0x%llx "
                "bytes of names",
                (unsigned long long)index, (unsigned long long)(at / size),
                symbol.st_name, (unsigned long long)names.size);
        }
        add_symbol(symbols, file, kept, &symbol);
    }
    return 0;
}

/* A file has one table of symbols (gABI 4); what would be a second is left. */
static int read_elf(struct symbols *symbols, struct file *file,
                    struct error *error)
{
    int code = read_header(symbols, file, error);
    bool found = false;

    symbols->lowest = UINT64_MAX;
    for (uint64_t i = 0; code == 0 && i < file->count; i++) {
        struct section section = section_at(file, i);

        if (section.type == SHT_SYMTAB && !found) {
            code = read_table(symbols, file, i, error);
            found = true;
        }
        if ((section.flags & SHF_ALLOC) != 0 && section.size != 0 &&
            section.address < symbols->lowest) {
            symbols->lowest = section.address;
        }
    }
    return code;
}

/* ---- Lines --------------------------------------------------------------- */

/* "ffff800008000000 T _text [module]": of code, by its letter. */
static void read_line(struct symbols *symbols, const char *line, size_t length)
{
    char text[512];
    char *end;

    if (length >= sizeof(text)) {
        return;
    }
    memcpy(text, line, length);
    text[length] = '\0';
    uint64_t address = strtoull(text, &end, 16);
    if (end == text || end[0] != ' ' || end[1] == '\0' ||
        strchr("tTwW", end[1]) == NULL || end[2] != ' ') {
        return;
    }
    const char *name = end + 3;
    size_t size = strcspn(name, " \t\r");
    if (size == 0 || name[0] == '$') {
        return;
    }
    const struct symbol symbol = {.address = address,
                                  .size = FAR,
                                  .name = symbols->names.size,
                                  .rank = RANK_FUNCTION};
    buffer_append(&symbols->list, &symbol, sizeof(symbol));
    add_names(symbols, name, size);
    buffer_append_zeros(&symbols->names, 1);
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

/* By address, then the one that counts first; places of names settle the rest,
 * that the result be one whatever qsort does. */
static int compare(const void *a, const void *b)
{
    const struct symbol *x = a;
    const struct symbol *y = b;

    return x->address != y->address ? compare_numbers(x->address, y->address)
           : x->rank != y->rank     ? compare_numbers(y->rank, x->rank)
                                    : compare_numbers(x->name, y->name);
}

static void sort(struct symbols *symbols)
{
    struct symbol *list = list_of(symbols);
    size_t count = symbols_count(symbols);
    size_t kept = 0;

    if (count == 0) {
        return;
    }
    qsort(list, count, sizeof(*list), compare);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || list[kept - 1].address != list[i].address) {
            list[kept++] = list[i];
        }
    }
    symbols->list.size = kept * sizeof(*list);
}

int symbols_read(struct symbols *symbols, const void *bytes, size_t size,
                 struct error *error)
{
    struct file file = {.bytes = bytes, .size = size};
    int code = 0;

    assert(symbols->list.size == 0);
    if (size >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0) {
        code = read_elf(symbols, &file, error);
        sort(symbols);
    } else {
        read_lines(symbols, &file);
        sort(symbols);
        symbols->lowest =
            symbols->list.size != 0 ? list_of(symbols)->address : 0;
    }
    return code;
}

const struct symbol *symbols_find(const struct symbols *symbols,
                                  uint64_t address)
{
    const struct symbol *list = list_of(symbols);
    size_t low = 0;
    size_t high = symbols_count(symbols);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (list[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low != 0 && address - list[low - 1].address < list[low - 1].size
               ? &list[low - 1]
               : NULL;
}

void symbols_fini(struct symbols *symbols)
{
    buffer_fini(&symbols->list);
    buffer_fini(&symbols->names);
}

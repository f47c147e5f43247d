/* SPDX-License-Identifier: Apache-2.0 */
/* Reads headers and segments of ELF32 and ELF64 files, and lays them out. */
#include "trust/image/elf.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "trust/image/pieces.h"

/* One loadable segment of either class. */
struct segment {
    uint64_t offset;
    uint64_t address;
    uint64_t size;
    uint64_t memory_size;
};

struct elf_file {
    const uint8_t *bytes;
    size_t size;
    bool is_64;
    uint64_t entry;
    uint64_t table;
    unsigned machine;
    unsigned count;
    unsigned row_size;
};

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static int read_header(struct elf_file *elf, struct error *error)
{
    const uint8_t *b = elf->bytes;
    if (elf->size < sizeof(Elf32_Ehdr) ||
        (b[EI_CLASS] == ELFCLASS64 && elf->size < sizeof(Elf64_Ehdr))) {
        return error_set(error, -EINVAL, "ELF header is cut off at %zu bytes",
                         elf->size);
    }
    if (b[EI_DATA] != ELFDATA2LSB ||
        (b[EI_CLASS] != ELFCLASS32 && b[EI_CLASS] != ELFCLASS64)) {
        return error_set(error, -EINVAL,
                         "offset 0x4: ELF class %u and data encoding %u: "
                         "expected 1 or 2, and 1 (little-endian)",
                         b[EI_CLASS], b[EI_DATA]);
    }
    elf->is_64 = b[EI_CLASS] == ELFCLASS64;
    elf->machine = get16(b + offsetof(Elf32_Ehdr, e_machine));
    if (elf->is_64) {
        elf->entry = load_le64(b + offsetof(Elf64_Ehdr, e_entry));
        elf->table = load_le64(b + offsetof(Elf64_Ehdr, e_phoff));
        elf->row_size = get16(b + offsetof(Elf64_Ehdr, e_phentsize));
        elf->count = get16(b + offsetof(Elf64_Ehdr, e_phnum));
    } else {
        elf->entry = load_le32(b + offsetof(Elf32_Ehdr, e_entry));
        elf->table = load_le32(b + offsetof(Elf32_Ehdr, e_phoff));
        elf->row_size = get16(b + offsetof(Elf32_Ehdr, e_phentsize));
        elf->count = get16(b + offsetof(Elf32_Ehdr, e_phnum));
    }
    size_t least = elf->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (elf->row_size < least ||
        !in_range(elf->table, (uint64_t)elf->count * elf->row_size,
                  elf->size)) {
        return error_set(error, -EINVAL,
                         "program header table at 0x%llx with %u rows of %u "
                         "bytes does not lie in the file of 0x%zx bytes",
                         (unsigned long long)elf->table, elf->count,
                         elf->row_size, elf->size);
    }
    return 0;
}

/* Returns false for rows that take no memory. */
static bool read_segment(const struct elf_file *elf, unsigned index,
                         struct segment *segment)
{
    assert(index < elf->count);
    assert(elf->row_size >=
           (elf->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)));
    const uint8_t *row =
        elf->bytes + elf->table + (size_t)index * elf->row_size;
    if (load_le32(row) != PT_LOAD) {
        return false;
    }
    if (elf->is_64) {
        segment->offset = load_le64(row + offsetof(Elf64_Phdr, p_offset));
        segment->address = load_le64(row + offsetof(Elf64_Phdr, p_paddr));
        segment->size = load_le64(row + offsetof(Elf64_Phdr, p_filesz));
        segment->memory_size = load_le64(row + offsetof(Elf64_Phdr, p_memsz));
    } else {
        segment->offset = load_le32(row + offsetof(Elf32_Phdr, p_offset));
        segment->address = load_le32(row + offsetof(Elf32_Phdr, p_paddr));
        segment->size = load_le32(row + offsetof(Elf32_Phdr, p_filesz));
        segment->memory_size = load_le32(row + offsetof(Elf32_Phdr, p_memsz));
    }
    return segment->size != 0 || segment->memory_size != 0;
}

/* Where contents lie, and where memory ends that is needed with them. */
struct extent {
    uint64_t low;
    uint64_t high;
    uint64_t memory_end;
};

static int check_segment(const struct elf_file *elf, unsigned index,
                         const struct segment *segment, struct error *error)
{
    if (in_range(segment->offset, segment->size, elf->size) &&
        segment->address + segment->size >= segment->address &&
        segment->address + segment->memory_size >= segment->address) {
        return 0;
    }
    return error_set(error, -EINVAL,
                     "program header %u: offset 0x%llx with 0x%llx bytes to "
                     "address 0x%llx does not fit",
                     index, (unsigned long long)segment->offset,
                     (unsigned long long)segment->size,
                     (unsigned long long)segment->address);
}

static uint64_t largest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static int measure(const struct elf_file *elf, struct extent *extent,
                   struct error *error)
{
    *extent = (struct extent){.low = UINT64_MAX};
    for (unsigned i = 0; i < elf->count; i++) {
        struct segment segment;
        if (!read_segment(elf, i, &segment)) {
            continue;
        }
        int status = check_segment(elf, i, &segment, error);
        if (status != 0) {
            return status;
        }
        uint64_t end = segment.address + segment.size;
        if (segment.size != 0) {
            extent->low =
                segment.address < extent->low ? segment.address : extent->low;
            extent->high = largest(extent->high, end);
        }
        end = largest(end, segment.address + segment.memory_size);
        extent->memory_end = largest(extent->memory_end, end);
    }
    return extent->high > extent->low
               ? 0
               : error_set(error, -EINVAL,
                           "the ELF file has no loadable contents");
}

/* ---- Overlaps ------------------------------------------------------------ */

struct numbered {
    struct segment segment;
    unsigned index;
};

static int by_address(const void *one, const void *other)
{
    const struct numbered *a = one;
    const struct numbered *b = other;
    return a->segment.address != b->segment.address
               ? compare_numbers(a->segment.address, b->segment.address)
               : compare_numbers(a->index, b->index);
}

static int refuse_overlap(const struct numbered *a, const struct numbered *b,
                          struct error *error)
{
    const struct numbered *early = a->index < b->index ? a : b;
    const struct numbered *late = early == a ? b : a;
    return error_set(error, -EINVAL,
                     "program headers %u and %u overlap: 0x%llx bytes at "
                     "0x%llx and 0x%llx bytes at 0x%llx",
                     early->index, late->index,
                     (unsigned long long)early->segment.size,
                     (unsigned long long)early->segment.address,
                     (unsigned long long)late->segment.size,
                     (unsigned long long)late->segment.address);
}

/* Where the contents of two segments have one address, the order of the headers
 * would choose between them. */
static int check_overlaps(const struct elf_file *elf, struct error *error)
{
    struct numbered *list = xcalloc(elf->count + 1u, sizeof(*list));
    size_t count = 0;
    int status = 0;
    for (unsigned i = 0; i < elf->count; i++) {
        struct numbered *next = &list[count];
        next->index = i;
        if (read_segment(elf, i, &next->segment) && next->segment.size != 0) {
            count++;
        }
    }
    qsort(list, count, sizeof(*list), by_address);
    for (size_t i = 1; status == 0 && i < count; i++) {
        const struct segment *before = &list[i - 1].segment;
        if (list[i].segment.address - before->address < before->size) {
            status = refuse_overlap(&list[i - 1], &list[i], error);
        }
    }
    free(list);
    return status;
}

/* ---- Images -------------------------------------------------------------- */

static size_t own_headers(const struct elf_file *elf)
{
    uint64_t end = elf->table + (uint64_t)elf->count * elf->row_size;
    size_t least = elf->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    return (size_t)largest(end, least);
}

static int lay_out(struct elf_image *image, const struct elf_file *elf,
                   size_t size_limit, struct error *error)
{
    struct extent extent;
    int status = measure(elf, &extent, error);
    if (status != 0) {
        return status;
    }
    if (extent.high - extent.low > size_limit) {
        return error_set(error, -EFBIG,
                         "segments from 0x%llx to 0x%llx are larger than "
                         "0x%zx bytes",
                         (unsigned long long)extent.low,
                         (unsigned long long)extent.high, size_limit);
    }
    status = check_overlaps(elf, error);
    if (status != 0) {
        return status;
    }
    buffer_append_zeros(&image->bytes, (size_t)(extent.high - extent.low));
    for (unsigned i = 0; i < elf->count; i++) {
        struct segment segment;
        if (read_segment(elf, i, &segment) && segment.size != 0) {
            assert(segment.address >= extent.low &&
                   in_range(segment.address - extent.low, segment.size,
                            image->bytes.size));
            memcpy(image->bytes.bytes + (segment.address - extent.low),
                   elf->bytes + segment.offset, (size_t)segment.size);
            if (segment.address == extent.low && segment.offset == 0 &&
                own_headers(elf) <= segment.size) {
                image->header_size = own_headers(elf);
            }
        }
    }
    image->is_elf = true;
    image->is_64 = elf->is_64;
    image->machine = elf->machine;
    image->load_address = extent.low;
    image->entry_point = elf->entry;
    image->memory_size = extent.memory_end - extent.low;
    return 0;
}

/* For messages; text is room for a number. */
static const char *machine_name(unsigned machine, char *text, size_t size)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {
        {EM_386,     "x86"    },
        {EM_X86_64,  "x86-64" },
        {EM_ARM,     "Arm"    },
        {EM_AARCH64, "AArch64"},
        {EM_RISCV,   "RISC-V" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].machine == machine) {
            return names[i].name;
        }
    }
    snprintf(text, size, "machine %u", machine);
    return text;
}

int elf_image_check(const struct elf_image *image, enum elf_target target,
                    struct error *error)
{
    static const struct {
        unsigned machine;
        bool is_64;
    } targets[] = {
        [ELF_AARCH64] = {EM_AARCH64, true },
        [ELF_RISCV32] = {EM_RISCV,   false},
    };
    assert(target < ARRAY_SIZE(targets));
    unsigned machine = targets[target].machine;
    bool is_64 = targets[target].is_64;
    char text[2][24];
    if (!image->is_elf) {
        return 0;
    }
    if (image->machine != machine || image->is_64 != is_64) {
        return error_set(
            error, -EINVAL, "the ELF file is for %s of %d bits, not %s of %d",
            machine_name(image->machine, text[0], sizeof(text[0])),
            image->is_64 ? 64 : 32,
            machine_name(machine, text[1], sizeof(text[1])), is_64 ? 64 : 32);
    }
    if (image->entry_point - image->load_address >= image->bytes.size) {
        return error_set(error, -EINVAL,
                         "entry point 0x%llx lies outside of the loaded "
                         "0x%zx bytes at 0x%llx",
                         (unsigned long long)image->entry_point,
                         image->bytes.size,
                         (unsigned long long)image->load_address);
    }
    return 0;
}

int elf_image_read(struct elf_image *image, const void *file, size_t size,
                   size_t size_limit, struct error *error)
{
    memset(image, 0, sizeof(*image));
    if (size < SELFMAG || memcmp(file, ELFMAG, SELFMAG) != 0) {
        if (size > size_limit) {
            return error_set(error, -EFBIG, "0x%zx bytes, the limit is 0x%zx",
                             size, size_limit);
        }
        buffer_append(&image->bytes, file, size);
        return 0;
    }
    struct elf_file elf = {.bytes = file, .size = size};
    int status = read_header(&elf, error);
    return status != 0 ? status : lay_out(image, &elf, size_limit, error);
}

int elf_image_pieces(const void *file, size_t size, piece_taker *take,
                     void *context, struct error *error)
{
    struct elf_file elf = {.bytes = file, .size = size};
    struct extent extent;
    int status = read_header(&elf, error);
    status = status ? status : measure(&elf, &extent, error);
    status = status ? status : check_overlaps(&elf, error);
    for (unsigned i = 0; status == 0 && i < elf.count; i++) {
        struct segment segment;
        if (read_segment(&elf, i, &segment) && segment.size != 0) {
            status = take(context, segment.address, elf.bytes + segment.offset,
                          (size_t)segment.size, error);
        }
    }
    return status;
}

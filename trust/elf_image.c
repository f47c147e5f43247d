/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/elf_image.h"

#include <elf.h>
#include <string.h>

#include "base/bits.h"

/* One loadable segment of either class. */
struct segment {
    uint64_t offset;
    uint64_t address;
    uint64_t size;
};

struct elf_file {
    const uint8_t *bytes;
    size_t size;
    bool is_64;
    uint64_t entry;
    uint64_t table;
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

/* Returns false for rows that put nothing into memory. */
static bool read_segment(const struct elf_file *elf, unsigned index,
                         struct segment *segment)
{
    const uint8_t *row =
        elf->bytes + elf->table + (size_t)index * elf->row_size;
    if (load_le32(row) != PT_LOAD) {
        return false;
    }
    if (elf->is_64) {
        segment->offset = load_le64(row + offsetof(Elf64_Phdr, p_offset));
        segment->address = load_le64(row + offsetof(Elf64_Phdr, p_paddr));
        segment->size = load_le64(row + offsetof(Elf64_Phdr, p_filesz));
    } else {
        segment->offset = load_le32(row + offsetof(Elf32_Phdr, p_offset));
        segment->address = load_le32(row + offsetof(Elf32_Phdr, p_paddr));
        segment->size = load_le32(row + offsetof(Elf32_Phdr, p_filesz));
    }
    return segment->size != 0;
}

static int measure(const struct elf_file *elf, uint64_t *low, uint64_t *high,
                   struct error *error)
{
    *low = UINT64_MAX;
    *high = 0;
    for (unsigned i = 0; i < elf->count; i++) {
        struct segment segment;
        if (!read_segment(elf, i, &segment)) {
            continue;
        }
        if (!in_range(segment.offset, segment.size, elf->size) ||
            segment.address + segment.size < segment.address) {
            return error_set(error, -EINVAL,
                             "program header %u: offset 0x%llx with 0x%llx "
                             "bytes to address 0x%llx does not fit",
                             i, (unsigned long long)segment.offset,
                             (unsigned long long)segment.size,
                             (unsigned long long)segment.address);
        }
        *low = segment.address < *low ? segment.address : *low;
        uint64_t end = segment.address + segment.size;
        *high = end > *high ? end : *high;
    }
    return *high > *low ? 0
                        : error_set(error, -EINVAL,
                                    "the ELF file has no loadable contents");
}

static int lay_out(struct elf_image *image, const struct elf_file *elf,
                   size_t size_limit, struct error *error)
{
    uint64_t low = 0;
    uint64_t high = 0;
    int status = measure(elf, &low, &high, error);
    if (status != 0) {
        return status;
    }
    if (high - low > size_limit) {
        return error_set(error, -EFBIG,
                         "segments from 0x%llx to 0x%llx are larger than "
                         "0x%zx bytes",
                         (unsigned long long)low, (unsigned long long)high,
                         size_limit);
    }
    buffer_append_zeros(&image->bytes, (size_t)(high - low));
    for (unsigned i = 0; i < elf->count; i++) {
        struct segment segment;
        if (read_segment(elf, i, &segment)) {
            memcpy(image->bytes.bytes + (segment.address - low),
                   elf->bytes + segment.offset, (size_t)segment.size);
        }
    }
    image->is_elf = true;
    image->load_address = low;
    image->entry_point = elf->entry;
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a directory behind its images, and reads it with every place checked.
 */
#include "trust/flash/bank.h"

#include <string.h>
#include <zlib.h>

#include "base/assert.h"
#include "base/bits.h"

enum { HEADER_CRC_SIZE = offsetof(struct flash_directory, header_crc32) };

static uint32_t crc(const void *bytes, size_t size)
{
    return (uint32_t)crc32_z(0, bytes, size);
}

static size_t directory_size(unsigned count)
{
    return sizeof(struct flash_directory) + count * sizeof(struct flash_entry);
}

size_t flash_bank_directory_size(const struct flash_bank *bank)
{
    return directory_size(bank->count);
}

static size_t align(size_t size, size_t alignment)
{
    return (size + alignment - 1) & ~(alignment - 1);
}

static int check_parts(const struct flash_bank *bank, struct error *error)
{
    if (bank->count == 0 || bank->count > FLASH_IMAGES_MAX) {
        return error_set(error, -EINVAL, "%u images; a bank has 1 to %d",
                         bank->count, FLASH_IMAGES_MAX);
    }
    for (unsigned i = 0; i < bank->count; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (bank->parts[i].id == bank->parts[j].id) {
                return error_set(error, -EINVAL,
                                 "images %u and %u have the same identifier "
                                 "0x%x",
                                 j, i, bank->parts[i].id);
            }
        }
    }
    return 0;
}

/* Erased flash between the parts. */
static void append_erased(struct buffer *out, size_t size)
{
    memset(buffer_grow(out, size), 0xff, size);
}

static int write_aligned(struct flash_bank *bank, size_t capacity,
                         size_t alignment, struct buffer *out,
                         struct error *error)
{
    size_t start = out->size;
    int status = check_parts(bank, error);

    assert(capacity <= UINT32_MAX);
    if (status != 0) {
        return status;
    }
    size_t end = directory_size(bank->count);
    for (unsigned i = 0; i < bank->count; i++) {
        bank->parts[i].offset = align(end, alignment);
        end = bank->parts[i].offset + bank->parts[i].size;
    }
    if (end > capacity) {
        return error_set(error, -EFBIG,
                         "the images need %zu bytes, a bank has %zu", end,
                         capacity);
    }
    struct flash_directory directory = {
        .magic = FLASH_DIRECTORY_MAGIC,
        .version = FLASH_DIRECTORY_VERSION,
        .count = (uint16_t)bank->count,
    };
    directory.header_crc32 = crc(&directory, HEADER_CRC_SIZE);
    buffer_append(out, &directory, sizeof(directory));
    for (unsigned i = 0; i < bank->count; i++) {
        struct flash_entry entry = {
            .id = bank->parts[i].id,
            .offset = (uint32_t)bank->parts[i].offset,
            .size = (uint32_t)bank->parts[i].size,
        };
        buffer_append(out, &entry, sizeof(entry));
    }
    for (unsigned i = 0; i < bank->count; i++) {
        assert(start + bank->parts[i].offset >= out->size);
        append_erased(out, start + bank->parts[i].offset - out->size);
        buffer_append(out, bank->parts[i].bytes, bank->parts[i].size);
    }
    store_le32(
        out->bytes + start + offsetof(struct flash_directory, payload_crc32),
        crc(out->bytes + start + sizeof(directory), end - sizeof(directory)));
    return 0;
}

int flash_bank_write(struct flash_bank *bank, size_t capacity,
                     struct buffer *out, struct error *error)
{
    return write_aligned(bank, capacity, FLASH_PART_ALIGNMENT, out, error);
}

int flash_bank_write_packed(struct flash_bank *bank, size_t capacity,
                            struct buffer *out, struct error *error)
{
    return write_aligned(bank, capacity, sizeof(uint32_t), out, error);
}

static int read_directory(struct flash_directory *directory, const void *bytes,
                          size_t size, struct error *error)
{
    if (size < sizeof(*directory)) {
        return error_set(error, -EINVAL, "%zu bytes; a directory has %zu", size,
                         sizeof(*directory));
    }
    memcpy(directory, bytes, sizeof(*directory));
    if (directory->magic != FLASH_DIRECTORY_MAGIC) {
        return error_set(error, -EINVAL, "offset 0x0: magic 0x%08x, not 0x%08x",
                         directory->magic, FLASH_DIRECTORY_MAGIC);
    }
    uint32_t found = crc(directory, HEADER_CRC_SIZE);
    if (found != directory->header_crc32) {
        return error_set(error, -EINVAL,
                         "offset 0x8: header checksum 0x%08x, the bytes have "
                         "0x%08x",
                         directory->header_crc32, found);
    }
    if (directory->version != FLASH_DIRECTORY_VERSION ||
        directory->count == 0 || directory->count > FLASH_IMAGES_MAX ||
        directory_size(directory->count) > size) {
        return error_set(error, -EINVAL,
                         "offset 0x4: version %u with %u images; version %d "
                         "with 1 to %d is supported",
                         directory->version, directory->count,
                         FLASH_DIRECTORY_VERSION, FLASH_IMAGES_MAX);
    }
    return 0;
}

int flash_bank_read(struct flash_bank *bank, const void *bytes, size_t size,
                    struct error *error)
{
    const uint8_t *base = bytes;
    struct flash_directory directory = {0};
    int status = read_directory(&directory, bytes, size, error);

    *bank = (struct flash_bank){0};
    if (status != 0) {
        return status;
    }
    size_t end = directory_size(directory.count);
    for (unsigned i = 0; i < directory.count; i++) {
        struct flash_entry entry;
        size_t at = directory_size(i);
        memcpy(&entry, base + at, sizeof(entry));
        if (entry.offset < end || !in_range(entry.offset, entry.size, size)) {
            return error_set(error, -EINVAL,
                             "offset 0x%zx: image 0x%x at 0x%x with 0x%x bytes "
                             "is not between 0x%zx and 0x%zx",
                             at, entry.id, entry.offset, entry.size, end, size);
        }
        bank->parts[i] = (struct flash_part){
            .id = entry.id,
            .bytes = base + entry.offset,
            .size = entry.size,
            .offset = entry.offset,
        };
        end = (size_t)entry.offset + entry.size;
    }
    bank->count = directory.count;
    uint32_t found = crc(base + sizeof(directory), end - sizeof(directory));
    if (found != directory.payload_crc32) {
        return error_set(error, -EINVAL,
                         "offset 0xc: payload checksum 0x%08x, the bytes have "
                         "0x%08x",
                         directory.payload_crc32, found);
    }
    return check_parts(bank, error);
}

const struct flash_part *flash_bank_find(const struct flash_bank *bank,
                                         uint32_t id)
{
    assert(bank->count <= FLASH_IMAGES_MAX);
    for (unsigned i = 0; i < bank->count; i++) {
        if (bank->parts[i].id == id) {
            return &bank->parts[i];
        }
    }
    return NULL;
}

void boot_image_write(const struct boot_image *header, const void *payload,
                      struct buffer *out)
{
    struct boot_image copy = *header;

    assert(payload != NULL || header->payload_size == 0);
    copy.magic = BOOT_IMAGE_MAGIC;
    copy.header_size = sizeof(copy);
    buffer_append(out, &copy, sizeof(copy));
    buffer_append(out, payload, copy.payload_size);
}

int boot_image_read(struct boot_image *header, const struct flash_part *part,
                    struct error *error)
{
    if (part->size < sizeof(*header)) {
        return error_set(error, -EINVAL,
                         "image 0x%x: %zu bytes, a header has %zu", part->id,
                         part->size, sizeof(*header));
    }
    memcpy(header, part->bytes, sizeof(*header));
    if (header->magic != BOOT_IMAGE_MAGIC ||
        header->header_size != sizeof(*header)) {
        return error_set(error, -EINVAL,
                         "image 0x%x: magic 0x%08x and header size %u, not "
                         "0x%08x and %zu",
                         part->id, header->magic, header->header_size,
                         BOOT_IMAGE_MAGIC, sizeof(*header));
    }
    if (header->id != part->id) {
        return error_set(error, -EINVAL,
                         "image 0x%x: its header has identifier 0x%x", part->id,
                         header->id);
    }
    if (header->payload_size != part->size - sizeof(*header)) {
        return error_set(
            error, -EINVAL,
            "image 0x%x: payload size 0x%x, but 0x%zx bytes follow", part->id,
            header->payload_size, part->size - sizeof(*header));
    }
    return 0;
}

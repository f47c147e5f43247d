/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References are to Documentation/arm64/booting.rst of Linux 6.1 (the Image
 * header).
 */
#include "platform/guest/image.h"

#include <string.h>

#include "base/bits.h"
#include "base/text.h"
#include "trust/image/elf.h"
#include "trust/image/gzip.h"

enum {
    IMAGE_HEADER_SIZE = GUEST_IMAGE_HEAD,
    IMAGE_TEXT_OFFSET = 8,
    IMAGE_SIZE = 16,
    IMAGE_FLAGS = 24,
    IMAGE_MAGIC = 56,
    IMAGE_BIG_ENDIAN = 1,
    /* Kernels before 3.17 left the size zero and meant this offset. */
    OLD_TEXT_OFFSET = 0x80000,
};

static int read_elf(struct guest_image *image, size_t size_limit,
                    struct error *error)
{
    struct elf_image elf = {0};
    int code = elf_image_read(&elf, image->bytes.bytes, image->bytes.size,
                              size_limit, error);
    code = code ? code : elf_image_check(&elf, ELF_AARCH64, error);
    if (code != 0) {
        buffer_fini(&elf.bytes);
        return code;
    }
    buffer_fini(&image->bytes);
    image->bytes = elf.bytes;
    image->placed = true;
    image->address = elf.load_address;
    image->entry = elf.entry_point;
    image->size_bytes = elf.memory_size;
    return 0;
}

static int read_header(struct guest_image *image, const uint8_t *header,
                       struct error *error)
{
    uint64_t needed = load_le64(header + IMAGE_SIZE);
    image->address = load_le64(header + IMAGE_TEXT_OFFSET);
    if (needed == 0) {
        image->address = OLD_TEXT_OFFSET;
    }
    if (load_le64(header + IMAGE_FLAGS) & IMAGE_BIG_ENDIAN) {
        return error_set(error, -EINVAL, "big-endian kernel: flags 0x%llx",
                         (unsigned long long)load_le64(header + IMAGE_FLAGS));
    }
    if (image->address > INT32_MAX || needed > INT32_MAX) {
        return error_set(error, -EINVAL,
                         "text offset 0x%llx and size 0x%llx: each must be "
                         "less than 2 GiB",
                         (unsigned long long)image->address,
                         (unsigned long long)needed);
    }
    image->entry = image->address;
    if (needed > image->size_bytes) {
        image->size_bytes = needed;
    }
    return 0;
}

static bool starts_with(const void *bytes, size_t size, const char *magic,
                        size_t magic_size)
{
    return size >= magic_size && memcmp(bytes, magic, magic_size) == 0;
}

static bool has_header(const uint8_t *bytes, uint64_t size)
{
    return size >= IMAGE_HEADER_SIZE &&
           memcmp(bytes + IMAGE_MAGIC, "ARM\x64", 4) == 0;
}

/* A text names a kernel or configures one, and is none. */
static int check_code(const uint8_t *head, uint64_t size, struct error *error)
{
    return text_begins(head, size)
               ? error_set(error, -EINVAL,
                           "a text, not a kernel (Image, ELF, raw)")
               : 0;
}

static int check_size(uint64_t size, size_t size_limit, struct error *error)
{
    return size > size_limit
               ? error_set(error, -EFBIG, "%llu bytes, at most %zu",
                           (unsigned long long)size, size_limit)
           : size == 0 ? error_set(error, -EINVAL, "the file is empty")
                       : 0;
}

int guest_image_peek(struct guest_image *image, const uint8_t *head,
                     uint64_t file_size, size_t size_limit, bool *plain,
                     struct error *error)
{
    size_t size =
        file_size < GUEST_IMAGE_HEAD ? (size_t)file_size : GUEST_IMAGE_HEAD;
    *image = (struct guest_image){.size_bytes = file_size};
    *plain = !starts_with(head, size, "\x1f\x8b", 2) &&
             !starts_with(head, size, "\177ELF", 4);
    int code = *plain ? check_size(file_size, size_limit, error) : 0;
    image->raw = *plain && !has_header(head, file_size);
    if (code == 0 && image->raw) {
        code = check_code(head, file_size, error);
    }
    return code == 0 && *plain && has_header(head, file_size)
               ? read_header(image, head, error)
               : code;
}

int guest_image_read(struct guest_image *image, const void *file, size_t size,
                     size_t size_limit, struct error *error)
{
    int code = 0;
    *image = (struct guest_image){0};
    if (starts_with(file, size, "\x1f\x8b", 2)) {
        code = gzip_unpack(file, size, size_limit, &image->bytes, error);
    } else {
        code = check_size(size, size_limit, error);
        buffer_append(&image->bytes, file, code == 0 ? size : 0);
    }
    const uint8_t *bytes = image->bytes.bytes;
    image->size_bytes = image->bytes.size;
    if (code == 0 && image->bytes.size == 0) {
        code = error_set(error, -EINVAL, "the file is empty");
    } else if (code == 0 &&
               starts_with(bytes, image->bytes.size, "\177ELF", 4)) {
        code = read_elf(image, size_limit, error);
    } else if (code == 0 && has_header(bytes, image->bytes.size)) {
        code = read_header(image, bytes, error);
    } else if (code == 0) {
        image->raw = true;
        code = check_code(bytes, image->bytes.size, error);
    }
    if (code != 0) {
        guest_image_fini(image);
    }
    return code;
}

void guest_image_fini(struct guest_image *image)
{
    buffer_fini(&image->bytes);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads header, TLVs and trailer of an image in place. */
#include "trust/mcuboot/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "trust/mcuboot/trailer.h"

#define EITHER    true
#define PROTECTED false
static const struct mcuboot_tlv_kind kinds[] = {
#define TLV(type, name, form, where) {type, name, MCUBOOT_FORM_##form, where},
#include "trust/mcuboot/tlvs.def"
#undef TLV
};

const struct mcuboot_tlv_kind *mcuboot_tlv_kind(uint16_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i].type == type) {
            return &kinds[i];
        }
    }
    return NULL;
}

static const struct hash {
    uint16_t type;
    unsigned size;
    const char *name;
} hashes[] = {
    {MCUBOOT_TLV_SHA256, 32, "SHA256"},
    {MCUBOOT_TLV_SHA384, 48, "SHA384"},
    {MCUBOOT_TLV_SHA512, 64, "SHA512"},
};

static const struct hash *find_hash(uint16_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
        if (hashes[i].type == type) {
            return &hashes[i];
        }
    }
    return NULL;
}

const char *mcuboot_hash_name(uint16_t type)
{
    const struct hash *hash = find_hash(type);
    return hash != NULL ? hash->name : NULL;
}

unsigned mcuboot_hash_size(uint16_t type)
{
    const struct hash *hash = find_hash(type);
    return hash != NULL ? hash->size : 0;
}

/* ---- Versions ------------------------------------------------------------ */

void mcuboot_version_print(const struct mcuboot_version *version,
                           char text[MCUBOOT_VERSION_TEXT])
{
    snprintf(text, MCUBOOT_VERSION_TEXT, "%u.%u.%u+%u", version->major,
             version->minor, version->revision, version->build);
}

/* One decimal number without leading zeros; moves *text behind it. */
static bool read_number(const char **text, uint64_t limit, uint64_t *value)
{
    const char *at = *text;

    *value = 0;
    while (*at >= '0' && *at <= '9' && *value <= limit) {
        *value = 10 * *value + (uint64_t)(*at++ - '0');
    }
    bool good =
        at != *text && *value <= limit && !(**text == '0' && at > *text + 1);
    *text = at;
    return good;
}

int mcuboot_version_parse(const char *text, struct mcuboot_version *version)
{
    static const struct {
        char before;
        uint64_t limit;
    } parts[] = {
        {'.', UINT8_MAX },
        {'.', UINT8_MAX },
        {'.', UINT16_MAX},
        {'+', UINT32_MAX},
    };
    uint64_t numbers[ARRAY_SIZE(parts)] = {0};

    for (size_t i = 0; i < ARRAY_SIZE(parts) && (i == 0 || *text != '\0');
         i++) {
        if ((i != 0 && *text++ != parts[i].before) ||
            !read_number(&text, parts[i].limit, &numbers[i])) {
            return -EINVAL;
        }
    }
    *version =
        (struct mcuboot_version){(uint8_t)numbers[0], (uint8_t)numbers[1],
                                 (uint16_t)numbers[2], (uint32_t)numbers[3]};
    return *text == '\0' ? 0 : -EINVAL;
}

/* ---- Header -------------------------------------------------------------- */

bool mcuboot_recognise(const void *bytes, size_t size)
{
    return size >= sizeof(uint32_t) && (load_le32(bytes) == MCUBOOT_MAGIC ||
                                        load_be32(bytes) == MCUBOOT_MAGIC);
}

static int read_header(struct mcuboot_image *image, struct error *error)
{
    struct mcuboot_header *header = &image->header;

    if (image->size < sizeof(*header)) {
        return error_set(error, -EINVAL, "header is cut off at %zu bytes",
                         image->size);
    }
    memcpy(header, image->bytes, sizeof(*header));
    if (load_be32(image->bytes) == MCUBOOT_MAGIC) {
        return error_set(error, -EINVAL,
                         "offset 0x0: a big-endian image, as 'imgtool -e big' "
                         "writes it: MCUboot's fields are little-endian on "
                         "each target, and its imgtool verifies none either");
    }
    if (header->magic != MCUBOOT_MAGIC) {
        return error_set(error, -EINVAL,
                         "offset 0x0: magic 0x%08x is not 0x%08x",
                         header->magic, MCUBOOT_MAGIC);
    }
    if (header->header_size < sizeof(*header)) {
        return error_set(error, -EINVAL,
                         "offset 0x8: header size 0x%x is below 0x%zx",
                         header->header_size, sizeof(*header));
    }
    uint64_t end = (uint64_t)header->header_size + header->image_size +
                   header->protected_size;
    if (end > image->size) {
        return error_set(error, -EINVAL,
                         "offset 0x8: header of 0x%x, image of 0x%x and "
                         "protected TLVs of 0x%x bytes reach past 0x%zx",
                         header->header_size, header->image_size,
                         header->protected_size, image->size);
    }
    image->hashed_size = (size_t)end;
    return 0;
}

/* ---- TLVs ---------------------------------------------------------------- */

static int read_fields(struct mcuboot_image *image, size_t at, size_t end,
                       bool is_protected, struct error *error)
{
    while (at < end) {
        struct mcuboot_tlv tlv;
        if (!in_range(at, sizeof(tlv), end)) {
            return error_set(error, -EINVAL,
                             "offset 0x%zx: head of a TLV reaches past 0x%zx",
                             at, end);
        }
        memcpy(&tlv, image->bytes + at, sizeof(tlv));
        if (!in_range(at + sizeof(tlv), tlv.size, end)) {
            return error_set(error, -EINVAL,
                             "offset 0x%zx: TLV 0x%02x of 0x%x bytes reaches "
                             "past 0x%zx",
                             at, tlv.type, tlv.size, end);
        }
        if (image->count == MCUBOOT_FIELDS_MAX) {
            return error_set(error, -EINVAL, "offset 0x%zx: more than %d TLVs",
                             at, MCUBOOT_FIELDS_MAX);
        }
        image->fields[image->count++] = (struct mcuboot_field){
            .type = tlv.type,
            .size = tlv.size,
            .is_protected = is_protected,
            .offset = at,
            .bytes = image->bytes + at + sizeof(tlv),
        };
        at += sizeof(tlv) + tlv.size;
    }
    return 0;
}

/* An area at an offset, with its head. */
static int read_area(struct mcuboot_image *image, size_t at, uint16_t magic,
                     size_t *end, struct error *error)
{
    struct mcuboot_tlv_area area;

    if (!in_range(at, sizeof(area), image->size)) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: head of the TLVs reaches past 0x%zx",
                         at, image->size);
    }
    memcpy(&area, image->bytes + at, sizeof(area));
    if (area.magic != magic) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: magic 0x%04x of the TLVs is not 0x%04x",
                         at, area.magic, magic);
    }
    if (area.size < sizeof(area) || !in_range(at, area.size, image->size)) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: 0x%x bytes of TLVs are not between "
                         "0x%zx and what is left, 0x%zx",
                         at, area.size, sizeof(area), image->size - at);
    }
    *end = at + area.size;
    return read_fields(image, at + sizeof(area), *end,
                       magic == MCUBOOT_PROTECTED_TLV_MAGIC, error);
}

static int read_tlvs(struct mcuboot_image *image, struct error *error)
{
    size_t at = (size_t)image->header.header_size + image->header.image_size;
    int status = 0;

    if (image->header.protected_size != 0) {
        size_t end = 0;
        status = read_area(image, at, MCUBOOT_PROTECTED_TLV_MAGIC, &end, error);
        if (status == 0 && end != image->hashed_size) {
            return error_set(error, -EINVAL,
                             "offset 0x%zx: protected TLVs of 0x%zx bytes, but "
                             "the header says 0x%x",
                             at, end - at, image->header.protected_size);
        }
    }
    return status != 0 ? status
                       : read_area(image, image->hashed_size, MCUBOOT_TLV_MAGIC,
                                   &image->end, error);
}

int mcuboot_read(struct mcuboot_image *image, const void *bytes, size_t size,
                 struct error *error)
{
    *image = (struct mcuboot_image){.bytes = bytes, .size = size};
    int status = read_header(image, error);
    status = status ? status : read_tlvs(image, error);
    if (status == 0) {
        mcuboot_trailer_read(&image->trailer, image->bytes + image->end,
                             image->size - image->end);
    }
    return status;
}

const struct mcuboot_field *mcuboot_next(const struct mcuboot_image *image,
                                         uint16_t type, unsigned *from)
{
    for (unsigned i = *from; i < image->count; i++) {
        if (image->fields[i].type == type) {
            *from = i + 1;
            return &image->fields[i];
        }
    }
    return NULL;
}

const struct mcuboot_field *mcuboot_find(const struct mcuboot_image *image,
                                         uint16_t type)
{
    unsigned from = 0;
    return mcuboot_next(image, type, &from);
}

const struct mcuboot_field *mcuboot_hash(const struct mcuboot_image *image)
{
    for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
        const struct mcuboot_field *field = mcuboot_find(image, hashes[i].type);
        if (field != NULL) {
            return field;
        }
    }
    return NULL;
}

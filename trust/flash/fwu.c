/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the metadata with their checksum, and the rule that chooses a
 * bank. */
#include "trust/flash/fwu.h"

#include <string.h>
#include <zlib.h>

#include "base/assert.h"
#include "base/bits.h"
#include "trust/capsule/guid.h"

enum { CHECKSUM_SIZE = sizeof(uint32_t) };

static size_t entry_size(unsigned banks)
{
    assert(banks != 0 && banks <= FWU_BANKS_MAX);
    return sizeof(struct fwu_image_entry) +
           banks * sizeof(struct fwu_bank_entry);
}

static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    assert(size >= CHECKSUM_SIZE);
    return (uint32_t)crc32(0, bytes + CHECKSUM_SIZE,
                           (uInt)(size - CHECKSUM_SIZE));
}

static int read_descriptor(struct fwu *fwu, const uint8_t *bytes,
                           const struct fwu_metadata *header,
                           struct error *error)
{
    struct fwu_descriptor descriptor;

    if (header->descriptor_offset != FWU_DESCRIPTOR_OFFSET) {
        return error_set(error, -EINVAL,
                         "offset 0x14: descriptor at 0x%x, not at 0x%x",
                         header->descriptor_offset, FWU_DESCRIPTOR_OFFSET);
    }
    memcpy(&descriptor, bytes + FWU_DESCRIPTOR_OFFSET, sizeof(descriptor));
    fwu->bank_count = descriptor.bank_count;
    fwu->image_count = descriptor.image_count;
    if (fwu->bank_count == 0 || fwu->bank_count > FWU_BANKS_MAX ||
        fwu->image_count == 0 || fwu->image_count > FWU_IMAGES_MAX) {
        return error_set(error, -EINVAL,
                         "offset 0x20: %u banks of %u images; 1 to %d of 1 to "
                         "%d are supported",
                         fwu->bank_count, fwu->image_count, FWU_BANKS_MAX,
                         FWU_IMAGES_MAX);
    }
    size_t needed = FWU_DESCRIPTOR_OFFSET + sizeof(descriptor) +
                    fwu->image_count * entry_size(fwu->bank_count);
    if (descriptor.bank_entry_size != sizeof(struct fwu_bank_entry) ||
        descriptor.image_entry_size != entry_size(fwu->bank_count) ||
        header->metadata_size != needed) {
        return error_set(error, -EINVAL,
                         "offset 0x10: sizes %u, %u and %u of metadata, image "
                         "and bank entry; expected %zu, %zu and %zu",
                         header->metadata_size, descriptor.image_entry_size,
                         descriptor.bank_entry_size, needed,
                         entry_size(fwu->bank_count),
                         sizeof(struct fwu_bank_entry));
    }
    return 0;
}

static void read_images(struct fwu *fwu, const uint8_t *bytes)
{
    assert(fwu->image_count <= FWU_IMAGES_MAX);
    for (unsigned i = 0; i < fwu->image_count; i++) {
        struct fwu_image *image = &fwu->images[i];
        struct fwu_image_entry entry;
        memcpy(&entry, bytes, sizeof(entry));
        bytes += sizeof(entry);
        image->image_type = entry.image_type;
        image->location = entry.location;
        for (unsigned bank = 0; bank < fwu->bank_count; bank++) {
            struct fwu_bank_entry info;
            memcpy(&info, bytes, sizeof(info));
            bytes += sizeof(info);
            image->banks[bank].image = info.image;
            image->banks[bank].accepted =
                (info.accepted & FWU_IMAGE_ACCEPTED) != 0;
        }
    }
}

static int check_banks(const struct fwu *fwu, struct error *error)
{
    if (fwu->active >= fwu->bank_count || fwu->previous >= fwu->bank_count) {
        return error_set(error, -EINVAL,
                         "offset 0x8: active bank %u and previous bank %u, "
                         "there are %u",
                         fwu->active, fwu->previous, fwu->bank_count);
    }
    for (unsigned bank = 0; bank < FWU_BANKS_MAX; bank++) {
        uint8_t state = fwu->bank_state[bank];
        bool known = state == FWU_BANK_INVALID || state == FWU_BANK_VALID ||
                     state == FWU_BANK_ACCEPTED;
        if (!known || (bank >= fwu->bank_count && state != FWU_BANK_INVALID)) {
            return error_set(error, -EINVAL,
                             "offset 0x%x: state 0x%02x of bank %u is unknown",
                             0x18 + bank, state, bank);
        }
    }
    return 0;
}

int fwu_read(struct fwu *fwu, const void *bytes, size_t size,
             struct error *error)
{
    struct fwu_metadata header;
    size_t least = FWU_DESCRIPTOR_OFFSET + sizeof(struct fwu_descriptor);

    *fwu = (struct fwu){0};
    if (size < least) {
        return error_set(error, -EINVAL,
                         "%zu bytes; update metadata has %zu or more", size,
                         least);
    }
    memcpy(&header, bytes, sizeof(header));
    if (header.version != FWU_VERSION) {
        return error_set(error, -EINVAL, "offset 0x4: version %u, not %d",
                         header.version, FWU_VERSION);
    }
    fwu->active = header.active_index;
    fwu->previous = header.previous_active_index;
    memcpy(fwu->bank_state, header.bank_state, sizeof(fwu->bank_state));
    if (header.metadata_size < least || header.metadata_size > size) {
        return error_set(error, -EINVAL,
                         "offset 0x10: metadata size %u is not between %zu and "
                         "%zu",
                         header.metadata_size, least, size);
    }
    int status = read_descriptor(fwu, bytes, &header, error);
    if (status == 0) {
        status = check_banks(fwu, error);
    }
    if (status != 0) {
        return status;
    }
    uint32_t found = checksum(bytes, header.metadata_size);
    if (found != header.crc32) {
        return error_set(error, -EINVAL,
                         "offset 0x0: checksum 0x%08x, the bytes have 0x%08x",
                         header.crc32, found);
    }
    read_images(fwu, (const uint8_t *)bytes + least);
    return 0;
}

void fwu_write(const struct fwu *fwu, struct buffer *out)
{
    size_t start = out->size;
    struct fwu_descriptor descriptor = {
        .bank_count = (uint8_t)fwu->bank_count,
        .image_count = (uint16_t)fwu->image_count,
        .image_entry_size = (uint16_t)entry_size(fwu->bank_count),
        .bank_entry_size = sizeof(struct fwu_bank_entry),
    };
    struct fwu_metadata header = {
        .version = FWU_VERSION,
        .active_index = fwu->active,
        .previous_active_index = fwu->previous,
        .metadata_size =
            (uint32_t)(sizeof(header) + sizeof(descriptor) +
                       fwu->image_count * entry_size(fwu->bank_count)),
        .descriptor_offset = FWU_DESCRIPTOR_OFFSET,
    };

    assert(fwu->image_count <= FWU_IMAGES_MAX);
    assert(fwu->active < fwu->bank_count && fwu->previous < fwu->bank_count);
    memcpy(header.bank_state, fwu->bank_state, sizeof(header.bank_state));
    buffer_append(out, &header, sizeof(header));
    buffer_append(out, &descriptor, sizeof(descriptor));
    for (unsigned i = 0; i < fwu->image_count; i++) {
        const struct fwu_image *image = &fwu->images[i];
        struct fwu_image_entry entry = {image->image_type, image->location};
        buffer_append(out, &entry, sizeof(entry));
        for (unsigned bank = 0; bank < fwu->bank_count; bank++) {
            struct fwu_bank_entry info = {
                .image = image->banks[bank].image,
                .accepted =
                    image->banks[bank].accepted ? FWU_IMAGE_ACCEPTED : 0,
            };
            buffer_append(out, &info, sizeof(info));
        }
    }
    store_le32(out->bytes + start,
               checksum(out->bytes + start, out->size - start));
}

int fwu_alternate(const struct fwu *fwu, const char **rule)
{
    static const struct {
        bool previous_only;
        uint8_t state;
        const char *rule;
    } rules[] = {
        {true,  FWU_BANK_ACCEPTED, "the previous bank is accepted"  },
        {false, FWU_BANK_ACCEPTED, "the first bank that is accepted"},
        {true,  FWU_BANK_VALID,    "the previous bank is valid"     },
        {false, FWU_BANK_VALID,    "the first bank that is valid"   },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        for (unsigned bank = 0; bank < fwu->bank_count; bank++) {
            bool meant = bank != fwu->active &&
                         (!rules[i].previous_only || bank == fwu->previous);
            if (meant && fwu->bank_state[bank] == rules[i].state) {
                if (rule != NULL) {
                    *rule = rules[i].rule;
                }
                return (int)bank;
            }
        }
    }
    if (rule != NULL) {
        *rule = "no other bank is valid";
    }
    return -1;
}

static const char *state_name(uint8_t state)
{
    switch (state) {
    case FWU_BANK_ACCEPTED:
        return "accepted";
    case FWU_BANK_VALID:
        return "valid";
    default:
        return "invalid";
    }
}

void fwu_print(const struct fwu *fwu, struct buffer *out)
{
    const char *rule;
    int alternate = fwu_alternate(fwu, &rule);

    buffer_print(out, "active bank %u, previous bank %u\n", fwu->active,
                 fwu->previous);
    for (unsigned bank = 0; bank < fwu->bank_count; bank++) {
        buffer_print(out, "bank %u is %s\n", bank,
                     state_name(fwu->bank_state[bank]));
    }
    for (unsigned i = 0; i < fwu->image_count; i++) {
        char text[GUID_TEXT_SIZE];
        guid_print(&fwu->images[i].image_type, text);
        buffer_print(out, "image %u of type %s:", i, text);
        for (unsigned bank = 0; bank < fwu->bank_count; bank++) {
            buffer_print(out, " %s",
                         fwu->images[i].banks[bank].accepted ? "accepted"
                                                             : "on trial");
        }
        buffer_print(out, "\n");
    }
    if (alternate >= 0) {
        buffer_print(out, "falls back to bank %d: %s\n", alternate, rule);
    } else {
        buffer_print(out, "cannot fall back: %s\n", rule);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts banks and metadata in their places, and tells what a flash file holds.
 */
#include "trust/flash/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/json.h"
#include "trust/capsule/guid.h"

static const struct {
    const char *name;
    uint32_t offset;
    uint32_t room;
} places[FLASH_BANKS] = {
    {"bank 0",   FLASH_BANK_0,   FLASH_BANK_SIZE    },
    {"bank 1",   FLASH_BANK_1,   FLASH_BANK_SIZE    },
    {"recovery", FLASH_RECOVERY, FLASH_RECOVERY_SIZE},
};

static const uint32_t copies[] = {FLASH_METADATA_0, FLASH_METADATA_1};

uint32_t flash_bank_offset(unsigned bank)
{
    assert(bank < FLASH_BANKS);
    return places[bank].offset;
}

uint32_t flash_bank_room(unsigned bank)
{
    assert(bank < FLASH_BANKS);
    return places[bank].room;
}

const char *flash_bank_name(unsigned bank)
{
    assert(bank < FLASH_BANKS);
    return places[bank].name;
}

/* ---- Writing ------------------------------------------------------------- */

static void put(struct buffer *out, size_t start, size_t offset,
                const struct buffer *bytes)
{
    assert(out->size >= start && out->size - start <= offset);
    size_t fill = start + offset - out->size;

    memset(buffer_grow(out, fill), 0xff, fill);
    buffer_append(out, bytes->bytes, bytes->size);
}

void flash_image_write(const struct fwu *metadata,
                       const struct buffer *const banks[FLASH_BANKS],
                       struct buffer *out)
{
    size_t start = out->size;
    struct buffer copy = {0};

    fwu_write(metadata, &copy);
    for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
        put(out, start, copies[i], &copy);
    }
    buffer_fini(&copy);
    static const unsigned by_place[] = {FLASH_BANK_RECOVERY, 0, 1};
    for (size_t i = 0; i < ARRAY_SIZE(by_place); i++) {
        unsigned bank = by_place[i];
        if (banks[bank] != NULL) {
            put(out, start, places[bank].offset, banks[bank]);
        }
    }
}

/* ---- Reading ------------------------------------------------------------- */

static size_t room_from(size_t size, uint32_t offset, uint32_t room)
{
    size_t left = size > offset ? size - offset : 0;

    return left < room ? left : room;
}

static bool read_copy(struct fwu *metadata, const uint8_t *bytes, size_t size,
                      uint32_t offset, struct error *error)
{
    size_t room = room_from(size, offset, FLASH_ERASE_SIZE);

    return fwu_read(metadata, room == 0 ? bytes : bytes + offset, room,
                    error) == 0;
}

bool flash_image_recognise(const void *bytes, size_t size)
{
    struct fwu metadata;
    bool good = false;

    for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
        good = good || read_copy(&metadata, bytes, size, copies[i], NULL);
    }
    return good;
}

int flash_image_read(struct flash_image *image, const void *bytes, size_t size,
                     struct error *error)
{
    *image = (struct flash_image){0};
    for (size_t i = ARRAY_SIZE(copies); i-- != 0;) {
        struct fwu metadata;
        image->copy_good[i] =
            read_copy(&metadata, bytes, size, copies[i], &image->copy_error[i]);
        if (image->copy_good[i]) {
            image->metadata = metadata;
        }
    }
    if (!image->copy_good[0] && !image->copy_good[1]) {
        return error_set(error, -EINVAL, "update metadata at 0x%x: %s",
                         copies[0], image->copy_error[0].text);
    }
    for (unsigned bank = 0; bank < FLASH_BANKS; bank++) {
        size_t room = room_from(size, places[bank].offset, places[bank].room);
        const uint8_t *at =
            room == 0 ? bytes : (const uint8_t *)bytes + places[bank].offset;
        image->bank_present[bank] =
            flash_bank_read(&image->banks[bank], at, room,
                            &image->bank_error[bank]) == 0;
    }
    return 0;
}

/* ---- Explaining ---------------------------------------------------------- */

static const char *part_name(const struct flash_part *part,
                             const struct boot_image *header)
{
    switch (part->id) {
    case FLASH_IMAGE_CALIPTRA:
        return "Caliptra bundle";
    case FLASH_IMAGE_SOC_MANIFEST:
        return "SoC manifest";
    default:
        return header->name;
    }
}

/* The header of a SoC image; empty for others and for damaged ones. */
static bool soc_header(const struct flash_part *part, struct boot_image *header)
{
    bool good =
        part->id >= FLASH_IMAGE_SOC && boot_image_read(header, part, NULL) == 0;

    if (!good) {
        *header = (struct boot_image){.name = "without a good header"};
    }
    header->name[sizeof(header->name) - 1] = '\0';
    return good;
}

static void print_part(const struct flash_part *part, uint32_t base,
                       struct buffer *out)
{
    struct boot_image header;
    bool soc = soc_header(part, &header);

    buffer_print(out, "  0x%07zx %9zu  %-6x %s", base + part->offset,
                 part->size, part->id, part_name(part, &header));
    if (soc) {
        buffer_print(out, ", version %u, to %s0x%llx", header.version,
                     (header.flags & BOOT_IMAGE_SECURE) != 0 ? "Secure " : "",
                     (unsigned long long)header.load_address);
        if ((header.flags & BOOT_IMAGE_STARTS) != 0) {
            buffer_print(out, ", starts at 0x%llx",
                         (unsigned long long)header.entry_point);
        }
    }
    buffer_print(out, "\n");
}

/* How full a place is, 32 columns wide. */
static void print_bar(size_t used, uint32_t room, struct buffer *out)
{
    enum { COLUMNS = 32 };
    assert(room != 0);
    size_t filled = (size_t)((uint64_t)used * COLUMNS + room - 1) / room;

    for (size_t i = 0; i < COLUMNS; i++) {
        buffer_print(out, "%c", i < filled ? '#' : '.');
    }
}

static size_t used_of(const struct flash_bank *bank)
{
    assert(bank->count != 0 && bank->count <= FLASH_IMAGES_MAX);
    const struct flash_part *last = &bank->parts[bank->count - 1];

    return last->offset + last->size;
}

void flash_image_print(const struct flash_image *image, struct buffer *out)
{
    buffer_print(out, "boot flash of %d MiB\n", FLASH_SIZE >> 20);
    for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
        buffer_print(out, "0x%07x update metadata: %s\n", copies[i],
                     image->copy_good[i] ? "good" : image->copy_error[i].text);
    }
    fwu_print(&image->metadata, out);
    for (unsigned bank = 0; bank < FLASH_BANKS; bank++) {
        const struct flash_bank *content = &image->banks[bank];
        buffer_print(out, "0x%07x %-9s", places[bank].offset,
                     places[bank].name);
        if (!image->bank_present[bank]) {
            buffer_print(out, " no directory: %s\n",
                         image->bank_error[bank].text);
            continue;
        }
        buffer_print(out, " ");
        print_bar(used_of(content), places[bank].room, out);
        buffer_print(out, " %zu KiB of %u\n", (used_of(content) + 1023) / 1024,
                     places[bank].room / 1024);
        for (unsigned i = 0; i < content->count; i++) {
            print_part(&content->parts[i], places[bank].offset, out);
        }
    }
}

static void json_part(const struct flash_part *part, struct json *json)
{
    struct boot_image header;
    bool soc = soc_header(part, &header);

    json_begin_object(json, NULL);
    json_hex32(json, "id", part->id);
    json_string(json, "name", part_name(part, &header));
    json_number(json, "offset", part->offset);
    json_number(json, "size", part->size);
    if (soc) {
        json_number(json, "version", header.version);
        json_number(json, "load_address", header.load_address);
        json_bool(json, "secure", (header.flags & BOOT_IMAGE_SECURE) != 0);
        if ((header.flags & BOOT_IMAGE_STARTS) != 0) {
            json_number(json, "entry_point", header.entry_point);
        }
    }
    json_end_object(json);
}

void flash_image_print_json(const struct flash_image *image, struct json *json)
{
    json_string(json, "format", "boot-flash");
    json_number(json, "active", image->metadata.active);
    json_number(json, "previous", image->metadata.previous);
    json_begin_array(json, "banks");
    for (unsigned bank = 0; bank < FLASH_BANKS; bank++) {
        json_begin_object(json, NULL);
        json_string(json, "name", places[bank].name);
        json_number(json, "offset", places[bank].offset);
        json_number(json, "size", places[bank].room);
        json_begin_array(json, "images");
        for (unsigned i = 0;
             i < image->banks[bank].count && image->bank_present[bank]; i++) {
            json_part(&image->banks[bank].parts[i], json);
        }
        json_end_array(json);
        json_end_object(json);
    }
    json_end_array(json);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for MCUboot images in the pieces of Intel HEX. A slot may be in several
 * pieces, as its padding is left out of files: an image has all bytes up to the
 * next image, with erased flash between pieces. */
#include "commands/inspect/hex.h"

#include <stdlib.h>
#include <string.h>

#include "commands/inspect/kind.h"
#include "commands/inspect/mcuboot.h"
#include "commands/inspect/output.h"
#include "trust/image/ihex.h"

/* Slots start at sectors of the flash, which have this size at least. */
enum { SECTOR_SIZE = 256, SLOT_LIMIT = 64 << 20, IMAGES_MAX = 16 };

/* Bytes of all slots at most: a small file may have large gaps. */
enum { SLOTS_LIMIT = 2 * SLOT_LIMIT };

struct piece {
    uint32_t address;
    size_t size;
    size_t offset; /* in the pool */
};

struct slot {
    uint32_t address;
    size_t first; /* the piece that it starts in */
    struct buffer bytes;
    struct mcuboot_image image; /* points into bytes */
};

struct hex {
    const struct arguments *arguments;
    const char *path;
    struct ihex_image facts;
    struct buffer pool;
    struct buffer pieces; /* struct piece, by growing address */
    size_t slot_count;
    struct slot slots[IMAGES_MAX];
};

bool hex_recognise(const void *file, size_t size)
{
    enum { HEAD = 9 }; /* a colon, count, address and type */
    const uint8_t *bytes = file;
    if (size < HEAD || bytes[0] != ':') {
        return false;
    }
    for (size_t i = 1; i < HEAD; i++) {
        if (strchr("0123456789abcdefABCDEF", bytes[i]) == NULL ||
            bytes[i] == '\0') {
            return false;
        }
    }
    return true;
}

static const struct piece *piece_at(const struct hex *hex, size_t index)
{
    return (const struct piece *)(const void *)hex->pieces.bytes + index;
}

static size_t piece_count(const struct hex *hex)
{
    return hex->pieces.size / sizeof(struct piece);
}

static int take(void *context, uint64_t address, const void *bytes, size_t size,
                struct error *error)
{
    struct hex *hex = context;
    struct piece piece = {(uint32_t)address, size, hex->pool.size};

    buffer_append(&hex->pool, bytes, size);
    buffer_append(&hex->pieces, &piece, sizeof(piece));
    return 0;
}

/* ---- Images -------------------------------------------------------------- */

/* Fills in the bytes of a slot up to an address, and no more than a slot has.
 */
static void lay_out(const struct hex *hex, struct slot *slot, uint64_t end)
{
    uint64_t limit = (uint64_t)slot->address + SLOT_LIMIT;

    end = end < limit ? end : limit;
    buffer_clear(&slot->bytes);
    for (size_t i = slot->first; i < piece_count(hex); i++) {
        const struct piece *piece = piece_at(hex, i);
        uint64_t start = piece->address;
        uint64_t from = start > slot->address ? start : slot->address;
        uint64_t to = start + piece->size < end ? start + piece->size : end;
        if (from >= to) {
            break;
        }
        size_t gap = (size_t)(from - slot->address) - slot->bytes.size;
        memset(buffer_grow(&slot->bytes, gap), UINT8_MAX, gap);
        buffer_append(&slot->bytes,
                      hex->pool.bytes + piece->offset + (from - start),
                      (size_t)(to - from));
    }
}

/* True if an image starts at an offset of a piece. Its magic number may be any
 * number elsewhere than at the start, where it has to be whole, too. */
static bool has_image(const struct hex *hex, const struct piece *piece,
                      size_t offset)
{
    const uint8_t *bytes = hex->pool.bytes + piece->offset + offset;
    struct mcuboot_image image;

    return mcuboot_recognise(bytes, piece->size - offset) &&
           (offset == 0 ||
            mcuboot_read(&image, bytes, piece->size - offset, NULL) == 0);
}

/* Fills in a slot up to an address: COMMAND_DONE, or a complaint's code. */
static int read_slot(const struct hex *hex, struct slot *slot, uint64_t end)
{
    struct error error = {""};

    lay_out(hex, slot, end);
    return mcuboot_read(&slot->image, slot->bytes.bytes, slot->bytes.size,
                        &error) == 0
               ? COMMAND_DONE
               : command_failure(hex->arguments, "'%s': image at 0x%x: %s",
                                 hex->path, slot->address, error.text);
}

/* Adds the slot of an image, which ends before *next, without its bytes. */
static int add_slot(struct hex *hex, size_t index, size_t offset,
                    uint64_t *next)
{
    struct slot *slot = &hex->slots[hex->slot_count];

    if (hex->slot_count == IMAGES_MAX) {
        return command_failure(hex->arguments, "'%s': more than %d images",
                               hex->path, IMAGES_MAX);
    }
    slot->address = piece_at(hex, index)->address + (uint32_t)offset;
    slot->first = index;
    hex->slot_count++;
    int result = read_slot(hex, slot, UINT64_MAX);
    *next = (uint64_t)slot->address + slot->image.end;
    buffer_fini(&slot->bytes);
    return result;
}

/* Looks at the start of each piece and of each sector in it. */
static int find_slots(struct hex *hex)
{
    uint64_t next = 0; /* where the image before ends */
    int result = COMMAND_DONE;

    for (size_t i = 0; i < piece_count(hex); i++) {
        const struct piece *piece = piece_at(hex, i);
        size_t offset = 0;
        while (result == COMMAND_DONE && offset < piece->size) {
            uint64_t address = (uint64_t)piece->address + offset;
            if (address >= next && has_image(hex, piece, offset)) {
                result = add_slot(hex, i, offset, &next);
            }
            offset += SECTOR_SIZE - address % SECTOR_SIZE;
        }
    }
    return result;
}

/* Fills in all slots, each up to where the next one begins. */
static int cut_slots(struct hex *hex)
{
    size_t size = 0;
    int result = COMMAND_DONE;

    for (size_t i = 0; result == COMMAND_DONE && i < hex->slot_count; i++) {
        struct slot *slot = &hex->slots[i];
        uint64_t end =
            i + 1 < hex->slot_count ? hex->slots[i + 1].address : UINT64_MAX;
        result = read_slot(hex, slot, end);
        size += slot->bytes.size;
        if (result == COMMAND_DONE && size > SLOTS_LIMIT) {
            result =
                command_failure(hex->arguments,
                                "'%s': image at 0x%x: 0x%zx bytes of "
                                "images with their gaps, at most 0x%x",
                                hex->path, slot->address, size, SLOTS_LIMIT);
        }
    }
    return result;
}

/* ---- Results ------------------------------------------------------------- */

static void name_rest(struct verdict *verdict, uint64_t from, uint64_t end)
{
    if (from < end) {
        verdict_add(verdict, VERDICT_OPEN, "not covered",
                    "address 0x%llx, %llu bytes: in no image",
                    (unsigned long long)from, (unsigned long long)(end - from));
    }
}

/* Names the bytes before, between and behind the slots. */
static void name_others(const struct hex *hex, struct verdict *verdict)
{
    for (size_t i = 0; i < piece_count(hex); i++) {
        const struct piece *piece = piece_at(hex, i);
        uint64_t from = piece->address;
        uint64_t end = from + piece->size;
        for (size_t j = 0; j < hex->slot_count; j++) {
            uint64_t start = hex->slots[j].address;
            uint64_t stop = start + hex->slots[j].bytes.size;
            if (stop > from && start < end) {
                name_rest(verdict, from, start);
                from = stop;
            }
        }
        name_rest(verdict, from, end);
    }
}

static void judge(const struct hex *hex, const struct mcuboot_wanted *wanted,
                  struct verdict *verdict)
{
    for (size_t i = 0; i < hex->slot_count; i++) {
        struct verdict part = {0};
        char prefix[32] = "";
        if (hex->slot_count > 1) {
            snprintf(prefix, sizeof(prefix), "0x%x: ", hex->slots[i].address);
        }
        mcuboot_verify(&hex->slots[i].image, wanted, &part);
        verdict_append(verdict, &part, prefix);
        verdict_fini(&part);
    }
    name_others(hex, verdict);
}

static void print_text(const struct hex *hex, struct buffer *out)
{
    buffer_print(out, "Intel HEX, %zu bytes", hex->pool.size);
    if (hex->facts.has_entry_point) {
        buffer_print(out, ", entry 0x%x", hex->facts.entry_point);
    }
    buffer_print(out, "\n");
    for (size_t i = 0; i < piece_count(hex); i++) {
        const struct piece *piece = piece_at(hex, i);
        buffer_print(out, "  0x%08x to 0x%08llx  %zu bytes\n", piece->address,
                     (unsigned long long)piece->address + piece->size - 1,
                     piece->size);
    }
    for (size_t i = 0; i < hex->slot_count; i++) {
        buffer_print(out, "\nat 0x%x: ", hex->slots[i].address);
        mcuboot_print(&hex->slots[i].image, out);
    }
}

static void print_json(const struct hex *hex, struct json *json)
{
    json_string(json, "kind", "intel-hex");
    json_number(json, "size", hex->pool.size);
    if (hex->facts.has_entry_point) {
        json_hex32(json, "entry", hex->facts.entry_point);
    }
    json_begin_array(json, "pieces");
    for (size_t i = 0; i < piece_count(hex); i++) {
        json_begin_object(json, NULL);
        json_hex32(json, "address", piece_at(hex, i)->address);
        json_number(json, "size", piece_at(hex, i)->size);
        json_end_object(json);
    }
    json_end_array(json);
    json_begin_array(json, "images");
    for (size_t i = 0; i < hex->slot_count; i++) {
        json_begin_object(json, NULL);
        json_hex32(json, "address", hex->slots[i].address);
        mcuboot_print_json(&hex->slots[i].image, json);
        json_end_object(json);
    }
    json_end_array(json);
}

static int print(const struct hex *hex)
{
    struct mcuboot_expected expected;
    struct inspect_output output;
    struct verdict verdict = {0};
    int result = mcuboot_expected_read(hex->arguments, &expected);

    if (result == COMMAND_DONE) {
        if (arguments_flag(hex->arguments, "verify")) {
            judge(hex, &expected.wanted, &verdict);
        }
        if (inspect_begin(&output, hex->arguments)) {
            print_json(hex, &output.json);
        } else {
            print_text(hex, &output.text);
        }
        result = inspect_end(&output, hex->path, &verdict);
    }
    verdict_fini(&verdict);
    mcuboot_expected_fini(&expected);
    return result;
}

int inspect_hex(const struct arguments *arguments, const char *path,
                const struct buffer *file)
{
    static const struct inspect_kind kinds[] = {
        {KIND_HEX,     "Intel HEX without an MCUboot image"},
        {KIND_MCUBOOT, "an MCUboot image"                  },
    };
    struct hex *hex = xcalloc(1, sizeof(*hex));
    struct error error = {""};
    int result = COMMAND_DONE;

    hex->arguments = arguments;
    hex->path = path;
    if (ihex_image_scan(file->bytes, file->size, &hex->facts, take, hex,
                        &error) != 0) {
        result = command_failure(arguments, "'%s': %s", path, error.text);
    }
    result = result ? result : find_slots(hex);
    result = result ? result : cut_slots(hex);
    result = result
                 ? result
                 : inspect_check_kind(arguments, &kinds[hex->slot_count != 0]);
    result = result ? result : print(hex);
    for (size_t i = 0; i < IMAGES_MAX; i++) {
        buffer_fini(&hex->slots[i].bytes);
    }
    buffer_fini(&hex->pool);
    buffer_fini(&hex->pieces);
    free(hex);
    return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Images for people and programs. */
#include <string.h>

#include "base/bits.h"
#include "trust/cbor/cbor.h"
#include "trust/mcuboot/image.h"

static const struct {
    uint32_t flag;
    const char *name;
} flags[] = {
    {MCUBOOT_PIC,                  "pic"                 },
    {MCUBOOT_ENCRYPTED_AES128,     "encrypted-aes128"    },
    {MCUBOOT_ENCRYPTED_AES256,     "encrypted-aes256"    },
    {MCUBOOT_NON_BOOTABLE,         "non-bootable"        },
    {MCUBOOT_RAM_LOAD,             "ram-load"            },
    {MCUBOOT_ROM_FIXED,            "rom-fixed"           },
    {MCUBOOT_COMPRESSED_LZMA1,     "compressed-lzma1"    },
    {MCUBOOT_COMPRESSED_LZMA2,     "compressed-lzma2"    },
    {MCUBOOT_COMPRESSED_ARM_THUMB, "compressed-arm-thumb"},
};

static const char *field_name(const struct mcuboot_field *field)
{
    const struct mcuboot_tlv_kind *kind = mcuboot_tlv_kind(field->type);
    return kind != NULL ? kind->name : "unknown";
}

/* ---- Boot records -------------------------------------------------------- */

static const char *member_name(int64_t number)
{
    static const char *const names[] = {
        [1] = "type",      [2] = "measurement", [4] = "version",
        [5] = "signer-id", [6] = "description",
    };
    return number >= 0 && (size_t)number < ARRAY_SIZE(names) ? names[number]
                                                             : NULL;
}

static int print_member(struct cbor_reader *reader, struct buffer *out)
{
    struct cbor_item key;
    struct cbor_item value;
    int64_t number;

    if (cbor_next(reader, &key, NULL) != 0 || !cbor_number(&key, &number) ||
        cbor_next(reader, &value, NULL) != 0) {
        return -EINVAL;
    }
    if (member_name(number) != NULL) {
        buffer_print(out, "%s=", member_name(number));
    } else {
        buffer_print(out, "%lld=", (long long)number);
    }
    if (value.kind == CBOR_TEXT) {
        cbor_print_text(&value, out);
    } else if (value.kind == CBOR_BYTES) {
        buffer_print_hex(out, value.bytes, (size_t)value.value);
    } else {
        buffer_print(out, "(%s)", cbor_kind_name(value.kind));
    }
    return cbor_skip(reader, &value, NULL);
}

/* "type=SPE version=1.2.3 ...", or the bytes of what is no such record. */
static void print_record(const struct mcuboot_field *field, struct buffer *out)
{
    struct cbor_reader reader = {.bytes = field->bytes, .size = field->size};
    struct buffer text = {0};
    struct cbor_item map;
    int status = cbor_expect(&reader, CBOR_MAP, "boot record", &map, NULL);

    for (uint64_t i = 0; status == 0 && i < map.value; i++) {
        if (i != 0) {
            buffer_print(&text, " ");
        }
        status = print_member(&reader, &text);
    }
    if (status == 0 && reader.at == reader.size) {
        buffer_append(out, text.bytes, text.size);
    } else {
        buffer_print(out, "no boot record: ");
        buffer_print_hex(out, field->bytes, field->size);
    }
    buffer_fini(&text);
}

/* ---- Values -------------------------------------------------------------- */

static void print_dependency(const struct mcuboot_field *field,
                             struct buffer *out)
{
    struct mcuboot_dependency dependency;
    char text[MCUBOOT_VERSION_TEXT];

    memcpy(&dependency, field->bytes, sizeof(dependency));
    mcuboot_version_print(&dependency.least, text);
    buffer_print(out, "image %u from %s on", dependency.image, text);
}

static void print_uuid(const uint8_t *bytes, struct buffer *out)
{
    for (unsigned i = 0; i < 16; i++) {
        buffer_print(out, "%s%02x",
                     i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                     bytes[i]);
    }
}

/* In its type's form if it has that form's size, else as bytes. */
static void print_value(const struct mcuboot_field *field, struct buffer *out)
{
    const struct mcuboot_tlv_kind *kind = mcuboot_tlv_kind(field->type);
    enum mcuboot_form form = kind != NULL ? kind->form : MCUBOOT_FORM_BYTES;

    if (form == MCUBOOT_FORM_SIZE) {
        buffer_print(out, "%u bytes", field->size);
    } else if (form == MCUBOOT_FORM_NUMBER && field->size == 4) {
        buffer_print(out, "%u", load_le32(field->bytes));
    } else if (form == MCUBOOT_FORM_NUMBER && field->size == 1) {
        buffer_print(out, "%u", field->bytes[0]);
    } else if (form == MCUBOOT_FORM_DEPENDENCY &&
               field->size == sizeof(struct mcuboot_dependency)) {
        print_dependency(field, out);
    } else if (form == MCUBOOT_FORM_RECORD) {
        print_record(field, out);
    } else if (form == MCUBOOT_FORM_UUID && field->size == 16) {
        print_uuid(field->bytes, out);
    } else {
        buffer_print_hex(out, field->bytes, field->size);
    }
}

/* ---- Trailer ------------------------------------------------------------- */

/* The decision of a boot loader about the slot's image. */
static const char *upgrade_name(const struct mcuboot_trailer *trailer)
{
    if (trailer->image_ok == MCUBOOT_FLAG_SET) {
        return "confirmed";
    }
    return trailer->copy_done == MCUBOOT_FLAG_SET
               ? "on trial: reverted at the next start"
               : "pending, for a trial";
}

static void print_trailer(const struct mcuboot_trailer *trailer,
                          struct buffer *out)
{
    if (trailer->is_present) {
        buffer_print(out,
                     "trailer, alignment %u\n"
                     "  image ok           0x%02x\n"
                     "  copy done          0x%02x\n"
                     "  swap info          0x%02x\n"
                     "  swap size          0x%x\n"
                     "  upgrade            %s\n",
                     trailer->alignment, trailer->image_ok, trailer->copy_done,
                     trailer->swap_info, trailer->swap_size,
                     upgrade_name(trailer));
    }
}

/* ---- All of it ----------------------------------------------------------- */

void mcuboot_print(const struct mcuboot_image *image, struct buffer *out)
{
    const struct mcuboot_header *header = &image->header;
    char version[MCUBOOT_VERSION_TEXT];

    mcuboot_version_print(&header->version, version);
    buffer_print(out,
                 "MCUboot image, version %s\n"
                 "  load address       0x%08x\n"
                 "  header size        0x%x\n"
                 "  image size         0x%x\n"
                 "  protected TLVs     0x%x\n"
                 "  flags              0x%x",
                 version, header->load_address, header->header_size,
                 header->image_size, header->protected_size, header->flags);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if ((header->flags & flags[i].flag) != 0) {
            buffer_print(out, " %s", flags[i].name);
        }
    }
    buffer_print(out, "\n");
    for (unsigned i = 0; i < image->count; i++) {
        const struct mcuboot_field *field = &image->fields[i];
        buffer_print(out, "TLV 0x%02x at 0x%zx%s: %s: ", field->type,
                     field->offset, field->is_protected ? ", protected" : "",
                     field_name(field));
        print_value(field, out);
        buffer_print(out, "\n");
    }
    if (image->size != image->end) {
        buffer_print(out, "0x%zx bytes behind the image\n",
                     image->size - image->end);
    }
    print_trailer(&image->trailer, out);
}

static void json_field(const struct mcuboot_field *field, struct json *json)
{
    struct buffer text = {0};

    print_value(field, &text);
    json_begin_object(json, NULL);
    json_number(json, "type", field->type);
    json_string(json, "name", field_name(field));
    json_number(json, "offset", field->offset);
    json_bool(json, "protected", field->is_protected);
    json_string(json, "value", buffer_text(&text));
    json_bytes(json, "bytes", field->bytes, field->size);
    json_end_object(json);
    buffer_fini(&text);
}

static void json_trailer(const struct mcuboot_trailer *trailer,
                         struct json *json)
{
    if (trailer->is_present) {
        json_begin_object(json, "trailer");
        json_number(json, "alignment", trailer->alignment);
        json_number(json, "image_ok", trailer->image_ok);
        json_number(json, "copy_done", trailer->copy_done);
        json_number(json, "swap_info", trailer->swap_info);
        json_number(json, "swap_size", trailer->swap_size);
        json_string(json, "upgrade", upgrade_name(trailer));
        json_end_object(json);
    }
}

void mcuboot_print_json(const struct mcuboot_image *image, struct json *json)
{
    const struct mcuboot_header *header = &image->header;
    char version[MCUBOOT_VERSION_TEXT];

    mcuboot_version_print(&header->version, version);
    json_string(json, "kind", "mcuboot");
    json_string(json, "version", version);
    json_hex32(json, "load_address", header->load_address);
    json_number(json, "header_size", header->header_size);
    json_number(json, "image_size", header->image_size);
    json_number(json, "protected_size", header->protected_size);
    json_hex32(json, "flags", header->flags);
    json_begin_array(json, "tlvs");
    for (unsigned i = 0; i < image->count; i++) {
        json_field(&image->fields[i], json);
    }
    json_end_array(json);
    json_number(json, "end", image->end);
    json_number(json, "size", image->size);
    json_trailer(&image->trailer, json);
}

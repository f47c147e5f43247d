/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle in words: one table of fields, rendered as text and as JSON. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/json.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/words.h"

enum kind {
    MARKER,
    NUMBER,
    HEX,
    PQC_TYPE,
    BYTES,
    TEXT,
    DIGEST,
    ECC_KEY,
    ECC_SIGNATURE,
    LMS_KEY,
    LMS_SIGNATURE,
    PQC_KEY,
    PQC_SIGNATURE,
};

struct field {
    const char *group;
    const char *path;
    uint32_t offset;
    uint32_t size; /* of all repetitions */
    uint32_t count;
    enum kind kind;
};

#define FIELD(type, group, field, count, kind)                                 \
    {group,                                                                    \
     #field,                                                                   \
     offsetof(struct type, field),                                             \
     sizeof(((struct type *)NULL)->field),                                     \
     count,                                                                    \
     kind},

static const struct field fields_1[] = {
#define FIELD_1(group, field, count, kind)                                     \
    FIELD(caliptra_manifest, group, field, count, kind)
#define FIELD_2(group, field, count, kind)
#include "trust/caliptra/fields.def"
#undef FIELD_1
#undef FIELD_2
};

static const struct field fields_2[] = {
#define FIELD_1(group, field, count, kind)
#define FIELD_2(group, field, count, kind)                                     \
    FIELD(caliptra2_manifest, group, field, count, kind)
#include "trust/caliptra/fields.def"
#undef FIELD_1
#undef FIELD_2
};

static const struct field *fields_of(const struct caliptra_bundle *bundle,
                                     size_t *count)
{
    static const struct {
        const struct field *fields;
        size_t count;
    } rows[CALIPTRA_LAYOUTS] = {
        [1] = {fields_1, ARRAY_SIZE(fields_1)},
        [2] = {fields_2, ARRAY_SIZE(fields_2)},
    };
    const unsigned layout = caliptra_layout(bundle->generation)->number;
    *count = rows[layout].count;
    return rows[layout].fields;
}

/* "preamble.vendor_signatures.ecc" to "ecc": groups say the rest. */
static const char *leaf_name(const struct field *field)
{
    const char *dot = strrchr(field->path, '.');
    return dot != NULL ? dot + 1 : field->path;
}

/* Two leaves of a group may share a name: "vendor not before". */
static void field_name(const struct field *field, char name[48])
{
    const char *prefix = "";
    if (strstr(field->path, "vendor_data.") != NULL) {
        prefix = "vendor ";
    } else if (strstr(field->path, "owner_data.") != NULL) {
        prefix = "owner ";
    } else if (strstr(field->path, "ecc_descriptor.") != NULL) {
        prefix = "ECC ";
    } else if (strstr(field->path, "pqc_descriptor.") != NULL) {
        prefix = "PQC ";
    }
    snprintf(name, 48, "%s%s", prefix, leaf_name(field));
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    static const char *const short_forms[] = {"ecc", "lms", "pqc",
                                              "toc", "svn", "pl0"};
    for (size_t i = 0; i < ARRAY_SIZE(short_forms); i++) {
        char *at = strstr(name, short_forms[i]);
        for (size_t n = 0; at != NULL && n < 3; n++) {
            at[n] = (char)toupper((unsigned char)at[n]);
        }
    }
}

static uint32_t load_number(const uint8_t *bytes, uint32_t size)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < size && i < 4; i++) {
        value |= (uint32_t)bytes[i] << (8 * i);
    }
    return value;
}

/* Printable characters up to the first that is not. */
static void print_text(struct buffer *out, const uint8_t *bytes, uint32_t size)
{
    uint32_t length = 0;
    while (length < size && isprint(bytes[length]) && bytes[length] != '"' &&
           bytes[length] != '\\') {
        length++;
    }
    buffer_print(out, length == 0 ? "-" : "%.*s", (int)length,
                 (const char *)bytes);
}

static void print_words(struct buffer *out, const uint8_t *bytes)
{
    uint32_t words[12];
    uint8_t ordered[CALIPTRA_DIGEST_SIZE];
    memcpy(words, bytes, sizeof(words));
    words_to_bytes(words, ordered);
    buffer_print_hex(out, ordered, sizeof(ordered));
}

static void print_lms_signature(struct buffer *out, const uint8_t *bytes)
{
    struct caliptra_lms_signature signature;
    memcpy(&signature, bytes, sizeof(signature));
    if (all_bytes(bytes, sizeof(signature), 0)) {
        buffer_print(out, "none");
        return;
    }
    buffer_print(out, "leaf %u, LMOTS type %u, LMS type %u",
                 load_be32(signature.q), load_be32(signature.ots_type),
                 load_be32(signature.tree_type));
}

static void print_lms_key(struct buffer *out, const uint8_t *bytes)
{
    struct caliptra_lms_key key;
    memcpy(&key, bytes, sizeof(key));
    buffer_print(out, "LMS type %u, LMOTS type %u, id ",
                 load_be32(key.tree_type), load_be32(key.ots_type));
    buffer_print_hex(out, key.id, sizeof(key.id));
    buffer_print(out, ", root ");
    buffer_print_hex(out, key.root, sizeof(key.root));
}

static void print_pqc(const struct caliptra_bundle *bundle, struct buffer *out,
                      const uint8_t *bytes, const struct field *field)
{
    if (bundle->manifest.v2.pqc_type == CALIPTRA2_PQC_LMS) {
        if (field->kind == PQC_KEY) {
            print_lms_key(out, bytes);
        } else {
            print_lms_signature(out, bytes);
        }
        return;
    }
    buffer_print(out, "%u bytes, ", field->size);
    buffer_print_hex(out, bytes, 16);
    buffer_print(out, "...");
}

static const char *pqc_name(uint32_t type)
{
    switch (type) {
    case CALIPTRA2_PQC_MLDSA:
        return "ML-DSA-87";
    case CALIPTRA2_PQC_LMS:
        return "LMS";
    default:
        return "unknown";
    }
}

/* One repetition of a field, size bytes at bytes. */
static void print_value(const struct caliptra_bundle *bundle,
                        struct buffer *out, const struct field *field,
                        const uint8_t *bytes, uint32_t size)
{
    uint32_t number = load_number(bytes, size);
    switch (field->kind) {
    case MARKER:
        buffer_print(out, "0x%08x '", number);
        print_text(out, bytes, size);
        buffer_print(out, "'");
        break;
    case NUMBER:
        buffer_print(out, "%u", number);
        break;
    case HEX:
        buffer_print(out, "0x%08x", number);
        break;
    case PQC_TYPE:
        buffer_print(out, "%u (%s)", number, pqc_name(number));
        break;
    case BYTES:
        buffer_print_hex(out, bytes, size);
        break;
    case TEXT:
        print_text(out, bytes, size);
        break;
    case DIGEST:
        print_words(out, bytes);
        break;
    case ECC_KEY:
        buffer_print(out, "x ");
        print_words(out, bytes);
        buffer_print(out, " y ");
        print_words(out, bytes + CALIPTRA_ECC_SCALAR_SIZE);
        break;
    case ECC_SIGNATURE:
        buffer_print(out, "r ");
        print_words(out, bytes);
        buffer_print(out, " s ");
        print_words(out, bytes + CALIPTRA_ECC_SCALAR_SIZE);
        break;
    case LMS_KEY:
        print_lms_key(out, bytes);
        break;
    case LMS_SIGNATURE:
        print_lms_signature(out, bytes);
        break;
    case PQC_KEY:
    case PQC_SIGNATURE:
        print_pqc(bundle, out, bytes, field);
        break;
    }
}

static void print_fields(const struct caliptra_bundle *bundle,
                         struct buffer *out)
{
    size_t count;
    const struct field *fields = fields_of(bundle, &count);
    const char *group = "";
    for (size_t i = 0; i < count; i++) {
        const struct field *field = &fields[i];
        if (strcmp(field->group, group) != 0) {
            group = field->group;
            buffer_print(out, "%s\n", group);
        }
        char name[48];
        field_name(field, name);
        uint32_t size = field->size / field->count;
        for (uint32_t n = 0; n < field->count; n++) {
            uint32_t offset = field->offset + n * size;
            char label[64];
            snprintf(label, sizeof(label), field->count > 1 ? "%s %u" : "%s",
                     name, n);
            buffer_print(out, "  0x%04x  %-20s ", offset, label);
            print_value(bundle, out, field, bundle->bytes + offset, size);
            buffer_print(out, "\n");
        }
    }
}

static void print_image(struct buffer *out, const char *name,
                        const struct caliptra_image_view *image)
{
    if (image->inside) {
        buffer_print(out,
                     "  0x%04x  %-20s %u bytes to 0x%08x, enter at "
                     "0x%08x\n",
                     image->offset, name, image->size,
                     image->entry->load_address, image->entry->entry_point);
    } else {
        buffer_print(out, "  0x%04x  %-20s outside the bundle: 0x%x bytes\n",
                     image->offset, name, image->entry->size);
    }
}

void caliptra_bundle_print(const struct caliptra_bundle *bundle,
                           struct buffer *out)
{
    uint8_t vendor[CALIPTRA_DIGEST_SIZE];
    uint8_t owner[CALIPTRA_DIGEST_SIZE];
    caliptra_bundle_key_hashes(bundle, vendor, owner);
    buffer_print(out, "Caliptra %s firmware bundle, %zu bytes\n",
                 caliptra_layout(bundle->generation)->text, bundle->size);
    print_fields(bundle, out);
    buffer_print(out, "images\n");
    print_image(out, "FMC", &bundle->fmc);
    print_image(out, "runtime", &bundle->runtime);
    buffer_print(out, "fuses\n  vendor_key_hash = ");
    buffer_print_hex(out, vendor, sizeof(vendor));
    buffer_print(out, "\n  owner_key_hash = ");
    buffer_print_hex(out, owner, sizeof(owner));
    buffer_print(out, "\n");
}

/* JSON --------------------------------------------------------------------- */

static void json_field(struct json *json, const struct caliptra_bundle *bundle,
                       const struct field *field)
{
    uint32_t size = field->size / field->count;
    for (uint32_t n = 0; n < field->count; n++) {
        struct buffer value = {0};
        uint32_t offset = field->offset + n * size;
        print_value(bundle, &value, field, bundle->bytes + offset, size);
        json_begin_object(json, NULL);
        json_string(json, "field", field->path);
        if (field->count > 1) {
            json_number(json, "index", n);
        }
        json_number(json, "offset", offset);
        json_number(json, "size", size);
        if (field->kind == NUMBER || field->kind == HEX) {
            json_number(json, "value",
                        load_number(bundle->bytes + offset, size));
        } else {
            json_string(json, "value", buffer_text(&value));
        }
        json_end_object(json);
        buffer_fini(&value);
    }
}

static void json_image(struct json *json, const char *key,
                       const struct caliptra_image_view *image)
{
    json_begin_object(json, key);
    json_bool(json, "inside", image->inside);
    json_number(json, "offset", image->offset);
    json_number(json, "size", image->entry->size);
    json_number(json, "load_address", image->entry->load_address);
    json_number(json, "entry_point", image->entry->entry_point);
    json_end_object(json);
}

void caliptra_bundle_print_json(const struct caliptra_bundle *bundle,
                                struct json *json)
{
    uint8_t vendor[CALIPTRA_DIGEST_SIZE];
    uint8_t owner[CALIPTRA_DIGEST_SIZE];
    caliptra_bundle_key_hashes(bundle, vendor, owner);
    json_string(json, "format", "caliptra-bundle");
    json_number(json, "generation",
                caliptra_layout(bundle->generation)->number);
    json_number(json, "size", bundle->size);
    json_begin_array(json, "fields");
    size_t count;
    const struct field *fields = fields_of(bundle, &count);
    for (size_t i = 0; i < count; i++) {
        json_field(json, bundle, &fields[i]);
    }
    json_end_array(json);
    json_image(json, "fmc", &bundle->fmc);
    json_image(json, "runtime", &bundle->runtime);
    json_begin_object(json, "fuses");
    json_bytes(json, "vendor_key_hash", vendor, sizeof(vendor));
    json_bytes(json, "owner_key_hash", owner, sizeof(owner));
    json_end_object(json);
}

/* ---- Places -------------------------------------------------------------- */

size_t caliptra_bundle_places(const struct caliptra_bundle *bundle,
                              size_t offset,
                              struct verdict_range places[CALIPTRA_PLACES_MAX])
{
    size_t count;
    const struct field *fields = fields_of(bundle, &count);
    assert(count + 2 <= CALIPTRA_PLACES_MAX);
    places[0] = (struct verdict_range){offset, bundle->size, "padding"};
    places[1] = (struct verdict_range){
        offset, caliptra_layout(bundle->generation)->manifest_size, "reserved"};
    for (size_t i = 0; i < count; i++) {
        places[i + 2] = (struct verdict_range){offset + fields[i].offset,
                                               fields[i].size, fields[i].path};
    }
    return count + 2;
}

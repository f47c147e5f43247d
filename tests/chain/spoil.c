/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes a field, repairs the seals around it, and says what must come of it.
 */
#include "tests/chain/spoil.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/fwu.h"
#include "abi/uefi_capsule.h"
#include "base/bits.h"
#include "tests/harness.h"

/* Data that the boot MCU reads at once. */
struct metadata {
    struct fwu_metadata header;
    struct fwu_descriptor descriptor;
    struct fwu_image_entry image;
    struct fwu_bank_entry banks[2];
};

struct capsule {
    struct uefi_capsule_header header;
    struct uefi_fmp_header fmp;
    uint64_t offset;
    struct uefi_fmp_image_header image;
    struct uefi_fmp_authentication authentication;
} UEFI_PACKED;

#define DIRECTORY_WORDS                                                        \
    "refused: directory: |refused: Caliptra bundle: |"                         \
    "refused: SoC manifest: |refused: image: |refused: images: "

/* ---- What anybody can make right again ----------------------------------- */

static void put(struct trust_board *board, size_t offset, const void *bytes,
                size_t size)
{
    trust_board_write(board, offset, bytes, size);
}

static void put32(struct trust_board *board, size_t offset, uint32_t value)
{
    uint8_t bytes[4];
    store_le32(bytes, value);
    put(board, offset, bytes, sizeof(bytes));
}

static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    return (uint32_t)crc32_z(0, bytes, size);
}

static void mirror_metadata(struct trust_board *board,
                            const struct spoil_field *field)
{
    put(board, FLASH_METADATA_1, trust_board_flash(board) + FLASH_METADATA_0,
        sizeof(struct metadata));
}

static void seal_metadata(struct trust_board *board,
                          const struct spoil_field *field)
{
    const size_t skipped = sizeof(uint32_t);
    put32(board, FLASH_METADATA_0,
          checksum(trust_board_flash(board) + FLASH_METADATA_0 + skipped,
                   sizeof(struct metadata) - skipped));
    mirror_metadata(board, field);
}

static void seal_directory(struct trust_board *board,
                           const struct spoil_field *field)
{
    const size_t at = offsetof(struct flash_directory, header_crc32);
    put32(board, FLASH_BANK_0 + at,
          checksum(trust_board_flash(board) + FLASH_BANK_0, at));
}

/* An entry's image says of itself what the entry now says. */
static void seal_header(struct trust_board *board,
                        const struct spoil_field *field)
{
    const size_t index =
        (field->offset - FLASH_BANK_0 - sizeof(struct flash_directory)) /
        sizeof(struct flash_entry);
    struct flash_entry entry;
    memcpy(&entry,
           trust_board_flash(board) + FLASH_BANK_0 +
               sizeof(struct flash_directory) + index * sizeof(entry),
           sizeof(entry));
    if (board->flash.banks[0].parts[index].id >= FLASH_IMAGE_SOC) {
        size_t at = FLASH_BANK_0 + entry.offset;
        put32(board, at + offsetof(struct boot_image, id), entry.id);
        put32(board, at + offsetof(struct boot_image, payload_size),
              entry.size - (uint32_t)sizeof(struct boot_image));
    }
}

static const struct flash_part *part_of(const struct trust_board *board,
                                        uint32_t id)
{
    const struct flash_part *part = flash_bank_find(&board->flash.banks[0], id);
    EXPECT(part != NULL);
    return part;
}

static const struct flash_part *part_at(const struct trust_board *board,
                                        size_t offset)
{
    const struct flash_bank *bank = &board->flash.banks[0];
    size_t i = 0;
    while (i + 1 < bank->count &&
           offset >= FLASH_BANK_0 + bank->parts[i + 1].offset) {
        i++;
    }
    return &bank->parts[i];
}

/* The manifest's digest of the image. */
static void seal_digest(struct trust_board *board,
                        const struct spoil_field *field)
{
    const struct flash_part *manifest =
        part_of(board, FLASH_IMAGE_SOC_MANIFEST);
    const struct flash_part *part = part_at(board, field->offset);
    struct caliptra_soc_manifest copy = {0};
    uint8_t digest[SHA384_DIGEST_LENGTH];
    memcpy(&copy, manifest->bytes, manifest->size);
    SHA384(trust_board_flash(board) + FLASH_BANK_0 + part->offset, part->size,
           digest);
    for (uint32_t i = 0; i < copy.images.count; i++) {
        if (copy.images.images[i].firmware_id == part->id) {
            put(board,
                FLASH_BANK_0 + manifest->offset +
                    offsetof(struct caliptra_soc_manifest, images) +
                    offsetof(struct caliptra_soc_images, images) +
                    i * sizeof(copy.images.images[0]) +
                    offsetof(struct caliptra_soc_image, digest),
                digest, sizeof(digest));
        }
    }
}

static void digest_words(const uint8_t *bytes, size_t size, uint8_t words[48])
{
    uint8_t digest[SHA384_DIGEST_LENGTH];
    SHA384(bytes, size, digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        words[i] = digest[i ^ 3];
    }
}

/* Digests of FMC and runtime, and the header's of both. */
static void seal_bundle(struct trust_board *board,
                        const struct spoil_field *field)
{
    static const size_t entries[] = {
        offsetof(struct caliptra_manifest, fmc),
        offsetof(struct caliptra_manifest, runtime)};
    const struct flash_part *part = part_of(board, FLASH_IMAGE_CALIPTRA);
    const size_t place = FLASH_BANK_0 + part->offset;
    const uint8_t *bundle = trust_board_flash(board) + place;
    uint8_t words[48];
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        struct caliptra_toc_entry entry;
        const size_t at =
            entries[i] + offsetof(struct caliptra_toc_entry, digest);
        memcpy(&entry, bundle + entries[i], sizeof(entry));
        if (entry.size <= part->size &&
            entry.offset <= part->size - entry.size &&
            (field->offset < place + at ||
             field->offset >= place + at + sizeof(words))) {
            digest_words(bundle + entry.offset, entry.size, words);
            put(board, place + at, words, sizeof(words));
        }
    }
    digest_words(bundle + entries[0], 2 * sizeof(struct caliptra_toc_entry),
                 words);
    put(board,
        place + offsetof(struct caliptra_manifest, header) +
            offsetof(struct caliptra_header, toc_digest),
        words, sizeof(words));
}

static void seal_capsule_sizes(struct trust_board *board,
                               const struct spoil_field *field)
{
    struct capsule head;
    memcpy(&head, trust_board_flash(board) + FLASH_CAPSULE, sizeof(head));
    put32(board, FLASH_CAPSULE + offsetof(struct capsule, image.image_size),
          head.header.image_size -
              (uint32_t)offsetof(struct capsule, authentication));
}

/* The message digest among the signed attributes, which is then not what the
 * signer signed. (RFC 5652, 11.2) */
static void seal_capsule_digest(struct trust_board *board,
                                const struct spoil_field *field)
{
    static const uint8_t attribute[] = {0x06, 0x09, 0x2a, 0x86, 0x48,
                                        0x86, 0xf7, 0x0d, 0x01, 0x09,
                                        0x04, 0x31, 0x22, 0x04, 0x20};
    struct capsule head;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    const uint8_t *capsule = trust_board_flash(board) + FLASH_CAPSULE;
    memcpy(&head, capsule, sizeof(head));
    size_t der_size = head.authentication.length - UEFI_CERTIFICATE_HEADER;
    size_t payload = sizeof(head) + der_size;
    struct buffer content = {0};
    buffer_append(&content, capsule + payload,
                  head.header.image_size - payload);
    buffer_append(&content, &head.authentication.monotonic_count, 8);
    SHA256(content.bytes, content.size, digest);
    buffer_fini(&content);
    const uint8_t *found =
        memmem(capsule + sizeof(head), der_size, attribute, sizeof(attribute));
    if (EXPECT(found != NULL)) {
        put(board,
            FLASH_CAPSULE + (size_t)(found - capsule) + sizeof(attribute),
            digest, sizeof(digest));
    }
}

/* ---- Fields by name ------------------------------------------------------ */

enum place {
    METADATA_0,
    METADATA_1,
    DIRECTORY,
    ENTRIES,
    BUNDLE,
    MANIFEST,
    MANIFEST_IMAGES,
    IMAGES,
    CAPSULE,
    PAYLOAD,
    SET,
};

struct row {
    enum place place;
    const char *object;
    const char *name;
    size_t offset;
    size_t size;
    const char *words;
    const char *harmless;
    void (*seal)(struct trust_board *board, const struct spoil_field *field);
};

#define FIELD(place, object, type, field, words, harmless, seal)               \
    {place,                                                                    \
     object,                                                                   \
     #field,                                                                   \
     offsetof(struct type, field),                                             \
     sizeof(((struct type *)0)->field),                                        \
     words,                                                                    \
     harmless,                                                                 \
     seal},
#define FIELD_1(group, field, count, kind)                                     \
    FIELD(BUNDLE, "Caliptra bundle", caliptra_manifest, field,                 \
          "Caliptra bundle: refused", NULL, NULL)
#define FIELD_2(group, field, count, kind)

static const struct row rows[] = {
#include "tests/chain/spoil_fields.def"
#include "trust/caliptra/fields.def"
    FIELD(BUNDLE, "Caliptra bundle, reserved words", caliptra_manifest,
          preamble.reserved, NULL, "nobody signs or reads them", NULL)
        FIELD_1("", header.vendor_data.reserved, 1, BYTES)
            FIELD_1("", header.owner_data.reserved, 1, BYTES)
                FIELD_1("", fmc.reserved, 1, NUMBER)
                    FIELD_1("", runtime.reserved, 1, NUMBER)};
#undef FIELD_1

/* Fields of the bundle that its own digests cover. */
#define FIELD_1(group, field, count, kind)                                     \
    FIELD(BUNDLE, "Caliptra bundle, digests made right", caliptra_manifest,    \
          field, "Caliptra bundle: refused", NULL, seal_bundle)
static const struct row sealed_rows[] = {
#include "trust/caliptra/fields.def"
};

static struct spoil_field *add(struct spoil_fields *list, const char *object,
                               size_t offset, size_t size)
{
    static struct spoil_field none;
    if (!EXPECT(list->count < ARRAY_SIZE(list->fields))) {
        return &none;
    }
    struct spoil_field *field = &list->fields[list->count++];
    *field =
        (struct spoil_field){.object = object, .offset = offset, .size = size};
    snprintf(field->name, sizeof(field->name), "%s", object);
    return field;
}

static void set_words(struct spoil_field *field, const char *words)
{
    snprintf(field->words, sizeof(field->words), "%s",
             words != NULL ? words : "");
}

static void add_row(struct spoil_fields *list, const struct row *row,
                    const char *prefix, size_t base)
{
    struct spoil_field *field =
        add(list, row->object, base + row->offset, row->size);
    snprintf(field->name, sizeof(field->name), "%s%s", prefix, row->name);
    set_words(field, row->words);
    field->harmless = row->harmless;
    field->seal = row->seal;
}

static void add_bytes(struct spoil_fields *list, const char *object,
                      size_t offset, size_t size, const char *words)
{
    set_words(add(list, object, offset, size), words);
}

/* The refusal says which image, unless the manifest was spoilt for it. */
static void name_image(struct spoil_fields *list, uint32_t id)
{
    struct spoil_field *field = &list->fields[list->count - 1];
    if (field->seal == NULL) {
        snprintf(field->words, sizeof(field->words), "image 0x%x: refused", id);
    }
}

/* Once for each entry, image or image of the manifest. */
static void add_row_each(struct spoil_fields *list, const struct row *row,
                         const struct trust_board *board)
{
    const struct flash_bank *bank = &board->flash.banks[0];
    char prefix[32];
    unsigned images = 0;
    for (unsigned i = 0; i < bank->count; i++) {
        bool is_image = bank->parts[i].id >= FLASH_IMAGE_SOC;
        snprintf(prefix, sizeof(prefix), "0x%x: ", bank->parts[i].id);
        if (row->place == ENTRIES) {
            add_row(list, row, prefix,
                    FLASH_BANK_0 + sizeof(struct flash_directory) +
                        i * sizeof(struct flash_entry));
        } else if (row->place == IMAGES && is_image) {
            add_row(list, row, prefix, FLASH_BANK_0 + bank->parts[i].offset);
            name_image(list, bank->parts[i].id);
        } else if (row->place == MANIFEST_IMAGES && is_image) {
            add_row(list, row, prefix,
                    FLASH_BANK_0 +
                        part_of(board, FLASH_IMAGE_SOC_MANIFEST)->offset +
                        offsetof(struct caliptra_soc_manifest, images.images) +
                        images * sizeof(struct caliptra_soc_image));
            images++;
        }
    }
}

static void add_flash_row(struct spoil_fields *list, const struct row *row,
                          const struct trust_board *board)
{
    switch (row->place) {
    case METADATA_0:
        add_row(list, row, "", FLASH_METADATA_0);
        break;
    case METADATA_1:
        add_row(list, row, "", FLASH_METADATA_1);
        break;
    case DIRECTORY:
        add_row(list, row, "", FLASH_BANK_0);
        break;
    case BUNDLE:
        add_row(list, row, "",
                FLASH_BANK_0 + part_of(board, FLASH_IMAGE_CALIPTRA)->offset);
        break;
    case MANIFEST:
        add_row(list, row, "",
                FLASH_BANK_0 +
                    part_of(board, FLASH_IMAGE_SOC_MANIFEST)->offset);
        break;
    default:
        add_row_each(list, row, board);
        break;
    }
}

/* Bytes without fields: code, and what is between the parts. */
static void add_code(struct spoil_fields *list, const struct trust_board *board)
{
    const struct flash_bank *bank = &board->flash.banks[0];
    size_t end = sizeof(struct flash_directory) +
                 bank->count * sizeof(struct flash_entry);
    for (unsigned i = 0; i < bank->count; i++) {
        const struct flash_part *part = &bank->parts[i];
        const size_t at = FLASH_BANK_0 + part->offset;
        const size_t head = sizeof(struct boot_image);
        add(list, "between parts", FLASH_BANK_0 + end, part->offset - end)
            ->harmless = "nobody reads it";
        end = part->offset + part->size;
        if (part->id >= FLASH_IMAGE_SOC) {
            add_bytes(list, "image", at + head, part->size - head, "");
            name_image(list, part->id);
            add_bytes(list, "image, digest in the manifest made right",
                      at + head, part->size - head, "SoC manifest: refused");
            list->fields[list->count - 1].seal = seal_digest;
        } else if (part->id == FLASH_IMAGE_CALIPTRA) {
            const size_t manifest = sizeof(struct caliptra_manifest);
            add_bytes(list, "Caliptra bundle", at + manifest,
                      part->size - manifest, "Caliptra bundle: refused");
            add_bytes(list, "Caliptra bundle, digests made right",
                      at + manifest, part->size - manifest,
                      "Caliptra bundle: refused");
            list->fields[list->count - 1].seal = seal_bundle;
        }
    }
}

void spoil_list_flash(const struct trust_board *board,
                      struct spoil_fields *list)
{
    const size_t digested = offsetof(struct caliptra_manifest, fmc);
    list->count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].place < CAPSULE) {
            add_flash_row(list, &rows[i], board);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(sealed_rows); i++) {
        if (sealed_rows[i].offset >= digested) {
            add_flash_row(list, &sealed_rows[i], board);
        }
    }
    add_code(list, board);
}

void spoil_list_capsule(const uint8_t *capsule, struct spoil_fields *list)
{
    struct capsule head;
    memcpy(&head, capsule, sizeof(head));
    const size_t der = FLASH_CAPSULE + sizeof(head);
    const size_t payload =
        der + head.authentication.length - UEFI_CERTIFICATE_HEADER;
    const size_t set = payload + sizeof(struct uefi_fmp_payload_header);
    const size_t end = FLASH_CAPSULE + head.header.image_size;
    list->count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].place >= CAPSULE) {
            add_row(list, &rows[i], "",
                    rows[i].place == CAPSULE   ? FLASH_CAPSULE
                    : rows[i].place == PAYLOAD ? payload
                                               : set);
            /* Megabytes would be digested, and found wrong, for seconds. */
            if (rows[i].seal == seal_capsule_sizes) {
                list->fields[list->count - 1].size = 2;
            }
        }
    }
    struct spoil_field *signature =
        add(list, "capsule, PKCS #7 structure", der, payload - der);
    set_words(signature, "refused: capsule: ");
    signature->harmless = "what names the signer, whom the fuses name";
    add_bytes(list, "capsule", set, end - set,
              "the payload is not what was signed");
    add_bytes(list, "capsule, digest made right", set, end - set,
              "the signature is wrong");
    list->fields[list->count - 1].seal = seal_capsule_digest;
}

/* ---- Changing one byte --------------------------------------------------- */

const char *const spoil_class_names[SPOIL_CLASSES] = {
    "0",     "0xff",  "+1",    "-1",    "inverse", "swap",  "bit 0",
    "bit 1", "bit 2", "bit 3", "bit 4", "bit 5",   "bit 6", "bit 7",
};

static uint8_t change(enum spoil_class class, uint8_t byte)
{
    switch (class) {
    case SPOIL_ZERO:
        return 0;
    case SPOIL_ONES:
        return 0xff;
    case SPOIL_MORE:
        return (uint8_t)(byte + 1);
    case SPOIL_LESS:
        return (uint8_t)(byte - 1);
    case SPOIL_INVERSE:
        return (uint8_t)~byte;
    case SPOIL_SWAP: /* a field of one byte has no other */
        return byte;
    default:
        return byte ^ (uint8_t)(1u << (class - SPOIL_BIT_0));
    }
}

size_t spoil(struct trust_board *board, const struct spoil_field *field,
             enum spoil_class class, size_t at)
{
    const uint8_t *bytes = trust_board_flash(board) + field->offset;
    for (size_t tries = 0; tries < field->size; tries++) {
        size_t place = (at + tries) % field->size;
        uint8_t changed[2] = {change(class, bytes[place])};
        size_t size = 1;
        if (class == SPOIL_SWAP && field->size > 1) {
            place -= place + 1 == field->size;
            changed[0] = bytes[place + 1];
            changed[1] = bytes[place];
            size = 2;
        }
        if (memcmp(bytes + place, changed, size) != 0) {
            put(board, field->offset + place, changed, size);
            if (field->seal != NULL) {
                field->seal(board, field);
            }
            return field->offset + place;
        }
    }
    return SIZE_MAX;
}

/* ---- Counting ------------------------------------------------------------ */

static void count_refusal(struct spoil_table *table, const char *object,
                          const char *text)
{
    size_t i = 0;
    while (i < table->refusal_count &&
           (strcmp(table->refusals[i].object, object) != 0 ||
            strcmp(table->refusals[i].text, text) != 0)) {
        i++;
    }
    if (i < ARRAY_SIZE(table->refusals)) {
        table->refusals[i].object = object;
        table->refusals[i].count++;
        snprintf(table->refusals[i].text, sizeof(table->refusals[i].text), "%s",
                 text);
        table->refusal_count += i == table->refusal_count;
    }
}

void spoil_count(struct spoil_table *table, const struct spoil_field *field,
                 const char *refusal)
{
    size_t i = 0;
    while (i < table->object_count &&
           strcmp(table->objects[i].object, field->object) != 0) {
        i++;
    }
    if (!EXPECT(i < ARRAY_SIZE(table->objects))) {
        return;
    }
    table->object_count += i == table->object_count;
    table->objects[i].object = field->object;
    table->objects[i].spoilt++;
    table->objects[i].refused += refusal != NULL;
    if (field->harmless != NULL) {
        table->objects[i].harmless = field->harmless;
    }
    if (refusal != NULL) {
        count_refusal(table, field->object, refusal);
    }
}

void spoil_print(const struct spoil_table *table,
                 const struct spoil_fields *list)
{
    printf("%-44s %6s %6s %7s %8s\n", "object", "fields", "spoilt", "refused",
           "harmless");
    for (size_t i = 0; i < table->object_count; i++) {
        const char *object = table->objects[i].object;
        unsigned fields = 0;
        for (size_t j = 0; j < list->count; j++) {
            fields += strcmp(list->fields[j].object, object) == 0;
        }
        unsigned harmless =
            table->objects[i].spoilt - table->objects[i].refused;
        printf("%-44s %6u %6u %7u %8u%s%s\n", object, fields,
               table->objects[i].spoilt, table->objects[i].refused, harmless,
               harmless != 0 ? "  " : "",
               harmless != 0 ? table->objects[i].harmless : "");
        for (size_t j = 0; j < table->refusal_count; j++) {
            if (strcmp(table->refusals[j].object, object) == 0) {
                printf("%8u  %s\n", table->refusals[j].count,
                       table->refusals[j].text);
            }
        }
    }
}

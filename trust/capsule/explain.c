/* SPDX-License-Identifier: Apache-2.0 */
/* Capsules for people and programs. */
#include <openssl/sha.h>

#include "base/bits.h"
#include "base/json.h"
#include "trust/capsule/capsule.h"
#include "trust/capsule/guid.h"

static const char *kind_name(enum capsule_kind kind)
{
    static const char *const names[] = {
        [CAPSULE_FIRMWARE] = "firmware",
        [CAPSULE_ACCEPT] = "accept",
        [CAPSULE_REVERT] = "revert",
    };

    return names[kind];
}

static const struct {
    uint32_t flag;
    const char *name;
} flags[] = {
    {UEFI_CAPSULE_OS_ACCEPTS, "os-accepts"},
    {UEFI_CAPSULE_PERSIST,    "persist"   },
    {UEFI_CAPSULE_POPULATE,   "populate"  },
    {UEFI_CAPSULE_RESET,      "reset"     },
};

static void print_item(const struct capsule_item *item, unsigned number,
                       struct buffer *out)
{
    char guid[GUID_TEXT_SIZE];
    uint8_t digest[SHA256_DIGEST_LENGTH];

    guid_print(&item->image_type, guid);
    SHA256(item->image, item->image_size, digest);
    buffer_print(out,
                 "image %u at 0x%zx\n"
                 "  type               %s\n"
                 "  index              %u\n"
                 "  hardware instance  0x%llx\n",
                 number, item->offset, guid, item->image_index,
                 (unsigned long long)item->hardware_instance);
    if (item->authenticated) {
        buffer_print(out,
                     "  signature          PKCS #7, %zu bytes\n"
                     "  monotonic count    %llu\n",
                     item->pkcs7_size,
                     (unsigned long long)item->monotonic_count);
    } else {
        buffer_print(out, "  signature          none\n");
    }
    if (item->versioned) {
        buffer_print(out,
                     "  version            %u\n"
                     "  lowest supported   %u\n",
                     item->version, item->lowest_supported_version);
    }
    buffer_print(out,
                 "  size               %zu\n"
                 "  SHA-256            ",
                 item->image_size);
    buffer_print_hex(out, digest, sizeof(digest));
    buffer_print(out, "\n");
}

void capsule_print(const struct capsule *capsule, struct buffer *out)
{
    buffer_print(out, "%s capsule, %zu bytes\nflags 0x%08x",
                 kind_name(capsule->kind), capsule->size, capsule->flags);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if ((capsule->flags & flags[i].flag) != 0) {
            buffer_print(out, " %s", flags[i].name);
        }
    }
    buffer_print(out, "\n");
    if (capsule->kind == CAPSULE_ACCEPT) {
        char guid[GUID_TEXT_SIZE];
        guid_print(&capsule->accepted, guid);
        buffer_print(out, "accepts image type %s\n", guid);
    }
    for (unsigned i = 0; i < capsule->count; i++) {
        print_item(&capsule->items[i], i, out);
    }
}

static void json_item(const struct capsule_item *item, struct json *json)
{
    char guid[GUID_TEXT_SIZE];
    uint8_t digest[SHA256_DIGEST_LENGTH];

    guid_print(&item->image_type, guid);
    SHA256(item->image, item->image_size, digest);
    json_begin_object(json, NULL);
    json_number(json, "offset", item->offset);
    json_string(json, "image_type", guid);
    json_number(json, "image_index", item->image_index);
    json_number(json, "hardware_instance", item->hardware_instance);
    json_bool(json, "signed", item->authenticated);
    if (item->authenticated) {
        json_number(json, "monotonic_count", item->monotonic_count);
    }
    if (item->versioned) {
        json_number(json, "version", item->version);
        json_number(json, "lowest_supported_version",
                    item->lowest_supported_version);
    }
    json_number(json, "size", item->image_size);
    json_bytes(json, "sha256", digest, sizeof(digest));
    json_end_object(json);
}

void capsule_print_json(const struct capsule *capsule, struct json *json)
{
    json_string(json, "kind", kind_name(capsule->kind));
    json_hex32(json, "flags", capsule->flags);
    json_number(json, "size", capsule->size);
    if (capsule->kind == CAPSULE_ACCEPT) {
        char guid[GUID_TEXT_SIZE];
        guid_print(&capsule->accepted, guid);
        json_string(json, "image_type", guid);
    }
    if (capsule->kind == CAPSULE_FIRMWARE) {
        json_begin_array(json, "images");
        for (unsigned i = 0; i < capsule->count; i++) {
            json_item(&capsule->items[i], json);
        }
        json_end_array(json);
    }
}

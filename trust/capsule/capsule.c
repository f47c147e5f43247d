/* SPDX-License-Identifier: Apache-2.0 */
/* Reads headers, items and payloads of a capsule in place. */
#include "trust/capsule/capsule.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "trust/capsule/guid.h"

/* The bytes that are left to read, and where that is in the capsule. */
struct cursor {
    const uint8_t *bytes; /* of the whole capsule */
    size_t at;
    size_t end;
};

static const void *take(struct cursor *cursor, uint64_t size, const char *what,
                        struct error *error)
{
    assert(cursor->at <= cursor->end);
    if (!in_range(cursor->at, size, cursor->end)) {
        error_set(error, -EINVAL,
                  "offset 0x%zx: %s of %llu bytes reaches past 0x%zx",
                  cursor->at, what, (unsigned long long)size, cursor->end);
        return NULL;
    }
    const void *taken = cursor->bytes + cursor->at;
    cursor->at += (size_t)size;
    return taken;
}

static int read_authentication(struct cursor *cursor, struct capsule_item *item,
                               struct error *error)
{
    static const struct uefi_guid pkcs7 = UEFI_CERT_TYPE_PKCS7;
    struct uefi_fmp_authentication authentication;
    size_t at = cursor->at;
    const void *bytes =
        take(cursor, sizeof(authentication), "image authentication", error);

    if (bytes == NULL) {
        return -EINVAL;
    }
    memcpy(&authentication, bytes, sizeof(authentication));
    if (authentication.revision != UEFI_CERTIFICATE_REVISION ||
        authentication.certificate_type != UEFI_CERTIFICATE_TYPE_GUID ||
        !guid_equal(&authentication.type, &pkcs7)) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: certificate of revision 0x%x and type "
                         "0x%x is not PKCS #7",
                         at, authentication.revision,
                         authentication.certificate_type);
    }
    if (authentication.length < UEFI_CERTIFICATE_HEADER) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: certificate length %u is below %d", at,
                         authentication.length, UEFI_CERTIFICATE_HEADER);
    }
    item->authentication_offset = at;
    item->monotonic_count = authentication.monotonic_count;
    item->pkcs7_size = authentication.length - UEFI_CERTIFICATE_HEADER;
    item->pkcs7 = take(cursor, item->pkcs7_size, "signature", error);
    return item->pkcs7 == NULL ? -EINVAL : 0;
}

static int read_payload(const struct cursor *cursor, struct capsule_item *item,
                        struct error *error)
{
    struct uefi_fmp_payload_header header;

    item->payload = cursor->bytes + cursor->at;
    item->payload_offset = cursor->at;
    item->payload_size = cursor->end - cursor->at;
    item->image = item->payload;
    item->image_size = item->payload_size;
    if (item->payload_size < sizeof(header) ||
        load_le32(item->payload) != UEFI_FMP_PAYLOAD_SIGNATURE) {
        return 0;
    }
    memcpy(&header, item->payload, sizeof(header));
    if (header.header_size < sizeof(header) ||
        header.header_size > item->payload_size) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: payload header size %u is not between "
                         "%zu and the payload's %zu",
                         cursor->at, header.header_size, sizeof(header),
                         item->payload_size);
    }
    item->versioned = true;
    item->version = header.version;
    item->lowest_supported_version = header.lowest_supported_version;
    item->image += header.header_size;
    item->image_size -= header.header_size;
    return 0;
}

/* Bytes of the image header of a version; 0 for unknown ones. */
static size_t image_header_size(uint32_t version)
{
    switch (version) {
    case 1:
        return offsetof(struct uefi_fmp_image_header, hardware_instance);
    case 2:
        return offsetof(struct uefi_fmp_image_header, support);
    case UEFI_FMP_IMAGE_VERSION:
        return sizeof(struct uefi_fmp_image_header);
    default:
        return 0;
    }
}

static int read_item(struct cursor cursor, struct capsule_item *item,
                     struct error *error)
{
    struct uefi_fmp_image_header header = {0};
    size_t at = cursor.at;
    const uint8_t *bytes = take(&cursor, sizeof(header.version),
                                "version of an image header", error);

    item->offset = at;
    if (bytes == NULL) {
        return -EINVAL;
    }
    size_t size = image_header_size(load_le32(bytes));
    if (size == 0) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: image header version %u is not 1, 2 "
                         "or %d",
                         at, load_le32(bytes), UEFI_FMP_IMAGE_VERSION);
    }
    cursor.at = at;
    bytes = take(&cursor, size, "image header", error);
    if (bytes == NULL) {
        return -EINVAL;
    }
    memcpy(&header, bytes, size);
    item->image_type = header.image_type;
    item->image_index = header.image_index;
    item->hardware_instance = header.hardware_instance;
    item->support = header.support;
    if ((header.support & UEFI_FMP_DEPENDENCY) != 0) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: image has a dependency expression, "
                         "which is not supported",
                         at);
    }
    uint64_t wanted = (uint64_t)header.image_size + header.vendor_code_size;
    if (!in_range(cursor.at, wanted, cursor.end)) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: image of %u and vendor code of %u "
                         "bytes reach past 0x%zx",
                         at, header.image_size, header.vendor_code_size,
                         cursor.end);
    }
    cursor.end = cursor.at + header.image_size;
    item->authenticated = (header.support & UEFI_FMP_AUTHENTICATED) != 0;
    if (item->authenticated && read_authentication(&cursor, item, error) != 0) {
        return -EINVAL;
    }
    return read_payload(&cursor, item, error);
}

static int read_items(struct capsule *capsule, struct cursor *cursor,
                      struct error *error)
{
    size_t start = cursor->at;
    struct uefi_fmp_header header;
    const void *bytes =
        take(cursor, sizeof(header), "firmware management header", error);

    if (bytes == NULL) {
        return -EINVAL;
    }
    memcpy(&header, bytes, sizeof(header));
    if (header.version != UEFI_FMP_HEADER_VERSION) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: firmware management version %u is "
                         "not %d",
                         start, header.version, UEFI_FMP_HEADER_VERSION);
    }
    if (header.driver_count != 0 || header.payload_count == 0 ||
        header.payload_count > CAPSULE_ITEMS_MAX) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: %u drivers and %u payloads; 0 and 1 "
                         "to %d are supported",
                         start, header.driver_count, header.payload_count,
                         CAPSULE_ITEMS_MAX);
    }
    const uint8_t *offsets = take(
        cursor, header.payload_count * sizeof(uint64_t), "offset table", error);
    if (offsets == NULL) {
        return -EINVAL;
    }
    for (unsigned i = 0; i < header.payload_count; i++) {
        uint64_t offset = load_le64(offsets + i * sizeof(uint64_t));
        if (offset < cursor->at - start ||
            !in_range(start, offset, cursor->end)) {
            return error_set(error, -EINVAL,
                             "offset 0x%zx: payload %u at 0x%llx is not "
                             "between the headers and the end",
                             start, i, (unsigned long long)offset);
        }
        struct cursor item = *cursor;
        item.at = start + (size_t)offset;
        int status = read_item(item, &capsule->items[i], error);
        if (status != 0) {
            error_prefix(error, "payload %u", i);
            return status;
        }
        capsule->count = i + 1;
    }
    return 0;
}

static int read_header(struct cursor *cursor,
                       struct uefi_capsule_header *header, size_t size,
                       struct error *error)
{
    const void *bytes = take(cursor, sizeof(*header), "capsule header", error);

    if (bytes == NULL) {
        return -EINVAL;
    }
    memcpy(header, bytes, sizeof(*header));
    if (header->image_size != size) {
        return error_set(error, -EINVAL,
                         "offset 0x18: capsule size 0x%x is not that of the "
                         "file, 0x%zx",
                         header->image_size, size);
    }
    if (header->header_size < sizeof(*header) || header->header_size > size) {
        return error_set(error, -EINVAL,
                         "offset 0x10: header size 0x%x is not between 0x%zx "
                         "and 0x%zx",
                         header->header_size, sizeof(*header), size);
    }
    cursor->at = header->header_size;
    return 0;
}

static bool find_kind(const struct uefi_guid *guid, enum capsule_kind *kind)
{
    static const struct uefi_guid kinds[] = {
        [CAPSULE_FIRMWARE] = UEFI_CAPSULE_FMP,
        [CAPSULE_ACCEPT] = UEFI_CAPSULE_ACCEPT,
        [CAPSULE_REVERT] = UEFI_CAPSULE_REVERT,
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (guid_equal(guid, &kinds[i])) {
            *kind = (enum capsule_kind)i;
            return true;
        }
    }
    return false;
}

bool capsule_recognise(const void *bytes, size_t size)
{
    enum capsule_kind kind;
    struct uefi_guid guid;

    if (size < sizeof(guid)) {
        return false;
    }
    memcpy(&guid, bytes, sizeof(guid));
    return find_kind(&guid, &kind);
}

static int read_kind(struct capsule *capsule, const struct uefi_guid *guid,
                     struct error *error)
{
    if (find_kind(guid, &capsule->kind)) {
        return 0;
    }
    char text[GUID_TEXT_SIZE];
    guid_print(guid, text);
    return error_set(error, -EINVAL,
                     "offset 0x0: GUID %s is not that of a known capsule",
                     text);
}

int capsule_read(struct capsule *capsule, const void *bytes, size_t size,
                 struct error *error)
{
    struct cursor cursor = {.bytes = bytes, .end = size};
    struct uefi_capsule_header header;

    *capsule = (struct capsule){.size = size};
    if (read_header(&cursor, &header, size, error) != 0 ||
        read_kind(capsule, &header.guid, error) != 0) {
        return -EINVAL;
    }
    capsule->flags = header.flags;
    if (capsule->kind == CAPSULE_FIRMWARE) {
        return read_items(capsule, &cursor, error);
    }
    if (capsule->kind == CAPSULE_ACCEPT) {
        const void *guid =
            take(&cursor, UEFI_GUID_SIZE, "image type to accept", error);
        if (guid == NULL) {
            return -EINVAL;
        }
        memcpy(&capsule->accepted, guid, sizeof(capsule->accepted));
    }
    return cursor.at == size
               ? 0
               : error_set(error, -EINVAL,
                           "offset 0x%zx: %zu bytes behind an empty capsule",
                           cursor.at, size - cursor.at);
}

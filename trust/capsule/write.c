/* SPDX-License-Identifier: Apache-2.0 */
/* Capsules from their parts. */
#include <string.h>

#include "base/bits.h"
#include "trust/capsule/capsule.h"
#include "trust/capsule/signature.h"

static void append_header(struct uefi_guid guid, uint32_t flags,
                          size_t body_size, struct buffer *out)
{
    struct uefi_capsule_header header = {
        .guid = guid,
        .header_size = sizeof(header),
        .flags = flags,
        .image_size = (uint32_t)(sizeof(header) + body_size),
    };

    buffer_append(out, &header, sizeof(header));
}

void capsule_write_accept(const struct uefi_guid *image_type,
                          struct buffer *out)
{
    append_header((struct uefi_guid)UEFI_CAPSULE_ACCEPT, 0, sizeof(*image_type),
                  out);
    buffer_append(out, image_type, sizeof(*image_type));
}

void capsule_write_revert(struct buffer *out)
{
    append_header((struct uefi_guid)UEFI_CAPSULE_REVERT, 0, 0, out);
}

static int check(const struct capsule_pack *pack, struct error *error)
{
    if (pack->image_index == 0) {
        return error_set(error, -EINVAL, "image index 0: indices start at 1");
    }
    if (pack->versioned && pack->lowest_supported_version > pack->version) {
        return error_set(error, -EINVAL,
                         "lowest supported version %u is above version %u",
                         pack->lowest_supported_version, pack->version);
    }
    if (pack->image_size > INT32_MAX) {
        return error_set(error, -EINVAL, "image of %zu bytes is above %d",
                         pack->image_size, INT32_MAX);
    }
    return 0;
}

static void append_payload(const struct capsule_pack *pack, struct buffer *out)
{
    if (pack->versioned) {
        struct uefi_fmp_payload_header header = {
            .signature = UEFI_FMP_PAYLOAD_SIGNATURE,
            .header_size = sizeof(header),
            .version = pack->version,
            .lowest_supported_version = pack->lowest_supported_version,
        };
        buffer_append(out, &header, sizeof(header));
    }
    buffer_append(out, pack->image, pack->image_size);
}

static int append_authentication(const struct capsule_pack *pack,
                                 const struct buffer *payload,
                                 struct buffer *out, struct error *error)
{
    struct buffer der = {0};
    int status = capsule_signature_make(pack->signer, payload->bytes,
                                        payload->size, pack->monotonic_count,
                                        pack->signing_time, &der, error);

    if (status == 0) {
        struct uefi_fmp_authentication authentication = {
            .monotonic_count = pack->monotonic_count,
            .length = (uint32_t)(UEFI_CERTIFICATE_HEADER + der.size),
            .revision = UEFI_CERTIFICATE_REVISION,
            .certificate_type = UEFI_CERTIFICATE_TYPE_GUID,
            .type = UEFI_CERT_TYPE_PKCS7,
        };
        buffer_append(out, &authentication, sizeof(authentication));
        buffer_append(out, der.bytes, der.size);
    }
    buffer_fini(&der);
    return status;
}

int capsule_write(const struct capsule_pack *pack, struct buffer *out,
                  struct error *error)
{
    struct buffer image = {0}; /* authentication and payload */
    struct buffer payload = {0};
    int status = check(pack, error);

    append_payload(pack, &payload);
    if (status == 0 && pack->signer != NULL) {
        status = append_authentication(pack, &payload, &image, error);
    }
    if (status == 0) {
        struct uefi_fmp_header fmp = {
            .version = UEFI_FMP_HEADER_VERSION,
            .payload_count = 1,
        };
        uint64_t offset = sizeof(fmp) + sizeof(offset);
        buffer_append(&image, payload.bytes, payload.size);
        struct uefi_fmp_image_header header = {
            .version = UEFI_FMP_IMAGE_VERSION,
            .image_type = pack->image_type,
            .image_index = pack->image_index,
            .image_size = (uint32_t)image.size,
            .hardware_instance = pack->hardware_instance,
            .support = pack->signer != NULL ? UEFI_FMP_AUTHENTICATED : 0,
        };
        append_header((struct uefi_guid)UEFI_CAPSULE_FMP, pack->flags,
                      (size_t)offset + sizeof(header) + image.size, out);
        buffer_append(out, &fmp, sizeof(fmp));
        buffer_append(out, &offset, sizeof(offset));
        buffer_append(out, &header, sizeof(header));
        buffer_append(out, image.bytes, image.size);
    }
    buffer_fini(&payload);
    buffer_fini(&image);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the capsule's headers without trusting a length, and checks its
 * signature. */
#include "guest/bootmcu/capsule.h"

#include "abi/boot_mcu.h"
#include "guest/bootmcu/flash.h"
#include "guest/bootmcu/report.h"
#include "guest/bootmcu/soc.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/pkcs7/pkcs7.h"
#include "guest/kit/sha256/sha256.h"

enum { COUNT_SIZE = 8 };

/* The rest of the capsule. */
struct cursor {
    uint32_t at;
    uint32_t left;
};

static bool take(struct cursor *cursor, void *out, uint32_t size)
{
    if (size > cursor->left) {
        return false;
    }
    if (out != NULL) {
        memcpy(out, flash_at(cursor->at), size);
    }
    cursor->at += size;
    cursor->left -= size;
    return true;
}

/* Erased flash, or the zeros of what is spent. */
static bool is_blank(const uint8_t *bytes, size_t size)
{
    uint8_t zeros = 0;
    uint8_t ones = 0xff;
    for (size_t i = 0; i < size; i++) {
        zeros |= bytes[i];
        ones &= bytes[i];
    }
    return zeros == 0 || ones == 0xff;
}

enum capsule_kind capsule_kind(void)
{
    static const struct uefi_guid kinds[] = {
        UEFI_CAPSULE_FMP, UEFI_CAPSULE_ACCEPT, UEFI_CAPSULE_REVERT};
    for (unsigned i = 0; i < 3; i++) {
        if (memcmp(flash_at(FLASH_CAPSULE), &kinds[i], sizeof(kinds[i])) == 0) {
            return (enum capsule_kind)(CAPSULE_FIRMWARE + i);
        }
    }
    return is_blank(flash_at(FLASH_CAPSULE), sizeof(kinds[0]))
               ? CAPSULE_NONE
               : CAPSULE_UNKNOWN;
}

static refusal open_headers(struct capsule *capsule, struct cursor *cursor,
                            const struct uefi_guid *image_type,
                            struct uefi_fmp_image_header *image)
{
    struct uefi_capsule_header header;
    struct uefi_fmp_header fmp;
    uint64_t offset;
    take(cursor, &header, sizeof(header));
    if (header.header_size != sizeof(header) ||
        header.image_size > FLASH_CAPSULE_SIZE ||
        header.image_size < sizeof(header)) {
        return REFUSE(SIZES);
    }
    cursor->left = header.image_size - (uint32_t)sizeof(header);
    capsule->os_accepts = (header.flags & UEFI_CAPSULE_OS_ACCEPTS) != 0;
    if (!take(cursor, &fmp, sizeof(fmp)) ||
        fmp.version != UEFI_FMP_HEADER_VERSION || fmp.driver_count != 0 ||
        fmp.payload_count != 1 || !take(cursor, &offset, sizeof(offset)) ||
        offset != sizeof(fmp) + sizeof(offset) ||
        !take(cursor, image, sizeof(*image)) ||
        image->version != UEFI_FMP_IMAGE_VERSION ||
        image->image_size != cursor->left || image->vendor_code_size != 0) {
        return REFUSE(CUT);
    }
    if (memcmp(&image->image_type, image_type, sizeof(*image_type)) != 0 ||
        image->image_index != 1) {
        return REFUSE(COMPONENT);
    }
    return NULL;
}

static refusal explain(enum pkcs7_verdict verdict)
{
    switch (verdict) {
    case PKCS7_GOOD:
        return NULL;
    case PKCS7_MALFORMED:
        return REFUSE(MALFORMED);
    case PKCS7_UNSUPPORTED:
        return REFUSE(ALGORITHM);
    case PKCS7_UNTRUSTED:
        return REFUSE(STRANGER);
    case PKCS7_WRONG_DIGEST:
        return REFUSE(PAYLOAD);
    case PKCS7_WRONG_SIGNATURE:
        break;
    }
    return REFUSE(SIGNATURE);
}

static void read_signer(uint8_t trusted[SHA256_SIZE])
{
    for (unsigned i = 0; i < SHA256_SIZE / 4; i++) {
        uint32_t word = soc_fuse(BOOT_MCU_FUSES_SIGNER / 4 + i);
        memcpy(trusted + 4 * (size_t)i, &word, sizeof(word));
    }
}

/* Leaves the cursor at the payload. */
static refusal check_signature(struct cursor *cursor)
{
    struct uefi_fmp_authentication authentication;
    static const struct uefi_guid pkcs7 = UEFI_CERT_TYPE_PKCS7;
    uint8_t trusted[SHA256_SIZE];
    uint8_t digest[SHA256_SIZE];
    struct sha256 hash;
    if (!take(cursor, &authentication, sizeof(authentication)) ||
        authentication.revision != UEFI_CERTIFICATE_REVISION ||
        authentication.certificate_type != UEFI_CERTIFICATE_TYPE_GUID ||
        memcmp(&authentication.type, &pkcs7, sizeof(pkcs7)) != 0 ||
        authentication.length < UEFI_CERTIFICATE_HEADER) {
        return REFUSE(NO_PKCS7);
    }
    uint32_t der = cursor->at;
    uint32_t der_size = authentication.length - UEFI_CERTIFICATE_HEADER;
    if (!take(cursor, NULL, der_size)) {
        return REFUSE(CUT);
    }
    sha256_init(&hash);
    sha256_add(&hash, flash_at(cursor->at), cursor->left);
    sha256_add(&hash, &authentication.monotonic_count, COUNT_SIZE);
    sha256_end(&hash, digest);
    read_signer(trusted);
    return explain(pkcs7_verify(flash_at(der), der_size, digest, trusted));
}

refusal capsule_open(struct capsule *capsule,
                     const struct uefi_guid *image_type)
{
    struct cursor cursor = {FLASH_CAPSULE, FLASH_CAPSULE_SIZE};
    struct uefi_fmp_image_header image;
    struct uefi_fmp_payload_header version;
    refusal why = open_headers(capsule, &cursor, image_type, &image);
    if (why == NULL && (image.support & UEFI_FMP_AUTHENTICATED) == 0) {
        why = REFUSE(UNSIGNED);
    }
    if (why == NULL && image.support != UEFI_FMP_AUTHENTICATED) {
        why = REFUSE(DEPENDS);
    }
    if (why == NULL) {
        why = check_signature(&cursor);
    }
    if (why != NULL) {
        return why;
    }
    if (!take(&cursor, &version, sizeof(version)) ||
        version.signature != UEFI_FMP_PAYLOAD_SIGNATURE ||
        version.header_size != sizeof(version) ||
        version.lowest_supported_version > version.version) {
        return REFUSE(UNVERSIONED);
    }
    capsule->version = version.version;
    capsule->lowest_version = version.lowest_supported_version;
    capsule->image = cursor.at;
    capsule->image_size = cursor.left;
    return NULL;
}

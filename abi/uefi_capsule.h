/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware update capsules: UEFI specification 2.10, sections 8.5.3 (capsule
 * header) and 23.2, 23.3 (firmware management protocol), the empty capsules of
 * Arm's Dependable Boot, and EDK2's header before a payload.
 *
 * Freestanding C11. All integers are little-endian; structs lie unaligned in a
 * file and are packed. A GUID is 16 bytes, the first three fields of its text
 * little-endian.
 */
#ifndef ABI_UEFI_CAPSULE_H
#define ABI_UEFI_CAPSULE_H

#include <stddef.h>
#include <stdint.h>

#define UEFI_PACKED __attribute__((packed))

enum { UEFI_GUID_SIZE = 16 };

struct uefi_guid {
    uint8_t bytes[UEFI_GUID_SIZE];
};

#define UEFI_GUID_BYTES(a, b, c, ...)                                          \
    {                                                                          \
        {                                                                      \
            (a) & 0xff, (a) >> 8 & 0xff, (a) >> 16 & 0xff,                     \
                (uint32_t)(a) >> 24, (b)&0xff, (b) >> 8, (c)&0xff, (c) >> 8,   \
                __VA_ARGS__                                                    \
        }                                                                      \
    }

/* 6dcbd5ed-e82d-4c44-bda1-7194199ad92a: carries firmware images. */
#define UEFI_CAPSULE_FMP                                                       \
    UEFI_GUID_BYTES(0x6dcbd5ed, 0xe82d, 0x4c44, 0xbd, 0xa1, 0x71, 0x94, 0x19,  \
                    0x9a, 0xd9, 0x2a)
/* 0c996046-bcc0-4d04-85ec-e1fcedf1c6f8: an image of the trial bank is good. */
#define UEFI_CAPSULE_ACCEPT                                                    \
    UEFI_GUID_BYTES(0x0c996046, 0xbcc0, 0x4d04, 0x85, 0xec, 0xe1, 0xfc, 0xed,  \
                    0xf1, 0xc6, 0xf8)
/* acd58b4b-c0e8-475f-99b5-6b3f7e07aaf0: back to the previous bank. */
#define UEFI_CAPSULE_REVERT                                                    \
    UEFI_GUID_BYTES(0xacd58b4b, 0xc0e8, 0x475f, 0x99, 0xb5, 0x6b, 0x3f, 0x7e,  \
                    0x07, 0xaa, 0xf0)
/* 4aafd29d-68df-49ee-8aa9-347d375665a7: the certificate is PKCS #7. */
#define UEFI_CERT_TYPE_PKCS7                                                   \
    UEFI_GUID_BYTES(0x4aafd29d, 0x68df, 0x49ee, 0x8a, 0xa9, 0x34, 0x7d, 0x37,  \
                    0x56, 0x65, 0xa7)

/* EFI_CAPSULE_HEADER */
struct uefi_capsule_header {
    struct uefi_guid guid;
    uint32_t header_size;
    uint32_t flags;
    uint32_t image_size; /* of the whole capsule */
} UEFI_PACKED;

enum {
    UEFI_CAPSULE_OS_ACCEPTS = 0x8000, /* Dependable Boot: starts a trial */
    UEFI_CAPSULE_PERSIST = 0x10000,
    UEFI_CAPSULE_POPULATE = 0x20000,
    UEFI_CAPSULE_RESET = 0x40000,
};

/* EFI_FIRMWARE_MANAGEMENT_CAPSULE_HEADER; 64-bit offsets of the drivers, then
 * of the payloads, follow, counted from the start of this struct. */
struct uefi_fmp_header {
    uint32_t version;
    uint16_t driver_count;
    uint16_t payload_count;
} UEFI_PACKED;

/* EFI_FIRMWARE_MANAGEMENT_CAPSULE_IMAGE_HEADER; the image follows, then the
 * vendor code. */
struct uefi_fmp_image_header {
    uint32_t version;
    struct uefi_guid image_type;
    uint8_t image_index; /* from 1 */
    uint8_t reserved[3];
    uint32_t image_size; /* authentication and payload */
    uint32_t vendor_code_size;
    uint64_t hardware_instance; /* version 2; 0: any */
    uint64_t support;           /* version 3; UEFI_FMP_* */
} UEFI_PACKED;

enum {
    UEFI_FMP_HEADER_VERSION = 1,
    UEFI_FMP_IMAGE_VERSION = 3,
    UEFI_FMP_AUTHENTICATED = 1,
    UEFI_FMP_DEPENDENCY = 2,
};

/* EFI_FIRMWARE_IMAGE_AUTHENTICATION with its WIN_CERTIFICATE_UEFI_GUID; the
 * DER bytes of the PKCS #7 SignedData follow. They sign the payload and,
 * behind it, the 8 bytes of monotonic_count. */
struct uefi_fmp_authentication {
    uint64_t monotonic_count;
    uint32_t length; /* from here on, DER bytes included */
    uint16_t revision;
    uint16_t certificate_type;
    struct uefi_guid type;
} UEFI_PACKED;

enum {
    UEFI_CERTIFICATE_REVISION = 0x0200,
    UEFI_CERTIFICATE_TYPE_GUID = 0x0ef1,
    UEFI_CERTIFICATE_HEADER = 24, /* of length: what is not DER */
};

/* EDK2's FMP_PAYLOAD_HEADER, at the start of the payload. */
struct uefi_fmp_payload_header {
    uint32_t signature; /* "MSS1" */
    uint32_t header_size;
    uint32_t version;
    uint32_t lowest_supported_version;
} UEFI_PACKED;

#define UEFI_FMP_PAYLOAD_SIGNATURE 0x3153534du

_Static_assert(sizeof(struct uefi_capsule_header) == 28, "capsule header");
_Static_assert(sizeof(struct uefi_fmp_header) == 8, "FMP header");
_Static_assert(sizeof(struct uefi_fmp_image_header) == 48, "image header");
_Static_assert(sizeof(struct uefi_fmp_authentication) == 32, "authentication");
_Static_assert(sizeof(struct uefi_fmp_payload_header) == 16, "payload header");

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of MCUboot, as its documents design.md and encrypted_images.md and its
 * header bootutil/image.h give them (version 2.4).
 *
 *   header | padding to header_size | image | protected TLVs | TLVs
 *
 * Freestanding C11. All integers are little-endian; structs are packed.
 */
#ifndef ABI_MCUBOOT_H
#define ABI_MCUBOOT_H

#include <stdint.h>

#define MCUBOOT_PACKED __attribute__((packed))

#define MCUBOOT_MAGIC 0x96f3b83du

enum {
    MCUBOOT_TLV_MAGIC = 0x6907,
    MCUBOOT_PROTECTED_TLV_MAGIC = 0x6908,
};

/* Flags of the header. */
enum {
    MCUBOOT_PIC = 0x1,
    MCUBOOT_ENCRYPTED_AES128 = 0x4,
    MCUBOOT_ENCRYPTED_AES256 = 0x8,
    MCUBOOT_NON_BOOTABLE = 0x10,
    MCUBOOT_RAM_LOAD = 0x20,
    MCUBOOT_ROM_FIXED = 0x100,
    MCUBOOT_COMPRESSED_LZMA1 = 0x200,
    MCUBOOT_COMPRESSED_LZMA2 = 0x400,
    MCUBOOT_COMPRESSED_ARM_THUMB = 0x800,

    MCUBOOT_ENCRYPTED = MCUBOOT_ENCRYPTED_AES128 | MCUBOOT_ENCRYPTED_AES256,
    MCUBOOT_COMPRESSED = MCUBOOT_COMPRESSED_LZMA1 | MCUBOOT_COMPRESSED_LZMA2 |
                         MCUBOOT_COMPRESSED_ARM_THUMB,
};

enum {
    MCUBOOT_TLV_KEY_HASH = 0x01,
    MCUBOOT_TLV_KEY = 0x02,
    MCUBOOT_TLV_SHA256 = 0x10,
    MCUBOOT_TLV_SHA384 = 0x11,
    MCUBOOT_TLV_SHA512 = 0x12,
    MCUBOOT_TLV_RSA2048 = 0x20,
    MCUBOOT_TLV_ECDSA224 = 0x21,
    MCUBOOT_TLV_ECDSA = 0x22,
    MCUBOOT_TLV_RSA3072 = 0x23,
    MCUBOOT_TLV_ED25519 = 0x24,
    MCUBOOT_TLV_PURE = 0x25,
    MCUBOOT_TLV_ENC_RSA2048 = 0x30,
    MCUBOOT_TLV_ENC_KW = 0x31,
    MCUBOOT_TLV_ENC_P256 = 0x32,
    MCUBOOT_TLV_ENC_X25519 = 0x33,
    MCUBOOT_TLV_ENC_X25519_SHA512 = 0x34,
    MCUBOOT_TLV_DEPENDENCY = 0x40,
    MCUBOOT_TLV_SECURITY_COUNTER = 0x50,
    MCUBOOT_TLV_BOOT_RECORD = 0x60,
    MCUBOOT_TLV_PLAIN_SIZE = 0x70,
    MCUBOOT_TLV_PLAIN_HASH = 0x71,
    MCUBOOT_TLV_PLAIN_SIGNATURE = 0x72,
    MCUBOOT_TLV_COMPRESSED_SIZE = 0x73,
    MCUBOOT_TLV_VENDOR_UUID = 0x74,
    MCUBOOT_TLV_CLASS_UUID = 0x75,
    MCUBOOT_TLV_VENDOR_FIRST = 0xa0,
    MCUBOOT_TLV_VENDOR_LAST = 0xfffe,
};

struct mcuboot_version {
    uint8_t major;
    uint8_t minor;
    uint16_t revision;
    uint32_t build;
} MCUBOOT_PACKED;

struct mcuboot_header {
    uint32_t magic;
    uint32_t load_address;
    uint16_t header_size;    /* with padding: the image starts there */
    uint16_t protected_size; /* of the protected TLVs with their head */
    uint32_t image_size;
    uint32_t flags;
    struct mcuboot_version version;
    uint32_t padding;
} MCUBOOT_PACKED;

/* Head of an area of TLVs. */
struct mcuboot_tlv_area {
    uint16_t magic;
    uint16_t size; /* with this head */
} MCUBOOT_PACKED;

struct mcuboot_tlv {
    uint16_t type;
    uint16_t size; /* of what follows */
} MCUBOOT_PACKED;

struct mcuboot_dependency {
    uint8_t image; /* its number on the device */
    uint8_t padding[3];
    struct mcuboot_version least;
} MCUBOOT_PACKED;

/*
 * The trailer, at the end of a slot; each field at a multiple of the alignment
 * A (8, 16 or 32 bytes):
 *
 *   swap status | (two keys) | swap size | swap info | copy done | image ok |
 *   magic of 16 bytes, which ends the slot
 *
 * The magic for 8 bytes is its own; for others it starts with A in 16 bits.
 */
enum { MCUBOOT_TRAILER_MAGIC_SIZE = 16, MCUBOOT_FLAG_SET = 1 };

_Static_assert(sizeof(struct mcuboot_header) == 32, "header of an image");
_Static_assert(sizeof(struct mcuboot_dependency) == 12, "dependency");

#endif

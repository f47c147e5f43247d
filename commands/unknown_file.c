/* SPDX-License-Identifier: Apache-2.0 */
/* Magic numbers of files that are given to inspect by mistake. */
#include "commands/unknown_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bits.h"

struct magic {
    size_t offset;
    size_t size;
    const char *bytes;
    const char *name;
};

#define MAGIC(offset, bytes, name)                                             \
    {                                                                          \
        offset, sizeof(bytes) - 1, bytes, name                                 \
    }

/* The first that fits counts. */
static const struct magic magics[] = {
    MAGIC(0, "\177ELF", "an ELF file, a program"),
    MAGIC(0, "\xd2\x84", "a COSE_Sign1 (see cairn-verify-token(1))"),
    MAGIC(0, "-----BEGIN CERTIFICATE-----",
          "certificates in PEM, or evidence (see cairn-verify-quote(1))"),
    MAGIC(0, "-----BEGIN ", "PEM, a key for example (see cairn-keys(1))"),
    MAGIC(0, "\xd0\x0d\xfe\xed", "a flattened device tree, or a FIT"),
    MAGIC(0, "\x27\x05\x19\x56", "a legacy image of U-Boot"),
    MAGIC(56, "ARM\x64", "a Linux kernel for AArch64"),
    MAGIC(56, "RSC\x05", "a Linux kernel for RISC-V"),
    MAGIC(0, "MZ", "a PE program, for UEFI for example"),
    MAGIC(40, "_FVH", "a UEFI firmware volume"),
    MAGIC(0, "\x1f\x8b", "compressed by gzip"),
    MAGIC(0,
          "\xfd"
          "7zXZ",
          "compressed by xz"),
    MAGIC(0, "\x28\xb5\x2f\xfd", "compressed by zstd"),
    MAGIC(0, "BZh", "compressed by bzip2"),
    MAGIC(0, "PK\x03\x04", "a ZIP archive"),
    MAGIC(257, "ustar", "a tar archive"),
    MAGIC(0, "070701", "a cpio archive, an initial RAM disk for example"),
    MAGIC(0, "!<arch>\n", "an ar archive, a library or package"),
    MAGIC(0, "QFI\xfb", "a qcow2 disk image (see cairn-disk-show(1))"),
    MAGIC(0, "KDMV", "a VMDK disk image"),
    MAGIC(0, "vhdxfile", "a VHDX disk image"),
    MAGIC(64, "\x7f\x10\xda\xbe", "a VDI disk image"),
    MAGIC(0, "%PDF", "a PDF document"),
    MAGIC(0, "\x89PNG", "a PNG picture"),
    MAGIC(0x8001, "CD001", "an ISO 9660 file system"),
    MAGIC(0x438, "\x53\xef", "an ext2, ext3 or ext4 file system"),
    MAGIC(510, "\x55\xaa", "a disk with a boot sector"),
};

static bool is_text(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_space = bytes[i] == '\n' || bytes[i] == '\r' ||
                        bytes[i] == '\t' || bytes[i] == '\f';
        if ((bytes[i] < ' ' && !is_space) || bytes[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_all(const uint8_t *bytes, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

const char *unknown_file_name(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    if (size == 0) {
        return "an empty file";
    }
    for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
        const struct magic *magic = &magics[i];
        if (in_range(magic->offset, magic->size, size) &&
            memcmp(at + magic->offset, magic->bytes, magic->size) == 0) {
            return magic->name;
        }
    }
    if (is_all(at, size, 0)) {
        return "zeros";
    }
    if (is_all(at, size, 0xff)) {
        return "erased flash";
    }
    return is_text(at, size) ? "text" : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's firmware configuration device: what the platform puts into it before
 * a guest reads it. */
#ifndef DEVICES_QEMU_FW_CFG_H
#define DEVICES_QEMU_FW_CFG_H

#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"

#define FW_CFG_COMPATIBLE "qemu,fw-cfg-mmio"

/* Items with numbers of their own, as Linux's uapi header of fw_cfg gives them;
 * integers in them are little-endian. */
enum fw_cfg_key {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_UUID = 0x02,
    FW_CFG_NOGRAPHIC = 0x04,
    FW_CFG_NB_CPUS = 0x05,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_BOOT_MENU = 0x0e,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15,
    FW_CFG_FILE_DIRECTORY = 0x19,
};

/* Items that the platform gives to firmware, before the machine runs; the bytes
 * are copied. -ENOSPC when there are too many, -EEXIST for a key or name that
 * is taken, -EINVAL for a name that is too long. */
int fw_cfg_add(struct device *device, uint16_t key, const void *bytes,
               size_t size);
/* By name, "etc/system-states": gets the next free key and a place in the
 * directory, which is kept in the order of names. */
int fw_cfg_add_file(struct device *device, const char *name, const void *bytes,
                    size_t size);

#endif

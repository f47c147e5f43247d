/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICES_ARM_FW_CFG_H
#define DEVICES_ARM_FW_CFG_H

#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"

#define FW_CFG_COMPATIBLE "qemu,fw-cfg-mmio"

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

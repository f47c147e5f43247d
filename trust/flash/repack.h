/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest in place of the one that a boot flash holds: root of trust and
 * monitor stay, and all is signed anew with one ring of keys, without LMS,
 * whose trees take seconds to grow.
 */
#ifndef TRUST_FLASH_REPACK_H
#define TRUST_FLASH_REPACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "trust/keys/keys.h"

/* A part of the guest, and where the monitor is to put it. */
struct flash_piece {
    uint32_t id; /* FLASH_IMAGE_KERNEL, _DEVICE_TREE or _INITRD */
    uint64_t address;
    uint64_t entry;
    const uint8_t *bytes;
    size_t size;
};

/* Replaces flash and fuses, which are whole images. -EINVAL for a flash without
 * a first bank, bundle or monitor, for a piece of another kind, and for one at
 * a place where the boot MCU does not load; -ENOSPC for too many. */
int flash_repack(const struct flash_piece *pieces, size_t count,
                 struct key_ring *keys, struct buffer *flash,
                 struct buffer *fuses, struct error *error);

#endif

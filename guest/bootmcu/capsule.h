/* SPDX-License-Identifier: Apache-2.0 */
/* The update capsule that waits in the boot flash (abi/uefi_capsule.h). */
#ifndef GUEST_BOOTMCU_CAPSULE_H
#define GUEST_BOOTMCU_CAPSULE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/uefi_capsule.h"
#include "guest/bootmcu/images.h"

enum capsule_kind {
    CAPSULE_NONE,
    CAPSULE_FIRMWARE,
    CAPSULE_ACCEPT,
    CAPSULE_REVERT,
    CAPSULE_UNKNOWN
};

struct capsule {
    uint32_t version;
    uint32_t lowest_version;
    bool os_accepts;
    uint32_t image; /* place in the flash */
    uint32_t image_size;
};

/* By the GUID that it starts with; erased or spent it is none. */
enum capsule_kind capsule_kind(void);

/* Checks a firmware capsule: bounds, component, signature of the one signer
 * that the fuses name, version header. */
refusal capsule_open(struct capsule *capsule,
                     const struct uefi_guid *image_type);

#endif

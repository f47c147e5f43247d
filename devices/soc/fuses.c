/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-time programmable fuses of a SoC: 4 KiB of bits that only ever go from
 * zero to one. The second bank reads them. Contents are a memory of the board
 * (cairn,memory) that keeps over power cycles. A design of ours.
 */

#include <stdio.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/flash_image.h"
#include "abi/update_report.h"
#include "base/assert.h"
#include "base/bits.h"
#include "bus/device.h"
#include "bus/region.h"

enum {
    FUSES_SIZE = 4096,
    SIGNER_SIZE = 32,
    ADDRESS_MASK = FUSES_SIZE - 4,
    /* Bytes of the fuses of the root of trust, up to its first fuse that is
     * public. */
    SECRETS_SIZE = CALIPTRA_SOC_IFC_FUSE_KEY_MANIFEST_PK_HASH -
                   CALIPTRA_SOC_IFC_FUSE_UDS_SEED,
};
static_assert((int)FUSES_SIZE <= (int)REGION_PAGE_SIZE, "a memory has pages");

struct state {
    uint32_t address;
    uint32_t lock;
    uint32_t version; /* of the step that UPDATE tells next */
};

struct wiring {
    struct region *contents;
};

static uint32_t word_at(const struct device *device, uint64_t offset)
{
    const struct wiring *wiring = device->wiring;

    debug_assert(offset % 4 == 0);
    debug_assert(in_range(offset, 4, wiring->contents->size_bytes));
    return load_le32(region_host(wiring->contents) + offset);
}

static void write_burn(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    /* The bits of the register's width, whatever a record holds. */
    uint32_t address = state->address & ADDRESS_MASK;
    uint8_t bytes[4];

    if ((state->lock & BOOT_MCU_LOCK_BURN) != 0) {
        device_guest_error(device, address, "burning is locked");
        return;
    }
    store_le32(bytes, word_at(device, address) | value);
    region_load(wiring->contents, address, bytes, sizeof(bytes));
    device_event(device, .fact = FACT_FUSE_BURNT,
                 .values = {address, load_le32(bytes)});
}

/* The signer is the one whose identity the array has. */
static struct event_digest signer(const struct device *device)
{
    const struct wiring *wiring = device->wiring;

    return event_digest(region_host(wiring->contents) + BOOT_MCU_FUSES_SIGNER,
                        SIGNER_SIZE);
}

/* " (CN=Updates)": the subject of the certificate with that digest, if a
 * capsule brought it. */
static void name_signer(const struct device *device, struct event *event)
{
    const struct event_list *list = &device->fabric->events;

    for (size_t i = list->count; i-- > 0;) {
        const struct event *claim = &list->events[i];
        if (claim->fact == FACT_CAPSULE_SIGNER &&
            claim->digest.size == event->digest.size &&
            memcmp(claim->digest.bytes, event->digest.bytes,
                   event->digest.size) == 0) {
            char name[EVENT_NAME_SIZE + 4];
            snprintf(name, sizeof(name), " (%.*s)", EVENT_NAME_SIZE - 4,
                     claim->name);
            event_set_name(event, name);
            return;
        }
    }
}

static void write_update(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    static const enum event_fact facts[UPDATE_STEPS] = {
        [UPDATE_VERIFIED] = FACT_CAPSULE_VERIFIED,
        [UPDATE_REFUSED] = FACT_CAPSULE_REFUSED,
        [UPDATE_INSTALLS] = FACT_BANK_INSTALLS,
        [UPDATE_TRIAL] = FACT_BANK_ON_TRIAL,
        [UPDATE_BOOT] = FACT_BANK_TRIAL_BOOT,
        [UPDATE_ACCEPTED] = FACT_BANK_ACCEPTED,
        [UPDATE_REVERTED] = FACT_BANK_REVERTED,
        [UPDATE_FLOOR] = FACT_FLOOR_RAISED,
        [UPDATE_BOOTED] = FACT_BANK_BOOTED,
        [UPDATE_BANK_REFUSED] = FACT_BANK_REFUSED,
    };
    const struct state *state = device->state;
    const unsigned step = value & 0xff;
    const unsigned detail = value >> 16 & 0xff;
    const bool counted = step == UPDATE_REFUSED || step == UPDATE_BOOT ||
                         step == UPDATE_BANK_REFUSED;

    if (step == 0 || step >= UPDATE_STEPS ||
        (step == UPDATE_REFUSED && detail >= UPDATE_REFUSALS) ||
        (step == UPDATE_BANK_REFUSED && detail >= BANK_REFUSALS)) {
        device_guest_error(device, BOOT_MCU_FUSES_UPDATE - BOOT_MCU_FUSES,
                           "0x%x is no step of an update", value);
        return;
    }
    struct event event = {
        .fact = facts[step],
        .number = value >> 8 & 0xff,
        .values = {counted ? detail : state->version,
                   step == UPDATE_BOOT ? FLASH_TRIAL_BOOTS : 0},
    };
    if (step == UPDATE_VERIFIED) {
        event.digest = signer(device);
        name_signer(device, &event);
    }
    device_add_event(device, &event);
}

static int read_array(struct device *device, unsigned bank,
                      const struct access *access, uint64_t offset,
                      unsigned size, uint64_t *value)
{
    const struct state *state = device->state;

    *value = word_at(device, offset);
    if ((state->lock & BOOT_MCU_LOCK_SECRETS) != 0 && offset < SECRETS_SIZE) {
        *value = 0;
    }
    return 0;
}

static int write_array(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       unsigned size, uint64_t value)
{
    device_guest_error(device, offset,
                       "0x%llx written to fuses: they are burnt by BURN",
                       (unsigned long long)value);
    return 0;
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->contents = device_memory(device, "cairn,memory", error);
    return wiring->contents != NULL ? 0 : -ENOENT;
}

#define AT(name) (BOOT_MCU_FUSES_##name - BOOT_MCU_FUSES)

static const struct register_spec registers[] = {
#include "devices/soc/fuses.def"
};

const struct device_type soc_fuses = {
    .compatible = "cairn,soc-fuses",
    .title = "one-time programmable fuses",
    .reference = "docs/design/trust/chain.md",
    .role = ROLE_FUSES,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4, registers),
                 {"array", FUSES_SIZE, 4, NULL, 0}),
    .init = init,
    .read = read_array,
    .write = write_array,
};

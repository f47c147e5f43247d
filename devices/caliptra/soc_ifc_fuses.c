/* SPDX-License-Identifier: Apache-2.0 */
/* Fuses of Caliptra's SoC interface: which user may read and write them, until
 * when, and what their lock tells of the keys in them. */
#include <inttypes.h>

#include "devices/caliptra/soc_ifc_state.h"

/* A user other than the locked fuse user gets a bus error, and zero whatever a
 * handler returns. */
static bool admit_fuse_user(struct device *device, const struct access *access)
{
    const struct soc_ifc_state *state = device->state;

    if (access->view == VIEW_CORE || state->fuse_user_lock == 0 ||
        access->user == state->fuse_user) {
        return true;
    }
    device_guest_error(
        device, CALIPTRA_SOC_IFC_FUSE_UDS_SEED - CALIPTRA_SOC_IFC_BASE,
        "fuse accessed by user 0x%08" PRIx32 ", only 0x%08" PRIx32 " may",
        access->user, state->fuse_user);
    access_refuse(access);
    return false;
}

uint32_t soc_ifc_read_fuse(struct device *device, const struct access *access,
                           const uint32_t *fuse)
{
    admit_fuse_user(device, access);
    return *fuse;
}

void soc_ifc_write_fuse(struct device *device, const struct access *access,
                        uint32_t *fuse, uint32_t value)
{
    const struct soc_ifc_state *state = device->state;

    if (!admit_fuse_user(device, access)) {
        return;
    }
    if (state->fuse_write_done != 0) {
        device_guest_error(
            device, CALIPTRA_SOC_IFC_FUSE_UDS_SEED - CALIPTRA_SOC_IFC_BASE,
            "fuse written after CPTRA_FUSE_WR_DONE");
        return;
    }
    *fuse = value;
}

/* The keys whose firmware the part takes from now on. */
static void tell_keys(struct device *device, enum event_fact locked,
                      enum event_fact none, const uint32_t hash[12])
{
    uint8_t bytes[48];
    bool any = false;

    for (unsigned i = 0; i < 12; i++) {
        store_be32(bytes + (size_t)4 * i, hash[i]);
        any = any || hash[i] != 0;
    }
    device_event(device, .fact = any ? locked : none,
                 .digest = event_digest(bytes, any ? sizeof(bytes) : 0));
}

void soc_ifc_write_fuse_done(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;
    const struct soc_ifc_wiring *wiring = device->wiring;

    if (state->fuse_write_done == 0 && value != 0) {
        state->fuse_write_done = 1;
        device_event(device, .fact = FACT_FUSES_LOCKED);
        tell_keys(device, FACT_VENDOR_KEYS_LOCKED, FACT_VENDOR_KEYS_NONE,
                  state->vendor_key_hash);
        tell_keys(device, FACT_OWNER_KEYS_LOCKED, FACT_OWNER_KEYS_NONE,
                  soc_ifc_words(state, wiring->layout->owner_hash));
    }
    state->fuse_write_seen = 1;
    soc_ifc_boot_advance(device);
}

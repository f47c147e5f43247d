/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets that the part keeps from everybody, and when it is not what it
 * was: in debug and scan mode, and after a fatal error.
 */
#include <string.h>

#include "devices/caliptra/soc_ifc_state.h"

bool soc_ifc_is_debug_locked(const struct soc_ifc_state *state)
{
    return (state->security_state & CALIPTRA_SECURITY_DEBUG_LOCKED) != 0;
}

/* As the reset latched it. */
bool soc_ifc_is_latched_open(const struct device *device)
{
    const struct soc_ifc_state *state = device->state;
    const struct soc_ifc_wiring *wiring = device->wiring;
    uint32_t life_cycle =
        state->security_state & CALIPTRA_SECURITY_LIFECYCLE_MASK;
    bool provisioned = life_cycle == CALIPTRA_LIFECYCLE_MANUFACTURING ||
                       life_cycle == CALIPTRA_LIFECYCLE_PRODUCTION;

    return !soc_ifc_is_debug_locked(state) ||
           (wiring->generation->opens_unprovisioned && !provisioned);
}

bool soc_ifc_is_open(const struct device *device)
{
    uint32_t level = device->input_levels[SOC_IFC_SECURITY_STATE];

    return soc_ifc_is_latched_open(device) ||
           (level & CALIPTRA_SECURITY_SCAN_MODE) != 0;
}

void soc_ifc_flush(struct device *device)
{
    const struct soc_ifc_state *state = device->state;

    soc_ifc_set(device, SOC_IFC_DEBUG_FLUSH, 0);
    soc_ifc_set(device, SOC_IFC_DEBUG_FLUSH, 1);
    soc_ifc_set(device, SOC_IFC_DEBUG_FLUSH, state->error_fatal);
}

/* Life cycle and debug lock are latched at the next reset, scan mode is not. */
void soc_ifc_security_state_changed(struct device *device, unsigned input,
                                    uint32_t level)
{
    if (soc_ifc_is_up(device) && (level & CALIPTRA_SECURITY_SCAN_MODE) != 0) {
        interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_SCAN_MODE);
        soc_ifc_clear_secrets(device);
        soc_ifc_flush(device);
    }
}

static const uint32_t open_secret[SOC_IFC_UDS_WORDS_2] = {
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
};

const uint32_t *soc_ifc_obf_key(struct device *soc_ifc)
{
    const struct soc_ifc_state *state = soc_ifc->state;

    return soc_ifc_is_open(soc_ifc) ? open_secret : state->obf_key;
}

const uint32_t *soc_ifc_uds_seed(struct device *soc_ifc)
{
    const struct soc_ifc_wiring *wiring = soc_ifc->wiring;

    return soc_ifc_is_open(soc_ifc)
               ? open_secret
               : soc_ifc_words(soc_ifc->state, wiring->layout->uds_seed);
}

const uint32_t *soc_ifc_field_entropy(struct device *soc_ifc)
{
    const struct soc_ifc_state *state = soc_ifc->state;

    return soc_ifc_is_open(soc_ifc) ? open_secret : state->field_entropy;
}

void soc_ifc_clear_secrets(struct device *soc_ifc)
{
    struct soc_ifc_state *state = soc_ifc->state;

    memset(state->obf_key, 0, sizeof(state->obf_key));
    memset(state->uds_seed, 0, sizeof(state->uds_seed));
    memset(state->uds_seed_2, 0, sizeof(state->uds_seed_2));
    memset(state->field_entropy, 0, sizeof(state->field_entropy));
}

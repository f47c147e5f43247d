/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power good, resets and the boot state machine of the SoC interface.
 *
 * Out of reset the SoC writes fuses and then CPTRA_FUSE_WR_DONE; only then, and
 * past a breakpoint if one is set, the core's reset is released. After a warm
 * reset the fuses keep their values, but the state machine waits for that write
 * all the same. An update reset holds the core alone for some cycles.
 */
#include <string.h>

#include "devices/caliptra/soc_ifc_state.h"

bool soc_ifc_is_up(const struct device *device)
{
    const struct soc_ifc_state *state = device->state;

    return state->boot_state != BOOT_IDLE;
}

/* A deeper reset is asserted first and released first. */
void soc_ifc_boot_show(struct device *device)
{
    const struct soc_ifc_state *state = device->state;
    bool has_power = device->input_levels[SOC_IFC_PWRGOOD] != 0;

    soc_ifc_set(device, SOC_IFC_RESET_POWER_ON, !has_power);
    soc_ifc_set(device, SOC_IFC_RESET_WARM, !soc_ifc_is_up(device));
    soc_ifc_set(device, SOC_IFC_READY_FOR_FUSES,
                state->boot_state == BOOT_FUSE && !state->fuse_write_seen);
    soc_ifc_set(device, SOC_IFC_RESET_CORE, state->boot_state != BOOT_DONE);
}

static void release_core(struct device *device)
{
    struct soc_ifc_state *state = device->state;

    device_event(
        device, .fact = FACT_CORE_RELEASED,
        .values = {state->security_state & CALIPTRA_SECURITY_LIFECYCLE_MASK,
                   soc_ifc_is_debug_locked(state)});
    if (state->boot_state == BOOT_WAIT) {
        state->iccm_lock = 0;
        soc_ifc_set(device, SOC_IFC_ICCM_LOCK, 0);
    }
    state->boot_state = BOOT_DONE;
}

void soc_ifc_boot_advance(struct device *device)
{
    struct soc_ifc_state *state = device->state;
    bool stops = state->breakpoint && !state->bootfsm_go;

    if (state->boot_state == BOOT_FUSE && state->fuse_write_done &&
        state->fuse_write_seen) {
        state->boot_state = BOOT_WAIT;
    }
    if (state->boot_state == BOOT_WAIT && !state->update_waiting && !stops) {
        release_core(device);
    }
    soc_ifc_boot_show(device);
}

/* ---- Resets -------------------------------------------------------------- */

static void latch_security_state(struct device *device)
{
    struct soc_ifc_state *state = device->state;
    const struct soc_ifc_wiring *wiring = device->wiring;
    uint32_t level = device->input_levels[SOC_IFC_SECURITY_STATE];

    state->security_state = level & (CALIPTRA_SECURITY_LIFECYCLE_MASK |
                                     CALIPTRA_SECURITY_DEBUG_LOCKED);
    /* The detector sees the locked default first, then what was latched. */
    interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DEBUG_LOCKED);
    if (!state->was_up) {
        memcpy(state->obf_key, wiring->obf_key, sizeof(state->obf_key));
    }
    if (!soc_ifc_is_debug_locked(state)) {
        interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DEBUG_LOCKED);
    }
    if (soc_ifc_is_latched_open(device)) {
        soc_ifc_flush(device);
    }
    if ((level & CALIPTRA_SECURITY_SCAN_MODE) != 0) {
        interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_SCAN_MODE);
    }
    if (soc_ifc_is_open(device)) {
        soc_ifc_clear_secrets(device);
    }
}

static void latch_breakpoint(struct device *device)
{
    struct soc_ifc_state *state = device->state;
    bool heeded = !soc_ifc_is_debug_locked(state) ||
                  (state->security_state & CALIPTRA_SECURITY_LIFECYCLE_MASK) ==
                      CALIPTRA_LIFECYCLE_MANUFACTURING;

    state->breakpoint = heeded && device->input_levels[SOC_IFC_BREAKPOINT] != 0;
}

static void leave_reset(struct device *device)
{
    struct soc_ifc_state *state = device->state;

    state->boot_state = BOOT_FUSE;
    state->fuse_write_seen = 0;
    state->reset_reason = state->was_up ? CALIPTRA_RESET_REASON_WARM : 0;
    soc_ifc_boot_show(device);
    latch_security_state(device);
    latch_breakpoint(device);
    soc_ifc_latch_generic_in(device);
    state->was_up = 1;
    soc_ifc_boot_advance(device);
}

static void enter_reset(struct device *device, enum reset_domain domain)
{
    device_event(device, .fact = domain == RESET_WARM ? FACT_CORE_WARM_RESET
                                                      : FACT_CORE_POWER_LOST);
    device_reset(device, domain);
}

/* Either line: the reset lasts until both are high. */
void soc_ifc_boot_changed(struct device *device, unsigned input, uint32_t level)
{
    bool has_power = device->input_levels[SOC_IFC_PWRGOOD] != 0;
    bool has_clear_reset = device->input_levels[SOC_IFC_RST_B] != 0;

    if (level == 0 && input == SOC_IFC_PWRGOOD) {
        enter_reset(device, RESET_POWER_ON);
    } else if (level == 0 && soc_ifc_is_up(device)) {
        enter_reset(device, RESET_WARM);
    } else if (has_power && has_clear_reset && !soc_ifc_is_up(device)) {
        device_event(device, .fact = FACT_CORE_WAITS_FOR_FUSES);
        leave_reset(device);
    } else {
        soc_ifc_boot_show(device);
    }
}

/* ---- Update reset -------------------------------------------------------- */

void soc_ifc_boot_update(struct device *device)
{
    struct soc_ifc_state *state = device->state;
    uint64_t wait_ns = soc_ifc_cycles_to_ns(device, state->update_wait_cycles);

    if (state->boot_state != BOOT_DONE) {
        return;
    }
    device_event(device, .fact = FACT_CORE_UPDATE_RESET);
    state->reset_reason = CALIPTRA_RESET_REASON_FW_UPDATE;
    state->boot_state = BOOT_WAIT;
    state->update_waiting = 1;
    soc_ifc_boot_show(device);
    timer_arm(&device->fabric->clock, &device->timers[SOC_IFC_UPDATE_TIMER],
              clock_now(&device->fabric->clock) + wait_ns);
}

void soc_ifc_boot_waited(struct device *device)
{
    struct soc_ifc_state *state = device->state;

    state->update_waiting = 0;
    soc_ifc_boot_advance(device);
}

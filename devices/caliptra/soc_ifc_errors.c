/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of the SoC interface: what hardware, firmware and mailbox report, and
 * the two lines by which the SoC hears of it.
 */
#include "devices/caliptra/soc_ifc_state.h"

/* A fatal error stays reported until reset and costs the core its secrets. */
static void report_fatal(struct device *device)
{
    struct soc_ifc_state *state = device->state;

    state->error_fatal = 1;
    soc_ifc_clear_secrets(device);
    soc_ifc_set(device, SOC_IFC_DEBUG_FLUSH, 1);
    soc_ifc_set(device, SOC_IFC_ERROR_FATAL, 1);
}

void soc_ifc_fatal(struct device *device, uint32_t bits, enum event_fact fact)
{
    struct soc_ifc_state *state = device->state;

    device_event(device, .fact = fact, .values = {bits});
    state->hw_error_fatal |= bits;
    if ((bits & ~state->hw_error_fatal_mask) != 0) {
        report_fatal(device);
    }
}

static void report_non_fatal(struct device *device, bool on)
{
    struct soc_ifc_state *state = device->state;

    state->error_non_fatal = on;
    soc_ifc_set(device, SOC_IFC_ERROR_NON_FATAL, on);
}

void soc_ifc_non_fatal(struct device *device, uint32_t bits,
                       enum event_fact fact)
{
    struct soc_ifc_state *state = device->state;

    device_event(device, .fact = fact, .values = {bits});
    state->hw_error_non_fatal |= bits;
    if ((bits & ~state->hw_error_non_fatal_mask) != 0) {
        report_non_fatal(device, true);
    }
}

/* The line falls once nothing unmasked is left. */
static void settle_non_fatal(struct device *device)
{
    const struct soc_ifc_state *state = device->state;

    if ((state->hw_error_non_fatal & ~state->hw_error_non_fatal_mask) == 0 &&
        (state->fw_error_non_fatal & ~state->fw_error_non_fatal_mask) == 0) {
        report_non_fatal(device, false);
    }
}

void soc_ifc_write_fw_error_fatal(struct device *device,
                                  const struct access *access, unsigned index,
                                  uint32_t value)
{
    struct soc_ifc_state *state = device->state;
    uint32_t news = value & ~state->fw_error_fatal;

    state->fw_error_fatal = value;
    if (value != 0) {
        device_event(device, .fact = FACT_FIRMWARE_FATAL, .values = {value});
    }
    if ((news & ~state->fw_error_fatal_mask) != 0) {
        report_fatal(device);
    }
}

void soc_ifc_write_fw_error_non_fatal(struct device *device,
                                      const struct access *access,
                                      unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;
    uint32_t news = value & ~state->fw_error_non_fatal;

    state->fw_error_non_fatal = value;
    if (value != 0) {
        device_event(device, .fact = FACT_FIRMWARE_NON_FATAL,
                     .values = {value});
    }
    if ((news & ~state->fw_error_non_fatal_mask) != 0) {
        report_non_fatal(device, true);
    } else {
        settle_non_fatal(device);
    }
}

void soc_ifc_write_hw_error_non_fatal(struct device *device,
                                      const struct access *access,
                                      unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    state->hw_error_non_fatal &= ~value;
    settle_non_fatal(device);
}

void soc_ifc_write_hw_non_fatal_mask(struct device *device,
                                     const struct access *access,
                                     unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    state->hw_error_non_fatal_mask = value;
    settle_non_fatal(device);
}

void soc_ifc_write_fw_non_fatal_mask(struct device *device,
                                     const struct access *access,
                                     unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    state->fw_error_non_fatal_mask = value;
    settle_non_fatal(device);
}

void soc_ifc_write_error_status(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    interrupts_write_status_error(device, access, index, value);
    soc_ifc_watchdog_serviced(device, value);
}

void soc_ifc_crypto_error_changed(struct device *device, unsigned input,
                                  uint32_t level)
{
    const struct soc_ifc_wiring *wiring = device->wiring;

    if (level != 0 && wiring->generation->watches_engines) {
        soc_ifc_fatal(device, HW_FATAL_CRYPTO, FACT_TWO_ENGINES_AT_ONCE);
    }
}

void soc_ifc_report(struct device *soc_ifc, enum mailbox_report report)
{
    switch (report) {
    case MAILBOX_COMMAND:
        interrupts_raise(soc_ifc, INTERRUPT_NOTIF, NOTIF_COMMAND);
        break;
    case MAILBOX_WANTED:
        interrupts_raise(soc_ifc, INTERRUPT_NOTIF, NOTIF_LOCK_WANTED);
        break;
    case MAILBOX_INVALID_USER:
        interrupts_raise(soc_ifc, INTERRUPT_ERROR, ERROR_INVALID_USER);
        break;
    case MAILBOX_WITHOUT_LOCK:
        interrupts_raise(soc_ifc, INTERRUPT_ERROR, ERROR_COMMAND_FAIL);
        soc_ifc_non_fatal(soc_ifc, HW_NON_FATAL_NO_LOCK,
                          FACT_MAILBOX_WITHOUT_LOCK);
        break;
    case MAILBOX_OUT_OF_ORDER:
        interrupts_raise(soc_ifc, INTERRUPT_ERROR, ERROR_COMMAND_FAIL);
        soc_ifc_non_fatal(soc_ifc, HW_NON_FATAL_OUT_OF_ORDER,
                          FACT_MAILBOX_OUT_OF_ORDER);
        break;
    }
}

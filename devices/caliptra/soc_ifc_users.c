/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users of the SoC interface, as the bus names them: the users that may use the
 * mailbox, write fuses and deliver random numbers, and that delivery.
 */
#include <inttypes.h>

#include "devices/caliptra/soc_ifc_state.h"

/* ---- Users --------------------------------------------------------------- */

bool soc_ifc_is_mailbox_user(struct device *soc_ifc, uint32_t user)
{
    const struct soc_ifc_state *state = soc_ifc->state;
    bool valid = user == UINT32_MAX;

    for (unsigned i = 0; i < CALIPTRA_MBOX_USERS; i++) {
        valid = valid || (state->mailbox_user_lock[i] != 0 &&
                          state->mailbox_user[i] == user);
    }
    return valid;
}

void soc_ifc_write_mailbox_user(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    if (state->mailbox_user_lock[index] != 0) {
        device_guest_error(device, index,
                           "CPTRA_MBOX_VALID_PAUSER[%u] is locked", index);
        return;
    }
    state->mailbox_user[index] = value;
}

void soc_ifc_write_trng_user(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    if (state->trng_user_lock != 0) {
        device_guest_error(device, index, "CPTRA_TRNG_VALID_PAUSER is locked");
        return;
    }
    state->trng_user = value;
}

void soc_ifc_write_fuse_user(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    if (state->fuse_user_lock != 0) {
        device_guest_error(device, index, "CPTRA_FUSE_VALID_PAUSER is locked");
        return;
    }
    state->fuse_user = value;
}

/* ---- Random numbers from the SoC ----------------------------------------- */

static bool is_trng_user(const struct soc_ifc_state *state,
                         const struct access *access)
{
    return state->trng_user_lock == 0 || access->user == state->trng_user;
}

uint32_t soc_ifc_read_trng_data(struct device *device,
                                const struct access *access, unsigned index)
{
    const struct soc_ifc_state *state = device->state;
    bool shown = access->view == VIEW_CORE || is_trng_user(state, access);

    return shown ? state->trng_data[index] : 0;
}

void soc_ifc_write_trng_data(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    if (!is_trng_user(state, access)) {
        device_guest_error(device, index,
                           "CPTRA_TRNG_DATA written by user 0x%08" PRIx32
                           ", only 0x%08" PRIx32 " may",
                           access->user, state->trng_user);
        return;
    }
    state->trng_data[index] = value;
}

void soc_ifc_write_trng_control(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    if (value != 0) {
        memset(state->trng_data, 0, sizeof(state->trng_data));
    }
}

/* The request bit is the core's, the done bit the SoC's and only there while
 * there is a request. */
void soc_ifc_write_trng_status(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    struct soc_ifc_state *state = device->state;
    uint32_t mine = access->view == VIEW_CORE     ? CALIPTRA_TRNG_STATUS_REQUEST
                    : is_trng_user(state, access) ? CALIPTRA_TRNG_STATUS_DONE
                                                  : 0;

    state->trng_status = (state->trng_status & ~mine) | (value & mine);
    if ((state->trng_status & CALIPTRA_TRNG_STATUS_REQUEST) == 0) {
        state->trng_status = 0;
    }
    soc_ifc_set(device, SOC_IFC_TRNG_REQ,
                (state->trng_status & CALIPTRA_TRNG_STATUS_REQUEST) != 0);
}

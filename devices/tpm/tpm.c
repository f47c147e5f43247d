/* SPDX-License-Identifier: Apache-2.0 */
/* Localities, and commands on their way to the TPM; see tpm.h. */
#include "devices/tpm/tpm.h"

#include <errno.h>

#include "base/assert.h"
#include "base/bits.h"

/* A command of hardware takes between 20 ms and seconds, which drivers spend
 * polling; nothing that a guest does depends on it. */
enum { COMMAND_NS = 200000 };

int tpm_localities(const struct device *device, uint32_t *count,
                   struct error *error)
{
    *count =
        device_own_property_u32(device, "cairn,localities", TPM_LOCALITIES);
    return *count == 1 || *count == TPM_LOCALITIES
               ? 0
               : error_set(error, -EINVAL,
                           "'cairn,localities' is %u, not 1 or %u", *count,
                           TPM_LOCALITIES);
}

bool tpm_answers(const struct device *device, uint32_t localities,
                 uint32_t locality)
{
    return device->channels && locality < localities;
}

void tpm_port_reset(struct device *device, struct tpm_port *port,
                    enum reset_domain domain)
{
    if (domain >= RESET_WARM) {
        channel_cancel_all(device);
        port->active = TPM_NOBODY;
        port->reset = 1;
    }
}

/* ---- Localities ---------------------------------------------------------- */

static bool give_to(struct device *device, struct tpm_port *port,
                    unsigned locality)
{
    port->active = locality;
    port->requested &= locality < TPM_NOBODY ? ~BIT(locality) : UINT32_MAX;
    tpm_abort(device, port, TPM_IDLE);
    return true;
}

bool tpm_request_use(struct device *device, struct tpm_port *port,
                     unsigned locality)
{
    if (port->active == TPM_NOBODY) {
        return give_to(device, port, locality);
    }
    if (port->active != locality) {
        port->requested |= BIT(locality);
    }
    return false;
}

bool tpm_relinquish(struct device *device, struct tpm_port *port,
                    unsigned locality)
{
    unsigned next = TPM_LOCALITIES;
    if (port->active != locality) {
        port->requested &= ~BIT(locality);
        return false;
    }
    while (next > 0 && !(port->requested >> (next - 1) & 1)) {
        next--;
    }
    return give_to(device, port, next > 0 ? next - 1 : TPM_NOBODY);
}

bool tpm_seize(struct device *device, struct tpm_port *port, unsigned locality)
{
    if (port->active == TPM_NOBODY) {
        return give_to(device, port, locality);
    }
    if (locality <= port->active) {
        device_guest_error(device, locality,
                           "locality %u cannot seize the TPM from %u", locality,
                           port->active);
        return false;
    }
    port->seized |= BIT(port->active);
    return give_to(device, port, locality);
}

/* ---- Commands ------------------------------------------------------------ */

void tpm_abort(struct device *device, struct tpm_port *port,
               enum tpm_phase phase)
{
    if (port->phase == TPM_EXECUTION) {
        channel_cancel_all(device);
    }
    port->phase = phase;
    port->size = 0;
    port->at = 0;
}

uint32_t tpm_command_length(const struct tpm_port *port)
{
    return port->size < TPM_HEADER_CODE
               ? 0
               : load_be32(port->bytes + TPM_HEADER_LENGTH);
}

static void respond(struct tpm_port *port, enum tpm_response_code code)
{
    port->bytes[TPM_HEADER_TAG] = TPM_ST_NO_SESSIONS >> 8;
    port->bytes[TPM_HEADER_TAG + 1] = TPM_ST_NO_SESSIONS & 0xff;
    store_be32(port->bytes + TPM_HEADER_LENGTH, TPM_HEADER_SIZE);
    store_be32(port->bytes + TPM_HEADER_CODE, code);
    port->size = TPM_HEADER_SIZE;
    port->at = 0;
    port->phase = TPM_COMPLETION;
}

void tpm_execute(struct device *device, struct tpm_port *port,
                 uint32_t buffer_size)
{
    uint8_t bytes[sizeof(struct tpm_request) + TPM_BUFFER_MAX];
    struct tpm_request header = {
        .locality = (uint8_t)port->active,
        .init = port->reset != 0,
        .buffer_size = {(uint8_t)(buffer_size >> 8), (uint8_t)buffer_size},
    };
    assert(port->active < TPM_LOCALITIES && buffer_size <= TPM_BUFFER_MAX);
    /* As the TPM's command dispatch would (Part 3, 5.2): a TPM that waits for
     * the rest would wait for ever. */
    if (port->size < TPM_HEADER_SIZE || port->size > buffer_size ||
        tpm_command_length(port) != port->size) {
        device_guest_error(device, 0, "a command of %u bytes says it has %u",
                           port->size, tpm_command_length(port));
        respond(port, TPM_RC_COMMAND_SIZE);
        return;
    }
    memcpy(bytes, &header, sizeof(header));
    memcpy(bytes + sizeof(header), port->bytes, port->size);
    const struct channel_request request = {
        .bytes = bytes,
        .size = sizeof(header) + port->size,
        .reply_room = buffer_size,
        .latency_ns = COMMAND_NS,
    };
    port->phase = TPM_EXECUTION;
    channel_ask(device, 0, &request);
}

/* A tag is 0x80.., or that of TPM 1.2 for a command whose tag is none. */
static bool is_response(const uint8_t *bytes, size_t size)
{
    return size >= TPM_HEADER_SIZE && size <= TPM_BUFFER_MAX &&
           (bytes[TPM_HEADER_TAG] == TPM_ST_NO_SESSIONS >> 8 ||
            bytes[TPM_HEADER_TAG] == 0);
}

void tpm_complete(struct device *device, struct tpm_port *port,
                  const void *bytes, size_t size)
{
    if (port->phase != TPM_EXECUTION) {
        return; /* a list of inputs from another run may say so */
    }
    port->reset = 0;
    if (!is_response(bytes, size)) {
        log_write(&device->fabric->log, LOG_HOST, device->name, 0,
                  "the TPM is in failure mode: %.*s",
                  size == 0 ? 11 : (int)(size < 200 ? size : 200),
                  size == 0 ? "no response" : (const char *)bytes);
        port->failed = 1;
        respond(port, TPM_RC_FAILURE);
        return;
    }
    memcpy(port->bytes, bytes, size);
    port->size = (uint32_t)size;
    port->at = 0;
    port->phase = TPM_COMPLETION;
}

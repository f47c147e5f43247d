/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that the two register interfaces of a TPM 2.0 share: who of the
 * localities has the TPM, the command and its response, and the way to the TPM
 * itself, which is outside of the machine (bus/channel.h).
 *
 * References here and in the interfaces: TCG PC Client Platform TPM Profile
 * Specification for TPM 2.0 1.05 (PTP), by register; TPM Library Specification
 * 1.59.
 */
#ifndef DEVICES_TPM_TPM_H
#define DEVICES_TPM_TPM_H

#include "abi/tpm.h"
#include "bus/channel.h"
#include "bus/device.h"

/* Registers of a locality are a page. */
enum { TPM_FRAME_SIZE = 0x1000, TPM_NOBODY = TPM_LOCALITIES };

/* As the state diagrams of both interfaces have them. */
enum tpm_phase {
    TPM_IDLE,
    TPM_READY,
    TPM_RECEPTION,
    TPM_EXECUTION,
    TPM_COMPLETION,
};

struct tpm_port {
    uint32_t phase;
    uint32_t active;    /* locality, or TPM_NOBODY */
    uint32_t requested; /* by localities that wait, a bit each */
    uint32_t seized;    /* from these localities, a bit each */
    uint32_t reset;     /* since the last command */
    uint32_t failed;    /* the TPM did not answer, since the last reset */
    uint32_t size;      /* of the command or response in bytes */
    uint32_t at;        /* next byte of the response */
    uint8_t bytes[TPM_BUFFER_MAX];
};

#define TPM_PORT_FIELDS(type, member)                                          \
    STATE_TO(type, member.phase, RESET_WARM, TPM_COMPLETION),                  \
        STATE_TO(type, member.active, RESET_WARM, TPM_NOBODY),                 \
        STATE_TO(type, member.requested, RESET_WARM, BIT(TPM_LOCALITIES) - 1), \
        STATE_TO(type, member.seized, RESET_WARM, BIT(TPM_LOCALITIES) - 1),    \
        STATE_TO(type, member.reset, RESET_WARM, 1),                           \
        STATE_TO(type, member.failed, RESET_WARM, 1),                          \
        STATE_TO(type, member.size, RESET_WARM, TPM_BUFFER_MAX),               \
        STATE_TO(type, member.at, RESET_WARM, TPM_BUFFER_MAX),                 \
        STATE(type, member.bytes, RESET_WARM)

/* Localities that the board gives the TPM: 1 or 5 (PTP, locality usage).
 * -EINVAL and *error for another number. */
int tpm_localities(const struct device *device, uint32_t *count,
                   struct error *error);
/* True if the registers of a locality answer: there is a TPM, which has it. */
bool tpm_answers(const struct device *device, uint32_t localities,
                 uint32_t locality);

/* After the tables did their part. Cancels a command in flight. */
void tpm_port_reset(struct device *device, struct tpm_port *port,
                    enum reset_domain domain);

/* ---- Localities ---------------------------------------------------------- */
/* Each returns whether another locality has the TPM afterwards; a command under
 * way is aborted then, and the TPM is idle. */
bool tpm_request_use(struct device *device, struct tpm_port *port,
                     unsigned locality);
/* Without the TPM: takes the request back. */
bool tpm_relinquish(struct device *device, struct tpm_port *port,
                    unsigned locality);
bool tpm_seize(struct device *device, struct tpm_port *port, unsigned locality);

/* ---- Commands ------------------------------------------------------------ */
/* Drops command or response. One in flight runs to its end unseen. */
void tpm_abort(struct device *device, struct tpm_port *port,
               enum tpm_phase phase);
/* The length in the header of a command, or 0 while that is not there. */
uint32_t tpm_command_length(const struct tpm_port *port);
/* Runs the command of port->size bytes: execution, or completion at once for
 * one whose length cannot be. */
void tpm_execute(struct device *device, struct tpm_port *port,
                 uint32_t buffer_size);
/* For `replied` of the interface: completion. A TPM that is gone gives the
 * response of one in failure mode, and a line in the log. */
void tpm_complete(struct device *device, struct tpm_port *port,
                  const void *bytes, size_t size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of other blocks of a Caliptra core to its SoC interface. */
#ifndef DEVICES_CALIPTRA_SOC_IFC_H
#define DEVICES_CALIPTRA_SOC_IFC_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/device.h"

#define SOC_IFC_COMPATIBLE   "chipsalliance,caliptra-soc-ifc"
#define SOC_IFC_2_COMPATIBLE "chipsalliance,caliptra-soc-ifc-2"

/* The interface of either generation that "cairn,soc-ifc" names, or NULL. */
static inline struct device *soc_ifc_peer(const struct device *device,
                                          struct error *error)
{
    struct device *peer =
        device_peer(device, "cairn,soc-ifc", 0, SOC_IFC_2_COMPATIBLE, NULL);

    return peer != NULL ? peer
                        : device_peer(device, "cairn,soc-ifc", 0,
                                      SOC_IFC_COMPATIBLE, error);
}

/* Views of the register tables of SoC interface, mailbox and SHA accelerator:
 * the side that makes the access. */
enum soc_ifc_views { VIEW_CORE, VIEW_SOC };

enum {
    SOC_IFC_OBF_KEY_WORDS = 8,
    SOC_IFC_UDS_WORDS = 12,
    SOC_IFC_UDS_WORDS_2 = 16, /* generation 2 */
    SOC_IFC_FIELD_ENTROPY_WORDS = 8,
};

/* Secrets that only the deobfuscation engine sees. */
const uint32_t *soc_ifc_obf_key(struct device *soc_ifc);
const uint32_t *soc_ifc_uds_seed(struct device *soc_ifc);
const uint32_t *soc_ifc_field_entropy(struct device *soc_ifc);
/* Zeroes all three until power-on. */
void soc_ifc_clear_secrets(struct device *soc_ifc);

/* True if the SoC user may reach the mailbox at all. */
bool soc_ifc_is_mailbox_user(struct device *soc_ifc, uint32_t user);

/* The reports of the mailbox. */
enum mailbox_report {
    MAILBOX_COMMAND,      /* a command waits for the core */
    MAILBOX_WANTED,       /* the SoC asked for the lock that the core holds */
    MAILBOX_INVALID_USER, /* an access by a user not in the transfer */
    MAILBOX_WITHOUT_LOCK, /* an access while the lock is free */
    MAILBOX_OUT_OF_ORDER, /* a step of the protocol at the wrong time */
};
void soc_ifc_report(struct device *soc_ifc, enum mailbox_report report);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of other blocks of a Caliptra core to its mailbox. */
#ifndef DEVICES_CALIPTRA_MAILBOX_H
#define DEVICES_CALIPTRA_MAILBOX_H

#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"

#define MAILBOX_COMPATIBLE "chipsalliance,caliptra-mailbox"

/* The mailbox memory as the SHA accelerator reads it, past all locks. */
const uint32_t *mailbox_sram(struct device *mailbox, size_t *word_count);

#endif

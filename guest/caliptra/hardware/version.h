/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox command VERSION, which ROM and runtime answer alike. */
#ifndef GUEST_CALIPTRA_VERSION_H
#define GUEST_CALIPTRA_VERSION_H

#include "abi/caliptra_mailbox.h"

#include <stdint.h>

void version_fill(struct caliptra_version_response *response);
/* Answers itself. Returns 0, or bad_size or bad_sum with the command still
 * pending. */
uint32_t version_respond(uint32_t bad_size, uint32_t bad_sum);

#endif

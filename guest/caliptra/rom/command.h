/* SPDX-License-Identifier: Apache-2.0 */
/* Mailbox commands that the ROM serves while it waits for firmware. */
#ifndef GUEST_CALIPTRA_COMMAND_H
#define GUEST_CALIPTRA_COMMAND_H

#include <stdint.h>

/* Serves commands until a firmware bundle of a plausible size arrives, which
 * stays in the mailbox. Returns 0, or the code of the command that ends the
 * boot; it is left pending for the fatal error to fail. */
uint32_t command_wait_for_firmware(void);

#endif

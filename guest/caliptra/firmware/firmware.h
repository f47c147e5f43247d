/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that start.S calls; the FMC and the runtime each define it. */
#ifndef GUEST_CALIPTRA_FIRMWARE_H
#define GUEST_CALIPTRA_FIRMWARE_H

_Noreturn void firmware_main(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the road: errors that only a reset clears. */
#ifndef GUEST_CALIPTRA_FATAL_H
#define GUEST_CALIPTRA_FATAL_H

#include <stdint.h>

/* The codes that a program reports when the processor takes it off its way.
 * Each program defines its own. */
struct fatal_codes {
    uint32_t nmi;
    uint32_t exception;
    uint32_t watchdog;
};
extern const struct fatal_codes fatal_codes;

/* Reports the code, wipes what is secret, then fails every mailbox command
 * that the SoC sends, for ever. */
_Noreturn void fatal_halt(uint32_t code);

/* From traps.S. */
_Noreturn void fatal_exception(uint32_t cause, uint32_t detail, uint32_t pc,
                               uint32_t return_address);
_Noreturn void fatal_nmi(uint32_t cause, uint32_t detail, uint32_t pc,
                         uint32_t return_address);

#endif

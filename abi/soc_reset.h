/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the SoC's reset controller, as offsets, and what they hold
 * (`make docs`: soc-reset.md). abi/gate.h says when it releases a line. Only
 * preprocessor constants, so that assembly may include this too.
 */
#ifndef ABI_SOC_RESET_H
#define ABI_SOC_RESET_H

#define SOC_RESET_ID         0x00
#define SOC_RESET_CAUSE      0x04
#define SOC_RESET_LINES      0x08
#define SOC_RESET_ASSERT     0x0c
#define SOC_RESET_RELEASE    0x10
#define SOC_RESET_AUTHORISED 0x14
#define SOC_RESET_WARM       0x18
#define SOC_RESET_LOCK       0x1c
#define SOC_RESET_POWER_OFF  0x20
#define SOC_RESET_REQUIRED   0x40 /* + 4 x line */
#define SOC_RESET_ENTRY      0x80 /* + 4 x line, 16-byte units */
#define SOC_RESET_SCRATCH    0xa0 /* 8 words */
#define SOC_RESET_PERIOD     0xc0
#define SOC_RESET_KICK       0xc4
#define SOC_RESET_VERDICT    0xc8

#define SOC_RESET_WARM_KEY      0x54534552 /* "REST" */
#define SOC_RESET_POWER_OFF_KEY 0x2146464f /* "OFF!" */

#define SOC_RESET_CAUSE_POWER_ON 1
#define SOC_RESET_CAUSE_ASKED    2
#define SOC_RESET_CAUSE_WATCHDOG 4

/* Lines 0 to 7 are the application cores'. */
#define SOC_RESET_CORES      8
#define SOC_RESET_LINE_POWER 8 /* the root of trust's power */
#define SOC_RESET_LINE_ROT   9 /* its reset */
#define SOC_RESET_LINE_COUNT 10

#define SOC_RESET_VERDICT_RELEASED 1
#define SOC_RESET_VERDICT_STOPPED  2

#endif

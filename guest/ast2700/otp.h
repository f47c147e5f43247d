/* SPDX-License-Identifier: Apache-2.0 */
/* The stand-in for the OTP: devices/soc/fuses.c, with the layout of
 * abi/boot_mcu.h. */
#ifndef GUEST_AST2700_OTP_H
#define GUEST_AST2700_OTP_H

#include <stdint.h>

#include "abi/ast2700.h"
#include "abi/boot_mcu.h"

#define OTP_LOCK  (AST2700_FUSES + 0x00c)
#define OTP_ARRAY (AST2700_FUSES + 0x1000)

/* The lowest security version that may boot: as many ones as its number. */
uint32_t otp_floor(void);

#endif

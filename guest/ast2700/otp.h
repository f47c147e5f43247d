/* SPDX-License-Identifier: Apache-2.0 */
/* The stand-in for the OTP: devices/soc/fuses.c, with the layout of
 * abi/boot_mcu.h. */
#ifndef GUEST_AST2700_OTP_H
#define GUEST_AST2700_OTP_H

#include "abi/ast2700.h"
#include "abi/boot_mcu.h"

#define OTP_ADDRESS        (AST2700_FUSES + 0x004)
#define OTP_BURN           (AST2700_FUSES + 0x008)
#define OTP_LOCK           (AST2700_FUSES + 0x00c)
#define OTP_UPDATE_VERSION (AST2700_FUSES + 0x010)
#define OTP_UPDATE         (AST2700_FUSES + 0x014)
#define OTP_ARRAY          (AST2700_FUSES + 0x1000)

#endif

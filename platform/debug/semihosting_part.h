/* SPDX-License-Identifier: Apache-2.0 */
/* Semihosting as a part of the machine's state. */
#ifndef PLATFORM_DEBUG_SEMIHOSTING_PART_H
#define PLATFORM_DEBUG_SEMIHOSTING_PART_H

#include "platform/snapshot/parts.h"

/* The object of such a part is a struct semihosting_files. */
extern const struct part_kind part_semihosting;

#endif

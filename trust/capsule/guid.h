/* SPDX-License-Identifier: Apache-2.0 */
/* GUIDs between their text and the 16 bytes of UEFI's formats (RFC 9562; the
 * first three fields are little-endian in the bytes). */
#ifndef TRUST_CAPSULE_GUID_H
#define TRUST_CAPSULE_GUID_H

#include <stdbool.h>

#include "abi/uefi_capsule.h"

enum { GUID_TEXT_SIZE = 37 };

/* "09d7cf52-0720-4710-91d1-08469b7fe9c8", in either case. 0 or -EINVAL. */
int guid_parse(const char *text, struct uefi_guid *guid);
/* Lower case, NUL-terminated. */
void guid_print(const struct uefi_guid *guid, char text[GUID_TEXT_SIZE]);
bool guid_equal(const struct uefi_guid *a, const struct uefi_guid *b);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal groups, the first three of them byte-swapped. */
#include "trust/capsule/guid.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Where each byte of the text's order lies; the dashes are before bytes 4, 6,
 * 8 and 10. */
static const uint8_t place[UEFI_GUID_SIZE] = {3, 2, 1,  0,  5,  4,  7,  6,
                                              8, 9, 10, 11, 12, 13, 14, 15};

static bool dash_before(unsigned byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static int digit(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = character == '\0'
                         ? NULL
                         : strchr(digits, tolower((unsigned char)character));

    return at == NULL ? -1 : (int)(at - digits);
}

int guid_parse(const char *text, struct uefi_guid *guid)
{
    struct uefi_guid parsed;

    for (unsigned i = 0; i < UEFI_GUID_SIZE; i++) {
        if (dash_before(i) && *text++ != '-') {
            return -EINVAL;
        }
        int high = digit(text[0]);
        int low = high < 0 ? -1 : digit(text[1]);
        if (low < 0) {
            return -EINVAL;
        }
        parsed.bytes[place[i]] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text != '\0') {
        return -EINVAL;
    }
    *guid = parsed;
    return 0;
}

void guid_print(const struct uefi_guid *guid, char text[GUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = 0; i < UEFI_GUID_SIZE; i++) {
        uint8_t byte = guid->bytes[place[i]];
        if (dash_before(i)) {
            *text++ = '-';
        }
        *text++ = digits[byte >> 4];
        *text++ = digits[byte & 15];
    }
    *text = '\0';
}

bool guid_equal(const struct uefi_guid *a, const struct uefi_guid *b)
{
    return memcmp(a->bytes, b->bytes, UEFI_GUID_SIZE) == 0;
}

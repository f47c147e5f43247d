/* SPDX-License-Identifier: Apache-2.0 */
/* Reading numbers with units, and times. */
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* The power of 1024 that a unit stands for, as a shift; -1: it is none. They
 * are those of qemu-img(1), in both cases. */
static int unit_shift(const char *unit)
{
    static const char units[] = "KMGTPE";
    if (*unit == '\0') {
        return 0;
    }
    const char *at = strchr(units, toupper((unsigned char)*unit));
    return at && unit[1] == '\0' ? 10 * (int)(at - units + 1) : -1;
}

enum { FRACTION_MAX = 1000000000 };

int number_read(const char *text, uint64_t *value)
{
    int base = 10;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'b')) {
        base = text[1] == 'x' ? 16 : 2;
        text += 2;
    }
    /* strtoull alone would take signs and blanks. */
    bool digit = (*text >= '0' && *text <= '9') ||
                 (base == 16 && strchr("abcdefABCDEF", *text) && *text);
    if (!digit) {
        return -EINVAL;
    }
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, base);
    bool large = errno == ERANGE;
    uint64_t fraction = 0;
    uint64_t scale = 1;
    if (base == 10 && *end == '.' && end[1] >= '0' && end[1] <= '9') {
        for (end++; *end >= '0' && *end <= '9'; end++) {
            if (scale < FRACTION_MAX) {
                fraction = 10 * fraction + (uint64_t)(*end - '0');
                scale *= 10;
            }
        }
    }
    int shift = unit_shift(end);
    if (shift < 0 || end == text || (scale != 1 && shift == 0)) {
        return -EINVAL;
    }
    if (large || number > UINT64_MAX >> shift) {
        return -ERANGE;
    }
    /* Whole bytes of the fraction: as shift is at most 60, by 128 bits. */
    *value = (number << shift) +
             (uint64_t)(((unsigned __int128)fraction << shift) / scale);
    return 0;
}

bool number_parse(const char *text, uint64_t *value)
{
    return number_read(text, value) == 0;
}

bool time_parse(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"s",  1000000000},
        {"ms", 1000000   },
        {"us", 1000      },
        {"ns", 1         },
    };
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 12) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (strcmp(text + digits, units[i].name) == 0) {
            return !__builtin_mul_overflow(strtoull(text, NULL, 10),
                                           units[i].ns, ns);
        }
    }
    return false;
}

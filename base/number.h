/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and times as people write them. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal, 0x or 0b, with an optional K, M, G, T, P or E (powers of 1024) in
 * either case, and a decimal one with such a unit may have a fraction ("1.5G").
 * 0, -EINVAL for what is no number, -ERANGE for one of more than 64 bits. */
int number_read(const char *text, uint64_t *value);
bool number_parse(const char *text, uint64_t *value);
/* "5s", "250ms", "10us" or "7ns". */
bool time_parse(const char *text, uint64_t *ns);

#endif

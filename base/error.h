/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something failed, for a human.
 *
 * Functions return 0 or a negative errno value; where the user must learn the
 * cause they also fill a struct error that the caller supplies. The first
 * cause wins: error_set on an error that is already set changes nothing, so
 * that inner causes survive outer clean-up. error may be NULL everywhere.
 *
 * Messages: lower case, no full stop; the object in quotes, the limit and the
 * value found. A message about a place in a file starts "file:line:".
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <errno.h>

struct error {
    char text[512];
};

/* Fills *error unless it is set already, and returns code (negative errno). */
int error_set(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text of a set error. */
void error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void error_clear(struct error *error);

#endif

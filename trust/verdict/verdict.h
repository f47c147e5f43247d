/* SPDX-License-Identifier: Apache-2.0 */
/* A list of checks that were made, each with a result and its reason; all are
 * made, also after one that failed. */
#ifndef TRUST_VERDICT_VERDICT_H
#define TRUST_VERDICT_VERDICT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/json.h"

enum verdict_result {
    VERDICT_PROVEN,
    VERDICT_REFUSED,
    VERDICT_OPEN, /* nothing to compare with was given */
};

struct verdict_check {
    enum verdict_result result;
    char *name; /* owned, as is text */
    char *text;
};

/* Zero-initialised is empty. */
struct verdict {
    size_t count;
    struct verdict_check *checks;
};

void verdict_fini(struct verdict *verdict);
void verdict_add(struct verdict *verdict, enum verdict_result result,
                 const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void verdict_vadd(struct verdict *verdict, enum verdict_result result,
                  const char *name, const char *format, va_list args);
/* Refused: "HEX expected, found HEX". Proven: HEX. */
void verdict_compare(struct verdict *verdict, const char *name,
                     const void *found, size_t found_size, const void *expected,
                     size_t expected_size);
/* Whether nothing was refused. */
bool verdict_holds(const struct verdict *verdict);
/* The check of that name, or NULL. */
const struct verdict_check *verdict_find(const struct verdict *verdict,
                                         const char *name);

/* "name: trusted: 3 proven, 0 refused, 1 open", then a line for each. */
void verdict_print(const struct verdict *verdict, const char *name,
                   struct buffer *out);
/* Members "trusted" and "checks" of an object. */
void verdict_print_json(const struct verdict *verdict, struct json *json);

#endif

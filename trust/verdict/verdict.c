/* SPDX-License-Identifier: Apache-2.0 */
/* Checks in the order in which they were made. */
#include "trust/verdict/verdict.h"

#include <stdlib.h>
#include <string.h>

void verdict_fini(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++) {
        free(verdict->checks[i].name);
        free(verdict->checks[i].text);
    }
    free(verdict->checks);
    *verdict = (struct verdict){0};
}

void verdict_vadd(struct verdict *verdict, enum verdict_result result,
                  const char *name, const char *format, va_list args)
{
    struct verdict_check *checks =
        xcalloc(verdict->count + 1, sizeof(*verdict->checks));
    struct verdict_check *check = &checks[verdict->count];
    struct buffer text = {0};

    if (verdict->count != 0) {
        memcpy(checks, verdict->checks, verdict->count * sizeof(*checks));
    }
    free(verdict->checks);
    verdict->checks = checks;
    verdict->count++;
    buffer_vprint(&text, format, args);
    check->result = result;
    check->name = xstrdup(name);
    check->text = xstrdup(buffer_text(&text));
    buffer_fini(&text);
}

void verdict_add(struct verdict *verdict, enum verdict_result result,
                 const char *name, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    verdict_vadd(verdict, result, name, format, args);
    va_end(args);
}

void verdict_compare(struct verdict *verdict, const char *name,
                     const void *found, size_t found_size, const void *expected,
                     size_t expected_size)
{
    struct buffer text = {0};
    bool same =
        found_size == expected_size && memcmp(found, expected, found_size) == 0;

    if (!same) {
        buffer_print_hex(&text, expected, expected_size);
        buffer_print(&text, " expected, found ");
    }
    buffer_print_hex(&text, found, found_size);
    verdict_add(verdict, same ? VERDICT_PROVEN : VERDICT_REFUSED, name, "%s",
                buffer_text(&text));
    buffer_fini(&text);
}

bool verdict_holds(const struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++) {
        if (verdict->checks[i].result == VERDICT_REFUSED) {
            return false;
        }
    }
    return true;
}

const struct verdict_check *verdict_find(const struct verdict *verdict,
                                         const char *name)
{
    for (size_t i = 0; i < verdict->count; i++) {
        if (strcmp(verdict->checks[i].name, name) == 0) {
            return &verdict->checks[i];
        }
    }
    return NULL;
}

void verdict_print(const struct verdict *verdict, const char *name,
                   struct buffer *out)
{
    static const char *const words[] = {
        [VERDICT_PROVEN] = "proven",
        [VERDICT_REFUSED] = "REFUSED",
        [VERDICT_OPEN] = "open",
    };
    unsigned counts[VERDICT_OPEN + 1] = {0};

    for (size_t i = 0; i < verdict->count; i++) {
        counts[verdict->checks[i].result]++;
    }
    buffer_print(out, "%s: %s: %u proven, %u refused, %u open\n\n", name,
                 verdict_holds(verdict) ? "trusted" : "REFUSED",
                 counts[VERDICT_PROVEN], counts[VERDICT_REFUSED],
                 counts[VERDICT_OPEN]);
    for (size_t i = 0; i < verdict->count; i++) {
        const struct verdict_check *check = &verdict->checks[i];
        buffer_print(out, "  %-8s %-25s  %s\n", words[check->result],
                     check->name, check->text);
    }
}

void verdict_print_json(const struct verdict *verdict, struct json *json)
{
    static const char *const words[] = {
        [VERDICT_PROVEN] = "proven",
        [VERDICT_REFUSED] = "refused",
        [VERDICT_OPEN] = "open",
    };

    json_bool(json, "trusted", verdict_holds(verdict));
    json_begin_array(json, "checks");
    for (size_t i = 0; i < verdict->count; i++) {
        json_begin_object(json, NULL);
        json_string(json, "check", verdict->checks[i].name);
        json_string(json, "result", words[verdict->checks[i].result]);
        json_string(json, "text", verdict->checks[i].text);
        json_end_object(json);
    }
    json_end_array(json);
}

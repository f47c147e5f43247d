/* SPDX-License-Identifier: Apache-2.0 */
/* Checks in the order in which they were made, and what follows from them. */
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
    free(verdict->covered);
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

static void count_results(const struct verdict *verdict,
                          unsigned counts[VERDICT_RESULTS])
{
    memset(counts, 0, VERDICT_RESULTS * sizeof(*counts));
    for (size_t i = 0; i < verdict->count; i++) {
        counts[verdict->checks[i].result]++;
    }
}

enum verdict_decision verdict_decide(const struct verdict *verdict)
{
    unsigned counts[VERDICT_RESULTS];

    count_results(verdict, counts);
    if (counts[VERDICT_REFUSED] != 0) {
        return VERDICT_IS_REFUSED;
    }
    return counts[VERDICT_UNDECIDED] != 0 || counts[VERDICT_PROVEN] == 0
               ? VERDICT_IS_UNDECIDED
               : VERDICT_IS_TRUSTED;
}

const char *verdict_word(enum verdict_decision decision)
{
    static const char *const words[] = {
        [VERDICT_IS_TRUSTED] = "trusted",
        [VERDICT_IS_REFUSED] = "refused",
        [VERDICT_IS_UNDECIDED] = "undecided",
    };

    return words[decision];
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

/* ---- Bytes that no check covers ------------------------------------------ */

void verdict_cover(struct verdict *verdict, size_t offset, size_t size)
{
    struct verdict_range *covered =
        xcalloc(verdict->covered_count + 1, sizeof(*covered));

    if (verdict->covered_count != 0) {
        memcpy(covered, verdict->covered,
               verdict->covered_count * sizeof(*covered));
    }
    free(verdict->covered);
    covered[verdict->covered_count] =
        (struct verdict_range){offset, size, NULL};
    verdict->covered = covered;
    verdict->covered_count++;
}

void verdict_cover_proven(struct verdict *verdict, size_t base,
                          const struct verdict_range *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct verdict_check *check = verdict_find(verdict, rows[i].name);
        if (check != NULL && check->result == VERDICT_PROVEN) {
            verdict_cover(verdict, base + rows[i].offset, rows[i].size);
        }
    }
}

void verdict_append(struct verdict *verdict, const struct verdict *part,
                    const char *prefix)
{
    for (size_t i = 0; i < part->count; i++) {
        char *name = xasprintf("%s%s", prefix, part->checks[i].name);
        verdict_add(verdict, part->checks[i].result, name, "%s",
                    part->checks[i].text);
        free(name);
    }
    for (size_t i = 0; i < part->covered_count; i++) {
        verdict_cover(verdict, part->covered[i].offset, part->covered[i].size);
    }
}

/* The lower of edge and end, but edge only if it lies behind at. */
static size_t lower_bound(size_t at, size_t edge, size_t end)
{
    return edge > at && edge < end ? edge : end;
}

/* The last range that holds the byte at `at`, or NULL. Lowers *end to where the
 * answer may change. */
static const struct verdict_range *range_at(const struct verdict_range *ranges,
                                            size_t count, size_t at,
                                            size_t *end)
{
    const struct verdict_range *found = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct verdict_range *range = &ranges[i];
        size_t range_end = range->offset + range->size;
        if (at >= range->offset && at < range_end) {
            found = range;
        }
        *end = lower_bound(at, range->offset, *end);
        *end = lower_bound(at, range_end, *end);
    }
    return found;
}

static void name_piece(struct verdict *verdict, size_t offset, size_t size,
                       const char *name)
{
    verdict_add(verdict, VERDICT_OPEN, "not covered", "0x%zx, %zu %s%s%s",
                offset, size, size == 1 ? "byte" : "bytes",
                name != NULL ? ": " : "", name != NULL ? name : "");
    verdict->checks[verdict->count - 1].offset = offset;
    verdict->checks[verdict->count - 1].size = size;
}

void verdict_name_uncovered(struct verdict *verdict, size_t file_size,
                            const struct verdict_range *parts,
                            size_t part_count)
{
    struct verdict_range piece = {0};
    size_t end;

    if (verdict_decide(verdict) == VERDICT_IS_REFUSED) {
        return;
    }
    for (size_t at = 0; at < file_size; at = end) {
        end = file_size;
        bool is_covered = range_at(verdict->covered, verdict->covered_count, at,
                                   &end) != NULL;
        const struct verdict_range *part =
            range_at(parts, part_count, at, &end);
        const char *name = part != NULL ? part->name : NULL;
        if (is_covered) {
            continue;
        }
        if (piece.size != 0 &&
            (piece.offset + piece.size != at || piece.name != name)) {
            name_piece(verdict, piece.offset, piece.size, piece.name);
            piece.size = 0;
        }
        piece = (struct verdict_range){piece.size != 0 ? piece.offset : at,
                                       piece.size + end - at, name};
    }
    if (piece.size != 0) {
        name_piece(verdict, piece.offset, piece.size, piece.name);
    }
}

bool verdict_names_byte(const struct verdict *verdict, size_t offset)
{
    for (size_t i = 0; i < verdict->count; i++) {
        const struct verdict_check *check = &verdict->checks[i];
        if (offset >= check->offset && offset - check->offset < check->size) {
            return true;
        }
    }
    return false;
}

/* ---- Printing ------------------------------------------------------------ */

static const char *const result_words[VERDICT_RESULTS] = {
    [VERDICT_PROVEN] = "proven",
    [VERDICT_REFUSED] = "refused",
    [VERDICT_UNDECIDED] = "undecided",
    [VERDICT_OPEN] = "open",
};

void verdict_print(const struct verdict *verdict, const char *name,
                   struct buffer *out)
{
    enum verdict_decision decision = verdict_decide(verdict);
    unsigned counts[VERDICT_RESULTS];

    count_results(verdict, counts);
    buffer_print(
        out, "%s: %s: %u proven, %u refused, %u undecided, %u open\n\n", name,
        decision == VERDICT_IS_REFUSED ? "REFUSED" : verdict_word(decision),
        counts[VERDICT_PROVEN], counts[VERDICT_REFUSED],
        counts[VERDICT_UNDECIDED], counts[VERDICT_OPEN]);
    for (size_t i = 0; i < verdict->count; i++) {
        const struct verdict_check *check = &verdict->checks[i];
        buffer_print(out, "  %-9s %-25s  %s\n",
                     check->result == VERDICT_REFUSED
                         ? "REFUSED"
                         : result_words[check->result],
                     check->name, check->text);
    }
}

static void print_check_json(const struct verdict_check *check,
                             struct json *json)
{
    json_begin_object(json, NULL);
    json_string(json, "check", check->name);
    json_string(json, "result", result_words[check->result]);
    json_string(json, "text", check->text);
    if (check->size != 0) {
        json_number(json, "offset", check->offset);
        json_number(json, "size", check->size);
    }
    json_end_object(json);
}

void verdict_print_json(const struct verdict *verdict, struct json *json)
{
    enum verdict_decision decision = verdict_decide(verdict);

    json_bool(json, "trusted", decision == VERDICT_IS_TRUSTED);
    json_string(json, "verdict", verdict_word(decision));
    json_begin_array(json, "open");
    for (size_t i = 0; i < verdict->count; i++) {
        const struct verdict_check *check = &verdict->checks[i];
        if (check->result == VERDICT_UNDECIDED ||
            check->result == VERDICT_OPEN) {
            json_string(json, NULL, check->name);
        }
    }
    json_end_array(json);
    json_begin_array(json, "checks");
    for (size_t i = 0; i < verdict->count; i++) {
        print_check_json(&verdict->checks[i], json);
    }
    json_end_array(json);
}

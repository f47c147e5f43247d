/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of checks that were made, each with a result and its reason, and the
 * one decision that follows from them. All checks are made, also after one that
 * failed.
 *
 * The claim that is decided is authenticity: the file is by the signer whom the
 * verifier named and, for an attestation, it answers the verifier's nonce.
 *
 *   refused    A check failed, or the file is not signed where a signature is
 *              due.
 *   undecided  No check failed, but the claim rests on something that only the
 *              file itself brings: no key was given, the key hashes are those
 *              of the keys in the file, no nonce was sent, or the format has no
 *              signature. Nothing proven is undecided too.
 *   trusted    The claim was proven with what the verifier gave.
 *
 * Open points are facts beside the claim which nobody vouches for: a counter
 * or an image that no expected value was given for, and bytes that no check
 * covers. They are named, but do not change the decision.
 */
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
    VERDICT_UNDECIDED, /* the claim rests on it, and it cannot be checked */
    VERDICT_OPEN,      /* beside the claim, and not checked */
    VERDICT_RESULTS
};

enum verdict_decision {
    VERDICT_IS_TRUSTED,
    VERDICT_IS_REFUSED,
    VERDICT_IS_UNDECIDED,
};

struct verdict_check {
    enum verdict_result result;
    char *name; /* owned, as is text */
    char *text;
    /* Bytes of the file that the check names as not covered; size 0: none. */
    size_t offset;
    size_t size;
};

/* Bytes of the judged file. */
struct verdict_range {
    size_t offset;
    size_t size;
    const char *name; /* of static storage, or NULL */
};

/* The range of a field of a struct at the start of a file. */
#define VERDICT_FIELD(type, field, name)                                       \
    {                                                                          \
        offsetof(struct type, field), sizeof(((struct type *)0)->field), name  \
    }

/* Zero-initialised is empty. */
struct verdict {
    size_t count;
    struct verdict_check *checks;
    size_t covered_count;
    struct verdict_range *covered;
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

enum verdict_decision verdict_decide(const struct verdict *verdict);
/* "trusted", "refused" or "undecided". */
const char *verdict_word(enum verdict_decision decision);
/* The check of that name, or NULL. */
const struct verdict_check *verdict_find(const struct verdict *verdict,
                                         const char *name);

/* ---- Bytes that no check covers ------------------------------------------ */

/* The checks so far refuse the file if any of these bytes is changed. Ranges
 * may overlap. */
void verdict_cover(struct verdict *verdict, size_t offset, size_t size);
/* The same for each row, offset by base, whose name is that of a check that was
 * proven. */
void verdict_cover_proven(struct verdict *verdict, size_t base,
                          const struct verdict_range *rows, size_t count);
/* Appends checks and covered bytes of part, with the prefix before names. */
void verdict_append(struct verdict *verdict, const struct verdict *part,
                    const char *prefix);
/*
 * Adds an open check for each piece of a file of file_size bytes that nothing
 * covers, with the name of the part it lies in: parts are sorted and may nest,
 * the last that holds a byte names it. Adds none to a refused file, of which
 * nothing is vouched for.
 */
void verdict_name_uncovered(struct verdict *verdict, size_t file_size,
                            const struct verdict_range *parts,
                            size_t part_count);
/* True if a check names the byte at offset as not covered. */
bool verdict_names_byte(const struct verdict *verdict, size_t offset);

/* ---- Printing ------------------------------------------------------------ */

/* "name: trusted: 3 proven, 0 refused, 0 undecided, 1 open", then a line for
 * each. */
void verdict_print(const struct verdict *verdict, const char *name,
                   struct buffer *out);
/* Members "trusted" (false also when undecided), "verdict", "open" (the names
 * of the checks that were not made) and "checks" of an object. */
void verdict_print_json(const struct verdict *verdict, struct json *json);

#endif

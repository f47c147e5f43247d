/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns and exceptions as they are read, overlaps found, tables printed. */
#include "build/encodings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void encoding_fail(const struct encoding *encoding, const char *why)
{
    fprintf(stderr, "%s: encoding %s: %s\n", encoding->isa, encoding->name,
            why);
    exit(1);
}

void encoding_letters(const struct encoding *encoding, char letters[33])
{
    unsigned length = 0;

    for (const char *p = encoding->pattern; *p != '\0'; p++) {
        if (*p == ' ') {
            continue;
        }
        if (length == encoding->width) {
            encoding_fail(encoding, "its pattern has too many bits");
        }
        letters[length++] = *p;
    }
    letters[length] = '\0';
}

static void read_pattern(struct encoding *encoding)
{
    char letters[33];

    encoding_letters(encoding, letters);
    if (strlen(letters) != encoding->width) {
        encoding_fail(encoding, "its pattern has too few bits");
    }
    for (const char *p = letters; *p != '\0'; p++) {
        if (strchr("01-", *p) == NULL && !isalpha((unsigned char)*p)) {
            encoding_fail(encoding,
                          "its pattern holds something that is no bit");
        }
        encoding->cube.mask =
            encoding->cube.mask << 1 | (*p == '0' || *p == '1');
        encoding->cube.match = encoding->cube.match << 1 | (*p == '1');
    }
}

unsigned encoding_field(const struct encoding *encoding, char letter,
                        unsigned char bits[32])
{
    char letters[33];
    unsigned count = 0;

    encoding_letters(encoding, letters);
    for (unsigned i = 0; letters[i] != '\0'; i++) {
        if (letters[i] == letter) {
            bits[count++] = (unsigned char)(encoding->width - 1 - i);
        }
    }
    return count;
}

/* One exception, "letters!bits"; returns what is behind it. */
static const char *read_exception(struct encoding *encoding, const char *p)
{
    unsigned char bits[64];
    unsigned count = 0;
    unsigned used = 0;
    struct cube cube = {0, 0};

    for (; isalpha((unsigned char)*p); p++) {
        unsigned added = encoding_field(encoding, *p, bits + count);

        count += added;
        if (added == 0 || count > 32) {
            encoding_fail(encoding, "its exception names no field");
        }
    }
    if (*p != '!') {
        encoding_fail(encoding, "its exception has no value");
    }
    for (p++; *p != '\0' && *p != ';'; p++) {
        if (used == count || strchr("01-", *p) == NULL) {
            encoding_fail(encoding, "its exception is longer than its fields");
        }
        cube.mask |= (uint32_t)(*p != '-') << bits[used];
        cube.match |= (uint32_t)(*p == '1') << bits[used];
        used++;
    }
    if (used != count) {
        encoding_fail(encoding, "its exception is shorter than its fields");
    }
    if (encoding->except_count == MAX_EXCEPTIONS) {
        encoding_fail(encoding, "it has too many exceptions");
    }
    encoding->excepts[encoding->except_count++] = cube;
    return p + (*p == ';');
}

/* ---- Overlaps ------------------------------------------------------------ */

bool cubes_meet(struct cube a, struct cube b)
{
    return ((a.match ^ b.match) & a.mask & b.mask) == 0;
}

/* True if a cube has an encoding outside all of the exceptions: split it along
 * a bit of one that it meets until it is clear of them or inside one. */
static bool remains(struct cube cube, const struct cube *excepts,
                    unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t open = excepts[i].mask & ~cube.mask;

        if (!cubes_meet(cube, excepts[i])) {
            continue;
        }
        if (open == 0) {
            return false;
        }
        uint32_t bit = open & -open;
        struct cube zero = {cube.mask | bit, cube.match};
        struct cube one = {cube.mask | bit, cube.match | bit};
        return remains(zero, excepts, count) || remains(one, excepts, count);
    }
    return true;
}

static bool overlap(const struct encoding *a, const struct encoding *b)
{
    struct cube both = {a->cube.mask | b->cube.mask,
                        a->cube.match | b->cube.match};
    struct cube excepts[2 * MAX_EXCEPTIONS];

    if (a->width != b->width || a->ranks != b->ranks ||
        !cubes_meet(a->cube, b->cube)) {
        return false;
    }
    memcpy(excepts, a->excepts, a->except_count * sizeof(struct cube));
    memcpy(excepts + a->except_count, b->excepts,
           b->except_count * sizeof(struct cube));
    return remains(both, excepts, a->except_count + b->except_count);
}

/* All overlaps are named, since one row often meets several. */
static void check_overlaps(const struct encoding *encodings, unsigned count)
{
    bool failed = false;

    for (unsigned i = 1; i < count; i++) {
        const struct encoding *one = &encodings[i];

        if (!remains(one->cube, one->excepts, one->except_count)) {
            encoding_fail(one, "its exceptions leave nothing");
        }
        for (unsigned j = i + 1; j < count; j++) {
            if (overlap(one, &encodings[j])) {
                fprintf(stderr, "%s: encodings %s and %s overlap\n", one->isa,
                        one->name, encodings[j].name);
                failed = true;
            }
        }
    }
    if (failed) {
        exit(1);
    }
}

void encodings_read(struct encoding *encodings, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        const char *p = encodings[i].except;

        read_pattern(&encodings[i]);
        while (*p != '\0') {
            p = read_exception(&encodings[i], p);
        }
    }
    check_overlaps(encodings, count);
}

/* ---- Tables -------------------------------------------------------------- */

void encodings_print_exceptions(const struct encoding *encodings,
                                unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < encodings[i].except_count; j++) {
            printf("    {0x%08x, 0x%08x},\n", encodings[i].excepts[j].mask,
                   encodings[i].excepts[j].match);
        }
        printf("    {0, 0},\n");
    }
}

unsigned candidates_place(struct candidates *candidates, const uint16_t *list,
                          unsigned length)
{
    for (unsigned at = 0; at + length <= candidates->count; at++) {
        if (memcmp(&candidates->list[at], list, length * sizeof(*list)) == 0) {
            return at;
        }
    }
    if (candidates->count + length > MAX_CANDIDATES) {
        fprintf(stderr, "too many candidates for a decoder\n");
        exit(1);
    }
    memcpy(&candidates->list[candidates->count], list, length * sizeof(*list));
    candidates->count += length;
    return candidates->count - length;
}

void candidates_print(const struct candidates *candidates)
{
    for (unsigned i = 0; i < candidates->count; i++) {
        printf("    %u,\n", candidates->list[i]);
    }
}

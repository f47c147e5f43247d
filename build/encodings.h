/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings of instructions as patterns of bits, for the programs that print
 * decoders. A pattern has '0', '1', '-' for any bit, and letters for the bits
 * of a field, the highest first; spaces do not count. Exceptions, "ab!01;c!1",
 * take values of fields out of it. What is wrong ends the program, and with it
 * the build, with a line that names the encoding.
 */
#ifndef BUILD_ENCODINGS_H
#define BUILD_ENCODINGS_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_EXCEPTIONS = 16, MAX_CANDIDATES = 8192 };

/* The words whose bits of the mask are those of match. */
struct cube {
    uint32_t mask, match;
};

struct encoding {
    const char *isa; /* folder of its table, for messages */
    const char *name;
    const char *pattern;
    const char *except;
    unsigned width; /* in bits, at most 32 */
    bool ranks;     /* goes before or behind those that do not: may overlap */
    struct cube cube;
    struct cube excepts[MAX_EXCEPTIONS];
    unsigned except_count;
};

_Noreturn void encoding_fail(const struct encoding *encoding, const char *why);

/* Reads all patterns and exceptions but those of the first, which stands for no
 * encoding; none may be empty, and no two of one width and rank may overlap. */
void encodings_read(struct encoding *encodings, unsigned count);

/* The pattern without spaces. */
void encoding_letters(const struct encoding *encoding, char letters[33]);

/* The bits of a letter's field, the first in the pattern first; returns how
 * many there are. */
unsigned encoding_field(const struct encoding *encoding, char letter,
                        unsigned char bits[32]);

/* True if two cubes have a word in common. */
bool cubes_meet(struct cube a, struct cube b);

/* Prints the elements of a table: of each encoding its exceptions and an empty
 * cube. */
void encodings_print_exceptions(const struct encoding *encodings,
                                unsigned count);

/* Lists of encodings by number, with 0 as their end. */
struct candidates {
    uint16_t list[MAX_CANDIDATES];
    unsigned count;
};

/* Where a list is among them; equal lists are stored once. */
unsigned candidates_place(struct candidates *candidates, const uint16_t *list,
                          unsigned length);

/* Prints the elements of a table. */
void candidates_print(const struct candidates *candidates);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random AArch64 system programs: images of bare memory for comparing two
 * machines that have EL3, EL2 and a GICv2. Tests only.
 *
 * An image is a driver and many programs. A program is a set of translation
 * tables with random descriptors, code and data pages, and a list of steps. A
 * step sets all registers of struct system_record, enters EL0, EL1 or EL2 at
 * a few random instructions, and ends in the driver at EL3, which writes over
 * the record what all registers are then. So the memory at the end tells all
 * steps apart.
 *
 *   a64_system.c         the image and the driver
 *   a64_system_tables.c  translation tables
 *   a64_system_steps.c   register values and instructions
 *   a64_system_words.c   instructions
 */
#ifndef TESTS_ENGINE_A64_SYSTEM_H
#define TESTS_ENGINE_A64_SYSTEM_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "isa/aarch64/decode.h"

#define BIT64(n) ((uint64_t)1 << (n))

enum {
    SYSTEM_RAM = 0x40000000,
    SYSTEM_TREE_BYTES = 0x100000, /* at its start: QEMU's device tree */
    SYSTEM_RAM_BYTES = 0x10000000,
    SYSTEM_IMAGE = 0x40200000, /* the driver, then the programs */
    SYSTEM_REGION = 0x200000,  /* of the driver, and of each program */
    SYSTEM_PROGRAMS = 40,
    SYSTEM_STEPS = 64, /* of a program */
    SYSTEM_BYTES = SYSTEM_REGION * (SYSTEM_PROGRAMS + 1),
};

/* Offsets in the driver's region; both pages are of 64 KiB. */
enum { SYSTEM_DRIVER = 0, SYSTEM_STUBS = 0x10000 };

/* Offsets in a program's region. A slot of each code page is a step's. Code and
 * data come last, and nothing after them: accesses go astray forward. */
enum {
    SYSTEM_RECORDS = 0,
    SYSTEM_TABLES = 0x20000,
    SYSTEM_CODE = 0x1a0000,
    SYSTEM_CODE_BYTES = 0x20000,
    SYSTEM_SLOT_BYTES = 64,
    SYSTEM_DATA = SYSTEM_CODE + SYSTEM_CODE_BYTES,
    SYSTEM_DATA_BYTES = 0x20000,
};

enum system_register {
#define SYSTEM_STATE(name, mask, why) SYSTEM_##name,
#include "tests/engine/a64_system_registers.def"
#undef SYSTEM_STATE
    SYSTEM_REGISTERS
};

struct system_record {
    uint64_t x[31];
    uint64_t vector; /* out: which of EL3's sixteen, times 0x80 */
    uint64_t v[32][2];
    uint64_t poke_address; /* not 0: a word is written there first */
    uint64_t poke_value;
    uint64_t acknowledged; /* out: what GICC_IAR said */
    uint64_t sys[SYSTEM_REGISTERS];
    uint64_t next; /* the next record, or 0 */
    uint64_t pad[2048 / 8 - 100 - SYSTEM_REGISTERS];
};

static_assert(sizeof(struct system_record) == 2048, "steps share pages");

extern const char *const system_register_names[SYSTEM_REGISTERS];
extern const uint64_t system_register_masks[SYSTEM_REGISTERS];

/* ---- Translation tables (a64_system_tables.c) ---------------------------- */

enum { SYSTEM_PLACES = 96 };

/* An address that the tables say something of. */
struct system_place {
    uint64_t address;
    uint64_t output; /* where it leads; 0: nowhere */
    uint64_t size;
};

struct system_map {
    unsigned granule; /* log2 of a page's size */
    unsigned bits;    /* of an input address */
    bool upper;
    bool has_home;
    unsigned tables; /* how many more it may have */
    uint64_t root;
    uint64_t home; /* where the stubs are, with has_home */
    struct system_place places[SYSTEM_PLACES];
    unsigned place_count;
};

/* The random numbers and the image of a program at hand. */
struct system_builder {
    uint8_t *image;
    uint64_t random;
    uint64_t region; /* address of the program's */
    uint64_t tables; /* address of the next free table */
    unsigned step;
    bool flat; /* the step runs without translation */
    struct system_map lower, upper, hypervisor, second;
    bool non_secure;
    bool aligned; /* Device memory may be met: SCTLR_ELx.A is set */
    bool has_second;
    bool hypervisor_on; /* SCTLR_EL2.M */
    uint64_t tcr_el1, tcr_el2, vtcr, mair;
    uint32_t *runs; /* of each row */
};

uint64_t system_next(struct system_builder *b);
/* A number below limit. */
uint64_t system_below(struct system_builder *b, uint64_t limit);
bool system_chance(struct system_builder *b, unsigned percent);
void system_put64(struct system_builder *b, uint64_t address, uint64_t value);
void system_make_tables(struct system_builder *b);

/* ---- Steps (a64_system_steps.c, a64_system_words.c) ---------------------- */

/* Where a jump to about address may go. */
uint64_t system_target(const struct system_builder *b, uint64_t address);
void system_make_step(struct system_builder *b, struct system_record *record);
/* The instructions of a step at level, into code; returns how many. */
unsigned system_make_code(struct system_builder *b,
                          struct system_record *record, unsigned level,
                          uint32_t *code);

/* ---- Images (a64_system.c) ----------------------------------------------- */

struct system_image {
    uint8_t *bytes; /* SYSTEM_BYTES from SYSTEM_IMAGE on */
    uint64_t entry;
    uint64_t exit; /* where it asks by semihosting to be ended */
    uint32_t runs[AARCH64_ROWS];
};

/* limit: how many steps of all are run. */
struct system_image *system_image_create(uint64_t seed, unsigned limit);
void system_image_destroy(struct system_image *image);
/* The first step from `from` on whose records differ where they are compared;
 * -1: none. */
int system_next_difference(const uint8_t *ours, const uint8_t *theirs,
                           unsigned from);
/* Tells what step was, and what became of it. */
void system_explain(const struct system_image *image, unsigned step,
                    const uint8_t *ours, const uint8_t *theirs,
                    struct buffer *out);
/* True if all but records is the same; else the address of a difference. */
bool system_memory_same(const uint8_t *ours, const uint8_t *theirs,
                        uint64_t *address);

#endif

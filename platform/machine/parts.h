/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a machine that have state: its devices, cores, inputs and
 * memories, its clock and run loop, and all others added with parts_add. A part
 * has an image, plain bytes of one size, and fields that name its contents.
 * From these it is taken, restored, saved, loaded, hashed and compared: a new
 * part needs no code for that.
 *
 * A memory is a part whose image is empty: it is hashed, and settled when the
 * line that protects it has its level again. Its contents are too large for
 * images; memories.h visits them.
 *
 * Engine thread only, with no core running.
 */
#ifndef PLATFORM_MACHINE_PARTS_H
#define PLATFORM_MACHINE_PARTS_H

#include "base/buffer.h"
#include "bus/state.h"
#include "platform/machine/machine.h"

struct part;

struct part_kind {
    /* The kind of this part's record ("cairn,slot"); NULL: what the
     * part says. */
    const char *record;
    /* A snapshot file may lack its record, or have one that no part wants. */
    bool optional;
    size_t (*size)(const struct part *part); /* of the image */
    void (*take)(const struct part *part, void *image);
    void (*put)(const struct part *part, const void *image);
    /* The fields that are saved, hashed and compared; the table is empty
     * before. */
    void (*fields)(const struct part *part, struct state_table *table);
    /* Checks whether an image from a file may be put; NULL: any may. */
    int (*check)(const struct part *part, const void *image,
                 struct error *error);
    /* In place of a hash of the fields; NULL: that. */
    uint64_t (*hash)(const struct part *part, uint64_t hash, bool memories);
    /* When all parts have their state: derive what follows from it. Or NULL. */
    void (*settle)(const struct part *part);
};

struct part {
    const struct part_kind *kind;
    const char *record; /* where the kind does not say */
    const char *name;   /* outlives the machine */
    void *object;
};

/* The parts that every machine has, when it is built; before any other. */
void parts_list(struct cairn_machine *machine);
/* One more, behind those that are there but before the clock. It stays. */
void parts_add(struct cairn_machine *machine, const struct part *part);
void parts_fini(struct cairn_machine *machine);

/* ---- All parts ----------------------------------------------------------- */

/* Appends all images, as one run of bytes that is good within this process. */
void parts_take(const struct cairn_machine *machine, struct buffer *out);
void parts_put(struct cairn_machine *machine, const uint8_t *images);
/* Appends a record of each part that has fields. */
void parts_save(const struct cairn_machine *machine, struct buffer *out);
/* Reads those records, and moves *bytes and *size behind them. A machine that
 * could not be loaded has some parts of each state. */
int parts_load(struct cairn_machine *machine, const uint8_t **bytes,
               size_t *size, struct error *error);
/* With or without the contents of memories; not of the time. */
uint64_t parts_hash(const struct cairn_machine *machine, uint64_t hash,
                    bool memories);
/* Appends "part.field" of the first field that differs in two runs of images;
 * false if none does. */
bool parts_compare(const struct cairn_machine *machine, const uint8_t *first,
                   const uint8_t *second, struct buffer *difference);

/* ---- For kinds ----------------------------------------------------------- */

/* A hash that leaves the part out. */
uint64_t part_hash_nothing(const struct part *part, uint64_t hash,
                           bool memories);

/* part_kinds.c: parts that every machine has. */
extern const struct part_kind part_device;
extern const struct part_kind part_memory;
extern const struct part_kind part_slot; /* a core's place in the run loop */
extern const struct part_kind part_core; /* behind its slot */
extern const struct part_kind part_input;
extern const struct part_kind part_machine;

#endif

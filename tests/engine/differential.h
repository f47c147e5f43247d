/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs run on a bare core of ours, by each engine, and under QEMU: all
 * memory that they leave behind must be the same. A test makes programs of one
 * architecture (NAME_random.h), runs QEMU on them, and describes them here.
 */
#ifndef TESTS_ENGINE_DIFFERENTIAL_H
#define TESTS_ENGINE_DIFFERENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/core.h"

/* A program, as a core of ours runs it. */
struct differential {
    struct core_config config; /* less name, space, fabric and engine */
    uint64_t base;             /* of RAM */
    size_t ram_bytes;
    const struct window *beside; /* of RAM; NULL: nothing */
    const uint8_t *image;        /* what RAM begins with; this is compared */
    size_t image_bytes;
    uint64_t end;    /* where the core is stopped */
    uint64_t budget; /* instructions to get there */
    /* Clears what is not compared; NULL: all is. */
    void (*forget)(const void *program, uint8_t *image);
    /* Prints the first difference. */
    void (*report)(const void *program, const uint8_t *ours,
                   const uint8_t *theirs);
    const void *program; /* for these two */
};

struct differential_machine {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
};

void differential_start(struct differential_machine *machine,
                        const struct differential *program,
                        enum core_engine engine);
void differential_finish(struct differential_machine *machine);
/* In slices of so many instructions; true if it gets to its end. */
bool differential_run(struct differential_machine *machine,
                      const struct differential *program, uint64_t slice);

/* Runs interpreted and compiled. True if it ends with their memory both times;
 * otherwise what differs is on stderr. */
bool differential_agrees(const struct differential *program,
                         const uint8_t *theirs);
/* The number of places, one each so many instructions, where all engines had
 * the same state; 0 if they had not at one. */
unsigned differential_places(const struct differential *program,
                             uint64_t every);
/* Expects the end to be the same by all engines, in slices of each length. */
void differential_expect_slices(const struct differential *program,
                                const uint64_t *slices, size_t count);

/* ---- QEMU ---------------------------------------------------------------- */

struct differential_file {
    const char *name;
    const void *bytes;
    size_t size;
    size_t place;  /* of the bytes in the file */
    size_t length; /* of the file, zero around them */
};

/* False: this program of QEMU's is not installed. */
bool differential_have(const char *qemu);
/* Runs a command of the shell in a folder of its own, which has these files
 * (executable). The file `after` that it leaves, mapped for reading and for
 * private writes, which must have that many bytes; NULL if the command failed
 * or took 60 s, which is said on stderr. */
uint8_t *differential_under_qemu(const struct differential_file *files,
                                 size_t count, size_t length,
                                 const char *command, ...)
    __attribute__((format(printf, 4, 5)));

/* A number of the environment. */
uint64_t differential_number(const char *variable, uint64_t otherwise);

#endif

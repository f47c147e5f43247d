/* SPDX-License-Identifier: Apache-2.0 */
/* A part of cairn/cairn.h, which includes it: where the processors of a run
 * are, sample by sample, and what they, the devices and the engine did. */
#ifndef CAIRN_PROFILE_H
#define CAIRN_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_machine;

/* ---- Samples ------------------------------------------------------------- */

enum { CAIRN_SAMPLE_CALLERS = 127 };

/* How far the callers of a sample go. */
enum cairn_stack {
    CAIRN_STACK_WHOLE,  /* to the end that the program made */
    CAIRN_STACK_CUT,    /* there are more than CAIRN_SAMPLE_CALLERS */
    CAIRN_STACK_BROKEN, /* to a frame that is none: code without frames */
    CAIRN_STACK_NONE,   /* processors without a chain of frames: RISC-V */
};

struct cairn_sample {
    const char *core;      /* "cpu0" */
    size_t number;         /* of the core, in the order of the board */
    const char *mode;      /* "EL1", "EL1 secure", "M" */
    uint16_t machine;      /* as ELF files name it: EM_AARCH64, EM_RISCV */
    uint64_t instructions; /* of the core since power-on */
    uint64_t time_ns;      /* the core's virtual time */
    uint64_t pc;           /* of the instruction that comes next */
    /* The link register. In a function that has not called another it leads to
     * the caller, and need not be among callers; else into the function. */
    uint64_t link;
    const uint64_t *callers; /* return addresses, the innermost first */
    size_t caller_count;
    enum cairn_stack stack;
};

/*
 * Calls take from within cairn_run each time that a core has retired a multiple
 * of `period` instructions; 0 ends that. The run is the same, state and times
 * to the last bit, and so are the samples of two runs that are. Of cores in
 * parallel, calls come one at a time from their threads. take may look at the
 * machine but not change anything; the sample is good until it returns.
 */
void cairn_sample(struct cairn_machine *machine, uint64_t period,
                  void (*take)(void *context,
                               const struct cairn_sample *sample),
                  void *context);

/* The memory that has the code at an address of the core with that number, as
 * the core translates it now: "rom"; NULL if none has. */
const char *cairn_code_memory(struct cairn_machine *machine, size_t core,
                              uint64_t address);

/* ---- Counts -------------------------------------------------------------- */

/* Something counted since the machine was made, for people. */
struct cairn_count {
    const char *subject; /* a core or device: "cpu0", "uart" */
    const char *kind;    /* "exceptions", "registers" */
    const char *what;    /* "data abort", "reads" */
    uint64_t count;
};
/* The counts that are not zero, in the order of the board; -ENOENT past the
 * end. */
int cairn_count_get(const struct cairn_machine *machine, size_t index,
                    struct cairn_count *count);

/* A core and what it has done; -ENOENT past the end. */
struct cairn_core_time {
    const char *core;
    uint64_t instructions; /* since power-on */
    uint64_t running_ns;   /* the virtual time that these took */
};
int cairn_core_time_get(const struct cairn_machine *machine, size_t index,
                        struct cairn_core_time *time);

/* ---- The engine ---------------------------------------------------------- */

/* Counters of the engine; those of the compiler are zero where instructions are
 * interpreted. Times are counted from cairn_time_engine() on. */
struct cairn_engine_statistics {
    uint64_t blocks;       /* compiled */
    uint64_t instructions; /* in them */
    uint64_t bytes;        /* of host code */
    uint64_t flushes;      /* of all code, when its memory was full */
    uint64_t entries;      /* into compiled code */
    uint64_t links;        /* jumps that were aimed */
    uint64_t left;         /* exits: for the run loop, */
    uint64_t cut;          /* for the end of the budget, */
    uint64_t missed;       /* for code that is not compiled, */
    uint64_t stepped;      /* for an instruction to be executed alone */
    uint64_t compile_ns;   /* the host's time */
    uint64_t decoded;      /* instructions, for both */
    uint64_t decode_ns;
    uint64_t pages;         /* whose decoding was begun, */
    uint64_t evicted_pages; /* and of them those that made room, */
    uint64_t written_pages; /* or gave up because of stores to them */
    uint64_t dropped;       /* blocks that something was stored into */
    uint64_t traps;         /* exceptions and interrupts taken */
    uint64_t read_fills;    /* of the soft TLB */
    uint64_t write_fills;
    uint64_t fetch_fills;
    uint64_t bank_flushes; /* of the TLB, by translation context */
    uint64_t page_flushes; /* by address */
    uint64_t skipped;      /* instructions of loops that wait, not executed */
};
void cairn_time_engine(struct cairn_machine *machine);
/* From now on reports each piece of host code when it is generated: the guest's
 * with its address, the engine's own with NULL. Calls come from the thread that
 * runs the core, within cairn_run; with processors in parallel from all of
 * their threads, also at the same time. */
void cairn_watch_code(struct cairn_machine *machine,
                      void (*made)(void *context, const void *code, size_t size,
                                   const uint64_t *address),
                      void *context);
void cairn_engine_statistics(const struct cairn_machine *machine,
                             struct cairn_engine_statistics *statistics);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif

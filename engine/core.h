/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A processor core, whatever its architecture: what the platform runs, stops,
 * inspects and saves. One architecture implements one const struct core_type.
 *
 * A core owns no memory of the machine: it reaches everything through its
 * space. It runs on the engine thread; nothing here may be called from another.
 */
#ifndef ENGINE_CORE_H
#define ENGINE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/error.h"
#include "bus/device.h"
#include "bus/fabric.h"
#include "bus/space.h"

enum core_power {
    CORE_OFF,
    CORE_HELD,
    CORE_RUNNING,
    CORE_WAITING,
    CORE_STUCK, /* its exceptions have no end; only a reset helps */
};

/* Why core_run returned. */
enum core_stop {
    CORE_STOP_BUDGET,     /* all instructions of the budget retired */
    CORE_STOP_WAITING,    /* WFI with nothing pending, or stuck */
    CORE_STOP_REQUESTED,  /* core_request_stop */
    CORE_STOP_BREAKPOINT, /* before the instruction at a breakpoint */
    CORE_STOP_WATCHPOINT, /* after the access to a watched address */
    CORE_STOP_EBREAK,     /* EBREAK while a debugger asked to catch it */
    CORE_STOP_TRAP,       /* at a vector, when traps came to trap_stop */
};

enum watch_kind { WATCH_WRITE = 1, WATCH_READ = 2, WATCH_ACCESS = 3 };

/* How a core waits while its power is CORE_WAITING. */
enum core_wait {
    CORE_WAIT_INTERRUPT, /* WFI */
    CORE_WAIT_EVENT,     /* WFE */
    CORE_WAIT_ON_EXIT,   /* M-profile: the last handler is done */
    CORE_WAIT_DEEP,      /* any of them, in deep sleep */
};

/* Numbers of what ends a wait, by each architecture: 0 is none that it knows
 * of, such as a reset; the last one is an event, of WFE. */
enum { CORE_WAKES = 512, CORE_WAKE_EVENT = CORE_WAKES - 1 };

enum core_call { CORE_CALL_HVC, CORE_CALL_SMC, CORE_CALL_SEMIHOSTING };

/* The outcome of a call: nobody took it, it is done, or its instruction is
 * executed again, with registers as they were. */
enum core_answer { CORE_UNANSWERED, CORE_ANSWERED, CORE_ASKED_AGAIN };

struct core;

struct gate;

/* Classes of exceptions, numbered by each architecture. */
enum { CORE_TRAPS = 68 };

enum core_engine {
    CORE_ENGINE_ANY, /* the compiler where the host can run what it makes,
                        for blocks that are met often */
    CORE_ENGINE_INTERPRETER,
    CORE_ENGINE_COMPILER, /* for all blocks */
    CORE_ENGINE_CHAOS,    /* the compiler, at its worst: for tests */
};

/* Options of RISC-V cores. */
struct core_riscv_config {
    uint32_t pmp_entries; /* 0, 16 or 64 */
    bool user_mode;       /* U mode present */
};

/* Options of AArch64 cores. */
struct core_aarch64_config {
    const char *features; /* "+pauth,-lse", or NULL for the variant's */
    bool el2;             /* hypervisor level present */
    bool el3;             /* monitor level, both security states */
    bool semihosting;     /* HLT #0xf000 asks the host */
    uint32_t counter_hz;  /* of the system counter; 0: 62500000 */
    /* Where accesses to the Secure physical address space go; NULL: to the
     * core's only space. */
    struct space *secure_space;
    /* The GICv3 that has this core's ICC registers (its type's interface is a
     * struct gic_cpu), or NULL; and the core's number in it. */
    struct device *interrupt_controller;
    unsigned interrupt_port;
    /*
     * Firmware outside of the machine. HVC without EL2, SMC without EL3 and,
     * with semihosting, HLT #0xf000 call it before anything else is tried,
     * with x0 to x7 in x; what it leaves there goes back to the registers.
     * CORE_UNANSWERED: the instruction is undefined. It may change the power of
     * any core, this one too (then it asks this one to stop). May be NULL.
     */
    enum core_answer (*firmware)(void *context, struct core *core,
                                 enum core_call call, uint64_t x[8]);
    void *firmware_context;
};

/* Addresses that a security attribution unit of the implementation (IDAU)
 * attributes. */
struct core_idau_range {
    uint32_t first;
    uint32_t last;
    uint8_t region; /* IREGION, 0 to 255 */
    bool non_secure;
    /* Non-secure callable (Secure memory that SG may be in): 1 + the number of
     * the input idau_callable that says whether it is; 0: never. */
    uint8_t callable;
};
enum { CORE_IDAU_RANGES = 32 };

/* Options of M-profile cores. What is 0 is as the model has it. */
struct core_mprofile_config {
    uint32_t interrupts; /* 1 to 480, a multiple of 32 is not needed; 0: 32 */
    uint32_t priority_bits;
    uint32_t mpu_regions; /* of each security state, 16 at most */
    bool no_mpu, no_fpu, no_dsp, no_security;
    uint32_t systick_reference_hz; /* 0: no reference clock */
    struct core_idau_range idau[CORE_IDAU_RANGES];
    size_t idau_count;
    /* Where Secure accesses go; NULL: to the core's only space. */
    struct space *secure_space;
    /* VTOR_NS after a reset. */
    uint32_t non_secure_vector;
    bool semihosting; /* BKPT 0xab asks the host */
    /* Where ITM's packets go (its type's interface is a struct trace_sink), or
     * NULL. */
    struct device *trace;
    /* With x[0] and x[1] the arguments; x[0] is the answer. */
    enum core_answer (*firmware)(void *context, struct core *core,
                                 enum core_call call, uint64_t x[8]);
    void *firmware_context;
};

/* How the Non-secure state of an M-profile core was entered. */
enum core_departure {
    CORE_BY_BXNS,
    CORE_BY_BLXNS,
    CORE_BY_EXCEPTION,
    CORE_BY_RETURN, /* of an exception or a function */
};

/* Told by cores where their execution gets to. core->retired is exact. */
struct core_watch {
    /*
     * The core fetches from a page that it has not fetched from of late: a page
     * that it never fetched from since a reset is always told, others may be
     * told again. offset is that of the instruction at pc in the region.
     */
    void (*fetched)(void *context, struct core *core,
                    const struct region *region, uint64_t offset, uint64_t pc);
    /* From the Secure state to the Non-secure one. */
    void (*departed)(void *context, struct core *core, uint64_t from,
                     uint64_t to, enum core_departure how);
    void *context;
};

struct core_config {
    const char *name;
    const char *compatible; /* picks the variant: "riscv,rv32imc", ... */
    struct space *space;
    struct fabric *fabric;
    struct gva reset_vector;
    uint32_t frequency_hz; /* instructions per second of virtual time */
    uint32_t hart_id;      /* the core's number, as guests read it */
    enum core_engine engine;
    bool several; /* there are other cores, which run in turn or in parallel */
    /* The cores with this gate run at the same time, each on a thread of its
     * own (engine/gate.h); NULL: one at a time. */
    struct gate *gate;
    /* Settings that only cores of one architecture have; others ignore them. */
    struct core_riscv_config riscv;
    struct core_aarch64_config aarch64;
    struct core_mprofile_config mprofile;
};

/* A register as a debugger sees it. */
struct core_register {
    const char *name;
    const char *feature; /* GDB target description feature; NULL: not in it */
    const char *type;    /* GDB type: "int", "code_ptr", "data_ptr", or one of
                            platform/debug/types.c */
    const char *group;   /* "general", "csr", "float" */
    unsigned bits;
    int number; /* GDB register number */
};

/* Counts of what cores of an engine have done so far, for people; no part of
 * their state. */
struct core_statistics {
    uint64_t traps;      /* exceptions and interrupts taken */
    uint64_t read_fills; /* of the soft TLB */
    uint64_t write_fills;
    uint64_t fetch_fills;
    uint64_t bank_flushes;  /* of the TLB, by translation context */
    uint64_t page_flushes;  /* by address */
    uint64_t skipped;       /* instructions of loops that wait, not executed */
    uint64_t decoded;       /* instructions */
    uint64_t decode_ns;     /* the host's time, after core_time_code */
    uint64_t pages;         /* whose decoding was begun, */
    uint64_t evicted_pages; /* and of them those that made room, */
    uint64_t written_pages; /* or were dropped because of stores to them */
    uint64_t dropped;       /* blocks that something was stored into */
    uint64_t blocks;        /* compiled */
    uint64_t instructions;  /* in them */
    uint64_t bytes;         /* of host code */
    uint64_t flushes;       /* of all code, when its memory was full */
    uint64_t entries;       /* into compiled code */
    uint64_t links;         /* jumps that were aimed */
    uint64_t left;          /* exits: for the run loop, */
    uint64_t cut;           /* for the end of the budget, */
    uint64_t missed;        /* for code that is not compiled, */
    uint64_t stepped;       /* for an instruction to be executed alone */
    uint64_t compile_ns;
};

/* Called with each piece of host code that is made: of the guest's code at an
 * address, or with NULL of the compiler's own. */
struct code_watch {
    void (*made)(void *context, const void *code, size_t size,
                 const uint64_t *address);
    void *context;
};

/* The engine that runs a core, behind functions of the same names below. */
struct core_engine_type {
    enum core_stop (*run)(struct core *core, uint64_t budget);
    /* Checks whether the core is what its configuration asks for, once it is
     * made; 0 or an error. */
    int (*check)(const struct core *core, struct error *error);
    /* Look around after the instruction at hand: stop_requested was set. */
    void (*notice)(struct core *core);
    void (*limit)(struct core *core, uint64_t budget);
    void (*breakpoints_changed)(struct core *core);
    void (*watchpoints_changed)(struct core *core);
    bool (*meets_breakpoint)(struct core *core);
    void (*pass_breakpoint)(struct core *core);
    void (*add_statistics)(const struct core *core,
                           struct core_statistics *sum);
    void (*watch_code)(struct core *core, const struct code_watch *watch);
    void (*time_code)(struct core *core);
};

struct core_type {
    const struct core_engine_type *engine;
    const char *const *compatibles;  /* NULL-terminated */
    const char *architecture;        /* GDB's: "riscv:rv32" */
    const struct input_spec *inputs; /* names of the input lines */
    size_t input_count;
    const struct output_spec *outputs; /* of the output lines, or NULL */
    size_t output_count;
    int (*create)(const struct core_config *config, struct core **core,
                  struct error *error);
    void (*destroy)(struct core *core);
    void (*reset)(struct core *core);
    void (*input)(struct core *core, unsigned input, uint32_t level);
    /* True if the core has an extension that its architecture names. NULL:
     * there is none to choose. */
    bool (*has_feature)(const struct core *core, const char *name);
    /* The register at an index of core.registers; -EINVAL behind them. */
    int (*register_get)(struct core *core, size_t index, uint64_t *value);
    int (*register_set)(struct core *core, size_t index, uint64_t value);
    /* The same for registers of more than 64 bits, for which the other two
     * are no use: little-endian bytes. NULL where there are none. */
    int (*register_get_wide)(struct core *core, size_t index, uint8_t *bytes);
    int (*register_set_wide)(struct core *core, size_t index,
                             const uint8_t *bytes);
    /* The architectural state, plain data named by fields. */
    void *(*state)(struct core *core);
    size_t state_size;
    const struct state_field *fields;
    size_t field_count;
    /* After state was overwritten: rebuild what is derived from it. */
    void (*restored)(struct core *core);
    /* Where an address that the core may read now is, and in which of its
     * spaces; raises nothing. NULL: addresses are physical. */
    bool (*translate)(struct core *core, struct gva address, struct gpa *place,
                      struct space **space);
    /* Fills in fact and values of the event that tells why a core, which just
     * became CORE_STUCK, is. NULL: there is no more to tell than where. */
    void (*stuck)(const struct core *core, struct event *event);
    /* The mode that it is in now: "EL1", "S-EL1", "M". */
    const char *(*mode)(const struct core *core);
    /* The name of a class of exceptions, or NULL; see core_note_trap. NULL:
     * they are counted as one. */
    const char *(*trap_name)(unsigned class);
    /* How it waits, while it does. NULL: by WFI. */
    enum core_wait (*wait)(const struct core *core);
    /* The name of what ends a wait, and the input line that it is, or -1; NULL:
     * there is no such number. Numbers 0 and CORE_WAKE_EVENT are not asked for.
     * NULL: no wait has ended by anything else. */
    const char *(*wake_name)(unsigned wake, int *input);
    /* One instruction as text from bytes at pc; returns its length. */
    unsigned (*disassemble)(const struct core *core, struct gva pc,
                            const void *bytes, size_t size, struct buffer *out);
};

/* The part that all architectures share; each embeds it first. */
struct core {
    const struct core_type *type;
    struct core_config config;
    char name[32];
    enum core_power power;
    uint64_t retired; /* instructions since power-on; exact whenever a handler
                         or the platform looks */
    /* The part of these that engine/spin/spin.h let retire without execution,
     * since it was made; no part of the state. */
    uint64_t skipped;
    /* Exceptions and interrupts taken, but for those that are the effect of an
     * instruction that retired; for debuggers, no part of the state. */
    uint64_t traps;
    uint64_t trap_stop; /* stop when traps comes there; UINT64_MAX is never */
    uint64_t trapped[CORE_TRAPS]; /* since it was made, by class; for people */
    /* The event that ended its last wait (type->wake_name), once that is over:
     * for people, no part of the state. */
    unsigned woken_by;
    /* Retired count up to which the core may read clocks with no effect on
     * others; UINT64_MAX: no other one runs. */
    uint64_t unheard;
    /* Retired count where the platform learns what the registers hold
     * (clock.checked); UINT64_MAX: nowhere. */
    uint64_t check_at;
    bool stop_requested;
    bool catch_ebreak;
    const struct core_watch *watch; /* NULL: nobody wants to know */
    bool trace; /* one trace log line per instruction, with its disassembly */
    struct gva stop_address; /* of the last break- or watchpoint */
    struct gva *breakpoints;
    size_t breakpoint_count;
    struct watchpoint {
        struct gva address;
        uint64_t size_bytes;
        enum watch_kind kind;
    } * watchpoints;
    size_t watchpoint_count;
    struct line *outputs; /* of the type's, made before the first reset */
    struct core_register *registers; /* which its creation listed */
    size_t register_count;
};

/* An exception or interrupt of that class was taken. */
static inline void core_note_trap(struct core *core, unsigned class)
{
    assert(class < CORE_TRAPS);
    core->traps++;
    core->trapped[class]++;
}

/* The type for a compatible string, or NULL. */
const struct core_type *core_type_find(const char *compatible);

int core_create(const struct core_config *config, struct core **core,
                struct error *error);
/* The same of a type that is in no list, as architectures of tests are. */
int core_create_of(const struct core_type *type,
                   const struct core_config *config, struct core **core,
                   struct error *error);
void core_destroy(struct core *core);
/* Architectural reset: pc at the reset vector. Does not change power. */
void core_reset(struct core *core);

/*
 * Runs up to budget instructions and lands exactly: never one more. Fewer when
 * it stops for another reason; core->retired tells how many. A taken trap is
 * not an instruction. Interrupts are taken at instruction boundaries as soon
 * as their line says so, also inside the budget.
 */
enum core_stop core_run(struct core *core, uint64_t budget);
/* From a handler inside core_run: return after the instruction at hand. */
void core_request_stop(struct core *core);
/* Line sink for the core's inputs: context is the core. */
void core_input(void *context, unsigned input, uint32_t level);
/* Shortens the budget of the core_run under way to `budget` more instructions
 * after the one at hand (0: as core_request_stop, but stops for BUDGET). */
void core_limit(struct core *core, uint64_t budget);

/* Adds what the core has done; what cores share (decoded and compiled code) is
 * added with one of them. */
void core_add_statistics(const struct core *core, struct core_statistics *sum);
/* From now on tells of each piece of host code that is made for the core. */
void core_watch_code(struct core *core, const struct code_watch *watch);
/* From now on decoding and compiling is timed. */
void core_time_code(struct core *core);
bool core_has_feature(const struct core *core, const char *name);

/* Break- and watchpoints; -ENOENT when removing one that is not there. */
int core_add_breakpoint(struct core *core, struct gva address);
int core_remove_breakpoint(struct core *core, struct gva address);
/* True if there is one at pc that was not yet reported; it is, by this. */
bool core_meets_breakpoint(struct core *core);
/* The next run executes the instruction at pc even if a breakpoint is there. */
void core_pass_breakpoint(struct core *core);
int core_add_watchpoint(struct core *core, struct gva address, uint64_t size,
                        enum watch_kind kind);
int core_remove_watchpoint(struct core *core, struct gva address, uint64_t size,
                           enum watch_kind kind);

/* Where an address that the core may read now is; raises nothing. */
bool core_translate(struct core *core, struct gva address, struct gpa *place,
                    struct space **space);
/* Memory as the core sees it at this moment, for debuggers and firmware calls:
 * no side effects. 0 or -EFAULT. */
int core_read_memory(struct core *core, struct gva address, void *bytes,
                     size_t size);
/* The same, into memory that guests may write; devices and read-only memory
 * are -EFAULT. What comes before such a place is written. */
int core_write_memory(struct core *core, struct gva address, const void *bytes,
                      size_t size);

/* 64-bit hash of the architectural state and retired count. */
uint64_t core_hash(struct core *core);

#endif

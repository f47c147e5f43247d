/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cairn as a component: build a machine from a board description, drive its
 * SoC-facing bus and lines, run it, look inside, snapshot it.
 *
 * A machine belongs to the thread that uses it, but for cairn_stop, which any
 * thread may call; different machines may run in different threads, and a
 * machine may change threads between two calls. There is no global state.
 *
 * Callbacks come from within calls on their machine. Those that look (console,
 * log, event and progress, cairn_milestones, cairn_sample) may call cairn_stop,
 * and what returns something of the machine and changes nothing. Those that act
 * (cairn_line_watch, cairn_line_follow, functions of cairn_map) may also make
 * accesses, drive lines, assert reset lines, and begin and end watches, as
 * devices do. That of cairn_watch_code may call nothing of the machine. All
 * other calls return -EBUSY there, cairn_run CAIRN_STOP_REFUSED, and those
 * without a result do nothing; other machines may be called.
 * docs/design/runs/library.md has a table of all calls.
 *
 * All strings and byte runs that callers pass are copied; all that are returned
 * belong to the machine and live until the next call on it unless a call says
 * otherwise.
 *
 * Calls return 0 or a negative errno value; where a cause is worth telling it
 * is in struct cairn_error, which may be NULL.
 *
 * A process that has machines keeps 1 MiB of memory that is not touched, in
 * reserve. A call that may need memory is refused with -ENOMEM, and has done
 * nothing, while the reserve is not whole; allocations that fail within a call
 * are served from it. A call that needs more also returns -ENOMEM (cairn_run
 * CAIRN_STOP_NO_MEMORY), but its machine is lost: only cairn_destroy is good
 * for it, and returns none of its memory. Threads of machines with
 * cairn_options.parallel have no such way out, and end the process.
 *
 * Structs that begin with a field `size` may grow in later versions. Callers
 * set it to the sizeof of the struct that they were compiled with, and all
 * fields that they do not use to zero. Fields that a shorter struct lacks count
 * as zero. A longer one, of a later header, is accepted if the part that this
 * library does not know is zero, and is -E2BIG otherwise; more than
 * CAIRN_SIZE_MAX bytes always are. A size that does not cover the field itself,
 * such as 0, is -EINVAL. Calls that return no error say what they do instead.
 * All other structs stay as they are while the library's soname does.
 */
#ifndef CAIRN_CAIRN_H
#define CAIRN_CAIRN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_machine;

struct cairn_error {
    char text[512];
};

enum { CAIRN_SIZE_MAX = 4096 };

/* ---- Building ------------------------------------------------------------ */

enum cairn_log {
    CAIRN_LOG_GUEST,
    CAIRN_LOG_UNMODELLED,
    CAIRN_LOG_TRACE,
    CAIRN_LOG_HOST,
};

struct cairn_callbacks {
    /* A byte that a guest printed. */
    void (*console)(void *context, const char *device, uint8_t byte);
    /* A log line without line end. */
    void (*log)(void *context, enum cairn_log kind, const char *line);
    /* A chain event, rendered: text for people and one line of JSON. */
    void (*event)(void *context, const char *text, const char *json);
    void *context;
    /* Progress, called now and then during cairn_run. */
    void (*progress)(void *context, uint64_t time_ns, uint64_t instructions);
};

struct cairn_image {
    const char *memory; /* label or name of a memory node: "rom" */
    const void *bytes;
    size_t size;
};

/* Bytes that go to an address as processors see it, over what the memory there
 * starts with. */
struct cairn_load {
    const char *memory; /* that they must lie in; NULL: any */
    const char *name;   /* where they come from, for messages */
    bool is_offset;     /* address is one in memory */
    uint64_t address;
    const void *bytes;
    size_t size;
};

/* A file for a hypervisor, found through a node of /chosen (the multiboot
 * binding). */
struct cairn_module {
    const char *kind; /* "kernel", "ramdisk", "device-tree", "policy" */
    struct cairn_image image;
    const char *append; /* command line, or NULL */
};

/* The guest of a board of application processors that has no firmware to load
 * it: a kernel, its arguments, and the equipment of the machine. Zero fields
 * select the values of the board. Bytes are copied. */
struct cairn_guest {
    size_t size;               /* sizeof(struct cairn_guest) */
    struct cairn_image kernel; /* Image or ELF, also gzipped; the memory's
                                  field is its name for messages */
    struct cairn_image initrd;
    /* Kernel and initrd have no bytes: their names are paths. Files that go
     * into memory as they are (no ELF, no gzip) are read at each reset and
     * not kept, so they must not change while the machine is there: one that
     * did leaves the guest off, with a line in the log. */
    bool from_files;
    struct cairn_image dtb; /* instead of the generated one */
    const char *append;     /* kernel command line */
    uint64_t memory_bytes;  /* size of the memory "ram" */
    unsigned cpus;          /* how many of the board's processors */
    const char *cpu;        /* which: "neoverse-n1,+pauth,-lse" */
    bool has_start_time;    /* clocks of the time of day start with */
    uint32_t start_time; /* these seconds since 1970, not as the board says */
    bool security;       /* EL3 and the secure world */
    bool virtualization; /* EL2 */
    bool semihosting;    /* HLT #0xf000 asks the host */
    bool firmware;       /* an image starts the machine: kernel, initrd and
                            arguments are items of its fw_cfg */
    bool no_acpi;        /* firmware is given no ACPI tables */
    /* The interface of a TPM, "tis" or "crb", for boards that have a place for
     * one; NULL: none. See cairn_tpm_connect. */
    const char *tpm;
    const struct cairn_module *modules;
    size_t module_count;
    /* Whose files semihosting opens, and no others; NULL: none. */
    const char *semihosting_folder;
    /* The program's path, for semihosting's command line; NULL: kernel's. */
    const char *program;
};

/* The engine that executes instructions: runs are the same, to the last bit. */
enum cairn_engine {
    CAIRN_ENGINE_ANY, /* the compiler, where the host can execute its code, for
                         code that is executed often */
    CAIRN_ENGINE_INTERPRETER,
    CAIRN_ENGINE_COMPILER, /* for all code, or no machine */
    CAIRN_ENGINE_CHAOS,    /* the compiler, which forgets and leaves at random
                              places: for testing it */
};

/* Limits of the words of an origin: their number, and bytes with NULs. */
enum { CAIRN_ORIGIN_WORDS = 1024, CAIRN_ORIGIN_SIZE = 64 << 10 };

struct cairn_options {
    size_t size; /* sizeof(struct cairn_options) */
    /* Board: a path to .dts or .dtb, or "name" of a built-in board. */
    const char *board;
    const char *const *overlays; /* paths to .dtso/.dtbo */
    size_t overlay_count;
    /* Board and overlays name files (cairn,image, /include/, /incbin/) in their
     * own folders, and in these. */
    const char *const *folders;
    size_t folder_count;
    const struct cairn_image *images;
    size_t image_count;
    const struct cairn_load *loads;
    size_t load_count;
    uint64_t seed; /* of the machine's randomness */
    bool strict;   /* the first unmodelled access fails the run */
    bool trace;    /* instruction and register trace lines */
    /* Report when processors enter the board's boot loader, the images in its
     * slots and the Non-secure state, and what those images are. */
    bool reports_slots;
    enum cairn_engine engine;
    /* AArch64 processors run at the same time, each on a host thread of its
     * own: faster, and no two runs are the same. Callbacks come from these
     * threads, one at a time. -ENOTSUP, with the reason, where the board, the
     * host or another option stands against it. */
    bool parallel;
    bool power; /* keep a ledger of power states, see cairn/power.h */
    const struct cairn_guest *guest; /* or NULL */
    struct cairn_callbacks callbacks;
    /* How the caller would ask for such a machine again, in words of its own
     * choice: `cairn run` keeps its operand and options. Copied; cairn_save
     * and cairn_record write them, cairn_snapshot_origin and
     * cairn_record_origin read them, and nothing else looks at them. -EINVAL,
     * with the byte, for an empty word, a control character, or too many. */
    const char *const *origin;
    size_t origin_count; /* may be 0 */
};

/* The machine is at power-off: nothing runs before cairn_power. */
int cairn_create(const struct cairn_options *options,
                 struct cairn_machine **made, struct cairn_error *error);
/* NULL is fine. -EBUSY, and the machine stays, within its callbacks. */
int cairn_destroy(struct cairn_machine *machine);
/* Checks whether there are such processors, as cairn_guest.cpu names them:
 * -EINVAL, with the choices, if not. */
int cairn_cpu_check(const char *cpu, struct cairn_error *error);
const char *cairn_version(void);
/* The day of that version, "2026-11-22". */
const char *cairn_version_date(void);

/* The host pages behind a memory node, for mapping a caller's view of it; the
 * guest sees writes at once. Writers call cairn_memory_written before. */
int cairn_memory(struct cairn_machine *machine, const char *memory,
                 uint8_t **host, size_t *size);
int cairn_memory_written(struct cairn_machine *machine, const char *memory,
                         size_t offset, size_t size);

/* ---- Lines --------------------------------------------------------------- */

/*
 * Every line of the board by the name of its driver, "soc_ifc.ready_for_fw".
 * Lines that the board leaves to the outside (straps, resets, SoC inputs) are
 * inputs by the name of their sink, "soc_ifc.cptra_rst_b".
 */
int cairn_line_get(struct cairn_machine *machine, const char *line,
                   uint32_t *level);
int cairn_line_set(struct cairn_machine *machine, const char *input,
                   uint32_t level);
/* Names of the inputs, those of one node together; NULL past the end. */
const char *cairn_input_name(const struct cairn_machine *machine, size_t index);
/* Calls changed at each change of level, from within cairn_run. */
int cairn_line_watch(struct cairn_machine *machine, const char *line,
                     void (*changed)(void *context, uint32_t level),
                     void *context);

/* ---- Bus ----------------------------------------------------------------- */

/* A 1, 2, 4 or 8-byte access by a master that the board names ("soc"), with
 * the given user id. -EFAULT is a bus error, -EINVAL a bad size or alignment,
 * -ENOENT no such master. */
int cairn_bus_read(struct cairn_machine *machine, const char *master,
                   uint32_t user, uint64_t address, unsigned size,
                   uint64_t *value);
int cairn_bus_write(struct cairn_machine *machine, const char *master,
                    uint32_t user, uint64_t address, unsigned size,
                    uint64_t value);

/* ---- Running ------------------------------------------------------------- */

enum cairn_stop {
    CAIRN_STOP_BUDGET,     /* the instructions asked for were run */
    CAIRN_STOP_TIME,       /* the virtual time asked for, or the limit */
    CAIRN_STOP_LINE,       /* the line asked for reached the level */
    CAIRN_STOP_ADDRESS,    /* a core is about to run the address asked for */
    CAIRN_STOP_IDLE,       /* all cores wait or are held, no timer is armed,
                              or a million times in a row none woke a core
                              and no time was asked for */
    CAIRN_STOP_UNMODELLED, /* strict, and something unmodelled was met */
    CAIRN_STOP_REQUESTED,  /* cairn_stop */
    CAIRN_STOP_DEBUG,      /* a break- or watchpoint (debug stub only) */
    CAIRN_STOP_OFF,        /* the guest turned itself off, see
                              cairn_guest_status */
    CAIRN_STOP_RESET,      /* the guest asks for cairn_reset */
    CAIRN_STOP_REFUSED,    /* nothing was run: within a callback, or the size of
                              cairn_until is none */
    CAIRN_STOP_NO_MEMORY,  /* nothing was run, or the machine is lost */
};

/* Zero fields ask for nothing. */
struct cairn_until {
    size_t size;           /* sizeof(struct cairn_until) */
    uint64_t instructions; /* of all cores together, from now */
    uint64_t time_ns;      /* absolute virtual time */
    const char *line;      /* stop when this line's level ... */
    uint32_t level_mask;   /* ... masked by this (0 means all bits) ... */
    uint32_t level;        /* ... is this; at once if it already is */
    const char *core;      /* of address, or of core_instructions */
    uint64_t address;      /* stop before this instruction, if core is set and
                              core_instructions is not */
    /* Absolute virtual time to give up at. Unlike time_ns, at which the caller
     * has something to do, it lets a machine that waits in vain stop at once.
     */
    uint64_t limit_ns;
    /* A stuck processor, while none runs and no timer is armed, ends the run
     * (CAIRN_STOP_IDLE), even if a network or terminal could wake another. */
    bool stuck_ends;
    /* Absolute, of that core alone: stop when cairn_instructions says so many,
     * at once if it says more (CAIRN_STOP_BUDGET). Cores run in turns until
     * then. */
    uint64_t core_instructions;
};

enum cairn_stop cairn_run(struct cairn_machine *machine,
                          const struct cairn_until *until);
/* After cairn_run, why the machine does not go on: "all processors wait and
 * nothing will wake them", "cpu0 is stuck in exceptions without end at
 * 0x200 (...)", with the syndromes, as its event has them; "" if some processor
 * runs and none is stuck. Good until the next function that returns a string.
 */
const char *cairn_standstill(struct cairn_machine *machine);
/* Only a reset helps: some processor is stuck in exceptions, none runs or
 * waits, and no timer is armed. */
bool cairn_is_stuck(const struct cairn_machine *machine);
/* From within cairn_run, when all cores together have retired a multiple of
 * `distance` instructions: calls reached, which may look but not change
 * anything. The run is the same. Not of cores that run in parallel. */
void cairn_milestones(struct cairn_machine *machine, uint64_t distance,
                      void (*reached)(void *context), void *context);
/* After CAIRN_STOP_OFF: power stays on as if the supply did not obey, and
 * cairn_run continues. Parts that the guest itself turned off stay off. */
void cairn_stay_on(struct cairn_machine *machine);
/* The guest's exit status: 0, or the 64 bits of its own (semihosting). */
uint64_t cairn_guest_status(const struct cairn_machine *machine);
/* Types bytes into a serial port by name, or into "semihosting", between two
 * calls of cairn_run.
 * Returns how many it took, -ENOENT when there is no such port. */
int64_t cairn_console_input(struct cairn_machine *machine, const char *device,
                            const void *bytes, size_t size);
/* Says that more will be typed, or that no more will: until then reads of
 * "semihosting" that find nothing wait instead of ending. Other ports need no
 * promise. 0, or -ENOENT when there is no such port. */
int cairn_console_promise(struct cairn_machine *machine, const char *device,
                          bool more);
/* Names that it takes; NULL past the end. */
const char *cairn_console_name(const struct cairn_machine *machine,
                               size_t index);
/* The one that the board describes to guests as their console, else the first;
 * NULL if there is none. */
const char *cairn_console_default(struct cairn_machine *machine);

/* The pieces with which the guest starts, and their addresses. On a board whose
 * firmware starts it (a root property cairn,psci) that firmware loads them. */
struct cairn_piece {
    const char *what; /* "kernel", "initrd", "device tree", a module's kind */
    uint64_t address;
    uint64_t entry;
    const uint8_t *bytes;
    size_t size;
    bool raw; /* a kernel that is neither an arm64 Image nor ELF, and starts at
                 its first byte */
};
/* -ENOENT past the end. The bytes belong to the machine; NULL for a piece that
 * it reads from a file at each reset. */
int cairn_guest_piece(const struct cairn_machine *machine, size_t index,
                      struct cairn_piece *piece);
/* The device tree that the guest was given, or would be. The caller frees
 * *blob. */
int cairn_guest_dtb(struct cairn_machine *machine, uint8_t **blob, size_t *size,
                    struct cairn_error *error);
/*
 * Ends a cairn_run, which returns CAIRN_STOP_REQUESTED: from within a callback
 * of the machine after the instruction at hand; from any other place, also of
 * any other thread, within a slice (a millisecond of virtual time, or less), or
 * while it waits for the host at once. If no cairn_run is under way then, the
 * next one ends before it runs anything. The machine must not be destroyed
 * meanwhile.
 */
void cairn_stop(struct cairn_machine *machine);
/*
 * Power-on reset of the whole board: memories start blank or with their images,
 * but for those that keep their contents without power; cores whose reset line
 * is released at power-on will run. If the power was on before, this is a loss
 * of power: time, instructions and events continue. Returns 0, or -EBUSY within
 * a callback.
 */
int cairn_power(struct cairn_machine *machine);
/*
 * System reset, as by a reset button: processors and devices start over;
 * memories keep their contents, except for images (of cairn_options, and the
 * guest's pieces), which are written again. Time, the processors' counters of
 * it, and clocks with a battery continue. After CAIRN_STOP_RESET it is the
 * reset that the guest requested.
 *
 * Returns 0, or -ENOTSUP without power, and on a board where a device's reset
 * lines release the processors: there that device does resets.
 */
int cairn_reset(struct cairn_machine *machine);

/*
 * Reset lines by name, "mcu_reset.line0": those that a device's own registers
 * assert and release. Asserting one from outside does what a write to these
 * registers would do, and so does asking for its release, which passes the same
 * conditions: a gate that refuses firmware refuses this too. Both are events.
 * -ENOENT without such a line, -EPERM if no registers assert and release it,
 * -EAGAIN without power.
 */
int cairn_reset_line(struct cairn_machine *machine, const char *line,
                     bool asserted);
/* Names that it takes; NULL past the end. */
const char *cairn_reset_line_name(const struct cairn_machine *machine,
                                  size_t index);

/* The same within a run. The string is copied. */
struct cairn_reset_at {
    size_t size; /* sizeof(struct cairn_reset_at) */
    const char *line;
    uint64_t instructions; /* of all cores together since power-on: asserted
                              when so many have been retired */
    uint64_t release_ns;   /* asked to be released when so much virtual time has
                              passed since; 0: not */
};
/* Before cairn_run reaches the place, in any order. Not for cores that run in
 * parallel. Errors as above; -ERANGE if the place is in the past. */
int cairn_reset_line_at(struct cairn_machine *machine,
                        const struct cairn_reset_at *at);
/* How many of these were not reached yet. */
size_t cairn_reset_lines_waiting(const struct cairn_machine *machine);

/* Virtual time since the first power-on. It never goes back but by restoring a
 * snapshot. */
uint64_t cairn_time_ns(const struct cairn_machine *machine);
/* Instructions retired since then: of one core, or of all if NULL. */
uint64_t cairn_instructions(const struct cairn_machine *machine,
                            const char *core);
/* Register by name ("pc", "a0", "mcause"). */
int cairn_register_get(struct cairn_machine *machine, const char *core,
                       const char *name, uint64_t *value);

/* 64-bit hash of all architectural and device state and written memory. */
uint64_t cairn_state_hash(struct cairn_machine *machine);
uint64_t cairn_unmodelled_count(const struct cairn_machine *machine);

/* ---- SoC agent ----------------------------------------------------------- */

/*
 * Stands in for the SoC around a root of trust on boards without a boot MCU:
 * runs a script (see cairn-agent(5)) against the "soc" master. Files that the
 * script names are looked for among files, by name, and then relative to
 * folder. Requests for randomness are served on after the script if it asked
 * for that. Returns 0 when the script ended well; -EPROTO when an expectation
 * failed (cause in *error, with file and line); -ETIMEDOUT when the
 * condition of a line was not met within the line's own limit; -EDEADLK when
 * the machine stands still; -EOPNOTSUPP when something unmodelled was met and
 * the machine is strict; -ETIME when it ran past the limit of the options;
 * -EINTR after cairn_stop; -EINVAL for a script error.
 */
struct cairn_agent_options {
    size_t size;        /* sizeof(struct cairn_agent_options) */
    const char *script; /* text; NULL: the duties that a Caliptra core needs */
    const char *script_name; /* for messages */
    const char *folder;
    const char *const *variables; /* "NAME=value" pairs for ${NAME} */
    size_t variable_count;
    const struct cairn_image *files; /* memory is the name of a file */
    size_t file_count;
    /* Limit; 0: two thousand million. Processors that wait use it up as if they
     * ran 10 of them in a microsecond. */
    uint64_t instructions;
    /* For a restored machine: instead of script, the rest of the default one,
     * from the place where it was when the snapshot was taken. */
    bool resume;
};
int cairn_agent_run(struct cairn_machine *machine,
                    const struct cairn_agent_options *options,
                    struct cairn_error *error);
/* The script that stands for NULL, to read or to start from. */
const char *cairn_agent_script(void);

/* ---- Debugger ------------------------------------------------------------ */

/* Opens the address that cairn_debug_serve will serve, which then does not look
 * at its own: for callers that find out early, or may open none later. */
int cairn_debug_listen(struct cairn_machine *machine, const char *address,
                       struct cairn_error *error);
/* Serves GDB's remote protocol on address ("localhost:1234", "1234", or
 * "unix:PATH") until the debugger detaches or kills; runs the machine at its
 * command. An agent, which may be NULL, does its script meanwhile. listening
 * receives the address when a debugger can connect (of interest for port 0). */
int cairn_debug_serve(struct cairn_machine *machine, const char *address,
                      const struct cairn_agent_options *agent,
                      void (*listening)(void *context, const char *address),
                      void *context, struct cairn_error *error);

/* Limit of host memory for reverse debugging, which re-executes, beside one
 * copy of the memory that the guest uses; 0: no reverse debugging. 256 MiB by
 * default. During re-execution callbacks are not called, except those of
 * cairn_line_watch, whose effects on the machine must follow from its state. */
void cairn_debug_reverse(struct cairn_machine *machine, size_t bytes);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#include "cairn/board.h"
#include "cairn/outside.h"
#include "cairn/power.h"
#include "cairn/profile.h"
#include "cairn/record.h"
#include "cairn/report.h"
#include "cairn/simulator.h"
#include "cairn/snapshot.h"

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine from inside: what board, run loop, snapshot and debugger share.
 *
 *   nodes.c     the nodes of the board, listed and named
 *   build.c     nodes become regions, devices, cores
 *   images.c    what memories start with
 *   map.c       address maps become windows of spaces
 *   wire.c      interrupts, resets and signals become lines
 *   reset.c     power-on, resets, and what reset lines do
 *   run.c       the run loop
 *   turns.c     which core runs next, and how far
 *   parallel.c  its form for cores that run at the same time
 *   disk.c      media of devices, and their completions
 *   channel.c   messages of devices and the outside; asks.c: requests, replies
 *   input.c     what comes from outside: the one list of inputs
 *   machine.c   making and unmaking, and public functions that look
 *   access.c    public functions that reach memories and registers by name
 *   lines.c     lines, and masters.c buses, that the outside reaches
 *   mapping.c   memory and registers that the caller owns
 *   callback.c  which of the caller's functions is being called
 *   extension.h what the machine has beside these
 *   sized.c     structs of callers with other headers
 *
 * A machine owns everything below it. Engine thread only.
 */
#ifndef PLATFORM_MACHINE_MACHINE_H
#define PLATFORM_MACHINE_MACHINE_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "bus/device.h"
#include "bus/fabric.h"
#include "bus/region.h"
#include "bus/space.h"
#include "engine/core.h"
#include "include/cairn/cairn.h"
#include "platform/board/board.h"
#include "platform/machine/extension.h"
#include "platform/machine/input.h"

enum node_kind {
    NODE_OTHER,   /* the root, straps and the like */
    NODE_CLUSTER, /* a master with cores */
    NODE_AGENT,   /* a master that is driven from outside */
    NODE_CORE,
    NODE_MEMORY,
    NODE_BUS,
    NODE_DEVICE,
    NODE_IGNORED, /* cairn,ignored: a place without a model */
};

/* One node of the board and what became of it. Fields that do not belong to
 * the kind are NULL. */
struct node {
    struct cairn_machine *machine;
    enum node_kind kind;
    int offset;             /* in the board's blob */
    uint32_t phandle;       /* 0: none */
    uint32_t address_cells; /* below it; 0: not said */
    uint32_t size_cells;
    const struct node *parent;
    char name[32];
    /* The space of a cluster, an agent, or a device that has an address-map; a
     * core has its cluster's. */
    struct space *space;
    /* The space that Secure accesses see, of a cluster whose processors make
     * such. */
    struct space *secure_space;
    bool secure_only; /* shown in secure spaces only */
    bool hidden;      /* from the guest: another processor's device */
    struct core *core;
    struct region *region;
    struct device *device;
    struct slot *slot;     /* of a core */
    uint64_t size_bytes;   /* of a memory, as the board says */
    bool read_only;        /* memory */
    bool data_only;        /* memory: nothing executes from it */
    struct line **drivers; /* per input: the line that drives it, or NULL */
    char **input_labels;   /* per input: "hart.mtip" */
    char *reset_label;     /* "hart": the core that a reset line reaches */
    struct buffer image;   /* initial contents of a memory */
};

/* True if it has an address space of its own. */
static inline bool node_is_master(const struct node *node)
{
    return node->space != NULL && node->kind != NODE_CORE;
}

/* A core's place in the run loop. Its time is exact: anchor_ns plus the
 * instructions since anchor_retired at the core's frequency. */
struct slot {
    struct cairn_machine *machine;
    struct node *node;
    struct core *core;
    unsigned reset_lines; /* how many of its reset lines are asserted */
    bool held;            /* cairn,held: until a host lets it go */
    bool has_reset_lines; /* of the board */
    bool reset_pending;   /* a reset came while it ran */
    bool idle;            /* did not run when last looked at */
    uint64_t anchor_ns;
    uint64_t anchor_retired;
    uint64_t idle_ns; /* when it went idle, or began to doze */
    bool dozes;       /* its time has gone on; it may still be roused before */
    bool waits;       /* its slice ended as it waits for another core */
    struct gva board_vector; /* where it starts unless a line says otherwise */
    /* State of the check whether it waits (turns.c): checks so far in its
     * slice, the sum of its registers at the last, instructions to the next;
     * whether it rested there; and slices without checks, to come and the last
     * time. */
    unsigned checks;
    uint64_t check_sum;
    unsigned check_distance;
    bool check_rested;
    unsigned check_pause;
    unsigned check_gap;
};

/* A device as the consumer of a reset line. */
struct reset_sink {
    struct device *device;
    enum reset_domain domain;
    struct reset_sink *next;
};

/* An input that no line of the board reaches: the outside drives it. */
struct external {
    struct line line;
    struct node *node;
    unsigned input;
    bool strapped;
};

struct cairn_watch {
    struct cairn_machine *machine;
    struct line *line;
    void (*changed)(void *context, uint32_t level); /* NULL: silent */
    void *context;
    struct cairn_watch *next;
};

/* The kind of callback that is being called, see callback.h. */
enum callback {
    CALLBACK_NONE,  /* none: the machine is at rest, or runs by itself */
    CALLBACK_LOOKS, /* it may look at the machine */
    CALLBACK_ACTS,  /* it stands for a device: it may drive lines and buses */
};

/* All that has state, in the order of parts.c. */
struct part_list {
    struct part *parts;
    size_t count;
    size_t capacity;
};

struct memory_list {
    struct region **regions; /* the nodes' */
    size_t count;
};

/* How a guest ended itself. */
enum guest_end { GUEST_GOES_ON, GUEST_OFF, GUEST_RESET };

/* Observer called every `distance` instructions (cairn_milestones). */
struct milestones {
    uint64_t distance; /* 0: no observer */
    void (*reached)(void *context);
    void *context;
};

/* A reset line that is asserted, and released, at a place of the run. */
struct planned_reset {
    struct node *node;
    unsigned output;
    bool asserted;        /* what waits is its release */
    uint64_t retired;     /* by all cores, when it is asserted */
    uint64_t release_ns;  /* after how long it is released; 0: never */
    uint64_t released_ns; /* when */
};

/* In the order in which they were asked for; those that are done are gone. */
struct planned_resets {
    struct planned_reset *resets;
    size_t count;
};

/* The first file of the outside of which not all was kept (cairn_outputs_end);
 * a code of 0: none. */
struct output_end {
    int code;
    struct error why;
};

/* A service that programs call without a device: semihosting. */
struct program_service {
    const char *console; /* the name of its console, as that of a port */
    /* The operation is in x[0], its argument in x[1]; the answer goes to x[0].
     */
    enum core_answer (*call)(struct cairn_machine *machine, struct core *core,
                             uint64_t x[8]);
    /* Input of the console; how many bytes were taken. */
    size_t (*type)(struct cairn_machine *machine, const void *bytes,
                   size_t size);
    /* True if reads of the console wait for input. */
    bool (*is_promised)(const struct cairn_machine *machine);
    void (*promise)(struct cairn_machine *machine, bool more);
};

struct cairn_machine {
    struct fabric fabric;
    struct board board;
    struct buffer origin;     /* how it was asked for, see origin.h */
    uint64_t random_start[4]; /* of fabric.random_state, at power-on */
    bool trace;
    enum cairn_engine engine;
    struct cairn_callbacks callbacks;

    struct node *nodes; /* in the order of the board */
    size_t node_count;
    struct core **cores;
    struct slot *slots;        /* one per core, same order */
    enum core_stop *last_stop; /* per core: why it last stopped */
    size_t core_count;
    struct external *externals; /* strapped ones first, in board order */
    size_t external_count;
    struct reset_sink *reset_sinks;
    struct cairn_watch *watches;
    struct cairn_mapping *mappings; /* of mapping.c: memory of the caller */
    void *extensions[EXTENSIONS];   /* what each has of it, or NULL */
    const struct program_service *program; /* of one of them, or NULL */
    enum guest_end guest_end;
    enum event_role reset_role; /* of reset_agent */
    const char *reset_agent; /* the one that asked for GUEST_RESET, or NULL */
    uint64_t guest_status;
    struct milestones milestones;
    struct planned_resets planned_resets;
    /* Hooks of extensions, or NULL: one in place of core_run, and one that
     * looks at the state of power that a core is in, with the machine's lock
     * held if cores run at the same time. */
    enum core_stop (*run_core)(struct slot *slot, uint64_t budget);
    void (*note_power)(struct slot *slot);
    struct inputs inputs; /* what comes from outside */
    /* Where that is waited for; NULL before it is needed. */
    _Atomic(struct loop *) loop;
    struct serial *serials;           /* of serial.c: ports with back ends */
    struct drive *drives;             /* of disk.c: media of devices */
    struct output_end output_end;     /* of serial.c and network.c */
    struct cable *cables;             /* of network.c: networks of devices */
    struct switchboard *switchboards; /* of channel.c: connected channels */
    bool user_ended;                  /* one of these wants the run to end */
    bool pace_set;
    uint64_t pace_start_ns; /* host_time_ns() when virtual time was 0 */

    /* The round under way, and in it the slice of one core, which goes up to
     * round_end_ns (in parallel, all do). It may stay open between calls of
     * cairn_run. */
    bool in_round;
    size_t round_core;
    uint64_t round_end_ns;
    uint64_t quantum_ns; /* the longest slice of a core that runs alone, */
    uint64_t at_once_ns; /* and of cores that run at the same time */
    uint64_t turn_ns;    /* what a core may be ahead of another, */
    uint64_t rest_ns;    /* and if it reads the clock; what it waits at least */
    uint64_t doze_ns;    /* and if it is to be roused */
    uint64_t told_ns;    /* the latest time that a core has read so */
    /* Timers in a row that woke no core, since so many instructions. */
    uint64_t idle_timers;
    /* Progress as the callback was told, and rounds since. */
    uint64_t retired_told;
    unsigned rounds_untold;
    uint64_t idle_retired;

    /* A debugger's step: cairn_run returns when this core, if any, has retired
     * so many. */
    struct core *stepped;
    uint64_t stepped_end;

    struct slot *running;      /* inside core_run, or NULL; not in parallel */
    struct parallel *parallel; /* of parallel.c; NULL: cores run one
                                  after the other, always */
    bool at_once;              /* they do not, for now */
    bool powered;
    bool powering; /* reset lines are only counted */
    bool stop_requested;
    _Atomic bool stop_asked; /* the same by another thread, until a run ends */
    enum callback callback;  /* the innermost */
    /* The machine whose callback is around those of this one. */
    const struct cairn_machine *called_before;
    bool has_silent_watches;
    bool lost;              /* memory ran out in the middle of something */
    bool in_vain;           /* the last cairn_run ended with CAIRN_STOP_IDLE */
    bool line_reached;      /* the line of cairn_until is at its level */
    struct part_list parts; /* of the state, see parts.h */
    struct memory_list memories; /* see memories.h */
    struct buffer text;          /* what was last returned as a string */
};

static inline enum core_stop slot_run(struct slot *slot, uint64_t budget)
{
    const struct cairn_machine *machine = slot->machine;
    return machine->run_core ? machine->run_core(slot, budget)
                             : core_run(slot->core, budget);
}

/* The slot's core may be in another state of power. */
static inline void slot_note_power(struct slot *slot)
{
    if (slot->machine->note_power) {
        slot->machine->note_power(slot);
    }
}

/* By name; NULL when there is none of that kind. */
struct node *machine_find(struct cairn_machine *machine, enum node_kind kind,
                          const char *name);
/* By offset in the blob. */
struct node *machine_node_at(struct cairn_machine *machine, int offset);
struct node *machine_node_by_phandle(struct cairn_machine *machine,
                                     uint32_t phandle);

/* An output line "device.output" or an external input, or NULL. */
struct line *machine_line(struct cairn_machine *machine, const char *name);
/* The node's name as the board has it, with its unit address. */
const char *node_full_name(const struct node *node);
/* An error of a part, told as one of the node or of its property; returns
 * code. */
int node_fail(const struct node *node, const char *property, int code,
              const struct error *inner, struct error *error);
/* The inputs of a node: their number, and by index or name. -1 if none. */
size_t node_input_count(const struct node *node);
const char *node_input_name(const struct node *node, size_t input);
/* An output of a device or core, or NULL. */
struct line *node_output(const struct node *node, const char *name);
/* The index-th output of a kind, or NULL. */
struct line *node_output_of_kind(struct device *device, enum line_kind kind,
                                 size_t index);
int node_find_input(const struct node *node, const char *name);

/* The index-th range of the node's reg, as addresses of the root. -ENOENT,
 * without *error, when there are fewer. */
int node_reg(const struct node *node, size_t index, uint64_t *base,
             uint64_t *size_bytes, struct error *error);

/* A caller's options and their guest, as this version has them. */
struct machine_options {
    struct cairn_options
        options; /* guest points to the one below, or is NULL */
    struct cairn_guest guest;
};
int machine_take_options(struct machine_options *own,
                         const struct cairn_options *given,
                         struct cairn_error *error);
/* cairn_create with a board, which the machine takes over; one of zeroes is
 * loaded as the options say. */
int machine_create(struct board *board, const struct cairn_options *options,
                   struct cairn_machine **made, struct error *error);
/* Stages of machine_create; each returns 0 or -errno and *error. */
/* True if the node, or the nearest above it that has the property, sets it. */
bool node_is_set(const struct node *node, const char *property);
/* Properties of nodes as context. */
extern const struct property_source node_properties;
int machine_make_cores(struct cairn_machine *machine, struct error *error);
int machine_build(struct cairn_machine *machine,
                  const struct cairn_options *options, struct error *error);
int machine_list_nodes(struct cairn_machine *machine, struct error *error);
int machine_load_images(struct cairn_machine *machine,
                        const struct cairn_options *options,
                        struct error *error);
int machine_map(struct cairn_machine *machine, struct error *error);
/* Where in a memory an address is that processors see. False: nowhere. */
bool machine_place_in(const struct node *memory, uint64_t address,
                      uint64_t *offset);
int machine_wire(struct cairn_machine *machine, struct error *error);

/* The board connects a line to an input, by a property of node from. -EBUSY and
 * *error if the input has a driver. */
int node_connect(struct node *from, struct line *line, struct node *to,
                 unsigned input, const char *property, struct error *error);
/* Connects the interrupts of a device: all that the board connects to
 * controllers. */
int node_connect_interrupts(struct node *node, struct error *error);
/* A line's sinks inside a machine: connects input of node to line. */
void machine_connect(struct line *line, struct node *node, unsigned input);
/* Line sinks of reset lines: context is a slot, or a reset_sink. */
void machine_reset_core(void *context, unsigned input, uint32_t level);
void machine_reset_device(void *context, unsigned input, uint32_t level);

/* The virtual time that so many instructions of the core take. */
static inline uint64_t slot_duration(const struct slot *slot, uint64_t count)
{
    const uint64_t ns_per_second = 1000000000u;
    uint32_t hz = slot->core->config.frequency_hz;
    if (hz == ns_per_second) { /* mostly, and a division takes its time */
        return count;
    }
    return count <= UINT64_MAX / ns_per_second
               ? count * ns_per_second / hz
               : (uint64_t)((unsigned __int128)count * ns_per_second / hz);
}
/* Virtual time of one core, and how many instructions take it to time_ns. */
uint64_t slot_time(const struct slot *slot);
/* The time that the core has come to: its time, or when it went idle. */
uint64_t slot_reached(const struct slot *slot);
uint64_t slot_instructions_until(const struct slot *slot, uint64_t time_ns);
/* Looks whether an idle core was woken, and starts its time at now_ns. */
void slot_look(struct slot *slot, uint64_t now_ns);
/* A core that dozes goes on at now_ns. */
void slot_rouse(struct slot *slot, uint64_t now_ns);
/* True if a system reset is one of everything at once. It is not where a
 * device's reset lines say when a core runs. */
bool machine_resets_whole(const struct cairn_machine *machine);
/* cairn_reset, asked for by an agent whose name outlives the machine. */
void machine_reset(struct cairn_machine *machine, enum event_role role,
                   const char *agent);
/* Applies a reset that came while the core ran. */
void slot_settle(struct slot *slot);

/* Instructions retired so far, of all cores. */
uint64_t machine_retired(const struct cairn_machine *machine);
/* An event: the guest turned the machine off, by that agent. */
void machine_note_off(struct cairn_machine *machine, enum event_role role,
                      const char *agent);
/* Clock hooks while a round is open. */
void machine_open_clock(struct cairn_machine *machine);
void machine_close_clock(struct cairn_machine *machine);
/* Asks a core_run under way to return. */
void machine_interrupt(struct cairn_machine *machine);
/* Ends the cairn_run under way after the instruction at hand; from within it.
 */
void machine_stop(struct cairn_machine *machine);
/* Frees watches that have ended within a callback; at rest. */
void machine_drop_watches(struct cairn_machine *machine);

/* The machine's event loop, which is made when it is first asked for; NULL and
 * *error if the host has no descriptor left. */
struct loop *machine_loop(struct cairn_machine *machine, struct error *error);

/* Copies an inner error to the caller's, which may be NULL; returns code. */
int machine_fail(struct cairn_error *out, int code, const struct error *error);

/* True once its parts must fit a state: it was turned on, or there is a
 * snapshot. */
bool machine_has_state(const struct cairn_machine *machine);

/* Facts that a snapshot file must agree with: the board and its fixed memories.
 */
uint64_t machine_identity(struct cairn_machine *machine);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs from outside: the one list of events that a machine does not produce
 * itself: bus accesses and lines of an agent, bytes at a serial port,
 * completions of back ends, power and resets, a debugger's writes.
 *
 * A run follows from the machine's state and from its inputs, each at its place
 * in the run. So every input goes through input_give, which applies it and,
 * while the list is kept, records it with its place; code that runs the machine
 * again from an earlier state calls inputs_replay at these places. Reverse
 * debugging (platform/debug/history.h) and files of inputs
 * (platform/record/record.h) use the list.
 *
 * The consequences of an input, and events inside cairn_run (a watched line
 * whose watcher writes to the bus), are no inputs: a replay produces them
 * again. Nothing during a run reads the host's clock or its entropy: the start
 * of the clocks and the seed are options of the machine.
 *
 * A new kind of input is a struct input_type beside the code that applies it,
 * and a row of inputs.def if it may be in a file (platform/record/); nothing
 * here changes.
 *
 * Threads: the engine's, but for input_post.
 */
#ifndef PLATFORM_MACHINE_INPUT_H
#define PLATFORM_MACHINE_INPUT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cairn_machine;
struct input;

/* A place in the run. All four only ever grow. A place is found again by the
 * inputs before it, then by the instructions that all cores have retired, then
 * by the traps they have taken (several may come between two instructions),
 * then by time (which passes while all cores wait). */
struct moment {
    uint64_t inputs; /* that were given before */
    uint64_t retired;
    uint64_t traps;
    uint64_t time_ns;
};

/* -1, 0, 1 as a is before, at or behind b. */
int moment_compare(const struct moment *a, const struct moment *b);
/* True if nothing but inputs may be between them. */
bool moment_same_place(const struct moment *a, const struct moment *b);

/* The kinds of an input's subject. */
enum input_subject {
    INPUT_OF_NONE,
    INPUT_OF_NODE,   /* NULL is one of some types */
    INPUT_OF_LINE,   /* an input that no line of the board reaches */
    INPUT_OF_NAME,   /* a string that outlives the machine */
    INPUT_OF_INSIDE, /* other parts of the machine; never in a file */
};

struct input_type {
    const char *name;
    enum input_subject subject;
    /* True if an input from a file may be applied, whose subject is of the
     * right kind; NULL: any may, or none is in a file. */
    bool (*possible)(const struct cairn_machine *machine,
                     const struct input *input);
    /* Does it to the machine; returns what the giver is to know. May fill in
     * input->value (a read). */
    int64_t (*apply)(struct cairn_machine *machine, struct input *input);
};

/* The type says what the fields mean; those that it has no use
 * for are zero. subject lives as long as the machine. */
struct input {
    const struct input_type *type;
    void *subject; /* node, line, core, space or name */
    uint32_t user;
    unsigned width;   /* of a bus access */
    uint64_t address; /* or register */
    uint64_t value;   /* or level */
    size_t size;
    const void *bytes;
};

struct input_entry {
    struct input input; /* its bytes belong to the entry */
    struct moment at;
    int64_t result; /* of apply */
};

/*
 * Inputs that a back end has for the machine: posted from any thread, delivered
 * on the engine's between two rounds of the run loop, where virtual time stands
 * and no core runs. deliver gives its inputs by input_give, which stamps them
 * with that time. The struct is the back end's and stays in place until it is
 * delivered or withdrawn.
 */
struct completion {
    void (*deliver)(struct cairn_machine *machine,
                    struct completion *completion);
    void *context;
    /* the list's */
    struct completion *next;
    bool posted;
};

struct inputs {
    struct input_entry *entries; /* from number `dropped` on */
    size_t count;
    size_t capacity;
    uint64_t dropped; /* that were forgotten before entries[0] */
    size_t bytes;     /* that entries take */
    uint64_t given;   /* number of the next one */
    bool kept;
    bool recorded;  /* into a file, which has no debugger's inputs */
    bool replaying; /* the machine is where it was before: completions wait */
    bool inside;    /* what is done now is no input */
    void (*before)(void *context); /* see inputs_keep */
    void *context;

    pthread_mutex_t lock; /* of the completions */
    struct completion *completions;
    struct completion **last_completion;
    _Atomic bool posted; /* there are some */
};

void inputs_init(struct inputs *inputs);
void inputs_fini(struct inputs *inputs);

/* Where the machine is now. */
struct moment input_now(const struct cairn_machine *machine);
/* Runs the machine nearer to a place before which there is no input, at most so
 * many instructions. Returns true if a break- or watchpoint, or the end of a
 * debugger's step, stopped it. */
bool input_approach(struct cairn_machine *machine, const struct moment *place,
                    uint64_t instructions);
/* True if the machine's place is behind that one, whatever the inputs. */
bool moment_is_behind(struct moment a, struct moment b);

/* Applies the input, and notes it if the list is kept and this is no
 * consequence of another one. bytes are copied. */
int64_t input_give(struct cairn_machine *machine, struct input *input);

/* ---- The list ------------------------------------------------------------ */
/* Keeps the list from now on, empty; before is called ahead of each new entry.
 */
void inputs_keep(struct cairn_machine *machine, void (*before)(void *context),
                 void *context);
/* Keeps none, and forgets those that there are. */
void inputs_forget(struct cairn_machine *machine);
/* Number `given` of the list, or NULL: the next one to replay. */
const struct input_entry *inputs_next(const struct cairn_machine *machine);
/* Applies that one again. */
void inputs_replay(struct cairn_machine *machine);
/* Forgets those before number `first`. */
void inputs_drop_before(struct cairn_machine *machine, uint64_t first);
/* Forgets those from the next one on: they never came. */
void inputs_drop_rest(struct cairn_machine *machine);

/* ---- Completions --------------------------------------------------------- */
/* Any thread, at any time in the machine's life. Posting one that waits already
 * does nothing. */
void input_post(struct cairn_machine *machine, struct completion *completion);
/* The same from within cairn_run, by the engine's thread or with the gate's
 * lock: nobody waits for it, so nobody is woken. */
void input_post_here(struct cairn_machine *machine,
                     struct completion *completion);
/* It will not be delivered any more; fine for one that was not posted. */
void input_withdraw(struct cairn_machine *machine,
                    struct completion *completion);
/* For the run loop between two rounds: one load if nothing was posted. */
void inputs_deliver_posted(struct cairn_machine *machine);
static inline void inputs_deliver(struct cairn_machine *machine,
                                  const struct inputs *inputs)
{
    if (atomic_load_explicit(&inputs->posted, memory_order_relaxed)) {
        inputs_deliver_posted(machine);
    }
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SoC agent from inside: a script of one verb per line, run against the
 * "soc" master and the lines of a machine by the public functions only.
 *
 *   agent.c      files, lines, words, variables, the list of verbs
 *   verbs.c      verbs for any board: lines, bus, running
 *   caliptra.c   verbs for a Caliptra core: the mailbox, randomness
 *   fuses.c      its fuses
 *   script.c     the script that is run when none is given
 */
#ifndef PLATFORM_AGENT_AGENT_H
#define PLATFORM_AGENT_AGENT_H

#include "base/buffer.h"
#include "base/error.h"
#include "include/cairn/cairn.h"

/* Instructions that the machine may run in all before a script gives up. */
#define AGENT_INSTRUCTIONS_DEFAULT 2000000000ull

struct agent_variable {
    char *name;
    char *value;
    struct agent_variable *next;
};

struct agent {
    struct cairn_machine *machine;
    const struct cairn_agent_options *options;
    struct error error;
    const char *file; /* the script or fuse file under way, for messages */
    unsigned line;
    struct agent_variable *variables;
    size_t variable_count;
    size_t text_size; /* of their names and values */
    unsigned depth;   /* of verbs that do verbs */
    uint32_t user;
    uint64_t limit;  /* instructions for all of the script ... */
    uint64_t budget; /* ... and those that are left */
    bool stopped;    /* the script ends here, well */
    bool resume;     /* lines up to the service's are done, but defaults */
    struct agent_service *service;
};

/* The service that goes on after the script, owned by the machine. */
struct agent_service {
    struct cairn_machine *machine;
    uint32_t user;
    bool randomness; /* requests are served ... */
    uint64_t state;  /* ... from this stream */
    uint32_t line;   /* of the default script, that was begun last */
    /* Instead of cairn_run, when a debugger is at the machine. */
    enum cairn_stop (*run)(void *context, const struct cairn_until *until);
    void *run_context;
    /* The service's state in the list of inputs. */
    struct agent_service_state {
        uint64_t stream;
        uint32_t user;
        uint32_t line;
        bool randomness;
    } noted;
    bool watching; /* a script runs that wants to hear of ... */
    bool fault;    /* ... fatal errors */
};

struct agent_verb {
    const char *name;
    unsigned least; /* words after the verb */
    unsigned most;
    const char *synopsis;
    int (*run)(struct agent *agent, char **words, unsigned count);
};

/* Both end with a row without name. */
extern const struct agent_verb agent_verbs[];
extern const struct agent_verb agent_caliptra_verbs[];
extern const struct agent_verb agent_fuse_verbs[];
extern const char agent_default_script[];

/* Sets the error to "file:line: text" and returns code. */
int agent_fail(struct agent *agent, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

const char *agent_get(const struct agent *agent, const char *name);
/* -E2BIG, with the message, when the script has too many or too long ones. */
int agent_set(struct agent *agent, const char *name, const char *value);

/* A word as a number, or as a register ("mbox_lock", "fuse_uds_seed[3]"). */
int agent_number(struct agent *agent, const char *word, uint64_t *value);
int agent_address(struct agent *agent, const char *word, uint64_t *address,
                  unsigned *words);

/* 32-bit accesses as the agent's user. */
int agent_read(struct agent *agent, uint64_t address, uint32_t *value);
int agent_write(struct agent *agent, uint64_t address, uint32_t value);

/* Runs until what until asks for; zero instructions means the script's budget.
 * Returns 0 when it came, else the error that says what was being done. */
int agent_run(struct agent *agent, const struct cairn_until *until,
              const char *doing);
struct agent_wait {
    uint64_t left; /* instructions that it may still take */
    uint64_t waited;
};

/* Lets the machine run a little between two looks at a register. */
int agent_slice(struct agent *agent, struct agent_wait *wait,
                const char *doing);

/* The service of the machine, connected to its lines at the first call. */
struct agent_service *agent_service(struct cairn_machine *machine);
/* Gives what a script's line changed of the service since the last run as an
 * input, before the machine runs. There may be no service yet. */
void agent_note_service(struct cairn_machine *machine);
/* The service is as a run left it, unless that is one in the past. */
void agent_remember_service(struct cairn_machine *machine);
extern const struct machine_extension agent_extension;
/* Names what CPTRA_FW_ERROR_FATAL or its non-fatal sister holds, if either. */
void agent_explain_fault(struct agent *agent, struct buffer *text);

/* The bytes of a file: one the caller handed over, or one in the folder. */
int agent_file(struct agent *agent, const char *name, struct buffer *bytes);
/* Runs every line of text; verb NULL, or a verb that each line belongs to. */
int agent_lines(struct agent *agent, const char *text, const char *name,
                const char *verb);
/* One verb and its words. */
int agent_do(struct agent *agent, char **words, unsigned count);

#endif

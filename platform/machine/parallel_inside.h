/* SPDX-License-Identifier: Apache-2.0 */
/* Cores that may run at the same time: what their threads (parallel.c) and the
 * caller's (stretch.c) share. All of it is used with the gate's lock, or while
 * no thread of a core is at work. */
#ifndef PLATFORM_MACHINE_PARALLEL_INSIDE_H
#define PLATFORM_MACHINE_PARALLEL_INSIDE_H

#include <pthread.h>

#include "engine/gate.h"
#include "platform/machine/gain.h"
#include "platform/machine/run.h"

enum { NS_PER_SECOND = 1000 * 1000 * 1000 };
/* Instructions from one check of a core's registers to the next. */
enum { CHECK_EACH = 1 << 18 };

struct worker {
    struct parallel *parallel;
    struct slot *slot;
    pthread_t thread;
    pthread_cond_t bell;
    bool running;         /* it is to run, or does */
    uint64_t retired_end; /* its end by the caller's limit */
    uint64_t until_ns;    /* and by the round's, or a timer that it fires */
    /* Waiting by a loop: what was read near each other, and where last; it is
     * to nap, or does; how long, and where the last nap was. */
    unsigned reads;
    uint64_t read_at;
    bool to_nap;
    bool naps;
    uint64_t nap_ns;
    uint64_t napped_at;
    uint64_t check_sum;
    unsigned checks;  /* that found the same, and the first */
    uint64_t used_ns; /* of the host's processors, when the stretch began */
};

/* Why threads come to an end. */
enum halting {
    GO_ON,
    LEAVE, /* to go on in turns */
    END,   /* the run is over */
};

struct parallel {
    struct cairn_machine *machine;
    struct gate gate;
    struct worker *workers; /* one per slot, once they are started */
    size_t active;          /* workers that are running, */
    size_t naps;            /* and of them those that nap */
    bool open;              /* a stretch of a round is under way */
    enum halting halting;   /* what is to be when all are back */
    bool quit;
    struct run *run;     /* NULL: no run, or it is over */
    pthread_cond_t over; /* told to the caller's thread */
    uint64_t seen_ns;    /* the latest time that some core has seen */
    bool prepared;       /* for the cores, which are made later */
    bool together;       /* a stretch is under way, maybe over several runs, */
    bool always;         /* and never ends */
    struct gain gain;
    /* Host time: when the number of cores that work last changed, for how long
     * there were two or more since the last look, and when that was; or in
     * turns when the time spent was last counted. */
    uint64_t changed_ns;
    uint64_t both_ns;
    uint64_t looked_ns;
    uint64_t used_ns;  /* in turns: by the caller's thread then */
    uint64_t executed; /* when the stretch began */
};

/* Starts the threads of the cores, before the first stretch. */
void parallel_start(struct parallel *parallel);
/* No core runs: begins the next round, or ends the run. */
void parallel_turn(struct parallel *parallel);
/* Makes all cores come back, and parallel_turn end the run. */
void parallel_halt(struct parallel *parallel, enum halting why);
/* Before the number of cores that work changes. */
void parallel_note_work(struct parallel *parallel);
/* The latest time of all cores: what some may have seen. */
uint64_t parallel_latest(const struct cairn_machine *machine);

#endif

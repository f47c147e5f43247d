/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of a machine with a live outside (a network), which has a time of
 * its own: a guest that waits for a packet must not see its timeouts pass at
 * once, and one that computes must not be held up.
 *
 * Virtual time that passes while instructions are executed passes as fast as
 * they are. Time that passes without (all processors sleep, or delays are
 * skipped) costs as much of the host's: the machine waits in the loop, which
 * serves the outside meanwhile, and what comes is delivered at the time that it
 * is by then. A guest that was slower than the host is not to catch up.
 *
 * It changes at which times inputs come, and nothing else: a run that is
 * replayed waits for nobody.
 */
#ifndef PLATFORM_MACHINE_PACE_H
#define PLATFORM_MACHINE_PACE_H

#include "platform/machine/run.h"

/* A call of cairn_run goes on piece by piece. */
struct pace {
    uint64_t begun_ns; /* virtual, of the piece */
    uint64_t retired;
    uint64_t caller_end_ns; /* of virtual time, as its caller wants */
    bool live;
};

/* The host's time when the machine's is time_ns. */
uint64_t pace_host_ns(struct cairn_machine *machine, uint64_t time_ns);

/* Before the call's first piece. */
void pace_begin(struct pace *pace, struct run *run);
/* The piece has ended. True: there is another one, and run says how far. */
bool pace_goes_on(struct pace *pace, struct run *run);
/* In a paced run: whether a machine that sleeps may go on to the timer of that
 * time, or to the end of the piece. */
bool pace_allows(const struct run *run, uint64_t time_ns);

#endif

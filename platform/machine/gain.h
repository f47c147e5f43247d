/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When cores that may run at the same time are to do so, and when they had
 * better take turns (docs/design/engine/parallel.md).
 *
 * In turns a core that waits costs nearly nothing, and the slices tell how many
 * cores had work at once. At the same time each core that waits takes a
 * processor of the host from one that works. So the machine goes from turns to
 * a stretch at the same time where the slices of the last window promise a
 * gain, and goes back to turns to look again when cores wait, or the stretch is
 * over. A stretch that keeps its promise makes the next one longer; one that
 * does not makes the next look further off.
 *
 * All times are of the host, in nanoseconds, while the machine runs. A time is
 * spent, or used, which is the part of it in which a thread had a processor: on
 * a host that others load the share of it that turns get tells what a stretch
 * has to beat. Nothing of it is state of the machine.
 */
#ifndef PLATFORM_MACHINE_GAIN_H
#define PLATFORM_MACHINE_GAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a slice of a core ended. */
enum gain_end {
    GAIN_WORKS,  /* it would have gone on, */
    GAIN_ALONE,  /* and no other one that works was there */
    GAIN_WAITS,  /* for what another core does */
    GAIN_SLEEPS, /* until an interrupt, or it was switched off */
};

struct gain {
    size_t cores;
    unsigned processors; /* of the host, that the process may use */
    /* The window: instructions that were executed, of each core those beside
     * others that work. */
    uint64_t executed;
    uint64_t *beside; /* one per core */
    uint64_t *own;    /* and all of its own */
    unsigned slices;
    unsigned waits; /* of these, by their end */
    unsigned sleeps;
    uint64_t spent_ns;
    uint64_t used_ns;
    double turns_rate; /* instructions executed in a nanosecond used, lately */
    uint64_t lately_spent_ns; /* by turns, of which the most recent count most,
                               * and were used */
    uint64_t lately_used_ns;
    unsigned wanted; /* windows in a row that promise a gain; and of */
    unsigned close;  /* cores that wait for each other all the time */
    /* The stretch at the same time that is under way, or the next. */
    uint64_t stretch_ns;
    uint64_t stretch_spent_ns;
    uint64_t stretch_used_ns; /* by the core that used most */
    /* Windows to pass without a look, after stretches in vain. */
    unsigned pause;
    unsigned pause_next;
};

void gain_init(struct gain *gain, size_t cores);
void gain_fini(struct gain *gain);

/* A slice of a core is over, in which so many instructions were executed. */
void gain_note(struct gain *gain, size_t core, uint64_t executed,
               enum gain_end end);
/* So much time was spent and used in turns since the last call. */
void gain_pass(struct gain *gain, uint64_t spent_ns, uint64_t used_ns);
/* True if the window is over, so that it can be judged. */
bool gain_is_over(const struct gain *gain);
/* Judges it. True where the cores are to run at the same time from here on. */
bool gain_look(struct gain *gain);
/* The stretch went on for so long since the last call, for both_ns of which two
 * cores or more had work; since its begin the thread of no core used more than
 * used_ns. True where it is to end. */
bool gain_ends(struct gain *gain, uint64_t spent_ns, uint64_t both_ns,
               uint64_t used_ns);
/* It is over: so many instructions were executed. */
void gain_settle(struct gain *gain, uint64_t executed);

#endif

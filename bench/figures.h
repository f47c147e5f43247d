/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of figures, and the goals among them.
 *
 * A line is figure, ours, the peer's, ratio (above 1 is better than the peer),
 * unit, and the least ratio that is the goal, if there is one; tab-separated. A
 * figure whose name ends with ", at least" or ", at most" is held to a bound in
 * place of a peer: its goal is 1.
 */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/peer.h"

/* The state that all parts of a benchmark work with. */
struct bench {
    const struct peer *peer;
    unsigned runs;
    double seconds; /* of the faster machine in a run, at least */
    /* Only figures whose name holds one of these, or all. */
    char **words;
    int word_count;
};

enum { RUNS_MAX = 64 };

struct figure {
    const char *name;
    const char *suffix; /* or NULL */
    double ours;
    double theirs; /* 0: there is no peer */
    double ratio;
    const char *unit;
    double goal; /* 0: none */
};

/* By the words of the command line, and CAIRN_BENCH_RUNS and
 * CAIRN_BENCH_SECONDS. */
struct bench bench_settings(const struct peer *peer, int argc, char **argv);
bool figures_wanted(const struct bench *bench, const char *name);
void figures_print(const struct figure *figure);
/* The same, with two columns more: the time of the same work on the host
 * itself, and ours in units of it. */
void figures_print_beside(const struct figure *figure, double host);
/* The seconds that the work of a row takes on a machine; 0: it failed. */
typedef double figures_run(const struct bench *bench, const void *row,
                           enum machine machine);
/* Runs it on ours and on the peer in turns, and prints the medians. */
void figures_compare(const struct bench *bench, const char *name, double goal,
                     figures_run *run, const void *row);
/* A figure that could not be had is a goal not reached, and fails the run. */
void figures_failed(const char *name);
/* Held to a bound. */
void figures_at_least(const char *name, double ours, double bound,
                      const char *unit);
void figures_at_most(const char *name, double ours, double bound,
                     const char *unit);
/* Figures that another program beside this one (argv[0]) prints in this form,
 * if its name is wanted, behind which there may be words for it. */
void figures_of_other(const struct bench *bench, const char *self,
                      const char *name);
/* A table of all goals so far, and whether each was reached. The status to
 * exit with: not 0 if a figure failed. */
int figures_conclude(void);

/* Notes a ratio of one of the twelve benchmarks (0: of none) whose geometric
 * mean counts; one with several figures counts as their mean. */
void twelve_add(enum machine peer, unsigned benchmark, double ratio);
void twelve_print(void);

#endif

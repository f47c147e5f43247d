/* SPDX-License-Identifier: Apache-2.0 */
/* Prints lines of figures, collects goals, and ends with how many were
 * reached. */
#include "bench/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"

enum { GOALS_MAX = 128 };

struct goal {
    char name[96];
    double ratio;
    double least;
};

static struct goal goals[GOALS_MAX];
static size_t goal_count;
static size_t failed_count;

struct bench bench_settings(const struct peer *peer, int argc, char **argv)
{
    const char *runs = getenv("CAIRN_BENCH_RUNS");
    const char *seconds = getenv("CAIRN_BENCH_SECONDS");
    struct bench bench = {
        .peer = peer,
        .runs = runs ? (unsigned)strtoul(runs, NULL, 10) : 5,
        .seconds = seconds ? strtod(seconds, NULL) : 0.15,
        .words = argv + 1,
        .word_count = argc - 1,
    };

    bench.runs = bench.runs == 0         ? 1
                 : bench.runs > RUNS_MAX ? RUNS_MAX
                                         : bench.runs;
    return bench;
}

bool figures_wanted(const struct bench *bench, const char *name)
{
    bool any = bench->word_count == 0;

    for (int i = 0; i < bench->word_count; i++) {
        any = any || strstr(name, bench->words[i]) != NULL;
    }
    return any;
}

static void add_goal(const char *name, double ratio, double least)
{
    if (goal_count < GOALS_MAX) {
        struct goal *goal = &goals[goal_count++];

        snprintf(goal->name, sizeof(goal->name), "%s", name);
        goal->ratio = ratio;
        goal->least = least;
    }
}

static void print_columns(const struct figure *figure)
{
    char name[96];

    snprintf(name, sizeof(name), "%s%s", figure->name,
             figure->suffix ? figure->suffix : "");
    printf("%s\t%.4g\t", name, figure->ours);
    if (figure->theirs > 0) {
        printf("%.4g\t%.2f\t%s", figure->theirs, figure->ratio, figure->unit);
    } else {
        printf("-\t-\t%s", figure->unit);
    }
    if (figure->goal > 0) {
        printf("\t%.2f", figure->goal);
        if (figure->theirs > 0) {
            add_goal(name, figure->ratio, figure->goal);
        }
    }
}

void figures_print(const struct figure *figure)
{
    print_columns(figure);
    printf("\n");
    fflush(stdout);
}

void figures_print_beside(const struct figure *figure, double host)
{
    print_columns(figure);
    printf("\t%.4g\t%.1f\n", host, figure->ours / host);
    fflush(stdout);
}

void figures_compare(const struct bench *bench, const char *name, double goal,
                     figures_run *run, const void *row)
{
    double times[MACHINES][RUNS_MAX] = {{0}};

    for (unsigned i = 0; i < bench->runs; i++) {
        for (enum machine machine = OURS; machine <= QEMU; machine++) {
            if (!peer_has(bench->peer, machine)) {
                continue;
            }
            times[machine][i] = run(bench, row, machine);
            if (times[machine][i] <= 0) {
                figures_failed(name);
                return;
            }
        }
    }
    const double ours = median(times[OURS], bench->runs);
    const double theirs = median(times[QEMU], bench->runs);
    figures_print(
        &(struct figure){name, NULL, ours, theirs, theirs / ours, "s", goal});
}

void figures_failed(const char *name)
{
    printf("%s\tfailed\n", name);
    fflush(stdout);
    failed_count++;
    add_goal(name, 0, 1);
}

void figures_at_least(const char *name, double ours, double bound,
                      const char *unit)
{
    figures_print(&(struct figure){name, ", at least", ours, bound,
                                   ours / bound, unit, 1});
}

void figures_at_most(const char *name, double ours, double bound,
                     const char *unit)
{
    figures_print(&(struct figure){name, ", at most", ours, bound, bound / ours,
                                   unit, 1});
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);

    return size >= strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

/* Finds the goal of a line; its columns are cut apart. */
static void note_goal(char *line)
{
    enum { NAME, RATIO = 3, GOAL = 5, COLUMNS };
    char *columns[COLUMNS] = {NULL};

    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = strsep(&line, "\t");
    }
    if (columns[RATIO] == NULL || strcmp(columns[RATIO], "-") == 0) {
        return;
    }
    if (columns[GOAL] != NULL) {
        add_goal(columns[NAME], strtod(columns[RATIO], NULL),
                 strtod(columns[GOAL], NULL));
    } else if (ends_with(columns[NAME], ", at least") ||
               ends_with(columns[NAME], ", at most")) {
        add_goal(columns[NAME], strtod(columns[RATIO], NULL), 1);
    }
}

/* Up to the program's own table of goals, if it has one. */
static void pass_on(const char *program, const char *name)
{
    FILE *pipe = popen(program, "r");
    char line[512];
    bool more = true;

    while (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL) {
        more = more && strcmp(line, "\n") != 0;
        if (!more) {
            continue;
        }
        fputs(line, stdout);
        fflush(stdout);
        line[strcspn(line, "\n")] = '\0';
        note_goal(line);
    }
    if (pipe == NULL || pclose(pipe) != 0) {
        figures_failed(name);
    }
}

void figures_of_other(const struct bench *bench, const char *self,
                      const char *name)
{
    const char *slash = strrchr(self, '/');
    char path[512];
    char command[512];
    const int folder = slash != NULL ? (int)(slash + 1 - self) : 0;
    const size_t program = strcspn(name, " ");

    snprintf(path, sizeof(path), "%.*s%.*s", folder, self, (int)program, name);
    snprintf(command, sizeof(command), "%.*s%s", folder, self, name);
    if (!figures_wanted(bench, name)) {
        return;
    }
    if (access(path, X_OK) == 0) {
        pass_on(command, name);
    } else {
        printf("%s: not built\n", name);
    }
}

int figures_conclude(void)
{
    size_t reached = 0;

    printf("\ngoal\tratio\twanted\tverdict\n");
    for (size_t i = 0; i < goal_count; i++) {
        bool good = goals[i].ratio >= goals[i].least;

        printf("%s\t%.2f\t%.2f\t%s\n", goals[i].name, goals[i].ratio,
               goals[i].least, good ? "reached" : "not reached");
        reached += good;
    }
    printf("goals\t%zu of %zu reached\n", reached, goal_count);
    if (failed_count != 0) {
        printf("failed\t%zu figures\n", failed_count);
    }
    return failed_count != 0;
}

/* ---- The twelve ---------------------------------------------------------- */

enum { TWELVE = 12 };

struct mean {
    double log_sum;
    unsigned count;
};

static struct mean twelve[MACHINES][TWELVE + 1];

static void add(struct mean *mean, double log_ratio)
{
    mean->log_sum += log_ratio;
    mean->count++;
}

void twelve_add(enum machine peer, unsigned benchmark, double ratio)
{
    if (benchmark != 0 && ratio > 0) {
        add(&twelve[peer][benchmark], log(ratio));
    }
}

static void print_mean(enum machine peer, const char *name,
                       const struct mean *mean, double goal)
{
    double ratio = exp(mean->log_sum / mean->count);

    figures_print(&(struct figure){name, peer == ICOUNT ? ", -icount" : "",
                                   ratio, 1, ratio, "-", goal});
}

void twelve_print(void)
{
    static const double goals_of[MACHINES] = {[QEMU] = 2.5, [ICOUNT] = 3.5};

    for (enum machine m = QEMU; m < MACHINES; m++) {
        struct mean all = {0};
        struct mean rows = {0};
        char name[64];

        for (unsigned i = 1; i <= TWELVE; i++) {
            const struct mean *one = &twelve[m][i];

            if (one->count != 0) {
                add(&all, one->log_sum / one->count);
                rows.log_sum += one->log_sum;
                rows.count += one->count;
            }
        }
        if (all.count > 1) {
            snprintf(name, sizeof(name), "geometric mean of %u benchmarks",
                     all.count);
            print_mean(m, name, &all, all.count == TWELVE ? goals_of[m] : 0);
            snprintf(name, sizeof(name), "geometric mean of their %u figures",
                     rows.count);
            print_mean(m, name, &rows, 0);
        }
    }
}

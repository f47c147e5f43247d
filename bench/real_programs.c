/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian's own programs under Debian's Linux: each job of
 * bench/real_programs/jobs by the arm64 package on our machine and on QEMU's,
 * and by the amd64 package on the host, in turns, each in a start of its own. A
 * job is timed on the host, between two lines that it prints, so the guest's
 * start is no part of it. What it computed must be what the host's package did.
 * bench/figures.h has the form of a line, to which the host's time and ours in
 * units of it are added.
 *
 *   bench/real_programs [WORD...]  only jobs whose name holds one of these
 *   CAIRN_BENCH_RUNS=5             runs of each
 *   CAIRN_BENCH_CPU=1              CPU time, for a host that is busy
 *   CAIRN_BENCH_STATISTICS=1       also what `cairn run --stats` counts
 *   CAIRN_BENCH_ENGINES=1          times nothing: whether jobs end in the same
 *                                  state by interpreter and compiler
 */
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/figures.h"
#include "bench/initrd.h"
#include "host/file.h"

#define HERE   "bench/real_programs/"
#define JOBS   HERE "jobs/"
#define OUT    "build/out/real_programs/"
#define KERNEL "build/out/guests/root/boot/vmlinuz-*-cloud-arm64"
#define INITRD OUT "initrd"
#define BEGIN  "bench: begin"
#define END    "bench: end 0"
#define RESULT "bench: result "
#define STATE  "  state         "

/* Goals of the ratio to QEMU. */
static const double goal_each = 2;
static const double goal_mean = 4;

enum {
    NATIVE = MACHINES,
    PLACES,
    LINE_MAX = 256,
    SUM_MAX = 65,
    STATE_MAX = 17
};

static char kernel[512];

struct job {
    char name[64];
    char title[LINE_MAX]; /* the first line of its file */
    char sum[SUM_MAX];    /* of what it printed on the host */
    double taken[PLACES][RUNS_MAX];
};

/* ---- What is run --------------------------------------------------------- */

static bool make_initrd(void)
{
    struct buffer archive = {0};
    struct buffer init = {0};
    struct error error;
    bool good = file_read(HERE "init", 1 << 20, &init, &error) == 0 &&
                initrd_add_folder(&archive, OUT "arm64/root");

    initrd_add(&archive, "init", 0100755, init.bytes, init.size);
    initrd_end(&archive);
    good = good && file_write(INITRD, archive.bytes, archive.size, &error) == 0;
    buffer_fini(&archive);
    buffer_fini(&init);
    return good;
}

static bool find(void)
{
    glob_t found;

    if (system(HERE "fetch.sh") != 0 || glob(KERNEL, 0, NULL, &found) != 0) {
        return false;
    }
    snprintf(kernel, sizeof(kernel), "%s", found.gl_pathv[0]);
    globfree(&found);
    return make_initrd();
}

/* Without the start of a line, its rest: what the guest prints for a job. */
static bool find_line(const struct buffer *output, const char *start,
                      char *rest, size_t size)
{
    const char *at = strstr(buffer_text(output), start);

    if (at == NULL) {
        return false;
    }
    at += strlen(start);
    snprintf(rest, size, "%.*s", (int)strcspn(at, " \r\n"), at);
    return true;
}

static struct cost run_native(const char *name, struct buffer *output)
{
    const char *const argv[] = {HERE "native.sh", OUT "amd64/root", name, NULL};

    return measure_between(argv, NULL, output, BEGIN, END, 0);
}

static struct cost run_guest(const struct peer *peer, enum machine machine,
                             const char *name, const char *engine, bool counted,
                             struct buffer *output)
{
    char *append = xasprintf("console=ttyAMA0 panic=-1 quiet job=%s", name);
    const struct guest guest = {
        .kernel = kernel,
        .memory = "1G",
        .initrd = INITRD,
        .append = append,
        .cpu = "neoverse-n1",
        .counted = counted,
        .engine = engine,
        .begin = BEGIN,
        .end = END,
    };
    struct cost cost = peer_run(peer, machine, &guest, output);

    free(append);
    return cost;
}

/* Runs the job once at a place, and checks what it printed. */
static bool run(const struct bench *bench, struct job *job, unsigned place,
                unsigned turn)
{
    struct buffer output = {0};
    char sum[SUM_MAX] = "";
    struct cost cost = place == NATIVE
                           ? run_native(job->name, &output)
                           : run_guest(bench->peer, (enum machine)place,
                                       job->name, NULL, false, &output);
    bool good = cost.good && cost.between_s > 0 &&
                find_line(&output, RESULT, sum, sizeof(sum));

    if (good && job->sum[0] == '\0') {
        snprintf(job->sum, sizeof(job->sum), "%s", sum);
    }
    if (!good || strcmp(sum, job->sum) != 0) {
        fprintf(stderr, "bench: %s: %s: %s: %s\n", job->name,
                place == NATIVE ? "host" : peer_name((enum machine)place),
                good ? "another result than the host's" : "failed",
                buffer_text(&output));
        good = false;
    }
    job->taken[place][turn] = getenv("CAIRN_BENCH_CPU") == NULL ? cost.between_s
                              : place == NATIVE                 ? cost.cpu_s
                                                : cost.between_cpu_s;
    buffer_fini(&output);
    return good;
}

/* ---- Statistics ---------------------------------------------------------- */

/* A counter that `cairn run --stats` prints, a line each. */
struct count {
    char name[64];
    double value;
};

struct counts {
    struct count list[64];
    size_t used;
};

/* A line is "  NAME   VALUE": where the name ends, or 0 if it is no such one.
 */
static size_t name_end(const char *line)
{
    size_t end = strcspn(line, "0123456789");
    size_t value = strspn(line + end, "0123456789.");

    if (strncmp(line, "  ", 2) != 0 || value == 0 ||
        line[end + value] != '\0') {
        return 0;
    }
    while (end > 0 && line[end - 1] == ' ') {
        end--;
    }
    return end;
}

static void count_in(const struct bench *bench, const char *name,
                     struct counts *counts)
{
    struct buffer output = {0};

    run_guest(bench->peer, OURS, name, NULL, true, &output);
    char *all = xstrdup(buffer_text(&output));
    char *text = all;
    char *line;
    while ((line = strsep(&text, "\n")) != NULL) {
        size_t end = name_end(line);

        if (end != 0 && counts->used < ARRAY_SIZE(counts->list)) {
            struct count *count = &counts->list[counts->used++];

            snprintf(count->name, sizeof(count->name), "%.*s", (int)end - 2,
                     line + 2);
            count->value = strtod(line + end, NULL);
        }
    }
    free(all);
    buffer_fini(&output);
}

static double count_of(const struct counts *counts, const char *name)
{
    for (size_t i = 0; i < counts->used; i++) {
        if (strcmp(counts->list[i].name, name) == 0) {
            return counts->list[i].value;
        }
    }
    return 0;
}

/* Prints the counts of the job, less what is in a start without one. */
static void print_statistics(const struct bench *bench, const struct job *job)
{
    struct counts start = {.used = 0};
    struct counts with = {.used = 0};

    count_in(bench, "none", &start);
    count_in(bench, job->name, &with);
    for (size_t i = 0; i < with.used; i++) {
        const struct count *count = &with.list[i];

        printf("%s, %s\t%.15g\n", job->name, count->name,
               count->value - count_of(&start, count->name));
    }
}

/* ---- The table ----------------------------------------------------------- */

/* By the first line of its file, which is a comment: "# NAME: what it does". */
static bool read_job(const char *path, struct job *job)
{
    struct buffer text = {0};
    struct error error;
    bool good = file_read(path, 1 << 20, &text, &error) == 0 &&
                sscanf(buffer_text(&text), "# %255[^\n]", job->title) == 1;

    if (good) {
        snprintf(job->name, sizeof(job->name), "%.*s",
                 (int)strcspn(path + strlen(JOBS), "."), path + strlen(JOBS));
    }
    buffer_fini(&text);
    return good;
}

static bool run_in_turns(const struct bench *bench, struct job *job)
{
    static const unsigned places[] = {NATIVE, OURS, QEMU};

    for (unsigned turn = 0; turn < bench->runs; turn++) {
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
            const bool here = places[i] == NATIVE ||
                              peer_has(bench->peer, (enum machine)places[i]);

            if (here && !run(bench, job, places[i], turn)) {
                return false;
            }
        }
    }
    return true;
}

/* The ratio to QEMU, 0 if there is none. */
static double bench_job(const struct bench *bench, struct job *job)
{
    if (!run_in_turns(bench, job)) {
        figures_failed(job->title);
        return 0;
    }
    double ours = median(job->taken[OURS], bench->runs);
    double theirs = median(job->taken[QEMU], bench->runs);
    figures_print_beside(&(struct figure){job->title, NULL, ours, theirs,
                                          theirs / ours, "s", goal_each},
                         median(job->taken[NATIVE], bench->runs));
    if (getenv("CAIRN_BENCH_STATISTICS") != NULL) {
        print_statistics(bench, job);
    }
    return theirs / ours;
}

/* ---- Engines ------------------------------------------------------------- */

static bool end_state(const struct bench *bench, const struct job *job,
                      const char *engine, char state[STATE_MAX])
{
    struct buffer output = {0};
    struct cost cost =
        run_guest(bench->peer, OURS, job->name, engine, false, &output);
    bool good = cost.good && find_line(&output, STATE, state, STATE_MAX);

    buffer_fini(&output);
    return good;
}

static bool engines_agree(const struct bench *bench, const struct job *job)
{
    char compiled[STATE_MAX];
    char interpreted[STATE_MAX];
    bool good = end_state(bench, job, "compiler", compiled) &&
                end_state(bench, job, "interpreter", interpreted) &&
                strcmp(compiled, interpreted) == 0;

    printf("%s: %s\n", good ? "passed" : "failed", job->title);
    return good;
}

/* The exit status. */
static int check_all(const struct bench *bench, const glob_t *files)
{
    unsigned verdicts[2] = {0};

    for (size_t i = 0; i < files->gl_pathc; i++) {
        struct job job = {.name = ""};

        if (read_job(files->gl_pathv[i], &job) &&
            figures_wanted(bench, job.title)) {
            verdicts[engines_agree(bench, &job)]++;
        }
    }
    printf("%u passed, %u failed\n", verdicts[true], verdicts[false]);
    return verdicts[false] != 0;
}

/* ---- Times --------------------------------------------------------------- */

static void bench_all(const struct bench *bench, const glob_t *files)
{
    double log_sum = 0;
    unsigned count = 0;

    for (size_t i = 0; i < files->gl_pathc; i++) {
        struct job job = {.name = ""};

        if (read_job(files->gl_pathv[i], &job) &&
            figures_wanted(bench, job.title)) {
            double ratio = bench_job(bench, &job);

            log_sum += ratio > 0 ? log(ratio) : 0;
            count += ratio > 0;
        }
    }
    if (count > 1) {
        double mean = exp(log_sum / count);

        figures_print(&(struct figure){"geometric mean of real programs", NULL,
                                       mean, 1, mean, "-", goal_mean});
    }
}

int main(int argc, char **argv)
{
    struct peer peer;
    glob_t files;

    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench bench = bench_settings(&peer, argc, argv);
    if (!find() || glob(JOBS "*.sh", 0, NULL, &files) != 0) {
        printf("real programs: not at hand\n");
        return 0;
    }
    if (getenv("CAIRN_BENCH_ENGINES") != NULL) {
        return check_all(&bench, &files);
    }
    measure_on_one_processor();
    printf("program\tours\tQEMU\tratio\tunit\tgoal\thost\ttimes host\n");
    bench_all(&bench, &files);
    globfree(&files);
    return figures_conclude();
}

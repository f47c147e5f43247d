/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The initial file system is the one of tests/guests/guests.sh with another
 * archive behind it, whose init replaces the first one's.
 */
#include "bench/linux.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/guests.h"
#include "include/cairn/cairn.h"

#define INITRD "build/out/guest/bench/initrd"

static const char init[] =
    "#!/bin/busybox sh\n"
    "b=/bin/busybox\n"
    "$b mount -t proc proc /proc\n"
    "for word in $($b cat /proc/cmdline); do\n"
    "    case $word in job=*) job=${word#job=} ;; esac\n"
    "done\n"
    "i=0\n"
    "$b mknod /dev/zero c 1 5\n"
    "case $job in\n"
    "fork) while [ $i -lt 300 ]; do $b true; i=$((i + 1)); done ;;\n"
    "shell) while [ $i -lt 200000 ]; do i=$((i + 1)); done ;;\n"
    "sum) $b dd if=/dev/zero bs=64k count=1024 2>/dev/null | $b sha256sum ;;\n"
    "esac\n"
    "echo the job is done: $i\n"
    "$b poweroff -f\n";

/* Its output shows that the job was done. */
static const struct job {
    const char *name;
    const char *word; /* job=word tells init */
    const char *shown;
} jobs[] = {
    {"Linux boot to power-off",    "none",  "is done: 0"               },
    {"Linux, 300 fork and exec",   "fork",  "is done: 300"             },
    {"Linux, 200,000 shell turns", "shell", "is done: 200000"          },
    {"Linux, sha256sum of 64 MiB", "sum",
     "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351"},
};

static char kernel[GUESTS_PATH];

/* ---- The initial file system --------------------------------------------- */

static bool find(void)
{
    return guests_file(GUESTS_LINUX, kernel) && guests_initrd(INITRD, init);
}

/* ---- Runs ---------------------------------------------------------------- */

static struct cost run(const struct peer *peer, enum machine machine,
                       const struct job *job)
{
    struct buffer output = {0};
    char append[128];
    const struct guest guest = {
        .kernel = kernel, .memory = "1G", .initrd = INITRD, .append = append};

    snprintf(append, sizeof(append), "console=ttyAMA0 panic=-1 job=%s",
             job->word);
    struct cost cost = peer_run(peer, machine, &guest, &output);
    if (!cost.good || !strstr(buffer_text(&output), job->shown)) {
        fprintf(stderr, "bench: %s: Linux failed: %s\n", peer_name(machine),
                buffer_text(&output));
        exit(1);
    }
    buffer_fini(&output);
    return cost;
}

bool linux_boot_counted(struct buffer *output)
{
    if (!find()) {
        return false;
    }
    const char *const argv[] = {"build/cairn",
                                "run",
                                "virt",
                                "--kernel",
                                kernel,
                                "--memory",
                                "1G",
                                "--initrd",
                                INITRD,
                                "--append",
                                "console=ttyAMA0 panic=-1 job=none",
                                "--stats",
                                NULL};

    return measure(argv, NULL, output).good;
}

/* ---- Memory -------------------------------------------------------------- */

/* A line of /proc/self/status, in MiB. */
static double status_mib(const char *name)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kib = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            kib = strtod(line + strlen(name), NULL);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kib / 1024;
}

/* Boots in this process, to its power-off: resident pages of the guest, and
 * all others. */
static bool boot_here(unsigned cpus, double mib[2])
{
    struct cairn_machine *machine;
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {.memory = kernel},
        .initrd = {.memory = INITRD},
        .from_files = true,
        .append = "console=ttyAMA0 panic=-1 job=none",
        .memory_bytes = 1 << 30,
        .cpus = cpus,
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .guest = &guest,
        .engine =
            measure_interpreted() ? CAIRN_ENGINE_INTERPRETER : CAIRN_ENGINE_ANY,
    };
    if (cairn_create(&options, &machine, NULL) != 0) {
        return false;
    }
    cairn_power(machine);
    bool good = cairn_run(machine, NULL) == CAIRN_STOP_OFF;
    mib[0] = status_mib("RssShmem:");
    mib[1] = status_mib("VmRSS:") - mib[0];
    cairn_destroy(machine);
    return good;
}

static void bench_memory(unsigned cpus)
{
    double mib[2] = {0, 0};
    int ends[2];
    char name[64];

    if (pipe(ends) != 0) {
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        _exit(boot_here(cpus, mib) &&
                      write(ends[1], mib, sizeof(mib)) == sizeof(mib)
                  ? 0
                  : 1);
    }
    close(ends[1]);
    bool good = read(ends[0], mib, sizeof(mib)) == sizeof(mib);
    close(ends[0]);
    waitpid(child, NULL, 0);
    snprintf(name, sizeof(name), "memory, 1 GiB guest, %u core(s)", cpus);
    if (good) {
        figures_print(
            &(struct figure){name, ", its pages", mib[0], 0, 0, "MiB", 0});
        snprintf(name, sizeof(name),
                 "memory, 1 GiB guest, %u core(s), all else", cpus);
        figures_at_most(name, mib[1], 64, "MiB");
    } else {
        printf("%s: did not boot\n", name);
    }
}

/* ---- Jobs ---------------------------------------------------------------- */

struct costs {
    double cpu_s, wall_s, peak_mib;
};

static void run_all(const struct bench *bench, const struct job *job,
                    struct costs costs[MACHINES])
{
    double cpu[MACHINES][RUNS_MAX];
    double wall[MACHINES][RUNS_MAX];

    for (unsigned i = 0; i < bench->runs; i++) {
        for (enum machine m = OURS; m < MACHINES; m++) {
            struct cost cost = {0};

            if (peer_has(bench->peer, m)) {
                cost = run(bench->peer, m, job);
            }
            cpu[m][i] = cost.cpu_s;
            wall[m][i] = cost.wall_s;
            costs[m].peak_mib = cost.peak_mib;
        }
    }
    for (enum machine m = OURS; m < MACHINES; m++) {
        costs[m].cpu_s = median(cpu[m], bench->runs);
        costs[m].wall_s = median(wall[m], bench->runs);
    }
}

static void print(const struct job *job, const char *suffix, double ours,
                  double theirs, const char *unit, double goal)
{
    figures_print(&(struct figure){job->name, suffix, ours, theirs,
                                   theirs / ours, unit, goal});
}

static void print_boot(const struct costs boot[MACHINES])
{
    print(jobs, ", wall time", boot[OURS].wall_s, boot[QEMU].wall_s, "s", 1.5);
    print(jobs, ", wall time, -icount", boot[OURS].wall_s, boot[ICOUNT].wall_s,
          "s", 0);
    for (enum machine m = QEMU; m < MACHINES; m++) {
        print(jobs, m == ICOUNT ? ", -icount" : "", boot[OURS].cpu_s,
              boot[m].cpu_s, "s", 0);
        twelve_add(m, 11, boot[m].cpu_s / boot[OURS].cpu_s);
    }
    print(jobs, ", resident of a 1 GiB guest", boot[OURS].peak_mib,
          boot[QEMU].peak_mib, "MiB", 0);
}

/* The job's time is that of the whole run without that of a bare boot. */
static void print_job(const struct job *job, const struct costs boot[MACHINES],
                      const struct costs with[MACHINES])
{
    double ours = with[OURS].cpu_s - boot[OURS].cpu_s;

    for (enum machine m = QEMU; m < MACHINES; m++) {
        double theirs = with[m].cpu_s - boot[m].cpu_s;

        print(job, m == ICOUNT ? ", -icount" : "", ours, theirs, "s",
              m == QEMU ? 2 : 0);
        twelve_add(m, 10, theirs / ours);
    }
}

void linux_bench(const struct bench *bench)
{
    static const unsigned cpus[] = {1, 4};
    struct costs boot[MACHINES] = {{0}};
    bool booted = false;

    if (!find()) {
        printf("Linux: not fetched; make check-guests does that\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
        if (figures_wanted(bench, "memory")) {
            bench_memory(cpus[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
        struct costs with[MACHINES] = {{0}};

        if (!figures_wanted(bench, jobs[i].name)) {
            continue;
        }
        if (!booted) {
            run_all(bench, &jobs[0], boot);
            booted = true;
        }
        if (i == 0) {
            print_boot(boot);
        } else {
            run_all(bench, &jobs[i], with);
            print_job(&jobs[i], boot, with);
        }
    }
}

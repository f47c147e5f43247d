/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The initial file system is the one of tests/guests.sh with another archive
 * behind it, whose init replaces the first one's.
 */
#include "bench/linux.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/measure.h"
#include "host/file.h"
#include "include/cairn/cairn.h"

#define GUESTS "build/out/guests/"
#define INITRD "build/out/guest/bench/initrd"

enum { FILE_MAX = 64 << 20 };

static const char init[] =
    "#!/bin/busybox sh\n"
    "b=/bin/busybox\n"
    "$b mount -t proc proc /proc\n"
    "for word in $($b cat /proc/cmdline); do\n"
    "    case $word in job=*) job=${word#job=} ;; esac\n"
    "done\n"
    "i=0\n"
    "case $job in\n"
    "fork) while [ $i -lt 100 ]; do $b true; i=$((i + 1)); done ;;\n"
    "shell) while [ $i -lt 50000 ]; do i=$((i + 1)); done ;;\n"
    "sum) $b dd if=/dev/zero bs=64k count=128 2>/dev/null | $b sha256sum ;;\n"
    "esac\n"
    "echo the job is done\n"
    "$b poweroff -f\n";

static const struct linux_job jobs[] = {
    {"Linux boot to power-off",   "none" },
    {"Linux, 100 fork and exec",  "fork" },
    {"Linux, 50,000 shell turns", "shell"},
    {"Linux, sha256sum of 8 MiB", "sum"  },
};

static char kernel[512];

bool linux_job(size_t index, struct linux_job *job)
{
    if (index < ARRAY_SIZE(jobs)) {
        *job = jobs[index];
        return true;
    }
    return false;
}

/* ---- The initial file system ----------------------------------------------
 */

static void pad(struct buffer *archive)
{
    while (archive->size % 4 != 0) {
        buffer_append(archive, "", 1);
    }
}

/* A member of a newc archive. */
static void add_member(struct buffer *archive, const char *name, unsigned mode,
                       const char *text)
{
    char header[128];

    snprintf(header, sizeof(header),
             "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1u,
             mode, 0u, 0u, 1u, 0u, (unsigned)strlen(text), 0u, 0u, 0u, 0u,
             (unsigned)strlen(name) + 1, 0u);
    buffer_append(archive, header, strlen(header));
    buffer_append(archive, name, strlen(name) + 1);
    pad(archive);
    buffer_append(archive, text, strlen(text));
    pad(archive);
}

bool linux_find(void)
{
    struct buffer archive = {0};
    struct error error;
    glob_t found;
    bool good = glob(GUESTS "root/boot/vmlinuz-*", 0, NULL, &found) == 0;

    if (!good) {
        return false;
    }
    snprintf(kernel, sizeof(kernel), "%s", found.gl_pathv[0]);
    globfree(&found);
    good = file_read(GUESTS "initrd", FILE_MAX, &archive, &error) == 0;
    if (good) {
        pad(&archive);
        add_member(&archive, "init", 0100755, init);
        add_member(&archive, "TRAILER!!!", 0, "");
        good = file_write(INITRD, archive.bytes, archive.size, &error) == 0;
    }
    buffer_fini(&archive);
    return good;
}

/* ---- Runs -----------------------------------------------------------------
 */

static struct cost run(const struct peer *peer, enum machine machine,
                       const char *word)
{
    struct buffer output = {0};
    char append[128];
    const struct guest guest = {kernel, "1G", INITRD, append};

    snprintf(append, sizeof(append), "console=ttyAMA0 panic=-1 job=%s", word);
    struct cost cost = peer_run(peer, machine, &guest, &output);
    if (!cost.good || !strstr(buffer_text(&output), "the job is done")) {
        fprintf(stderr, "bench: %s: Linux failed: %s\n", peer_name(machine),
                buffer_text(&output));
        exit(1);
    }
    buffer_fini(&output);
    return cost;
}

/* ---- Memory ---------------------------------------------------------------
 */

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
    struct buffer image = {0};
    struct buffer initrd = {0};
    struct error error;
    struct cairn_machine *machine;

    if (file_read(kernel, FILE_MAX, &image, &error) != 0 ||
        file_read(INITRD, FILE_MAX, &initrd, &error) != 0) {
        return false;
    }
    const struct cairn_guest guest = {
        .kernel = {"kernel", image.bytes,  image.size },
        .initrd = {"initrd", initrd.bytes, initrd.size},
        .append = "console=ttyAMA0 panic=-1 job=none",
        .memory_bytes = 1 << 30,
        .cpus = cpus,
    };
    const struct cairn_options options = {
        .board = "virt",
        .guest = &guest,
        .engine =
            measure_interpreted() ? CAIRN_ENGINE_INTERPRETER : CAIRN_ENGINE_ANY,
    };
    if (cairn_create(&options, &machine, NULL) != 0) {
        return false;
    }
    buffer_fini(&image);
    buffer_fini(&initrd);
    cairn_power(machine);
    bool good = cairn_run(machine, NULL) == CAIRN_STOP_OFF;
    mib[0] = status_mib("RssShmem:");
    mib[1] = status_mib("VmRSS:") - mib[0];
    cairn_destroy(machine);
    return good;
}

void linux_memory(linux_report *report)
{
    static const unsigned cpus[] = {1, 4};
    double mib[2] = {0, 0};

    for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
        int ends[2];
        char name[64];

        if (pipe(ends) != 0) {
            return;
        }
        pid_t child = fork();
        if (child == 0) {
            _exit(boot_here(cpus[i], mib) &&
                          write(ends[1], mib, sizeof(mib)) == sizeof(mib)
                      ? 0
                      : 1);
        }
        close(ends[1]);
        bool good = read(ends[0], mib, sizeof(mib)) == sizeof(mib);
        close(ends[0]);
        waitpid(child, NULL, 0);
        snprintf(name, sizeof(name), "memory, 1 GiB guest, %u core(s)",
                 cpus[i]);
        if (good) {
            report(name, ", its pages", mib[0], 0, 0, "MiB");
            report(name, ", all else, at most", mib[1], 64, 64 / mib[1], "MiB");
        } else {
            printf("%s: did not boot\n", name);
        }
    }
}

/* ---- Jobs -----------------------------------------------------------------
 */

struct figures {
    double cpu_s, wall_s, peak_mib;
};

static void run_all(const struct peer *peer, const char *word, unsigned runs,
                    struct figures figures[MACHINES])
{
    double cpu[MACHINES][64];
    double wall[MACHINES][64];

    for (unsigned i = 0; i < runs; i++) {
        for (enum machine m = OURS; m < MACHINES; m++) {
            struct cost cost = {0};

            if (m == OURS || peer->program[0] != '\0') {
                cost = run(peer, m, word);
            }
            cpu[m][i] = cost.cpu_s;
            wall[m][i] = cost.wall_s;
            figures[m].peak_mib = cost.peak_mib;
        }
    }
    for (enum machine m = OURS; m < MACHINES; m++) {
        figures[m].cpu_s = median(cpu[m], runs);
        figures[m].wall_s = median(wall[m], runs);
    }
}

void linux_bench(const struct peer *peer, size_t index, unsigned runs,
                 linux_report *report)
{
    static struct figures boot[MACHINES];
    struct figures with[MACHINES];
    const char *name = jobs[index].name;

    if (boot[OURS].cpu_s == 0) {
        run_all(peer, jobs[0].word, runs, boot);
    }
    if (index == 0) {
        double wall = boot[OURS].wall_s;
        double ours = boot[OURS].cpu_s;

        report(name, "", ours, boot[QEMU].cpu_s, boot[QEMU].cpu_s / ours, "s");
        report(name, ", -icount", ours, boot[ICOUNT].cpu_s,
               boot[ICOUNT].cpu_s / ours, "s");
        report(name, ", wall time, at most", wall, 8, 8 / wall, "s");
        report(name, ", resident of a 1 GiB guest", boot[OURS].peak_mib,
               boot[QEMU].peak_mib, boot[QEMU].peak_mib / boot[OURS].peak_mib,
               "MiB");
        return;
    }
    run_all(peer, jobs[index].word, runs, with);
    double ours = with[OURS].cpu_s - boot[OURS].cpu_s;
    for (enum machine m = QEMU; m < MACHINES; m++) {
        double theirs = with[m].cpu_s - boot[m].cpu_s;

        report(name, m == ICOUNT ? ", -icount" : "", ours, theirs,
               theirs / ours, "s");
    }
}

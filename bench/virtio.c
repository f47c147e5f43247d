/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks and networks of a guest, beside QEMU's in the same run: the system that
 * `make guest-debian` makes from its start to the login, and fio and iperf3 in
 * it. Both machines have the same image, kernel and command. The work of these
 * programs is timed on the host, between two lines that the guest prints, as
 * the clock in our machine is not the host's. Networks are those of the user,
 * and iperf3's server is on this host's loopback. bench/figures.h has the form
 * of a line.
 *
 *   bench/virtio [WORD...]   only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5       runs of each
 *   CAIRN_BENCH_CPU=1        CPU time, for a host that is busy
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bench/figures.h"

#define GUEST "build/out/guests/debian/"
#define ROOT  GUEST "bench-root.img" /* a copy that runs write to */
#define DATA  GUEST "bench-data.img"

static const double limit_s = 900;

/* A run: the devices' transport, and the work of a program, which is fio by
 * fio-init or iperf3 by iperf-init; or, without, the login. Goals are ratios to
 * QEMU. */
static const struct row {
    const char *name;
    bool pci;
    const char *program;
    const char *work;
    double goal;
} rows[] = {
    {"Debian to login, virtio-mmio",          false, NULL,    NULL,                 2},
    {"Debian to login, virtio-pci",           true,  NULL,    NULL,                 2},
    {"read 4 KiB at random, depth 1, mmio",   false, "fio",
     "rw=randread,bs=4k,iodepth=1,io_size=96M",                                     2},
    {"write 4 KiB at random, depth 1, mmio",  false, "fio",
     "rw=randwrite,bs=4k,iodepth=1,io_size=96M",                                    2},
    {"read 4 KiB at random, depth 32, mmio",  false, "fio",
     "rw=randread,bs=4k,iodepth=32,io_size=256M",                                   1},
    {"write 4 KiB at random, depth 32, mmio", false, "fio",
     "rw=randwrite,bs=4k,iodepth=32,io_size=256M",                                  1},
    {"read 1 MiB in sequence, mmio",          false, "fio",
     "rw=read,bs=1M,iodepth=1,io_size=4G",                                          1},
    {"write 1 MiB in sequence, mmio",         false, "fio",
     "rw=write,bs=1M,iodepth=1,io_size=4G",                                         1},
    {"read 4 KiB at random, depth 1, pci",    true,  "fio",
     "rw=randread,bs=4k,iodepth=1,io_size=96M",                                     2},
    {"write 4 KiB at random, depth 1, pci",   true,  "fio",
     "rw=randwrite,bs=4k,iodepth=1,io_size=96M",                                    2},
    {"read 4 KiB at random, depth 32, pci",   true,  "fio",
     "rw=randread,bs=4k,iodepth=32,io_size=256M",                                   1},
    {"write 4 KiB at random, depth 32, pci",  true,  "fio",
     "rw=randwrite,bs=4k,iodepth=32,io_size=256M",                                  1},
    {"read 1 MiB in sequence, pci",           true,  "fio",
     "rw=read,bs=1M,iodepth=1,io_size=4G",                                          1},
    {"write 1 MiB in sequence, pci",          true,  "fio",
     "rw=write,bs=1M,iodepth=1,io_size=4G",                                         1},
    {"iperf3 to the host, mmio",              false, "iperf", "bytes=256M",         1},
    {"iperf3 from the host, mmio",            false, "iperf", "bytes=256M,reverse", 1},
    {"iperf3 to the host, pci",               true,  "iperf", "bytes=256M",         1},
    {"iperf3 from the host, pci",             true,  "iperf", "bytes=256M,reverse", 1},
};

/* ---- Files --------------------------------------------------------------- */

/* A new copy of the system, as one that was not turned off would be mended. */
static bool copy_root(void)
{
    return system("cp --reflink=auto --sparse=always " GUEST
                  "disk.img " ROOT) == 0;
}

static bool fill_data(void)
{
    return access(DATA, F_OK) == 0 || system("yes cairn | head -c 256M >" DATA
                                             ".new && "
                                             "mv " DATA ".new " DATA) == 0;
}

/* ---- Runs ---------------------------------------------------------------- */

static struct cost run_login(const struct bench *bench, struct guest *guest,
                             enum machine machine, struct buffer *output)
{
    static const char login[] = "debian login: ";
    static const struct measure_line lines[] = {
        {login, NULL},
        {NULL,  NULL}
    };
    struct peer_command command;

    guest->append = "console=ttyAMA0 root=LABEL=debian";
    guest->disks[0] = ROOT;
    peer_command(bench->peer, machine, guest, &command);
    if (machine != OURS) {
        return measure_talk(command.argv, bench->peer->libraries, lines,
                            limit_s);
    }
    peer_add(&command, (const char *const[]){"--expect", login, NULL});
    return measure_between(command.argv, NULL, output, NULL, NULL, limit_s);
}

/* Serves one client on loopback; 0: it cannot be started. */
static pid_t serve_iperf(void)
{
    char *const argv[] = {(char[]){"iperf3"},    (char[]){"--server"},
                          (char[]){"--one-off"}, (char[]){"--bind"},
                          (char[]){"127.0.0.1"}, (char[]){"--logfile"},
                          (char[]){"/dev/null"}, NULL};
    pid_t pid;

    return posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) == 0 ? pid
                                                                       : 0;
}

static struct cost run_work(const struct bench *bench, struct guest *guest,
                            enum machine machine, const struct row *row,
                            struct buffer *output)
{
    const bool network = strcmp(row->program, "iperf") == 0;
    char *append = xasprintf(
        "console=ttyAMA0 quiet root=LABEL=debian ro "
        "init=/usr/local/sbin/%s-init %s=%s",
        row->program, row->program, row->work);
    char *begin = xasprintf("%s: begin", row->program);
    char *end = xasprintf("%s: end 0", row->program);
    const pid_t server = network ? serve_iperf() : 0;

    guest->append = append;
    guest->begin = begin;
    guest->end = end;
    guest->disks[0] = ROOT;
    guest->disks[1] = network ? NULL : DATA;
    guest->network = network;
    struct cost cost = peer_run(bench->peer, machine, guest, output);
    if (server != 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    free(append);
    free(begin);
    free(end);
    cost.good = cost.good && cost.between_s > 0;
    return cost;
}

/* Seconds; 0 if it failed. */
static double run(const struct bench *bench, const void *context,
                  enum machine machine)
{
    const struct row *row = context;
    const bool by_cpu = getenv("CAIRN_BENCH_CPU") != NULL;
    struct buffer output = {0};
    struct guest guest = {
        .kernel = GUEST "kernel",
        .memory = "1G",
        .initrd = GUEST "initrd",
        .gic = 3,
        .unlimited = true,
        .pci = row->pci,
        .limit_s = limit_s,
    };
    struct cost cost = {.good = false};
    double taken = 0;

    if (row->program != NULL) {
        cost = run_work(bench, &guest, machine, row, &output);
        taken = by_cpu ? cost.between_cpu_s : cost.between_s;
    } else if (copy_root()) {
        cost = run_login(bench, &guest, machine, &output);
        taken = by_cpu ? cost.cpu_s : cost.wall_s;
    }
    if (!cost.good) {
        fprintf(stderr, "bench: %s: %s failed\n%s", row->name,
                peer_name(machine), buffer_text(&output));
        taken = 0;
    }
    buffer_fini(&output);
    return taken;
}

int main(int argc, char **argv)
{
    struct peer peer;

    signal(SIGPIPE, SIG_IGN);
    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench bench = bench_settings(&peer, argc, argv);
    if (access(GUEST "disk.img", F_OK) != 0) {
        printf("virtio: there is no guest; make guest-debian makes it\n");
        return 0;
    }
    if (!copy_root() || !fill_data()) {
        fprintf(stderr, "bench: disks cannot be written\n");
        return 1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (figures_wanted(&bench, rows[i].name)) {
            figures_compare(&bench, rows[i].name, rows[i].goal, run, &rows[i]);
        }
    }
    unlink(ROOT);
    return figures_conclude();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shared folder, beside QEMU's in the same run: find, tar and rm in Debian,
 * of a tree of 2000 files. Both machines have the same image, kernel, folder
 * and command; QEMU has its own 9P, and virtiofs by Debian's virtiofsd, which
 * needs root. The work is timed on the host, between two lines that the guest
 * prints (bench/folders-init). bench/figures.h has the form of a line.
 *
 *   bench/folders [WORD...]   only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5        runs of each
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bench/figures.h"

#define GUEST   "build/out/guests/debian/"
#define FOLDER  "build/out/guests/bench-folder"
#define SOCKET  FOLDER ".socket"
#define CHARDEV "socket,id=server,path=build/out/guests/bench-folder.socket"
#define FSDEV                                                                  \
    "local,id=work,security_model=none,path=build/out/guests/bench-folder"
#define ROOT   FOLDER ".img" /* a copy, which runs may write to */
#define SERVER "/usr/lib/qemu/virtiofsd"

static const double limit_s = 900;

/* Goals are ratios to QEMU. */
static const struct row {
    const char *name;
    const char *type;
    const char *work;
    double goal;
} rows[] = {
    {"find in a folder, 9p",          "9p", "find",  1},
    {"find in a folder, virtiofs",    "fs", "find",  1},
    {"tar of a folder, 9p",           "9p", "tar",   1},
    {"tar of a folder, virtiofs",     "fs", "tar",   1},
    {"untar into a folder, 9p",       "9p", "untar", 1},
    {"untar into a folder, virtiofs", "fs", "untar", 1},
    {"rm -r in a folder, 9p",         "9p", "rm",    1},
    {"rm -r in a folder, virtiofs",   "fs", "rm",    1},
};

static bool make_folder(void)
{
    return system("set -e; rm -rf " FOLDER "; mkdir -p " FOLDER
                  "/tree; "
                  "cp --reflink=auto --sparse=always " GUEST "disk.img " ROOT
                  "; "
                  "cp bench/folders-init " FOLDER
                  "/init; "
                  "for i in $(seq 40); do mkdir " FOLDER
                  "/tree/$i; "
                  "for j in $(seq 50); do head -c $((i * j * 17 + 100)) "
                  "/dev/zero | tr '\\0' x >" FOLDER
                  "/tree/$i/$j; done; done") == 0;
}

/* Debian's server of virtiofs; 0: it cannot be started here. */
static pid_t start_server(void)
{
    if (geteuid() != 0 || access(SERVER, X_OK) != 0) {
        return 0;
    }
    char *here = getcwd(NULL, 0);
    char *source = xasprintf("source=%s/" FOLDER, here);
    unlink(SOCKET);
    const pid_t pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stderr) != NULL) {
            execl(SERVER, SERVER, "--socket-path=" SOCKET, "-o", source, "-o",
                  "cache=auto", (char *)NULL);
        }
        _exit(127);
    }
    free(here);
    free(source);
    for (unsigned i = 0; pid > 0 && access(SOCKET, F_OK) != 0; i++) {
        if (i == 100) {
            kill(pid, SIGTERM);
            waitpid(pid, NULL, 0);
            return 0;
        }
        usleep(20000);
    }
    return pid > 0 ? pid : 0;
}

static void add_folder(struct peer_command *command, enum machine machine,
                       const char *type, pid_t server)
{
    if (machine == OURS) {
        peer_add(command, (const char *const[]){"--share",
                                                strcmp(type, "9p") == 0
                                                    ? FOLDER ",tag=work,type=9p"
                                                    : FOLDER ",tag=work",
                                                NULL});
    } else if (server != 0) {
        peer_add(
            command,
            (const char *const[]){
                "-object", "memory-backend-memfd,id=memory,size=1G,share=on",
                "-machine", "memory-backend=memory", "-chardev", CHARDEV,
                "-device", "vhost-user-fs-pci,chardev=server,tag=work", NULL});
    } else {
        peer_add(command,
                 (const char *const[]){
                     "-fsdev", FSDEV, "-device",
                     "virtio-9p-device,fsdev=work,mount_tag=work", NULL});
    }
}

/* Seconds; 0 if it failed. */
static double run(const struct bench *bench, const void *context,
                  enum machine machine)
{
    const struct row *row = context;
    const bool fs = strcmp(row->type, "fs") == 0;
    const pid_t server = fs && machine == QEMU ? start_server() : 0;
    const bool ninep = !fs || (machine == QEMU && server == 0);
    if (fs && ninep) {
        fprintf(stderr,
                "bench: %s: QEMU's side is its 9P, as %s does not "
                "start here\n",
                row->name, SERVER);
    }
    char *append = xasprintf(
        "console=ttyAMA0 quiet root=LABEL=debian ro init=/bin/sh -- -c "
        "\"mount -t proc proc /proc; mount -t %s work /mnt; exec sh "
        "/mnt/init %s\"",
        ninep ? "9p -o trans=virtio,version=9p2000.L,msize=262144" : "virtiofs",
        row->work);
    struct buffer output = {0};
    struct peer_command command;
    const struct guest guest = {
        .kernel = GUEST "generic/kernel",
        .initrd = GUEST "generic/initrd",
        .memory = "1G",
        .append = append,
        .disks[0] = ROOT,
        .gic = 3,
        .unlimited = true,
    };

    peer_command(bench->peer, machine, &guest, &command);
    add_folder(&command, machine, row->type, server);
    const struct cost cost = measure_between(
        command.argv, machine == OURS ? NULL : bench->peer->libraries, &output,
        "folder: begin", "folder: end 0", limit_s);
    if (server != 0) {
        waitpid(server, NULL, 0); /* which ends with its client */
    }
    if (!cost.good || cost.between_s <= 0) {
        fprintf(stderr, "bench: %s: %s failed\n%s", row->name,
                peer_name(machine), buffer_text(&output));
    }
    buffer_fini(&output);
    free(append);
    return cost.good ? cost.between_s : 0;
}

int main(int argc, char **argv)
{
    struct peer peer;

    signal(SIGPIPE, SIG_IGN);
    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench bench = bench_settings(&peer, argc, argv);
    if (access(GUEST "disk.img", F_OK) != 0) {
        printf("folders: there is no guest; make guest-debian makes it\n");
        return 0;
    }
    if (!make_folder()) {
        fprintf(stderr, "bench: " FOLDER " cannot be written\n");
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole systems that others made, beside QEMU in the same run with the same
 * files and command lines; bench/systems.def lists the figures in groups:
 *
 *   boots    U-Boot to its prompt, EDK2 to its shell, Xen to domain 0's end
 *   virtio   the system that `make guest-debian` makes, from its start to the
 *            login, and fio and iperf3 in it, with networks of the user
 *   folders  find, tar and rm there, in a shared folder of 2000 files; QEMU has
 *            its own 9P, and virtiofs by Debian's virtiofsd, which needs root
 *
 * Up to a prompt it is the time from the start of the process; the work of a
 * program is timed on the host, between two lines that the guest prints, as the
 * clock in our machine is not the host's. bench/figures.h has the form of a
 * line.
 *
 *   bench/systems GROUP [WORD...]  only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5             runs of each
 *   CAIRN_BENCH_CPU=1              CPU time, for a host that is busy
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/figures.h"
#include "bench/guests.h"

#define OUT    "build/out/guests/"
#define INITRD OUT "initrd"
#define DEBIAN OUT "debian/"
#define ROOT   OUT "bench-root.img" /* a copy that runs write to */
#define DATA   DEBIAN "bench-data.img"
#define FOLDER OUT "bench-folder"
#define SOCKET FOLDER ".socket"

#define DOM0  "console=hvc0 panic=-1 nokaslr"
#define QUIET "console=ttyAMA0 quiet root=LABEL=debian ro "
#define MOUNT QUIET "init=/bin/sh -- -c \"mount -t proc proc /proc; mount -t "
#define WORK  " work /mnt; exec sh /mnt/init "

#define CHARDEV "socket,id=server,path=build/out/guests/bench-folder.socket"

#define COPY_ROOT "cp --reflink=auto --sparse=always " DEBIAN "disk.img " ROOT

enum { LINES_MAX = 3, WORDS_MAX = 9, TEXTS_MAX = 8 };

/* A kind of run; lists of words end with NULL. */
struct kind {
    const char *before; /* a shell's command before each run, or NULL */
    struct guest guest;
    /* Texts to the last of which it is timed, in place of the guest's begin and
     * end. Ours answers by --expect and --type, QEMU is answered at its serial
     * port at once. */
    struct measure_line lines[LINES_MAX];
    const char *ours[WORDS_MAX];
    const char *theirs[WORDS_MAX];
    /* A shell's command that serves the run on the host, or NULL; it is ready
     * when this file is there, and for QEMU alone then. */
    const char *server;
    const char *ready;
    const struct kind *without; /* the kind where it does not start */
};

/* ---- Kinds --------------------------------------------------------------- */

/* clang-format off */
#define FIRMWARE .memory = "512M", .gic = 3, .limit_s = 300

static const struct kind uboot = {
    .guest = {FIRMWARE, .bios = GUESTS_UBOOT},
    .lines = {{"autoboot:", " "}, {"=> ", NULL}},
};

static const struct kind edk2 = {
    .guest = {FIRMWARE, .bios = GUESTS_EDK2},
    .lines = {{"seconds to skip", " "}, {"Shell> ", NULL}},
};

static const struct kind xen = {
    .guest = {.kernel = GUESTS_XEN, .append = "dom0_mem=256M console=dtuart",
              .memory = "1G", .gic = 3, .virtualization = true, .limit_s = 300},
    .lines = {{"Power down", NULL}},
    .ours = {"--module", "kernel=" GUESTS_LINUX, "--module-append", DOM0,
             "--module", "ramdisk=" INITRD},
    .theirs = {"-device", "guest-loader,addr=0x4a000000,bootargs=" DOM0
               ",kernel=" GUESTS_LINUX,
               "-device", "guest-loader,addr=0x4e000000,initrd=" INITRD},
};

#define SYSTEM(kind)                                                           \
    .kernel = DEBIAN kind "kernel", .initrd = DEBIAN kind "initrd",            \
    .memory = "1G", .gic = 3, .unlimited = true, .limit_s = 900,               \
    .disks[0] = ROOT
#define BETWEEN(word) .begin = word ": begin", .end = word ": end 0"

/* A system that was not turned off would be mended at its next start. */
static const struct kind login = {
    .before = COPY_ROOT,
    .guest = {SYSTEM(""), .append = "console=ttyAMA0 root=LABEL=debian"},
    .lines = {{"debian login: ", NULL}},
};

static const struct kind fio = {
    .guest = {SYSTEM(""), BETWEEN("fio"), .disks[1] = DATA,
              .append = QUIET "init=/usr/local/sbin/fio-init fio="},
};

static const struct kind iperf = {
    .guest = {SYSTEM(""), BETWEEN("iperf"), .network = true,
              .append = QUIET "init=/usr/local/sbin/iperf-init iperf="},
    .server = "exec iperf3 --server --one-off --bind 127.0.0.1 "
              "--logfile /dev/null",
};

static const struct kind folder_9p = {
    .guest = {SYSTEM("generic/"), BETWEEN("folder"),
              .append = MOUNT
              "9p -o trans=virtio,version=9p2000.L,msize=262144" WORK},
    .ours = {"--share", FOLDER ",tag=work,type=9p"},
    .theirs = {"-fsdev", "local,id=work,security_model=none,path=" FOLDER,
               "-device", "virtio-9p-device,fsdev=work,mount_tag=work"},
};

static const struct kind folder_fs = {
    .guest = {SYSTEM("generic/"), BETWEEN("folder"),
              .append = MOUNT "virtiofs" WORK},
    .ours = {"--share", FOLDER ",tag=work"},
    .theirs = {"-object", "memory-backend-memfd,id=memory,size=1G,share=on",
               "-machine", "memory-backend=memory",
               "-chardev", CHARDEV,
               "-device", "vhost-user-fs-pci,chardev=server,tag=work"},
    .server = "[ $(id -u) = 0 ] && exec /usr/lib/qemu/virtiofsd "
              "--socket-path=" SOCKET " -o source=$PWD/" FOLDER
              " -o cache=auto 2>/dev/null",
    .ready = SOCKET,
    .without = &folder_9p,
};
/* clang-format on */

/* ---- Figures and groups -------------------------------------------------- */

static const struct row {
    const char *group;
    const struct kind *kind;
    bool pci;
    double goal;
    const char *name;
    const char *work;
} rows[] = {
#define RUN(group, kind, pci, goal, name, work)                                \
    {#group, &kind, pci, goal, name, work},
#include "bench/systems.def"
#undef RUN
};

/* Without the file that it needs, nothing of a group is run. */
static const struct group {
    const char *name;
    const char *needs;   /* or NULL */
    const char *prepare; /* a shell's command, or NULL */
} groups[] = {
    {"boots",   NULL,              NULL                },
    {"virtio",  DEBIAN "disk.img",
     COPY_ROOT " && { [ -e " DATA " ] || { yes cairn | head -c 256M >" DATA
               ".new && mv " DATA ".new " DATA "; }; }"},
    {"folders", DEBIAN "disk.img",
     "set -e; rm -rf " FOLDER "; mkdir -p " FOLDER "/tree; " COPY_ROOT
     "; cp bench/folders-init " FOLDER "/init; "
     "for i in $(seq 40); do mkdir " FOLDER "/tree/$i; "
     "for j in $(seq 50); do head -c $((i * j * 17 + 100)) /dev/zero | "
     "tr '\\0' x >" FOLDER "/tree/$i/$j; done; done"   },
};

/* ---- Command lines ------------------------------------------------------- */

struct command {
    struct peer_command words;
    char *append;
    char texts[TEXTS_MAX][GUESTS_PATH * 2];
};

/* Replaces the pattern at the end of a word by the path of what `make
 * check-guests` has fetched. False if there is no such file. */
static bool resolve(const char **word, char text[GUESTS_PATH * 2], bool *used)
{
    static const char *const patterns[] = {GUESTS_UBOOT, GUESTS_EDK2,
                                           GUESTS_XEN, GUESTS_LINUX};
    char path[GUESTS_PATH];

    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        const char *at = strstr(*word, patterns[i]);

        if (at != NULL) {
            *used = guests_file(patterns[i], path);
            snprintf(text, GUESTS_PATH * 2, "%.*s%s", (int)(at - *word), *word,
                     path);
            *word = text;
            return *used;
        }
    }
    return true;
}

/* False if a file of it is not here. */
static bool make_command(const struct bench *bench, const struct row *row,
                         const struct kind *kind, enum machine machine,
                         struct command *command)
{
    struct peer_command *words = &command->words;
    struct guest guest = kind->guest;
    size_t texts = 0;
    bool good = true;

    command->append =
        guest.append ? xasprintf("%s%s", guest.append, row->work) : NULL;
    guest.append = command->append;
    guest.pci = row->pci;
    peer_command(bench->peer, machine, &guest, words);
    for (const struct measure_line *line = kind->lines;
         machine == OURS && line->text != NULL; line++) {
        peer_add(words, (const char *const[]){"--expect", line->text,
                                              line->keys ? "--type" : NULL,
                                              line->keys, NULL});
    }
    peer_add(words, machine == OURS ? kind->ours : kind->theirs);
    for (const char **word = words->argv; *word != NULL; word++) {
        bool used = false;

        good = resolve(word, command->texts[texts], &used) && good;
        texts += used;
    }
    return good;
}

/* ---- Runs ---------------------------------------------------------------- */

/* 0: it does not start here. */
static pid_t start_server(const struct kind *kind)
{
    char *const argv[] = {(char[]){"sh"}, (char[]){"-c"}, xstrdup(kind->server),
                          NULL};
    pid_t pid = 0;

    if (kind->ready != NULL) {
        unlink(kind->ready);
    }
    bool good = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) == 0;
    free(argv[2]);
    for (unsigned i = 0; good && kind->ready && access(kind->ready, F_OK) != 0;
         i++) {
        good = i < 100 && waitpid(pid, NULL, WNOHANG) == 0;
        usleep(20000);
    }
    return good ? pid : 0;
}

static struct cost run_command(const struct bench *bench,
                               const struct kind *kind, enum machine machine,
                               const struct command *command,
                               struct buffer *output)
{
    const char *libraries = machine == OURS ? NULL : bench->peer->libraries;

    return machine != OURS && kind->lines[0].text != NULL
               ? measure_talk(command->words.argv, libraries, kind->lines,
                              kind->guest.limit_s)
               : measure_between(command->words.argv, libraries, output,
                                 kind->guest.begin, kind->guest.end,
                                 kind->guest.limit_s);
}

static double taken(const struct kind *kind, const struct cost *cost)
{
    const bool by_cpu = getenv("CAIRN_BENCH_CPU") != NULL;

    return !cost->good               ? 0
           : kind->guest.end == NULL ? (by_cpu ? cost->cpu_s : cost->wall_s)
           : cost->between_s <= 0    ? 0
           : by_cpu                  ? cost->between_cpu_s
                                     : cost->between_s;
}

/* Seconds; 0 if it failed. */
static double run(const struct bench *bench, const void *context,
                  enum machine machine)
{
    static struct command command;
    const struct row *row = context;
    const struct kind *kind = row->kind;
    struct buffer output = {0};
    struct cost cost = {.good = false};
    pid_t server = 0;

    if (kind->server != NULL && (kind->ready == NULL || machine == QEMU)) {
        server = start_server(kind);
    }
    if (kind->without != NULL && machine == QEMU && server == 0) {
        fprintf(stderr, "bench: %s: QEMU's side is its 9P here\n", row->name);
        kind = kind->without;
    }
    make_command(bench, row, kind, machine, &command);
    if (kind->before == NULL || system(kind->before) == 0) {
        cost = run_command(bench, kind, machine, &command, &output);
    }
    if (server != 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    if (taken(kind, &cost) == 0) {
        fprintf(stderr, "bench: %s: %s failed\n%s", row->name,
                peer_name(machine), buffer_text(&output));
    }
    buffer_fini(&output);
    free(command.append);
    return taken(kind, &cost);
}

static void run_row(const struct bench *bench, const struct row *row)
{
    static struct command command;

    if (make_command(bench, row, row->kind, OURS, &command)) {
        figures_compare(bench, row->name, row->goal, run, row);
    } else {
        printf("%s: not fetched; make check-guests does that\n", row->name);
    }
    free(command.append);
}

static int run_group(const struct bench *bench, const struct group *group)
{
    if (group->needs != NULL && access(group->needs, F_OK) != 0) {
        printf("%s: there is no guest; make guest-debian makes it\n",
               group->name);
        return 0;
    }
    if (group->prepare != NULL && system(group->prepare) != 0) {
        fprintf(stderr, "bench: files of %s cannot be written\n", group->name);
        return 1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strcmp(rows[i].group, group->name) == 0 &&
            figures_wanted(bench, rows[i].name)) {
            run_row(bench, &rows[i]);
        }
    }
    if (group->prepare != NULL) {
        unlink(ROOT);
    }
    return figures_conclude();
}

int main(int argc, char **argv)
{
    struct peer peer;
    size_t group = 0;

    while (group < ARRAY_SIZE(groups) &&
           (argc < 2 || strcmp(argv[1], groups[group].name) != 0)) {
        group++;
    }
    if (group == ARRAY_SIZE(groups)) {
        fprintf(stderr, "usage: systems boots|virtio|folders [WORD...]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench bench = bench_settings(&peer, argc - 1, argv + 1);
    return run_group(&bench, &groups[group]);
}

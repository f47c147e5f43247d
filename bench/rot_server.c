/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of a root of trust that is reached over a socket: an access to a
 * register, one after the other and in batches, a command of the mailbox with 4
 * KiB, and the memory of a server that waits.
 *
 * Where the host's scheduler puts client and server makes a factor of two: to
 * wake a processor that sleeps takes longer than to switch from one process to
 * the other. So both cases are measured, and nothing is left to the scheduler.
 *
 * Peers, in the same run: the same access by a call of the library in this
 * process, and a server that does nothing but to send back frames of the same
 * sizes, which is the least that any server over such a socket can take. The
 * Rust caliptra-server of the QEMU patches is not packaged, and named only.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "bench/figures.h"
#include "host/file.h"
#include "host/socket.h"
#include "host/time.h"
#include "include/cairn/cairn.h"
#include "session/rot/wire.h"

#define ROM      "build/out/guest/caliptra/rom.bin"
#define FIRMWARE "build/out/guest/caliptra/embedded/firmware.bundle"

enum {
    RUNS = 300,
    ACCESSES = 512,
    BATCH = 256,
    COMMANDS = 5,
    COMMAND_SIZE = 4096,
    UNKNOWN = 0x11111111, /* a command that is read and refused */
    USER = 1,
    APB_READ = 3,
    READ_SIZE = ROT_HEADER_SIZE + 4, /* a read's request, and its reply */
    ACCESS_NS = 1000,
    FILE_MOST = 1 << 20,
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now_us(void)
{
    return (double)host_time_ns() / 1e3;
}

typedef double measured(void *what);

struct subject {
    measured *run;
    void *what;
    double least;
};

/* The least of many short runs, in turns: others use this host, too. */
static void repeat(struct subject *subjects, size_t count)
{
    for (int i = 0; i < RUNS; i++) {
        for (size_t j = 0; j < count; j++) {
            const double run = subjects[j].run(subjects[j].what);
            subjects[j].least =
                i == 0 || run < subjects[j].least ? run : subjects[j].least;
        }
    }
}

/* ---- Servers ------------------------------------------------------------- */

/* The processor of a server, seen from its client. */
enum place { SAME_PROCESSOR, OTHER_PROCESSOR, PLACES };

struct server {
    pid_t process;
    int fd;     /* connected to it */
    bool polls; /* the client does not sleep until the answer is there */
};

/* The first processors that this process may use; the same one twice where
 * there is only one. */
static unsigned processors[PLACES];

static void find_processors(void)
{
    cpu_set_t all;
    unsigned found = 0;
    if (sched_getaffinity(0, sizeof(all), &all) != 0) {
        die("bench/rot_server: sched_getaffinity");
    }
    for (unsigned i = 0; i < CPU_SETSIZE && found < PLACES; i++) {
        if (CPU_ISSET(i, &all)) {
            processors[found++] = i;
        }
    }
    processors[OTHER_PROCESSOR] = processors[found - 1];
}

static void stay_on(enum place place)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processors[place], &one);
    if (sched_setaffinity(0, sizeof(one), &one) != 0) {
        die("bench/rot_server: sched_setaffinity");
    }
}

static void receive(const struct server *server, void *bytes, size_t size)
{
    uint8_t *at = bytes;
    while (size != 0) {
        ssize_t got =
            recv(server->fd, at, size, server->polls ? MSG_DONTWAIT : 0);
        if (got == 0 || (got < 0 && !(server->polls && errno == EAGAIN))) {
            die("bench/rot_server: recv");
        }
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
}

/* Sends back each read's request as it came. */
static void echo(int fd)
{
    uint8_t bytes[READ_SIZE * BATCH];
    ssize_t got;
    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        if (host_socket_write(fd, bytes, (size_t)got, UINT64_MAX) != 0) {
            break;
        }
    }
    _exit(0);
}

static struct server start_echo(enum place place)
{
    struct server server = {0};
    int fds[2];
    if (host_socket_pair(fds, NULL) != 0 || (server.process = fork()) < 0) {
        die("bench/rot_server: the echo server");
    }
    if (server.process == 0) {
        close(fds[0]);
        stay_on(place);
        echo(fds[1]);
    }
    close(fds[1]);
    server.fd = fds[0];
    return server;
}

/* A server's end; only ours has to be told. */
static void stop(struct server *server)
{
    close(server->fd);
    kill(server->process, SIGTERM);
    waitpid(server->process, NULL, 0);
}

static struct server start_ours(const char *cairn, const char *path,
                                enum place place)
{
    struct server server = {0};
    char *address = xasprintf("unix:%s", path);
    char line[256];
    int out[2];
    if (pipe(out) != 0 || (server.process = fork()) < 0) {
        die("bench/rot_server: the server");
    }
    if (server.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        stay_on(place);
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        execl(cairn, cairn, "serve", "rot", "--quiet", "--socket", path,
              (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    /* It says that it is ready. */
    if (read(out[0], line, sizeof(line)) <= 0 ||
        host_socket_connect(address, &server.fd, NULL) != 0) {
        die("bench/rot_server: cairn serve rot");
    }
    close(out[0]);
    free(address);
    return server;
}

static double resident_mb(pid_t process)
{
    char *path = xasprintf("/proc/%d/status", (int)process);
    FILE *file = fopen(path, "r");
    char line[256];
    unsigned long kib = 0;
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtoul(line + 6, NULL, 10);
        }
    }
    if (file) {
        fclose(file);
    }
    free(path);
    return (double)kib / 1024;
}

/* ---- Registers over a socket --------------------------------------------- */

static void fill_read(uint8_t *frame)
{
    store_le32(frame, ROT_MAGIC_REGISTERS);
    store_le32(frame + 4, ROT_VERSION | APB_READ << 16);
    store_le32(frame + 8, 4);
    store_le32(frame + 12, CALIPTRA_SOC_IFC_FLOW_STATUS);
}

/* Microseconds of a read, `batch` of them under way at a time. */
static double read_by(const struct server *server, int batch)
{
    uint8_t frames[READ_SIZE * BATCH];
    for (int i = 0; i < batch; i++) {
        fill_read(frames + (size_t)i * READ_SIZE);
    }
    const size_t size = (size_t)batch * READ_SIZE;
    double begun = now_us();
    for (int i = 0; i < ACCESSES; i += batch) {
        uint8_t replies[READ_SIZE * BATCH];
        if (host_socket_write(server->fd, frames, size, UINT64_MAX) != 0) {
            die("bench/rot_server: send");
        }
        receive(server, replies, size);
    }
    return (now_us() - begun) / ACCESSES;
}

static double read_one(void *server)
{
    return read_by(server, 1);
}

static double read_batch(void *server)
{
    return read_by(server, BATCH);
}

/* ---- The mailbox over a socket ------------------------------------------- */

static double command_by_socket(void *what)
{
    enum { FIELDS = 8, SIZE = ROT_HEADER_SIZE + FIELDS + COMMAND_SIZE };
    const struct server *server = what;
    uint8_t request[SIZE] = {0};
    store_le32(request, ROT_MAGIC_MAILBOX);
    store_le32(request + 4, ROT_VERSION | 1u << 16);
    store_le32(request + 8, FIELDS + COMMAND_SIZE);
    store_le32(request + 12, UNKNOWN);
    store_le32(request + 16, COMMAND_SIZE);
    double begun = now_us();
    for (int i = 0; i < COMMANDS; i++) {
        uint8_t reply[ROT_HEADER_SIZE + FIELDS];
        if (host_socket_write(server->fd, request, sizeof(request),
                              UINT64_MAX) != 0) {
            die("bench/rot_server: send");
        }
        receive(server, reply, sizeof(reply));
        if (load_le32(reply + 12) != CALIPTRA_MBOX_STATUS_FAILURE) {
            die("bench/rot_server: an answer");
        }
    }
    return (now_us() - begun) / COMMANDS;
}

/* ---- The same in this process -------------------------------------------- */

struct part {
    struct cairn_machine *machine;
    struct cairn_master *soc;
};

static void boot(struct part *part)
{
    struct buffer rom = {0};
    struct buffer firmware = {0};
    struct error why = {""};
    struct cairn_error error = {""};
    if (file_read(ROM, FILE_MOST, &rom, &why) ||
        file_read(FIRMWARE, FILE_MOST, &firmware, &why)) {
        fprintf(stderr, "bench/rot_server: %s\n", why.text);
        exit(1);
    }
    const struct cairn_image image = {"rom", rom.bytes, rom.size};
    const struct cairn_image file = {"bundle", firmware.bytes, firmware.size};
    const struct cairn_options options = {
        .size = sizeof(options),
        .board = "caliptra-1.1",
        .images = &image,
        .image_count = 1,
        .seed = 1,
    };
    const char *const variables[] = {"FIRMWARE=bundle", "SECURITY_STATE=7"};
    const struct cairn_agent_options agent = {
        .size = sizeof(agent),
        .variables = variables,
        .variable_count = ARRAY_SIZE(variables),
        .files = &file,
        .file_count = 1,
    };
    if (cairn_create(&options, &part->machine, &error) ||
        cairn_agent_run(part->machine, &agent, &error)) {
        fprintf(stderr, "bench/rot_server: %s\n", error.text);
        exit(1);
    }
    part->soc = cairn_master_find(part->machine, "soc");
    buffer_fini(&rom);
    buffer_fini(&firmware);
}

static void pass(const struct part *part, uint64_t ns)
{
    const struct cairn_until until = {
        .size = sizeof(until),
        .time_ns = cairn_time_ns(part->machine) + ns,
    };
    (void)cairn_run(part->machine, &until);
}

static uint32_t get(const struct part *part, uint32_t address)
{
    uint64_t value = 0;
    (void)cairn_master_read(part->machine, part->soc, USER, address, 4, &value);
    return (uint32_t)value;
}

static void put(const struct part *part, uint32_t address, uint32_t value)
{
    (void)cairn_master_write(part->machine, part->soc, USER, address, 4, value);
}

static double read_inside(void *what)
{
    const struct part *part = what;
    uint32_t ready = 0;
    double begun = now_us();
    for (int i = 0; i < ACCESSES; i++) {
        pass(part, ACCESS_NS);
        ready |= get(part, CALIPTRA_SOC_IFC_FLOW_STATUS);
    }
    double took = (now_us() - begun) / ACCESSES;
    return ready != 0 ? took : 0;
}

static double command_inside(void *what)
{
    const struct part *part = what;
    double begun = now_us();
    for (int i = 0; i < COMMANDS; i++) {
        const struct cairn_until answered = {
            .size = sizeof(answered),
            .line = "mailbox.mailbox_data_avail",
            .level = 1,
            .limit_ns = cairn_time_ns(part->machine) + 1000000000,
        };
        pass(part, 16 * (uint64_t)ACCESS_NS);
        if ((get(part, CALIPTRA_MBOX_LOCK) & 1) != 0) {
            die("bench/rot_server: the lock");
        }
        put(part, CALIPTRA_MBOX_CMD, UNKNOWN);
        put(part, CALIPTRA_MBOX_DLEN, COMMAND_SIZE);
        for (int j = 0; j < COMMAND_SIZE; j += 4) {
            put(part, CALIPTRA_MBOX_DATAIN, 0);
        }
        put(part, CALIPTRA_MBOX_EXECUTE, 1);
        (void)cairn_run(part->machine, &answered);
        put(part, CALIPTRA_MBOX_EXECUTE, 0);
    }
    return (now_us() - begun) / COMMANDS;
}

/* ---- Figures ------------------------------------------------------------- */

static void print_row(const char *name, double ours, double theirs,
                      const char *unit)
{
    figures_print(
        &(struct figure){name, NULL, ours, theirs, theirs / ours, unit, 0});
}

/* A bare echo, and two connections to one server of ours: one speaks of
 * registers, one of the mailbox. */
struct peers {
    struct server bare;
    struct server registers;
    struct server mailbox;
};

static struct peers start_peers(const char *cairn, enum place place)
{
    const char *folder = getenv("TMPDIR");
    char *path = xasprintf("%s/cairn-bench-%d-%d.sock",
                           folder ? folder : "/tmp", (int)getpid(), (int)place);
    char *address = xasprintf("unix:%s", path);
    struct peers peers = {
        .bare = start_echo(place),
        .registers = start_ours(cairn, path, place),
    };
    peers.mailbox.process = peers.registers.process;
    if (host_socket_connect(address, &peers.mailbox.fd, NULL) != 0) {
        die("bench/rot_server: a second connection");
    }
    free(address);
    free(path);
    return peers;
}

static void stop_peers(struct peers *peers)
{
    close(peers->mailbox.fd);
    stop(&peers->registers);
    stop(&peers->bare);
}

enum { ONE, BARE_ONE, BATCHED, BARE_BATCHED, COMMAND, EACH };
enum { INSIDE = PLACES * EACH, COMMAND_INSIDE, COMMAND_POLLED, SUBJECTS };

static void print_place(const char *where, const struct subject *subjects,
                        double inside)
{
    char *names[] = {
        xasprintf("%s: register access, one at a time, beside a bare echo",
                  where),
        xasprintf("%s: register access, 256 under way, beside a bare echo",
                  where),
        xasprintf("%s: mailbox command of 4 KiB, beside calls inside", where),
        xasprintf("%s: register access over the socket", where),
        xasprintf("%s: accesses of one client, 256 under way", where),
        xasprintf("%s: mailbox command of 4 KiB over that of calls", where),
    };
    const double batch = subjects[BATCHED].least;
    const double command = subjects[COMMAND].least;
    print_row(names[0], subjects[ONE].least, subjects[BARE_ONE].least, "us");
    print_row(names[1], batch, subjects[BARE_BATCHED].least, "us");
    print_row(names[2], command, inside, "us");
    figures_at_most(names[3], subjects[ONE].least, 20, "us");
    figures_at_least(names[4], 1e6 / batch, 100000, "1/s");
    figures_at_most(names[5], command - inside, 50, "us");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        free(names[i]);
    }
}

static void compare(struct peers peers[PLACES], struct part *part)
{
    const bool two = processors[SAME_PROCESSOR] != processors[OTHER_PROCESSOR];
    struct server polled = peers[OTHER_PROCESSOR].mailbox;
    polled.polls = true;
    struct subject subjects[SUBJECTS] = {
        [COMMAND_POLLED] = {command_by_socket, &polled, 0},
        [INSIDE] = {read_inside,       part,    0},
        [COMMAND_INSIDE] = {command_inside,    part,    0},
    };
    for (unsigned i = 0; i < PLACES; i++) {
        struct subject *at = subjects + (size_t)i * EACH;
        at[ONE] = (struct subject){read_one, &peers[i].registers, 0};
        at[BARE_ONE] = (struct subject){read_one, &peers[i].bare, 0};
        at[BATCHED] = (struct subject){read_batch, &peers[i].registers, 0};
        at[BARE_BATCHED] = (struct subject){read_batch, &peers[i].bare, 0};
        at[COMMAND] = (struct subject){command_by_socket, &peers[i].mailbox, 0};
    }
    /* On one processor a client that polls would keep the server from it. */
    repeat(subjects, two ? SUBJECTS : COMMAND_POLLED);
    print_row("register access, one at a time, beside a call inside",
              subjects[ONE].least, subjects[INSIDE].least, "us");
    print_place("one processor", subjects, subjects[COMMAND_INSIDE].least);
    if (two) {
        print_place("two processors", subjects + EACH,
                    subjects[COMMAND_INSIDE].least);
        print_row(
            "two processors: mailbox command of 4 KiB by a client that polls",
            subjects[COMMAND_POLLED].least, subjects[COMMAND_INSIDE].least,
            "us");
    }
}

int main(int argc, char **argv)
{
    char *cairn = xasprintf(
        "%.*s../cairn", (int)(strrchr(argv[0], '/') + 1 - argv[0]), argv[0]);
    struct peers peers[PLACES];
    struct part part;
    printf(
        "peer\tan echo server over the same socket, and calls of the "
        "library\ncaliptra-server (Rust, for QEMU's patches)\tis not "
        "installed\n");
    find_processors();
    stay_on(SAME_PROCESSOR);
    for (unsigned i = 0; i < PLACES; i++) {
        peers[i] = start_peers(cairn, (enum place)i);
    }
    const double idle = resident_mb(peers[0].registers.process);
    boot(&part);
    compare(peers, &part);
    figures_at_most("memory of a server that waits", idle, 64, "MB");
    for (unsigned i = 0; i < PLACES; i++) {
        stop_peers(&peers[i]);
    }
    cairn_destroy(part.machine);
    free(cairn);
    return figures_conclude();
}

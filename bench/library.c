/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of calls of the library for a simulator around a Caliptra core:
 * accesses by name and by handle, looks, runs of bytes, accesses that come to
 * functions of the caller, runs of one instruction, the boot to
 * ready-for-runtime, and the memory of a machine.
 *
 * The peer, in the same run, is a process of its own that only sends back what
 * it gets over a socket: the least that a root of trust outside of the
 * simulator's process can take for the same.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "bench/figures.h"
#include "host/file.h"
#include "host/memory.h"
#include "host/socket.h"
#include "host/time.h"
#include "include/cairn/cairn.h"

#define ROM      "build/out/guest/caliptra/rom.bin"
#define FIRMWARE "build/out/guest/caliptra/embedded/firmware.bundle"

enum {
    RUNS = 200,
    CALLS = 1000,
    USER = 1,
    RUN_SIZE = 4096,
    CALLER = 0xd0000000,
    PARTS = 8,
    BOOTS = 10,
    FILE_MOST = 1 << 20,
};

struct part {
    struct buffer rom;
    struct buffer firmware;
    struct cairn_machine *machine;
    struct cairn_master *soc;
    struct cairn_master *cores;
    struct cairn_line *input;
    int echo; /* socket of the peer */
    uint8_t bytes[RUN_SIZE];
    uint64_t sum; /* of what was read, so that it is */
};

static void die(const char *what)
{
    fprintf(stderr, "bench/library: %s\n", what);
    exit(1);
}

static double now_us(void)
{
    return (double)host_time_ns() / 1e3;
}

/* ---- The machine --------------------------------------------------------- */

static int on_read(void *context, const struct cairn_access *access,
                   uint64_t offset, unsigned size, uint64_t *value)
{
    *value = offset + size;
    return 0;
}

static struct cairn_machine *create(const struct part *part)
{
    const struct cairn_image image = {"rom", part->rom.bytes, part->rom.size};
    const struct cairn_options options = {
        .size = sizeof(options),
        .board = "caliptra-1.1",
        .images = &image,
        .image_count = 1,
        .seed = 1,
    };
    const struct cairn_map map = {
        .size = sizeof(map),
        .name = "caller",
        .address = CALLER,
        .size_bytes = 0x1000,
        .read = on_read,
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (cairn_create(&options, &machine, &error) ||
        cairn_map(machine, &map, NULL, &error)) {
        die(error.text);
    }
    return machine;
}

static void boot(const struct part *part, struct cairn_machine *machine)
{
    const struct cairn_image file = {"bundle", part->firmware.bytes,
                                     part->firmware.size};
    const char *const variables[] = {"FIRMWARE=bundle", "SECURITY_STATE=7"};
    const struct cairn_agent_options agent = {
        .size = sizeof(agent),
        .variables = variables,
        .variable_count = ARRAY_SIZE(variables),
        .files = &file,
        .file_count = 1,
    };
    struct cairn_error error = {""};
    if (cairn_agent_run(machine, &agent, &error)) {
        die(error.text);
    }
}

/* ---- Calls, CALLS of each ------------------------------------------------ */

static void read_by_name(struct part *part)
{
    for (int i = 0; i < CALLS; i++) {
        uint64_t value;
        cairn_bus_read(part->machine, "soc", USER, CALIPTRA_SOC_IFC_FLOW_STATUS,
                       4, &value);
        part->sum += value;
    }
}

static void read_at(struct part *part, uint64_t address)
{
    for (int i = 0; i < CALLS; i++) {
        uint64_t value;
        cairn_master_read(part->machine, part->soc, USER, address, 4, &value);
        part->sum += value;
    }
}

static void read_by_handle(struct part *part)
{
    read_at(part, CALIPTRA_SOC_IFC_FLOW_STATUS);
}

static void read_of_caller(struct part *part)
{
    read_at(part, CALLER);
}

static void look(struct part *part)
{
    for (int i = 0; i < CALLS; i++) {
        size_t done;
        cairn_peek(part->machine, part->soc, USER, CALIPTRA_SOC_IFC_FLOW_STATUS,
                   part->bytes, 4, &done);
        part->sum += done;
    }
}

static void drive_line(struct part *part)
{
    for (uint32_t i = 0; i < CALLS; i++) {
        cairn_line_drive(part->machine, part->input, i);
    }
}

static void ask_next_event(struct part *part)
{
    for (int i = 0; i < CALLS; i++) {
        uint64_t time_ns = 0;
        cairn_next_event(part->machine, &time_ns);
        part->sum += time_ns;
    }
}

static void pass_time(struct part *part)
{
    for (int i = 0; i < CALLS; i++) {
        const struct cairn_until until = {
            .size = sizeof(until),
            .time_ns = cairn_time_ns(part->machine) + 100,
        };
        cairn_run(part->machine, &until);
    }
}

static void look_at_memory(struct part *part)
{
    for (int i = 0; i < CALLS; i++) {
        size_t done;
        cairn_peek(part->machine, part->cores, 0, 0x50000000, part->bytes,
                   RUN_SIZE, &done);
        part->sum += done;
    }
}

static void exchange(struct part *part, size_t size)
{
    for (int i = 0; i < CALLS; i++) {
        size_t got = 0;
        if (host_socket_write(part->echo, part->bytes, size, UINT64_MAX) != 0) {
            die("the echo process is gone");
        }
        while (got < size) {
            ssize_t more = recv(part->echo, part->bytes, size - got, 0);
            if (more <= 0) {
                die("the echo process is gone");
            }
            got += (size_t)more;
        }
    }
}

static void exchange_word(struct part *part)
{
    exchange(part, 16);
}

static void exchange_run(struct part *part)
{
    exchange(part, RUN_SIZE);
}

/* ---- The peer ------------------------------------------------------------ */

static pid_t start_echo(struct part *part)
{
    int fds[2];
    if (host_socket_pair(fds, NULL) != 0) {
        die("no socket pair");
    }
    pid_t process = fork();
    if (process == 0) {
        uint8_t bytes[RUN_SIZE];
        ssize_t got;
        close(fds[0]);
        while ((got = recv(fds[1], bytes, sizeof(bytes), 0)) > 0 &&
               host_socket_write(fds[1], bytes, (size_t)got, UINT64_MAX) == 0) {
        }
        _exit(0);
    }
    close(fds[1]);
    part->echo = fds[0];
    return process;
}

/* ---- Figures ------------------------------------------------------------- */

struct row {
    const char *name;
    void (*run)(struct part *part);
    size_t peer; /* the number of its row, 0: none */
    double least_us;
};

/* The least of many short runs, in turns: others use this host, too. */
static void compare(struct part *part)
{
    struct row rows[] = {
        {"",                                        exchange_word,  0, 0},
        {"",                                        exchange_run,   0, 0},
        {"register read, by the master's handle",   read_by_handle, 1, 0},
        {"register read, by the master's name",     read_by_name,   1, 0},
        {"register read without side effects",      look,           1, 0},
        {"register read of the caller's functions", read_of_caller, 1, 0},
        {"input line driven",                       drive_line,     1, 0},
        {"next event asked for",                    ask_next_event, 1, 0},
        {"100 ns passed by cairn_run",              pass_time,      1, 0},
        {"4 KiB of memory looked at",               look_at_memory, 2, 0},
    };
    for (int i = 0; i < RUNS; i++) {
        for (size_t j = 0; j < ARRAY_SIZE(rows); j++) {
            const double begun = now_us();
            rows[j].run(part);
            const double took = (now_us() - begun) / CALLS;
            rows[j].least_us =
                i == 0 || took < rows[j].least_us ? took : rows[j].least_us;
        }
    }
    for (size_t j = 2; j < ARRAY_SIZE(rows); j++) {
        const double ours = rows[j].least_us;
        const double theirs = rows[rows[j].peer - 1].least_us;
        figures_print(&(struct figure){rows[j].name, NULL, ours, theirs,
                                       theirs / ours, "us", 0});
    }
    figures_at_most("register read by a call", rows[2].least_us, 1, "us");
}

/* From nothing to ready-for-runtime, and what is resident of each machine. */
static void boot_some(const struct part *part)
{
    struct cairn_machine *machines[PARTS];
    double least = 0;
    for (int i = 0; i < BOOTS; i++) {
        const double begun = now_us();
        struct cairn_machine *machine = create(part);
        boot(part, machine);
        const double took = (now_us() - begun) / 1e3;
        least = i == 0 || took < least ? took : least;
        cairn_destroy(machine);
    }
    const double before = (double)memory_resident();
    for (size_t i = 0; i < PARTS; i++) {
        machines[i] = create(part);
        boot(part, machines[i]);
    }
    const double each = ((double)memory_resident() - before) / (PARTS << 20);
    for (size_t i = 0; i < PARTS; i++) {
        cairn_destroy(machines[i]);
    }
    figures_at_most("created and booted to ready-for-runtime", least, 100,
                    "ms");
    figures_at_most("resident memory of one more machine", each, 16, "MiB");
}

int main(void)
{
    static struct part part;
    struct error why = {""};
    if (file_read(ROM, FILE_MOST, &part.rom, &why) ||
        file_read(FIRMWARE, FILE_MOST, &part.firmware, &why)) {
        die(why.text);
    }
    printf("peer\ta process that sends back what it gets over a socket\n");
    pid_t process = start_echo(&part);
    part.machine = create(&part);
    boot(&part, part.machine);
    part.soc = cairn_master_find(part.machine, "soc");
    part.cores = cairn_master_find(part.machine, "caliptra");
    part.input = cairn_line_find(part.machine, "soc_ifc.generic_input_wires0");
    compare(&part);
    cairn_destroy(part.machine);
    close(part.echo);
    waitpid(process, NULL, 0);
    boot_some(&part);
    buffer_fini(&part.rom);
    buffer_fini(&part.firmware);
    return part.sum == 0 ? 1 : figures_conclude();
}

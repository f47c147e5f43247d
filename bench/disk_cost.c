/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of a request to a disk in this process beside the access to the
 * file, from the device's request (bus/disk.h) to its completion: a machine's
 * drive on a file in the page cache, with a device that moves nothing. From its
 * time that of the same system calls at the same places is taken away; the
 * least of many runs. Lines as bench/figures.h has them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/figures.h"
#include "bus/clock.h"
#include "bus/disk.h"
#include "host/time.h"
#include "include/cairn/cairn.h"
#include "platform/machine/input.h"
#include "platform/machine/machine.h"

enum { DISK = 64 << 20, BLOCK = 4096, DEPTH_MAX = 32, LATENCY_NS = 1000 };
enum { RUNS = 200, ROUNDS = 512 };

static char path[] = "/tmp/cairn-bench-disk-XXXXXX";
static unsigned completions;

/* ---- A device ------------------------------------------------------------ */

static int gather(struct device *device, unsigned number, void *bytes,
                  size_t size)
{
    *(uint8_t *)bytes = 1;
    return 0;
}

static void completed(struct device *device, unsigned number,
                      enum disk_status status, const void *bytes, size_t size)
{
    completions += status == DISK_DONE;
}

/* ---- The machine --------------------------------------------------------- */

static const uint32_t program[] = {0x14000000}; /* b . */
static struct device_type type;

static struct cairn_machine *make(void)
{
    static const char *const overlay = "devices/example/disk.dtso";
    static const struct disk_client client = {DEPTH_MAX, gather, completed};
    const struct cairn_image image = {"flash0", program, sizeof(program)};
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .guest = &guest,
        .overlays = &overlay,
        .overlay_count = 1,
        .images = &image,
        .image_count = 1,
    };
    char *backend = xasprintf("file:%s", path);
    const struct cairn_disk disk = {.size = sizeof(struct cairn_disk),
                                    .backend = backend};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (cairn_create(&options, &machine, &error) == 0) {
        struct device *device =
            machine_find(machine, NODE_DEVICE, "disk")->device;
        type = *device->type;
        type.disk = &client;
        device->type = &type;
        if (cairn_disk_connect(machine, "disk", &disk, &error) == 0) {
            cairn_power(machine);
        }
    }
    free(backend);
    if (error.text[0]) {
        fprintf(stderr, "disk_cost: %s\n", error.text);
        exit(1);
    }
    return machine;
}

/* ---- Times --------------------------------------------------------------- */

static uint64_t place(unsigned number)
{
    return number * 2654435761u % (DISK / BLOCK) * (uint64_t)BLOCK;
}

static void go_through(struct cairn_machine *machine,
                       enum disk_operation operation, unsigned depth)
{
    struct device *device = machine_find(machine, NODE_DEVICE, "disk")->device;
    struct clock *clock = &machine->fabric.clock;
    for (unsigned i = 0; i < ROUNDS; i += depth) {
        for (unsigned j = 0; j < depth; j++) {
            const struct disk_request request = {.operation = operation,
                                                 .offset = place(i + j),
                                                 .size = BLOCK,
                                                 .latency_ns = LATENCY_NS};
            disk_submit(device, j, &request);
        }
        clock_advance(clock, clock->now_ns + LATENCY_NS);
        inputs_deliver(machine, &machine->inputs);
    }
}

/* With as many buffers, which the processor's caches have to hold too. */
static void go_bare(int fd, bool reads, unsigned depth)
{
    static uint8_t buffers[DEPTH_MAX][BLOCK];
    for (unsigned i = 0; i < ROUNDS; i++) {
        void *bytes = buffers[i % depth];
        const off_t at = (off_t)place(i);
        struct iovec part = {bytes, BLOCK};
        if ((reads ? preadv2(fd, &part, 1, at, RWF_NOWAIT)
                   : pwrite(fd, bytes, BLOCK, at)) != BLOCK) {
            abort();
        }
    }
}

/* In turn, so that both meet the same host. */
static double cost(struct cairn_machine *machine, int fd,
                   enum disk_operation operation, unsigned depth)
{
    double ours = 0;
    double bare = 0;
    for (unsigned run = 0; run < RUNS; run++) {
        const uint64_t begun = host_time_ns();
        go_through(machine, operation, depth);
        const uint64_t between = host_time_ns();
        go_bare(fd, operation == DISK_READ, depth);
        const double first = (double)(between - begun) / ROUNDS;
        const double second = (double)(host_time_ns() - between) / ROUNDS;
        ours = run == 0 || first < ours ? first : ours;
        bare = run == 0 || second < bare ? second : bare;
    }
    return ours > bare ? ours - bare : 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum disk_operation operation;
        unsigned depth;
    } rows[] = {
        {"drive, 4 KiB read, depth 1",   DISK_READ,  1 },
        {"drive, 4 KiB read, depth 32",  DISK_READ,  32},
        {"drive, 4 KiB write, depth 1",  DISK_WRITE, 1 },
        {"drive, 4 KiB write, depth 32", DISK_WRITE, 32},
    };
    const struct bench bench = bench_settings(NULL, argc, argv);
    const int fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, DISK) != 0) {
        return 1;
    }
    static uint8_t bytes[BLOCK];
    for (unsigned i = 0; i < DISK / BLOCK; i++) {
        if (pwrite(fd, bytes, BLOCK, (off_t)i * BLOCK) != BLOCK) {
            return 1;
        }
    }
    struct cairn_machine *machine = make();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (figures_wanted(&bench, rows[i].name)) {
            figures_at_most(rows[i].name,
                            cost(machine, fd, rows[i].operation, rows[i].depth),
                            100, "ns");
        }
    }
    cairn_destroy(machine);
    close(fd);
    unlink(path);
    return figures_conclude();
}

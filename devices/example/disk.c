/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small disk, as the example of a device that makes block requests
 * (bus/disk.h): this file, its registers in disk.def, and a line in devices.def
 * are all of it; a board overlay puts it into a machine (disk.dtso).
 *
 * It has four requests, which may be in flight at once and complete in any
 * order: each takes the time of its kind and a microsecond a sector. A
 * completion sets the request's bit in DONE, and the interrupt is raised while
 * a bit is set in DONE and in ENABLE. SECTOR, COUNT and ADDRESS are taken when
 * COMMAND is written, and may be changed after that.
 */
#include "bus/disk.h"

#include "base/bits.h"
#include "bus/description.h"
#include "bus/dma.h"
#include "bus/handlers.h"

enum { REQUESTS = 4, SECTOR_SIZE = 512, SECTORS_MAX = 127, SECTOR_NS = 1000 };
enum feature_bits { FEATURE_MEDIUM = 1 << 0, FEATURE_READ_ONLY = 1 << 1 };
enum result { RESULT_GOOD, RESULT_REFUSED, RESULT_FAILED, RESULT_BUS_ERROR };

struct state {
    uint32_t enable;
    uint32_t done;
    uint32_t busy;
    uint32_t sector[REQUESTS];
    uint32_t sectors[REQUESTS];
    uint32_t address[REQUESTS];
    uint32_t result[REQUESTS];
    uint32_t target[REQUESTS]; /* ADDRESS of the request in flight */
};

struct wiring {
    struct dma dma;
};

/* ---- Requests ------------------------------------------------------------ */

static const struct {
    bool moves; /* sectors from or to memory */
    enum disk_operation operation;
    uint64_t latency_ns;
} commands[] = {
    {true,  DISK_READ,    0     }, /* there is no command 0 */
    {true,  DISK_READ,    20000 },
    {true,  DISK_WRITE,   10000 },
    {false, DISK_FLUSH,   200000},
    {false, DISK_DISCARD, 5000  },
};

static void update(struct device *device)
{
    const struct state *state = device->state;
    line_set(&device->outputs[0], (state->done & state->enable) != 0);
}

static void finish(struct device *device, unsigned request, enum result result)
{
    struct state *state = device->state;

    state->busy &= ~(1u << request);
    state->done |= 1u << request;
    state->result[request] = result;
    update(device);
}

static int gather(struct device *device, unsigned request, void *bytes,
                  size_t size)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    return dma_read(&wiring->dma, gpa(state->target[request]), bytes, size);
}

static void completed(struct device *device, unsigned request,
                      enum disk_status status, const void *bytes, size_t size)
{
    static const enum result results[] = {
        [DISK_DONE] = RESULT_GOOD,
        [DISK_REFUSED] = RESULT_REFUSED,
        [DISK_FAILED] = RESULT_FAILED,
    };
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    enum result result = results[status];

    if (size != 0 && dma_write(&wiring->dma, gpa(state->target[request]), bytes,
                               size) != 0) {
        result = RESULT_BUS_ERROR;
    }
    finish(device, request, result);
}

static void start(struct device *device, unsigned request, unsigned command)
{
    struct state *state = device->state;
    uint32_t sectors =
        commands[command].operation == DISK_FLUSH ? 0 : state->sectors[request];
    const struct disk_request made = {
        .operation = commands[command].operation,
        .offset = (uint64_t)state->sector[request] * SECTOR_SIZE,
        .size = (uint64_t)sectors * SECTOR_SIZE,
        .latency_ns =
            commands[command].latency_ns + (uint64_t)sectors * SECTOR_NS,
    };

    state->busy |= 1u << request;
    state->target[request] = state->address[request];
    if (disk_submit(device, request, &made) != 0) {
        finish(device, request, RESULT_BUS_ERROR);
    }
}

/* ---- Registers ----------------------------------------------------------- */

static uint32_t read_capacity(struct device *device,
                              const struct access *access, unsigned index)
{
    uint64_t sectors =
        device->disk ? device->disk->size_bytes / SECTOR_SIZE : 0;

    return (uint32_t)(index == 0 ? sectors : sectors >> 32);
}

static uint32_t read_features(struct device *device,
                              const struct access *access, unsigned index)
{
    return !device->disk             ? 0
           : device->disk->read_only ? FEATURE_MEDIUM | FEATURE_READ_ONLY
                                     : FEATURE_MEDIUM;
}

static void write_command(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    const struct state *state = device->state;

    if ((state->busy >> index & 1) != 0) {
        device_guest_error(device, index, "request %u is in flight", index);
    } else if (value == 0 || value >= ARRAY_SIZE(commands)) {
        device_guest_error(device, index, "no command %u", value);
    } else if (!device->disk) {
        finish(device, index, RESULT_REFUSED);
    } else {
        start(device, index, value);
    }
}

REGISTER_CLEAR(write_done, done, update)

REGISTER_STORE(write_enable, enable, update)

static const struct register_spec registers[] = {
#include "devices/example/disk.def"
};

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    return dma_open(&wiring->dma, device, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    const struct state *state = device->state;

    if (state->busy == 0) {
        disk_cancel_all(device);
    }
    update(device);
}

/* ---- Description for guests ---------------------------------------------- */

static const struct description_row tree_rows[] = {
    {"disk",         TREE_DEVICE,     0,               NULL                },
    {"compatible",   TREE_TEXT,       0,               "cairn,example-disk"},
    {"reg",          TREE_REG,        1,               NULL                },
    {"interrupts",   TREE_INTERRUPTS, DESCRIBED_LEVEL, NULL                },
    {"dma-coherent", TREE_FLAG,       0,               NULL                },
    {"status",       TREE_STATUS,     0,               NULL                },
    {NULL,           TREE_END,        0,               NULL                },
};

static const struct description description = {
    DEVICE_TABLE(tree_row, tree_rows),
};

static const struct disk_client client = {REQUESTS, gather, completed};

const struct device_type example_disk = {
    .compatible = "cairn,example-disk",
    .title = "Example disk",
    .reference = "bus/disk.h",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("disk", 0x1000, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, target, RESET_WARM)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .disk = &client,
    .init = init,
    .reset = reset,
    .restored = update,
    .description = &description,
};

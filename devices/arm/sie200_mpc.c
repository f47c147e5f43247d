/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory protection controller of the SIE-200 (DDI 0571, chapter 3): a memory
 * in blocks, each for Secure or for Non-secure accesses and for no others. It
 * covers (bus/cover.h) what an address space may not reach, and answers there
 * with zeros or a bus error, and an interrupt.
 */
#include <stdlib.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bus/cover.h"
#include "bus/handlers.h"
#include "devices/arm/cmsdk.h"

enum { LUT_WORDS = 256, PLACES = 16, BANK_MEMORY = 1 };
enum { MEMORY_MAX = 0x2000000 };

struct state {
    uint32_t control;
    uint32_t index;
    uint32_t lut[LUT_WORDS]; /* a bit for each block: it is Non-secure */
    uint32_t status;
    uint32_t enable;
    uint32_t address; /* of the first access refused since the last clear */
    uint32_t attributes;
};

enum control_bits {
    CONTROL_BUS_ERROR = 1 << 4,
    CONTROL_GATE_REQUEST = 1 << 6,
    CONTROL_GATE_ACKNOWLEDGE = 1 << 7,
    CONTROL_AUTO_INCREMENT = 1 << 8,
};
#define CONTROL_LOCK BIT(31)
enum attribute_bits {
    ATTRIBUTE_NON_SECURE = 1 << 16,       /* the access */
    ATTRIBUTE_BLOCK_NON_SECURE = 1 << 17, /* what it met */
};

struct wiring {
    struct region *memory;
    uint32_t block_size;
    uint32_t blocks;
    struct cover covers[2][PLACES]; /* in Non-secure and in Secure spaces */
    size_t cover_count[2];
    struct cover_run *runs; /* room for as many as there can be */
};

static uint32_t words(const struct device *device)
{
    const struct wiring *wiring = device->wiring;
    return (wiring->blocks + 31) / 32;
}

static bool is_non_secure(const struct device *device, uint64_t block)
{
    const struct state *state = device->state;
    return (state->lut[block / 32] >> block % 32 & 1) != 0;
}

static void update(struct device *device)
{
    const struct state *state = device->state;
    line_set(&device->outputs[0], state->status & state->enable);
}

/* ---- Covers -------------------------------------------------------------- */

/* Neighbouring blocks that are not for such a space, as runs. */
static size_t find_runs(struct device *device, bool secure)
{
    struct wiring *wiring = device->wiring;
    size_t count = 0;
    bool in_run = false;

    for (uint32_t block = 0; block < wiring->blocks; block++) {
        bool barred = is_non_secure(device, block) == secure;
        uint64_t first = (uint64_t)block * wiring->block_size;

        if (barred && !in_run) {
            wiring->runs[count++].first = first;
        }
        if (barred) {
            wiring->runs[count - 1].last = first + wiring->block_size - 1;
        }
        in_run = barred;
    }
    return count;
}

static void cover_all(struct device *device)
{
    struct wiring *wiring = device->wiring;

    for (int secure = 0; secure < 2; secure++) {
        size_t count = find_runs(device, secure != 0);

        cover_set(wiring->covers[secure], wiring->cover_count[secure],
                  wiring->runs, count);
    }
}

static int gate(struct device *device, uint32_t port, struct space *space,
                struct window *window, struct error *error)
{
    struct wiring *wiring = device->wiring;

    if (port != 0 || window->region != wiring->memory) {
        return error_set(error, -EINVAL,
                         "'%s' has one port, for the memory of its "
                         "cairn,memory",
                         device->name);
    }
    unsigned secure = space->attributes.secure ? 1 : 0;
    size_t *count = &wiring->cover_count[secure];
    if (*count == PLACES) {
        return error_set(error, -E2BIG, "'%s' is at %d places already",
                         device->name, PLACES);
    }
    cover_init(&wiring->covers[secure][(*count)++], space, window, device,
               BANK_MEMORY);
    return 0;
}

/* ---- Accesses that it does not let through ------------------------------- */

static int bar(struct device *device, const struct access *access,
               uint64_t offset, const char *verb)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    device_guest_error(device, offset,
                       "%s %s at offset 0x%llx of '%s': the block is %sSecure",
                       access->secure ? "Secure" : "Non-secure", verb,
                       (unsigned long long)offset, wiring->memory->name,
                       access->secure ? "Non-" : "");
    if (state->status == 0) {
        state->address = (uint32_t)offset;
        state->attributes =
            (access->secure ? 0 : (uint32_t)ATTRIBUTE_NON_SECURE) |
            (access->secure ? (uint32_t)ATTRIBUTE_BLOCK_NON_SECURE : 0) |
            access->master;
    }
    state->status = 1;
    update(device);
    return (state->control & CONTROL_BUS_ERROR) != 0 ? -EFAULT : 0;
}

/* A debugger sees what is behind. */
static int read_barred(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       unsigned size, uint64_t *value)
{
    const struct wiring *wiring = device->wiring;

    if (!access->debug) {
        return bar(device, access, offset, "read");
    }
    if (!in_range(offset, size, wiring->memory->size_bytes)) {
        return -EFAULT;
    }
    memcpy(value, region_host(wiring->memory) + offset, size);
    return 0;
}

static int write_barred(struct device *device, unsigned bank,
                        const struct access *access, uint64_t offset,
                        unsigned size, uint64_t value)
{
    const struct wiring *wiring = device->wiring;

    if (!access->debug) {
        return bar(device, access, offset, "write");
    }
    if (!in_range(offset, size, wiring->memory->size_bytes)) {
        return -EFAULT;
    }
    region_load(wiring->memory, offset, &value, size);
    return 0;
}

/* ---- Registers ----------------------------------------------------------- */

/* True for Secure accesses alone, and until the lock-down (3.3.1). */
static bool may_write(struct device *device, const struct access *access,
                      const char *name)
{
    const struct state *state = device->state;
    bool locked = (state->control & CONTROL_LOCK) != 0;

    if (locked) {
        device_guest_error(device, 0, "%s written after the lock-down", name);
    } else if (!access->secure) {
        device_guest_error(device, 0, "%s written by a Non-secure access",
                           name);
    }
    return !locked && access->secure;
}

/* Nothing is ever under way that the gate would have to wait for. */
static void write_ctrl(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (may_write(device, access, "CTRL")) {
        state->control = value & ~(uint32_t)CONTROL_GATE_ACKNOWLEDGE;
        if ((value & CONTROL_GATE_REQUEST) != 0) {
            state->control |= CONTROL_GATE_ACKNOWLEDGE;
        }
    }
}

static uint32_t blk_max(const struct device *device)
{
    return words(device) - 1;
}

/* The size of blocks as a power of 2, less 5. */
static uint32_t blk_cfg(const struct device *device)
{
    const struct wiring *wiring = device->wiring;
    return (uint32_t)__builtin_ctz(wiring->block_size) - 5;
}

REGISTER_READ(read_blk_max, blk_max)
REGISTER_READ(read_blk_cfg, blk_cfg)
REGISTER_SET_IF(write_blk_idx, access->secure, index = value % words(device))

/* After an access to a whole word of the table. */
static void go_on(struct device *device, const struct access *access)
{
    struct state *state = device->state;

    if ((state->control & CONTROL_AUTO_INCREMENT) != 0 && access->size == 4 &&
        !access->debug) {
        state->index = (state->index + 1) % words(device);
    }
}

static uint32_t read_blk_lut(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct state *state = device->state;
    uint32_t value = state->lut[state->index % LUT_WORDS];

    go_on(device, access);
    return access->secure || access->debug ? value : 0;
}

static void write_blk_lut(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t *word = &state->lut[state->index % LUT_WORDS];

    if (may_write(device, access, "BLK_LUT")) {
        bool changes = *word != value;

        *word = value;
        if (changes) {
            cover_all(device);
        }
        go_on(device, access);
    }
}

static void write_int_clear(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (access->secure && value != 0) {
        state->status = 0;
        update(device);
    }
}

static void write_int_en(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (may_write(device, access, "INT_EN")) {
        state->enable = value;
        update(device);
    }
}

static void write_int_set(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (access->secure && value != 0) {
        state->status = 1;
        update(device);
    }
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->memory = device_memory(device, "cairn,memory", error);
    if (!wiring->memory) {
        return -EINVAL;
    }
    wiring->block_size = device_property_u32(device, "cairn,block-size", 4096);
    uint64_t size = wiring->memory->size_bytes;
    if (size > MEMORY_MAX) {
        return error_set(error, -EFBIG,
                         "memory '%s' has 0x%llx bytes, at most 0x%x can be "
                         "protected",
                         wiring->memory->name, (unsigned long long)size,
                         MEMORY_MAX);
    }
    if (wiring->block_size < 32 ||
        (wiring->block_size & (wiring->block_size - 1)) != 0 ||
        size % wiring->block_size != 0 ||
        size / wiring->block_size > (uint64_t)LUT_WORDS * 32) {
        return error_set(error, -EINVAL,
                         "'cairn,block-size' is 0x%x: needs a power of 2 from "
                         "32, of which there are 1 to %d in 0x%llx bytes",
                         wiring->block_size, LUT_WORDS * 32,
                         (unsigned long long)size);
    }
    wiring->blocks = (uint32_t)(size / wiring->block_size);
    wiring->runs = xcalloc(wiring->blocks / 2 + 1, sizeof(*wiring->runs));
    return 0;
}

static void fini(struct device *device)
{
    struct wiring *wiring = device->wiring;

    for (unsigned secure = 0; secure < 2; secure++) {
        for (size_t i = 0; i < wiring->cover_count[secure]; i++) {
            cover_fini(&wiring->covers[secure][i]);
        }
    }
    free(wiring->runs);
}

static void restored(struct device *device)
{
    cover_all(device);
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/arm/sie200_mpc.def"
};

const struct device_type sie200_mpc = {
    .compatible = "arm,sie200-mpc",
    .title = "SIE-200 memory protection controller",
    .reference = "CoreLink SIE-200 TRM, DDI 0571, chapter 3",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0,
         "waiting for transfers under way, of which there are none"},
        {"a bus error", OMITTED_ABSENT, 0, 0,
         "interrupt and INT_INFO of a fetch from a block that is not for it"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 1 | 2 | 4, registers),
                 {"memory", MEMORY_MAX, 1 | 2 | 4 | 8, NULL, 0}),
    DEVICE_FIELDS(STATE(struct state, lut, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .init = init,
    .fini = fini,
    .restored = restored,
    .read = read_barred,
    .write = write_barred,
    .gate = gate,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How SCU0 holds and releases SSP and TSP, and what they find in their code
 * space, the first 512 MiB that they see.
 *
 * Remap 0 of the SSP shows its TCM, remap 1 and 2 show DRAM at ahb_base and
 * dram_base; the TSP has one remap, of DRAM from address 0. The windows belong
 * to the address spaces of the two processors: the board leads the memory that
 * is absent there through this gate, port 0 for the SSP and 1 for the TSP, and
 * the windows lie above it. Where windows overlap, TCM wins over remap 2 and
 * that over remap 1, which no public source says. Bases and sizes count in
 * pages of 4 KiB.
 */
#include <string.h>

#include "abi/ast2700.h"
#include "base/assert.h"
#include "base/bits.h"
#include "devices/aspeed/ast2700_scu0.h"

enum { REMAP_TCM, REMAP_AHB, REMAP_DRAM };
enum { BASE_SHIFT = 4, PAGE = 0x1000 };

static const uint64_t dram_base = AST2700_DRAM;
static const uint64_t dram_end = AST2700_DRAM + 0x200000000;

static struct ast2700_m4 *m4_of(const struct device *device, unsigned which)
{
    struct ast2700_scu0 *state = device->state;

    debug_assert(which < M4_COUNT);
    return &state->m4[which];
}

/* ---- Windows ------------------------------------------------------------- */

static uint64_t target(const struct ast2700_m4 *m4, unsigned remap)
{
    return (uint64_t)(remap == REMAP_AHB ? m4->ahb_base : m4->dram_base)
           << BASE_SHIFT;
}

static bool is_in_dram(uint64_t address)
{
    return address >= dram_base && address < dram_end;
}

/* The window that is asked for; size 0: nothing. */
static struct window wanted(const struct device *device, unsigned which,
                            unsigned remap)
{
    const struct ast2700_scu0_wiring *wiring = device->wiring;
    const struct ast2700_m4_view *view = &wiring->views[which];
    const struct ast2700_m4 *m4 = m4_of(device, which);
    struct region *region = remap == REMAP_TCM ? wiring->tcm : wiring->dram;
    uint64_t base = m4->remap[2 * remap] & ~(uint32_t)(PAGE - 1);
    uint64_t size = m4->remap[2 * remap + 1] & ~(uint32_t)(PAGE - 1);
    uint64_t offset = 0;

    if (remap != REMAP_TCM) {
        uint64_t address = target(m4, remap);

        size = is_in_dram(address) ? size : 0;
        offset = (address - dram_base) % region->size_bytes;
        offset &= ~(uint64_t)(PAGE - 1);
    }
    if (base >= view->size_bytes) {
        return (struct window){.size_bytes = 0};
    }
    uint64_t most = view->size_bytes - base;
    most =
        most < region->size_bytes - offset ? most : region->size_bytes - offset;
    return (struct window){
        .base = gpa(view->base + base),
        .size_bytes = size < most ? size : most,
        .region = region,
        .offset = offset,
    };
}

/* True if that is a change. */
static bool place_one(struct window *window, const struct window *to)
{
    if (to->size_bytes == 0) {
        bool was = window->enabled;

        window->enabled = false;
        return was;
    }
    if (window->enabled && window->base.value == to->base.value &&
        window->size_bytes == to->size_bytes && window->offset == to->offset) {
        return false;
    }
    window->base = to->base;
    window->size_bytes = to->size_bytes;
    window->offset = to->offset;
    window->enabled = true;
    return true;
}

void ast2700_m4_place(struct device *device)
{
    struct ast2700_scu0_wiring *wiring = device->wiring;

    for (unsigned which = 0; which < ARRAY_SIZE(wiring->views); which++) {
        struct ast2700_m4_view *view = &wiring->views[which];
        bool changed = false;

        for (unsigned i = 0; view->space && i < ARRAY_SIZE(view->windows);
             i++) {
            struct window to = wanted(device, which, i);

            changed |= place_one(view->windows[i], &to);
        }
        if (changed) {
            space_windows_changed(view->space);
        }
    }
}

int ast2700_m4_init(struct device *device, struct error *error)
{
    struct ast2700_scu0_wiring *wiring = device->wiring;
    const struct property_source *source = device->properties;

    if (!source || !source->memory) {
        return 0; /* of a test: nobody shows code */
    }
    wiring->dram = device_memory(device, "cairn,memory", error);
    wiring->tcm =
        wiring->dram ? device_memory(device, "cairn,tcm", error) : NULL;
    return wiring->tcm ? 0 : -ENOENT;
}

int ast2700_m4_gate(struct device *device, uint32_t port, struct space *space,
                    struct window *window, struct error *error)
{
    static const int ranks[M4_REMAPS] = {
        [REMAP_TCM] = 3, [REMAP_AHB] = 1, [REMAP_DRAM] = 2};
    struct ast2700_scu0_wiring *wiring = device->wiring;

    if (port >= M4_COUNT || wiring->views[port].space || !wiring->dram) {
        return error_set(error, -EINVAL,
                         "'%s' has port 0 for the SSP's code and port 1 for "
                         "the TSP's, and cairn,memory",
                         device->name);
    }
    struct ast2700_m4_view *view = &wiring->views[port];
    view->space = space;
    view->base = window->base.value;
    view->size_bytes = window->size_bytes;
    for (unsigned i = 0; i < ARRAY_SIZE(ranks); i++) {
        struct window remap = {
            .base = window->base,
            .size_bytes = PAGE,
            .priority = window->priority + ranks[i],
            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
            .region = i == REMAP_TCM ? wiring->tcm : wiring->dram,
        };
        memcpy(remap.name, remap.region->name, sizeof(remap.name) - 1);
        view->windows[i] = space_add_window(space, &remap);
    }
    return 0;
}

/* ---- Holding and releasing ----------------------------------------------- */

bool ast2700_m4_runs(const struct device *device, unsigned which)
{
    return (m4_of(device, which)->control & AST2700_M4_IN_RESET) == 0;
}

/* Each processor's own line of reset. */
static bool is_line(unsigned which, unsigned bank, uint32_t lines)
{
    static const unsigned ids[M4_COUNT] = {AST2700_RESET0_SSP,
                                           AST2700_RESET0_TSP};

    return ids[which] / 32 == bank && (lines >> ids[which] % 32 & 1) != 0;
}

void ast2700_m4_moved(struct device *device, unsigned bank, uint32_t asserted,
                      uint32_t released)
{
    struct ast2700_scu0 *state = device->state;

    for (unsigned which = 0; which < ARRAY_SIZE(state->m4); which++) {
        struct ast2700_m4 *m4 = &state->m4[which];

        if (is_line(which, bank, asserted)) {
            m4->control |= AST2700_M4_IN_RESET | AST2700_M4_ASSERTED;
            m4->control |=
                (m4->control & AST2700_M4_HOLD) != 0 ? AST2700_M4_HELD : 0;
        } else if (is_line(which, bank, released)) {
            m4->control &= ~(uint32_t)AST2700_M4_ASSERTED;
            if ((m4->control & AST2700_M4_HELD) == 0) {
                m4->control &= ~(uint32_t)AST2700_M4_IN_RESET;
            }
        }
    }
}

void ast2700_m4_enable(struct device *device, unsigned which)
{
    struct ast2700_m4 *m4 = m4_of(device, which);

    if ((m4->control & AST2700_M4_ASSERTED) != 0) {
        device_guest_error(device, AST2700_SCU0_SSP_CONTROL,
                           "%s is enabled while its reset line is asserted",
                           which == M4_SSP ? "the SSP" : "the TSP");
        return;
    }
    m4->control &= ~(uint32_t)(AST2700_M4_HELD | AST2700_M4_IN_RESET);
}

/* A processor that runs goes on, whatever is written here. */
static void write_control(struct device *device, const struct access *access,
                          unsigned which, uint32_t value)
{
    const uint32_t read_only =
        AST2700_M4_IN_RESET | AST2700_M4_HELD | AST2700_M4_ASSERTED;
    struct ast2700_m4 *m4 = m4_of(device, which);
    bool hold = (value & AST2700_M4_HOLD) != 0;

    m4->control = (value & ~(read_only | (uint32_t)AST2700_M4_ENABLE)) |
                  (m4->control & read_only);
    bool asserted = (m4->control & AST2700_M4_ASSERTED) != 0;
    if ((value & AST2700_M4_ENABLE) != 0 || (!hold && !asserted)) {
        ast2700_m4_enable(device, which);
    } else if (!hold) {
        m4->control &= ~(uint32_t)AST2700_M4_HELD;
    }
    ast2700_scu0_drive(device, access);
}

AST2700_M4_WRITE(write_ssp_control)
{
    (void)index;
    write_control(device, access, M4_SSP, value);
}

AST2700_M4_WRITE(write_tsp_control)
{
    (void)index;
    write_control(device, access, M4_TSP, value);
}

/* ---- Where code is ------------------------------------------------------- */

const struct logged_omission ast2700_m4_no_dram = {
    "SSP_DRAM_BASE, TSP_DRAM_BASE, SSP_AHB_BASE", "a remap to what is no DRAM"};

static void moved_to(struct device *device, unsigned which, unsigned remap)
{
    if (!is_in_dram(target(m4_of(device, which), remap))) {
        device_omits(device, &ast2700_m4_no_dram);
    }
    ast2700_m4_place(device);
}

AST2700_M4_WRITE(write_ssp_ahb_base)
{
    (void)access;
    (void)index;
    m4_of(device, M4_SSP)->ahb_base = value;
    moved_to(device, M4_SSP, REMAP_AHB);
}

AST2700_M4_WRITE(write_ssp_dram_base)
{
    (void)access;
    (void)index;
    m4_of(device, M4_SSP)->dram_base = value;
    moved_to(device, M4_SSP, REMAP_DRAM);
}

AST2700_M4_WRITE(write_tsp_dram_base)
{
    (void)access;
    (void)index;
    m4_of(device, M4_TSP)->dram_base = value;
    moved_to(device, M4_TSP, REMAP_DRAM);
}

static void set_remap(struct device *device, unsigned which, unsigned word,
                      uint32_t value)
{
    debug_assert(word < 2 * M4_REMAPS);
    m4_of(device, which)->remap[word] = value;
    ast2700_m4_place(device);
}

AST2700_M4_WRITE(write_ssp_remap0)
{
    (void)access;
    set_remap(device, M4_SSP, 2 * REMAP_TCM + index, value);
}

AST2700_M4_WRITE(write_ssp_remap1)
{
    (void)access;
    set_remap(device, M4_SSP, 2 * REMAP_AHB + index, value);
}

AST2700_M4_WRITE(write_ssp_remap2_base)
{
    (void)access;
    (void)index;
    set_remap(device, M4_SSP, 2 * REMAP_DRAM, value);
}

AST2700_M4_WRITE(write_ssp_remap2_size)
{
    (void)access;
    (void)index;
    set_remap(device, M4_SSP, 2 * REMAP_DRAM + 1, value);
}

AST2700_M4_WRITE(write_tsp_size)
{
    (void)access;
    (void)index;
    set_remap(device, M4_TSP, 2 * REMAP_DRAM + 1, value);
}

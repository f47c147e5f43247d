/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts virtio devices into free slots of a board: an empty virtio-mmio
 * transport becomes one with a device, or a PCI host gets a function. Targets
 * of I2C buses become children of their bus.
 */
#include "platform/board/plug.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "devices/devices.h"
#include "include/cairn/cairn.h"

enum { PCI_SLOTS = 32, SLOT_SHIFT = 11, REG_CELLS = 5, COUNT_MAX = 64 };
/* The bytes that a node, its label and its path take in the blob, at most. */
enum { ROOM = 4096 };

static const char symbols_path[] = "/__symbols__";

static int set_text(void *fdt, int node, const char *name, const char *text)
{
    return fdt_setprop(fdt, node, name, text, (int)strlen(text) + 1);
}

/* ---- Slots --------------------------------------------------------------- */

/* A node in which a device of a bus can be, and how to put it there. */
struct bus {
    const char *name;
    const char *compatible; /* of the node */
    /* 0, or a libfdt error; -FDT_ERR_NOSPACE if the node is full. */
    int (*fill)(void *fdt, int node, const char *name, const char *compatible,
                int *made);
};

static int fill_mmio(void *fdt, int node, const char *name,
                     const char *compatible, int *made)
{
    *made = node;
    return set_text(fdt, node, "compatible", compatible);
}

/* The device numbers that functions below a host have, a bit each. Number 0 is
 * the host's own. */
static uint32_t taken_slots(const void *fdt, int host)
{
    uint32_t taken = 1;
    int child;

    fdt_for_each_subnode(child, fdt, host)
    {
        int size = 0;
        const uint8_t *reg = fdt_getprop(fdt, child, "reg", &size);

        if (reg && size >= 4) {
            taken |= BIT(load_be32(reg) >> SLOT_SHIFT & (PCI_SLOTS - 1));
        }
    }
    return taken;
}

static int fill_pci(void *fdt, int node, const char *name,
                    const char *compatible, int *made)
{
    const uint32_t taken = taken_slots(fdt, node);
    uint8_t reg[REG_CELLS * 4] = {0};
    char full[CAIRN_PART_NAME_SIZE + 8];

    if (taken == UINT32_MAX) {
        return -FDT_ERR_NOSPACE;
    }
    const unsigned slot = (unsigned)__builtin_ctz(~taken);
    store_be32(reg, slot << SLOT_SHIFT);
    snprintf(full, sizeof(full), "%s@%x,0", name, slot);
    *made = fdt_add_subnode(fdt, node, full);
    int code = *made < 0 ? *made : 0;
    code = code ? code : set_text(fdt, *made, "compatible", compatible);
    return code ? code : fdt_setprop(fdt, *made, "reg", reg, sizeof(reg));
}

static const struct bus buses[] = {
    {"mmio",        "virtio,mmio",           fill_mmio},
    {"mmio-legacy", "virtio,mmio",           fill_mmio},
    {"pci",         "pci-host-ecam-generic", fill_pci },
};

/* ---- Targets of I2C buses ------------------------------------------------ */

static const char i2c_bus[] = "aspeed,ast2700-i2c-bus";

static const struct target {
    const char *kind;
    const char *compatible;
    uint32_t address; /* unless the plug has a "reg" */
} targets[] = {
    {"lm75",   "national,lm75", 0x48},
    {"eeprom", "atmel,24c64",   0x50},
};

static const struct target *find_target(const char *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        if (strcmp(targets[i].kind, kind) == 0) {
            return &targets[i];
        }
    }
    return NULL;
}

/* A child of the bus of that label, which need not be there. */
static int add_target(void *fdt, const char *bus, const struct target *target,
                      const char *name)
{
    const int symbols = fdt_path_offset(fdt, symbols_path);
    const char *path =
        symbols >= 0 ? fdt_getprop(fdt, symbols, bus, NULL) : NULL;
    const int node = path ? fdt_path_offset(fdt, path) : -1;

    if (node < 0 || fdt_node_check_compatible(fdt, node, i2c_bus) != 0) {
        return -FDT_ERR_NOTFOUND;
    }
    const int made = fdt_add_subnode(fdt, node, name);
    int code = made < 0 ? made : 0;
    code = code ? code : set_text(fdt, made, "compatible", target->compatible);
    code = code ? code : fdt_setprop_u32(fdt, made, "reg", target->address);
    return code ? code : made;
}

/* ---- Names --------------------------------------------------------------- */

/* A label gives the node its name; that of the empty slot goes. */
static int label(void *fdt, int node, const char *name)
{
    char path[256];
    int property;
    int code = fdt_get_path(fdt, node, path, sizeof(path));
    int symbols = fdt_path_offset(fdt, symbols_path);

    if (code != 0 || symbols < 0) {
        return code != 0 ? code : symbols;
    }
    fdt_for_each_property_offset(property, fdt, symbols)
    {
        const char *old = NULL;
        int size = 0;
        const char *target = fdt_getprop_by_offset(fdt, property, &old, &size);

        if (target && (size_t)size == strlen(path) + 1 &&
            memcmp(target, path, (size_t)size) == 0) {
            code = fdt_delprop(fdt, symbols, old);
            break;
        }
    }
    return code ? code : set_text(fdt, symbols, name, path);
}

/* "blk0", or the next number that no label has; "lm75_0" behind a digit. */
static void choose_name(const void *fdt, const char *kind,
                        char name[CAIRN_PART_NAME_SIZE])
{
    const int symbols = fdt_path_offset(fdt, symbols_path);
    const size_t length = strlen(kind);
    const bool digit =
        length != 0 && kind[length - 1] >= '0' && kind[length - 1] <= '9';
    const char *between = digit ? "_" : "";

    for (unsigned i = 0; i < COUNT_MAX; i++) {
        snprintf(name, CAIRN_PART_NAME_SIZE, "%.16s%s%u", kind, between, i);
        if (symbols < 0 || !fdt_getprop(fdt, symbols, name, NULL)) {
            return;
        }
    }
}

/* ---- Plugging ------------------------------------------------------------ */

static const struct bus *find_bus(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
        if (strcmp(buses[i].name, name) == 0) {
            return &buses[i];
        }
    }
    return NULL;
}

static int set_properties(void *fdt, int node, const struct cairn_plug *plug)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < plug->property_count; i++) {
        const struct cairn_property *property = &plug->properties[i];

        code = fdt_setprop(fdt, node, property->name, property->value,
                           (int)property->size);
    }
    return code;
}

static int fill_target(void *fdt, const char *bus,
                       const struct cairn_plug *plug,
                       const struct target *target, const char *name)
{
    const int made = add_target(fdt, bus, target, name);
    const int code = made < 0 ? made : set_properties(fdt, made, plug);

    return code ? code : label(fdt, made, name);
}

/* In the first node of the bus with room. */
static int fill_slot(void *fdt, const struct bus *bus,
                     const struct cairn_plug *plug, const char *compatible,
                     const char *name)
{
    int node = fdt_node_offset_by_compatible(fdt, -1, bus->compatible);

    while (node >= 0) {
        int made = -1;
        int code = bus->fill(fdt, node, name, compatible, &made);

        if (code == 0) {
            code = set_properties(fdt, made, plug);
            return code ? code : label(fdt, made, name);
        }
        if (code != -FDT_ERR_NOSPACE) {
            return code;
        }
        node = fdt_node_offset_by_compatible(fdt, node, bus->compatible);
    }
    return -FDT_ERR_NOTFOUND;
}

static size_t room_for(const struct cairn_plug *plug)
{
    size_t room = ROOM;

    for (size_t i = 0; i < plug->property_count; i++) {
        room += strlen(plug->properties[i].name) + plug->properties[i].size;
    }
    return room;
}

/* The compatible string of a virtio device; -EINVAL: there is none. */
static int choose_model(const struct cairn_plug *plug, const struct bus *bus,
                        char compatible[64], struct error *error)
{
    if (!bus) {
        return error_set(error, -EINVAL,
                         "no bus '%s': mmio, mmio-legacy or pci", plug->bus);
    }
    snprintf(compatible, 64, "cairn,virtio-%s-%s", bus->name, plug->kind);
    return device_type_find(compatible)
               ? 0
               : error_set(error, -EINVAL, "no virtio device '%s' for %s",
                           plug->kind, bus->name);
}

static int refuse(const struct board *board, const struct cairn_plug *plug,
                  const char *bus, int code, struct error *error)
{
    return code == -FDT_ERR_NOTFOUND
               ? error_set(error, -ENOSPC,
                           "board '%s' has no free slot for '%s' on %s",
                           board->name, plug->kind, bus)
               : error_set(error, -EINVAL, "board '%s': '%s' on %s: %s",
                           board->name, plug->kind, bus, fdt_strerror(code));
}

int board_plug(struct board *board, const struct cairn_plug *plug,
               char name[CAIRN_PART_NAME_SIZE], struct error *error)
{
    const char *kind = plug->kind ? plug->kind : "";
    const struct target *target = find_target(kind);
    const char *wanted = plug->bus ? plug->bus
                         : target  ? "i2c0"
                                   : buses[0].name;
    const struct bus *bus = target ? NULL : find_bus(wanted);
    char compatible[64] = "";
    int code = target ? 0 : choose_model(plug, bus, compatible, error);

    if (code != 0) {
        return code;
    }
    const size_t size = board->size_bytes + room_for(plug);
    void *fdt = xcalloc(1, size);
    choose_name(board->fdt, kind, name);
    code = fdt_open_into(board->fdt, fdt, (int)size);
    code = code     ? code
           : target ? fill_target(fdt, wanted, plug, target, name)
                    : fill_slot(fdt, bus, plug, compatible, name);
    code = code ? code : fdt_pack(fdt);
    if (code != 0) {
        free(fdt);
        return refuse(board, plug, wanted, code, error);
    }
    free(board->fdt);
    board->fdt = fdt;
    board->size_bytes = fdt_totalsize(fdt);
    board_changed(board);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and registers that the caller owns, in the address spaces of masters.
 * Memory is a region over the caller's bytes; registers are a device without
 * rows whose accesses go to the caller's functions. Neither is a node of the
 * board, so neither is part of snapshots, state hashes or resets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "platform/machine/callback.h"
#include "platform/machine/mapping.h"
#include "platform/machine/sized.h"

/* The most that one bank of a device has. */
#define REGISTERS_MAX ((uint64_t)UINT32_MAX & ~(uint64_t)7)

struct cairn_mapping {
    struct cairn_machine *machine;
    struct cairn_map map;
    char name[32];
    struct region *region; /* or NULL */
    struct device *device; /* or NULL */
    struct cairn_mapping *next;
};

/* ---- Registers ----------------------------------------------------------- */

/* How the device finds its mapping. */
struct wiring {
    struct cairn_mapping *mapping;
};

static struct cairn_access seen(const struct access *access)
{
    return (struct cairn_access){
        .user = access->user,
        .secure = access->secure,
        .privileged = access->privileged,
        .instruction = access->instruction,
        .peek = access->debug,
    };
}

static int read_registers(struct device *device, unsigned bank,
                          const struct access *access, uint64_t offset,
                          unsigned size, uint64_t *value)
{
    const struct wiring *wiring = device->wiring;
    struct cairn_mapping *mapping = wiring->mapping;
    const struct cairn_access given = seen(access);
    if (!mapping->map.read || (access->debug && !mapping->map.peeks)) {
        return -EFAULT;
    }
    enum callback before = callback_begin(
        mapping->machine, access->debug ? CALLBACK_LOOKS : CALLBACK_ACTS);
    int code =
        mapping->map.read(mapping->map.context, &given, offset, size, value);
    callback_end(mapping->machine, before);
    *value = code ? 0 : size < 8 ? *value & ((1ull << 8 * size) - 1) : *value;
    return code ? -EFAULT : 0;
}

static int write_registers(struct device *device, unsigned bank,
                           const struct access *access, uint64_t offset,
                           unsigned size, uint64_t value)
{
    const struct wiring *wiring = device->wiring;
    struct cairn_mapping *mapping = wiring->mapping;
    const struct cairn_access given = seen(access);
    if (!mapping->map.write) {
        return -EFAULT;
    }
    enum callback before = callback_begin(mapping->machine, CALLBACK_ACTS);
    int code =
        mapping->map.write(mapping->map.context, &given, offset, size, value);
    callback_end(mapping->machine, before);
    return code ? -EFAULT : 0;
}

static const struct device_type caller_registers = {
    .compatible = "cairn,caller",
    .title = "Registers that the caller of the library owns",
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS({.name = "registers",
                  .size_bytes = (uint32_t)REGISTERS_MAX,
                  .sizes = 1 | 2 | 4 | 8}),
    .read = read_registers,
    .write = write_registers,
};

/* ---- Making one ---------------------------------------------------------- */

static int check_place(const struct cairn_map *map, struct error *error)
{
    const bool memory = map->host != NULL;
    if (map->size_bytes == 0 ||
        map->address > UINT64_MAX - (map->size_bytes - 1)) {
        return error_set(error, -EINVAL,
                         "mapping '%s': 0x%llx bytes at 0x%llx are no range",
                         map->name, (unsigned long long)map->size_bytes,
                         (unsigned long long)map->address);
    }
    if (memory && map->size_bytes % REGION_PAGE_SIZE != 0) {
        return error_set(error, -EINVAL,
                         "mapping '%s': memory of 0x%llx bytes is no multiple "
                         "of %u",
                         map->name, (unsigned long long)map->size_bytes,
                         (unsigned)REGION_PAGE_SIZE);
    }
    if (!memory && map->size_bytes > REGISTERS_MAX) {
        return error_set(error, -EINVAL,
                         "mapping '%s': 0x%llx bytes of registers are more "
                         "than 0x%llx",
                         map->name, (unsigned long long)map->size_bytes,
                         (unsigned long long)REGISTERS_MAX);
    }
    return 0;
}

static int check_map(const struct cairn_map *map, struct error *error)
{
    const bool memory = map->host != NULL;
    const bool registers = map->read != NULL || map->write != NULL;
    if (!map->name || map->name[0] == '\0' ||
        strlen(map->name) >= CAIRN_PART_NAME_SIZE) {
        return error_set(error, -EINVAL,
                         "mapping: needs a name of 1 to %d characters",
                         CAIRN_PART_NAME_SIZE - 1);
    }
    if (memory == registers) {
        return error_set(error, -EINVAL,
                         "mapping '%s': needs either memory or functions",
                         map->name);
    }
    return check_place(map, error);
}

static bool overlaps(const struct space *space, const struct cairn_map *map)
{
    const struct window *other = space->windows;
    for (; other; other = other->next) {
        uint64_t first = other->base.value;
        bool apart = first > map->address
                         ? first - map->address >= map->size_bytes
                         : map->address - first >= other->size_bytes;
        if (other->enabled && other->priority == map->priority && !apart) {
            return true;
        }
    }
    return false;
}

static bool is_meant(const struct cairn_map *map, const struct node *node)
{
    return node_is_master(node) &&
           (!map->master || strcmp(node->name, map->master) == 0);
}

static int check_masters(const struct cairn_machine *machine,
                         const struct cairn_map *map, struct error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (!is_meant(map, node)) {
            continue;
        }
        count++;
        if (overlaps(node->space, map) ||
            (node->secure_space && overlaps(node->secure_space, map))) {
            return error_set(error, -EEXIST,
                             "mapping '%s': master '%s' sees something at "
                             "0x%llx already; another priority shows or hides "
                             "the mapping there",
                             map->name, node->name,
                             (unsigned long long)map->address);
        }
    }
    return count != 0
               ? 0
               : error_set(error, -ENOENT, "mapping '%s': no master '%s'",
                           map->name, map->master ? map->master : "");
}

static void show(struct cairn_mapping *mapping)
{
    const struct cairn_map *map = &mapping->map;
    struct cairn_machine *machine = mapping->machine;
    struct window window = {
        .base = gpa(map->address),
        .size_bytes = map->size_bytes,
        .priority = map->priority,
        .rights = WINDOW_R | (map->read_only ? 0u : WINDOW_W) | WINDOW_X,
        .enabled = true,
        .region = mapping->region,
        .device = mapping->device,
    };
    memcpy(window.name, mapping->name, sizeof(window.name));
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (is_meant(map, node)) {
            space_add_window(node->space, &window);
        }
        if (is_meant(map, node) && node->secure_space) {
            space_add_window(node->secure_space, &window);
        }
    }
}

static void make_device(struct cairn_mapping *mapping)
{
    mapping->device =
        device_create(&mapping->machine->fabric, &caller_registers,
                      mapping->name, &node_properties, NULL);
    struct wiring *wiring = mapping->device->wiring;
    wiring->mapping = mapping;
}

static struct cairn_mapping *make_mapping(struct cairn_machine *machine,
                                          const struct cairn_map *map)
{
    struct cairn_mapping *mapping = xcalloc(1, sizeof(*mapping));
    *mapping = (struct cairn_mapping){.machine = machine, .map = *map};
    snprintf(mapping->name, sizeof(mapping->name), "%s", map->name);
    mapping->map.name = mapping->name;
    if (map->host) {
        mapping->region =
            region_create_over(mapping->name, map->host, map->size_bytes);
        region_set_writable(mapping->region, !map->read_only);
    } else {
        make_device(mapping);
    }
    show(mapping);
    mapping->map.master = NULL;
    mapping->next = machine->mappings;
    machine->mappings = mapping;
    return mapping;
}

static int check_and_map(struct cairn_machine *machine,
                         const struct cairn_map *map,
                         struct cairn_mapping **mapping,
                         struct cairn_error *cairn_error)
{
    struct error error = {""};
    int code = check_map(map, &error);
    if (code == 0 && machine_has_state(machine)) {
        code =
            error_set(&error, -EBUSY,
                      "mapping '%s': the machine has state already", map->name);
    }
    code = code ? code : check_masters(machine, map, &error);
    if (code != 0) {
        return machine_fail(cairn_error, code, &error);
    }
    struct cairn_mapping *made = make_mapping(machine, map);
    if (mapping) {
        *mapping = made;
    }
    return 0;
}

int cairn_map(struct cairn_machine *machine, const struct cairn_map *map,
              struct cairn_mapping **mapping, struct cairn_error *cairn_error)
{
    struct cairn_map own;
    if (mapping) {
        *mapping = NULL;
    }
    int code = sized_take(&own, sizeof(own), map, "cairn_map", cairn_error);
    return code ? code
                : MACHINE_CALL(
                      machine, cairn_error,
                      check_and_map(machine, &own, mapping, cairn_error));
}

int cairn_mapping_written(struct cairn_mapping *mapping, uint64_t offset,
                          uint64_t size)
{
    const int busy = callback_refuse_act(mapping->machine);
    if (busy != 0) {
        return busy;
    }
    if (!mapping->region ||
        !in_range(offset, size, mapping->region->size_bytes)) {
        return -ERANGE;
    }
    region_written(mapping->region, offset, size);
    return 0;
}

/* ---- With the machine ---------------------------------------------------- */

uint64_t mappings_identity(const struct cairn_machine *machine, uint64_t hash)
{
    const struct cairn_mapping *mapping = machine->mappings;
    for (; mapping; mapping = mapping->next) {
        hash = hash64(hash, mapping->name, strlen(mapping->name));
        hash =
            hash64(hash, &mapping->map.address, sizeof(mapping->map.address));
        hash = hash64(hash, &mapping->map.size_bytes,
                      sizeof(mapping->map.size_bytes));
    }
    return hash;
}

void mappings_destroy(struct cairn_machine *machine)
{
    while (machine->mappings) {
        struct cairn_mapping *mapping = machine->mappings;
        machine->mappings = mapping->next;
        device_destroy(mapping->device);
        region_destroy(mapping->region);
        free(mapping);
    }
}

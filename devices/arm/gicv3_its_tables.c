/* SPDX-License-Identifier: Apache-2.0 */
/* The translation service's tables in guest memory; see gicv3_its.h. */
#include "base/assert.h"
#include "devices/arm/gicv3_its.h"

enum its_error its_load(const struct device *device, uint64_t address,
                        uint64_t *value)
{
    const struct its_wiring *wiring = device->wiring;
    uint8_t bytes[8];

    *value = 0;
    if (dma_read(&wiring->dma, gpa(address), bytes, 8) != 0) {
        return ITS_NO_MEMORY;
    }
    *value = load_le64(bytes);
    return ITS_DONE;
}

static enum its_error store(const struct device *device, uint64_t address,
                            uint64_t value)
{
    const struct its_wiring *wiring = device->wiring;
    uint8_t bytes[8];

    store_le64(bytes, value);
    return dma_write(&wiring->dma, gpa(address), bytes, 8) != 0 ? ITS_NO_MEMORY
                                                                : ITS_DONE;
}

static uint64_t page_size(uint64_t table)
{
    static const uint32_t sizes[4] = {0x1000, 0x4000, 0x10000, 0x10000};
    return sizes[table >> 8 & 3];
}

/* With pages of 64 KiB bits 15:12 are the upper ones of the address. */
static uint64_t table_base(uint64_t table)
{
    uint64_t base = table & 0x0000fffffffff000;

    if (page_size(table) == 0x10000) {
        base = (table & 0x0000ffffffff0000) | (table & 0xf000) << 36;
    }
    return base;
}

/* Address of entry `index` of a table. An index beyond the table, or beyond the
 * first level of a table with two levels, is out of range. */
static enum its_error find_entry(const struct device *device, unsigned number,
                                 uint32_t index, uint64_t *address)
{
    debug_assert(number == ITS_DEVICES || number == ITS_COLLECTIONS);
    const struct its *its = device->state;
    const enum its_error range =
        number == ITS_DEVICES ? ITS_DEVICE_RANGE : ITS_COLLECTION_RANGE;
    uint64_t table = its->tables[number];
    uint64_t bytes = ((table & 0xff) + 1) * page_size(table);
    uint64_t offset = (uint64_t)index * ITS_ENTRY_SIZE;

    if ((table & its_valid) == 0 || index >= BIT(ITS_DEVICE_BITS)) {
        return range;
    }
    if ((table & its_indirect) == 0) {
        *address = table_base(table) + offset;
        return in_range(offset, ITS_ENTRY_SIZE, bytes) ? ITS_DONE : range;
    }
    uint64_t first = offset / page_size(table) * 8;
    uint64_t page;
    debug_assert(in_range(first, 8, bytes)); /* any page has room for it */
    enum its_error error = its_load(device, table_base(table) + first, &page);
    if (error == ITS_DONE && (page & its_valid) == 0) {
        error = range;
    }
    *address = (page & 0x000ffffffffff000) + offset % page_size(table);
    return error;
}

static enum its_error read_entry(const struct device *device, unsigned table,
                                 uint32_t index, uint64_t *entry)
{
    uint64_t address;
    enum its_error error = find_entry(device, table, index, &address);

    if (error == ITS_DONE) {
        error = its_load(device, address, entry);
    }
    if (error == ITS_DONE && (*entry & its_valid) == 0) {
        error = table == ITS_DEVICES ? ITS_DEVICE_UNMAPPED
                                     : ITS_COLLECTION_UNMAPPED;
    }
    return error;
}

static enum its_error write_entry(const struct device *device, unsigned table,
                                  uint32_t index, uint64_t entry)
{
    uint64_t address;
    enum its_error error = find_entry(device, table, index, &address);

    return error == ITS_DONE ? store(device, address, entry) : error;
}

enum its_error its_set_device(const struct device *device, uint32_t id,
                              uint64_t entry)
{
    return write_entry(device, ITS_DEVICES, id, entry);
}

enum its_error its_set_collection(const struct device *device, uint32_t id,
                                  uint64_t entry)
{
    return write_entry(device, ITS_COLLECTIONS, id, entry);
}

/* Where the translation of an event lies. */
static enum its_error find_event(const struct device *device, uint32_t id,
                                 uint32_t event, uint64_t *address)
{
    uint64_t entry;
    enum its_error error = read_entry(device, ITS_DEVICES, id, &entry);

    if (error == ITS_DONE && (uint64_t)event >> ((entry & 0x1f) + 1) != 0) {
        error = ITS_EVENT_RANGE;
    }
    if (error == ITS_DONE) {
        *address =
            (entry & 0x000fffffffffff00) + (uint64_t)event * ITS_ENTRY_SIZE;
    }
    return error;
}

enum its_error its_set_route(const struct device *device, uint32_t id,
                             uint32_t event, const struct its_route *route)
{
    uint64_t address;
    uint64_t entry =
        route ? its_valid | (uint64_t)route->collection << 32 | route->intid
              : 0;
    enum its_error error = find_event(device, id, event, &address);

    return error == ITS_DONE ? store(device, address, entry) : error;
}

enum its_error its_find_route(const struct device *device, uint32_t id,
                              uint32_t event, struct its_route *route)
{
    uint64_t address;
    uint64_t entry;
    enum its_error error = find_event(device, id, event, &address);

    if (error == ITS_DONE) {
        error = its_load(device, address, &entry);
    }
    if (error != ITS_DONE) {
        return error;
    }
    route->intid = (uint32_t)entry;
    route->collection = (uint32_t)(entry >> 32) & 0xffff;
    return (entry & its_valid) == 0 ? ITS_EVENT_UNMAPPED : ITS_DONE;
}

enum its_error its_find_core(const struct device *device, uint32_t collection,
                             unsigned *core)
{
    const struct its_wiring *wiring = device->wiring;
    uint64_t entry;
    enum its_error error =
        read_entry(device, ITS_COLLECTIONS, collection, &entry);

    if (error != ITS_DONE) {
        return error;
    }
    *core = (unsigned)entry & 0xffff;
    return gicv3_has_core(wiring->gic, *core) ? ITS_DONE : ITS_CORE_RANGE;
}

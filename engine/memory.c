/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slow path of data accesses and fetches, of all guests: alignment,
 * translation and protection as the guest's traits say, then memory or devices,
 * page by page, and the filling of the soft TLB.
 */
#include "engine/memory.h"

#include <assert.h>
#include <string.h>

#include "base/bits.h"
#include "engine/gate_inside.h"

enum { WIDEST = 16 };

/* Bytes from an address to the end of its page. */
static unsigned room_at(uint64_t address)
{
    return REGION_PAGE_SIZE - (unsigned)(address & (REGION_PAGE_SIZE - 1));
}

void vcpu_check_watchpoints(struct vcpu *cpu, uint64_t address, unsigned size,
                            enum watch_kind kind)
{
    for (size_t i = 0; i < cpu->core.watchpoint_count; i++) {
        const struct watchpoint *w = &cpu->core.watchpoints[i];

        if ((w->kind & kind) != 0 && w->address.value < address + size &&
            w->address.value + w->size_bytes > address) {
            cpu->core.stop_address = gva(address);
            cpu->stop = CORE_STOP_WATCHPOINT;
            cpu->stopping = true;
            cpu->attention = true;
        }
    }
}

/* ---- Hooks of guests without translation or protection ------------------- */

bool guest_translate_physical(struct vcpu *cpu,
                              const struct guest_access *access,
                              uint64_t address, struct guest_place *place)
{
    return guest_translate_physical_code(cpu, address, place);
}

bool guest_translate_physical_code(struct vcpu *cpu, uint64_t page,
                                   struct guest_place *place)
{
    struct space *space = cpu->core.config.space;

    *place = (struct guest_place){
        .space = space,
        .attributes = space->attributes,
        .address = page,
        .leaf = {.shift = REGION_PAGE_SHIFT},
    };
    return true;
}

unsigned guest_page_rights_all(struct vcpu *cpu, unsigned context,
                               uint64_t page)
{
    return WINDOW_R | WINDOW_W | WINDOW_X;
}

/* ---- Pages of memory ----------------------------------------------------- */

bool vcpu_page(struct vcpu *cpu, unsigned context, uint64_t page,
               const struct guest_place *place, unsigned right,
               struct span *span)
{
    return space_span(place->space, gpa(vcpu_page_of(place->address)), span) ==
               0 &&
           span->size_bytes >= REGION_PAGE_SIZE &&
           (span->rights & right) != 0 &&
           is_aligned(span->offset, REGION_PAGE_SIZE) &&
           (cpu->guest->page_rights(cpu, context, page) & right) != 0 &&
           vcpu_watch_region(cpu, span->region);
}

/* After an access to memory of this page. */
static void remember(struct vcpu *cpu, const struct guest_access *access,
                     uint64_t page, const struct guest_place *place,
                     const struct span *span)
{
    if (vcpu_may_keep(cpu, place)) {
        vcpu_fill(cpu, access->context, page, span, place->leaf, access->kind);
    }
    vcpu_widen_windows(cpu, page, span, access->kind);
}

/* ---- The bus ------------------------------------------------------------- */

/* Bytes at once of an access within a page. */
static unsigned step_of(const struct guest_place *place, unsigned size)
{
    unsigned step = size > 8 ? 8 : size;

    return (step & (step - 1)) == 0 && is_aligned(place->address, step) ? step
                                                                        : 1;
}

bool vcpu_read_bus(const struct guest_place *place, unsigned size,
                   uint8_t *bytes)
{
    unsigned step = step_of(place, size);

    for (unsigned i = 0; i < size; i += step) {
        uint64_t word;

        if (space_read(place->space, &place->attributes,
                       gpa(place->address + i), step, &word) != 0) {
            return false;
        }
        memcpy(bytes + i, &word, step);
    }
    return true;
}

static bool write_bus(const struct guest_place *place, unsigned size,
                      const uint8_t *bytes)
{
    unsigned step = step_of(place, size);

    for (unsigned i = 0; i < size; i += step) {
        uint64_t word = 0;

        memcpy(&word, bytes + i, step);
        if (space_write(place->space, &place->attributes,
                        gpa(place->address + i), step, word) != 0) {
            return false;
        }
    }
    return true;
}

/* True if an access that is not aligned finds memory at each byte, which takes
 * single bytes: the buses of VeeR EL2 split accesses, but not to devices. */
static bool is_memory(struct vcpu *cpu, const struct guest_access *access)
{
    const uint64_t mask = guest_address_mask(cpu->guest);
    const unsigned right = vcpu_right(access->kind);

    for (unsigned i = 0; i < access->size; i++) {
        const struct window *window = space_find(
            cpu->core.config.space, gpa((access->address + i) & mask));

        if (window == NULL || window->region == NULL ||
            (window->rights & right) == 0 ||
            (right == WINDOW_W &&
             (!window->region->writable || window->region->whole_words))) {
            return false;
        }
    }
    return true;
}

/* ---- The slow path ------------------------------------------------------- */

/* Where the one or two pages of an access are. False: the exception was
 * taken. */
static bool plan(struct vcpu *cpu, const struct guest_access *access,
                 struct guest_place places[2])
{
    const struct guest_traits *guest = cpu->guest;
    const uint64_t address = access->address;
    const unsigned room = room_at(address);

    assert(access->size != 0 && access->size <= WIDEST);
    if (!is_aligned(address, access->size) && guest->misaligned(cpu, access)) {
        return false;
    }
    return guest->translate(cpu, access, address, &places[0]) &&
           (access->size <= room ||
            guest->translate(cpu, access,
                             (address + room) & guest_address_mask(guest),
                             &places[1])) &&
           guest->permits(cpu, access, true);
}

/* True if the bus refuses all of an access because it is not aligned; with
 * *ok: the exception was not taken. */
static bool refuses(struct vcpu *cpu, const struct guest_access *access,
                    bool *ok)
{
    if (!cpu->guest->unaligned_whole ||
        is_aligned(access->address, access->size) || is_memory(cpu, access)) {
        return false;
    }
    *ok = !cpu->guest->bus_error(cpu, access, access->address);
    return true;
}

static bool load_in_page(struct vcpu *cpu, const struct guest_access *access,
                         uint64_t address, const struct guest_place *place,
                         unsigned size, uint8_t *bytes)
{
    const uint64_t page = vcpu_page_of(address);
    struct span span;

    if (vcpu_page(cpu, access->context, page, place, WINDOW_R, &span)) {
        vcpu_copy(bytes, span.host + (address - page), size);
        remember(cpu, access, page, place, &span);
        return true;
    }
    if (!vcpu_read_bus(place, size, bytes)) {
        return !cpu->guest->bus_error(cpu, access, address);
    }
    device_page_enter(cpu, access, place);
    vcpu_open_extent(cpu, access, address, place);
    return true;
}

static bool store_in_page(struct vcpu *cpu, const struct guest_access *access,
                          uint64_t address, const struct guest_place *place,
                          unsigned size, uint8_t *bytes)
{
    const uint64_t page = vcpu_page_of(address);
    struct span span;

    if (vcpu_page(cpu, access->context, page, place, WINDOW_W, &span)) {
        region_written(span.region, span.offset + (address - page), size);
        vcpu_copy(span.host + (address - page), bytes, size);
        remember(cpu, access, page, place, &span);
        return true;
    }
    if (!write_bus(place, size, bytes)) {
        return !cpu->guest->bus_error(cpu, access, address);
    }
    device_page_enter(cpu, access, place);
    if (cpu->guest->physical) {
        vcpu_open_words(cpu, address);
        vcpu_open_extent(cpu, access, address, place);
    }
    return true;
}

/* A load finds zeros in value. */
static bool access_slowly(struct vcpu *cpu, const struct guest_access *access,
                          uint64_t value[2])
{
    const uint64_t address = access->address;
    const unsigned size = access->size;
    const unsigned room = room_at(address);
    const bool loads = access->kind == VCPU_READ;
    bool (*in_page)(struct vcpu *, const struct guest_access *, uint64_t,
                    const struct guest_place *, unsigned, uint8_t *) =
        loads ? load_in_page : store_in_page;
    struct guest_place places[2];
    uint8_t *bytes = (uint8_t *)value;
    bool ok = true;

    if (!plan(cpu, access, places)) {
        return false;
    }
    if (!refuses(cpu, access, &ok)) {
        ok = in_page(cpu, access, address, &places[0],
                     size < room ? size : room, bytes) &&
             (size <= room ||
              in_page(cpu, access,
                      (address + room) & guest_address_mask(cpu->guest),
                      &places[1], size - room, bytes + room));
    }
    if (ok && cpu->has_watchpoints) {
        cpu->guest->accessed(cpu, access, value);
    }
    if (ok) {
        vcpu_check_watchpoints(cpu, address, size,
                               loads ? WATCH_READ : WATCH_WRITE);
    }
    return ok;
}

/* ---- By the soft TLB ----------------------------------------------------- */

/* Host bytes of two pages: `room` of them in the first. */
struct pieces {
    uint8_t *bytes[2];
    unsigned room;
};

static bool find_pieces(struct vcpu *cpu, unsigned context,
                        enum vcpu_access access, uint64_t address,
                        unsigned size, struct pieces *pieces)
{
    unsigned room = room_at(address);

    if (room >= size || cpu->tlbs[context].aligned_only ||
        cpu->guest->unaligned_whole) {
        return false;
    }
    pieces->room = room;
    pieces->bytes[0] = vcpu_find(cpu, context, access, address, room);
    pieces->bytes[1] =
        vcpu_find(cpu, context, access, address + room, size - room);
    return pieces->bytes[0] != NULL && pieces->bytes[1] != NULL;
}

bool vcpu_load_as(struct vcpu *cpu, unsigned context, unsigned level,
                  uint64_t address, unsigned size, uint64_t value[2])
{
    const uint8_t *bytes = vcpu_find(cpu, context, VCPU_READ, address, size);
    struct pieces pieces;

    value[0] = 0;
    value[1] = 0;
    if (bytes != NULL) {
        vcpu_copy(value, bytes, size);
        return true;
    }
    if (!find_pieces(cpu, context, VCPU_READ, address, size, &pieces)) {
        const struct guest_access access = {address, size, VCPU_READ, context,
                                            level};
        gate_enter(cpu);
        bool ok = access_slowly(cpu, &access, value);
        gate_leave(cpu);
        return ok;
    }
    memcpy(value, pieces.bytes[0], pieces.room);
    memcpy((uint8_t *)value + pieces.room, pieces.bytes[1], size - pieces.room);
    return true;
}

bool vcpu_store_as(struct vcpu *cpu, unsigned context, unsigned level,
                   uint64_t address, unsigned size, const uint64_t value[2])
{
    uint8_t *bytes = vcpu_find(cpu, context, VCPU_WRITE, address, size);
    struct pieces pieces;

    if (bytes != NULL) {
        vcpu_copy(bytes, value, size);
        return true;
    }
    if (!find_pieces(cpu, context, VCPU_WRITE, address, size, &pieces)) {
        const struct guest_access access = {address, size, VCPU_WRITE, context,
                                            level};
        if (known_store(cpu, &access, value)) {
            return true;
        }
        uint64_t copy[] = {value[0], value[1]};
        gate_enter(cpu);
        bool ok = access_slowly(cpu, &access, copy);
        gate_leave(cpu);
        return ok;
    }
    memcpy(pieces.bytes[0], value, pieces.room);
    memcpy(pieces.bytes[1], (const uint8_t *)value + pieces.room,
           size - pieces.room);
    return true;
}

/* ---- By known pages of devices ------------------------------------------- */

static const struct device_page *device_at(const struct vcpu *cpu,
                                           uint64_t address, unsigned size,
                                           enum vcpu_access kind)
{
    return device_page_find(&cpu->devices, cpu->data_context, address, size,
                            kind);
}

static bool load_from(struct vcpu *cpu, const struct device_page *from,
                      uint64_t address, unsigned size, uint64_t value[2])
{
    const struct guest_access access = {address, size, VCPU_READ,
                                        cpu->data_context, cpu->data_level};
    int status = device_read(from->device, from->bank, &from->attributes,
                             device_page_offset(from, address), size, value);

    value[1] = 0;
    return status == 0 || !cpu->guest->bus_error(cpu, &access, address);
}

static bool store_to(struct vcpu *cpu, const struct device_page *to,
                     uint64_t address, unsigned size, uint64_t value)
{
    const struct guest_access access = {address, size, VCPU_WRITE,
                                        cpu->data_context, cpu->data_level};
    int status = device_write(to->device, to->bank, &to->attributes,
                              device_page_offset(to, address), size, value);

    return status == 0 || !cpu->guest->bus_error(cpu, &access, address);
}

bool vcpu_load(struct vcpu *cpu, uint64_t address, unsigned size,
               uint64_t value[2])
{
    const struct device_page *from = device_at(cpu, address, size, VCPU_READ);
    bool ok;

    if (from == NULL) {
        return vcpu_load_as(cpu, cpu->data_context, cpu->data_level, address,
                            size, value);
    }
    if (cpu->gate == NULL) {
        return load_from(cpu, from, address, size, value);
    }
    gate_come_out(cpu);
    from = device_at(cpu, address, size, VCPU_READ); /* others ran meanwhile */
    ok = from != NULL ? load_from(cpu, from, address, size, value)
                      : vcpu_load_as(cpu, cpu->data_context, cpu->data_level,
                                     address, size, value);
    gate_go_in(cpu);
    return ok;
}

bool vcpu_store(struct vcpu *cpu, uint64_t address, unsigned size,
                const uint64_t value[2])
{
    const struct device_page *to = device_at(cpu, address, size, VCPU_WRITE);
    bool ok;

    if (to == NULL) {
        return (cpu->guest->physical &&
                vcpu_store_word(cpu, address, size, value[0])) ||
               vcpu_store_as(cpu, cpu->data_context, cpu->data_level, address,
                             size, value);
    }
    if (cpu->gate == NULL) {
        return store_to(cpu, to, address, size, value[0]);
    }
    gate_come_out(cpu);
    to = device_at(cpu, address, size, VCPU_WRITE);
    ok = to != NULL ? store_to(cpu, to, address, size, value[0])
                    : vcpu_store_as(cpu, cpu->data_context, cpu->data_level,
                                    address, size, value);
    gate_go_in(cpu);
    return ok;
}

/* ---- Fetches ------------------------------------------------------------- */

bool vcpu_fetch(struct vcpu *cpu, uint64_t address, uint8_t *bytes)
{
    const unsigned size = cpu->guest->granule;
    const struct guest_access access = {address, size, VCPU_FETCH,
                                        cpu->fetch_context, cpu->data_level};
    struct guest_place places[2];
    struct span span;

    if (!plan(cpu, &access, places)) {
        return false;
    }
    if (space_span(places[0].space, gpa(places[0].address), &span) == 0 &&
        span.size_bytes >= size && (span.rights & WINDOW_X) != 0) {
        if (cpu->core.watch != NULL && address == cpu->r[IR_PC]) {
            cpu->core.watch->fetched(cpu->core.watch->context, &cpu->core,
                                     span.region, span.offset, address);
        }
        memcpy(bytes, span.host, size);
        return true;
    }
    cpu->guest->bus_error(cpu, &access, address);
    return false;
}

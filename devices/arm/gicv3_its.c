/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv3 interrupt translation service (IHI 0069, chapter 5): commands and
 * tables in guest memory turn a device's event into an LPI of a core.
 *
 * All tables live in guest memory, in a format of our own where the
 * architecture leaves it open; each entry is one double word with its valid bit
 * on top. Commands run when GITS_CWRITER is written. A wrong command is logged
 * and skipped; a queue that cannot be read stalls. The device that writes
 * GITS_TRANSLATER is named by the access's user.
 */
#include "bus/space.h"
#include "devices/arm/gicv3.h"

enum { COMMAND_SIZE = 32, ENTRY_SIZE = 8, DEVICE_BITS = 16, TABLES = 8 };
enum { TABLE_DEVICES, TABLE_COLLECTIONS };
enum { CONTROL_ENABLED = 1 << 0, READER_STALLED = 1 << 0 };

static const uint64_t valid = (uint64_t)1 << 63;
static const uint64_t indirect = (uint64_t)1 << 62;
static const uint64_t command_mask = 0xfffe0; /* offsets within the queue */

struct state {
    uint64_t commands; /* GITS_CBASER */
    uint64_t writer;
    uint64_t reader;
    uint64_t tables[TABLES];
    uint32_t control;
    uint32_t reserved;
};

struct wiring {
    struct device *gic;
    struct space *memory;
};

/* An event as MAPTI left it. */
struct route {
    uint32_t intid;
    uint32_t collection;
};

/* ---- Tables in memory
 * -------------------------------------------------------- */

static bool load(const struct device *device, uint64_t address, uint64_t *value)
{
    const struct wiring *wiring = device->wiring;
    uint8_t bytes[8];

    *value = 0;
    if (space_copy_out(wiring->memory, NULL, gpa(address), bytes, 8, NULL)) {
        return false;
    }
    *value = load_le64(bytes);
    return true;
}

static bool store(const struct device *device, uint64_t address, uint64_t value)
{
    const struct wiring *wiring = device->wiring;
    uint8_t bytes[8];

    store_le64(bytes, value);
    return space_copy_in(wiring->memory, NULL, gpa(address), bytes, 8, NULL) ==
           0;
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

/* Where entry `index` of a table lies; false past its end. */
static bool find_entry(const struct device *device, unsigned number,
                       uint32_t index, uint64_t *address)
{
    const struct state *state = device->state;
    uint64_t table = state->tables[number];
    uint64_t bytes = ((table & 0xff) + 1) * page_size(table);
    uint64_t offset = (uint64_t)index * ENTRY_SIZE;

    if ((table & valid) == 0 || index >= BIT(DEVICE_BITS)) {
        return false;
    }
    if ((table & indirect) == 0) {
        *address = table_base(table) + offset;
        return in_range(offset, ENTRY_SIZE, bytes);
    }
    uint64_t first = offset / page_size(table) * 8;
    uint64_t page;
    if (!in_range(first, 8, bytes) ||
        !load(device, table_base(table) + first, &page) ||
        (page & valid) == 0) {
        return false;
    }
    *address = (page & 0x000ffffffffff000) + offset % page_size(table);
    return true;
}

static bool read_entry(const struct device *device, unsigned table,
                       uint32_t index, uint64_t *entry)
{
    uint64_t address;

    return find_entry(device, table, index, &address) &&
           load(device, address, entry) && (*entry & valid) != 0;
}

/* Where the translation of an event lies. */
static bool find_event(const struct device *device, uint32_t id, uint32_t event,
                       uint64_t *address)
{
    uint64_t entry;

    if (!read_entry(device, TABLE_DEVICES, id, &entry) ||
        (uint64_t)event >> ((entry & 0x1f) + 1) != 0) {
        return false;
    }
    *address = (entry & 0x000fffffffffff00) + (uint64_t)event * ENTRY_SIZE;
    return true;
}

static bool read_route(const struct device *device, uint32_t id, uint32_t event,
                       struct route *route)
{
    uint64_t address;
    uint64_t entry;

    if (!find_event(device, id, event, &address) ||
        !load(device, address, &entry) || (entry & valid) == 0) {
        return false;
    }
    route->intid = (uint32_t)entry;
    route->collection = (uint32_t)(entry >> 32) & 0xffff;
    return true;
}

static bool find_core(const struct device *device, uint32_t collection,
                      unsigned *core)
{
    uint64_t entry;

    *core = 0;
    if (!read_entry(device, TABLE_COLLECTIONS, collection, &entry)) {
        return false;
    }
    *core = (unsigned)entry & 0xffff;
    return true;
}

/* ---- Commands
 * ------------------------------------------------------------------ */

struct command {
    uint64_t words[4];
};

static uint32_t device_of(const struct command *command)
{
    return (uint32_t)(command->words[0] >> 32);
}

static uint32_t event_of(const struct command *command)
{
    return (uint32_t)command->words[1];
}

static uint32_t collection_of(const struct command *command)
{
    return (uint32_t)command->words[2] & 0xffff;
}

static uint64_t core_of(uint64_t word)
{
    return word >> 16 & 0x7ffffffff;
}

static bool map_device(struct device *device, const struct command *command)
{
    uint64_t address;
    uint64_t entry = (command->words[2] & (valid | 0x000fffffffffff00)) |
                     (command->words[1] & 0x1f);

    return (command->words[1] & 0x1f) < GICV3_ID_BITS &&
           find_entry(device, TABLE_DEVICES, device_of(command), &address) &&
           store(device, address, (entry & valid) != 0 ? entry : 0);
}

static bool map_collection(struct device *device, const struct command *command)
{
    const struct wiring *wiring = device->wiring;
    uint64_t core = core_of(command->words[2]);
    bool on = (command->words[2] & valid) != 0;
    uint64_t address;

    return (!on || gicv3_has_core(wiring->gic, core)) &&
           find_entry(device, TABLE_COLLECTIONS, collection_of(command),
                      &address) &&
           store(device, address, on ? valid | core : 0);
}

static bool map_event(struct device *device, const struct command *command,
                      uint32_t intid)
{
    uint64_t address;

    return intid >= GICV3_LPI_FIRST && intid < BIT(GICV3_ID_BITS) &&
           find_event(device, device_of(command), event_of(command),
                      &address) &&
           store(device, address,
                 valid | (uint64_t)collection_of(command) << 32 | intid);
}

static bool move_event(struct device *device, const struct command *command)
{
    const struct wiring *wiring = device->wiring;
    uint64_t address;
    struct route route;
    unsigned from;
    unsigned to;

    if (!read_route(device, device_of(command), event_of(command), &route) ||
        !find_core(device, route.collection, &from) ||
        !find_core(device, collection_of(command), &to) ||
        !find_event(device, device_of(command), event_of(command), &address)) {
        return false;
    }
    gicv3_lpi_move(wiring->gic, from, to, route.intid);
    return store(device, address,
                 valid | (uint64_t)collection_of(command) << 32 | route.intid);
}

/* INT, CLEAR, INV and DISCARD, which look an event up. */
enum event_action { EVENT_SET, EVENT_CLEAR, EVENT_LOOK, EVENT_DISCARD };

static bool act_on_event(struct device *device, uint32_t id, uint32_t event,
                         enum event_action action)
{
    const struct wiring *wiring = device->wiring;
    struct route route;
    uint64_t address;
    unsigned core;

    if (!read_route(device, id, event, &route) ||
        !find_core(device, route.collection, &core) ||
        !gicv3_has_core(wiring->gic, core)) {
        return false;
    }
    switch (action) {
    case EVENT_LOOK:
        gicv3_lpi_look(wiring->gic, core);
        gicv3_update_core(wiring->gic, core);
        return true;
    case EVENT_DISCARD:
        gicv3_lpi_set(wiring->gic, core, route.intid, false);
        return find_event(device, id, event, &address) &&
               store(device, address, 0);
    default:
        return gicv3_lpi_set(wiring->gic, core, route.intid,
                             action == EVENT_SET) == 0;
    }
}

static bool look_at_all(struct device *device, const struct command *command)
{
    const struct wiring *wiring = device->wiring;
    unsigned core;

    if (!find_core(device, collection_of(command), &core) ||
        !gicv3_has_core(wiring->gic, core)) {
        return false;
    }
    gicv3_lpi_look(wiring->gic, core);
    gicv3_update_core(wiring->gic, core);
    return true;
}

static bool move_all(struct device *device, const struct command *command)
{
    const struct wiring *wiring = device->wiring;
    uint64_t from = core_of(command->words[2]);
    uint64_t to = core_of(command->words[3]);

    if (!gicv3_has_core(wiring->gic, from) ||
        !gicv3_has_core(wiring->gic, to)) {
        return false;
    }
    gicv3_lpi_move_all(wiring->gic, (unsigned)from, (unsigned)to);
    return true;
}

static bool run_command(struct device *device, const struct command *command)
{
    uint32_t id = device_of(command);
    uint32_t event = event_of(command);

    switch (command->words[0] & 0xff) {
    case 0x01:
        return move_event(device, command);
    case 0x03:
        return act_on_event(device, id, event, EVENT_SET);
    case 0x04:
        return act_on_event(device, id, event, EVENT_CLEAR);
    case 0x05: /* SYNC: all is done at once */
        return true;
    case 0x08:
        return map_device(device, command);
    case 0x09:
        return map_collection(device, command);
    case 0x0a:
        return map_event(device, command, (uint32_t)(command->words[1] >> 32));
    case 0x0b:
        return map_event(device, command, event);
    case 0x0c:
        return act_on_event(device, id, event, EVENT_LOOK);
    case 0x0d:
        return look_at_all(device, command);
    case 0x0e:
        return move_all(device, command);
    case 0x0f:
        return act_on_event(device, id, event, EVENT_DISCARD);
    default:
        return false;
    }
}

/* At most one turn of the queue, which is 1 MiB at most. */
static void run_commands(struct device *device)
{
    struct state *state = device->state;
    uint64_t size = ((state->commands & 0xff) + 1) * 0x1000;
    uint64_t base = state->commands & 0x000ffffffffff000;

    if ((state->control & CONTROL_ENABLED) == 0 ||
        (state->commands & valid) == 0 ||
        (state->reader & READER_STALLED) != 0 || state->writer >= size) {
        return;
    }
    while (state->reader != state->writer) {
        struct command command;
        for (unsigned i = 0; i < 4; i++) {
            if (!load(device, base + state->reader + 8 * i,
                      &command.words[i])) {
                state->reader |= READER_STALLED;
                device_guest_error(device, base, "no memory at GITS_CBASER");
                return;
            }
        }
        if (!run_command(device, &command)) {
            device_guest_error(device, command.words[0] & 0xff,
                               "command 0x%02x fails",
                               (unsigned)command.words[0] & 0xff);
        }
        state->reader = (state->reader + COMMAND_SIZE) % size;
    }
}

/* ---- Registers
 * ------------------------------------------------------------------ */

static uint32_t half(uint64_t value, unsigned index)
{
    return (uint32_t)(value >> (index % 2 != 0 ? 32 : 0));
}

static uint64_t with_half(uint64_t old, unsigned index, uint32_t word)
{
    return index % 2 != 0 ? (uint32_t)old | (uint64_t)word << 32
                          : (old & ~(uint64_t)UINT32_MAX) | word;
}

/* Bit 31 Quiescent: nothing is ever under way. */
static uint32_t read_ctlr(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;

    (void)access;
    (void)index;
    return state->control | 1u << 31;
}

static void write_ctlr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    (void)access;
    (void)index;
    state->control = value & CONTROL_ENABLED;
    run_commands(device);
}

static uint32_t read_cbaser(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;

    (void)access;
    return half(state->commands, index);
}

static void write_cbaser(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    (void)access;
    if ((state->control & CONTROL_ENABLED) == 0) {
        state->commands = with_half(state->commands, index, value) &
                          ~((uint64_t)0x000f << 52 | 0x300);
        state->reader = 0;
    }
}

static uint32_t read_cwriter(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct state *state = device->state;

    (void)access;
    return half(state->writer, index);
}

/* Bit 0 asks to go on after a stall. */
static void write_cwriter(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    (void)access;
    if (index == 0) {
        state->writer = value & command_mask;
        if ((value & 1) != 0) {
            state->reader &= ~(uint64_t)READER_STALLED;
        }
        run_commands(device);
    }
}

static uint32_t read_creadr(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;

    (void)access;
    return half(state->reader, index);
}

static uint32_t read_baser(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct state *state = device->state;

    (void)access;
    return half(state->tables[index / 2], index);
}

/* Type and entry size of a table are ours to say (5.2, GITS_BASERn). */
static uint64_t table_nature(unsigned number)
{
    uint64_t type = number == TABLE_DEVICES ? 1 : 4;
    return type << 56 | (uint64_t)(ENTRY_SIZE - 1) << 48;
}

static void write_baser(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;
    unsigned number = index / 2;
    const uint64_t fixed = (uint64_t)7 << 56 | (uint64_t)0x1f << 48;

    (void)access;
    if (number > TABLE_COLLECTIONS || (state->control & CONTROL_ENABLED) != 0) {
        return;
    }
    uint64_t table = with_half(state->tables[number], index, value);
    if (number == TABLE_COLLECTIONS) {
        table &= ~indirect;
    }
    state->tables[number] = (table & ~fixed) | table_nature(number);
}

static void write_translater(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    const struct state *state = device->state;

    (void)index;
    if ((state->control & CONTROL_ENABLED) != 0 &&
        !act_on_event(device, access->user, value, EVENT_SET)) {
        device_guest_error(device, access->user,
                           "no translation of event %u of device 0x%x", value,
                           access->user);
    }
}

/* ---- Life
 * ------------------------------------------------------------------------ */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->gic = device_peer(device, "cairn,gic", 0, GICV3_COMPATIBLE, error);
    if (wiring->gic == NULL) {
        return -ENOENT;
    }
    wiring->memory = device_space(device, "cairn,master", error);
    return wiring->memory != NULL ? 0 : -ENOENT;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    (void)domain;
    for (unsigned i = 0; i <= TABLE_COLLECTIONS; i++) {
        /* Pages of 64 KiB, as QEMU's: software that keeps them works. */
        state->tables[i] = table_nature(i) | 2 << 8;
    }
}

static const struct register_spec registers[] = {
#include "devices/arm/gicv3_its.def"
};

static const struct register_bank banks[] = {
    {"its", 0x20000, 2 | 4 | 8, registers, ARRAY_SIZE(registers)},
};

static const struct state_field fields[] = {
    STATE(struct state, commands, RESET_CORE),
    STATE(struct state, writer, RESET_CORE),
    STATE(struct state, reader, RESET_CORE),
    STATE(struct state, tables, RESET_CORE),
    STATE(struct state, control, RESET_CORE),
    STATE(struct state, reserved, RESET_CORE),
};

const struct device_type gicv3_its = {
    .compatible = "arm,gic-v3-its",
    .title = "GICv3 interrupt translation service",
    .reference = "Arm GIC Architecture Specification (IHI 0069), chapter 5",
    .omitted = "virtual LPIs (GICv4)",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    .banks = banks,
    .bank_count = ARRAY_SIZE(banks),
    .fields = fields,
    .field_count = ARRAY_SIZE(fields),
    .init = init,
    .reset = reset,
};

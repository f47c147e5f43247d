/* SPDX-License-Identifier: Apache-2.0 */
/* The translation service's command queue: IHI 0069, 5.3. See gicv3_its.h. */
#include "base/assert.h"
#include "devices/arm/gicv3_its.h"

enum { COMMAND_SIZE = 32 };

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

const char *its_error_text(enum its_error error)
{
    static const char *const texts[ITS_ERRORS] = {
        [ITS_DONE] = "done",
        [ITS_DEVICE_RANGE] = "the device ID is out of the table's range",
        [ITS_DEVICE_UNMAPPED] = "the device is not mapped",
        [ITS_EVENT_RANGE] = "the event ID is out of the device's range",
        [ITS_EVENT_UNMAPPED] = "the event is not mapped",
        [ITS_EVENT_BITS] = "the device has too many events",
        [ITS_INTID_RANGE] = "the INTID is no LPI",
        [ITS_COLLECTION_RANGE] = "the collection is out of the table's range",
        [ITS_COLLECTION_UNMAPPED] = "the collection is not mapped",
        [ITS_CORE_RANGE] = "no such processor",
        [ITS_LPIS_OFF] = "the LPI is out of the processor's range",
        [ITS_NO_MEMORY] = "no memory at a table",
        [ITS_NO_COMMAND] = "unknown command",
    };
    assert(error < ITS_ERRORS);
    return texts[error];
}

/* ---- Mapping ------------------------------------------------------------- */

static enum its_error map_device(struct device *device,
                                 const struct command *command)
{
    bool on = (command->words[2] & its_valid) != 0;
    uint64_t size = command->words[1] & 0x1f;

    if (on && size >= GICV3_ID_BITS) {
        return ITS_EVENT_BITS;
    }
    return its_set_device(
        device, device_of(command),
        on ? its_valid | (command->words[2] & 0x000fffffffffff00) | size : 0);
}

static enum its_error map_collection(struct device *device,
                                     const struct command *command)
{
    const struct its_wiring *wiring = device->wiring;
    bool on = (command->words[2] & its_valid) != 0;
    uint64_t core = core_of(command->words[2]);

    if (on && !gicv3_has_core(wiring->gic, core)) {
        return ITS_CORE_RANGE;
    }
    return its_set_collection(device, collection_of(command),
                              on ? its_valid | core : 0);
}

static enum its_error map_event(struct device *device,
                                const struct command *command, uint32_t intid)
{
    const struct its_route route = {intid, collection_of(command)};

    if (intid < GICV3_LPI_FIRST || intid >= BIT(GICV3_ID_BITS)) {
        return ITS_INTID_RANGE;
    }
    return its_set_route(device, device_of(command), event_of(command), &route);
}

static enum its_error map_as_event(struct device *device,
                                   const struct command *command)
{
    return map_event(device, command, event_of(command));
}

static enum its_error map_as_intid(struct device *device,
                                   const struct command *command)
{
    return map_event(device, command, (uint32_t)(command->words[1] >> 32));
}

/* ---- Moving -------------------------------------------------------------- */

static enum its_error move_event(struct device *device,
                                 const struct command *command)
{
    const struct its_wiring *wiring = device->wiring;
    uint32_t id = device_of(command);
    uint32_t event = event_of(command);
    struct its_route route;
    unsigned from;
    unsigned to;
    enum its_error error = its_find_route(device, id, event, &route);

    if (error == ITS_DONE) {
        error = its_find_core(device, route.collection, &from);
    }
    if (error == ITS_DONE) {
        error = its_find_core(device, collection_of(command), &to);
    }
    if (error != ITS_DONE) {
        return error;
    }
    gicv3_lpi_move(wiring->gic, from, to, route.intid);
    route.collection = collection_of(command);
    return its_set_route(device, id, event, &route);
}

static enum its_error move_all(struct device *device,
                               const struct command *command)
{
    const struct its_wiring *wiring = device->wiring;
    uint64_t from = core_of(command->words[2]);
    uint64_t to = core_of(command->words[3]);

    if (!gicv3_has_core(wiring->gic, from) ||
        !gicv3_has_core(wiring->gic, to)) {
        return ITS_CORE_RANGE;
    }
    return gicv3_lpi_move_all(wiring->gic, (unsigned)from, (unsigned)to) == 0
               ? ITS_DONE
               : ITS_LPIS_OFF;
}

/* ---- One event ----------------------------------------------------------- */

static void look(struct device *gic, unsigned core)
{
    gicv3_lpi_look(gic, core);
    gicv3_update_core(gic, core);
}

enum its_error its_act(struct device *device, uint32_t id, uint32_t event,
                       enum its_action action)
{
    const struct its_wiring *wiring = device->wiring;
    struct its_route route;
    unsigned core;
    enum its_error error = its_find_route(device, id, event, &route);

    if (error == ITS_DONE) {
        error = its_find_core(device, route.collection, &core);
    }
    if (error != ITS_DONE) {
        return error;
    }
    switch (action) {
    case ITS_LOOK:
        look(wiring->gic, core);
        return ITS_DONE;
    case ITS_DISCARD:
        gicv3_lpi_set(wiring->gic, core, route.intid, false);
        return its_set_route(device, id, event, NULL);
    default:
        return gicv3_lpi_set(wiring->gic, core, route.intid,
                             action == ITS_SET) == 0
                   ? ITS_DONE
                   : ITS_LPIS_OFF;
    }
}

#define ACT(name, action)                                                      \
    static enum its_error name(struct device *device,                          \
                               const struct command *command)                  \
    {                                                                          \
        return its_act(device, device_of(command), event_of(command), action); \
    }

ACT(set_event, ITS_SET)
ACT(clear_event, ITS_CLEAR)
ACT(look_at_event, ITS_LOOK)
ACT(discard_event, ITS_DISCARD)

static enum its_error look_at_all(struct device *device,
                                  const struct command *command)
{
    const struct its_wiring *wiring = device->wiring;
    unsigned core;
    enum its_error error = its_find_core(device, collection_of(command), &core);

    if (error == ITS_DONE) {
        look(wiring->gic, core);
    }
    return error;
}

/* All is done at once. */
static enum its_error synchronize(struct device *device,
                                  const struct command *command)
{
    const struct its_wiring *wiring = device->wiring;

    return gicv3_has_core(wiring->gic, core_of(command->words[2]))
               ? ITS_DONE
               : ITS_CORE_RANGE;
}

/* ---- The queue ----------------------------------------------------------- */

static const struct {
    uint8_t number;
    const char *name;
    enum its_error (*run)(struct device *device, const struct command *command);
} commands[] = {
    {0x01, "MOVI",    move_event    },
    {0x03, "INT",     set_event     },
    {0x04, "CLEAR",   clear_event   },
    {0x05, "SYNC",    synchronize   },
    {0x08, "MAPD",    map_device    },
    {0x09, "MAPC",    map_collection},
    {0x0a, "MAPTI",   map_as_intid  },
    {0x0b, "MAPI",    map_as_event  },
    {0x0c, "INV",     look_at_event },
    {0x0d, "INVALL",  look_at_all   },
    {0x0e, "MOVALL",  move_all      },
    {0x0f, "DISCARD", discard_event },
};

static void run_command(struct device *device, const struct command *command)
{
    uint8_t number = (uint8_t)command->words[0];
    enum its_error error = ITS_NO_COMMAND;
    const char *name = "command";

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].number == number) {
            name = commands[i].name;
            error = commands[i].run(device, command);
            break;
        }
    }
    if (error != ITS_DONE) {
        device_guest_error(device, (uint64_t)number << 8 | error,
                           "%s (0x%02x) of device 0x%x, event 0x%x: %s", name,
                           number, device_of(command), event_of(command),
                           its_error_text(error));
    }
}

/* At most one turn of the queue, which is 1 MiB at most. */
void its_run(struct device *device)
{
    struct its *its = device->state;
    uint64_t size = ((its->commands & 0xff) + 1) * 0x1000;
    uint64_t base = its->commands & 0x000ffffffffff000;

    if ((its->control & ITS_ENABLED) == 0 || (its->commands & its_valid) == 0 ||
        (its->reader & ITS_STALLED) != 0) {
        return;
    }
    if (its->writer >= size) {
        device_guest_error(device, its->writer,
                           "GITS_CWRITER 0x%llx is past the queue",
                           (unsigned long long)its->writer);
        return;
    }
    while (its->reader != its->writer) {
        struct command command;
        for (unsigned i = 0; i < ARRAY_SIZE(command.words); i++) {
            if (its_load(device, base + its->reader + 8 * i,
                         &command.words[i]) != ITS_DONE) {
                its->reader |= ITS_STALLED;
                device_guest_error(device, base, "no memory at GITS_CBASER");
                return;
            }
        }
        run_command(device, &command);
        its->reader = (its->reader + COMMAND_SIZE) % size;
    }
}

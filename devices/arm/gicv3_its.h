/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interrupt translation service from inside (IHI 0069, chapter 5): commands
 * and tables in guest memory turn a device's event into an LPI of a core.
 *
 *   gicv3_its.c           GITS_*, the device type
 *   gicv3_its_commands.c  the command queue
 *   gicv3_its_tables.c    tables in guest memory
 *
 * All tables live in guest memory, in a format of our own where the
 * architecture leaves it open; each entry is one double word with its valid bit
 * on top, and nothing of them is kept here. Commands run when GITS_CWRITER is
 * written. A wrong command is logged by its cause and skipped; a queue that
 * cannot be read stalls. The device that writes GITS_TRANSLATER is named by the
 * access's user.
 */
#ifndef DEVICES_ARM_GICV3_ITS_H
#define DEVICES_ARM_GICV3_ITS_H

#include "devices/arm/gicv3.h"

enum { ITS_DEVICE_BITS = 16, ITS_TABLES = 8, ITS_ENTRY_SIZE = 8 };
enum { ITS_DEVICES, ITS_COLLECTIONS };
enum { ITS_ENABLED = 1 << 0, ITS_STALLED = 1 << 0 };

static const uint64_t its_valid = (uint64_t)1 << 63;
static const uint64_t its_indirect = (uint64_t)1 << 62;

struct its {
    uint64_t commands; /* GITS_CBASER */
    uint64_t writer;
    uint64_t reader;
    uint64_t tables[ITS_TABLES];
    uint32_t control;
    uint32_t reserved;
};

struct its_wiring {
    struct device *gic;
    struct dma dma; /* to tables and commands */
};

/* Why a command or a translation fails (5.3.21). */
enum its_error {
    ITS_DONE,
    ITS_DEVICE_RANGE,
    ITS_DEVICE_UNMAPPED,
    ITS_EVENT_RANGE,
    ITS_EVENT_UNMAPPED,
    ITS_EVENT_BITS, /* MAPD's size */
    ITS_INTID_RANGE,
    ITS_COLLECTION_RANGE,
    ITS_COLLECTION_UNMAPPED,
    ITS_CORE_RANGE,
    ITS_LPIS_OFF,
    ITS_NO_MEMORY,
    ITS_NO_COMMAND,
    ITS_ERRORS,
};

/* An event as MAPTI left it. */
struct its_route {
    uint32_t intid;
    uint32_t collection;
};

/* gicv3_its_tables.c */
enum its_error its_load(const struct device *device, uint64_t address,
                        uint64_t *value);
enum its_error its_set_device(const struct device *device, uint32_t id,
                              uint64_t entry);
enum its_error its_set_collection(const struct device *device, uint32_t id,
                                  uint64_t entry);
enum its_error its_set_route(const struct device *device, uint32_t id,
                             uint32_t event, const struct its_route *route);
enum its_error its_find_route(const struct device *device, uint32_t id,
                              uint32_t event, struct its_route *route);
/* The core of a collection; that it exists is checked. */
enum its_error its_find_core(const struct device *device, uint32_t collection,
                             unsigned *core);

/* gicv3_its_commands.c */
enum its_action { ITS_SET, ITS_CLEAR, ITS_LOOK, ITS_DISCARD };
enum its_error its_act(struct device *device, uint32_t id, uint32_t event,
                       enum its_action action);
const char *its_error_text(enum its_error error);
/* From GITS_CREADR to GITS_CWRITER, as far as all is enabled. */
void its_run(struct device *device);

#endif

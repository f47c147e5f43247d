/* SPDX-License-Identifier: Apache-2.0 */
/* A slot with a card whose medium is an array of bytes, driven as Linux's and
 * U-Boot's drivers drive it. */
#ifndef DEVICES_SD_TEST_SLOT_H
#define DEVICES_SD_TEST_SLOT_H

#include "bus/disk.h"
#include "devices/sd/sdhci.h"
#include "devices/test_bus.h"

extern const struct device_type aspeed_sdc;
extern const struct device_type emmc_card;
extern const struct device_type sd_card;
extern const struct device_type sdhci;

enum slot_register {
    SDMA = 0x00,
    BLOCK_SIZE = 0x04,
    BLOCK_COUNT = 0x06,
    ARGUMENT = 0x08,
    MODE = 0x0c,
    COMMAND = 0x0e,
    RESPONSE = 0x10,
    BUFFER = 0x20,
    PRESENT = 0x24,
    HOST_CONTROL = 0x28,
    POWER = 0x29,
    CLOCK = 0x2c,
    RESET = 0x2f,
    STATUS = 0x30,
    ENABLE = 0x34,
    SIGNAL = 0x38,
    CAPABILITIES = 0x40,
    ADMA_ERROR = 0x54,
    ADMA = 0x58,
    VERSION = 0xfe,
};
/* Response types with the checks that drivers ask for, and data. */
enum slot_flags { R0 = 0, R2 = 0x09, R3 = 0x02, R1 = 0x1a, R1B = 0x1b };
enum { DATA = 0x20, SLOT_MEDIUM = 2 << 20, SLOT_BOOT = 512 << 10 };

struct slot {
    struct test_bus bus;
    struct device *wrapper;
    struct device *card;
    struct disk disk;
    uint8_t *medium;
    struct disk_request asked; /* the one in flight */
    bool in_flight;
    uint8_t *bytes; /* of a write in flight */
    unsigned cancels;
    unsigned flushes;
    struct region *boot;
};

static inline struct slot *slot_of_disk(struct disk *disk)
{
    return (struct slot *)((char *)disk - offsetof(struct slot, disk));
}

static inline int slot_submit(struct disk *disk, unsigned number,
                              const struct disk_request *request)
{
    struct slot *slot = slot_of_disk(disk);
    const struct disk_client *client = slot->card->type->disk;

    if (request->operation == DISK_WRITE) {
        free(slot->bytes);
        slot->bytes = malloc((size_t)request->size);
        int code = client->gather(slot->card, number, slot->bytes,
                                  (size_t)request->size);
        if (code != 0) {
            return code;
        }
    }
    slot->asked = *request;
    slot->in_flight = true;
    return 0;
}

static inline void slot_cancel(struct disk *disk, unsigned number)
{
    struct slot *slot = slot_of_disk(disk);

    slot->cancels += slot->in_flight;
    slot->in_flight = false;
}

/* The medium is done with the request in flight. */
static inline void slot_complete(struct slot *slot, enum disk_status status)
{
    const struct disk_client *client = slot->card->type->disk;
    struct disk_request asked = slot->asked;
    uint8_t *at = slot->medium + asked.offset;
    bool good = status == DISK_DONE &&
                in_range(asked.offset, asked.size, slot->disk.size_bytes);
    size_t size = good && asked.operation == DISK_READ ? (size_t)asked.size : 0;

    slot->in_flight = false;
    if (good && asked.operation == DISK_WRITE) {
        memcpy(at, slot->bytes, (size_t)asked.size);
    } else if (good && asked.operation == DISK_WRITE_ZEROES) {
        memset(at, 0, (size_t)asked.size);
    }
    slot->flushes += asked.operation == DISK_FLUSH;
    client->completed(slot->card, 0, good ? DISK_DONE : DISK_FAILED,
                      size != 0 ? at : NULL, size);
}

/* Requests and timers, until nothing is left to be done. */
static inline void slot_settle(struct slot *slot)
{
    struct clock *clock = &slot->bus.fabric.clock;

    for (unsigned i = 0; i < 10000; i++) {
        if (slot->in_flight) {
            slot_complete(slot, DISK_DONE);
        } else if (clock_next(clock) != TIME_NEVER) {
            clock_advance(clock, clock_next(clock));
        } else {
            return;
        }
    }
}

static inline struct device *slot_peer(const void *node, const char *name,
                                       unsigned index)
{
    const struct slot *slot = node;

    return index != 0                        ? NULL
           : strcmp(name, "cairn,card") == 0 ? slot->card
                                             : slot->wrapper;
}

static inline struct region *slot_memory(const void *node, const char *name)
{
    const struct slot *slot = node;

    return slot->boot;
}

static inline struct device *slot_make(struct slot *slot,
                                       const struct device_type *type)
{
    static const struct property_source properties = {
        .find = test_find,
        .peer = slot_peer,
        .memory = slot_memory,
        .space = test_space,
    };
    struct device *device =
        device_create(&slot->bus.fabric, type, "device", &properties, slot);

    if (device_init(device, &slot->bus.error) != 0) {
        fprintf(stderr, "%s\n", slot->bus.error.text);
        abort();
    }
    return device;
}

static inline void slot_power_on(struct slot *slot)
{
    device_reset(slot->wrapper, RESET_POWER_ON);
    device_reset(slot->card, RESET_POWER_ON);
    device_reset(slot->bus.device, RESET_POWER_ON);
}

static inline void slot_build(struct slot *slot, const struct device_type *card)
{
    memset(slot, 0, sizeof(*slot));
    test_bus_init(&slot->bus);
    slot->boot = region_create("boot", SLOT_BOOT, &slot->bus.error);
    slot->medium = calloc(1, SLOT_MEDIUM);
    slot->disk =
        (struct disk){SLOT_MEDIUM, false, 4096, slot_submit, slot_cancel};
    slot->wrapper = slot_make(slot, &aspeed_sdc);
    slot->card = slot_make(slot, card);
    slot->card->disk = &slot->disk;
    slot->bus.device = slot_make(slot, &sdhci);
}

static inline void slot_start(struct slot *slot, const struct device_type *card)
{
    slot_build(slot, card);
    slot_power_on(slot);
}

static inline void slot_stop(struct slot *slot)
{
    device_destroy(slot->card);
    device_destroy(slot->wrapper);
    test_bus_fini(&slot->bus);
    region_destroy(slot->boot);
    free(slot->medium);
    free(slot->bytes);
}

static inline void slot_set(struct slot *slot, uint64_t offset, unsigned size,
                            uint32_t value)
{
    struct access access = {.debug = false};

    device_write(slot->bus.device, 0, &access, offset, size, value);
}

static inline uint32_t slot_get(struct slot *slot, uint64_t offset,
                                unsigned size)
{
    struct access access = {.debug = false};
    uint64_t value;

    device_read(slot->bus.device, 0, &access, offset, size, &value);
    return (uint32_t)value;
}

/* Power, clock, statuses, as a driver's probe leaves them. */
static inline void slot_prepare(struct slot *slot)
{
    slot_set(slot, RESET, 1, 1);
    slot_set(slot, POWER, 1, 0xf);
    slot_set(slot, CLOCK, 2, 0x8001);
    slot_set(slot, CLOCK, 2, 0x8005);
    slot_set(slot, ENABLE, 4, 0x03ff00fb);
    slot_set(slot, SIGNAL, 4, 0);
}

/* A command; its status is what the driver finds. */
static inline uint32_t slot_send(struct slot *slot, unsigned index,
                                 uint32_t argument, unsigned flags)
{
    slot_set(slot, STATUS, 4, UINT32_MAX);
    slot_set(slot, ARGUMENT, 4, argument);
    slot_set(slot, COMMAND, 2, index << 8 | flags);
    return slot_get(slot, STATUS, 4);
}

static inline void slot_blocks(struct slot *slot, uint32_t size, uint32_t count,
                               uint32_t mode)
{
    slot_set(slot, BLOCK_SIZE, 2, 0x7000 | size);
    slot_set(slot, BLOCK_COUNT, 2, count);
    slot_set(slot, MODE, 2, mode);
}

/* A register of the card by the buffer. */
static inline void slot_read_bytes(struct slot *slot, unsigned index,
                                   uint32_t argument, uint8_t *bytes,
                                   uint32_t size)
{
    slot_blocks(slot, size, 1, 0x10);
    slot_send(slot, index, argument, R1 | DATA);
    slot_settle(slot);
    for (uint32_t i = 0; i < size; i += 4) {
        store_le32(bytes + i, slot_get(slot, BUFFER, 4));
    }
}

#endif

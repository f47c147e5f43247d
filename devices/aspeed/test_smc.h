/* SPDX-License-Identifier: Apache-2.0 */
/* The FMC and its chips under test, with the properties that they ask for. */
#ifndef DEVICES_ASPEED_TEST_SMC_H
#define DEVICES_ASPEED_TEST_SMC_H

#include <string.h>

#include "devices/aspeed/aspeed_smc.h"
#include "devices/flash/nor.h"
#include "devices/test_bus.h"

extern const struct device_type aspeed_fmc;
extern const struct device_type aspeed_spi;
extern const struct device_type spi_nor;

enum { BENCH_CHIPS = 2 };

struct bench {
    struct test_bus bus;
    const char *part; /* of the chips */
    unsigned count;   /* chips that were made */
    struct device *chips[BENCH_CHIPS];
    struct region *flash[BENCH_CHIPS];
    struct space *space; /* of a processor */
};

static inline const void *bench_find(const void *node, const char *name,
                                     bool inherited, size_t *size)
{
    static const uint8_t phandles[4 * BENCH_CHIPS];
    const struct bench *bench = node;

    if (strcmp(name, "cairn,part") == 0) {
        *size = strlen(bench->part) + 1;
        return bench->part;
    }
    *size = 4 * (size_t)bench->count;
    return strcmp(name, "cairn,chip") == 0 ? phandles : NULL;
}

static inline struct device *bench_peer(const void *node, const char *name,
                                        unsigned index)
{
    const struct bench *bench = node;

    return index < bench->count ? bench->chips[index] : NULL;
}

/* That of the chip being made. */
static inline struct region *bench_memory(const void *node, const char *name)
{
    const struct bench *bench = node;

    return bench->flash[bench->count];
}

static inline struct space *bench_space(const void *node)
{
    const struct bench *bench = node;
    return bench->bus.space;
}

static inline struct device *bench_make(struct bench *bench,
                                        const struct device_type *type)
{
    static const struct property_source properties = {
        .find = bench_find,
        .peer = bench_peer,
        .memory = bench_memory,
        .space = bench_space,
    };
    struct device *device =
        device_create(&bench->bus.fabric, type, "device", &properties, bench);

    if (device_init(device, &bench->bus.error) != 0) {
        abort();
    }
    return device;
}

/* Takes the flash, and makes a chip over it. */
static inline void bench_add_chip(struct bench *bench, struct region *flash)
{
    bench->flash[bench->count] = flash;
    bench->chips[bench->count] = bench_make(bench, &spi_nor);
    bench->count++;
}

/* Shows registers or window of the controller in an address space. */
static inline void bench_show(struct bench *bench, struct space *space,
                              uint64_t base, uint64_t size, unsigned bank)
{
    struct window window = {
        .name = "fmc",
        .base = gpa(base),
        .size_bytes = size,
        .rights = WINDOW_R | WINDOW_W | WINDOW_X,
        .enabled = true,
        .device = bench->bus.device,
        .bank = bank,
    };

    if (aspeed_fmc.gate(bench->bus.device, 0, space, &window,
                        &bench->bus.error) != 0) {
        abort();
    }
    space_add_window(space, &window);
}

static inline void bench_stop(struct bench *bench)
{
    space_destroy(bench->space);
    for (unsigned i = 0; i < bench->count; i++) {
        device_destroy(bench->chips[i]);
    }
    test_bus_fini(&bench->bus);
    for (unsigned i = 0; i < bench->count; i++) {
        region_destroy(bench->flash[i]);
    }
}

#endif

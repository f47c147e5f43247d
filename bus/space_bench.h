/* SPDX-License-Identifier: Apache-2.0 */
/* A space with a RAM and a ROM to show in it, for tests. */
#ifndef BUS_SPACE_BENCH_H
#define BUS_SPACE_BENCH_H

#include <stdio.h>

#include "bus/fabric.h"
#include "bus/space.h"

enum { ALL = WINDOW_R | WINDOW_W | WINDOW_X };

struct bench {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct region *rom;
    unsigned changes;
    struct space_listener listener;
};

static inline void changed(void *context)
{
    struct bench *bench = context;
    bench->changes++;
}

static inline struct window *add(struct bench *bench, const char *name,
                                 uint64_t base, uint64_t size, int priority,
                                 struct region *region)
{
    struct window window = {.base = gpa(base),
                            .size_bytes = size,
                            .priority = priority,
                            .rights = ALL,
                            .enabled = true,
                            .region = region};
    snprintf(window.name, sizeof(window.name), "%s", name);
    return space_add_window(bench->space, &window);
}

static inline void setup(struct bench *bench)
{
    *bench = (struct bench){0};
    fabric_init(&bench->fabric, 0);
    bench->space = space_create(&bench->fabric, "cpu");
    bench->ram = region_create("ram", 0x10000, NULL);
    bench->rom = region_create("rom", 0x4000, NULL);
    bench->listener.changed = changed;
    bench->listener.context = bench;
    space_listen(bench->space, &bench->listener);
}

static inline void teardown(struct bench *bench)
{
    space_destroy(bench->space);
    space_destroy(NULL);
    region_destroy(bench->ram);
    region_destroy(bench->rom);
    fabric_fini(&bench->fabric);
}

#endif

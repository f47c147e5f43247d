/* SPDX-License-Identifier: Apache-2.0 */
/* A tiny AArch64 machine for tests and benches: a core and RAM. */
#ifndef TESTS_A64_H
#define TESTS_A64_H

#include <string.h>

#include "engine/aarch64/aarch64.h"

enum { A64_RAM = 0x40000000, A64_RAM_SIZE = 0x1000000 };

struct a64 {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
    struct aarch64 *pe;
};

/* A machine with the core running at its highest level, pc at the start of
 * RAM. The config's el2, el3, semihosting, firmware, features and compatible
 * (a Cortex-A35 unless named) are used. */
static inline void a64_init(struct a64 *machine,
                            const struct core_config *config)
{
    struct core_config with = *config;

    *machine = (struct a64){.core = NULL};
    fabric_init(&machine->fabric, 1);
    machine->space = space_create(&machine->fabric, "core");
    machine->ram = region_create("ram", A64_RAM_SIZE, NULL);
    struct window window = {.name = "ram",
                            .base = gpa(A64_RAM),
                            .size_bytes = A64_RAM_SIZE,
                            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                            .enabled = true,
                            .region = machine->ram};
    space_add_window(machine->space, &window);
    with.name = "core";
    with.compatible =
        config->compatible != NULL ? config->compatible : "arm,cortex-a35";
    with.space = machine->space;
    with.fabric = &machine->fabric;
    with.frequency_hz = 1000000000;
    with.reset_vector = gva(A64_RAM);
    core_create(&with, &machine->core, NULL);
    machine->core->power = CORE_RUNNING;
    machine->pe = aarch64_of(vcpu_of(machine->core));
}

static inline void a64_fini(struct a64 *machine)
{
    core_destroy(machine->core);
    space_destroy(machine->space);
    region_destroy(machine->ram);
    fabric_fini(&machine->fabric);
}

/* Instructions or data at an offset of RAM. */
static inline void a64_load(struct a64 *machine, uint64_t offset,
                            const void *bytes, size_t size)
{
    region_load(machine->ram, offset, bytes, size);
}

#define A64_CODE(machine, offset, ...)                                         \
    do {                                                                       \
        static const uint32_t words[] = {__VA_ARGS__};                         \
        a64_load((machine), (offset), words, sizeof(words));                   \
    } while (0)

static inline void a64_put(struct a64 *machine, uint64_t offset, uint64_t value)
{
    region_load(machine->ram, offset, &value, sizeof(value));
}

/* The same behind memory's back: what was cached of tables stays, and answers
 * where it is asked. */
static inline void a64_put_unheard(struct a64 *machine, uint64_t offset,
                                   uint64_t value)
{
    memcpy(region_host(machine->ram) + offset, &value, sizeof(value));
}

/* Vectors of the three levels: endless loops. */
enum { A64_VECTORS_1 = 0x8000, A64_VECTORS_2 = 0x9000, A64_VECTORS_3 = 0xa000 };

static inline void a64_vectors(struct a64 *machine)
{
    for (uint64_t at = A64_VECTORS_1; at < A64_VECTORS_3 + 0x800; at += 4) {
        A64_CODE(machine, at, 0x14000000 /* b . */);
    }
    AARCH64_SYS(machine->pe, VBAR_EL1) = A64_RAM + A64_VECTORS_1;
    AARCH64_SYS(machine->pe, VBAR_EL2) = A64_RAM + A64_VECTORS_2;
    AARCH64_SYS(machine->pe, VBAR_EL3) = A64_RAM + A64_VECTORS_3;
}

static inline uint64_t a64_at(const struct a64 *machine, uint64_t offset)
{
    uint64_t value;

    memcpy(&value, region_host(machine->ram) + offset, sizeof(value));
    return value;
}

#endif

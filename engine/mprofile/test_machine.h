/* SPDX-License-Identifier: Apache-2.0 */
/* A core with 64 KiB of memory, for tests of what it does at exceptions. */
#ifndef ENGINE_MPROFILE_TEST_MACHINE_H
#define ENGINE_MPROFILE_TEST_MACHINE_H

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "engine/mprofile/mprofile.h"

enum { RAM = 0x20000000, RAM_SIZE = 0x10000, CODE = RAM + 0x400 };
enum { STACK = RAM + 0x8000, HANDLER = RAM + 0x800 };
/* B .: where programs and handlers end. */
enum {
    HERE = 0xe7fe,
    NOP = 0xbf00,
    UDF = 0xde00,
    WFI = 0xbf30,
    BX_LR = 0x4770
};

struct machine {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
    char last[256]; /* log line */
};

static inline void keep_line(void *context, enum log_kind kind,
                             const char *line)
{
    struct machine *machine = context;

    snprintf(machine->last, sizeof(machine->last), "%s", line);
}

static inline void put(struct machine *machine, uint32_t address,
                       const void *bytes, size_t size)
{
    memcpy(region_host(machine->ram) + (address - RAM), bytes, size);
}

static inline void put_word(struct machine *machine, uint32_t address,
                            uint32_t word)
{
    put(machine, address, &word, 4);
}

static inline uint32_t word_at(struct machine *machine, uint32_t address)
{
    return load_le32(region_host(machine->ram) + (address - RAM));
}

/* All exceptions go to HANDLER, which waits there. */
static inline void init_on(struct machine *machine, const char *model,
                           enum core_engine engine)
{
    const uint16_t stop = HERE;
    struct error error = {""};
    struct core_config config = {.name = "m",
                                 .compatible = model,
                                 .frequency_hz = 1000000,
                                 .reset_vector = gva(RAM),
                                 .engine = engine};
    struct window window = {.name = "ram",
                            .base = gpa(RAM),
                            .size_bytes = RAM_SIZE,
                            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                            .enabled = true};

    memset(machine, 0, sizeof(*machine));
    fabric_init(&machine->fabric, 1);
    machine->fabric.log.sink = keep_line;
    machine->fabric.log.context = machine;
    machine->space = space_create(&machine->fabric, "m");
    machine->ram = region_create("ram", RAM_SIZE, NULL);
    window.region = machine->ram;
    space_add_window(machine->space, &window);
    config.space = machine->space;
    config.fabric = &machine->fabric;
    int code = core_create(&config, &machine->core, &error);
    assert(code == 0);
    (void)code;
    put_word(machine, RAM, STACK);
    put_word(machine, RAM + 4, CODE | 1);
    for (unsigned i = 2; i < 64; i++) {
        put_word(machine, RAM + 4 * i, HANDLER | 1);
    }
    put(machine, HANDLER, &stop, 2);
    core_reset(machine->core);
    machine->core->power = CORE_RUNNING;
}

static inline void init(struct machine *machine, const char *model)
{
    init_on(machine, model, CORE_ENGINE_ANY);
}

static inline void fini(struct machine *machine)
{
    core_destroy(machine->core);
    space_destroy(machine->space);
    region_destroy(machine->ram);
    fabric_fini(&machine->fabric);
}

static inline struct mprofile *of(struct machine *machine)
{
    return mprofile_of(vcpu_of(machine->core));
}

static inline void run(struct machine *machine, const uint16_t *code,
                       size_t size, uint64_t instructions)
{
    put(machine, CODE, code, size);
    core_run(machine->core, instructions);
}

/* A register of the private peripheral bus, by privileged code. */
static inline struct access privileged_access(struct machine *machine,
                                              bool secure)
{
    struct access access = machine->space->attributes;

    access.privileged = true;
    access.secure = secure;
    return access;
}

static inline void poke(struct machine *machine, uint32_t address,
                        uint32_t value)
{
    struct access access = privileged_access(
        machine, mprofile_has(of(machine), MPROFILE_SECURITY));

    (void)space_write(of(machine)->ppb, &access, gpa(address), 4, value);
}

static inline uint32_t peek(struct machine *machine, uint32_t address)
{
    struct access access = privileged_access(
        machine, mprofile_has(of(machine), MPROFILE_SECURITY));
    uint64_t value = 0;

    (void)space_read(of(machine)->ppb, &access, gpa(address), 4, &value);
    return (uint32_t)value;
}

#endif

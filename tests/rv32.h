/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tiny RV32 machine for tests and benches: a core, RAM, and an assembler of
 * single instructions.
 */
#ifndef TESTS_RV32_H
#define TESTS_RV32_H

#include <string.h>

#include "engine/core.h"
#include "isa/riscv/encode.h"

#define RV32_RAM 0x80000000u
enum { RV32_RAM_SIZE = 0x400000 };

struct rv32 {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
    uint32_t here; /* where rv32_emit puts the next instruction */
};

static inline int rv32_find_register(struct rv32 *machine, const char *name)
{
    for (size_t i = 0; i < machine->core->register_count; i++) {
        if (strcmp(machine->core->registers[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* A machine with the core running, pc at the start of RAM. The config's
 * compatible, pmp_entries, user_mode and reset_vector are used. */
static inline void rv32_init(struct rv32 *machine,
                             const struct core_config *config)
{
    struct core_config with = *config;

    *machine = (struct rv32){.here = RV32_RAM};
    fabric_init(&machine->fabric, 1);
    machine->space = space_create(&machine->fabric, "core");
    machine->ram = region_create("ram", RV32_RAM_SIZE, NULL);
    struct window window = {.name = "ram",
                            .base = gpa(RV32_RAM),
                            .size_bytes = RV32_RAM_SIZE,
                            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                            .enabled = true,
                            .region = machine->ram};
    space_add_window(machine->space, &window);
    with.name = "core";
    with.space = machine->space;
    with.fabric = &machine->fabric;
    with.frequency_hz = 100000000;
    if (with.reset_vector.value == 0) {
        with.reset_vector = gva(RV32_RAM);
    }
    if (with.compatible == NULL) {
        with.compatible = "riscv,rv32imc";
    }
    core_create(&with, &machine->core, NULL);
    machine->core->power = CORE_RUNNING;
}

static inline void rv32_fini(struct rv32 *machine)
{
    core_destroy(machine->core);
    space_destroy(machine->space);
    region_destroy(machine->ram);
    fabric_fini(&machine->fabric);
}

static inline void rv32_emit_half(struct rv32 *machine, uint16_t half)
{
    region_load(machine->ram, machine->here - RV32_RAM, &half, 2);
    machine->here += 2;
}

static inline void rv32_emit_word(struct rv32 *machine, uint32_t word)
{
    region_load(machine->ram, machine->here - RV32_RAM, &word, 4);
    machine->here += 4;
}

/* Assembles at machine->here. Fields that a row has not are ignored. */
static inline void rv32_emit(struct rv32 *machine, enum riscv_row row,
                             unsigned rd, unsigned rs1, unsigned rs2,
                             int32_t imm)
{
    struct riscv_insn insn = {.rd = (uint8_t)rd,
                              .rs1 = (uint8_t)rs1,
                              .rs2 = (uint8_t)rs2,
                              .imm = imm};

    rv32_emit_word(machine, riscv_encode(row, &insn));
}

static inline void rv32_emit_csr(struct rv32 *machine, enum riscv_row row,
                                 unsigned rd, unsigned csr, unsigned source)
{
    struct riscv_insn insn = {.rd = (uint8_t)rd,
                              .rs1 = (uint8_t)source,
                              .imm = (int32_t)source,
                              .csr = (uint16_t)csr};

    rv32_emit_word(machine, riscv_encode(row, &insn));
}

/* Loads a constant with lui and addi, always two instructions. */
static inline void rv32_emit_constant(struct rv32 *machine, unsigned rd,
                                      uint32_t value)
{
    rv32_emit(machine, RISCV_LUI, rd, 0, 0,
              (int32_t)((value + 0x800) & 0xfffff000));
    rv32_emit(machine, RISCV_ADDI, rd, rd, 0, (int32_t)(value << 20) >> 20);
}

/* By the names that debuggers see; a name that is not there reads as ~0. */
static inline uint64_t rv32_get(struct rv32 *machine, const char *name)
{
    uint64_t value = UINT64_MAX;
    int index = rv32_find_register(machine, name);

    if (index >= 0) {
        machine->core->type->register_get(machine->core, (size_t)index, &value);
    }
    return value;
}

static inline void rv32_set(struct rv32 *machine, const char *name,
                            uint64_t value)
{
    int index = rv32_find_register(machine, name);

    if (index >= 0) {
        machine->core->type->register_set(machine->core, (size_t)index, value);
    }
}

static inline uint32_t rv32_load(struct rv32 *machine, uint32_t address)
{
    uint32_t value = 0;

    space_copy_out(machine->space, NULL, gpa(address), &value, 4, NULL);
    return value;
}

static inline void rv32_store(struct rv32 *machine, uint32_t address,
                              uint32_t value)
{
    space_copy_in(machine->space, NULL, gpa(address), &value, 4, NULL);
}

#endif

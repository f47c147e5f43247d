/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile A64 programs at every exception level, under translation tables that
 * are as hostile: the input is changes to the system registers below, the
 * code, and eight pages that the tables are walked in. A prologue at EL3 sets
 * the registers and returns to whatever level and state the input says.
 *
 * Bases of tables and vectors, and the entry, are kept within the memory, so
 * that most inputs get somewhere; what they find there is not.
 */
#include <string.h>

#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "tests/fuzz.h"

enum { RAM = 0x40000000, RAM_SIZE = 16 << 20, INSTRUCTIONS = 5000 };
/* In the memory, from its start; the guest's tree is before them. */
enum {
    VALUES = 0x401000,
    TABLES = 0x402000,
    TABLES_SIZE = 0x8000,
    CODE = 0x40a000,
    CODE_SIZE = 0x4000,
};

#define MSR(op1, crn, crm, op2)                                                \
    (0xd5180000u | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)

/* Encodings of MSR, what the registers hold if the input does not say, and
 * which bits it may change. */
static const struct {
    uint32_t msr;
    uint64_t value;
    uint64_t mask;
} registers[] = {
    {MSR(0, 2,  0, 0), RAM + TABLES, 0x7fff       }, /* TTBR0_EL1 */
    {MSR(0, 2,  0, 1), RAM + TABLES, 0x7fff       }, /* TTBR1_EL1 */
    {MSR(0, 2,  0, 2), 0x500190019,  UINT64_MAX   }, /* TCR_EL1: 39 bits, 4 KiB */
    {MSR(0, 10, 2, 0), 0xff44,       UINT64_MAX   }, /* MAIR_EL1 */
    {MSR(0, 12, 0, 0), RAM + CODE,   0x3800       }, /* VBAR_EL1 */
    {MSR(0, 1,  0, 2), 3 << 20,      UINT64_MAX   }, /* CPACR_EL1 */
    {MSR(0, 1,  0, 0), 0x30d00800,   UINT64_MAX   }, /* SCTLR_EL1 */
    {MSR(4, 2,  0, 0), RAM + TABLES, 0x7fff       }, /* TTBR0_EL2 */
    {MSR(4, 2,  0, 2), 0x19,         UINT64_MAX   }, /* TCR_EL2 */
    {MSR(4, 2,  1, 0), RAM + TABLES, 0x7fff       }, /* VTTBR_EL2 */
    {MSR(4, 2,  1, 2), 0x59,         UINT64_MAX   }, /* VTCR_EL2 */
    {MSR(4, 12, 0, 0), RAM + CODE,   0x3800       }, /* VBAR_EL2 */
    {MSR(4, 1,  1, 0), 1ull << 31,   UINT64_MAX   }, /* HCR_EL2 */
    {MSR(4, 1,  0, 0), 0x30c50830,   UINT64_MAX   }, /* SCTLR_EL2 */
    {MSR(6, 2,  0, 0), RAM + TABLES, 0x7fff       }, /* TTBR0_EL3 */
    {MSR(6, 2,  0, 2), 0x19,         UINT64_MAX   }, /* TCR_EL3 */
    {MSR(6, 12, 0, 0), RAM + CODE,   0x3800       }, /* VBAR_EL3 */
    {MSR(6, 1,  1, 0), 0x501,        UINT64_MAX   }, /* SCR_EL3 */
    {MSR(6, 4,  0, 0), 0x3c5,        UINT64_MAX   }, /* SPSR_EL3: EL1 */
    {MSR(6, 4,  0, 1), RAM + CODE,   CODE_SIZE - 4}, /* ELR_EL3 */
  /* Last: from here on EL3 is translated too. */
    {MSR(6, 1,  0, 0), 0x30c50830,   UINT64_MAX   }, /* SCTLR_EL3 */
};

static struct cairn_machine *machine;
static struct cairn_snapshot *snapshot;
static uint8_t *memory;

/* Loads each value and writes its register, returns, and is what the processor
 * runs first as its kernel. */
static void write_prologue(uint32_t *words)
{
    *words++ = 0x58000080; /* ldr x0, the literal four words on */
    *words++ = 0x14000005; /* b over it */
    *words++ = 0xd503201f; /* nop */
    *words++ = 0xd503201f; /* nop */
    *words++ = RAM + VALUES;
    *words++ = 0;
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        *words++ = 0xf8408401; /* ldr x1, [x0], #8 */
        *words++ = registers[i].msr | 1;
    }
    *words = 0xd69f03e0; /* eret */
}

static void prepare(void)
{
    static uint32_t prologue[64];
    size_t size;
    write_prologue(prologue);
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {"prologue", prologue, sizeof(prologue)},
        .memory_bytes = RAM_SIZE,
        .cpus = 1,
        .security = true,
        .virtualization = true,
    };
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "virt-gicv3",
                                          .guest = &guest,
                                          .seed = 1};
    if (cairn_create(&options, &machine, NULL) ||
        cairn_memory(machine, "ram", &memory, &size) || size != RAM_SIZE) {
        abort();
    }
    cairn_power(machine);
    if (cairn_snapshot(machine, &snapshot, NULL)) {
        abort();
    }
}

static size_t take(const uint8_t **data, size_t *size, void *to, size_t most)
{
    size_t count = *size < most ? *size : most;
    memcpy(to, *data, count);
    *data += count;
    *size -= count;
    return count;
}

FUZZ(data, size)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = INSTRUCTIONS,
                                      .time_ns = 1000000};
    uint8_t changes = 0;
    if (!machine) {
        prepare();
    }
    cairn_memory_written(machine, "ram", VALUES, CODE + CODE_SIZE - VALUES);
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        store_le64(memory + VALUES + 8 * i, registers[i].value);
    }
    take(&data, &size, &changes, 1);
    for (unsigned i = 0; i < changes % ARRAY_SIZE(registers); i++) {
        uint8_t change[9] = {0};
        take(&data, &size, change, sizeof(change));
        size_t index = change[0] % ARRAY_SIZE(registers);
        uint64_t bits = load_le64(change + 1) & registers[index].mask;
        store_le64(memory + VALUES + 8 * index, registers[index].value ^ bits);
    }
    /* Code first: short inputs have some. */
    take(&data, &size, memory + CODE, CODE_SIZE);
    take(&data, &size, memory + TABLES, TABLES_SIZE);
    cairn_run(machine, &until);
    if (cairn_restore(machine, snapshot, NULL)) {
        abort();
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs of both security states on board an505, which give memories
 * and devices to either state and take them away by the registers of its
 * protection controllers, or try to. Before each instruction the registers are
 * read back, and from them alone is computed what an access of it may do; what
 * then happens must be that, and a refusal must be told with who asked, where,
 * and what is there. Compiled code must end each program in the same state.
 *
 * CAIRN_MPROFILE_PROGRAMS sets how many programs are run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bus/device_state.h"
#include "engine/mprofile/modes.h"
#include "platform/machine/machine.h"
#include "tests/harness.h"

enum {
    CODE = 0x10000000, /* SSRAM 1, as the Secure state has it */
    CODE_SIZE = 0x10000,
    RAM = 0x30000000, /* the subsystem's memory */
    RAM_SIZE = 0x8000,
    ALIAS = 0x10000000, /* what Secure addresses have more */
    HANDLER = CODE + 0x800,
    GATES = CODE + 0x2000,
    SECURE_CODE = CODE + 0x1000,
    NS_HALF = 0x8000, /* of CODE: Non-secure from there, at first */
    NS_CODE = CODE - ALIAS + NS_HALF + 0x1000,
    NS_HANDLER = CODE - ALIAS + NS_HALF + 0x800,
    RAM_HALF = 0x4000,
    HALFWORDS = 64,
    STARTS = 8,       /* of each, */
    STEPS = 48,       /* and instructions of each start */
    PROGRAMS = 10000, /* unless told */
    ENGINES = 3,
    LINES = 2048,
};
enum { MPC_CODE = 0x58007000, MPC_RAM = 0x50083000, CONTROL = 0x50080000 };

struct bench {
    struct cairn_machine *machine;
    struct core *core;
    struct device *mpcs[2]; /* of the code, of the RAM */
    struct device *security;
    uint8_t *memories[2];
    char lines[LINES]; /* of the log, since it was last emptied */
    size_t length;
};

struct attack {
    struct bench benches[ENGINES];
    uint64_t random;
    uint8_t before[CODE_SIZE + RAM_SIZE];
    unsigned refused; /* accesses, */
    unsigned allowed; /* that the oracle knew of */
};

/* ---- Machines ------------------------------------------------------------ */

static void keep_line(void *context, enum cairn_log kind, const char *line)
{
    struct bench *bench = context;
    const size_t length = strlen(line);

    if (bench->length + length + 2 < LINES) {
        memcpy(bench->lines + bench->length, line, length);
        bench->lines[bench->length + length] = '\n';
        bench->length += length + 1;
        bench->lines[bench->length] = '\0';
    }
}

static struct device *find(const struct cairn_machine *machine,
                           const char *name)
{
    size_t i = 0;

    while (i < machine->node_count &&
           strcmp(machine->nodes[i].name, name) != 0) {
        i++;
    }
    return i < machine->node_count ? machine->nodes[i].device : NULL;
}

static bool bench_init(struct bench *bench, enum cairn_engine engine)
{
    static const uint32_t stays[] = {RAM + 0x1000, CODE + 9, 0xe7fee7fe};
    const struct cairn_load load = {.name = "stays",
                                    .address = CODE,
                                    .bytes = stays,
                                    .size = sizeof(stays)};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "an505",
        .seed = 1,
        .engine = engine,
        .loads = &load,
        .load_count = 1,
        .callbacks = {.log = keep_line, .context = bench}
    };
    size_t size;

    memset(bench, 0, sizeof(*bench));
    if (cairn_create(&options, &bench->machine, NULL) != 0) {
        return false;
    }
    cairn_power(bench->machine);
    bench->core = bench->machine->cores[0];
    bench->mpcs[0] = find(bench->machine, "mpc_ssram1");
    bench->mpcs[1] = find(bench->machine, "mpc_sram0");
    bench->security = find(bench->machine, "security");
    return cairn_memory(bench->machine, "ssram1", &bench->memories[0], &size) ==
               0 &&
           cairn_memory(bench->machine, "sram0", &bench->memories[1], &size) ==
               0;
}

static struct mprofile *of(const struct bench *bench)
{
    return mprofile_of(vcpu_of(bench->core));
}

/* ---- Programs ------------------------------------------------------------ */

static uint32_t next_random(struct attack *attack)
{
    attack->random = attack->random * 6364136223846793005u + 1;
    return (uint32_t)(attack->random >> 32);
}

/* Mostly addresses of what the controllers guard, in either alias. */
static uint32_t pick_address(struct attack *attack)
{
    static const uint32_t places[] = {
        CODE,       CODE,    RAM,     RAM,
        0x50000000, /* timer 0 */
        0x50100000, /* GPIO 0 */
        0x50200000, /* UART 0 */
        MPC_CODE,   MPC_RAM, CONTROL, CONTROL + 0x60,
        0x60000000, /* nothing */
    };
    const uint32_t place = places[next_random(attack) % ARRAY_SIZE(places)];
    const uint32_t random = next_random(attack);
    uint32_t size = place == CODE ? (uint32_t)CODE_SIZE : 0x20;

    size = place == RAM ? (uint32_t)RAM_SIZE : size;
    return place + (random >> 8) % size / 4 * 4 -
           ((random & 1) != 0 ? (uint32_t)ALIAS : 0);
}

/* Addresses that jumps go to. */
static uint32_t pick_target(struct attack *attack)
{
    static const uint32_t targets[] = {
        GATES | 1,   (GATES + 2) | 1, (GATES + 16) | 1, GATES,      NS_CODE,
        NS_CODE | 1, SECURE_CODE | 1, SECURE_CODE,      0xfeffffff, 0xfefffffe,
        0xfffffff9,  0xffffffb9,      0xffffffbc,       0xffffffd1, 0xffffffa8,
        0xfffffffd,  NS_CODE + ALIAS, NS_HANDLER | 1,   0xe000ed01, HANDLER | 1,
    };

    return targets[next_random(attack) % ARRAY_SIZE(targets)];
}

static uint16_t pick_halfword(struct attack *attack)
{
    /* By r5, r6: the controllers; r7: a target; lr; the stack. */
    static const uint16_t often[] = {
        0x61ec, 0x61ec, 0x61ac, 0x602c, 0x6128, 0x6134, 0x6174, 0x6234,
        0x4738, 0x47b8, 0x473c, 0x47bc, 0x4770, 0x4774, 0xdf00, 0xb510,
        0xbd10, 0xb081, 0xb001, 0x4604, 0x1c64, 0xb41f, 0xe97f, 0xe97f,
    };
    static const uint16_t accesses[] = {0x6000, 0x6800, 0x7000,
                                        0x7800, 0x8000, 0x8800};
    const uint32_t random = next_random(attack);

    switch (random & 7) {
    case 0:
    case 1:
    case 2:
    case 3: /* a load or store of r0 to r4, by one of r0 to r3 */
        return (uint16_t)(accesses[(random >> 8) % ARRAY_SIZE(accesses)] |
                          (random >> 16 & 0x7) << 6 | (random >> 20 & 3) << 3 |
                          (random >> 24) % 5);
    case 4:
    case 5:
    case 6:
        return often[(random >> 8) % ARRAY_SIZE(often)];
    default:
        return (uint16_t)(random >> 16);
    }
}

static void put_vectors(uint8_t *table, uint32_t sp, uint32_t handler)
{
    store_le32(table, sp);
    for (unsigned i = 1; i < 64; i++) {
        store_le32(table + i * 4, handler | 1);
    }
}

/* Code and data, the same for all machines of a program. */
static void make_memories(struct attack *attack, uint8_t *memories[2])
{
    uint8_t *code = memories[0];

    for (uint32_t at = 0; at < CODE_SIZE; at += 4) {
        store_le32(code + at, 0xe7fee7fe);
    }
    for (uint32_t at = 0; at < RAM_SIZE; at += 4) {
        store_le32(memories[1] + at, next_random(attack));
    }
    put_vectors(code, RAM + 0x1000, HANDLER);
    put_vectors(code + NS_HALF, RAM - ALIAS + 0x6000, NS_HANDLER);
    for (unsigned i = 0; i < HALFWORDS * 2; i += 2) {
        static const uint32_t places[] = {SECURE_CODE - CODE,
                                          NS_CODE + ALIAS - CODE,
                                          NS_HANDLER + ALIAS - CODE + 2};

        for (size_t place = 0; place < ARRAY_SIZE(places); place++) {
            const uint16_t halfword = pick_halfword(attack);

            memcpy(code + places[place] + i, &halfword, 2);
        }
    }
    store_le32(code + GATES - CODE, 0xe97fe97f);          /* SG */
    store_le32(code + GATES - CODE + 4, 0x47744770);      /* BX lr */
    store_le32(code + GATES - CODE + 16, 0xe97fe97f);     /* SG */
    store_le32(code + GATES - CODE + 16 + 4, 0x4774be00); /* BKPT */
}

static void write_as_secure(struct device *device, uint32_t offset,
                            uint32_t value)
{
    const struct access access = {.secure = true, .privileged = true};

    device_write(device, 0, &access, offset, 4, value);
}

static uint32_t read_as_secure(struct device *device, uint32_t offset)
{
    const struct access access = {.secure = true, .privileged = true};
    uint64_t value = 0;

    device_read(device, 0, &access, offset, 4, &value);
    return (uint32_t)value;
}

enum { BLK_IDX = 0x18, BLK_LUT = 0x1c, MPC_CTRL = 0, SECRESPCFG = 0x10 };

static void reset_devices(struct bench *bench, uint32_t random)
{
    device_reset(bench->security, RESET_POWER_ON);
    for (unsigned i = 0; i < 2; i++) {
        struct device *mpc = bench->mpcs[i];
        const uint32_t blocks = i == 0 ? 0xff00 : 0xffff0000;

        device_reset(mpc, RESET_POWER_ON);
        write_as_secure(mpc, BLK_IDX, 0);
        write_as_secure(mpc, BLK_LUT, blocks ^ (random >> 8 & 0x00880000));
        write_as_secure(mpc, BLK_IDX, 0);
        write_as_secure(mpc, MPC_CTRL, (random >> i & 1) << 4);
    }
    write_as_secure(bench->security, SECRESPCFG, random >> 2 & 1);
    write_as_secure(bench->security, 0x14, 1);           /* NSCCFG */
    write_as_secure(bench->security, 0x70, random & 7);  /* timers */
    write_as_secure(bench->security, 0x84, random << 3); /* UARTs */
}

static void reset_core(struct bench *bench, const uint32_t registers[16],
                       uint32_t random)
{
    struct mprofile *m = of(bench);
    struct mprofile_state *state = &m->state;

    core_reset(bench->core);
    bench->core->power = CORE_RUNNING;
    bench->core->retired = 0;
    state->vectors_read = 1;
    state->sau_ctrl = 1;
    state->sau_rbar[0] = 0;
    state->sau_rlar[0] = 0x0fffffe0 | 1;
    state->sau_rbar[1] = RAM - ALIAS;
    state->sau_rlar[1] = (RAM - ALIAS + 0x0fffffe0) | 1;
    state->sau_rbar[2] = 0x40000000;
    state->sau_rlar[2] = 0x4fffffe0 | 1;
    state->sau_rbar[3] = GATES;
    state->sau_rlar[3] = (GATES + 0xe0) | 3;
    if ((random & 0x30) == 0) { /* a part that is callable, or Secure */
        state->sau_rbar[4] = RAM - ALIAS + 0x5000;
        state->sau_rlar[4] = (RAM - ALIAS + 0x5fe0) | 1;
    }
    state->nsacr = 0xc00;
    state->cpacr[NON_SECURE] = state->cpacr[SECURE] = 0xf << 20;
    state->system_enabled[SECURE] |= BIT(EXCEPTION_SECURE_FAULT);
    state->system_enabled[NON_SECURE] |= 7 << EXCEPTION_MEM_MANAGE;
    state->vtor[SECURE] = CODE;
    state->vtor[NON_SECURE] = CODE - ALIAS + NS_HALF;
    state->msp[SECURE] = RAM + 0x1000;
    state->msp[NON_SECURE] = RAM - ALIAS + 0x6000;
    state->psp[NON_SECURE] = registers[15] & ~3u;
    state->msplim[NON_SECURE] = RAM - ALIAS + (random >> 16 & 0x5ff8);
    state->secure = (random & 0xc) == 0 ? SECURE : NON_SECURE;
    for (unsigned i = 0; i < 13; i++) {
        state->x[i] = registers[i];
    }
    state->x[MPROFILE_LR] = registers[14];
    state->x[IR_PC] = (state->secure == SECURE ? SECURE_CODE : NS_CODE) +
                      (random >> 24) % HALFWORDS * 2;
    state->x[MPROFILE_SP] = (random & 0x300) == 0     ? registers[13] & ~3u
                            : state->secure == SECURE ? state->msp[SECURE]
                                                      : state->msp[NON_SECURE];
    vcpu_flush_tlb(&m->vcpu);
    mprofile_nvic_changed(m);
    mprofile_update_contexts(m);
}

/* Memories and devices, the same on each machine. */
static void begin(struct attack *attack)
{
    const uint32_t random = next_random(attack);

    for (unsigned i = 0; i < ENGINES; i++) {
        struct bench *bench = &attack->benches[i];

        cairn_memory_written(bench->machine, "ssram1", 0, CODE_SIZE);
        cairn_memory_written(bench->machine, "sram0", 0, RAM_SIZE);
        if (i == 0) {
            make_memories(attack, bench->memories);
        } else {
            memcpy(bench->memories[0], attack->benches[0].memories[0],
                   CODE_SIZE);
            memcpy(bench->memories[1], attack->benches[0].memories[1],
                   RAM_SIZE);
        }
        reset_devices(bench, random);
    }
}

/* From a new start, with what the last one left. */
static void begin_again(struct attack *attack)
{
    const uint32_t random = next_random(attack);
    uint32_t registers[16];

    for (unsigned i = 0; i < 16; i++) {
        registers[i] = i < 4 || i == 13 || i == 15 ? pick_address(attack)
                                                   : next_random(attack);
    }
    registers[5] =
        (random & 0x40) != 0 ? (uint32_t)MPC_CODE : (uint32_t)MPC_RAM;
    registers[6] = (uint32_t)CONTROL + 0x60;
    if ((random & 0x80) != 0) { /* as if it were at a Non-secure address */
        registers[5] -= ALIAS;
        registers[6] -= ALIAS;
    }
    registers[7] = pick_target(attack);
    registers[14] = pick_target(attack);
    for (unsigned i = 0; i < ENGINES; i++) {
        reset_core(&attack->benches[i], registers, random);
    }
}

/* ---- What is allowed ----------------------------------------------------- */

enum verdict { ALLOWED, REFUSED, READS_AS_ZERO, UNKNOWN };

struct access_made {
    uint32_t address;
    unsigned size;
    bool store;
    unsigned reg; /* Rt */
};

struct judgement {
    enum verdict verdict;
    char told[128];  /* what the log must have */
    uint8_t *memory; /* what it reaches; NULL: a device */
};

/* The attribution of an address: SAU, and the board's bit 28 (DAI 0505). */
static bool is_secure_address(const struct mprofile_state *state,
                              uint32_t address)
{
    unsigned hits = 0;
    bool non_secure = false;

    for (unsigned i = 0; i < SAU_REGIONS; i++) {
        if ((state->sau_rlar[i] & 1) != 0 &&
            address >= (state->sau_rbar[i] & ~31u) &&
            address <= (state->sau_rlar[i] | 31)) {
            hits++;
            non_secure = (state->sau_rlar[i] & 2) == 0;
        }
    }
    if ((state->sau_ctrl & 1) == 0) {
        hits = 1;
        non_secure = (state->sau_ctrl & 2) != 0;
    }
    return hits != 1 || !non_secure || (address & ALIAS) != 0;
}

/* True if the controller gives the block at an offset to the Non-secure state,
 * by its registers. */
static bool is_non_secure_block(struct device *mpc, uint32_t offset,
                                uint32_t block_size)
{
    const uint32_t index = read_as_secure(mpc, BLK_IDX);
    const uint32_t block = offset / block_size;

    /* The look moves the index, and puts it back. */
    write_as_secure(mpc, BLK_IDX, block / 32);
    const uint32_t word = read_as_secure(mpc, BLK_LUT);

    write_as_secure(mpc, BLK_IDX, index);
    return (word >> block % 32 & 1) != 0;
}

static void judge_memory(struct bench *bench, unsigned memory, uint32_t offset,
                         bool secure, const struct access_made *access,
                         struct judgement *judgement)
{
    static const char *const names[] = {"ssram1", "sram0"};
    struct device *mpc = bench->mpcs[memory];
    const bool given =
        is_non_secure_block(mpc, offset, memory == 0 ? 4096 : 1024);

    judgement->memory = bench->memories[memory] + offset;
    if (given != secure) {
        judgement->verdict = ALLOWED;
        return;
    }
    judgement->verdict =
        (read_as_secure(mpc, MPC_CTRL) & 1 << 4) != 0 ? REFUSED : READS_AS_ZERO;
    snprintf(judgement->told, sizeof(judgement->told),
             "%s %s at offset 0x%x of '%s': the block is %sSecure",
             secure ? "Secure" : "Non-secure", access->store ? "write" : "read",
             offset, names[memory], secure ? "Non-" : "");
}

static void judge_device(struct bench *bench, uint32_t address, bool secure,
                         const struct access_made *access,
                         struct judgement *judgement)
{
    static const struct {
        uint32_t base;
        const char *name;
        uint16_t ports; /* the register of its controller */
        uint8_t bit;
    } devices[] = {
        {0x40000000, "timer0", 0x70, 0},
        {0x40100000, "gpio0",  0x60, 1},
        {0x40200000, "uart0",  0x84, 5},
    };

    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        if ((address & ~(uint32_t)ALIAS) - devices[i].base < 0x1000) {
            const uint32_t ports =
                read_as_secure(bench->security, devices[i].ports);
            const bool given = (ports >> devices[i].bit & 1) != 0;
            const bool privileged = mprofile_is_privileged(of(bench));

            if (given != secure && privileged) {
                judgement->verdict = ALLOWED;
                return;
            }
            judgement->verdict =
                (read_as_secure(bench->security, SECRESPCFG) & 1) != 0
                    ? REFUSED
                    : READS_AS_ZERO;
            snprintf(judgement->told, sizeof(judgement->told),
                     "%s, %sprivileged %s at offset 0x%x of '%s': its port is "
                     "%s",
                     secure ? "Secure" : "Non-secure", privileged ? "" : "un",
                     access->store ? "write" : "read", address & 0xfff,
                     devices[i].name,
                     given == secure ? (given ? "Non-secure" : "Secure")
                                     : "privileged");
            return;
        }
    }
    judgement->verdict = UNKNOWN;
}

static void judge(struct bench *bench, const struct access_made *access,
                  struct judgement *judgement)
{
    const struct mprofile_state *state = &of(bench)->state;
    const bool secure = is_secure_address(state, access->address);
    const uint32_t address = access->address;

    *judgement = (struct judgement){.verdict = UNKNOWN};
    if (address >= 0xe0000000 || (address & (access->size - 1)) != 0) {
        return;
    }
    if (state->secure == NON_SECURE && secure) {
        judgement->verdict = REFUSED;
        snprintf(judgement->told, sizeof(judgement->told),
                 "Non-secure access to 0x%08x: the address is Secure", address);
    } else if ((address & ~(uint32_t)ALIAS) < 0x800000) {
        const uint32_t offset = address & 0x3fffff;

        if (offset < CODE_SIZE) {
            judge_memory(bench, 0, offset, secure, access, judgement);
        }
    } else if ((address & ~(uint32_t)ALIAS) - (RAM - ALIAS) < RAM_SIZE) {
        judge_memory(bench, 1, address & 0xffff, secure, access, judgement);
    } else {
        judge_device(bench, address, secure, access, judgement);
    }
}

/* ---- What happens -------------------------------------------------------- */

/* A load or store of one word, byte or halfword with an immediate (DDI 0553
 * C2.2.4), in 16 bits, at pc, if the fetch of that is allowed. */
static bool decode(struct bench *bench, struct access_made *access)
{
    const struct mprofile_state *state = &of(bench)->state;
    const uint32_t pc = (uint32_t)state->x[IR_PC];
    const struct access_made fetch = {.address = pc, .size = 2};
    struct judgement judgement;
    uint16_t code;

    if (state->secure == SECURE ? !is_secure_address(state, pc)
                                : is_secure_address(state, pc)) {
        return false;
    }
    judge(bench, &fetch, &judgement);
    if (judgement.verdict != ALLOWED || judgement.memory == NULL ||
        state->not_thumb != 0 || state->x[T32_IT] != 0) {
        return false;
    }
    memcpy(&code, judgement.memory, 2);
    if (code < 0x6000 || code >= 0x9000) {
        return false;
    }
    access->size = code < 0x7000 ? 4 : code < 0x8000 ? 1 : 2;
    access->store = (code & 0x0800) == 0;
    access->reg = code & 7;
    access->address =
        (uint32_t)state->x[code >> 3 & 7] + (code >> 6 & 31) * access->size;
    return true;
}

static uint32_t value_of(const uint8_t *bytes, unsigned size)
{
    uint32_t value = 0;

    memcpy(&value, bytes, size);
    return value;
}

static void empty_log(struct bench *bench)
{
    struct log *log = &bench->machine->fabric.log;

    memset(log->repeats, 0, sizeof(log->repeats));
    bench->length = 0;
    bench->lines[0] = '\0';
}

/* True if the Secure state's own stacks are there: a fault of its handler's
 * begin stacks there within the same step. */
static bool is_secure_stack(const struct mprofile_state *state, uint32_t offset,
                            uint32_t size)
{
    enum { FRAMES = 0x200 };
    const uint32_t stacks[] = {state->msp[SECURE], state->psp[SECURE]};

    for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
        const uint32_t top = stacks[i] & 0xffff;

        if (offset < top && offset + size + FRAMES > top) {
            return true;
        }
    }
    return false;
}

/* One instruction, and what it may do. */
static void check_step(struct attack *attack, const struct access_made *access)
{
    struct bench *bench = &attack->benches[0];
    const struct mprofile_state *state = &of(bench)->state;
    const uint32_t next = (uint32_t)state->x[IR_PC] + 2;
    const uint32_t given = (uint32_t)state->x[access->reg];
    const bool stacks =
        is_secure_stack(state, access->address & 0xffff, access->size);
    struct judgement judgement;
    uint32_t old = 0;

    judge(bench, access, &judgement);
    if (judgement.memory != NULL) {
        old = value_of(judgement.memory, access->size);
    }
    empty_log(bench);
    core_run(bench->core, 1);
    const bool goes_on =
        state->x[IR_PC] == next && bench->core->power == CORE_RUNNING;
    const uint32_t mask =
        access->size == 4 ? UINT32_MAX : BIT(access->size * 8) - 1;

    if (judgement.verdict == UNKNOWN) {
        return;
    }
    test_case("%s of %u bytes at 0x%08x: %s", access->store ? "store" : "load",
              access->size, access->address, bench->lines);
    attack->allowed += judgement.verdict == ALLOWED;
    attack->refused += judgement.verdict != ALLOWED;
    EXPECT_EQ(goes_on, judgement.verdict != REFUSED);
    EXPECT(strstr(bench->lines, judgement.told) != NULL);
    if (judgement.verdict == ALLOWED) {
        EXPECT(strstr(bench->lines, "the block is") == NULL);
        EXPECT(strstr(bench->lines, "the address is") == NULL);
        EXPECT(strstr(bench->lines, "its port is") == NULL);
    }
    if (judgement.memory != NULL && !stacks) {
        const bool writes = access->store && judgement.verdict == ALLOWED;

        EXPECT_EQ(value_of(judgement.memory, access->size),
                  writes ? given & mask : old);
    }
    if (!access->store && judgement.verdict != REFUSED &&
        (judgement.memory != NULL || judgement.verdict == READS_AS_ZERO)) {
        EXPECT_EQ(state->x[access->reg],
                  judgement.verdict == ALLOWED ? old : 0);
    }
}

/* An instruction of another kind, in the Non-secure state: what changes is of
 * blocks that are given to it. */
static void check_changes(struct attack *attack)
{
    struct bench *bench = &attack->benches[0];
    const struct mprofile_state *state = &of(bench)->state;
    bool given[2][CODE_SIZE / 1024];

    memcpy(attack->before, bench->memories[0], CODE_SIZE);
    memcpy(attack->before + CODE_SIZE, bench->memories[1], RAM_SIZE);
    for (uint32_t i = 0; i < CODE_SIZE / 4096; i++) {
        given[0][i] = is_non_secure_block(bench->mpcs[0], i * 4096, 4096);
    }
    for (uint32_t i = 0; i < RAM_SIZE / 1024; i++) {
        given[1][i] = is_non_secure_block(bench->mpcs[1], i * 1024, 1024) ||
                      is_secure_stack(state, i * 1024, 1024);
    }
    core_run(bench->core, 1);
    for (uint32_t i = 0; i < CODE_SIZE / 4096; i++) {
        EXPECT(given[0][i] || memcmp(attack->before + i * 4096,
                                     bench->memories[0] + i * 4096, 4096) == 0);
    }
    for (uint32_t i = 0; i < RAM_SIZE / 1024; i++) {
        EXPECT(given[1][i] || memcmp(attack->before + CODE_SIZE + i * 1024,
                                     bench->memories[1] + i * 1024, 1024) == 0);
    }
}

static bool is_over(const struct bench *bench)
{
    const struct mprofile_state *state = &of(bench)->state;

    return bench->core->power != CORE_RUNNING ||
           (state->secure == SECURE && state->x[IR_PC] == HANDLER);
}

/* Looks that the oracle takes are no part of the program. */
static void run_checked(struct attack *attack)
{
    struct bench *bench = &attack->benches[0];

    for (unsigned i = 0; i < STEPS && !is_over(bench); i++) {
        struct access_made access;

        if (decode(bench, &access)) {
            check_step(attack, &access);
        } else if (of(bench)->state.secure == NON_SECURE) {
            check_changes(attack);
        } else {
            core_run(bench->core, 1);
        }
    }
}

static void run_alike(struct attack *attack)
{
    const struct bench *first = &attack->benches[0];
    /* An instruction that locked it up did not retire. */
    const uint64_t retired = first->core->retired;
    const uint64_t budget =
        retired + (first->core->power == CORE_STUCK ? 1 : 0);

    for (unsigned i = 1; i < ENGINES; i++) {
        struct bench *bench = &attack->benches[i];

        core_run(bench->core, budget);
        EXPECT_EQ(bench->core->retired, retired);
        EXPECT_EQ(core_hash(bench->core), core_hash(first->core));
        EXPECT(memcmp(bench->memories[0], first->memories[0], CODE_SIZE) == 0);
        EXPECT(memcmp(bench->memories[1], first->memories[1], RAM_SIZE) == 0);
        EXPECT_EQ(device_hash(bench->security, 0),
                  device_hash(first->security, 0));
        for (unsigned mpc = 0; mpc < 2; mpc++) {
            EXPECT_EQ(device_hash(bench->mpcs[mpc], 0),
                      device_hash(first->mpcs[mpc], 0));
        }
    }
}

TEST(no_program_of_either_state_gets_what_the_controllers_do_not_give)
{
    static const enum cairn_engine engines[ENGINES] = {
        CAIRN_ENGINE_INTERPRETER, CAIRN_ENGINE_ANY, CAIRN_ENGINE_CHAOS};
    const unsigned programs =
        (unsigned)test_number("CAIRN_MPROFILE_PROGRAMS", PROGRAMS);
    static struct attack all;
    struct attack *attack = &all;

    attack->random = 505;
    for (unsigned i = 0; i < ENGINES; i++) {
        REQUIRE(bench_init(&attack->benches[i], engines[i]));
    }
    for (unsigned i = 0; i < programs; i++) {
        begin(attack);
        for (unsigned start = 0; start < STARTS; start++) {
            begin_again(attack);
            run_checked(attack);
            test_case("program %u, start %u", i, start);
            run_alike(attack);
        }
    }
    /* They do attack, and not all of it is refused. */
    EXPECT(attack->refused > programs / 4);
    EXPECT(attack->allowed > programs / 4);
    for (unsigned i = 0; i < ENGINES; i++) {
        cairn_destroy(attack->benches[i].machine);
    }
}

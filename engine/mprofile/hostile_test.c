/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Non-secure programs that attack the Secure state: random instructions with
 * registers that point at Secure memory, gates that are none, forged EXC_RETURN
 * and FNC_RETURN, stacks without room or not their own. Whatever they do,
 * Secure memory stays as it was, nothing of it reaches what the Non-secure
 * state can read, and each fault says why.
 *
 * CAIRN_MPROFILE_PROGRAMS sets how many are run.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/mprofile/modes.h"
#include "tests/harness.h"

enum {
    RAM = 0x20000000,
    RAM_SIZE = 0x10000,
    HALF = 0x8000, /* Secure below, Non-secure above */
    NS_RAM = RAM + HALF,
    NS_CODE = NS_RAM + 0x1000,
    NS_STACK = NS_RAM + 0x6000,
    SECURE_STACK = RAM + 0x4000,
    GATE = RAM + 0x7000, /* callable, and no SG in it but one */
    HANDLER = RAM + 0x800,
    NS_HANDLER = NS_RAM + 0x800,
    STACK_SIZE = 0x1000,
    CODE_HALFWORDS = 64,
    STEPS = 400,
    PROGRAMS = 10000, /* unless told */
};
/* In all Secure words that are no code or vectors. */
#define SECRET 0x5ec2e75eu

struct machine {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
    uint8_t *secure; /* as it was */
    uint64_t random;
};

static uint32_t next_random(struct machine *machine)
{
    machine->random = machine->random * 6364136223846793005u + 1;
    return (uint32_t)(machine->random >> 32);
}

static uint8_t *at(struct machine *machine, uint32_t address)
{
    return region_host(machine->ram) + (address - RAM);
}

static void store_halfword(uint8_t *to, uint16_t value)
{
    memcpy(to, &value, sizeof(value));
}

static void put_vectors(struct machine *machine, uint32_t table, uint32_t sp,
                        uint32_t handler)
{
    store_le32(at(machine, table), sp);
    for (unsigned i = 1; i < 64; i++) {
        store_le32(at(machine, table) + i * 4, handler | 1);
    }
}

static void init(struct machine *machine, enum core_engine engine)
{
    struct window window = {.name = "ram",
                            .base = gpa(RAM),
                            .size_bytes = RAM_SIZE,
                            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                            .enabled = true};
    struct core_config config = {.name = "m",
                                 .compatible = "arm,cortex-m33f",
                                 .frequency_hz = 1000000,
                                 .reset_vector = gva(RAM),
                                 .engine = engine};

    memset(machine, 0, sizeof(*machine));
    fabric_init(&machine->fabric, 1);
    machine->space = space_create(&machine->fabric, "m");
    machine->ram = region_create("ram", RAM_SIZE, NULL);
    window.region = machine->ram;
    space_add_window(machine->space, &window);
    config.space = machine->space;
    config.fabric = &machine->fabric;
    for (uint32_t i = 0; i < HALF; i += 4) {
        store_le32(at(machine, RAM + i), SECRET);
    }
    put_vectors(machine, RAM, SECURE_STACK, HANDLER);
    store_halfword(at(machine, HANDLER), 0xe7fe);  /* B . */
    store_le32(at(machine, GATE), 0xe97fe97f);     /* SG */
    store_le32(at(machine, GATE + 4), 0x4774e7ff); /* B .+2; BXNS lr */
    machine->secure = malloc(HALF);
    REQUIRE(machine->secure != NULL);
    memcpy(machine->secure, at(machine, RAM), HALF);
    REQUIRE(core_create(&config, &machine->core, NULL) == 0);
}

static void fini(struct machine *machine)
{
    core_destroy(machine->core);
    space_destroy(machine->space);
    region_destroy(machine->ram);
    fabric_fini(&machine->fabric);
    free(machine->secure);
}

static struct mprofile *of(struct machine *machine)
{
    return mprofile_of(vcpu_of(machine->core));
}

/* Values that registers of attackers hold. */
static uint32_t pick_value(struct machine *machine)
{
    static const uint32_t values[] = {
        0xfffffff9,  0xffffffb9,   0xffffffbc,
        0xffffffd1,  0xfffffffd,   0xffffffa8,
        0xfefffffe,  0xfeffffff,   0xe000ed00,
        0xe002ed00,  0xe000ef34,   0xe000e380,
        GATE | 1,    GATE,         (GATE + 4) | 1,
        NS_CODE | 1, SECURE_STACK, NS_RAM - 4,
        NS_RAM - 2,  HANDLER | 1,  0,
        4,
    };
    uint32_t random = next_random(machine);

    switch (random & 3) {
    case 0:
        return RAM + (random >> 8) % RAM_SIZE;
    case 1:
        return NS_RAM + ((random >> 8) % HALF & ~3u);
    default:
        return values[(random >> 8) % ARRAY_SIZE(values)];
    }
}

/* Random halfwords, with more of what attacks are made of. */
static uint16_t pick_halfword(struct machine *machine)
{
    static const uint16_t often[] = {
        0x4700, 0x4708, 0x4770, 0x4780, 0x47f0, 0xdf00, 0x6800, 0x6008,
        0xbd00, 0xb500, 0xc803, 0xe97f, 0xf3ef, 0x8814, 0xf380, 0x8808,
        0xe840, 0xf000, 0xec20, 0x0a00, 0xbf00, 0x4604, 0x9000, 0xb081,
    };
    uint32_t random = next_random(machine);

    return (random & 3) == 0
               ? (uint16_t)(random >> 16)
               : (uint16_t)(often[(random >> 16) % ARRAY_SIZE(often)] |
                            ((random & 4) != 0 ? random >> 4 & 0x3f : 0));
}

/* In Non-secure Thread mode, where Secure code has left it. */
static void begin(struct machine *machine)
{
    struct mprofile *m = of(machine);
    struct mprofile_state *state = &m->state;

    memcpy(at(machine, RAM), machine->secure, HALF);
    memset(at(machine, NS_RAM), 0, HALF);
    put_vectors(machine, NS_RAM, NS_STACK, NS_HANDLER);
    for (unsigned i = 0; i < CODE_HALFWORDS; i++) {
        store_halfword(at(machine, NS_CODE) + i * 2, pick_halfword(machine));
        store_halfword(at(machine, NS_HANDLER) + i * 2, pick_halfword(machine));
    }
    vcpu_flush(&m->vcpu);
    core_reset(machine->core);
    machine->core->power = CORE_RUNNING;
    state->vectors_read = 1;
    state->sau_ctrl = 1;
    state->sau_rbar[0] = NS_RAM;
    state->sau_rlar[0] = (NS_RAM + HALF - 32) | 1;
    state->sau_rbar[1] = GATE;
    state->sau_rlar[1] = (GATE + 0xfe0) | 3;
    state->nsacr = 0xc00;
    state->cpacr[NON_SECURE] = state->cpacr[SECURE] = 0xf << 20;
    state->system_enabled[SECURE] |= BIT(EXCEPTION_SECURE_FAULT);
    state->system_enabled[NON_SECURE] |= 7 << EXCEPTION_MEM_MANAGE;
    state->vtor[NON_SECURE] = NS_RAM;
    state->msp[SECURE] = SECURE_STACK;
    state->msp[NON_SECURE] = NS_STACK;
    state->psp[NON_SECURE] = pick_value(machine) & ~3u;
    state->secure = NON_SECURE;
    for (unsigned i = 0; i < 13; i++) {
        state->x[i] = pick_value(machine);
    }
    state->x[MPROFILE_SP] =
        next_random(machine) % 4 == 0 ? pick_value(machine) & ~3u : NS_STACK;
    state->x[MPROFILE_LR] = pick_value(machine);
    state->x[IR_PC] = NS_CODE;
    vcpu_flush_tlb(&m->vcpu);
    mprofile_nvic_changed(m);
    mprofile_update_contexts(m);
}

/* True if a word that only Secure memory has is where it must not be. */
static bool leaked(struct machine *machine)
{
    const struct mprofile_state *state = &of(machine)->state;

    for (uint32_t i = 0; i < HALF; i += 4) {
        if (load_le32(at(machine, NS_RAM + i)) == SECRET) {
            return true;
        }
    }
    for (unsigned i = 0; state->secure == NON_SECURE && i < 15; i++) {
        if ((uint32_t)state->x[i] == SECRET) {
            return true;
        }
    }
    return false;
}

/* But for the Secure stack, which takes frames of Secure code that a gate let
 * in and an exception interrupts. */
static bool is_as_it_was(struct machine *machine)
{
    const uint32_t stack = SECURE_STACK - STACK_SIZE - RAM;
    const uint32_t behind = SECURE_STACK - RAM;

    return memcmp(at(machine, RAM), machine->secure, stack) == 0 &&
           memcmp(at(machine, SECURE_STACK), machine->secure + behind,
                  HALF - behind) == 0;
}

/* An access of the Non-secure state to Secure memory tells which and why. */
static bool says_why(const struct mprofile_state *state)
{
    return (state->sfsr & SFSR_AUVIOL) == 0 ||
           ((state->sfsr & SFSR_SFARVALID) != 0 && state->sfar < NS_RAM) ||
           state->sfar >= NS_RAM + HALF;
}

static void attack(enum core_engine engine, uint64_t seed, unsigned programs)
{
    OWNED(fini) struct machine machine;
    unsigned faults = 0;

    init(&machine, engine);
    machine.random = seed;
    for (unsigned i = 0; i < programs; i++) {
        begin(&machine);
        core_run(machine.core, STEPS);
        const struct mprofile_state *state = &of(&machine)->state;

        faults += state->exception == EXCEPTION_SECURE_FAULT;
        EXPECT(is_as_it_was(&machine));
        EXPECT(!leaked(&machine));
        EXPECT(says_why(state));
    }
    EXPECT(faults > programs / 20); /* they do attack */
}

static unsigned programs(void)
{
    return (unsigned)test_number("CAIRN_MPROFILE_PROGRAMS", PROGRAMS);
}

TEST(no_program_reaches_secure_memory_interpreted)
{
    attack(CORE_ENGINE_INTERPRETER, 1, programs());
}

TEST(no_program_reaches_secure_memory_compiled)
{
    attack(CORE_ENGINE_COMPILER, 2, programs());
}

TEST(no_program_reaches_secure_memory_with_an_engine_in_chaos)
{
    attack(CORE_ENGINE_CHAOS, 3, programs() / 4);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs of T16 and T32, with IT blocks, faults and writes to their
 * own code, must end in the same state whatever executes them: the interpreter
 * at once or instruction by instruction, compiled code, and compiled code that
 * is disturbed. What the instructions do is a matter of vectors, below, and of
 * comparisons with other implementations.
 */
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "engine/mprofile/modes.h"
#include "isa/t32/decode.h"
#include "tests/harness.h"

#define RAM 0x20000000u
enum {
    RAM_SIZE = 0x10000,
    HANDLER = 0x200,
    CODE = 0x1000, /* and on */
    DATA = 0x8000,
    STACK = 0xc000,
    LENGTH = 64, /* halfwords, about */
    STEPS = 200,
    OF_EACH_ROW = 48,
    PROGRAMS = 1500,
};

struct machine {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
};

static struct mprofile *of(struct machine *m)
{
    return mprofile_of(vcpu_of(m->core));
}

static void put16(struct machine *m, uint32_t offset, uint32_t half)
{
    const uint16_t value = (uint16_t)half;

    region_load(m->ram, offset, &value, sizeof(value));
}

static void put32(struct machine *m, uint32_t offset, uint32_t word)
{
    region_load(m->ram, offset, &word, sizeof(word));
}

/* Each exception returns two bytes behind where it was taken, which may be in
 * the middle of an instruction. */
static void load_handler(struct machine *m)
{
    static const uint16_t handler[] = {
        0x9806, /* ldr r0, [sp, #24] */
        0x3002, /* adds r0, #2 */
        0x9006, /* str r0, [sp, #24] */
        0x4770, /* bx lr */
    };

    put32(m, 0, RAM + STACK);
    for (uint32_t i = 1; i < 128; i++) {
        put32(m, i * 4, RAM + HANDLER + 1);
    }
    region_load(m->ram, HANDLER, handler, sizeof(handler));
}

static void init(struct machine *m, const char *model, enum core_engine engine)
{
    struct window window = {.name = "ram",
                            .base = gpa(RAM),
                            .size_bytes = RAM_SIZE,
                            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                            .enabled = true};
    struct core_config config = {.name = "m",
                                 .compatible = model,
                                 .frequency_hz = 1000000,
                                 .reset_vector = gva(RAM),
                                 .engine = engine};

    *m = (struct machine){0};
    fabric_init(&m->fabric, 1);
    m->space = space_create(&m->fabric, "ram");
    m->ram = region_create("ram", RAM_SIZE, NULL);
    window.region = m->ram;
    space_add_window(m->space, &window);
    config.space = m->space;
    config.fabric = &m->fabric;
    REQUIRE(core_create(&config, &m->core, NULL) == 0);
    m->core->type->reset(m->core);
    m->core->power = CORE_RUNNING;
}

static void fini(struct machine *m)
{
    core_destroy(m->core);
    space_destroy(m->space);
    region_destroy(m->ram);
    fabric_fini(&m->fabric);
}

/* ---- Random programs ----------------------------------------------------- */

static uint64_t random_state;

static uint32_t random32(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static unsigned below(unsigned count)
{
    return random32() % count;
}

/* Encodings by row. */
static uint32_t pool[T32_ROWS][OF_EACH_ROW];
static unsigned pool_count[T32_ROWS];

static void add_to_pool(uint32_t encoding)
{
    struct t32_insn insn;

    if (t32_decode(encoding, false, &insn) &&
        pool_count[insn.row] < OF_EACH_ROW) {
        pool[insn.row][pool_count[insn.row]++] = encoding;
    }
}

/* 16-bit encodings in random order, 32-bit ones at random, those of
 * coprocessors (FP) more often. */
static void make_pool(void)
{
    if (pool_count[T32_ROW_B] != 0) {
        return;
    }
    random_state = 1;
    for (uint32_t i = 0; i < 60000; i++) {
        add_to_pool(below(0xe800));
    }
    for (uint32_t i = 0; i < 4000000; i++) {
        uint32_t encoding = random32() | 0xe0000000;

        encoding = i % 4 == 0 ? (encoding & 0xfffff1ff) | 0xec000a00 : encoding;
        if (encoding >= 0xe8000000) {
            add_to_pool(encoding);
        }
    }
}

/* Rows that would end a program's life, or do nothing. */
static bool is_wanted(unsigned row)
{
    switch (row) {
    case T32_UNDEFINED:
    case T32_ROW_WFI:
    case T32_ROW_WFE:
    case T32_ROW_BKPT:
    case T32_ROW_COPROCESSOR:
        return false;
    case T32_ROW_BX:
    case T32_ROW_BLX:
    case T32_ROW_CPSID:
    case T32_ROW_MSR:
    case T32_ROW_SVC:
    case T32_ROW_UDF:
    case T32_ROW_TBB:
    case T32_ROW_TBH:
        return below(8) == 0;
    default:
        return pool_count[row] != 0;
    }
}

static uint32_t pick(void)
{
    for (;;) {
        const unsigned row = below(T32_ROWS);

        if (is_wanted(row) && pool_count[row] != 0) {
            const uint32_t encoding = pool[row][below(pool_count[row])];
            struct t32_insn insn;

            t32_decode(encoding, false, &insn);
            /* Loads of pc go astray mostly. */
            if ((insn.list & 0x8000) == 0 || below(8) == 0) {
                return encoding;
            }
        }
    }
}

static uint32_t put(uint16_t *at, uint32_t encoding)
{
    if (encoding < 0x10000) {
        at[0] = (uint16_t)encoding;
        return 1;
    }
    at[0] = (uint16_t)(encoding >> 16);
    at[1] = (uint16_t)encoding;
    return 2;
}

/* An IT with as many instructions behind it as it is about comes often. */
static void make_program(uint16_t halves[LENGTH + 16])
{
    uint32_t i = 0;

    while (i < LENGTH) {
        if (below(4) == 0) {
            i += put(halves + i, 0xbf00 | below(15) << 4 | (1 + below(15)));
        }
        i += put(halves + i, pick());
    }
    for (; i < LENGTH + 16; i++) {
        halves[i] = 0xe7fe; /* b . */
    }
}

/* Regions that are smaller than pages, over the default map: read-only, or no
 * access at all. */
static void set_mpu(struct mprofile *core)
{
    struct mprofile_state *state = &core->state;
    const unsigned bank = state->secure;
    const bool v8 = mprofile_has(core, T32_V8M_BASE);

    state->mpu_ctrl[bank] = 5; /* PRIVDEFENA, ENABLE */
    for (unsigned i = 0; i < 4; i++) {
        const uint32_t at = RAM + DATA + below(0x4000) / 64 * 64;

        state->mpu_rbar[bank][i] = v8 ? at | 4 : at;
        state->mpu_rasr[bank][i] =
            v8 ? (at | 0x20) | 1
               : (below(2) != 0 ? 0u : 6u << 24) | (4 + below(3)) << 1 | 1;
    }
    mprofile_update_contexts(core);
    vcpu_flush_tlb(&core->vcpu);
}

static void load(struct machine *m, const uint16_t *halves, unsigned number)
{
    const uint32_t start = CODE + (number * 34 & 0x1ffe);
    struct mprofile *core = of(m);
    uint64_t *x = core->state.x;

    m->core->type->reset(m->core);
    m->core->power = CORE_RUNNING;
    m->core->retired = 0;
    memset(region_host(m->ram) + DATA, 0x5a, RAM_SIZE - DATA);
    load_handler(m);
    for (uint32_t i = 0; i < LENGTH + 16; i++) {
        put16(m, start + i * 2, halves[i]);
    }
    random_state = number * 77 + 5;
    for (unsigned i = 0; i < 13; i++) {
        x[i] = below(3) != 0 ? RAM + DATA + below(0x3000) / 4 * 4
                             : random32() >> below(32);
    }
    core->state.fpscr = number % 2 != 0 ? 1 << 4 : 0; /* IXC */
    for (unsigned i = 0; i < 32; i++) {
        core->state.s[i] =
            below(4) == 0 ? 0x3f800000 + (below(64) << 20) : random32();
    }
    x[MPROFILE_SP] = RAM + STACK;
    x[MPROFILE_LR] = RAM + start + 21;
    x[IR_NZCV] = below(16);
    x[IR_PC] = RAM + start;
    core->state.vectors_read = 1;
    core->state.cpacr[0] = core->state.cpacr[1] = 15 << 20;
    if (number % 3 == 0 && core->mpu_regions != 0) {
        set_mpu(core);
    }
}

static bool same(struct machine *a, struct machine *b)
{
    return core_hash(a->core) == core_hash(b->core) &&
           memcmp(region_host(a->ram), region_host(b->ram), RAM_SIZE) == 0;
}

static void run(struct machine *m, unsigned slice)
{
    while (m->core->retired < STEPS) {
        const uint64_t left = STEPS - m->core->retired;
        const uint64_t before = m->core->retired;

        core_run(m->core, slice < left ? slice : left);
        if (m->core->retired == before && m->core->power != CORE_RUNNING) {
            break;
        }
    }
}

static const struct {
    enum core_engine engine;
    unsigned slice; /* 0: another each time */
} ways[] = {
    {CORE_ENGINE_INTERPRETER, STEPS},
    {CORE_ENGINE_INTERPRETER, 1    },
    {CORE_ENGINE_INTERPRETER, 0    },
#ifdef __x86_64__
    {CORE_ENGINE_COMPILER,    STEPS},
    {CORE_ENGINE_COMPILER,    0    },
    {CORE_ENGINE_CHAOS,       STEPS},
#endif
};

static void compare_all(const char *model)
{
    struct machine machines[ARRAY_SIZE(ways)];
    uint16_t halves[LENGTH + 16];

    make_pool();
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        init(&machines[i], model, ways[i].engine);
    }
    for (unsigned number = 0; number < PROGRAMS; number++) {
        random_state = number;
        make_program(halves);
        for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
            load(&machines[i], halves, number);
            run(&machines[i],
                ways[i].slice != 0 ? ways[i].slice : 1 + number % 11);
            test_case("%s, program %u, way %zu", model, number, i);
            if (i != 0 && !EXPECT(same(&machines[0], &machines[i]))) {
                return;
            }
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        fini(&machines[i]);
    }
}

TEST(random_programs_end_the_same_on_cortex_m0)
{
    compare_all("arm,cortex-m0");
}

TEST(random_programs_end_the_same_on_cortex_m3)
{
    compare_all("arm,cortex-m3");
}

TEST(random_programs_end_the_same_on_cortex_m7)
{
    compare_all("arm,cortex-m7");
}

TEST(random_programs_end_the_same_on_cortex_m33)
{
    compare_all("arm,cortex-m33f");
}

#ifdef __x86_64__
/* push {r0}; pop {r0}; b: in a page with a guard, that has no entry in the soft
 * TLB. */
TEST(a_stack_beside_a_guard_has_a_window_of_its_own)
{
    static const uint16_t loop[] = {0xb401, 0xbc01, 0xe7fc};
    const uint32_t guard = RAM + STACK - 0x100;
    OWNED(fini) struct machine m;

    init(&m, "arm,cortex-m7", CORE_ENGINE_COMPILER);
    load_handler(&m);
    region_load(m.ram, CODE, loop, sizeof(loop));
    struct mprofile_state *state = &of(&m)->state;
    state->vectors_read = 1;
    state->x[MPROFILE_SP] = RAM + STACK - 0x40;
    state->x[IR_PC] = RAM + CODE;
    state->mpu_ctrl[0] = 5;
    state->mpu_rbar[0][0] = guard;
    state->mpu_rasr[0][0] = 4 << 1 | 1; /* 32 bytes, for nobody */
    mprofile_update_contexts(of(&m));
    vcpu_flush_tlb(vcpu_of(m.core));
    core_run(m.core, 300);
    const struct vcpu_window *window =
        &vcpu_of(m.core)->compiled.windows[VCPU_WINDOW_STACK];
    EXPECT_EQ(window->base, guard + 32);
    EXPECT(window->size >= 0x100 - 32);
    /* A frame that comes to lie in the guard faults. */
    state->x[MPROFILE_SP] = guard + 32;
    core_run(m.core, 2);
    EXPECT_EQ(state->exception, EXCEPTION_HARD_FAULT);
    EXPECT_EQ(state->cfsr[0] & MMFSR_DACCVIOL, MMFSR_DACCVIOL);
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of T32 against vectors.def: interpreted, compiled, and disturbed. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/mprofile/modes.h"
#include "isa/t32/decode.h"
#include "tests/harness.h"

enum core_number { M7, M33, CORES };

static const char *const models[CORES] = {"arm,cortex-m7", "arm,cortex-m33f"};

static const struct vector {
    enum t32_row row;
    enum core_number core;
    uint32_t encoding;
    uint32_t apsr, fpscr;
    const char *before;
    uint32_t apsr_after, fpscr_after;
    const char *after;
} vectors[] = {
#define VECTOR(row, core, encoding, apsr, fpscr, before, apsr_after,           \
               fpscr_after, after)                                             \
    {T32_ROW_##row, core,       encoding,    apsr, fpscr,                      \
     before,        apsr_after, fpscr_after, after},
#include "engine/mprofile/vectors.def"
#undef VECTOR
};

#define RAM  0x20000000u
#define CODE 0x20001004u
enum { RAM_SIZE = 0x10000, PATTERN_SIZE = 0xc000, SP = 0x2000b000 };

struct machine {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
};

/* The part of a machine that a vector is about. */
struct state {
    uint32_t r[15];
    uint32_t s[32];
    uint32_t memory[PATTERN_SIZE / 4];
};

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
}

static void fini(struct machine *m)
{
    core_destroy(m->core);
    space_destroy(m->space);
    region_destroy(m->ram);
    fabric_fini(&m->fabric);
}

static void set_defaults(struct state *state)
{
    for (uint32_t i = 0; i < 13; i++) {
        state->r[i] = i * 0x11111111;
    }
    state->r[MPROFILE_SP] = SP;
    state->r[MPROFILE_LR] = 0x0badc0de;
    for (uint32_t i = 0; i < 32; i++) {
        state->s[i] = 0x40000000 + i * 0x01234567;
    }
    for (uint32_t i = 0; i < ARRAY_SIZE(state->memory); i++) {
        state->memory[i] = (i + 1) * 0x9e3779b9;
    }
}

/* "r3", "sp", "lr", "s31", or an address. */
static uint32_t *find(struct state *state, const char *name)
{
    if (name[0] == 'r') {
        return &state->r[strtoul(name + 1, NULL, 10)];
    }
    if (name[0] == 'l') {
        return &state->r[MPROFILE_LR];
    }
    if (name[0] == 's') {
        return name[1] == 'p' ? &state->r[MPROFILE_SP]
                              : &state->s[strtoul(name + 1, NULL, 10)];
    }
    return &state->memory[(strtoul(name, NULL, 16) - RAM) / 4];
}

static void apply(struct state *state, const char *text)
{
    while (text != NULL && *text != '\0') {
        const char *equals = strchr(text, '=');

        *find(state, text) = (uint32_t)strtoul(equals + 1, NULL, 16);
        text = strchr(equals, ' ');
        text += text != NULL;
    }
}

/* The encoding, and a branch to itself. */
static void put_code(struct state *state, uint32_t encoding)
{
    const bool is_long = encoding > 0xffff;
    const uint16_t halves[] = {
        (uint16_t)(is_long ? encoding >> 16 : encoding),
        (uint16_t)(is_long ? encoding : 0xe7fe),
        0xe7fe,
        0xe7fe,
    };

    memcpy((uint8_t *)state->memory + (CODE - RAM), halves, sizeof(halves));
}

static void load(struct machine *m, const struct state *state,
                 const struct vector *v)
{
    struct mprofile_state *core;

    m->core->type->reset(m->core);
    m->core->power = CORE_RUNNING;
    region_load(m->ram, 0, state->memory, sizeof(state->memory));
    core = &mprofile_of(vcpu_of(m->core))->state;
    for (unsigned i = 0; i < ARRAY_SIZE(state->r); i++) {
        core->x[i] = state->r[i];
    }
    memcpy(core->s, state->s, sizeof(core->s));
    mprofile_set_apsr(mprofile_of(vcpu_of(m->core)), v->apsr);
    core->fpscr = v->fpscr;
    core->x[IR_PC] = CODE;
    core->vectors_read = 1;
    core->cpacr[0] = core->cpacr[1] = 15 << 20;
    core->fpccr[0] = core->fpccr[1] = 0; /* no context is begun */
}

static void expect(struct machine *m, const struct state *state,
                   const struct vector *v)
{
    const struct mprofile *core = mprofile_of(vcpu_of(m->core));
    const uint32_t length = v->encoding > 0xffff ? 4 : 2;

    EXPECT_EQ(core->state.exception, 0);
    EXPECT_EQ(core->state.x[IR_PC], CODE + length);
    EXPECT_EQ(mprofile_apsr(core), v->apsr_after);
    EXPECT_EQ(core->state.fpscr, v->fpscr_after);
    for (unsigned i = 0; i < ARRAY_SIZE(state->r); i++) {
        EXPECT_EQ(core->state.x[i], state->r[i]);
    }
    EXPECT_BYTES(core->state.s, state->s, sizeof(state->s));
    EXPECT_BYTES(region_host(m->ram), state->memory, sizeof(state->memory));
}

/* fpscr: further bits of it, before and after. */
static void run_all(enum core_engine engine, uint32_t fpscr)
{
    static struct state state;
    struct machine machines[CORES];

    for (unsigned i = 0; i < CORES; i++) {
        init(&machines[i], models[i], engine);
    }
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        struct vector v = vectors[i];
        struct machine *m = &machines[v.core];

        if (fpscr != 0 && (v.row < T32_ROW_VADD || v.row >= T32_ROW_VMRS)) {
            continue;
        }
        test_case("vector %zu, %08x", i, v.encoding);
        v.fpscr |= fpscr;
        v.fpscr_after |= fpscr;
        set_defaults(&state);
        apply(&state, v.before);
        put_code(&state, v.encoding);
        load(m, &state, &v);
        core_run(m->core, 20);
        apply(&state, v.after);
        expect(m, &state, &v);
    }
    for (unsigned i = 0; i < CORES; i++) {
        fini(&machines[i]);
    }
}

TEST(rows_do_what_their_vectors_say)
{
    run_all(CORE_ENGINE_INTERPRETER, 0);
}

enum { IXC = 1 << 4 };

/* The host's arithmetic serves only where a result may be inexact unseen. */
TEST(rows_of_floating_point_do_so_after_an_inexact_result)
{
    run_all(CORE_ENGINE_INTERPRETER, IXC);
}

#ifdef __x86_64__
TEST(so_does_compiled_code)
{
    run_all(CORE_ENGINE_COMPILER, 0);
    run_all(CORE_ENGINE_COMPILER, IXC);
}

TEST(so_does_compiled_code_that_is_disturbed)
{
    run_all(CORE_ENGINE_CHAOS, 0);
}
#endif

/* The others jump, end in an exception, or do nothing. */
static bool needs_none(unsigned row)
{
    return row == T32_UNDEFINED || row == T32_ROW_CLREX ||
           row == T32_ROW_PRELOAD || row == T32_ROW_VLLDM ||
           row == T32_ROW_VLSTM ||
           (row >= T32_ROW_B && row <= T32_ROW_COPROCESSOR);
}

TEST(every_row_that_computes_has_vectors)
{
    bool has_vector[T32_ROWS] = {false};

    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        has_vector[vectors[i].row] = true;
    }
    for (unsigned row = 0; row < T32_ROWS; row++) {
        test_case("row %u", row);
        EXPECT(needs_none(row) || has_vector[row]);
    }
}

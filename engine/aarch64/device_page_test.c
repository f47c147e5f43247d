/* SPDX-License-Identifier: Apache-2.0 */
/* Known pages of devices (engine/device_page.h): whatever changes what an
 * access reaches, or may do, changes it for a page that was accessed before. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

/* The kernel's code at KERNEL, in a block; single pages of devices below. */
enum {
    TABLE = 0x10000,
    KERNEL = A64_RAM,
    PAGE = 0x5000, /* VA of the page at hand */
    OTHER = 0x6000,
    FIRST = 0x10000000, /* addresses of the two devices */
    SECOND = 0x10010000,
    SIGHT = 0,    /* which device, and how the access came */
    REFUSED = 4,  /* a register that refuses */
    MOVER = 8,    /* and one that puts both devices elsewhere */
    WRITTEN = 12, /* and one that keeps what was written */
};

enum { LDR_W = 0xb9400001, LDR_X = 0xf9400001, STR_W = 0xb9000001 };
#define VALID ((uint64_t)1 << 11 | 1 << 10 | 3) /* not global */
enum { DEVICE = 1 << 2, USER = 1 << 6, READ_ONLY = 1 << 7 };

struct machine {
    struct a64 a64;
    struct device *devices[2];
    struct window *windows[2];
};
static struct machine *moved;

static uint32_t see(struct device *device, const struct access *access,
                    unsigned index)
{
    return (uint32_t)(device->name[0] == 's') << 8 | 0x10 |
           (uint32_t)access->secure << 1 | access->privileged;
}

static uint32_t refuse(struct device *device, const struct access *access,
                       unsigned index)
{
    access_refuse(access);
    return 0;
}

static void exchange(struct machine *m)
{
    space_enable_window(m->a64.space, m->windows[0], false);
    space_move_window(m->a64.space, m->windows[1], gpa(FIRST));
}

static uint32_t move(struct device *device, const struct access *access,
                     unsigned index)
{
    exchange(moved);
    return see(device, access, index);
}

#define ROW(at, title, reader)                                                 \
    {                                                                          \
        .offset = (at), .count = 1, .name = (title), .access = {RO, RO},       \
        .field = NO_FIELD, .read = (reader),                                   \
    }
static const struct register_spec rows[] = {
    ROW(SIGHT, "SIGHT", see),
    ROW(REFUSED, "REFUSED", refuse),
    ROW(MOVER, "MOVER", move),
    {.offset = WRITTEN,
                            .count = 1,
                            .name = "WRITTEN",
                            .access = {RW, RW},
                            .writable = UINT32_MAX},
};
static const struct register_bank bank = {"probe", 0x1000, 4, rows,
                                          ARRAY_SIZE(rows)};
static const struct device_type type = {.compatible = "test,probe",
                                        .state_size = sizeof(uint32_t),
                                        .banks = &bank,
                                        .bank_count = 1};

static void map(struct machine *m, uint64_t va, uint64_t descriptor)
{
    a64_put(&m->a64, TABLE + 0x2000 + va / 0x1000 * 8, descriptor);
}

static void add_device(struct machine *m, unsigned i, uint64_t base)
{
    const char *name = i == 0 ? "first" : "second";
    struct window window = {.base = gpa(base),
                            .size_bytes = 0x1000,
                            .rights = WINDOW_R | WINDOW_W,
                            .enabled = true};

    m->devices[i] = device_create(&m->a64.fabric, &type, name, NULL, NULL);
    window.device = m->devices[i];
    m->windows[i] = space_add_window(m->a64.space, &window);
}

static void start(struct machine *m, enum core_engine engine)
{
    const struct core_config config = {.aarch64.el3 = true, .engine = engine};
    struct a64 *a64 = &m->a64;

    a64_init(a64, &config);
    a64_vectors(a64);
    add_device(m, 0, FIRST);
    add_device(m, 1, SECOND);
    moved = m;
    a64_put(a64, TABLE, (A64_RAM + TABLE + 0x1000) | 3);
    a64_put(a64, TABLE + 8, A64_RAM | 1 << 10 | 1);
    a64_put(a64, TABLE + 16, A64_RAM | 1 << 10 | 3 << 6 | 1);
    a64_put(a64, TABLE + 0x1000, (A64_RAM + TABLE + 0x2000) | 3);
    map(m, PAGE, FIRST | VALID | DEVICE);
    aarch64_register_write(a64->pe, AARCH64_SCR_EL3, 0x431);
    aarch64_register_write(a64->pe, AARCH64_TTBR0_EL1, A64_RAM + TABLE);
    aarch64_register_write(a64->pe, AARCH64_TCR_EL1,
                           25 | 1 << 23 | (uint64_t)2 << 32);
    aarch64_register_write(a64->pe, AARCH64_MAIR_EL1, 0x00ff);
    aarch64_register_write(a64->pe, AARCH64_SCTLR_EL1, 0x30d00801);
    aarch64_set_sp(a64->pe, 1, 1);
    aarch64_update(a64->pe);
}

static void finish(struct machine *m)
{
    a64_fini(&m->a64);
    device_destroy(m->devices[0]);
    device_destroy(m->devices[1]);
}

/* Executes one access at an address; the value, or -1 for an abort. */
static uint64_t access_at(struct machine *m, uint32_t instruction, uint64_t at)
{
    struct a64 *a64 = &m->a64;
    uint64_t *r = a64->pe->state.r;
    const uint64_t offset = instruction == STR_W ? 0x100 : instruction & 0x80;
    const uint32_t code[] = {instruction, 0x14000000};

    a64_load(a64, offset, code, sizeof(code));
    r[IR_PC] =
        (a64->pe->state.level == 0 ? 0x80000000 : (uint64_t)KERNEL) + offset;
    r[0] = at;
    r[1] = 0x77;
    /* The access aborts, or the jump behind it retires. */
    core_run(a64->core, 2);
    return a64->pe->state.level == 1 &&
                   r[IR_PC] - A64_RAM - A64_VECTORS_1 < 0x800
               ? UINT64_MAX
               : r[1];
}

/* ---- What changes things ------------------------------------------------- */

static void flush(struct machine *m, uint32_t instruction)
{
    const uint32_t code[] = {instruction, 0x14000000};

    a64_load(&m->a64, 0x200, code, sizeof(code));
    m->a64.pe->state.r[2] = PAGE >> 12;
    m->a64.pe->state.r[IR_PC] = KERNEL + 0x200;
    core_run(m->a64.core, 2);
}

static void remap(struct machine *m)
{
    map(m, PAGE, SECOND | VALID | DEVICE);
    flush(m, 0xd5088722); /* tlbi vae1, x2 */
}

static void remap_all(struct machine *m)
{
    map(m, PAGE, SECOND | VALID | DEVICE);
    flush(m, 0xd508871f); /* tlbi vmalle1 */
}

static void remap_another(struct machine *m)
{
    map(m, OTHER, SECOND | VALID | DEVICE);
    flush(m, 0xd5088722);
}

static void unmap(struct machine *m)
{
    map(m, PAGE, 0);
    flush(m, 0xd5088722);
}

static void go_to_user(struct machine *m)
{
    aarch64_set_sp(m->a64.pe, 0, 0);
    aarch64_update(m->a64.pe);
}

static void let_user(struct machine *m)
{
    map(m, PAGE, FIRST | VALID | DEVICE | USER);
    flush(m, 0xd5088722);
    EXPECT_EQ(access_at(m, LDR_W, PAGE), 0x11);
    go_to_user(m);
}

static void use_other_tables(struct machine *m)
{
    struct a64 *a64 = &m->a64;

    a64_put(a64, 0x20000, (A64_RAM + 0x21000) | 3);
    a64_put(a64, 0x20008, A64_RAM | 1 << 10 | 1);
    a64_put(a64, 0x21000, (A64_RAM + 0x22000) | 3);
    a64_put(a64, 0x22000 + PAGE / 0x1000 * 8, SECOND | VALID | DEVICE);
    aarch64_register_write(a64->pe, AARCH64_TTBR0_EL1, A64_RAM + 0x20000);
}

/* There is no memory at the address. */
static void switch_off(struct machine *m)
{
    aarch64_register_write(m->a64.pe, AARCH64_SCTLR_EL1, 0x30d00800);
}

static void become_secure(struct machine *m)
{
    aarch64_register_write(m->a64.pe, AARCH64_SCR_EL3, 0x430);
    aarch64_update(m->a64.pe);
}

static void withdraw_rights(struct machine *m)
{
    space_enable_window(m->a64.space, m->windows[0], false);
}

static void watch_in_guest(struct machine *m)
{
    struct aarch64 *pe = m->a64.pe;

    aarch64_register_write(pe, AARCH64_OSLAR_EL1, 0);
    aarch64_register_write(pe, AARCH64_MDSCR_EL1, 1 << 15 | 1 << 13);
    pe->state.daif = 0;
    aarch64_register_write(pe, AARCH64_DBGWVR0_EL1, PAGE);
    aarch64_register_write(pe, AARCH64_DBGWCR0_EL1, 0x1fff);
    aarch64_update(pe);
}

static const struct {
    const char *what;
    void (*change)(struct machine *m);
    uint32_t instruction;
    unsigned offset;
    uint64_t expected;
} rows_of_changes[] = {
    {"nothing",                 NULL,             LDR_W, SIGHT,     0x11      },
    {"another page",            remap_another,    LDR_W, SIGHT,     0x11      },
    {"maintenance by address",  remap,            LDR_W, SIGHT,     0x111     },
    {"maintenance of all",      remap_all,        LDR_W, SIGHT,     0x111     },
    {"no page",                 unmap,            LDR_W, SIGHT,     UINT64_MAX},
    {"other tables",            use_other_tables, LDR_W, SIGHT,     0x111     },
    {"no translation",          switch_off,       LDR_W, SIGHT,     UINT64_MAX},
    {"the space",               exchange,         LDR_W, SIGHT,     0x111     },
    {"no device",               withdraw_rights,  LDR_W, SIGHT,     UINT64_MAX},
    {"EL0",                     go_to_user,       LDR_W, SIGHT,     UINT64_MAX},
    {"EL0 that may read it",    let_user,         LDR_W, SIGHT,     0x10      },
    {"the Secure state",        become_secure,    LDR_W, SIGHT,     0x13      },
    {"the guest's watchpoint",  watch_in_guest,   LDR_W, SIGHT,     UINT64_MAX},
    {"no alignment",            NULL,             LDR_W, SIGHT + 2, UINT64_MAX},
    {"two words",               NULL,             LDR_X, SIGHT,     UINT64_MAX},
    {"a register that refuses", NULL,             LDR_W, REFUSED,   UINT64_MAX},
    {"one that moves devices",  NULL,             LDR_W, MOVER,     0x11      },
    {"a write",                 NULL,             STR_W, WRITTEN,   0x77      },
};

static void check(enum core_engine engine)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows_of_changes); i++) {
        OWNED(finish) struct machine m;

        test_case("%s", rows_of_changes[i].what);
        start(&m, engine);
        EXPECT_EQ(access_at(&m, LDR_W, PAGE), 0x11);
        EXPECT_EQ(access_at(&m, LDR_W, PAGE), 0x11);
        if (rows_of_changes[i].change != NULL) {
            rows_of_changes[i].change(&m);
        }
        for (unsigned turn = 0; turn < 2; turn++) {
            EXPECT_EQ(access_at(&m, rows_of_changes[i].instruction,
                                PAGE + rows_of_changes[i].offset),
                      rows_of_changes[i].expected +
                          (rows_of_changes[i].offset == MOVER) * turn * 0x100);
            if (rows_of_changes[i].expected == UINT64_MAX) {
                break; /* at another level, by now */
            }
        }
    }
}

TEST(what_changes_an_access_changes_it_for_known_pages)
{
    check(CORE_ENGINE_INTERPRETER);
}

TEST(and_so_it_is_in_compiled_code)
{
    check(CORE_ENGINE_COMPILER);
}

FIXTURE(struct machine, m, finish)
FIXTURE_BEGIN(m, start(m, CORE_ENGINE_ANY))

/* A page may be written where it was only read before, and the other way
 * around, by its own rights. */
TEST_ON(reads_make_no_page_known_for_writes, m)
{
    map(m, PAGE, FIRST | VALID | DEVICE | READ_ONLY);
    EXPECT_EQ(access_at(m, LDR_W, PAGE), 0x11);
    EXPECT_EQ(access_at(m, STR_W, PAGE + WRITTEN), UINT64_MAX);
    EXPECT_EQ(*(uint32_t *)m->devices[0]->state, 0);
    aarch64_set_sp(m->a64.pe, 1, 1);
    map(m, PAGE, FIRST | VALID | DEVICE);
    flush(m, 0xd5088722);
    for (unsigned turn = 0; turn < 3; turn++) {
        *(uint32_t *)m->devices[0]->state = 0;
        EXPECT_EQ(access_at(m, STR_W, PAGE + WRITTEN), 0x77);
        EXPECT_EQ(*(uint32_t *)m->devices[0]->state, 0x77);
        EXPECT_EQ(access_at(m, LDR_W, PAGE), 0x11);
    }
}

TEST_ON(a_debuggers_watchpoint_stops_at_a_known_page, m)
{
    EXPECT_EQ(access_at(m, LDR_W, PAGE), 0x11);
    core_add_watchpoint(m->a64.core, gva(PAGE), 4, WATCH_READ);
    m->a64.pe->state.r[IR_PC] = KERNEL;
    EXPECT_EQ(core_run(m->a64.core, 2), CORE_STOP_WATCHPOINT);
    core_remove_watchpoint(m->a64.core, gva(PAGE), 4, WATCH_READ);
    m->a64.pe->state.r[IR_PC] = KERNEL;
    EXPECT_EQ(core_run(m->a64.core, 2), CORE_STOP_BUDGET);
}

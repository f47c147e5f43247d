/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains of carries as compiled code against the interpreter: NZCV stays in the
 * host's flags over products, sums and accesses, and has to be right wherever
 * somebody looks: at a fault, a branch, the end of a block or of the budget.
 * Also second operands that are shifted, extended or inverted, which only a
 * scratch register of the host holds: an index must be right if its access goes
 * to C.
 */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

enum { D = 31, N = 31 << 5, M = 31 << 16, A = 31 << 10 };

/* Instructions and their fields that name any register: X15 and X20 are
 * addresses, of RAM, and X17 is that of nothing; X2 and X16 are small. */
static const struct {
    uint32_t word;
    uint32_t fields;
} rows[] = {
    {0xab000000, D | N | M    }, /* adds */
    {0xba000000, D | N | M    }, /* adcs */
    {0xba000000, D | N | M    },
    {0xba000000, D | N | M    },
    {0xfa000000, D | N | M    }, /* sbcs */
    {0xfa000000, D | N | M    },
    {0xeb000000, D | N | M    }, /* subs */
    {0x9a000000, D | N | M    }, /* adc */
    {0xda000000, D | N | M    }, /* sbc */
    {0x3a000000, D | N | M    }, /* adcs, of words */
    {0x5a000000, D | N | M    }, /* sbc, of words */
    {0x9b007c00, D | N | M    }, /* mul */
    {0x9b007c00, D | N | M    },
    {0x1b007c00, D | N | M    }, /* mul, of words */
    {0x9bc07c00, D | N | M    }, /* umulh */
    {0x9bc07c00, D | N | M    },
    {0x9b407c00, D | N | M    }, /* smulh */
    {0x9b000000, D | N | M | A}, /* madd */
    {0x1b008000, D | N | M | A}, /* msub, of words */
    {0x9b008000, D | N | M | A}, /* msub */
    {0x9ba00000, D | N | M | A}, /* umaddl */
    {0x9b208000, D | N | M | A}, /* smsubl */
    {0x8b000000, D | N | M    }, /* add */
    {0x4b000000, D | N | M    }, /* sub, of words */
    {0xcb000000, D | N | M    }, /* sub */
    {0x9ac02000, D | N | M    }, /* lsl */
    {0x1ac02800, D | N | M    }, /* asr, of words */
    {0x91000400, D | N        }, /* add, #1: SP in place of XZR */
    {0xaa0003e0, D | M        }, /* mov */
    {0xaa2003e0, D | M        }, /* mvn */
    {0xea200000, D | N | M    }, /* bics */
    {0x8a200000, D | N | M    }, /* bic */
    {0x0a200000, D | N | M    }, /* bic, of words */
    {0x93c90d20, D            }, /* ror , x9, #3 */
    {0x13810c20, D            }, /* ror , w1, #3 */
    {0x93c90c20, D            }, /* extr , x1, x9, #3 */
    {0x8b000c00, D | N | M    }, /* add, lsl #3 */
    {0xcb400c00, D | N | M    }, /* sub, lsr #3 */
    {0xab800c00, D | N | M    }, /* adds, asr #3 */
    {0xeb400c00, D | N | M    }, /* subs, lsr #3 */
    {0x8ac00c00, D | N | M    }, /* and, ror #3 */
    {0x0b000400, D | N | M    }, /* add, of words, lsl #1 */
    {0x8b000800, D | N | M    }, /* add, lsl #2 */
    {0xab200800, D | N | M    }, /* adds, uxtb #2: SP in place of XZR */
    {0x6b20a000, D | N | M    }, /* subs, of words, sxth */
    {0xea600c00, D | N | M    }, /* bics, lsr #3 */
    {0xaa200c00, D | N | M    }, /* orn, lsl #3 */
    {0x4a601000, D | N | M    }, /* eon, of words, lsr #4 */
    {0x6a001000, D | N | M    }, /* ands, of words, lsl #4 */
    {0xaa400fe0, D | M        }, /* orr , xzr, lsr #3 */
    {0xd3431c00, D | N        }, /* ubfx, #3, #5 */
    {0xd379e000, D | N        }, /* lsl, #7 */
    {0x131f7c00, D | N        }, /* asr, of words, #31 */
    {0x9b207c00, D | N | M    }, /* smull */
    {0x9a802400, D | N | M    }, /* csinc, of CC */
    {0x9a808000, D | N | M    }, /* csel, of HI */
    {0xfa40b005, N | M        }, /* ccmp, #5, LT */
    {0xfa47b805, N            }, /* ccmp #7, #5, LT */
    {0x3a470803, N            }, /* ccmn, of words, #7, #3, EQ */
    {0xf9400680, D            }, /* ldr [x20, #8] */
    {0xf9401a80, D            }, /* ldr [x20, #48] */
    {0xa94131e0, D            }, /* ldp , x12 [x15, #16] */
    {0xf84085e0, D            }, /* ldr [x15], #8 */
    {0xf9002280, D            }, /* str [x20, #64] */
    {0xa93e2de0, D            }, /* stp , x11 [x15, #-32] */
    {0x39000e80, D            }, /* strb [x20, #3] */
    {0xf8705a80, D            }, /* ldr [x20, w16, uxtw #3] */
    {0x3862c9e0, D            }, /* ldrb [x15, w2, sxtw] */
    {0xb8b05a80, D            }, /* ldrsw [x20, w16, uxtw #2] */
    {0x78304a80, D            }, /* strh [x20, w16, uxtw] */
    {0x694131e0, D            }, /* ldpsw , x12 [x15, #8] */
    {0xf9000220, D            }, /* str [x17] */
    {0xf862da20, D            }, /* ldr [x17, w2, sxtw #3] */
    {0x54000042, 0            }, /* b.cs over one */
    {0x54000049, 0            }, /* b.ls over one */
    {0xb4000040, D            }, /* cbz over one */
    {0x37180040, D            }, /* tbnz #3 over one */
    {0x14000001, 0            }, /* b to the next */
};

/* Some of those that the host keeps, others, and XZR. */
static const uint8_t registers[] = {0, 1, 5, 9, 10, 19, 31};

enum {
    LENGTH = 28,
    PROGRAMS = 6000,
    TABLE = 0x3000,
    MEMORY = 0x5000,
    MEMORY_SIZE = 0x1000,
    CODE = 0x100000,
    NOWHERE = 0x100000,
};

static uint64_t random_state;

static unsigned below(unsigned count)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((random_state >> 33) % count);
}

static uint32_t with_registers(uint32_t word, uint32_t fields)
{
    static const uint32_t each[] = {D, N, M, A};

    for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
        uint32_t unit = each[i] & -each[i];

        if ((fields & each[i]) != 0) {
            word |= registers[below(ARRAY_SIZE(registers))] * unit;
        }
    }
    return word;
}

/* Accesses that fault are few, as each ends the program. */
static void make_program(uint32_t words[LENGTH])
{
    for (unsigned i = 0; i < LENGTH - 1; i++) {
        size_t row = below(ARRAY_SIZE(rows));

        if ((rows[row].word >> 5 & 31) == 17 && below(4) != 0) {
            row = 0;
        }
        words[i] = with_registers(rows[row].word, rows[row].fields);
        /* Often followed by the other half of the same product. */
        if ((words[i] & 0xffa0fc00) == 0x9b807c00 && below(2) != 0 &&
            i + 2 < LENGTH) {
            words[i + 1] = (words[i] & ~(0xc00000u | D)) | registers[below(6)];
            i++;
        }
    }
    words[LENGTH - 1] = 0x14000000; /* b . */
}

/* A machine whose core is at EL3, where memory is Device's, or at EL1 with RAM
 * as it is. */
static void begin(struct a64 *m, bool translated, enum core_engine engine)
{
    a64_init(m, &(struct core_config){.engine = engine, .aarch64.el3 = true});
    a64_vectors(m);
    if (translated) {
        a64_put(m, TABLE + 8, A64_RAM | 0x701);
        AARCH64_SYS(m->pe, MAIR_EL1) = 0xff;
        AARCH64_SYS(m->pe, TCR_EL1) = 25 | 1 << 23;
        AARCH64_SYS(m->pe, TTBR0_EL1) = A64_RAM + TABLE;
        AARCH64_SYS(m->pe, SCTLR_EL1) |= 1 | 1 << 2;
    }
}

static void enter(struct a64 *m, const uint32_t *words, unsigned number)
{
    const unsigned level = (AARCH64_SYS(m->pe, SCTLR_EL1) & 1) != 0 ? 1 : 3;
    const uint64_t at = CODE + number * 4 * LENGTH;

    a64_load(m, at, words, LENGTH * sizeof(*words));
    aarch64_set_sp(m->pe, level, true);
    for (unsigned i = 0; i < 31; i++) {
        m->pe->state.r[i] = (number + i) * 0x9e3779b97f4a7c15u;
    }
    m->pe->state.r[0] = UINT64_MAX;
    m->pe->state.r[19] = 1;
    m->pe->state.r[15] = A64_RAM + MEMORY + 0x100;
    m->pe->state.r[20] = A64_RAM + MEMORY;
    m->pe->state.r[2] = (uint32_t)-16;
    m->pe->state.r[16] = number & 31;
    m->pe->state.r[17] = NOWHERE;
    m->pe->state.r[31] = A64_RAM + MEMORY;
    m->pe->state.r[IR_NZCV] = number & 15;
    m->pe->state.r[IR_PC] = A64_RAM + at;
    aarch64_update(m->pe);
}

static bool same(const struct a64 *a, const struct a64 *b)
{
    return core_hash(a->core) == core_hash(b->core) &&
           memcmp(region_host(a->ram) + MEMORY, region_host(b->ram) + MEMORY,
                  MEMORY_SIZE) == 0;
}

/* All of it at once, or in pieces that end within blocks. */
static void compare(struct a64 *plain, struct a64 *compiled, unsigned number)
{
    const unsigned slice = number % 3 == 0 ? 1 + number % 7 : LENGTH;
    uint32_t words[LENGTH];

    random_state = number;
    make_program(words);
    test_case("program %u", number);
    enter(plain, words, number);
    enter(compiled, words, number);
    for (unsigned done = 0; done < 3 * LENGTH; done += slice) {
        core_run(plain->core, slice);
        core_run(compiled->core, slice);
    }
    EXPECT(same(plain, compiled));
}

static void compare_all(bool translated)
{
    struct a64 plain;
    OWNED(a64_fini) struct a64 compiled;

    begin(&plain, translated, CORE_ENGINE_INTERPRETER);
    begin(&compiled, translated, CORE_ENGINE_COMPILER);
    for (unsigned i = 0; i < PROGRAMS; i++) {
        compare(&plain, &compiled, i);
    }
    a64_fini(&plain);
}

TEST(chains_of_carries_are_as_the_interpreter_has_them)
{
    compare_all(true);
}

TEST(so_are_they_where_accesses_check_alignment)
{
    compare_all(false);
}

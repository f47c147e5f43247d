/* SPDX-License-Identifier: Apache-2.0 */
/* Every instruction row against vectors.def, whole and in single steps. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/compiler/compiler.h"
#include "tests/harness.h"
#include "tests/rv32.h"

static const struct vector {
    enum riscv_row row;
    uint32_t a0, a1, a0_after, a2_after;
    const char *code;
} vectors[] = {
#define VECTOR(row, a0, a1, a0_after, a2_after, code)                          \
    {RISCV_##row, a0, a1, a0_after, a2_after, code},
#include "engine/riscv/vectors.def"
#undef VECTOR
};

static const uint32_t vector_memory[] = {
    0x01020384, 0x85868788, 0x80c0ff7f, 0x11223344, 0x55667788,
    0x99aabbcc, 0xddeeff00, 0xcafebabe, 0x0badf00d, 0x600dcafe};

enum { CODE = 0x1000, HANDLER = 0x2000, MEMORY = 0x4040 };

/* Emits code at RAM + CODE and returns its bytes. */
static uint32_t emit(struct rv32 *m, const char *code)
{
    m->here = RV32_RAM + CODE;
    for (; *code != '\0'; code += 4) {
        char text[5] = {code[2], code[3], code[0], code[1], '\0'};

        rv32_emit_half(m, (uint16_t)strtoul(text, NULL, 16));
    }
    return m->here - (RV32_RAM + CODE);
}

static void prepare(struct rv32 *m, const struct vector *v)
{
    static const struct {
        const char *name;
        uint32_t value;
    } registers[] = {
        {"pc",      RV32_RAM + CODE   },
        {"ra",      RV32_RAM + CODE   },
        {"t0",      RV32_RAM + CODE   },
        {"sp",      RV32_RAM + MEMORY },
        {"s0",      RV32_RAM + MEMORY },
        {"mtvec",   RV32_RAM + HANDLER},
        {"mstatus", 0x1800            },
        {"mie",     0x80              },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(vector_memory); i++) {
        rv32_store(m, RV32_RAM + MEMORY - 8 + i * 4, vector_memory[i]);
    }
    rv32_set(m, "a0", v->a0);
    rv32_set(m, "a1", v->a1);
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++) {
        rv32_set(m, registers[i].name, registers[i].value);
    }
    core_input(m->core, 1, 1);
}

static void check(const struct vector *v, bool stepped)
{
    static const struct core_config config = {.compatible = "riscv,rv32imc",
                                              .riscv.user_mode = true};
    struct core_config with = config;
    OWNED(rv32_fini) struct rv32 m;
    uint32_t size;

    if (compiler_is_possible() && !stepped) {
        with.engine = CORE_ENGINE_COMPILER;
    }
    rv32_init(&m, &with);
    size = emit(&m, v->code);
    prepare(&m, v);
    core_add_breakpoint(m.core, gva(RV32_RAM + CODE + size));
    core_add_breakpoint(m.core, gva(RV32_RAM + HANDLER));
    for (unsigned i = 0; i < 20; i++) {
        if (core_run(m.core, stepped ? 1 : 20) != CORE_STOP_BUDGET) {
            break;
        }
    }
    test_case("%s 0x%x 0x%x %s", riscv_rows[v->row].mnemonic, v->a0, v->a1,
              v->code);
    uint64_t result = rv32_get(&m, "pc") == RV32_RAM + HANDLER
                          ? rv32_get(&m, "mcause")
                          : rv32_get(&m, "a2");
    EXPECT_EQ(rv32_get(&m, "a0"), v->a0_after);
    EXPECT_EQ(result, v->a2_after);
}

TEST(every_vector_gives_its_results)
{
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        check(&vectors[i], false);
    }
}

TEST(every_vector_gives_its_results_in_single_steps)
{
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        check(&vectors[i], true);
    }
}

TEST(every_row_has_vectors_that_hold_it)
{
    for (unsigned row = RISCV_ILLEGAL + 1; row < RISCV_ROWS; row++) {
        bool found = false;

        for (size_t i = 0; i < ARRAY_SIZE(vectors) && !found; i++) {
            struct rv32 m;
            static const struct core_config config = {0};

            if (vectors[i].row != row) {
                continue;
            }
            rv32_init(&m, &config);
            uint32_t size = emit(&m, vectors[i].code);
            for (uint32_t at = 0; at < size;) {
                struct riscv_insn insn;

                riscv_decode(rv32_load(&m, RV32_RAM + CODE + at), &insn);
                found = found || insn.row == row;
                at += insn.length;
            }
            rv32_fini(&m);
        }
        test_case("%s", riscv_rows[row].mnemonic);
        EXPECT(found);
    }
}

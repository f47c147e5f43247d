/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random RV32 programs run here and under qemu-system-riscv32; all memory that
 * they leave behind must be the same.
 *
 * A program is a run of blocks. Each loads all registers, executes random
 * instructions in M or U mode, stores all registers; the trap handler appends
 * mcause, mepc, mtval and mstatus to a log and skips the instruction. QEMU's
 * RAM is a file that both sides start from and that is compared at the end.
 *
 * CAIRN_RV32_STEPS sets how many random instructions are run (a million unless
 * told), CAIRN_RV32_SEED the first seed.
 *
 * What is left out, because the manual allows both behaviours or QEMU 7.2
 * departs from it:
 *   - mstatus.MPP holding 1 or 2 (QEMU 7.2 does not treat it as WARL), and
 *     pmpcfg holding R=0 W=1 (reserved; QEMU keeps it);
 *   - CSRRS and CSRRC of a read-only CSR with a register that holds 0, which
 *     must trap (unpriv 9.1: the number of rs1 decides) and in QEMU does not;
 *   - mepc bit 0, which is always 0 (priv 3.1.14) and in QEMU 7.2 is not;
 *   - mtval after EBREAK, which may be 0 (QEMU 7.2) or the address;
 *   - interrupts, for which a common clock is missing;
 *   - mcycle and minstret, which count differently without -icount;
 *   - mvendorid and its kin.
 */
#include <stdio.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "tests/engine/differential.h"
#include "tests/engine/rv32_random.h"
#include "tests/harness.h"

enum { BASE = 0x80000000, RAM_SIZE = 0x400000, QEMU_RAM_SIZE = 64 << 20 };

static void report(const void *program, const uint8_t *ours,
                   const uint8_t *theirs)
{
    OWNED(buffer_fini) struct buffer text = {0};

    random_explain(program, ours, theirs, &text);
    fprintf(stderr, "%s\n", buffer_text(&text));
}

static struct differential of(const struct random_program *program)
{
    /* Where QEMU's machine has its timer: programs disarm it. */
    static const struct window timer = {.name = "clint",
                                        .base.value = 0x02000000,
                                        .size_bytes = 0x10000,
                                        .rights = WINDOW_R | WINDOW_W,
                                        .enabled = true};

    return (struct differential){
        .config = {.compatible = "riscv,rv32imc",
                   .reset_vector = gva(BASE),
                   .frequency_hz = 100000000,
                   .riscv.pmp_entries = 16,
                   .riscv.user_mode = true},
        .base = BASE,
        .ram_bytes = RAM_SIZE,
        .beside = &timer,
        .image = program->image,
        .image_bytes = RANDOM_IMAGE_SIZE,
        .end = program->end,
        .budget = 4000000,
        .report = report,
        .program = program,
    };
}

static uint8_t *under_qemu(const struct random_program *program)
{
    const struct differential_file ram = {"after", program->image,
                                          RANDOM_IMAGE_SIZE, 0, QEMU_RAM_SIZE};

    return differential_under_qemu(
        &ram, 1, QEMU_RAM_SIZE,
        "qemu-system-riscv32 -M virt,memory-backend=ram "
        "-object memory-backend-file,id=ram,size=%u,mem-path=after,share=on "
        "-m %uM -bios none -display none -serial none -monitor none "
        "-cpu rv32,a=false,f=false,d=false,s=false,h=false,"
        "zba=true,zbb=true,zbc=true,zbs=true",
        (unsigned)QEMU_RAM_SIZE, (unsigned)QEMU_RAM_SIZE >> 20);
}

static bool compare(uint64_t seed)
{
    struct random_program *program = random_program_create(seed);
    const struct differential run = of(program);
    uint8_t *theirs = under_qemu(program);
    const bool same = theirs != NULL && differential_agrees(&run, theirs);

    if (theirs != NULL) {
        munmap(theirs, QEMU_RAM_SIZE);
    }
    random_program_destroy(program);
    return same;
}

TEST(random_programs_leave_the_memory_that_qemu_leaves)
{
    uint64_t steps = differential_number("CAIRN_RV32_STEPS", 1000000);
    uint64_t seed = differential_number("CAIRN_RV32_SEED", 1);

    if (!differential_have("qemu-system-riscv32")) {
        SKIP("qemu-system-riscv32 is not installed");
    }
    for (uint64_t done = 0; done < steps; done += RANDOM_STEPS) {
        test_case("seed %llu", (unsigned long long)seed);
        REQUIRE(compare(seed));
        seed++;
    }
}

TEST(random_programs_go_through_the_same_states_on_all_engines)
{
    uint64_t every = differential_number("CAIRN_HASH_EVERY", 20000);
    uint64_t steps = differential_number("CAIRN_RV32_STEPS", 1000000);
    uint64_t seed = differential_number("CAIRN_RV32_SEED", 1);

    /* Fewer programs: making one takes longer than running it. */
    for (uint64_t done = 0; done < steps; done += 4 * RANDOM_STEPS) {
        struct random_program *program = random_program_create(seed);
        const struct differential run = of(program);

        test_case("seed %llu", (unsigned long long)seed);
        REQUIRE(differential_places(&run, every) > 0);
        random_program_destroy(program);
        seed++;
    }
}

/* The tiers of exactness: odd slices and whole runs end in the same state. */
TEST(random_programs_end_alike_in_slices_of_any_length)
{
    static const uint64_t slices[] = {1, 7, 1000};
    struct random_program *program = random_program_create(12345);
    const struct differential run = of(program);

    differential_expect_slices(&run, slices, ARRAY_SIZE(slices));
    random_program_destroy(program);
}

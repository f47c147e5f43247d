/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random T32 programs run here and under qemu-system-arm; all memory that they
 * leave behind must be the same, and so the state after every step, which a
 * driver in the program writes there.
 *
 * QEMU's RAM is a file that both sides start from and that is compared at the
 * end. A case is an instruction of a block with one of its sets of registers,
 * or a system step.
 *
 * IT blocks have FP instructions where the FP context is there before: QEMU
 * takes a new one at the first FP instruction of a block it translates, and if
 * that is skipped at none (DDI 0403E A7.7: each that passes its condition
 * checks).
 *
 * CAIRN_T32_CASES sets how many cases are run (a million unless told), shared
 * by the cores and the kinds, CAIRN_T32_SEED the first seed, CAIRN_T32_REPORTS
 * how many of the steps that differ are printed. CAIRN_T32_TABLE=1 prints how
 * often each row was executed.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "tests/engine/differential.h"
#include "tests/engine/t32_random.h"
#include "tests/harness.h"

enum { RAM_SIZE = 16 << 20 };

/* Unless told. */
enum { CASES = 1000000 };

/* How many blocks are looked into for the instruction that differs. */
enum { TRIES = 20 };

static uint8_t *under_qemu(const struct t32_program *program)
{
    const struct t32_target *target = program->target;
    const struct differential_file files[] = {
        {"vectors", program->image, 8,                   0, 8       },
        {"after",   program->image, program->image_size, 0, RAM_SIZE},
    };

    return differential_under_qemu(
        files, ARRAY_SIZE(files), RAM_SIZE,
        "qemu-system-arm -M %s,memory-backend=ram "
        "-object memory-backend-file,id=ram,size=%u,mem-path=after,share=on "
        "-m %uM -nic none -nodefaults -display none -serial none "
        "-monitor none -semihosting-config enable=on,target=native "
        "-device loader,file=vectors,addr=0x%x,force-raw=on",
        target->machine, (unsigned)RAM_SIZE, (unsigned)RAM_SIZE >> 20,
        target->boot);
}

/* AN505's attribution: odd regions of 256 MiB are Secure (DAI 0505, 3.1). */
static void add_idau(struct core_mprofile_config *config)
{
    config->idau_count = 16;
    for (uint32_t i = 0; i < 16; i++) {
        config->idau[i] = (struct core_idau_range){.first = i << 28,
                                                   .last = i << 28 | 0x0fffffff,
                                                   .region = (uint8_t)i,
                                                   .non_secure = i % 2 == 0};
    }
}

static void report(const void *context, const uint8_t *ours,
                   const uint8_t *theirs);

static void forget(const void *program, uint8_t *image)
{
    t32_forget(program, image);
}

static struct differential of(const struct t32_program *program)
{
    struct differential run = {
        .config = {.compatible = program->target->compatible,
                   .reset_vector = gva(program->target->base),
                   .frequency_hz = 25000000},
        .base = program->target->base,
        .ram_bytes = RAM_SIZE,
        .image = program->image,
        .image_bytes = program->image_size,
        .end = program->end,
        .budget = (uint64_t)program->records * 2000,
        .forget = forget,
        .report = report,
        .program = program,
    };

    if ((program->target->flags & T32_FLAG_SECURITY) != 0) {
        add_idau(&run.config.mprofile);
    }
    return run;
}

static void report_steps(const struct t32_program *program, const uint8_t *ours,
                         const uint8_t *theirs)
{
    uint64_t reports = differential_number("CAIRN_T32_REPORTS", 1);
    int record = t32_next_difference(program, ours, theirs, 0);

    if (record < 0) {
        uint32_t at = 0;

        while (ours[at] == theirs[at]) {
            at++;
        }
        fprintf(stderr, "only memory differs, first at 0x%x\n", at);
    }
    for (; record >= 0 && reports > 0; reports--) {
        struct buffer text = {0};

        t32_explain(program, (uint32_t)record, ours, theirs, &text);
        fprintf(stderr, "step %d:\n%s\n", record, buffer_text(&text));
        buffer_fini(&text);
        record =
            t32_next_difference(program, ours, theirs, (uint32_t)record + 1);
    }
}

/* The shortest part of a block that differs, of those that end where they are
 * told to. False: none does, with the memory that the program begins with. */
static bool report_prefix(const struct t32_program *whole, uint32_t record)
{
    struct t32_program *program = t32_program_prefixes(whole, record);
    const struct differential run = of(program);
    uint8_t *theirs = under_qemu(program);
    struct differential_machine m;
    bool found = false;

    differential_start(&m, &run, CORE_ENGINE_INTERPRETER);
    if (theirs != NULL && differential_run(&m, &run, UINT64_MAX)) {
        found =
            t32_next_difference(program, region_host(m.ram), theirs, 0) >= 0;
    }
    if (found) {
        fprintf(stderr, "the shortest part of it that differs:\n");
        report_steps(program, region_host(m.ram), theirs);
    }
    differential_finish(&m);
    if (theirs != NULL) {
        munmap(theirs, RAM_SIZE);
    }
    t32_program_destroy(program);
    return found;
}

static void report(const void *context, const uint8_t *ours,
                   const uint8_t *theirs)
{
    const struct t32_program *program = context;
    int record = t32_next_difference(program, ours, theirs, 0);

    report_steps(program, ours, theirs);
    for (unsigned tries = 0;
         tries < TRIES && record >= 0 && program->kind == T32_VALUES &&
         !report_prefix(program, (uint32_t)record);
         tries++) {
        record =
            t32_next_difference(program, ours, theirs, (uint32_t)record + 1);
    }
}

/* Runs one program on both; true when they agree. */
static bool compare(const struct t32_program *program)
{
    const struct differential run = of(program);
    uint8_t *theirs = under_qemu(program);

    if (theirs == NULL) {
        return false;
    }
    t32_correct(program, theirs);
    t32_forget(program, theirs);
    const bool same = differential_agrees(&run, theirs);
    munmap(theirs, RAM_SIZE);
    return same;
}

static const char *const kinds[] = {
    [T32_VALUES] = "values",
    [T32_SYSTEM] = "system",
};

static void print_table(const uint64_t runs[T32_ROWS], uint64_t cases,
                        const struct t32_target *target, enum t32_kind kind)
{
    unsigned rows = 0;
    unsigned covered = 0;

    for (unsigned row = 1; row < T32_ROWS; row++) {
        if (t32_row_is_random(row, target, kind)) {
            rows++;
            covered += runs[row] != 0;
        }
        if (differential_number("CAIRN_T32_TABLE", 0) != 0) {
            printf("%-24s %12llu  %s\n", t32_row_names[row],
                   (unsigned long long)runs[row],
                   t32_row_is_random(row, target, kind) ? ""
                                                        : "not by this test");
        }
    }
    printf("%s, %s: %llu cases", target->name, kinds[kind],
           (unsigned long long)cases);
    printf(rows != 0 ? ", rows executed: %u of %u\n" : "\n", covered, rows);
    if (cases >= CASES / T32_TARGETS &&
        kind == T32_VALUES) { /* fewer do not hold them all */
        EXPECT_EQ(covered, rows);
    }
}

static void compare_many(enum t32_target_number number_of, enum t32_kind kind)
{
    const struct t32_target *target = &t32_targets[number_of];
    const uint64_t share = kind == T32_VALUES ? T32_TARGETS : 50;
    uint64_t cases = differential_number("CAIRN_T32_CASES", CASES) / share;
    uint64_t seed = differential_number("CAIRN_T32_SEED", 1);
    uint64_t runs[T32_ROWS] = {0};
    uint64_t done = 0;
    bool same = true;

    if (!differential_have("qemu-system-arm")) {
        SKIP("qemu-system-arm is not installed");
    }
    for (; done < cases && same; seed++) {
        struct t32_program *program = t32_program_create(target, kind, seed);

        test_case("%s, seed %llu", target->name, (unsigned long long)seed);
        same = compare(program);
        EXPECT(same);
        for (unsigned row = 0; row < T32_ROWS; row++) {
            runs[row] += program->runs[row];
        }
        done += program->cases;
        t32_program_destroy(program);
    }
    if (same) {
        print_table(runs, done, target, kind);
    }
}

TEST(random_values_on_a_cortex_m3_leave_the_memory_that_qemu_leaves)
{
    compare_many(T32_CORTEX_M3, T32_VALUES);
}

TEST(random_values_on_a_cortex_m4_leave_the_memory_that_qemu_leaves)
{
    compare_many(T32_CORTEX_M4, T32_VALUES);
}

TEST(random_values_on_a_cortex_m7_leave_the_memory_that_qemu_leaves)
{
    compare_many(T32_CORTEX_M7, T32_VALUES);
}

TEST(random_values_on_a_cortex_m33_leave_the_memory_that_qemu_leaves)
{
    compare_many(T32_CORTEX_M33, T32_VALUES);
}

TEST(random_system_steps_on_a_cortex_m3_leave_the_memory_that_qemu_leaves)
{
    compare_many(T32_CORTEX_M3, T32_SYSTEM);
}

TEST(random_system_steps_on_a_cortex_m4_leave_the_memory_that_qemu_leaves)
{
    compare_many(T32_CORTEX_M4, T32_SYSTEM);
}

TEST(random_system_steps_on_a_cortex_m7_leave_the_memory_that_qemu_leaves)
{
    compare_many(T32_CORTEX_M7, T32_SYSTEM);
}

TEST(random_system_steps_on_a_cortex_m33_leave_the_memory_that_qemu_leaves)
{
    compare_many(T32_CORTEX_M33, T32_SYSTEM);
}

/* Both states of a Cortex-M33, where QEMU is not asked: the engines alone. */
TEST(random_system_steps_of_both_security_states_end_alike_on_all_engines)
{
    static const uint64_t slices[] = {997};
    enum { SEEDS = 4 };

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct t32_program *program =
            t32_program_create(&t32_targets[T32_CORTEX_M33], T32_SYSTEM, seed);
        const struct differential run = of(program);

        differential_expect_slices(&run, slices, ARRAY_SIZE(slices));
        t32_program_destroy(program);
    }
}

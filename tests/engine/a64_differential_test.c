/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random A64 programs run here and under qemu-aarch64; all memory that they
 * leave behind must be the same.
 *
 * A program is a set of blocks of random user-level instructions. Each block
 * is run with many sets of register values, and the registers that it ends
 * with are stored. A case is one instruction of a block with one of the sets.
 * QEMU gets the program as a static executable that writes its memory to its
 * standard output; here a bare core runs it with the MMU off.
 *
 * CAIRN_A64_CASES sets how many cases are run (two million unless told),
 * CAIRN_A64_SEED the first seed. CAIRN_A64_TABLE=1 prints how often each row
 * was executed.
 *
 * What is left out: unaligned accesses (they fault with the MMU off), choices
 * of registers that the manual calls unpredictable, and what a program at EL0
 * may not do.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/engine/a64_random.h"
#include "tests/engine/differential.h"
#include "tests/harness.h"

enum { PAGE = 0x1000, RAM_SIZE = (A64_IMAGE_SIZE + PAGE - 1) / PAGE * PAGE };

/* Unless told. */
enum { CASES = 2000000 };

/* An executable with the image as its only segment. */
static void *make_executable(const struct a64_program *program)
{
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_AARCH64,
        .e_version = EV_CURRENT,
        .e_entry = program->entry,
        .e_phoff = sizeof(header),
        .e_ehsize = sizeof(header),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 1,
    };
    const Elf64_Phdr segment = {
        .p_type = PT_LOAD,
        .p_flags = PF_R | PF_W | PF_X,
        .p_offset = PAGE,
        .p_vaddr = A64_BASE,
        .p_paddr = A64_BASE,
        .p_filesz = A64_IMAGE_SIZE,
        .p_memsz = A64_IMAGE_SIZE,
        .p_align = PAGE,
    };
    uint8_t *file = xcalloc(1, PAGE + A64_IMAGE_SIZE);

    memcpy(file, &header, sizeof(header));
    memcpy(file + sizeof(header), &segment, sizeof(segment));
    memcpy(file + PAGE, program->image, A64_IMAGE_SIZE);
    return file;
}

static uint8_t *under_qemu(const struct a64_program *program)
{
    const size_t size = PAGE + A64_IMAGE_SIZE;
    void *bytes = make_executable(program);
    const struct differential_file file = {"program", bytes, size, 0, size};
    uint8_t *after = differential_under_qemu(
        &file, 1, A64_IMAGE_SIZE, "qemu-aarch64 -cpu %s ./program >after",
        program->kind == A64_NEOVERSE_N1 ? "neoverse-n1" : "cortex-a53");

    free(bytes);
    return after;
}

static void report(const void *program, const uint8_t *ours,
                   const uint8_t *theirs)
{
    OWNED(buffer_fini) struct buffer text = {0};

    a64_explain(program, ours, theirs, &text);
    fprintf(stderr, "%s\n", buffer_text(&text));
}

static struct differential of(const struct a64_program *program)
{
    return (struct differential){
        .config = {.compatible = program->kind == A64_NEOVERSE_N1
                                     ? "arm,neoverse-n1"
                                     : "arm,cortex-a35",
                   .reset_vector = gva(program->privileged_entry),
                   .frequency_hz = 100000000},
        .base = A64_BASE,
        .ram_bytes = RAM_SIZE,
        .image = program->image,
        .image_bytes = A64_IMAGE_SIZE,
        .end = program->exit,
        .budget = (uint64_t)A64_BLOCKS * A64_SETS * 400,
        .report = report,
        .program = program,
    };
}

/* Runs one program on both; true when they agree. */
static bool compare(uint64_t seed, enum a64_kind kind,
                    uint64_t runs[AARCH64_ROWS])
{
    struct a64_program *program = a64_program_create(seed, kind);
    const struct differential run = of(program);
    uint8_t *theirs = under_qemu(program);
    const bool same = theirs != NULL && differential_agrees(&run, theirs);

    if (theirs != NULL) {
        munmap(theirs, A64_IMAGE_SIZE);
    }
    for (unsigned row = 0; row < AARCH64_ROWS; row++) {
        runs[row] += program->runs[row];
    }
    a64_program_destroy(program);
    return same;
}

static const char *const kinds[] = {
    [A64_GENERAL] = "integer",
    [A64_VECTORS] = "with vectors",
    [A64_NEOVERSE_N1] = "of the Neoverse N1",
};

static void print_table(const uint64_t runs[AARCH64_ROWS], enum a64_kind kind,
                        uint64_t cases)
{
    unsigned rows = 0;
    unsigned covered = 0;

    for (unsigned row = 1; row < AARCH64_ROWS; row++) {
        if (a64_row_is_random(row, kind)) {
            rows++;
            covered += runs[row] != 0;
        }
        if (differential_number("CAIRN_A64_TABLE", 0) != 0) {
            printf("%-24s %12llu  %s\n", aarch64_rows[row].name,
                   (unsigned long long)runs[row],
                   a64_row_is_random(row, kind) ? "" : "not by this test");
        }
    }
    printf("user cases, %s: %llu, rows executed: %u of %u\n", kinds[kind],
           (unsigned long long)cases, covered, rows);
    if (cases >= CASES) { /* a few programs do not hold all of them */
        EXPECT_EQ(covered, rows);
    }
}

static void compare_many(enum a64_kind kind)
{
    static uint64_t runs[AARCH64_ROWS];
    uint64_t cases = differential_number("CAIRN_A64_CASES", CASES);
    uint64_t seed = differential_number("CAIRN_A64_SEED", 1);
    uint64_t done = 0;

    if (!differential_have("qemu-aarch64")) {
        SKIP("qemu-aarch64 is not installed");
    }
    memset(runs, 0, sizeof(runs));
    for (; done < cases; done += A64_CASES) {
        test_case("seed %llu", (unsigned long long)seed);
        REQUIRE(compare(seed, kind, runs));
        seed++;
    }
    print_table(runs, kind, done);
}

TEST(random_integer_programs_leave_the_memory_that_qemu_leaves)
{
    compare_many(A64_GENERAL);
}

TEST(random_vector_programs_leave_the_memory_that_qemu_leaves)
{
    compare_many(A64_VECTORS);
}

TEST(random_programs_for_a_neoverse_n1_leave_the_memory_that_qemu_leaves)
{
    compare_many(A64_NEOVERSE_N1);
}

TEST(random_programs_go_through_the_same_states_on_all_engines)
{
    uint64_t every = differential_number("CAIRN_HASH_EVERY", 50000);
    uint64_t cases = differential_number("CAIRN_A64_CASES", CASES);
    uint64_t seed = differential_number("CAIRN_A64_SEED", 1);

    for (enum a64_kind kind = A64_GENERAL; kind <= A64_NEOVERSE_N1; kind++) {
        for (uint64_t done = 0; done < cases; done += A64_CASES) {
            struct a64_program *program = a64_program_create(seed, kind);
            const struct differential run = of(program);

            test_case("%s, seed %llu", kinds[kind], (unsigned long long)seed);
            REQUIRE(differential_places(&run, every) > 0);
            a64_program_destroy(program);
            seed++;
        }
    }
}

/* The tiers of exactness: odd slices and whole runs end in the same state. */
TEST(random_programs_end_alike_in_slices_of_any_length)
{
    static const uint64_t slices[] = {7, 1000};
    struct a64_program *program = a64_program_create(12345, A64_GENERAL);
    const struct differential run = of(program);

    differential_expect_slices(&run, slices, ARRAY_SIZE(slices));
    a64_program_destroy(program);
}

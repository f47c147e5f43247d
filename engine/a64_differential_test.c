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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/a64_random.h"
#include "engine/compiler/compiler.h"
#include "engine/core.h"
#include "tests/harness.h"

enum { PAGE = 0x1000, RAM_SIZE = (A64_IMAGE_SIZE + PAGE - 1) / PAGE * PAGE };

/* Unless told. */
enum { CASES = 2000000 };

static bool have_qemu(void)
{
    return system("command -v qemu-aarch64 >/dev/null 2>&1") == 0;
}

/* ---- Under QEMU ---------------------------------------------------------- */

static bool write_executable(const struct a64_program *program,
                             const char *path)
{
    Elf64_Ehdr header = {
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
    Elf64_Phdr segment = {
        .p_type = PT_LOAD,
        .p_flags = PF_R | PF_W | PF_X,
        .p_offset = PAGE,
        .p_vaddr = A64_BASE,
        .p_paddr = A64_BASE,
        .p_filesz = A64_IMAGE_SIZE,
        .p_memsz = A64_IMAGE_SIZE,
        .p_align = PAGE,
    };
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    bool ok =
        fd >= 0 && pwrite(fd, &header, sizeof(header), 0) == sizeof(header) &&
        pwrite(fd, &segment, sizeof(segment), sizeof(header)) ==
            sizeof(segment) &&
        pwrite(fd, program->image, A64_IMAGE_SIZE, PAGE) == A64_IMAGE_SIZE;

    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

/* The image after it ran under QEMU, mapped; NULL if QEMU failed. */
static uint8_t *under_qemu(const struct a64_program *program)
{
    char folder[] = "/tmp/cairn-a64-XXXXXX";
    char command[256];
    char path[64];
    uint8_t *after = NULL;

    if (mkdtemp(folder) == NULL) {
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/program", folder);
    snprintf(command, sizeof(command),
             "timeout 60 qemu-aarch64 -cpu %s %s >%s/after",
             program->kind == A64_NEOVERSE_N1 ? "neoverse-n1" : "cortex-a53",
             path, folder);
    bool ok = write_executable(program, path) && system(command) == 0;
    unlink(path);
    snprintf(path, sizeof(path), "%s/after", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (ok && fd >= 0 && fstat(fd, &status) == 0 &&
        status.st_size == A64_IMAGE_SIZE) {
        after = mmap(NULL, A64_IMAGE_SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
        if (after == MAP_FAILED) {
            after = NULL;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    unlink(path);
    rmdir(folder);
    return after;
}

/* ---- Here ---------------------------------------------------------------- */

struct machine {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct core *core;
};

static void machine_init(struct machine *m, const struct a64_program *program,
                         enum core_engine engine)
{
    struct error error = {0};

    *m = (struct machine){0};
    fabric_init(&m->fabric, 1);
    m->space = space_create(&m->fabric, "core");
    m->ram = region_create("ram", RAM_SIZE, NULL);
    struct window window = {.name = "ram",
                            .base = gpa(A64_BASE),
                            .size_bytes = RAM_SIZE,
                            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                            .enabled = true,
                            .region = m->ram};
    struct core_config config = {.name = "core",
                                 .compatible = program->kind == A64_NEOVERSE_N1
                                                   ? "arm,neoverse-n1"
                                                   : "arm,cortex-a35",
                                 .space = m->space,
                                 .fabric = &m->fabric,
                                 .reset_vector = gva(program->privileged_entry),
                                 .engine = engine,
                                 .frequency_hz = 100000000};

    space_add_window(m->space, &window);
    region_load(m->ram, 0, program->image, A64_IMAGE_SIZE);
    if (core_create(&config, &m->core, &error) == 0) {
        core_reset(m->core);
        m->core->power = CORE_RUNNING;
        core_add_breakpoint(m->core, gva(program->exit));
    }
}

static void machine_fini(struct machine *m)
{
    core_destroy(m->core);
    space_destroy(m->space);
    region_destroy(m->ram);
    fabric_fini(&m->fabric);
}

/* Runs to the end in slices of so many instructions; true if it gets there. */
static bool run_here(struct machine *m, uint64_t slice)
{
    uint64_t budget = (uint64_t)A64_BLOCKS * A64_SETS * 400;

    while (m->core != NULL && budget > 0) {
        uint64_t now = slice < budget ? slice : budget;

        if (core_run(m->core, now) == CORE_STOP_BREAKPOINT) {
            return true;
        }
        budget -= now;
    }
    return false;
}

/* ---- Both ---------------------------------------------------------------- */

static void report(const struct a64_program *program, uint64_t seed,
                   const uint8_t *ours, const uint8_t *theirs)
{
    struct buffer text = {0};

    a64_explain(program, ours, theirs, &text);
    fprintf(stderr, "seed %llu:\n%s\n", (unsigned long long)seed,
            buffer_text(&text));
    buffer_fini(&text);
}

static bool agrees(const struct a64_program *program, uint64_t seed,
                   const uint8_t *theirs, enum core_engine engine)
{
    struct machine m;

    machine_init(&m, program, engine);
    bool ended = run_here(&m, UINT64_MAX);
    bool same =
        ended && memcmp(region_host(m.ram), theirs, A64_IMAGE_SIZE) == 0;
    if (!same) {
        fprintf(stderr, "%s%s\n", ended ? "" : "it does not end here, ",
                engine == CORE_ENGINE_INTERPRETER ? "interpreted" : "compiled");
        report(program, seed, region_host(m.ram), theirs);
    }
    machine_fini(&m);
    return same;
}

/* Runs one program on both; true when they agree. */
static bool compare(uint64_t seed, enum a64_kind kind,
                    uint64_t runs[AARCH64_ROWS])
{
    struct a64_program *program = a64_program_create(seed, kind);
    uint8_t *theirs = under_qemu(program);
    bool same = theirs != NULL;

    if (theirs == NULL) {
        fprintf(stderr, "seed %llu: QEMU failed or hangs\n",
                (unsigned long long)seed);
    } else {
        same = agrees(program, seed, theirs, CORE_ENGINE_INTERPRETER) &&
               agrees(program, seed, theirs,
                      compiler_is_possible() ? CORE_ENGINE_COMPILER
                                             : CORE_ENGINE_ANY);
        munmap(theirs, A64_IMAGE_SIZE);
    }
    for (unsigned row = 0; row < AARCH64_ROWS; row++) {
        runs[row] += program->runs[row];
    }
    a64_program_destroy(program);
    return same;
}

static uint64_t number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);

    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
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
        if (number("CAIRN_A64_TABLE", 0) != 0) {
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
    uint64_t cases = number("CAIRN_A64_CASES", CASES);
    uint64_t seed = number("CAIRN_A64_SEED", 1);

    memset(runs, 0, sizeof(runs));
    uint64_t done = 0;
    for (; done < cases; done += A64_CASES) {
        test_case("seed %llu", (unsigned long long)seed);
        REQUIRE(compare(seed, kind, runs));
        seed++;
    }
    print_table(runs, kind, done);
}

TEST(random_integer_programs_leave_the_memory_that_qemu_leaves)
{
    if (!have_qemu()) {
        SKIP("qemu-aarch64 is not installed");
    }
    compare_many(A64_GENERAL);
}

TEST(random_vector_programs_leave_the_memory_that_qemu_leaves)
{
    if (!have_qemu()) {
        SKIP("qemu-aarch64 is not installed");
    }
    compare_many(A64_VECTORS);
}

TEST(random_programs_for_a_neoverse_n1_leave_the_memory_that_qemu_leaves)
{
    if (!have_qemu()) {
        SKIP("qemu-aarch64 is not installed");
    }
    compare_many(A64_NEOVERSE_N1);
}

/* Up to a count of instructions; false where the program ends before it. */
static bool run_to(struct machine *m, uint64_t count)
{
    while (m->core->retired < count) {
        if (core_run(m->core, count - m->core->retired) ==
            CORE_STOP_BREAKPOINT) {
            return false;
        }
    }
    return true;
}

enum { ENGINES = 3 };

/* Counts the places of a program where all engines had the same state; 0 if
 * they had not at one. */
static unsigned places_alike(const struct a64_program *program, uint64_t every)
{
    static const enum core_engine engines[ENGINES] = {
        CORE_ENGINE_INTERPRETER, CORE_ENGINE_ANY, CORE_ENGINE_CHAOS};
    struct machine m[ENGINES];
    unsigned places = 0;
    bool going = true;
    bool alike = true;

    for (size_t i = 0; i < ENGINES; i++) {
        machine_init(&m[i], program, engines[i]);
    }
    for (uint64_t count = every; going && alike; count += every, places++) {
        for (size_t i = 0; i < ENGINES; i++) {
            bool on = run_to(&m[i], count);

            alike = alike && (i == 0 || on == going) &&
                    core_hash(m[i].core) == core_hash(m[0].core) &&
                    region_hash(m[i].ram, 0) == region_hash(m[0].ram, 0);
            going = on;
        }
    }
    for (size_t i = 0; i < ENGINES; i++) {
        machine_fini(&m[i]);
    }
    return alike ? places : 0;
}

TEST(random_programs_go_through_the_same_states_on_all_engines)
{
    uint64_t every = number("CAIRN_HASH_EVERY", 50000);
    uint64_t cases = number("CAIRN_A64_CASES", CASES);
    uint64_t seed = number("CAIRN_A64_SEED", 1);

    for (enum a64_kind kind = A64_GENERAL; kind <= A64_NEOVERSE_N1; kind++) {
        for (uint64_t done = 0; done < cases; done += A64_CASES) {
            struct a64_program *program = a64_program_create(seed, kind);

            test_case("%s, seed %llu", kinds[kind], (unsigned long long)seed);
            REQUIRE(places_alike(program, every) > 0);
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
    struct machine whole;

    machine_init(&whole, program, CORE_ENGINE_ANY);
    REQUIRE(run_here(&whole, UINT64_MAX));
    for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
        struct machine m;

        machine_init(&m, program, CORE_ENGINE_ANY);
        EXPECT(run_here(&m, slices[i]));
        EXPECT_EQ(core_hash(m.core), core_hash(whole.core));
        EXPECT(memcmp(region_host(m.ram), region_host(whole.ram),
                      A64_IMAGE_SIZE) == 0);
        machine_fini(&m);
    }
    machine_fini(&whole);
    a64_program_destroy(program);
}

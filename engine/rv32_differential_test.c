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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/compiler/compiler.h"
#include "engine/rv32_random.h"
#include "tests/harness.h"
#include "tests/rv32.h"

enum { QEMU_RAM_SIZE = 64 << 20, COMPARED = RANDOM_IMAGE_SIZE };

static bool have_qemu(void)
{
    return system("command -v qemu-system-riscv32 >/dev/null 2>&1") == 0;
}

static bool run_qemu(const char *ram_path)
{
    char command[1024];

    snprintf(command, sizeof(command),
             "timeout 20 qemu-system-riscv32 -M virt,memory-backend=ram "
             "-object memory-backend-file,id=ram,size=%u,mem-path=%s,share=on "
             "-m %uM -bios none -display none -serial none -monitor none "
             "-cpu rv32,a=false,f=false,d=false,s=false,h=false,"
             "zba=true,zbb=true,zbc=true,zbs=true",
             (unsigned)QEMU_RAM_SIZE, ram_path, (unsigned)QEMU_RAM_SIZE >> 20);
    int status = system(command);

    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The image after it ran under QEMU, mapped; NULL if QEMU failed. */
static uint8_t *under_qemu(const uint8_t *image, char *path)
{
    int fd = mkstemp(path);
    uint8_t *after = NULL;

    if (fd < 0) {
        return NULL;
    }
    if (ftruncate(fd, QEMU_RAM_SIZE) == 0 &&
        pwrite(fd, image, RANDOM_IMAGE_SIZE, 0) == RANDOM_IMAGE_SIZE &&
        run_qemu(path)) {
        after = mmap(NULL, QEMU_RAM_SIZE, PROT_READ, MAP_SHARED, fd, 0);
        if (after == MAP_FAILED) {
            after = NULL;
        }
    }
    close(fd);
    unlink(path);
    return after;
}

static void load(struct rv32 *m, const struct random_program *program)
{
    /* Where QEMU's machine has its timer: programs disarm it. */
    struct window timer = {.name = "clint",
                           .base = gpa(0x02000000),
                           .size_bytes = 0x10000,
                           .rights = WINDOW_R | WINDOW_W,
                           .enabled = true};

    space_add_window(m->space, &timer);
    region_load(m->ram, 0, program->image, RANDOM_IMAGE_SIZE);
    core_add_breakpoint(m->core, gva(program->end));
}

/* Runs to the end in slices of so many instructions. */
static void run_here(struct rv32 *m, const struct random_program *program,
                     uint64_t slice)
{
    uint64_t budget = 4000000;

    load(m, program);
    while (budget > 0) {
        uint64_t now = slice < budget ? slice : budget;

        if (core_run(m->core, now) != CORE_STOP_BUDGET) {
            return;
        }
        budget -= now;
    }
}

static void report(const struct random_program *program, uint64_t seed,
                   const uint8_t *ours, const uint8_t *theirs)
{
    struct buffer text = {0};

    random_explain(program, ours, theirs, &text);
    fprintf(stderr, "seed %llu:\n%s\n", (unsigned long long)seed,
            buffer_text(&text));
    buffer_fini(&text);
}

static const struct core_config config = {.compatible = "riscv,rv32imc",
                                          .riscv.pmp_entries = 16,
                                          .riscv.user_mode = true};

static bool agrees(const struct random_program *program, uint64_t seed,
                   uint64_t slice, const uint8_t *theirs,
                   enum core_engine engine)
{
    struct core_config with = config;
    struct rv32 m;

    with.engine = engine;
    rv32_init(&m, &with);
    run_here(&m, program, slice);
    bool same = rv32_get(&m, "pc") == program->end &&
                memcmp(region_host(m.ram), theirs, COMPARED) == 0;
    if (!same) {
        fprintf(stderr, "%s\n",
                engine == CORE_ENGINE_INTERPRETER ? "interpreted" : "compiled");
        report(program, seed, region_host(m.ram), theirs);
    }
    rv32_fini(&m);
    return same;
}

/* Runs one program on both; true when they agree. */
static bool compare(uint64_t seed, uint64_t slice)
{
    struct random_program *program = random_program_create(seed);
    char path[] = "/tmp/cairn-rv32-XXXXXX";
    uint8_t *theirs = under_qemu(program->image, path);
    bool same = theirs != NULL;

    if (theirs == NULL) {
        fprintf(stderr, "seed %llu: QEMU failed or hangs\n",
                (unsigned long long)seed);
    } else {
        same = agrees(program, seed, slice, theirs, CORE_ENGINE_INTERPRETER) &&
               agrees(program, seed, slice, theirs,
                      compiler_is_possible() ? CORE_ENGINE_COMPILER
                                             : CORE_ENGINE_ANY);
        munmap(theirs, QEMU_RAM_SIZE);
    }
    random_program_destroy(program);
    return same;
}

static uint64_t number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);

    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

TEST(random_programs_leave_the_memory_that_qemu_leaves)
{
    uint64_t steps = number("CAIRN_RV32_STEPS", 1000000);
    uint64_t seed = number("CAIRN_RV32_SEED", 1);

    if (!have_qemu()) {
        SKIP("qemu-system-riscv32 is not installed");
    }
    for (uint64_t done = 0; done < steps; done += RANDOM_STEPS) {
        test_case("seed %llu", (unsigned long long)seed);
        REQUIRE(compare(seed, UINT64_MAX));
        seed++;
    }
}

enum { ENGINES = 3 };

/* Up to a count of instructions; false where the program ends before it. */
static bool run_to(struct rv32 *m, uint64_t count)
{
    while (m->core->retired < count) {
        if (core_run(m->core, count - m->core->retired) != CORE_STOP_BUDGET) {
            return false;
        }
    }
    return true;
}

/* Counts the places of a program where all engines had the same state; 0 if
 * they had not at one. */
static unsigned places_alike(const struct random_program *program,
                             uint64_t every)
{
    static const enum core_engine engines[ENGINES] = {
        CORE_ENGINE_INTERPRETER, CORE_ENGINE_ANY, CORE_ENGINE_CHAOS};
    struct rv32 m[ENGINES];
    unsigned places = 0;
    bool going = true;
    bool alike = true;

    for (size_t i = 0; i < ENGINES; i++) {
        struct core_config with = config;

        with.engine = engines[i];
        rv32_init(&m[i], &with);
        load(&m[i], program);
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
        rv32_fini(&m[i]);
    }
    return alike ? places : 0;
}

TEST(random_programs_go_through_the_same_states_on_all_engines)
{
    uint64_t every = number("CAIRN_HASH_EVERY", 20000);
    uint64_t steps = number("CAIRN_RV32_STEPS", 1000000);
    uint64_t seed = number("CAIRN_RV32_SEED", 1);

    /* Fewer programs: making one takes longer than running it. */
    for (uint64_t done = 0; done < steps; done += 4 * RANDOM_STEPS) {
        struct random_program *program = random_program_create(seed);

        test_case("seed %llu", (unsigned long long)seed);
        REQUIRE(places_alike(program, every) > 0);
        random_program_destroy(program);
        seed++;
    }
}

/* The tiers of exactness: odd slices and whole runs end in the same state. */
TEST(random_programs_end_alike_in_slices_of_any_length)
{
    static const uint64_t slices[] = {1, 7, 1000};
    struct random_program *program = random_program_create(12345);
    struct rv32 whole;

    rv32_init(&whole, &config);
    run_here(&whole, program, UINT64_MAX);
    for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
        struct rv32 m;

        rv32_init(&m, &config);
        run_here(&m, program, slices[i]);
        EXPECT_EQ(core_hash(m.core), core_hash(whole.core));
        EXPECT(memcmp(region_host(m.ram), region_host(whole.ram), COMPARED) ==
               0);
        rv32_fini(&m);
    }
    rv32_fini(&whole);
    random_program_destroy(program);
}

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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/compiler/compiler.h"
#include "engine/core.h"
#include "engine/t32_random.h"
#include "tests/harness.h"

enum { RAM_SIZE = 16 << 20 };

/* Unless told. */
enum { CASES = 1000000 };

/* How many blocks are looked into for the instruction that differs. */
enum { TRIES = 20 };

static bool have_qemu(void)
{
    return system("command -v qemu-system-arm >/dev/null 2>&1") == 0;
}

/* ---- Under QEMU ---------------------------------------------------------- */

static bool run_qemu(const struct t32_program *program, const char *folder)
{
    const struct t32_target *target = program->target;
    char command[1024];

    snprintf(command, sizeof(command),
             "timeout 60 qemu-system-arm -M %s,memory-backend=ram "
             "-object memory-backend-file,id=ram,size=%u,mem-path=%s/ram,"
             "share=on -m %uM -nic none -nodefaults -display none -serial none "
             "-monitor none -semihosting-config enable=on,target=native "
             "-device loader,file=%s/vectors,addr=0x%x,force-raw=on",
             target->machine, (unsigned)RAM_SIZE, folder,
             (unsigned)RAM_SIZE >> 20, folder, target->boot);
    int status = system(command);

    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool write_file(const char *path, const void *bytes, size_t size,
                       size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size &&
              ftruncate(fd, (off_t)length) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

/* RAM after the program ran under QEMU, mapped; NULL if QEMU failed. */
static uint8_t *under_qemu(const struct t32_program *program)
{
    char folder[] = "/tmp/cairn-t32-XXXXXX";
    char vectors[64];
    char ram[64];
    uint8_t *after = NULL;

    if (mkdtemp(folder) == NULL) {
        return NULL;
    }
    snprintf(vectors, sizeof(vectors), "%s/vectors", folder);
    snprintf(ram, sizeof(ram), "%s/ram", folder);
    if (write_file(vectors, program->image, 8, 8) &&
        write_file(ram, program->image, program->image_size, RAM_SIZE) &&
        run_qemu(program, folder)) {
        int fd = open(ram, O_RDONLY | O_CLOEXEC);

        after = fd < 0 ? MAP_FAILED
                       : mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE, fd, 0);
        after = after == MAP_FAILED ? NULL : after;
        close(fd);
    }
    unlink(vectors);
    unlink(ram);
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

static void machine_init(struct machine *m, const struct t32_program *program,
                         enum core_engine engine)
{
    struct error error = {0};

    *m = (struct machine){0};
    fabric_init(&m->fabric, 1);
    m->space = space_create(&m->fabric, "core");
    m->ram = region_create("ram", RAM_SIZE, NULL);
    struct window window = {.name = "ram",
                            .base = gpa(program->target->base),
                            .size_bytes = RAM_SIZE,
                            .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                            .enabled = true,
                            .region = m->ram};
    struct core_config config = {.name = "core",
                                 .compatible = program->target->compatible,
                                 .space = m->space,
                                 .fabric = &m->fabric,
                                 .reset_vector = gva(program->target->base),
                                 .engine = engine,
                                 .frequency_hz = 25000000};

    if ((program->target->flags & T32_FLAG_SECURITY) != 0) {
        add_idau(&config.mprofile);
    }
    space_add_window(m->space, &window);
    region_load(m->ram, 0, program->image, program->image_size);
    if (core_create(&config, &m->core, &error) == 0) {
        core_reset(m->core);
        m->core->power = CORE_RUNNING;
        core_add_breakpoint(m->core, gva(program->end));
    } else {
        fprintf(stderr, "%s\n", error.text);
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
static bool run_here(struct machine *m, const struct t32_program *program,
                     uint64_t slice)
{
    uint64_t budget = (uint64_t)program->records * 2000;

    while (m->core != NULL && budget > 0) {
        uint64_t now = slice < budget ? slice : budget;
        enum core_stop stop = core_run(m->core, now);

        if (stop != CORE_STOP_BUDGET) {
            return stop == CORE_STOP_BREAKPOINT;
        }
        budget -= now;
    }
    return false;
}

/* ---- Both ---------------------------------------------------------------- */

static uint64_t number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);

    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static void report(const struct t32_program *program, uint64_t seed,
                   const uint8_t *ours, const uint8_t *theirs)
{
    uint64_t reports = number("CAIRN_T32_REPORTS", 1);
    int record = t32_next_difference(program, ours, theirs, 0);

    if (record < 0) {
        uint32_t at = 0;

        while (ours[at] == theirs[at]) {
            at++;
        }
        fprintf(stderr, "seed %llu: only memory differs, first at 0x%x\n",
                (unsigned long long)seed, at);
    }
    for (; record >= 0 && reports > 0; reports--) {
        struct buffer text = {0};

        t32_explain(program, (uint32_t)record, ours, theirs, &text);
        fprintf(stderr, "seed %llu, step %d:\n%s\n", (unsigned long long)seed,
                record, buffer_text(&text));
        buffer_fini(&text);
        record =
            t32_next_difference(program, ours, theirs, (uint32_t)record + 1);
    }
}

/* The shortest part of a block that differs, of those that end where they are
 * told to. False: none does, with the memory that the program begins with. */
static bool report_prefix(const struct t32_program *whole, uint32_t record,
                          uint64_t seed)
{
    struct t32_program *program = t32_program_prefixes(whole, record);
    uint8_t *theirs = under_qemu(program);
    struct machine m;

    bool found = false;

    machine_init(&m, program, CORE_ENGINE_INTERPRETER);
    if (theirs != NULL && run_here(&m, program, UINT64_MAX)) {
        found =
            t32_next_difference(program, region_host(m.ram), theirs, 0) >= 0;
    }
    if (found) {
        fprintf(stderr, "the shortest part of it that differs:\n");
        report(program, seed, region_host(m.ram), theirs);
    }
    machine_fini(&m);
    if (theirs != NULL) {
        munmap(theirs, RAM_SIZE);
    }
    t32_program_destroy(program);
    return found;
}

static bool agrees(const struct t32_program *program, uint64_t seed,
                   const uint8_t *theirs, enum core_engine engine)
{
    struct machine m;

    machine_init(&m, program, engine);
    bool ended = run_here(&m, program, UINT64_MAX);
    uint8_t *ours = region_host(m.ram);
    t32_forget(program, ours);
    bool same = ended && memcmp(ours, theirs, program->image_size) == 0;
    if (!same) {
        fprintf(stderr, "%s, %s%s\n", program->target->name,
                ended ? "" : "it does not end here, ",
                engine == CORE_ENGINE_INTERPRETER ? "interpreted" : "compiled");
        report(program, seed, ours, theirs);
        int record = t32_next_difference(program, ours, theirs, 0);
        for (unsigned tries = 0;
             tries < TRIES && record >= 0 && program->kind == T32_VALUES &&
             !report_prefix(program, (uint32_t)record, seed);
             tries++) {
            record = t32_next_difference(program, ours, theirs,
                                         (uint32_t)record + 1);
        }
    }
    machine_fini(&m);
    return same;
}

/* Runs one program on both; true when they agree. */
static bool compare(const struct t32_program *program, uint64_t seed)
{
    uint8_t *theirs = under_qemu(program);
    bool same = theirs != NULL;

    if (theirs == NULL) {
        fprintf(stderr, "seed %llu: QEMU failed or hangs\n",
                (unsigned long long)seed);
    } else {
        t32_correct(program, theirs);
        t32_forget(program, theirs);
        same = agrees(program, seed, theirs, CORE_ENGINE_INTERPRETER) &&
               agrees(program, seed, theirs,
                      compiler_is_possible() ? CORE_ENGINE_COMPILER
                                             : CORE_ENGINE_ANY);
        munmap(theirs, RAM_SIZE);
    }
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
        if (number("CAIRN_T32_TABLE", 0) != 0) {
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
    uint64_t cases = number("CAIRN_T32_CASES", CASES) / share;
    uint64_t seed = number("CAIRN_T32_SEED", 1);
    uint64_t runs[T32_ROWS] = {0};
    uint64_t done = 0;
    bool same = true;

    if (!have_qemu()) {
        SKIP("qemu-system-arm is not installed");
    }
    for (; done < cases && same; seed++) {
        struct t32_program *program = t32_program_create(target, kind, seed);

        test_case("%s, seed %llu", target->name, (unsigned long long)seed);
        same = compare(program, seed);
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
    static const enum core_engine engines[] = {
        CORE_ENGINE_INTERPRETER, CORE_ENGINE_ANY, CORE_ENGINE_CHAOS};
    enum { ENGINES = 3, SEEDS = 4 };

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct t32_program *program =
            t32_program_create(&t32_targets[T32_CORTEX_M33], T32_SYSTEM, seed);
        struct machine m[ENGINES];

        test_case("seed %llu", (unsigned long long)seed);
        for (size_t i = 0; i < ENGINES; i++) {
            machine_init(&m[i], program, engines[i]);
            EXPECT(run_here(&m[i], program, i == 0 ? UINT64_MAX : 997));
            EXPECT_EQ(core_hash(m[i].core), core_hash(m[0].core));
            EXPECT(memcmp(region_host(m[i].ram), region_host(m[0].ram),
                          program->image_size) == 0);
        }
        for (size_t i = 0; i < ENGINES; i++) {
            machine_fini(&m[i]);
        }
        t32_program_destroy(program);
    }
}

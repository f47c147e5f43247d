/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random system programs run on the board virt and under qemu-system-aarch64;
 * all memory that they leave behind must be the same.
 *
 * QEMU's RAM is a file that both sides start from. The state of every step is
 * in memory at the end, so the first one that differs is known without running
 * anything again; if only other memory differs, the step is found by running
 * fewer and fewer of them.
 *
 * CAIRN_A64_SYSTEM sets how many programs are run (of SYSTEM_STEPS steps),
 * CAIRN_A64_SEED the first seed, CAIRN_A64_REPORTS how many of the steps that
 * differ are printed.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "engine/aarch64/aarch64.h"
#include "platform/machine/machine.h"
#include "tests/engine/a64_system.h"
#include "tests/engine/differential.h"
#include "tests/harness.h"
#include "tests/machine.h"

enum { OFFSET = SYSTEM_IMAGE - SYSTEM_RAM, FLASH_BYTES = 64 * 1024 };

static uint8_t *under_qemu(const struct system_image *image)
{
    const struct differential_file ram = {"after", image->bytes, SYSTEM_BYTES,
                                          OFFSET, SYSTEM_RAM_BYTES};

    return differential_under_qemu(
        &ram, 1, SYSTEM_RAM_BYTES,
        "qemu-system-aarch64 -M virt,gic-version=2,secure=on,"
        "virtualization=on,memory-backend=ram -cpu cortex-a35 "
        "-object memory-backend-file,id=ram,size=%u,mem-path=after,share=on "
        "-m %uM -nodefaults -display none -monitor none -serial none "
        "-semihosting-config enable=on,target=native "
        "-device loader,addr=0x%llx,cpu-num=0",
        (unsigned)SYSTEM_RAM_BYTES, (unsigned)SYSTEM_RAM_BYTES >> 20,
        (unsigned long long)image->entry);
}

/* ---- Here ---------------------------------------------------------------- */

static int set_pc(struct core *core, uint64_t pc)
{
    const struct core_type *type = core->type;

    for (size_t i = 0; i < core->register_count; i++) {
        if (strcmp(core->registers[i].name, "pc") == 0) {
            return type->register_set(core, i, pc);
        }
    }
    return -1;
}

static struct cairn_machine *machine_with(const struct system_image *image,
                                          uint8_t **ram)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .memory_bytes = SYSTEM_RAM_BYTES,
                                      .cpus = 1,
                                      .security = true,
                                      .virtualization = true,
                                      .semihosting = true};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .guest = &guest};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    uint8_t *flash;
    size_t size;

    if (cairn_create(&options, &machine, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        return NULL;
    }
    cairn_power(machine);
    if (cairn_memory(machine, "ram", ram, &size) != 0 ||
        cairn_memory_written(machine, "ram", OFFSET, SYSTEM_BYTES) != 0 ||
        cairn_memory(machine, "flash0", &flash, &size) != 0 ||
        set_pc(machine->cores[0], image->entry) != 0) {
        cairn_destroy(machine);
        return NULL;
    }
    /* Addresses that wrap end there, and QEMU's flash without a file is not
     * erased, but zero. */
    memset(flash, 0, FLASH_BYTES);
    static const uint8_t zeros[4096];
    for (size_t i = 0; i < SYSTEM_BYTES; i += sizeof(zeros)) {
        if (memcmp(image->bytes + i, zeros, sizeof(zeros)) != 0) {
            memcpy(*ram + OFFSET + i, image->bytes + i, sizeof(zeros));
        }
    }
    return machine;
}

static bool run_here(struct cairn_machine *machine, uint64_t slice)
{
    for (uint64_t done = 0; done < 20000000; done += slice) {
        enum cairn_stop stop = run_instructions(machine, slice);

        if (stop != CAIRN_STOP_BUDGET) {
            return stop == CAIRN_STOP_OFF;
        }
    }
    return false;
}

/* The driver's stack pointer is the record. */
static int step_at_hand(struct cairn_machine *machine)
{
    const struct aarch64 *pe = aarch64_of(vcpu_of(machine->cores[0]));
    uint64_t at =
        pe->state.level == 3 ? pe->state.r[AARCH64_SP] : pe->state.sp[3];

    at -= SYSTEM_IMAGE + SYSTEM_REGION;
    return (int)(at / SYSTEM_REGION * SYSTEM_STEPS +
                 (at % SYSTEM_REGION - SYSTEM_RECORDS) /
                     sizeof(struct system_record));
}

/* ---- Both ---------------------------------------------------------------- */

enum verdict { SAME, RECORDS_DIFFER, MEMORY_DIFFERS, FAILED };

static void report(const struct system_image *image, uint64_t seed, int step,
                   const uint8_t *ours, const uint8_t *theirs)
{
    OWNED(buffer_fini) struct buffer text = {0};

    system_explain(image, (unsigned)step, ours, theirs, &text);
    fprintf(stderr, "seed %llu, step %d:\n%s\n", (unsigned long long)seed, step,
            buffer_text(&text));
}

/* Steps do not depend on each other much: the next ones may tell more. */
static void report_steps(const struct system_image *image, uint64_t seed,
                         int step, const uint8_t *ours, const uint8_t *theirs)
{
    uint64_t reports = differential_number("CAIRN_A64_REPORTS", 1);

    for (; step >= 0 && reports > 0; reports--) {
        report(image, seed, step, ours, theirs);
        step = system_next_difference(ours, theirs, (unsigned)step + 1);
    }
}

static enum verdict compare(uint64_t seed, unsigned limit, bool talk,
                            uint32_t *runs)
{
    struct system_image *image = system_image_create(seed, limit);
    uint8_t *theirs = under_qemu(image);
    uint8_t *ours = NULL;
    struct cairn_machine *machine = machine_with(image, &ours);
    enum verdict verdict = FAILED;
    uint64_t address;

    bool ended = machine != NULL && run_here(machine, 1000000);
    if (machine != NULL && !ended) {
        fprintf(stderr, "it does not end here\n");
        report(image, seed, step_at_hand(machine), image->bytes, image->bytes);
    }
    if (theirs != NULL && machine != NULL) {
        int step = system_next_difference(ours + OFFSET, theirs + OFFSET, 0);

        verdict = !ended      ? FAILED
                  : step >= 0 ? RECORDS_DIFFER
                  : system_memory_same(ours + OFFSET, theirs + OFFSET, &address)
                      ? SAME
                      : MEMORY_DIFFERS;
        if (step >= 0 && talk) {
            report_steps(image, seed, step, ours + OFFSET, theirs + OFFSET);
        } else if (verdict == MEMORY_DIFFERS && talk) {
            fprintf(stderr, "seed %llu: memory differs at 0x%llx\n",
                    (unsigned long long)seed, (unsigned long long)address);
        }
        munmap(theirs, SYSTEM_RAM_BYTES);
    }
    for (unsigned row = 0; row < AARCH64_ROWS && runs != NULL; row++) {
        runs[row] += image->runs[row];
    }
    cairn_destroy(machine);
    system_image_destroy(image);
    return verdict;
}

/* Memory differs after all steps: finds the one that makes it so. */
static void find_step(uint64_t seed)
{
    unsigned same = 0;
    unsigned differs = SYSTEM_PROGRAMS * SYSTEM_STEPS;

    while (differs - same > 1) {
        unsigned middle = (same + differs) / 2;

        if (compare(seed, middle, false, NULL) == SAME) {
            same = middle;
        } else {
            differs = middle;
        }
    }
    struct system_image *image = system_image_create(seed, differs);
    report(image, seed, (int)differs - 1, image->bytes, image->bytes);
    system_image_destroy(image);
}

TEST(random_system_programs_leave_the_memory_that_qemu_leaves)
{
    uint64_t programs =
        differential_number("CAIRN_A64_SYSTEM", 8 * SYSTEM_PROGRAMS);
    uint64_t seed = differential_number("CAIRN_A64_SEED", 1);
    static uint32_t runs[AARCH64_ROWS];
    uint64_t steps = 0;

    if (!differential_have("qemu-system-aarch64")) {
        SKIP("qemu-system-aarch64 is not installed");
    }
    for (uint64_t done = 0; done < programs; done += SYSTEM_PROGRAMS) {
        test_case("seed %llu", (unsigned long long)seed);
        enum verdict verdict =
            compare(seed, SYSTEM_PROGRAMS * SYSTEM_STEPS, true, runs);

        if (verdict == MEMORY_DIFFERS) {
            find_step(seed);
        }
        REQUIRE(verdict == SAME);
        steps += SYSTEM_PROGRAMS * SYSTEM_STEPS;
        seed++;
    }
    printf("system steps: %llu of %llu programs\n", (unsigned long long)steps,
           (unsigned long long)(steps / SYSTEM_STEPS));
}

/* Every landing of the budget is exact: state and memory are the same. */
TEST(random_system_programs_end_alike_in_slices_of_any_length)
{
    static const uint64_t slices[] = {7, 1000, 1000000};
    struct system_image *image = system_image_create(12345, 640);
    uint8_t *first = NULL;
    uint64_t hash = 0;
    struct cairn_machine *machines[ARRAY_SIZE(slices)];

    for (size_t i = 0; i < ARRAY_SIZE(slices); i++) {
        uint8_t *ram = NULL;

        machines[i] = machine_with(image, &ram);
        REQUIRE(machines[i] != NULL);
        EXPECT(run_here(machines[i], slices[i]));
        if (i == 0) {
            first = ram;
            hash = core_hash(machines[i]->cores[0]);
        }
        test_case("slices of %llu", (unsigned long long)slices[i]);
        EXPECT_EQ(core_hash(machines[i]->cores[0]), hash);
        EXPECT(memcmp(ram + OFFSET, first + OFFSET, SYSTEM_BYTES) == 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(slices); i++) {
        cairn_destroy(machines[i]);
    }
    system_image_destroy(image);
}

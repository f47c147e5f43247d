/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core alone in this process, beside qemu-system-riscv32 on the same image.
 * QEMU's start is taken off by a run of no turns; its count of instructions is
 * ours, the code being the same.
 */
#include "bench/rv32.h"
#include "bench/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/rv32.h"

#define IMAGE "build/out/guest/bench/rv32.bin"

enum { IMAGE_MAX = 0x10000, PARAMETERS = 0x100000, QEMU_RAM = 64 << 20 };

/* By their numbers in bench/rv32_kernels.c. The first is what CoreMark does:
 * lists, matrices, a state machine. */
static const struct row {
    const char *name;
    double goal;
} rows[] = {
    {"RISC-V, integer mix", 2  },
    {"RISC-V, alu",         0.9},
    {"RISC-V, memory",      0.9},
    {"RISC-V, branches",    0.9},
    {"RISC-V, calls",       0.9},
    {"RISC-V, divide",      0.9},
    {"RISC-V, byte copy",   0.9},
    {"RISC-V, sieve",       0.9},
    {"RISC-V, sort",        0.9},
    {"RISC-V, crc",         0.9},
};

static struct buffer image;
static double start_s;

struct outcome {
    double seconds;
    uint64_t instructions;
    uint32_t result;
};

static struct outcome run_here(uint32_t kernel, uint32_t turns)
{
    const struct core_config config = {
        .compatible = "riscv,rv32imc",
        .engine =
            measure_interpreted() ? CORE_ENGINE_INTERPRETER : CORE_ENGINE_ANY,
    };
    struct window end = {.name = "test",
                         .base = gpa(0x100000),
                         .size_bytes = 4096,
                         .rights = WINDOW_R | WINDOW_W,
                         .enabled = true};
    struct rv32 m;

    rv32_init(&m, &config);
    space_add_window(m.space, &end);
    region_load(m.ram, 0, image.bytes, image.size);
    rv32_store(&m, RV32_RAM + PARAMETERS, kernel);
    rv32_store(&m, RV32_RAM + PARAMETERS + 4, turns);
    double before = measure_now_s(CLOCK_PROCESS_CPUTIME_ID);
    core_run(m.core, UINT64_C(100000000000));
    struct outcome outcome = {measure_now_s(CLOCK_PROCESS_CPUTIME_ID) - before,
                              m.core->retired,
                              rv32_load(&m, RV32_RAM + PARAMETERS + 8)};
    rv32_fini(&m);
    return outcome;
}

/* Its RAM is a file, so that its result can be read from outside. */
static struct outcome run_qemu(const struct peer *peer, uint32_t kernel,
                               uint32_t turns)
{
    char path[] = "/tmp/cairn-bench-XXXXXX";
    char memory[256];
    uint32_t parameters[3] = {kernel, turns, 0};
    struct outcome outcome = {-1, 0, 0};
    struct buffer output = {0};
    int fd = mkstemp(path);

    snprintf(memory, sizeof(memory),
             "memory-backend-file,id=ram,size=%d,mem-path=%s,share=on",
             QEMU_RAM, path);
    const char *const argv[] = {
        peer->program, "-M",       "virt,memory-backend=ram",
        "-object",     memory,     "-m",
        "64M",         "-bios",    "none",
        "-display",    "none",     "-serial",
        "none",        "-monitor", "none",
        "-nodefaults", NULL};
    if (fd < 0 || ftruncate(fd, QEMU_RAM) != 0 ||
        pwrite(fd, image.bytes, image.size, 0) != (ssize_t)image.size ||
        pwrite(fd, parameters, sizeof(parameters), PARAMETERS) < 0) {
        return outcome;
    }
    struct cost cost = measure(argv, peer->libraries, &output);
    if (cost.good &&
        pread(fd, parameters, sizeof(parameters), PARAMETERS) > 0) {
        outcome.seconds = cost.cpu_s;
        outcome.result = parameters[2];
    }
    close(fd);
    unlink(path);
    buffer_fini(&output);
    return outcome;
}

static uint32_t find_turns(const struct bench *bench, uint32_t kernel)
{
    double trial = run_here(kernel, 10).seconds;

    return 1 + (uint32_t)(10 * bench->seconds / (trial > 1e-5 ? trial : 1e-5));
}

/* The ratio, or 0. */
static double run_row(const struct bench *bench, const struct peer *peer,
                      uint32_t kernel)
{
    const struct row *row = &rows[kernel];
    uint32_t turns = find_turns(bench, kernel);
    double here[RUNS_MAX];
    double there[RUNS_MAX];
    double millions = 0;

    for (unsigned i = 0; i < bench->runs; i++) {
        struct outcome ours = run_here(kernel, turns);
        struct outcome theirs = {.seconds = -1};

        if (start_s > 0) {
            theirs = run_qemu(peer, kernel, turns);
        }
        if (theirs.seconds > 0 && theirs.result != ours.result) {
            fprintf(stderr, "bench: %s: results differ\n", row->name);
            exit(1);
        }
        here[i] = ours.seconds;
        there[i] = theirs.seconds - start_s;
        millions = (double)ours.instructions / 1e6;
    }
    double ours = median(here, bench->runs);
    double theirs = median(there, bench->runs);
    bool good = start_s > 0 && theirs > 0;
    figures_print(&(struct figure){
        row->name, NULL, millions / ours, good ? millions / theirs : 0,
        good ? theirs / ours : 0, "MIPS", row->goal});
    return good ? theirs / ours : 0;
}

static double qemu_start(const struct bench *bench, const struct peer *peer)
{
    double starts[RUNS_MAX];

    for (unsigned i = 0; i < bench->runs; i++) {
        starts[i] = run_qemu(peer, 0, 0).seconds;
    }
    return median(starts, bench->runs);
}

void rv32_bench(const struct bench *bench)
{
    struct peer peer;
    struct error error;
    double log_sum = 0;
    unsigned count = 0;
    bool any = false;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        any = any || figures_wanted(bench, rows[i].name);
    }
    if (!any) {
        return;
    }
    if (file_read(IMAGE, IMAGE_MAX, &image, &error) != 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    peer_find(&peer, "riscv32");
    peer_print(&peer);
    start_s = peer.program[0] != '\0' ? qemu_start(bench, &peer) : 0;
    for (uint32_t k = 0; k < ARRAY_SIZE(rows); k++) {
        double ratio =
            figures_wanted(bench, rows[k].name) ? run_row(bench, &peer, k) : 0;

        if (ratio > 0) {
            log_sum += log(ratio);
            count++;
        }
    }
    if (count == ARRAY_SIZE(rows)) {
        double mean = exp(log_sum / count);

        figures_print(&(struct figure){"RISC-V, geometric mean", NULL, mean, 1,
                                       mean, "-", 2});
    }
    buffer_fini(&image);
}

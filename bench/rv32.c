/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter on a mix of loops, in millions of guest instructions a second
 * of CPU time, beside qemu-system-riscv32 on the same image in the same run.
 * QEMU's start is subtracted by a run of no turns; its count of instructions is
 * ours, the code being the same. Prints figure, ours, peer, ratio (above 1 is
 * better than the peer), unit, tab-separated.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/measure.h"
#include "tests/rv32.h"

#define IMAGE "build/out/guest/bench/rv32.bin"

enum { IMAGE_MAX = 0x10000, PARAMETERS = 0x100000, QEMU_RAM = 64 << 20 };

static const char *const kernels[] = {"alu",   "memory", "branches",
                                      "calls", "divide", "byte copy",
                                      "sieve", "sort",   "crc"};

struct image {
    uint8_t bytes[IMAGE_MAX];
    size_t size;
};

static int load_image(struct image *image)
{
    FILE *file = fopen(IMAGE, "rb");

    if (file == NULL) {
        fprintf(stderr, "bench: rv32: no image '%s'\n", IMAGE);
        return -1;
    }
    image->size = fread(image->bytes, 1, sizeof(image->bytes), file);
    fclose(file);
    return 0;
}

static double cpu_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct outcome {
    double seconds;
    uint64_t instructions;
    uint32_t result;
};

static struct outcome run_here(const struct image *image, uint32_t kernel,
                               uint32_t turns)
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
    region_load(m.ram, 0, image->bytes, image->size);
    rv32_store(&m, RV32_RAM + PARAMETERS, kernel);
    rv32_store(&m, RV32_RAM + PARAMETERS + 4, turns);
    double before = cpu_now();
    core_run(m.core, UINT64_C(100000000000));
    struct outcome outcome = {cpu_now() - before, m.core->retired,
                              rv32_load(&m, RV32_RAM + PARAMETERS + 8)};
    rv32_fini(&m);
    return outcome;
}

static void exec_qemu(const char *path)
{
    char memory[256];

    snprintf(memory, sizeof(memory),
             "memory-backend-file,id=ram,size=%d,mem-path=%s,share=on",
             QEMU_RAM, path);
    execlp("qemu-system-riscv32", "qemu-system-riscv32", "-M",
           "virt,memory-backend=ram", "-object", memory, "-m", "64M", "-bios",
           "none", "-display", "none", "-serial", "none", "-monitor", "none",
           "-nodefaults", (char *)NULL);
    _exit(127);
}

static struct outcome run_qemu(const struct image *image, uint32_t kernel,
                               uint32_t turns)
{
    char path[] = "/tmp/cairn-bench-XXXXXX";
    uint32_t parameters[3] = {kernel, turns, 0};
    struct outcome outcome = {-1, 0, 0};
    struct rusage usage;
    int status = -1;
    int fd = mkstemp(path);

    if (fd < 0 || ftruncate(fd, QEMU_RAM) != 0 ||
        pwrite(fd, image->bytes, image->size, 0) != (ssize_t)image->size ||
        pwrite(fd, parameters, sizeof(parameters), PARAMETERS) < 0) {
        return outcome;
    }
    pid_t child = fork();
    if (child == 0) {
        exec_qemu(path);
    }
    wait4(child, &status, 0, &usage);
    if (status == 0 &&
        pread(fd, parameters, sizeof(parameters), PARAMETERS) > 0) {
        outcome.seconds =
            (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
        outcome.result = parameters[2];
    }
    close(fd);
    unlink(path);
    return outcome;
}

static void print_peer(void)
{
    FILE *pipe = popen("qemu-system-riscv32 --version 2>/dev/null", "r");
    char line[256];

    if (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL) {
        printf("peer\tqemu-system-riscv32, %s", line);
    } else {
        printf("peer\tqemu-system-riscv32 is not installed\n");
    }
    if (pipe != NULL) {
        pclose(pipe);
    }
}

static void print_row(const char *name, double ours, double peer)
{
    if (peer > 0) {
        printf("%s\t%.0f\t%.0f\t%.2f\tMIPS\n", name, ours, peer, ours / peer);
    } else {
        printf("%s\t%.0f\t-\t-\tMIPS\n", name, ours);
    }
}

int main(void)
{
    static struct image image;
    double log_ours = 0;
    double log_peer = 0;
    bool have_peer = true;

    if (load_image(&image) != 0) {
        return 1;
    }
    print_peer();
    fflush(stdout);
    double start = run_qemu(&image, 0, 0).seconds;
    for (uint32_t k = 0; k < ARRAY_SIZE(kernels); k++) {
        double trial = run_here(&image, k, 10).seconds;
        uint32_t turns = (uint32_t)(10 * 0.5 / (trial > 1e-5 ? trial : 1e-5));
        struct outcome ours = run_here(&image, k, turns);
        struct outcome peer = run_qemu(&image, k, turns);
        double millions = (double)ours.instructions / 1e6;
        double rate = millions / ours.seconds;
        double peer_rate = 0;

        if (peer.seconds > start && start >= 0) {
            peer_rate = millions / (peer.seconds - start);
            log_peer += log(peer_rate);
        } else {
            have_peer = false;
        }
        if (peer.seconds >= 0 && peer.result != ours.result) {
            fprintf(stderr, "bench: rv32: %s: results differ\n", kernels[k]);
            return 1;
        }
        print_row(kernels[k], rate, peer_rate);
        fflush(stdout);
        log_ours += log(rate);
    }
    const size_t kernel_count = ARRAY_SIZE(kernels);
    const double count = (double)kernel_count;
    print_row("loop mix, geometric mean", exp(log_ours / count),
              have_peer ? exp(log_peer / count) : 0);
    return 0;
}

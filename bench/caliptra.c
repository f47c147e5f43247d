/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of a Caliptra boot: whole-process times of `cairn run`, memory,
 * snapshots, and machines by the hundred.
 *
 * Prints one line per figure, tab-separated: figure, ours, peer, ratio (above 1
 * is better than the peer), unit. There is no emulator of this core in Debian,
 * so the peer is the bound that the project set itself; the line says so.
 * Uses the released ROM 1.0.3 when CAIRN_CALIPTRA_ROMS has it, else our own.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/measure.h"
#include "host/file.h"
#include "tests/caliptra/soc.h"
#include "trust/caliptra/bundle.h"
#include "trust/image/elf.h"

#define GUESTS   "build/out/guest/caliptra/"
#define RELEASED "caliptra-rom-1.0.3-e8e23d9.bin"
#define LIMIT    20000000ull

enum { RUNS = 15, MACHINES = 200 };

struct inputs {
    const char *board;
    char rom_path[512];
    struct buffer rom;
    struct buffer bundle;
    struct fuses fuses;
    char folder[64]; /* for the files that the child reads */
};

/* Every bound is an upper one: less is better. */
static void figure(const char *name, double ours, double bound,
                   const char *unit)
{
    printf("%s\t%.3f\t%.3f\t%.2f\t%s\n", name, ours, bound, bound / ours, unit);
    fflush(stdout);
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench/caliptra: %s: %s\n", what, why);
    exit(1);
}

/* ---- Inputs -------------------------------------------------------------- */

static void read_or_die(const char *path, struct buffer *out)
{
    struct error error = {0};
    if (file_read(path, 1 << 20, out, &error)) {
        die("input", error.text);
    }
}

static struct caliptra_image image_or_die(const char *path)
{
    static struct elf_image images[2];
    static unsigned count;
    struct elf_image *elf = &images[count++];
    struct error error = {0};
    struct buffer file = {0};

    read_or_die(path, &file);
    if (elf_image_read(elf, file.bytes, file.size, 1 << 17, &error)) {
        die(path, error.text);
    }
    buffer_fini(&file);
    return (struct caliptra_image){
        .bytes = elf->bytes.bytes,
        .size = elf->bytes.size,
        .load_address = (uint32_t)elf->load_address,
        .entry_point = (uint32_t)elf->entry_point,
    };
}

static void pack_or_die(struct inputs *in)
{
    static struct key_ring ring;
    const struct keys_options options = {.seed = "bench", .seed_size = 5};
    struct caliptra_bundle view;
    struct caliptra_pack recipe;
    struct error error = {0};

    caliptra_pack_init(&recipe, CALIPTRA_1_1);
    recipe.fmc = image_or_die(GUESTS "fmc.elf");
    recipe.runtime = image_or_die(GUESTS "runtime.elf");
    recipe.signing.keys = &ring;
    recipe.signing.lms = false;
    if (keys_generate(&ring, &options, &error) ||
        caliptra_bundle_write(&recipe, &in->bundle, &error) ||
        caliptra_bundle_read(&view, in->bundle.bytes, in->bundle.size,
                             &error)) {
        die("bundle", error.text);
    }
    fuses_init(&in->fuses);
    caliptra_bundle_key_hashes(&view, in->fuses.vendor_key_hash,
                               in->fuses.owner_key_hash);
}

static void prepare(struct inputs *in)
{
    const char *folder = getenv("CAIRN_CALIPTRA_ROMS");

    memset(in, 0, sizeof(*in));
    in->board = folder ? "caliptra-1.0" : "caliptra-1.1";
    snprintf(in->rom_path, sizeof(in->rom_path), "%s/%s",
             folder ? folder : GUESTS, folder ? RELEASED : "rom.bin");
    read_or_die(in->rom_path, &in->rom);
    pack_or_die(in);
    strcpy(in->folder, "/tmp/cairn-bench-XXXXXX");
    if (!mkdtemp(in->folder)) {
        die("temporary folder", "cannot be made");
    }
}

static void write_inputs(const struct inputs *in, char *bundle, char *fuses,
                         size_t size)
{
    struct buffer text = {0};
    struct error error = {0};

    snprintf(bundle, size, "%s/bundle.bin", in->folder);
    snprintf(fuses, size, "%s/fuses.txt", in->folder);
    fuses_print(&in->fuses, &text);
    if (file_write(bundle, in->bundle.bytes, in->bundle.size, &error) ||
        file_write(fuses, text.bytes, text.size, &error)) {
        die("inputs", error.text);
    }
    buffer_fini(&text);
}

/* ---- Whole processes ----------------------------------------------------- */

static double run_process(const struct inputs *in, const char *until,
                          const char *engine)
{
    char bundle[128];
    char fuses[128];
    const char *argv[] = {"build/cairn",
                          "run",
                          in->board,
                          "--rom",
                          in->rom_path,
                          "--firmware",
                          bundle,
                          "--fuses",
                          fuses,
                          "--until",
                          until,
                          "--quiet",
                          engine != NULL ? "--engine" : NULL,
                          engine,
                          NULL};
    posix_spawn_file_actions_t quiet;
    double start;
    int status;
    pid_t child;

    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    write_inputs(in, bundle, fuses, sizeof(bundle));
    start = measure_now_s(CLOCK_MONOTONIC);
    if (posix_spawn(&child, argv[0], &quiet, NULL,
                    (char *const *)(uintptr_t)argv, environ) ||
        waitpid(child, &status, 0) != child) {
        die(argv[0], "cannot be started");
    }
    posix_spawn_file_actions_destroy(&quiet);
    if (status != 0) {
        die("cairn run", "did not boot");
    }
    return (measure_now_s(CLOCK_MONOTONIC) - start) * 1e3;
}

static void whole_process(const struct inputs *in, const char *name,
                          const char *until, const char *engine,
                          double bound_ms)
{
    double values[RUNS];

    run_process(in, until, engine);
    for (size_t i = 0; i < RUNS; i++) {
        values[i] = run_process(in, until, engine);
    }
    figure(name, median(values, RUNS), bound_ms, "ms");
}

/* ---- In this process ----------------------------------------------------- */

static double resident_mib(void)
{
    char text[128];
    char *second = NULL;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || !fgets(text, sizeof(text), file)) {
        die("/proc/self/statm", "cannot be read");
    }
    fclose(file);
    (void)strtoul(text, &second, 10); /* all pages; the second is resident */
    return (double)strtoul(second, NULL, 10) * (double)sysconf(_SC_PAGESIZE) /
           (1 << 20);
}

static void boot_or_die(struct soc *soc, const struct inputs *in)
{
    if (!soc_create(soc, in->board, &in->rom) ||
        soc_boot(soc, &in->fuses, &in->bundle) != 0 ||
        !soc_wait(soc, "soc_ifc.ready_for_runtime", 1, LIMIT)) {
        die("machine", "did not boot");
    }
}

static void memory(const struct inputs *in)
{
    struct soc soc;

    boot_or_die(&soc, in);
    figure("resident memory of a booted machine", resident_mib(), 20, "MiB");
    soc_destroy(&soc);
}

static void snapshots(const struct inputs *in)
{
    struct cairn_snapshot *snapshot;
    struct cairn_error error = {{0}};
    const struct cairn_until some = {.size = sizeof(struct cairn_until),
                                     .instructions = 50000};
    double take[RUNS];
    double restore[RUNS];
    struct soc soc;

    if (!soc_create(&soc, in->board, &in->rom) ||
        !soc_power(&soc, &in->fuses)) {
        die("machine", "did not start");
    }
    for (size_t i = 0; i < RUNS; i++) {
        cairn_run(soc.machine, &some);
        double start = measure_now_s(CLOCK_MONOTONIC);
        if (cairn_snapshot(soc.machine, &snapshot, &error)) {
            die("snapshot", error.text);
        }
        take[i] = (measure_now_s(CLOCK_MONOTONIC) - start) * 1e3;
        cairn_run(soc.machine, &some);
        start = measure_now_s(CLOCK_MONOTONIC);
        if (cairn_restore(soc.machine, snapshot, &error)) {
            die("restore", error.text);
        }
        restore[i] = (measure_now_s(CLOCK_MONOTONIC) - start) * 1e3;
        cairn_snapshot_destroy(snapshot);
    }
    figure("snapshot in memory of a running core", median(take, RUNS), 1, "ms");
    figure("restore of it after 50,000 instructions", median(restore, RUNS), 1,
           "ms");
    soc_destroy(&soc);
}

static void machines_at_once(const struct inputs *in)
{
    struct soc *socs = xcalloc(MACHINES, sizeof(*socs));
    double before = resident_mib();
    double start = measure_now_s(CLOCK_MONOTONIC);

    for (size_t i = 0; i < MACHINES; i++) {
        if (!soc_create(&socs[i], in->board, &in->rom)) {
            die("machine", "cannot be created");
        }
    }
    figure("200 machines at once, each", (resident_mib() - before) / MACHINES,
           20, "MiB");
    figure("create a machine",
           (measure_now_s(CLOCK_MONOTONIC) - start) * 1e3 / MACHINES, 5, "ms");
    for (size_t i = 0; i < MACHINES; i++) {
        soc_destroy(&socs[i]);
    }
    free(socs);
}

static void growth(const struct inputs *in)
{
    struct soc soc;
    double before = 0;

    for (size_t i = 0; i < MACHINES; i++) {
        if (i == MACHINES / 4) {
            before = resident_mib(); /* allocator and caches have settled */
        }
        boot_or_die(&soc, in);
        soc_destroy(&soc);
    }
    double grown = resident_mib() - before;
    figure("growth over 150 cycles of create, boot, destroy",
           grown > 0.01 ? grown : 0.01, 1, "MiB");
}

static void clean_up(const struct inputs *in)
{
    char bundle[128];
    char fuses[128];

    write_inputs(in, bundle, fuses, sizeof(bundle));
    unlink(bundle);
    unlink(fuses);
    rmdir(in->folder);
}

int main(void)
{
    struct inputs in;

    prepare(&in);
    printf(
        "peer\tthe project's own bounds (no emulator of this core is "
        "packaged for Debian)\n");
    printf("rom\t%s\n", in.rom_path);
    whole_process(&in, "process start to firmware-ready", "firmware-ready",
                  NULL, 30);
    whole_process(&in, "process start to FMC", "fmc", NULL, 12);
    whole_process(&in, "process start to FMC, interpreted", "fmc",
                  "interpreter", 12);
    memory(&in);
    snapshots(&in);
    growth(&in);
    machines_at_once(&in);
    clean_up(&in);
    return 0;
}

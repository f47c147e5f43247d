/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same machine runs the same way: the same state hash at every millionth
 * instruction, each time, however the run is cut up, and from any snapshot on,
 * in memory or by file.
 *
 * Guests are guest/bench's benchmarks, our own Caliptra boot, and Debian's
 * Linux where tests/guests/guests.sh has fetched it. CAIRN_BOOT_MILLIONS says
 * how far Linux boots (0: to its end); CAIRN_SEED varies where the cuts are.
 * With CAIRN_HASHES guests are run once, and their hashes appended to the file
 * that it names, for another build to compare.
 */
#include <assert.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/caliptra_mailbox.h"
#include "base/bits.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/caliptra/soc.h"
#include "tests/harness.h"
#include "trust/caliptra/bundle.h"

OWNER(struct cairn_machine, cairn_destroy)

#define BENCHMARKS "build/out/guest/bench/a64.bin"
#define LITMUS     "build/out/guest/litmus/litmus.bin"
#define GUESTS     "build/out/guests/"
#define CALIPTRA   "build/out/guest/caliptra/"

enum {
    MILLION = 1000000,
    HASHES_MAX = 4096,
    FILE_MAX = 64 << 20,
    DEFAULT_MILLIONS = 24,
    RESUMED = 2, /* hashes to compare after each snapshot */
};

struct boot {
    const char *name;
    const char *board;
    struct buffer kernel;
    struct buffer initrd;
    unsigned cpus;
    const char *cpu;
    uint64_t step;   /* instructions from hash to hash */
    uint64_t length; /* instructions to run, 0: to the end */
    uint64_t most;   /* that it may take to the end, 0: any number */
    unsigned snapshots;
    enum cairn_engine engine;
};

struct trail {
    uint64_t hashes[HASHES_MAX];
    size_t count;
    uint64_t end; /* instructions at the end of the guest, or of the trail */
};

/* ---- Chance -------------------------------------------------------------- */

static uint64_t chance;

static uint64_t below(uint64_t limit)
{
    const char *seed = getenv("CAIRN_SEED");

    if (chance == 0) {
        chance = 0x9e3779b97f4a7c15u ^ (seed ? strtoull(seed, NULL, 0) : 0);
    }
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % limit;
}

/* ---- A machine ----------------------------------------------------------- */

static struct cairn_machine *start(const struct boot *boot)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {boot->name, boot->kernel.bytes, boot->kernel.size},
        .initrd = {"initrd",   boot->initrd.bytes, boot->initrd.size},
        .append = "console=ttyAMA0 panic=-1",
        .memory_bytes = 256 << 20,
        .cpus = boot->cpus,
        .cpu = boot->cpu,
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = boot->board,
        .seed = 1,
        .engine = boot->engine,
        .guest = &guest,
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error;

    if (cairn_create(&options, &machine, &error) != 0) {
        printf("%s\n", error.text);
        return NULL;
    }
    cairn_power(machine);
    return machine;
}

/* A core that has a breakpoint, at no place that it comes to, or NULL. */
static const char *watched;

/* Runs to a count of instructions; false when the guest ended before it. */
static bool run_to(struct cairn_machine *machine, uint64_t count)
{
    while (cairn_instructions(machine, NULL) < count) {
        const struct cairn_until until = {
            .size = sizeof(struct cairn_until),
            .instructions = count - cairn_instructions(machine, NULL),
            .core = watched,
            .address = 1,
        };

        if (cairn_run(machine, &until) != CAIRN_STOP_BUDGET) {
            return false;
        }
    }
    return true;
}

/* Runs for some time, but no further than a count of instructions. */
static void run_for(struct cairn_machine *machine, uint64_t count, uint64_t ns)
{
    const struct cairn_until until = {
        .size = sizeof(struct cairn_until),
        .instructions = count - cairn_instructions(machine, NULL),
        .time_ns = cairn_time_ns(machine) + ns,
    };

    cairn_run(machine, &until);
}

static void note(struct trail *trail, struct cairn_machine *machine)
{
    if (trail->count < HASHES_MAX) {
        trail->hashes[trail->count++] = cairn_state_hash(machine);
    }
}

/* ---- The ways through a boot --------------------------------------------- */

static void run_whole(const struct boot *boot, struct trail *trail)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = start(boot);
    uint64_t count = 0;

    REQUIRE(machine != NULL);
    do {
        count += boot->step;
        if (boot->length != 0 && count > boot->length) {
            break;
        }
    } while (run_to(machine, count) && (note(trail, machine), true));
    trail->end = cairn_instructions(machine, NULL);
    note(trail, machine);
}

static bool compare(struct cairn_machine *machine, const struct boot *boot,
                    const struct trail *trail)
{
    uint64_t count = cairn_instructions(machine, NULL);

    assert(boot->step != 0);
    size_t index = count == trail->end ? trail->count - 1
                                       : (size_t)(count / boot->step) - 1;

    return EXPECT_EQ(cairn_state_hash(machine), trail->hashes[index]);
}

/* To the next place of the trail. */
static bool go_on(struct cairn_machine *machine, const struct boot *boot,
                  const struct trail *trail)
{
    uint64_t count = cairn_instructions(machine, NULL);
    uint64_t next = (count / boot->step + 1) * boot->step;

    return run_to(machine, next < trail->end ? next : trail->end);
}

static void run_in_pieces(const struct boot *boot, const struct trail *trail)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = start(boot);
    uint64_t count = 0;

    REQUIRE(machine != NULL);
    assert(boot->step != 0);
    while (count < trail->end) {
        uint64_t place = (count / boot->step + 1) * boot->step;

        place = place < trail->end ? place : trail->end;
        while (count < place) {
            count += 1 + below(boot->step / 3);
            count = count < place ? count : place;
            run_for(machine, count, below(5000));
            run_to(machine, count);
        }
        test_case("%s at %llu", boot->name, (unsigned long long)count);
        if (!compare(machine, boot, trail)) {
            break;
        }
    }
}

/* Runs on from here over some places of the trail. */
static bool resumes(struct cairn_machine *machine, const struct boot *boot,
                    const struct trail *trail)
{
    for (unsigned i = 0; i < RESUMED; i++) {
        if (cairn_instructions(machine, NULL) >= trail->end) {
            return true;
        }
        go_on(machine, boot, trail);
        if (!compare(machine, boot, trail)) {
            return false;
        }
    }
    return true;
}

static bool place_in(const struct boot *boot, const struct trail *trail,
                     unsigned number, uint64_t *place)
{
    uint64_t part = trail->end / boot->snapshots;

    *place = part * number + 1 + below(part - 1);
    return number < boot->snapshots;
}

/* Snapshots at random places, each resumed twice: the second time what the
 * first run changed must have been put back. */
static void resume_in_memory(const struct boot *boot, const struct trail *trail)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = start(boot);
    uint64_t place;

    REQUIRE(machine != NULL);
    for (unsigned i = 0; place_in(boot, trail, i, &place); i++) {
        struct cairn_snapshot *snapshot;

        run_to(machine, place);
        place = cairn_instructions(machine, NULL);
        test_case("%s from %llu", boot->name, (unsigned long long)place);
        uint64_t hash = cairn_state_hash(machine);
        if (!EXPECT_EQ(cairn_snapshot(machine, &snapshot, NULL), 0) ||
            !resumes(machine, boot, trail) ||
            !EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0) ||
            !EXPECT_EQ(cairn_state_hash(machine), hash) ||
            !resumes(machine, boot, trail) ||
            !EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0)) {
            break;
        }
        cairn_snapshot_destroy(snapshot);
    }
}

static bool resume_file(const struct boot *boot, const struct trail *trail,
                        const char *path, uint64_t hash)
{
    struct cairn_machine *machine = start(boot);
    struct cairn_error error;
    bool good;

    if (!EXPECT(machine != NULL)) {
        return false;
    }
    good = EXPECT_EQ(cairn_load(machine, path, &error), 0) &&
           EXPECT_EQ(cairn_state_hash(machine), hash) &&
           resumes(machine, boot, trail);
    cairn_destroy(machine);
    return good;
}

static void resume_from_files(const struct boot *boot,
                              const struct trail *trail)
{
    char path[] = "/tmp/cairn-determinism-XXXXXX";
    OWNED(cairn_destroy_at) struct cairn_machine *machine = start(boot);
    struct cairn_error error;
    uint64_t place;
    int file = mkstemp(path);

    REQUIRE(machine != NULL && file >= 0);
    close(file);
    for (unsigned i = 0; place_in(boot, trail, i, &place); i++) {
        run_to(machine, place);
        place = cairn_instructions(machine, NULL);
        test_case("%s from %llu", boot->name, (unsigned long long)place);
        if (!EXPECT_EQ(cairn_save(machine, path, &error), 0) ||
            !resume_file(boot, trail, path, cairn_state_hash(machine))) {
            break;
        }
    }
    unlink(path);
}

/* ---- Hashes for another build -------------------------------------------- */

/* True if that was what was asked for. */
static bool publish(const struct boot *boot, const struct trail *trail)
{
    const char *path = getenv("CAIRN_HASHES");
    FILE *file = path ? fopen(path, "a") : NULL;

    if (file == NULL) {
        return false;
    }
    for (size_t i = 0; i < trail->count; i++) {
        fprintf(file, "%s %zu %016llx\n", boot->name, i,
                (unsigned long long)trail->hashes[i]);
    }
    fclose(file);
    return true;
}

static void run_again(const struct boot *boot, const struct trail *trail)
{
    static struct trail other;

    memset(&other, 0, sizeof(other));
    run_whole(boot, &other);
    EXPECT_EQ(other.count, trail->count);
    EXPECT_EQ(other.end, trail->end);
    EXPECT_BYTES(other.hashes, trail->hashes,
                 trail->count * sizeof(*trail->hashes));
}

/* Loops of one core that wait are executed turn by turn. */
static void run_watched(const struct boot *boot, const struct trail *trail)
{
    static const char *const cores[] = {"cpu0", "cpu1"};

    for (size_t i = 0; i < ARRAY_SIZE(cores) && i < boot->cpus; i++) {
        test_case("%s with a breakpoint on %s", boot->name, cores[i]);
        watched = cores[i];
        run_again(boot, trail);
        watched = NULL;
    }
}

/* Interpreted, and compiled by a compiler that is disturbed. */
static void run_by_others(const struct boot *boot, const struct trail *trail)
{
    static const enum cairn_engine engines[] = {CAIRN_ENGINE_INTERPRETER,
                                                CAIRN_ENGINE_CHAOS};

    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        struct boot again = *boot;

        test_case("%s by engine %u", boot->name, (unsigned)engines[i]);
        again.engine = engines[i];
        run_again(&again, trail);
    }
}

static void all_ways(const struct boot *boot)
{
    static struct trail trail;

    memset(&trail, 0, sizeof(trail));
    run_whole(boot, &trail);
    REQUIRE(trail.count > 2);
    EXPECT_EQ(boot->most != 0 && trail.end > boot->most ? trail.end : 0, 0);
    if (publish(boot, &trail)) {
        return;
    }
    run_by_others(boot, &trail);
    run_watched(boot, &trail);
    run_in_pieces(boot, &trail);
    resume_in_memory(boot, &trail);
    resume_from_files(boot, &trail);
}

/* ---- Benchmarks ---------------------------------------------------------- */

/* Numbers of guest/bench/kernels.def: those that take exceptions, change tables
 * and code, or use vector registers. */
static const struct {
    const char *name;
    uint64_t kernel;
    uint64_t turns;
} benchmarks[] = {
    {"integer mix",       1,  6  },
    {"matrix f64",        2,  1  },
    {"supervisor calls",  12, 200},
    {"page faults",       13, 30 },
    {"ASID switches",     15, 20 },
    {"exclusives",        23, 200},
    {"device reads",      26, 200},
    {"modified code",     27, 60 },
    {"stores by code",    30, 200},
    {"patched functions", 31, 20 },
};

TEST(bare_metal_programs_run_the_same_every_time)
{
    struct boot boot = {
        .board = "virt", .cpus = 1, .step = 20000, .snapshots = 4};
    struct error error;

    REQUIRE(file_read(BENCHMARKS, FILE_MAX, &boot.kernel, &error) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(benchmarks); i++) {
        boot.name = benchmarks[i].name;
        store_le64(boot.kernel.bytes + 64, benchmarks[i].kernel);
        store_le64(boot.kernel.bytes + 72, benchmarks[i].turns);
        all_ways(&boot);
    }
    buffer_fini(&boot.kernel);
}

/* Processors that wait for each other in each way (guest/tests/litmus): the
 * clock goes back for none of them. */
TEST(processors_in_turn_run_the_same_every_time)
{
    static const struct {
        const char *name;
        unsigned cpus;
        uint64_t additions, clock;
        uint64_t most; /* as cores that wait rest soon */
    } rows[] = {
        {"locks of two",   2, 40, 0,  0     },
        {"clock of two",   2, 0,  60, 0     },
        {"locks of four",  4, 20, 0,  0     },
        {"clock of four",  4, 0,  30, 400000},
        {"clock of three", 3, 5,  30, 0     },
    };
    struct boot boot = {
        .board = "virt", .cpu = "neoverse-n1", .step = 7919, .snapshots = 6};
    struct error error;

    REQUIRE(file_read(LITMUS, FILE_MAX, &boot.kernel, &error) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t parameters[] = {rows[i].cpus,      0, 0,
                                       rows[i].additions, 0, rows[i].clock};

        boot.name = rows[i].name;
        boot.cpus = rows[i].cpus;
        boot.most = rows[i].most;
        memcpy(boot.kernel.bytes + 64, parameters, sizeof(parameters));
        all_ways(&boot);
    }
    buffer_fini(&boot.kernel);
}

/* ---- Linux --------------------------------------------------------------- */

static bool find_linux(struct boot *boot)
{
    glob_t found;
    struct error error;
    bool good = glob(GUESTS "root/boot/vmlinuz-*", 0, NULL, &found) == 0;

    if (good) {
        good = file_read(found.gl_pathv[0], FILE_MAX, &boot->kernel, &error) ==
                   0 &&
               file_read(GUESTS "initrd", FILE_MAX, &boot->initrd, &error) == 0;
        globfree(&found);
    }
    return good;
}

static void boot_linux(const char *name, const char *board, unsigned cpus)
{
    const char *millions = getenv("CAIRN_BOOT_MILLIONS");
    struct boot boot = {.name = name,
                        .board = board,
                        .cpus = cpus,
                        .step = MILLION,
                        .length = DEFAULT_MILLIONS * (uint64_t)MILLION,
                        .snapshots = 3};

    if (millions != NULL) {
        boot.length = strtoull(millions, NULL, 0) * MILLION;
        boot.snapshots = 12;
    }
    if (!find_linux(&boot)) {
        buffer_fini(&boot.kernel);
        SKIP("Linux has not been fetched: make check-guests");
    }
    all_ways(&boot);
    buffer_fini(&boot.kernel);
    buffer_fini(&boot.initrd);
}

TEST(linux_boots_the_same_every_time)
{
    boot_linux("Linux", "virt", 1);
}

TEST(linux_boots_the_same_on_four_cores)
{
    boot_linux("Linux on four cores", "virt-gicv3", 4);
}

/* ---- Caliptra ------------------------------------------------------------ */

/* State beside a machine: a snapshot of a SoC has it too. */
struct beside {
    uint64_t trng_words;
    bool trng_due;
};

struct detours {
    unsigned taken;
    char path[40];
};

/* From a random place on: some instructions that are then undone. */
static void detour(struct soc *soc, struct detours *detours)
{
    const struct beside beside = {soc->trng_words, soc->trng_due};
    uint64_t hash = cairn_state_hash(soc->machine);
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_error error;

    bool by_file = below(2) != 0;
    if (by_file) {
        EXPECT_EQ(cairn_save(soc->machine, detours->path, &error), 0);
    } else {
        EXPECT_EQ(cairn_snapshot(soc->machine, &snapshot, &error), 0);
    }
    soc_wait(soc, "soc_ifc.ready_for_runtime", 1, 1 + below(100000));
    if (by_file) {
        EXPECT_EQ(cairn_load(soc->machine, detours->path, &error), 0);
    } else {
        EXPECT_EQ(cairn_restore(soc->machine, snapshot, &error), 0);
        cairn_snapshot_destroy(snapshot);
    }
    soc->trng_words = beside.trng_words;
    soc->trng_due = beside.trng_due;
    EXPECT_EQ(cairn_state_hash(soc->machine), hash);
    detours->taken++;
}

/* Waits for a line; with detours, in pieces of random length. */
static bool wait_for(struct soc *soc, const char *line, struct detours *detours)
{
    const uint64_t limit = 20 * (uint64_t)MILLION;

    if (detours == NULL) {
        return soc_wait(soc, line, 1, limit);
    }
    for (unsigned i = 0; i < 1000; i++) {
        if (soc_wait(soc, line, 1, 1 + below(60000))) {
            return true;
        }
        detour(soc, detours);
    }
    return false;
}

/* The hash at the end of a boot. */
static uint64_t boot_caliptra(const struct buffer *rom,
                              const struct buffer *bundle,
                              const struct fuses *fuses,
                              struct detours *detours)
{
    struct soc soc;
    uint64_t hash = 0;

    if (EXPECT(soc_create(&soc, "caliptra-1.1", rom)) &&
        EXPECT(soc_power(&soc, fuses)) &&
        EXPECT(wait_for(&soc, "soc_ifc.ready_for_fw", detours)) &&
        EXPECT(soc_mailbox_send(&soc, CALIPTRA_CMD_FIRMWARE_LOAD, bundle->bytes,
                                bundle->size)) &&
        EXPECT(wait_for(&soc, "soc_ifc.ready_for_runtime", detours))) {
        hash = cairn_state_hash(soc.machine);
    }
    soc_destroy(&soc);
    return hash;
}

TEST(a_caliptra_boot_with_snapshots_taken_anywhere_ends_the_same)
{
    struct detours detours = {0, "/tmp/cairn-determinism-XXXXXX"};
    OWNED(buffer_fini) struct buffer rom = {0};
    OWNED(buffer_fini) struct buffer bundle = {0};
    struct caliptra_bundle view;
    struct fuses fuses;
    struct error error;
    int file = mkstemp(detours.path);

    REQUIRE(file >= 0);
    close(file);
    REQUIRE(file_read(CALIPTRA "rom.bin", FILE_MAX, &rom, &error) == 0);
    REQUIRE(file_read(CALIPTRA "embedded/firmware.bundle", FILE_MAX, &bundle,
                      &error) == 0);
    REQUIRE(caliptra_bundle_read(&view, bundle.bytes, bundle.size, &error) ==
            0);
    fuses_init(&fuses);
    caliptra_bundle_key_hashes(&view, fuses.vendor_key_hash,
                               fuses.owner_key_hash);
    uint64_t straight = boot_caliptra(&rom, &bundle, &fuses, NULL);
    EXPECT(straight != 0);
    for (unsigned i = 0; i < 3; i++) {
        test_case("boot %u", i);
        EXPECT_EQ(boot_caliptra(&rom, &bundle, &fuses, &detours), straight);
    }
    EXPECT(detours.taken > 10);
    unlink(detours.path);
}

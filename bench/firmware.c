/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The speed of firmware beside QEMU's in the same run: the rows of
 * guest/bench/firmware at EL3 and below it, then what `systems boots`,
 * `processors`, `chain` and `caliptra` beside this program print. The same
 * image runs on both machines in turns; either repeats its work so often that
 * it can be measured, and one run of the same number of turns compares their
 * results. Figures are wall time, less that of a row without work, or CPU time
 * of whole processes where the host is not quiet. bench/figures.h has the form
 * of a line.
 *
 *   bench/firmware [WORD...]    only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5          runs of each
 *   CAIRN_BENCH_SECONDS=0.15    of each in a run, at least
 *   CAIRN_BENCH_CPU=1           CPU time
 *   CAIRN_BENCH_IMAGE=FILE      keeps the last image, for a profile: cairn run
 *                               virt --security --cpu neoverse-n1 --bios FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/figures.h"
#include "host/file.h"

#define IMAGE "build/out/guest/bench/firmware.bin"

enum { IMAGE_MAX = 1 << 20, PARAMETERS = 64, TRIAL = 4, TURNS_MAX = 100000000 };

/* Less cannot be told from the start of a process; no run takes longer. */
static const double least_s = 0.001;
static const double limit_s = 20;

enum row_number {
#define FIRMWARE(name, where) ROW_##name,
#include "guest/bench/firmware/firmware.def"
#undef FIRMWARE
};

/* The part of a row that limits the ratio to plain QEMU: of code, of what waits
 * for time or for another processor, of devices' registers. */
enum goal { NO_GOAL, CODE, WAIT, IO };

static const double goals[] = {[CODE] = 3, [WAIT] = 10, [IO] = 2};

enum shape { ONE, GIC3, EL2, TWO, FOUR };

static const struct {
    unsigned cpus;
    unsigned gic;
    bool el2;
} shapes[] = {
    {1, 2, false},
    {1, 3, false},
    {1, 2, true },
    {2, 2, false},
    {4, 2, false},
};

/* per_turn: how many of what the row names one turn of one processor does. */
static const struct row {
    const char *name;
    enum row_number number;
    unsigned per_turn;
    enum shape shape;
    enum goal goal;
} rows[] = {
    {"firmware boot",                 ROW_boot,               1,   ONE,  CODE},
    {"MMU off, copy 4 KiB by bytes",  ROW_bare_copy_bytes,    1,   ONE,  CODE},
    {"MMU off, copy 4 KiB by pairs",  ROW_bare_copy_pairs,    1,   ONE,  CODE},
    {"MMU off, zero 4 KiB",           ROW_bare_zero,          1,   ONE,  CODE},
    {"MMU off, SHA-256 of 4 KiB",     ROW_bare_hash,          1,   ONE,  CODE},
    {"MMU off, find 64 records",      ROW_bare_walk,          1,   ONE,  CODE},
    {"SCTLR.A, copy 4 KiB by bytes",  ROW_checked_copy_bytes, 1,   ONE,  CODE},
    {"SCTLR.A, copy 4 KiB by pairs",  ROW_checked_copy_pairs, 1,   ONE,  CODE},
    {"SCTLR.A, SHA-256 of 4 KiB",     ROW_checked_hash,       1,   ONE,  CODE},
    {"SCTLR.A, find 64 records",      ROW_checked_walk,       1,   ONE,  CODE},
    {"cache cleaned, 4 KiB",          ROW_maintain_cache,     1,   ONE,  CODE},
    {"Device-nGnRE memory",           ROW_device_memory,      1,   ONE,  CODE},
    {"memory that is not cached",     ROW_uncached_memory,    1,   ONE,  CODE},
    {"SMC service",                   ROW_services,           100, ONE,  CODE},
    {"delay 100 us, TF-A's way",      ROW_delay_down,         1,   ONE,  WAIT},
    {"delay 100 us, Linux's way",     ROW_delay_yield,        1,   ONE,  WAIT},
    {"delay 100 us, event stream",    ROW_delay_events,       1,   ONE,  WAIT},
    {"delay 100 us, U-Boot's way",    ROW_delay_ticks,        1,   ONE,  WAIT},
    {"delay 10 us, EDK2's way",       ROW_delay_short,        100, ONE,  WAIT},
    {"timer 100 us, WFI",             ROW_timer_wfi,          1,   ONE,  WAIT},
    {"timer 100 us, WFI, GICv3",      ROW_timer_wfi,          1,   GIC3, WAIT},
    {"timer 100 us, flag of handler", ROW_timer_flag,         1,   ONE,  WAIT},
    {"timer 100 us, its status",      ROW_timer_status,       1,   ONE,  WAIT},
    {"ISB, MRS CNTPCT",               ROW_read_counter,       100, ONE,  IO  },
    {"YIELD",                         ROW_yield_only,         100, ONE,  IO  },
    {"flag passed, 2 cores, spin",    ROW_flag_spin,          100, TWO,  WAIT},
    {"flag passed, 2 cores, YIELD",   ROW_flag_yield,         100, TWO,  WAIT},
    {"flag passed, 2 cores, WFE",     ROW_flag_events,        100, TWO,  WAIT},
    {"core that waits for work",      ROW_flag_long,          1,   TWO,  WAIT},
    {"lock, LDAXR and WFE, 2 cores",  ROW_lock_exclusive,     100, TWO,  WAIT},
    {"lock, LDAXR and WFE, 4 cores",  ROW_lock_exclusive,     100, FOUR, WAIT},
    {"lock, SWPA and YIELD, 2 cores", ROW_lock_swap,          100, TWO,  WAIT},
    {"lock, SWPA and YIELD, 4 cores", ROW_lock_swap,          100, FOUR, WAIT},
    {"lock, tickets, 2 cores",        ROW_lock_ticket,        100, TWO,  WAIT},
    {"lock, tickets, 4 cores",        ROW_lock_ticket,        100, FOUR, WAIT},
    {"PL011 flags",                   ROW_uart_flags,         100, ONE,  IO  },
    {"PL011 print, a character",      ROW_uart_print,         100, ONE,  IO  },
    {"PL031 read",                    ROW_rtc_read,           200, ONE,  IO  },
    {"GICv2 ISENABLER",               ROW_gic_enable,         400, ONE,  IO  },
    {"GICv3 ISENABLER",               ROW_gic_enable,         400, GIC3, IO  },
    {"GICv2 IAR, nothing pending",    ROW_gic_idle,           100, ONE,  IO  },
    {"GICv3 IAR, nothing pending",    ROW_gic_idle,           100, GIC3, IO  },
    {"GICv2 SGI, IAR, EOIR",          ROW_gic_cycle,          100, ONE,  IO  },
    {"GICv3 SGI, IAR, EOIR",          ROW_gic_cycle,          100, GIC3, IO  },
    {"timer registers, five",         ROW_timer_registers,    100, ONE,  IO  },
    {"virtio identity",               ROW_virtio_identity,    200, ONE,  IO  },
    {"fw_cfg, select and 4 bytes",    ROW_fw_cfg_identity,    100, ONE,  IO  },
    {"flash read",                    ROW_flash_read,         100, ONE,  IO  },
    {"SVC and ERET, EL0 to EL1",      ROW_level_svc,          100, ONE,  CODE},
    {"HVC and ERET, EL1 to EL2",      ROW_level_hvc,          100, EL2,  CODE},
    {"SMC and ERET, EL1 to EL3",      ROW_level_smc,          100, ONE,  CODE},
    {"data abort and ERET, EL1",      ROW_level_abort,        100, ONE,  CODE},
    {"undefined instruction, EL1",    ROW_level_undefined,    100, ONE,  CODE},
    {"interrupt, GICv2",              ROW_level_interrupt,    100, ONE,  CODE},
    {"interrupt, GICv3",              ROW_level_interrupt,    100, GIC3, CODE},
};

/* How a row runs: ours deterministic, QEMU as it is, which gives each processor
 * a thread, and ours likewise if there are several. QEMU with -icount is left
 * out: a processor that waits for another keeps its turn for seconds. */
enum way { TURNS, MTTCG, THREADS, WAYS };

static const struct {
    enum machine machine;
    bool parallel;
} ways[WAYS] = {
    [TURNS] = {OURS, false},
    [MTTCG] = {QEMU, false},
    [THREADS] = {OURS, true },
};

static const struct bench *bench;
static struct buffer image;
static struct buffer output;
static char image_path[512] = "/tmp/cairn-bench-XXXXXX";

/* ---- One run ------------------------------------------------------------- */

static bool present(enum way way)
{
    return peer_has(bench->peer, ways[way].machine);
}

/* The result is what the guest prints. Not good: it printed none. */
static struct cost run(enum way way, const struct row *row, uint64_t turns,
                       uint64_t *result)
{
    const struct guest guest = {
        .bios = image_path,
        .memory = "128M",
        .cpu = "neoverse-n1",
        .cpus = shapes[row->shape].cpus,
        .gic = shapes[row->shape].gic,
        .unlimited = true,
        .security = true,
        .virtualization = shapes[row->shape].el2,
        .parallel = ways[way].parallel,
        .limit_s = limit_s,
    };
    struct error error;

    store_le64(image.bytes + PARAMETERS, row->number);
    store_le64(image.bytes + PARAMETERS + 8, turns);
    store_le64(image.bytes + PARAMETERS + 16, shapes[row->shape].cpus);
    if (file_write(image_path, image.bytes, image.size, &error) != 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    struct cost cost =
        peer_run(bench->peer, ways[way].machine, &guest, &output);
    const char *text = strstr(buffer_text(&output), "result ");
    cost.good = cost.good && text != NULL;
    if (cost.good) {
        *result = strtoull(text + strlen("result "), NULL, 16);
    } else {
        fprintf(stderr, "bench: %s, %llu turns: %s%s failed in %.1f s\n%s",
                row->name, (unsigned long long)turns,
                peer_name(ways[way].machine),
                ways[way].parallel ? " --parallel" : "", cost.wall_s,
                buffer_text(&output));
    }
    return cost;
}

/* ---- One row ------------------------------------------------------------- */

static double counted(struct cost cost)
{
    return getenv("CAIRN_BENCH_CPU") == NULL ? cost.wall_s : cost.cpu_s;
}

/* The costs of a row without work on such a machine. */
static struct cost start(enum way way, enum shape shape)
{
    static struct cost known[WAYS][ARRAY_SIZE(shapes)];
    const struct row nothing = {"start", ROW_no_work, 1, shape, NO_GOAL};
    double wall[RUNS_MAX];
    double cpu[RUNS_MAX];
    uint64_t result;

    if (!known[way][shape].good) {
        for (unsigned i = 0; i < bench->runs; i++) {
            struct cost cost = run(way, &nothing, 1, &result);

            if (!cost.good) {
                return cost;
            }
            wall[i] = cost.wall_s;
            cpu[i] = cost.cpu_s;
        }
        known[way][shape] = (struct cost){.good = true,
                                          .wall_s = median(wall, bench->runs),
                                          .cpu_s = median(cpu, bench->runs)};
    }
    return known[way][shape];
}

/* So many turns that they can be measured; 0 if a run failed, but fewer if it
 * was the peer's: on a host with fewer processors its threads may wait for each
 * other for long. Others on the host disturb CPU time least, but what sleeps
 * takes little of it. */
static uint64_t find_turns(enum way way, const struct row *row)
{
    enum { LONG = 8 };
    const struct cost nothing = start(way, row->shape);
    uint64_t result;

    for (uint64_t turns = TRIAL; nothing.good; turns *= 6) {
        const struct cost cost = run(way, row, turns, &result);
        const double cpu = cost.cpu_s - nothing.cpu_s;
        const double wall = cost.wall_s - nothing.wall_s;
        const double time = wall > LONG * bench->seconds ? wall : cpu;

        if (!cost.good) {
            return way == MTTCG && turns > TRIAL ? turns / 6 : 0;
        }
        if (time >= bench->seconds / 2 || turns >= TURNS_MAX) {
            double wanted = (double)turns * bench->seconds /
                            (time > least_s ? time : least_s);

            return wanted < TURNS_MAX ? 1 + (uint64_t)wanted : TURNS_MAX;
        }
    }
    return 0;
}

/* True if all machines have the same after so many turns as the slowest of them
 * does in a run. */
static bool agrees(const struct row *row, const bool wanted[WAYS],
                   const uint64_t turns[WAYS])
{
    uint64_t results[WAYS] = {0};
    uint64_t least = TURNS_MAX;

    for (enum way way = TURNS; way < WAYS; way++) {
        least = wanted[way] && turns[way] < least ? turns[way] : least;
    }
    for (enum way way = TURNS; way < WAYS; way++) {
        if (!wanted[way]) {
            continue;
        }
        if (!run(way, row, least, &results[way]).good) {
            return false;
        }
        if (results[way] != results[TURNS]) {
            fprintf(stderr, "bench: %s: results differ\n", row->name);
            return false;
        }
    }
    return true;
}

/* Prints one figure of what the row names. */
static void print(const struct row *row, const double each_s[WAYS],
                  enum way ours)
{
    const bool there = each_s[MTTCG] > 0;
    double scale = each_s[ours] >= 1e-4 ? 1e6 : 1e9;

    figures_print(&(struct figure){
        .name = row->name,
        .suffix = ours == THREADS ? ", --parallel" : "",
        .ours = each_s[ours] * scale,
        .theirs = there ? each_s[MTTCG] * scale : 0,
        .ratio = there ? each_s[MTTCG] / each_s[ours] : 0,
        .unit = scale == 1e6 ? "us" : "ns",
        .goal = ours == TURNS ? goals[row->goal] : 0,
    });
}

/* Medians of runs in turns, less the start; false: one failed. */
static bool measure_row(const struct row *row, const bool wanted[WAYS],
                        const uint64_t turns[WAYS], double each_s[WAYS])
{
    double times[WAYS][RUNS_MAX];
    uint64_t result;

    for (unsigned i = 0; i < bench->runs * WAYS; i++) {
        const enum way way = i % WAYS;
        struct cost cost = {.good = true};

        if (wanted[way]) {
            cost = run(way, row, turns[way], &result);
        }
        if (!cost.good) {
            return false;
        }
        times[way][i / WAYS] = counted(cost);
    }
    for (enum way way = TURNS; way < WAYS; way++) {
        if (wanted[way]) {
            double time = median(times[way], bench->runs) -
                          counted(start(way, row->shape));

            each_s[way] =
                (time > least_s ? time : least_s) /
                (double)(turns[way] * row->per_turn * shapes[row->shape].cpus);
        }
    }
    return true;
}

static void run_row(const struct row *row)
{
    double each_s[WAYS] = {0};
    uint64_t turns[WAYS] = {0};
    bool wanted[WAYS];
    bool good = true;

    for (enum way way = TURNS; way < WAYS; way++) {
        wanted[way] =
            present(way) && (way <= MTTCG || shapes[row->shape].cpus > 1);
    }
    for (enum way way = TURNS; way < WAYS && good; way++) {
        turns[way] = wanted[way] ? find_turns(way, row) : 0;
        good = turns[way] != 0 || !wanted[way];
    }
    if (!good || !agrees(row, wanted, turns) ||
        !measure_row(row, wanted, turns, each_s)) {
        figures_failed(row->name);
        return;
    }
    print(row, each_s, TURNS);
    if (shapes[row->shape].cpus > 1) {
        char name[64];

        print(row, each_s, THREADS);
        snprintf(name, sizeof(name), "%s, --parallel", row->name);
        figures_at_least(name, each_s[TURNS] / each_s[THREADS], 0.9,
                         "times turns' speed");
    }
}

static void prepare(void)
{
    const char *kept = getenv("CAIRN_BENCH_IMAGE");
    struct error error;

    if (kept != NULL) {
        snprintf(image_path, sizeof(image_path), "%s", kept);
    } else {
        int file = mkstemp(image_path);

        if (file < 0) {
            fprintf(stderr, "bench: no temporary file\n");
            exit(1);
        }
        close(file);
    }
    if (file_read(IMAGE, IMAGE_MAX, &image, &error) != 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct peer peer;

    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench settings = bench_settings(&peer, argc, argv);
    bench = &settings;
    prepare();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (figures_wanted(bench, rows[i].name)) {
            run_row(&rows[i]);
        }
    }
    if (getenv("CAIRN_BENCH_IMAGE") == NULL) {
        unlink(image_path);
    }
    buffer_fini(&image);
    buffer_fini(&output);
    static const char *const others[] = {"systems boots", "processors", "chain",
                                         "caliptra"};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        figures_of_other(bench, argv[0], others[i]);
    }
    return figures_conclude();
}

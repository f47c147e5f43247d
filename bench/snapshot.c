/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time that it takes to go back to a booted Linux, which prints a line
 * again and again in a shell: from a file, in a new process; and in memory,
 * after some pages were written.
 *
 * A restore from a file is a process of its own: this program again, with
 * --one. bench/figures.h has the form of a line. Peers are QEMU with the same
 * guest, which reads its state with -incoming, and, in memory, a copy of every
 * page that the guest ever used.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/figures.h"
#include "bench/measure.h"
#include "bench/snapshot_peer.h"
#include "host/memory.h"
#include "host/time.h"
#include "include/cairn/cairn.h"

#define LINUX   "build/out/guests/linux/"
#define APPEND  "console=ttyAMA0 panic=-1"
#define PROMPT  "# "
#define COMMAND "while :; do echo tick; done\r"
#define ANSWER  "tick\r\ntick\r\ntick\r\n"

enum { RUNS = 9, TURNS = 200, PAGE = 4096, PAGES = 50, APART = 97 };
static const double file_bound_ms = 5;
static const double memory_bound_us = 100;

struct console {
    struct cairn_machine *machine;
    const char *awaited; /* or "": any byte */
    char seen[64];
    size_t size;
};

static double now_s(void)
{
    return (double)host_time_ns() / 1e9;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench/snapshot: %s: %s\n", what, why);
    exit(1);
}

static void print_row(const char *name, double ours, double theirs,
                      const char *unit)
{
    figures_print(
        &(struct figure){name, NULL, ours, theirs, theirs / ours, unit, 0});
}

/* ---- Our machine --------------------------------------------------------- */

static void hear(void *context, const char *device, uint8_t byte)
{
    struct console *console = context;
    size_t length = strlen(console->awaited);

    if (console->size == sizeof(console->seen)) {
        console->size--;
        memmove(console->seen, console->seen + 1, console->size);
    }
    console->seen[console->size++] = (char)byte;
    if (console->size >= length &&
        memcmp(console->seen + console->size - length, console->awaited,
               length) == 0) {
        console->size = 0;
        cairn_stop(console->machine);
    }
}

static void create(struct console *console)
{
    static const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {.memory = LINUX "kernel"},
        .initrd = {.memory = LINUX "initrd"},
        .from_files = true,
        .append = APPEND,
        .memory_bytes = 1 << 30,
        .cpus = 1,
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .guest = &guest,
        .engine =
            measure_interpreted() ? CAIRN_ENGINE_INTERPRETER : CAIRN_ENGINE_ANY,
        .callbacks = {.console = hear, .context = console},
    };
    struct cairn_error error = {""};

    if (cairn_create(&options, &console->machine, &error) != 0) {
        die("machine", error.text);
    }
}

static void run_to(struct console *console, const char *text)
{
    console->awaited = text;
    if (cairn_run(console->machine, NULL) != CAIRN_STOP_REQUESTED) {
        die("the guest has not printed", text);
    }
}

/* Boots, and has the guest print. */
static void prepare(struct console *console, const char *path)
{
    struct cairn_error error = {""};

    create(console);
    cairn_power(console->machine);
    run_to(console, PROMPT);
    cairn_console_input(console->machine, "uart", COMMAND, strlen(COMMAND));
    run_to(console, ANSWER);
    if (cairn_save(console->machine, path, &error) != 0) {
        die("save", error.text);
    }
}

/* ---- From a file --------------------------------------------------------- */

/* Prints when the first instruction was done, when the guest printed, and what
 * time of the processor and memory it had taken in between. */
static int one(const char *path)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = 1};
    struct console console = {0};
    struct cairn_error error = {""};

    create(&console);
    if (cairn_load(console.machine, path, &error) != 0) {
        die("load", error.text);
    }
    uint64_t before = cairn_instructions(console.machine, NULL);
    cairn_run(console.machine, &until);
    double next = now_s();
    double processor = measure_now_s(CLOCK_PROCESS_CPUTIME_ID);
    double resident = (double)memory_resident() / (1 << 20);
    if (cairn_instructions(console.machine, NULL) != before + 1) {
        die(path, "no instruction was executed");
    }
    run_to(&console, "");
    printf("%.9f %.9f %.9f %.3f\n", next, now_s(), processor, resident);
    return 0;
}

struct restores {
    double next_ms[RUNS];
    double output_ms[RUNS];
    double resident_mib[RUNS];
    double processor_ms[RUNS];
};

static void restore_once(const char *path, struct restores *all, unsigned run)
{
    const char *const argv[] = {"/proc/self/exe", "--one", path, NULL};
    struct buffer output = {0};
    double start = now_s();
    struct cost cost = measure(argv, "", &output);

    if (!cost.good) {
        die("restore", buffer_text(&output));
    }
    char *text = (char *)(uintptr_t)buffer_text(&output);
    all->next_ms[run] = (strtod(text, &text) - start) * 1e3;
    all->output_ms[run] = (strtod(text, &text) - start) * 1e3;
    all->processor_ms[run] = strtod(text, &text) * 1e3;
    all->resident_mib[run] = strtod(text, &text);
    buffer_fini(&output);
}

/* Taken in turns with the peer's, whose last column may be all zeros. */
static void bench_file(const char *path, const struct snapshot_peer *peer)
{
    struct restores all;
    double theirs[RUNS] = {0};

    restore_once(path, &all, 0); /* files are read once */
    for (unsigned i = 0; i < RUNS; i++) {
        restore_once(path, &all, i);
        theirs[i] = peer ? snapshot_peer_restore(peer) * 1e3 : 0;
    }
    figures_at_most("process start, file restore, next instruction",
                    median(all.next_ms, RUNS), file_bound_ms, "ms");
    print_row("process start, file restore, next output of the guest",
              median(all.output_ms, RUNS), median(theirs, RUNS), "ms");
    print_row("processor time of it up to the next instruction",
              median(all.processor_ms, RUNS), 0, "ms");
    print_row("resident memory at that instruction",
              median(all.resident_mib, RUNS), 0, "MiB");
}

/* ---- In memory ----------------------------------------------------------- */

/* A byte in each of some pages that the guest uses, and what it does in a
 * thousand instructions. */
static void dirty_pages(struct cairn_machine *machine, unsigned turn)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = 1000};
    uint8_t *host;
    size_t size;

    cairn_memory(machine, "ram", &host, &size);
    for (unsigned i = 0; i < PAGES; i++) {
        size_t offset = (size_t)(1024 + i * APART) * PAGE + turn % PAGE;

        cairn_memory_written(machine, "ram", offset, 1);
        host[offset] ^= 0x5a;
    }
    cairn_run(machine, &until);
}

/* The copy that a restore without tracking makes: of all that is not zero. */
static double copy_all_us(struct cairn_machine *machine)
{
    static const uint8_t zeros[PAGE];
    uint8_t *host;
    size_t size;
    size_t used = 0;
    struct error error;

    cairn_memory(machine, "ram", &host, &size);
    uint8_t *copy = memory_map(size, 0, &error);
    uint32_t *pages = xcalloc(size / PAGE, sizeof(*pages));
    if (copy == NULL) {
        die("copy", error.text);
    }
    for (size_t page = 0; page < size / PAGE; page++) {
        if (memcmp(host + page * PAGE, zeros, PAGE) != 0) {
            memcpy(copy + used * PAGE, host + page * PAGE, PAGE);
            pages[used++] = (uint32_t)page;
        }
    }
    double start = now_s();
    for (size_t i = 0; i < used; i++) {
        memcpy(host + (size_t)pages[i] * PAGE, copy + i * PAGE, PAGE);
    }
    double took = now_s() - start;
    memory_unmap(copy, size);
    free(pages);
    return took * 1e6;
}

static void bench_memory(struct cairn_machine *machine)
{
    struct cairn_snapshot *snapshot;
    double took[RUNS];
    struct cairn_error error = {""};

    if (cairn_snapshot(machine, &snapshot, &error) != 0) {
        die("snapshot", error.text);
    }
    uint64_t hash = cairn_state_hash(machine);
    for (unsigned run = 0; run < RUNS; run++) {
        double turns[64];

        for (unsigned i = 0; i < TURNS; i++) {
            dirty_pages(machine, i);
            double start = now_s();
            cairn_restore(machine, snapshot, NULL);
            turns[i % ARRAY_SIZE(turns)] = (now_s() - start) * 1e6;
        }
        took[run] = median(turns, ARRAY_SIZE(turns));
    }
    if (cairn_state_hash(machine) != hash) {
        die("restore", "another state than the snapshot's");
    }
    double ours = median(took, RUNS);
    figures_at_most("restore in memory after 50 written pages", ours,
                    memory_bound_us, "us");
    print_row("the same, beside a copy of all pages in use", ours,
              copy_all_us(machine), "us");
    cairn_snapshot_destroy(snapshot);
}

/* ---- All ----------------------------------------------------------------- */

int main(int count, char **words)
{
    struct peer qemu;
    struct snapshot_peer peer = {
        .peer = &qemu,
        .guest = {LINUX "kernel", "1G", LINUX "initrd", APPEND},
        .prompt = PROMPT,
        .command = COMMAND,
        .answer = ANSWER,
    };
    struct console console = {0};
    char path[64];

    if (count == 3 && strcmp(words[1], "--one") == 0) {
        return one(words[2]);
    }
    if (access(LINUX "kernel", R_OK) != 0) {
        printf("snapshots: no Linux; make guest-linux fetches it\n");
        return 0;
    }
    peer_find(&qemu, "aarch64");
    peer_print(&qemu);
    measure_on_one_processor();
    snprintf(path, sizeof(path), "/tmp/cairn-bench-%d.snapshot", (int)getpid());
    prepare(&console, path);
    bool beside = peer_has(&qemu, QEMU) && snapshot_peer_save(&peer);
    bench_file(path, beside ? &peer : NULL);
    bench_memory(console.machine);
    cairn_destroy(console.machine);
    unlink(path);
    unlink(peer.file);
    return 0;
}

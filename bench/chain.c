/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of a verified boot of board trust: wall time from process start and
 * from power-on to the first instruction of an application core, stage by
 * stage, and resident memory there.
 *
 * Each run is a process of its own: this program again, with --one and the ROM.
 * Prints one line per figure, tab-separated: figure, ours, peer, ratio (above 1
 * is better than the peer), unit. No peer has such a chain, so the peer is the
 * bound that the project set itself, or "-". With CAIRN_CALIPTRA_ROMS the
 * released ROMs follow our own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bench/measure.h"
#include "host/file.h"
#include "host/memory.h"
#include "host/time.h"
#include "platform/machine/machine.h"
#include "trust/image/gzip.h"

#define GUESTS   "build/out/guest/"
#define EMBEDDED GUESTS "caliptra/embedded/"
#define BOUND_MS 150.0

enum { RUNS = 20, FILE_MAX = 256 << 20, BUDGET = 50000000 };

enum stages {
    POWERED,
    FUSES_WRITTEN,
    READY,
    BUNDLE_ACCEPTED,
    MANIFEST_ACCEPTED,
    IMAGES_AUTHORISED,
    RELEASED,
    FIRST_INSTRUCTION,
    STAGES
};

/* A stage ends with an event of this fact, or with this line of the boot MCU,
 * which alone knows that a manifest was accepted; EVENT_FACTS: with neither.
 * The last time counts: every image is authorised. */
static const struct {
    const char *name;
    enum event_fact fact;
    const char *line;
} stages[STAGES] = {
    [POWERED] = {"process start to power-on",    EVENT_FACTS,             NULL},
    [FUSES_WRITTEN] = {"to fuses written",             FACT_FUSES_LOCKED,       NULL},
    [READY] = {"to ready for firmware",        FACT_READY_FOR_FIRMWARE, NULL},
    [BUNDLE_ACCEPTED] = {"to bundle accepted",           FACT_READY_FOR_RUNTIME,  NULL},
    [MANIFEST_ACCEPTED] = {"to SoC manifest accepted",     EVENT_FACTS,
                 "SoC manifest: accepted"                                     },
    [IMAGES_AUTHORISED] = {"to images authorised",         FACT_IMAGE_AUTHORISED,   NULL},
    [RELEASED] = {"to application core released", FACT_PROCESSOR_RUNS,     NULL},
    [FIRST_INSTRUCTION] = {"to its first instruction",     EVENT_FACTS,             NULL},
};

static double now_s(void)
{
    return (double)host_time_ns() / 1e9;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench/chain: %s: %s\n", what, why);
    exit(1);
}

/* ---- One boot, in a process of its own ----------------------------------- */

struct boot {
    struct cairn_machine *machine;
    struct buffer line; /* of the console */
    double at[STAGES];
    uint64_t entry;
};

static void hear_console(void *context, const char *device, uint8_t byte)
{
    struct boot *boot = context;

    if (byte != '\n') {
        buffer_append(&boot->line, &byte, 1);
        return;
    }
    for (unsigned i = 0; i < STAGES; i++) {
        if (stages[i].line &&
            strstr(buffer_text(&boot->line), stages[i].line)) {
            boot->at[i] = now_s();
        }
    }
    buffer_clear(&boot->line);
}

static void hear_event(void *context, const char *text, const char *json)
{
    struct boot *boot = context;
    if (!boot->machine) {
        return;
    }
    const struct event_list *list = &boot->machine->fabric.events;
    const struct event *event = &list->events[list->count - 1];
    bool is_core = strcmp(event->name, "cpu0") == 0;
    for (unsigned i = 0; i < STAGES; i++) {
        if (stages[i].fact == event->fact && (i != RELEASED || is_core)) {
            boot->at[i] = now_s();
        }
    }
    if (event->fact == FACT_PROCESSOR_RUNS && is_core) {
        boot->entry = event->values[0];
        cairn_stop(boot->machine);
    }
}

static void read_image(const char *path, struct buffer *out)
{
    struct buffer file = {0};
    struct error error = {""};

    if (file_read(path, FILE_MAX, &file, &error)) {
        die("input", error.text);
    }
    if (!gzip_recognise(file.bytes, file.size)) {
        *out = file;
        return;
    }
    if (gzip_unpack(file.bytes, file.size, FILE_MAX, out, &error)) {
        die(path, error.text);
    }
    buffer_fini(&file);
}

static void create(struct boot *boot, const char *rom)
{
    const struct {
        const char *memory;
        const char *path;
    } files[] = {
        {"mcu_rom",    GUESTS "bootmcu/rom.bin"},
        {"rom",        rom                     },
        {"boot_flash", EMBEDDED "trust.img.gz" },
        {"soc_fuses",  EMBEDDED "trust.fuses"  },
    };
    struct buffer bytes[ARRAY_SIZE(files)] = {{0}};
    struct cairn_image images[ARRAY_SIZE(files)];
    struct cairn_error error = {""};

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        read_image(files[i].path, &bytes[i]);
        images[i] = (struct cairn_image){files[i].memory, bytes[i].bytes,
                                         bytes[i].size};
    }
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "trust",
        .images = images,
        .image_count = ARRAY_SIZE(images),
        .callbacks = {.console = hear_console,
                      .event = hear_event,
                      .context = boot},
    };
    if (cairn_create(&options, &boot->machine, &error)) {
        die("machine", error.text);
    }
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        buffer_fini(&bytes[i]);
    }
}

/* Prints when each stage ended, and the memory. */
static int one(const char *rom)
{
    struct boot boot = {0};
    struct cairn_until until = {.size = sizeof(struct cairn_until),
                                .instructions = BUDGET};

    create(&boot, rom);
    cairn_power(boot.machine);
    boot.at[POWERED] = now_s();
    if (cairn_run(boot.machine, &until) != CAIRN_STOP_REQUESTED) {
        die(rom, "no application core was released");
    }
    until.core = "cpu0";
    until.address = boot.entry;
    if (cairn_run(boot.machine, &until) != CAIRN_STOP_ADDRESS) {
        die(rom, "the application core does not start");
    }
    boot.at[FIRST_INSTRUCTION] = now_s();
    for (unsigned i = 0; i < STAGES; i++) {
        printf("%.9f\n", boot.at[i]);
    }
    printf("%.3f\n", (double)memory_resident() / (1 << 20));
    cairn_destroy(boot.machine);
    buffer_fini(&boot.line);
    return 0;
}

/* ---- Many of them -------------------------------------------------------- */

struct figures {
    double stage_ms[STAGES][RUNS]; /* since the stage before */
    double process_ms[RUNS];
    double power_ms[RUNS];
    double processor_ms[RUNS]; /* of the whole process: others' load is out */
    double memory_mib[RUNS];
};

static void run_once(struct figures *figures, unsigned run, const char *rom)
{
    const char *const argv[] = {"/proc/self/exe", "--one", rom, NULL};
    struct buffer output = {0};
    double at[STAGES + 1];
    double start = now_s();

    struct cost cost = measure(argv, "", &output);
    if (!cost.good) {
        die(rom, buffer_text(&output));
    }
    char *text = (char *)(uintptr_t)buffer_text(&output);
    for (unsigned i = 0; i <= STAGES; i++) {
        at[i] = strtod(text, &text);
    }
    for (unsigned i = 0; i < STAGES; i++) {
        double before = i == 0 ? start : at[i - 1];
        if (at[i] < before) {
            die(rom, stages[i].name);
        }
        figures->stage_ms[i][run] = (at[i] - before) * 1e3;
    }
    figures->process_ms[run] = (at[FIRST_INSTRUCTION] - start) * 1e3;
    figures->power_ms[run] = (at[FIRST_INSTRUCTION] - at[POWERED]) * 1e3;
    figures->processor_ms[run] = cost.cpu_s * 1e3;
    figures->memory_mib[run] = at[STAGES];
    buffer_fini(&output);
}

static void bounded(const char *name, const double *values)
{
    double ours = median(values, RUNS);

    printf("%s\t%.3f\t%.3f\t%.2f\tms\n", name, ours, BOUND_MS, BOUND_MS / ours);
}

static void boots(const char *rom)
{
    struct figures figures;

    printf("rom\t%s\n", rom);
    run_once(&figures, 0, rom); /* files are read once */
    for (unsigned i = 0; i < RUNS; i++) {
        run_once(&figures, i, rom);
    }
    bounded("process start to the first application instruction",
            figures.process_ms);
    bounded("power-on to the first application instruction", figures.power_ms);
    for (unsigned i = 0; i < STAGES; i++) {
        printf("stage: %s\t%.3f\t-\t-\tms\n", stages[i].name,
               median(figures.stage_ms[i], RUNS));
    }
    printf("processor time of the process\t%.3f\t-\t-\tms\n",
           median(figures.processor_ms, RUNS));
    printf("resident memory then\t%.3f\t-\t-\tMiB\n",
           median(figures.memory_mib, RUNS));
    fflush(stdout);
}

int main(int count, char **words)
{
    static const char *const released[] = {
        "caliptra-rom-1.0.3-e8e23d9.bin",
        "caliptra-rom-1.1.1-d6713db.bin",
    };
    const char *folder = getenv("CAIRN_CALIPTRA_ROMS");

    if (count == 3 && strcmp(words[1], "--one") == 0) {
        return one(words[2]);
    }
    printf("peer\tthe project's own bound (no peer has such a chain)\n");
    boots(GUESTS "caliptra/rom.bin");
    for (size_t i = 0; folder && i < ARRAY_SIZE(released); i++) {
        char *path = xasprintf("%s/%s", folder, released[i]);
        boots(path);
        free(path);
    }
    return 0;
}

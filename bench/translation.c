/* SPDX-License-Identifier: Apache-2.0 */
/* Boots Linux and reads what the program counts of its own translation
 * (--stats). */
#include "bench/translation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/linux.h"

/* The engine's own code and tables, comments too, without its tests, what only
 * they use, and lines that are blank. M-profile, which came third, is counted
 * apart: so neither it nor what was there before can grow in the shade of the
 * other. */
#define ENGINE_FILES                                                           \
    "git ls-files engine | grep -E '[.](c|h|def)$' | "                         \
    "grep -vE '_test[.]c$|_random|_explain|/toy/|vectors[.]' | "
#define MPROFILE_FILES "-E '^engine/(mprofile/|.*t32)' | "
#define COUNT          "xargs cat | grep -c ."

/* A figure of `cairn run --stats`. */
static double statistic(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? strtod(at + strlen(name), NULL) : 0;
}

void translation_bench(const struct bench *bench)
{
    double decoding[RUNS_MAX];
    double compiling[RUNS_MAX];
    double bytes[RUNS_MAX];
    double average[RUNS_MAX];
    struct buffer output = {0};
    const char *name = "translation, ns an instruction";

    if (!figures_wanted(bench, "translation") || measure_interpreted()) {
        return;
    }
    for (unsigned i = 0; i < bench->runs; i++) {
        if (!linux_boot_counted(&output)) {
            printf("translation: no Linux to boot; make check-guests\n");
            return;
        }
        const char *text = buffer_text(&output);
        decoding[i] = statistic(text, "decoding, ns an instruction");
        compiling[i] = statistic(text, "compiling, ns an instruction");
        bytes[i] = statistic(text, "bytes an instruction");
        average[i] = (statistic(text, "decoding, ms") +
                      statistic(text, "compiling, ms")) *
                     1e6 / statistic(text, "instructions decoded");
    }
    double decode = median(decoding, bench->runs);
    double compile = median(compiling, bench->runs);

    figures_print(&(struct figure){name, ", decoding", decode, 0, 0, "ns", 0});
    figures_print(
        &(struct figure){name, ", compiling", compile, 0, 0, "ns", 0});
    figures_at_most(name, decode + compile, 150, "ns");
    /* Much of what is decoded is never compiled. */
    figures_print(&(struct figure){name, ", a boot's average",
                                   median(average, bench->runs), 0, 0, "ns",
                                   0});
    figures_at_most("translation, host bytes an instruction",
                    median(bytes, bench->runs), 25, "bytes");
    buffer_fini(&output);
}

static void count_lines(const char *name, const char *command, double most)
{
    char text[32];
    FILE *pipe = popen(command, "r");

    if (pipe == NULL) {
        return;
    }
    if (fgets(text, sizeof(text), pipe) != NULL && strtoul(text, NULL, 10)) {
        figures_at_most(name, strtod(text, NULL), most, "lines");
    }
    pclose(pipe);
}

void translation_engine_lines(const struct bench *bench)
{
    if (figures_wanted(bench, "lines of the engine")) {
        count_lines("lines of the engine",
                    ENGINE_FILES "grep -v " MPROFILE_FILES COUNT, 27000);
        count_lines("lines of the engine, M-profile",
                    ENGINE_FILES "grep " MPROFILE_FILES COUNT, 12000);
    }
}

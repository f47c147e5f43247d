/* SPDX-License-Identifier: Apache-2.0 */
/* One bare core of ours by each engine, and a command of QEMU in a folder. */
#include "tests/engine/differential.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "engine/compiler/compiler.h"
#include "tests/harness.h"

/* ---- Here ---------------------------------------------------------------- */

void differential_start(struct differential_machine *machine,
                        const struct differential *program,
                        enum core_engine engine)
{
    struct core_config config = program->config;
    struct error error = {""};

    *machine = (struct differential_machine){0};
    fabric_init(&machine->fabric, 1);
    machine->space = space_create(&machine->fabric, "core");
    machine->ram = region_create("ram", program->ram_bytes, NULL);
    const struct window window = {.name = "ram",
                                  .base = gpa(program->base),
                                  .size_bytes = program->ram_bytes,
                                  .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                                  .enabled = true,
                                  .region = machine->ram};
    space_add_window(machine->space, &window);
    if (program->beside != NULL) {
        space_add_window(machine->space, program->beside);
    }
    region_load(machine->ram, 0, program->image, program->image_bytes);
    config.name = "core";
    config.space = machine->space;
    config.fabric = &machine->fabric;
    config.engine = engine;
    if (core_create(&config, &machine->core, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    core_reset(machine->core);
    machine->core->power = CORE_RUNNING;
    core_add_breakpoint(machine->core, gva(program->end));
}

void differential_finish(struct differential_machine *machine)
{
    core_destroy(machine->core);
    space_destroy(machine->space);
    region_destroy(machine->ram);
    fabric_fini(&machine->fabric);
}

bool differential_run(struct differential_machine *machine,
                      const struct differential *program, uint64_t slice)
{
    for (uint64_t budget = program->budget; budget > 0;) {
        const uint64_t now = slice < budget ? slice : budget;
        const enum core_stop stop = core_run(machine->core, now);

        if (stop != CORE_STOP_BUDGET) {
            return stop == CORE_STOP_BREAKPOINT;
        }
        budget -= now;
    }
    return false;
}

static bool agrees_by(const struct differential *program, const uint8_t *theirs,
                      enum core_engine engine)
{
    struct differential_machine machine;

    differential_start(&machine, program, engine);
    const bool ended = differential_run(&machine, program, UINT64_MAX);
    uint8_t *ours = region_host(machine.ram);
    if (program->forget != NULL) {
        program->forget(program->program, ours);
    }
    const bool same = ended && memcmp(ours, theirs, program->image_bytes) == 0;
    if (!same) {
        fprintf(stderr, "%s, %s%s\n", program->config.compatible,
                ended ? "" : "it does not end here, ",
                engine == CORE_ENGINE_INTERPRETER ? "interpreted" : "compiled");
        program->report(program->program, ours, theirs);
    }
    differential_finish(&machine);
    return same;
}

bool differential_agrees(const struct differential *program,
                         const uint8_t *theirs)
{
    return agrees_by(program, theirs, CORE_ENGINE_INTERPRETER) &&
           agrees_by(program, theirs,
                     compiler_is_possible() ? CORE_ENGINE_COMPILER
                                            : CORE_ENGINE_ANY);
}

/* ---- By all engines ------------------------------------------------------ */

static const enum core_engine engines[] = {CORE_ENGINE_INTERPRETER,
                                           CORE_ENGINE_ANY, CORE_ENGINE_CHAOS};

/* Up to a count of instructions; false where the program ends before it. */
static bool run_to(struct differential_machine *machine, uint64_t count)
{
    while (machine->core->retired < count) {
        if (core_run(machine->core, count - machine->core->retired) !=
            CORE_STOP_BUDGET) {
            return false;
        }
    }
    return true;
}

static bool are_alike(const struct differential_machine *one,
                      const struct differential_machine *other)
{
    return core_hash(one->core) == core_hash(other->core) &&
           region_hash(one->ram, 0) == region_hash(other->ram, 0);
}

unsigned differential_places(const struct differential *program, uint64_t every)
{
    struct differential_machine m[ARRAY_SIZE(engines)];
    unsigned places = 0;
    bool going = true;
    bool alike = true;

    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        differential_start(&m[i], program, engines[i]);
    }
    for (uint64_t count = every; going && alike; count += every, places++) {
        for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
            const bool on = run_to(&m[i], count);

            alike = alike && (i == 0 || on == going) && are_alike(&m[i], &m[0]);
            going = on;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        differential_finish(&m[i]);
    }
    return alike ? places : 0;
}

void differential_expect_slices(const struct differential *program,
                                const uint64_t *slices, size_t count)
{
    struct differential_machine whole;

    differential_start(&whole, program, CORE_ENGINE_ANY);
    EXPECT(differential_run(&whole, program, UINT64_MAX));
    for (size_t i = 0; i < count * ARRAY_SIZE(engines); i++) {
        const uint64_t slice = slices[i / ARRAY_SIZE(engines)];
        struct differential_machine m;

        test_case("slices of %llu, engine %zu", (unsigned long long)slice,
                  i % ARRAY_SIZE(engines));
        differential_start(&m, program, engines[i % ARRAY_SIZE(engines)]);
        EXPECT(differential_run(&m, program, slice));
        EXPECT(are_alike(&m, &whole));
        differential_finish(&m);
    }
    differential_finish(&whole);
}

/* ---- QEMU ---------------------------------------------------------------- */

bool differential_have(const char *qemu)
{
    char command[128];

    snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", qemu);
    return system(command) == 0;
}

/* Pages that hold nothing stay holes. */
static bool write_file(int folder, const struct differential_file *file)
{
    static const uint8_t zeros[4096];
    const uint8_t *bytes = file->bytes;
    const int fd =
        openat(folder, file->name, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    bool ok = fd >= 0 && ftruncate(fd, (off_t)file->length) == 0;

    for (size_t at = 0; ok && at < file->size; at += sizeof(zeros)) {
        const size_t left = file->size - at;
        const size_t piece = left < sizeof(zeros) ? left : sizeof(zeros);

        ok = memcmp(bytes + at, zeros, piece) == 0 ||
             pwrite(fd, bytes + at, piece, (off_t)(file->place + at)) ==
                 (ssize_t)piece;
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static uint8_t *map_after(int folder, size_t length)
{
    const int fd = openat(folder, "after", O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *after = NULL;

    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size == (off_t)length) {
        after = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        after = after != MAP_FAILED ? after : NULL;
    }
    if (fd >= 0) {
        close(fd);
    }
    unlinkat(folder, "after", 0);
    return after;
}

uint8_t *differential_under_qemu(const struct differential_file *files,
                                 size_t count, size_t length,
                                 const char *command, ...)
{
    char path[] = "/tmp/cairn-differential-XXXXXX";
    const int folder = mkdtemp(path) ? open(path, O_DIRECTORY | O_CLOEXEC) : -1;
    struct buffer line = {0};
    va_list arguments;
    bool ok = folder >= 0;

    for (size_t i = 0; ok && i < count; i++) {
        ok = write_file(folder, &files[i]);
    }
    buffer_print(&line, "cd %s && timeout 60 ", path);
    va_start(arguments, command);
    buffer_vprint(&line, command, arguments);
    va_end(arguments);
    ok = ok && system(buffer_text(&line)) == 0;
    if (!ok) {
        fprintf(stderr, "failed, or hangs: %s\n", buffer_text(&line));
    }
    buffer_fini(&line);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(files[i].name, "after") != 0) {
            unlinkat(folder, files[i].name, 0);
        }
    }
    uint8_t *after = map_after(folder, length);
    if (folder >= 0) {
        close(folder);
    }
    rmdir(path);
    if (!ok && after != NULL) {
        munmap(after, length);
        after = NULL;
    }
    return after;
}

uint64_t differential_number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);

    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

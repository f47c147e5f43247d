/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the files with symbols of a session. */
#include "session/symbol_files.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "host/file.h"

enum { FILE_MAX = 1 << 30 };

/* Files that a machine starts with, and that may be ELF files. */
static const size_t started[] = {
    offsetof(struct session_options, rom),
    offsetof(struct session_options, kernel),
    offsetof(struct session_options, bios),
};

static int read_file(struct session_symbol_files *files, const char *path,
                     bool only_elf, struct session_error *why)
{
    struct session_symbol_file *file = &files->list[files->count];
    struct buffer bytes = {0};
    struct error error = {""};
    int code = file_read(path, FILE_MAX, &bytes, &error);

    if (code != 0) {
        code = session_failure(why, NULL, "%s", error.text);
    } else if (!only_elf || (bytes.size >= SELFMAG &&
                             memcmp(bytes.bytes, ELFMAG, SELFMAG) == 0)) {
        files->count++;
        code =
            symbols_read(&file->symbols, bytes.bytes, bytes.size, &error) == 0
                ? 0
                : session_failure(why, NULL, "file '%s': %s", path, error.text);
    }
    buffer_fini(&bytes);
    return code;
}

static int check_core(const struct cairn_machine *machine, const char *core,
                      struct session_error *why)
{
    struct cairn_core_time time = {0};

    for (size_t i = 0; core && cairn_core_time_get(machine, i, &time) == 0;
         i++) {
        if (strcmp(time.core, core) == 0) {
            return 0;
        }
    }
    return core ? session_misuse(why, "symbols",
                                 "the board has no processor '%s'; the last "
                                 "one is '%s'",
                                 core, time.core ? time.core : "")
                : 0;
}

static int read_named(struct session_symbol_files *files,
                      const struct session_symbols *named,
                      const struct cairn_machine *machine,
                      struct session_error *why)
{
    struct session_symbol_file *file = &files->list[files->count];
    int code = check_core(machine, named->core, why);

    code = code ? code : read_file(files, named->path, false, why);
    if (code == 0 && symbols_count(&file->symbols) == 0) {
        return session_failure(why, NULL, "file '%s': no symbols", named->path);
    }
    file->core = named->core;
    file->shift = named->moved ? named->address - file->symbols.lowest : 0;
    return code;
}

int session_symbol_files_read(struct session_symbol_files *files,
                              const struct session_options *options,
                              const struct cairn_machine *machine,
                              struct session_error *error)
{
    int code = 0;

    assert(files->list == NULL);
    files->list = xcalloc(options->symbol_count + options->image_count +
                              options->load_count + ARRAY_SIZE(started),
                          sizeof(*files->list));
    for (size_t i = 0; code == 0 && i < options->symbol_count; i++) {
        code = read_named(files, &options->symbols[i], machine, error);
    }
    for (size_t i = 0; code == 0 && i < ARRAY_SIZE(started); i++) {
        const char *path;

        memcpy(&path, (const char *)options + started[i], sizeof(path));
        code = path ? read_file(files, path, true, error) : 0;
    }
    for (size_t i = 0; code == 0 && i < options->image_count; i++) {
        code = read_file(files, options->images[i].path, true, error);
    }
    for (size_t i = 0; code == 0 && i < options->load_count; i++) {
        code = read_file(files, options->loads[i].path, true, error);
    }
    return code;
}

const char *session_symbol_files_find(const struct session_symbol_files *files,
                                      const struct session_code *code,
                                      uint64_t *offset)
{
    const char *name = NULL;

    for (size_t i = 0; i < files->count; i++) {
        const struct session_symbol_file *file = &files->list[i];
        uint16_t machine = file->symbols.machine;
        uint64_t address = code->address - file->shift;

        if ((machine != 0 && code->machine != 0 && machine != code->machine) ||
            (file->core && code->core && strcmp(file->core, code->core) != 0)) {
            continue;
        }
        const struct symbol *symbol = symbols_find(&file->symbols, address);
        if (symbol != NULL &&
            (name == NULL || address - symbol->address < *offset)) {
            name = symbols_name(&file->symbols, symbol);
            *offset = address - symbol->address;
        }
    }
    return name;
}

void session_symbol_files_fini(struct session_symbol_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        symbols_fini(&files->list[i].symbols);
    }
    free(files->list);
    *files = (struct session_symbol_files){0};
}

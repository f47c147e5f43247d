/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of the map is start, size and name, the numbers in hexadecimal without
 * 0x. Code that was thrown away stays in it: perf takes the last line for an
 * address.
 */
#include "session/perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "host/file.h"

static void write_line(void *context, const void *code, size_t size,
                       const uint64_t *address)
{
    const struct session_perf_map *map = context;
    uint64_t start = (uint64_t)(uintptr_t)code;
    uint64_t offset = 0;
    const char *name = NULL;

    assert(map->file != NULL);
    if (address != NULL) {
        const struct session_code place = {.address = *address};
        name = session_symbol_files_find(map->symbols, &place, &offset);
    }
    if (address == NULL) {
        fprintf(map->file, "%" PRIx64 " %zx cairn\n", start, size);
    } else if (name == NULL) {
        fprintf(map->file, "%" PRIx64 " %zx guest 0x%" PRIx64 "\n", start, size,
                *address);
    } else {
        fprintf(map->file, "%" PRIx64 " %zx %s+0x%" PRIx64 " 0x%" PRIx64 "\n",
                start, size, name, offset, *address);
    }
}

/* At the path that perf reads; a link left there by others is not followed. */
static FILE *create(struct session_perf_map *map)
{
    snprintf(map->path, sizeof(map->path), "/tmp/perf-%d.map", (int)getpid());
    int file = open(
        map->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

    return file < 0 ? NULL : fdopen(file, "w");
}

int session_perf_map_open(struct session_perf_map *map,
                          const struct session_options *options,
                          const struct session_symbol_files *symbols,
                          struct cairn_machine *machine,
                          struct session_error *error)
{
    assert(map->file == NULL);
    if (!options->perf_map) {
        return 0;
    }
    map->symbols = symbols;
    map->file = create(map);
    if (map->file == NULL) {
        return session_failure(error, NULL, "file '%s': cannot be opened: %s",
                               map->path, strerror(errno));
    }
    cairn_watch_code(machine, write_line, map);
    return 0;
}

int session_perf_map_end(struct session_perf_map *map, struct error *error)
{
    int code = file_end(map->file, map->path, error);
    map->file = NULL;
    return code;
}

void session_perf_map_close(struct session_perf_map *map)
{
    if (map->file != NULL) {
        fclose(map->file);
    }
}

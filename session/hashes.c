/* SPDX-License-Identifier: Apache-2.0 */
#include "session/hashes.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void write_line(void *context)
{
    const struct session_hashes *hashes = context;

    fprintf(hashes->file, "%" PRIu64 " %016" PRIx64 "\n",
            cairn_instructions(hashes->machine, NULL),
            cairn_state_hash(hashes->machine));
}

int session_hashes_open(struct session_hashes *hashes,
                        struct arguments *arguments,
                        struct cairn_machine *machine)
{
    const char *path = arguments_value(arguments, "hashes");
    uint64_t distance = 1000000;
    int result = arguments_number(arguments, "hash-every", &distance);

    if (result != COMMAND_DONE || path == NULL) {
        return result;
    }
    if (distance == 0) {
        return command_misuse(arguments,
                              "option '--hash-every': 0 is no "
                              "distance");
    }
    hashes->machine = machine;
    hashes->file = fopen(path, "we");
    if (hashes->file == NULL) {
        return command_failure(arguments, "file '%s': open: %s", path,
                               strerror(errno));
    }
    cairn_milestones(machine, distance, write_line, hashes);
    return COMMAND_DONE;
}

int session_hashes_close(struct session_hashes *hashes,
                         struct arguments *arguments)
{
    if (hashes->file == NULL) {
        return COMMAND_DONE;
    }
    write_line(hashes);
    bool good = ferror(hashes->file) == 0;
    if (fclose(hashes->file) != 0 || !good) {
        return command_failure(arguments, "file '%s': write: %s",
                               arguments_value(arguments, "hashes"),
                               strerror(errno));
    }
    return COMMAND_DONE;
}

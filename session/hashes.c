/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a line with the hash of the state at each milestone. */
#include "session/hashes.h"
#include "host/file.h"

#include <assert.h>
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

int session_hashes_check(const struct session_options *options,
                         struct session_error *error)
{
    return options->hashes && options->hash_distance == 0
               ? session_misuse(error, "hash-every", "0 is no distance")
               : 0;
}

int session_hashes_open(struct session_hashes *hashes,
                        const struct session_options *options,
                        struct cairn_machine *machine,
                        struct session_error *error)
{
    if (options->hashes == NULL) {
        return 0;
    }
    assert(options->hash_distance != 0);
    hashes->machine = machine;
    hashes->path = options->hashes;
    hashes->file = fopen(options->hashes, "we");
    if (hashes->file == NULL) {
        return session_failure(error, NULL, "file '%s': cannot be opened: %s",
                               options->hashes, strerror(errno));
    }
    cairn_milestones(machine, options->hash_distance, write_line, hashes);
    return 0;
}

int session_hashes_close(struct session_hashes *hashes, struct error *error)
{
    if (hashes->file == NULL) {
        return 0;
    }
    write_line(hashes);
    int code = file_end(hashes->file, hashes->path, error);
    hashes->file = NULL;
    return code;
}

void session_hashes_fini(struct session_hashes *hashes)
{
    if (hashes->file) {
        fclose(hashes->file);
    }
}

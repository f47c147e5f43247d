/* SPDX-License-Identifier: Apache-2.0 */
/* Any messages to a 9P server. */
#include "abi/ninep.h"
#include "backends/share/fuzz_messages.h"
#include "backends/share/ninep.h"
#include "tests/fuzz.h"

static size_t serve(void *server, const uint8_t *message, size_t size,
                    uint8_t *reply, size_t room)
{
    return ninep_serve(server, message, size, reply, room);
}

FUZZ(data, size)
{
    struct ninep *server = ninep_create(fuzzed_share());
    fuzz_messages(&(struct fuzzed_server){server, NINEP_HEADER_SIZE, serve},
                  data, size);
    ninep_destroy(server);
    test_folder_check(&fuzzed_folder);
    return 0;
}

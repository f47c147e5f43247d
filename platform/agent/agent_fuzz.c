/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts of the SoC agent from anywhere. The machine is the smallest board
 * there is: verbs that need a Caliptra core fail for want of its lines, which
 * is an answer too.
 */
#include <string.h>

#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "tests/fuzz.h"

FUZZ(data, size)
{
    static struct cairn_machine *machine;
    static struct cairn_snapshot *snapshot;
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "caliptra-1.1"};
    struct cairn_agent_options agent = {.size =
                                            sizeof(struct cairn_agent_options),
                                        .script_name = "script",
                                        .folder = "/nonexistent",
                                        .instructions = 20000};
    struct cairn_error error = {{0}};
    struct buffer text = {0};

    if (!machine && (cairn_create(&options, &machine, NULL) ||
                     cairn_snapshot(machine, &snapshot, NULL))) {
        abort();
    }
    buffer_append(&text, data, size < 4096 ? size : 4096);
    buffer_append(&text, "", 1);
    agent.script = (const char *)text.bytes;
    if (cairn_agent_run(machine, &agent, &error) && error.text[0] == '\0') {
        abort(); /* a refusal without a reason */
    }
    if (cairn_restore(machine, snapshot, NULL)) {
        abort();
    }
    buffer_fini(&text);
    return 0;
}

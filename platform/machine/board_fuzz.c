/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a compiled board: a machine that can be shown, run, hashed and
 * taken back, or a refusal with a reason. */

#include "platform/machine/machine.h"
#include "tests/fuzz.h"

/* None is built in here. */
const struct board_builtin board_builtins[] = {
    {0},
};

static void show(struct cairn_machine *machine, const char *format)
{
    char *picture = NULL;
    if (cairn_board_show(machine, format, &picture, NULL) != 0) {
        abort();
    }
    free(picture);
}

static void use(struct cairn_machine *machine)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = 200,
                                      .time_ns = 100000};
    struct cairn_snapshot *snapshot = NULL;
    show(machine, "text");
    show(machine, "svg");
    cairn_power(machine);
    cairn_run(machine, &until);
    if (cairn_snapshot(machine, &snapshot, NULL) == 0) {
        uint64_t hash = cairn_state_hash(machine);
        cairn_run(machine, &until);
        if (cairn_restore(machine, snapshot, NULL) != 0 ||
            cairn_state_hash(machine) != hash) {
            abort();
        }
    }
    cairn_snapshot_destroy(snapshot);
}

FUZZ(bytes, size)
{
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "fuzz"};
    struct cairn_machine *machine = NULL;
    struct board board;
    struct error error = {""};
    int code = board_from_blob(&board, "fuzz", bytes, size, &error);
    if (code == 0) {
        code = machine_create(&board, &options, &machine, &error);
    }
    if (code != 0 && error.text[0] == '\0') {
        abort();
    }
    if (machine) {
        use(machine);
        cairn_destroy(machine);
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Points to fork from: a snapshot file in memory, of which each machine maps
 * the pages for itself, so that the host copies those that it writes. */
#include <stdlib.h>

#include "base/buffer.h"
#include "platform/machine/callback.h"
#include "platform/machine/machine.h"
#include "platform/snapshot/source.h"

struct cairn_fork_point {
    struct snapshot_source source;
};

static int take_point(struct cairn_machine *machine,
                      struct cairn_fork_point **made,
                      struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct cairn_fork_point *point = xcalloc(1, sizeof(*point));
    const int code = snapshot_take(machine, &point->source, &error);
    if (code != 0) {
        free(point);
        return machine_fail(cairn_error, code, &error);
    }
    *made = point;
    return 0;
}

int cairn_fork_point(struct cairn_machine *machine,
                     struct cairn_fork_point **made,
                     struct cairn_error *cairn_error)
{
    *made = NULL;
    return MACHINE_CALL(machine, cairn_error,
                        take_point(machine, made, cairn_error));
}

static int fork_from(struct cairn_machine *machine,
                     const struct cairn_fork_point *point,
                     struct cairn_error *cairn_error)
{
    struct error error = {""};
    const int code = snapshot_put(machine, &point->source, &error);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

int cairn_fork(struct cairn_machine *machine,
               const struct cairn_fork_point *point,
               struct cairn_error *cairn_error)
{
    return MACHINE_CALL(machine, cairn_error,
                        fork_from(machine, point, cairn_error));
}

void cairn_fork_point_destroy(struct cairn_fork_point *point)
{
    if (point) {
        snapshot_close(&point->source);
        free(point);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The part that snapshots keep of semihosting: the state of its files and
 * console. */
#include "platform/debug/semihosting_part.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "platform/debug/semihosting_files.h"

static const struct state_field fields[] = {
    STATE(struct semihosting_state, started_ns, RESET_NEVER),
    STATE(struct semihosting_state, error, RESET_NEVER),
    STATE(struct semihosting_state, promised, RESET_NEVER),
    STATE(struct semihosting_state, queue_first, RESET_NEVER),
    STATE(struct semihosting_state, queue_count, RESET_NEVER),
    STATE(struct semihosting_state, queue, RESET_NEVER),
    STATE(struct semihosting_state, files, RESET_NEVER),
};

static size_t part_size(const struct part *part)
{
    (void)part;
    return sizeof(struct semihosting_state);
}

static void part_take(const struct part *part, void *image)
{
    const struct semihosting_files *files = part->object;
    memcpy(image, &files->state, sizeof(files->state));
}

static void part_put(const struct part *part, const void *image)
{
    struct semihosting_files *files = part->object;
    memcpy(&files->state, image, sizeof(files->state));
    semihosting_files_restored(files);
}

static void list_fields(const struct part *part, struct state_table *table)
{
    (void)part;
    state_table_set(table, fields, ARRAY_SIZE(fields));
}

static int part_check(const struct part *part, const void *image,
                      struct error *error)
{
    struct semihosting_state *state = xcalloc(1, sizeof(*state));
    memcpy(state, image, sizeof(*state));
    bool good = semihosting_files_check(state);
    free(state);
    return good ? 0
                : error_set(error, -EINVAL, "%s: no such state of open files",
                            part->name);
}

const struct part_kind part_semihosting = {
    .record = "cairn,semihosting",
    .size = part_size,
    .take = part_take,
    .put = part_put,
    .fields = list_fields,
    .check = part_check,
};

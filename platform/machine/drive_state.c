/* SPDX-License-Identifier: Apache-2.0 */
/* Requests in flight as a part of the machine's state: taken, put back, checked
 * and hashed. */
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "platform/machine/drive.h"

static size_t drive_size(const struct part *part)
{
    const struct drive *drive = part->object;
    return sizeof(drive->state) + drive->count * sizeof(struct pending_state);
}

static void drive_take(const struct part *part, void *image)
{
    struct drive *drive = part->object;
    uint8_t *to = image;
    transfers_drain(&drive->transfers);
    memcpy(to, &drive->state, sizeof(drive->state));
    to += sizeof(drive->state);
    for (unsigned i = 0; i < drive->count; i++) {
        struct pending_state state = drive->pending[i].state;
        if (drive->pending[i].transfer && state.operation == DISK_READ) {
            state.served = 0;
            state.status = DISK_DONE;
        }
        memcpy(to + i * sizeof(state), &state, sizeof(state));
    }
}

static void drive_put(const struct part *part, const void *image)
{
    struct drive *drive = part->object;
    struct clock *clock = &drive->machine->fabric.clock;
    const uint8_t *from = (const uint8_t *)image + sizeof(drive->state);
    transfers_drain(&drive->transfers);
    timer_cancel(clock, &drive->timer);
    memcpy(&drive->state, image, sizeof(drive->state));
    for (unsigned i = 0; i < drive->count; i++) {
        struct pending *pending = &drive->pending[i];
        drive_drop(pending);
        memcpy(&pending->state, from + i * sizeof(pending->state),
               sizeof(pending->state));
        if (pending->state.busy) {
            drive_enqueue(pending);
        }
    }
    const struct pending *first = drive_first_not_due(drive);
    if (first) {
        timer_restore(clock, &drive->timer, first->state.due_ns,
                      drive->state.timer_sequence);
    }
    if (drive->earliest != first) {
        input_post(drive->machine, &drive->completion);
    }
}

static bool is_possible(const struct drive *drive,
                        const struct pending_state *state)
{
    const struct disk_request request = {
        .operation = (enum disk_operation)state->operation,
        .offset = state->offset,
        .size = state->size,
    };
    if (!state->busy) {
        return true;
    }
    return state->busy == 1 && state->served <= 1 && state->may_unmap <= 1 &&
           state->operation <= DISK_WRITE_ZEROES &&
           state->status <= DISK_FAILED &&
           (state->operation == DISK_READ
                ? !state->served || state->status != DISK_DONE
                : state->served) &&
           (state->status == DISK_REFUSED || !drive_refuses(drive, &request));
}

static int drive_check(const struct part *part, const void *image,
                       struct error *error)
{
    const struct drive *drive = part->object;
    const uint8_t *from = (const uint8_t *)image + sizeof(drive->state);
    for (unsigned i = 0; i < drive->count; i++) {
        struct pending_state state;
        memcpy(&state, from + i * sizeof(state), sizeof(state));
        if (!is_possible(drive, &state)) {
            return error_set(error, -EINVAL, "disk '%s': no such request %u",
                             part->name, i);
        }
    }
    return 0;
}

static void list_drive_fields(const struct part *part,
                              struct state_table *table)
{
    state_table_add(table, xstrdup("requests"), 0, drive_size(part), 0);
}

/* Hashes what the device will see, and nothing that depends on how far the host
 * is. */
static uint64_t hash_drive(const struct part *part, uint64_t hash,
                           bool memories)
{
    const struct drive *drive = part->object;
    for (unsigned i = 0; i < drive->count; i++) {
        const struct pending_state *state = &drive->pending[i].state;
        const uint64_t values[] = {
            state->busy, state->operation, state->offset,
            state->size, state->due_ns,    state->may_unmap,
        };
        hash = hash64(hash, values, sizeof(values));
    }
    return hash;
}

const struct part_kind part_drive = {
    .record = "cairn,disk",
    .size = drive_size,
    .take = drive_take,
    .put = drive_put,
    .fields = list_drive_fields,
    .check = drive_check,
    .hash = hash_drive,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Media of devices that make block requests (bus/disk.h): from a request by a
 * back end (backends/block.h) to the completion, which is an input.
 *
 * A request has two sides. On the device's it is pending until its virtual
 * latency has passed: a timer posts the drive's completion, which the run loop
 * delivers at the end of that round; if the host is not done yet, it is waited
 * for there. On the host's side it is a transfer, which starts at once, on
 * bytes of its own, unless an earlier one touches the same bytes of the disk. A
 * transfer outlives a request that was cancelled.
 *
 * The past. The completion is an input with status and bytes, so a replay gets
 * them from the list and makes no transfers: what it writes was written.
 * Pending requests are part of the machine's state, without bytes. Taking the
 * state waits for transfers, so that the medium has what pending requests
 * change; a pending read that is put back is read again when it is due.
 */
#include "platform/machine/disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/block.h"
#include "base/assert.h"
#include "base/hash.h"
#include "bus/disk.h"
#include "platform/snapshot/parts.h"

/* The device's side, as it is saved. */
struct pending_state {
    uint64_t offset;
    uint64_t size;
    uint64_t due_ns;
    uint64_t sequence;  /* of the timer */
    uint32_t busy;      /* all else is 0 if not */
    uint32_t armed;     /* the timer: due_ns has not come */
    uint32_t operation; /* enum disk_operation */
    uint32_t served;    /* status is known; not of reads of a medium */
    uint32_t status;    /* enum disk_status */
    uint32_t reserved;
};

struct transfer;

struct pending {
    struct pending_state state;
    struct timer timer;
    struct drive *drive;
    struct transfer *transfer; /* NULL: none was made, or it is not needed */
};

/* The host's side. */
struct transfer {
    struct block_request request;
    struct drive *drive;
    struct pending *pending; /* NULL: cancelled */
    struct transfer *next;
    bool started;
    uint8_t bytes[];
};

struct drive {
    struct disk disk;
    struct cairn_machine *machine;
    struct node *node;
    struct block *block;
    struct completion completion;
    struct pending *pending; /* by number */
    unsigned count;
    struct transfer *transfers; /* not done yet, in the order of submission */
    struct drive *next;
};

/* ---- Transfers ----------------------------------------------------------- */

static bool changes(const struct transfer *transfer)
{
    return transfer->request.operation == BLOCK_WRITE ||
           transfer->request.operation == BLOCK_DISCARD;
}

/* Both are within the disk. */
static bool overlap(const struct block_request *a,
                    const struct block_request *b)
{
    return a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

/* Whether it has to wait for an earlier one. */
static bool is_held(const struct transfer *transfer)
{
    const struct transfer *other = transfer->drive->transfers;
    for (; other != transfer; other = other->next) {
        if ((changes(transfer) || changes(other)) &&
            overlap(&transfer->request, &other->request)) {
            return true;
        }
    }
    return false;
}

static void start_free(struct drive *drive)
{
    for (struct transfer *transfer = drive->transfers; transfer;
         transfer = transfer->next) {
        if (!transfer->started && !is_held(transfer)) {
            transfer->started = true;
            block_submit(drive->block, &transfer->request);
        }
    }
}

static void unlink_transfer(struct transfer *transfer)
{
    struct transfer **at = &transfer->drive->transfers;
    while (*at != transfer) {
        assert(*at);
        at = &(*at)->next;
    }
    *at = transfer->next;
    transfer->next = NULL;
}

static void transfer_done(struct block_request *request)
{
    struct transfer *transfer = request->context;
    struct pending *pending = transfer->pending;
    unlink_transfer(transfer);
    start_free(transfer->drive);
    if (!pending) {
        free(transfer);
        return;
    }
    assert(pending->transfer == transfer && pending->state.busy);
    pending->state.served = 1;
    pending->state.status = request->status == 0 ? DISK_DONE : DISK_FAILED;
}

static void make_transfer(struct pending *pending, const void *bytes)
{
    static const enum block_operation operations[] = {
        [DISK_READ] = BLOCK_READ,
        [DISK_WRITE] = BLOCK_WRITE,
        [DISK_FLUSH] = BLOCK_FLUSH,
        [DISK_DISCARD] = BLOCK_DISCARD,
    };
    const struct pending_state *state = &pending->state;
    bool moves =
        state->operation == DISK_READ || state->operation == DISK_WRITE;
    size_t room = moves ? (size_t)state->size : 0;
    struct transfer *transfer = xcalloc(1, sizeof(*transfer) + room);
    transfer->drive = pending->drive;
    transfer->pending = pending;
    transfer->request = (struct block_request){
        .operation = operations[state->operation],
        .offset = state->offset,
        .size = state->size,
        .bytes = moves ? transfer->bytes : NULL,
        .done = transfer_done,
        .context = transfer,
    };
    if (bytes) {
        memcpy(transfer->bytes, bytes, room);
    }
    pending->transfer = transfer;
    struct transfer **last = &pending->drive->transfers;
    while (*last) {
        last = &(*last)->next;
    }
    *last = transfer;
    start_free(pending->drive);
}

/* The first one never waits for another, so it was started. */
static void finish_first(struct drive *drive)
{
    assert(drive->transfers && drive->transfers->started);
    block_finish(&drive->transfers->request);
}

static void drain(struct drive *drive)
{
    while (drive->transfers) {
        finish_first(drive);
    }
}

/* ---- Requests ------------------------------------------------------------ */

static bool is_refused(const struct disk *disk,
                       const struct disk_request *request)
{
    bool reads = request->operation == DISK_READ;
    bool writes = request->operation == DISK_WRITE;
    return request->offset > disk->size_bytes ||
           request->size > disk->size_bytes - request->offset ||
           ((reads || writes) && request->size > DISK_TRANSFER_MAX) ||
           (disk->read_only && (writes || request->operation == DISK_DISCARD));
}

/* Leaves nothing of a request on the device's side. */
static void drop(struct pending *pending)
{
    struct transfer *transfer = pending->transfer;
    timer_cancel(&pending->drive->machine->fabric.clock, &pending->timer);
    if (transfer && pending->state.served) {
        free(transfer);
    } else if (transfer) {
        transfer->pending = NULL;
    }
    pending->transfer = NULL;
    pending->state = (struct pending_state){0};
}

static struct drive *drive_of(struct disk *disk)
{
    return (struct drive *)((char *)disk - offsetof(struct drive, disk));
}

static void cancel(struct disk *disk, unsigned number)
{
    struct drive *drive = drive_of(disk);
    assert(number < drive->count);
    drop(&drive->pending[number]);
}

static void submit(struct disk *disk, unsigned number,
                   const struct disk_request *request)
{
    struct drive *drive = drive_of(disk);
    struct cairn_machine *machine = drive->machine;
    struct clock *clock = &machine->fabric.clock;
    assert(number < drive->count && request->operation <= DISK_DISCARD);
    assert((request->operation == DISK_WRITE) == (request->bytes != NULL));
    struct pending *pending = &drive->pending[number];
    drop(pending);
    pending->state = (struct pending_state){
        .busy = 1,
        .operation = request->operation,
        .offset = request->operation == DISK_FLUSH ? 0 : request->offset,
        .size = request->operation == DISK_FLUSH ? 0 : request->size,
        .due_ns = clock_now(clock) + request->latency_ns,
    };
    timer_arm(clock, &pending->timer, pending->state.due_ns);
    pending->state.sequence = pending->timer.sequence;
    if (is_refused(disk, request)) {
        pending->state.served = 1;
        pending->state.status = DISK_REFUSED;
    } else if (!machine->inputs.replaying) {
        make_transfer(pending, request->bytes);
    } else {
        /* What is run again was written before. */
        pending->state.served = request->operation != DISK_READ;
    }
}

/* ---- Completions --------------------------------------------------------- */

/* subject is the device's node, user the request's number, value its status;
 * -EINVAL if there is no such request, as a list of another run might say. */
static int64_t apply_completion(struct cairn_machine *machine,
                                struct input *input)
{
    const struct node *node = input->subject;
    struct device *device = node->device;
    struct drive *drive = device->disk ? drive_of(device->disk) : NULL;
    (void)machine;
    if (!drive || input->user >= drive->count) {
        return -EINVAL;
    }
    struct pending *pending = &drive->pending[input->user];
    const struct pending_state *state = &pending->state;
    bool reads =
        state->operation == DISK_READ && input->value == (uint64_t)DISK_DONE;
    if (!state->busy || input->value > (uint64_t)DISK_FAILED ||
        input->size != (reads ? state->size : 0)) {
        return -EINVAL;
    }
    /* The bytes are those of the transfer, unless this is a replay. */
    struct transfer *transfer = state->served ? pending->transfer : NULL;
    if (transfer) {
        pending->transfer = NULL;
    }
    drop(pending);
    device->type->disk->completed(device, input->user,
                                  (enum disk_status)input->value, input->bytes,
                                  input->size);
    free(transfer);
    return 0;
}

static bool is_completion(const struct cairn_machine *machine,
                          const struct input *input)
{
    const struct node *node = input->subject;
    (void)machine;
    return node && node->kind == NODE_DEVICE;
}

const struct input_type input_disk = {
    .name = "disk",
    .subject = INPUT_OF_NODE,
    .possible = is_completion,
    .apply = apply_completion,
};

static void complete(struct drive *drive, unsigned number)
{
    struct pending *pending = &drive->pending[number];
    const struct pending_state *state = &pending->state;
    if (!state->served && !pending->transfer) {
        assert(state->operation == DISK_READ);
        make_transfer(pending, NULL);
    }
    while (!state->served) {
        finish_first(drive);
    }
    bool reads = state->operation == DISK_READ && state->status == DISK_DONE;
    assert(!reads || pending->transfer);
    struct input input = {
        .type = &input_disk,
        .subject = drive->node,
        .user = number,
        .value = state->status,
        .size = reads ? (size_t)state->size : 0,
        .bytes = reads ? pending->transfer->bytes : NULL,
    };
    input_give(drive->machine, &input);
}

static bool is_due(const struct pending *pending)
{
    return pending->state.busy && !pending->timer.armed;
}

static bool is_before(const struct pending_state *a,
                      const struct pending_state *b)
{
    return a->due_ns < b->due_ns ||
           (a->due_ns == b->due_ns && a->sequence < b->sequence);
}

/* The number of the first request whose time has come, or count. */
static unsigned first_due(const struct drive *drive)
{
    unsigned first = drive->count;
    for (unsigned i = 0; i < drive->count; i++) {
        if (is_due(&drive->pending[i]) &&
            (first == drive->count ||
             is_before(&drive->pending[i].state,
                       &drive->pending[first].state))) {
            first = i;
        }
    }
    return first;
}

static void deliver(struct cairn_machine *machine,
                    struct completion *completion)
{
    struct drive *drive = completion->context;
    unsigned number;
    (void)machine;
    while ((number = first_due(drive)) != drive->count) {
        complete(drive, number);
    }
}

static void fire(void *context)
{
    struct pending *pending = context;
    input_post(pending->drive->machine, &pending->drive->completion);
}

/* ---- State --------------------------------------------------------------- */

static size_t drive_size(const struct part *part)
{
    const struct drive *drive = part->object;
    return drive->count * sizeof(struct pending_state);
}

static void drive_take(const struct part *part, void *image)
{
    struct drive *drive = part->object;
    uint8_t *to = image;
    drain(drive);
    for (unsigned i = 0; i < drive->count; i++) {
        struct pending_state state = drive->pending[i].state;
        state.armed = drive->pending[i].timer.armed;
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
    const uint8_t *from = image;
    drain(drive);
    for (unsigned i = 0; i < drive->count; i++) {
        struct pending *pending = &drive->pending[i];
        drop(pending);
        memcpy(&pending->state, from + i * sizeof(pending->state),
               sizeof(pending->state));
        if (pending->state.armed) {
            timer_restore(clock, &pending->timer, pending->state.due_ns,
                          pending->state.sequence);
        } else if (pending->state.busy) {
            input_post(drive->machine, &drive->completion);
        }
        pending->state.armed = 0;
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
        return !state->armed;
    }
    return state->busy == 1 && state->armed <= 1 && state->served <= 1 &&
           state->operation <= DISK_DISCARD && state->status <= DISK_FAILED &&
           (state->operation == DISK_READ
                ? !state->served || state->status != DISK_DONE
                : state->served) &&
           (state->status == DISK_REFUSED ||
            !is_refused(&drive->disk, &request));
}

static int drive_check(const struct part *part, const void *image,
                       struct error *error)
{
    const struct drive *drive = part->object;
    for (unsigned i = 0; i < drive->count; i++) {
        struct pending_state state;
        memcpy(&state, (const uint8_t *)image + i * sizeof(state),
               sizeof(state));
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

/* What the device will see, and nothing that depends on how far the host is. */
static uint64_t hash_drive(const struct part *part, uint64_t hash,
                           bool memories)
{
    const struct drive *drive = part->object;
    (void)memories;
    for (unsigned i = 0; i < drive->count; i++) {
        const struct pending_state *state = &drive->pending[i].state;
        const uint64_t values[] = {
            state->busy, state->operation, state->offset,
            state->size, state->due_ns,    drive->pending[i].timer.armed,
        };
        hash = hash64(hash, values, sizeof(values));
    }
    return hash;
}

static const struct part_kind part_drive = {
    .record = "cairn,disk",
    .size = drive_size,
    .take = drive_take,
    .put = drive_put,
    .fields = list_drive_fields,
    .check = drive_check,
    .hash = hash_drive,
};

uint64_t disks_identity(const struct cairn_machine *machine, uint64_t hash)
{
    for (const struct drive *drive = machine->drives; drive;
         drive = drive->next) {
        const uint64_t facts[] = {drive->disk.size_bytes,
                                  drive->disk.read_only};
        hash = hash64(hash, drive->node->name, strlen(drive->node->name));
        hash = hash64(hash, facts, sizeof(facts));
    }
    return hash;
}

/* ---- Life ---------------------------------------------------------------- */

static bool takes_disk(const struct node *node)
{
    return node->kind == NODE_DEVICE && node->device->type->disk;
}

const char *cairn_disk_name(const struct cairn_machine *machine, size_t index)
{
    size_t found = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        if (takes_disk(&machine->nodes[i]) && found++ == index) {
            return machine->nodes[i].name;
        }
    }
    return NULL;
}

static void add_drive(struct cairn_machine *machine, struct node *node,
                      struct block *block)
{
    struct drive *drive = xcalloc(1, sizeof(*drive));
    *drive = (struct drive){
        .disk = {block->size_bytes, block->read_only, submit, cancel},
        .machine = machine,
        .node = node,
        .block = block,
        .completion = {.deliver = deliver,           .context = drive                          },
        .count = node->device->type->disk->requests,
        .next = machine->drives,
    };
    drive->pending = xcalloc(drive->count, sizeof(*drive->pending));
    for (unsigned i = 0; i < drive->count; i++) {
        drive->pending[i].drive = drive;
        drive->pending[i].timer =
            (struct timer){.fire = fire, .context = &drive->pending[i]};
    }
    const struct part part = {&part_drive, NULL, node->name, drive};
    parts_add(machine, &part);
    machine->drives = drive;
    node->device->disk = &drive->disk;
}

static int connect_disk(struct cairn_machine *machine, const char *device,
                        const char *backend, bool read_only,
                        struct error *error)
{
    struct node *node = machine_find(machine, NODE_DEVICE, device);
    struct block *block = NULL;
    if (!node || !takes_disk(node)) {
        return error_set(error, -ENOENT, "board '%s': no disk '%s'",
                         machine->board.name, device);
    }
    if (node->device->disk) {
        return error_set(error, -EBUSY, "disk '%s' has a back end", device);
    }
    if (machine->powered || machine->newest) {
        return error_set(error, -EBUSY,
                         "disk '%s': the machine has state already", device);
    }
    struct loop *loop = machine_loop(machine, error);
    if (!loop) {
        return -EMFILE;
    }
    int code = block_open(loop, backend, read_only, &block, error);
    if (code == 0) {
        add_drive(machine, node, block);
    }
    return code;
}

int cairn_disk_connect(struct cairn_machine *machine, const char *device,
                       const char *backend, bool read_only,
                       struct cairn_error *cairn_error)
{
    struct error error = {""};
    int code = connect_disk(machine, device, backend, read_only, &error);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

void disks_close(struct cairn_machine *machine)
{
    while (machine->drives) {
        struct drive *drive = machine->drives;
        machine->drives = drive->next;
        drive->node->device->disk = NULL;
        for (unsigned i = 0; i < drive->count; i++) {
            drop(&drive->pending[i]);
        }
        drain(drive);
        input_withdraw(machine, &drive->completion);
        block_close(drive->block);
        free(drive->pending);
        free(drive);
    }
}

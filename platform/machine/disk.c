/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Media of devices that make block requests (bus/disk.h): from a request by a
 * back end (backends/block.h) to the completion, which is an input.
 *
 * A request has two sides. On the device's it is pending until its virtual
 * latency has passed: the drive's timer posts its completion, which the run
 * loop delivers at the end of that round; if the host is not done yet, it is
 * waited for there. On the host's side it is a transfer (transfer.h), which
 * outlives a request that was cancelled.
 *
 * The past. The completion is an input with status and bytes, so a replay gets
 * them from the list and makes no transfers: what it writes was written.
 * Pending requests are part of the machine's state, without bytes. Taking the
 * state waits for transfers, so that the medium has what pending requests
 * change; a pending read that is put back is read again when it is due.
 */
#include "platform/machine/disk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "platform/machine/callback.h"
#include "platform/machine/drive.h"
#include "platform/machine/sized.h"

static struct drive *drive_of(struct disk *disk)
{
    return (struct drive *)((char *)disk - offsetof(struct drive, disk));
}

/* ---- The queue ----------------------------------------------------------- */

static bool is_before(const struct pending_state *a,
                      const struct pending_state *b)
{
    return a->due_ns < b->due_ns ||
           (a->due_ns == b->due_ns && a->sequence < b->sequence);
}

/* Most are due later than all that there are. */
void drive_enqueue(struct pending *pending)
{
    struct drive *drive = pending->drive;
    struct pending *before = drive->latest;
    while (before && is_before(&pending->state, &before->state)) {
        before = before->before;
    }
    pending->before = before;
    pending->behind = before ? before->behind : drive->earliest;
    *(before ? &before->behind : &drive->earliest) = pending;
    *(pending->behind ? &pending->behind->before : &drive->latest) = pending;
}

static void dequeue(struct pending *pending)
{
    struct drive *drive = pending->drive;
    struct pending *before = pending->before;
    struct pending *behind = pending->behind;
    *(before ? &before->behind : &drive->earliest) = behind;
    *(behind ? &behind->before : &drive->latest) = before;
    pending->before = NULL;
    pending->behind = NULL;
}

static bool is_due(const struct pending *pending)
{
    return pending->state.due_ns <= pending->drive->state.fired_ns;
}

const struct pending *drive_first_not_due(const struct drive *drive)
{
    const struct pending *pending = drive->earliest;
    while (pending && is_due(pending)) {
        pending = pending->behind;
    }
    return pending;
}

/* Has the timer wait for the first request that is not due. */
static void set_timer(struct drive *drive)
{
    struct clock *clock = &drive->machine->fabric.clock;
    const struct pending *first = drive_first_not_due(drive);
    if (!first) {
        timer_cancel(clock, &drive->timer);
    } else if (!drive->timer.armed ||
               drive->timer.due_ns != first->state.due_ns) {
        timer_arm(clock, &drive->timer, first->state.due_ns);
        drive->state.timer_sequence = drive->timer.sequence;
    }
}

static void fire(void *context)
{
    struct drive *drive = context;
    drive->state.fired_ns = drive->timer.due_ns;
    set_timer(drive);
    input_post_here(drive->machine, &drive->completion);
}

/* ---- Transfers ----------------------------------------------------------- */

static const char *const operation_names[] = {
    [DISK_READ] = "read",
    [DISK_WRITE] = "write",
    [DISK_FLUSH] = "flush",
    [DISK_DISCARD] = "discard",
    [DISK_WRITE_ZEROES] = "write of zeros",
};

/* The log has a line for each new reason, until a request of that kind works
 * again. */
static void tell_failure(struct drive *drive, const struct pending_state *state,
                         int status)
{
    if (status == drive->told) {
        return;
    }
    drive->told = status;
    log_write(&drive->machine->fabric.log, LOG_HOST, drive->node->name,
              (uint64_t)-status,
              "%s of %" PRIu64 " bytes at 0x%" PRIx64 " of '%s' failed: %s",
              operation_names[state->operation], state->size, state->offset,
              block_path(drive->block),
              status == -ENODATA ? "the file is shorter than it was"
                                 : block_why(drive->block, status));
}

static void transfer_served(struct transfers *transfers, void *owner,
                            int status)
{
    struct pending *pending = owner;
    if (!pending) {
        return;
    }
    struct pending_state *state = &pending->state;
    assert(pending->transfer && state->busy && !state->served);
    state->served = 1;
    state->status = status == 0 ? DISK_DONE : DISK_FAILED;
    if (status != 0) {
        tell_failure(pending->drive, state, status);
    } else if (state->operation == DISK_WRITE) {
        pending->drive->told = 0;
    }
}

static struct transfer *make_transfer(struct pending *pending)
{
    static const enum block_operation operations[] = {
        [DISK_READ] = BLOCK_READ,
        [DISK_WRITE] = BLOCK_WRITE,
        [DISK_FLUSH] = BLOCK_FLUSH,
        [DISK_DISCARD] = BLOCK_DISCARD,
        [DISK_WRITE_ZEROES] = BLOCK_WRITE_ZEROES,
    };
    const struct pending_state *state = &pending->state;
    bool moves =
        state->operation == DISK_READ || state->operation == DISK_WRITE;
    struct transfer *transfer = transfer_make(&pending->drive->transfers,
                                              moves ? (size_t)state->size : 0);
    transfer->owner = pending;
    transfer->request.operation = operations[state->operation];
    transfer->request.offset = state->offset;
    transfer->request.size = state->size;
    transfer->request.may_unmap = state->may_unmap != 0;
    pending->transfer = transfer;
    return transfer;
}

static void drain(struct drive *drive)
{
    transfers_drain(&drive->transfers);
}

/* ---- Requests ------------------------------------------------------------ */

bool drive_refuses(const struct drive *drive,
                   const struct disk_request *request)
{
    const struct disk *disk = &drive->disk;
    bool reads = request->operation == DISK_READ;
    bool writes = request->operation == DISK_WRITE;
    return request->offset > disk->size_bytes ||
           request->size > disk->size_bytes - request->offset ||
           ((reads || writes) && request->size > DISK_TRANSFER_MAX) ||
           (disk->read_only && !reads && request->operation != DISK_FLUSH);
}

void drive_drop(struct pending *pending)
{
    struct transfer *transfer = pending->transfer;
    if (!pending->state.busy) {
        return;
    }
    if (transfer && pending->state.served) {
        transfer_free(transfer);
    } else if (transfer) {
        transfer->owner = NULL;
    }
    pending->transfer = NULL;
    dequeue(pending);
    pending->state = (struct pending_state){0};
}

static void cancel(struct disk *disk, unsigned number)
{
    struct drive *drive = drive_of(disk);
    assert(number < drive->count);
    drive_drop(&drive->pending[number]);
    set_timer(drive);
}

/* The bytes of a write, from the device; also where nothing will be written, as
 * the device sees what becomes of it. */
static int gather(struct pending *pending)
{
    const struct drive *drive = pending->drive;
    struct device *device = drive->node->device;
    return device->type->disk->gather(
        device, (unsigned)(pending - drive->pending), pending->transfer->bytes,
        (size_t)pending->state.size);
}

/* As submit; the state is set. */
static int begin(struct pending *pending)
{
    struct pending_state *state = &pending->state;
    const bool replaying = pending->drive->machine->inputs.replaying;
    struct transfer *transfer = NULL;
    if (!replaying || state->operation == DISK_WRITE) {
        transfer = make_transfer(pending);
    }
    int code = state->operation == DISK_WRITE ? gather(pending) : 0;
    if (transfer && (code != 0 || replaying)) {
        pending->transfer = NULL;
        transfer_free(transfer);
    } else if (transfer) {
        transfer_start(transfer);
    }
    if (replaying) {
        /* Data of a request that is run again was written before. */
        state->served = state->operation != DISK_READ;
    }
    return code;
}

static int submit(struct disk *disk, unsigned number,
                  const struct disk_request *request)
{
    struct drive *drive = drive_of(disk);
    assert(number < drive->count && request->operation <= DISK_WRITE_ZEROES);
    struct pending *pending = &drive->pending[number];
    if (pending->state.busy) {
        cancel(disk, number);
    }
    pending->state = (struct pending_state){
        .busy = 1,
        .operation = request->operation,
        .may_unmap = request->may_unmap,
        .offset = request->operation == DISK_FLUSH ? 0 : request->offset,
        .size = request->operation == DISK_FLUSH ? 0 : request->size,
        .due_ns =
            clock_now(&drive->machine->fabric.clock) + request->latency_ns,
        .sequence = drive->state.next_sequence++,
    };
    drive_enqueue(pending);
    int code = 0;
    if (drive_refuses(drive, request)) {
        pending->state.served = 1;
        pending->state.status = DISK_REFUSED;
    } else {
        code = begin(pending);
    }
    if (code != 0) {
        drive_drop(pending);
        set_timer(drive);
    } else if (!drive->timer.armed ||
               pending->state.due_ns < drive->timer.due_ns) {
        set_timer(drive);
    }
    return code;
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
    const bool timed = !is_due(pending);
    drive_drop(pending);
    if (timed) {
        set_timer(drive);
    }
    device->type->disk->completed(device, input->user,
                                  (enum disk_status)input->value, input->bytes,
                                  input->size);
    transfer_free(transfer);
    return 0;
}

static bool is_completion(const struct cairn_machine *machine,
                          const struct input *input)
{
    const struct node *node = input->subject;
    return node && node->kind == NODE_DEVICE;
}

const struct input_type input_disk = {
    .name = "disk",
    .subject = INPUT_OF_NODE,
    .possible = is_completion,
    .apply = apply_completion,
};

static void complete(struct pending *pending)
{
    const struct drive *drive = pending->drive;
    const struct pending_state *state = &pending->state;
    if (!state->served && !pending->transfer) {
        assert(state->operation == DISK_READ);
        transfer_start(make_transfer(pending));
    }
    if (!state->served) {
        transfer_finish(pending->transfer);
    }
    bool reads = state->operation == DISK_READ && state->status == DISK_DONE;
    assert(state->served && (!reads || pending->transfer));
    struct input input = {
        .type = &input_disk,
        .subject = drive->node,
        .user = (uint32_t)(pending - drive->pending),
        .value = state->status,
        .size = reads ? (size_t)state->size : 0,
        .bytes = reads ? pending->transfer->bytes : NULL,
    };
    input_give(drive->machine, &input);
}

/* Requests that are made meanwhile are due later. */
static void deliver(struct cairn_machine *machine,
                    struct completion *completion)
{
    struct drive *drive = completion->context;
    while (drive->earliest && is_due(drive->earliest)) {
        complete(drive->earliest);
    }
}

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
        .disk = {block->size_bytes, block->read_only, block->granule_bytes,
                 submit, cancel},
        .machine = machine,
        .node = node,
        .block = block,
        .completion = {.deliver = deliver,            .context = drive                     },
        .count = node->device->type->disk->requests,
        .next = machine->drives,
    };
    drive->timer = (struct timer){.fire = fire, .context = drive};
    transfers_init(&drive->transfers, block, transfer_served);
    drive->pending = xcalloc(drive->count, sizeof(*drive->pending));
    for (unsigned i = 0; i < drive->count; i++) {
        drive->pending[i].drive = drive;
    }
    const struct part part = {&part_drive, NULL, node->name, drive};
    parts_add(machine, &part);
    machine->drives = drive;
    node->device->disk = &drive->disk;
}

static int connect_disk(struct cairn_machine *machine, const char *device,
                        const struct cairn_disk *disk, struct error *error)
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
    if (machine_has_state(machine)) {
        return error_set(error, -EBUSY,
                         "disk '%s': the machine has state already", device);
    }
    struct loop *loop = machine_loop(machine, error);
    if (!loop) {
        return -EMFILE;
    }
    const struct block_options options = {
        .read_only = disk->read_only,
        .format = disk->format,
        .temporary = disk->temporary,
        .overlay = disk->overlay,
    };
    int code = block_open(loop, disk->backend, &options, &block, error);
    if (code == 0) {
        add_drive(machine, node, block);
    }
    return code;
}

int cairn_disk_connect(struct cairn_machine *machine, const char *device,
                       const struct cairn_disk *disk,
                       struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct cairn_disk own;
    struct error error = {""};
    int code = sized_take(&own, sizeof(own), disk, "cairn_disk", cairn_error);
    if (code != 0) {
        return code;
    }
    code = connect_disk(machine, device, &own, &error);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

void disks_close(struct cairn_machine *machine)
{
    while (machine->drives) {
        struct drive *drive = machine->drives;
        machine->drives = drive->next;
        drive->node->device->disk = NULL;
        for (unsigned i = 0; i < drive->count; i++) {
            drive_drop(&drive->pending[i]);
        }
        timer_cancel(&machine->fabric.clock, &drive->timer);
        drain(drive);
        transfers_fini(&drive->transfers);
        input_withdraw(machine, &drive->completion);
        block_close(drive->block);
        free(drive->pending);
        free(drive);
    }
}

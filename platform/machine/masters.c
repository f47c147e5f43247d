/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls that reach a machine through a master's bus: accesses, runs
 * of bytes, looks without side effects, and what each master sees. */
#include <string.h>

#include "base/bits.h"
#include "platform/machine/callback.h"
#include "platform/machine/sized.h"

/* ---- Masters ------------------------------------------------------------- */

static struct node *node_of(struct cairn_master *handle)
{
    return (struct node *)(void *)handle;
}

static struct cairn_master *handle_of(struct node *node)
{
    return (struct cairn_master *)(void *)node;
}

static bool is_driven(const struct node *node)
{
    return node->kind == NODE_AGENT || node->kind == NODE_CLUSTER;
}

static struct node *find_master(struct cairn_machine *machine, const char *name)
{
    struct node *node = machine_find(machine, NODE_AGENT, name);
    return node ? node : machine_find(machine, NODE_CLUSTER, name);
}

struct cairn_master *cairn_master_find(struct cairn_machine *machine,
                                       const char *name)
{
    struct node *node = find_master(machine, name);
    struct node *device = machine_find(machine, NODE_DEVICE, name);
    return handle_of(node                               ? node
                     : device && node_is_master(device) ? device
                                                        : NULL);
}

struct cairn_master *cairn_master_at(struct cairn_machine *machine,
                                     size_t index)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        if (node_is_master(&machine->nodes[i]) && index-- == 0) {
            return handle_of(&machine->nodes[i]);
        }
    }
    return NULL;
}

const char *cairn_master_name(const struct cairn_master *master)
{
    return ((const struct node *)(const void *)master)->name;
}

bool cairn_master_is_driven(const struct cairn_master *master)
{
    return is_driven((const struct node *)(const void *)master);
}

int cairn_window_get(struct cairn_machine *machine, struct cairn_master *master,
                     size_t index, struct cairn_window *window)
{
    const struct space *space = node_of(master)->space;
    if (index >= space->range_count) {
        return -ENOENT;
    }
    const struct space_range *range = &space->ranges[index];
    const struct window *shown = range->window;
    *window = (struct cairn_window){
        .name = shown->name,
        .base = range->first,
        .size_bytes = range->last - range->first + 1,
        .offset = shown->offset + (range->first - shown->base.value),
        .memory = shown->region != NULL,
        .device = shown->device != NULL,
        .readable = shown->rights & WINDOW_R,
        .writable = (shown->rights & WINDOW_W) &&
                    (!shown->region || shown->region->writable),
        .executable = shown->rights & WINDOW_X,
    };
    return 0;
}

/* ---- Accesses ------------------------------------------------------------ */

/* subject is the master's node. */
static struct access access_by(const struct input *input)
{
    const struct node *node = input->subject;
    struct access access = node->space->attributes;
    access.user = input->user;
    return access;
}

/* Reads have side effects. */
static int64_t apply_read(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    const struct access access = access_by(input);
    input->value = 0;
    return space_read(node->space, &access, gpa(input->address), input->width,
                      &input->value);
}

static int64_t apply_write(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    const struct access access = access_by(input);
    return space_write(node->space, &access, gpa(input->address), input->width,
                       input->value);
}

static bool is_access(const struct cairn_machine *machine,
                      const struct input *input)
{
    const struct node *node = input->subject;
    return node && is_driven(node) &&
           (input->width == 1 || input->width == 2 || input->width == 4 ||
            input->width == 8);
}

const struct input_type input_bus_read = {
    .name = "bus read",
    .subject = INPUT_OF_NODE,
    .possible = is_access,
    .apply = apply_read,
};
const struct input_type input_bus_write = {
    .name = "bus write",
    .subject = INPUT_OF_NODE,
    .possible = is_access,
    .apply = apply_write,
};

/* Why a master may not be driven now. */
static int refusal(const struct cairn_machine *machine, const struct node *node)
{
    const int busy = callback_refuse_act(machine);
    return busy ? busy : is_driven(node) ? 0 : -EPERM;
}

static int read_bus(struct cairn_machine *machine, struct node *node,
                    uint32_t user, uint64_t address, unsigned size,
                    uint64_t *value)
{
    struct input input = {
        .type = &input_bus_read,
        .subject = node,
        .user = user,
        .address = address,
        .width = size,
    };
    int code = refusal(machine, node);
    code = code ? code : (int)input_give(machine, &input);
    *value = input.value;
    return code;
}

static int write_bus(struct cairn_machine *machine, struct node *node,
                     uint32_t user, uint64_t address, unsigned size,
                     uint64_t value)
{
    struct input input = {
        .type = &input_bus_write,
        .subject = node,
        .user = user,
        .address = address,
        .value = value,
        .width = size,
    };
    int code = refusal(machine, node);
    return code ? code : (int)input_give(machine, &input);
}

int cairn_bus_read(struct cairn_machine *machine, const char *master,
                   uint32_t user, uint64_t address, unsigned size,
                   uint64_t *value)
{
    struct node *node = find_master(machine, master);
    *value = 0;
    return node ? read_bus(machine, node, user, address, size, value) : -ENOENT;
}

int cairn_bus_write(struct cairn_machine *machine, const char *master,
                    uint32_t user, uint64_t address, unsigned size,
                    uint64_t value)
{
    struct node *node = find_master(machine, master);
    return node ? write_bus(machine, node, user, address, size, value)
                : -ENOENT;
}

int cairn_master_read(struct cairn_machine *machine,
                      struct cairn_master *master, uint32_t user,
                      uint64_t address, unsigned size, uint64_t *value)
{
    return read_bus(machine, node_of(master), user, address, size, value);
}

int cairn_master_write(struct cairn_machine *machine,
                       struct cairn_master *master, uint32_t user,
                       uint64_t address, unsigned size, uint64_t value)
{
    return write_bus(machine, node_of(master), user, address, size, value);
}

/* ---- Runs of bytes ------------------------------------------------------- */

/* How a run is cut into accesses. */
struct cut {
    uint32_t user;
    unsigned width; /* 0: the widest that is aligned, up to a word */
    bool fixed;
};

static int take_cut(const struct cairn_transfer *given, uint64_t address,
                    size_t count, struct cut *cut)
{
    struct cairn_transfer own = {.size = sizeof(own)};
    int code = given ? sized_copy(&own, sizeof(own), given) : 0;
    *cut = (struct cut){own.user, own.width, own.fixed};
    if (code != 0) {
        return code;
    }
    unsigned width = cut->width;
    if (width == 0) {
        return cut->fixed ? -EINVAL : 0;
    }
    return width > 8 || !(0x116u >> width & 1) || address % width != 0 ||
                   count % width != 0
               ? -EINVAL
               : 0;
}

static unsigned width_at(const struct cut *cut, uint64_t address, size_t left)
{
    unsigned width = cut->width ? cut->width : 4;
    while (width > left || address % width != 0) {
        width /= 2;
    }
    return width;
}

int cairn_master_read_bytes(struct cairn_machine *machine,
                            struct cairn_master *master,
                            const struct cairn_transfer *transfer,
                            uint64_t address, void *bytes, size_t count,
                            size_t *done)
{
    struct cut cut;
    int code = take_cut(transfer, address, count, &cut);
    *done = 0;
    while (code == 0 && *done < count) {
        uint64_t at = cut.fixed ? address : address + *done;
        unsigned width = width_at(&cut, at, count - *done);
        uint64_t value;
        code = read_bus(machine, node_of(master), cut.user, at, width, &value);
        if (code == 0) {
            memcpy((uint8_t *)bytes + *done, &value, width);
            *done += width;
        }
    }
    return code;
}

int cairn_master_write_bytes(struct cairn_machine *machine,
                             struct cairn_master *master,
                             const struct cairn_transfer *transfer,
                             uint64_t address, const void *bytes, size_t count,
                             size_t *done)
{
    struct cut cut;
    int code = take_cut(transfer, address, count, &cut);
    *done = 0;
    while (code == 0 && *done < count) {
        uint64_t at = cut.fixed ? address : address + *done;
        unsigned width = width_at(&cut, at, count - *done);
        uint64_t value = 0;
        memcpy(&value, (const uint8_t *)bytes + *done, width);
        code = write_bus(machine, node_of(master), cut.user, at, width, value);
        *done += code == 0 ? width : 0;
    }
    return code;
}

/* ---- Without side effects ------------------------------------------------ */

static struct access debug_access(const struct node *node, uint32_t user)
{
    struct access access = node->space->attributes;
    access.user = user;
    access.debug = true;
    return access;
}

/* Up to the end of the word at address, as one look at a register. */
static int peek_word(struct space *space, const struct access *access,
                     uint64_t address, uint8_t *bytes, size_t count,
                     size_t *piece)
{
    size_t skipped = address % 4;
    uint64_t word = 0;
    *piece = 4 - skipped < count ? 4 - skipped : count;
    int code = space_read(space, access, gpa(address - skipped), 4, &word);
    word >>= 8 * skipped;
    memcpy(bytes, &word, code == 0 ? *piece : 0);
    return code;
}

int cairn_peek(struct cairn_machine *machine, struct cairn_master *master,
               uint32_t user, uint64_t address, void *bytes, size_t count,
               size_t *done)
{
    struct space *space = node_of(master)->space;
    const struct access access = debug_access(node_of(master), user);
    int code = 0;
    *done = 0;
    while (code == 0 && *done < count) {
        struct span span;
        uint8_t *to = (uint8_t *)bytes + *done;
        size_t left = count - *done;
        size_t piece;
        if (space_span(space, gpa(address + *done), &span) == 0) {
            piece = span.size_bytes < left ? (size_t)span.size_bytes : left;
            memcpy(to, span.host, piece);
        } else {
            code = peek_word(space, &access, address + *done, to, left, &piece);
        }
        *done += code == 0 ? piece : 0;
    }
    return code;
}

/* subject is the master's node. */
static int64_t apply_poke(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    const uint8_t *bytes = input->bytes;
    size_t done = 0;
    while (done < input->size) {
        struct span span;
        struct gpa at = gpa(input->address + done);
        if (space_span(node->space, at, &span) != 0) {
            return space_find(node->space, at) ? -ENOTSUP : -EFAULT;
        }
        if (!span.region->saved && !span.region->borrowed) {
            return -EPERM;
        }
        size_t left = input->size - done;
        size_t piece = span.size_bytes < left ? (size_t)span.size_bytes : left;
        region_written(span.region, span.offset, piece);
        memcpy(span.host, bytes + done, piece);
        done += piece;
        input->value = done;
    }
    return 0;
}

int cairn_poke(struct cairn_machine *machine, struct cairn_master *master,
               uint64_t address, const void *bytes, size_t count, size_t *done)
{
    static const struct input_type type = {
        .name = "poke",
        .subject = INPUT_OF_INSIDE,
        .apply = apply_poke,
    };
    struct input input = {
        .type = &type,
        .subject = node_of(master),
        .address = address,
        .size = count,
        .bytes = bytes,
    };
    *done = 0;
    int code = callback_refuse(machine, NULL);
    if (code != 0 || machine->inputs.recorded) {
        return code ? code : -ENOTSUP;
    }
    code = (int)input_give(machine, &input);
    *done = (size_t)input.value;
    return code;
}

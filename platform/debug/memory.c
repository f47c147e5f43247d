/* SPDX-License-Identifier: Apache-2.0 */
/* Memory as the selected core's bus sees it, break- and watchpoints. */
#include <errno.h>

#include "base/bits.h"
#include "platform/debug/debug.h"

/* ---- Memory -------------------------------------------------------------- */

/* "address,length" or "address,length:" */
static bool parse_range(const char **text, uint64_t *address, uint64_t *length)
{
    return gdb_hex_value(text, address) && *(*text)++ == ',' &&
           gdb_hex_value(text, length);
}

static struct access debug_access(const struct space *space)
{
    struct access access = space->attributes;
    access.debug = true;
    return access;
}

static int load_memory(const struct debug *debug, uint64_t address,
                       uint8_t *bytes, size_t size)
{
    struct core *core = debug_core(debug, debug->thread);
    const struct access access = debug_access(core->config.space);

    return debug->physical ? space_copy_out(core->config.space, &access,
                                            gpa(address), bytes, size, NULL)
                           : core_read_memory(core, gva(address), bytes, size);
}

void debug_read_memory(struct debug *debug, const char *text)
{
    uint8_t bytes[GDB_PACKET_MAX / 2];
    uint64_t address;
    uint64_t length;

    if (!parse_range(&text, &address, &length) || length > sizeof(bytes)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    while (length && load_memory(debug, address, bytes, length)) {
        length /= 2; /* GDB accepts a short answer up to the first hole */
    }
    if (length == 0) {
        debug_answer_error(debug, -EFAULT);
        return;
    }
    buffer_print_hex(&debug->answer, bytes, length);
}

/* A ROM is part of what the machine is: snapshots do not hold it. */
static bool is_rom(const struct debug *debug, struct space *space,
                   struct gpa place)
{
    const struct cairn_machine *machine = debug->machine;
    const struct window *window = space_find(space, place);

    for (size_t i = 0; window != NULL && i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];

        if (node->region != NULL && node->region == window->region) {
            return node->read_only;
        }
    }
    return false;
}

/* subject is the space that the address is one of. */
static int64_t apply_poke(struct cairn_machine *machine, struct input *input)
{
    struct space *space = input->subject;
    const struct access access = debug_access(space);

    return space_copy_in(space, &access, gpa(input->address), input->bytes,
                         input->size, NULL);
}

static int store_piece(struct debug *debug, struct core *core, uint64_t address,
                       const uint8_t *bytes, size_t size)
{
    static const struct input_type poke = {
        .name = "memory",
        .subject = INPUT_OF_INSIDE,
        .apply = apply_poke,
    };
    struct space *space = core->config.space;
    struct gpa place = gpa(address);

    if (!debug->physical &&
        !core_translate(core, gva(address), &place, &space)) {
        return -EFAULT;
    }
    if (is_rom(debug, space, place)) {
        return -EFAULT;
    }
    struct input input = {
        .type = &poke,
        .subject = space,
        .address = place.value,
        .size = size,
        .bytes = bytes,
    };
    return (int)input_give(debug->machine, &input);
}

static void store_memory(struct debug *debug, uint64_t address,
                         const uint8_t *bytes, size_t size)
{
    struct core *core = debug_core(debug, debug->thread);

    if (!debug_may_change(debug)) {
        return;
    }
    while (size != 0) {
        size_t in_page =
            REGION_PAGE_SIZE - (size_t)(address % REGION_PAGE_SIZE);
        size_t part = size < in_page ? size : in_page;
        if (store_piece(debug, core, address, bytes, part) != 0) {
            debug_answer_error(debug, -EFAULT);
            return;
        }
        address += part;
        bytes += part;
        size -= part;
    }
    debug_answer(debug, "OK");
}

void debug_write_memory(struct debug *debug, const char *text)
{
    uint8_t bytes[GDB_PACKET_MAX / 2];
    uint64_t address;
    uint64_t length;

    if (!parse_range(&text, &address, &length) || *text++ != ':' ||
        length > sizeof(bytes) || !gdb_hex_bytes(text, bytes, length)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    store_memory(debug, address, bytes, length);
}

/* X: the same with raw bytes instead of digits. */
void debug_write_binary(struct debug *debug, const char *text)
{
    uint64_t address;
    uint64_t length;

    if (!parse_range(&text, &address, &length) || *text++ != ':' ||
        length != debug->parser.size -
                      (size_t)(text - (const char *)debug->parser.payload)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    store_memory(debug, address, (const uint8_t *)text, length);
}

/* ---- Break- and watchpoints ---------------------------------------------- */

/* Z and z: kinds 0 and 1 are breakpoints, 2 to 4 watch writes, reads, both. */
void debug_change_point(struct debug *debug, bool insert, const char *text)
{
    static const enum watch_kind kinds[] = {
        [2] = WATCH_WRITE, [3] = WATCH_READ, [4] = WATCH_ACCESS};
    uint64_t kind;
    uint64_t address;
    uint64_t size;
    int result = 0;

    if (!gdb_hex_value(&text, &kind) || *text++ != ',' ||
        !parse_range(&text, &address, &size)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    if (kind >= ARRAY_SIZE(kinds)) {
        return; /* empty answer: not supported */
    }
    for (size_t i = 0; i < debug_core_count(debug); i++) {
        struct core *core = debug->machine->cores[i];
        struct gva at = gva(address);
        if (!debug_same_process(debug, (unsigned)i + 1, debug->thread)) {
            continue;
        }
        if (kind < 2) {
            result |= insert ? core_add_breakpoint(core, at)
                             : core_remove_breakpoint(core, at);
        } else {
            result |= insert
                          ? core_add_watchpoint(core, at, size, kinds[kind])
                          : core_remove_watchpoint(core, at, size, kinds[kind]);
        }
    }
    if (result) {
        debug_answer_error(debug, -ENOENT);
    } else {
        debug_answer(debug, "OK");
    }
}

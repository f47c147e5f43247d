/* SPDX-License-Identifier: Apache-2.0 */
/* Registers as GDB sees them: the target description and the register packets,
 * both from the core's own list. */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "platform/debug/debug.h"

/* ---- Target description -------------------------------------------------- */

static void describe_feature(struct debug *debug, const struct core *core,
                             const char *feature)
{
    buffer_print(&debug->target, "<feature name=\"%s\">%s", feature,
                 debug_types(feature));
    for (size_t i = 0; i < core->register_count; i++) {
        const struct core_register *r = &core->registers[i];
        if (r->feature && strcmp(r->feature, feature) == 0) {
            buffer_print(&debug->target,
                         "<reg name=\"%s\" bitsize=\"%u\" regnum=\"%d\" "
                         "type=\"%s\" group=\"%s\"/>",
                         r->name, r->bits, r->number, r->type, r->group);
        }
    }
    buffer_print(&debug->target, "</feature>");
}

/* Features in the order of their first register; a feature's registers need
 * not stand together in the list. */
static void describe_target(struct debug *debug, const struct core *core)
{
    size_t count = core->register_count;

    buffer_clear(&debug->target);
    buffer_print(&debug->target,
                 "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM "
                 "\"gdb-target.dtd\"><target version=\"1.0\">"
                 "<architecture>%s</architecture>",
                 core->type->architecture);
    for (size_t i = 0; i < count; i++) {
        const char *feature = core->registers[i].feature;
        bool seen = !feature;
        for (size_t j = 0; j < i && !seen; j++) {
            const char *other = core->registers[j].feature;

            seen = other != NULL && strcmp(other, feature) == 0;
        }
        if (!seen) {
            describe_feature(debug, core, feature);
        }
    }
    buffer_print(&debug->target, "</target>");
}

/* qXfer answers: 'm' with more to come, 'l' with the last part. */
static void answer_transfer(struct debug *debug, const struct buffer *object,
                            const char *range)
{
    uint64_t offset;
    uint64_t length;

    if (!gdb_hex_value(&range, &offset) || *range++ != ',' ||
        !gdb_hex_value(&range, &length)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    if (offset >= object->size) {
        debug_answer(debug, "l");
        return;
    }
    if (length > object->size - offset) {
        length = object->size - offset;
    }
    if (length > GDB_PACKET_MAX / 2) {
        length = GDB_PACKET_MAX / 2;
    }
    debug_answer(debug, offset + length == object->size ? "l" : "m");
    buffer_append(&debug->answer, object->bytes + offset, length);
}

/* ---- Registers ----------------------------------------------------------- */

/* The widest register in bytes. */
enum { REGISTER_BYTES = 16 };

static int print_register(struct debug *debug, struct core *core, size_t index)
{
    const struct core_register *r = &core->registers[index];
    uint8_t bytes[REGISTER_BYTES] = {0};
    uint64_t value = 0;
    int code;

    if (r->bits > 64) {
        code = core->type->register_get_wide(core, index, bytes);
    } else {
        code = core->type->register_get(core, index, &value);
        store_le64(bytes, value);
    }
    if (code == 0) {
        buffer_print_hex(&debug->answer, bytes, r->bits / 8);
    }
    return code;
}

static uint64_t little_endian(const uint8_t *bytes, unsigned bits)
{
    uint64_t value = 0;
    for (unsigned i = bits / 8; i-- > 0;) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* The `g` packet holds the general group only: GDB fetches others by `p`. */
static bool in_g_packet(const struct core_register *r)
{
    return strcmp(r->group, "general") == 0;
}

void debug_read_registers(struct debug *debug)
{
    struct core *core = debug_core(debug, debug->thread);

    for (size_t i = 0; i < core->register_count; i++) {
        if (in_g_packet(&core->registers[i])) {
            print_register(debug, core, i);
        }
    }
}

/* subject is the core, address the register's index; bytes are little-endian,
 * as many as the register has. */
static int64_t apply_register(struct cairn_machine *machine,
                              struct input *input)
{
    struct core *core = input->subject;
    const size_t index = (size_t)input->address;
    if (index >= core->register_count) {
        return -EINVAL;
    }
    const struct core_register *r = &core->registers[index];
    return r->bits > 64
               ? core->type->register_set_wide(core, index, input->bytes)
               : core->type->register_set(core, index,
                                          little_endian(input->bytes, r->bits));
}

static int change_register(struct debug *debug, struct core *core, size_t index,
                           const uint8_t *bytes)
{
    static const struct input_type type = {
        .name = "register",
        .subject = INPUT_OF_INSIDE,
        .apply = apply_register,
    };
    struct input input = {
        .type = &type,
        .subject = core,
        .address = index,
        .size = core->registers[index].bits / 8,
        .bytes = bytes,
    };
    return (int)input_give(debug->machine, &input);
}

void debug_write_registers(struct debug *debug, const char *text)
{
    struct core *core = debug_core(debug, debug->thread);
    uint8_t bytes[GDB_PACKET_MAX / 2];
    size_t size = strlen(text) / 2;
    size_t at = 0;

    if (size > sizeof(bytes) || !gdb_hex_bytes(text, bytes, size)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    if (!debug_may_change(debug)) {
        return;
    }
    for (size_t i = 0; i < core->register_count; i++) {
        const struct core_register *r = &core->registers[i];
        if (in_g_packet(r)) {
            if (at + r->bits / 8 > size) {
                break;
            }
            change_register(debug, core, i, bytes + at);
            at += r->bits / 8;
        }
    }
    debug_answer(debug, "OK");
}

static bool find_register(const struct core *core, uint64_t number,
                          size_t *index)
{
    for (size_t i = 0; i < core->register_count; i++) {
        if ((uint64_t)core->registers[i].number == number) {
            *index = i;
            return true;
        }
    }
    return false;
}

void debug_read_register(struct debug *debug, const char *text)
{
    struct core *core = debug_core(debug, debug->thread);
    uint64_t number;
    size_t index;

    if (!gdb_hex_value(&text, &number) ||
        !find_register(core, number, &index) ||
        print_register(debug, core, index)) {
        debug_answer_error(debug, -EINVAL);
    }
}

void debug_write_register(struct debug *debug, const char *text)
{
    struct core *core = debug_core(debug, debug->thread);
    uint64_t number;
    size_t index;
    uint8_t bytes[REGISTER_BYTES];
    unsigned bits;

    if (!gdb_hex_value(&text, &number) || *text++ != '=' ||
        !find_register(core, number, &index)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    bits = core->registers[index].bits;
    if (!gdb_hex_bytes(text, bytes, bits / 8) ||
        (debug_may_change(debug) &&
         change_register(debug, core, index, bytes))) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    if (debug->answer.size) {
        return;
    }
    debug_answer(debug, "OK");
}

void debug_answer_target(struct debug *debug, const char *range)
{
    describe_target(debug, debug_core(debug, debug->thread));
    answer_transfer(debug, &debug->target, range);
}

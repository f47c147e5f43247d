/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a machine by a file of inputs: to the place of each, which is applied
 * there, and to the end. What the file says of place, state and result must be
 * what the machine comes to; else the run has diverged, and says where.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "host/ending.h"
#include "host/file.h"
#include "platform/machine/callback.h"
#include "platform/machine/extension.h"
#include "platform/machine/origin.h"
#include "platform/machine/parts.h"
#include "platform/record/format.h"
#include "platform/record/record.h"

enum {
    FILE_MAX = 1 << 30,
    SLICE = 50000000, /* instructions between two looks at signals */
    PIECE = 5000000,  /* the same while a debugger keeps moments */
    NAME_SIZE = 64,
};

/* A name that an event may keep. */
struct name {
    struct name *next;
    char text[NAME_SIZE];
};

struct replayer {
    struct cairn_machine *machine;
    char *path;
    struct buffer file;
    struct record_reader reader;
    struct record_head head;
    void (*pause)(void *context); /* between pieces of the run; or NULL */
    void *context;
    uint64_t number; /* of the input under way, from 1 */
    struct name *names;
};

static struct replayer *replayer_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_REPLAYER];
}

bool replayer_is_there(const struct cairn_machine *machine)
{
    return replayer_of(machine) != NULL;
}

/* ---- Reading ------------------------------------------------------------- */

static const char *keep_name(struct replayer *replayer,
                             const struct record_item *item)
{
    struct name *name = replayer->names;
    while (name &&
           (strlen(name->text) != item->subject_size ||
            memcmp(name->text, item->subject, item->subject_size) != 0)) {
        name = name->next;
    }
    if (!name) {
        name = xcalloc(1, sizeof(*name));
        memcpy(name->text, item->subject, item->subject_size);
        name->next = replayer->names;
        replayer->names = name;
    }
    return name->text;
}

static bool is_name(const struct record_item *item)
{
    for (size_t i = 0; i < item->subject_size; i++) {
        if (item->subject[i] <= ' ' || item->subject[i] > '~') {
            return false;
        }
    }
    return item->subject_size < NAME_SIZE;
}

static void *find_node(struct cairn_machine *machine, const char *name)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        if (machine->nodes[i].kind != NODE_OTHER &&
            machine->nodes[i].kind != NODE_BUS &&
            strcmp(machine->nodes[i].name, name) == 0) {
            return &machine->nodes[i];
        }
    }
    return NULL;
}

static void *find_line(struct cairn_machine *machine, const char *name)
{
    for (size_t i = 0; i < machine->external_count; i++) {
        if (strcmp(machine->externals[i].line.name, name) == 0) {
            return &machine->externals[i].line;
        }
    }
    return NULL;
}

/* Whose input it is, by its name; false if the machine has no such. */
static bool find_subject(struct replayer *replayer, struct record_item *item)
{
    const char *name = is_name(item) ? keep_name(replayer, item) : "";
    struct input *input = &item->input;
    if (item->subject_size == 0) {
        return input->type->subject == INPUT_OF_NONE ||
               input->type->subject == INPUT_OF_NODE;
    }
    switch (input->type->subject) {
    case INPUT_OF_NODE:
        input->subject = find_node(replayer->machine, name);
        break;
    case INPUT_OF_LINE:
        input->subject = find_line(replayer->machine, name);
        break;
    case INPUT_OF_NAME:
        input->subject = *name ? (void *)(uintptr_t)name : NULL;
        break;
    default:
        break;
    }
    return input->subject != NULL;
}

static int check_input(struct replayer *replayer, struct record_item *item,
                       struct error *error)
{
    const struct input_type *type = item->input.type;
    if (!find_subject(replayer, item)) {
        return error_set(error, -EINVAL, "input %llu, '%s': no such '%.*s'",
                         (unsigned long long)replayer->number, type->name,
                         (int)(is_name(item) ? item->subject_size : 0),
                         item->subject ? item->subject : "");
    }
    return 0;
}

static void rewind_reader(struct replayer *replayer)
{
    replayer->reader = (struct record_reader){
        .bytes = replayer->file.bytes,
        .size = replayer->file.size,
    };
    replayer->number = 0;
}

/* All of it, before the machine runs. */
static int check_file(struct replayer *replayer, struct error *error)
{
    struct record_item item;
    rewind_reader(replayer);
    int code = record_get_head(&replayer->reader, &replayer->head, error);
    while (code == 0) {
        code = record_get_item(&replayer->reader, &item, error);
        replayer->number++;
        if (code == 0 && item.kind == RECORD_INPUT) {
            code = check_input(replayer, &item, error);
        }
    }
    return code == -ENOENT ? 0 : code;
}

static int check_run(const struct replayer *replayer, uint64_t identity,
                     struct error *error)
{
    const uint64_t machine = machine_identity(replayer->machine);
    if (replayer->head.machine != machine) {
        return error_set(error, -EINVAL,
                         "of another board, or one that is equipped otherwise "
                         "or has other fixed memories: %016llx, this is "
                         "%016llx",
                         (unsigned long long)replayer->head.machine,
                         (unsigned long long)machine);
    }
    return replayer->head.caller == identity
               ? 0
               : error_set(error, -EINVAL,
                           "of a run with other files or options: %016llx, "
                           "this is %016llx",
                           (unsigned long long)replayer->head.caller,
                           (unsigned long long)identity);
}

int cairn_replay_open(struct cairn_machine *machine, const char *path,
                      uint64_t identity, struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct error error = {""};
    struct replayer *replayer = xcalloc(1, sizeof(*replayer));
    assert(!replayer_of(machine));
    replayer->machine = machine;
    replayer->path = xstrdup(path);
    machine->extensions[EXTENSION_REPLAYER] = replayer;
    int code = file_read(path, FILE_MAX, &replayer->file, &error);
    if (code != 0) {
        return machine_fail(cairn_error, code, &error);
    }
    code = check_file(replayer, &error);
    code = code ? code : check_run(replayer, identity, &error);
    if (code != 0) {
        error_prefix(&error, "inputs '%s'", path);
    }
    return code ? machine_fail(cairn_error, code, &error) : 0;
}

int cairn_record_origin(const char *path, char ***words, size_t *count,
                        struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct buffer file = {0};
    struct record_head head;
    *words = NULL;
    *count = 0;
    int code = file_read(path, FILE_MAX, &file, &error);
    if (code == 0) {
        struct record_reader reader = {.bytes = file.bytes, .size = file.size};
        code = record_get_head(&reader, &head, &error);
        if (code == 0) {
            *words = origin_words(head.origin, head.origin_size, count);
        } else {
            error_prefix(&error, "inputs '%s'", path);
        }
    }
    buffer_fini(&file);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

/* After the machine's events are gone, which may have names from the file. */
static void destroy(struct cairn_machine *machine)
{
    struct replayer *replayer = replayer_of(machine);
    if (!replayer) {
        return;
    }
    while (replayer->names) {
        struct name *name = replayer->names;
        replayer->names = name->next;
        free(name);
    }
    buffer_fini(&replayer->file);
    free(replayer->path);
    free(replayer);
}

const struct machine_extension replayer_extension = {.destroy = destroy};

/* ---- Running ------------------------------------------------------------- */

static void print_place(struct buffer *out, const struct moment *at)
{
    buffer_print(out, "%llu instructions, %llu traps and %llu ns",
                 (unsigned long long)at->retired, (unsigned long long)at->traps,
                 (unsigned long long)at->time_ns);
}

/* "the run diverges at input 3 (line): ..." */
static int diverge(const struct replayer *replayer,
                   const struct record_item *item, struct error *error,
                   const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int diverge(const struct replayer *replayer,
                   const struct record_item *item, struct error *error,
                   const char *format, ...)
{
    struct buffer text = {0};
    va_list args;
    buffer_print(&text, "inputs '%s': the run diverges at ", replayer->path);
    if (item->kind == RECORD_END) {
        buffer_print(&text, "the end");
    } else {
        buffer_print(&text, "input %llu, '%s'",
                     (unsigned long long)replayer->number,
                     item->input.type->name);
    }
    buffer_print(&text, ", ");
    print_place(&text, &item->at);
    buffer_print(&text, ": ");
    va_start(args, format);
    buffer_vprint(&text, format, args);
    va_end(args);
    error_set(error, -EPROTO, "%s", buffer_text(&text));
    buffer_fini(&text);
    return -EPROTO;
}

/* Runs to the item's place. */
static int seek(const struct replayer *replayer, const struct record_item *item,
                struct error *error)
{
    struct cairn_machine *machine = replayer->machine;
    struct moment now = input_now(machine);
    while (!moment_same_place(&now, &item->at)) {
        const struct moment before = now;
        if (ending_signal() != 0) {
            return error_set(error, -EINTR, "ended early");
        }
        if (!moment_is_behind(before, item->at)) {
            (void)input_approach(machine, &item->at,
                                 replayer->pause ? PIECE : SLICE);
            if (replayer->pause) {
                replayer->pause(replayer->context);
            }
        }
        now = input_now(machine);
        if (moment_is_behind(now, item->at) ||
            moment_same_place(&now, &before)) {
            struct buffer text = {0};
            print_place(&text, &now);
            int code = diverge(replayer, item, error, "it is at %s",
                               buffer_text(&text));
            buffer_fini(&text);
            return code;
        }
    }
    return 0;
}

static int compare_state(const struct replayer *replayer,
                         const struct record_item *item, uint64_t found,
                         struct error *error)
{
    return !item->has_state || item->state == found
               ? 0
               : diverge(replayer, item, error,
                         "its state is %016llx, expected %016llx",
                         (unsigned long long)found,
                         (unsigned long long)item->state);
}

static int replay_input(struct replayer *replayer, struct record_item *item,
                        struct error *error)
{
    struct cairn_machine *machine = replayer->machine;
    struct input *input = &item->input;
    int code = compare_state(
        replayer, item, item->has_state ? parts_hash(machine, 0, false) : 0,
        error);
    code = code ? code : check_input(replayer, item, error);
    if (code != 0) {
        return code;
    }
    if (input->type->possible && !input->type->possible(machine, input)) {
        return diverge(replayer, item, error, "the machine cannot take it");
    }
    const uint64_t value = input->value;
    const int64_t result = input_give(machine, input);
    if (result != item->result || input->value != value) {
        return diverge(replayer, item, error,
                       "it gave %lld and 0x%llx, expected %lld and 0x%llx",
                       (long long)result, (unsigned long long)input->value,
                       (long long)item->result, (unsigned long long)value);
    }
    return 0;
}

static int replay_items(struct replayer *replayer, struct record_item *item,
                        struct error *error)
{
    int code = 0;
    do {
        replayer->number++;
        code = record_get_item(&replayer->reader, item, error);
        code = code ? code : seek(replayer, item, error);
        if (code == 0 && item->kind == RECORD_INPUT) {
            code = replay_input(replayer, item, error);
        }
    } while (code == 0 && item->kind == RECORD_INPUT);
    return code ? code
                : compare_state(replayer, item,
                                cairn_state_hash(replayer->machine), error);
}

/* From the machine's state to the end, which *item is then. */
static int run_all(struct replayer *replayer, struct record_item *item,
                   struct error *error)
{
    struct cairn_machine *machine = replayer->machine;
    rewind_reader(replayer);
    int code = record_get_head(&replayer->reader, &replayer->head, error);
    const struct moment now = input_now(machine);
    const uint64_t state = cairn_state_hash(machine);
    if (code == 0 && (!moment_same_place(&now, &replayer->head.start) ||
                      state != replayer->head.start_state)) {
        code = error_set(error, -EINVAL,
                         "inputs '%s': of a run from another state: %016llx, "
                         "this is %016llx",
                         replayer->path,
                         (unsigned long long)replayer->head.start_state,
                         (unsigned long long)state);
    }
    machine->inputs.replaying = true;
    code = code ? code : replay_items(replayer, item, error);
    machine->inputs.replaying = false;
    return code;
}

int replayer_run(struct cairn_machine *machine, void (*pause)(void *context),
                 void *context, struct error *error)
{
    struct replayer *replayer = replayer_of(machine);
    struct record_item item = {0};
    if (!replayer) {
        return error_set(error, -ENODEV, "there is no file of inputs");
    }
    replayer->pause = pause;
    replayer->context = context;
    int code = run_all(replayer, &item, error);
    replayer->pause = NULL;
    return code;
}

int cairn_replay(struct cairn_machine *machine, void *note, size_t size,
                 struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct replayer *replayer = replayer_of(machine);
    struct error error = {""};
    struct record_item item = {0};
    assert(!machine->inputs.kept);
    int code = run_all(replayer, &item, &error);
    if (code == 0 && item.note_size != size) {
        code = error_set(&error, -EINVAL,
                         "inputs '%s': the note has %zu bytes, expected %zu",
                         replayer->path, item.note_size, size);
    }
    if (code == 0 && size != 0) {
        memcpy(note, item.note, size);
    }
    return code ? machine_fail(cairn_error, code, &error) : 0;
}

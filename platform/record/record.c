/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the list of inputs into a file while it grows: each entry when the
 * next one comes, as its result is known then.
 */
#include "platform/record/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "host/file.h"
#include "platform/machine/callback.h"
#include "platform/machine/extension.h"
#include "platform/machine/parts.h"
#include "platform/record/format.h"

/* Instructions between two inputs whose state is recorded too, to find out
 * where a replay leaves the run. */
#define STATE_DISTANCE 1000000u

struct recorder {
    struct cairn_machine *machine;
    FILE *file;
    char *path;
    uint64_t check;
    uint64_t state; /* at the entry under way */
    bool has_state;
    uint64_t state_next; /* instructions at which it is recorded again */
    int code;            /* why the file cannot be written, or 0 */
};

static void write_out(struct recorder *recorder, struct buffer *bytes)
{
    if (recorder->code == 0 &&
        fwrite(bytes->bytes, 1, bytes->size, recorder->file) != bytes->size) {
        recorder->code = -errno;
    }
    buffer_fini(bytes);
}

static const char *name_of(const struct input *input)
{
    const struct node *node = input->subject;
    const struct line *line = input->subject;
    if (!input->subject) {
        return "";
    }
    switch (input->type->subject) {
    case INPUT_OF_NODE:
        return node->name;
    case INPUT_OF_LINE:
        return line->name;
    case INPUT_OF_NAME:
        return input->subject;
    default:
        return "";
    }
}

/* A debugger's inputs are in no file: there is no debugger while one is
 * written. */
static void write_entry(struct recorder *recorder,
                        const struct input_entry *entry)
{
    struct buffer bytes = {0};
    const char *subject = name_of(&entry->input);
    const struct record_item item = {
        .kind = RECORD_INPUT,
        .at = entry->at,
        .has_state = recorder->has_state,
        .state = recorder->state,
        .input = entry->input,
        .subject = subject,
        .subject_size = strlen(subject),
        .result = entry->result,
    };
    record_put_item(&item, &recorder->check, &bytes);
    write_out(recorder, &bytes);
}

static void write_noted(struct recorder *recorder)
{
    struct inputs *inputs = &recorder->machine->inputs;
    for (size_t i = 0; i < inputs->count; i++) {
        write_entry(recorder, &inputs->entries[i]);
    }
    inputs_drop_before(recorder->machine, inputs->given);
}

/* The state that the entry will meet. */
static void look(struct recorder *recorder)
{
    const uint64_t retired = machine_retired(recorder->machine);
    recorder->has_state = retired >= recorder->state_next;
    recorder->state = 0;
    if (recorder->has_state) {
        recorder->state = parts_hash(recorder->machine, 0, false);
        recorder->state_next = retired == 0 ? 1 : retired + STATE_DISTANCE;
    }
}

static void before_entry(void *context)
{
    struct recorder *recorder = context;
    write_noted(recorder);
    look(recorder);
}

/* ---- The calls ----------------------------------------------------------- */

static int fail(const struct recorder *recorder, const char *verb, int code,
                struct cairn_error *cairn_error)
{
    struct error error = {""};
    error_set(&error, code, "file '%s': cannot be %s: %s", recorder->path, verb,
              strerror(-code));
    return machine_fail(cairn_error, code, &error);
}

static struct recorder *recorder_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_RECORDER];
}

static void set_recorder(struct cairn_machine *machine,
                         struct recorder *recorder)
{
    machine->extensions[EXTENSION_RECORDER] = recorder;
    machine->inputs.recorded = recorder != NULL;
}

static void recorder_destroy(struct recorder *recorder)
{
    if (!recorder) {
        return;
    }
    if (recorder->file) {
        fclose(recorder->file);
    }
    free(recorder->path);
    free(recorder);
}

int cairn_record_open(struct cairn_machine *machine, const char *path,
                      struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    assert(!recorder_of(machine));
    if (machine->parallel) {
        const struct error error = {
            "processors in parallel make no two runs the same"};
        return machine_fail(cairn_error, -ENOTSUP, &error);
    }
    if (machine->mappings) {
        const struct error error = {
            "what the caller's own registers return is in no list of inputs"};
        return machine_fail(cairn_error, -ENOTSUP, &error);
    }
    struct recorder *recorder = xcalloc(1, sizeof(*recorder));
    recorder->machine = machine;
    recorder->path = xstrdup(path);
    recorder->file = fopen(path, "we");
    if (!recorder->file) {
        int code = fail(recorder, "opened", -errno, cairn_error);
        recorder_destroy(recorder);
        return code;
    }
    set_recorder(machine, recorder);
    return 0;
}

void cairn_record(struct cairn_machine *machine, uint64_t identity)
{
    if (machine_is_called_back(machine)) {
        return;
    }
    struct recorder *recorder = recorder_of(machine);
    struct buffer bytes = {0};
    const struct record_head head = {
        .machine = machine_identity(machine),
        .caller = identity,
        .start = input_now(machine),
        .start_state = cairn_state_hash(machine),
        .origin = machine->origin.bytes,
        .origin_size = machine->origin.size,
    };
    assert(recorder && !machine->inputs.kept);
    inputs_keep(machine, before_entry, recorder);
    record_put_head(&head, &recorder->check, &bytes);
    write_out(recorder, &bytes);
}

int cairn_record_end(struct cairn_machine *machine, const void *note,
                     size_t size, struct cairn_error *error)
{
    const int busy = callback_refuse(machine, error);
    if (busy != 0) {
        return busy;
    }
    struct recorder *recorder = recorder_of(machine);
    struct buffer bytes = {0};
    assert(recorder && size <= RECORD_NOTE_MAX);
    if (!machine->inputs.kept) {
        return 0;
    }
    write_noted(recorder);
    const struct record_item item = {
        .kind = RECORD_END,
        .at = input_now(machine),
        .has_state = true,
        .state = cairn_state_hash(machine),
        .note = note,
        .note_size = size,
    };
    record_put_item(&item, &recorder->check, &bytes);
    write_out(recorder, &bytes);
    inputs_forget(machine);
    struct error why = {""};
    int ended = file_end(recorder->file, recorder->path, &why);
    recorder->file = NULL;
    int code = recorder->code ? fail(recorder, "written", recorder->code, error)
               : ended        ? machine_fail(error, ended, &why)
                              : 0;
    recorder_destroy(recorder);
    set_recorder(machine, NULL);
    return code;
}

static void close_recorder(struct cairn_machine *machine)
{
    recorder_destroy(recorder_of(machine));
}

const struct machine_extension recorder_extension = {.close = close_recorder};

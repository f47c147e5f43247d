/* SPDX-License-Identifier: Apache-2.0 */
/* Applies inputs, records them with their places in the run, replays them. */
#include "platform/machine/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "host/loop.h"
#include "platform/machine/machine.h"

/* ---- The list ------------------------------------------------------------ */

void inputs_init(struct inputs *inputs)
{
    *inputs = (struct inputs){0};
    inputs->last_completion = &inputs->completions;
    pthread_mutex_init(&inputs->lock, NULL);
}

static void free_entry(struct inputs *inputs, const struct input_entry *entry)
{
    assert(inputs->bytes >= sizeof(*entry) + entry->input.size);
    inputs->bytes -= sizeof(*entry) + entry->input.size;
    free((void *)(uintptr_t)entry->input.bytes);
}

static void drop_first(struct inputs *inputs, size_t count)
{
    assert(count <= inputs->count);
    for (size_t i = 0; i < count; i++) {
        free_entry(inputs, &inputs->entries[i]);
    }
    inputs->count -= count;
    inputs->dropped += count;
    if (count != 0) {
        memmove(inputs->entries, inputs->entries + count,
                inputs->count * sizeof(*inputs->entries));
    }
}

void inputs_fini(struct inputs *inputs)
{
    drop_first(inputs, inputs->count);
    free(inputs->entries);
    pthread_mutex_destroy(&inputs->lock);
}

void inputs_keep(struct cairn_machine *machine, void (*before)(void *context),
                 void *context)
{
    struct inputs *inputs = &machine->inputs;
    assert(!inputs->kept && inputs->count == 0);
    inputs->dropped = 0;
    inputs->given = 0;
    inputs->before = before;
    inputs->context = context;
    inputs->kept = true;
}

void inputs_forget(struct cairn_machine *machine)
{
    struct inputs *inputs = &machine->inputs;
    drop_first(inputs, inputs->count);
    inputs->kept = false;
    inputs->replaying = false;
}

void inputs_drop_before(struct cairn_machine *machine, uint64_t first)
{
    struct inputs *inputs = &machine->inputs;
    assert(first >= inputs->dropped &&
           first - inputs->dropped <= inputs->count);
    drop_first(inputs, (size_t)(first - inputs->dropped));
}

void inputs_drop_rest(struct cairn_machine *machine)
{
    struct inputs *inputs = &machine->inputs;
    assert(inputs->given >= inputs->dropped);
    size_t kept = (size_t)(inputs->given - inputs->dropped);
    while (inputs->count > kept) {
        free_entry(inputs, &inputs->entries[--inputs->count]);
    }
}

static void add_entry(struct cairn_machine *machine, const struct input *input)
{
    struct inputs *inputs = &machine->inputs;
    inputs->before(inputs->context);
    assert(inputs->given - inputs->dropped == inputs->count);
    if (inputs->count == inputs->capacity) {
        inputs->capacity = inputs->capacity ? 2 * inputs->capacity : 64;
        inputs->entries = memory_resize(inputs->entries, inputs->capacity,
                                        sizeof(*inputs->entries));
    }
    struct input_entry *entry = &inputs->entries[inputs->count++];
    *entry = (struct input_entry){.input = *input, .at = input_now(machine)};
    entry->input.bytes = NULL;
    if (input->size != 0) {
        uint8_t *copy = xcalloc(1, input->size);
        memcpy(copy, input->bytes, input->size);
        entry->input.bytes = copy;
    }
    inputs->bytes += sizeof(*entry) + input->size;
    inputs->given++;
}

int64_t input_give(struct cairn_machine *machine, struct input *input)
{
    struct inputs *inputs = &machine->inputs;
    assert(input->type && input->type->apply);
    bool outermost = !inputs->inside;
    bool noted = outermost && inputs->kept;
    if (noted) {
        add_entry(machine, input);
    }
    inputs->inside = true;
    int64_t result = input->type->apply(machine, input);
    inputs->inside = !outermost;
    if (noted) {
        assert(inputs->count != 0);
        inputs->entries[inputs->count - 1].result = result;
        inputs->entries[inputs->count - 1].input.value = input->value;
    }
    return result;
}

const struct input_entry *inputs_next(const struct cairn_machine *machine)
{
    const struct inputs *inputs = &machine->inputs;
    size_t index = (size_t)(inputs->given - inputs->dropped);
    return index < inputs->count ? &inputs->entries[index] : NULL;
}

void inputs_replay(struct cairn_machine *machine)
{
    struct inputs *inputs = &machine->inputs;
    const struct input_entry *entry = inputs_next(machine);
    assert(entry && !inputs->inside);
    struct input input = entry->input;
    inputs->given++;
    inputs->inside = true;
    input.type->apply(machine, &input);
    inputs->inside = false;
}

/* ---- Completions --------------------------------------------------------- */

void input_post_here(struct cairn_machine *machine,
                     struct completion *completion)
{
    struct inputs *inputs = &machine->inputs;
    assert(completion->deliver);
    pthread_mutex_lock(&inputs->lock);
    if (!completion->posted) {
        completion->posted = true;
        completion->next = NULL;
        *inputs->last_completion = completion;
        inputs->last_completion = &completion->next;
        atomic_store_explicit(&inputs->posted, true, memory_order_relaxed);
    }
    pthread_mutex_unlock(&inputs->lock);
}

void input_post(struct cairn_machine *machine, struct completion *completion)
{
    input_post_here(machine, completion);
    if (machine->loop) {
        loop_wake(machine->loop);
    }
}

void input_withdraw(struct cairn_machine *machine,
                    struct completion *completion)
{
    struct inputs *inputs = &machine->inputs;
    pthread_mutex_lock(&inputs->lock);
    struct completion **at = &inputs->completions;
    while (*at && *at != completion) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = completion->next;
        completion->posted = false;
    }
    for (at = &inputs->completions; *at; at = &(*at)->next) {
    }
    inputs->last_completion = at;
    pthread_mutex_unlock(&inputs->lock);
}

/* The first of those that were posted, or NULL; and how many there were. */
static struct completion *take_completion(struct inputs *inputs, size_t *count)
{
    pthread_mutex_lock(&inputs->lock);
    struct completion *first = inputs->completions;
    *count = 0;
    for (const struct completion *c = first; c; c = c->next) {
        (*count)++;
    }
    if (first) {
        assert(first->posted);
        inputs->completions = first->next;
        first->posted = false;
    }
    if (!inputs->completions) {
        inputs->last_completion = &inputs->completions;
        atomic_store_explicit(&inputs->posted, false, memory_order_relaxed);
    }
    pthread_mutex_unlock(&inputs->lock);
    return first;
}

void inputs_deliver_posted(struct cairn_machine *machine)
{
    struct inputs *inputs = &machine->inputs;
    if (inputs->replaying) {
        return;
    }
    /* Inputs that are posted meanwhile, by delivered ones perhaps, are for the
     * next time. */
    size_t left;
    size_t count;
    struct completion *completion = take_completion(inputs, &left);
    bool inside = inputs->inside;
    inputs->inside = false;
    while (completion) {
        completion->deliver(machine, completion);
        completion = --left != 0 ? take_completion(inputs, &count) : NULL;
    }
    inputs->inside = inside;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Cores as the platform sees them: finding their type, and what all types have
 * in common. */
#include "engine/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "bus/region.h"

/* The list alone names architectures here. */
#define CORE_TYPE(name) extern const struct core_type name;
#include "engine/core_types.def"
#undef CORE_TYPE

static const struct core_type *const types[] = {
#define CORE_TYPE(name) &name,
#include "engine/core_types.def"
#undef CORE_TYPE
};

const struct core_type *core_type_find(const char *compatible)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        const char *const *name = types[i]->compatibles;

        for (; *name != NULL; name++) {
            if (strcmp(*name, compatible) == 0) {
                return types[i];
            }
        }
    }
    return NULL;
}

static void make_outputs(struct core *core)
{
    const struct core_type *type = core->type;

    core->outputs = xcalloc(type->output_count + 1, sizeof(*core->outputs));
    for (size_t i = 0; i < type->output_count; i++) {
        line_init(&core->outputs[i], type->outputs[i].kind, core->name,
                  type->outputs[i].name);
    }
}

static void destroy_outputs(struct core *core)
{
    for (size_t i = 0; i < core->type->output_count; i++) {
        line_fini(&core->outputs[i]);
    }
    free(core->outputs);
}

int core_create_of(const struct core_type *type,
                   const struct core_config *config, struct core **core,
                   struct error *error)
{
    int status = type->create(config, core, error);

    if (status != 0) {
        *core = NULL;
        return status;
    }
    (*core)->type = type;
    make_outputs(*core);
    status = type->engine->check(*core, error);
    if (status != 0) {
        core_destroy(*core);
        *core = NULL;
        return status;
    }
    (*core)->power = CORE_HELD;
    (*core)->trap_stop = UINT64_MAX;
    (*core)->unheard = UINT64_MAX;
    (*core)->check_at = UINT64_MAX;
    core_reset(*core);
    return 0;
}

int core_create(const struct core_config *config, struct core **core,
                struct error *error)
{
    const struct core_type *type = core_type_find(config->compatible);

    if (type == NULL) {
        *core = NULL;
        return error_set(error, -ENOENT, "core '%s': no model for '%s'",
                         config->name, config->compatible);
    }
    return core_create_of(type, config, core, error);
}

void core_destroy(struct core *core)
{
    if (core != NULL) {
        free(core->breakpoints);
        free(core->watchpoints);
        free(core->registers);
        destroy_outputs(core);
        core->type->destroy(core);
    }
}

void core_reset(struct core *core)
{
    core->woken_by = 0;
    core->type->reset(core);
}

enum core_stop core_run(struct core *core, uint64_t budget)
{
    return core->type->engine->run(core, budget);
}

void core_request_stop(struct core *core)
{
    core->stop_requested = true;
    core->type->engine->notice(core);
}

void core_limit(struct core *core, uint64_t budget)
{
    core->type->engine->limit(core, budget);
}

void core_add_statistics(const struct core *core, struct core_statistics *sum)
{
    core->type->engine->add_statistics(core, sum);
}

void core_watch_code(struct core *core, const struct code_watch *watch)
{
    core->type->engine->watch_code(core, watch);
}

void core_time_code(struct core *core)
{
    core->type->engine->time_code(core);
}

bool core_has_feature(const struct core *core, const char *name)
{
    return core->type->has_feature != NULL &&
           core->type->has_feature(core, name);
}

void core_input(void *context, unsigned input, uint32_t level)
{
    struct core *core = context;

    core->type->input(core, input, level);
}

int core_add_breakpoint(struct core *core, struct gva address)
{
    struct gva *grown =
        realloc(core->breakpoints,
                (core->breakpoint_count + 1) * sizeof(*core->breakpoints));

    if (grown == NULL) {
        return -ENOMEM;
    }
    core->breakpoints = grown;
    core->breakpoints[core->breakpoint_count++] = address;
    core->type->engine->breakpoints_changed(core);
    return 0;
}

int core_remove_breakpoint(struct core *core, struct gva address)
{
    for (size_t i = 0; i < core->breakpoint_count; i++) {
        if (core->breakpoints[i].value == address.value) {
            core->breakpoints[i] = core->breakpoints[--core->breakpoint_count];
            core->type->engine->breakpoints_changed(core);
            return 0;
        }
    }
    return -ENOENT;
}

bool core_meets_breakpoint(struct core *core)
{
    return core->type->engine->meets_breakpoint(core);
}

void core_pass_breakpoint(struct core *core)
{
    core->type->engine->pass_breakpoint(core);
}

int core_add_watchpoint(struct core *core, struct gva address, uint64_t size,
                        enum watch_kind kind)
{
    struct watchpoint *grown =
        realloc(core->watchpoints,
                (core->watchpoint_count + 1) * sizeof(*core->watchpoints));

    if (grown == NULL) {
        return -ENOMEM;
    }
    core->watchpoints = grown;
    core->watchpoints[core->watchpoint_count++] =
        (struct watchpoint){address, size, kind};
    core->type->engine->watchpoints_changed(core);
    return 0;
}

int core_remove_watchpoint(struct core *core, struct gva address, uint64_t size,
                           enum watch_kind kind)
{
    for (size_t i = 0; i < core->watchpoint_count; i++) {
        struct watchpoint *w = &core->watchpoints[i];

        if (w->address.value == address.value && w->size_bytes == size &&
            w->kind == kind) {
            *w = core->watchpoints[--core->watchpoint_count];
            core->type->engine->watchpoints_changed(core);
            return 0;
        }
    }
    return -ENOENT;
}

bool core_translate(struct core *core, struct gva address, struct gpa *place,
                    struct space **space)
{
    *space = core->config.space;
    if (core->type->translate != NULL) {
        return core->type->translate(core, address, place, space);
    }
    *place = gpa(address.value);
    return true;
}

int core_read_memory(struct core *core, struct gva address, void *bytes,
                     size_t size)
{
    uint8_t *to = bytes;

    while (size != 0) {
        size_t in_page =
            REGION_PAGE_SIZE - (size_t)(address.value % REGION_PAGE_SIZE);
        size_t part = size < in_page ? size : in_page;
        struct gpa place;
        struct space *space;
        if (!core_translate(core, address, &place, &space)) {
            return -EFAULT;
        }
        struct access access = space->attributes;
        access.debug = true;
        if (space_copy_out(space, &access, place, to, part, NULL) != 0) {
            return -EFAULT;
        }
        to += part;
        size -= part;
        address.value += part;
    }
    return 0;
}

int core_write_memory(struct core *core, struct gva address, const void *bytes,
                      size_t size)
{
    const uint8_t *from = bytes;

    while (size != 0) {
        size_t in_page =
            REGION_PAGE_SIZE - (size_t)(address.value % REGION_PAGE_SIZE);
        size_t part = size < in_page ? size : in_page;
        struct gpa place;
        struct space *space;
        struct span span;
        if (!core_translate(core, address, &place, &space) ||
            space_span(space, place, &span) != 0 ||
            (span.rights & WINDOW_W) == 0 || span.size_bytes < part) {
            return -EFAULT;
        }
        region_load(span.region, span.offset, from, part);
        from += part;
        size -= part;
        address.value += part;
    }
    return 0;
}

uint64_t core_hash(struct core *core)
{
    const uint8_t *state = core->type->state(core);
    uint64_t hash = hash64(0, &core->retired, sizeof(core->retired));

    for (size_t i = 0; i < core->type->field_count; i++) {
        const struct state_field *field = &core->type->fields[i];

        hash = hash64(hash, state + field->offset, field->size_bytes);
    }
    return hash;
}

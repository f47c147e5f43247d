/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of contexts: find, derive, rotate, destroy. */
#include "guest/caliptra/runtime/dpe.h"

#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/identity/identity.h"
#include "guest/kit/ensure/ensure.h"
#include "guest/kit/memory/memory.h"

#define TYPE_JOURNEY 0x52544a4du /* "RTJM" */
#define TYPE_USERS   0x4d425650u /* "MBVP" */

static const struct dpe_handle default_handle;

static bool same(const struct dpe_handle *a, const struct dpe_handle *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool is_default(const struct dpe_handle *handle)
{
    return same(handle, &default_handle);
}

/* ---- Finding ------------------------------------------------------------- */

/* A locality that has no context at all is told so. */
uint32_t dpe_find(const struct dpe *dpe, const struct dpe_handle *handle,
                  uint32_t locality, unsigned *index)
{
    uint32_t status = DPE_INVALID_LOCALITY;
    for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
        const struct dpe_context *context = &dpe->contexts[i];
        if (context->state != DPE_CONTEXT_ACTIVE ||
            context->locality != locality) {
            continue;
        }
        if (same(&context->handle, handle)) {
            *index = i;
            return DPE_OK;
        }
        status = DPE_INVALID_HANDLE;
    }
    return status;
}

const struct dpe_context *dpe_of_tag(const struct dpe *dpe, uint32_t tag)
{
    for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
        const struct dpe_context *context = &dpe->contexts[i];
        if (context->state != DPE_CONTEXT_FREE && context->tagged != 0 &&
            context->tag == tag) {
            return context;
        }
    }
    return NULL;
}

unsigned dpe_path(const struct dpe *dpe, unsigned index,
                  uint8_t path[DPE_CONTEXTS])
{
    unsigned count = 0;
    while (index < DPE_CONTEXTS && count < DPE_CONTEXTS) {
        path[count++] = (uint8_t)index;
        index = dpe->contexts[index].parent;
    }
    return count;
}

static void ensure_rooted(const struct dpe *dpe, unsigned index)
{
    uint8_t path[DPE_CONTEXTS];
    const unsigned count = dpe_path(dpe, index, path);
    ensure(dpe->contexts[path[count - 1]].parent == DPE_NOBODY);
    for (unsigned i = 1; i < count; i++) {
        const struct dpe_context *parent = &dpe->contexts[path[i]];
        ensure(parent->state != DPE_CONTEXT_FREE);
        ensure(parent->simulation == dpe->contexts[index].simulation);
    }
}

static void ensure_only_default(const struct dpe *dpe, unsigned index)
{
    const struct dpe_context *context = &dpe->contexts[index];
    for (unsigned i = 0; i < index; i++) {
        const struct dpe_context *other = &dpe->contexts[i];
        ensure(other->state != DPE_CONTEXT_ACTIVE ||
               other->locality != context->locality ||
               !is_default(&other->handle));
    }
}

void dpe_ensure(const struct dpe *dpe)
{
    for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
        const struct dpe_context *context = &dpe->contexts[i];
        ensure(context->state <= DPE_CONTEXT_RETIRED);
        if (context->state != DPE_CONTEXT_FREE) {
            ensure_rooted(dpe, i);
        }
        if (context->state == DPE_CONTEXT_ACTIVE &&
            is_default(&context->handle)) {
            ensure_only_default(dpe, i);
        }
    }
}

static struct dpe_context *find_free(struct dpe *dpe)
{
    for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
        if (dpe->contexts[i].state == DPE_CONTEXT_FREE) {
            return &dpe->contexts[i];
        }
    }
    return NULL;
}

unsigned dpe_count(const struct dpe *dpe, uint32_t locality, bool others)
{
    unsigned count = 0;
    for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
        const struct dpe_context *context = &dpe->contexts[i];
        count += context->state != DPE_CONTEXT_FREE &&
                 (context->locality != locality) == others;
    }
    return count;
}

static uint32_t new_handle(struct dpe_handle *handle)
{
    uint32_t words[12];
    if (trng_start() != 0 || trng_draw(words) != 0) {
        return DPE_INTERNAL_ERROR;
    }
    memcpy(handle, words, sizeof *handle);
    return is_default(handle) ? DPE_INTERNAL_ERROR : DPE_OK;
}

static uint32_t roll(const struct dpe_handle *old, struct dpe_handle *handle)
{
    *handle = *old;
    return is_default(old) ? DPE_OK : new_handle(handle);
}

uint32_t dpe_roll(struct dpe *dpe, unsigned index, struct dpe_handle *handle)
{
    struct dpe_context *context = &dpe->contexts[index];
    uint32_t status = roll(&context->handle, handle);
    if (status == DPE_OK) {
        context->handle = *handle;
    }
    return status;
}

/* ---- Measuring ----------------------------------------------------------- */

static void measure(struct dpe_context *context, const uint8_t data[48])
{
    uint8_t text[96];
    uint32_t words[12];
    memcpy(text, context->cumulative, 48);
    memcpy(text + 48, data, 48);
    sha2_384(text, sizeof text, words);
    identity_bytes(words, context->cumulative);
    memcpy(context->current, data, 48);
}

static void activate(struct dpe_context *context, uint8_t parent,
                     uint32_t locality, const struct dpe_handle *handle)
{
    memset(context, 0, sizeof *context);
    context->state = DPE_CONTEXT_ACTIVE;
    context->parent = parent;
    context->locality = locality;
    context->handle = *handle;
}

void dpe_start(struct dpe *dpe, const uint8_t journey[48],
               const uint8_t users[48], uint32_t privileged_locality)
{
    struct dpe_context *root = &dpe->contexts[0];
    if (dpe->started == 0) {
        struct dpe_derive_command command = {
            .flags = DPE_DERIVE_MAKE_DEFAULT | DPE_DERIVE_CHANGE_LOCALITY |
                     DPE_DERIVE_ALLOW_CA | DPE_DERIVE_ALLOW_X509,
            .tci_type = TYPE_USERS,
            .target_locality = privileged_locality,
        };
        struct dpe_handle handle;
        struct dpe_handle parent;
        memset(dpe, 0, sizeof *dpe);
        activate(root, DPE_NOBODY, DPE_OWN_LOCALITY, &default_handle);
        root->tci_type = TYPE_JOURNEY;
        root->flags = DPE_DERIVE_ALLOW_X509;
        memcpy(command.data, users, sizeof command.data);
        (void)dpe_derive(dpe, DPE_OWN_LOCALITY, &command, &handle, &parent);
        dpe->started = 1;
    }
    /* It is gone once all that was derived from it was destroyed. */
    if (root->state == DPE_CONTEXT_FREE || root->locality != DPE_OWN_LOCALITY) {
        return;
    }
    memcpy(root->current, journey, 48);
    memcpy(root->cumulative, journey, 48);
}

/* ---- InitializeContext --------------------------------------------------- */

uint32_t dpe_initialize(struct dpe *dpe, uint32_t locality, uint32_t flags,
                        struct dpe_handle *handle)
{
    bool simulation = (flags & DPE_INIT_SIMULATION) != 0;
    /* The one default context of all was made at the start. */
    if ((flags & DPE_INIT_DEFAULT) != 0) {
        return DPE_ARGUMENT_NOT_SUPPORTED;
    }
    if (!simulation) {
        return DPE_INVALID_ARGUMENT;
    }
    struct dpe_context *context = find_free(dpe);
    if (context == NULL) {
        return DPE_MAX_TCIS;
    }
    uint32_t status = new_handle(handle);
    if (status == DPE_OK) {
        activate(context, DPE_NOBODY, locality, handle);
        context->simulation = 1;
        context->flags = DPE_DERIVE_ALLOW_X509;
    }
    return status;
}

/* ---- DeriveContext ------------------------------------------------------- */

/* A default context is the only active one in its locality. A parent that is
 * not retained makes room there if it is the default one itself. */
static bool may_live_there(const struct dpe *dpe, unsigned parent,
                           uint32_t locality, bool as_default,
                           bool retain_parent)
{
    bool others = false;
    bool has_default = false;
    for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
        const struct dpe_context *context = &dpe->contexts[i];
        bool default_one = is_default(&context->handle);
        if (context->state == DPE_CONTEXT_ACTIVE &&
            context->locality == locality &&
            !(i == parent && default_one && !retain_parent)) {
            others = true;
            has_default = has_default || default_one;
        }
    }
    return as_default ? !others : !has_default;
}

static uint32_t check_flags(const struct dpe_context *parent, uint32_t flags)
{
    if ((flags & DPE_DERIVE_ALLOW_X509 & ~parent->flags) != 0 ||
        ((flags & DPE_DERIVE_RECURSIVE) != 0 &&
         (flags & DPE_DERIVE_RETAIN_PARENT) != 0)) {
        return DPE_INVALID_ARGUMENT;
    }
    return DPE_OK;
}

uint32_t dpe_check_export(const struct dpe *dpe, unsigned index, uint32_t flags)
{
    const struct dpe_context *context = &dpe->contexts[index];
    if ((flags & DPE_DERIVE_CREATE_CERTIFICATE) == 0 ||
        (flags & (DPE_DERIVE_RECURSIVE | DPE_DERIVE_CHANGE_LOCALITY)) != 0 ||
        context->simulation != 0) {
        return DPE_INVALID_ARGUMENT;
    }
    return check_flags(context, flags);
}

static uint32_t derive_in_place(struct dpe *dpe, unsigned index,
                                const struct dpe_derive_command *command,
                                uint32_t locality, struct dpe_handle *handle)
{
    struct dpe_context *context = &dpe->contexts[index];
    if (context->tci_type != command->tci_type) {
        return DPE_INVALID_ARGUMENT;
    }
    if (context->locality != locality) {
        return DPE_INVALID_LOCALITY;
    }
    uint32_t status = dpe_roll(dpe, index, handle);
    if (status == DPE_OK) {
        measure(context, command->data);
    }
    return status;
}

static uint32_t derive_child(struct dpe *dpe, unsigned index,
                             const struct dpe_derive_command *command,
                             uint32_t locality, struct dpe_handle *handle,
                             struct dpe_handle *parent_handle)
{
    struct dpe_context *parent = &dpe->contexts[index];
    bool retain = (command->flags & DPE_DERIVE_RETAIN_PARENT) != 0;
    bool as_default = (command->flags & DPE_DERIVE_MAKE_DEFAULT) != 0;
    struct dpe_context *child = find_free(dpe);
    if (child == NULL) {
        return DPE_MAX_TCIS;
    }
    if (!may_live_there(dpe, index, locality, as_default, retain)) {
        return DPE_INVALID_ARGUMENT;
    }
    memset(parent_handle, 0xff, sizeof *parent_handle);
    *handle = default_handle;
    if ((retain && roll(&parent->handle, parent_handle) != DPE_OK) ||
        (!as_default && new_handle(handle) != DPE_OK)) {
        return DPE_INTERNAL_ERROR;
    }
    parent->handle = *parent_handle;
    if (!retain) {
        parent->state = DPE_CONTEXT_RETIRED;
    }
    activate(child, (uint8_t)index, locality, handle);
    child->simulation = parent->simulation;
    child->tci_type = command->tci_type;
    child->flags =
        command->flags & (DPE_DERIVE_ALLOW_X509 | DPE_DERIVE_INTERNAL_INFO |
                          DPE_DERIVE_INTERNAL_DICE);
    measure(child, command->data);
    return DPE_OK;
}

uint32_t dpe_derive(struct dpe *dpe, uint32_t locality,
                    const struct dpe_derive_command *command,
                    struct dpe_handle *handle, struct dpe_handle *parent_handle)
{
    unsigned index = 0;
    uint32_t target = (command->flags & DPE_DERIVE_CHANGE_LOCALITY) != 0
                          ? command->target_locality
                          : locality;
    uint32_t status = dpe_find(dpe, &command->handle, locality, &index);
    if (status == DPE_OK) {
        status = check_flags(&dpe->contexts[index], command->flags);
    }
    if (status != DPE_OK) {
        return status;
    }
    if ((command->flags & DPE_DERIVE_RECURSIVE) != 0) {
        *parent_handle = default_handle;
        return derive_in_place(dpe, index, command, target, handle);
    }
    return derive_child(dpe, index, command, target, handle, parent_handle);
}

/* ---- RotateContextHandle, DestroyContext --------------------------------- */

/* Neither is it already nor is there another in its locality. */
static bool may_be_default(const struct dpe *dpe, unsigned index)
{
    const struct dpe_context *this = &dpe->contexts[index];
    for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
        const struct dpe_context *context = &dpe->contexts[i];
        if (i != index && context->state == DPE_CONTEXT_ACTIVE &&
            context->locality == this->locality) {
            return false;
        }
    }
    return !is_default(&this->handle);
}

uint32_t dpe_rotate(struct dpe *dpe, uint32_t locality,
                    const struct dpe_rotate_command *command,
                    struct dpe_handle *handle)
{
    unsigned index = 0;
    uint32_t status = dpe_find(dpe, &command->handle, locality, &index);
    if (status != DPE_OK) {
        return status;
    }
    if ((command->flags & DPE_ROTATE_TO_DEFAULT) != 0) {
        if (!may_be_default(dpe, index)) {
            return DPE_INVALID_ARGUMENT;
        }
        *handle = default_handle;
    } else {
        status = new_handle(handle);
    }
    if (status == DPE_OK) {
        dpe->contexts[index].handle = *handle;
    }
    return status;
}

static bool has_children(const struct dpe *dpe, unsigned index)
{
    for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
        if (dpe->contexts[i].state != DPE_CONTEXT_FREE &&
            dpe->contexts[i].parent == index) {
            return true;
        }
    }
    return false;
}

/* Frees whatever lost its parent, until nothing does. */
static void free_orphans(struct dpe *dpe)
{
    bool again = true;
    while (again) {
        again = false;
        for (unsigned i = 0; i < DPE_CONTEXTS; i++) {
            struct dpe_context *context = &dpe->contexts[i];
            if (context->state != DPE_CONTEXT_FREE &&
                context->parent < DPE_CONTEXTS &&
                dpe->contexts[context->parent].state == DPE_CONTEXT_FREE) {
                memset(context, 0, sizeof *context);
                again = true;
            }
        }
    }
}

/* With all that was derived from it, and with those retired above it of which
 * nothing is left. */
uint32_t dpe_destroy(struct dpe *dpe, uint32_t locality,
                     const struct dpe_handle *handle)
{
    unsigned index = 0;
    uint32_t status = dpe_find(dpe, handle, locality, &index);
    if (status != DPE_OK) {
        return status;
    }
    unsigned parent = dpe->contexts[index].parent;
    memset(&dpe->contexts[index], 0, sizeof dpe->contexts[index]);
    free_orphans(dpe);
    while (parent < DPE_CONTEXTS && !has_children(dpe, parent) &&
           dpe->contexts[parent].state == DPE_CONTEXT_RETIRED) {
        unsigned next = dpe->contexts[parent].parent;
        memset(&dpe->contexts[parent], 0, sizeof dpe->contexts[parent]);
        parent = next;
    }
    return DPE_OK;
}

uint32_t dpe_leave(struct dpe *dpe, unsigned index, bool retain,
                   struct dpe_handle *handle)
{
    struct dpe_context *context = &dpe->contexts[index];
    if (retain) {
        return dpe_roll(dpe, index, handle);
    }
    memset(handle, 0xff, sizeof *handle);
    if (!has_children(dpe, index)) {
        return dpe_destroy(dpe, context->locality, &context->handle);
    }
    context->state = DPE_CONTEXT_RETIRED;
    context->handle = *handle;
    return DPE_OK;
}

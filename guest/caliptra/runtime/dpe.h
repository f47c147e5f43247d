/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contexts of the DICE Protection Environment: a tree of measurements. A
 * caller with a context's handle, in the context's locality, may derive from
 * it. A locality is a mailbox user; Caliptra's own is all ones.
 */
#ifndef GUEST_CALIPTRA_DPE_H
#define GUEST_CALIPTRA_DPE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/dpe.h"

#define DPE_OWN_LOCALITY 0xffffffffu

enum { DPE_NOBODY = 0xff }; /* parent of a root */

enum dpe_context_state {
    DPE_CONTEXT_FREE,
    DPE_CONTEXT_ACTIVE,
    DPE_CONTEXT_RETIRED, /* only its children count */
};

struct dpe_context {
    uint8_t state;
    uint8_t parent;
    uint8_t simulation;
    uint8_t tagged;
    uint32_t locality;
    uint32_t tag;
    uint32_t tci_type;
    uint32_t flags; /* of DPE_DERIVE_: ALLOW_X509, INTERNAL_ */
    struct dpe_handle handle;
    uint8_t current[48];
    uint8_t cumulative[48];
};

/* Lives as long as the measurements in it: over warm and update resets. */
struct dpe {
    uint32_t started;
    struct dpe_context contexts[DPE_CONTEXTS];
};

_Static_assert(sizeof(struct dpe) <= 5 << 10, "no room in DCCM");

/* Makes the root context, with the journey of the runtime in it, and the
 * default context of the privileged locality below it; at later resets the root
 * follows the journey. */
void dpe_start(struct dpe *dpe, const uint8_t journey[48],
               const uint8_t users[48], uint32_t privileged_locality);

/*
 * The tree as each command finds and leaves it: the parent of a context is
 * there, and a simulation if the context is one; the way up ends in a root; no
 * locality has two active default contexts.
 */
void dpe_ensure(const struct dpe *dpe);

/* The commands, by a user of a locality. Each returns an enum dpe_status and
 * changes nothing unless that is DPE_OK. */
uint32_t dpe_initialize(struct dpe *dpe, uint32_t locality, uint32_t flags,
                        struct dpe_handle *handle);
uint32_t dpe_derive(struct dpe *dpe, uint32_t locality,
                    const struct dpe_derive_command *command,
                    struct dpe_handle *handle,
                    struct dpe_handle *parent_handle);
uint32_t dpe_rotate(struct dpe *dpe, uint32_t locality,
                    const struct dpe_rotate_command *command,
                    struct dpe_handle *handle);
uint32_t dpe_destroy(struct dpe *dpe, uint32_t locality,
                     const struct dpe_handle *handle);

/* The active context of a handle. */
uint32_t dpe_find(const struct dpe *dpe, const struct dpe_handle *handle,
                  uint32_t locality, unsigned *index);
/* A handle other than the default one is good for one use: the next one. */
uint32_t dpe_roll(struct dpe *dpe, unsigned index, struct dpe_handle *handle);
/* Checks whether an exported CDI may be derived from a context with these
 * flags. */
uint32_t dpe_check_export(const struct dpe *dpe, unsigned index,
                          uint32_t flags);
/* A context from which something was derived that is no context: it lives on
 * with a new handle if it is to be retained, else only for its children. */
uint32_t dpe_leave(struct dpe *dpe, unsigned index, bool retain,
                   struct dpe_handle *handle);
/* The context and what it was derived from, up to a root. Returns how many. */
unsigned dpe_path(const struct dpe *dpe, unsigned index,
                  uint8_t path[DPE_CONTEXTS]);

/* The one of a tag, or NULL. */
const struct dpe_context *dpe_of_tag(const struct dpe *dpe, uint32_t tag);

/* Contexts of a locality that take room; of all others. */
unsigned dpe_count(const struct dpe *dpe, uint32_t locality, bool others);

#endif

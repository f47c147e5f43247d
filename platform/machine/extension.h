/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extensions of a machine beside its cores, memories and devices: guest, agent,
 * ledger, sampler, recorder. Each includes the machine, and the machine
 * includes none: it calls them through machine_extensions, in its order.
 * Functions that an extension does not need are NULL. What an extension has of
 * a machine is behind the machine's pointer of that handle, and nobody else's.
 *
 * Engine thread only; none may fail but those that return int (-errno and
 * *error).
 */
#ifndef PLATFORM_MACHINE_EXTENSION_H
#define PLATFORM_MACHINE_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>

/* Their handles, in the order of their states in hashes and in files. */
enum extension {
    EXTENSION_SLOTS,
    EXTENSION_AGENT,
    EXTENSION_GUEST,
    EXTENSION_SEMIHOSTING,
    EXTENSION_LEDGER,
    EXTENSION_DEBUG,
    EXTENSION_SAMPLER,
    EXTENSION_RECORDER,
    EXTENSION_REPLAYER,
    EXTENSION_SNAPSHOT,
    EXTENSIONS
};

struct board;
struct cairn_machine;
struct cairn_options;
struct error;

struct machine_extension {
    /* Changes the board before anything is made of it. */
    int (*configure)(struct board *board, const struct cairn_options *options,
                     struct error *error);
    /* Once nodes and lines are made; adds what has state (parts.h). */
    int (*create)(struct cairn_machine *machine,
                  const struct cairn_options *options, struct error *error);
    /* While devices and lines are still there. */
    void (*close)(struct cairn_machine *machine);
    /* When they are gone; also when create failed, or was not reached. */
    void (*destroy)(struct cairn_machine *machine);
    /* At power-on and reset: before cores are released, and after it. */
    void (*restart)(struct cairn_machine *machine);
    void (*started)(struct cairn_machine *machine);
    /* True if this core is not released at power-on and reset. */
    bool (*keeps_off)(const struct cairn_machine *machine, size_t core);
    /* True if it holds a state of the machine that can be put back. */
    bool (*keeps_state)(const struct cairn_machine *machine);
    /* Around each cairn_run. */
    void (*before_run)(struct cairn_machine *machine);
    void (*after_run)(struct cairn_machine *machine);
    /* The machine was turned off by its guest, or is on again. */
    void (*turned)(struct cairn_machine *machine);
    /* Memory ran out in the middle of something. */
    void (*lost)(struct cairn_machine *machine);
};

/* By handle; platform/extensions/extensions.c. */
extern const struct machine_extension *const machine_extensions[EXTENSIONS];

/* ---- For the machine ----------------------------------------------------- */

int extensions_configure(struct board *board,
                         const struct cairn_options *options,
                         struct error *error);
int extensions_create(struct cairn_machine *machine,
                      const struct cairn_options *options, struct error *error);
bool extensions_keep_off(const struct cairn_machine *machine, size_t core);
bool extensions_keep_state(const struct cairn_machine *machine);

/* EXTENSIONS_CALL(restart, machine) calls that function of all of them. */
#define EXTENSIONS_CALL(function, machine)                                     \
    do {                                                                       \
        for (unsigned at_ = 0; at_ < EXTENSIONS; at_++) {                      \
            if (machine_extensions[at_]->function) {                           \
                machine_extensions[at_]->function(machine);                    \
            }                                                                  \
        }                                                                      \
    } while (0)

#endif

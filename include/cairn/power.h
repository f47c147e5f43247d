/* SPDX-License-Identifier: Apache-2.0 */
/* A part of cairn/cairn.h, which includes it: how long processors and devices
 * were in which state, and what they drew. */
#ifndef CAIRN_POWER_H
#define CAIRN_POWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_machine;

enum { CAIRN_POWER_STATES = 8 };

struct cairn_power_state {
    const char *name; /* "run", "wfi", "off" */
    uint64_t entries; /* how often the state began */
    uint64_t time_ns;
    bool has_current; /* the board says what is drawn in it */
    uint32_t current_na;
};

/* A processor, or a device whose model knows such states. Two with the same
 * events have the same account, whatever the engine. */
struct cairn_power_consumer {
    const char *name; /* as the board calls it */
    bool processor;
    uint64_t supply_uv; /* 0: the board does not say */
    struct cairn_power_state states[CAIRN_POWER_STATES];
    size_t state_count;
    uint64_t wakes; /* waits of a processor that have ended */
};

/* Members that all accounts have in common. */
struct cairn_power_span {
    uint64_t start_ns; /* when the ledger began: at the first power-on, or when
                          a snapshot without one was restored */
    uint64_t end_ns;   /* what the processor that is furthest has come to */
    uint64_t bin_ns;   /* of the bins below */
    size_t bins;
    const char *source; /* of the currents, as the board says; or NULL */
};

/* For a machine with cairn_options.power, else -ENOENT. The numbers are those
 * of this moment. */
int cairn_power_span_get(const struct cairn_machine *machine,
                         struct cairn_power_span *span);
/* In the order of the board, processors first; -ENOENT past the last. */
int cairn_power_consumer_get(const struct cairn_machine *machine, size_t index,
                             struct cairn_power_consumer *consumer);
/* The index-th cause that has ended waits of a processor, a consumer by its
 * number, in words ("SysTick",
 * "interrupt 8 (timer0.interrupt)"), and how many; -ENOENT past the last. The
 * words are good until the next function that returns a string. */
int cairn_power_wake_get(struct cairn_machine *machine, size_t consumer,
                         size_t index, const char **cause, uint64_t *count);
/* The time that the consumer was in a state, by its number, in one bin of the
 * span: from start_ns + bin * bin_ns on. */
uint64_t cairn_power_bin(const struct cairn_machine *machine, size_t consumer,
                         size_t state, size_t bin);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif

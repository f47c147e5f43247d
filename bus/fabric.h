/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state that all parts of one machine share: clock, log, event list,
 * randomness. Several machines in one process have a fabric each; there is no
 * global.
 */
#ifndef BUS_FABRIC_H
#define BUS_FABRIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/event.h"
#include "base/log.h"
#include "bus/clock.h"

struct device;

enum { FABRIC_MAKERS = 64 };

struct fabric {
    struct clock clock;
    struct log log;
    struct event_list events;
    uint64_t random_state[4]; /* xoshiro256**, part of snapshots */
    /* Console bytes of guests; NULL drops them. */
    void (*console)(void *context, const char *device, uint8_t byte);
    void *console_context;
    /* Bytes for programs, not for people: they go to the back end of that
     * serial port alone. NULL drops them. */
    void (*stream)(void *context, const char *port, uint8_t byte);
    void *stream_context;
    /* Asks the run loop to return to its caller after the current
     * instruction, for a device that needs the host's attention. */
    void (*stop)(void *context);
    void *stop_context;
    /* A device may have gone into another power state; NULL: nobody counts. */
    void (*power_changed)(void *context, struct device *device);
    void *power_context;
    /* The engine's list of cores that send each other TLB maintenance and
     * events; only the engine uses it. */
    void *cores;
    /* Likewise of M-profile cores, which send each other events. */
    void *microcontrollers;
    /* Names of masters, in the order of their address spaces. */
    char makers[FABRIC_MAKERS][32];
    unsigned maker_count;
    /* Accesses of DMA at registers whose handlers have not returned, and the
     * bytes that these have caused to move at an instant (bus/dma.h). */
    unsigned dma_depth;
    uint64_t dma_instant;
    uint64_t dma_caused;
};

void fabric_init(struct fabric *fabric, uint64_t seed);
void fabric_fini(struct fabric *fabric);
/* The machine's only source of randomness: a deterministic stream of seed. */
void fabric_random(struct fabric *fabric, void *bytes, size_t size);
void fabric_console(struct fabric *fabric, const char *device, uint8_t byte);
void fabric_stream(struct fabric *fabric, const char *port, uint8_t byte);
void fabric_stop(struct fabric *fabric);
/* The number for struct access of a master of that name; 0 when there are too
 * many. */
uint16_t fabric_add_maker(struct fabric *fabric, const char *name);
/* The name of the master that makes such accesses, or NULL. */
const char *fabric_maker(const struct fabric *fabric, uint16_t number);

#endif

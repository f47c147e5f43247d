/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 16550A as part of other devices: one that has registers of its own behind
 * those of ns16550a.def puts struct ns16550a first in its state, and names the
 * functions below in its struct device_type.
 */
#ifndef DEVICES_SERIAL_NS16550A_H
#define DEVICES_SERIAL_NS16550A_H

#include "bus/device.h"
#include "bus/serial.h"
#include "bus/ticks.h"

enum { NS16550A_FIFO_SIZE = 16, NS16550A_QUEUE_SIZE = 1024 };

struct ns16550a {
    uint32_t received; /* last; narrow accesses keep the other bits */
    uint32_t interrupt_enable;
    uint32_t fifo_control;
    uint32_t line_control;
    uint32_t modem_control;
    uint32_t scratch;
    uint32_t divisor;
    uint32_t transmitter_empty; /* its interrupt is pending */
    uint32_t timed_out;         /* the receive timeout is pending */
    uint32_t overrun;
    uint32_t modem_changes; /* bits 3:0 of MSR */
    uint32_t fifo_first;
    uint32_t fifo_count;
    uint32_t queue_first;
    uint32_t queue_count;
    uint8_t fifo[NS16550A_FIFO_SIZE];
    uint8_t queue[NS16550A_QUEUE_SIZE];
};

#define NS16550A_FIELD(member) STATE(struct ns16550a, member, RESET_CORE)
#define NS16550A_FIELD_TO(member, most)                                        \
    STATE_TO(struct ns16550a, member, RESET_CORE, most)

/* The fields of the state that no row names. */
#define NS16550A_STATE                                                         \
    NS16550A_FIELD(divisor), NS16550A_FIELD_TO(transmitter_empty, 1),          \
        NS16550A_FIELD_TO(timed_out, 1), NS16550A_FIELD_TO(overrun, 1),        \
        NS16550A_FIELD_TO(modem_changes, 15),                                  \
        NS16550A_FIELD_TO(fifo_first, NS16550A_FIFO_SIZE - 1),                 \
        NS16550A_FIELD_TO(fifo_count, NS16550A_FIFO_SIZE),                     \
        NS16550A_FIELD_TO(queue_first, NS16550A_QUEUE_SIZE - 1),               \
        NS16550A_FIELD_TO(queue_count, NS16550A_QUEUE_SIZE),                   \
        NS16550A_FIELD(fifo), NS16550A_FIELD(queue)

/* Handlers of ns16550a.def. */
register_read ns16550a_read_data;
register_write ns16550a_write_data;
register_read ns16550a_read_ier;
register_write ns16550a_write_ier;
register_read ns16550a_read_iir;
register_write ns16550a_write_fcr;
register_write ns16550a_write_mcr;
register_read ns16550a_read_lsr;
register_read ns16550a_read_msr;

/* For struct device_type. The one output is the interrupt, the one timer that
 * of the receive timeout. */
int ns16550a_init(struct device *device, struct error *error);
void ns16550a_reset(struct device *device, enum reset_domain domain);
void ns16550a_timed_out(struct device *device);
/* Sets the interrupt as the state says. */
void ns16550a_update(struct device *device);
extern const struct serial_client ns16550a_serial;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt register block that every block of a Caliptra core carries:
 * error and notification events, each with an enable, a sticky status, a
 * trigger and a saturating count, gathered into two lines (Caliptra 1.x
 * registers, intr_block_rf).
 *
 * A device that has one embeds struct interrupts as the FIRST member of its
 * state, names "error" and "notif" as its outputs 0 and 1, puts
 * INTERRUPT_ROWS in its register table, and calls interrupts_update from its
 * reset and restored hooks.
 */
#ifndef DEVICES_CALIPTRA_INTERRUPTS_H
#define DEVICES_CALIPTRA_INTERRUPTS_H

#include "bus/device.h"

enum interrupt_class { INTERRUPT_ERROR, INTERRUPT_NOTIF, INTERRUPT_CLASSES };
enum { INTERRUPT_EVENTS = 8 };

struct interrupts {
    uint32_t global_enable;
    uint32_t enable[INTERRUPT_CLASSES];
    uint32_t status[INTERRUPT_CLASSES];
    uint32_t error_count[INTERRUPT_EVENTS];
    uint32_t notif_count[INTERRUPT_EVENTS];
};

/* Sets status bits, counts the events and moves the lines. */
void interrupts_raise(struct device *device, enum interrupt_class class,
                      uint32_t events);
/* Moves the lines to where the state says. */
void interrupts_update(struct device *device);

/* Handlers of the rows below. */
register_write interrupts_write_global_enable;
register_write interrupts_write_enable_error;
register_write interrupts_write_enable_notif;
register_read interrupts_read_global_error;
register_read interrupts_read_global_notif;
register_write interrupts_write_status_error;
register_write interrupts_write_status_notif;
register_write interrupts_write_trigger_error;
register_write interrupts_write_trigger_notif;

#define INTERRUPT_MASK(events)  ((1u << (events)) - 1)
#define INTERRUPT_FIELD(member) FIELD(struct interrupts, member)

/* Rows for `errors` error events and `notifs` notification events (1 to 8).
 * service handles writes to the error status; INTERRUPT_ROWS has the common
 * handler there. */
/* clang-format off */
#define INTERRUPT_ROWS(base, errors, notifs)                                   \
    INTERRUPT_ROWS_WITH(base, errors, notifs, interrupts_write_status_error)
#define INTERRUPT_ROWS_WITH(base, errors, notifs, service)                     \
    {(base) + 0x000, 1, "intr_block_rf.global_intr_en_r", {RW, RO},            \
     RESET_WARM, 0, 0x3, INTERRUPT_FIELD(global_enable), NULL,                 \
     interrupts_write_global_enable,                                           \
     "enables all error (bit 0) and notification (bit 1) events"},             \
    {(base) + 0x004, 1, "intr_block_rf.error_intr_en_r", {RW, RO},             \
     RESET_WARM, 0, INTERRUPT_MASK(errors), INTERRUPT_FIELD(enable[0]), NULL,  \
     interrupts_write_enable_error, "enables error events one by one"},        \
    {(base) + 0x008, 1, "intr_block_rf.notif_intr_en_r", {RW, RO},             \
     RESET_WARM, 0, INTERRUPT_MASK(notifs), INTERRUPT_FIELD(enable[1]), NULL,  \
     interrupts_write_enable_notif, "enables notification events one by one"}, \
    {(base) + 0x00c, 1, "intr_block_rf.error_global_intr_r", {RO, RO},         \
     RESET_WARM, 0, 0, NO_FIELD, interrupts_read_global_error, NULL,           \
     "an enabled error event is pending"},                                     \
    {(base) + 0x010, 1, "intr_block_rf.notif_global_intr_r", {RO, RO},         \
     RESET_WARM, 0, 0, NO_FIELD, interrupts_read_global_notif, NULL,           \
     "an enabled notification event is pending"},                              \
    {(base) + 0x014, 1, "intr_block_rf.error_internal_intr_r", {W1C, RO},      \
     RESET_POWER_ON, 0, INTERRUPT_MASK(errors), INTERRUPT_FIELD(status[0]),     \
     NULL, service, "error events that occurred"},                             \
    {(base) + 0x018, 1, "intr_block_rf.notif_internal_intr_r", {W1C, RO},      \
     RESET_WARM, 0, INTERRUPT_MASK(notifs), INTERRUPT_FIELD(status[1]), NULL,  \
     interrupts_write_status_notif, "notification events that occurred"},      \
    {(base) + 0x01c, 1, "intr_block_rf.error_intr_trig_r", {WO, RO},           \
     RESET_WARM, 0, INTERRUPT_MASK(errors), NO_FIELD, NULL,                    \
     interrupts_write_trigger_error, "makes error events occur"},              \
    {(base) + 0x020, 1, "intr_block_rf.notif_intr_trig_r", {WO, RO},           \
     RESET_WARM, 0, INTERRUPT_MASK(notifs), NO_FIELD, NULL,                    \
     interrupts_write_trigger_notif, "makes notification events occur"},       \
    {(base) + 0x100, (errors), "intr_block_rf.error_intr_count_r", {RW, RO},   \
     RESET_POWER_ON, 0, 0xffffffff, INTERRUPT_FIELD(error_count), NULL, NULL,  \
     "number of occurrences of each error event; saturates"},                        \
    {(base) + 0x180, (notifs), "intr_block_rf.notif_intr_count_r", {RW, RO},   \
     RESET_WARM, 0, 0xffffffff, INTERRUPT_FIELD(notif_count), NULL, NULL,      \
     "number of occurrences of each notification event; saturates"},                 \
    {(base) + 0x200, (errors) + (notifs), "intr_block_rf.intr_count_incr_r",   \
     {RO, RO}, RESET_WARM, 0, 0, NO_FIELD, NULL, NULL,                         \
     "increment pulses; read as zero"}
/* clang-format on */

/* State fields that INTERRUPT_ROWS do not name: counts of events that a device
 * does not have. */
/* clang-format off */
#define INTERRUPT_STATE(errors, notifs)                                        \
    {"error_count.unused", INTERRUPT_FIELD(error_count[errors]),               \
     4 * (INTERRUPT_EVENTS - (errors)), RESET_POWER_ON, 0},                    \
    {"notif_count.unused", INTERRUPT_FIELD(notif_count[notifs]),               \
     4 * (INTERRUPT_EVENTS - (notifs)), RESET_POWER_ON, 0}
/* clang-format on */

#define INTERRUPT_OUTPUTS                                                      \
    {"error", LINE_INTERRUPT},                                                 \
    {                                                                          \
        "notif", LINE_INTERRUPT                                                \
    }

#endif

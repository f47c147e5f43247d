/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of power states (cairn/power.h) for people and programs:
 *
 *   FILE.svg      a picture over virtual time, complete in itself
 *   FILE.json     the ledger as one object
 *   FILE.csv      a row for each state and for each cause of a wake-up
 *   FILE.txt, or without a suffix: what the terminal shows
 *
 * Charges are sums of times and of the currents that the board gives; where it
 * gives none there is no charge.
 */
#ifndef SESSION_POWER_POWER_H
#define SESSION_POWER_POWER_H

#include "base/buffer.h"
#include "base/error.h"
#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"

/* Checks whether the names of the files say what to write. */
int session_power_check(const struct session_options *options,
                        struct session_error *error);
/* Writes the files. */
int session_power_close(struct cairn_machine *machine,
                        const struct session_options *options,
                        struct error *error);
/* The ledger as text, and as JSON on one line. */
void session_power_text(struct cairn_machine *machine, const char *board,
                        struct buffer *out);
void session_power_json(struct cairn_machine *machine, const char *board,
                        struct buffer *out);

/* ---- Inside -------------------------------------------------------------- */

void session_power_csv(struct cairn_machine *machine, const char *board,
                       struct buffer *out);
void session_power_picture(struct cairn_machine *machine, const char *board,
                           struct buffer *out);

/* Sums of times and currents. */
struct power_sum {
    uint64_t charge_pc;
    uint64_t energy_pj; /* where the supply's voltage is known */
    bool given;         /* a current of a state that took time */
    bool lacking;       /* such a state without a current */
};
/* Without given and lacking. */
struct power_sum power_sum_state(const struct cairn_power_consumer *consumer,
                                 size_t state);
struct power_sum
power_sum_consumer(const struct cairn_power_consumer *consumer);
struct power_sum power_sum_all(const struct cairn_machine *machine);
/* The average current of a charge over a time; 0 over none. */
uint64_t power_average_na(uint64_t charge_pc, uint64_t time_ns);
/* Rounded: pC are nC of three digits more. */
uint64_t power_thousandth(uint64_t value);
/* A device that was in one state all the time, or a processor that was off, and
 * of which no current is given: that state's number; else -1. */
int power_steady_state(const struct cairn_power_consumer *consumer);
/* value / 10^digits with so many digits behind the point. */
void power_print_fixed(struct buffer *out, uint64_t value, unsigned digits);
/* "4.400 mA" */
void power_print_current(struct buffer *out, uint64_t current_na);

#endif

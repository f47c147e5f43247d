/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiving end of the mailbox: commands of the SoC, in EXECUTE_UC until
 * a status other than busy is written.
 */
#ifndef GUEST_CALIPTRA_MAILBOX_H
#define GUEST_CALIPTRA_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

bool mailbox_has_command(void);
uint32_t mailbox_command(void);
uint32_t mailbox_user(void);
uint32_t mailbox_size(void);

/* Pops words of the request; past its end they are 0. */
void mailbox_pop(uint32_t *words, unsigned count);
/* Checks length and checksum of the request and pops it, checksum included.
 * Returns 0, or too_long or bad_sum as the caller names these errors. */
uint32_t mailbox_request(uint32_t *words, uint32_t size, uint32_t bad_size,
                         uint32_t bad_sum);
/* The sum of all bytes of the words. */
uint32_t mailbox_sum(const uint32_t *words, unsigned count);
/* Fills in the checksum, which is the first word, and answers. A last word
 * that is not whole ends in zeros. */
void mailbox_respond(uint32_t *words, uint32_t size);
void mailbox_finish(bool success);

/* The other direction: takes the mailbox as soon as it is free and lets the
 * SoC read bytes; afterwards gives it back. */
void mailbox_offer(uint32_t command, const uint8_t *bytes, uint32_t size);
void mailbox_withdraw(void);

#endif

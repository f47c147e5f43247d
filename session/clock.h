/* SPDX-License-Identifier: Apache-2.0 */
/* Dates for a guest's clock of the time of day: seconds since 1970 and ISO 8601
 * of UTC. */
#ifndef SESSION_CLOCK_H
#define SESSION_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-22T16:40:00Z", and room for any unsigned numbers in it. */
enum { SESSION_CLOCK_TEXT = 48 };

/* Reads a day, or a day and a time. */
bool session_clock_read(const char *text, uint64_t *seconds);
void session_clock_print(uint32_t seconds, char text[SESSION_CLOCK_TEXT]);

#endif

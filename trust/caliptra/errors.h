/* SPDX-License-Identifier: Apache-2.0 */
/* Meanings of the error codes of a Caliptra part's firmware. */
#ifndef TRUST_CALIPTRA_ERRORS_H
#define TRUST_CALIPTRA_ERRORS_H

#include <stdint.h>

/* The text of a firmware error code, NULL for unknown ones. */
const char *caliptra_error_text(uint32_t code);

#endif

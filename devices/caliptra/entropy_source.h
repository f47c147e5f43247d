/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a Caliptra core's random number generator to its noise source. */
#ifndef DEVICES_CALIPTRA_ENTROPY_SOURCE_H
#define DEVICES_CALIPTRA_ENTROPY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"

#define ENTROPY_SOURCE_COMPATIBLE   "chipsalliance,caliptra-entropy-source"
#define ENTROPY_SOURCE_2_COMPATIBLE "chipsalliance,caliptra-entropy-source-2"

/* Full-entropy bytes; false while the source is off or in alarm. */
bool entropy_source_take(struct device *source, void *bytes, size_t size);
/* True if seeds count as validated: in 2.x firmware says so. */
bool entropy_source_is_fips(const struct device *source);

#endif

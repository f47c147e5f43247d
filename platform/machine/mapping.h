/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and registers of the caller (cairn_map). */
#ifndef PLATFORM_MACHINE_MAPPING_H
#define PLATFORM_MACHINE_MAPPING_H

#include <stdint.h>

struct cairn_machine;

/* Facts that a snapshot file must agree with: names and places, not contents.
 */
uint64_t mappings_identity(const struct cairn_machine *machine, uint64_t hash);
/* After the cores and the spaces. */
void mappings_destroy(struct cairn_machine *machine);

#endif

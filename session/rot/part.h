/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a Caliptra core's parts that the files of a served root of trust
 * share: those of all boards that an agent serves. */
#ifndef SESSION_ROT_PART_H
#define SESSION_ROT_PART_H

#include <stdint.h>

struct rot_core;

#define ROT_MASTER      "soc"
#define ROT_FAULT_LINE  "soc_ifc.cptra_error_fatal"
#define ROT_READY_LINE  "soc_ifc.ready_for_runtime"
#define ROT_ANSWER_LINE "mailbox.mailbox_data_avail"

/* The mailbox's state, in its place in the status register; 0: nobody has it.
 */
uint32_t rot_core_phase(struct rot_core *core);

#endif

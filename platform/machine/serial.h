/* SPDX-License-Identifier: Apache-2.0 */
/* Serial ports and their back ends on the host, see cairn_serial_connect. */
#ifndef PLATFORM_MACHINE_SERIAL_H
#define PLATFORM_MACHINE_SERIAL_H

#include "platform/machine/machine.h"

/* A guest printed a byte at a port: passed on to its back end, if any. */
void serial_put(struct cairn_machine *machine, const char *port, uint8_t byte);
/* Ends the output of all back ends (character_end), and notes in
 * machine->output_end which was not kept. */
void serial_end(struct cairn_machine *machine);

#endif

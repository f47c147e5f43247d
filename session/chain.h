/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest behind the chain of trust: the flash and the fuses that the program
 * carries for board trust, with the guest in place of the kernel there. Root of
 * trust and monitor stay; all is signed anew with the same development keys,
 * without LMS, whose trees take seconds.
 */
#ifndef SESSION_CHAIN_H
#define SESSION_CHAIN_H

#include "base/buffer.h"
#include "base/error.h"
#include "include/cairn/cairn.h"

/* The guest is what the machine plans to start. flash and fuses are those that
 * the program carries, unpacked, and are replaced. */
int session_chain_pack(const struct cairn_machine *plan, struct buffer *flash,
                       struct buffer *fuses, struct error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A guest of the caller's behind the chain of trust of a board that the program
 * carries a flash for. */
#ifndef SESSION_CHAIN_H
#define SESSION_CHAIN_H

#include "base/buffer.h"
#include "base/error.h"
#include "include/cairn/cairn.h"

/* The guest is what the machine `plan` would start. flash and fuses are those
 * that the program carries, unpacked, and are replaced (trust/flash/repack.h),
 * signed with the same development keys. */
int session_chain_pack(const struct cairn_machine *plan, struct buffer *flash,
                       struct buffer *fuses, struct error *error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A boot flash of an AST2700 from a recipe: signed, and laid out as its
 * revision boots it. The same recipe and files give the same bytes.
 */
#ifndef TRUST_ASPEED_MAKE_H
#define TRUST_ASPEED_MAKE_H

#include "base/buffer.h"
#include "base/error.h"
#include "trust/aspeed/recipe.h"
#include "trust/caliptra/fuses.h"
#include "trust/flash/make.h"
#include "trust/keys/keys.h"

/* Signs with keys, whose next leaves it may use up. Errors of the source, and
 * -EINVAL or -EFBIG with the name of the file that cannot be packed, or with
 * the check by which a part with made->fuses would refuse the flash; made is to
 * be freed by flash_made_fini either way. */
int aspeed_make(const struct aspeed_recipe *recipe, struct key_ring *keys,
                const struct flash_source *source, struct flash_made *made,
                struct error *error);

/* Where the boot MCU loads a firmware, and the room there; 0 for firmware that
 * it does not load to an address of its own choice. */
uint64_t aspeed_load_address(uint32_t firmware, uint64_t *room);

#endif

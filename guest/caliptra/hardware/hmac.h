/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HMAC-SHA-384 by the HMAC block, in 2.x HMAC-SHA-512 with what is in the key
 * vault. Keys and tags that matter stay in the key
 * vault: slots by number, which firmware can use but never read. Each returns
 * 0 or a CALIPTRA_ERROR_DRIVER_ code.
 */
#ifndef GUEST_CALIPTRA_HMAC_H
#define GUEST_CALIPTRA_HMAC_H

#include <stdint.h>

enum { HMAC_MESSAGE_MAX = 239 }; /* two blocks with their padding */

/* The tag goes to a slot that may be the key's own; there it may key HMACs and
 * seed ECC key pairs. */
uint32_t hmac_bytes(unsigned key_slot, const void *message, uint32_t size,
                    unsigned tag_slot);
/* The message is what another slot holds. */
uint32_t hmac_slot(unsigned key_slot, unsigned message_slot, unsigned tag_slot);
/* SP 800-108 in counter mode, one round: 00000001 || label, and 00 || context
 * if there is one. */
uint32_t hmac_derive(unsigned key_slot, const char *label, const void *context,
                     uint32_t context_size, unsigned tag_slot);
/* The same with a label of any bytes. */
struct hmac_input {
    const void *label;
    uint32_t label_size;
    const void *context; /* or NULL */
    uint32_t context_size;
};
uint32_t hmac_derive_from(unsigned key_slot, const struct hmac_input *input,
                          unsigned tag_slot);
/* From a key of zeros that everybody knows, which vouches for nothing. */
uint32_t hmac_derive_nothing(const char *label, unsigned tag_slot);

/* Key and tag in the open. */
uint32_t hmac_words(const uint32_t key[12], const void *message, uint32_t size,
                    uint32_t tag[12]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key of a DPE context and a label. It follows from the runtime's CDI and
 * from all that was measured on the way from a root to the context; its private
 * half never leaves the key vault and is gone before the response is out.
 */
#ifndef GUEST_CALIPTRA_DPE_KEY_H
#define GUEST_CALIPTRA_DPE_KEY_H

#include "guest/caliptra/identity/identity.h"
#include "guest/caliptra/runtime/runtime.h"

/* The use of a key. */
struct dpe_key {
    const char *purpose;  /* of the CDI */
    unsigned cdi_slot;    /* where that is made */
    const uint8_t *label; /* of the key */
    uint32_t label_size;
    const char *context;
};

/* The key pair of a context with its names; scratch is where the request was.
 * Returns 0 or a CALIPTRA_ERROR_DRIVER_ code. dpe_key_forget is due in either
 * case. */
uint32_t dpe_key_make(const struct runtime *runtime, unsigned index,
                      const struct dpe_key *key, uint8_t *scratch,
                      struct identity *leaf);
/* The same from a CDI that was made before. */
uint32_t dpe_key_of_cdi(const struct dpe_key *key, struct identity *leaf);
/* The issuer of their certificates: the runtime alias. */
void dpe_key_issuer(const struct runtime *runtime, struct identity *issuer);
/* All but exported CDIs. */
void dpe_key_forget(void);

#endif

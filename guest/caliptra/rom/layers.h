/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of DICE that the ROM makes, each certified by the one before it.
 * Keys and CDIs stay in the key vault; a signing key is cleared there as soon
 * as it has signed its successor. Each returns 0 or a CALIPTRA_ERROR_ code.
 */
#ifndef GUEST_CALIPTRA_LAYERS_H
#define GUEST_CALIPTRA_LAYERS_H

#include "guest/caliptra/identity/identity.h"
#include "guest/caliptra/rom/image.h"

/* From the obfuscated secrets in the fuses, which are unreachable afterwards.
 * Makes the certificate request if the SoC asked for it. */
uint32_t idevid_make(struct identity *idevid);
uint32_t ldevid_make(const struct identity *idevid, struct identity *ldevid);
/* The identity of the FMC that PCR 0 measured. */
uint32_t fmc_alias_make(const struct identity *ldevid,
                        const struct caliptra_header *header,
                        const struct image_verdict *verdict);

/* The certificate of subject, into DCCM and the data vault; clears the
 * issuer's key. */
struct layer_place {
    uint32_t tbs_address;
    uint16_t *tbs_size;
    unsigned first_entry; /* of R, S, X, Y in the data vault */
    uint32_t too_large;   /* the error if it does not fit */
};
struct x509_certificate;
uint32_t layer_certify(const struct x509_certificate *certificate,
                       const struct layer_place *place);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What keys.c (deriving, signing) and key_files.c (the directory) share. */
#ifndef TRUST_KEY_FILES_H
#define TRUST_KEY_FILES_H

#include "trust/keys.h"

#define KEY_VENDOR_ECC "vendor-ecc-%u"
#define KEY_VENDOR_LMS "vendor-lms-%u"
#define KEY_OWNER_ECC  "owner-ecc"
#define KEY_OWNER_LMS  "owner-lms"

enum { KEY_NAME_MAX = 32, KEY_FILLER_OWNER = 255 };

/* Public key number index of those that nobody can sign with; needs the first
 * vendor ECC key, from which it is derived. */
void key_filler_lms(const struct key_ring *ring, unsigned index,
                    struct lms_signer *signer);

/* -ENOSPC with a message when the key has no leaf left. */
int key_leaf_left(const struct lms_signer *signer, struct error *error);

/*
 * Takes the next leaf of the key in signer->path: reads the file again under a
 * lock, since another process may have signed meanwhile, and replaces it in one
 * step, so that a crash leaves the old state or the new one.
 */
int key_file_take_leaf(struct lms_signer *signer, uint32_t *leaf,
                       struct error *error);

#endif

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

/* Writes an LMS key with its state to signer->path, in one step: a crash
 * leaves the old file or the new one. replace says that there is an old one. */
int key_file_store_lms(const struct lms_signer *signer, bool replace,
                       struct error *error);

#endif

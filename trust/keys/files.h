/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declarations that the files behind trust/keys/keys.h share: keys.c derives
 * and signs, directory.c holds a ring, pem.c, lms.c and mldsa.c are the formats
 * of one key, files.c writes and reads.
 */
#ifndef TRUST_KEYS_FILES_H
#define TRUST_KEYS_FILES_H

#include <sys/types.h>

#include "base/buffer.h"
#include "trust/keys/keys.h"

#define KEY_VENDOR_ECC   "vendor-ecc-%u"
#define KEY_VENDOR_LMS   "vendor-lms-%u"
#define KEY_OWNER_ECC    "owner-ecc"
#define KEY_OWNER_LMS    "owner-lms"
#define KEY_VENDOR_MLDSA "vendor-mldsa-%u"
#define KEY_OWNER_MLDSA  "owner-mldsa"

enum { KEY_NAME_MAX = 32, KEY_FILLER_OWNER = 255 };
enum { KEY_FILE_MAX = 1 << 20 }; /* far above any key's */

/* Filler, a public key without a private part, number index; needs the first
 * vendor ECC key, from which it is derived. */
void key_filler_lms(const struct key_ring *ring, unsigned index,
                    struct lms_signer *signer);

/* -ENOSPC with a message when the key has no leaf left. */
int key_leaf_left(const struct lms_signer *signer, struct error *error);

/* files.c: 0, or a negative errno with a message. */

/* Creates a file that must not exist yet; after an error there is none. */
int key_file_create(const char *path, mode_t mode, const void *bytes,
                    size_t size, struct error *error);
/* Replaces it in one step: a crash leaves the old file or the new one. */
int key_file_replace(const char *path, const void *bytes, size_t size,
                     struct error *error);
/* Appends its contents; -ENOENT comes without a message. */
int key_file_read(const char *path, struct buffer *out, struct error *error);
/* Wipes and frees the contents that key_file_read appended. */
void key_file_forget(struct buffer *file);
/* Holds off other processes until *fd is closed; *fd is -1 on failure. The
 * lock is on a file beside path, since path itself is replaced. */
int key_file_lock(const char *path, int *fd, struct error *error);

/* lms.c; name is that of a file in directory. */

/* -ENOENT without a message when there is no such file. */
int key_lms_load(struct lms_signer *signer, const char *directory,
                 const char *name, struct error *error);
/* Saves nothing for filler. */
int key_lms_save(struct lms_signer *signer, const char *directory,
                 const char *name, struct error *error);
/* Takes the next leaf of the key in signer->path: reads the file again under
 * its lock, since another process may have signed meanwhile, and stores that
 * the leaf is used. */
int key_lms_take_leaf(struct lms_signer *signer, uint32_t *leaf,
                      struct error *error);

/* pem.c; the file is name with ".pem" behind it. */
int key_pem_load(struct ecc_signer *signer, const char *directory,
                 const char *name, const struct pass_phrase *from,
                 struct error *error);
int key_pem_save(const struct ecc_signer *signer, const char *directory,
                 const char *name, struct error *error);

/* The same key as libcrypto's EVP_PKEY, which the caller frees; NULL when
 * memory ran out. And back: -EINVAL when it is of another kind; path is for
 * messages. */
struct evp_pkey_st;
struct evp_pkey_st *key_pem_wrap(const struct ecdsa_p384_key *key);
int key_pem_unwrap(struct ecc_signer *signer, const struct evp_pkey_st *pkey,
                   bool is_private, const char *path, struct error *error);

/* mldsa.c; the file is name with ".pem" behind it. */

/* Sets the public key and has_private from the seed. */
void key_mldsa_expand(struct mldsa_signer *signer);
/* Loads nothing when there is no such file. */
int key_mldsa_load(struct mldsa_signer *signer, const char *directory,
                   const char *name, const struct pass_phrase *from,
                   struct error *error);
/* Saves nothing without a private part. */
int key_mldsa_save(const struct mldsa_signer *signer, const char *directory,
                   const char *name, struct error *error);

#endif

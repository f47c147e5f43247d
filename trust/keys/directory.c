/* SPDX-License-Identifier: Apache-2.0 */
/* A key ring as a directory, with keys.txt to say what is in it. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trust/keys/files.h"

static int save_index(const struct key_ring *ring, const char *directory,
                      struct error *error)
{
    struct buffer text = {0};
    buffer_print(
        &text,
        "# Made by cairn keys new. These files suffice to sign firmware;\n"
        "# development keys must not be used in products.\n"
        "kind = %s\n",
        ring->development ? "development" : "product");
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        const struct lms_signer *signer = &ring->vendor_lms[i];
        buffer_print(&text, "vendor-lms-%u = %s ", i,
                     signer->has_private ? "key" : "filler");
        buffer_print_hex(&text, signer->public_key + 8, LMS_ID_SIZE);
        buffer_print(&text, "\n");
    }
    buffer_print(&text, "owner-lms = %s\n",
                 ring->owner_lms.has_private ? "key" : "filler");
    char *path = xasprintf("%s/keys.txt", directory);
    int status =
        access(path, F_OK) == 0
            ? error_set(error, -EEXIST, "'%s' holds keys already", directory)
            : 0;
    if (status == 0) {
        status = key_file_create(path, 0644, text.bytes, text.size, error);
    }
    free(path);
    buffer_fini(&text);
    return status;
}

static int save_all(struct key_ring *ring, const char *directory,
                    struct error *error)
{
    char name[KEY_NAME_MAX];
    int status = save_index(ring, directory, error);
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_ECC, i);
        status = key_pem_save(&ring->vendor_ecc[i], directory, name, error);
    }
    if (status == 0) {
        status =
            key_pem_save(&ring->owner_ecc, directory, KEY_OWNER_ECC, error);
    }
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_LMS, i);
        status = key_lms_save(&ring->vendor_lms[i], directory, name, error);
    }
    if (status == 0) {
        status =
            key_lms_save(&ring->owner_lms, directory, KEY_OWNER_LMS, error);
    }
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_MLDSA_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_MLDSA, i);
        status = key_mldsa_save(&ring->vendor_mldsa[i], directory, name, error);
    }
    if (status == 0) {
        status = key_mldsa_save(&ring->owner_mldsa, directory, KEY_OWNER_MLDSA,
                                error);
    }
    return status;
}

/* Removes a directory and the files in it. */
static void remove_directory(const char *directory)
{
    DIR *files = opendir(directory);
    const struct dirent *file;
    while (files && (file = readdir(files)) != NULL) {
        (void)unlinkat(dirfd(files), file->d_name, 0);
    }
    if (files) {
        closedir(files);
    }
    (void)rmdir(directory);
}

int keys_save(struct key_ring *ring, const char *directory, struct error *error)
{
    const bool made = mkdir(directory, 0700) == 0;
    if (!made && errno != EEXIST) {
        return error_set(error, -errno, "cannot create directory '%s': %s",
                         directory, strerror(errno));
    }
    int status = save_all(ring, directory, error);
    if (status != 0 && made) {
        remove_directory(directory);
    }
    return status;
}

static int load_index(struct key_ring *ring, const char *directory,
                      struct error *error)
{
    char *path = xasprintf("%s/keys.txt", directory);
    struct buffer text = {0};
    int status = key_file_read(path, &text, error);
    if (status == -ENOENT) {
        error_set(error, status, "'%s' is not a key directory: no keys.txt",
                  directory);
    } else if (status == 0) {
        ring->development =
            strstr(buffer_text(&text), "\nkind = development\n") != NULL;
    }
    buffer_fini(&text);
    free(path);
    return status;
}

static int load_lms_or_filler(struct key_ring *ring, struct lms_signer *signer,
                              unsigned index, const char *directory,
                              const char *name, struct error *error)
{
    int status = key_lms_load(signer, directory, name, error);
    if (status == -ENOENT) {
        key_filler_lms(ring, index, signer);
        return 0;
    }
    return status;
}

int keys_load(struct key_ring *ring, const char *directory,
              const struct pass_phrase *from, struct error *error)
{
    memset(ring, 0, sizeof(*ring));
    char name[KEY_NAME_MAX];
    int status = load_index(ring, directory, error);
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_ECC, i);
        status =
            key_pem_load(&ring->vendor_ecc[i], directory, name, from, error);
    }
    if (status == 0) {
        status = key_pem_load(&ring->owner_ecc, directory, KEY_OWNER_ECC, from,
                              error);
    }
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_LMS, i);
        status = load_lms_or_filler(ring, &ring->vendor_lms[i], i, directory,
                                    name, error);
    }
    if (status == 0) {
        status = load_lms_or_filler(ring, &ring->owner_lms, KEY_FILLER_OWNER,
                                    directory, KEY_OWNER_LMS, error);
    }
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_MLDSA_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_MLDSA, i);
        status = key_mldsa_load(&ring->vendor_mldsa[i], directory, name, from,
                                error);
    }
    if (status == 0) {
        status = key_mldsa_load(&ring->owner_mldsa, directory, KEY_OWNER_MLDSA,
                                from, error);
    }
    if (status != 0) {
        keys_fini(ring);
    }
    return status;
}

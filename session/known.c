/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys a report of a session can name. */
#include "session/known.h"

#include <stdlib.h>
#include <string.h>

#include "abi/flash_image.h"
#include "session/internal.h"
#include "trust/aspeed/flash.h"
#include "trust/caliptra/known.h"
#include "trust/flash/image.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void add_part(struct known_keys *known, const char *origin,
                     const struct flash_bank *bank, uint32_t id,
                     void (*read)(struct known_keys *known, const char *origin,
                                  const void *bytes, size_t size))
{
    const struct flash_part *part = flash_bank_find(bank, id);
    if (part) {
        read(known, origin, part->bytes, part->size);
    }
}

static void read_trust(struct known_keys *known, const char *origin,
                       const uint8_t *bytes, size_t size)
{
    struct flash_image *flash = xcalloc(1, sizeof(*flash));
    struct error ignored = {""};
    if (flash_image_read(flash, bytes, size, &ignored) == 0) {
        for (unsigned i = 0; i < FLASH_BANKS; i++) {
            if (flash->bank_present[i]) {
                const struct flash_bank *bank = &flash->banks[i];
                add_part(known, origin, bank, FLASH_IMAGE_CALIPTRA,
                         known_keys_of_bundle);
                add_part(known, origin, bank, FLASH_IMAGE_SOC_MANIFEST,
                         known_keys_of_manifest);
            }
        }
    }
    free(flash);
}

static void read_aspeed(struct known_keys *known, const char *origin,
                        const uint8_t *bytes, size_t size)
{
    struct aspeed_flash *flash = xcalloc(1, sizeof(*flash));
    struct caliptra_soc_manifest *manifest = xcalloc(1, sizeof(*manifest));
    struct error ignored = {""};
    if (aspeed_flash_read(flash, bytes, size, &ignored) == 0) {
        if (flash->image_place.good) {
            add_part(known, origin, &flash->image, ASPEED_ENTRY_CALIPTRA,
                     known_keys_of_bundle);
        }
        if (flash->manifest_place.good) {
            aspeed_manifest_convert(&flash->manifest, manifest);
            known_keys_of_manifest(known, origin, manifest, sizeof(*manifest));
        }
    }
    free(manifest);
    free(flash);
}

/* The name by which a report calls the boot flash: by its file, of which it
 * says whether the run has made it. */
static char *name_flash(const struct session *session)
{
    const struct session_kept *flash =
        &session->start.flash.kept[SESSION_FLASH];
    const char *created = session_kept_origin(flash);
    return created       ? xasprintf("%s (%s)", base_name(flash->path), created)
           : flash->path ? xstrdup(base_name(flash->path))
                         : xstrdup("the embedded firmware");
}

static void read_flash(struct known_keys *known, const struct session *session)
{
    char *origin = name_flash(session);
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (session->start.flash.wanted && session->machine &&
        cairn_memory(session->machine,
                     session_role(&session->roles, SESSION_BOOT_FLASH), &bytes,
                     &size) == 0) {
        read_trust(known, origin, bytes, size);
        read_aspeed(known, origin, bytes, size);
    }
    free(origin);
}

void session_known_read(struct session_known *known,
                        const struct session *session)
{
    const char *path = session->options->firmware;
    const struct buffer *firmware = &session->start.firmware;
    *known = (struct session_known){.keys = NULL};
    known_keys_of_self_test(&known->table);
    known_keys_of_bundle(&known->table,
                         path ? base_name(path) : "the built-in bundle",
                         firmware->bytes, firmware->size);
    read_flash(&known->table, session);
    known->keys = xcalloc(known->table.count + 1, sizeof(*known->keys));
    for (size_t i = 0; i < known->table.count; i++) {
        const struct known_key *key = &known->table.keys[i];
        known->keys[i].name = key->name;
        memcpy(known->keys[i].fingerprint, key->fingerprint,
               sizeof(key->fingerprint));
    }
}

void session_known_fini(struct session_known *known)
{
    free(known->keys);
    known_keys_fini(&known->table);
}

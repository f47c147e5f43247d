/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, writing and updating the boot flash and fuses of a session. */
#include "session/flash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi/aspeed_image.h"
#include "abi/flash_image.h"
#include "base/assert.h"
#include "base/bits.h"
#include "host/file.h"

static int load_capsule(struct session_flash *flash, const char *path,
                        struct session_error *why)
{
    struct error error = {""};
    if (!path) {
        return 0;
    }
    const char *slash = strrchr(path, '/');
    flash->capsule_name = slash ? slash + 1 : path;
    if (file_read(path, FLASH_CAPSULE_SIZE, &flash->capsule, &error)) {
        return session_failure(why, NULL, "capsule: %s", error.text);
    }
    return flash->capsule.size == 0
               ? session_failure(why, NULL, "file '%s': is empty", path)
               : 0;
}

int session_flash_load(struct session_flash *flash,
                       const struct session_options *options,
                       const struct session_roles *roles, bool wanted,
                       struct session_error *error)
{
    const struct {
        const char *path;
        bool is_new;
    } files[SESSION_FLASH_MEMORIES] = {
        [SESSION_FLASH] = {options->flash,      options->new_flash     },
        [SESSION_FUSE_ARRAY] = {options->fuse_array, options->new_fuse_array},
    };
    int code = 0;
    flash->wanted = wanted;
    flash->kept[SESSION_FLASH] = (struct session_kept){
        .option = "flash",
        .memory = session_role(roles, SESSION_BOOT_FLASH),
        .blank = 0xff,
    };
    flash->kept[SESSION_FUSE_ARRAY] = (struct session_kept){
        .option = "fuse-array",
        .memory = session_role(roles, SESSION_FUSES),
        .whole = true,
    };
    for (size_t i = 0; code == 0 && wanted && i < SESSION_FLASH_MEMORIES; i++) {
        code = session_kept_load(&flash->kept[i], files[i].path,
                                 files[i].is_new, error);
    }
    return code || !wanted ? code
                           : load_capsule(flash, options->capsule, error);
}

/* Boot firmware of an AST2700 looks for capsules where there are banks alone.
 */
static bool has_one_set(const uint8_t *flash, size_t size)
{
    uint32_t magic = size >= sizeof(magic) ? load_le32(flash) : 0;
    return magic == ASPEED_FMC_MAGIC || magic == FLASH_DIRECTORY_MAGIC;
}

/* Erases whole blocks and writes the capsule into them, as the system that
 * delivers it does. */
int session_flash_deliver(const struct session_flash *flash,
                          struct cairn_machine *machine,
                          struct cairn_error *error)
{
    const char *memory = flash->kept[SESSION_FLASH].memory;
    uint8_t *bytes = NULL;
    size_t size = 0;
    size_t part = flash->capsule.size;
    assert(part <= FLASH_CAPSULE_SIZE);
    if (part == 0) {
        return 0;
    }
    const size_t block = FLASH_ERASE_SIZE;
    size_t blocks = (part + block - 1) / block * block;
    if (cairn_memory(machine, memory, &bytes, &size) != 0 ||
        size < FLASH_CAPSULE + blocks ||
        cairn_memory_written(machine, memory, FLASH_CAPSULE, blocks) != 0) {
        snprintf(error->text, sizeof(error->text),
                 "the board has no flash for a capsule");
        return -ENOENT;
    }
    if (has_one_set(bytes, size)) {
        snprintf(error->text, sizeof(error->text),
                 "option '--capsule': the boot flash has no banks, and no "
                 "place for a capsule");
        return -EINVAL;
    }
    memset(bytes + FLASH_CAPSULE, 0xff, blocks);
    memcpy(bytes + FLASH_CAPSULE, flash->capsule.bytes, part);
    cairn_capsule_delivered(machine, flash->capsule_name, flash->capsule.bytes,
                            part);
    return 0;
}

/* The flash comes first, and without it there are no new fuses: the floor among
 * them must never be above what the flash holds. A run that is killed between
 * the two leaves the floor below it, and the next boot raises that. */
int session_flash_save(const struct session_flash *flash,
                       struct cairn_machine *machine, struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && flash->wanted && i < SESSION_FLASH_MEMORIES;
         i++) {
        code = session_kept_save(&flash->kept[i], machine, error);
    }
    return code;
}

void session_flash_fini(struct session_flash *flash)
{
    for (size_t i = 0; i < SESSION_FLASH_MEMORIES; i++) {
        session_kept_fini(&flash->kept[i]);
    }
    buffer_fini(&flash->capsule);
}

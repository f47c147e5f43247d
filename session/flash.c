/* SPDX-License-Identifier: Apache-2.0 */
#include "session/flash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi/flash_image.h"
#include "base/bits.h"
#include "host/file.h"

static const struct {
    const char *option;
    struct session_kept start;
} rows[SESSION_FLASH_MEMORIES] = {
    {"flash",      {.memory = "boot_flash", .blank = 0xff}},
    {"fuse-array", {.memory = "soc_fuses", .whole = true} },
};

static int load_capsule(struct session_flash *flash)
{
    const char *path = arguments_value(flash->arguments, "capsule");
    struct error error = {""};
    if (!path) {
        return COMMAND_DONE;
    }
    if (file_read(path, FLASH_CAPSULE_SIZE, &flash->capsule, &error)) {
        return command_failure(flash->arguments, "capsule: %s", error.text);
    }
    return flash->capsule.size == 0
               ? command_failure(flash->arguments, "file '%s': is empty", path)
               : COMMAND_DONE;
}

/* A file that is not there yet starts with what the program carries. */
static int load_all(struct session_flash *flash)
{
    int result = COMMAND_DONE;
    for (size_t i = 0; result == COMMAND_DONE && i < SESSION_FLASH_MEMORIES;
         i++) {
        flash->kept[i] = rows[i].start;
        result = session_kept_load(&flash->kept[i], flash->arguments,
                                   rows[i].option);
    }
    return result ? result : load_capsule(flash);
}

int session_flash_load(struct session_flash *flash, struct arguments *arguments,
                       bool wanted)
{
    flash->arguments = arguments;
    flash->wanted = wanted;
    return wanted ? load_all(flash) : COMMAND_DONE;
}

/* As whoever delivers it writes it: into erased blocks. */
int session_flash_deliver(const struct session_flash *flash,
                          struct cairn_machine *machine,
                          struct cairn_error *error)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    size_t part = flash->capsule.size;
    if (part == 0) {
        return 0;
    }
    const size_t block = FLASH_ERASE_SIZE;
    size_t blocks = (part + block - 1) / block * block;
    if (cairn_memory(machine, rows[0].start.memory, &bytes, &size) != 0 ||
        size < FLASH_CAPSULE + blocks ||
        cairn_memory_written(machine, rows[0].start.memory, FLASH_CAPSULE,
                             blocks) != 0) {
        snprintf(error->text, sizeof(error->text),
                 "the board has no flash for a capsule");
        return -ENOENT;
    }
    memset(bytes + FLASH_CAPSULE, 0xff, blocks);
    memcpy(bytes + FLASH_CAPSULE, flash->capsule.bytes, part);
    return 0;
}

/* The flash comes first, and without it there are no new fuses: the floor among
 * them must never be above what the flash holds. A run that is killed between
 * the two leaves the floor below it, and the next boot raises that. */
int session_flash_save(const struct session_flash *flash,
                       struct cairn_machine *machine)
{
    int result = COMMAND_DONE;
    for (size_t i = 0;
         result == COMMAND_DONE && flash->wanted && i < SESSION_FLASH_MEMORIES;
         i++) {
        result = session_kept_save(&flash->kept[i], flash->arguments, machine);
    }
    return result;
}

void session_flash_fini(struct session_flash *flash)
{
    for (size_t i = 0; i < SESSION_FLASH_MEMORIES; i++) {
        session_kept_fini(&flash->kept[i]);
    }
    buffer_fini(&flash->capsule);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/run_flash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi/flash_image.h"
#include "base/bits.h"
#include "host/file.h"

static const struct {
    const char *option;
    const char *memory;
} kept[RUN_FLASH_MEMORIES] = {
    {"flash",      "boot_flash"},
    {"fuse-array", "soc_fuses" },
};

const char *run_flash_memory(size_t n)
{
    return kept[n].memory;
}

static int load(struct run_flash *flash, const char *path, struct buffer *bytes)
{
    struct error error = {""};
    return file_read(path, FLASH_SIZE, bytes, &error)
               ? command_failure(flash->arguments, "%s", error.text)
               : COMMAND_DONE;
}

/* A file that is not there yet starts with what the program carries. */
static int load_all(struct run_flash *flash)
{
    const char *capsule = arguments_value(flash->arguments, "capsule");
    int result = COMMAND_DONE;
    for (size_t i = 0; result == COMMAND_DONE && i < RUN_FLASH_MEMORIES; i++) {
        const char *path = arguments_value(flash->arguments, kept[i].option);
        if (path && access(path, F_OK) == 0) {
            result = load(flash, path, &flash->kept[i]);
        }
    }
    if (result == COMMAND_DONE && capsule) {
        result = load(flash, capsule, &flash->capsule);
    }
    return result == COMMAND_DONE && flash->capsule.size > FLASH_CAPSULE_SIZE
               ? command_failure(flash->arguments,
                                 "capsule '%s': %zu bytes, the flash has room "
                                 "for %d",
                                 capsule, flash->capsule.size,
                                 FLASH_CAPSULE_SIZE)
               : result;
}

int run_flash_load(struct run_flash *flash, struct arguments *arguments,
                   bool wanted)
{
    flash->arguments = arguments;
    flash->wanted = wanted;
    return wanted ? load_all(flash) : COMMAND_DONE;
}

/* As whoever delivers it writes it: into erased blocks. */
int run_flash_deliver(const struct run_flash *flash,
                      struct cairn_machine *machine, struct cairn_error *error)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    size_t part = flash->capsule.size;
    if (part == 0) {
        return 0;
    }
    const size_t block = FLASH_ERASE_SIZE;
    size_t blocks = (part + block - 1) / block * block;
    if (cairn_memory(machine, kept[0].memory, &bytes, &size) != 0 ||
        size < FLASH_CAPSULE + blocks ||
        cairn_memory_written(machine, kept[0].memory, FLASH_CAPSULE, blocks) !=
            0) {
        snprintf(error->text, sizeof(error->text),
                 "the board has no flash for a capsule");
        return -ENOENT;
    }
    memset(bytes + FLASH_CAPSULE, 0xff, blocks);
    memcpy(bytes + FLASH_CAPSULE, flash->capsule.bytes, part);
    return 0;
}

/* Without the erased rest: a file is as long as cairn-pack-flash(1) makes it.
 */
static size_t used_bytes(const uint8_t *bytes, size_t size)
{
    while (size != 0 && bytes[size - 1] == 0xff) {
        size--;
    }
    return size;
}

int run_flash_save(const struct run_flash *flash, struct cairn_machine *machine)
{
    int result = COMMAND_DONE;
    for (size_t i = 0; flash->wanted && i < RUN_FLASH_MEMORIES; i++) {
        const char *path = arguments_value(flash->arguments, kept[i].option);
        struct error error = {""};
        uint8_t *bytes = NULL;
        size_t size = 0;
        if (path && cairn_memory(machine, kept[i].memory, &bytes, &size) == 0 &&
            file_write(path, bytes, used_bytes(bytes, size), &error) != 0) {
            result = command_failure(flash->arguments, "%s", error.text);
        }
    }
    return result;
}

void run_flash_fini(struct run_flash *flash)
{
    for (size_t i = 0; i < RUN_FLASH_MEMORIES; i++) {
        buffer_fini(&flash->kept[i]);
    }
    buffer_fini(&flash->capsule);
}

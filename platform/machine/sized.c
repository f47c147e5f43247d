/* SPDX-License-Identifier: Apache-2.0 */
/* Structs of callers that were compiled with another version of the header. */
#include "platform/machine/sized.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int check_size(const void *given, size_t size, size_t own_size)
{
    if (size < sizeof(size)) {
        return -EINVAL;
    }
    if (size > CAIRN_SIZE_MAX) {
        return -E2BIG;
    }
    for (size_t i = own_size; i < size; i++) {
        if (((const uint8_t *)given)[i] != 0) {
            return -E2BIG;
        }
    }
    return 0;
}

int sized_copy(void *own, size_t own_size, const void *given)
{
    size_t size;

    memcpy(&size, given, sizeof(size));
    memset(own, 0, own_size);
    int code = check_size(given, size, own_size);
    if (code == 0) {
        memcpy(own, given, size < own_size ? size : own_size);
        memcpy(own, &own_size, sizeof(own_size));
    }
    return code;
}

int sized_take(void *own, size_t own_size, const void *given, const char *what,
               struct cairn_error *error)
{
    int code = sized_copy(own, own_size, given);
    if (code == -EINVAL && error) {
        snprintf(error->text, sizeof(error->text),
                 "%s: field size is not set to the size of the struct", what);
    } else if (code != 0 && error) {
        snprintf(error->text, sizeof(error->text),
                 "%s: of a later version, and uses fields that version %s "
                 "does not have",
                 what, cairn_version());
    }
    return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Options are taken from the end on, as names of files may have commas. */
#include "commands/disk_option.h"

#include <stddef.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/run_request.h"

static const struct {
    const char *name; /* one that ends in '=' has a value */
    size_t field;     /* a bool or a string of struct session_disk */
} options[] = {
    {"read-only", offsetof(struct session_disk, disk.read_only)},
    {"temporary", offsetof(struct session_disk, disk.temporary)},
    {"format=",   offsetof(struct session_disk, disk.format)   },
    {"overlay=",  offsetof(struct session_disk, disk.overlay)  },
    {"bus=",      offsetof(struct session_disk, bus)           },
    {"serial=",   offsetof(struct session_disk, serial)        },
};

/* False: it is none. */
static bool take(const char *text, struct session_disk *disk)
{
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        const size_t length = strlen(options[i].name);
        char *field = (char *)disk + options[i].field;
        const bool valued = options[i].name[length - 1] == '=';
        if (valued && strncmp(text, options[i].name, length) == 0 &&
            text[length] != '\0') {
            const char *value = text + length;
            memcpy(field, &value, sizeof(value));
            return true;
        }
        if (!valued && strcmp(text, options[i].name) == 0) {
            *(bool *)field = true;
            return true;
        }
    }
    return false;
}

/* "file:PATH", or another kind of back end; not a path. */
static bool names_kind(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    return length != 0 && text[length] == ':';
}

/* A device has no character that begins a path or an option. */
static char *copy(const char *text, struct session_disk *disk)
{
    const size_t length = strcspn(text, "=:,/.");
    const bool named = text[length] == '=' && length != 0;
    const char *rest = named ? text + length + 1 : text;
    char *all = xasprintf("%.*s=%s%s", named ? (int)length : 0, text,
                          names_kind(rest) ? "" : "file:", rest);
    char *equals = strchr(all, '=');
    *equals = '\0';
    *disk = (struct session_disk){.device = named ? all : NULL,
                                  .disk.backend = equals + 1};
    return all;
}

char *disk_option_parse(const char *text, struct session_disk *disk)
{
    char *all = copy(text, disk);
    char *backend = all + strlen(all) + 1;
    char *comma;
    while ((comma = strrchr(backend, ',')) != NULL && take(comma + 1, disk)) {
        *comma = '\0';
    }
    if (disk->disk.overlay) {
        disk->disk.overlay =
            run_request_new(disk->disk.overlay, &disk->new_overlay);
    }
    return all;
}

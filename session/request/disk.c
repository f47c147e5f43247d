/* SPDX-License-Identifier: Apache-2.0 */
/* --disk [DEVICE=]FILE[,OPTION...]: options are taken from the end on, as names
 * of files may have commas. */
#include <string.h>

#include "base/bits.h"
#include "session/request/word.h"

#define FIELD(name) offsetof(struct session_disk, name)

static const struct request_setting settings[] = {
    {"read-only", NULL, FIELD(disk.read_only)},
    {"temporary", NULL, FIELD(disk.temporary)},
    {"format=",   "",   FIELD(disk.format)   },
    {"overlay=",  "",   FIELD(disk.overlay)  },
    {"bus=",      "",   FIELD(bus)           },
    {"serial=",   "",   FIELD(serial)        },
};

/* "file:PATH", or another kind of back end; not a path. */
static bool names_kind(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    return length != 0 && text[length] == ':';
}

/* A device has no character that begins a path or an option. What is no option
 * at the text's end is of the file's name. */
int request_parse_disk(const struct request_word *word, void *item)
{
    struct session_disk *disk = item;
    const size_t length = strcspn(word->text, "=:,/.");
    const bool named = word->text[length] == '=' && length != 0;
    const char *rest = named ? word->text + length + 1 : word->text;
    char *backend =
        request_own(word->request,
                    xasprintf("%s%s", names_kind(rest) ? "" : "file:", rest));
    char *comma;
    *disk = (struct session_disk){
        .device =
            named ? request_cut(word->request, word->text, rest - 1) : NULL,
        .disk.backend = backend};
    while ((comma = strrchr(backend, ',')) != NULL &&
           request_set(settings, ARRAY_SIZE(settings), comma + 1, disk)) {
        *comma = '\0';
    }
    if (disk->disk.overlay) {
        disk->disk.overlay =
            request_new(disk->disk.overlay, &disk->new_overlay);
    }
    return 0;
}

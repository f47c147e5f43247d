/* SPDX-License-Identifier: Apache-2.0 */
/* Finds files of guests, and makes initial file systems of the one that
 * tests/guests/guests.sh made. */
#include "bench/guests.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "bench/initrd.h"
#include "host/file.h"

#define FOLDER "build/out/guests/"

enum { INITRD_MAX = 64 << 20 };

bool guests_file(const char *pattern, char path[GUESTS_PATH])
{
    glob_t found;

    snprintf(path, GUESTS_PATH, FOLDER "root/%s", pattern);
    if (glob(path, 0, NULL, &found) != 0) {
        return false;
    }
    snprintf(path, GUESTS_PATH, "%s", found.gl_pathv[0]);
    globfree(&found);
    return true;
}

bool guests_initrd(const char *path, const char *init)
{
    struct buffer archive = {0};
    struct error error;
    bool good = file_read(FOLDER "initrd", INITRD_MAX, &archive, &error) == 0;

    if (good) {
        /* A later member of an archive replaces an earlier one. */
        initrd_add(&archive, "init", 0100755, init, strlen(init));
        initrd_end(&archive);
        good = file_write(path, archive.bytes, archive.size, &error) == 0;
    }
    buffer_fini(&archive);
    return good;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a shared folder, and the numbers of its errors. */
#include "backends/share/share.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/linux_errors.h"
#include "backends/share/internal.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"

int share_open(const struct share_options *options, struct share **opened,
               struct error *error)
{
    struct share *share = xcalloc(1, sizeof(*share));
    share->read_only = options->read_only;
    share->owners = options->owners;
    share->uid = options->uid;
    share->gid = options->gid;
    share->host_uid = geteuid();
    share->host_gid = getegid();
    int code = share_nodes_open(share, options, error);
    *opened = code == 0 ? share : NULL;
    if (code != 0) {
        share_close(share);
    }
    return code;
}

void share_close(struct share *share)
{
    if (share) {
        assert(!share->files);
        share_nodes_close(share);
        free(share);
    }
}

/* ---- Errors -------------------------------------------------------------- */

static const struct {
    int host;
    uint32_t protocol;
} errors[] = {
#define LINUX_ERROR(name, number) {name, number},
#include "abi/linux_errors.def"
#undef LINUX_ERROR
};

/* Most names that are not there never were. */
static bool is_gone(const struct share *share)
{
    struct stat root;
    return fstat(share->root->fd, &root) == 0 && root.st_nlink == 0;
}

void share_note(struct share *share, int code)
{
    switch (code) {
    case -ENOENT:
        share->trouble = is_gone(share) ? -ENOENT : share->trouble;
        break;
    case -ENOSPC:
    case -EDQUOT:
    case -EIO:
    case -EMFILE:
    case -ENFILE:
        share->trouble = code;
        break;
    default:
        break;
    }
}

int share_trouble(const struct share *share)
{
    return share->trouble;
}

uint32_t share_protocol_error(int code)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        if (errors[i].host == -code) {
            return errors[i].protocol;
        }
    }
    return LINUX_EIO;
}

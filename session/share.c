/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that a run shares with its guest: the devices that are plugged in for
 * them, and their back ends. */
#include "session/share.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi/virtio_share.h"
#include "base/buffer.h"
#include "session/internal.h"
#include "session/plug.h"

static int check_tag(const struct session_options *options, size_t index,
                     struct session_error *error)
{
    const char *tag = options->shares[index].tag;
    size_t length = strlen(tag);
    if (length == 0 || length > VIRTIO_SHARE_TAG_SIZE) {
        return session_misuse(error, "share",
                              "tag '%s' has %zu bytes, not 1 to %d", tag,
                              length, VIRTIO_SHARE_TAG_SIZE);
    }
    for (size_t i = 0; i < index; i++) {
        if (strcmp(options->shares[i].tag, tag) == 0) {
            return session_misuse(error, "share", "two folders have tag '%s'",
                                  tag);
        }
    }
    return 0;
}

int session_share_plug(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    session->share_names =
        xcalloc(options->share_count + 1, sizeof(*session->share_names));
    for (size_t i = 0; i < options->share_count; i++) {
        const struct session_share *share = &options->shares[i];
        const struct cairn_property tag = {"cairn,tag", share->tag,
                                           strlen(share->tag) + 1};
        bool ninep = strcmp(share->share.protocol, "9p") == 0;
        const struct cairn_plug plug = {
            .size = sizeof(struct cairn_plug),
            .kind = ninep ? "ninep" : "fs",
            .bus = share->bus,
            .properties = &tag,
            .property_count = 1,
        };
        int code = check_tag(options, i, error);
        code = code ? code
                    : session_plug(session, "share", &plug,
                                   session->share_names[i], error);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

int session_share_connect(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    for (size_t i = 0; i < options->share_count; i++) {
        struct cairn_error refused = {""};
        struct cairn_share given = options->shares[i].share;
        given.size = sizeof(given);
        int code = cairn_share_connect(
            session->machine, session->share_names[i], &given, &refused);
        if (code != 0) {
            return code == -EINVAL || code == -EBUSY
                       ? session_misuse(error, "share", "%s", refused.text)
                       : session_failure(error, "share", "%s", refused.text);
        }
    }
    return 0;
}

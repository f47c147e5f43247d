/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File system device (virtio 1.2, 5.11): FUSE's protocol over a queue for
 * requests that must not wait and one for the others. Notifications of the
 * device and memory that it shares (DAX) are not modelled.
 */
#include <string.h>

#include "abi/fuse.h"
#include "abi/linux_errors.h"
#include "virtio/share.h"

/* 5.11.4: the tag is padded with zeros. */
static void config(const struct virtio *virtio, void *bytes)
{
    struct virtio_fs_config config = {.num_request_queues = 1};
    const size_t size = virtio_share_tag_size(virtio);

    if (size != 0) {
        memcpy(config.tag, virtio_share_server_of(virtio)->tag, size);
    }
    memcpy(bytes, &config, sizeof(config));
}

/* An error of the request's number; operations without a reply get none. */
size_t virtio_fs_failure(const void *request, size_t size, uint8_t *reply)
{
    struct fuse_request head;
    struct fuse_reply error = {.size = sizeof(error), .error = -LINUX_EIO};

    if (size < sizeof(head)) {
        return 0;
    }
    memcpy(&head, request, sizeof(head));
    if (head.operation == FUSE_FORGET || head.operation == FUSE_BATCH_FORGET) {
        return 0;
    }
    error.unique = head.unique;
    memcpy(reply, &error, sizeof(error));
    return sizeof(error);
}

bool virtio_fs_waits(const void *reply, size_t size)
{
    struct fuse_reply head;

    if (size != sizeof(head)) {
        return false;
    }
    memcpy(&head, reply, sizeof(head));
    return head.error == FUSE_ASK_AGAIN;
}

size_t virtio_fs_refusal(const void *reply, uint8_t *refusal)
{
    struct fuse_reply head;

    memcpy(&head, reply, sizeof(head));
    head.error = -LINUX_ENOLCK;
    memcpy(refusal, &head, sizeof(head));
    return sizeof(head);
}

const struct virtio_type virtio_fs = {
    .name = "fs",
    .title = "file system device",
    .id = VIRTIO_ID_FS,
    .queues = 2,
    .state_size = sizeof(struct virtio_share_state),
    .config_size = sizeof(struct virtio_fs_config),
    .config = config,
    .serve = virtio_share_serve,
    .drop = virtio_share_drop,
    .possible = virtio_share_possible,
};

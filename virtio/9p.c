/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 9P transport (device 9 of virtio 1.2, 5, which leaves it to Linux and QEMU):
 * one queue of 9P messages, and a mount tag in the configuration.
 */
#include <string.h>

#include "abi/linux_errors.h"
#include "abi/ninep.h"
#include "virtio/share.h"

static uint64_t features(const struct virtio *virtio)
{
    return VIRTIO_FEATURE(VIRTIO_9P_F_MOUNT_TAG);
}

static void config(const struct virtio *virtio, void *bytes)
{
    struct virtio_9p_config config = {0};

    config.tag_size = (uint16_t)virtio_share_tag_size(virtio);
    if (config.tag_size != 0) {
        memcpy(config.tag, virtio_share_server_of(virtio)->tag,
               config.tag_size);
    }
    memcpy(bytes, &config, sizeof(config));
}

/* An error of the request's tag. */
size_t virtio_9p_failure(const void *request, size_t size, uint8_t *reply)
{
    const uint8_t error[NINEP_ERROR_SIZE] = {
        NINEP_ERROR_SIZE, [4] = NINEP_RLERROR, [NINEP_HEADER_SIZE] = LINUX_EIO};

    if (size < NINEP_HEADER_SIZE) {
        return 0;
    }
    memcpy(reply, error, sizeof(error));
    memcpy(reply + 5, (const uint8_t *)request + 5, 2);
    return sizeof(error);
}

const struct virtio_type virtio_9p = {
    .name = "9p",
    .title = "9P transport",
    .id = VIRTIO_ID_9P,
    .queues = 1,
    .state_size = sizeof(struct virtio_share_state),
    .config_size = sizeof(struct virtio_9p_config),
    .features = features,
    .config = config,
    .serve = virtio_share_serve,
    .drop = virtio_share_drop,
    .possible = virtio_share_possible,
};

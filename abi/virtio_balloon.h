/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual I/O Device (VIRTIO) Version 1.2, 5.5: traditional memory balloon.
 * Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_BALLOON_H
#define ABI_VIRTIO_BALLOON_H

#include <assert.h>
#include <stdint.h>

/* Bits of features (5.5.3). */
enum virtio_balloon_feature {
    VIRTIO_BALLOON_F_MUST_TELL_HOST = 0,
    VIRTIO_BALLOON_F_STATS_VQ = 1,
    VIRTIO_BALLOON_F_DEFLATE_ON_OOM = 2,
    VIRTIO_BALLOON_F_FREE_PAGE_HINT = 3,
    VIRTIO_BALLOON_F_PAGE_POISON = 4,
    VIRTIO_BALLOON_F_PAGE_REPORTING = 5,
};

/* Virtqueues (5.5.2). */
enum virtio_balloon_queue {
    VIRTIO_BALLOON_INFLATE = 0,
    VIRTIO_BALLOON_DEFLATE = 1,
    VIRTIO_BALLOON_STATS = 2,
    VIRTIO_BALLOON_FREE_PAGE = 3,
    VIRTIO_BALLOON_REPORTING = 4,
};

/* Pages have this size whatever the driver's have (5.5.6). */
enum { VIRTIO_BALLOON_PAGE_SHIFT = 12, VIRTIO_BALLOON_PAGE_SIZE = 4096 };

/* Configuration (5.5.4). */
struct virtio_balloon_config {
    uint32_t num_pages;
    uint32_t actual;
    uint32_t free_page_hint_cmd_id;
    uint32_t poison_val;
};

/* A statistic has 10 bytes: a tag of 2, and a value of 8 (5.5.6.3). */
enum { VIRTIO_BALLOON_STATISTIC_SIZE = 10 };

enum virtio_balloon_statistic {
    VIRTIO_BALLOON_S_SWAP_IN = 0,
    VIRTIO_BALLOON_S_SWAP_OUT = 1,
    VIRTIO_BALLOON_S_MAJFLT = 2,
    VIRTIO_BALLOON_S_MINFLT = 3,
    VIRTIO_BALLOON_S_MEMFREE = 4,
    VIRTIO_BALLOON_S_MEMTOT = 5,
    VIRTIO_BALLOON_S_AVAIL = 6,
    VIRTIO_BALLOON_S_CACHES = 7,
    VIRTIO_BALLOON_S_HTLB_PGALLOC = 8,
    VIRTIO_BALLOON_S_HTLB_PGFAIL = 9,
};

static_assert(sizeof(struct virtio_balloon_config) == 16, "5.5.4");

#endif

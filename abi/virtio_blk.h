/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block device: virtio 1.2, 5.2. Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_BLK_H
#define ABI_VIRTIO_BLK_H

#include <assert.h>
#include <stdint.h>

enum { VIRTIO_BLK_SECTOR = 512, VIRTIO_BLK_ID_SIZE = 20 };

/* Bits of features (5.2.3). */
enum virtio_blk_feature {
    VIRTIO_BLK_F_SIZE_MAX = 1,
    VIRTIO_BLK_F_SEG_MAX = 2,
    VIRTIO_BLK_F_GEOMETRY = 4,
    VIRTIO_BLK_F_RO = 5,
    VIRTIO_BLK_F_BLK_SIZE = 6,
    VIRTIO_BLK_F_FLUSH = 9,
    VIRTIO_BLK_F_TOPOLOGY = 10,
    VIRTIO_BLK_F_CONFIG_WCE = 11,
    VIRTIO_BLK_F_MQ = 12,
    VIRTIO_BLK_F_DISCARD = 13,
    VIRTIO_BLK_F_WRITE_ZEROES = 14,
    VIRTIO_BLK_F_LIFETIME = 15,
    VIRTIO_BLK_F_SECURE_ERASE = 16,
};

/* 5.2.4; offsets are the specification's. */
struct virtio_blk_config {
    uint64_t capacity; /* sectors */
    uint32_t size_max;
    uint32_t seg_max;
    uint16_t cylinders;
    uint8_t heads;
    uint8_t sectors;
    uint32_t blk_size;
    uint8_t physical_block_exp;
    uint8_t alignment_offset;
    uint16_t min_io_size;
    uint32_t opt_io_size;
    uint8_t writeback;
    uint8_t unused0;
    uint16_t num_queues;
    uint32_t max_discard_sectors;
    uint32_t max_discard_seg;
    uint32_t discard_sector_alignment;
    uint32_t max_write_zeroes_sectors;
    uint32_t max_write_zeroes_seg;
    uint8_t write_zeroes_may_unmap;
    uint8_t unused1[3];
    uint32_t max_secure_erase_sectors;
    uint32_t max_secure_erase_seg;
    uint32_t secure_erase_sector_alignment;
};

/* 5.2.6 */
enum virtio_blk_type {
    VIRTIO_BLK_T_IN = 0,
    VIRTIO_BLK_T_OUT = 1,
    VIRTIO_BLK_T_FLUSH = 4,
    VIRTIO_BLK_T_GET_ID = 8,
    VIRTIO_BLK_T_GET_LIFETIME = 10,
    VIRTIO_BLK_T_DISCARD = 11,
    VIRTIO_BLK_T_WRITE_ZEROES = 13,
    VIRTIO_BLK_T_SECURE_ERASE = 14,
};

enum virtio_blk_status {
    VIRTIO_BLK_S_OK = 0,
    VIRTIO_BLK_S_IOERR = 1,
    VIRTIO_BLK_S_UNSUPP = 2,
};

/* The header of a request; data and a status byte follow. */
struct virtio_blk_header {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
};

/* The data of discard, write zeroes and secure erase. */
struct virtio_blk_range {
    uint64_t sector;
    uint32_t sectors;
    uint32_t flags; /* bit 0: unmap */
};
enum { VIRTIO_BLK_UNMAP = 1 };

/* The data of GET_LIFETIME. */
struct virtio_blk_lifetime {
    uint16_t pre_eol_info;
    uint16_t device_lifetime_est_typ_a;
    uint16_t device_lifetime_est_typ_b;
};

static_assert(sizeof(struct virtio_blk_config) == 72, "5.2.4");
static_assert(sizeof(struct virtio_blk_header) == 16, "5.2.6");
static_assert(sizeof(struct virtio_blk_range) == 16, "5.2.6");
static_assert(sizeof(struct virtio_blk_lifetime) == 6, "5.2.6");

#endif

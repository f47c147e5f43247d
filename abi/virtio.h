/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual I/O Device (VIRTIO) Version 1.2: what driver and device share, but
 * for what is of one kind of device alone (abi/virtio_*.h). Sections in
 * parentheses are of that document.
 *
 * Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_H
#define ABI_VIRTIO_H

#include <assert.h>
#include <stdint.h>

/* Kinds of devices (5). */
enum virtio_id {
    VIRTIO_ID_NONE = 0, /* an empty slot of the MMIO transport */
    VIRTIO_ID_NET = 1,
    VIRTIO_ID_BLK = 2,
    VIRTIO_ID_CONSOLE = 3,
    VIRTIO_ID_RNG = 4,
    VIRTIO_ID_BALLOON = 5,
    VIRTIO_ID_SCSI = 8,
    VIRTIO_ID_9P = 9,
    VIRTIO_ID_RTC = 17,
    VIRTIO_ID_INPUT = 18,
    VIRTIO_ID_VSOCK = 19,
    VIRTIO_ID_MEM = 24,
    VIRTIO_ID_FS = 26,
    VIRTIO_ID_I2C = 34,
    VIRTIO_ID_GPIO = 41,
};

/* Device status (2.1). */
enum virtio_status {
    VIRTIO_ACKNOWLEDGE = 1,
    VIRTIO_DRIVER = 2,
    VIRTIO_DRIVER_OK = 4,
    VIRTIO_FEATURES_OK = 8,
    VIRTIO_NEEDS_RESET = 64,
    VIRTIO_FAILED = 128,
};

/* Bits of features that are not of one kind of device (6). */
enum virtio_feature {
    VIRTIO_F_NOTIFY_ON_EMPTY = 24, /* legacy */
    VIRTIO_F_ANY_LAYOUT = 27,      /* legacy */
    VIRTIO_F_INDIRECT_DESC = 28,
    VIRTIO_F_EVENT_IDX = 29,
    VIRTIO_F_VERSION_1 = 32,
    VIRTIO_F_ACCESS_PLATFORM = 33,
    VIRTIO_F_RING_PACKED = 34,
    VIRTIO_F_IN_ORDER = 35,
    VIRTIO_F_ORDER_PLATFORM = 36,
    VIRTIO_F_SR_IOV = 37,
    VIRTIO_F_NOTIFICATION_DATA = 38,
    VIRTIO_F_NOTIF_CONFIG_DATA = 39,
    VIRTIO_F_RING_RESET = 40,
};
#define VIRTIO_FEATURE(bit) (UINT64_C(1) << (bit))

/* ---- Virtqueues ---------------------------------------------------------- */

/* A descriptor's flags, of both formats (2.7.5, 2.8.1). */
enum virtio_descriptor_flags {
    VIRTIO_DESC_NEXT = 1,
    VIRTIO_DESC_WRITE = 2, /* the device writes the buffer, else it reads it */
    VIRTIO_DESC_INDIRECT = 4,
    VIRTIO_DESC_AVAIL = 1 << 7, /* packed */
    VIRTIO_DESC_USED = 1 << 15, /* packed */
};

/* Split virtqueues (2.7): a table of descriptors, the driver area (available
 * ring) and the device area (used ring). */
struct virtio_descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

struct virtio_used {
    uint32_t id;
    uint32_t length; /* bytes that the device wrote */
};

/* Offsets in the available and the used ring of `size` entries: flags and
 * index, the entries, and behind them the event index. */
enum {
    VIRTIO_RING_FLAGS = 0,
    VIRTIO_RING_INDEX = 2,
    VIRTIO_RING_ENTRIES = 4,
    VIRTIO_RING_EVENT_SIZE = 2,
    VIRTIO_RING_QUIET = 1, /* flag: no notifications, please */
};

/* Packed virtqueues (2.8): one ring of descriptors, and an event suppression
 * structure in each area. */
struct virtio_packed_descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t id;
    uint16_t flags;
};

struct virtio_event_suppression {
    uint16_t
        offset_wrap; /* bits 14:0 offset in the ring, bit 15 wrap counter */
    uint16_t flags;  /* enum virtio_event_flags */
};

enum virtio_event_flags {
    VIRTIO_EVENT_ENABLE = 0,
    VIRTIO_EVENT_DISABLE = 1,
    VIRTIO_EVENT_DESCRIPTOR = 2, /* at offset_wrap; only with EVENT_IDX */
};

/* Where the areas must be aligned (2.7, 2.8.10.1). */
enum {
    VIRTIO_DESCRIPTOR_ALIGN = 16,
    VIRTIO_AVAILABLE_ALIGN = 2,
    VIRTIO_USED_ALIGN = 4,
    VIRTIO_EVENT_ALIGN = 4,
};

static_assert(sizeof(struct virtio_descriptor) == 16, "2.7.5");
static_assert(sizeof(struct virtio_used) == 8, "2.7.8");
static_assert(sizeof(struct virtio_packed_descriptor) == 16, "2.8.13");
static_assert(sizeof(struct virtio_event_suppression) == 4, "2.8.14");

/* ---- MMIO transport (4.2.2) ---------------------------------------------- */

enum {
    VIRTIO_MMIO_MAGIC = 0x74726976, /* "virt" */
    VIRTIO_MMIO_CONFIG = 0x100,
};

/* InterruptStatus, and the ISR byte of PCI. */
enum virtio_interrupt {
    VIRTIO_INTERRUPT_QUEUE = 1,
    VIRTIO_INTERRUPT_CONFIG = 2,
};

#endif

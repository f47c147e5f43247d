/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core of virtio devices: status, features, configuration generation,
 * virtqueues, notifications (virtio 1.2, sections in parentheses).
 *
 * Three layers. A device (blk.c and its like, a const struct virtio_type) knows
 * requests and configuration bytes. The core, of this header, owns all the
 * rest. A transport turns its registers or messages into the calls of section
 * "Transport" and gives memory and interrupts by a struct virtio_host; what a
 * kind of device needs of the outside (a medium, a link) is a struct of that
 * device's own header, which the transport's side fills in, too.
 *
 * Device and core allocate nothing, wait for nothing and call no library but
 * memcpy and memset, so the same objects serve a machine, a daemon and a
 * fuzzer. What is to be saved is plain data in one struct, the state; struct
 * virtio has the rest.
 *
 * Memory belongs to the driver and may change at any time: the core reads each
 * field once, into memory of its own, and checks what it read. What a driver
 * must not do ends in a row of faults.def: a line in the log, and for most of
 * them DEVICE_NEEDS_RESET; the device then takes nothing until it is reset.
 *
 * One thread at a time for one device.
 */
#ifndef VIRTIO_VIRTIO_H
#define VIRTIO_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/virtio.h"
#include "base/assert.h"

enum {
    /* Entries of a virtqueue: of one whose in-flight log is in the state, and
     * of one that was given a log. */
    VIRTIO_QUEUE_SIZE_MAX = 128,
    VIRTIO_QUEUE_SIZE_GIVEN_MAX = 1024,
    /* Descriptors of a chain, of any queue; devices tell drivers where they can
     * (blk's seg_max). */
    VIRTIO_CHAIN_MAX = 128,
    VIRTIO_QUEUES_MAX = 32,
};

struct virtio;

/* ---- State --------------------------------------------------------------- */

/* The state of a device of `n` virtqueues begins with
 *
 *     struct virtio_state virtio;
 *     struct virtio_queue_state queues[n];
 *
 * and has the fields of its kind behind them. Zeros are the state after reset,
 * but for the generation, which counts on.
 */
struct virtio_state {
    uint32_t status;     /* enum virtio_status */
    uint32_t generation; /* of the configuration (2.5.1) */
    uint64_t features;   /* that the driver accepted */
    uint64_t faults;     /* rows of faults.def that were met, a bit each */
    uint32_t waiting;    /* queues that a budget left unfinished, a bit each */
    uint32_t reserved;
};

/* The in-flight log: a request that was taken and is not completed, by the
 * index of its head (split) or its buffer ID (packed). The layout is that of
 * vhost-user's region of split virtqueues (DescStateSplit). */
struct virtio_inflight {
    uint8_t inflight;
    uint8_t reserved[5];
    uint16_t next;    /* in a region: completed before this one */
    uint64_t counter; /* the order in which they were taken */
};

/*
 * A log in memory that outlives the process: vhost-user's region of a split
 * virtqueue (QueueRegionSplit, version 1). Requests that were completed and not
 * shown to the driver are still in flight, and a list from last_batch_head on;
 * whoever takes the region over finds by used_index how long it was. (Those of
 * packed virtqueues have another layout there. Here their buffer IDs are noted
 * in this one, without the list.)
 */
struct virtio_inflight_region {
    uint64_t features; /* 0 */
    uint16_t version;
    uint16_t entry_count;
    uint16_t last_batch_head;
    uint16_t used_index; /* of the used ring, up to which the log is settled */
    struct virtio_inflight entries[];
};
static_assert(sizeof(struct virtio_inflight) == 16 &&
                  offsetof(struct virtio_inflight_region, entries) == 16,
              "as vhost-user has it");

struct virtio_queue_state {
    uint32_t size;  /* 0: the driver has not said */
    uint32_t ready; /* enabled */
    uint64_t descriptors;
    uint64_t driver; /* the available ring; packed: the driver's event area */
    uint64_t device; /* the used ring; packed: the device's event area */
    uint16_t available; /* next to take: an index of the available ring, or
                           packed an offset, in bit 15 the wrap counter */
    uint16_t used;      /* next to write, likewise */
    uint16_t reserved[2];
    uint64_t counter; /* requests taken since the queue was made */
    struct virtio_inflight log[VIRTIO_QUEUE_SIZE_MAX];
};

/* ---- Host ---------------------------------------------------------------- */

/* Where an address has a meaning. They differ where rings are addresses of
 * another process (vhost-user), or of an area that was shared for them. */
enum virtio_space { VIRTIO_RINGS, VIRTIO_BUFFERS };
enum virtio_access { VIRTIO_READ, VIRTIO_WRITE };

struct virtio_fault;

/* Functions that a transport supplies. All functions are called by the core,
 * from within a call of the transport or of the device. */
struct virtio_host {
    /*
     * The memory at an address: *size bytes, or fewer but at least one, which
     * *size then says, where less is contiguous. NULL: there is none, or no
     * right to it. It holds until unmap, and no longer than the call of the
     * core that is under way. VIRTIO_WRITE: all of it may be written.
     */
    void *(*map)(struct virtio *virtio, enum virtio_space space,
                 uint64_t address, uint64_t *size, enum virtio_access access);
    /* NULL: nothing is to be done. */
    void (*unmap)(struct virtio *virtio, void *pointer, uint64_t size,
                  enum virtio_access access);
    /* The driver is to look at the used buffers of a queue (2.7.7). */
    void (*used)(struct virtio *virtio, unsigned queue);
    /* The driver is to read status and configuration (2.5). */
    void (*configured)(struct virtio *virtio);
    /* A queue was left unfinished: virtio_run is to be called soon. */
    void (*later)(struct virtio *virtio);
    /* The driver did what it must not; value is what it gave. */
    void (*fault)(struct virtio *virtio, const struct virtio_fault *fault,
                  unsigned queue, uint64_t value);
};

/* ---- Kinds of devices ---------------------------------------------------- */

/* A feature that must not be accepted without another one (2.2.1). */
struct virtio_requirement {
    uint8_t feature;
    uint8_t requires;
};

struct virtio_type {
    const char *name; /* "blk" */
    const char *title;
    uint32_t id;     /* enum virtio_id */
    unsigned queues; /* at most; the device may use fewer (virtio.queues) */
    size_t state_size;
    uint32_t config_size;
    /* Completes requests in the order in which it takes them. */
    bool in_order;
    /* Bits of features of its kind, given what is outside. */
    uint64_t (*features)(const struct virtio *virtio);
    const struct virtio_requirement *requirements;
    unsigned requirement_count;
    /* Bytes of the configuration as the driver reads them (2.5); the range is
     * within config_size. */
    void (*config)(const struct virtio *virtio, void *config);
    /* The driver wrote bytes of it; NULL: it may not. */
    void (*configure)(struct virtio *virtio, uint32_t offset, const void *bytes,
                      uint32_t size);
    /* There may be requests in a queue that runs: take them (virtio_take). */
    void (*serve)(struct virtio *virtio, unsigned queue);
    /* DRIVER_OK was set; NULL: nothing is to be done. */
    void (*started)(struct virtio *virtio);
    /* Forget what is under way on a queue; it is reset next. NULL: nothing
     * outlives serve. */
    void (*drop)(struct virtio *virtio, unsigned queue);
    /* False: the state, which was read from a file, cannot be one of this
     * device. NULL: anything can. */
    bool (*possible)(const struct virtio *virtio);
};

/* Counters, for people; since the device was made. */
struct virtio_statistics {
    uint64_t kicks;         /* notifications of the driver */
    uint64_t requests;      /* taken */
    uint64_t notifications; /* of the device */
    uint64_t suppressed;    /* that the driver did not want */
    uint64_t read_bytes;    /* of buffers */
    uint64_t written_bytes;
};

/* A queue while a call of the core is under way: what is mapped, and entries
 * that are written and not published. Private. */
struct virtio_view {
    const struct virtio_ring *format; /* NULL: not open */
    struct virtio_queue_state *queue;
    unsigned number; /* of the queue */
    bool shown; /* what is written was shown to the driver, and a fence came
                   behind it */
    uint32_t written; /* used entries (packed: descriptors) of which the driver
                         was not yet notified */
    uint32_t budget;  /* requests that may still be taken */
    const struct virtio_descriptor *descriptors; /* split */
    struct virtio_packed_descriptor *ring;       /* packed */
    const uint8_t *driver;
    uint8_t *device; /* split, once it was written */
};

/* Memory of a queue; private. */
struct virtio_queue {
    struct virtio_queue_state *state;
    struct virtio_inflight *log; /* the state's or the region's */
    uint32_t size_max;
    struct virtio_inflight_region *region; /* NULL: none was given */
};

struct virtio {
    const struct virtio_type *type;
    const struct virtio_host *host;
    struct virtio_state *state; /* type->state_size bytes, by the owner */
    void *outside;    /* the struct of the kind's header, with its context */
    unsigned queues;  /* at most type->queues */
    uint64_t offered; /* features that the owner allows, UINT64_MAX: all */
    bool legacy; /* the driver uses the legacy interface (1.3.1): features of 32
                    bits, no FEATURES_OK, and queues that run before DRIVER_OK
                    (3.1.2); by the owner, for kinds that have one */
    struct virtio_statistics statistics[VIRTIO_QUEUES_MAX];
    /* private */
    struct virtio_queue queue[VIRTIO_QUEUES_MAX];
    struct virtio_view view[VIRTIO_QUEUES_MAX];
    struct virtio_recorder *recorder; /* record.h; NULL: none */
    struct virtio_replay *replay;
};

/* state and host are set by the owner, before; the state is zeros or a saved
 * one. */
void virtio_init(struct virtio *virtio, const struct virtio_type *type);
/*
 * Keeps the in-flight log of a queue that is not enabled in a region of
 * entry_count entries, a power of two and at most VIRTIO_QUEUE_SIZE_GIVEN_MAX,
 * which is then the largest size of the queue. NULL: in the state again. The
 * region is the owner's; zeros are a new one. It is no part of the state.
 */
void virtio_queue_give_log(struct virtio *virtio, unsigned number,
                           struct virtio_inflight_region *region);

static inline struct virtio_queue_state *virtio_queue(struct virtio *virtio,
                                                      unsigned queue)
{
    return virtio->queue[queue].state;
}

static inline const struct virtio_queue_state *
virtio_queue_of(const struct virtio *virtio, unsigned queue)
{
    debug_assert(queue < virtio->queues);
    return virtio->queue[queue].state;
}

/* ---- Transport ----------------------------------------------------------- */

/* Features that the device offers (2.2). */
uint64_t virtio_features(const struct virtio *virtio);
/* Features of the driver, 64 bits; before FEATURES_OK. */
void virtio_accept(struct virtio *virtio, uint64_t features);
/* 0 resets the device (2.1, 2.4). FEATURES_OK and NEEDS_RESET are the core's:
 * the transport shows state->status. */
void virtio_set_status(struct virtio *virtio, uint32_t status);

/* Any range; what lies outside of the configuration reads as zeros. */
void virtio_read_config(const struct virtio *virtio, uint32_t offset,
                        void *bytes, uint32_t size);
void virtio_write_config(struct virtio *virtio, uint32_t offset,
                         const void *bytes, uint32_t size);

/* A field of a queue, before it is enabled. Queues that the device does not
 * have are ignored (virtio_queue_size_max says 0). */
enum virtio_queue_field {
    VIRTIO_QUEUE_SIZE,
    VIRTIO_QUEUE_DESCRIPTORS,
    VIRTIO_QUEUE_DRIVER,
    VIRTIO_QUEUE_DEVICE,
};
uint32_t virtio_queue_size_max(const struct virtio *virtio, unsigned queue);
void virtio_queue_set(struct virtio *virtio, unsigned queue,
                      enum virtio_queue_field field, uint64_t value);
void virtio_queue_enable(struct virtio *virtio, unsigned queue);
/* Quiet on return, with addresses and size as they were (4.2.2.2). */
void virtio_queue_stop(struct virtio *virtio, unsigned queue);
/* Quiet on return: nothing of it is under way (2.6.1). */
void virtio_queue_reset(struct virtio *virtio, unsigned queue);

/* The driver's notification (2.9): value is what it wrote, the queue's number
 * in bits 15:0. A hint: the ring is read in any case. */
void virtio_kick(struct virtio *virtio, uint32_t value);
/* Goes on with queues that were left unfinished. */
void virtio_run(struct virtio *virtio);
/* The state was put back, perhaps from a file: false, and nothing may be done
 * with it, if it is none of this device. */
bool virtio_restored(struct virtio *virtio);

/* ---- Devices ------------------------------------------------------------- */

struct virtio_segment {
    uint64_t address;
    uint32_t size;
    uint32_t reserved;
};

/* A request: the buffers of a descriptor chain, those that the device reads
 * first (2.7.4.2). Plain data, which a device may keep in its state. */
struct virtio_chain {
    uint16_t taken; /* 0: of no request */
    uint16_t queue;
    uint16_t id;       /* of its head, or its buffer ID */
    uint16_t slots;    /* descriptors in the ring */
    uint16_t count;    /* segments; all of size 1 and more */
    uint16_t readable; /* of them, the first */
    uint32_t reserved;
    uint64_t readable_bytes;
    uint64_t writable_bytes;
    struct virtio_segment segments[VIRTIO_CHAIN_MAX];
};

static inline bool virtio_has(const struct virtio *virtio, unsigned feature)
{
    return (virtio->state->features & VIRTIO_FEATURE(feature)) != 0;
}

/* The driver drives: DRIVER_OK, and nothing is wrong. */
static inline bool virtio_is_live(const struct virtio *virtio)
{
    const uint32_t status =
        virtio->state->status & (VIRTIO_DRIVER_OK | VIRTIO_NEEDS_RESET);

    return status == VIRTIO_DRIVER_OK || (virtio->legacy && status == 0);
}

/* The next request of a queue, false if there is none or the queue does not
 * run. It is under way until virtio_complete. */
bool virtio_take(struct virtio *virtio, unsigned queue,
                 struct virtio_chain *chain);
/* Gives the request back that was taken last; the last one first. */
void virtio_put_back(struct virtio *virtio, struct virtio_chain *chain);
/* The device wrote the first `written` bytes of the writable buffers. Within
 * serve, notifications wait until it returns. After a fault that needs a reset
 * nothing is written: who wrote need not ask whether that succeeded. */
void virtio_complete(struct virtio *virtio, struct virtio_chain *chain,
                     uint64_t written);

/* Copies of the readable and to the writable bytes of a request, from an offset
 * on. False: the range is not within the buffers, or there is no memory, which
 * is a fault. */
bool virtio_read(struct virtio *virtio, const struct virtio_chain *chain,
                 uint64_t offset, void *bytes, uint64_t size);
bool virtio_write(struct virtio *virtio, const struct virtio_chain *chain,
                  uint64_t offset, const void *bytes, uint64_t size);
/* A chain that was read from a file can be one. */
bool virtio_chain_is_possible(const struct virtio *virtio,
                              const struct virtio_chain *chain);

/* Serves a queue as a kick does, because something outside happened: a packet
 * came, or there is room for a request again. */
void virtio_serve(struct virtio *virtio, unsigned queue);
/* Configuration changed by itself: a new generation, and the driver is told. */
void virtio_changed(struct virtio *virtio);

/* ---- Faults -------------------------------------------------------------- */

enum virtio_fault_number {
#define FAULT(name, section, resets, text) VIRTIO_FAULT_##name,
#include "virtio/faults.def"
#undef FAULT
    VIRTIO_FAULTS,
};

struct virtio_fault {
    const char *name;
    const char *section; /* of virtio 1.2 */
    bool resets;         /* DEVICE_NEEDS_RESET */
    const char *text;    /* with the value in hexadecimal behind it */
};

const struct virtio_fault *virtio_fault_row(enum virtio_fault_number number);

/* The driver did what it must not. */
__attribute__((cold)) void virtio_fault(struct virtio *virtio,
                                        enum virtio_fault_number number,
                                        unsigned queue, uint64_t value);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An address space: what one master sees. It is a set of windows onto regions
 * (memory) and device register banks; windows may overlap, the higher priority
 * wins, and they may be moved, enabled and disabled while the machine runs.
 * Each master (core, DMA engine, agent) has a space of its own, with the
 * attributes that its accesses carry.
 *
 * Engine thread only.
 */
#ifndef BUS_SPACE_H
#define BUS_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/bits.h"
#include "base/error.h"
#include "bus/region.h"

struct device;

/* Attributes that an access carries besides address and value. */
struct access {
    uint32_t user;  /* PAUSER, AxUSER or the like */
    uint8_t view;   /* which access column of register tables applies */
    uint8_t master; /* which core of its cluster, for registers that each core
                       has a copy of */
    bool secure;
    bool privileged;
    bool instruction; /* a fetch */
    bool debug;       /* by a debugger: no side effects wanted */
    /* How the access reaches a device. device_read and device_write set these
     * in the copy that handlers get; the maker of an access leaves them
     * zero. They belong to the access and not to the device, because a device
     * may be reached again while it handles an access. */
    uint8_t size;   /* bytes of the whole access */
    uint8_t lanes;  /* bytes of the word that a write gives, a bit each */
    uint16_t frame; /* which copy of a repeated bank */
    uint16_t maker; /* whose it is, for events: see fabric_maker; 0: nobody's */
    bool *refused;  /* see access_refuse */
};

enum window_rights { WINDOW_R = 1, WINDOW_W = 2, WINDOW_X = 4 };
static_assert(BITS_DIFFER(WINDOW_R, WINDOW_W, WINDOW_X), "rights are combined");

struct window {
    char name[32];
    struct gpa base;
    uint64_t size_bytes;
    int priority;    /* higher wins; of equals the later added */
    unsigned rights; /* enum window_rights */
    bool enabled;
    struct region *region; /* memory, or NULL */
    /* Device, or NULL; neither: ignored, counted. Both: a memory that the
     * device programs (flash): reads are the memory's unless it is hidden,
     * all else is the device's. */
    struct device *device;
    unsigned bank;   /* which register bank of the device */
    uint64_t offset; /* of base within region or bank */
    uint64_t hits;   /* accesses, for windows marked ignored */
    struct window *next;
    size_t rank; /* private: place in the order of priorities */
};

/* A checked piece of host memory behind guest addresses. */
struct span {
    uint8_t *host;
    uint64_t size_bytes; /* contiguous bytes from host on, at least 1 */
    struct region *region;
    uint64_t offset; /* of host within region */
    unsigned rights; /* window rights; W only if the region is writable by
                        accesses of any size */
};

struct space_listener {
    /* Windows changed: cached translations of this space are void. */
    void (*changed)(void *context);
    void *context;
    struct space_listener *next;
};

/* Which window answers from first to last; windows cut to what is not hidden
 * by others. */
struct space_range {
    uint64_t first;
    uint64_t last;
    struct window *window;
};

struct space {
    char name[32];
    struct access attributes; /* default for this master */
    struct window *windows;   /* owned, by falling priority */
    struct space_listener *listeners;
    struct fabric *fabric;
    /* private: the flat picture of the windows, and where the last hit was;
     * room to make it in, for so many windows */
    struct space_range *ranges;
    size_t range_count;
    size_t range_hit;
    struct window **by_base;
    struct window **met;
    size_t window_count;
    size_t room;
};

struct space *space_create(struct fabric *fabric, const char *name);
void space_destroy(struct space *space);
void space_listen(struct space *space, struct space_listener *listener);
void space_unlisten(struct space *space, struct space_listener *listener);

/* Adds a window by copy and returns it for later calls; -> owned by space. */
struct window *space_add_window(struct space *space,
                                const struct window *window);
void space_enable_window(struct space *space, struct window *window,
                         bool enabled);
void space_move_window(struct space *space, struct window *window,
                       struct gpa base);
/* After the owner of windows changed several of them (base, size, offset,
 * enabled) at once. */
void space_windows_changed(struct space *space);
/* The window that an access to address meets, or NULL. */
struct window *space_find(struct space *space, struct gpa address);
/* That of a device, if nothing else answers anywhere in a range. */
struct window *space_find_device(struct space *space, struct gpa address,
                                 uint64_t size_bytes);

/*
 * One bus access of size 1, 2, 4 or 8 bytes, naturally aligned, little endian.
 * attributes NULL means the space's own.
 *
 * Returns 0; -EFAULT when nothing answers or the target refuses (bus error);
 * -EINVAL for a size or alignment that is none. A read that fails leaves
 * *value zero. Bus errors go to the guest log. Debug accesses log nothing and
 * may write memory that guests may not.
 */
int space_read(struct space *space, const struct access *attributes,
               struct gpa address, unsigned size, uint64_t *value);
int space_write(struct space *space, const struct access *attributes,
                struct gpa address, unsigned size, uint64_t value);

/* The memory at address, up to the end of what is contiguous; -EFAULT where
 * there is no memory. The span holds until windows change. A writer calls
 * region_written before it writes. */
int space_span(struct space *space, struct gpa address, struct span *span);
/* The same of all that is contiguous around address, from *first on. */
int space_span_around(struct space *space, struct gpa address,
                      struct gpa *first, struct span *span);

/* The piece of a copy of left bytes, at least one, that one access of a device
 * can do. */
unsigned space_piece_size(uint64_t address, size_t left);

/* Copies over memory and devices alike, for loaders and debuggers (word
 * accesses to devices). Returns 0 or -EFAULT with the failing address in
 * *failed (may be NULL). */
int space_copy_in(struct space *space, const struct access *attributes,
                  struct gpa address, const void *bytes, size_t size,
                  struct gpa *failed);
int space_copy_out(struct space *space, const struct access *attributes,
                   struct gpa address, void *bytes, size_t size,
                   struct gpa *failed);

#endif

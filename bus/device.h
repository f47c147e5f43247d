/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device interface. A device is one file: a state struct, a register
 * table, handlers where a register has a side effect, and a const struct
 * device_type listed in devices/devices.def. From the tables the core
 * makes dispatch, access checks, resets, saved state, trace names, reference
 * pages and tests.
 *
 * state   plain data only (no pointers): saved, restored and compared byte by
 *         byte. Every byte of it is named by a register row or a state field.
 * wiring  pointers to peers and the like: made in init, never saved.
 *
 * A handler may reach its own device again, by memory accesses or by lines: it
 * leaves the state whole before it does, and reads the state anew afterwards.
 * What concerns the access alone is in struct access.
 */
#ifndef BUS_DEVICE_H
#define BUS_DEVICE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bus/clock.h"
#include "bus/description.h"
#include "bus/fabric.h"
#include "bus/line.h"
#include "bus/omission.h"
#include "bus/space.h"

/*
 * Which resets bring a register or field back to its reset value. A deeper
 * reset includes the shallower ones: power-on resets everything, warm resets
 * WARM and CORE, core resets CORE only.
 */
enum reset_domain {
    RESET_CORE,     /* every reset, down to a reset of the core alone */
    RESET_WARM,     /* warm and power-on */
    RESET_POWER_ON, /* power-on only: survives warm resets */
    RESET_NEVER,    /* keeps its value over all resets (straps) */
};

/* Access of a master to a register; each table row says so per view. */
enum register_access {
    NO,  /* reads zero, writes ignored, both logged as guest errors */
    RO,  /* writes ignored and logged as guest errors */
    RW,  /* bits of the writable mask are replaced */
    WO,  /* reads zero; a write goes to the handler */
    W1C, /* bits written one become zero */
    W1S, /* bits written one become one */
};

enum { REGISTER_VIEWS = 2 };
#define NO_FIELD UINT32_MAX

typedef uint32_t register_read(struct device *device,
                               const struct access *access, unsigned index);
typedef void register_write(struct device *device, const struct access *access,
                            unsigned index, uint32_t value);

/*
 * One row: a 32-bit register, or a bank of count equal ones 4 bytes apart.
 *
 * Without a handler the row's field (count words of state) is read and written
 * by the access rule. A read handler replaces the read. A write handler
 * replaces the store: it gets the new value of the whole register under RW
 * (bits outside writable keep their old value), and value & writable under WO,
 * W1C and W1S; it stores into the state itself.
 */
struct register_spec {
    uint32_t offset;
    uint16_t count;
    const char *name;               /* as the specification spells it */
    uint8_t access[REGISTER_VIEWS]; /* enum register_access per view */
    uint8_t domain;                 /* enum reset_domain */
    uint32_t reset;
    uint32_t writable; /* mask */
    uint32_t field;    /* offset into state, or NO_FIELD */
    register_read *read;
    register_write *write;
    const char *text; /* one line for the reference page */
};

/* The offset of a uint32_t member (or array of them) of a state struct. */
#define FIELD(type, member) ((uint32_t)offsetof(type, member))

/* Unregistered state: everything in the state struct that no row names. */
struct state_field {
    const char *name;
    uint32_t offset;
    uint32_t size_bytes;
    uint8_t domain; /* zeroed by these resets */
    /* The most that each word may be in a record, which anybody may have
     * written; 0: any value will do. For what is used as an index or a count.
     */
    uint32_t most;
};
#define STATE(type, member, domain) STATE_TO(type, member, domain, 0)
#define STATE_TO(type, member, domain, most)                                   \
    {                                                                          \
#member, (uint32_t)offsetof(type, member),                             \
            (uint32_t)sizeof(((type *)0)->member), domain, most                \
    }

/* The domain of a field that is a copy of what is saved elsewhere: it is hashed
 * and not saved in records. */
enum { STATE_COPIED = 0xff };

/* A window's worth of registers. A device's `reg` entries map to banks in
 * order. sizes is the set of allowed access sizes ored together: 4, or 1|2|4
 * for memory-like banks (then handlers see whole words, read-modify-written),
 * and 8 where a double word is two words, the lower first. */
struct register_bank {
    const char *name;
    uint32_t size_bytes;
    uint8_t sizes;
    const struct register_spec *registers;
    size_t register_count;
};

/* The rows of a bank are those of a table. */
#define REGISTER_BANK(name, size_bytes, sizes, table)                          \
    {                                                                          \
        name, size_bytes, sizes, table, ARRAY_SIZE(table)                      \
    }

struct output_spec {
    const char *name;
    enum line_kind kind;
};

struct input_spec {
    const char *name;
    /* The level of input `index` (position in the type's inputs) changed. */
    void (*changed)(struct device *device, unsigned index, uint32_t level);
};

typedef void timer_callback(struct device *device);

struct device_type {
    const char *compatible;
    const char *title;                /* "Caliptra key vault" */
    const char *reference;            /* specification and section */
    const struct omission *omissions; /* not modelled, see bus/omission.h */
    size_t omission_count;
    /* Its description for guests; NULL: none. */
    const struct description *description;
    enum event_role role; /* as an agent of the chain of trust */
    size_t state_size;
    size_t wiring_size;
    const struct register_bank *banks;
    size_t bank_count;
    const struct state_field *fields;
    size_t field_count;
    const struct output_spec *outputs;
    size_t output_count;
    const struct input_spec *inputs;
    size_t input_count;
    size_t timer_count;
    timer_callback *const *timers; /* timer_count callbacks */
    /* Peers may not be initialised yet; look them up, do not use them.
     * Returns 0, or a negative errno and *error. */
    int (*init)(struct device *device, struct error *error);
    /* Runs also where init failed or never ran: wiring starts as zeros. */
    void (*fini)(struct device *device);
    /* After the tables did their part; outputs must be set anew from state.
     * NULL: what `restored` does. */
    void (*reset)(struct device *device, enum reset_domain domain);
    /* After state was restored from a snapshot: rebuild what is derived. */
    void (*restored)(struct device *device);
    /* It has serial ports (bus/serial.h); NULL: none. */
    const struct serial_client *serial;
    /* It makes block requests (bus/disk.h); NULL: none. */
    const struct disk_client *disk;
    /* It exchanges messages with the outside (bus/channel.h); NULL: none. */
    const struct channel_client *channel;
    /* Somebody outside asserts the reset line of that output (number of the
     * type's outputs), or asks for its release: the same as a write to the
     * device's own registers that asks for it, so a release passes the same
     * conditions. NULL: no register of it says what its reset lines do. */
    void (*ask_reset)(struct device *device, unsigned output, bool asserted);
    /* A typed interface for peers (cast by the peer's header), or NULL. */
    const void *interface;
    /* Per bank, how many copies of it lie one after the other (the handlers
     * see access->frame; the rows may have no field); NULL: one each. */
    const uint16_t *frames;
    /* Banks without rows: the same contract as device_read and device_write,
     * with size and offset checked. */
    int (*read)(struct device *device, unsigned bank,
                const struct access *access, uint64_t offset, unsigned size,
                uint64_t *value);
    int (*write)(struct device *device, unsigned bank,
                 const struct access *access, uint64_t offset, unsigned size,
                 uint64_t value);
    /* The memory that windows of a bank show beside the device (see struct
     * window), or NULL; after init. */
    struct region *(*memory)(struct device *device, unsigned bank);
    /* It stands in the way of accesses to what the board puts behind it by
     * cairn,gate (docs/design/machine/gates.md): a window that is about to be
     * added to a space is shown to it first, with the number of the port that
     * the board names, and it may change the window, or cover it later
     * (bus/cover.h). Called after init, before the first reset. 0, or a
     * negative errno and *error. NULL: it is no gate. */
    int (*gate)(struct device *device, uint32_t port, struct space *space,
                struct window *window, struct error *error);
    /* A bus that the board's node is behind shows the banks, not the root
     * address space: reg has a place on that bus. */
    bool behind_bus;
    /* States between which what it draws differs, as registers and time put it
     * there: names, NULL-terminated, CAIRN_POWER_STATES at most; and the number
     * of the present one. NULL: the model does not say. */
    const char *const *power_states;
    unsigned (*power_state)(const struct device *device);
    /* Property cairn,start-time is for it: it knows the time of day. */
    bool takes_start_time;
};

/* A table and its length in a device_type, DEVICE_TABLE(bank, banks): for one
 * that others refer to, or which a .def has. The rows of others stand in the
 * literal, DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}). */
#define DEVICE_TABLE(what, table)                                              \
    .what##s = table, .what##_count = ARRAY_SIZE(table)
#define DEVICE_BANKS(...)  DEVICE_ROWS(bank, struct register_bank, __VA_ARGS__)
#define DEVICE_FIELDS(...) DEVICE_ROWS(field, struct state_field, __VA_ARGS__)
#define DEVICE_OMISSIONS(...)                                                  \
    DEVICE_ROWS(omission, struct omission, __VA_ARGS__)
#define DEVICE_OUTPUTS(...) DEVICE_ROWS(output, struct output_spec, __VA_ARGS__)
#define DEVICE_INPUTS(...)  DEVICE_ROWS(input, struct input_spec, __VA_ARGS__)
#define DEVICE_TIMERS(...)  DEVICE_ROWS(timer, timer_callback *, __VA_ARGS__)
#define DEVICE_ROWS(what, row_type, ...)                                       \
    .what##s = (row_type const[]){__VA_ARGS__},                                \
    .what##_count = sizeof((row_type const[]){__VA_ARGS__}) / sizeof(row_type)

/* The properties that a board says of a device; implemented by platform/. */
struct property_source {
    /* Value bytes and length, or NULL; searches the node, then its parents
     * when inherited is true. Cells are big-endian as in the blob. */
    const void *(*find)(const void *node, const char *name, bool inherited,
                        size_t *size);
    /* The device that the index-th phandle of a property names, or NULL. */
    struct device *(*peer)(const void *node, const char *name, unsigned index);
    /* The memory that the phandle of a property names, NULL if none. May be
     * NULL. */
    struct region *(*memory)(const void *node, const char *name);
    /* The address space that the device sees as a master, NULL if none: its
     * own, or that of the master named by "cairn,master". May be NULL. */
    struct space *(*space)(const void *node);
    /* The device whose node is above this one, NULL if none. May be NULL. */
    struct device *(*parent)(const void *node);
};

/* Word offset to row number + 1; there is no register behind the last. */
struct row_index {
    uint16_t *rows;
    size_t count;
};

struct device {
    const struct device_type *type;
    char name[32];
    void *state;
    void *wiring;
    struct fabric *fabric;
    struct line *outputs;
    struct timer *timers;
    uint32_t *input_levels;
    const struct property_source *properties;
    const void *node;
    struct disk *disk;         /* its medium, see bus/disk.h; NULL: none */
    struct channels *channels; /* see bus/channel.h; NULL: none is connected */
    uint64_t reads; /* of its registers, since it was made; for people */
    uint64_t writes;
    struct row_index *rows; /* private: of each bank, rows without omissions */
    struct row_index *watched; /* private: of each bank, rows with omissions */
    struct device *next;
};

/* Checks whether the tables hold together, for the tests of all types: every
 * byte of the state named once (rows may share a field if they agree on reset
 * value and domain), no two rows at an offset, nothing outside bank or state.
 * -EINVAL and *error if not. */
int device_type_check(const struct device_type *type, struct error *error);

/* A device with every row at its reset value, RESET_NEVER ones too. Tables that
 * do not hold together (see above) are the program's error: only that nothing
 * lies outside its bank or the state is asserted. properties may be
 * NULL. */
struct device *device_create(struct fabric *fabric,
                             const struct device_type *type, const char *name,
                             const struct property_source *properties,
                             const void *node);
/* Calls type->init; after all devices of a machine were created. */
int device_init(struct device *device, struct error *error);
void device_destroy(struct device *device);
/* Rows and fields of the domain, then type->reset (or else restored), whose
 * duty timers and outputs are. */
void device_reset(struct device *device, enum reset_domain domain);

/* Calls type->restored; after the state of all devices was put back. */
void device_restored(struct device *device);

/* After what may have brought the device into another power state. */
static inline void device_note_power(struct device *device)
{
    struct fabric *fabric = device->fabric;

    if (fabric->power_changed && device->type->power_state) {
        fabric->power_changed(fabric->power_context, device);
    }
}

/* All frames of a bank together. */
uint64_t device_bank_size(const struct device_type *type, unsigned bank);

/* One access to a bank; the same contract as space_read/space_write. */
int device_read(struct device *device, unsigned bank,
                const struct access *access, uint64_t offset, unsigned size,
                uint64_t *value);
int device_write(struct device *device, unsigned bank,
                 const struct access *access, uint64_t offset, unsigned size,
                 uint64_t value);
/* For handlers of rows: the access ends in a bus error. */
static inline void access_refuse(const struct access *access)
{
    assert(access->refused != NULL);
    *access->refused = true;
}

/* line sink for inputs: context is the device. */
void device_input(void *context, unsigned input, uint32_t level);
struct line *device_output(struct device *device, const char *name);

/* Bit n is set while input n is not 0; of a device with 32 inputs at most. */
static inline uint32_t device_input_bits(const struct device *device)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < device->type->input_count; i++) {
        bits |= (uint32_t)(device->input_levels[i] != 0) << i;
    }
    return bits;
}

/* Properties with defaults; -> inherited from parent nodes. */
uint32_t device_property_u32(const struct device *device, const char *name,
                             uint32_t otherwise);
/* A property of the device's own node only. */
uint32_t device_own_property_u32(const struct device *device, const char *name,
                                 uint32_t otherwise);
const char *device_property_string(const struct device *device,
                                   const char *name, const char *otherwise);
/* The index-th string of a list of them, of the device's own node only; NULL
 * past the last. */
const char *device_own_property_name(const struct device *device,
                                     const char *name, unsigned index);
/* NULL and *error (-> "node: needs property 'name'") if absent or if the peer
 * is not of the wanted interface. */
struct device *device_peer(const struct device *device, const char *name,
                           unsigned index, const char *wanted_compatible,
                           struct error *error);

/* The device that this one is behind on the board, such as the host of its bus,
 * or NULL. It is initialised first. */
struct device *device_parent(const struct device *device);

/* NULL and *error if the property names no memory. */
struct region *device_memory(const struct device *device, const char *name,
                             struct error *error);
/* The address space that the device sees as a master; devices access it by
 * bus/dma.h. */
struct space *device_space(const struct device *device, struct error *error);

/* Guest and unmodelled log lines and chain events in the device's name. */
#define device_guest_error(device, place, ...)                                 \
    log_write(&(device)->fabric->log, LOG_GUEST, (device)->name, place,        \
              __VA_ARGS__)
#define device_unmodelled(device, place, ...)                                  \
    log_write(&(device)->fabric->log, LOG_UNMODELLED, (device)->name, place,   \
              __VA_ARGS__)
/* The initialisers of a struct event, without time, agent and role. */
#define device_event(device, ...)                                              \
    device_add_event(device, &(struct event){__VA_ARGS__})
void device_add_event(struct device *device, const struct event *event);

#endif

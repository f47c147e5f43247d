/* SPDX-License-Identifier: Apache-2.0 */
/* A part of cairn/cairn.h, which includes it: a machine as a part of a larger
 * simulation, which has buses, memories, lines and a clock of its own. */
#ifndef CAIRN_SIMULATOR_H
#define CAIRN_SIMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_error;
struct cairn_machine;

/* ---- Time ---------------------------------------------------------------- */

/*
 * When something is to happen next: now if a processor runs, else when the next
 * timer is due. Until then cairn_run changes nothing but the time, unless an
 * input is given before. *time_ns is virtual time, never behind cairn_time_ns.
 *
 * Returns 0; -ENOENT if only an input can make something happen; -EAGAIN
 * without power.
 */
int cairn_next_event(const struct cairn_machine *machine, uint64_t *time_ns);

/* ---- Lines by handle ----------------------------------------------------- */

/* A line, as cairn_line_get and cairn_line_set know it by name. Handles are
 * good as long as the machine. */
struct cairn_line;
/* One that is followed, until cairn_line_unfollow or the machine's end. */
struct cairn_watch;

/* NULL: there is no line of that name. */
struct cairn_line *cairn_line_find(struct cairn_machine *machine,
                                   const char *name);
/* All lines, the inputs first; NULL past the end. */
struct cairn_line *cairn_line_at(struct cairn_machine *machine, size_t index);
/* Good as long as the machine. */
const char *cairn_line_name(const struct cairn_line *line);
uint32_t cairn_line_level(const struct cairn_line *line);
/* True if the outside drives it. */
bool cairn_line_is_input(const struct cairn_machine *machine,
                         const struct cairn_line *line);
/* As cairn_line_set. -EPERM for a line that is no input, -EBUSY within a
 * callback that only looks. */
int cairn_line_drive(struct cairn_machine *machine, struct cairn_line *line,
                     uint32_t level);
/*
 * As cairn_line_watch, with an end: changed is called with each new level, and
 * at once if the level is not 0. *watch is NULL after an error.
 *
 * cairn_line_unfollow frees the watch, which is not called again, also from
 * within changed itself. Both return 0, or -EBUSY within a callback that only
 * looks.
 */
int cairn_line_follow(struct cairn_machine *machine, struct cairn_line *line,
                      void (*changed)(void *context, uint32_t level),
                      void *context, struct cairn_watch **watch);
int cairn_line_unfollow(struct cairn_machine *machine,
                        struct cairn_watch *watch);

/* ---- Masters and what they see ------------------------------------------- */

/* Something with an address space of its own: a cluster of processors, a
 * stand-in for the SoC ("soc"), a device that makes accesses. Handles are good
 * as long as the machine. */
struct cairn_master;

/* NULL: there is no master of that name. */
struct cairn_master *cairn_master_find(struct cairn_machine *machine,
                                       const char *name);
/* In the order of the board; NULL past the end. */
struct cairn_master *cairn_master_at(struct cairn_machine *machine,
                                     size_t index);
/* Good as long as the machine. */
const char *cairn_master_name(const struct cairn_master *master);
/* True if accesses may be made by it from outside; a device makes its own. */
bool cairn_master_is_driven(const struct cairn_master *master);

/* A range of addresses where one part answers: a memory, the registers of a
 * device, or a memory that the device programs, as it does with flash, where
 * both are true; neither is where the board ignores accesses. */
struct cairn_window {
    const char *name; /* of the part: "rom", "soc_ifc" */
    uint64_t base;
    uint64_t size_bytes;
    uint64_t offset; /* of base, in the memory or the bank of registers */
    bool memory;
    bool device;
    bool readable;
    bool writable;
    bool executable;
};
/* The ranges that a master sees now, by rising address; windows may move while
 * the machine runs. -ENOENT past the end. */
int cairn_window_get(struct cairn_machine *machine, struct cairn_master *master,
                     size_t index, struct cairn_window *window);

/* A memory of the board, wherever masters see it. */
struct cairn_memory_info {
    const char *name;
    uint64_t size_bytes;
    bool read_only; /* to guests, and so no part of snapshots */
};
/* In the order of the board; -ENOENT past the end. */
int cairn_memory_get(const struct cairn_machine *machine, size_t index,
                     struct cairn_memory_info *memory);

/* ---- Accesses by handle -------------------------------------------------- */

/* As cairn_bus_read and cairn_bus_write. -EPERM for a master that is not
 * driven, -EBUSY within a callback that only looks. */
int cairn_master_read(struct cairn_machine *machine,
                      struct cairn_master *master, uint32_t user,
                      uint64_t address, unsigned size, uint64_t *value);
int cairn_master_write(struct cairn_machine *machine,
                       struct cairn_master *master, uint32_t user,
                       uint64_t address, unsigned size, uint64_t value);

/* How a run of bytes becomes accesses. */
struct cairn_transfer {
    size_t size;    /* sizeof(struct cairn_transfer) */
    uint32_t user;  /* id of the accesses */
    unsigned width; /* 1, 2, 4 or 8 bytes each, of which address and count are
                       multiples; 0: the widest aligned, up to 4 */
    bool fixed;     /* all at one address, of a FIFO; needs a width */
};
/*
 * Runs of bytes over a master's bus, by rising address, first to last. transfer
 * may be NULL. They end at the first access that is refused: *done is how many
 * bytes came before it.
 *
 * Returns 0, -EFAULT with a bus error, -EINVAL for a width that is none, and as
 * the calls above.
 */
int cairn_master_read_bytes(struct cairn_machine *machine,
                            struct cairn_master *master,
                            const struct cairn_transfer *transfer,
                            uint64_t address, void *bytes, size_t count,
                            size_t *done);
int cairn_master_write_bytes(struct cairn_machine *machine,
                             struct cairn_master *master,
                             const struct cairn_transfer *transfer,
                             uint64_t address, const void *bytes, size_t count,
                             size_t *done);

/*
 * Looks at memory and registers as a master sees them, any master, without side
 * effects: nothing is popped, acquired or logged, and state and later run are
 * the same. A register that only its master may read shows what that user may
 * see. Legal in all callbacks.
 *
 * Returns 0, or -EFAULT where nothing answers, with the bytes before it in
 * *done.
 */
int cairn_peek(struct cairn_machine *machine, struct cairn_master *master,
               uint32_t user, uint64_t address, void *bytes, size_t count,
               size_t *done);
/*
 * Writes memory as a master sees it, any master, whatever its rights there, as
 * a debugger does. Not within callbacks.
 *
 * Returns 0, or with the bytes before it in *done: -EFAULT where nothing
 * answers; -ENOTSUP at registers, whose writes are nothing but side effects,
 * and while the run is recorded; -EPERM at memory of the board that guests only
 * read, which is part of what the machine is; -EBUSY within a callback.
 */
int cairn_poke(struct cairn_machine *machine, struct cairn_master *master,
               uint64_t address, const void *bytes, size_t count, size_t *done);
/* Sets a register by its name, of at most 64 bits. -ENOENT for a core or
 * register that is none, -EPERM for one that cannot be set, -ENOTSUP while the
 * run is recorded, -EBUSY within a callback. */
int cairn_register_set(struct cairn_machine *machine, const char *core,
                       const char *name, uint64_t value);

/* ---- Memory and registers of the caller ---------------------------------- */

/* How an access comes. More fields may follow. */
struct cairn_access {
    uint32_t user;
    bool secure;
    bool privileged;
    bool instruction; /* a fetch */
    bool peek;        /* a look: nothing may change */
};

/*
 * A part of the caller in the address spaces of masters. Fields that are zero
 * ask for nothing. Strings are copied.
 */
struct cairn_map {
    size_t size;        /* sizeof(struct cairn_map) */
    const char *name;   /* in logs and enumerations */
    const char *master; /* that sees it; NULL: all do */
    uint64_t address;
    uint64_t size_bytes;
    int priority; /* over what has a lower one, under what has a higher; the
                     board's is 0 unless it says otherwise */
    bool read_only;
    /* Memory: size_bytes bytes of the caller's, a multiple of 4096, that stay
     * where they are until the machine is destroyed. The caller may read and
     * write them at any time between two calls; cairn_mapping_written tells of
     * writes to where a processor may have executed code. */
    void *host;
    /* Or registers: functions that are called with each access, of 1, 2, 4 or 8
     * bytes, aligned, at an offset from address. NULL, or a result that is not
     * 0: a bus error. */
    int (*read)(void *context, const struct cairn_access *access,
                uint64_t offset, unsigned size, uint64_t *value);
    int (*write)(void *context, const struct cairn_access *access,
                 uint64_t offset, unsigned size, uint64_t value);
    void *context;
    bool peeks; /* read obeys access->peek; else cairn_peek fails there */
};
/* One that was made; good as long as the machine. */
struct cairn_mapping;

/*
 * Shows memory or registers of the caller to masters: processors, devices that
 * make accesses, and the outside through cairn_bus_read. Before the power comes
 * on or a snapshot is loaded. mapping may be NULL.
 *
 * The functions are called within cairn_run and within accesses from outside;
 * they may drive lines and make accesses in turn, and their effects must follow
 * from what they were called with if two runs are to be the same.
 *
 * Contents are the caller's: they are no part of snapshots, which do not put
 * them back, of state hashes, or of resets. Names and places are of the
 * machine's identity, by which snapshots are checked. There is no
 * cairn_record_open and no reverse debugging of a machine with mappings, as a
 * list of inputs does not have what the functions return.
 *
 * -EINVAL for a range, name or size that is none; -ENOENT without such a
 * master; -EEXIST where something of the same priority answers; -EBUSY if the
 * machine has state; -ENOMEM.
 */
int cairn_map(struct cairn_machine *machine, const struct cairn_map *map,
              struct cairn_mapping **mapping, struct cairn_error *error);
/* The caller has written bytes of its memory. -ERANGE for a range that is none
 * of it, -EBUSY within a callback that only looks. */
int cairn_mapping_written(struct cairn_mapping *mapping, uint64_t offset,
                          uint64_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif

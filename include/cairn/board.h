/* SPDX-License-Identifier: Apache-2.0 */
/* A part of cairn/cairn.h, which includes it: boards before there is a machine,
 * and pictures of them. */
#ifndef CAIRN_BOARD_H
#define CAIRN_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_error;
struct cairn_machine;
struct cairn_options;

/* Names of the built-in boards; NULL past the end. */
const char *cairn_board_name(size_t index);

/*
 * A board as it is described, before there is a machine. Nodes are named by
 * their label, or without one by their name.
 */
struct cairn_board;
/* Uses the board, overlays and folders of the options. */
int cairn_board_open(const struct cairn_options *options,
                     struct cairn_board **opened, struct cairn_error *error);
void cairn_board_close(struct cairn_board *board);
/*
 * cairn_create with a board that is open already, whose options board,
 * overlays and folders then count for nothing: a board is read once. The
 * machine takes the board over; it is closed also on failure.
 */
int cairn_create_on(struct cairn_board *board,
                    const struct cairn_options *options,
                    struct cairn_machine **made, struct cairn_error *error);
/* A line for people, from the root's property cairn,description, or NULL. */
const char *cairn_board_description(const struct cairn_board *board);
/* How many AArch64 processors it has: those that guests run on. */
unsigned cairn_board_processors(const struct cairn_board *board);
/* True if firmware of the board's own starts the guest (cairn,psci). */
bool cairn_board_starts_guest(const struct cairn_board *board);
/* True if that firmware finds out how much memory there is, so that the user
 * may choose (cairn,finds-memory). */
bool cairn_board_finds_memory(const struct cairn_board *board);
/* True if the board's software comes from outside and has its console
 * (cairn,awaits-guest). */
bool cairn_board_awaits_guest(const struct cairn_board *board);
/*
 * The embedded files with which a program starts parts of the board by default,
 * as "PART=FILE": "rom=rom.bin" for the memory "rom". Parts that are no
 * memories: "firmware" (of the root of trust), "firmware-lms" (the same for
 * fuses that select LMS), "fuses", and "guest", the name of the guest in the
 * board's flash. From the root's property cairn,carried; NULL past the end, and
 * for a board that comes from a file.
 */
const char *cairn_board_carries(const struct cairn_board *board, size_t index);
/* The generation of the Caliptra core: 0x0101 of 1.1; 0: there is none, or the
 * board does not say. */
unsigned cairn_board_generation(const struct cairn_board *board);
/* True if there is a memory of that name. */
bool cairn_board_has_memory(const struct cairn_board *board, const char *name);
/* Bytes of a memory; 0: there is none, or it does not say. */
uint64_t cairn_board_memory_size(const struct cairn_board *board,
                                 const char *name);
enum { CAIRN_PART_NAME_SIZE = 32 };
/* A part of a memory for one use (cairn-board(5), PARTITIONS). */
struct cairn_partition {
    char name[CAIRN_PART_NAME_SIZE];
    char memory[CAIRN_PART_NAME_SIZE];
    uint64_t offset; /* in the memory */
    uint64_t size_bytes;
};
/* The one with that cairn,role. -ENOENT without one, or where its memory or
 * range is none. */
int cairn_board_partition(const struct cairn_board *board, const char *role,
                          struct cairn_partition *partition);
/*
 * The part of the board that has a role: the first node whose cairn,role is
 * that word (cairn-board(5) lists them), or for "root-of-trust" and
 * "boot-control" the first device of the one kind that can have it. -ENOENT
 * without one. name, unless it is NULL, receives the name of the part.
 */
int cairn_board_role(const struct cairn_board *board, const char *role,
                     char name[CAIRN_PART_NAME_SIZE]);
struct cairn_property {
    const char *name;
    const void *value; /* as in a device tree: strings with their NUL, numbers
                          as big-endian cells */
    size_t size;
};

/* A virtio device that is put into a free slot of the board. */
struct cairn_plug {
    size_t size;      /* sizeof(struct cairn_plug) */
    const char *kind; /* "blk", "net": what is behind "virtio-mmio-" in the name
                         of a model; or "lm75", "eeprom" of an I2C bus */
    const char *bus; /* "mmio", "mmio-legacy" (virtio 1.2, 4.2.4, for kinds that
                        have a legacy interface) or "pci"; NULL: mmio. Of
                        targets the name of their I2C bus; NULL: i2c0 */
    const struct cairn_property *properties; /* of the node, beside those of
                                                the slot */
    size_t property_count;
};

/*
 * Guests find devices of a bus in the order in which they were plugged. name
 * receives the name of the new part, "blk0". -EINVAL for a kind or bus that
 * there is not, -ENOSPC where no slot is free.
 */
int cairn_board_plug(struct cairn_board *board, const struct cairn_plug *plug,
                     char name[CAIRN_PART_NAME_SIZE],
                     struct cairn_error *error);
/* True if a device of its has a serial port that its node names so. */
bool cairn_board_has_port(const struct cairn_board *board, const char *name);
/* How many devices with a disk it has. */
unsigned cairn_board_disks(const struct cairn_board *board);
/* And how many for a network. */
unsigned cairn_board_nets(const struct cairn_board *board);
/* True if the board itself drives an input, "soc_ifc.cptra_rst_b". */
bool cairn_board_drives(const struct cairn_board *board, const char *input);

/* Pictures of the board: masters, windows, lines; once it has power, also which
 * processors run and which reset lines are asserted. format is "text" or "svg".
 * The caller frees *picture. */
int cairn_board_show(struct cairn_machine *machine, const char *format,
                     char **picture, struct cairn_error *error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif

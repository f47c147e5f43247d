/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of a session: a machine, its initial contents, its console input,
 * its limits, and the files to keep. All fields are typed; a caller that has
 * words (a command line, a test job, a request to a server) parses them. Empty
 * fields request nothing, once session_options_init set the defaults. The
 * struct and all that it points to belong to the caller and outlive the
 * session.
 */
#ifndef SESSION_OPTIONS_H
#define SESSION_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/file.h"
#include "include/cairn/cairn.h"
#include "trust/quote/quote.h"

/* A memory starts with a file; or a file that a hypervisor finds. */
struct session_image {
    const char *memory;
    const char *path;
};

/* A file that goes where it says itself (ELF, Intel HEX), or to an address. */
struct session_load {
    const char *memory; /* that it must lie in; NULL: any */
    const char *path;
    bool placed;    /* to this address: */
    bool is_offset; /* in memory, not as processors see it */
    uint64_t address;
};

struct session_module {
    const char *kind;
    const char *path;
    const char *append; /* command line, or NULL */
};

/* A file with symbols. */
struct session_symbols {
    const char *path;
    const char *core; /* whose code they name; NULL: of all of their kind */
    bool moved;       /* its lowest address is this one: */
    uint64_t address;
};

/* Wait until the console printed a text, then type an answer. */
struct session_step {
    const char *expect;
    const char *type; /* "\n" in it is the return key; NULL: no answer */
};

/* A serial port's back end, see cairn_serial_connect. */
struct session_serial {
    const char *port; /* NULL: the console's */
    const char *backend;
};

struct session_disk {
    /* NULL: the board's next device with a disk, or if it has no more, a virtio
     * block device in a free slot of `bus` (see cairn_board_plug). */
    const char *device;
    const char *bus;
    const char *serial; /* of a virtio block device, 20 bytes at most; NULL: its
                           name */
    struct cairn_disk disk;
    bool new_overlay; /* it is made, as with new_flash */
};

/* The network of a device, see cairn_net_connect. */
struct session_net {
    const char *device; /* NULL: the next that has none */
    const char *backend;
};

/* A folder for the guest, by a virtio device in a free slot. */
struct session_share {
    struct cairn_share share;
    const char *tag; /* by which the guest mounts it */
    const char *bus; /* see cairn_board_plug */
};

/* Virtio devices in free slots of the board; `bus` as in cairn_board_plug. */
struct session_rng {
    const char *source; /* "seeded", "host"; NULL: no such device */
    const char *bus;
};

struct session_vsock {
    const char *path; /* see cairn_vsock_connect; NULL: no such device */
    uint32_t cid;
    const char *bus;
};

/* A virtio device without an outside, in a free slot. */
struct session_plugged {
    const char *kind; /* see struct cairn_plug, as all of these */
    const char *bus;
    const struct cairn_property *properties;
    size_t property_count;
};

/* Hold an input line of the board down for a tenth of a second, or set it. */
struct session_press {
    const char *line;
    uint64_t time_ns; /* virtual, since power-on */
    bool sets;        /* to this value, which stays: */
    uint32_t value;
};

struct session_power_cut {
    uint32_t operation; /* of the flash, from 1; 0: no cut */
    uint32_t byte;      /* of that operation */
    uint32_t seed;      /* says which bits of that byte are done */
};

/* A file that the caller writes during the run or after it. */
struct session_target {
    const char *name; /* of the option, for messages */
    const char *path;
    enum file_use use;
};

struct session_options {
    /* A path, or the name of a built-in board. */
    const char *board;
    const char *const *overlays;
    size_t overlay_count;
    const char *const *folders; /* see struct cairn_options */
    size_t folder_count;
    const struct session_image *images;
    size_t image_count;
    const struct session_load *loads;
    size_t load_count;
    /* Files that the program carries, by the names that boards have for them
     * (cairn,carried); NULL: none. The bytes are constant. */
    bool (*carried)(const char *name, struct cairn_image *file);
    /* The pass phrase of idevid_issuer's key if that is encrypted, or NULL. */
    const struct pass_phrase *pass_phrase;

    /* Paths, NULL for none, and two that are more: `guest` names a folder with
     * a kernel, by its path or by its name (session/guest_folder.h), and `gdb`
     * is an address to serve a debugger at. */
#define PATH(field, name, use, written) const char *field;
#define PATHS(name)
#include "session/paths.def"
#undef PATH
#undef PATHS

    /* A file that keeps a state over runs is there, or is made where these say
     * so; then it must not be there (session/kept.h). */
    bool new_flash;
    bool new_fuse_array;
    bool new_tpm; /* the folder of `tpm` */

    /* The socket's path of a server that the caller runs beside the session. */
    const char *serves;

    /* The part and its agent. */
    const char *const *variables; /* "NAME=value" for the script */
    size_t variable_count;
    bool has_life_cycle; /* else the fuses say */
    uint32_t life_cycle; /* CALIPTRA_LIFECYCLE_* */
    bool debug_unlocked;
    const char *until; /* a goal of cairn_reached, or NULL */

    const struct session_disk *disks;
    size_t disk_count;
    const struct session_net *nets;
    size_t net_count;
    const struct session_share *shares;
    size_t share_count;
    struct session_rng rng;
    struct session_vsock vsock;
    const struct session_plugged *plugged;
    size_t plugged_count;

    /* The guest. */
    const char *append;    /* command line of the kernel */
    uint64_t memory_bytes; /* 0: as the board says */
    unsigned cpus;         /* 0: one */
    const char *cpu;       /* see struct cairn_guest */
    bool has_start_time;
    uint32_t start_time; /* seconds since 1970 */
    bool security;
    bool virtualization;
    bool semihosting;
    bool no_acpi;
    const char *tpm; /* back end, see cairn_tpm_connect; NULL: no TPM */
    const char *tpm_interface; /* see struct cairn_guest */
    const struct session_module *modules;
    size_t module_count;

    /* The console. */
    const char *console; /* a serial port's name; NULL: the board's console */
    const struct session_serial *serials;
    size_t serial_count;
    const struct session_step *steps;
    size_t step_count;
    const char *typed_first; /* before them, at once; or NULL */
    const struct session_press *presses;
    size_t press_count;
    bool terminal; /* standard input is one: its keys are typed */

    /* The run. */
    uint64_t seed;
    enum cairn_engine engine;
    bool parallel;
    bool strict;
    bool trace;
    bool time_engine; /* for cairn_engine_statistics */
    /* 0: a default of the board's kind, or no limit if a user watches, who can
     * end a run that makes no progress. */
    uint64_t instructions;
    bool watched;
    uint64_t virtual_ns; /* virtual time that the run may take; 0: as above */
    uint64_t host_ns;    /* the same of the host's time; 0: any */
    struct session_power_cut power_cut;
    const struct cairn_reset_at *resets;
    size_t reset_count;
    uint64_t reverse_memory; /* see cairn_debug_reverse */

    /* The recording of hashes and the observers of the run. */
    uint64_t hash_distance; /* instructions between two of `hashes` */
    bool perf_map;
    const char *const *profiles; /* paths, see session/profile/profile.h */
    size_t profile_count;
    uint64_t profile_period;   /* instructions between two samples */
    bool power;                /* a ledger of power states is kept, and */
    const char *const *powers; /* written: paths, see session/power/power.h */
    size_t power_count;
    const struct session_symbols *symbols; /* for perf_map and profiles */
    size_t symbol_count;
    bool has_nonce; /* of the quote; else the seed says */
    uint8_t nonce[QUOTE_NONCE_SIZE];
    uint32_t mailbox_user;
    const char *const *origin; /* see struct cairn_options */
    size_t origin_count;
    const struct session_target *targets;
    size_t target_count;
};

/* The defaults of an empty command line, but for the board. */
void session_options_init(struct session_options *options);
/* True if `name` is that of a row in session/paths.def. */
bool session_options_has_path(const char *name);

#endif

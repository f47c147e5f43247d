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

#define OPTION(letter, name, argument, group, value, origin, needs, text)      \
    FIELD_##value
#define FIELD_PATH(field, use, written)  const char *field;
#define FIELD_TEXT(field)                const char *field;
#define FIELD_FLAG(field)                bool field;
#define FIELD_NUMBER(field, least, most) uint64_t field;
#define FIELD_TIME(field)                uint64_t field;
#define FIELD_LIST(when, type, many, one, parse)                               \
    type const *many;                                                          \
    size_t one##_count;
#define FIELD_WORDS(when, many, one)                                           \
    const char *const *many;                                                   \
    size_t one##_count;
#define FIELD_ONCE(when, parse)
#define FIELD_OWN

struct session_options {
    /* A path, or the name of a built-in board. */
    const char *board;
    /* Files that the program carries, by the names that boards have for them
     * (cairn,carried); NULL: none. The bytes are constant. */
    bool (*carried)(const char *name, struct cairn_image *file);
    /* The pass phrase of idevid_issuer's key if that is encrypted, or NULL. */
    const struct pass_phrase *pass_phrase;

    /* A field or a list for each option that is no more than that. Paths are
     * NULL for none, and two are more: `guest` names a folder with a kernel, by
     * its path or by its name (session/guest_folder.h), and `gdb` is an address
     * to serve a debugger at. Numbers of 0 are defaults of the board's kind, or
     * no limit. */
#include "session/options.def"

    const struct session_image *images;
    size_t image_count;
    const struct session_load *loads;
    size_t load_count;

    /* A file that keeps a state over runs is there, or is made where these say
     * so; then it must not be there (session/kept.h). */
    bool new_flash;
    bool new_fuse_array;
    bool new_tpm; /* the folder of `tpm` */

    /* The socket's path of a server that the caller runs beside the session. */
    const char *serves;

    /* The part. */
    bool has_life_cycle; /* else the fuses say */
    uint32_t life_cycle; /* CALIPTRA_LIFECYCLE_* */
    uint32_t mailbox_user;
    bool has_nonce; /* of the quote; else the seed says */
    uint8_t nonce[QUOTE_NONCE_SIZE];

    /* The guest. */
    struct session_rng rng;
    struct session_vsock vsock;
    unsigned cpus; /* 0: one */
    bool has_start_time;
    uint32_t start_time; /* seconds since 1970 */
    const char *tpm;     /* back end, see cairn_tpm_connect; NULL: no TPM */
    const char *tpm_interface; /* see struct cairn_guest */
    const char *typed_first;   /* before all steps, at once; or NULL */
    bool terminal;             /* standard input is one: its keys are typed */

    /* The run. */
    enum cairn_engine engine;
    bool watched; /* a user can end a run that makes no progress */
    struct session_power_cut power_cut;
    bool power;                /* a ledger of power states is kept, and */
    const char *const *powers; /* written: paths, see session/power/power.h */
    size_t power_count;
    const char *const *origin; /* see struct cairn_options */
    size_t origin_count;
    const struct session_target *targets;
    size_t target_count;
};

#undef OPTION
#undef FIELD_PATH
#undef FIELD_TEXT
#undef FIELD_FLAG
#undef FIELD_NUMBER
#undef FIELD_TIME
#undef FIELD_LIST
#undef FIELD_WORDS
#undef FIELD_ONCE
#undef FIELD_OWN

/* The defaults of an empty command line, but for the board. */
void session_options_init(struct session_options *options);

#endif

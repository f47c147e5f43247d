/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root of trust as those outside of its process use it: its registers, its
 * mailbox, its pins, its time and its state. It belongs to a session whose
 * machine is a Caliptra core with an agent for the rest of the SoC, and knows
 * clients by a pointer only, no frames and no sockets.
 */
#ifndef SESSION_ROT_CORE_H
#define SESSION_ROT_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "session/rot/wire.h"

struct session;

/* Addresses that the SoC reaches of a core. */
#define ROT_WINDOW_BASE 0x30020000u
#define ROT_WINDOW_SIZE 0x00020000u

enum { ROT_USERS = 5, ROT_LINES = 128 };

/* How far the SoC's duties are done when a root of trust is brought up. */
enum rot_stage {
    ROT_STAGE_POWER, /* the supply is on, pins and fuses are the client's */
    ROT_STAGE_RESET, /* fuses are written, the processor runs */
    ROT_STAGE_FIRMWARE_READY,
    ROT_STAGE_FMC,
    ROT_STAGE_RUNTIME,
    ROT_STAGES,
};

/* "firmware-ready", as `--until` has it; NULL past the last. */
const char *rot_stage_name(unsigned stage);

struct rot_core_options {
    enum rot_stage stage; /* of the start, and of a cold reset */
    /* Users of the mailbox; the first one boots, and serves randomness. */
    uint32_t users[ROT_USERS];
    unsigned user_count; /* at least 1 */
    uint64_t access_ns;  /* virtual time that one access to a register takes */
    uint64_t limit_ns;   /* of virtual time for a mailbox command */
    uint64_t seed;
};

/* A line that somebody watches. */
struct rot_line {
    struct rot_core *core;
    struct cairn_line *line;
    unsigned index;
    uint32_t level;
};

struct rot_core {
    struct session *session;
    struct cairn_machine *machine;
    struct cairn_master *soc; /* whose accesses are those of clients */
    const struct rot_core_options *options;
    /* Called from within the functions here at each change of a watched line.
     */
    void (*changed)(void *context, unsigned line, uint32_t level);
    void *context;

    /* The client that took the mailbox's lock, as which user; NULL: nobody that
     * is known.
     */
    const void *holder;
    uint32_t holder_user;
    bool unanswered; /* a command ran into its limit, and is still there */
    bool broken;     /* the machine is good for nothing any more */
    bool waiting;    /* for the answer to a command */
    struct rot_line lines[ROT_LINES];
    unsigned line_count;
    struct cairn_error why; /* of the last error, for people; may be empty */
};

/* The machine is built and has no power. */
void rot_core_init(struct rot_core *core, struct session *session,
                   const struct rot_core_options *options);

/* ---- Registers and time -------------------------------------------------- */

/* The most that one request may let pass, and that one access may take. */
#define ROT_RUN_MOST_NS  1000000000ull
#define ROT_PACE_MOST_NS 1000000ull

/* Lets so much virtual time pass, unless cairn_stop ends it before. */
enum cairn_stop rot_core_pass(struct rot_core *core, uint64_t ns);
/* When the machine next does something by itself: the time at hand if a
 * processor runs, UINT64_MAX if only a request can make something happen. */
uint64_t rot_core_next_event(const struct rot_core *core);
uint64_t rot_core_time(const struct rot_core *core);
/* An aligned word of the window. While a client holds the mailbox, another one
 * of the same user meets it as a stranger would. */
enum rot_error rot_core_read(struct rot_core *core, const void *who,
                             uint32_t user, uint32_t address, uint32_t *value);
enum rot_error rot_core_write(struct rot_core *core, const void *who,
                              uint32_t user, uint32_t address, uint32_t value);

/* ---- The mailbox --------------------------------------------------------- */

struct rot_exchange {
    const void *who;
    uint32_t user;
    uint32_t command;
    bool checksum; /* to be filled in and compared here */
    const uint8_t *bytes;
    size_t size;
    uint32_t status;      /* CALIPTRA_MBOX_STATUS_* */
    struct buffer answer; /* the caller frees it */
};

/* Does a command from lock to release, for which time passes: what it takes,
 * and before it as much as so many accesses to registers, in which firmware
 * that has just answered gets round to its own work. BUSY: nothing was done. */
enum { ROT_COMMAND_PAUSE = 16 };
enum rot_error rot_core_exchange(struct rot_core *core,
                                 struct rot_exchange *exchange);
/* True if another client than this holds the mailbox. */
bool rot_core_is_held(struct rot_core *core, const void *who);
/* A client has gone: a command that it left in the mailbox is executed as it
 * stands, as if its last write had been that of EXECUTE, and its answer
 * dropped. Where that would be fatal, as no runtime is there, it stays. */
void rot_core_forget(struct rot_core *core, const void *who);

/* ---- Resets, fuses, lines, state ----------------------------------------- */

/* Loss of power, then the SoC's duties up to the stage. */
enum rot_error rot_core_boot(struct rot_core *core, enum rot_stage stage);
/* The pin alone, or with the SoC's duties up to the stage. */
enum rot_error rot_core_reset_warm(struct rot_core *core, bool duties,
                                   enum rot_stage stage);
/* Writes fuses, as cairn-fuses(5) has them, into registers that await them. */
enum rot_error rot_core_fuses(struct rot_core *core, const char *text,
                              size_t size);
enum rot_error rot_core_get_line(struct rot_core *core, const char *name,
                                 uint32_t *level);
enum rot_error rot_core_set_line(struct rot_core *core, const char *name,
                                 uint32_t level);
/* Its number in core->lines; the same for each call with this name. */
enum rot_error rot_core_watch(struct rot_core *core, const char *name,
                              unsigned *number);
/* The caller frees *bytes. */
enum rot_error rot_core_save(struct rot_core *core, uint8_t **bytes,
                             size_t *size);
enum rot_error rot_core_load(struct rot_core *core, const uint8_t *bytes,
                             size_t size);

#endif

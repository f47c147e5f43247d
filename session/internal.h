/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that a session owns, for the two files that make one: build and run.
 */
#ifndef SESSION_INTERNAL_H
#define SESSION_INTERNAL_H

#include "base/buffer.h"
#include "session/guest.h"
#include "session/hashes.h"
#include "session/perf_map.h"
#include "session/power/power.h"
#include "session/power_cut.h"
#include "session/profile/profile.h"
#include "session/quote.h"
#include "session/roles.h"
#include "session/session.h"
#include "session/start.h"
#include "session/variables.h"

/* The last whole line that a serial port printed. */
struct session_last_line {
    struct buffer under_way;
    struct buffer line;
};

struct session {
    const struct session_options *options;
    struct session_observer observer;
    struct cairn_board *board;  /* up to session_build */
    struct session_roles roles; /* the board's, which outlive it */
    bool has_guest;
    bool has_agent;
    struct buffer script_bytes;
    const char *script; /* the same as text, or NULL */
    /* Devices that were plugged in for disks, by the disk's index; "" for those
     * of the board. */
    char (*disk_names)[CAIRN_PART_NAME_SIZE];
    char (*share_names)[CAIRN_PART_NAME_SIZE];
    char (*net_names)[CAIRN_PART_NAME_SIZE]; /* the same of networks */
    char vsock_name[CAIRN_PART_NAME_SIZE];
    struct session_start start;
    struct session_variables variables;
    struct session_guest guest;
    struct session_cut cut;
    struct session_timeout timeout;
    struct session_hashes hashes;
    struct session_symbol_files symbols;
    struct session_perf_map perf_map;
    struct session_profile profile;
    struct session_quote quote;
    struct session_last_line mcu; /* the boot MCU's */
    struct cairn_machine *machine;
    enum session_end end;
    /* The file of inputs. */
    uint64_t identity; /* of what the run depends on beside the machine */
    bool recording;
    int code; /* what the run came to, with words */
    struct cairn_error words;
    char sandbox[160];
};

/* How many instructions the run may take; 0: any number. */
uint64_t session_instructions(const struct session *session);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations for the files of our own protocol, "CAIR". */
#ifndef SESSION_ROT_OWN_H
#define SESSION_ROT_OWN_H

#include "session/rot/client.h"

/* Numbers of requests, as session/rot/commands.def has them. */
enum own_request {
    OWN_HELLO = 1,
    OWN_PING,
    OWN_READ,
    OWN_WRITE,
    OWN_MAILBOX,
    OWN_RUN,
    OWN_TIME,
    OWN_RESET,
    OWN_FUSES,
    OWN_LINES,
    OWN_GET_LINE,
    OWN_SET_LINE,
    OWN_WATCH,
    OWN_SAVE,
    OWN_LOAD,
    OWN_STATUS,
    OWN_USER,
    OWN_PACE,

    OWN_REPLY = 0x8000,
    OWN_LINE_CHANGED = 0x4001,
    OWN_WAS_RESET,
    OWN_LOST,
    OWN_END,
};

/* Kinds of OWN_RESET, and of OWN_WAS_RESET. */
enum own_reset { OWN_RESET_WARM = 1, OWN_RESET_COLD, OWN_RESET_LOADED };

/* Bits of OWN_MAILBOX's flags, of OWN_RUN's, of OWN_READ's and OWN_WRITE's. */
enum own_flags {
    OWN_CHECKSUM = 1,
    OWN_STOP_AT_LINES = 1,
    OWN_SAME_ADDRESS = 1,
};

/* Bytes before what a command adds. */
enum { OWN_TAG = 4, OWN_REPLY_HEAD = 16 };

/* One request: fields by their offset behind the tag. */
struct own_job {
    struct rot_client *client;
    const struct rot_frame *frame;
};

static inline uint32_t own_word(const struct own_job *job, size_t offset)
{
    return load_le32(job->frame->payload + OWN_TAG + offset);
}

static inline uint64_t own_long(const struct own_job *job, size_t offset)
{
    return load_le64(job->frame->payload + OWN_TAG + offset);
}

static inline struct rot_core *own_core(const struct own_job *job)
{
    return &job->client->server->core;
}

/* The rest of a payload, from so many bytes behind the tag on, and its size. */
static inline const uint8_t *own_rest(const struct own_job *job, size_t offset,
                                      size_t *size)
{
    *size = job->frame->length - OWN_TAG - offset;
    return job->frame->payload + OWN_TAG + offset;
}

/* Each answers by an error or appends to the server's payload, which has the
 * reply's head already. */
enum rot_error own_reset(const struct own_job *job);
enum rot_error own_fuses(const struct own_job *job);
enum rot_error own_lines(const struct own_job *job);
enum rot_error own_get_line(const struct own_job *job);
enum rot_error own_set_line(const struct own_job *job);
enum rot_error own_watch(const struct own_job *job);
enum rot_error own_save(const struct own_job *job);
enum rot_error own_load(const struct own_job *job);
enum rot_error own_status(const struct own_job *job);

#endif

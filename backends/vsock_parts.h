/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the sockets of a guest: what the lines to the device (vsock.c) and
 * the programs of the host at them (vsock_program.c) share. */
#ifndef BACKENDS_VSOCK_PARTS_H
#define BACKENDS_VSOCK_PARTS_H

#include "backends/listener.h"
#include "backends/vsock.h"
#include "base/byte_queue.h"
#include "host/connector.h"

enum { VSOCK_GREETING_MAX = 32 /* bytes of "CONNECT 4294967295\n" */ };

enum vsock_phase {
    LINE_FREE,
    LINE_GREETING, /* a program of the host has connected */
    LINE_ASKED,    /* the guest is to answer */
    LINE_CALLING,  /* the guest asked, the connector is to answer */
    LINE_CONNECTED,
    LINE_LEAVING, /* the device said CLOSE: the last bytes go out */
    LINE_ENDING,  /* we said CLOSE, the device is to say it */
};

struct vsock_line {
    struct vsock *vsock;
    enum vsock_phase phase;
    bool packets; /* sequenced packets, not a stream */
    uint32_t host_port;
    uint32_t call; /* the connector's answer must name it */
    struct loop_watch watch;
    bool watched;
    struct byte_queue out;  /* to the program; each message behind its size */
    struct buffer part;     /* the message of which the guest sent no end yet */
    size_t untold;          /* bytes that went out since TAKEN was said */
    bool guest_ended;       /* the guest sends no more */
    bool program_ended;     /* the program sends no more */
    bool hung;              /* nor will it receive */
    struct byte_queue held; /* messages that the device did not take, each
                               behind its size */
    char greeting[VSOCK_GREETING_MAX];
    size_t greeted;
};

struct vsock {
    struct loop *loop;
    struct vsock_device device;
    struct listener streams;
    struct listener packets;
    uint32_t longest; /* message that a program can be sent */
    struct buffer in; /* a message of a program */
    struct connector connector;
    struct loop_watch answers; /* of the connector */
    uint32_t next_port;
    uint32_t next_call;
    bool ready; /* the device knows of us: it said RESTART */
    bool told_full;
    struct vsock_line lines[VSOCK_LINES];
};

/* ---- vsock.c ------------------------------------------------------------- */

/* Says it, or keeps it behind what is kept. */
void vsock_line_say_bytes(struct vsock_line *line, const void *message,
                          size_t size);
void vsock_line_say(struct vsock_line *line, enum vsock_word word, uint32_t a,
                    uint32_t b);
/* Bytes went out to the program. */
void vsock_line_tell_taken(struct vsock_line *line);
/* A line of the log. */
void vsock_trouble(struct vsock *vsock, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- vsock_program.c ----------------------------------------------------- */

/* An event of the program's socket. */
void vsock_program_ready(void *context, unsigned events);
/* The line's program is at that descriptor. */
void vsock_program_take(struct vsock_line *line, int fd);
/* Nothing is left of it, and the line is free. */
void vsock_program_close(struct vsock_line *line);
/* The program is gone, or nobody could be reached. */
void vsock_program_leave(struct vsock_line *line);
void vsock_program_watch(struct vsock_line *line);
/* Bytes of the guest, the last of a message or not. */
void vsock_program_send(struct vsock_line *line, const uint8_t *bytes,
                        size_t size, bool last);
void vsock_program_write(struct vsock_line *line);
void vsock_program_read(struct vsock_line *line);

#endif

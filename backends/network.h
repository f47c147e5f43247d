/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network back ends: where the packets of a network device come from and go to
 * on the host.
 *
 * A kind is one file that ends in a const struct network_type, and a row of
 * networks.def; network_none.c is the shortest. It is asked for by words,
 * "KIND[,option=value...]", whose options its table names. All of a back end
 * runs on the thread of its loop, or while nobody turns it. What it needs of
 * the host is opened by `open`, because afterwards the process may be confined
 * (host/sandbox.h).
 *
 * Packets come from a guest, or from anybody on the network: their fields are
 * consistent (packet_decode), their contents are anything.
 */
#ifndef BACKENDS_NETWORK_H
#define BACKENDS_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/packet.h"
#include "host/loop.h"

struct network;

/* Calls of a back end to its user. */
struct network_events {
    /* From within loop_turn or network_send. False: no room, the packet is
     * lost. */
    bool (*received)(void *context, const struct packet *packet);
    /* The cable was plugged in or pulled out. */
    void (*linked)(void *context, bool up);
    /* Something that the user should hear of, once. */
    void (*trouble)(void *context, const char *text);
    /* For the packet log: nanoseconds. */
    uint64_t (*now_ns)(void *context);
    void *context;
};

struct network_option {
    const char *name;
    const char *operand; /* for help; NULL: none */
    const char *purpose;
};

/* The work on packets that is left for a kind: more than that it is not handed.
 */
enum network_takes {
    NETWORK_FRAMES, /* complete frames */
    NETWORK_LARGE,  /* frames of up to 64 KiB of TCP, with their checksums */
    NETWORK_ALL,    /* all offloads */
};

struct network_type {
    const char *name;
    const char *purpose;
    const struct network_option *options; /* to one without a name */
    bool live;     /* has peers: time is the host's, no two runs are the same */
    bool connects; /* makes connections of its own while the machine runs */
    bool serves;   /* takes calls of sockets that exist */
    enum network_takes takes;
    size_t state_size;
    /* network->state is zeroed. After an error close is called too. */
    int (*open)(struct network *network, struct error *error);
    void (*close)(struct network *network);
    /* Takes the packet, or drops it; never waits. Not while the link is down.
     */
    void (*send)(struct network *network, const struct packet *packet);
};

struct network_log;

struct network {
    const struct network_type *type;
    struct loop *loop;
    struct network_events events;
    void *state;
    bool up; /* the link, from the start unless open clears it */
    /* private */
    char *words; /* each option, NUL behind it */
    size_t words_size;
    struct network_log *log;
    int log_code;   /* why it is not whole */
    uint8_t *frame; /* the segment at hand */
};

/* The kinds, in the order of networks.def; NULL past the end. */
const struct network_type *network_type(size_t index);
/* The kind of "KIND[,option...]"; NULL, with the choices in *error, if there is
 * none. */
const struct network_type *network_type_find(const char *what,
                                             struct error *error);
/* Checks whether the words are well-formed: 0 or -EINVAL. */
int network_check(const char *what, struct error *error);
/* The index-th value of an option in words that are well-formed, which the
 * caller frees; NULL: it is not given so often. */
char *network_words_option(const char *what, const char *name, size_t index);

int network_open(struct loop *loop, const char *what,
                 const struct network_events *events, struct network **opened,
                 struct error *error);
/* Makes the file of the option pcap, if it is given. */
int network_make_log(struct network *network, struct error *error);
/* Closes that file; a negative errno value and *error if it is not whole. */
int network_end_log(struct network *network, struct error *error);
/* NULL is fine. */
void network_close(struct network *network);
/* A packet of the machine. */
void network_send(struct network *network, const struct packet *packet);

/* ---- For kinds ----------------------------------------------------------- */

/* The index-th value of an option, "" for one without; NULL: not given so
 * often. */
const char *network_option(const struct network *network, const char *name,
                           size_t index);
/* A packet for the machine; false: it is lost. */
bool network_receive(struct network *network, const struct packet *packet);
/* A whole frame, of PACKET_ETHERNET to PACKET_FRAME_MAX bytes. */
bool network_receive_frame(struct network *network, const void *bytes,
                           size_t size);
void network_link(struct network *network, bool up);
void network_trouble(struct network *network, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- The packet log (network_log.c) -------------------------------------- */

/* Makes a file in the form of pcap with nanoseconds; 0 or a negative errno. */
int network_log_open(const char *path, struct network_log **log,
                     struct error *error);
/* Returns 0, or the error of the write that failed first; then it is over. */
int network_log_add(struct network_log *log, uint64_t time_ns,
                    const struct packet *packet);
int network_log_close(struct network_log *log);

#endif

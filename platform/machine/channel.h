/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outside of a device's channels (bus/channel.h): what a back end is
 * connected by.
 *
 * A peer is the other end of one channel, a server that of a device's requests.
 * Both are connected before the power comes on or a snapshot is loaded, and
 * belong to the machine from then on, which closes them. Their calls come on
 * the engine's thread (in parallel on that of a core, no two at a time), and
 * they call back from there or from within a turn of the machine's loop, but
 * for `serve`.
 *
 * The past. A replay takes messages and replies from the list of inputs; what
 * it sends and asks was sent and asked before and goes nowhere.
 */
#ifndef PLATFORM_MACHINE_CHANNEL_H
#define PLATFORM_MACHINE_CHANNEL_H

#include "base/buffer.h"
#include "bus/channel.h"
#include "platform/machine/machine.h"

struct channel_link;

/* All functions may be NULL. */
struct channel_peer {
    bool open; /* from the start; see channel_open */
    /* There is a world outside that has its own time: the time in which the
     * machine waits is the host's. */
    bool live;
    void (*sent)(void *context, const void *bytes, size_t size);
    /* channel_offer takes messages again after it did not. */
    void (*room)(void *context);
    void (*close)(void *context);
    void *context;
};

/*
 * Connects a channel of the node's device, which has a client. *link is for the
 * calls below, and holds until the peer is closed.
 *
 * Returns 0, -ENOENT if the device has no such channel, -EBUSY if it is
 * connected or the machine has state already, with *error.
 */
int channel_connect(struct cairn_machine *machine, struct node *node,
                    unsigned channel, const struct channel_peer *peer,
                    struct channel_link **link, struct error *error);
/* A message for the device, of 1 to CHANNEL_MESSAGE_MAX bytes, which are
 * copied. False: too much waits already; it is lost unless the peer keeps it
 * until `room`. */
bool channel_offer(struct channel_link *link, const void *bytes, size_t size);
/* The outside came or went: the device hears of it, behind messages that
 * wait. */
void channel_open(struct channel_link *link, bool open);

struct channel_server {
    /* On a thread of the loop's, one call at a time: reads the request and
     * writes at most room bytes of a reply, whose size it returns; 0 is
     * none. */
    size_t (*serve)(void *context, const void *request, size_t size,
                    void *reply, size_t room);
    void (*close)(void *context); /* may be NULL */
    void *context;
    /* It answers soon, and is called by the thread that asks: a hand-over to
     * another takes longer than most replies. */
    bool at_once;
    /* The part that it has of the machine's state at present ("the TPM"),
     * which no snapshot holds: cairn_save refuses; NULL, the function too:
     * nothing. No request is under way. */
    const char *(*unsaved)(void *context);
    /* Appends its state to a snapshot that is saved, and goes on from one when
     * a snapshot is loaded. 0, or a negative errno value with
     * *error. No request is under way. */
    int (*save)(void *context, struct buffer *state, struct error *error);
    int (*load)(void *context, const void *state, size_t size,
                struct error *error);
};

/* Connects the requests of a device whose client asks; errors as above. */
int channel_serve(struct cairn_machine *machine, struct node *node,
                  const struct channel_server *server, struct error *error);

/* The index-th device with channels of that kind, or NULL. */
struct node *channel_node(const struct cairn_machine *machine,
                          enum channel_kind kind, size_t index);

/* ---- For the machine ----------------------------------------------------- */

/* Waits for servers, and closes all peers. */
void channels_close(struct cairn_machine *machine);
/* Adds what is connected to a hash that says of which machine a state is. */
uint64_t channels_identity(const struct cairn_machine *machine, uint64_t hash);
/* The state that cairn_save cannot save, see struct channel_server, or NULL. */
const char *channels_unsaved(struct cairn_machine *machine);
/* The device whose server has a state that does not go back with the machine,
 * or NULL. */
const char *channels_staying(const struct cairn_machine *machine);
/* Appends the states of the servers that have one. */
int channels_save(struct cairn_machine *machine, struct buffer *out,
                  struct error *error);
/* Reads what channels_save wrote and moves *bytes and *size behind it: first
 * without effect, `apply` false, which finds out whether it is of the servers
 * that this machine has. */
int channels_load(struct cairn_machine *machine, const uint8_t **bytes,
                  size_t *size, bool apply, struct error *error);
/* True if a peer is live and open. */
bool channels_live(const struct cairn_machine *machine);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets of the host that a guest's socket device is connected to, by
 * Firecracker's convention. A program of the host connects to the Unix socket
 * PATH and writes "CONNECT 52\n"; when the guest has accepted at its port 52,
 * "OK 1073741824\n" is the answer, with the port of the host's side, and the
 * bytes behind it are the connection's. A guest that connects to the host's
 * port 1024 reaches the program that listens at PATH_1024.
 *
 * That convention has streams alone. For sequenced packets, a program connects
 * to PATH_packets, a socket of type SOCK_SEQPACKET, and its first message and
 * the answer are these lines; one that listens at PATH_1024 by a socket of that
 * type is reached by such sockets of the guest and no others.
 *
 * It speaks to the device by lines of messages (abi/vsock_outside.h) and knows
 * no machine. All of it runs on the loop's thread.
 */
#ifndef BACKENDS_VSOCK_H
#define BACKENDS_VSOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/vsock_outside.h"
#include "base/error.h"
#include "host/loop.h"

struct vsock;

struct vsock_device {
    /* A message for a line, or for VSOCK_LINES. False: too much waits already;
     * it is to be given again after vsock_room. */
    bool (*say)(void *context, unsigned line, const void *message, size_t size);
    /* A line for the log. */
    void (*trouble)(void *context, const char *text);
    void *context;
};

#define VSOCK_PACKETS_SUFFIX "_packets"

/* Listens at path, and at path with the suffix. Before the process is confined:
 * afterwards it needs SANDBOX_PEERS, and the right to remove the sockets. */
int vsock_open(struct loop *loop, const char *path,
               const struct vsock_device *device, struct vsock **opened,
               struct error *error);
/* Closes all connections; NULL is fine. */
void vsock_close(struct vsock *vsock);

/* A message of the device on the line of that number. */
void vsock_hear(struct vsock *vsock, unsigned number, const void *bytes,
                size_t size);
/* The device takes messages of that line again. */
void vsock_room(struct vsock *vsock, unsigned number);

#endif

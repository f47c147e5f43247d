/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of the host: listen, accept one peer, talk; datagrams. */
#ifndef HOST_SOCKET_H
#define HOST_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Listens on "HOST:PORT", "PORT" (loopback) or "unix:PATH". Port 0 takes a free
 * one. *fd is the listener; name gets the address that a peer can use, in the
 * same form. A Unix path that exists is an error, unless it is a socket without
 * a listener: that one is replaced.
 *
 * Returns 0, -EINVAL for an address that is none, or the system's reason.
 */
int host_socket_listen(const char *address, int *fd, char *name,
                       size_t name_size, struct error *error);
/* The same at "unix:PATH" for sequenced packets (host/packets.h). */
int host_socket_listen_packets(const char *address, int *fd, char *name,
                               size_t name_size, struct error *error);
/* The file that was made to listen at an address: none for TCP. */
struct host_socket_file {
    char path[108]; /* or "" */
    uint64_t device;
    uint64_t inode;
};

/* Right after host_socket_listen. */
void host_socket_note(const char *address, struct host_socket_file *file);
/* Removes it, unless the path is another file by now. To be called before the
 * listener is closed: a socket without a listener may be taken over. */
void host_socket_remove(const struct host_socket_file *file);
/* Checks whether host_socket_listen has a chance, without listening: its
 * errors, but for a Unix path that is taken. */
int host_socket_check(const char *address, struct error *error);
/* Connects to an address of the same forms. */
int host_socket_connect(const char *address, int *fd, struct error *error);
/* Checks whether it is one, without connecting: 0 or -EINVAL. */
int host_socket_check_peer(const char *address, struct error *error);
/* Takes a peer that waits at the listener (host/loop.h reports it). */
int host_socket_accept(int listener, int *fd, struct error *error);
/* Writes all bytes, but not beyond that host_time_ns(): 0, -ETIMEDOUT when the
 * peer does not take them, or another -errno. A vanished peer is -EPIPE, never
 * a signal. */
int host_socket_write(int fd, const void *bytes, size_t size,
                      uint64_t until_ns);
/* Reads exactly so many bytes, but not beyond that host_time_ns(): 0,
 * -ETIMEDOUT, -EPIPE at the end of the stream, or another -errno. */
int host_socket_read(int fd, void *bytes, size_t size, uint64_t until_ns);
/* Two that are connected to each other. */
int host_socket_pair(int fds[2], struct error *error);
/* The same to a Unix socket; the first byte passes on a descriptor. */
int host_socket_pass(int fd, const void *bytes, size_t size, int passed,
                     uint64_t until_ns);
/* Whom datagrams are for, where the socket is not connected (size is not 0). */
struct host_socket_peer {
    uint8_t name[112];
    uint32_t size;
};
/* A socket at an address of these forms, for datagrams from and to the other
 * address, of the same kind. With UDP nobody else is heard; a Unix peer need
 * not be there yet. */
int host_socket_datagram(const char *local, const char *remote, int *fd,
                         struct host_socket_peer *peer, struct error *error);
/* Sends one, without waiting: 0 or -errno. */
int host_socket_send(int fd, const struct host_socket_peer *peer,
                     const void *bytes, size_t size);
/* Closes; -1 is fine. */
void host_socket_close(int fd);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets of sequenced packets (SOCK_SEQPACKET): connections that keep the
 * bounds of messages. Linux keeps no others: MSG_EOR does not arrive. */
#ifndef HOST_PACKETS_H
#define HOST_PACKETS_H

#include <stddef.h>

/* The longest message that this process can send, but not beyond that many
 * bytes: without privileges net.core.wmem_max bounds it. 0: none. */
size_t host_packets_longest(size_t wanted);
/* For a new socket, connected or accepted, so that it can send such messages
 * and host_packets_next works. */
void host_packets_prepare(int fd, size_t longest);
/* Does not wait. 1: a message of *size bytes, which may be 0, is to be read by
 * recv(2); 0: the peer sends no more; -EAGAIN: there is none now; or another
 * negative errno value. */
int host_packets_next(int fd, size_t *size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket, from the making of its file to the removal. */
#include "backends/listener.h"

#include <fcntl.h>
#include <sys/socket.h>

enum { BACKLOG = 128 };

int listener_open(struct listener *listener, struct loop *loop,
                  const char *address, enum listener_type type,
                  void (*called)(void *context, unsigned events), void *context,
                  struct error *error)
{
    int fd = -1;

    listener->watch.fd = -1;
    const int code =
        type == LISTENER_PACKETS
            ? host_socket_listen_packets(address, &fd, listener->name,
                                         sizeof(listener->name), error)
            : host_socket_listen(address, &fd, listener->name,
                                 sizeof(listener->name), error);
    if (code != 0) {
        return code;
    }
    /* Programs that call at the same time all find room. */
    (void)listen(fd, BACKLOG);
    /* The peer that called may be gone when it is to be taken. */
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    host_socket_note(address, &listener->file);
    listener->watch = (struct loop_watch){
        .fd = fd, .events = LOOP_READ, .ready = called, .context = context};
    loop_watch(loop, &listener->watch);
    return 0;
}

void listener_close(struct listener *listener, struct loop *loop)
{
    if (listener->watch.fd >= 0) {
        loop_unwatch(loop, &listener->watch);
        host_socket_remove(&listener->file);
        host_socket_close(listener->watch.fd);
        listener->watch.fd = -1;
    }
}

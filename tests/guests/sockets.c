/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of a connection through a socket device, in the guest (AF_VSOCK)
 * and on the host (Unix sockets): the end that connects sends messages whose
 * bytes both know and ends its half, then the other end does the same.
 *
 *     sockets longest                 what a message can have on this host
 *     sockets TYPE LONGEST connect PORT|PATH
 *     sockets TYPE LONGEST listen PORT|PATH
 *     sockets TYPE LONGEST greet PATH PORT
 *     sockets TYPE SIZE try PORT      one message of that size, or why not
 *     sockets TYPE SIZE flood PORT    such messages for as long as it goes
 *     sockets TYPE SIZE wait PORT     with a buffer of that size, for bytes
 * that do not come sockets TYPE SIZE push PATH     listens, and sends one
 * message of that size sockets TYPE SECONDS hold PATH  listens, reads nothing,
 * and is gone
 *
 * TYPE is packets or stream. "greet" connects to the guest's PORT, as often as
 * it takes until somebody listens there.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

enum { MOST = 3000000, ROOM = 8 << 20, HOST = 2, TRIES = 1200, PAUSE = 100000 };

static uint8_t sent[ROOM];
static uint8_t read_back[ROOM];
static uint64_t buffer_bytes = ROOM; /* of sockets of the guest */

static _Noreturn void die(const char *what)
{
    printf("sockets: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void fill(uint8_t *bytes, size_t size, unsigned seed)
{
    uint32_t word = seed * 2654435761u + 1;

    for (size_t i = 0; i < size; i++) {
        word = word * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(word >> 24);
    }
}

static void widen(int fd)
{
    const int size = ROOM / 2;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) != 0) {
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
    setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &buffer_bytes,
               sizeof(buffer_bytes));
    setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &buffer_bytes,
               sizeof(buffer_bytes));
}

/* ---- Messages ------------------------------------------------------------ */

struct end {
    int fd;
    bool packets;
    bool guest; /* this end */
    size_t longest;
};

/* Linux' AF_VSOCK sends nothing for a message without bytes. */
static size_t next_size(const struct end *end, bool by_guest, unsigned *at)
{
    const size_t sizes[] = {0,     1,   65536, 65537,        4095,
                            16385, 0,   2,     end->longest, end->longest - 1,
                            1,     4096};

    while (*at < sizeof(sizes) / sizeof(sizes[0])) {
        const size_t size = sizes[(*at)++];

        if (size != 0 || (end->packets && !by_guest)) {
            return size;
        }
    }
    return SIZE_MAX;
}

static void send_all(const struct end *end)
{
    unsigned at = 0;
    unsigned count = 0;
    size_t size;
    size_t bytes = 0;

    while ((size = next_size(end, end->guest, &at)) != SIZE_MAX) {
        size_t done = 0;

        fill(sent, size, at);
        do {
            const ssize_t sum = send(end->fd, sent + done, size - done, 0);

            if (sum < 0 || (end->packets && (size_t)sum != size)) {
                die("send");
            }
            done += (size_t)sum;
        } while (done != size);
        bytes += size;
        count++;
    }
    shutdown(end->fd, SHUT_WR);
    printf("sockets: sent %u messages, %zu bytes\n", count, bytes);
}

/* One of a stream is as long as it is wanted. */
static size_t receive(const struct end *end, size_t wanted)
{
    size_t done = 0;

    do {
        const ssize_t count = recv(end->fd, read_back + done,
                                   end->packets ? ROOM : wanted - done, 0);

        if (count < 0) {
            die("recv");
        }
        done += (size_t)count;
        if (count == 0 || end->packets) {
            break;
        }
    } while (done != wanted);
    return done;
}

static void receive_all(const struct end *end)
{
    unsigned at = 0;
    unsigned count = 0;
    size_t size;
    size_t bytes = 0;

    while ((size = next_size(end, !end->guest, &at)) != SIZE_MAX) {
        const size_t found = receive(end, size);

        fill(sent, size, at);
        if (found != size || memcmp(sent, read_back, size) != 0) {
            printf("sockets: message %u has %zu bytes, and not these %zu\n",
                   count, found, size);
            exit(1);
        }
        bytes += size;
        count++;
    }
    if (receive(end, 1) != 0) {
        printf("sockets: more than was sent\n");
        exit(1);
    }
    printf("sockets: received %u messages, %zu bytes\n", count, bytes);
}

/* ---- Ends ---------------------------------------------------------------- */

union address {
    struct sockaddr any;
    struct sockaddr_un path;
    struct sockaddr_vm vm;
};

/* An address of a port of the guest or the host, or of a path. */
static socklen_t parse(const char *text, unsigned cid, union address *address)
{
    memset(address, 0, sizeof(*address));
    if (text[0] >= '0' && text[0] <= '9') {
        address->vm.svm_family = AF_VSOCK;
        address->vm.svm_cid = cid;
        address->vm.svm_port = (unsigned)strtoul(text, NULL, 10);
        return sizeof(address->vm);
    }
    address->path.sun_family = AF_UNIX;
    strncpy(address->path.sun_path, text, sizeof(address->path.sun_path) - 1);
    return sizeof(address->path);
}

static int open_socket(const union address *address, bool packets)
{
    const int fd = socket(address->any.sa_family,
                          packets ? SOCK_SEQPACKET : SOCK_STREAM, 0);

    if (fd < 0) {
        die("socket");
    }
    widen(fd);
    return fd;
}

static int connect_to(const char *text, bool packets)
{
    union address address;
    const socklen_t size = parse(text, HOST, &address);
    const int fd = open_socket(&address, packets);

    if (connect(fd, &address.any, size) != 0) {
        die("connect");
    }
    return fd;
}

static int listen_at(const char *text, bool packets)
{
    union address address;
    const socklen_t size = parse(text, VMADDR_CID_ANY, &address);
    const int listener = open_socket(&address, packets);

    if (bind(listener, &address.any, size) != 0 || listen(listener, 1) != 0) {
        die("listen");
    }
    const int fd = accept(listener, NULL, NULL);
    if (fd < 0) {
        die("accept");
    }
    widen(fd);
    return fd;
}

/* The answer is one line, of a stream byte by byte. */
static bool is_answered(int fd, bool packets)
{
    char answer[32] = "";
    size_t size = 0;

    while (size < sizeof(answer) - 1 && !strchr(answer, '\n')) {
        const ssize_t count =
            recv(fd, answer + size, packets ? sizeof(answer) - 1 : 1, 0);

        if (count <= 0) {
            return false;
        }
        size += (size_t)count;
    }
    return strncmp(answer, "OK ", 3) == 0;
}

static int greet(const char *path, const char *port, bool packets)
{
    char greeting[32];
    union address address;
    const socklen_t size = parse(path, HOST, &address);
    const int length =
        snprintf(greeting, sizeof(greeting), "CONNECT %s\n", port);

    for (unsigned i = 0; i < TRIES; i++) {
        const int fd = open_socket(&address, packets);

        if (connect(fd, &address.any, size) == 0 &&
            send(fd, greeting, (size_t)length, MSG_NOSIGNAL) == length &&
            is_answered(fd, packets)) {
            return fd;
        }
        close(fd);
        usleep(PAUSE);
    }
    die("greet");
}

static _Noreturn void flood(const struct end *end)
{
    while (send(end->fd, sent, end->longest, MSG_NOSIGNAL) >= 0) {
    }
    die("flood");
}

static _Noreturn void wait_for_none(const struct end *end)
{
    printf("sockets: waiting\n");
    if (recv(end->fd, read_back, ROOM, 0) == 0) {
        errno = 0;
    }
    die("wait");
}

static void print_longest(void)
{
    int fds[2];
    int size = 0;
    socklen_t length = sizeof(size);

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) != 0) {
        die("socketpair");
    }
    widen(fds[0]);
    getsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, &length);
    printf("%d\n", size - 32 < MOST ? size - 32 : MOST);
}

int main(int count, char **words)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count == 2) {
        print_longest();
        return 0;
    }
    if (count < 5) {
        return 2;
    }
    struct end end = {.packets = strcmp(words[1], "packets") == 0,
                      .guest = words[4][0] >= '0' && words[4][0] <= '9',
                      .longest = strtoul(words[2], NULL, 10)};
    if (strcmp(words[3], "try") == 0) {
        end.fd = connect_to(words[4], end.packets);
        if (send(end.fd, sent, end.longest, 0) < 0) {
            die("try");
        }
    } else if (strcmp(words[3], "flood") == 0) {
        end.fd = connect_to(words[4], end.packets);
        flood(&end);
    } else if (strcmp(words[3], "wait") == 0) {
        buffer_bytes = end.longest;
        end.fd = connect_to(words[4], end.packets);
        wait_for_none(&end);
    } else if (strcmp(words[3], "push") == 0) {
        end.fd = listen_at(words[4], end.packets);
        if (send(end.fd, sent, end.longest, 0) < 0 ||
            recv(end.fd, read_back, ROOM, 0) != 0) {
            die("push");
        }
    } else if (strcmp(words[3], "hold") == 0) {
        end.fd = listen_at(words[4], end.packets);
        sleep((unsigned)end.longest);
    } else if (strcmp(words[3], "listen") == 0) {
        end.fd = listen_at(words[4], end.packets);
        receive_all(&end);
        send_all(&end);
    } else {
        end.fd = strcmp(words[3], "greet") == 0
                     ? greet(words[4], words[5], end.packets)
                     : connect_to(words[4], end.packets);
        send_all(&end);
        receive_all(&end);
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the FUSE server that tests of it share: it asks by messages. */
#ifndef TESTS_FUSE_CLIENT_H
#define TESTS_FUSE_CLIENT_H

#include "abi/fuse.h"
#include "backends/share/fuse.h"
#include "backends/share/test_folder.h"
#include "tests/harness.h"

struct client {
    struct test_folder folder;
    struct fuse *server;
    uint8_t message[8192];
    uint8_t reply[8192];
    size_t room;
    const uint8_t *result; /* of the reply */
    size_t size;           /* of the result */
};

/* Arguments, then up to two parts with their sizes. The error, or 0. */
static inline unsigned ask_parts(struct client *client, uint32_t operation,
                                 uint64_t node, const void *arguments,
                                 size_t size, const void *first,
                                 size_t first_size, const void *second,
                                 size_t second_size)
{
    struct fuse_request head = {
        .operation = operation,
        .unique = 0x1122334455667788,
        .node = node,
        .uid = 500,
        .gid = 501,
    };
    struct fuse_reply reply;
    size_t at = sizeof(head);
    memcpy(client->message + at, arguments, size);
    at += size;
    memcpy(client->message + at, first, first_size);
    at += first_size;
    memcpy(client->message + at, second, second_size);
    at += second_size;
    head.size = (uint32_t)at;
    memcpy(client->message, &head, sizeof(head));
    size_t answered = fuse_serve(client->server, client->message, at,
                                 client->reply, client->room);
    client->result = client->reply + sizeof(reply);
    client->size = 0;
    if (answered == 0) {
        return UINT32_MAX;
    }
    memcpy(&reply, client->reply, sizeof(reply));
    EXPECT_EQ(reply.size, answered);
    EXPECT_EQ(reply.unique, head.unique);
    client->size = answered - sizeof(reply);
    EXPECT(reply.error == 0 || client->size == 0);
    return (unsigned)-reply.error;
}

static inline unsigned ask(struct client *client, uint32_t operation,
                           uint64_t node, const void *arguments, size_t size)
{
    return ask_parts(client, operation, node, arguments, size, "", 0, "", 0);
}

static inline unsigned ask_name(struct client *client, uint32_t operation,
                                uint64_t node, const void *arguments,
                                size_t size, const char *name)
{
    return ask_parts(client, operation, node, arguments, size, name,
                     strlen(name) + 1, "", 0);
}

static inline unsigned hello(struct client *client)
{
    const struct fuse_init in = {FUSE_MAJOR, FUSE_MINOR, 4096, UINT32_MAX};
    return ask(client, FUSE_INIT, 0, &in, sizeof(in));
}

static inline void open_client(struct client *client,
                               const struct share_options *options,
                               enum fuse_cache cache)
{
    test_folder_open(&client->folder, options);
    client->server = fuse_create(client->folder.share, cache, FUSE_LOCKS_HOST);
    client->room = sizeof(client->reply);
    EXPECT_EQ(hello(client), 0);
}

static inline void close_client(struct client *client)
{
    fuse_destroy(client->server);
    test_folder_close(&client->folder);
}

static inline struct fuse_entry entry_of(const struct client *client)
{
    struct fuse_entry entry = {0};
    EXPECT(client->size >= sizeof(entry));
    memcpy(&entry, client->result, sizeof(entry));
    return entry;
}

/* The node of a name, 0 if there is none. */
static inline uint64_t look_up(struct client *client, uint64_t folder,
                               const char *name)
{
    return ask_name(client, FUSE_LOOKUP, folder, "", 0, name) == 0
               ? entry_of(client).node
               : 0;
}

static inline void forget(struct client *client, uint64_t node,
                          uint64_t lookups)
{
    const struct fuse_forget in = {lookups};
    EXPECT_EQ(ask(client, FUSE_FORGET, node, &in, sizeof(in)), UINT32_MAX);
}

/* Makes a file in the root: its handle, and its node. */
static inline uint64_t make_file(struct client *client, const char *name,
                                 uint64_t *node)
{
    const struct fuse_create in = {2 | FUSE_OPEN_EXCLUSIVE, 0640, 0, 0};
    struct fuse_open_result out = {0};
    EXPECT_EQ(ask_name(client, FUSE_CREATE, FUSE_ROOT, &in, sizeof(in), name),
              0);
    EXPECT_EQ(client->size, sizeof(struct fuse_entry) + sizeof(out));
    *node = entry_of(client).node;
    memcpy(&out, client->result + sizeof(struct fuse_entry), sizeof(out));
    return out.file;
}

#endif

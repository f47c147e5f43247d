/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the 9P2000.L server that tests of it share: it asks by messages.
 */
#ifndef TESTS_NINEP_CLIENT_H
#define TESTS_NINEP_CLIENT_H

#include <stdarg.h>

#include "abi/ninep.h"
#include "backends/share/ninep.h"
#include "backends/share/test_folder.h"
#include "base/bits.h"
#include "tests/harness.h"

struct client {
    struct test_folder folder;
    struct ninep *server;
    uint8_t message[70000];
    uint8_t reply[70000];
    size_t size; /* of the reply */
    size_t at;   /* read so far */
};

static inline void put(struct client *client, size_t *size, uint64_t value,
                       unsigned bytes)
{
    uint8_t all[8];
    store_le64(all, value);
    memcpy(client->message + *size, all, bytes);
    *size += bytes;
}

/* Fields by a format: digits are sizes of numbers, s a string. The size of the
 * message. */
static inline size_t build(struct client *client, uint8_t type,
                           const char *fields, va_list values)
{
    size_t size = NINEP_HEADER_SIZE;
    for (; *fields != '\0'; fields++) {
        if (*fields == 's') {
            const char *text = va_arg(values, const char *);
            put(client, &size, strlen(text), 2);
            memcpy(client->message + size, text, strlen(text));
            size += strlen(text);
        } else if (*fields == '8') {
            put(client, &size, va_arg(values, uint64_t), 8);
        } else {
            put(client, &size, va_arg(values, unsigned),
                (unsigned)(*fields - '0'));
        }
    }
    store_le32(client->message, (uint32_t)size);
    client->message[4] = type;
    client->message[5] = 0x34;
    client->message[6] = 0x12;
    return size;
}

/* The error of the reply, or 0. */
static inline unsigned send(struct client *client, size_t size)
{
    client->size = ninep_serve(client->server, client->message, size,
                               client->reply, sizeof(client->reply));
    EXPECT(client->size >= NINEP_HEADER_SIZE);
    EXPECT_EQ(load_le32(client->reply), client->size);
    EXPECT_EQ(client->reply[5], 0x34);
    EXPECT_EQ(client->reply[6], 0x12);
    client->at = NINEP_HEADER_SIZE;
    if (client->reply[4] == NINEP_RLERROR) {
        return load_le32(client->reply + NINEP_HEADER_SIZE);
    }
    EXPECT_EQ(client->reply[4], client->message[4] + 1);
    return 0;
}

static inline unsigned ask(struct client *client, uint8_t type,
                           const char *fields, ...)
{
    va_list values;
    va_start(values, fields);
    size_t size = build(client, type, fields, values);
    va_end(values);
    return send(client, size);
}

static inline uint64_t take(struct client *client, unsigned bytes)
{
    uint8_t all[8] = {0};
    EXPECT(client->at + bytes <= client->size);
    memcpy(all, client->reply + client->at, bytes);
    client->at += bytes;
    return load_le64(all);
}

enum { ROOT = 1, OTHER = 2, FILE_FID = 3, VALUE = 4 };

static inline void open_client(struct client *client,
                               const struct share_options *options)
{
    test_folder_open(&client->folder, options);
    client->server = ninep_create(client->folder.share);
    EXPECT_EQ(ask(client, NINEP_TVERSION, "4s", 65536u, NINEP_VERSION), 0);
    EXPECT_EQ(take(client, 4), 65536);
    EXPECT_EQ(
        ask(client, NINEP_TATTACH, "44ss4", ROOT, NINEP_NO_FID, "root", "", 0u),
        0);
}

static inline void close_client(struct client *client)
{
    ninep_destroy(client->server);
    test_folder_close(&client->folder);
}

static inline unsigned walk(struct client *client, unsigned from, unsigned to,
                            const char *name)
{
    return *name ? ask(client, NINEP_TWALK, "442s", from, to, 1u, name)
                 : ask(client, NINEP_TWALK, "442", from, to, 0u);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot file that is open: its head has been read and checked. */
#ifndef PLATFORM_SNAPSHOT_SOURCE_H
#define PLATFORM_SNAPSHOT_SOURCE_H

#include "platform/snapshot/head.h"

struct snapshot_source {
    int fd;
    struct buffer bytes; /* of the head */
    struct snapshot_head head;
};

/* *error names the file. */
int snapshot_open(struct snapshot_source *source, const char *path,
                  struct error *error);
/* The same of a descriptor of a file of that size, which is closed with it. */
int snapshot_open_at(struct snapshot_source *source, int fd, uint64_t file_size,
                     struct error *error);
/* Mappings of the file stay good. */
void snapshot_close(struct snapshot_source *source);

/* Compares the contents of memories with their hashes, and looks that there is
 * nothing where there are no pages. Reads all of it. */
int snapshot_verify(const struct snapshot_source *source, struct error *error);
/* The hash of a memory's held pages, in their order, begins as 0. */
uint64_t snapshot_hash_page(uint64_t hash, size_t page, const uint8_t *bytes);

struct cairn_machine;

/* A machine's state as such a file in memory, which is open then (file.c). */
int snapshot_take(struct cairn_machine *machine, struct snapshot_source *source,
                  struct error *error);
/* Puts the machine there, or leaves it where it was. */
int snapshot_put(struct cairn_machine *machine,
                 const struct snapshot_source *source, struct error *error);

#endif

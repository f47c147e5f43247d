/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card on an SD or MMC bus and its host: the interface of the card's device
 * type, and what the card calls in the host.
 *
 * The host sends a command and has the answer at once. Data follow by moves,
 * which the host asks for one at a time, in whole blocks; each ends later, by
 * the medium's time, in the host's `moved`.
 */
#ifndef DEVICES_SD_SD_H
#define DEVICES_SD_SD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"

enum { SD_BLOCK = 512, SD_MOVE_MAX = 256 << 10 };

enum sd_data { SD_NO_DATA, SD_READ, SD_WRITE };

struct sd_reply {
    bool busy;         /* the card is busy, and `moved` says when it ends */
    uint8_t data;      /* enum sd_data, what follows */
    uint32_t word;     /* bits 39:8 of a short response */
    uint8_t long_[16]; /* of a long one, as CID and CSD are written */
};

struct sd_host {
    struct device *device;
    /* The bytes of a write; not 0: the host has none, and the move is off. */
    int (*gather)(struct device *host, void *bytes, size_t size);
    /* A move, or being busy, has ended; bytes are those of a read. */
    void (*moved)(struct device *host, bool good, const void *bytes,
                  size_t size);
};

struct sd_card {
    void (*listen)(struct device *card, const struct sd_host *host);
    bool (*is_present)(const struct device *card);
    bool (*is_writable)(const struct device *card);
    bool (*is_busy)(const struct device *card); /* holds its data line low */
    /* False: the card does not answer. */
    bool (*command)(struct device *card, unsigned index, uint32_t argument,
                    struct sd_reply *reply);
    /* At most SD_MOVE_MAX bytes, and not while the card is at it. Not 0:
     * nothing is moved, what `gather` returned. */
    int (*move)(struct device *card, size_t size);
    /* A transfer that is under way is dropped, and `moved` is not called. */
    void (*drop)(struct device *card);
};

static inline const struct sd_card *sd_card_of(const struct device *device)
{
    return device->type->interface;
}

#endif

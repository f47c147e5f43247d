/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash and crypto engine (HACE): its state, and what the files of its two
 * halves share.
 */
#ifndef DEVICES_ASPEED_ASPEED_HACE_H
#define DEVICES_ASPEED_ASPEED_HACE_H

#include "bus/device.h"
#include "bus/dma.h"

/* Data at one place, or in the pieces of a list. */
struct hace_stream {
    uint64_t list;   /* the next piece of the list; 0: there is none */
    uint64_t at;     /* of the present piece */
    uint32_t left;   /* of it */
    uint32_t pieces; /* taken from the list so far */
    uint32_t failed; /* nothing answered, or the list has no end */
    uint32_t reserved;
};

/* A hash under way, with what the registers were when it began. */
struct hace_hash {
    struct hace_stream source;
    uint64_t long_words[8]; /* SHA-384 and 512 */
    uint64_t digest;        /* address */
    uint32_t words[8];      /* SHA-1 to SHA-256 */
    uint32_t command;
    uint32_t left; /* bytes */
    uint32_t taken;
    uint32_t reserved;
};

struct hace_crypt {
    struct hace_stream source;
    struct hace_stream target;
    uint64_t context; /* address */
    uint32_t command;
    uint32_t left; /* bytes */
    uint8_t key[32];
    uint8_t iv[16];
};

struct aspeed_hace {
    uint32_t crypt_source;
    uint32_t crypt_target;
    uint32_t crypt_context;
    uint32_t crypt_length;
    uint32_t crypt_command;
    uint32_t gcm_length;
    uint32_t gcm_tag;
    uint32_t status;
    uint32_t hash_source;
    uint32_t hash_digest;
    uint32_t hash_key;
    uint32_t hash_length;
    uint32_t hash_command;
    uint32_t crypt_high[4];
    uint32_t hash_high[3];
    struct hace_hash hash;
    struct hace_crypt crypt;
};

struct aspeed_hace_wiring {
    struct dma dma;
};

enum { HACE_LIST = 1 << 18, HACE_TARGET_LIST = 1 << 19 }; /* of commands */
enum { HACE_HASH_INTERRUPT = 1 << 9, HACE_CRYPT_INTERRUPT = 1 << 12 };
enum { HACE_STEP = 1 << 20 }; /* bytes that are worked on without a pause */

/* An address as the engine has it, an offset in DRAM. */
uint64_t hace_address(uint32_t low, uint32_t high);
struct hace_stream hace_stream_open(uint64_t address, uint32_t length,
                                    bool is_list);
/* Copies from or to a stream; returns how many bytes, fewer than size when it
 * ends. */
size_t hace_stream_read(struct device *device, struct hace_stream *stream,
                        void *bytes, size_t size);
size_t hace_stream_write(struct device *device, struct hace_stream *stream,
                         const void *bytes, size_t size);

/* aspeed_hace_hash.c, aspeed_hace_crypt.c: begins what the command asks for;
 * false: the model does not have it. Then a step of it; true: it has ended. */
bool hace_hash_begin(struct device *device);
bool hace_hash_step(struct device *device);
bool hace_crypt_begin(struct device *device);
bool hace_crypt_step(struct device *device);
/* Commands that the engine takes but does not model. */
extern const struct logged_omission hace_other_hash;
extern const struct logged_omission hace_other_cipher;

#endif

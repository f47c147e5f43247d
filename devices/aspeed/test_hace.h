/* SPDX-License-Identifier: Apache-2.0 */
/* The hash and crypto engine under test, whose DRAM is the test's memory. */
#ifndef DEVICES_ASPEED_TEST_HACE_H
#define DEVICES_ASPEED_TEST_HACE_H

#include "abi/ast2700.h"
#include "devices/aspeed/aspeed_hace.h"
#include "devices/test_bus.h"

extern const struct device_type aspeed_hace;

enum {
    CRYPT_SRC = 0x00,
    CRYPT_DEST = 0x04,
    CRYPT_CONTEXT = 0x08,
    CRYPT_LEN = 0x0c,
    CRYPT_CMD = 0x10,
    STS = 0x1c,
    HASH_SRC = 0x20,
    HASH_DIGEST = 0x24,
    HASH_KEY = 0x28,
    HASH_LEN = 0x2c,
    HASH_CMD = 0x30,
    CRYPT_HI = 0x80,
    HASH_SRC_HI = 0x90,
};
enum { HASH_DONE = 0x200, CRYPT_DONE = 0x1000, SWAP = 8, LIST = 1 << 18 };
/* Offsets in memory. */
enum { DATA = 0x1000, DIGEST = 0x8000, LISTS = 0x9000, RESULT = 0xa000 };

static inline void hace_start(struct test_bus *bus)
{
    test_bus_init(bus);
    test_bus_show(bus, AST2700_DRAM);
    bus->device = test_bus_make(bus, &aspeed_hace);
}

static inline uint8_t *memory(const struct test_bus *bus, uint32_t offset)
{
    return region_host(bus->ram) + offset;
}

static inline void hash(struct test_bus *bus, uint32_t source, uint32_t length,
                        uint32_t command)
{
    test_write(bus->device, 0, HASH_SRC, source);
    test_write(bus->device, 0, HASH_DIGEST, DIGEST);
    test_write(bus->device, 0, HASH_KEY, DIGEST);
    test_write(bus->device, 0, HASH_LEN, length);
    test_write(bus->device, 0, HASH_CMD, command | SWAP);
}

static inline void crypt(struct test_bus *bus, uint32_t length,
                         uint32_t command)
{
    test_write(bus->device, 0, CRYPT_CONTEXT, 0x100);
    test_write(bus->device, 0, CRYPT_SRC, DATA);
    test_write(bus->device, 0, CRYPT_DEST, RESULT);
    test_write(bus->device, 0, CRYPT_LEN, length);
    test_write(bus->device, 0, CRYPT_CMD, command | 1 << 7);
}

#endif

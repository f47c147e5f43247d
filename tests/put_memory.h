/* SPDX-License-Identifier: Apache-2.0 */
/* Contents of memories of machines under test. */
#ifndef TESTS_PUT_MEMORY_H
#define TESTS_PUT_MEMORY_H

#include <string.h>

#include "include/cairn/cairn.h"
#include "tests/harness.h"

/* Writes into a memory of a machine under test, as no part of it can. */
static inline void put_memory(struct cairn_machine *machine, const char *memory,
                              size_t offset, const void *bytes, size_t size)
{
    uint8_t *host = NULL;
    size_t whole = 0;

    REQUIRE(cairn_memory(machine, memory, &host, &whole) == 0);
    REQUIRE(cairn_memory_written(machine, memory, offset, size) == 0);
    memcpy(host + offset, bytes, size);
}

#endif

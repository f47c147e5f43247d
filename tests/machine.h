/* SPDX-License-Identifier: Apache-2.0 */
/* Machines under test: their memories, and runs of them. */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

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

/* At most so many instructions. */
static inline enum cairn_stop run_instructions(struct cairn_machine *machine,
                                               uint64_t instructions)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = instructions};

    return cairn_run(machine, &until);
}

/* Up to a virtual time. */
static inline enum cairn_stop run_to_ns(struct cairn_machine *machine,
                                        uint64_t time_ns)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .time_ns = time_ns};

    return cairn_run(machine, &until);
}

/* For a virtual time from now on. */
static inline enum cairn_stop run_for_ns(struct cairn_machine *machine,
                                         uint64_t ns)
{
    return run_to_ns(machine, cairn_time_ns(machine) + ns);
}

#endif

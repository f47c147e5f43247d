/* SPDX-License-Identifier: Apache-2.0 */
/* Creates the parts that a machine shares; randomness is xoshiro256** from a
 * seed. */
#include "bus/fabric.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"

static uint64_t log_now(void *clock)
{
    return clock_now(clock);
}

/* splitmix64 (Steele, Lea, Flood 2014), as the authors of xoshiro advise for
 * spreading a seed: no seed gives the all-zero state. */
static uint64_t spread(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void fabric_init(struct fabric *fabric, uint64_t seed)
{
    *fabric = (struct fabric){0};
    log_init(&fabric->log);
    fabric->log.now_ns = log_now;
    fabric->log.clock = &fabric->clock;
    for (unsigned i = 0; i < 4; i++) {
        fabric->random_state[i] = spread(&seed);
    }
}

void fabric_fini(struct fabric *fabric)
{
    event_list_fini(&fabric->events);
}

static uint64_t rotate(uint64_t value, unsigned count)
{
    return value << count | value >> (64 - count);
}

/* xoshiro256** 1.0 (Blackman, Vigna). */
static uint64_t next(uint64_t *s)
{
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

void fabric_random(struct fabric *fabric, void *bytes, size_t size)
{
    uint8_t *to = bytes;
    while (size != 0) {
        uint8_t word[8];
        store_le64(word, next(fabric->random_state));
        size_t count = size < sizeof(word) ? size : sizeof(word);
        memcpy(to, word, count);
        to += count;
        size -= count;
    }
}

void fabric_console(struct fabric *fabric, const char *device, uint8_t byte)
{
    if (fabric->console) {
        fabric->console(fabric->console_context, device, byte);
    }
}

void fabric_stream(struct fabric *fabric, const char *port, uint8_t byte)
{
    if (fabric->stream) {
        fabric->stream(fabric->stream_context, port, byte);
    }
}

void fabric_stop(struct fabric *fabric)
{
    if (fabric->stop) {
        fabric->stop(fabric->stop_context);
    }
}

uint16_t fabric_add_maker(struct fabric *fabric, const char *name)
{
    if (!fabric || fabric->maker_count == FABRIC_MAKERS) {
        return 0;
    }
    char *to = fabric->makers[fabric->maker_count++];
    snprintf(to, sizeof(fabric->makers[0]), "%s", name);
    return (uint16_t)fabric->maker_count;
}

const char *fabric_maker(const struct fabric *fabric, uint16_t number)
{
    return number == 0 || number > fabric->maker_count
               ? NULL
               : fabric->makers[number - 1];
}

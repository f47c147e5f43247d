/* SPDX-License-Identifier: Apache-2.0 */
/* The time that cores gain by running at the same time, from slices of turns.
 */
#include "platform/machine/gain.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

enum {
    WINDOW = 1 << 20,     /* instructions executed: about a millisecond */
    WINDOW_SLICES = 4096, /* of cores that change places all the time */
    SHORT = 2000,         /* a mean slice that costs more than its work */
    PART = 4,             /* of the work, to be worth another thread */
    WANTED = 2,           /* windows in a row that promise a gain */
    CLOSE = 16,           /* and of cores that change places */
    PAUSE_MOST = 256,     /* windows */
    STRETCH_NS = 2000000, /* used, at first, */
    STRETCH_MOST_NS = 128000000, /* and where all of them pay */
    STARVED = 32,                /* times as long spent: the host is too busy */
    LATELY_NS = 64000000,
};

static unsigned host_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0
               ? (unsigned)CPU_COUNT(&set)
               : 1;
}

void gain_init(struct gain *gain, size_t cores)
{
    *gain = (struct gain){
        .cores = cores,
        .processors = host_processors(),
        .beside = xcalloc(cores + 1, sizeof(*gain->beside)),
        .own = xcalloc(cores + 1, sizeof(*gain->own)),
        .stretch_ns = STRETCH_NS,
        .pause_next = 1,
    };
}

void gain_fini(struct gain *gain)
{
    free(gain->beside);
    free(gain->own);
}

/* ---- In turns ------------------------------------------------------------ */

void gain_note(struct gain *gain, size_t core, uint64_t executed,
               enum gain_end end)
{
    gain->executed += executed;
    gain->own[core] += executed;
    gain->slices++;
    gain->beside[core] += end == GAIN_WORKS ? executed : 0;
    gain->waits += end == GAIN_WAITS;
    gain->sleeps += end == GAIN_SLEEPS;
}

static uint64_t most_of(const uint64_t *list, size_t count, uint64_t *sum)
{
    uint64_t most = 0;

    *sum = 0;
    for (size_t i = 0; i < count; i++) {
        *sum += list[i];
        most = list[i] > most ? list[i] : most;
    }
    return most;
}

/* Cores that have a part in the work of the window. */
static unsigned active(const struct gain *gain)
{
    unsigned count = 0;

    for (size_t i = 0; i < gain->cores; i++) {
        count += gain->own[i] * 2 * PART >= gain->executed;
    }
    return count;
}

/* Work that others could do meanwhile; or cores that wait for each other so
 * often that to change places costs more than their work, if each finds a
 * processor of the host and none of them sleeps. */
static void judge(struct gain *gain)
{
    uint64_t sum;
    const uint64_t most = most_of(gain->beside, gain->cores, &sum);
    const unsigned count = active(gain);
    const bool wanted = (sum - most) * PART >= gain->executed;
    const bool close = !wanted && count >= 2 && count <= gain->processors &&
                       gain->waits >= gain->slices / PART &&
                       gain->executed / gain->slices < SHORT &&
                       gain->sleeps * 2 * PART < gain->slices;

    gain->wanted = wanted ? gain->wanted + 1 : 0;
    gain->close = close ? gain->close + 1 : 0;
}

static void begin_window(struct gain *gain)
{
    gain->executed = 0;
    gain->slices = gain->waits = gain->sleeps = 0;
    gain->spent_ns = gain->used_ns = 0;
    memset(gain->beside, 0, gain->cores * sizeof(*gain->beside));
    memset(gain->own, 0, gain->cores * sizeof(*gain->own));
}

void gain_pass(struct gain *gain, uint64_t spent_ns, uint64_t used_ns)
{
    gain->spent_ns += spent_ns;
    gain->used_ns += used_ns;
}

bool gain_is_over(const struct gain *gain)
{
    return gain->executed >= WINDOW || gain->slices >= WINDOW_SLICES;
}

/* The rate is that of the window, as guests change what they do; the share of
 * the host is that of many, as its scheduler gives it in pieces. */
static void measure(struct gain *gain)
{
    if (gain->used_ns == 0 || gain->spent_ns == 0) {
        return;
    }
    gain->turns_rate = (double)gain->executed / (double)gain->used_ns;
    gain->lately_spent_ns += gain->spent_ns;
    gain->lately_used_ns += gain->used_ns;
    if (gain->lately_spent_ns > LATELY_NS) {
        gain->lately_spent_ns /= 2;
        gain->lately_used_ns /= 2;
    }
}

bool gain_look(struct gain *gain)
{
    judge(gain);
    measure(gain);
    begin_window(gain);
    if (gain->pause != 0) {
        gain->pause--;
        return false;
    }
    gain->stretch_spent_ns = gain->stretch_used_ns = 0;
    return gain->processors > 1 &&
           (gain->wanted >= WANTED || gain->close >= CLOSE);
}

/* ---- At the same time ---------------------------------------------------- */

static bool is_whole(const struct gain *gain)
{
    return gain->stretch_used_ns >= gain->stretch_ns;
}

bool gain_ends(struct gain *gain, uint64_t spent_ns, uint64_t both_ns,
               uint64_t used_ns)
{
    gain->stretch_spent_ns += spent_ns;
    gain->stretch_used_ns = used_ns;
    return both_ns < spent_ns / 2 || is_whole(gain) ||
           gain->stretch_spent_ns >= STARVED * gain->stretch_ns;
}

/* True if it executed more than turns do in that time, of which they would get
 * the share of the host that they got lately. Cores that wait for each other do
 * so by loops; theirs has to go on to its end, too. */
static bool has_paid(const struct gain *gain, uint64_t executed)
{
    const double share =
        gain->lately_spent_ns != 0
            ? (double)gain->lately_used_ns / (double)gain->lately_spent_ns
            : 1;
    const double turns =
        gain->turns_rate * share * (double)gain->stretch_spent_ns;

    return (gain->close == 0 || is_whole(gain)) &&
           (double)executed >= 1.1 * turns;
}

void gain_settle(struct gain *gain, uint64_t executed)
{
    if (gain->stretch_used_ns >= STRETCH_NS && has_paid(gain, executed)) {
        const uint64_t next =
            is_whole(gain) ? 2 * gain->stretch_ns : STRETCH_NS;

        gain->stretch_ns = next < STRETCH_MOST_NS ? next : STRETCH_MOST_NS;
        gain->pause_next = 1;
        return;
    }
    gain->stretch_ns = STRETCH_NS;
    gain->pause = gain->pause_next;
    gain->pause_next =
        2 * gain->pause_next < PAUSE_MOST ? 2 * gain->pause_next : PAUSE_MOST;
}

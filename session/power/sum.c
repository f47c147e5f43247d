/* SPDX-License-Identifier: Apache-2.0 */
/* From times and currents to charges and energies, in whole numbers: equal
 * ledgers are equal to the last digit. */
#include <inttypes.h>
#include <string.h>

#include "session/power/power.h"

__extension__ typedef unsigned __int128 wide;

static uint64_t divide(wide value, uint64_t divisor)
{
    return (uint64_t)((value + divisor / 2) / divisor);
}

/* Nanoamperes and nanoseconds are 10^-18 C, and with microvolts 10^-24 J. */
static struct power_sum sum_of(wide charge, uint64_t supply_uv)
{
    const uint64_t million = 1000000;

    return (struct power_sum){
        .charge_pc = divide(charge, million),
        .energy_pj = divide(charge * supply_uv, million * million),
    };
}

static wide charge_of(const struct cairn_power_state *state)
{
    return state->has_current ? (wide)state->time_ns * state->current_na : 0;
}

static void note(struct power_sum *sum, const struct cairn_power_state *state)
{
    sum->given |= state->time_ns != 0 && state->has_current;
    sum->lacking |= state->time_ns != 0 && !state->has_current;
}

struct power_sum power_sum_state(const struct cairn_power_consumer *consumer,
                                 size_t state)
{
    return sum_of(charge_of(&consumer->states[state]), consumer->supply_uv);
}

struct power_sum power_sum_consumer(const struct cairn_power_consumer *consumer)
{
    struct power_sum sum;
    wide charge = 0;

    for (size_t i = 0; i < consumer->state_count; i++) {
        charge += charge_of(&consumer->states[i]);
    }
    sum = sum_of(charge, consumer->supply_uv);
    for (size_t i = 0; i < consumer->state_count; i++) {
        note(&sum, &consumer->states[i]);
    }
    return sum;
}

struct power_sum power_sum_all(const struct cairn_machine *machine)
{
    struct cairn_power_consumer consumer;
    struct power_sum all = {0};

    for (size_t i = 0; cairn_power_consumer_get(machine, i, &consumer) == 0;
         i++) {
        struct power_sum sum = power_sum_consumer(&consumer);

        all.charge_pc += sum.charge_pc;
        all.energy_pj += sum.energy_pj;
        all.given |= sum.given;
        all.lacking |= sum.lacking;
    }
    return all;
}

uint64_t power_average_na(uint64_t charge_pc, uint64_t time_ns)
{
    return time_ns == 0 ? 0 : divide((wide)charge_pc * 1000000, time_ns);
}

uint64_t power_thousandth(uint64_t value)
{
    return divide(value, 1000);
}

int power_steady_state(const struct cairn_power_consumer *consumer)
{
    int steady = -1;

    for (size_t i = 0; i < consumer->state_count; i++) {
        const struct cairn_power_state *state = &consumer->states[i];

        if (state->has_current) {
            return -1;
        }
        if (state->entries != 0) {
            bool tells = consumer->processor && strcmp(state->name, "off") != 0;

            if (steady >= 0 || tells) {
                return -1;
            }
            steady = (int)i;
        }
    }
    return steady;
}

void power_print_fixed(struct buffer *out, uint64_t value, unsigned digits)
{
    uint64_t unit = 1;

    for (unsigned i = 0; i < digits; i++) {
        unit *= 10;
    }
    buffer_print(out, "%" PRIu64 ".%0*" PRIu64, value / unit, (int)digits,
                 value % unit);
}

void power_print_current(struct buffer *out, uint64_t current_na)
{
    if (current_na >= 1000000) {
        power_print_fixed(out, power_thousandth(current_na), 3);
        buffer_print(out, " mA");
    } else {
        power_print_fixed(out, current_na, 3);
        buffer_print(out, " uA");
    }
}

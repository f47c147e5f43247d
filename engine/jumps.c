/* SPDX-License-Identifier: Apache-2.0 */
/* Places to jump to of a core: see jumps.h. */
#include "engine/jumps.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "engine/vcpu.h"

enum { IN_PLACE = JUMPS_BUCKETS / 64 };

void jumps_init(struct vcpu *cpu)
{
    cpu->jumps = xcalloc(VCPU_CONTEXTS, sizeof(*cpu->jumps));
}

void jumps_fini(struct vcpu *cpu)
{
    free(cpu->jumps);
}

/* An address of another pair of places: nobody asks for it here, and it may be
 * overwritten, as it is not at home. */
static void empty(struct jumps *jumps, size_t index)
{
    jumps->at[index].pc = (index ^ 3) << 2;
}

void jumps_clear(struct vcpu *cpu, unsigned context)
{
    struct jumps *jumps = &cpu->jumps[context];

    for (size_t i = 0; i < JUMPS; i++) {
        empty(jumps, i);
    }
    memset(jumps->pages, 0, sizeof(jumps->pages));
}

void jumps_forget_places(struct vcpu *cpu, unsigned context, uint64_t places)
{
    struct jumps *jumps = &cpu->jumps[context];
    uint64_t found = 0;

    for (uint64_t left = places; left != 0; left &= left - 1) {
        static const uint8_t none[IN_PLACE];
        const unsigned place = (unsigned)__builtin_ctzll(left);
        uint8_t *pages = &jumps->pages[place * IN_PLACE];

        if (memcmp(pages, none, IN_PLACE) != 0) {
            memset(pages, 0, IN_PLACE);
            found |= (uint64_t)1 << place;
        }
    }
    for (size_t i = 0; i < JUMPS && found != 0; i++) {
        size_t place = jumps_bucket(jumps->at[i].pc) / IN_PLACE;

        if ((found >> place & 1) != 0) {
            empty(jumps, i);
        }
    }
}

void jumps_forget(struct vcpu *cpu, unsigned context, uint64_t address,
                  unsigned shift)
{
    struct jumps *jumps = &cpu->jumps[context];
    const size_t bucket = jumps_bucket(address);

    if (shift > REGION_PAGE_SHIFT) {
        jumps_clear(cpu, context);
        return;
    }
    if (jumps->pages[bucket] == 0) {
        return;
    }
    jumps->pages[bucket] = 0;
    for (size_t i = 0; i < JUMPS; i++) {
        if (jumps_bucket(jumps->at[i].pc) == bucket) {
            empty(jumps, i);
        }
    }
}

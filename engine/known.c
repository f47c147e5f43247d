/* SPDX-License-Identifier: Apache-2.0 */
/* Known pages of a core: see known.h. */
#include "engine/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "engine/vcpu.h"

static struct known_page *place_of(struct known *known, unsigned context,
                                   uint64_t page)
{
    return &known->pages[(page >> REGION_PAGE_SHIFT ^ context * 0x9e5u) &
                         (KNOWN_PAGES - 1)];
}

void known_init(struct vcpu *cpu)
{
    if (cpu->guest->physical || cpu->gate != NULL) {
        return;
    }
    cpu->known = xcalloc(1, sizeof(*cpu->known));
    for (unsigned i = 0; i < VCPU_CONTEXTS; i++) {
        cpu->known->generations[i] = 1;
    }
}

void known_fini(struct vcpu *cpu)
{
    free(cpu->known);
}

void known_forget_bank(struct vcpu *cpu, unsigned context)
{
    struct known *known = cpu->known;

    if (known != NULL && ++known->generations[context] == 0) {
        memset(known->pages, 0, sizeof(known->pages));
        known->generations[context] = 1;
    }
}

void known_forget_page(struct vcpu *cpu, unsigned context, uint64_t address,
                       unsigned shift)
{
    if (cpu->known == NULL) {
        return;
    }
    if (shift > REGION_PAGE_SHIFT) {
        known_forget_bank(cpu, context);
        return;
    }
    struct known_page *known = place_of(cpu->known, context, address);
    if ((known->page ^ address) << 8 >> (8 + REGION_PAGE_SHIFT) == 0 &&
        known->context == context) {
        known->generation = 0;
    }
}

void known_enter(struct vcpu *cpu, const struct guest_access *access,
                 uint64_t page, const struct span *span, struct vcpu_leaf leaf)
{
    const unsigned context = access->context;

    if (cpu->known == NULL) {
        return;
    }
    struct known_page *known = place_of(cpu->known, context, page);
    const uint32_t generation = cpu->known->generations[context];
    const bool same =
        known->page == page && known->context == context &&
        known->generation == generation && known->region == span->region &&
        known->offset == span->offset && known->leaf.shift == leaf.shift &&
        known->leaf.aligned_only == leaf.aligned_only;

    *known = (struct known_page){
        .page = page,
        .region = span->region,
        .offset = span->offset,
        .generation = generation,
        .context = (uint8_t)context,
        .kinds = (uint8_t)((same ? known->kinds : 0) | 1u << access->kind),
        .leaf = leaf,
    };
}

static struct known_page *find(struct vcpu *cpu,
                               const struct guest_access *access)
{
    const uint64_t low = access->address & (REGION_PAGE_SIZE - 1);

    if (cpu->known == NULL || cpu->core.watchpoint_count != 0) {
        return NULL;
    }
    struct known_page *known =
        place_of(cpu->known, access->context, access->address);
    return known->page == access->address - low &&
                   known->context == access->context &&
                   known->generation ==
                       cpu->known->generations[access->context] &&
                   (known->kinds >> access->kind & 1) != 0 &&
                   low + access->size <= REGION_PAGE_SIZE &&
                   (!known->leaf.aligned_only ||
                    is_aligned(access->address, access->size)) &&
                   (access->kind == VCPU_READ || known->region->writable)
               ? known
               : NULL;
}

/* For both kinds at once, as a page that is read is mostly written, too. */
static void fill(struct vcpu *cpu, const struct known_page *known)
{
    const struct span span = {
        .host = region_host(known->region) + known->offset,
        .region = known->region,
        .offset = known->offset,
        .size_bytes = REGION_PAGE_SIZE,
    };

    for (unsigned kind = VCPU_READ; kind <= VCPU_WRITE; kind++) {
        if ((known->kinds >> kind & 1) != 0) {
            vcpu_fill(cpu, known->context, known->page, &span, known->leaf,
                      (enum vcpu_access)kind);
        }
    }
}

bool known_load(struct vcpu *cpu, const struct guest_access *access,
                void *bytes)
{
    const struct known_page *known = find(cpu, access);

    if (known == NULL) {
        return false;
    }
    vcpu_copy(bytes,
              region_host(known->region) + known->offset +
                  (access->address - known->page),
              access->size);
    fill(cpu, known);
    return true;
}

bool known_store(struct vcpu *cpu, const struct guest_access *access,
                 const void *bytes)
{
    const struct known_page *known = find(cpu, access);

    if (known == NULL) {
        return false;
    }
    const uint64_t offset = known->offset + (access->address - known->page);
    region_written(known->region, offset, access->size);
    vcpu_copy(region_host(known->region) + offset, bytes, access->size);
    fill(cpu, known);
    return true;
}

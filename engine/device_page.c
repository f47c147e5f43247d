/* SPDX-License-Identifier: Apache-2.0 */
/* Known pages of devices of a core: see device_page.h. */
#include "engine/device_page.h"

#include "engine/vcpu.h"

void device_page_enter(struct vcpu *cpu, const struct guest_access *access,
                       const struct guest_place *place)
{
    const uint64_t low = REGION_PAGE_SIZE - 1;
    const uint64_t page = access->address & ~low;
    const uint64_t at = place->address & ~low;
    const struct guest_access whole = {page, REGION_PAGE_SIZE, access->kind,
                                       access->context, access->level};
    const unsigned index = device_page_index(access->context, page);
    struct device_page *known = &cpu->devices.pages[index];
    const struct window *window =
        space_find_device(place->space, gpa(at), REGION_PAGE_SIZE);

    if (window == NULL || (window->rights & vcpu_right(access->kind)) == 0 ||
        !vcpu_may_keep(cpu, place) || access->context != cpu->data_context ||
        cpu->core.watchpoint_count != 0 ||
        (cpu->guest->physical && !cpu->guest->permits(cpu, &whole, false))) {
        return;
    }
    const uint64_t offset = window->offset + (at - window->base.value);
    const bool same = known->page == page &&
                      known->context == access->context &&
                      known->device == window->device &&
                      known->bank == window->bank && known->offset == offset &&
                      known->attributes.secure == place->attributes.secure &&
                      known->shift == place->leaf.shift;
    *known = (struct device_page){
        .page = page,
        .device = window->device,
        .offset = offset,
        .attributes = place->attributes,
        .bank = window->bank,
        .context = access->context,
        .kinds = (same ? known->kinds : 0) | 1u << access->kind,
        .shift = place->leaf.shift,
    };
    cpu->devices.used |= 1u << index;
    cpu->tlbs[access->context].used = true;
}

void device_page_forget_bank(struct device_pages *known, unsigned context)
{
    for (uint32_t left = known->used; left != 0; left &= left - 1) {
        struct device_page *page = &known->pages[__builtin_ctz(left)];

        if (page->context == context) {
            page->kinds = 0;
            known->used &= ~(left & -left);
        }
    }
}

void device_page_forget(struct device_pages *known, uint64_t address,
                        unsigned block)
{
    for (uint32_t left = known->used; left != 0; left &= left - 1) {
        struct device_page *page = &known->pages[__builtin_ctz(left)];

        const unsigned shift = page->shift < block ? block : page->shift;

        if (shift >= 56 || (page->page ^ address) << 8 >> (8 + shift) == 0) {
            page->kinds = 0;
            known->used &= ~(left & -left);
        }
    }
}

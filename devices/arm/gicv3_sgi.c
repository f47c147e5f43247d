/* SPDX-License-Identifier: Apache-2.0 */
/* Software-generated interrupts of a GICv3: ICC_SGI0R, ICC_SGI1R, ICC_ASGI1R.
 * See gicv3.h; section numbers are of IHI 0069. */
#include "base/assert.h"
#include "devices/arm/gicv3_cpu.h"

static void send_to(struct gicv3_call *call, unsigned target, unsigned intid,
                    enum gicv3_group group)
{
    struct gicv3 *gic = call->gic;
    struct gic_bank *bank = &gic->banks[target];
    uint32_t bit = BIT(intid);

    debug_assert(target < GIC_CORES && intid < GIC_SGIS);
    /* 12.2.19: a Secure request for group 1 also makes group 0 pending; a
     * Non-secure request for other groups needs the access of NSACR. */
    if (group == GICV3_G1S &&
        (gicv3_group_bits(gic, bank, GICV3_G0) & bit) != 0) {
        group = GICV3_G0;
    }
    if (!gicv3_one_state(gic) && call->caller->non_secure &&
        call->caller->level < 3 && group != GICV3_G1NS &&
        gicv3_permission(&gic->sgi_access[target], intid) <
            (group == GICV3_G0 ? GICV3_MAY_PEND : GICV3_MAY_CLEAR)) {
        return;
    }
    if ((gicv3_group_bits(gic, bank, group) & bit) != 0) {
        bank->latched |= bit;
        gicv3_update_core(call->device, target);
    }
}

static enum gicv3_group sgi_group(const struct gicv3_call *call, unsigned kind)
{
    enum gicv3_group own = gicv3_group1_of(call);

    if (kind == SGI0R) {
        return GICV3_G0;
    }
    if (kind == SGI1R || gicv3_one_state(call->gic)) {
        return own;
    }
    return own == GICV3_G1NS ? GICV3_G1S : GICV3_G1NS;
}

void gicv3_sgi_write(struct gicv3_call *call, unsigned index, uint64_t value)
{
    const struct gicv3_wiring *wiring = call->device->wiring;
    unsigned intid = (unsigned)(value >> 24) & 0xf;
    bool others = (value >> 40 & 1) != 0;
    bool cluster = (value & 0x00ff00ff00ff0000) == 0;
    bool range = (value >> 44 & 0xf) == 0;
    uint64_t targets = others ? ~((uint64_t)1 << call->core)
                              : (cluster && range ? value & 0xffff : 0);

    debug_assert(index == SGI0R || index == SGI1R || index == ASGI1R);
    for (unsigned core = 0; core < wiring->core_count; core++) {
        if ((targets >> core & 1) != 0) {
            send_to(call, core, intid, sgi_group(call, index));
        }
    }
}

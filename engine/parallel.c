/* SPDX-License-Identifier: Apache-2.0 */
/* Execution inside the gate: on and on, as long as nothing is needed but what
 * is the core's own. */
#include "engine/gate_inside.h"

/* The interpreter does not look whether the core was rung; a slice of this
 * many instructions is some microseconds. */
enum { INTERPRETED_SLICE = 2000 };

/* Where execution goes on from pc, if that is decoded and fits. */
static struct code_page *next(struct vcpu *cpu, uint64_t end, unsigned *slot)
{
    struct core *core = &cpu->core;
    uint64_t pc = cpu->r[IR_PC];
    const struct vcpu_fetch_entry *entry =
        &cpu->fetch[cpu->fetch_context]
                   [pc >> REGION_PAGE_SHIFT & (VCPU_FETCH_ENTRIES - 1)];
    uint64_t low = pc & (REGION_PAGE_SIZE - 1);

    if (cpu->attention || gate_rung(cpu) || core->traps >= core->trap_stop ||
        entry->tag != pc - low || (pc & 3) != 0) {
        return NULL;
    }
    struct code_page *page = entry->page;
    page->base = entry->tag;
    *slot = (unsigned)low / 2;
    uint32_t map = code_slot(page, *slot)->map;
    return (map & 0xffff) == 0 || map >> 16 > end - core->retired ||
                   page->ops[map & 0xffff].opcode == IR_step
               ? NULL
               : page;
}

void parallel_execute(struct vcpu *cpu, struct code_page *page, unsigned slot,
                      uint64_t end)
{
    bool compiled = cpu->code->compiler != NULL;

    gate_go_in(cpu);
    do {
        uint64_t left = end - cpu->core.retired;

        if (!compiled && left > INTERPRETED_SLICE) {
            left = INTERPRETED_SLICE;
        }
        cpu->slice_end = cpu->core.retired + left;
        vcpu_execute(cpu, page, slot, (int64_t)left);
        page = next(cpu, end, &slot);
    } while (page != NULL);
    gate_come_out(cpu);
}

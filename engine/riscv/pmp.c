/* SPDX-License-Identifier: Apache-2.0 */
/* Physical memory protection, priv 3.7. Context 0 is M mode, 1 is U mode. */
#include "base/bits.h"
#include "engine/riscv/riscv.h"

enum { PMP_R = 1, PMP_W = 2, PMP_X = 4, PMP_A = 3 << 3, PMP_L = 0x80 };
enum { PMP_OFF = 0, PMP_TOR = 1 << 3, PMP_NA4 = 2 << 3, PMP_NAPOT = 3 << 3 };

static uint8_t config_of(const struct riscv *hart, unsigned entry)
{
    uint32_t word = hart->state.csr[RISCV_CSR_pmpcfg0 + entry / 4];

    return (uint8_t)(word >> entry % 4 * 8);
}

static uint32_t address_of(const struct riscv *hart, unsigned entry)
{
    return hart->state.csr[RISCV_CSR_pmpaddr0 + entry];
}

/* Most are, and this is asked at each access that no TLB answers. */
static bool four_are_off(const struct riscv *hart, unsigned entry)
{
    return (hart->state.csr[RISCV_CSR_pmpcfg0 + entry / 4] &
            PMP_A * 0x01010101u) == 0;
}

/* The range [first, last] of an entry; false when it matches nothing. */
static bool range(const struct riscv *hart, unsigned entry, uint64_t *first,
                  uint64_t *last)
{
    uint64_t address = address_of(hart, entry);

    switch (config_of(hart, entry) & PMP_A) {
    case PMP_TOR:
        *first = entry == 0 ? 0 : (uint64_t)address_of(hart, entry - 1) << 2;
        if (address << 2 <= *first) {
            return false;
        }
        *last = (address << 2) - 1;
        return true;
    case PMP_NA4:
        *first = address << 2;
        *last = *first + 3;
        return true;
    case PMP_NAPOT: {
        uint64_t mask = address ^ (address + 1); /* ones up to the first 0 */

        *first = (address & ~mask) << 2;
        *last = *first + (mask << 2 | 3);
        return true;
    }
    default:
        return false;
    }
}

/* Permissions of a context for [first, last]: the lowest entry that matches any
 * byte of the range decides, and must match all of it. */
static unsigned rights(const struct riscv *hart, unsigned context,
                       uint64_t first, uint64_t last)
{
    unsigned entries = hart->vcpu.core.config.riscv.pmp_entries;
    unsigned all = WINDOW_R | WINDOW_W | WINDOW_X;

    for (unsigned entry = 0; entry < entries; entry++) {
        uint8_t config = config_of(hart, entry);
        uint64_t low;
        uint64_t high;

        if (entry % 4 == 0 && four_are_off(hart, entry)) {
            entry += 3;
            continue;
        }
        if (!range(hart, entry, &low, &high) || last < low || first > high) {
            continue;
        }
        if (first < low || last > high) {
            return 0;
        }
        if (context == 0 && (config & PMP_L) == 0) {
            return all;
        }
        return ((config & PMP_R) != 0 ? WINDOW_R : 0u) |
               ((config & PMP_W) != 0 ? WINDOW_W : 0u) |
               ((config & PMP_X) != 0 ? WINDOW_X : 0u);
    }
    return context == 0 || entries == 0 ? all : 0;
}

unsigned riscv_page_rights(struct vcpu *cpu, unsigned context, uint64_t page)
{
    struct riscv *hart = riscv_of(cpu);
    unsigned granted = rights(hart, context, page, page + REGION_PAGE_SIZE - 1);

    if (hart->veer && riscv_veer_has_side_effects(hart, (uint32_t)page)) {
        granted &= WINDOW_X;
    }
    return granted;
}

bool riscv_permits(struct vcpu *cpu, const struct guest_access *access,
                   bool raises)
{
    struct riscv *hart = riscv_of(cpu);
    const uint64_t last = access->address + access->size - 1;

    if ((rights(hart, access->context, access->address, last) &
         vcpu_right(access->kind)) != 0) {
        return true;
    }
    return raises && !riscv_fault(hart, access, access->address, true);
}

/* M mode with every entry off, or no entries at all; a region of VeeR's has
 * side effects as a whole. */
bool riscv_unprotected(struct vcpu *cpu, uint64_t first, uint64_t last)
{
    const struct riscv *hart = riscv_of(cpu);
    unsigned entries = cpu->core.config.riscv.pmp_entries;

    for (unsigned entry = 0; entry < entries; entry += 4) {
        if (!four_are_off(hart, entry)) {
            return false;
        }
    }
    return (cpu->data_context == 0 || entries == 0) &&
           first >> 28 == last >> 28 &&
           !riscv_veer_has_side_effects(hart, (uint32_t)first);
}

static bool is_locked(const struct riscv *hart, unsigned entry)
{
    return (config_of(hart, entry) & PMP_L) != 0;
}

static void write_config(struct riscv *hart, unsigned row, uint32_t value)
{
    uint32_t *word = &hart->state.csr[row];
    unsigned first = (row - RISCV_CSR_pmpcfg0) * 4;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t byte =
            value >> i * 8 & (PMP_L | PMP_A | PMP_R | PMP_W | PMP_X);

        /* R=0 W=1 is reserved: keep it from being held. */
        if ((byte & (PMP_R | PMP_W)) == PMP_W) {
            byte &= ~(uint32_t)PMP_W;
        }
        if (first + i < hart->vcpu.core.config.riscv.pmp_entries &&
            !is_locked(hart, first + i)) {
            *word = (*word & ~(0xffu << i * 8)) | byte << i * 8;
        }
    }
}

/* Priv 3.7.1: a locked TOR entry also locks the address below it. */
static void write_address(struct riscv *hart, unsigned row, uint32_t value)
{
    unsigned entry = row - RISCV_CSR_pmpaddr0;
    unsigned entries = hart->vcpu.core.config.riscv.pmp_entries;

    if (entry >= entries || is_locked(hart, entry)) {
        return;
    }
    if (entry + 1 < entries && is_locked(hart, entry + 1) &&
        (config_of(hart, entry + 1) & PMP_A) == PMP_TOR) {
        return;
    }
    hart->state.csr[row] = value;
}

void riscv_pmp_write(struct riscv *hart, unsigned row, uint32_t value)
{
    if (row >= RISCV_CSR_pmpaddr0 && row <= RISCV_CSR_pmpaddr63) {
        write_address(hart, row, value);
    } else {
        write_config(hart, row, value);
    }
    vcpu_flush_tlb(&hart->vcpu);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translation contexts: which bank of the soft TLB an access looks into, and
 * what TLB maintenance drops.
 *
 * EL1, EL2 and EL3 have a bank each, EL1 one for each security state. EL0 has
 * eight, given to the address spaces (tables, ASID, VMID) that were used last,
 * so a switch between processes changes an index and drops nothing. In EL1's
 * bank are global pages, and those of the present address space that EL1
 * reached; these are on a list and go when the address space does.
 *
 * Too much may be dropped, never too little: maintenance by address looks into
 * every bank, whatever the ASID.
 */
#include "engine/aarch64/aarch64.h"

static struct aarch64_space_key key_of(const struct aarch64 *pe)
{
    bool host = aarch64_in_host(pe, 0);

    return (struct aarch64_space_key){
        .table = host ? AARCH64_SYS(pe, TTBR0_EL2) : AARCH64_SYS(pe, TTBR0_EL1),
        .asid =
            (host ? AARCH64_SYS(pe, TTBR1_EL2) : AARCH64_SYS(pe, TTBR1_EL1)) >>
                48 |
            (uint64_t)!aarch64_non_secure(pe) << 16 | (uint64_t)host << 17,
        .stage2 = pe->has_el2 ? AARCH64_SYS(pe, VTTBR_EL2) : 0,
    };
}

static bool same(const struct aarch64_space_key *a,
                 const struct aarch64_space_key *b)
{
    return a->table == b->table && a->asid == b->asid && a->stage2 == b->stage2;
}

/* The bank of a key, else the one that was used longest ago, emptied. */
static unsigned bank_of(struct aarch64 *pe, const struct aarch64_space_key *key)
{
    struct aarch64_banks *banks = &pe->banks;
    unsigned oldest = 0;

    for (unsigned i = 0; i < AARCH64_USER_CONTEXTS; i++) {
        if (same(&banks->keys[i], key)) {
            return i;
        }
        if (banks->used_at[i] < banks->used_at[oldest]) {
            oldest = i;
        }
    }
    banks->keys[oldest] = *key;
    vcpu_flush_bank(&pe->vcpu, AARCH64_CONTEXT_USER + oldest);
    return oldest;
}

static void drop_local(struct aarch64 *pe)
{
    struct aarch64_banks *banks = &pe->banks;
    unsigned context = aarch64_context(pe, 1);

    if (banks->local_count > AARCH64_LOCAL_PAGES) {
        vcpu_flush_bank(&pe->vcpu, context);
    } else {
        for (unsigned i = 0; i < banks->local_count; i++) {
            vcpu_drop_page(&pe->vcpu, context, banks->local[i]);
        }
    }
    banks->local_count = 0;
}

void aarch64_banks_local(struct aarch64 *pe, uint64_t page)
{
    struct aarch64_banks *banks = &pe->banks;

    if (banks->local_count < AARCH64_LOCAL_PAGES) {
        banks->local[banks->local_count] = page;
    }
    if (banks->local_count <= AARCH64_LOCAL_PAGES) {
        banks->local_count++;
    }
}

void aarch64_banks_switch(struct aarch64 *pe)
{
    struct aarch64_banks *banks = &pe->banks;
    const struct aarch64_space_key key = key_of(pe);

    drop_local(pe);
    unsigned bank = bank_of(pe, &key);
    banks->used_at[bank] = ++banks->uses;
    banks->user = AARCH64_CONTEXT_USER + bank;
    if (pe->state.level == 0) {
        pe->vcpu.data_context = banks->user;
        pe->vcpu.fetch_context = banks->user;
    }
    pe->vcpu.attention = true;
}

/* ---- Maintenance (D5.10) ------------------------------------------------- */

/* The ASID may be TTBR0's or TTBR1's and have 8 or 16 bits: all that could be
 * meant. EL2's bank may be a host's. */
static void drop_address_space(struct aarch64 *pe, uint64_t asid)
{
    const struct aarch64_space_key *keys = pe->banks.keys;

    drop_local(pe);
    vcpu_flush_bank(&pe->vcpu, 2);
    for (unsigned i = 0; i < AARCH64_USER_CONTEXTS; i++) {
        if (((keys[i].table >> 48 ^ asid) & 0xff) == 0 ||
            ((keys[i].asid ^ asid) & 0xff) == 0) {
            vcpu_flush_bank(&pe->vcpu, AARCH64_CONTEXT_USER + i);
        }
    }
}

void aarch64_banks_invalidate(struct aarch64 *pe, uint32_t encoding,
                              uint64_t operand)
{
    unsigned op1 = encoding >> 11 & 7;
    unsigned crm = encoding >> 3 & 15;
    unsigned op2 = encoding & 7;
    bool by_address = crm == 3 || crm == 7; /* not by IPA */

    if (by_address && (op2 & 1) != 0) { /* VAE, VALE; VAAE, VAALE */
        vcpu_flush_page(&pe->vcpu, operand << 12);
    } else if (by_address && op1 == 0 && op2 == 2) { /* ASIDE1 */
        drop_address_space(pe, operand >> 48);
    } else {
        vcpu_flush_tlb(&pe->vcpu);
    }
}

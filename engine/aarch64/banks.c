/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translation contexts: which bank of the soft TLB an access looks into, and
 * what TLB maintenance drops.
 *
 * EL2 and EL3 have a bank each. EL0 and EL1 have several, given to the address
 * spaces that were used last, at their first access, so a switch changes an
 * index and drops nothing.
 *
 * EL0's are known by both tables, ASIDs and VMID. One of EL1 is known by the
 * table of the upper half, and by the ASID once it has pages there that are not
 * global: a kernel that hides itself from EL0 marks all of its own so, and
 * changes tables at each entry. Of the lower half a bank of EL1 has pages of
 * one table alone, be they global or not: another table may say something else
 * of them. They are on a list and go when another comes.
 *
 * Too much may be dropped, never too little: maintenance by address looks into
 * every bank, whatever the ASID.
 */
#include "engine/aarch64/aarch64.h"

static const uint64_t table_mask = ((uint64_t)1 << 48) - 1;

static struct aarch64_space_key key_of(const struct aarch64 *pe, unsigned level)
{
    bool host = level == 0 && aarch64_in_host(pe, 0);
    bool upper = (AARCH64_SYS(pe, TCR_EL1) >> 22 & 1) != 0; /* A1 */
    uint64_t ttbr0 = AARCH64_SYS(pe, TTBR0_EL1);
    uint64_t ttbr1 = AARCH64_SYS(pe, TTBR1_EL1);

    if (host) {
        ttbr0 = AARCH64_SYS(pe, TTBR0_EL2);
        ttbr1 = AARCH64_SYS(pe, TTBR1_EL2);
    } else if (level != 0) {
        ttbr0 = upper ? 0 : ttbr0 & ~table_mask;
        ttbr1 = upper ? ttbr1 : ttbr1 & table_mask;
    }
    return (struct aarch64_space_key){
        .ttbr0 = ttbr0,
        .ttbr1 = ttbr1,
        .stage2 = pe->has_el2 ? AARCH64_SYS(pe, VTTBR_EL2) : 0,
        .secure = !aarch64_non_secure(pe),
        .host = host,
    };
}

/* mask: of the tables' registers, what of them matters. */
static bool same(const struct aarch64_space_key *a,
                 const struct aarch64_space_key *b, uint64_t mask)
{
    return ((a->ttbr0 ^ b->ttbr0) & mask) == 0 &&
           ((a->ttbr1 ^ b->ttbr1) & mask) == 0 && a->stage2 == b->stage2 &&
           a->secure == b->secure && a->host == b->host;
}

/* True if all of a bank is good for any ASID. */
static bool is_global(const struct aarch64 *pe, unsigned context)
{
    return context < AARCH64_CONTEXT_USER && !pe->banks.has_local[context];
}

/* The bank of a key among first to last, else the one that was used longest
 * ago, emptied. */
static unsigned bank_of(struct aarch64 *pe, const struct aarch64_space_key *key,
                        unsigned first, unsigned last)
{
    struct aarch64_banks *banks = &pe->banks;
    unsigned oldest = first;

    for (unsigned i = first; i <= last; i++) {
        if (same(&banks->keys[i], key,
                 is_global(pe, i) ? table_mask : UINT64_MAX)) {
            banks->keys[i] = *key;
            return i;
        }
        if (banks->used_at[i] < banks->used_at[oldest]) {
            oldest = i;
        }
    }
    banks->keys[oldest] = *key;
    banks->has_local[oldest] = false;
    vcpu_flush_bank(&pe->vcpu, oldest);
    return oldest;
}

static void drop_lower(struct aarch64 *pe, unsigned context)
{
    struct aarch64_lower *lower = &pe->banks.lower[context];

    if (lower->count > AARCH64_LOWER_PAGES) {
        vcpu_flush_bank(&pe->vcpu, context);
    } else {
        for (unsigned i = 0; i < lower->count; i++) {
            vcpu_drop_page(&pe->vcpu, context, lower->pages[i]);
        }
    }
    lower->count = 0;
}

/* EL1's bank is about to be used with the table that TTBR0_EL1 has now. */
static void match_lower(struct aarch64 *pe, unsigned context)
{
    const uint64_t ttbr0 = AARCH64_SYS(pe, TTBR0_EL1);

    if (pe->banks.lower[context].ttbr0 != ttbr0) {
        drop_lower(pe, context);
        pe->banks.lower[context].ttbr0 = ttbr0;
    }
}

unsigned aarch64_banks_context(struct aarch64 *pe, unsigned level)
{
    struct aarch64_banks *banks = &pe->banks;
    unsigned *context = level == 0 ? &banks->user : &banks->kernel;

    if (*context == 0) {
        const struct aarch64_space_key key = key_of(pe, level);

        *context = level == 0 ? bank_of(pe, &key, AARCH64_CONTEXT_USER,
                                        AARCH64_CONTEXTS - 1)
                              : bank_of(pe, &key, AARCH64_CONTEXT_FIRST,
                                        AARCH64_CONTEXT_USER - 1);
        banks->used_at[*context] = ++banks->uses;
        if (level != 0) {
            match_lower(pe, *context);
        }
    }
    return *context;
}

void aarch64_banks_note(struct aarch64 *pe, uint64_t page, bool local)
{
    const unsigned context = aarch64_banks_context(pe, 1);
    struct aarch64_lower *lower = &pe->banks.lower[context];

    if ((page >> 55 & 1) != 0) {
        pe->banks.has_local[context] |= local;
        return;
    }
    if (lower->count < AARCH64_LOWER_PAGES) {
        lower->pages[lower->count] = page;
    }
    if (lower->count <= AARCH64_LOWER_PAGES) {
        lower->count++;
    }
}

void aarch64_banks_switch(struct aarch64 *pe)
{
    pe->banks.user = 0;
    pe->banks.kernel = 0;
    aarch64_update_contexts(pe);
    pe->vcpu.attention = true;
}

/* ---- Maintenance (D5.10) ------------------------------------------------- */

/* The ASID may be TTBR0's or TTBR1's and have 8 or 16 bits: all that could be
 * meant. EL2's bank may be a host's. */
static void drop_address_space(struct aarch64 *pe, uint64_t asid)
{
    const struct aarch64_space_key *keys = pe->banks.keys;

    for (unsigned i = AARCH64_CONTEXT_FIRST; i < AARCH64_CONTEXT_USER; i++) {
        drop_lower(pe, i);
    }
    vcpu_flush_bank(&pe->vcpu, 2);
    for (unsigned i = AARCH64_CONTEXT_FIRST; i < AARCH64_CONTEXTS; i++) {
        if (!is_global(pe, i) && (((keys[i].ttbr0 >> 48 ^ asid) & 0xff) == 0 ||
                                  ((keys[i].ttbr1 >> 48 ^ asid) & 0xff) == 0)) {
            vcpu_flush_bank(&pe->vcpu, i);
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

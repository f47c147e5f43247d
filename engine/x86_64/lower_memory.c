/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores through the soft TLB. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/x86_64/rows.h"

static bool of_32_bits(const struct ir_op *op)
{
    return op->opcode >= IR_load8 && op->opcode <= IR_store32;
}

void lower_address(struct lower *l, const struct ir_access *access,
                   int32_t more, enum x64_register to)
{
    const struct ir_op *op = l->op;
    bool wide = !of_32_bits(op);
    int64_t imm = op->imm + more;

    enum x64_register base = lower_host(l, op->a);
    if (access->indexed) {
        enum x64_register index = lower_host(l, op->b);

        if (op->imm <= 3 && base != X64_NONE && index != X64_NONE) {
            x64_lea(&l->out, true, to,
                    x64_mem_index(base, index, (unsigned)op->imm, 0));
            return;
        }
        if (op->imm == 0 && lower_is_kept(l, op->a)) {
            lower_load(l, true, to, op->a);
            x64_alu(&l->out, true, X64_ADD, to, lower_place(l, op->b));
            return;
        }
        lower_load(l, true, to, op->b);
        if (op->imm != 0) {
            x64_shift_imm(&l->out, true, X64_SHL, to, (unsigned)op->imm);
        }
        x64_alu(&l->out, true, X64_ADD, to, lower_place(l, op->a));
        return;
    }
    if (base != X64_NONE && imm == (int32_t)imm && imm != 0) {
        x64_lea(&l->out, wide, to, x64_mem(base, (int32_t)imm));
        return;
    }
    lower_load(l, wide, to, op->a);
    if (imm != 0) {
        x64_alu_imm(&l->out, wide, X64_ADD, x64_reg(to), (int32_t)imm);
    }
}

/* RCX = the entry's place; off if the distance into its page is none, or the
 * last byte's would be: of 64 bits, as a guest may ask for any address. Where
 * alignment is checked the distance is rotated by it: what is not aligned is
 * far away then. The same code at each access but for the largest distance and
 * the alignment, so it is emitted once and copied. */
static void make_entry(struct lower_entry *entry, bool store, bool checks)
{
    struct x64 out = {entry->code, entry->code};
    size_t tag = offsetof(struct vcpu_tlb_entry, tag[VCPU_READ]) +
                 store * sizeof(uint64_t);

    x64_rotate_right(&out, false, X64_RCX, x64_reg(X64_RAX), 12 - 5);
    x64_alu_imm(&out, false, X64_AND, x64_reg(X64_RCX),
                (VCPU_TLB_ENTRIES - 1) << 5);
    x64_alu(&out, true, X64_ADD, X64_RCX, lower_slot(COMPILER_TLB));
    x64_mov(&out, true, X64_RDX, x64_reg(X64_RAX));
    x64_alu(&out, true, X64_XOR, X64_RDX, x64_mem(X64_RCX, (int32_t)tag));
    if (checks) {
        x64_rotate_right(&out, true, X64_RDX, x64_reg(X64_RDX), 1);
        entry->rotated_end = (uint8_t)(out.at - entry->code);
    }
    x64_alu_imm(&out, true, X64_CMP, x64_reg(X64_RDX), REGION_PAGE_SIZE);
    entry->farthest_end = (uint8_t)(out.at - entry->code);
    x64_jcc(&out, X64_A, NULL);
    entry->checked = (uint8_t)(out.at - entry->code);
    x64_mov(&out, true, X64_RCX, lower_addend());
    entry->whole = (uint8_t)(out.at - entry->code);
    assert(entry->whole <= LOWER_ENTRY);
}

void lower_make_entries(struct lower_target *target)
{
    for (unsigned store = 0; store < 2; store++) {
        make_entry(&target->entries[store][false], store, false);
        make_entry(&target->entries[store][true], store, true);
    }
}

/* Single bytes are aligned. */
static const struct lower_entry *entry_of(const struct lower *l, unsigned align,
                                          bool store)
{
    const bool checks = l->page->checks_alignment && align != 0;

    return &l->target->entries[store][checks];
}

struct lower_cold *lower_find_entry(struct lower *l, unsigned size,
                                    unsigned align, bool store,
                                    const uint8_t *slow)
{
    const struct lower_entry *entry = entry_of(l, align, store);
    const unsigned rotated = entry->rotated_end != 0 ? align : 0;
    const uint32_t farthest = (REGION_PAGE_SIZE - size) >> rotated;
    uint8_t *at = l->out.at;

    memcpy(at, entry->code, LOWER_ENTRY);
    memcpy(at + entry->farthest_end - sizeof(farthest), &farthest,
           sizeof(farthest));
    if (entry->rotated_end != 0) {
        at[entry->rotated_end - 1] = (uint8_t)align;
    }
    l->out.at = at + entry->checked;
    struct lower_cold *cold =
        lower_cold(l, COLD_CALL, l->out.at - sizeof(int32_t));
    cold->callee = slow;
    cold->again = at;
    cold->refill = l->target->shared.refill[store];
    return cold;
}

struct x64_operand lower_addend(void)
{
    return x64_mem(X64_RCX, offsetof(struct vcpu_tlb_entry, addend));
}

struct lower_cold *lower_translate(struct lower *l, unsigned size,
                                   unsigned align, bool store,
                                   const uint8_t *slow)
{
    const struct lower_entry *entry = entry_of(l, align, store);
    struct lower_cold *cold = lower_find_entry(l, size, align, store, slow);

    l->out.at += entry->whole - entry->checked;
    return cold;
}

void lower_reach_group(struct lower *l, const struct ir_access *access,
                       const struct survey_group *group)
{
    lower_address(l, access, group->low, X64_RAX);
    lower_find_entry(l, (unsigned)(group->high - group->low), group->align,
                     access->store, l->target->shared.access)
        ->kind = COLD_ALONE;
    x64_alu(&l->out, true, X64_ADD, X64_RAX, lower_addend());
}

/* RAX = the host's address of the first byte of a group. */
static void enter_group(struct lower *l, const struct ir_access *access,
                        const struct survey_group *group)
{
    if (lower_window_group(l, access, group->low, group->high - group->low)) {
        return;
    }
    lower_reach_group(l, access, group);
    x64_store(&l->out, true, lower_slot(LOWER_POINTERS + access->store),
              X64_RAX);
}

uint16_t lower_group_of(const struct lower *l, const struct ir_op *op)
{
    uint16_t number = l->survey.group_of[op - l->first];

    return l->page->checks_alignment && l->survey.groups[number].uneven
               ? 0
               : number;
}

/* The access at hand as an operand of the host; *cold is what to come back
 * from, or NULL. */
static struct x64_operand reach(struct lower *l, const struct ir_access *access,
                                struct lower_cold **cold)
{
    size_t index = (size_t)(l->op - l->first);
    uint16_t number = l->whole ? lower_group_of(l, l->op) : 0;
    const struct survey_group *group = &l->survey.groups[number];

    /* An access that was checked for already neither faults nor touches the
     * flags. */
    if (number == 0 || l->known[access->store] != number) {
        lower_flush_flags(l);
    }
    *cold = NULL;
    if (number == 0) {
        *cold = lower_window(l, access);
        if (*cold != NULL) {
            return x64_mem_index(X64_RAX, X64_RCX, 0, 0);
        }
        lower_address(l, access, 0, X64_RAX);
        *cold = lower_translate(l, (unsigned)access->size << access->pair,
                                (unsigned)__builtin_ctz(access->size),
                                access->store, l->target->shared.access);
        return x64_mem_index(X64_RAX, X64_RCX, 0, 0);
    }
    if (l->known[access->store] != number) {
        enter_group(l, access, group);
        l->known[access->store] = number;
    } else if (l->at_hand != number || l->at_hand_until != l->out.at) {
        x64_mov(&l->out, true, X64_RAX,
                lower_slot(LOWER_POINTERS + access->store));
    }
    l->at_hand = number;
    return x64_mem(X64_RAX, l->survey.distance[index] - group->low);
}

void lower_read(struct lower *l, unsigned size, unsigned sign,
                struct x64_operand from, unsigned guest)
{
    /* by log2 of the size */
    static const unsigned zeros[] = {0x0fb6, 0x0fb7, 0x8b, 0x8b};
    static const unsigned signs[] = {0x0fbe, 0x0fbf, 0x63, 0x8b};
    const unsigned which = (unsigned)__builtin_ctz(size);
    enum x64_register d = lower_result(l, guest, X64_RDX);

    x64_op(&l->out, (size == 8) | (sign == 64),
           sign != 0 ? signs[which] : zeros[which], d, from);
    lower_put(l, guest, d);
}

void lower_write(struct lower *l, unsigned size, struct x64_operand to,
                 unsigned guest)
{
    enum x64_register s = lower_get(l, true, guest, X64_RDX);

    if (size == 2) {
        x64_op_prefixed(&l->out, 0x66, false, 0x89, s, to);
    } else if (size == 1) {
        x64_op(&l->out, false, 0x88, s, to);
    } else {
        x64_store(&l->out, size == 8, to, s);
    }
}

static void load_one(struct lower *l, const struct ir_access *access,
                     struct x64_operand from)
{
    lower_read(l, access->size, access->sign, from, l->op->d);
}

/* The second may be the same register, which wins. */
static void load_pair(struct lower *l, const struct ir_access *access,
                      struct x64_operand from)
{
    load_one(l, access, from);
    lower_read(l, access->size, access->sign, x64_further(from, access->size),
               l->op->b);
}

static void store_one(struct lower *l, const struct ir_access *access,
                      struct x64_operand to)
{
    lower_write(l, access->size, to, access->indexed ? l->op->d : l->op->b);
}

static void store_pair(struct lower *l, const struct ir_access *access,
                       struct x64_operand to)
{
    lower_write(l, access->size, to, l->op->d);
    lower_write(l, access->size, x64_further(to, access->size), l->op->b);
}

/* A row's function: finds where the access goes, the function of that name does
 * it, and what was not done here goes on behind it. A function for each, as a
 * choice here would be guessed wrongly. */
#define ACCESS(name)                                                           \
    void lower_op_##name(struct lower *l, bool flag, unsigned what)            \
    {                                                                          \
        const struct ir_access *access = &ir_accesses[l->op->opcode];          \
        struct lower_cold *cold;                                               \
                                                                               \
        name(l, access, reach(l, access, &cold));                              \
        l->at_hand_until = l->out.at;                                          \
        if (cold != NULL) {                                                    \
            cold->back = l->out.at;                                            \
            l->at_hand = 0;                                                    \
        }                                                                      \
    }

ACCESS(load_one)
ACCESS(load_pair)
ACCESS(store_one)
ACCESS(store_pair)
#undef ACCESS

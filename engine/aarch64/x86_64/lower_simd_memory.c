/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of vector registers through the soft TLB; all that an
 * instruction accesses is checked at once. */
#include "engine/aarch64/x86_64/lower_simd.h"

/* Behind the check: a place so many bytes on. */
static struct x64_operand place(unsigned bytes)
{
    return x64_mem_index(X64_RAX, X64_RCX, 0, (int32_t)bytes);
}

bool lower_move_vector(struct lower *l, bool store)
{
    const struct ir_op *op = l->op;
    unsigned size = 1u << (op->high & 15);
    bool pair = (op->high & 16) != 0;

    lower_load(l, true, X64_RAX, op->a);
    struct lower_cold *cold =
        lower_translate(l, size << pair, (unsigned)op->high & 15, store,
                        l->target->shared.assist);
    if (store) {
        lower_vector_load(l, XMM0, lower_vector(op->d, 0), size);
        lower_vector_store(l, place(0), XMM0, size);
        if (pair) {
            lower_vector_load(l, XMM0, lower_vector(op->b, 0), size);
            lower_vector_store(l, place(size), XMM0, size);
        }
    } else {
        if (pair) {
            lower_vector_load(l, XMM1, place(size), size);
        }
        lower_vector_load(l, XMM0, place(0), size);
        lower_vector_store(l, lower_vector(op->d, 0), XMM0, 16);
        if (pair) {
            lower_vector_store(l, lower_vector(op->b, 0), XMM1, 16);
        }
    }
    cold->back = l->out.at;
    return true;
}

/* ---- Structures of all of some registers --------------------------------- */

struct structures {
    unsigned first;    /* register */
    unsigned count;    /* of registers */
    unsigned elements; /* of a structure; 1: registers one after the other */
    unsigned each;     /* bytes of a register */
    unsigned log2;     /* of the bytes of an element */
};

static struct x64_operand member(const struct structures *s, unsigned i)
{
    return lower_vector((s->first + i) & 31, 0);
}

static void load_plain(struct lower *l, const struct structures *s)
{
    for (unsigned i = 0; i < s->count; i++) {
        lower_vector_load(l, XMM0, place(i * s->each), s->each);
        lower_vector_store(l, member(s, i), XMM0, 16);
    }
}

static void store_plain(struct lower *l, const struct structures *s)
{
    for (unsigned i = 0; i < s->count; i++) {
        lower_vector_load(l, XMM0, member(s, i), s->each);
        lower_vector_store(l, place(i * s->each), XMM0, s->each);
    }
}

/* xmm `even` and `odd`: the elements of a and b by turns. */
static void split(struct lower *l, const struct structures *s, unsigned even,
                  unsigned odd, unsigned a, unsigned b)
{
    lower_unzip(l, s->log2, false, even, a, b);
    lower_unzip(l, s->log2, true, odd, a, b);
}

/* Two elements are the even and the odd ones; four are those of these. */
static void load_structures(struct lower *l, const struct structures *s)
{
    unsigned pieces = s->count * s->each / 16;

    for (unsigned i = 0; i < pieces; i++) {
        lower_vector_load(l, XMM0 + i, place(i * 16), 16);
    }
    if (s->count == 2) {
        split(l, s, XMM4, XMM5, XMM0, pieces == 1 ? XMM0 : XMM1);
        avx(l, AVX_vmovdqu, XMM0, 0, XMM4);
        avx(l, AVX_vmovdqu, XMM1, 0, XMM5);
    } else if (pieces == 2) {
        split(l, s, XMM4, XMM5, XMM0, XMM1);
        split(l, s, XMM0, XMM2, XMM4, XMM4);
        split(l, s, XMM1, XMM3, XMM5, XMM5);
    } else {
        split(l, s, XMM4, XMM5, XMM0, XMM1);
        split(l, s, XMM0, XMM1, XMM2, XMM3);
        split(l, s, XMM2, XMM3, XMM5, XMM1); /* elements 1 and 3 */
        split(l, s, XMM5, XMM6, XMM4, XMM0); /* elements 0 and 2 */
        avx(l, AVX_vmovdqu, XMM0, 0, XMM5);
        avx(l, AVX_vmovdqu, XMM1, 0, XMM2);
        avx(l, AVX_vmovdqu, XMM2, 0, XMM6);
    }
    for (unsigned i = 0; i < s->count; i++) {
        lower_vector_put(l, (s->first + i) & 31, XMM0 + i, s->each);
    }
}

/* xmm `low` and `high`: the elements of a and b by turns. */
static void interleave(struct lower *l, const struct structures *s,
                       unsigned low, unsigned high, unsigned a, unsigned b)
{
    avx(l, lower_each[EACH_ZIP][0][s->log2], low, a, b);
    avx(l, lower_each[EACH_ZIP][1][s->log2], high, a, b);
}

static void store_structures(struct lower *l, const struct structures *s)
{
    unsigned pieces = s->count * s->each / 16;
    unsigned order[4] = {XMM4, XMM5, XMM6, XMM7};

    for (unsigned i = 0; i < s->count; i++) {
        lower_vector_load(l, XMM0 + i, member(s, i), 16);
    }
    if (s->count == 2) {
        interleave(l, s, XMM4, XMM5, XMM0, XMM1);
    } else { /* elements 0 and 2, then 1 and 3; then both */
        interleave(l, s, XMM4, XMM5, XMM0, XMM2);
        interleave(l, s, XMM6, XMM7, XMM1, XMM3);
        interleave(l, s, XMM0, XMM1, XMM4, XMM6);
        interleave(l, s, XMM2, XMM3, XMM5, XMM7);
        for (unsigned i = 0; i < 4; i++) {
            order[i] = XMM0 + i;
        }
    }
    for (unsigned i = 0; i < pieces; i++) {
        lower_vector_store(l, place(i * 16), order[i], 16);
    }
}

static void describe(struct structures *s, uint32_t insn)
{
    s->first = lower_bits_of(insn, 0, 5);
    s->each = lower_bits_of(insn, 30, 1) != 0 ? 16 : 8;
    s->log2 = lower_bits_of(insn, 10, 2);
    s->count = aarch64_structure_registers(insn, &s->elements);
}

/* Three elements do not part in two steps. */
bool lower_vector_multiple(struct lower *l)
{
    uint32_t insn = (uint32_t)l->op->high;
    bool store = lower_bits_of(insn, 22, 1) == 0;
    struct structures s;

    describe(&s, insn);
    if (s.elements == 3) {
        return false;
    }
    lower_load(l, true, X64_RAX, l->op->a);
    struct lower_cold *cold = lower_translate(l, s.count * s.each, s.log2,
                                              store, l->target->shared.assist);
    if (s.elements == 1) {
        (store ? store_plain : load_plain)(l, &s);
    } else {
        (store ? store_structures : load_structures)(l, &s);
    }
    cold->back = l->out.at;
    return true;
}

/* ---- One element of each register ---------------------------------------- */

static void load_element(struct lower *l, unsigned number, unsigned log2,
                         unsigned index, struct x64_operand from)
{
    lower_vector_load(l, XMM0, lower_vector(number, 0), 16);
    avx_from(l, lower_each[EACH_INSERT][0][log2], XMM0, XMM0, from);
    x64_byte(&l->out, index);
    lower_vector_store(l, lower_vector(number, 0), XMM0, 16);
}

static void store_element(struct lower *l, unsigned number, unsigned log2,
                          unsigned index, struct x64_operand to)
{
    static const unsigned loads[] = {0x0fb6, 0x0fb7, 0x8b, 0x8b};

    x64_op(&l->out, log2 == 3, loads[log2], X64_RDX,
           lower_vector(number, index << log2));
    x64_op_prefixed(&l->out, log2 == 1 ? 0x66 : 0, log2 == 3,
                    log2 == 0 ? 0x88 : 0x89, X64_RDX, to);
}

bool lower_vector_single(struct lower *l)
{
    uint32_t insn = (uint32_t)l->op->high;
    bool store = lower_bits_of(insn, 22, 1) == 0;
    bool replicate = lower_bits_of(insn, 14, 2) == 3;
    unsigned q = lower_bits_of(insn, 30, 1);
    unsigned first = lower_bits_of(insn, 0, 5);
    unsigned total = aarch64_structure_size(insn);
    unsigned count =
        (lower_bits_of(insn, 13, 1) << 1 | lower_bits_of(insn, 21, 1)) + 1;
    unsigned log2 = (unsigned)__builtin_ctz(total / count);
    /* Q:S:size is the byte's number. */
    unsigned index = (q << 3 | lower_bits_of(insn, 12, 1) << 2 |
                      lower_bits_of(insn, 10, 2)) >>
                     log2;

    lower_load(l, true, X64_RAX, l->op->a);
    struct lower_cold *cold =
        lower_translate(l, total, log2, store, l->target->shared.assist);
    for (unsigned i = 0; i < count; i++) {
        unsigned number = (first + i) & 31;

        if (store) {
            store_element(l, number, log2, index, place(i << log2));
        } else if (replicate) {
            avx_from(l, lower_each[EACH_BROADCAST][0][log2], XMM0, 0,
                     place(i << log2));
            lower_vector_put(l, number, XMM0, q != 0 ? 16 : 8);
        } else {
            load_element(l, number, log2, index, place(i << log2));
        }
    }
    cold->back = l->out.at;
    return true;
}

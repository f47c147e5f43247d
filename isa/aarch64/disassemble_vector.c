/* SPDX-License-Identifier: Apache-2.0 */
/* Operands of the A64 disassembler that name vector registers, their elements
 * and lists of them. */
#include "isa/aarch64/printer.h"

static void register_list(struct printer *p, unsigned first, unsigned count,
                          unsigned size, bool full)
{
    buffer_print(p->out, "{ ");
    for (unsigned i = 0; i < count; i++) {
        buffer_print(p->out, "%s", i == 0 ? "" : ", ");
        aarch64_print_vector(p, size, full, (first + i) & 31);
    }
    buffer_print(p->out, " }");
}

/* The digit after the name counts registers; it comes as value. */
static void list(struct printer *p, uint32_t count)
{
    const struct aarch64_insn *insn = p->insn;
    bool replicated = (insn->encoding & 0xbf80f000) == 0x0d80c000 ||
                      (insn->encoding & 0x0d00c000) == 0x0d00c000;

    register_list(p, insn->t, count, insn->z, insn->q != 0);
    p->transferred =
        replicated ? count << insn->z : count * (insn->q != 0 ? 16 : 8);
}

static void elements(struct printer *p, uint32_t count)
{
    const struct aarch64_insn *insn = p->insn;
    unsigned joined = insn->q << 3 | insn->x << 2 | insn->z;
    unsigned size = insn->g == 2 && insn->z == 1 ? 3 : insn->g;

    buffer_print(p->out, "{ ");
    for (unsigned i = 0; i < count; i++) {
        buffer_print(p->out, "%sv%u.%c", i == 0 ? "" : ", ", (insn->t + i) & 31,
                     "bhsd"[size & 3]);
    }
    buffer_print(p->out, " }[%u]", joined >> size);
    p->transferred = count << size;
}

static void post_index(struct printer *p, uint32_t value)
{
    (void)value;
    if (p->insn->m == 31) {
        buffer_print(p->out, "#%u", p->transferred);
    } else {
        aarch64_print_general(p, true, p->insn->m, false);
    }
}

static void table(struct printer *p, uint32_t value)
{
    (void)value;
    register_list(p, p->insn->n, p->insn->o + 1, 0, true);
}

static void converted(struct printer *p, uint32_t value)
{
    static const uint8_t types[4] = {2, 3, 0, 1};

    (void)value;
    aarch64_print_scalar(p, types[p->insn->o & 3], p->insn->d);
}

static void pairwise_long(struct printer *p, uint32_t value)
{
    (void)value;
    aarch64_print_vector(p, p->insn->z + 1, p->insn->q != 0, p->insn->d);
}

static void narrow(struct printer *p, uint32_t number)
{
    aarch64_print_vector(p, p->insn->p + 1, p->insn->q != 0, number);
}

static void wide(struct printer *p, uint32_t number)
{
    aarch64_print_vector(p, p->insn->p + 2, true, number);
}

static void pair(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "v%u.2%c", p->insn->n, p->insn->p != 0 ? 'd' : 's');
}

/* imm5 of a copy: its lowest set bit is the size, the rest the index. */
static unsigned copy_size(const struct printer *p)
{
    return p->insn->i == 0 ? 0 : (unsigned)__builtin_ctz(p->insn->i);
}

static void duplicate(struct printer *p, uint32_t value)
{
    (void)value;
    aarch64_print_vector(p, copy_size(p), p->insn->q != 0, p->insn->d);
}

static void duplicate_scalar(struct printer *p, uint32_t value)
{
    (void)value;
    aarch64_print_scalar(p, copy_size(p), p->insn->d);
}

static void element(struct printer *p, uint32_t number)
{
    unsigned size = copy_size(p);

    buffer_print(p->out, "v%u.%c[%u]", number, "bhsdq"[size],
                 p -> insn -> i >> (size + 1));
}

static void element2(struct printer *p, uint32_t value)
{
    unsigned size = copy_size(p);

    (void)value;
    buffer_print(p->out, "v%u.%c[%u]", p->insn->n, "bhsdq"[size],
                 p -> insn -> j >> size);
}

static void copy_general(struct printer *p, uint32_t value)
{
    (void)value;
    aarch64_print_general(p, copy_size(p) == 3, p->insn->n, false);
}

static void moved_general(struct printer *p, uint32_t value)
{
    (void)value;
    aarch64_print_general(p, p->insn->q != 0, p->insn->d, false);
}

static void double_target(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, p->insn->q != 0 ? "v%u.2d" : "d%u", p->insn->d);
}

static void half_element(struct printer *p, uint32_t value)
{
    const struct aarch64_insn *insn = p->insn;

    (void)value;
    buffer_print(p->out, "v%u.h[%u]", insn->m & 15,
                 insn->h << 2 | insn->l << 1 | insn->m >> 4);
}

static void integer_element(struct printer *p, uint32_t value)
{
    if (p->insn->z == 1) {
        half_element(p, value);
    } else {
        buffer_print(p->out, "v%u.s[%u]", p->insn->m,
                     p->insn->h << 1 | p->insn->l);
    }
}

static void float_element(struct printer *p, uint32_t value)
{
    const struct aarch64_insn *insn = p->insn;

    (void)value;
    if (insn->p != 0) {
        buffer_print(p->out, "v%u.d[%u]", insn->m, insn->h);
    } else {
        buffer_print(p->out, "v%u.s[%u]", insn->m, insn->h << 1 | insn->l);
    }
}

static void byte_element(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "v%u.4b[%u]", p->insn->m,
                 p->insn->h << 1 | p->insn->l);
}

const struct aarch64_operand aarch64_vector_operands[] = {
    {"list",      list            },
    {"elements",  elements        },
    {"post",      post_index      },
    {"table",     table           },
    {"fcvtd",     converted       },
    {"addlp",     pairwise_long   },
    {"fpnarrow",  narrow          },
    {"fpwide",    wide            },
    {"pair",      pair            },
    {"dupd",      duplicate       },
    {"dupscalar", duplicate_scalar},
    {"element",   element         },
    {"element2",  element2        },
    {"dupgpr",    copy_general    },
    {"qgpr",      moved_general   },
    {"movid",     double_target   },
    {"elementm",  integer_element },
    {"elementf",  float_element   },
    {"elementh",  half_element    },
    {"element4b", byte_element    },
    {NULL,        NULL            },
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Finds an encoding's form among those of its group. */
#include "isa/t32/tables.h"

static bool matches(const struct t32_pattern *pattern, uint32_t encoding)
{
    const struct t32_cube *except = &t32_exceptions[pattern->except];

    if ((encoding & pattern->mask) != pattern->match) {
        return false;
    }
    for (; except->mask != 0; except++) {
        if ((encoding & except->mask) == except->match) {
            return false;
        }
    }
    return true;
}

static unsigned find(const uint16_t *candidate, uint32_t encoding)
{
    while (*candidate != 0 && !matches(&t32_patterns[*candidate], encoding)) {
        candidate++;
    }
    return *candidate;
}

static unsigned find_short(uint32_t encoding)
{
    return find(&t32_candidates[t32_short_groups[t32_short_group(encoding)]],
                encoding);
}

static unsigned find_long(uint32_t encoding)
{
    return find(&t32_candidates[t32_long_groups[t32_long_group(encoding)]],
                encoding);
}

bool t32_decode(uint32_t encoding, bool in_it_block, struct t32_insn *insn)
{
    const bool is_long = encoding > 0xffff;
    const unsigned form = is_long ? find_long(encoding) : find_short(encoding);
    const struct t32_pattern *pattern = &t32_patterns[form];

    *insn = (struct t32_insn){
        .encoding = encoding,
        .row = pattern->row,
        .form = (uint16_t)form,
        .features = pattern->features,
        .length = is_long ? 4 : 2,
    };
    if (form != 0) {
        t32_extract(pattern->shape, in_it_block, insn);
        if (insn->row != T32_UNDEFINED) {
            return true;
        }
        *insn = (struct t32_insn){
            .encoding = encoding,
            .length = is_long ? 4 : 2,
        };
    }
    return false;
}

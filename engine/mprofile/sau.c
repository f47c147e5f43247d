/* SPDX-License-Identifier: Apache-2.0 */
/* Security attribution (DDI 0553 B8): the SAU, and what the implementation
 * says of its addresses (IDAU); TT. */
#include "engine/mprofile/mprofile.h"

enum { SAU_ENABLE = 1, SAU_ALLNS = 2, SAU_REGION_ENABLE = 1, SAU_NSC = 2 };

static void ask_sau(const struct mprofile *m, uint32_t address,
                    struct mprofile_extent *extent,
                    struct mprofile_attribution *a)
{
    const struct mprofile_state *state = &m->state;
    unsigned hits = 0;

    if ((state->sau_ctrl & SAU_ENABLE) == 0) {
        a->non_secure = (state->sau_ctrl & SAU_ALLNS) != 0;
        return;
    }
    for (int i = 0; i < m->model->sau_regions; i++) {
        uint32_t rlar = state->sau_rlar[i];

        if ((rlar & SAU_REGION_ENABLE) != 0 &&
            mprofile_cut(extent, address, state->sau_rbar[i] & ~31u,
                         rlar | 31)) {
            a->sau_region = i;
            a->callable = (rlar & SAU_NSC) != 0;
            a->non_secure = !a->callable;
            hits++;
        }
    }
    if (hits > 1) { /* R_NNSX */
        a->sau_region = -1;
        a->callable = false;
        a->non_secure = false;
    }
}

/* The more secure of the two answers holds (R_VGHW). */
static void ask_idau(const struct mprofile *m, uint32_t address,
                     struct mprofile_extent *extent,
                     struct mprofile_attribution *a)
{
    const struct core_mprofile_config *config = &m->vcpu.core.config.mprofile;

    for (size_t i = 0; i < config->idau_count; i++) {
        const struct core_idau_range *range = &config->idau[i];

        if (!mprofile_cut(extent, address, range->first, range->last)) {
            continue;
        }
        bool callable =
            range->callable != 0 &&
            (m->state.idau_callable >> (range->callable - 1) & 1) != 0;

        a->idau_region = range->region;
        if (!range->non_secure &&
            (a->non_secure || (!callable && a->callable))) {
            a->non_secure = false;
            a->callable = callable;
        }
    }
}

/* B8.1: these have the security of who asks (ITM, DWT and FPB; the system
 * control space and its alias; TPIU and ETM; the ROM table). */
static const struct {
    uint32_t first;
    uint32_t last;
} exempt[] = {
    {0xe0000000, 0xe0002fff},
    {0xe000e000, 0xe000efff},
    {0xe002e000, 0xe002efff},
    {0xe0040000, 0xe0041fff},
    {0xe00ff000, 0xe00fffff},
};

struct mprofile_attribution mprofile_attribution(const struct mprofile *m,
                                                 uint32_t address, bool secure,
                                                 struct mprofile_extent *extent)
{
    struct mprofile_attribution a = {.sau_region = -1, .idau_region = -1};

    if (!mprofile_has(m, MPROFILE_SECURITY)) {
        a.non_secure = true;
        return a;
    }
    for (size_t i = 0; i < ARRAY_SIZE(exempt); i++) {
        if (mprofile_cut(extent, address, exempt[i].first, exempt[i].last)) {
            a.exempt = true;
            a.non_secure = !secure;
            return a;
        }
    }
    ask_sau(m, address, extent, &a);
    ask_idau(m, address, extent, &a);
    return a;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime of 2.x has no DICE Protection Environment and authorises no
 * images of the SoC: measurements go into PCR 31 and the log alone.
 */
#include "guest/caliptra/runtime/runtime.h"

void dpe_begin(struct runtime *runtime)
{
}

uint32_t dpe_room(const struct runtime *runtime)
{
    return 0;
}

uint32_t dpe_measure(struct runtime *runtime, uint32_t locality,
                     const uint8_t type[4], const uint8_t measurement[48])
{
    return DPE_OK;
}

void dpe_forget_export(struct runtime *runtime)
{
}

void gate_close_all(void)
{
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that nothing is compiled for. */
#include "engine/aarch64/aarch64.h"

bool lower_aarch64_assist(struct lower *l)
{
    return false;
}

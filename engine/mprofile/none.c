/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that nothing is compiled for. */
#include "engine/mprofile/helpers.h"

bool lower_t32_assist(struct lower *l)
{
    return false;
}

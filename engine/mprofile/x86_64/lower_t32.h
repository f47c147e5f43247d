/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the M-profile that compile to host instructions. */
#ifndef ENGINE_MPROFILE_X86_64_LOWER_T32_H
#define ENGINE_MPROFILE_X86_64_LOWER_T32_H

#include "engine/mprofile/mprofile.h"

struct lower;

/* A T32_HELPER_DSP at hand; false: its helper has to. */
bool lower_t32_dsp(struct lower *l);

#endif

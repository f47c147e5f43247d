/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples of where the cores of a machine are. A slice of a core ends where it
 * has retired a multiple of the period; ends of slices are no part of a run
 * (platform/machine/run.c), so a run with samples is the one without.
 */
#ifndef PLATFORM_PROFILE_SAMPLE_H
#define PLATFORM_PROFILE_SAMPLE_H

#include "platform/machine/machine.h"

extern const struct machine_extension sampler_extension;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that nothing is compiled for: cores find no compiler and interpret. */
#include "engine/compiler/compiler.h"

const struct compiler_target *const compiler_host = NULL;

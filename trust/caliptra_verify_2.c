/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of generation 2.x up to its header. */
#include "trust/caliptra_checks.h"

void caliptra_verify_2(struct checks *checks)
{
    checks_fail(checks, "generation", CALIPTRA_ERROR_MANIFEST_MARKER_MISMATCH,
                "generation 2.x is not verified yet");
}

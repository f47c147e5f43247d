/* SPDX-License-Identifier: Apache-2.0 */
/* The extensions that machines have. Their order is that of their states in
 * hashes and in files. */
#include "platform/machine/extension.h"

#include "platform/agent/agent.h"
#include "platform/debug/debug.h"
#include "platform/debug/semihosting.h"
#include "platform/guest/guest.h"
#include "platform/power/ledger.h"
#include "platform/profile/sample.h"
#include "platform/record/record.h"
#include "platform/snapshot/snapshot.h"

const struct machine_extension *const machine_extensions[] = {
    &agent_extension,       &guest_extension,
    &semihosting_extension, &ledger_extension,
    &debug_extension,       &sampler_extension,
    &recorder_extension,    &replayer_extension,
    &snapshot_extension,    NULL,
};

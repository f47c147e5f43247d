/* SPDX-License-Identifier: Apache-2.0 */
/* The extensions that machines have. */
#include "platform/machine/extension.h"

#include "platform/agent/agent.h"
#include "platform/debug/debug.h"
#include "platform/debug/semihosting.h"
#include "platform/guest/guest.h"
#include "platform/power/ledger.h"
#include "platform/profile/sample.h"
#include "platform/record/record.h"
#include "platform/slots/slots.h"
#include "platform/snapshot/snapshot.h"

const struct machine_extension *const machine_extensions[EXTENSIONS] = {
    [EXTENSION_SLOTS] = &slots_extension,
    [EXTENSION_AGENT] = &agent_extension,
    [EXTENSION_GUEST] = &guest_extension,
    [EXTENSION_SEMIHOSTING] = &semihosting_extension,
    [EXTENSION_LEDGER] = &ledger_extension,
    [EXTENSION_DEBUG] = &debug_extension,
    [EXTENSION_SAMPLER] = &sampler_extension,
    [EXTENSION_RECORDER] = &recorder_extension,
    [EXTENSION_REPLAYER] = &replayer_extension,
    [EXTENSION_SNAPSHOT] = &snapshot_extension,
};

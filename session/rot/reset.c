/* SPDX-License-Identifier: Apache-2.0 */
/* The SoC's duties for a root of trust that is served: power, pins, fuses,
 * users and firmware, as scripts of the agent. */
#include <errno.h>

#include "abi/caliptra_soc_ifc.h"
#include "session/rot/core.h"
#include "session/rot/part.h"
#include "session/session.h"

/* Only what no client can do: randomness comes from the server. */
static const char power_script[] =
    "default USER 1\n"
    "default SEED 1\n"
    "user ${USER}\n"
    "trng external seed ${SEED}\n"
    "power\n";

static const char pin_script[] =
    "default USER 1\n"
    "user ${USER}\n"
    "reset warm\n";

/* A warm reset loses users and their locks, and waits for FUSE_WR_DONE again;
 * fuses and firmware are still there. */
static const char warm_script[] =
    "default USER 1\n"
    "user ${USER}\n"
    "reset warm\n"
    "wait soc_ifc.ready_for_fuses\n"
    "write CPTRA_MBOX_VALID_PAUSER[0] ${USER}\n"
    "write CPTRA_MBOX_PAUSER_LOCK[0] 1\n"
    "write CPTRA_TRNG_VALID_PAUSER ${USER}\n"
    "write CPTRA_TRNG_PAUSER_LOCK 1\n"
    "write CPTRA_FUSE_WR_DONE 1\n"
    "write CPTRA_BOOTFSM_GO 1\n"
    "if-is UNTIL reset stop\n"
    "wait soc_ifc.ready_for_runtime\n";

static const char fuse_script[] =
    "default USER 1\n"
    "user ${USER}\n"
    "fuses \"client.fuses\"\n";

static void forget_mailbox(struct rot_core *core)
{
    core->holder = NULL;
    core->unanswered = false;
}

/* The first user is the agent's. */
static void admit_users(struct rot_core *core)
{
    const struct rot_core_options *options = core->options;
    for (unsigned i = 1; i < options->user_count; i++) {
        (void)cairn_master_write(core->machine, core->soc, options->users[0],
                                 CALIPTRA_SOC_IFC_MBOX_VALID_PAUSER + 4 * i, 4,
                                 options->users[i]);
        (void)cairn_master_write(core->machine, core->soc, options->users[0],
                                 CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK + 4 * i, 4,
                                 1);
    }
}

static enum rot_error run_script(struct rot_core *core, const char *script,
                                 enum rot_stage stage,
                                 const struct cairn_image *file)
{
    const struct session_duties job = {
        .text = script,
        .name = "duties",
        .until = rot_stage_name(stage),
        .file = file,
    };
    return session_do_duties(core->session, &job, &core->why) == 0
               ? ROT_ERROR_NONE
               : ROT_ERROR_BOOT;
}

enum rot_error rot_core_boot(struct rot_core *core, enum rot_stage stage)
{
    forget_mailbox(core);
    enum rot_error error = run_script(
        core, stage == ROT_STAGE_POWER ? power_script : NULL, stage, NULL);
    if (error == ROT_ERROR_NONE && stage != ROT_STAGE_POWER) {
        admit_users(core);
    }
    return error;
}

enum rot_error rot_core_reset_warm(struct rot_core *core, bool duties,
                                   enum rot_stage stage)
{
    forget_mailbox(core);
    enum rot_error error =
        run_script(core, duties ? warm_script : pin_script, stage, NULL);
    if (error == ROT_ERROR_NONE && duties) {
        admit_users(core);
    }
    return error;
}

enum rot_error rot_core_fuses(struct rot_core *core, const char *text,
                              size_t size)
{
    const struct cairn_image file = {"client.fuses", text, size};
    return run_script(core, fuse_script, ROT_STAGE_RUNTIME, &file);
}

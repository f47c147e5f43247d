/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that a boot MCU writes into UPDATE of the SoC's fuse controller
 * (devices/soc/fuses.c) while it installs an update, so that each of its
 * decisions is an event. The register has no effect in the machine.
 *
 *   bits 7:0     the step, enum update_step
 *   bits 15:8    the bank, of steps about one
 *   bits 23:16   the refusal of abi/update_refusals.def or, of a bank,
 *                abi/bank_refusals.def; or the boot's number
 *
 * Versions stand in UPDATE_VERSION, which is written before.
 */
#ifndef ABI_UPDATE_REPORT_H
#define ABI_UPDATE_REPORT_H

enum update_step {
    UPDATE_VERIFIED = 1, /* the capsule is signed by the signer in the fuses */
    UPDATE_REFUSED,      /* the capsule, with the reason */
    UPDATE_INSTALLS,     /* the bank gets the capsule's set */
    UPDATE_TRIAL,        /* the bank is active, on trial */
    UPDATE_BOOT,         /* a boot of the trial was counted */
    UPDATE_ACCEPTED,     /* the bank */
    UPDATE_REVERTED,     /* the bank is active again */
    UPDATE_FLOOR,        /* the floor is now this version */
    UPDATE_BOOTED,       /* all that the bank holds is authorised */
    UPDATE_BANK_REFUSED, /* the bank does not boot, with the reason */
    UPDATE_STEPS
};

enum bank_refusal {
#define BANK_REFUSAL(name, text) BANK_REFUSAL_##name,
#include "abi/bank_refusals.def"
#undef BANK_REFUSAL
    BANK_REFUSALS
};

enum update_refusal {
#define UPDATE_REFUSAL(name, text) UPDATE_REFUSAL_##name,
#include "abi/update_refusals.def"
#undef UPDATE_REFUSAL
    UPDATE_REFUSALS
};

#define UPDATE_WORD(step, bank, detail)                                        \
    ((unsigned)(step) | (unsigned)(bank) << 8 | (unsigned)(detail) << 16)

#endif

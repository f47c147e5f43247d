/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the bench each decision about an update (abi/update_report.h). */
#ifndef GUEST_BOOTMCU_REPORT_H
#define GUEST_BOOTMCU_REPORT_H

#include <stdint.h>

#include "abi/update_report.h"
#include "guest/bootmcu/images.h"

/* The words of a refusal; report_refused knows its number by their address. */
refusal report_words(enum update_refusal number);
#define REFUSE(name) report_words(UPDATE_REFUSAL_##name)

/* The same of a bank that does not boot. */
refusal report_bank_words(enum bank_refusal number);
#define REFUSE_BANK(name) report_bank_words(BANK_REFUSAL_##name)

/* A step about a bank; of UPDATE_BOOT, detail is the boot's number. */
void report_step(enum update_step step, unsigned bank, unsigned detail);
/* The same with the version of what it is about. */
void report_version(enum update_step step, unsigned bank, uint32_t version);
/* A capsule was refused, by words of report_words. */
void report_refused(refusal why);
/* A bank was, by words of report_bank_words. */
void report_bank_refused(unsigned bank, refusal why);

#endif

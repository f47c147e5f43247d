/* SPDX-License-Identifier: Apache-2.0 */
/* Writes steps of an update into the fuse controller's register. */
#include "guest/bootmcu/report.h"

#include "guest/bootmcu/soc.h"

static const refusal words[UPDATE_REFUSALS] = {
#define UPDATE_REFUSAL(name, text) [UPDATE_REFUSAL_##name] = (text),
#include "abi/update_refusals.def"
#undef UPDATE_REFUSAL
};

static const refusal bank_words[BANK_REFUSALS] = {
#define BANK_REFUSAL(name, text) [BANK_REFUSAL_##name] = (text),
#include "abi/bank_refusals.def"
#undef BANK_REFUSAL
};

refusal report_bank_words(enum bank_refusal number)
{
    return bank_words[number];
}

refusal report_words(enum update_refusal number)
{
    return words[number];
}

void report_step(enum update_step step, unsigned bank, unsigned detail)
{
    soc_report(UPDATE_WORD(step, bank, detail), 0);
}

void report_version(enum update_step step, unsigned bank, uint32_t version)
{
    soc_report(UPDATE_WORD(step, bank, 0), version);
}

void report_refused(refusal why)
{
    unsigned number = 0;
    while (number < UPDATE_REFUSALS - 1 && words[number] != why) {
        number++;
    }
    report_step(UPDATE_REFUSED, 0, number);
}

void report_bank_refused(unsigned bank, refusal why)
{
    unsigned number = BANK_REFUSALS - 1;
    while (number > BANK_REFUSAL_OTHER && bank_words[number] != why) {
        number--;
    }
    report_step(UPDATE_BANK_REFUSED, bank, number);
}

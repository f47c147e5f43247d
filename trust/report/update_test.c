/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/report/update.h"

#include <errno.h>

#include "base/bits.h"
#include "tests/harness.h"

enum { EVENTS = 8 };

/* An event's fact and first value; the end is FACT_PROCESSOR_HELD, 0. */
struct told {
    enum event_fact fact;
    uint64_t value;
};

#define DID_NOT "the update by '2.cap' did not take place: "

static const struct {
    struct told told[EVENTS];
    const char *words; /* NULL: it took place */
} cases[] = {
    {{{FACT_BANK_BOOTED, 1}},                                                    "no capsule was delivered"},
    {{{FACT_CAPSULE_RECEIVED, 2},
      {FACT_CAPSULE_VERIFIED, 2},
      {FACT_BANK_INSTALLS, 2},
      {FACT_BANK_ON_TRIAL, 2},
      {FACT_BANK_BOOTED, 2}},
     NULL                                                                                                  },
 /* Power went: the second boot finds the capsule's set active. */
    {{{FACT_CAPSULE_RECEIVED, 2},
      {FACT_BANK_INSTALLS, 2},
      {FACT_FLASH_POWER_CUT, 9},
      {FACT_CAPSULE_REFUSED, 16},
      {FACT_BANK_BOOTED, 2}},
     NULL                                                                                                  },
    {{{FACT_CAPSULE_RECEIVED, 2},
      {FACT_CAPSULE_REFUSED, 10},
      {FACT_BANK_BOOTED, 1}},
     DID_NOT "update: refused: capsule: the payload is not what was signed"                                },
 /* Its version was there before. */
    {{{FACT_CAPSULE_RECEIVED, 2},
      {FACT_CAPSULE_REFUSED, 16},
      {FACT_BANK_BOOTED, 2}},
     DID_NOT "update: refused: capsule: its version is active already"                                     },
    {{{FACT_CAPSULE_RECEIVED, 2},
      {FACT_BANK_INSTALLS, 2},
      {FACT_BANK_REFUSED, 0},
      {FACT_BANK_BOOTED, 1}},
     DID_NOT "bank 0: refused: its set does not boot"                                                      },
    {{{FACT_CAPSULE_RECEIVED, 2}, {FACT_BANK_INSTALLS, 2}},
     DID_NOT "it was installed, but its set was not booted"                                                },
    {{{FACT_CAPSULE_RECEIVED, 2}, {FACT_BANK_BOOTED, 2}},
     DID_NOT "the boot MCU installed and refused nothing"                                                  },
    {{{FACT_CAPSULE_NONE, 0}, {FACT_BANK_BOOTED, 1}},
     DID_NOT "capsule 2.cap: refused: blank where a capsule begins, which is "
             "no capsule"                                                                                  },
    {{{FACT_CAPSULE_ORDERS, 0}, {FACT_CAPSULE_REFUSED, 0}},
     DID_NOT "update: refused: capsule: of no kind that is known"                                          },
    {{{FACT_CAPSULE_ORDERS, 0}, {FACT_BANK_INSTALLS, 2}, {FACT_BANK_BOOTED, 2}},
     NULL                                                                                                  },
    {{{FACT_CAPSULE_ORDERS, 1}, {FACT_BANK_ACCEPTED, 0}},                        NULL                      },
    {{{FACT_CAPSULE_ORDERS, 1}, {FACT_CAPSULE_REFUSED, 18}},
     DID_NOT "update: refused: accept capsule: nothing is on trial"                                        },
    {{{FACT_CAPSULE_ORDERS, 1}, {FACT_BANK_REVERTED, 0}},
     DID_NOT "the boot MCU installed and refused nothing"                                                  },
    {{{FACT_CAPSULE_ORDERS, 2}, {FACT_BANK_REVERTED, 0}},                        NULL                      },
 /* The last one counts. */
    {{{FACT_CAPSULE_RECEIVED, 2},
      {FACT_BANK_INSTALLS, 2},
      {FACT_BANK_BOOTED, 2},
      {FACT_CAPSULE_RECEIVED, 3},
      {FACT_BANK_BOOTED, 2}},
     DID_NOT "the boot MCU installed and refused nothing"                                                  },
};

TEST(an_update_took_place_if_its_set_was_installed_and_boots)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(event_list_fini) struct event_list list = {0};
        struct error error = {""};
        for (const struct told *told = cases[i].told;
             told->fact != FACT_PROCESSOR_HELD; told++) {
            event_add(&list, &(struct event){.fact = told->fact,
                                             .name = "2.cap",
                                             .values = {told->value}});
        }
        test_case("row %zu", i);
        EXPECT_EQ(chain_update_check(&list, &error),
                  cases[i].words ? -ENOENT : 0);
        EXPECT_STR(error.text, cases[i].words ? cases[i].words : "");
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/report/event_text.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

TEST(an_event_prints_as_text_and_as_json)
{
    OWNED(buffer_fini) struct buffer out = {0};
    const uint8_t digest[10] = {0xde, 0xad, 1, 2, 3, 4, 5, 6, 7, 8};
    const struct event event = {
        .time_ns = 12345678,
        .fact = FACT_PROCESSOR_RUNS,
        .agent = "rom",
        .name = "cpu \"0\"",
        .values = {0x40},
        .digest = event_digest(digest, sizeof(digest)),
    };
    event_print_text(&event, &out);
    EXPECT_STR(buffer_text(&out),
               "   12.345678 ms  release    rom           cpu \"0\": runs from "
               "0x00000040 [dead010203040506...]");
    buffer_clear(&out);
    event_print_json(&event, &out);
    EXPECT_STR(buffer_text(&out),
               "{\"time_ns\":12345678,\"event\":\"release\",\"agent\":\"rom\","
               "\"subject\":\"cpu \\\"0\\\"\",\"digest\":"
               "\"dead0102030405060708\",\"detail\":\"runs from "
               "0x00000040\"}");
}

/* A digest beside a signature is no value of it. */
TEST(a_digest_says_what_it_is_of)
{
    static const struct {
        enum event_fact fact;
        uint8_t first;
        const char *end;
    } rows[] = {
        {FACT_ECC_VALID,    0xab, "signature's [over digest ab000000]"     },
        {FACT_ECC_VALID,    0,
         "signature's [over a digest of zeros, as in self-tests: 00000000]"},
        {FACT_ECC_INVALID,  0xab, "signature's [over digest ab000000]"     },
        {FACT_MLDSA_VALID,  0xab,
         "signature's [over mu, the digest of the message: ab000000]"      },
        {FACT_PCR_EXTENDED, 0xab, "new value [ab000000]"                   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint8_t digest[4] = {rows[i].first};
        const struct event event = {
            .fact = rows[i].fact,
            .agent = "ecc",
            .digest = event_digest(digest, sizeof(digest)),
        };
        OWNED(buffer_fini) struct buffer out = {0};
        event_print_text(&event, &out);
        test_case("%zu: %s", i, buffer_text(&out));
        EXPECT(strlen(rows[i].end) < out.size &&
               strcmp(buffer_text(&out) + out.size - strlen(rows[i].end),
                      rows[i].end) == 0);
    }
}

TEST(values_stand_where_their_words_have_them)
{
    /* clang-format off */
    static const struct {
        struct event event;
        const char *subject;
        const char *detail;
    } rows[] = {
        {{.fact = FACT_PCR_EXTENDED, .number = 31}, "PCR 31", "new value"},
        {{.fact = FACT_IMAGE_AUTHORISED, .number = 0x1000},
         "image 0x1000",
         "authorised"},
        {{.fact = FACT_LINE_STAYS_HELD, .number = 2, .values = {5, 4}},
         "line 2",
         "stays held: needs images 0x5, authorised are 0x4"},
        {{.fact = FACT_CORE_RELEASED, .values = {3, 1}},
         "core",
         "reset released, life cycle 3, debug locked"},
        {{.fact = FACT_CORE_RELEASED},
         "core",
         "reset released, life cycle 0, debug unlocked"},
        {{.fact = FACT_FIRMWARE_FATAL, .values = {0x000b0005}},
         "firmware",
         "fatal 0x000b0005: vendor keys do not match the fuse"},
        {{.fact = FACT_FIRMWARE_NON_FATAL, .values = {0x12345678}},
         "firmware",
         "non-fatal 0x12345678"},
        {{.fact = FACT_PROCESSOR_HELD, .values = {0x8000000000}},
         "",
         "held, to start at 0x8000000000"},
        {{.fact = FACT_FLASH_POWER_CUT, .values = {9, 1, 0x40, 100, 256, 7}},
         "power",
         "cut in operation 9, program at 0x40, after 100 of 256 bytes, seed 7"},
        {{.fact = FACT_FLASH_POWER_CUT, .values = {9, 0, 0x40, 100, 256, 7}},
         "power",
         "cut in operation 9, erase at 0x40, after 100 of 256 bytes, seed 7"},
        {{.fact = FACT_BANK_REFUSED, .number = 1, .values = {1}},
         "bank 1",
         "refused: image: no header"},
        {{.fact = FACT_CAPSULE_VERIFIED,
          .name = " (CN=updates)",
          .values = {7}},
         "update",
         "capsule of version 7: valid, by the signer in the fuses (CN=updates)"},
        {{.fact = FACT_A64_STUCK,
          .values = {0x10200, (uint64_t)1 << 56 | 0x86000010, 0x10200,
                     (uint64_t)2 << 56 | 0x96000010, 0x40000000, 0x12340}},
         "exceptions",
         "without end at 0x10200 (ESR_EL1 0x86000010, FAR 0x10200), which began "
         "with ESR_EL2 0x96000010, ELR 0x40000000, FAR 0x12340"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer out = {0};
        test_case("row %zu", i);
        event_print_subject(&rows[i].event, &out);
        EXPECT_STR(buffer_text(&out), rows[i].subject);
        buffer_clear(&out);
        event_print_detail(&rows[i].event, &out);
        EXPECT_STR(buffer_text(&out), rows[i].detail);
    }
}

/* This table alone knows the words: all other tests compare facts. */
TEST(every_fact_has_its_words)
{
    static const struct {
        enum event_fact fact;
        const char *words; /* kind, subject and detail */
    } rows[] = {
        {FACT_PROCESSOR_HELD,          "reset cpu1: held, to start at 0x00000040"          },
        {FACT_PROCESSOR_RUNS,          "release cpu1: runs from 0x00000040"                },
        {FACT_PROCESSOR_STUCK,         "fault exceptions: without end at 0x40"             },
        {FACT_A64_STUCK,
         "fault exceptions: without end at 0x40 (ESR_EL0 0x1, FAR 0x50), which "
         "began with ESR_EL0 0x100, ELR 0x200, FAR 0x7"                                    },
        {FACT_MPROFILE_STUCK,
         "fault exceptions: without end at 0x00000040, in exception 1 (CFSR "
         "0x00000050, HFSR 0x00000100)"                                                    },
        {FACT_RISCV_STUCK,
         "fault exceptions: without end at 0x00000040 (mcause 0x1, mepc "
         "0x00000050, mtval 0x00000100)"                                                   },
        {FACT_SYSTEM_TURNED_OFF,       "reset system: turned off"                          },
        {FACT_SYSTEM_POWERED_AGAIN,    "reset system: off and on again"                    },
        {FACT_SYSTEM_RESET,            "reset system: system reset"                        },
        {FACT_SYSTEM_WARM_RESET,       "reset system: warm reset, asked for"               },
        {FACT_SYSTEM_WATCHDOG_RESET,
         "reset system: warm reset, by the watchdog"                                       },
        {FACT_SYSTEM_POWER_OFF,        "reset system: power off"                           },
        {FACT_LINE_STAYS_HELD,
         "fault line 4097: stays held: needs images 0x40, authorised are 0x1"              },
        {FACT_LINES_ASSERTED,
         "fault lines: 0x40 are asserted: their authorisation is gone"                     },
        {FACT_LINE_ASSERTED_OUTSIDE,   "reset cpu1: asserted from outside"                 },
        {FACT_LINE_RELEASE_ASKED,
         "reset cpu1: its release is asked for from outside"                               },
        {FACT_LINE_ASSERTED,           "reset cpu1: asserted"                              },
        {FACT_LINE_RELEASED,           "release cpu1: released"                            },
        {FACT_FLASH_POWER_CUT,
         "fault power: cut in operation 64, program at 0x50, after 256 of 512 "
         "bytes, seed 7"                                                                   },
        {FACT_FUSE_BURNT,              "update fuses: word 0x40 is 0x00000001 now"         },
        {FACT_CORE_POWER_LOST,         "reset core: power lost"                            },
        {FACT_CORE_WARM_RESET,         "reset core: warm reset"                            },
        {FACT_CORE_UPDATE_RESET,       "reset core: firmware update reset"                 },
        {FACT_CORE_WAITS_FOR_FUSES,
         "reset core: out of reset, waits for fuses"                                       },
        {FACT_CORE_RELEASED,
         "release core: reset released, life cycle 64, debug locked"                       },
        {FACT_FUSES_LOCKED,            "update fuses: written and locked"                  },
        {FACT_VENDOR_KEYS_LOCKED,      "update vendor key hash: locked"                    },
        {FACT_VENDOR_KEYS_NONE,        "update vendor key hash: none"                      },
        {FACT_OWNER_KEYS_LOCKED,       "update owner key hash: locked"                     },
        {FACT_OWNER_KEYS_NONE,         "update owner key hash: none"                       },
        {FACT_CSR_READY,               "update flow: identity certificate request is ready"},
        {FACT_READY_FOR_FIRMWARE,      "update flow: ready for firmware"                   },
        {FACT_READY_FOR_RUNTIME,       "update flow: ready for runtime commands"           },
        {FACT_FIRMWARE_ENTERED,
         "release firmware: ICCM locked, the ROM hands over"                               },
        {FACT_WATCHDOG_EXPIRED,
         "fault hardware: fatal 0x00000040: second stage of the watchdog"                  },
        {FACT_TWO_ENGINES_AT_ONCE,
         "fault hardware: fatal 0x00000040: two crypto engines at once"                    },
        {FACT_MAILBOX_WITHOUT_LOCK,
         "fault hardware: non-fatal 0x00000040: mailbox accessed without the "
         "lock"                                                                            },
        {FACT_MAILBOX_OUT_OF_ORDER,
         "fault hardware: non-fatal 0x00000040: mailbox protocol out of order"             },
        {FACT_FIRMWARE_FATAL,          "fault firmware: fatal 0x00000040"                  },
        {FACT_FIRMWARE_NON_FATAL,      "fault firmware: non-fatal 0x00000040"              },
        {FACT_NOISE_UNHEALTHY,         "fault noise: health tests failed 64 times"         },
        {FACT_ECC_VALID,
         "verify ECC P-384 signature: valid: computed r equals the "
         "signature's"                                                                     },
        {FACT_ECC_INVALID,
         "verify ECC P-384 signature: invalid: computed r differs from the "
         "signature's"                                                                     },
        {FACT_ECC_OUT_OF_RANGE,
         "verify ECC P-384 signature: invalid: public key, r or s out of "
         "range"                                                                           },
        {FACT_MLDSA_VALID,
         "verify ML-DSA-87 signature: valid: computed commitment equals the "
         "signature's"                                                                     },
        {FACT_MLDSA_INVALID,
         "verify ML-DSA-87 signature: invalid: computed commitment differs"                },
        {FACT_MLDSA_MALFORMED,
         "verify ML-DSA-87 signature: invalid: malformed signature"                        },
        {FACT_PCR_EXTENDED,            "extend PCR 4097: new value"                        },
        {FACT_IMAGE_AUTHORISED,        "authorise image 0x1001: authorised"                },
        {FACT_IMAGE_NOT_IN_MANIFEST,
         "authorise image 0x1001: refused: not in the manifest"                            },
        {FACT_IMAGE_OTHER_DIGEST,
         "authorise image 0x1001: refused: not the digest in the manifest"                 },
        {FACT_IMAGE_UNKNOWN_ANSWER,
         "authorise image 0x1001: refused: an unknown answer"                              },
        {FACT_IMAGE_COMMAND_FAILED,
         "authorise image 0x1001: refused: the command failed"                             },
        {FACT_NUMBER_MEASURED,         "measure number: number 64"                         },
        {FACT_BOOT_LOADER_ENTERED,
         "release cpu1: boot loader entered at 0x00000040, after 1 "
         "instructions"                                                                    },
        {FACT_SECURE_IMAGE_ENTERED,
         "release cpu1: Secure image entered at 0x00000040, after 1 "
         "instructions"                                                                    },
        {FACT_NONSECURE_IMAGE_ENTERED,
         "release cpu1: Non-secure image entered at 0x00000040, after 1 "
         "instructions"                                                                    },
        {FACT_NONSECURE_STATE_ENTERED,
         "release Non-secure state: entered first at 0x00000040, by BLXNS at "
         "0x00000050, after 256 instructions"                                              },
        {FACT_SLOT_NEVER_ENTERED,
         "update cpu1: never entered up to the end of the run"                             },
        {FACT_PROGRAM_MEASURED,        "measure cpu1: 64 bytes"                            },
        {FACT_SLOT_MEASURED,
         "measure cpu1: image 64.1.80+256, 512 bytes, security counter 7"                  },
        {FACT_SLOT_VALID,
         "verify cpu1: valid: hash and signature hold, by the key at 0x40 of "
         "the boot loader"                                                                 },
        {FACT_SLOT_NO_IMAGE,           "verify cpu1: invalid: no image of MCUboot"         },
        {FACT_SLOT_UNPROTECTED,
         "verify cpu1: invalid: a field that decides is not signed"                        },
        {FACT_SLOT_OTHER_HASH,
         "verify cpu1: invalid: this is not the hash in the image"                         },
        {FACT_SLOT_OTHER_KEY,
         "verify cpu1: invalid: its key is not in the boot loader"                         },
        {FACT_SLOT_BAD_SIGNATURE,
         "verify cpu1: invalid: the signature does not hold, by the key at "
         "0x40 of the boot loader"                                                         },
        {FACT_MEMORY_POWER_CUT,
         "fault power: cut in operation 64, at 0x1, after 80 bytes, seed 256"              },
        {FACT_CAPSULE_RECEIVED,
         "update capsule cpu1: delivered: firmware of version 64, which "
         "allows 1 and later"                                                              },
        {FACT_CAPSULE_ORDERS,
         "update capsule cpu1: delivered: to return to the previous bank"                  },
        {FACT_CAPSULE_NONE,
         "verify capsule cpu1: refused: blank where a capsule begins, which "
         "is no capsule"                                                                   },
        {FACT_CAPSULE_VERIFIED,
         "verify update: capsule of version 64: valid, by the signer in the "
         "fusescpu1"                                                                       },
        {FACT_CAPSULE_REFUSED,
         "verify update: refused: capsule: for an unknown reason"                          },
        {FACT_BANK_INSTALLS,           "update bank 4097: gets the new set, version 64"    },
        {FACT_BANK_ON_TRIAL,           "update bank 4097: active, on trial, version 64"    },
        {FACT_BANK_TRIAL_BOOT,         "update bank 4097: boot 64 of 1 on trial"           },
        {FACT_BANK_ACCEPTED,           "update bank 4097: accepted"                        },
        {FACT_BANK_REVERTED,           "update bank 4097: active again"                    },
        {FACT_FLOOR_RAISED,            "update update: floor is version 64 now"            },
        {FACT_BANK_BOOTED,
         "update bank 4097: its set is authorised, version 64"                             },
        {FACT_BANK_REFUSED,            "verify bank 4097: refused: for an unknown reason"  },
        {FACT_CAPSULE_SIGNER,
         "update update: says itself that it is signed by cpu1"                            },
    };
    bool seen[EVENT_FACTS] = {false};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct event event = {
            .fact = rows[i].fact,
            .name = "cpu1",
            .number = 0x1001,
            .values = {0x40, 1, 0x50, 0x100, 0x200, 7},
        };
        struct buffer out = {0};
        test_case("row %zu", i);
        buffer_print(&out, "%s ", event_kind_name(event_kind(&event)));
        event_print_subject(&event, &out);
        buffer_print(&out, ": ");
        event_print_detail(&event, &out);
        EXPECT_STR(buffer_text(&out), rows[i].words);
        buffer_fini(&out);
        seen[event.fact] = true;
    }
    for (unsigned i = 0; i < EVENT_FACTS; i++) {
        test_case("fact %u", i);
        EXPECT(seen[i]);
    }
}

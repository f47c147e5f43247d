/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime of our Caliptra firmware 1.x over drivers that only note what
 * they were asked for: what a command does, in order, and what becomes of it
 * when one of its steps fails. That the answers are what a verifier takes is
 * shown by tests of the whole part (tests/caliptra/services_test.c and others).
 */
#include <string.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "tests/caliptra/commands.h"
#include "tests/caliptra/stand_ins.h"
#include "tests/harness.h"
#include "tests/register_file.h"

static struct runtime *runtime;

static void start(void)
{
    runtime = commands_start();
    dpe_begin(runtime);
}

static void start_cold(void)
{
    runtime = commands_start();
}

static void begin(void)
{
    dpe_begin(runtime);
    runtime->handoff.stash_count = 99;
    dpe_begin(runtime); /* after another reset */
}

static void inform(void)
{
    runtime->kept->attestation_disabled = 1;
    commands_ask(CALIPTRA_CMD_VERSION);
    commands_ask(CALIPTRA_CMD_CAPABILITIES);
    commands_ask(CALIPTRA_CMD_FW_INFO);
    commands_send(CALIPTRA_CMD_FW_INFO, NULL, 4);
    commands_ask(0x11111111);
}

/* ---- PCRs ---------------------------------------------------------------- */

static void extend(void)
{
    static const uint32_t indices[] = {3, 4, 31, 32, 255, 256};
    for (size_t i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
        uint32_t body[13] = {indices[i], 0x1234, [12] = 0x4321};
        commands_send(CALIPTRA_CMD_EXTEND_PCR, body, sizeof(body));
        commands_send(CALIPTRA_CMD_INCREMENT_PCR_RESET, body, 4);
    }
    runtime->kept->pcr_resets[5] = UINT32_MAX - 1;
    for (unsigned i = 0; i < 2; i++) {
        commands_send(CALIPTRA_CMD_INCREMENT_PCR_RESET, &(uint32_t){5}, 4);
    }
}

static void quote(void)
{
    for (uint32_t i = 0; i < 32; i++) {
        runtime->kept->pcr_resets[i] = i + 1;
    }
    commands_send(CALIPTRA_CMD_QUOTE_PCRS, NULL, 32);
}

static void quote_of_nothing(void)
{
    registers_set(CALIPTRA_SHA512_PCR_HASH_STATUS, 1);
    quote();
}

static void quote_unsigned(void)
{
    static const uint32_t late[] = {3, 0, 1, 2};
    registers_script(CALIPTRA_ECC_STATUS, late, 4);
    quote();
    registers_set(CALIPTRA_ECC_STATUS, 1); /* ready, nothing valid */
    registers_set(CALIPTRA_ECC_ERROR, 4);
    quote();
}

static void tell_log(void)
{
    commands_ask(CALIPTRA_CMD_GET_PCR_LOG);
    runtime->handoff.stash_count = 9;
    *runtime->handoff.pcr_log.count = 18;
    runtime->kept->stash_count = 1;
    commands_ask(CALIPTRA_CMD_GET_PCR_LOG);
}

static void stash_all(void)
{
    for (unsigned i = 0; i < 14; i++) {
        runtime->request[0] = i;
        commands_send(CALIPTRA_CMD_STASH_MEASUREMENT, NULL, 104);
    }
    runtime->user = 2;
    commands_send(CALIPTRA_CMD_STASH_MEASUREMENT, NULL, 104);
}

static void stash_logged(void)
{
    runtime->kept->stash_count = RUNTIME_STASHES - 1;
    commands_send(CALIPTRA_CMD_STASH_MEASUREMENT, NULL, 104);
    commands_send(CALIPTRA_CMD_STASH_MEASUREMENT, NULL, 104);
}

/* ---- Signatures ---------------------------------------------------------- */

static void verify(void)
{
    struct caliptra_ecdsa_request ecdsa;
    memset(&ecdsa, 0x31, sizeof(ecdsa));
    memcpy(ecdsa.r, "\xac\xc0\0\0", 4);
    commands_send(CALIPTRA_CMD_ECDSA384_VERIFY, ecdsa.x, 192);
    ecdsa.r[3] = 1;
    commands_send(CALIPTRA_CMD_ECDSA384_VERIFY, ecdsa.x, 192);
    commands_send(CALIPTRA_CMD_ECDSA384_VERIFY, ecdsa.x, 188);
}

static void verify_lms_signature(void)
{
    static const struct {
        uint32_t key_tree, key_ots, tree;
        uint8_t root;
    } cases[] = {
        {12, 7, 12, 0x5a},
        {12, 7, 12, 0x5b},
        {11, 7, 12, 0x5a},
        {12, 7, 11, 0x5a},
        {12, 8, 12, 0x5a},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct caliptra_lms_request lms;
        memset(&lms, 0x21, sizeof(lms));
        memset(lms.ots, 0x43, sizeof(lms.ots));
        memset(lms.path, 0x65, sizeof(lms.path));
        memset(lms.key_root, 0x5a, sizeof(lms.key_root));
        lms.key_tree_type = cases[i].key_tree;
        lms.key_ots_type = cases[i].key_ots;
        lms.tree_type = cases[i].tree;
        lms.key_root[23] = cases[i].root;
        commands_send(CALIPTRA_CMD_LMS_VERIFY, &lms.key_tree_type,
                      sizeof(lms) - 4);
    }
}

/* ---- Certificates -------------------------------------------------------- */

static void certificates(void)
{
    for (unsigned round = 0; round < 2; round++) {
        commands_ask(CALIPTRA_CMD_GET_LDEV_CERT);
        commands_ask(CALIPTRA_CMD_GET_FMC_ALIAS_CERT);
        commands_ask(CALIPTRA_CMD_GET_RT_ALIAS_CERT);
        commands_ask(CALIPTRA_CMD_GET_IDEV_INFO);
        runtime->handoff.ldevid.size = 0;
        runtime->handoff.fmc_alias.size = 0;
        *runtime->handoff.runtime_tbs_size = 0;
    }
}

static void request_size(uint32_t size)
{
    struct caliptra_idevid_csr *csr =
        (struct caliptra_idevid_csr *)(uintptr_t)runtime->handoff.idevid_csr;
    csr->size = size;
    commands_ask(CALIPTRA_CMD_GET_IDEV_CSR);
}

static void requests(void)
{
    static const uint32_t sizes[] = {99, 0, 512, 513, CALIPTRA_CSR_NONE};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        request_size(sizes[i]);
    }
}

/* Bytes that are said to come, bytes that come behind that. */
static void send_sized(uint32_t code, uint32_t said, uint32_t fixed,
                       uint32_t size)
{
    static uint8_t body[2048];
    for (uint32_t i = 0; i < sizeof(body); i++) {
        body[i] = (uint8_t)(i * 3);
    }
    memcpy(body, &said, 4);
    commands_send(code, body, 4 + fixed + size);
}

static void idevid(void)
{
    static const struct {
        uint32_t said, size;
    } cases[] = {
        {0,   0  },
        {77,  77 },
        {77,  80 },
        {78,  77 },
        {916, 916},
        {916, 917},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        send_sized(CALIPTRA_CMD_GET_IDEV_CERT, cases[i].said, 96,
                   cases[i].size);
    }
    commands_send(CALIPTRA_CMD_GET_IDEV_CERT, NULL, 99);
}

static void populate(void)
{
    static const struct {
        uint32_t said, size;
    } cases[] = {
        {77,   77  },
        {77,   80  },
        {78,   77  },
        {1024, 1024},
        {0,    0   },
        {1024, 1025},
        {1025, 1024},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        send_sized(CALIPTRA_CMD_POPULATE_IDEV_CERT, cases[i].said, 0,
                   cases[i].size);
        registers_note("kept %u bytes\n", (unsigned)runtime->kept->idevid_size);
    }
    commands_send(CALIPTRA_CMD_POPULATE_IDEV_CERT, "", 0);
    commands_send(CALIPTRA_CMD_POPULATE_IDEV_CERT, NULL, 3);
    runtime->user = 2;
    send_sized(CALIPTRA_CMD_POPULATE_IDEV_CERT, 1, 0, 1);
}

static void names(void)
{
    static const struct {
        uint32_t said, size;
        const char *text;
    } cases[] = {
        {5,   5,   "a:b:c"    },
        {5,   5,   "a:bcd"    },
        {5,   5,   "::b:c"    },
        {5,   8,   "a:b:c.."  },
        {5,   4,   "a:b:"     },
        {6,   6,   "a:b:c\x80"},
        {3,   3,   "::\x7f"   },
        {128, 128, "::abc"    },
        {128, 129, "::abc"    },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t body[140] = {0};
        memcpy(body, &cases[i].said, 4);
        memcpy(body + 4, cases[i].text, strlen(cases[i].text));
        commands_send(CALIPTRA_CMD_ADD_SUBJECT_NAME, body, 4 + cases[i].size);
        registers_note("name of %u bytes\n",
                       (unsigned)runtime->other_name_size);
    }
    commands_send(CALIPTRA_CMD_ADD_SUBJECT_NAME, NULL, 3);
}

/* ---- The module ---------------------------------------------------------- */

static void test_self(void)
{
    commands_ask(CALIPTRA_CMD_SELF_TEST_GET_RESULTS);
    module_idle(runtime);
    commands_ask(CALIPTRA_CMD_SELF_TEST_START);
    commands_ask(CALIPTRA_CMD_SELF_TEST_START);
    commands_ask(CALIPTRA_CMD_SELF_TEST_GET_RESULTS);
    module_idle(runtime);
    commands_ask(CALIPTRA_CMD_SELF_TEST_START);
    commands_ask(CALIPTRA_CMD_SELF_TEST_GET_RESULTS);
    commands_ask(CALIPTRA_CMD_SELF_TEST_GET_RESULTS);
}

static void spoil_rom(void)
{
    stand_in_raw_digest[7]++;
    test_self();
}

static void spoil_fmc(void)
{
    *(uint8_t *)(uintptr_t)(CALIPTRA_ICCM_BASE + 63) ^= 1;
    test_self();
}

static void spoil_runtime(void)
{
    *(uint8_t *)(uintptr_t)(CALIPTRA_ICCM_BASE + 0x4000 + 127) ^= 1;
    test_self();
}

static void spoil_nothing(void)
{
    *(uint8_t *)(uintptr_t)(CALIPTRA_ICCM_BASE + 64) ^= 1;
    *(uint8_t *)(uintptr_t)(CALIPTRA_ICCM_BASE + 0x4000 + 128) ^= 1;
    test_self();
}

static void disable(void)
{
    runtime->kept->exported = 1;
    registers_set(CALIPTRA_SOC_IFC_AUTHORISED, 5);
    commands_ask(CALIPTRA_CMD_DISABLE_ATTESTATION);
}

static void shut_down(void)
{
    runtime->images->count = 1;
    runtime->images->images[0].firmware_id = 1;
    runtime->kept->self_test = RUNTIME_SELF_TEST_PASSED;
    registers_set(CALIPTRA_SOC_IFC_AUTHORISED, 5);
    commands_ask(CALIPTRA_CMD_SHUTDOWN);
}

/* ---- Images of the SoC --------------------------------------------------- */

static void authorise(uint32_t id, uint8_t first, uint32_t flags,
                      uint32_t source)
{
    struct caliptra_authorize_request request = {
        .firmware_id = id,
        .measurement = {first},
        .flags = flags,
        .source = source,
    };
    commands_send(CALIPTRA_CMD_AUTHORIZE_AND_STASH,
                  (const uint8_t *)&request + 4, sizeof(request) - 4);
}

static void authorise_images(void)
{
    static const struct caliptra_soc_images images = {
        .count = 3,
        .images = {{.firmware_id = 0x1000},
                   {.firmware_id = 0x101f},
                   {.firmware_id = 0xfff,
                    .flags = CALIPTRA_SOC_IGNORE_AUTH_CHECK}},
    };
    *runtime->images = images;
    authorise(0x1000, 0, 0, 1);
    authorise(0x101f, 0, CALIPTRA_AUTHORIZE_SKIP_STASH, 1);
    authorise(0xfff, 9, CALIPTRA_AUTHORIZE_SKIP_STASH, 1);
    authorise(0x1020, 0, 0, 1);
    authorise(0x1000, 1, 0, 1);
    authorise(0x101f, 0, 0, 2);
    runtime->user = 2;
    authorise(0x101f, 1, 0, 1);
    authorise(0x1000, 0, 0, 1);
    authorise(0x1000, 0, CALIPTRA_AUTHORIZE_SKIP_STASH, 1);
}

/* No context of the user is left to measure into. */
static void authorise_without_dpe(void)
{
    runtime->images->count = 1;
    runtime->images->images[0].firmware_id = 0x1000;
    memset(&runtime->dpe->contexts, 0, sizeof(runtime->dpe->contexts));
    authorise(0x1000, 0, 0, 1);
}

TEST(each_step_of_a_command_is_as_approved)
{
    static const struct stand_in_flow flows[] = {
        {"start",                   start_cold, begin,                 true },
        {"what runs",               start,      inform,                false},
        {"extend",                  start,      extend,                true },
        {"quote",                   start,      quote,                 true },
        {"quote of nothing",        start,      quote_of_nothing,      false},
        {"quote without signature", start,      quote_unsigned,        false},
        {"log",                     start,      tell_log,              false},
        {"stash",                   start,      stash_all,             false},
        {"stash, log full",         start,      stash_logged,          true },
        {"verify",                  start,      verify,                true },
        {"verify LMS",              start,      verify_lms_signature,  true },
        {"certificates",            start,      certificates,          false},
        {"requests",                start,      requests,              false},
        {"IDevID",                  start,      idevid,                false},
        {"populate",                start,      populate,              true },
        {"names",                   start,      names,                 false},
        {"self-test",               start,      test_self,             true },
        {"spoilt ROM",              start,      spoil_rom,             false},
        {"spoilt FMC",              start,      spoil_fmc,             false},
        {"spoilt runtime",          start,      spoil_runtime,         false},
        {"nothing spoilt",          start,      spoil_nothing,         false},
        {"disable",                 start,      disable,               true },
        {"authorise",               start,      authorise_images,      true },
        {"authorise without DPE",   start,      authorise_without_dpe, false},
        {"shut down",               start,      shut_down,             true },
    };
    stand_ins_expect("tests/approved/caliptra_commands.txt", flows,
                     sizeof(flows) / sizeof(flows[0]), commands_dump);
}

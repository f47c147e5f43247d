/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DPE of our Caliptra runtime over drivers that only note what they were asked
 * for: each step of its commands, and what becomes of them when one fails.
 * tests/caliptra/attest_test.c and others have a verifier look at the results.
 */
#include <string.h>

#include "tests/caliptra/commands.h"
#include "tests/caliptra/stand_ins.h"
#include "tests/harness.h"

static struct runtime *runtime;

static void start(void)
{
    runtime = commands_start();
    dpe_begin(runtime);
}

/* A command of 4 + size bytes with its header put in. */
static void invoke(uint32_t id, const void *command, uint32_t size)
{
    uint8_t body[4 + 512] = {0};
    const struct dpe_command header = {DPE_COMMAND_MAGIC, id, DPE_PROFILE};
    memcpy(body, &size, 4);
    memcpy(body + 4, command, size);
    memcpy(body + 4, &header, sizeof(header));
    commands_send(CALIPTRA_CMD_INVOKE_DPE, body, 4 + size);
}

static void derive_with(uint32_t flags, uint32_t type)
{
    struct dpe_derive_command command = {.flags = flags, .tci_type = type};
    memset(command.data, 0x42, sizeof(command.data));
    invoke(DPE_DERIVE_CONTEXT, &command, sizeof(command));
}

static void certify_as(uint32_t format)
{
    struct dpe_certify_command command = {.format = format};
    memset(command.label, 0x4c, sizeof(command.label));
    invoke(DPE_CERTIFY_KEY, &command, sizeof(command));
}

static void certify(void)
{
    certify_as(DPE_FORMAT_X509);
}

static void request(void)
{
    certify_as(DPE_FORMAT_CSR);
}

static void sign(void)
{
    struct dpe_sign_command command = {.flags = 0};
    memset(command.label, 0x4c, sizeof(command.label));
    memset(command.digest, 0x4d, sizeof(command.digest));
    invoke(DPE_SIGN, &command, sizeof(command));
}

/* A child with all that a certificate can say, of a later handle. */
static void grow(void)
{
    derive_with(DPE_DERIVE_MAKE_DEFAULT | DPE_DERIVE_ALLOW_X509 |
                    DPE_DERIVE_INTERNAL_INFO | DPE_DERIVE_INTERNAL_DICE,
                0x41424344);
    certify_as(DPE_FORMAT_X509);
    certify_as(DPE_FORMAT_CSR);
    certify_as(2);
    sign();
    derive_with(DPE_DERIVE_MAKE_DEFAULT, 0x45464748);
    certify_as(DPE_FORMAT_X509);
    certify_as(DPE_FORMAT_CSR);
}

static void certify_named(void)
{
    struct caliptra_certify_request command = {.flags = 0};
    for (unsigned i = 0; i < 3; i++) {
        uint8_t body[16] = {5, 0, 0, 0, 'a', ':', 'b', ':', 'c'};
        command.flags = i == 1 ? 0 : CALIPTRA_CERTIFY_OTHER_NAME;
        commands_send(CALIPTRA_CMD_CERTIFY_KEY_EXT, &command.flags,
                      sizeof(command) - 4);
        commands_send(CALIPTRA_CMD_ADD_SUBJECT_NAME, body, 9);
    }
    command.command[20] = 1; /* a request */
    commands_send(CALIPTRA_CMD_CERTIFY_KEY_EXT, &command.flags,
                  sizeof(command) - 4);
    runtime->user = 2;
    commands_send(CALIPTRA_CMD_CERTIFY_KEY_EXT, &command.flags,
                  sizeof(command) - 4);
}

static uint8_t export[80];

static void export_cdi(void)
{
    derive_with(DPE_DERIVE_EXPORT_CDI | DPE_DERIVE_CREATE_CERTIFICATE |
                    DPE_DERIVE_RETAIN_PARENT,
                0);
}

/* Nothing is left of a context that exports and is not retained. */
static void export_and_leave(void)
{
    derive_with(DPE_DERIVE_EXPORT_CDI | DPE_DERIVE_CREATE_CERTIFICATE, 0);
}

static void use_export(void)
{
    export_cdi();
    export_cdi();
    memset(export, 0x77, sizeof(export));
    memcpy(export, runtime->kept->export, DPE_EXPORT_SIZE);
    commands_send(CALIPTRA_CMD_SIGN_WITH_EXPORTED, export, 80);
    export[31] ^= 1;
    commands_send(CALIPTRA_CMD_SIGN_WITH_EXPORTED, export, 80);
    commands_send(CALIPTRA_CMD_REVOKE_EXPORTED, export, 32);
    export[31] ^= 1;
    runtime->user = 2;
    commands_send(CALIPTRA_CMD_SIGN_WITH_EXPORTED, export, 80);
    commands_send(CALIPTRA_CMD_REVOKE_EXPORTED, export, 32);
    runtime->user = 1;
    commands_send(CALIPTRA_CMD_REVOKE_EXPORTED, export, 32);
    commands_send(CALIPTRA_CMD_REVOKE_EXPORTED, export, 32);
    commands_send(CALIPTRA_CMD_SIGN_WITH_EXPORTED, export, 80);
}

static void rotate_and_simulate(void)
{
    struct dpe_rotate_command rotate = {.flags = 0};
    struct dpe_initialize_command initialize = {.flags = DPE_INIT_SIMULATION};
    struct dpe_command profile = {0, 0, 0};
    struct dpe_chain_command chain = {.offset = 0, .size = 2048};
    invoke(DPE_GET_PROFILE, &profile, sizeof(profile));
    invoke(DPE_INITIALIZE_CONTEXT, &initialize, sizeof(initialize));
    invoke(DPE_ROTATE_CONTEXT, &rotate, sizeof(rotate));
    memcpy(&rotate.handle, runtime->response + 6, sizeof(rotate.handle));
    rotate.flags = DPE_ROTATE_TO_DEFAULT;
    invoke(DPE_ROTATE_CONTEXT, &rotate, sizeof(rotate));
    derive_with(DPE_DERIVE_RETAIN_PARENT | DPE_DERIVE_ALLOW_X509, 3);
    invoke(DPE_GET_CERTIFICATE_CHAIN, &chain, sizeof(chain));
    chain.size = 2049;
    invoke(DPE_GET_CERTIFICATE_CHAIN, &chain, sizeof(chain));
    chain.offset = 900;
    chain.size = 10;
    invoke(DPE_GET_CERTIFICATE_CHAIN, &chain, sizeof(chain));
}

static void destroy(const struct dpe_handle *handle)
{
    struct dpe_destroy_command command = {.handle = *handle};
    invoke(DPE_DESTROY_CONTEXT, &command, sizeof(command));
}

/* A context that was retired for a child goes with it. */
static void destroy_last(void)
{
    static const struct dpe_handle none;
    derive_with(DPE_DERIVE_MAKE_DEFAULT, 1);
    derive_with(DPE_DERIVE_MAKE_DEFAULT, 2);
    destroy(&none);
    destroy(&none);
}

/* Two children of a simulation, one of which has one of its own: handles of
 * child and parent are at words 6 and 10 of an answer. */
static void destroy_some(void)
{
    struct dpe_initialize_command initialize = {.flags = DPE_INIT_SIMULATION};
    struct dpe_derive_command command = {.flags = DPE_DERIVE_RETAIN_PARENT};
    struct dpe_rotate_command rotate = {.flags = 0};
    OWNED(destroy) struct dpe_handle first;
    /* A default context would be the only one of its locality. */
    invoke(DPE_ROTATE_CONTEXT, &rotate, sizeof(rotate));
    invoke(DPE_INITIALIZE_CONTEXT, &initialize, sizeof(initialize));
    memcpy(&command.handle, runtime->response + 6, sizeof(command.handle));
    invoke(DPE_DERIVE_CONTEXT, &command, sizeof(command));
    memcpy(&first, runtime->response + 6, sizeof(first));
    memcpy(&command.handle, runtime->response + 10, sizeof(command.handle));
    command.flags = 0;
    invoke(DPE_DERIVE_CONTEXT, &command, sizeof(command));
    memcpy(&command.handle, runtime->response + 6, sizeof(command.handle));
    invoke(DPE_DERIVE_CONTEXT, &command, sizeof(command));
    memcpy(&command.handle, runtime->response + 6, sizeof(command.handle));
    destroy(&command.handle);
    commands_dump();
}

/* Not DPE's: its magic, its profile, an unknown command, one cut short. */
static void no_dpe(void)
{
    static const struct {
        uint32_t magic, id, profile, size;
    } cases[] = {
        {DPE_COMMAND_MAGIC + 1, DPE_GET_PROFILE,        DPE_PROFILE,     12 },
        {DPE_COMMAND_MAGIC,     DPE_GET_PROFILE,        DPE_PROFILE + 1, 12 },
        {DPE_COMMAND_MAGIC,     DPE_INITIALIZE_CONTEXT, DPE_PROFILE + 1, 16 },
        {DPE_COMMAND_MAGIC,     DPE_INITIALIZE_CONTEXT, DPE_PROFILE,     16 },
        {DPE_COMMAND_MAGIC,     DPE_INITIALIZE_CONTEXT, DPE_PROFILE,     15 },
        {DPE_COMMAND_MAGIC,     DPE_GET_PROFILE,        DPE_PROFILE,     11 },
        {DPE_COMMAND_MAGIC,     99,                     DPE_PROFILE,     100},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t body[26] = {cases[i].size, cases[i].magic, cases[i].id,
                             cases[i].profile};
        commands_send(CALIPTRA_CMD_INVOKE_DPE, body, 4 + cases[i].size);
    }
}

static void sizes_of_dpe(void)
{
    static const struct {
        uint32_t said, size;
    } cases[] = {
        {12,  12 },
        {13,  12 },
        {12,  508},
        {512, 512},
        {513, 513}
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t body[4 + 512] = {cases[i].said, DPE_COMMAND_MAGIC,
                                  DPE_GET_PROFILE, DPE_PROFILE};
        commands_send(CALIPTRA_CMD_INVOKE_DPE, body, 4 + cases[i].size);
    }
    commands_send(CALIPTRA_CMD_INVOKE_DPE, NULL, 3);
}

static void tags(void)
{
    uint32_t body[5] = {0, 0, 0, 0, 0x99};
    commands_send(CALIPTRA_CMD_DPE_GET_TAGGED_TCI, &body[4], 4);
    commands_send(CALIPTRA_CMD_DPE_TAG_TCI, body, 20);
    commands_send(CALIPTRA_CMD_DPE_TAG_TCI, body, 20);
    body[4] = 0x98;
    commands_send(CALIPTRA_CMD_DPE_TAG_TCI, body, 20);
    body[0] = 1;
    commands_send(CALIPTRA_CMD_DPE_TAG_TCI, body, 20);
    body[4] = 0x99;
    commands_send(CALIPTRA_CMD_DPE_GET_TAGGED_TCI, &body[4], 4);
}

TEST(each_step_of_dpe_is_as_approved)
{
    static const struct stand_in_flow flows[] = {
        {"certify",           start, certify,             true },
        {"request",           start, request,             true },
        {"sign",              start, sign,                true },
        {"grow",              start, grow,                false},
        {"certify named",     start, certify_named,       false},
        {"export",            start, use_export,          true },
        {"export and leave",  start, export_and_leave,    true },
        {"rotate",            start, rotate_and_simulate, true },
        {"sizes of DPE",      start, sizes_of_dpe,        false},
        {"tags",              start, tags,                true },
        {"destroy",           start, destroy_last,        true },
        {"destroy some",      start, destroy_some,        true },
        {"no command of DPE", start, no_dpe,              false},
    };
    stand_ins_expect("tests/approved/caliptra_invoke.txt", flows,
                     sizeof(flows) / sizeof(flows[0]), commands_dump);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVOKE_DPE. A command that the environment refuses is a good answer of the
 * mailbox with a bad status in it; only what is no such command, or breaks the
 * rules of privilege levels, fails.
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/identity.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

enum { CONTEXTS_PER_LEVEL = 16 };

static uint32_t pl0_user(const struct runtime *runtime)
{
    return runtime->handoff.pl0_pauser;
}

uint32_t dpe_room(const struct runtime *runtime)
{
    bool privileged = runtime_privileged(runtime);
    if (dpe_count(runtime->dpe, pl0_user(runtime), !privileged) <
        CONTEXTS_PER_LEVEL) {
        return 0;
    }
    return privileged ? CALIPTRA_ERROR_RUNTIME_MEASUREMENTS_MAX
                      : CALIPTRA_ERROR_RUNTIME_CONTEXTS_MAX;
}

/* ---- Start --------------------------------------------------------------- */

/* Digest of the valid mailbox users: those that are locked. */
static void digest_users(uint8_t digest[48])
{
    uint32_t users[CALIPTRA_MBOX_USERS];
    uint32_t words[12];
    unsigned count = 0;
    for (unsigned i = 0; i < CALIPTRA_MBOX_USERS; i++) {
        if ((mmio_read(CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK + 4 * i) & 1) != 0) {
            users[count++] =
                mmio_read(CALIPTRA_SOC_IFC_MBOX_VALID_PAUSER + 4 * i);
        }
    }
    sha2_384(users, 4 * count, words);
    identity_bytes(words, digest);
}

/* Takes measurements that the SoC had the ROM measure, as if it had come to us.
 */
static void take_rom_stashes(struct runtime *runtime)
{
    uint32_t count = runtime->handoff.stash_count;
    for (uint32_t i = 0; i < count && i < CALIPTRA_MEASUREMENT_LOG_MAX; i++) {
        const struct caliptra_measurement_log_entry *entry =
            &runtime->handoff.stashes[i];
        (void)dpe_measure(runtime, pl0_user(runtime), entry->metadata,
                          (const uint8_t *)entry->pcr.words);
    }
}

void dpe_begin(struct runtime *runtime)
{
    bool first = runtime->dpe->started == 0;
    uint8_t journey[48];
    uint8_t users[48];
    uint32_t words[12];
    vault_pcr(CALIPTRA_PCR_RT_JOURNEY, words);
    identity_bytes(words, journey);
    digest_users(users);
    dpe_start(runtime->dpe, journey, users, pl0_user(runtime));
    if (first) {
        take_rom_stashes(runtime);
    }
}

uint32_t dpe_measure(struct runtime *runtime, uint32_t locality,
                     const uint8_t type[4], const uint8_t measurement[48])
{
    struct dpe_derive_command command = {
        .flags = DPE_DERIVE_MAKE_DEFAULT | DPE_DERIVE_CHANGE_LOCALITY |
                 DPE_DERIVE_ALLOW_CA | DPE_DERIVE_ALLOW_X509,
        .target_locality = locality,
    };
    struct dpe_handle handle;
    struct dpe_handle parent;
    memcpy(&command.tci_type, type, sizeof command.tci_type);
    memcpy(command.data, measurement, sizeof command.data);
    return dpe_derive(runtime->dpe, locality, &command, &handle, &parent);
}

/* ---- Commands ------------------------------------------------------------ */

/* Each returns a CALIPTRA_ERROR_ code, or 0 with the status; the response is
 * all zeros at first. */

void dpe_profile(struct dpe_profile_response *profile)
{
    profile->header = (struct dpe_response){
        .magic = DPE_RESPONSE_MAGIC,
        .profile = DPE_PROFILE,
    };
    profile->major_version = DPE_MAJOR_VERSION;
    profile->minor_version = DPE_MINOR_VERSION;
    profile->vendor = DPE_VENDOR;
    profile->product = DPE_VENDOR;
    profile->max_contexts = DPE_CONTEXTS;
    profile->supports = DPE_SUPPORTS_SIMULATION | DPE_SUPPORTS_RECURSIVE |
                        DPE_SUPPORTS_AUTO_INIT | DPE_SUPPORTS_ROTATE |
                        DPE_SUPPORTS_X509 | DPE_SUPPORTS_CSR |
                        DPE_SUPPORTS_INTERNAL_INFO |
                        DPE_SUPPORTS_INTERNAL_DICE |
                        DPE_SUPPORTS_RETAIN_PARENT | DPE_SUPPORTS_EXPORT_CDI;
}

static uint32_t get_profile(struct runtime *runtime, const void *command,
                            void *response, uint32_t *status)
{
    dpe_profile(response);
    *status = DPE_OK;
    return 0;
}

static uint32_t initialize(struct runtime *runtime, const void *request,
                           void *answer, uint32_t *status)
{
    const struct dpe_initialize_command *command = request;
    struct dpe_handle_response *response = answer;
    uint32_t error =
        (command->flags & DPE_INIT_SIMULATION) != 0 ? dpe_room(runtime) : 0;
    if (error == 0) {
        *status = dpe_initialize(runtime->dpe, runtime->user, command->flags,
                                 &response->handle);
    }
    return error;
}

/* Level 1 may not plant contexts at the privileged user. */
static uint32_t check_derive(const struct runtime *runtime,
                             const struct dpe_derive_command *command)
{
    uint32_t error =
        (command->flags & DPE_DERIVE_RECURSIVE) == 0 ? dpe_room(runtime) : 0;
    if (error != 0 || runtime_privileged(runtime)) {
        return error;
    }
    if (((command->flags & DPE_DERIVE_CHANGE_LOCALITY) != 0 &&
         command->target_locality == pl0_user(runtime)) ||
        (command->flags & DPE_DERIVE_EXPORT_CDI) != 0) {
        return CALIPTRA_ERROR_RUNTIME_PRIVILEGE;
    }
    return 0;
}

static uint32_t derive(struct runtime *runtime, const void *command,
                       void *answer, uint32_t *status)
{
    struct dpe_derive_response *response = answer;
    uint32_t error = check_derive(runtime, command);
    if (error == 0) {
        *status = dpe_derive(runtime->dpe, runtime->user, command,
                             &response->handle, &response->parent_handle);
    }
    return error;
}

static uint32_t export(struct runtime *runtime, const void *command,
                       void *response, uint32_t *status)
{
    uint32_t error = check_derive(runtime, command);
    if (error == 0) {
        *status = dpe_export(runtime, command, response);
    }
    return error;
}

static uint32_t rotate(struct runtime *runtime, const void *command,
                       void *answer, uint32_t *status)
{
    struct dpe_handle_response *response = answer;
    *status =
        dpe_rotate(runtime->dpe, runtime->user, command, &response->handle);
    return 0;
}

static uint32_t destroy(struct runtime *runtime, const void *request,
                        void *response, uint32_t *status)
{
    const struct dpe_destroy_command *command = request;
    *status = dpe_destroy(runtime->dpe, runtime->user, &command->handle);
    return 0;
}

/* The request has been read, so the chain may be built in its place. */
static uint32_t get_chain(struct runtime *runtime, const void *request,
                          void *answer, uint32_t *status)
{
    const struct dpe_chain_command command =
        *(const struct dpe_chain_command *)request;
    struct dpe_chain_response *response = answer;
    uint8_t *chain = (uint8_t *)runtime->request;
    if (command.size > DPE_CHUNK_MAX) {
        *status = DPE_INVALID_ARGUMENT;
        return 0;
    }
    uint32_t size = certificate_chain(runtime, chain);
    if (command.offset >= size) {
        *status = DPE_CERTIFICATE_CHAIN_ERROR;
        return 0;
    }
    uint32_t left = size - command.offset;
    response->size = command.size < left ? command.size : left;
    memcpy(response->bytes, chain + command.offset, response->size);
    *status = DPE_OK;
    return 0;
}

static const struct dpe_row {
    enum dpe_command_id id;
    uint32_t size;
    uint32_t answer;
    uint32_t (*serve)(struct runtime *runtime, const void *command,
                      void *response, uint32_t *status);
} commands[] = {
    {DPE_GET_PROFILE,           sizeof(struct dpe_command),
     sizeof(struct dpe_profile_response), get_profile},
    {DPE_INITIALIZE_CONTEXT,    sizeof(struct dpe_initialize_command),
     sizeof(struct dpe_handle_response),  initialize },
    {DPE_DERIVE_CONTEXT,        sizeof(struct dpe_derive_command),
     sizeof(struct dpe_derive_response),  derive     },
    {DPE_CERTIFY_KEY,           sizeof(struct dpe_certify_command),
     sizeof(struct dpe_certify_response), dpe_certify},
    {DPE_SIGN,                  sizeof(struct dpe_sign_command),
     sizeof(struct dpe_sign_response),    dpe_sign   },
    {DPE_ROTATE_CONTEXT,        sizeof(struct dpe_rotate_command),
     sizeof(struct dpe_handle_response),  rotate     },
    {DPE_DESTROY_CONTEXT,       sizeof(struct dpe_destroy_command),
     sizeof(struct dpe_response),         destroy    },
    {DPE_GET_CERTIFICATE_CHAIN, sizeof(struct dpe_chain_command),
     sizeof(struct dpe_chain_response),   get_chain  },
};

/* DeriveContext that makes no context but a CDI. */
static const struct dpe_row export_row = {
    DPE_DERIVE_CONTEXT, sizeof(struct dpe_derive_command),
    sizeof(struct dpe_export_response), export};

static bool exports(const struct dpe_command *command)
{
    return command->id == DPE_DERIVE_CONTEXT &&
           (((const struct dpe_derive_command *)(const void *)command)->flags &
            DPE_DERIVE_EXPORT_CDI) != 0;
}

/* A request for the profile need not name the profile. */
static const struct dpe_row *find_row(const struct dpe_command *command,
                                      uint32_t size)
{
    if (size < sizeof *command || command->magic != DPE_COMMAND_MAGIC ||
        (command->id != DPE_GET_PROFILE && command->profile != DPE_PROFILE)) {
        return NULL;
    }
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].id == command->id && size >= commands[i].size) {
            return exports(command) ? &export_row : &commands[i];
        }
    }
    return NULL;
}

/* Returns the error, or 0 with the size of the answer. */
static uint32_t serve(struct runtime *runtime, const void *command,
                      uint32_t size, struct dpe_response *response,
                      uint32_t *answered)
{
    const struct dpe_row *row = find_row(command, size);
    uint32_t status = DPE_INTERNAL_ERROR;
    if (row == NULL) {
        return CALIPTRA_ERROR_RUNTIME_DPE_COMMAND;
    }
    memset(response, 0, row->answer);
    dpe_ensure(runtime->dpe);
    uint32_t error = row->serve(runtime, command, response, &status);
    dpe_ensure(runtime->dpe);
    *response = (struct dpe_response){DPE_RESPONSE_MAGIC, status, DPE_PROFILE};
    *answered = status == DPE_OK ? row->answer : (uint32_t)sizeof *response;
    return error;
}

uint32_t dpe_invoke(struct runtime *runtime)
{
    const struct caliptra_sized_request *request =
        (const void *)runtime->request;
    struct caliptra_sized_response *response = (void *)runtime->response;
    if (runtime->size < sizeof *request ||
        runtime->size > sizeof *request + DPE_DATA_MAX) {
        return CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY;
    }
    if (request->size > DPE_DATA_MAX ||
        request->size > runtime->size - sizeof *request) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    uint32_t error = serve(runtime, request->bytes, request->size,
                           (void *)response->bytes, &response->size);
    runtime->answered = sizeof *response + response->size;
    return error;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVOKE_DPE. A command that the environment refuses is a good answer of the
 * mailbox with a bad status in it; only what is no such command, or breaks the
 * rules of privilege levels, fails.
 *
 * Not there: keys. CertifyKey and Sign are answered with DPE_INVALID_COMMAND,
 * and GetProfile does not claim them.
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_registers.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

enum { CONTEXTS_PER_LEVEL = 16 };

static uint32_t pl0_user(const struct runtime *runtime)
{
    return runtime->firmware->header.pl0_pauser;
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

static void put_bytes(uint8_t bytes[48], const uint32_t words[12])
{
    for (unsigned i = 0; i < 48; i++) {
        bytes[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i & 3)));
    }
}

/* Who may use the mailbox for sure: the users that are locked. */
static void digest_users(uint8_t digest[48])
{
    uint32_t users[CALIPTRA_MBOX_USERS];
    uint32_t words[12];
    unsigned count = 0;
    for (unsigned i = 0; i < CALIPTRA_MBOX_USERS; i++) {
        if ((mmio_read(CALIPTRA_SOC_IFC_MBOX_USER_LOCK + 4 * i) & 1) != 0) {
            users[count++] =
                mmio_read(CALIPTRA_SOC_IFC_MBOX_VALID_USER + 4 * i);
        }
    }
    sha2_384(users, 4 * count, words);
    put_bytes(digest, words);
}

/* What the SoC had the ROM measure, as if it had come to us. */
static void take_rom_stashes(struct runtime *runtime)
{
    uint32_t count = runtime->fht->measurement_log_index;
    for (uint32_t i = 0; i < count && i < CALIPTRA_MEASUREMENT_LOG_MAX; i++) {
        const struct caliptra_measurement_log_entry *entry =
            &runtime->rom_stashes[i];
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
    put_bytes(journey, words);
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

/* Where a command leaves its response: at first a header alone. */
struct exchange {
    struct runtime *runtime;
    const void *command;
    void *response;
    uint32_t size;
};

static uint32_t get_profile(struct exchange *exchange, uint32_t *status)
{
    struct dpe_profile_response *response = exchange->response;
    response->major_version = DPE_MAJOR_VERSION;
    response->minor_version = DPE_MINOR_VERSION;
    response->vendor = DPE_VENDOR;
    response->product = DPE_VENDOR;
    response->max_contexts = DPE_CONTEXTS;
    response->supports = DPE_SUPPORTS_SIMULATION | DPE_SUPPORTS_RECURSIVE |
                         DPE_SUPPORTS_AUTO_INIT | DPE_SUPPORTS_ROTATE |
                         DPE_SUPPORTS_RETAIN_PARENT;
    exchange->size = sizeof *response;
    *status = DPE_OK;
    return 0;
}

static uint32_t initialize(struct exchange *exchange, uint32_t *status)
{
    const struct dpe_initialize_command *command = exchange->command;
    struct dpe_handle_response *response = exchange->response;
    struct runtime *runtime = exchange->runtime;
    uint32_t error =
        (command->flags & DPE_INIT_SIMULATION) != 0 ? dpe_room(runtime) : 0;
    if (error == 0) {
        *status = dpe_initialize(runtime->dpe, runtime->user, command->flags,
                                 &response->handle);
        exchange->size = sizeof *response;
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

static uint32_t derive(struct exchange *exchange, uint32_t *status)
{
    struct dpe_derive_response *response = exchange->response;
    struct runtime *runtime = exchange->runtime;
    uint32_t error = check_derive(runtime, exchange->command);
    if (error == 0) {
        *status = dpe_derive(runtime->dpe, runtime->user, exchange->command,
                             &response->handle, &response->parent_handle);
        exchange->size = sizeof *response;
    }
    return error;
}

static uint32_t rotate(struct exchange *exchange, uint32_t *status)
{
    struct dpe_handle_response *response = exchange->response;
    *status = dpe_rotate(exchange->runtime->dpe, exchange->runtime->user,
                         exchange->command, &response->handle);
    exchange->size = sizeof *response;
    return 0;
}

static uint32_t destroy(struct exchange *exchange, uint32_t *status)
{
    const struct dpe_destroy_command *command = exchange->command;
    *status = dpe_destroy(exchange->runtime->dpe, exchange->runtime->user,
                          &command->handle);
    return 0;
}

/* The request has been read, so the chain may be built in its place. */
static uint32_t get_chain(struct exchange *exchange, uint32_t *status)
{
    const struct dpe_chain_command command =
        *(const struct dpe_chain_command *)exchange->command;
    struct dpe_chain_response *response = exchange->response;
    uint8_t *chain = (uint8_t *)exchange->runtime->request;
    if (command.size > DPE_CHUNK_MAX) {
        *status = DPE_INVALID_ARGUMENT;
        return 0;
    }
    uint32_t size = certificate_chain(exchange->runtime, chain);
    if (command.offset >= size) {
        *status = DPE_CERTIFICATE_CHAIN_ERROR;
        return 0;
    }
    uint32_t left = size - command.offset;
    response->size = command.size < left ? command.size : left;
    memcpy(response->bytes, chain + command.offset, response->size);
    exchange->size = sizeof *response;
    return 0;
}

static uint32_t no_keys(struct exchange *exchange, uint32_t *status)
{
    (void)exchange;
    *status = DPE_INVALID_COMMAND;
    return 0;
}

static const struct {
    enum dpe_command_id id;
    uint32_t size;
    uint32_t (*serve)(struct exchange *exchange, uint32_t *status);
} commands[] = {
    {DPE_GET_PROFILE,           sizeof(struct dpe_command),            get_profile},
    {DPE_INITIALIZE_CONTEXT,    sizeof(struct dpe_initialize_command), initialize },
    {DPE_DERIVE_CONTEXT,        sizeof(struct dpe_derive_command),     derive     },
    {DPE_CERTIFY_KEY,           sizeof(struct dpe_command),            no_keys    },
    {DPE_SIGN,                  sizeof(struct dpe_command),            no_keys    },
    {DPE_ROTATE_CONTEXT,        sizeof(struct dpe_rotate_command),     rotate     },
    {DPE_DESTROY_CONTEXT,       sizeof(struct dpe_destroy_command),    destroy    },
    {DPE_GET_CERTIFICATE_CHAIN, sizeof(struct dpe_chain_command),      get_chain  },
};

static uint32_t serve(struct exchange *exchange, uint32_t size)
{
    const struct dpe_command *command = exchange->command;
    struct dpe_response *response = exchange->response;
    if (size < sizeof *command || command->magic != DPE_COMMAND_MAGIC ||
        command->profile != DPE_PROFILE) {
        return CALIPTRA_ERROR_RUNTIME_DPE_COMMAND;
    }
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].id == command->id && size >= commands[i].size) {
            uint32_t error = commands[i].serve(exchange, &response->status);
            if (response->status != DPE_OK) {
                exchange->size = sizeof *response;
            }
            return error;
        }
    }
    return CALIPTRA_ERROR_RUNTIME_DPE_COMMAND;
}

uint32_t dpe_invoke(struct runtime *runtime)
{
    const struct caliptra_sized_request *request =
        (const void *)runtime->request;
    struct caliptra_sized_response *response = (void *)runtime->response;
    struct exchange exchange = {.runtime = runtime,
                                .command = request->bytes,
                                .response = response->bytes,
                                .size = sizeof(struct dpe_response)};
    struct dpe_response *header = exchange.response;
    if (runtime->size < sizeof *request ||
        runtime->size > sizeof *request + DPE_DATA_MAX) {
        return CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY;
    }
    if (request->size > DPE_DATA_MAX ||
        request->size > runtime->size - sizeof *request) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    memset(header, 0, sizeof(struct dpe_chain_response));
    header->magic = DPE_RESPONSE_MAGIC;
    header->profile = DPE_PROFILE;
    uint32_t error = serve(&exchange, request->size);
    response->size = exchange.size;
    runtime->answered = sizeof *response + exchange.size;
    return error;
}

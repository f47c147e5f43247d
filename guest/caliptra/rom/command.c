/* SPDX-License-Identifier: Apache-2.0 */
/* Serves the mailbox until a firmware bundle is in it. */
#include "guest/caliptra/rom/command.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/version.h"
#include "guest/caliptra/rom/rom.h"
#include "guest/kit/memory/memory.h"

#include <stdbool.h>
#include <stddef.h>

enum { CAPABILITY_ROM = 1 };

/* While firmware is waited for; the ROM has no variables. */
struct session {
    bool self_tested; /* and the result was not requested yet */
};

static uint32_t take(uint32_t *request, uint32_t size)
{
    return mailbox_request(request, size, CALIPTRA_ERROR_MAILBOX_INVALID_LENGTH,
                           CALIPTRA_ERROR_MAILBOX_INVALID_CHECKSUM);
}

static uint32_t version(struct session *session)
{
    return version_respond(CALIPTRA_ERROR_MAILBOX_INVALID_LENGTH,
                           CALIPTRA_ERROR_MAILBOX_INVALID_CHECKSUM);
}

static uint32_t capabilities(struct session *session)
{
    uint32_t request;
    uint32_t error = take(&request, sizeof request);
    if (error != 0) {
        return error;
    }
    struct caliptra_capabilities_response response = {
        .capabilities = {[15] = CAPABILITY_ROM},
    };
    mailbox_respond((uint32_t *)&response, sizeof response);
    return 0;
}

/* A request out of turn fails, without a code that says why. */
static void answer_if(bool in_turn)
{
    struct caliptra_response_header response = {0};
    if (in_turn) {
        mailbox_respond((uint32_t *)&response, sizeof response);
    } else {
        mailbox_finish(false);
    }
}

/* A test that fails is fatal. */
static uint32_t start_self_test(struct session *session)
{
    uint32_t request;
    uint32_t error = take(&request, sizeof request);
    if (error == 0 && !session->self_tested) {
        error = rom_self_test();
    }
    if (error == 0) {
        answer_if(!session->self_tested);
        session->self_tested = true;
    }
    return error;
}

static uint32_t self_test_results(struct session *session)
{
    uint32_t request;
    uint32_t error = take(&request, sizeof request);
    if (error == 0) {
        answer_if(session->self_tested);
        session->self_tested = false;
    }
    return error;
}

/* Answers, then stops for good: the fatal error wipes the module. */
static uint32_t shut_down(struct session *session)
{
    uint32_t request;
    uint32_t error = take(&request, sizeof request);
    if (error != 0) {
        return error;
    }
    struct caliptra_response_header response = {0};
    mailbox_respond((uint32_t *)&response, sizeof response);
    return CALIPTRA_ERROR_RUNTIME_SHUTDOWN;
}

static void log_stash(const struct caliptra_stash_request *request,
                      struct caliptra_measurement_log_entry *entry)
{
    entry->pcr.id = CALIPTRA_PCR_LOG_STASH;
    entry->pcr.pcr_mask = 1u << CALIPTRA_PCR_STASH;
    memcpy(entry->pcr.words, request->measurement, sizeof request->measurement);
    memcpy(entry->metadata, request->metadata, sizeof request->metadata);
    memcpy(entry->context, request->context, sizeof request->context);
    entry->svn = request->svn;
}

/* A measurement that cannot be stored ends the boot: the SoC would otherwise
 * run an image that no attestation covers. */
static uint32_t stash(struct session *session)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    struct caliptra_measurement_log_entry *log =
        (void *)CALIPTRA_DCCM_MEASUREMENT_LOG;
    if (fht->measurement_log_index >= CALIPTRA_MEASUREMENT_LOG_MAX) {
        return CALIPTRA_ERROR_STASH_LIMIT;
    }
    struct caliptra_stash_request request;
    uint32_t error = take((uint32_t *)&request, sizeof request);
    if (error != 0) {
        return error;
    }
    if (!sha2_384_extend(CALIPTRA_PCR_STASH, request.measurement,
                         sizeof request.measurement)) {
        return CALIPTRA_ERROR_DRIVER_PCR_LOCKED;
    }
    log_stash(&request, &log[fht->measurement_log_index++]);
    struct caliptra_stash_response response = {.dpe_result = 0};
    mailbox_respond((uint32_t *)&response, sizeof response);
    return 0;
}

static const struct command {
    uint32_t code;
    uint32_t (*serve)(struct session *session);
} commands[] = {
    {CALIPTRA_CMD_VERSION,               version          },
    {CALIPTRA_CMD_CAPABILITIES,          capabilities     },
    {CALIPTRA_CMD_SELF_TEST_START,       start_self_test  },
    {CALIPTRA_CMD_SELF_TEST_GET_RESULTS, self_test_results},
    {CALIPTRA_CMD_SHUTDOWN,              shut_down        },
    {CALIPTRA_CMD_STASH_MEASUREMENT,     stash            },
};

static uint32_t serve(struct session *session, uint32_t code)
{
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].code == code) {
            return commands[i].serve(session);
        }
    }
    return CALIPTRA_ERROR_MAILBOX_INVALID_COMMAND;
}

static uint32_t check_size(void)
{
    uint32_t size = mailbox_size();
    console_value("[rom] bundle of", size);
    return size == 0 || size > CALIPTRA_MBOX_SIZE
               ? CALIPTRA_ERROR_INVALID_IMAGE_SIZE
               : 0;
}

uint32_t command_wait_for_firmware(void)
{
    struct session session = {.self_tested = false};
    console_text("[rom] waiting for firmware\n");
    for (;;) {
        if (!mailbox_has_command()) {
            continue;
        }
        soc_ifc_clear_error_non_fatal();
        if (mailbox_user() == CALIPTRA_RESERVED_USER) {
            return CALIPTRA_ERROR_MAILBOX_RESERVED_USER;
        }
        uint32_t code = mailbox_command();
        console_value("[rom] command", code);
        if (code == CALIPTRA_CMD_FIRMWARE_LOAD) {
            return check_size();
        }
        uint32_t error = serve(&session, code);
        if (error != 0) {
            return error;
        }
    }
}

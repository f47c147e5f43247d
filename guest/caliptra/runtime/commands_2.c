/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of generation 2.x: those of 1.x whose form is still the same, and
 * their successors. */
#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/runtime/command.h"

const struct command commands[] = {
    COMMAND(VERSION, version_report),
    COMMAND(CAPABILITIES, capabilities_report),
    COMMAND(FW_INFO, firmware_report_2),
    COMMAND(SELF_TEST_START, module_start_self_test),
    COMMAND(SELF_TEST_GET_RESULTS, module_self_test_results),
    COMMAND(SHUTDOWN, module_shut_down),
    {CALIPTRA2_CMD_ECDSA384_VERIFY, sizeof(struct caliptra2_ecdsa_request),
                                  CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY, verify_ecdsa_given},
    {CALIPTRA2_CMD_LMS_VERIFY,      sizeof(struct caliptra2_lms_request),
                                  CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY, verify_lms_given  },
    REQUEST(QUOTE_PCRS, quote, INVALID_PARAMETERS, pcr_quote_2),
    COMMAND(DISABLE_ATTESTATION, module_disable_attestation),
    REQUEST(EXTEND_PCR, extend_pcr, INSUFFICIENT_MEMORY, pcr_extend),
    REQUEST(INCREMENT_PCR_RESET, pcr_reset, INSUFFICIENT_MEMORY,
            pcr_count_reset),
    COMMAND(GET_PCR_LOG, pcr_log),
    ANY_REQUEST(GET_IDEV_CERT, INVALID_PARAMETERS, certificate_idevid),
    ANY_REQUEST(POPULATE_IDEV_CERT, INSUFFICIENT_MEMORY,
                certificate_take_idevid),
    COMMAND(GET_IDEV_INFO, certificate_idevid_key),
    COMMAND(GET_IDEV_CSR, certificate_idevid_csr),
    COMMAND(GET_LDEV_CERT, certificate_ldevid),
    COMMAND(GET_FMC_ALIAS_CERT, certificate_fmc_alias),
    COMMAND(GET_RT_ALIAS_CERT, certificate_runtime_alias),
    REQUEST(STASH_MEASUREMENT, stash, INSUFFICIENT_MEMORY, stash_measurement),
};
const unsigned command_count = sizeof commands / sizeof commands[0];

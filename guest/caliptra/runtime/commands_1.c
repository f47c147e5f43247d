/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of generation 1.x. */
#include "guest/caliptra/runtime/command.h"

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"

const struct command commands[] = {
    COMMAND(VERSION, version_report),
    COMMAND(CAPABILITIES, capabilities_report),
    COMMAND(FW_INFO, firmware_report),
    COMMAND(SELF_TEST_START, module_start_self_test),
    COMMAND(SELF_TEST_GET_RESULTS, module_self_test_results),
    COMMAND(SHUTDOWN, module_shut_down),
    COMMAND(DISABLE_ATTESTATION, module_disable_attestation),
    REQUEST(ECDSA384_VERIFY, ecdsa, INSUFFICIENT_MEMORY, verify_ecdsa),
    REQUEST(LMS_VERIFY, lms, INSUFFICIENT_MEMORY, verify_lms),
    REQUEST(EXTEND_PCR, extend_pcr, INSUFFICIENT_MEMORY, pcr_extend),
    REQUEST(INCREMENT_PCR_RESET, pcr_reset, INSUFFICIENT_MEMORY,
            pcr_count_reset),
    COMMAND(GET_PCR_LOG, pcr_log),
    REQUEST(QUOTE_PCRS, quote, INVALID_PARAMETERS, pcr_quote),
    ANY_REQUEST(GET_IDEV_CERT, INVALID_PARAMETERS, certificate_idevid),
    ANY_REQUEST(POPULATE_IDEV_CERT, INSUFFICIENT_MEMORY,
                certificate_take_idevid),
    COMMAND(GET_IDEV_INFO, certificate_idevid_key),
    COMMAND(GET_IDEV_CSR, certificate_idevid_csr),
    COMMAND(GET_LDEV_CERT, certificate_ldevid),
    COMMAND(GET_FMC_ALIAS_CERT, certificate_fmc_alias),
    COMMAND(GET_RT_ALIAS_CERT, certificate_runtime_alias),
    ANY_REQUEST(INVOKE_DPE, INSUFFICIENT_MEMORY, dpe_invoke),
    REQUEST(DPE_TAG_TCI, tag, INSUFFICIENT_MEMORY, dpe_tag),
    REQUEST(DPE_GET_TAGGED_TCI, tagged, INSUFFICIENT_MEMORY, dpe_tagged),
    ANY_REQUEST(ADD_SUBJECT_NAME, INSUFFICIENT_MEMORY, dpe_name_subjects),
    REQUEST(CERTIFY_KEY_EXT, certify, INSUFFICIENT_MEMORY,
            dpe_certify_extended),
    REQUEST(SIGN_WITH_EXPORTED, export_sign, INVALID_PARAMETERS,
            dpe_sign_with_export),
    REQUEST(REVOKE_EXPORTED, export_revoke, INVALID_PARAMETERS,
            dpe_revoke_export),
    REQUEST(STASH_MEASUREMENT, stash, INSUFFICIENT_MEMORY, stash_measurement),
    ANY_REQUEST(SET_AUTH_MANIFEST, INVALID_PARAMETERS, manifest_set),
    REQUEST(AUTHORIZE_AND_STASH, authorize, INSUFFICIENT_MEMORY,
            authorise_image),
};
const unsigned command_count = sizeof commands / sizeof commands[0];

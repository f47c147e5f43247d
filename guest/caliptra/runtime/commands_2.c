/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of generation 2.x: those of 1.x whose form is still the same, and
 * their successors. */
#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/runtime/command.h"

const struct command commands[] = {
    {CALIPTRA_CMD_VERSION,               COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  version_report            },
    {CALIPTRA_CMD_CAPABILITIES,          COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  capabilities_report       },
    {CALIPTRA_CMD_FW_INFO,               COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  firmware_report_2         },
    {CALIPTRA_CMD_SELF_TEST_START,       COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  module_start_self_test    },
    {CALIPTRA_CMD_SELF_TEST_GET_RESULTS, COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  module_self_test_results  },
    {CALIPTRA_CMD_SHUTDOWN,              COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  module_shut_down          },
    {CALIPTRA2_CMD_ECDSA384_VERIFY,      sizeof(struct caliptra2_ecdsa_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY, verify_ecdsa_given        },
    {CALIPTRA2_CMD_LMS_VERIFY,           sizeof(struct caliptra2_lms_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY, verify_lms_given          },
    {CALIPTRA_CMD_QUOTE_PCRS,            sizeof(struct caliptra_quote_request),
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  pcr_quote_2               },
    {CALIPTRA_CMD_DISABLE_ATTESTATION,   COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  module_disable_attestation},
    {CALIPTRA_CMD_EXTEND_PCR,            sizeof(struct caliptra_extend_pcr_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY, pcr_extend                },
    {CALIPTRA_CMD_INCREMENT_PCR_RESET,
     sizeof(struct caliptra_pcr_reset_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY, pcr_count_reset           },
    {CALIPTRA_CMD_GET_PCR_LOG,           COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  pcr_log                   },
    {CALIPTRA_CMD_GET_IDEV_CERT,         COMMAND_ANY_SIZE,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  certificate_idevid        },
    {CALIPTRA_CMD_POPULATE_IDEV_CERT,    COMMAND_ANY_SIZE,
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY, certificate_take_idevid   },
    {CALIPTRA_CMD_GET_IDEV_INFO,         COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  certificate_idevid_key    },
    {CALIPTRA_CMD_GET_IDEV_CSR,          COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  certificate_idevid_csr    },
    {CALIPTRA_CMD_GET_LDEV_CERT,         COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  certificate_ldevid        },
    {CALIPTRA_CMD_GET_FMC_ALIAS_CERT,    COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  certificate_fmc_alias     },
    {CALIPTRA_CMD_GET_RT_ALIAS_CERT,     COMMAND_EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,  certificate_runtime_alias },
    {CALIPTRA_CMD_STASH_MEASUREMENT,     sizeof(struct caliptra_stash_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY, stash_measurement         },
};
const unsigned command_count = sizeof commands / sizeof commands[0];

/* SPDX-License-Identifier: Apache-2.0 */
/* Which commands there are, and how long their requests have to be. */
#include "guest/caliptra/runtime/runtime.h"

#include "guest/kit/memory/memory.h"

enum { ANY_SIZE = 0, EMPTY = sizeof(struct caliptra_request_header) };

static const struct command {
    uint32_t code;
    uint32_t size;     /* of the request */
    uint32_t bad_size; /* the error for any other */
    uint32_t (*serve)(struct runtime *runtime);
} commands[] = {
    {CALIPTRA_CMD_VERSION,               EMPTY,                                      CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,
     version_report                                                                                                                                       },
    {CALIPTRA_CMD_CAPABILITIES,          EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 capabilities_report       },
    {CALIPTRA_CMD_FW_INFO,               EMPTY,                                      CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,
     firmware_report                                                                                                                                      },
    {CALIPTRA_CMD_SELF_TEST_START,       EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 module_start_self_test    },
    {CALIPTRA_CMD_SELF_TEST_GET_RESULTS, EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 module_self_test_results  },
    {CALIPTRA_CMD_SHUTDOWN,              EMPTY,                                      CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,
     module_shut_down                                                                                                                                     },
    {CALIPTRA_CMD_DISABLE_ATTESTATION,   EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 module_disable_attestation},
    {CALIPTRA_CMD_ECDSA384_VERIFY,       sizeof(struct caliptra_ecdsa_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                verify_ecdsa              },
    {CALIPTRA_CMD_LMS_VERIFY,            sizeof(struct caliptra_lms_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                verify_lms                },
    {CALIPTRA_CMD_EXTEND_PCR,            sizeof(struct caliptra_extend_pcr_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                pcr_extend                },
    {CALIPTRA_CMD_INCREMENT_PCR_RESET,
     sizeof(struct caliptra_pcr_reset_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                pcr_count_reset           },
    {CALIPTRA_CMD_GET_PCR_LOG,           EMPTY,                                      CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,
     pcr_log                                                                                                                                              },
    {CALIPTRA_CMD_QUOTE_PCRS,            sizeof(struct caliptra_quote_request),
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 pcr_quote                 },
    {CALIPTRA_CMD_GET_IDEV_CERT,         ANY_SIZE,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 certificate_idevid        },
    {CALIPTRA_CMD_POPULATE_IDEV_CERT,    ANY_SIZE,
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                certificate_take_idevid   },
    {CALIPTRA_CMD_GET_IDEV_INFO,         EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 certificate_idevid_key    },
    {CALIPTRA_CMD_GET_IDEV_CSR,          EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 certificate_idevid_csr    },
    {CALIPTRA_CMD_GET_LDEV_CERT,         EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 certificate_ldevid        },
    {CALIPTRA_CMD_GET_FMC_ALIAS_CERT,    EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 certificate_fmc_alias     },
    {CALIPTRA_CMD_GET_RT_ALIAS_CERT,     EMPTY,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 certificate_runtime_alias },
    {CALIPTRA_CMD_INVOKE_DPE,            ANY_SIZE,
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                dpe_invoke                },
    {CALIPTRA_CMD_DPE_TAG_TCI,           sizeof(struct caliptra_tag_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                dpe_tag                   },
    {CALIPTRA_CMD_DPE_GET_TAGGED_TCI,    sizeof(struct caliptra_tagged_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                dpe_tagged                },
    {CALIPTRA_CMD_ADD_SUBJECT_NAME,      ANY_SIZE,
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                dpe_name_subjects         },
    {CALIPTRA_CMD_CERTIFY_KEY_EXT,       sizeof(struct caliptra_certify_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                dpe_certify_extended      },
    {CALIPTRA_CMD_SIGN_WITH_EXPORTED,
     sizeof(struct caliptra_export_sign_request),
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 dpe_sign_with_export      },
    {CALIPTRA_CMD_REVOKE_EXPORTED,
     sizeof(struct caliptra_export_revoke_request),
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 dpe_revoke_export         },
    {CALIPTRA_CMD_STASH_MEASUREMENT,     sizeof(struct caliptra_stash_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                stash_measurement         },
    {CALIPTRA_CMD_SET_AUTH_MANIFEST,     ANY_SIZE,
     CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,                                                                                 manifest_set              },
    {CALIPTRA_CMD_AUTHORIZE_AND_STASH,
     sizeof(struct caliptra_authorize_request),
     CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY,                                                                                authorise_image           },
};

uint32_t command_serve(struct runtime *runtime, uint32_t code)
{
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct command *command = &commands[i];
        if (command->code != code) {
            continue;
        }
        if (command->size != ANY_SIZE && command->size != runtime->size) {
            return command->bad_size;
        }
        runtime->answered = sizeof(struct caliptra_response_header);
        memset(runtime->response, 0, runtime->answered);
        return command->serve(runtime);
    }
    return CALIPTRA_ERROR_RUNTIME_UNIMPLEMENTED_COMMAND;
}

bool runtime_privileged(const struct runtime *runtime)
{
    const struct caliptra_header *header = &runtime->firmware->header;
    return (header->flags & CALIPTRA_HEADER_PL0_VALID) != 0 &&
           header->pl0_pauser == runtime->user;
}

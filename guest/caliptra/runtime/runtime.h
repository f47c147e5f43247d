/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime's state and its commands. ICCM is locked, so there are no
 * variables: all state is in DCCM, at the places of abi/caliptra_memory.h, and
 * comes to each command by pointer. A test gives it other memory.
 */
#ifndef GUEST_CALIPTRA_RUNTIME_H
#define GUEST_CALIPTRA_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/gate.h"
#include "guest/caliptra/handoff/handoff.h"
#include "guest/caliptra/runtime/dpe.h"

enum {
    RUNTIME_REQUEST_WORDS = 3586, /* the largest that the released one takes */
    RUNTIME_RESPONSE_WORDS = 1792,
    RUNTIME_STASHES = 16,
    RUNTIME_CERTIFICATE_MAX = CALIPTRA_TBS_MAX + 128, /* with a signature */
    RUNTIME_CHAIN_MAX = 4 * RUNTIME_CERTIFICATE_MAX,
};

enum runtime_self_test {
    RUNTIME_SELF_TEST_IDLE,
    RUNTIME_SELF_TEST_DUE,
    RUNTIME_SELF_TEST_PASSED,
};

/* State that survives until power is lost: only the ROM clears DCCM, with
 * zeros, at a cold reset. */
struct runtime_kept {
    uint32_t attestation_disabled;
    uint32_t self_test; /* enum runtime_self_test */
    uint32_t stash_count;
    uint32_t pcr_resets[CALIPTRA_PCR_COUNT];
    struct caliptra_measurement_log_entry stashes[RUNTIME_STASHES];
    uint8_t gate_digest[GATE_WIRES][CALIPTRA_DIGEST_SIZE];
    uint32_t exported; /* a CDI, in VAULT_KEY_EXPORTED_CDI */
    uint8_t export[DPE_EXPORT_SIZE];
    uint32_t idevid_size; /* 0: none came yet */
    uint8_t idevid_certificate[CALIPTRA_CERTIFICATE_MAX];
};

struct runtime {
    struct handoff handoff; /* DISABLE_ATTESTATION changes the key in it */
    struct caliptra_soc_images *images; /* none: count 0 */
    struct runtime_kept *kept;
    struct dpe *dpe;
    bool shut_down;           /* once the answer is out */
    uint32_t other_name_size; /* 0: no other name for DPE's subjects */
    uint8_t other_name[CALIPTRA_SUBJECT_NAME_MAX];
    uint32_t user;     /* mailbox user of the requester */
    uint32_t size;     /* bytes of the request */
    uint32_t answered; /* bytes of the response */
    uint32_t request[RUNTIME_REQUEST_WORDS];
    uint32_t response[RUNTIME_RESPONSE_WORDS];
};

_Static_assert(sizeof(struct caliptra_sized_response) +
                       sizeof(struct dpe_certify_response) <=
                   4 * RUNTIME_RESPONSE_WORDS,
               "the largest response has no room");
_Static_assert(sizeof(struct runtime_kept) <= 5 << 10, "no room in DCCM");
_Static_assert(sizeof(struct runtime) <= 32 << 10, "no room in DCCM");
_Static_assert(sizeof(struct caliptra_soc_images) <= 7 << 10,
               "no room in DCCM");

/* The user that the bundle's header names has privilege level 0, all others
 * have level 1. */
bool runtime_privileged(const struct runtime *runtime);

/* Serves the request at hand: the response, or a CALIPTRA_ERROR_ code. */
uint32_t command_serve(struct runtime *runtime, uint32_t code);

/* The commands. Each finds a request of the size that its row in commands_1.c
 * or commands_2.c says, and a response of a header alone that is all zeros.
 * Those with a number are of 2.x; "given" is a digest in the request. */
uint32_t authorise_image(struct runtime *runtime);
uint32_t capabilities_report(struct runtime *runtime);
uint32_t certificate_fmc_alias(struct runtime *runtime);
uint32_t certificate_idevid(struct runtime *runtime);
uint32_t certificate_idevid_csr(struct runtime *runtime);
uint32_t certificate_idevid_key(struct runtime *runtime);
uint32_t certificate_ldevid(struct runtime *runtime);
uint32_t certificate_runtime_alias(struct runtime *runtime);
uint32_t certificate_take_idevid(struct runtime *runtime);
uint32_t dpe_certify_extended(struct runtime *runtime);
uint32_t dpe_invoke(struct runtime *runtime);
uint32_t dpe_revoke_export(struct runtime *runtime);
uint32_t dpe_sign_with_export(struct runtime *runtime);
uint32_t dpe_name_subjects(struct runtime *runtime);
uint32_t dpe_tag(struct runtime *runtime);
uint32_t dpe_tagged(struct runtime *runtime);
uint32_t firmware_report(struct runtime *runtime);
uint32_t firmware_report_2(struct runtime *runtime);
uint32_t manifest_set(struct runtime *runtime);
uint32_t module_disable_attestation(struct runtime *runtime);
uint32_t module_self_test_results(struct runtime *runtime);
uint32_t module_shut_down(struct runtime *runtime);
uint32_t module_start_self_test(struct runtime *runtime);
uint32_t pcr_count_reset(struct runtime *runtime);
uint32_t pcr_extend(struct runtime *runtime);
uint32_t pcr_log(struct runtime *runtime);
uint32_t pcr_quote(struct runtime *runtime);
uint32_t pcr_quote_2(struct runtime *runtime);
uint32_t stash_measurement(struct runtime *runtime);
uint32_t verify_ecdsa(struct runtime *runtime);
uint32_t verify_ecdsa_given(struct runtime *runtime);
uint32_t verify_lms(struct runtime *runtime);
uint32_t verify_lms_given(struct runtime *runtime);
uint32_t version_report(struct runtime *runtime);

/* The keys of the runtime give way to such as vouch for nothing. For what
 * starts after it was disabled, too. Returns 0 or a CALIPTRA_ERROR_ code. */
uint32_t module_forget_keys(struct runtime *runtime);

/* Does what a command left to do once its answer is out. */
void module_idle(struct runtime *runtime);

/* Into DPE, PCR 31 and the log. For authorise_image too, whose fields are at
 * the same places. *status is that of DPE: unless DPE_OK, nothing changed. */
uint32_t stash(struct runtime *runtime,
               const struct caliptra_stash_request *request, uint32_t *status);

/* CertifyKey and Sign, of which command and response are in those of the
 * runtime. Each returns a CALIPTRA_ERROR_ code, or 0 with a DPE status. */
uint32_t dpe_certify(struct runtime *runtime, const void *command,
                     void *response, uint32_t *status);
uint32_t dpe_sign(struct runtime *runtime, const void *command, void *response,
                  uint32_t *status);
/* DeriveContext that exports a CDI; a DPE status. */
uint32_t dpe_export(struct runtime *runtime, const void *command,
                    struct dpe_export_response *response);
void dpe_forget_export(struct runtime *runtime);
/* That of a driver's error, which goes where the SoC can look it up. */
uint32_t dpe_status_of(uint32_t error);
/* The answer to GetProfile. */
void dpe_profile(struct dpe_profile_response *profile);

/* DPE with what was measured before this runtime. */
void dpe_begin(struct runtime *runtime);
/* The error that says so when the caller's level has all contexts in use. */
uint32_t dpe_room(const struct runtime *runtime);
/* A default context of the locality, below the one that is; a DPE status. */
uint32_t dpe_measure(struct runtime *runtime, uint32_t locality,
                     const uint8_t type[4], const uint8_t measurement[48]);

/* The wires that release the images of the SoC: one each for identifiers from
 * FLASH_IMAGE_SOC on. A warm reset drops them by itself. */
void gate_open(struct runtime *runtime, uint32_t id,
               const uint8_t digest[CALIPTRA_DIGEST_SIZE]);
void gate_close(uint32_t id);
void gate_close_all(void);
/* Closes those that a new manifest does not allow any more. */
void gate_review(const struct runtime *runtime);

/* All certificates from the IDevID's on, as far as there are any, into
 * RUNTIME_CHAIN_MAX bytes. Returns how many. */
uint32_t certificate_chain(const struct runtime *runtime, uint8_t *chain);

/* The entry of the manifest for an identifier, or NULL. */
const struct caliptra_soc_image *manifest_image(const struct runtime *runtime,
                                                uint32_t id);
/* True if an image with this digest may run. */
bool manifest_allows(const struct caliptra_soc_image *image,
                     const uint8_t digest[CALIPTRA_DIGEST_SIZE]);

#endif

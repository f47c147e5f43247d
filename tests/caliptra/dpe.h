/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands to the DICE Protection Environment of a part, and the chain of
 * certificates that it hands out.
 */
#ifndef TESTS_CALIPTRA_DPE_H
#define TESTS_CALIPTRA_DPE_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/dpe.h"
#include "tests/caliptra/part.h"

struct dpe_exchange {
    uint32_t status; /* UINT32_MAX: the mailbox command failed */
    uint32_t code;   /* CPTRA_FW_ERROR_NON_FATAL */
    uint32_t size;   /* of the response, with its header */
    uint8_t bytes[sizeof(struct dpe_certify_response)]; /* without */
};

/* Sends a command, whose header it fills in; checks the response's form. */
struct dpe_exchange dpe_exchange(struct part *part, uint32_t id, void *command,
                                 size_t size);

extern const struct dpe_handle dpe_default_handle;

/* Labels and measurements are all of one byte. */
struct dpe_exchange dpe_certify(struct part *part,
                                const struct dpe_handle *handle,
                                uint32_t format, uint8_t label);
struct dpe_exchange dpe_sign(struct part *part, const struct dpe_handle *handle,
                             uint8_t label, const uint8_t digest[48]);
/* Each returns the status, and leaves the new handle. */
uint32_t dpe_derive(struct part *part, struct dpe_handle *handle,
                    uint32_t flags, uint8_t data);
uint32_t dpe_rotate(struct part *part, struct dpe_handle *handle);
uint32_t dpe_simulate(struct part *part, struct dpe_handle *handle);

/* Parts of a response to CertifyKey: the public key, 2 x 48 bytes; the
 * certificate, which is the caller's. */
const uint8_t *dpe_public_key(const struct dpe_exchange *e);
X509 *dpe_leaf(const struct dpe_exchange *e);

struct dpe_chain {
    X509 *root;
    STACK_OF(X509) * links; /* IDevID, LDevID, FMC alias, runtime alias */
};

/* A vendor certifies the part, which then has a whole chain to hand out. */
bool dpe_chain_issue(struct part *part, struct dpe_chain *chain);
void dpe_chain_drop(struct dpe_chain *chain);
/* Checks whether the leaf leads to the root: 0, or OpenSSL's reason why not. */
int dpe_chain_verify(const struct dpe_chain *chain, X509 *leaf);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* DICE of the device: the identity of the part, and the request for its
 * certificate. */
#include "guest/caliptra/rom/layers.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/x509.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/sha1/sha1.h"

enum { PATH_LENGTH = 5 };

static void unwrap_secrets(void)
{
    vault_unwrap_uds(VAULT_KEY_UDS);
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_UDS);
    vault_unwrap_field_entropy(VAULT_KEY_FIELD_ENTROPY);
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_FE);
    vault_forget_secrets();
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_SECRETS_CLEARED);
}

/* The one name that the fuses decide about, as the vendor's certificate for
 * this key may exist already. */
static void choose_key_id(struct identity *idevid)
{
    uint32_t words[12];
    uint8_t bytes[48];
    switch (soc_ifc_key_id_algorithm()) {
    case SOC_IFC_KEY_ID_SHA1:
        sha1(idevid->point, sizeof idevid->point, idevid->key_id);
        break;
    case SOC_IFC_KEY_ID_SHA256:
        break;
    case SOC_IFC_KEY_ID_SHA384:
        sha2_384(idevid->point, sizeof idevid->point, words);
        identity_bytes(words, bytes);
        memcpy(idevid->key_id, bytes, sizeof idevid->key_id);
        break;
    case SOC_IFC_KEY_ID_FUSES:
        soc_ifc_key_id(idevid->key_id);
        break;
    }
}

static uint32_t write_request(const struct identity *idevid,
                              struct caliptra_idevid_csr *csr)
{
    struct caliptra_ecc_signature signature;
    uint8_t body[CALIPTRA_CSR_MAX];
    uint8_t ueid[IDENTITY_UEID_SIZE];
    soc_ifc_ueid(ueid);
    uint32_t size =
        x509_request(X509_IDEVID, idevid, ueid, PATH_LENGTH, body, sizeof body);
    uint32_t error = identity_sign(idevid, body, size, &signature);
    if (error != 0) {
        return error;
    }
    csr->size =
        x509_signed(body, size, &signature, csr->bytes, sizeof csr->bytes);
    return size != 0 && csr->size != 0 ? 0 : CALIPTRA_ERROR_IDEVID_CSR_FAILURE;
}

/* The SoC takes the wish back when it has read the request. */
static void send_request(const struct caliptra_idevid_csr *csr)
{
    console_value("[rom] IDevID request of", csr->size);
    mailbox_offer(0, csr->bytes, csr->size);
    soc_ifc_flow(CALIPTRA_FLOW_IDEVID_CSR_READY, 0);
    while (soc_ifc_csr_wanted()) {
    }
    mailbox_withdraw();
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_CSR_SENT);
}

static uint32_t answer_request(const struct identity *idevid)
{
    struct caliptra_idevid_csr *csr = (void *)CALIPTRA_DCCM_IDEVID_CSR;
    csr->size = CALIPTRA_CSR_NONE;
    if (!soc_ifc_csr_wanted()) {
        return 0;
    }
    uint32_t error = write_request(idevid, csr);
    if (error == 0) {
        soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_CSR_MADE);
        send_request(csr);
    }
    return error;
}

static uint32_t derive(struct identity *idevid)
{
    unwrap_secrets();
    uint32_t error =
        hmac_derive(VAULT_KEY_UDS, "idevid_cdi", NULL, 0, VAULT_KEY_CDI);
    vault_clear_key(VAULT_KEY_UDS);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_CDI);
    error = identity_derive(idevid, VAULT_KEY_CDI, "idevid_keygen",
                            VAULT_KEY_IDEVID);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_KEY);
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_SERIAL);
    choose_key_id(idevid);
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_KEY_ID);
    return 0;
}

uint32_t idevid_make(struct identity *idevid)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    /* The mailbox is needed for the request first. */
    if (!soc_ifc_csr_wanted()) {
        soc_ifc_flow(CALIPTRA_FLOW_READY_FOR_FW, 0);
    }
    uint32_t error = derive(idevid);
    if (error == 0) {
        error = answer_request(idevid);
    }
    if (error != 0) {
        return error;
    }
    soc_ifc_flow(CALIPTRA_FLOW_READY_FOR_FW, 0);
    memcpy(fht->idevid_public_key, &idevid->key, sizeof idevid->key);
    soc_ifc_boot_status(CALIPTRA_BOOT_IDEVID_DONE);
    return 0;
}

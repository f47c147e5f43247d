/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the answer of VERSION (FIPS module, mode and name). */
#include "guest/caliptra/hardware/version.h"

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/kit/mmio/mmio.h"

enum { FIPS_MODE = 0x46495053 };

void version_fill(struct caliptra_version_response *response)
{
    *response = (struct caliptra_version_response){
        .mode = FIPS_MODE,
        .name = {'C', 'a', 'l', 'i', 'p', 't', 'r', 'a', ' ', 'R', 'T', 'M'},
    };
    response->fips_rev[0] = mmio_read(CALIPTRA_SOC_IFC_HW_REV_ID);
    mmio_read_words(CALIPTRA_SOC_IFC_FW_REV_ID, response->fips_rev + 1, 2);
}

uint32_t version_respond(uint32_t bad_size, uint32_t bad_sum)
{
    uint32_t request;
    uint32_t error =
        mailbox_request(&request, sizeof request, bad_size, bad_sum);
    if (error != 0) {
        return error;
    }
    struct caliptra_version_response response;
    version_fill(&response);
    mailbox_respond((uint32_t *)&response, sizeof response);
    return 0;
}

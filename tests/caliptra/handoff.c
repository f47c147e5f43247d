/* SPDX-License-Identifier: Apache-2.0 */
/* Prints an FMC's view of the hand-off as text. */
#include "tests/caliptra/handoff.h"

#include <string.h>

#include "guest/caliptra/firmware/rt_alias.h"
#include "guest/caliptra/handoff/handoff.h"
#include "tests/register_file.h"

void handoff_run(void)
{
    static struct handoff handoff;
    memset(&handoff, 0, sizeof(handoff));
    uint32_t error = handoff_read(&handoff);
    if (error == 0) {
        handoff_complete(soc_ifc_reset_reason());
        error = rt_alias_make(&handoff);
    }
    registers_note("error %x\n", (unsigned)error);
}

static unsigned place(const void *pointer)
{
    return (unsigned)(uintptr_t)pointer;
}

static void tell_certificate(const char *name,
                             const struct handoff_certificate *certificate)
{
    registers_note("%s: %x, %u bytes, signature %x to %x\n", name,
                   place(certificate->tbs), (unsigned)certificate->size,
                   (unsigned)certificate->signature.r[0],
                   (unsigned)certificate->signature.s[11]);
}

static void tell_places(const struct handoff *h)
{
    registers_note("ROM %x, IDevID %x, request %x\n", place(h->rom),
                   place(h->idevid_key), place(h->idevid_csr));
    registers_note("PCR log %x, count %x; %u stashes %x\n",
                   place(h->pcr_log.entries), place(h->pcr_log.count),
                   (unsigned)h->stash_count, place(h->stashes));
    registers_note("runtime: CDI %x, key %x %x, signature %x, size %x\n",
                   place(h->runtime_cdi_handle), place(h->runtime_key_handle),
                   place(h->runtime_key), place(h->runtime_signature),
                   place(h->runtime_tbs_size));
}

void handoff_tell(void)
{
    static struct handoff h;
    memset(&h, 0, sizeof(h));
    uint32_t error = handoff_read(&h);
    registers_note("error %x\n", (unsigned)error);
    if (error != 0) {
        return;
    }
    registers_note("names '%s' '%s' '%s' '%s' '%s'\n", h.names->fmc_alias,
                   h.names->runtime_alias, h.names->fmc_key_label,
                   h.names->cdi_label, h.names->key_label);
    registers_note("manifest %x, %u bytes, %s; images %x %x, data %x %x\n",
                   place(h.manifest), (unsigned)h.manifest_size,
                   h.manifest_measured ? "measured" : "not measured",
                   place(h.fmc), place(h.runtime), place(h.vendor_data),
                   place(h.owner_data));
    registers_note("flags %x, user %x, entry %x, versions %u %u %u\n",
                   (unsigned)h.flags, (unsigned)h.pl0_pauser,
                   (unsigned)h.runtime_entry, (unsigned)h.runtime_svn,
                   (unsigned)h.runtime_min_svn, (unsigned)h.fmc_svn);
    registers_note(
        "runtime %x to %x, owner %x to %x\n", (unsigned)h.runtime_digest[0],
        (unsigned)h.runtime_digest[11], (unsigned)h.owner_key_hash[0],
        (unsigned)h.owner_key_hash[11]);
    tell_certificate("LDevID", &h.ldevid);
    tell_certificate("FMC alias", &h.fmc_alias);
    registers_note("FMC: CDI %u, key %u of %x to %x, locks %x\n",
                   h.fmc_cdi_slot, h.fmc_key_slot, (unsigned)h.fmc_key.x[0],
                   (unsigned)h.fmc_key.y[11], (unsigned)h.fmc_slots);
    tell_places(&h);
}

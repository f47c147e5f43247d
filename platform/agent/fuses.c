/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that program the fuses of a Caliptra core. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "platform/agent/agent.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/fuses.h"

static int write_words(struct agent *agent, uint64_t address,
                       const uint32_t *words, size_t count)
{
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        result = agent_write(agent, address + 4 * i, words[i]);
    }
    return result;
}

/* The first byte of a byte string is in bits 31:24 of its first word. */
static int write_bytes(struct agent *agent, uint64_t address,
                       const uint8_t *bytes, size_t size)
{
    int result = 0;
    for (size_t i = 0; i + 4 <= size && result == 0; i += 4) {
        result = agent_write(agent, address + i, load_be32(bytes + i));
    }
    return result;
}

static int find_fuse(struct agent *agent, const char *name, uint64_t *address,
                     unsigned *words)
{
    bool prefixed = strncasecmp(name, "fuse_", 5) == 0;
    char *full = xasprintf("%s%s", prefixed ? "" : "fuse_", name);
    int result = agent_address(agent, full, address, words);
    free(full);
    if (result == 0 && (*address < CALIPTRA_SOC_IFC_FUSE_UDS_SEED ||
                        *address >= CALIPTRA_SOC_IFC_FUSES_END)) {
        return agent_fail(agent, -EINVAL, "'%s' is not a fuse", name);
    }
    return result;
}

static int nibble(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* A byte string as hexadecimal digits, as sha384sum prints it. */
static int parse_bytes(const char *text, struct buffer *bytes)
{
    for (; *text; text += 2) {
        int high = nibble(text[0]);
        int low = high < 0 ? -1 : nibble(text[1]);
        if (low < 0) {
            return -EINVAL;
        }
        uint8_t byte = (uint8_t)(high << 4 | low);
        buffer_append(bytes, &byte, 1);
    }
    return 0;
}

/* NAME WORD... | HEX | @FILE */
static int fuse(struct agent *agent, char **words, unsigned count)
{
    uint64_t address;
    unsigned room;
    struct buffer bytes = {0};
    int result = find_fuse(agent, words[0], &address, &room);
    if (result) {
        return result;
    }
    if (words[1][0] == '@') {
        result = agent_file(agent, words[1] + 1, &bytes);
    } else if (count == 2 && strlen(words[1]) > 10) {
        result = parse_bytes(words[1], &bytes);
        if (result) {
            agent_fail(agent, result, "'%s' is not hexadecimal", words[1]);
        }
    }
    bool as_bytes = result == 0 && bytes.size;
    if (as_bytes && (bytes.size % 4 || bytes.size > 4 * (size_t)room)) {
        result = agent_fail(agent, -EINVAL, "%s holds %u bytes, not %zu",
                            words[0], 4 * room, bytes.size);
    } else if (as_bytes) {
        result = write_bytes(agent, address, bytes.bytes, bytes.size);
    } else if (result == 0 && count - 1 > room) {
        result = agent_fail(agent, -EINVAL, "%s holds %u words, not %u",
                            words[0], room, count - 1);
    }
    for (unsigned i = 1; i < count && !as_bytes && result == 0; i++) {
        uint64_t value;
        result = agent_number(agent, words[i], &value);
        if (result == 0) {
            result =
                agent_write(agent, address + 4ull * (i - 1), (uint32_t)value);
        }
    }
    buffer_fini(&bytes);
    return result;
}

static int burn_1(struct agent *agent, const struct fuses *fuses)
{
    uint32_t words[CALIPTRA_SOC_IFC_FUSE_WORDS];
    fuses_registers(fuses, words);
    return write_words(agent, CALIPTRA_SOC_IFC_FUSE_UDS_SEED, words,
                       ARRAY_SIZE(words));
}

/* Generation 2 has other fuses, some at other addresses, and the owner's key
 * hash in a register outside of them. */
static int burn_2(struct agent *agent, const struct fuses *fuses)
{
    const struct {
        uint64_t address;
        const uint8_t *bytes;
        size_t size;
    } strings[] = {
        {CALIPTRA2_SOC_IFC_FUSE_UDS_SEED,           fuses->uds_seed,          64},
        {CALIPTRA2_SOC_IFC_FUSE_FIELD_ENTROPY,      fuses->field_entropy,     32},
        {CALIPTRA2_SOC_IFC_FUSE_VENDOR_PK_HASH,     fuses->vendor_key_hash,   48},
        {CALIPTRA2_SOC_IFC_OWNER_PK_HASH,           fuses->owner_key_hash,    48},
        {CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR,    fuses->idevid_attributes, 96},
        {CALIPTRA_SOC_IFC_FUSE_IDEVID_MANUF_HSM_ID, fuses->hsm_id,            16},
    };
    const struct {
        uint64_t address;
        uint32_t value;
    } numbers[] = {
        {CALIPTRA2_SOC_IFC_FUSE_ECC_REVOCATION,       fuses->ecc_revocation  },
        {CALIPTRA_SOC_IFC_FUSE_ANTI_ROLLBACK_DISABLE,
         fuses->anti_rollback_disable                                        },
        {CALIPTRA2_SOC_IFC_FUSE_LMS_REVOCATION,       fuses->lms_revocation  },
        {CALIPTRA2_SOC_IFC_FUSE_MLDSA_REVOCATION,     fuses->mldsa_revocation},
        {CALIPTRA_SOC_IFC_FUSE_SOC_STEPPING_ID,       fuses->soc_stepping    },
        {CALIPTRA2_SOC_IFC_FUSE_PQC_KEY_TYPE,         fuses->pqc_key_type    },
    };
    uint32_t svn[4];
    int result = 0;
    for (size_t i = 0; i < ARRAY_SIZE(strings) && result == 0; i++) {
        result = write_bytes(agent, strings[i].address, strings[i].bytes,
                             strings[i].size);
    }
    for (size_t i = 0; i < ARRAY_SIZE(numbers) && result == 0; i++) {
        result = agent_write(agent, numbers[i].address, numbers[i].value);
    }
    fuses_svn_words(fuses->runtime_svn, svn, ARRAY_SIZE(svn));
    return result ? result
                  : write_words(agent, CALIPTRA_SOC_IFC_FUSE_RUNTIME_SVN, svn,
                                ARRAY_SIZE(svn));
}

static int burn(struct agent *agent, const struct fuses *fuses)
{
    uint32_t revision = 0;
    int result = agent_read(agent, CALIPTRA_SOC_IFC_HW_REV_ID, &revision);
    if (result != 0) {
        return result;
    }
    return (revision & CALIPTRA_HW_REV_ID_MAJOR) < 2 ? burn_1(agent, fuses)
                                                     : burn_2(agent, fuses);
}

/* A fuse file, as `cairn pack` writes it. */
static int fuses_of_file(struct agent *agent, char **words, unsigned count)
{
    struct buffer text = {0};
    struct fuses fuses;
    struct error cause = {""};
    fuses_init(&fuses);
    int result = agent_file(agent, words[0], &text);
    if (result == 0 &&
        fuses_parse(&fuses, words[0], text.bytes, text.size, &cause)) {
        result = agent_fail(agent, -EINVAL, "%s", cause.text);
    }
    if (result == 0) {
        result = burn(agent, &fuses);
    }
    buffer_fini(&text);
    return result;
}

/* The development secrets, and the key hashes that a bundle's keys have: a
 * part made for that bundle. */
static int fuses_for_bundle(struct agent *agent, char **words, unsigned count)
{
    struct buffer bytes = {0};
    struct caliptra_bundle bundle;
    struct error cause = {""};
    struct fuses fuses;
    fuses_init(&fuses);
    int result = agent_file(agent, words[0], &bytes);
    if (result == 0) {
        /* A file that is no bundle has no keys; the ROM shall say so, not we.
         */
        if (caliptra_bundle_read(&bundle, bytes.bytes, bytes.size, &cause) ==
            0) {
            caliptra_bundle_key_hashes(&bundle, fuses.vendor_key_hash,
                                       fuses.owner_key_hash);
            if (caliptra_layout(bundle.generation)->number == 2) {
                fuses.pqc_key_type = bundle.manifest.v2.pqc_type;
            }
        }
        result = burn(agent, &fuses);
    }
    buffer_fini(&bytes);
    return result;
}

const struct agent_verb agent_fuse_verbs[] = {
    {"fuse",      2, UINT32_MAX, "fuse NAME WORD...", fuse            },
    {"fuses",     1, 1,          "fuses FILE",        fuses_of_file   },
    {"fuses-for", 1, 1,          "fuses-for BUNDLE",  fuses_for_bundle},
    {NULL,        0, 0,          NULL,                NULL            },
};

/* SPDX-License-Identifier: Apache-2.0 */
/* A root of trust that believes all that is signed, behind its registers. */
#include "tests/bootmcu/rot.h"

#include <openssl/sha.h>
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/gate.h"
#include "base/bits.h"
#include "tests/harness.h"

enum {
    FATAL = 0x000b0001,
};

bool boot_mcu_is_held(const struct boot_mcu_soc *soc, unsigned line)
{
    return (RESET(soc, BOOT_MCU_RESET_LINES) >> line & 1) != 0;
}

static void fail_rot(struct boot_mcu_soc *soc)
{
    ROT(soc, soc->fault_is_hardware ? CALIPTRA_SOC_IFC_HW_ERROR_FATAL
                                    : CALIPTRA_SOC_IFC_FW_ERROR_FATAL) = FATAL;
}

/* The root of trust's lines moved. */
void boot_mcu_rot_moved(struct boot_mcu_soc *soc, uint32_t before)
{
    if (boot_mcu_is_held(soc, SOC_RESET_LINE_POWER)) {
        soc->has_firmware = false;
    }
    if (boot_mcu_is_held(soc, SOC_RESET_LINE_ROT) ||
        boot_mcu_is_held(soc, SOC_RESET_LINE_POWER)) {
        memset(soc->rot, 0, sizeof(soc->rot));
        soc->rot_authorised = 0;
    } else if ((before & (1u << SOC_RESET_LINE_ROT)) != 0) {
        soc->busy = soc->polls;
        if (soc->fault == ROT_NO_FUSES) {
            fail_rot(soc);
        } else {
            ROT(soc, CALIPTRA_SOC_IFC_FLOW_STATUS) =
                CALIPTRA_FLOW_READY_FOR_FUSES;
        }
    }
}

/* Header included, the bytes of a request and of its command add to 0. */
static bool sums_up(const struct boot_mcu_soc *soc, uint32_t command)
{
    const struct buffer *bytes = &soc->datain;
    return bytes->size >= 4 &&
           load_le32(bytes->bytes) ==
               caliptra_checksum(command, bytes->bytes + 4, bytes->size - 4);
}

static uint32_t judge(const struct boot_mcu_soc *soc,
                      const struct caliptra_authorize_request *request)
{
    struct caliptra_soc_manifest manifest = {0};
    memcpy(&manifest, soc->manifest.bytes, soc->manifest.size);
    if (soc->answer != 0) {
        return soc->answer;
    }
    for (uint32_t i = 0; i < manifest.images.count; i++) {
        const struct caliptra_soc_image *image = &manifest.images.images[i];
        if (image->firmware_id == request->firmware_id) {
            return memcmp(image->digest, request->measurement,
                          sizeof(image->digest)) == 0
                       ? CALIPTRA_IMAGE_AUTHORISED
                       : CALIPTRA_IMAGE_HASH_MISMATCH;
        }
    }
    return CALIPTRA_IMAGE_NOT_AUTHORISED;
}

static uint32_t authorise(struct boot_mcu_soc *soc)
{
    struct caliptra_authorize_request request;
    struct caliptra_authorize_response response = {.result = 0};
    EXPECT_EQ(soc->datain.size, sizeof(request));
    memcpy(&request, soc->datain.bytes, sizeof(request));
    EXPECT_EQ(request.source, CALIPTRA_SOC_SOURCE_IN_REQUEST);
    if (soc->fault == ROT_DIES) {
        fail_rot(soc);
        return CALIPTRA_MBOX_STATUS_BUSY;
    }
    if (soc->fault == ROT_REFUSES) {
        return CALIPTRA_MBOX_STATUS_FAILURE;
    }
    response.result = judge(soc, &request);
    if (response.result == CALIPTRA_IMAGE_AUTHORISED) {
        soc->rot_authorised |=
            gate_wire(gate_number(request.firmware_id) % GATE_WIRES);
    }
    buffer_append(&soc->dataout, &response, sizeof(response));
    return CALIPTRA_MBOX_STATUS_DATA_READY;
}

static uint32_t set_manifest(struct boot_mcu_soc *soc)
{
    struct caliptra_set_auth_manifest_request request;
    memcpy(&request, soc->datain.bytes, sizeof(request));
    EXPECT_EQ(request.manifest_size, soc->datain.size - sizeof(request));
    buffer_clear(&soc->manifest);
    buffer_append(&soc->manifest, soc->datain.bytes + sizeof(request),
                  soc->datain.size - sizeof(request));
    if (soc->fault == ROT_BAD_MANIFEST) {
        ROT(soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL) = 0xe0045;
        return CALIPTRA_MBOX_STATUS_FAILURE;
    }
    return CALIPTRA_MBOX_STATUS_COMPLETE;
}

static uint32_t load_bundle(struct boot_mcu_soc *soc)
{
    EXPECT(!soc->has_firmware);
    buffer_clear(&soc->bundle);
    buffer_append(&soc->bundle, soc->datain.bytes, soc->datain.size);
    if (soc->fault == ROT_BAD_BUNDLE) {
        ROT(soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL) = 0xb000c;
        return CALIPTRA_MBOX_STATUS_FAILURE;
    }
    if (soc->fault == ROT_NO_RUNTIME) {
        fail_rot(soc);
    } else {
        ROT(soc, CALIPTRA_SOC_IFC_FLOW_STATUS) =
            CALIPTRA_FLOW_READY_FOR_RUNTIME;
        soc->has_firmware = true;
    }
    return CALIPTRA_MBOX_STATUS_COMPLETE;
}

static void execute(struct boot_mcu_soc *soc)
{
    uint32_t command = ROT(soc, CALIPTRA_MBOX_CMD);
    uint32_t status = CALIPTRA_MBOX_STATUS_FAILURE;
    buffer_clear(&soc->dataout);
    soc->popped = 0;
    EXPECT_EQ(ROT(soc, CALIPTRA_MBOX_DLEN), soc->datain.size);
    if (command == CALIPTRA_CMD_FIRMWARE_LOAD) {
        status = load_bundle(soc);
    } else if (!EXPECT(sums_up(soc, command) && soc->has_firmware)) {
        status = CALIPTRA_MBOX_STATUS_FAILURE;
    } else if (command == CALIPTRA_CMD_SET_AUTH_MANIFEST) {
        status = set_manifest(soc);
    } else if (command == CALIPTRA_CMD_AUTHORIZE_AND_STASH) {
        status = authorise(soc);
    }
    ROT(soc, CALIPTRA_MBOX_STATUS) = 0xf0 | status;
    if (status == CALIPTRA_MBOX_STATUS_DATA_READY) {
        ROT(soc, CALIPTRA_MBOX_DLEN) = (uint32_t)soc->dataout.size;
    }
    soc->busy = soc->polls;
}

/* The part behind the fuses: a ROM that wants firmware, or that has it. */
static void take_fuses(struct boot_mcu_soc *soc)
{
    EXPECT(!boot_mcu_is_held(soc, SOC_RESET_LINE_ROT));
    soc->busy = soc->polls;
    if (soc->fault == ROT_NO_BUNDLE) {
        fail_rot(soc);
    } else {
        ROT(soc, CALIPTRA_SOC_IFC_FLOW_STATUS) =
            soc->has_firmware ? CALIPTRA_FLOW_READY_FOR_RUNTIME
                              : CALIPTRA_FLOW_READY_FOR_FW;
    }
}

static void digest_streamed(struct boot_mcu_soc *soc, uint32_t execute)
{
    uint8_t digest[SHA384_DIGEST_LENGTH];
    uint32_t size = ROT(soc, CALIPTRA_SHA_ACC_DLEN);
    EXPECT_EQ(ROT(soc, CALIPTRA_SHA_ACC_MODE), 0);
    EXPECT_EQ(execute, 1);
    if (!EXPECT(soc->streamed.size == (size + 3u) / 4 * 4)) {
        return;
    }
    SHA384(soc->streamed.bytes, size, digest);
    for (unsigned i = 0; i < 12; i++) {
        ROT(soc, CALIPTRA_SHA_ACC_DIGEST + 4 * i) = load_be32(digest + 4 * i);
    }
    ROT(soc, CALIPTRA_SHA_ACC_STATUS) = 0xe;
    soc->busy = soc->polls;
}

void boot_mcu_rot_write(struct boot_mcu_soc *soc, uint32_t address,
                        uint32_t value)
{
    uint8_t bytes[4];
    switch (address) {
    case CALIPTRA_MBOX_DATAIN:
        store_le32(bytes, value);
        buffer_append(&soc->datain, bytes, 4);
        return;
    case CALIPTRA_MBOX_EXECUTE:
        EXPECT(value < 2);
        if (value != 0) {
            execute(soc);
        } else {
            EXPECT_EQ(soc->popped, soc->dataout.size);
            ROT(soc, CALIPTRA_MBOX_LOCK) = 0;
        }
        return;
    case CALIPTRA_SHA_ACC_DATAIN:
        store_be32(bytes, value);
        buffer_append(&soc->streamed, bytes, 4);
        return;
    case CALIPTRA_SHA_ACC_EXECUTE:
        digest_streamed(soc, value);
        return;
    case CALIPTRA_SHA_ACC_LOCK:
        ROT(soc, address) = value == 1 ? 0 : 1;
        return;
    default:
        break;
    }
    ROT(soc, address) = value;
    if (address == CALIPTRA_SOC_IFC_FUSE_WR_DONE) {
        take_fuses(soc);
    }
}

/* True if it has nothing more to do: it is asked some times before that. */
static bool is_done(struct boot_mcu_soc *soc)
{
    if (soc->busy == 0) {
        return true;
    }
    soc->busy--;
    return false;
}

/* Others have its locks as often before they are free. */
static bool is_free(struct boot_mcu_soc *soc)
{
    soc->locked = soc->locked < soc->polls ? soc->locked + 1 : 0;
    return soc->locked == 0;
}

uint32_t boot_mcu_rot_read(struct boot_mcu_soc *soc, uint32_t address)
{
    uint32_t value = ROT(soc, address);
    switch (address) {
    case CALIPTRA_MBOX_LOCK:
        if (value == 0 && !is_free(soc)) {
            return 1;
        }
        ROT(soc, address) = 1;
        buffer_clear(&soc->datain);
        return value;
    case CALIPTRA_SHA_ACC_LOCK:
        if (value == 0 && !is_free(soc)) {
            return 0xf;
        }
        ROT(soc, address) = 1;
        buffer_clear(&soc->streamed);
        ROT(soc, CALIPTRA_SHA_ACC_STATUS) = 0xe;
        return value | 0xe;
    case CALIPTRA_SOC_IFC_FLOW_STATUS:
        return is_done(soc) ? value : 0;
    case CALIPTRA_MBOX_STATUS:
        return is_done(soc) ? value
                            : value & ~(uint32_t)CALIPTRA_MBOX_STATUS_MASK;
    case CALIPTRA_SHA_ACC_STATUS:
        return is_done(soc) ? value | 1 : value;
    case CALIPTRA_MBOX_DATAOUT:
        soc->popped += 4;
        return soc->popped <= soc->dataout.size
                   ? load_le32(soc->dataout.bytes + soc->popped - 4)
                   : 0;
    default:
        return value;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Talks to Caliptra's SoC interface: registers by address, commands through
 * the mailbox. */
#include "guest/bootmcu/caliptra.h"

#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/bootmcu/soc.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

/* The ROM arms its watchdog with this many of its cycles: seconds. */
#define WATCHDOG_CYCLES 1000000000u

enum { USER = 1 }; /* of this processor's accesses */

/* Registers by their addresses in the core's own map. */
static uint32_t soc_read(uint32_t address)
{
    return mmio_read(soc_caliptra + (address - CALIPTRA_MBOX_LOCK));
}

static void soc_write(uint32_t address, uint32_t value)
{
    mmio_write(soc_caliptra + (address - CALIPTRA_MBOX_LOCK), value);
}

static uint32_t load(const uint8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

uint32_t caliptra_error(void)
{
    uint32_t fatal = soc_read(CALIPTRA_SOC_IFC_FW_ERROR_FATAL);
    if (fatal == 0) {
        fatal = soc_read(CALIPTRA_SOC_IFC_HW_ERROR_FATAL);
    }
    return fatal != 0 ? fatal : soc_read(CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL);
}

/* For any of the flows; false when a fatal error comes first. */
static bool wait_for_flow(uint32_t flow)
{
    while ((soc_read(CALIPTRA_SOC_IFC_FLOW_STATUS) & flow) == 0) {
        if (soc_read(CALIPTRA_SOC_IFC_FW_ERROR_FATAL) != 0 ||
            soc_read(CALIPTRA_SOC_IFC_HW_ERROR_FATAL) != 0) {
            return false;
        }
    }
    return true;
}

/* Fuse registers that are written already take no second value. */
static void end_fuses(void)
{
    soc_write(CALIPTRA_SOC_IFC_WDT_CFG, WATCHDOG_CYCLES);
    soc_write(CALIPTRA_SOC_IFC_WDT_CFG + 4, 0);
    for (unsigned i = 0; i < CALIPTRA_MBOX_USERS; i++) {
        soc_write(CALIPTRA_SOC_IFC_MBOX_VALID_PAUSER + 4 * i, USER);
        soc_write(CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK + 4 * i, 1);
    }
    /* The secrets are not needed again before the next reset. */
    soc_lock_secrets();
    soc_write(CALIPTRA_SOC_IFC_FUSE_WR_DONE, 1);
}

bool caliptra_start(void)
{
    soc_caliptra_power_on();
    if (!wait_for_flow(CALIPTRA_FLOW_READY_FOR_FUSES)) {
        return false;
    }
    for (unsigned i = 0; i < CALIPTRA_SOC_IFC_FUSE_WORDS; i++) {
        soc_write(CALIPTRA_SOC_IFC_FUSE_UDS_SEED + 4 * i, soc_fuse(i));
    }
    end_fuses();
    return wait_for_flow(CALIPTRA_FLOW_READY_FOR_FW |
                         CALIPTRA_FLOW_READY_FOR_RUNTIME);
}

bool caliptra_runs(void)
{
    return (soc_read(CALIPTRA_SOC_IFC_FLOW_STATUS) &
            CALIPTRA_FLOW_READY_FOR_RUNTIME) != 0;
}

bool caliptra_resume(void)
{
    soc_caliptra_release();
    if (!wait_for_flow(CALIPTRA_FLOW_READY_FOR_FUSES)) {
        return false;
    }
    end_fuses();
    return wait_for_flow(CALIPTRA_FLOW_READY_FOR_RUNTIME);
}

/* ---- Mailbox ------------------------------------------------------------- */

static void begin(uint32_t command, size_t size)
{
    while (soc_read(CALIPTRA_MBOX_LOCK) != 0) {
    }
    soc_write(CALIPTRA_MBOX_CMD, command);
    soc_write(CALIPTRA_MBOX_DLEN, (uint32_t)size);
}

static void push(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 4) {
        soc_write(CALIPTRA_MBOX_DATAIN, load(bytes + i));
    }
}

/* The status that ends the busy time; a fatal error ends it too. */
static uint32_t execute(void)
{
    uint32_t status;
    soc_write(CALIPTRA_MBOX_EXECUTE, 1);
    do {
        if (soc_read(CALIPTRA_SOC_IFC_FW_ERROR_FATAL) != 0) {
            return CALIPTRA_MBOX_STATUS_FAILURE;
        }
        status = soc_read(CALIPTRA_MBOX_STATUS) & CALIPTRA_MBOX_STATUS_MASK;
    } while (status == CALIPTRA_MBOX_STATUS_BUSY);
    return status;
}

bool caliptra_load(const uint8_t *bundle, size_t size)
{
    begin(CALIPTRA_CMD_FIRMWARE_LOAD, size);
    push(bundle, size);
    uint32_t status = execute();
    if (status == CALIPTRA_MBOX_STATUS_FAILURE) {
        return false;
    }
    soc_write(CALIPTRA_MBOX_EXECUTE, 0);
    return wait_for_flow(CALIPTRA_FLOW_READY_FOR_RUNTIME);
}

static void pop(uint8_t *bytes, size_t size)
{
    size_t there = soc_read(CALIPTRA_MBOX_DLEN);
    for (size_t i = 0; i < there; i += 4) {
        uint32_t word = soc_read(CALIPTRA_MBOX_DATAOUT);
        if (i + 4 <= size) {
            memcpy(bytes + i, &word, sizeof(word));
        }
    }
}

bool caliptra_command(uint32_t command, void *request, size_t size,
                      const uint8_t *tail, size_t tail_size, void *response,
                      size_t response_size)
{
    struct caliptra_request_header *header = request;
    header->checksum = 0;
    header->checksum =
        0u - caliptra_sum((const uint8_t *)&command, sizeof(command)) -
        caliptra_sum(request, size) - caliptra_sum(tail, tail_size);
    begin(command, size + tail_size);
    push(request, size);
    push(tail, tail_size);
    uint32_t status = execute();
    if (status == CALIPTRA_MBOX_STATUS_DATA_READY) {
        pop(response, response_size);
    }
    soc_write(CALIPTRA_MBOX_EXECUTE, 0);
    return status == CALIPTRA_MBOX_STATUS_DATA_READY ||
           status == CALIPTRA_MBOX_STATUS_COMPLETE;
}

/* ---- SHA accelerator ----------------------------------------------------- */

static void stream(const uint8_t *bytes, size_t size)
{
    size_t whole = size & ~(size_t)3;
    for (size_t i = 0; i < whole; i += 4) {
        soc_write(CALIPTRA_SHA_ACC_DATAIN, __builtin_bswap32(load(bytes + i)));
    }
    if (whole != size) {
        uint8_t last[4] = {0};
        memcpy(last, bytes + whole, size - whole);
        soc_write(CALIPTRA_SHA_ACC_DATAIN, __builtin_bswap32(load(last)));
    }
}

void caliptra_digest_two(const uint8_t *first, size_t first_size,
                         const uint8_t *second, size_t second_size,
                         uint8_t digest[48])
{
    while ((soc_read(CALIPTRA_SHA_ACC_LOCK) & 1) != 0) {
    }
    soc_write(CALIPTRA_SHA_ACC_MODE, CALIPTRA_SHA_ACC_384_BYTES);
    soc_write(CALIPTRA_SHA_ACC_DLEN, (uint32_t)(first_size + second_size));
    stream(first, first_size);
    stream(second, second_size);
    soc_write(CALIPTRA_SHA_ACC_EXECUTE, 1);
    while ((soc_read(CALIPTRA_SHA_ACC_STATUS) & 1) == 0) {
    }
    for (unsigned i = 0; i < CALIPTRA_DIGEST_WORDS; i++) {
        uint32_t word =
            __builtin_bswap32(soc_read(CALIPTRA_SHA_ACC_DIGEST + 4 * i));
        memcpy(digest + 4 * (size_t)i, &word, sizeof(word));
    }
    soc_write(CALIPTRA_SHA_ACC_LOCK, 1);
}

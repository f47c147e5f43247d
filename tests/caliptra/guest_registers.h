/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few registers of a Caliptra 1.x core behind guest/kit/mmio, so that guest
 * code compiled for the host can be tested before there is a machine: mailbox
 * SRAM, SHA-512, SHA-256 with its Winternitz loop, ECC verification, fuses and
 * the data vault. Blocks are done at once; everything else reads 0.
 */
#ifndef TESTS_CALIPTRA_GUEST_REGISTERS_H
#define TESTS_CALIPTRA_GUEST_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

struct guest_registers {
    uint8_t sram[0x20000];
    uint32_t security_state;
    uint32_t hardware_revision;
    uint32_t fuses[0x150 / 4]; /* from CALIPTRA_SOC_IFC_FUSE_UDS_SEED */
    uint32_t data_vault[0x800 / 4];
    uint32_t extended_error[8];

    uint32_t sha512_block[32];
    uint64_t sha512_state[8];
    uint32_t sha256_block[16];
    uint32_t sha256_state[8];
    unsigned winternitz_runs;
    uint32_t ecc_input[5][12]; /* msg, x, y, r, s */
    uint32_t ecc_result[12];
    uint32_t ecc_error;
    uint64_t accesses;
};

/* Where mmio_read and mmio_write go from now on. */
void guest_registers_use(struct guest_registers *registers);

#endif

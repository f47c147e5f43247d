/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 32-bit device registers by address. These are functions, not macros, so that
 * a test on the host can put registers of its own behind the same code.
 */
#ifndef GUEST_KIT_MMIO_H
#define GUEST_KIT_MMIO_H

#include <stdint.h>

uint32_t mmio_read(uint32_t address);
void mmio_write(uint32_t address, uint32_t value);

/* Runs of registers at consecutive words. */
void mmio_read_words(uint32_t address, uint32_t *words, unsigned count);
void mmio_write_words(uint32_t address, const uint32_t *words, unsigned count);

/* Reads until a bit of mask is set; returns the value that had it. */
uint32_t mmio_wait(uint32_t address, uint32_t mask);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 of IEEE 802.3, bit by bit: a table would cost more than it saves. */
#ifndef GUEST_BOOTMCU_CRC32_H
#define GUEST_BOOTMCU_CRC32_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t crc32(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;
    while (size-- != 0) {
        crc ^= *bytes++;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320 & (0u - (crc & 1)));
        }
    }
    return ~crc;
}

#endif

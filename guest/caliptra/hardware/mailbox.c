/* SPDX-License-Identifier: Apache-2.0 */
/* Takes commands out of the mailbox word by word, and puts answers in. */
#include "guest/caliptra/hardware/mailbox.h"

#include "abi/caliptra_soc_ifc.h"
#include "guest/kit/mmio/mmio.h"

bool mailbox_has_command(void)
{
    return (mmio_read(CALIPTRA_MBOX_STATUS) & CALIPTRA_MBOX_FSM_MASK) ==
           CALIPTRA_MBOX_FSM_EXECUTE_UC;
}

uint32_t mailbox_command(void)
{
    return mmio_read(CALIPTRA_MBOX_CMD);
}

uint32_t mailbox_user(void)
{
    return mmio_read(CALIPTRA_MBOX_USER);
}

uint32_t mailbox_size(void)
{
    return mmio_read(CALIPTRA_MBOX_DLEN);
}

void mailbox_pop(uint32_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        words[i] = mmio_read(CALIPTRA_MBOX_DATAOUT);
    }
}

uint32_t mailbox_sum(const uint32_t *words, unsigned count)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t word = words[i];
        sum += (word & 0xff) + (word >> 8 & 0xff) + (word >> 16 & 0xff) +
               (word >> 24);
    }
    return sum;
}

uint32_t mailbox_request(uint32_t *words, uint32_t size, uint32_t bad_size,
                         uint32_t bad_sum)
{
    if (mailbox_size() != size) {
        return bad_size;
    }
    mailbox_pop(words, size / 4);
    uint32_t command = mailbox_command();
    uint32_t sum =
        mailbox_sum(&command, 1) + mailbox_sum(words + 1, size / 4 - 1);
    return words[0] + sum == 0 ? 0 : bad_sum;
}

void mailbox_respond(uint32_t *words, uint32_t size)
{
    unsigned count = (size + 3) / 4;
    words[0] = 0u - mailbox_sum(words + 1, count - 1);
    mmio_write(CALIPTRA_MBOX_DLEN, size);
    for (unsigned i = 0; i < count; i++) {
        mmio_write(CALIPTRA_MBOX_DATAIN, words[i]);
    }
    mmio_write(CALIPTRA_MBOX_STATUS, CALIPTRA_MBOX_STATUS_DATA_READY);
}

void mailbox_finish(bool success)
{
    mmio_write(CALIPTRA_MBOX_STATUS, success ? CALIPTRA_MBOX_STATUS_COMPLETE
                                             : CALIPTRA_MBOX_STATUS_FAILURE);
}

void mailbox_offer(uint32_t command, const uint8_t *bytes, uint32_t size)
{
    while ((mmio_read(CALIPTRA_MBOX_LOCK) & 1) != 0) {
    }
    mmio_write(CALIPTRA_MBOX_CMD, command);
    mmio_write(CALIPTRA_MBOX_DLEN, size);
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word = 0;
        for (uint32_t k = 0; k < 4 && i + k < size; k++) {
            word |= (uint32_t)bytes[i + k] << 8 * k;
        }
        mmio_write(CALIPTRA_MBOX_DATAIN, word);
    }
    mmio_write(CALIPTRA_MBOX_EXECUTE, 1);
}

void mailbox_withdraw(void)
{
    mmio_write(CALIPTRA_MBOX_EXECUTE, 0);
}

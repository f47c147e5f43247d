/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a record in the second flash of the machine virt: erases its block,
 * programs the record from the write buffer, then a mark that says it is whole.
 * At its start it says what an earlier boot left, and writes again unless the
 * record has its mark.
 */
#include <stdbool.h>
#include <stdint.h>

#include "abi/psci.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/kit/pl011/pl011.h"
#include "guest/kit/smccc/smccc.h"

enum { FLASH = 0x04000000, MARK = FLASH + 0x1000 };
enum { WORDS = 16, MARK_VALUE = 0x600d600d };
/* Intel command set (JEP137, 0x0001), to both chips at once. */
enum {
    ERASE = 0x00200020,
    PROGRAM = 0x00400040,
    BUFFER = 0x00e800e8,
    CONFIRM = 0x00d000d0,
    READ_ARRAY = 0x00ff00ff,
    READY = 0x00800080,
};

void main(void);

static uint32_t record_word(uint32_t index)
{
    return (index + 1) * 0x01020304;
}

static void wait(void)
{
    (void)mmio_wait(FLASH, READY);
}

static void write_record(void)
{
    mmio_write(FLASH, ERASE);
    mmio_write(FLASH, CONFIRM);
    wait();
    mmio_write(FLASH, BUFFER);
    wait();
    mmio_write(FLASH, (WORDS - 1) * 0x00010001);
    for (uint32_t i = 0; i < WORDS; i++) {
        mmio_write(FLASH + 4 * i, record_word(i));
    }
    mmio_write(FLASH, CONFIRM);
    wait();
    mmio_write(MARK, PROGRAM);
    mmio_write(MARK, MARK_VALUE);
    wait();
    mmio_write(FLASH, READ_ARRAY);
}

static uint32_t whole_words(void)
{
    uint32_t count = 0;
    while (count < WORDS &&
           mmio_read(FLASH + 4 * count) == record_word(count)) {
        count++;
    }
    return count;
}

static void off(void)
{
    struct smccc call = {{PSCI_SYSTEM_OFF}};
    smccc_hvc(&call);
}

void main(void)
{
    uint32_t count = whole_words();
    print_text(&pl011, "found ");
    print_decimal(&pl011, count);
    print_text(&pl011, " words, ");
    if (mmio_read(MARK) == MARK_VALUE) {
        print_text(&pl011, "marked\n");
        off();
    }
    print_text(&pl011, "no mark\n");
    write_record();
    print_text(&pl011, "written\n");
    off();
}

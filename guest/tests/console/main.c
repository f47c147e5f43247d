/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers each key with its capital letter, says at which millisecond the power
 * key was pressed and turns the machine off. "!" restarts the machine.
 */
#include <stdint.h>

#include "abi/psci.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/kit/pl011/pl011.h"
#include "guest/kit/smccc/smccc.h"
#include "guest/kit/sysreg/sysreg.h"

enum { UART = PL011_NORMAL, UART_FR = 0x18, FR_RXFE = 1 << 4 };
enum {
    GPIO = 0x09030000,
    GPIO_IEV = 0x40c,
    GPIO_IE = 0x410,
    GPIO_MIS = 0x418,
    POWER_PIN = 1 << 3,
};

void main(void);

static uint64_t milliseconds(void)
{
    return SYSREG_READ(cntvct_el0) * 1000 / SYSREG_READ(cntfrq_el0);
}

static void ask_firmware(uint32_t function)
{
    struct smccc call = {{function}};
    smccc_hvc(&call);
}

static void answer(uint32_t key)
{
    if (key == '!') {
        print_text(&pl011, "restart\n");
        ask_firmware(PSCI_SYSTEM_RESET);
    }
    if (key == '\r') {
        key = '\n';
    }
    if (key >= 'a' && key <= 'z') {
        key -= 'a' - 'A';
    }
    mmio_write(UART, key);
}

void main(void)
{
    mmio_write(GPIO + GPIO_IEV, POWER_PIN);
    mmio_write(GPIO + GPIO_IE, POWER_PIN);
    print_text(&pl011, "ready\n");
    for (;;) {
        if (mmio_read(GPIO + GPIO_MIS) & POWER_PIN) {
            print_text(&pl011, "power key at ");
            print_decimal(&pl011, milliseconds());
            print_text(&pl011, " ms\n");
            ask_firmware(PSCI_SYSTEM_OFF);
        }
        if (!(mmio_read(UART + UART_FR) & FR_RXFE)) {
            answer(mmio_read(UART));
        }
    }
}

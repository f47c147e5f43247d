/* SPDX-License-Identifier: Apache-2.0 */
/* The console of the boot MCU's firmware: UART12, a 16550 with registers in
 * words, as U-Boot's SPL uses it. */
#include "guest/bootmcu/console.h"

#include "abi/ast2700.h"
#include "guest/kit/ns16550/ns16550.h"

const struct printer console_printer = {ns16550_put_line, AST2700_UART12};

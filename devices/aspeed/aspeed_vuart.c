/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual UART of ASPEED's SoCs: a 16550A whose other end is one in the I/O
 * space of a host, behind LPC. There is no host: the other end is the serial
 * port of this name.
 */
#include "base/bits.h"
#include "devices/serial/ns16550a.h"

struct state {
    struct ns16550a uart; /* first */
    uint32_t gcra;
    uint32_t gcrb;
    uint32_t address[2];
};

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_vuart.def"
#include "devices/serial/ns16550a.def"
};

static const struct omission omissions[] = {
    {"GCRA, GCRB", OMITTED_UNSEEN, 0, 0,
     "the host's side, its interrupt, and what it discards"  },
    {"ADDRL",      OMITTED_UNSEEN, 0, 0, "the host's address"},
#include "devices/serial/ns16550a_omissions.def"
};

const struct device_type aspeed_vuart = {
    .compatible = "aspeed,ast2700-vuart",
    .title = "ASPEED virtual UART",
    .reference = "Linux 8250_aspeed_vuart, PC16550D",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("vuart", 0x100, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(NS16550A_STATE),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(ns16550a_timed_out),
    .init = ns16550a_init,
    .reset = ns16550a_reset,
    .restored = ns16550a_update,
    .serial = &ns16550a_serial,
};

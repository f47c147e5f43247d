/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that relies on what a model logs by itself: one function for each row
 * of kind OMITTED_LOGGED. */
#include "tests/machine/omissions.h"

#include "abi/ast2700.h"
#include "base/bits.h"
#include "bus/serial.h"
#include "devices/flash/spi.h"
#include "devices/i2c/i2c.h"

/* Writes to the register of that name. */
static void put(struct device *device, const char *name, uint32_t value)
{
    const struct device_type *type = device->type;
    const struct access access = {.secure = true};

    for (unsigned b = 0; b < type->bank_count; b++) {
        for (size_t i = 0; i < type->banks[b].register_count; i++) {
            const struct register_spec *row = &type->banks[b].registers[i];
            if (strcmp(row->name, name) == 0) {
                device_write(device, b, &access, row->offset, 4, value);
                return;
            }
        }
    }
}

/* ---- arm ----------------------------------------------------------------- */

static void configure_other(struct device *device)
{
    put(device, "CFGCTRL", BIT(31) | 5u << 20);
}

static void set_oscillator(struct device *device)
{
    put(device, "CFGCTRL", BIT(31) | BIT(30) | 1u << 20);
}

static void send_frame(struct device *device)
{
    put(device, "SSPCR1", 2);
    put(device, "SSPDR", 1);
}

static void send_to_swo(struct device *device)
{
    device->type->serial->receive(device, 0, "x", 1);
}

static void begin_transfer(struct device *device)
{
    put(device, "SB_CONTROLC", 2);
}

/* ---- aspeed, serial ------------------------------------------------------ */

static void send_without_sequence(struct device *device)
{
    put(device, "MACCR", 4);
}

static void hash_by_md5(struct device *device)
{
    put(device, "HASH_CMD", 0);
}

static void cipher_by_des(struct device *device)
{
    put(device, "CRYPT_CMD", 0x10000);
}

/* Register 30 of whatever PHY is there. */
static void read_phy(struct device *device)
{
    for (uint32_t address = 0; address < 32; address++) {
        put(device, "CTRL", 0x98000000u | address << 21 | 30u << 16);
    }
}

static void reset_little(struct device *device)
{
    put(device, "SW_RESET_MASK4", 0);
    put(device, "SW_RESET_CTRL", AST2700_WDT_SOFTWARE_MAGIC);
}

static void order_otp(struct device *device)
{
    put(device, "KEY", AST2700_OTP_UNLOCK);
    put(device, "MASTER", 0x12345678);
}

static void move_ssp(struct device *device)
{
    put(device, "SSP_DRAM_BASE", 0x1000100);
}

/* ---- caliptra ------------------------------------------------------------ */

static void use_csr_key(struct device *device)
{
    put(device, "HMAC512_CTRL", 0x11);
}

/* ECB with 128 bits, as shadowed registers are written. */
static void use_short_key(struct device *device)
{
    put(device, "CTRL_SHADOWED", 0x105);
    put(device, "CTRL_SHADOWED", 0x105);
}

static void store_result(struct device *device)
{
    put(device, "AES_KV_WR_CTRL", 1);
}

static void sign_pcrs(struct device *device)
{
    put(device, "MLDSA_CTRL", 0x10);
}

static void use_context(struct device *device)
{
    put(device, "MLDSA_CTX_CONFIG", 1);
}

/* ---- flash, i2c, nordic, ti ---------------------------------------------- */

static void order_flash(struct device *device, uint8_t first, uint8_t second)
{
    const struct access access = {.secure = true};

    device_write(device, 0, &access, 0, 4, first * 0x10001u);
    device_write(device, 0, &access, 0, 4, second * 0x10001u);
}

static void suspend_flash(struct device *device)
{
    order_flash(device, 0xb0, 0xff);
}

static void protect_flash(struct device *device)
{
    order_flash(device, 0xc0, 0xff);
}

static void lock_block(struct device *device)
{
    order_flash(device, 0x60, 0x01);
}

static void order_chip(struct device *device, uint8_t code)
{
    const struct spi_chip *chip = spi_chip_of(device);

    chip->select(device, true);
    chip->exchange(device, code);
    chip->select(device, false);
}

static void suspend_chip(struct device *device)
{
    order_chip(device, 0x75);
}

static void lock_chip(struct device *device)
{
    order_chip(device, 0x36);
}

static void read_security(struct device *device)
{
    order_chip(device, 0x48);
}

static void choose_alarm(struct device *device)
{
    const struct i2c_target *target = device->type->interface;

    target->start(device, false);
    target->put(device, 1);
    target->put(device, 0x02);
    target->stop(device);
}

static void reset_and_ask(struct device *device, const char *name)
{
    const struct access access = {.secure = true};
    const struct register_bank *bank = &device->type->banks[0];
    uint64_t value;

    device_reset(device, RESET_WARM);
    for (size_t i = 0; i < bank->register_count; i++) {
        if (strcmp(bank->registers[i].name, name) == 0) {
            device_read(device, 0, &access, bank->registers[i].offset, 4,
                        &value);
        }
    }
}

static void ask_resetreas(struct device *device)
{
    reset_and_ask(device, "RESETREAS");
}

static void ask_resc(struct device *device)
{
    reset_and_ask(device, "RESC");
}

static void start_calibration_timer(struct device *device)
{
    const struct access access = {.secure = true};

    device_write(device, 0, &access, 5 * 4, 4, 1);
}

static void start_capture(struct device *device)
{
    put(device, "GPTMCFG", 4);
    put(device, "GPTMTAMR", 3);
    put(device, "GPTMCTL", 1);
}

const struct provocation provocations[] = {
    {"arm,mps2-scc",                  "a configuration function other than the oscillators",
     configure_other                                                                                                },
    {"arm,mps2-scc",                  "the frequency of an oscillator has no effect",
     set_oscillator                                                                                                 },
    {"arm,pl022",                     "frames to what is not there",                         send_frame             },
    {"arm,swo",                       "bytes that come in where trace goes out",             send_to_swo            },
    {"arm,versatile-i2c",             "a transfer to what is not there",                     begin_transfer         },
    {"aspeed,ast2700-hace",
     "a hash command of another kind: MD5, HMAC, hash and cipher in one",                    hash_by_md5            },
    {"aspeed,ast2700-hace",
     "a cipher command of another kind: DES, RC4, GCM, counters of less than "
     "128 bits",                                                                             cipher_by_des          },
    {"aspeed,ast2700-mac",
     "frames that end with a check sequence of the guest's (CRC_APD)",                       send_without_sequence  },
    {"aspeed,ast2700-mdio",
     "a register of the PHY: MMD, interrupts, cable tests, EEE, wake-up",                    read_phy               },
    {"aspeed,ast2700-wdt",            "a reset without the boot MCU",                        reset_little           },
    {"aspeed,ast2700-otp",            "a command that is not known",                         order_otp              },
    {"aspeed,ast2700-scu0",           "a remap to what is no DRAM",                          move_ssp               },
    {"chipsalliance,caliptra-hmac-2", "the key for certificate requests",
     use_csr_key                                                                                                    },
    {"chipsalliance,caliptra-aes",    "a key of less than 256 bits",
     use_short_key                                                                                                  },
    {"chipsalliance,caliptra-aes",    "output to the key vault",                             store_result           },
    {"chipsalliance,caliptra-mldsa",  "signing of PCRs",                                     sign_pcrs              },
    {"chipsalliance,caliptra-mldsa",  "a context that is not empty",
     use_context                                                                                                    },
    {"cfi-flash",                     "suspending",                                          suspend_flash          },
    {"cfi-flash",                     "OTP",                                                 protect_flash          },
    {"cfi-flash",                     "locking a block",                                     lock_block             },
    {"jedec,spi-nor",                 "suspending an operation",                             suspend_chip           },
    {"jedec,spi-nor",                 "locks of single blocks",                              lock_chip              },
    {"jedec,spi-nor",                 "security registers",                                  read_security          },
    {"national,lm75",                 "interrupt mode and fault queue of the alarm",
     choose_alarm                                                                                                   },
    {"nordic,nrf51-power",            "the calibration timer",                               start_calibration_timer},
    {"nordic,nrf51-power",            "the cause of a reset other than power-on",
     ask_resetreas                                                                                                  },
    {"ti,lm3s6965-system",            "the cause of a reset other than power-on",
     ask_resc                                                                                                       },
    {"ti,lm3s-timer",                 "capture, PWM and real-time clock modes",              start_capture          },
    {NULL,                            NULL,                                                  NULL                   },
};

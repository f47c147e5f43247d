/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SoC of board trust as its boot MCU sees it, behind guest/kit/mmio and
 * guest/kit/hart and in place of guest/bootmcu/flash.h: the firmware of the
 * boot MCU runs compiled for the host, in milliseconds. The root of trust is
 * one that believes all that is signed and keeps what it was told.
 */
#ifndef TESTS_BOOTMCU_SOC_H
#define TESTS_BOOTMCU_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/boot_mcu.h"
#include "abi/boot_record.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "base/buffer.h"

enum boot_mcu_end {
    BOOT_MCU_STOPPED, /* sleeps for ever, the verdict says why */
    BOOT_MCU_RESET,   /* asked for a warm reset */
    BOOT_MCU_OFF,     /* turned the power off */
    BOOT_MCU_SERVES,  /* sleeps and will serve */
    BOOT_MCU_HANGS,   /* was cut off */
};

/* Where the root of trust goes wrong. */
enum rot_fault {
    ROT_GOOD,
    ROT_NO_FUSES,   /* before it wants fuses */
    ROT_NO_BUNDLE,  /* behind them */
    ROT_BAD_BUNDLE, /* refuses it */
    ROT_NO_RUNTIME, /* takes it and goes wrong then */
    ROT_BAD_MANIFEST,
    ROT_DIES,    /* in AUTHORIZE_AND_STASH */
    ROT_REFUSES, /* that command */
};

struct boot_mcu_write {
    uint32_t address;
    uint32_t value;
};

enum { BOOT_MCU_WRITES_MAX = 4096, BOOT_MCU_OPERATIONS_MAX = 4096 };

struct boot_mcu_soc {
    uint8_t *flash;
    struct {
        uint32_t place;
        uint32_t size; /* 0: the block was erased */
    } operations[BOOT_MCU_OPERATIONS_MAX];
    unsigned operation_count;
    struct buffer console;
    /* Reset controller, fuses, services: words by their offset. */
    uint32_t reset[0x100 / 4];
    uint32_t fuses[0x280 / 4];
    uint32_t services[0x400 / 4];
    uint32_t fuse_address;
    uint32_t refused; /* enum update_refusal, the last that was told */
    uint64_t time;
    bool wraps; /* the next reading of the time is across its low word */
    uint32_t time_compare[2];
    uint32_t wakes_by;
    /* The root of trust. */
    enum rot_fault fault;
    bool fault_is_hardware;
    uint32_t rot[0x11000 / 4]; /* its SoC side */
    bool has_firmware;
    struct buffer datain; /* of the command at hand */
    struct buffer dataout;
    size_t popped;
    struct buffer bundle; /* as it was loaded */
    struct buffer manifest;
    struct buffer streamed;
    uint32_t rot_authorised;
    uint32_t answer; /* to each image, if not 0 */
    bool gate_stays_shut, gate_stays_shut_for_others;
    unsigned polls; /* how often it is busy before it is done */
    unsigned busy;
    unsigned locked;
    bool returned; /* the last character of the console is CR */
    /* Writes, in order, but for characters and bytes of data. */
    struct boot_mcu_write writes[BOOT_MCU_WRITES_MAX];
    size_t write_count;
    /* Called when the boot MCU sleeps while it serves: true to wake it. */
    bool (*sleeps)(struct boot_mcu_soc *soc);
    unsigned slept;
    uint64_t accesses;
};

/* One for all tests, at power-on: all flash erased but what was written. */
struct boot_mcu_soc *boot_mcu_soc(void);
/* All lines asserted and nothing kept but flash and fuses. */
void boot_mcu_power(struct boot_mcu_soc *soc);
/* As the controller resets. */
void boot_mcu_warm(struct boot_mcu_soc *soc);
enum boot_mcu_end boot_mcu_run(struct boot_mcu_soc *soc);
/* The handler that start.S calls when it traps. */
enum boot_mcu_end boot_mcu_trap(struct boot_mcu_soc *soc, uint32_t cause,
                                uint32_t pc, uint32_t value);

bool boot_mcu_says(struct boot_mcu_soc *soc, const char *text);
/* The index of the first write from index on, or SIZE_MAX. */
size_t boot_mcu_wrote(const struct boot_mcu_soc *soc, size_t index,
                      uint32_t address, uint32_t value);
/* How many writes went there. */
unsigned boot_mcu_times(const struct boot_mcu_soc *soc, uint32_t address);
const struct boot_record *boot_mcu_record(void);
/* Memory where images go, by address. */
uint8_t *boot_mcu_memory(uint32_t address);

/* A register of the root of trust's own map, as the boot MCU addresses it. */
#define ROT_SIDE(address) (BOOT_MCU_CALIPTRA + ((address)-CALIPTRA_MBOX_LOCK))

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the SoC behind the MMIO functions of guest/kit. */
#include "tests/bootmcu/soc.h"

#include <openssl/sha.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "abi/boot_service.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/gate.h"
#include "abi/update_report.h"
#include "base/bits.h"
#include "guest/bootmcu/flash.h"
#include "guest/kit/hart/hart.h"
#include "guest/kit/mmio/mmio.h"
#include "tests/bootmcu/rot.h"
#include "tests/harness.h"

_Noreturn void boot_main(void);
_Noreturn void boot_trap(uint32_t cause, uint32_t pc, uint32_t value);

enum {
    ACCESSES_MAX = 300000,
    LINES_ALL = (1 << (SOC_RESET_LINE_ROT + 1)) - 1,
};

static struct boot_mcu_soc *now;
static jmp_buf stopped;

_Noreturn static void end(enum boot_mcu_end how)
{
    longjmp(stopped, (int)how + 1);
}

/* ---- Flash --------------------------------------------------------------- */

const uint8_t *flash_at(uint32_t place)
{
    return now->flash + place;
}

static void note_operation(uint32_t place, uint32_t size)
{
    if (now->operation_count < BOOT_MCU_OPERATIONS_MAX) {
        now->operations[now->operation_count].place = place;
        now->operations[now->operation_count++].size = size;
    }
}

void flash_erase(uint32_t place)
{
    memset(now->flash + (place & ~(uint32_t)(FLASH_ERASE_SIZE - 1)), 0xff,
           FLASH_ERASE_SIZE);
    note_operation(place, 0);
}

void flash_program(uint32_t place, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    for (size_t i = 0; i < size; i++) {
        now->flash[place + i] &= from[i];
    }
    note_operation(place, (uint32_t)size);
}

/* ---- Reset controller ---------------------------------------------------- */

static void release(struct boot_mcu_soc *soc, uint32_t lines)
{
    for (unsigned line = 0; line <= SOC_RESET_LINE_ROT; line++) {
        uint32_t required = RESET(soc, BOOT_MCU_RESET_REQUIRED + 4 * line);
        bool shut = line < SOC_RESET_CORES &&
                    (line == 0 ? soc->gate_stays_shut
                               : soc->gate_stays_shut_for_others);
        if ((lines >> line & 1) != 0 && !shut &&
            gate_is_open(required, soc->rot_authorised)) {
            RESET(soc, BOOT_MCU_RESET_LINES) &= ~(1u << line);
        }
    }
}

static void write_reset(struct boot_mcu_soc *soc, uint32_t address,
                        uint32_t value)
{
    uint32_t before = RESET(soc, BOOT_MCU_RESET_LINES);
    switch (address) {
    case BOOT_MCU_RESET_CAUSE:
        RESET(soc, address) &= ~value;
        break;
    case BOOT_MCU_RESET_ASSERT:
        RESET(soc, BOOT_MCU_RESET_LINES) |= value;
        boot_mcu_rot_moved(soc, before);
        break;
    case BOOT_MCU_RESET_RELEASE:
        release(soc, value);
        boot_mcu_rot_moved(soc, before);
        break;
    case BOOT_MCU_RESET_WARM:
        if (value == SOC_RESET_WARM_KEY) {
            end(BOOT_MCU_RESET);
        }
        break;
    default:
        RESET(soc, address) = value;
        break;
    }
}

/* ---- Registers ----------------------------------------------------------- */

static void count(struct boot_mcu_soc *soc)
{
    if (++soc->accesses > ACCESSES_MAX) {
        end(BOOT_MCU_HANGS);
    }
}

static bool is_in(uint32_t address, uint32_t base, size_t size)
{
    return address >= base && address - base < size && address % 4 == 0;
}

static uint32_t pending(const struct boot_mcu_soc *soc)
{
    uint32_t set = 0;
    for (unsigned i = 0; i < SOC_RESET_CORES; i++) {
        set |= (soc->services[i] != 0 ? 1u : 0) << i;
    }
    return set;
}

static uint32_t read_time(struct boot_mcu_soc *soc, uint32_t address)
{
    uint32_t value = (uint32_t)(soc->time >> 8 * (address & 4));
    if (soc->wraps) {
        soc->wraps = false;
        soc->time += UINT64_C(1) << 32;
    }
    return value;
}

uint32_t mmio_read(uint32_t address)
{
    struct boot_mcu_soc *soc = now;
    count(soc);
    if (is_in(address, BOOT_MCU_RESET_BASE, sizeof(soc->reset))) {
        return RESET(soc, address);
    }
    if (is_in(address, BOOT_MCU_FUSES_ARRAY, sizeof(soc->fuses))) {
        return soc->fuses[(address - BOOT_MCU_FUSES_ARRAY) / 4];
    }
    if (address == BOOT_SERVICE_PENDING) {
        return pending(soc);
    }
    if (is_in(address, BOOT_SERVICE, sizeof(soc->services))) {
        return soc->services[(address - BOOT_SERVICE) / 4];
    }
    if (address == BOOT_MCU_MTIME || address == BOOT_MCU_MTIME + 4) {
        return read_time(soc, address - BOOT_MCU_MTIME);
    }
    if (is_in(address, BOOT_MCU_CALIPTRA, sizeof(soc->rot))) {
        return boot_mcu_rot_read(soc, address - BOOT_MCU_CALIPTRA +
                                          CALIPTRA_MBOX_LOCK);
    }
    EXPECT_EQ(address, 0);
    end(BOOT_MCU_HANGS);
}

static void write_plain(struct boot_mcu_soc *soc, uint32_t address,
                        uint32_t value)
{
    if (address == BOOT_MCU_FUSES_ADDRESS) {
        soc->fuse_address = value;
    } else if (address == BOOT_MCU_FUSES_BURN &&
               is_in(soc->fuse_address, 0, sizeof(soc->fuses))) {
        soc->fuses[soc->fuse_address / 4] |= value;
    } else if (address == BOOT_MCU_MTIMECMP ||
               address == BOOT_MCU_MTIMECMP + 4) {
        soc->time_compare[(address & 4) / 4] = value;
    } else if (is_in(address, BOOT_SERVICE, sizeof(soc->services))) {
        soc->services[(address - BOOT_SERVICE) / 4] = value;
    } else if (address == BOOT_MCU_FUSES_UPDATE) {
        soc->refused =
            (value & 0xff) == UPDATE_REFUSED ? value >> 16 : soc->refused;
    } else if (address != BOOT_MCU_FUSES_LOCK &&
               address != BOOT_MCU_FUSES_UPDATE_VERSION) {
        EXPECT_EQ(address, 0);
        end(BOOT_MCU_HANGS);
    }
}

void mmio_write(uint32_t address, uint32_t value)
{
    struct boot_mcu_soc *soc = now;
    const uint8_t byte = (uint8_t)value;
    count(soc);
    if (address == BOOT_MCU_UART_DATA) {
        EXPECT_EQ(soc->returned, value == '\n');
        soc->returned = value == '\r';
        buffer_append(&soc->console, &byte, value != '\r');
        return;
    }
    bool is_data = address == ROT_SIDE(CALIPTRA_MBOX_DATAIN) ||
                   address == ROT_SIDE(CALIPTRA_SHA_ACC_DATAIN);
    if (!is_data && soc->write_count < BOOT_MCU_WRITES_MAX) {
        soc->writes[soc->write_count++] =
            (struct boot_mcu_write){address, value};
    }
    if (is_in(address, BOOT_MCU_RESET_BASE, sizeof(soc->reset))) {
        write_reset(soc, address, value);
    } else if (is_in(address, BOOT_MCU_CALIPTRA, sizeof(soc->rot))) {
        boot_mcu_rot_write(
            soc, address - BOOT_MCU_CALIPTRA + CALIPTRA_MBOX_LOCK, value);
    } else {
        write_plain(soc, address, value);
    }
}

void hart_wake_by(uint32_t interrupts)
{
    now->wakes_by = interrupts;
}

void hart_wait(void)
{
    struct boot_mcu_soc *soc = now;
    if (RESET(soc, BOOT_MCU_RESET_VERDICT) == SOC_RESET_VERDICT_STOPPED) {
        end(BOOT_MCU_STOPPED);
    }
    if (RESET(soc, BOOT_MCU_RESET_POWER_OFF) == SOC_RESET_POWER_OFF_KEY) {
        end(BOOT_MCU_OFF);
    }
    if (soc->wakes_by == 0) {
        end(BOOT_MCU_HANGS);
    }
    soc->slept++;
    if (soc->sleeps == NULL || !soc->sleeps(soc)) {
        end(BOOT_MCU_SERVES);
    }
}

/* ---- For tests ----------------------------------------------------------- */

static const struct {
    uint32_t base;
    size_t size;
} memories[] = {
    {0x0e000000, 0x01000000},
    {0x40000000, 0x20000000},
};

static void *map(uintptr_t place, size_t size)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): where the firmware writes */
    void *memory = mmap((void *)place, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
                            (place != 0 ? MAP_FIXED_NOREPLACE : 0),
                        -1, 0);
    if (!EXPECT(memory != MAP_FAILED)) {
        abort();
    }
    return memory;
}

/* Zeros again, which a flash is where nothing was written. */
static void forget(void *memory, size_t size)
{
    EXPECT_EQ(madvise(memory, size, MADV_DONTNEED), 0);
}

uint8_t *boot_mcu_memory(uint32_t address)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the same */
    return (uint8_t *)(uintptr_t)address;
}

struct boot_mcu_soc *boot_mcu_soc(void)
{
    static struct boot_mcu_soc soc;
    if (soc.flash == NULL) {
        soc.flash = map(0, FLASH_SIZE);
        for (size_t i = 0; i < ARRAY_SIZE(memories); i++) {
            const void *memory = map(memories[i].base, memories[i].size);
            EXPECT_EQ((uintptr_t)memory, memories[i].base);
        }
    }
    struct boot_mcu_soc kept = soc;
    buffer_fini(&soc.console);
    buffer_fini(&soc.datain);
    buffer_fini(&soc.dataout);
    buffer_fini(&soc.bundle);
    buffer_fini(&soc.manifest);
    buffer_fini(&soc.streamed);
    soc = (struct boot_mcu_soc){.flash = kept.flash};
    forget(soc.flash, FLASH_SIZE);
    boot_mcu_power(&soc);
    return &soc;
}

static void reset(struct boot_mcu_soc *soc, uint32_t lines)
{
    uint32_t before = RESET(soc, BOOT_MCU_RESET_LINES);
    uint32_t cause = RESET(soc, BOOT_MCU_RESET_CAUSE);
    uint32_t kept[8];
    memcpy(kept, &RESET(soc, BOOT_MCU_RESET_SCRATCH), sizeof(kept));
    memset(soc->reset, 0, sizeof(soc->reset));
    memcpy(&RESET(soc, BOOT_MCU_RESET_SCRATCH), kept, sizeof(kept));
    RESET(soc, BOOT_MCU_RESET_CAUSE) = cause;
    RESET(soc, BOOT_MCU_RESET_LINES) = lines;
    for (unsigned i = 0; i <= SOC_RESET_LINE_ROT; i++) {
        RESET(soc, BOOT_MCU_RESET_REQUIRED + 4 * i) = UINT32_MAX;
    }
    memset(soc->services, 0, sizeof(soc->services));
    boot_mcu_rot_moved(soc, before);
    soc->wakes_by = 0;
    soc->slept = 0;
    soc->accesses = 0;
    soc->write_count = 0;
    soc->operation_count = 0;
    buffer_clear(&soc->console);
    for (size_t i = 0; i < ARRAY_SIZE(memories); i++) {
        forget(boot_mcu_memory(memories[i].base), memories[i].size);
    }
}

void boot_mcu_power(struct boot_mcu_soc *soc)
{
    memset(soc->reset, 0, sizeof(soc->reset));
    RESET(soc, BOOT_MCU_RESET_CAUSE) = 1;
    reset(soc, LINES_ALL);
}

void boot_mcu_warm(struct boot_mcu_soc *soc)
{
    uint32_t power =
        RESET(soc, BOOT_MCU_RESET_LINES) & (1u << SOC_RESET_LINE_POWER);
    reset(soc, (LINES_ALL & ~(1u << SOC_RESET_LINE_POWER)) | power);
}

enum boot_mcu_end boot_mcu_run(struct boot_mcu_soc *soc)
{
    now = soc;
    int how = setjmp(stopped);
    if (how == 0) {
        boot_main();
    }
    return (enum boot_mcu_end)(how - 1);
}

enum boot_mcu_end boot_mcu_trap(struct boot_mcu_soc *soc, uint32_t cause,
                                uint32_t pc, uint32_t value)
{
    now = soc;
    int how = setjmp(stopped);
    if (how == 0) {
        boot_trap(cause, pc, value);
    }
    return (enum boot_mcu_end)(how - 1);
}

bool boot_mcu_says(struct boot_mcu_soc *soc, const char *text)
{
    return strstr(buffer_text(&soc->console), text) != NULL;
}

size_t boot_mcu_wrote(const struct boot_mcu_soc *soc, size_t index,
                      uint32_t address, uint32_t value)
{
    for (; index < soc->write_count; index++) {
        if (soc->writes[index].address == address &&
            soc->writes[index].value == value) {
            return index;
        }
    }
    return SIZE_MAX;
}

unsigned boot_mcu_times(const struct boot_mcu_soc *soc, uint32_t address)
{
    unsigned times = 0;
    for (size_t i = 0; i < soc->write_count; i++) {
        times += soc->writes[i].address == address;
    }
    return times;
}

const struct boot_record *boot_mcu_record(void)
{
    return (const struct boot_record *)boot_mcu_memory(BOOT_RECORD_PLACE);
}

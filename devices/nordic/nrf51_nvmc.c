/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 non-volatile memory controller (reference manual 3.0, chapter 6), with
 * the flash and the UICR that it programs: stores of words clear bits while
 * CONFIG lets them, pages are erased by their addresses. It is always ready:
 * the processor of the real one waits.
 */
#include "devices/nordic/nrf51.h"

enum { PAGE = 1024, BANK_FLASH = 1, BANK_UICR = 2 };
enum configuration { CONFIG_READ, CONFIG_WRITE, CONFIG_ERASE };

struct state {
    uint32_t configuration;
};

struct wiring {
    struct region *memory[2]; /* flash, UICR */
};

static struct region *memory_of(const struct device *device, unsigned bank)
{
    const struct wiring *wiring = device->wiring;
    return wiring->memory[bank - BANK_FLASH];
}

static bool erases(struct device *device)
{
    const struct state *state = device->state;

    if (state->configuration != CONFIG_ERASE) {
        device_guest_error(device, 0x504, "erasing without CONFIG.EEN");
    }
    return state->configuration == CONFIG_ERASE;
}

static void erase(struct region *memory, uint64_t offset, uint64_t size)
{
    uint8_t blank[PAGE];

    memset(blank, 0xff, sizeof(blank));
    for (uint64_t done = 0; done < size; done += PAGE) {
        uint64_t left = size - done;
        region_load(memory, offset + done, blank,
                    left < PAGE ? (size_t)left : PAGE);
    }
}

static void write_erasepage(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct region *flash = memory_of(device, BANK_FLASH);

    if (!erases(device)) {
        return;
    }
    value &= ~(uint32_t)(PAGE - 1);
    if (!in_range(value, PAGE, flash->size_bytes)) {
        device_guest_error(device, 0x508, "no page at 0x%x", value);
        return;
    }
    erase(flash, value, PAGE);
}

static void erase_whole(struct device *device, unsigned bank)
{
    struct region *memory = memory_of(device, bank);

    erase(memory, 0, memory->size_bytes);
}

static void write_eraseall(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    if ((value & 1) != 0 && erases(device)) {
        erase_whole(device, BANK_FLASH);
        erase_whole(device, BANK_UICR);
    }
}

static void write_eraseuicr(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    if ((value & 1) != 0 && erases(device)) {
        erase_whole(device, BANK_UICR);
    }
}

static int read_memory(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       unsigned size, uint64_t *value)
{
    const struct region *memory = memory_of(device, bank);

    if (!in_range(offset, size, memory->size_bytes)) {
        return -EFAULT;
    }
    memcpy(value, region_host(memory_of(device, bank)) + offset, size);
    return 0;
}

static int write_memory(struct device *device, unsigned bank,
                        const struct access *access, uint64_t offset,
                        unsigned size, uint64_t value)
{
    const struct state *state = device->state;
    struct region *memory = memory_of(device, bank);
    uint64_t old = 0;

    if (!in_range(offset, size, memory->size_bytes)) {
        return -EFAULT;
    }
    if (access->debug) {
        region_load(memory, offset, &value, size);
        return 0;
    }
    if (state->configuration != CONFIG_WRITE || size != 4) {
        device_guest_error(device, offset,
                           "%u-byte write at 0x%llx of '%s': lost, CONFIG is "
                           "%u",
                           size, (unsigned long long)offset, memory->name,
                           state->configuration);
        return 0;
    }
    memcpy(&old, region_host(memory) + offset, size);
    value &= old;
    region_load(memory, offset, &value, size);
    return 0;
}

static struct region *bank_memory(struct device *device, unsigned bank)
{
    return bank == 0 ? NULL : memory_of(device, bank);
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->memory[0] = device_memory(device, "cairn,memory", error);
    if (wiring->memory[0] != NULL) {
        wiring->memory[1] = device_memory(device, "cairn,uicr", error);
    }
    return wiring->memory[0] && wiring->memory[1] ? 0 : -EINVAL;
}

static const struct register_spec registers[] = {
    {0x400,
     1,       "READY",
     {RO, RO},
     RESET_CORE, 1,
     0,               NO_FIELD,
     NULL,                                                NULL,
     "always ready"                                                 },
    {0x504,
     1,       "CONFIG",
     {RW, RW},
     RESET_CORE, 0,
     3,               FIELD(struct state, configuration),
     NULL,                                                      NULL,
     "1 writes, 2 erases"},
    {0x508,
     1, "ERASEPAGE",
     {WO, WO},
     RESET_CORE,   0,
     UINT32_MAX, NO_FIELD,
     NULL,                                write_erasepage,
     "address of the page"           },
    {0x50c,
     1, "ERASEALL",
     {WO, WO},
     RESET_CORE,   0,
     1, NO_FIELD,
     NULL,                                         write_eraseall,
     "flash and UICR"   },
    {0x510,
     1, "ERASEPCR0",
     {WO, WO},
     RESET_CORE,   0,
     UINT32_MAX, NO_FIELD,
     NULL,                                write_erasepage,
     "address of the page"           },
    {0x514,
     1, "ERASEUICR",
     {WO, WO},
     RESET_CORE,   0,
     1, NO_FIELD,
     NULL,                                         write_eraseuicr,
     "UICR"  },
};

const struct device_type nrf51_nvmc = {
    .compatible = "nordic,nrf51-nvmc",
    .title = "nRF51 flash and its controller",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 6",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0, "the time that writing and erasing take"},
        {"RBPCONF", OMITTED_ABSENT, 0, 0,
         "protection of regions, in the blank UICR"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("nvmc", 0x1000, 4, registers),
                 {"flash", 0x40000, 1 | 2 | 4 | 8, NULL, 0},
                 {"uicr", 0x1000, 1 | 2 | 4 | 8, NULL, 0}),
    .init = init,
    .read = read_memory,
    .write = write_memory,
    .memory = bank_memory,
};

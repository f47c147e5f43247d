/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bit-banding of Cortex-M3 and Cortex-M4 (DDI 0337, 3.7): each word of an alias
 * is one bit of the first MiB of SRAM or of the peripherals.
 */
#include "engine/mprofile/mprofile.h"

enum { ALIAS_SIZE = 0x2000000, SRAM = 0x20000000, PERIPHERALS = 0x40000000 };
enum { ALIAS_OFFSET = 0x2000000 };

bool mprofile_is_bit_alias(const struct mprofile *m, uint32_t address)
{
    uint32_t alias = address & ~(uint32_t)(ALIAS_SIZE - 1);

    return mprofile_has(m, MPROFILE_BIT_BAND) &&
           (alias == SRAM + ALIAS_OFFSET ||
            alias == PERIPHERALS + ALIAS_OFFSET);
}

/* The byte that a word of the alias is a bit of, and which. */
static struct gpa byte_of(unsigned bank, uint64_t offset, unsigned *bit)
{
    *bit = (unsigned)(offset >> 2) & 7;
    return gpa((bank == 0 ? SRAM : PERIPHERALS) + (offset >> 5));
}

static int read_bit(struct device *device, unsigned bank,
                    const struct access *access, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    struct mprofile *m = *(struct mprofile **)device->wiring;
    unsigned bit;
    uint64_t byte;
    int status = space_read(m->vcpu.core.config.space, access,
                            byte_of(bank, offset, &bit), 1, &byte);

    *value = byte >> bit & 1;
    return status;
}

static int write_bit(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t value)
{
    struct mprofile *m = *(struct mprofile **)device->wiring;
    struct space *space = m->vcpu.core.config.space;
    unsigned bit;
    struct gpa place = byte_of(bank, offset, &bit);
    uint64_t byte;
    int status = space_read(space, access, place, 1, &byte);

    byte = (byte & ~BIT(bit)) | (value & 1) << bit;
    return status != 0 ? status : space_write(space, access, place, 1, byte);
}

static const struct register_bank banks[] = {
    {.name = "sram",        .size_bytes = ALIAS_SIZE, .sizes = 1 | 2 | 4},
    {.name = "peripherals", .size_bytes = ALIAS_SIZE, .sizes = 1 | 2 | 4},
};

static const struct device_type type = {
    .compatible = "arm,bit-band",
    .title = "Bit-band aliases of an M-profile core",
    .reference = "DDI 0337 3.7",
    .wiring_size = sizeof(struct mprofile *),
    DEVICE_TABLE(bank, banks),
    .read = read_bit,
    .write = write_bit,
};

int mprofile_bit_band_create(struct mprofile *m, struct error *error)
{
    const struct core *core = &m->vcpu.core;

    m->bit_band =
        device_create(core->config.fabric, &type, core->name, NULL, NULL);
    *(struct mprofile **)m->bit_band->wiring = m;
    for (unsigned bank = 0; bank < ARRAY_SIZE(banks); bank++) {
        space_add_window(
            m->ppb,
            &(struct window){
                .name = "bit-band",
                .base = gpa((bank == 0 ? SRAM : PERIPHERALS) + ALIAS_OFFSET),
                .size_bytes = ALIAS_SIZE,
                .rights = WINDOW_R | WINDOW_W,
                .enabled = true,
                .device = m->bit_band,
                .bank = bank,
            });
    }
    return device_init(m->bit_band, error);
}

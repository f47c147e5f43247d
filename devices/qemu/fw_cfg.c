/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware configuration device of the machine that QEMU calls virt (QEMU
 * documentation, specs/fw_cfg): named items of bytes, chosen by a key, read
 * byte by byte or copied to memory.
 *
 * Items are the platform's and only read. All numbers but the data bytes are
 * big-endian, as on the wire.
 */
#include "devices/qemu/fw_cfg.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "bus/dma.h"

enum {
    KEY_FIRST_FILE = 0x20,
    NAME_SIZE = 56,
    ENTRY_SIZE = 64,
    ITEMS_MAX = 64,
    CHUNK = 4096,
};

enum features { FEATURE_TRADITIONAL = 1 << 0, FEATURE_DMA = 1 << 1 };

enum dma_bits {
    DMA_ERROR = 1 << 0,
    DMA_READ = 1 << 1,
    DMA_SKIP = 1 << 2,
    DMA_SELECT = 1 << 3,
    DMA_WRITE = 1 << 4,
};

struct item {
    uint16_t key;
    char name[NAME_SIZE]; /* of a file, or empty */
    uint8_t *bytes;       /* owned */
    size_t size;
};

struct state {
    uint32_t key;
    uint32_t offset;   /* of the next byte in the item */
    uint32_t dma_high; /* upper half of the address being written */
};

struct wiring {
    struct dma dma; /* to descriptors and copies; may be closed */
    struct item items[ITEMS_MAX];
    size_t item_count;
    uint16_t next_key;
};

/* ---- Items --------------------------------------------------------------- */

static struct item *find(const struct device *device, uint32_t key)
{
    struct wiring *wiring = device->wiring;

    for (size_t i = 0; i < wiring->item_count; i++) {
        if (wiring->items[i].key == key) {
            return &wiring->items[i];
        }
    }
    return NULL;
}

int fw_cfg_add(struct device *device, uint16_t key, const void *bytes,
               size_t size)
{
    struct wiring *wiring = device->wiring;

    if (wiring->item_count == ITEMS_MAX || size > UINT32_MAX) {
        return -ENOSPC;
    }
    if (find(device, key) != NULL) {
        return -EEXIST;
    }
    struct item *item = &wiring->items[wiring->item_count++];
    item->key = key;
    item->size = size;
    item->bytes = xcalloc(size + 1, 1);
    if (size != 0) {
        memcpy(item->bytes, bytes, size);
    }
    return 0;
}

/* The next file of the directory's order after name, NULL past the last. */
static const struct item *next_file(const struct wiring *wiring,
                                    const char *name)
{
    const struct item *next = NULL;

    for (size_t i = 0; i < wiring->item_count; i++) {
        const struct item *item = &wiring->items[i];
        if (item->name[0] != '\0' && strcmp(item->name, name) > 0 &&
            (next == NULL || strcmp(item->name, next->name) < 0)) {
            next = item;
        }
    }
    return next;
}

/* A count, and per file its size, key, two zero bytes and name. */
static void write_directory(struct device *device)
{
    struct wiring *wiring = device->wiring;
    struct item *directory = find(device, FW_CFG_FILE_DIRECTORY);
    assert(directory != NULL);
    uint8_t *at = directory->bytes + 4;
    uint32_t count = 0;
    const struct item *file = next_file(wiring, "");

    for (; file != NULL; file = next_file(wiring, file->name)) {
        assert(count < ITEMS_MAX && file->size <= UINT32_MAX);
        store_be32(at, (uint32_t)file->size);
        store_be32(at + 4, (uint32_t)file->key << 16);
        memcpy(at + 8, file->name, NAME_SIZE);
        at += ENTRY_SIZE;
        count++;
    }
    store_be32(directory->bytes, count);
    directory->size = 4 + (size_t)count * ENTRY_SIZE;
}

int fw_cfg_add_file(struct device *device, const char *name, const void *bytes,
                    size_t size)
{
    struct wiring *wiring = device->wiring;
    size_t length = strlen(name);

    if (length == 0 || length >= NAME_SIZE) {
        return -EINVAL;
    }
    for (size_t i = 0; i < wiring->item_count; i++) {
        if (strcmp(wiring->items[i].name, name) == 0) {
            return -EEXIST;
        }
    }
    int result = fw_cfg_add(device, wiring->next_key, bytes, size);
    if (result == 0) {
        memcpy(find(device, wiring->next_key)->name, name, length);
        wiring->next_key++;
        write_directory(device);
    }
    return result;
}

/* ---- Transfers ----------------------------------------------------------- */

/* Past the end of an item all bytes are zero, as they are of no item. */
static uint8_t next_byte(struct device *device)
{
    struct state *state = device->state;
    const struct item *item = find(device, state->key);

    if (item == NULL || state->offset >= item->size) {
        return 0;
    }
    return item->bytes[state->offset++];
}

static bool copy_to_memory(struct device *device, uint64_t address,
                           uint32_t length)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    const struct item *item = find(device, state->key);
    static const uint8_t zeros[CHUNK];

    while (length != 0) {
        size_t left = item != NULL && state->offset < item->size
                          ? item->size - state->offset
                          : 0;
        const uint8_t *from = left != 0 ? item->bytes + state->offset : zeros;
        size_t piece = left != 0 ? left : (size_t)CHUNK;
        piece = piece < length ? piece : length;
        assert(piece != 0 && piece <= length);
        if (dma_write(&wiring->dma, gpa(address), from, piece) != 0) {
            return false;
        }
        state->offset += left != 0 ? (uint32_t)piece : 0;
        address += piece;
        length -= (uint32_t)piece;
    }
    return true;
}

static void skip(struct device *device, uint32_t length)
{
    struct state *state = device->state;
    const struct item *item = find(device, state->key);
    size_t size = item != NULL ? item->size : 0;
    uint64_t offset = (uint64_t)state->offset + length;

    state->offset = (uint32_t)(offset < size ? offset : size);
}

/* The transfer that a descriptor asks for; false if it cannot be had. */
static bool transfer(struct device *device, uint32_t control, uint32_t length,
                     uint64_t address)
{
    struct state *state = device->state;

    if ((control & DMA_SELECT) != 0) {
        state->key = control >> 16;
        state->offset = 0;
    }
    if ((control & DMA_READ) != 0) {
        return copy_to_memory(device, address, length);
    }
    if ((control & DMA_WRITE) != 0) {
        device_guest_error(device, state->key, "item 0x%x is read-only",
                           state->key);
        return false;
    }
    if ((control & DMA_SKIP) != 0) {
        skip(device, length);
    }
    return true;
}

static void run_dma(struct device *device, uint64_t descriptor)
{
    const struct wiring *wiring = device->wiring;
    uint8_t bytes[16];

    if (dma_read(&wiring->dma, gpa(descriptor), bytes, 16) != 0) {
        device_guest_error(device, descriptor, "no memory at the descriptor");
        return;
    }
    uint64_t address =
        (uint64_t)load_be32(bytes + 8) << 32 | load_be32(bytes + 12);
    bool done =
        transfer(device, load_be32(bytes), load_be32(bytes + 4), address);
    store_be32(bytes, done ? 0 : DMA_ERROR);
    dma_write(&wiring->dma, gpa(descriptor), bytes, 4);
}

/* ---- Registers ----------------------------------------------------------- */

/* A double word is two words; each takes as many bytes as it has. */
static uint32_t read_data(struct device *device, const struct access *access,
                          unsigned index)
{
    unsigned count = access->size < 4 ? access->size : 4;
    uint32_t value = 0;

    for (unsigned i = 0; i < count && !access->debug; i++) {
        value |= (uint32_t)next_byte(device) << (8 * i);
    }
    return value;
}

static void write_selector(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->key = __builtin_bswap16((uint16_t)value);
    state->offset = 0;
}

static bool has_dma(const struct device *device)
{
    const struct wiring *wiring = device->wiring;
    return dma_is_open(&wiring->dma);
}

static uint32_t read_dma(struct device *device, const struct access *access,
                         unsigned index)
{
    static const char signature[] = "QEMU CFG";

    return has_dma(device) ? load_le32(signature + 4 * index) : 0;
}

/* The lower half, written last, starts the transfer. */
static void write_dma(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t word = __builtin_bswap32(value);

    if (!has_dma(device)) {
        return;
    }
    if (index == 0) {
        state->dma_high = word;
        return;
    }
    uint64_t descriptor = (uint64_t)state->dma_high << 32 | word;
    state->dma_high = 0;
    run_dma(device, descriptor);
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    uint8_t id[4];
    struct error unused;

    dma_open(&wiring->dma, device, &unused);
    wiring->next_key = KEY_FIRST_FILE;
    store_le32(id, FEATURE_TRADITIONAL |
                       (has_dma(device) ? (uint32_t)FEATURE_DMA : 0));
    fw_cfg_add(device, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add(device, FW_CFG_ID, id, sizeof(id));
    uint8_t *directory = xcalloc(4 + ITEMS_MAX * ENTRY_SIZE, 1);
    int result = fw_cfg_add(device, FW_CFG_FILE_DIRECTORY, directory,
                            4 + ITEMS_MAX * ENTRY_SIZE);
    free(directory);
    write_directory(device);
    return result;
}

static void fini(struct device *device)
{
    struct wiring *wiring = device->wiring;

    for (size_t i = 0; i < wiring->item_count; i++) {
        free(wiring->items[i].bytes);
    }
}

static const struct register_spec registers[] = {
#include "devices/qemu/fw_cfg.def"
};

enum { PRESENT_BUT_HIDDEN = 0xb }; /* _STA */

static const struct description_row tree_rows[] = {
    {"fw-cfg",       TREE_DEVICE, 0, NULL              },
    {"compatible",   TREE_TEXT,   0, "qemu,fw-cfg-mmio"},
    {"reg",          TREE_REG,    1, NULL              },
    {"dma-coherent", TREE_FLAG,   0, NULL              },
    {"status",       TREE_STATUS, 0, NULL              },
    {NULL,           TREE_END,    0, NULL              },
};

static const struct description_row acpi_rows[] = {
    {"FWCF", ACPI_DEVICE,    0,                  NULL      },
    {"_HID", ACPI_TEXT,      0,                  "QEMU0002"},
    {"_STA", ACPI_INTEGER,   PRESENT_BUT_HIDDEN, NULL      },
    {"_CCA", ACPI_INTEGER,   1,                  NULL      },
    {"_CRS", ACPI_RESOURCES, 0,                  NULL      },
    {NULL,   ACPI_END,       0,                  NULL      },
};

static const struct description description = {
    .kind = DESCRIBED_FIRMWARE,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(acpi_row, acpi_rows),
};

const struct device_type fw_cfg = {
    .compatible = FW_CFG_COMPATIBLE,
    .title = "Firmware configuration",
    .reference = "QEMU documentation, QEMU Firmware Configuration Device",
    DEVICE_OMISSIONS(
        {"the directory of files", OMITTED_ABSENT, 0, 0, "writable items"}),
    .description = &description,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("fw_cfg", 0x18, 1 | 2 | 4 | 8, registers)),
    DEVICE_FIELDS(STATE(struct state, key, RESET_CORE),
                  STATE(struct state, offset, RESET_CORE),
                  STATE(struct state, dma_high, RESET_CORE)),
    .init = init,
    .fini = fini,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio devices in a machine: a kind of device of virtio/ behind a transport,
 * which is a struct device. Each pair is a device type of its own, made by
 * VIRTIO_MMIO and VIRTIO_PCI in the file of that kind (blk.c and its like),
 * which also connects the kind to the seams of bus/.
 *
 * The state of such a device is that of its transport, and behind it, 8-byte
 * aligned, that of the kind. Its wiring begins with a struct virtio_wiring.
 */
#ifndef DEVICES_VIRTIO_TRANSPORT_H
#define DEVICES_VIRTIO_TRANSPORT_H

#include "base/bits.h"
#include "devices/pci/pci.h"
#include "virtio/virtio.h"

/* Functions that a kind of device adds to both transports. */
struct virtio_kind {
    const struct virtio_type *type;
    /* Sets virtio.outside, and may set virtio.queues and virtio.offered. Called
     * behind init, at each reset (before the first one back ends are
     * connected), and when a saved state was put back. */
    void (*refresh)(struct device *device, struct virtio *virtio);
    /* Reads what the node says, once and before the first refresh. Returns 0,
     * or a negative errno and *error. NULL: nothing is to be done. */
    int (*init)(struct device *device, struct error *error);
    /* The timer VIRTIO_TIMER_KIND, which it arms; NULL: it does not. */
    void (*tick)(struct device *device);
};

enum { VIRTIO_TIMER_LATER, VIRTIO_TIMER_KIND, VIRTIO_TIMERS };

struct virtio_transport;

struct virtio_wiring {
    struct pci_wiring pci; /* of functions alone */
    struct dma dma;        /* of the MMIO transport alone */
    struct device *device;
    const struct virtio_transport *transport;
    struct virtio virtio;
};

static inline struct virtio *virtio_of(struct device *device)
{
    return &((struct virtio_wiring *)device->wiring)->virtio;
}

static inline struct device *virtio_device(struct virtio *virtio)
{
    return ((struct virtio_wiring *)((char *)virtio -
                                     offsetof(struct virtio_wiring, virtio)))
        ->device;
}

/* Functions in which transports differ. */
struct virtio_transport {
    const struct virtio_kind *(*kind)(const struct device *device);
    size_t state_offset;                             /* of the kind's state */
    const struct dma *(*dma)(struct device *device); /* NULL: not now */
    void (*used)(struct device *device, unsigned queue);
    void (*configured)(struct device *device);
    bool legacy;
};

/* For init, restored and timers of a transport's types. */
int virtio_transport_init(struct device *device,
                          const struct virtio_transport *transport,
                          struct error *error);
void virtio_transport_reset(struct device *device);
void virtio_transport_restored(struct device *device);
extern void (*const virtio_transport_timers[VIRTIO_TIMERS])(
    struct device *device);

/* Features by words of 32 bits, as both transports show them. */
struct virtio_driver_features {
    uint32_t sel;
    uint32_t words[2];
};

uint32_t virtio_transport_features(struct virtio *virtio, uint32_t sel);
void virtio_transport_accept(struct virtio *virtio,
                             struct virtio_driver_features *driver,
                             uint32_t value);

/* Handlers of the rows of the kind's configuration. */
register_read virtio_transport_read_config;
register_write virtio_transport_write_config;

/* ---- MMIO ---------------------------------------------------------------- */

struct virtio_mmio_state {
    uint32_t device_features_sel;
    uint32_t queue_sel;
    uint32_t interrupt_status; /* enum virtio_interrupt */
    struct virtio_driver_features driver;
};

/* Begins as the other one; both are a multiple of 8 bytes, see transport.c. */
struct virtio_mmio_legacy_state {
    struct virtio_mmio_state mmio;
    uint32_t page_size; /* in which the driver gives addresses of queues */
    uint32_t unused;
    uint32_t aligns[VIRTIO_QUEUES_MAX]; /* of used rings */
};

extern const struct register_bank virtio_mmio_banks[1];
extern const struct register_bank virtio_mmio_legacy_banks[1];
extern const struct output_spec virtio_mmio_outputs[1];
extern const struct description virtio_mmio_description;
int virtio_mmio_init(struct device *device, struct error *error);
void virtio_mmio_reset(struct device *device, enum reset_domain domain);
void virtio_mmio_restored(struct device *device);
int virtio_mmio_legacy_init(struct device *device, struct error *error);
#define virtio_mmio_legacy_reset    virtio_mmio_reset
#define virtio_mmio_legacy_restored virtio_mmio_restored

/*
 * The device type of a kind behind the MMIO transport: name is that of its
 * struct virtio_kind, state and wiring are its structs; what follows are more
 * initialisers, such as .disk.
 */
#define VIRTIO_MMIO(name, ...)                                                 \
    VIRTIO_MMIO_DRIVES(name, virtio_mmio_outputs, __VA_ARGS__)

/* With a table of outputs, of which the first is the interrupt. */
#define VIRTIO_MMIO_DRIVES(name, table, what, section, missing, kind_state,    \
                           kind_wiring, ...)                                   \
    static const struct state_field mmio_##name##_fields[] = {                 \
        STATE(struct virtio_mmio_state, driver, RESET_WARM),                   \
        {#name, sizeof(struct virtio_mmio_state), sizeof(kind_state),          \
                                                        RESET_WARM, 0},                                                       \
    };                                                                         \
    VIRTIO_MMIO_TYPE(name, mmio, virtio_mmio, "mmio-", "MMIO", table, what,    \
                     "4.2, " section, missing,                                 \
                     sizeof(struct virtio_mmio_state) + sizeof(kind_state),    \
                     kind_wiring, __VA_ARGS__)

/* The same with the registers of the legacy interface (4.2.4), for kinds that
 * have one. */
#define VIRTIO_MMIO_LEGACY(name, what, section, missing, kind_state,           \
                           kind_wiring, ...)                                   \
    static const struct state_field mmio_legacy_##name##_fields[] = {          \
        STATE(struct virtio_mmio_legacy_state, mmio.driver, RESET_WARM),       \
        STATE(struct virtio_mmio_legacy_state, unused, RESET_WARM),            \
        STATE(struct virtio_mmio_legacy_state, aligns, RESET_WARM),            \
        {#name, sizeof(struct virtio_mmio_legacy_state), sizeof(kind_state),   \
                                                               RESET_WARM, 0},                                                       \
    };                                                                         \
    VIRTIO_MMIO_TYPE(                                                          \
        name, mmio_legacy, virtio_mmio_legacy, "mmio-legacy-", "legacy MMIO",  \
        virtio_mmio_outputs, what, "4.2.4, " section, missing,                 \
        sizeof(struct virtio_mmio_legacy_state) + sizeof(kind_state),          \
        kind_wiring, __VA_ARGS__)

/* The row of each device, and the table of one that lacks nothing of its own
 * kind. */
#define VIRTIO_OMITTED                                                         \
    {                                                                          \
        "feature bits", OMITTED_ABSENT, 0, 0, "SR-IOV, administration queues"  \
    }
extern const struct omission virtio_omissions[1];

/* Members that both have in common: form and functions are prefixes of names.
 */
#define VIRTIO_MMIO_TYPE(name, form, functions, bus, transport, table, what,   \
                         sections, missing, size, kind_wiring, ...)            \
    const struct device_type virtio_##form##_##name = {                        \
        .compatible = "cairn,virtio-" bus #name,                               \
        .title = "virtio " what " (" transport ")",                            \
        .reference = "Virtual I/O Device (VIRTIO) Version 1.2, " sections,     \
        DEVICE_TABLE(omission, missing),                                       \
        .description = &virtio_mmio_description,                               \
        .state_size = (size),                                                  \
        .wiring_size = sizeof(kind_wiring),                                    \
        .banks = functions##_banks,                                            \
        .bank_count = 1,                                                       \
        DEVICE_TABLE(field, form##_##name##_fields),                           \
        .outputs = (table),                                                    \
        .output_count = ARRAY_SIZE(table),                                     \
        .timer_count = VIRTIO_TIMERS,                                          \
        .timers = virtio_transport_timers,                                     \
        .init = functions##_init,                                              \
        .reset = functions##_reset,                                            \
        .restored = functions##_restored,                                      \
        .interface = &name,                                                    \
        __VA_ARGS__}

/* ---- PCI ----------------------------------------------------------------- */

enum {
    VIRTIO_PCI_VECTORS = VIRTIO_QUEUES_MAX + 1,
    VIRTIO_PCI_PENDING_WORDS = (VIRTIO_PCI_VECTORS + 31) / 32,
    VIRTIO_PCI_VENDOR = 0x1af4,
    VIRTIO_PCI_DEVICE = 0x1040, /* and the kind's number (4.1.2) */
    VIRTIO_PCI_SUBSYSTEM = 0x1100,
    /* The layout of BAR 4, by types of capabilities (4.1.4). */
    VIRTIO_PCI_COMMON = 0x0000,
    VIRTIO_PCI_ISR = 0x1000,
    VIRTIO_PCI_CONFIG = 0x2000,
    VIRTIO_PCI_NOTIFY = 0x3000,
    VIRTIO_PCI_STRUCTURES_SIZE = 0x4000,
    VIRTIO_PCI_BAR = 4,
    VIRTIO_PCI_BANK_STRUCTURES = 1,
    /* And BAR 1, the MSI-X table. */
    VIRTIO_PCI_BAR_MSIX = 1,
    VIRTIO_PCI_BANK_MSIX = 2,
    VIRTIO_PCI_TABLE = 0,
    VIRTIO_PCI_PENDING = 0x800,
};

/* Registers that a reset of the device clears, beside the core's state; zero is
 * "no vector", as vectors are kept inverted. */
struct virtio_pci_common {
    uint32_t device_features_sel;
    uint32_t queue_sel;
    struct virtio_driver_features driver;
    uint32_t isr; /* enum virtio_interrupt */
    uint16_t config_vector;
    uint16_t queue_vectors[VIRTIO_QUEUES_MAX + 1]; /* one to align */
};

/* VIRTIO_PCI_CAP_PCI_CFG */
struct virtio_pci_window {
    uint32_t bar;
    uint32_t offset;
    uint32_t length;
};

struct virtio_pci_state {
    struct pci_state pci;
    uint32_t msix;
    uint32_t vectors[4 * VIRTIO_PCI_VECTORS];
    uint32_t pending[VIRTIO_PCI_PENDING_WORDS];
    struct virtio_pci_window window;
    struct virtio_pci_common common;
    uint32_t unused; /* aligns the kind's state */
};

static_assert(sizeof(struct virtio_pci_state) % 8 == 0, "see transport.c");

/* The interface of such a device type. */
struct virtio_pci_function {
    struct pci_function function;
    const struct virtio_kind *kind;
};

enum { VIRTIO_PCI_STRUCTURE_ROWS = 13, VIRTIO_PCI_MSIX_ROWS = 2 };
extern const struct register_spec
    virtio_pci_structures[VIRTIO_PCI_STRUCTURE_ROWS];
extern const struct register_spec virtio_pci_msix[VIRTIO_PCI_MSIX_ROWS];
extern const struct output_spec virtio_pci_outputs[1];
int virtio_pci_init(struct device *device, struct error *error);
void virtio_pci_reset(struct device *device, enum reset_domain domain);
void virtio_pci_restored(struct device *device);
register_read virtio_pci_read_window;
register_write virtio_pci_write_window;

/* A capability (4.1.4) of `size` bytes at `offset` of configuration space, for
 * a structure of `length` bytes behind BAR 4. */
#define VIRTIO_PCI_CAPABILITY(offset, next, size, kind, at, length)            \
    PCI_WORDS(offset, 1, "CAPABILITY",                                         \
              0x09u | (next) << 8 | (size) << 16 | (uint32_t)(kind) << 24,     \
              "vendor-specific, next, size, type"),                            \
        PCI_WORDS((offset) + 4, 1, "CAPABILITY_BAR", VIRTIO_PCI_BAR, "BAR"),   \
        PCI_WORDS((offset) + 8, 1, "CAPABILITY_OFFSET", at,                    \
                  "offset behind the BAR"),                                    \
        PCI_WORDS((offset) + 12, 1, "CAPABILITY_LENGTH", length, "bytes")

/* Configuration space of a function of that kind and PCI class. */
#define VIRTIO_PCI_CONFIG_SPACE(id, class)                                     \
    PCI_HEADER(struct virtio_pci_state,                                        \
               VIRTIO_PCI_VENDOR | (VIRTIO_PCI_DEVICE + (id)) << 16,           \
               (class) << 8 | 1u,                                              \
               VIRTIO_PCI_VENDOR | VIRTIO_PCI_SUBSYSTEM << 16, 0x40, 1),       \
        PCI_MSIX(0x40, 0x4c, VIRTIO_PCI_VECTORS,                               \
                 FIELD(struct virtio_pci_state, msix),                         \
                 VIRTIO_PCI_TABLE | VIRTIO_PCI_BAR_MSIX,                       \
                 VIRTIO_PCI_PENDING | VIRTIO_PCI_BAR_MSIX),                    \
        VIRTIO_PCI_CAPABILITY(0x4c, 0x5c, 16, 1, VIRTIO_PCI_COMMON, 0x3c),     \
        VIRTIO_PCI_CAPABILITY(0x5c, 0x6c, 16, 3, VIRTIO_PCI_ISR, 1),           \
        VIRTIO_PCI_CAPABILITY(0x6c, 0x7c, 16, 4, VIRTIO_PCI_CONFIG, 0x100),    \
        VIRTIO_PCI_CAPABILITY(0x7c, 0x90, 20, 2, VIRTIO_PCI_NOTIFY,            \
                              4 * VIRTIO_QUEUES_MAX),                          \
        PCI_WORDS(0x8c, 1, "NOTIFY_MULTIPLIER", 4, "bytes for each queue"),    \
        PCI_WORDS(0x90, 1, "CAPABILITY", 0x09u | 20 << 16 | 5u << 24,          \
                  "the window of the four words behind"),                      \
        PCI_KEPT(0x94, 1, "WINDOW_BAR", 0, 0xff,                               \
                 FIELD(struct virtio_pci_state, window.bar), NULL, NULL,       \
                 "BAR"),                                                       \
        PCI_KEPT(0x98, 1, "WINDOW_OFFSET", 0, UINT32_MAX,                      \
                 FIELD(struct virtio_pci_state, window.offset), NULL, NULL,    \
                 "offset behind the BAR"),                                     \
        PCI_KEPT(0x9c, 1, "WINDOW_LENGTH", 0, UINT32_MAX,                      \
                 FIELD(struct virtio_pci_state, window.length), NULL, NULL,    \
                 "1, 2 or 4 bytes"),                                           \
        PCI_KEPT(0xa0, 1, "WINDOW_DATA", 0, UINT32_MAX, NO_FIELD,              \
                 virtio_pci_read_window, virtio_pci_write_window,              \
                 "an access to it is one behind the BAR"),                     \
        PCI_EMPTY(0xa4, PCI_CONFIG_SIZE)

/* As VIRTIO_MMIO, with the kind's number and the PCI class. */
#define VIRTIO_PCI(name, ...)                                                  \
    VIRTIO_PCI_DRIVES(name, virtio_pci_outputs, __VA_ARGS__)

/* With a table of outputs, of which the first is the interrupt. */
#define VIRTIO_PCI_DRIVES(name, table, what, section, missing, id, class,      \
                          kind_state, kind_wiring, ...)                        \
    static const struct register_spec pci_##name##_config[] = {                \
        VIRTIO_PCI_CONFIG_SPACE(id, class)};                                   \
    static const struct register_bank pci_##name##_banks[] = {                 \
        {"config",     PCI_CONFIG_SIZE,            1 | 2 | 4 | 8, pci_##name##_config,        \
         ARRAY_SIZE(pci_##name##_config)                                                                        },                                     \
        {"structures", VIRTIO_PCI_STRUCTURES_SIZE, 1 | 2 | 4 | 8,              \
         virtio_pci_structures,                                                        VIRTIO_PCI_STRUCTURE_ROWS},                    \
        {"msix",       0x1000,                     4 | 8,         virtio_pci_msix,     VIRTIO_PCI_MSIX_ROWS     },        \
    };                                                                         \
    static const struct state_field pci_##name##_fields[] = {                  \
        STATE(struct virtio_pci_state, pci.intx, RESET_WARM),                  \
        STATE(struct virtio_pci_state, common, RESET_WARM),                    \
        STATE(struct virtio_pci_state, unused, RESET_WARM),                    \
        {#name, sizeof(struct virtio_pci_state), sizeof(kind_state),           \
                                                       RESET_WARM, 0},                                                       \
    };                                                                         \
    static const struct virtio_pci_function pci_##name##_function = {          \
        .function =                                                            \
            {                                                                  \
                       .bars =                                                        \
                    {                                                          \
                        [VIRTIO_PCI_BAR_MSIX] = {PCI_MEMORY32,                 \
                                                 VIRTIO_PCI_BANK_MSIX},        \
                        [VIRTIO_PCI_BAR] = {PCI_MEMORY64,                      \
                                            VIRTIO_PCI_BANK_STRUCTURES},       \
                    }, .has_pin = true,                                               \
                       .vectors = VIRTIO_PCI_VECTORS,                                 \
                       .control_field = FIELD(struct virtio_pci_state, msix),         \
                       .table_field = FIELD(struct virtio_pci_state, vectors),        \
                       .pending_field = FIELD(struct virtio_pci_state, pending),      \
                       },                                                                 \
        .kind = &name,                                                         \
    };                                                                         \
    const struct device_type virtio_pci_##name = {                             \
        .compatible = "cairn,virtio-pci-" #name,                               \
        .title = "virtio " what " (PCI)",                                      \
        .reference = "Virtual I/O Device (VIRTIO) Version 1.2, 4.1, " section, \
        DEVICE_TABLE(omission, missing),                                       \
        .state_size = sizeof(struct virtio_pci_state) + sizeof(kind_state),    \
        .wiring_size = sizeof(kind_wiring),                                    \
        DEVICE_TABLE(bank, pci_##name##_banks),                                \
        DEVICE_TABLE(field, pci_##name##_fields),                              \
        .outputs = (table),                                                    \
        .output_count = ARRAY_SIZE(table),                                     \
        .timer_count = VIRTIO_TIMERS,                                          \
        .timers = virtio_transport_timers,                                     \
        .init = virtio_pci_init,                                               \
        .reset = virtio_pci_reset,                                             \
        .restored = virtio_pci_restored,                                       \
        .interface = &pci_##name##_function,                                   \
        .behind_bus = true,                                                    \
        __VA_ARGS__}

#endif

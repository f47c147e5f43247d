/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: the crypto blocks of a Caliptra core wired to each other, with
 * plain memory in the places of SoC interface and mailbox. Include it in one
 * test file of a program; it defines the functions of those two.
 */
#ifndef DEVICES_CALIPTRA_TEST_CORE_H
#define DEVICES_CALIPTRA_TEST_CORE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "bus/device.h"
#include "crypto/hex.h"
#include "crypto/words.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/key_vault.h"
#include "devices/caliptra/mailbox.h"
#include "devices/caliptra/pcr_vault.h"
#include "devices/caliptra/sha512.h"
#include "devices/caliptra/soc_ifc.h"

extern const struct device_type caliptra_key_vault, caliptra_pcr_vault,
    caliptra_sha512;

enum { TEST_SRAM_WORDS = 0x8000 };

enum test_view { TEST_CORE, TEST_SOC };

/* The secrets stand in the state of the stand-in. */
struct test_secrets {
    uint32_t obf_key[8];
    uint32_t uds_seed[12];
    uint32_t field_entropy[8];
    uint32_t sram[TEST_SRAM_WORDS];
};

struct test_core {
    struct fabric fabric;
    struct error error;
    uint8_t generation[4]; /* cells */
    uint8_t latency_ns[4];
    struct device_type soc_ifc_type;
    struct device_type mailbox_type;
    struct test_secrets secrets;
    struct device soc_ifc;
    struct device mailbox;
    struct device *key_vault;
    struct device *pcr_vault;
    struct device *sha512;
    struct device *device; /* the one under test */
};

const uint32_t *soc_ifc_obf_key(struct device *soc_ifc)
{
    return ((struct test_secrets *)soc_ifc->state)->obf_key;
}

const uint32_t *soc_ifc_uds_seed(struct device *soc_ifc)
{
    return ((struct test_secrets *)soc_ifc->state)->uds_seed;
}

const uint32_t *soc_ifc_field_entropy(struct device *soc_ifc)
{
    return ((struct test_secrets *)soc_ifc->state)->field_entropy;
}

void soc_ifc_clear_secrets(struct device *soc_ifc)
{
    memset(soc_ifc->state, 0, offsetof(struct test_secrets, sram));
}

const uint32_t *mailbox_sram(struct device *mailbox, size_t *word_count)
{
    *word_count = TEST_SRAM_WORDS;
    return ((struct test_secrets *)mailbox->state)->sram;
}

static inline const void *test_find(const void *node, const char *name,
                                    bool inherited, size_t *size)
{
    const struct test_core *core = node;

    *size = 4;
    if (strcmp(name, "cairn,crypto-latency") == 0) {
        return load_be32(core->latency_ns) != 0 ? core->latency_ns : NULL;
    }
    return strcmp(name, "cairn,generation") == 0 ? core->generation : NULL;
}

static inline struct device *test_peer(const void *node, const char *name,
                                       unsigned index)
{
    struct test_core *core = (struct test_core *)(uintptr_t)node;
    const struct {
        const char *name;
        struct device *device;
    } peers[] = {
        {"cairn,key-vault", core->key_vault},
        {"cairn,pcr-vault", core->pcr_vault},
        {"cairn,sha512",    core->sha512   },
        {"cairn,soc-ifc",   &core->soc_ifc },
        {"cairn,mailbox",   &core->mailbox },
    };

    for (size_t i = 0; i < ARRAY_SIZE(peers) && index == 0; i++) {
        if (strcmp(peers[i].name, name) == 0) {
            return peers[i].device;
        }
    }
    return NULL;
}

static inline struct device *test_core_add(struct test_core *core,
                                           const struct device_type *type,
                                           const char *name)
{
    static const struct property_source properties = {.find = test_find,
                                                      .peer = test_peer};
    struct device *device =
        device_create(&core->fabric, type, name, &properties, core);

    if (device_init(device, &core->error) != 0) {
        fprintf(stderr, "%s\n", core->error.text);
        abort();
    }
    device_reset(device, RESET_POWER_ON);
    return device;
}

/* With a device of this type under test. */
static inline void test_core_init(struct test_core *core, uint32_t generation,
                                  const struct device_type *type)
{
    memset(core, 0, sizeof(*core));
    fabric_init(&core->fabric, 1);
    store_be32(core->generation, generation);
    core->soc_ifc_type.compatible = SOC_IFC_COMPATIBLE;
    core->mailbox_type.compatible = MAILBOX_COMPATIBLE;
    core->soc_ifc.type = &core->soc_ifc_type;
    core->soc_ifc.state = &core->secrets;
    core->mailbox.type = &core->mailbox_type;
    core->mailbox.state = &core->secrets;
    core->key_vault = test_core_add(core, &caliptra_key_vault, "kv");
    core->pcr_vault = test_core_add(core, &caliptra_pcr_vault, "pv");
    core->sha512 = test_core_add(core, &caliptra_sha512, "sha512");
    core->device = test_core_add(core, type, "device");
}

static inline void test_core_fini(struct test_core *core)
{
    device_destroy(core->device);
    device_destroy(core->sha512);
    device_destroy(core->pcr_vault);
    device_destroy(core->key_vault);
    fabric_fini(&core->fabric);
}

static inline void test_input(struct device *device, const char *name,
                              uint32_t level)
{
    for (unsigned i = 0; i < device->type->input_count; i++) {
        if (strcmp(device->type->inputs[i].name, name) == 0) {
            device_input(device, i, level);
        }
    }
}

static inline uint32_t test_read_as(struct device *device, enum test_view view,
                                    uint32_t user, uint32_t offset)
{
    struct access access = {.view = (uint8_t)view, .user = user};
    uint64_t value;

    device_read(device, 0, &access, offset, 4, &value);
    return (uint32_t)value;
}

static inline void test_write_as(struct device *device, enum test_view view,
                                 uint32_t user, uint32_t offset, uint32_t value)
{
    struct access access = {.view = (uint8_t)view, .user = user};
    device_write(device, 0, &access, offset, 4, value);
}

static inline uint32_t test_read(struct device *device, uint32_t offset)
{
    return test_read_as(device, TEST_CORE, UINT32_MAX, offset);
}

static inline void test_write(struct device *device, uint32_t offset,
                              uint32_t value)
{
    test_write_as(device, TEST_CORE, UINT32_MAX, offset, value);
}

/* A field of the state by its name in the type's table, to be looked at or
 * spoilt as a snapshot may be. */
static inline void *test_field(struct device *device, const char *name)
{
    for (size_t i = 0; i < device->type->field_count; i++) {
        if (strcmp(device->type->fields[i].name, name) == 0) {
            return (uint8_t *)device->state + device->type->fields[i].offset;
        }
    }
    fprintf(stderr, "no field '%s'\n", name);
    abort();
}

/* The device's state but for its interrupts: two that did the same with other
 * secrets tell by it whether they keep any. */
static inline uint64_t test_state_hash(const struct device *device)
{
    return hash64(0, (const uint8_t *)device->state + sizeof(struct interrupts),
                  device->type->state_size - sizeof(struct interrupts));
}

/* A bank of registers from and to big-endian bytes or words. */
static inline void test_write_words(struct device *device, uint32_t offset,
                                    const uint32_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        test_write(device, offset + 4 * i, words[i]);
    }
}

static inline void test_write_bytes(struct device *device, uint32_t offset,
                                    const void *bytes, size_t size)
{
    for (uint32_t i = 0; i < size; i += 4) {
        test_write(device, offset + i, load_be32((const uint8_t *)bytes + i));
    }
}

static inline void test_read_bytes(struct device *device, uint32_t offset,
                                   void *bytes, size_t size)
{
    for (uint32_t i = 0; i < size; i += 4) {
        store_be32((uint8_t *)bytes + i, test_read(device, offset + i));
    }
}

#endif

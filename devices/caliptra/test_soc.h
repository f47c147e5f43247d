/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: SoC interface, mailbox and random number blocks of a Caliptra
 * core, wired to each other and to nothing else. Include it in one test file of
 * a program.
 */
#ifndef DEVICES_CALIPTRA_TEST_SOC_H
#define DEVICES_CALIPTRA_TEST_SOC_H

#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bus/device.h"
#include "devices/devices.h"

enum test_view { TEST_CORE, TEST_SOC };
enum { TEST_USER = 0x11, TEST_OTHER_USER = 0x22 };

struct test_soc {
    struct fabric fabric;
    struct error error;
    uint8_t generation[4]; /* a cell */
    const char *property;  /* another one, or NULL */
    uint8_t value[36];
    size_t value_size;
    struct buffer console;
    struct device *soc_ifc;
    struct device *mailbox;
    struct device *source;
    struct device *csrng;
    bool refused; /* the last access was a bus error */
};

static inline const void *test_find(const void *node, const char *name,
                                    bool inherited, size_t *size)
{
    const struct test_soc *soc = node;

    /* A board says it for all its devices. */
    if (inherited && soc->property != NULL &&
        strcmp(name, soc->property) == 0) {
        *size = soc->value_size;
        return soc->value;
    }
    *size = sizeof(soc->generation);
    return strcmp(name, "cairn,generation") == 0 ? soc->generation : NULL;
}

static inline struct device *test_peer(const void *node, const char *name,
                                       unsigned index)
{
    const struct test_soc *soc = node;

    if (index != 0) {
        return NULL;
    }
    return strcmp(name, "cairn,soc-ifc") == 0          ? soc->soc_ifc
           : strcmp(name, "cairn,entropy-source") == 0 ? soc->source
                                                       : NULL;
}

static inline struct device *test_add(struct test_soc *soc,
                                      const char *compatible, const char *name)
{
    static const struct property_source properties = {.find = test_find,
                                                      .peer = test_peer};
    struct device *device = device_create(
        &soc->fabric, device_type_find(compatible), name, &properties, soc);

    if (device_init(device, &soc->error) != 0) {
        device_destroy(device);
        return NULL;
    }
    device_reset(device, RESET_POWER_ON);
    return device;
}

static inline void test_print(void *context, const char *device, uint8_t byte)
{
    buffer_append(context, &byte, 1);
}

/* The platform's part: reset lines reset the mailbox. */
static inline void test_reset(void *context, unsigned input, uint32_t level)
{
    if (level != 0) {
        device_reset(context, (enum reset_domain)input);
    }
}

/* Powered, out of reset, before the fuses. */
static inline void test_soc_init(struct test_soc *soc, uint32_t generation)
{
    static const char *const lines[] = {
        [RESET_CORE] = "reset_core",
        [RESET_WARM] = "reset_warm",
        [RESET_POWER_ON] = "reset_power_on",
    };

    bool is_2 = generation >= 0x0200;

    memset(soc, 0, sizeof(*soc));
    fabric_init(&soc->fabric, 1);
    soc->fabric.console = test_print;
    soc->fabric.console_context = &soc->console;
    store_be32(soc->generation, generation);
    soc->soc_ifc = test_add(soc,
                            is_2 ? "chipsalliance,caliptra-soc-ifc-2"
                                 : "chipsalliance,caliptra-soc-ifc",
                            "soc_ifc");
    soc->mailbox = test_add(soc, "chipsalliance,caliptra-mailbox", "mailbox");
    soc->source = test_add(soc,
                           is_2 ? "chipsalliance,caliptra-entropy-source-2"
                                : "chipsalliance,caliptra-entropy-source",
                           "source");
    soc->csrng = test_add(soc,
                          is_2 ? "chipsalliance,caliptra-csrng-2"
                               : "chipsalliance,caliptra-csrng",
                          "csrng");
    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
        line_connect(device_output(soc->soc_ifc, lines[i]), test_reset,
                     soc->mailbox, i, "mailbox");
    }
}

static inline void test_soc_fini(struct test_soc *soc)
{
    device_destroy(soc->csrng);
    device_destroy(soc->source);
    device_destroy(soc->mailbox);
    device_destroy(soc->soc_ifc);
    buffer_fini(&soc->console);
    fabric_fini(&soc->fabric);
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

static inline uint32_t test_level(struct device *device, const char *name)
{
    return device_output(device, name)->level;
}

static inline uint32_t test_read_as(struct test_soc *soc, struct device *device,
                                    enum test_view view, uint32_t user,
                                    uint32_t offset)
{
    struct access access = {.view = (uint8_t)view, .user = user};
    uint64_t value = 0;

    soc->refused = device_read(device, 0, &access, offset, 4, &value) != 0;
    return (uint32_t)value;
}

static inline void test_write_as(struct test_soc *soc, struct device *device,
                                 enum test_view view, uint32_t user,
                                 uint32_t offset, uint32_t value)
{
    struct access access = {.view = (uint8_t)view, .user = user};

    soc->refused = device_write(device, 0, &access, offset, 4, value) != 0;
}

/* The SoC interface, by the core and by the SoC. */
static inline uint32_t core_read(struct test_soc *soc, uint32_t offset)
{
    return test_read_as(soc, soc->soc_ifc, TEST_CORE, UINT32_MAX, offset);
}

static inline void core_write(struct test_soc *soc, uint32_t offset,
                              uint32_t value)
{
    test_write_as(soc, soc->soc_ifc, TEST_CORE, UINT32_MAX, offset, value);
}

static inline uint32_t soc_read(struct test_soc *soc, uint32_t offset)
{
    return test_read_as(soc, soc->soc_ifc, TEST_SOC, TEST_USER, offset);
}

static inline void soc_write(struct test_soc *soc, uint32_t offset,
                             uint32_t value)
{
    test_write_as(soc, soc->soc_ifc, TEST_SOC, TEST_USER, offset, value);
}

enum { TEST_PRODUCTION = 7, TEST_FUSE_WR_DONE = 0xb0 };

static inline void test_power(struct test_soc *soc, uint32_t security_state)
{
    test_input(soc->soc_ifc, "security_state", security_state);
    test_input(soc->soc_ifc, "cptra_pwrgood", 1);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
}

/* Up to the core's start, with TEST_USER among the mailbox users. */
static inline void test_boot(struct test_soc *soc, uint32_t generation)
{
    test_soc_init(soc, generation);
    test_power(soc, TEST_PRODUCTION);
    soc_write(soc, 0x48, TEST_USER);
    soc_write(soc, 0x5c, 1);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mailboxes between the processors of the AST2700: pages of 100 (hexadecimal)
 * bytes, one for each direction between two of them, with four channels of 32
 * bytes. The page of a pair at 200 x n carries what the Cortex-A35 (or the SSP,
 * towards the TSP) sends, the one at 200 x n + 100 what comes back; each has an
 * interrupt for its receiver.
 *
 * IPC0 of the CPU die: Cortex-A35 (secure, non-secure) with SSP, then with TSP,
 * and SSP with TSP. IPC1 of the I/O die: Cortex-A35 (secure, non-secure), SSP
 * and TSP with the boot MCU.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"

enum { PAGES_MAX = 10, PAGES_IPC0 = 10, PAGES_IPC1 = 8, DATA_WORDS = 32 };

struct page {
    uint32_t enable;
    uint32_t status;
    uint32_t data[DATA_WORDS];
};

struct state {
    struct page pages[PAGES_MAX];
};

static struct page *page_of(const struct device *device,
                            const struct access *access)
{
    struct state *state = device->state;

    debug_assert(access->frame < device->type->frames[0]);
    return &state->pages[access->frame];
}

static void update_page(struct device *device, unsigned number)
{
    const struct state *state = device->state;
    const struct page *page = &state->pages[number];

    line_set(&device->outputs[number], (page->status & page->enable) != 0);
}

static void update(struct device *device)
{
    for (unsigned i = 0; i < device->type->frames[0]; i++) {
        update_page(device, i);
    }
}

REGISTER_VALUE(read_status, page_of(device, access)->status)
REGISTER_VALUE(read_enable, page_of(device, access)->enable)
REGISTER_VALUE(read_data, page_of(device, access)->data[index])

static void write_trigger(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    page_of(device, access)->status |= value;
    update_page(device, access->frame);
}

static void write_enable(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    page_of(device, access)->enable = value;
    update_page(device, access->frame);
}

static void write_status(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    page_of(device, access)->status &= ~value;
    update_page(device, access->frame);
}

static void write_data(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    page_of(device, access)->data[index] = value;
}

static void reset(struct device *device, enum reset_domain domain)
{
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_ipc.def"
};

static const struct register_bank banks[] = {
    {"page", 0x100, 4, registers, ARRAY_SIZE(registers)},
};

static const uint16_t pages_ipc0[] = {PAGES_IPC0};
static const uint16_t pages_ipc1[] = {PAGES_IPC1};

static const struct state_field fields[] = {
    STATE(struct state, pages, RESET_WARM),
};

static const struct output_spec outputs[] = {
    {"page0", LINE_INTERRUPT},
    {"page1", LINE_INTERRUPT},
    {"page2", LINE_INTERRUPT},
    {"page3", LINE_INTERRUPT},
    {"page4", LINE_INTERRUPT},
    {"page5", LINE_INTERRUPT},
    {"page6", LINE_INTERRUPT},
    {"page7", LINE_INTERRUPT},
    {"page8", LINE_INTERRUPT},
    {"page9", LINE_INTERRUPT},
};

static const struct omission omissions[] = {
    {NULL, OMITTED_UNSEEN, 0, 0,
     "that a message must be read before its status can be cleared, as Linux's "
     "driver has it"},
};

#define TYPE(string, name, pages, count)                                       \
    {                                                                          \
        .compatible = string, .title = name,                                   \
        .reference = "Linux ast2700-mailbox, ASPEED's Zephyr ipm_ast2700",     \
        DEVICE_TABLE(omission, omissions), .state_size = sizeof(struct state), \
        DEVICE_TABLE(bank, banks), .frames = pages,                            \
        DEVICE_TABLE(field, fields), .outputs = outputs,                       \
        .output_count = count, .reset = reset, .restored = update,             \
    }

const struct device_type ast2700_ipc0 =
    TYPE("aspeed,ast2700-ipc0", "AST2700 mailboxes of the CPU die", pages_ipc0,
         PAGES_IPC0);
const struct device_type ast2700_ipc1 =
    TYPE("aspeed,ast2700-ipc1", "AST2700 mailboxes of the I/O die", pages_ipc1,
         PAGES_IPC1);

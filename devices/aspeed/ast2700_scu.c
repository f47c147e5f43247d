/* SPDX-License-Identifier: Apache-2.0 */
/* Behaviour that both system control units have, see ast2700_scu.h. */
#include "devices/aspeed/ast2700_scu.h"

#include "abi/ast2700.h"
#include "base/assert.h"
#include "base/bits.h"

enum { RNG_DISABLE = 1 };
#define RNG_VALID BIT(31)

static struct ast2700_scu *scu_of(const struct device *device)
{
    return device->state;
}

uint32_t ast2700_scu_revision(const struct device *device)
{
    return device_property_u32(device, "cairn,silicon-revision", AST2700_A1);
}

AST2700_SCU_READ(read_revision)
{
    (void)access;
    (void)index;
    return ast2700_scu_revision(device);
}

/* ---- Straps -------------------------------------------------------------- */

/* Some straps hold processors. */
static void strap(struct device *device, const struct access *access,
                  uint32_t to)
{
    const struct ast2700_scu_part *part = device->type->interface;

    scu_of(device)->strap = to;
    part->moved(device, access, 0, 0, 0);
}

AST2700_SCU_WRITE(set_strap)
{
    const struct ast2700_scu *scu = scu_of(device);

    (void)index;
    strap(device, access, scu->strap | (value & ~scu->strap_lock));
}

AST2700_SCU_WRITE(clear_strap)
{
    const struct ast2700_scu *scu = scu_of(device);

    (void)index;
    strap(device, access, scu->strap & ~(value & ~scu->strap_lock));
}

/* ---- Reset lines --------------------------------------------------------- */

void ast2700_scu_drive(struct device *device)
{
    for (unsigned id = 0; id < AST2700_SCU_LINES; id++) {
        line_set(&device->outputs[id],
                 scu_of(device)->reset[id / 32] >> id % 32 & 1);
    }
}

/* The agent of the event is the master that wrote the register. */
void ast2700_scu_tell(struct device *device, const struct access *access,
                      unsigned line, bool asserted)
{
    struct fabric *fabric = device->fabric;
    const char *maker = access ? fabric_maker(fabric, access->maker) : NULL;
    struct event event = {
        .time_ns = clock_now(&fabric->clock),
        .fact = asserted ? FACT_LINE_ASSERTED : FACT_LINE_RELEASED,
        .role = device->type->role,
    };

    if (maker) {
        event_set_agent(&event, maker);
        event_set_name(&event, device->outputs[line].name);
        event_add(&fabric->events, &event);
    }
}

static void move(struct device *device, const struct access *access,
                 unsigned bank, uint32_t to)
{
    const struct ast2700_scu_part *part = device->type->interface;
    struct ast2700_scu *scu = scu_of(device);

    debug_assert(bank < AST2700_SCU_BANKS);
    uint32_t asserted = to & ~scu->reset[bank];
    uint32_t released = scu->reset[bank] & ~to;
    scu->reset[bank] = to;
    part->moved(device, access, bank, asserted, released);
}

void ast2700_scu_assert(struct device *device, const struct access *access,
                        unsigned bank, uint32_t lines)
{
    const struct ast2700_scu *scu = scu_of(device);

    move(device, access, bank,
         scu->reset[bank] | (lines & ~scu->reset_lock[bank]));
}

void ast2700_scu_release(struct device *device, const struct access *access,
                         unsigned bank, uint32_t lines)
{
    const struct ast2700_scu *scu = scu_of(device);

    move(device, access, bank,
         scu->reset[bank] & ~(lines & ~scu->reset_lock[bank]));
}

AST2700_SCU_WRITE(assert_bank1)
{
    (void)index;
    ast2700_scu_assert(device, access, 0, value);
}

AST2700_SCU_WRITE(release_bank1)
{
    (void)index;
    ast2700_scu_release(device, access, 0, value);
}

AST2700_SCU_WRITE(assert_bank2)
{
    (void)index;
    ast2700_scu_assert(device, access, 1, value);
}

AST2700_SCU_WRITE(release_bank2)
{
    (void)index;
    ast2700_scu_release(device, access, 1, value);
}

/* ---- Clocks -------------------------------------------------------------- */

AST2700_SCU_WRITE(stop_clocks)
{
    struct ast2700_scu *scu = scu_of(device);

    (void)access;
    (void)index;
    scu->gate |= value & ~scu->gate_lock;
}

AST2700_SCU_WRITE(start_clocks)
{
    struct ast2700_scu *scu = scu_of(device);

    (void)access;
    (void)index;
    scu->gate &= ~(value & ~scu->gate_lock);
}

/* A measurement has ended as soon as it is asked for. */
AST2700_SCU_READ(read_frequency)
{
    const struct ast2700_scu *scu = scu_of(device);
    bool enabled = (scu->frequency_control & AST2700_SCU_FREQ_ENABLE) != 0;

    (void)access;
    (void)index;
    return scu->frequency_control |
           (enabled ? (uint32_t)AST2700_SCU_FREQ_DONE : 0);
}

/* ---- Random numbers ------------------------------------------------------ */

AST2700_SCU_READ(read_rng_control)
{
    uint32_t control = scu_of(device)->rng_control;

    (void)access;
    (void)index;
    return control | ((control & RNG_DISABLE) != 0 ? 0 : RNG_VALID);
}

/* A debugger that looks takes no number away. */
AST2700_SCU_READ(read_rng_data)
{
    uint8_t bytes[4] = {0};

    (void)index;
    if ((scu_of(device)->rng_control & RNG_DISABLE) == 0 && !access->debug) {
        fabric_random(device->fabric, bytes, sizeof(bytes));
    }
    return load_le32(bytes);
}

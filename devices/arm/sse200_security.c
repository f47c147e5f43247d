/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Security controller of the SSE-200 and the IoTKit (101104, 3.6 and 3.7): the
 * Secure and the Non-secure privilege control blocks, and the peripheral
 * protection controllers (DDI 0571, chapter 4) that they set up, which stand in
 * front of devices and let those accesses through that are of the security of
 * the device's port and, unless the port says otherwise, privileged.
 *
 * A controller is known by its bit in SECPPCINTSTAT; port n of it is port
 * 16 * bit + n of this device for cairn,gate.
 */
#include <stdlib.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bus/device.h"
#include "devices/arm/cmsdk.h"

enum { GROUPS = 10, PORTS = 16, PORT_SIZE = 0x200000, BANK_GATES = 2 };
enum { APB = 0, APB_EXPANSION = 2, AHB_EXPANSION = 6 };
enum { PPC_BITS = 0x00f000f3 };

/* By group: APB 0 and 1, APB expansion 0 to 3, AHB expansion 0 to 3. */
struct state {
    uint32_t non_secure[GROUPS];
    uint32_t unprivileged[GROUPS]; /* of Secure ports, */
    uint32_t non_secure_unprivileged[GROUPS];
    uint32_t bus_error; /* SECRESPCFG */
    uint32_t callable;  /* NSCCFG */
    uint32_t ppc_latched;
    uint32_t ppc_enable;
    uint32_t msc_enable;
    uint32_t msc_non_secure;
    uint32_t bridge_enable;
    uint32_t locked;
    uint32_t wait; /* BUSWAIT */
};

/* The devices behind each port. */
struct wiring {
    struct window *behind[GROUPS * PORTS];
};

enum outputs {
    OUTPUT_MPC,
    OUTPUT_PPC,
    OUTPUT_CODE_CALLABLE,
    OUTPUT_RAM_CALLABLE,
};

static unsigned bit_of(unsigned group)
{
    return group < APB_EXPANSION   ? group
           : group < AHB_EXPANSION ? 4 + group - APB_EXPANSION
                                   : 20 + group - AHB_EXPANSION;
}

static uint32_t ppc_status(const struct device *device)
{
    const struct state *state = device->state;
    return state->ppc_latched & state->ppc_enable;
}

/* The first four inputs are of the subsystem's memories. */
static uint32_t mpc_status(const struct device *device)
{
    uint32_t levels = device_input_bits(device);

    return (levels & 0xf) | (levels & 0xf0) << 12;
}

static void update(struct device *device)
{
    const struct state *state = device->state;

    line_set(&device->outputs[OUTPUT_MPC], mpc_status(device) != 0);
    line_set(&device->outputs[OUTPUT_PPC], ppc_status(device) != 0);
    line_set(&device->outputs[OUTPUT_CODE_CALLABLE], state->callable & 1);
    line_set(&device->outputs[OUTPUT_RAM_CALLABLE], state->callable >> 1 & 1);
}

static void mpc_changed(struct device *device, unsigned index, uint32_t level)
{
    update(device);
}

/* ---- Gates --------------------------------------------------------------- */

static int gate(struct device *device, uint32_t port, struct space *space,
                struct window *window, struct error *error)
{
    struct wiring *wiring = device->wiring;
    unsigned group = 0;

    while (group < GROUPS && bit_of(group) != port / PORTS) {
        group++;
    }
    if (group == GROUPS) {
        return error_set(error, -EINVAL,
                         "'%s' has no controller %u (port 0x%x)", device->name,
                         port / PORTS, port);
    }
    struct window **place = &wiring->behind[group * PORTS + port % PORTS];
    if (window->region ||
        !in_range(window->offset, window->size_bytes, PORT_SIZE)) {
        return error_set(error, -EINVAL,
                         "a port of '%s' is for registers, of 0x%x bytes at "
                         "most",
                         device->name, PORT_SIZE);
    }
    if (*place && ((*place)->device != window->device ||
                   (*place)->bank != window->bank)) {
        return error_set(error, -EBUSY, "port 0x%x of '%s' is '%s's already",
                         port, device->name, (*place)->name);
    }
    if (!*place) {
        *place = xcalloc(1, sizeof(**place));
        **place = *window;
    }
    window->device = device;
    window->bank = BANK_GATES;
    window->offset +=
        (uint64_t)(group * PORTS + port % PORTS) * (uint64_t)PORT_SIZE;
    return 0;
}

/* NULL: the access may pass. */
static const char *objection(const struct device *device,
                             const struct access *access, unsigned port)
{
    const struct state *state = device->state;
    unsigned group = port / PORTS;
    bool non_secure = (state->non_secure[group] >> port % PORTS & 1) != 0;
    uint32_t unprivileged = non_secure ? state->non_secure_unprivileged[group]
                                       : state->unprivileged[group];

    if (access->debug) {
        return NULL;
    }
    if (access->secure == non_secure) {
        return non_secure ? "Non-secure" : "Secure";
    }
    return access->privileged || (unprivileged >> port % PORTS & 1) != 0
               ? NULL
               : "privileged";
}

/* True if an access to a port gets no further; *result is its outcome then. */
static bool is_barred(struct device *device, const struct access *access,
                      uint64_t offset, const char *verb, int *result)
{
    const unsigned port = (unsigned)(offset / PORT_SIZE);
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    const char *why = objection(device, access, port);

    if (!why) {
        return false;
    }
    device_guest_error(
        device, port,
        "%s, %sprivileged %s at offset 0x%x of '%s': its port is %s",
        access->secure ? "Secure" : "Non-secure",
        access->privileged ? "" : "un", verb, (unsigned)(offset % PORT_SIZE),
        wiring->behind[port]->name, why);
    state->ppc_latched |= BIT(bit_of(port / PORTS));
    update(device);
    *result = state->bus_error != 0 ? -EFAULT : 0;
    return true;
}

/* A node that the board ignores. */
static void count_ignored(struct device *device, const struct access *access,
                          struct window *behind, uint64_t offset,
                          const char *verb)
{
    if (!access->debug) {
        behind->hits++;
        log_write(&device->fabric->log, LOG_UNMODELLED, behind->name, offset,
                  "%s at offset 0x%llx: ignored by the board", verb,
                  (unsigned long long)offset);
    }
}

static int pass_read(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t *value)
{
    const struct wiring *wiring = device->wiring;
    unsigned port = (unsigned)(offset / PORT_SIZE);
    struct window *behind = wiring->behind[port];
    int result = 0;

    *value = 0;
    if (!behind) {
        return -EFAULT;
    }
    if (is_barred(device, access, offset, "read", &result)) {
        return result;
    }
    if (!behind->device) {
        count_ignored(device, access, behind, offset % PORT_SIZE, "read");
        return 0;
    }
    return device_read(behind->device, behind->bank, access, offset % PORT_SIZE,
                       size, value);
}

static int pass_write(struct device *device, unsigned bank,
                      const struct access *access, uint64_t offset,
                      unsigned size, uint64_t value)
{
    const struct wiring *wiring = device->wiring;
    unsigned port = (unsigned)(offset / PORT_SIZE);
    struct window *behind = wiring->behind[port];
    int result = 0;

    if (!behind) {
        return -EFAULT;
    }
    if (is_barred(device, access, offset, "write", &result)) {
        return result;
    }
    if (!behind->device) {
        count_ignored(device, access, behind, offset % PORT_SIZE, "write");
        return 0;
    }
    return device_write(behind->device, behind->bank, access,
                        offset % PORT_SIZE, size, value);
}

/* ---- Registers ----------------------------------------------------------- */

REGISTER_STORE(write_nsccfg, callable, update)
REGISTER_READ(read_mpc_status, mpc_status)
REGISTER_READ(read_ppc_status, ppc_status)
REGISTER_CLEAR(write_ppc_clear, ppc_latched, update)
REGISTER_STORE(write_ppc_enable, ppc_enable, update)

static void fini(struct device *device)
{
    struct wiring *wiring = device->wiring;

    for (size_t i = 0; i < ARRAY_SIZE(wiring->behind); i++) {
        free(wiring->behind[i]);
    }
}

#define PPC_ROW(offset, count, name, member, first, text)                      \
    {                                                                          \
        offset, count, name, {RW, RW}, RESET_CORE, 0, 0xffff,                  \
            FIELD(struct state, member[first]), NULL, NULL, text               \
    }

static const struct register_spec secure_registers[] = {
#include "devices/arm/sse200_security.def"
};

static const struct register_spec non_secure_registers[] = {
    PPC_ROW(0x0a0, 4, "AHBNSPPPCEXP", non_secure_unprivileged, AHB_EXPANSION,
            "Non-secure ports for unprivileged accesses"),
    PPC_ROW(0x0b0, 2, "APBNSPPPC", non_secure_unprivileged, APB,
            "Non-secure ports for unprivileged accesses"),
    PPC_ROW(0x0c0, 4, "APBNSPPPCEXP", non_secure_unprivileged, APB_EXPANSION,
            "Non-secure ports for unprivileged accesses"),
    CMSDK_IDENTIFICATION(0x53, 0x0b),
};

static const struct input_spec inputs[] = {
    {"mpc0",    mpc_changed},
    {"mpc1",    mpc_changed},
    {"mpc2",    mpc_changed},
    {"mpc3",    mpc_changed},
    {"mpcexp0", mpc_changed},
    {"mpcexp1", mpc_changed},
    {"mpcexp2", mpc_changed},
    {"mpcexp3", mpc_changed},
};

const struct device_type sse200_security = {
    .compatible = "arm,sse-200-security",
    .title = "SSE-200 security controller",
    .reference = "SSE-200 TRM 101104, 3.6 and 3.7; SIE-200 TRM, DDI 0571",
    DEVICE_OMISSIONS(
        {"SPCSECCTRL", OMITTED_SET, 1, 0, "what SPCSECCTRL locks"},
        {"BUSWAIT", OMITTED_OTHER, 1, 1, "accesses that wait"},
        {"BRGINTEN", OMITTED_UNSEEN, 0, 0,
         "bridge errors: bridges buffer nothing"},
        {"SECMSCINTEN", OMITTED_SET, UINT32_MAX, 0,
         "master security controllers"},
        {"NSMSCEXP", OMITTED_SET, 0xffff0000, 0,
         "Non-secure masters behind security controllers"},
        {"SECMSCINTCLR", OMITTED_UNSEEN, 0, 0,
         "interrupts of master security controllers: there are none"},
        {"BRGINTCLR", OMITTED_UNSEEN, 0, 0,
         "interrupts of bridges: there are none"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(
        REGISTER_BANK("secure", 0x1000, 1 | 2 | 4, secure_registers),
        REGISTER_BANK("non-secure", 0x1000, 1 | 2 | 4, non_secure_registers),
        {"gates", GROUPS *PORTS *PORT_SIZE, 1 | 2 | 4 | 8, NULL, 0}),
    DEVICE_OUTPUTS({"mpc", LINE_INTERRUPT}, {"ppc", LINE_INTERRUPT},
                   {"code_callable", LINE_SIGNAL},
                   {"ram_callable", LINE_SIGNAL}),
    DEVICE_TABLE(input, inputs),
    .fini = fini,
    .restored = update,
    .read = pass_read,
    .write = pass_write,
    .gate = gate,
};

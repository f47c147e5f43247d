/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both register interfaces of a TPM at their guest boundary: the input is a
 * list of accesses of any size to registers of any locality, of replies of the
 * TPM (responses, too short ones, reasons, late ones), resets, and saves with a
 * restore, after which nothing may differ. What goes out is always a whole
 * command of the locality that has the TPM.
 */
#include <string.h>

#include "devices/test_ops.h"
#include "devices/tpm/test_tpm.h"
#include "tests/fuzz.h"

extern const struct device_type tpm_crb;
extern const struct device_type tpm_tis;

enum { OPS_MAX = 2000 };

enum kind { READ, WRITE, WRITE_ONE, STREAM, REPLY, RESET, AGAIN, DEBUGGER };

static void check_request(const struct fake *fake)
{
    const struct tpm_request *request =
        (const struct tpm_request *)(const void *)fake->request;
    const uint8_t *command = fake->request + sizeof(*request);
    size_t size = fake->size - sizeof(*request);
    test_require(fake->size >= sizeof(*request) + TPM_HEADER_SIZE);
    test_require(request->locality < TPM_LOCALITIES && request->init <= 1);
    test_require(load_be32(command + TPM_HEADER_LENGTH) == size);
    test_require(size <= fake->room);
}

/* The lower registers, then the FIFO's window and the buffer, coarsely. */
static uint32_t offset_of(const struct test_op *op)
{
    return op->place < 0x80   ? op->place
           : op->place < 0xf0 ? 0x80u + (op->place - 0x80u) * 0x20
                              : 0xf00u + (op->place - 0xf0u) * 4;
}

static void access_registers(struct test_bus *bus, const struct test_op *op)
{
    unsigned kind = op->what & 7;
    unsigned size = 1u << (op->what >> 3 & 3);
    uint64_t offset = (op->what >> 5) % 5 * (uint64_t)TPM_FRAME_SIZE +
                      (offset_of(op) & ~(size - 1));
    struct access access = {.debug = kind == DEBUGGER};
    uint64_t value = kind == WRITE_ONE ? (uint64_t)1 << op->value % 32
                                       : op->value * 0x10001u;
    if (kind == READ || kind == DEBUGGER) {
        device_read(bus->device, 0, &access, offset, size, &value);
    } else {
        device_write(bus->device, 0, &access, offset, size, value);
    }
}

/* A command of a length that fits, by a locality's FIFO or buffer. */
static void stream(struct test_bus *bus, const struct test_op *op)
{
    bool tis = bus->device->type == &tpm_tis;
    unsigned locality = (op->what >> 5) % 5;
    uint8_t header[6] = {
        0x80, 1, 0, 0, (uint8_t)(op->value >> 8), (uint8_t)op->value};
    uint32_t count = op->place * 17u;
    for (uint32_t i = 0; i < count; i++) {
        put(bus, locality, tis ? 0x24 : 0x80 + i % 0xf80, 1,
            i < sizeof(header) ? header[i] : i);
    }
}

static void give_reply(struct test_bus *bus, const struct test_op *op)
{
    uint8_t bytes[TPM_BUFFER_MAX];
    size_t size = op->value % (sizeof(bytes) + 1);
    memset(bytes, op->place, sizeof(bytes));
    reply(bus, bytes, size);
}

static void step(struct test_bus *bus, struct fake *fake,
                 const struct test_op *op)
{
    unsigned asks = fake->asks;
    switch (op->what & 7) {
    case STREAM:
        stream(bus, op);
        break;
    case REPLY:
        give_reply(bus, op);
        break;
    case RESET:
        device_reset(bus->device, (enum reset_domain)(op->value % RESET_NEVER));
        break;
    case AGAIN:
        test_require(test_restores(bus->device));
        break;
    default:
        access_registers(bus, op);
        break;
    }
    if (fake->asks != asks) {
        check_request(fake);
    }
}

FUZZ(data, size)
{
    struct test_bus bus;
    struct fake fake;
    struct test_op op;
    if (size == 0) {
        return 0;
    }
    tpm_setup(&bus, &fake, data[0] & 1 ? &tpm_crb : &tpm_tis,
              data[0] & 2 ? 1 : 5);
    bus.fabric.log.sink = NULL;
    data++;
    size--;
    for (unsigned i = 0; i < OPS_MAX && test_op_next(&op, &data, &size); i++) {
        step(&bus, &fake, &op);
    }
    test_bus_fini(&bus);
    return 0;
}

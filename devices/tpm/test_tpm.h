/* SPDX-License-Identifier: Apache-2.0 */
/* A TPM that notes the request and leaves the reply to the test, and accesses
 * to the registers of a locality. */
#ifndef DEVICES_TPM_TEST_TPM_H
#define DEVICES_TPM_TEST_TPM_H

#include "devices/test_bus.h"
#include "devices/tpm/tpm.h"

struct fake {
    struct channels channels;
    uint8_t request[sizeof(struct tpm_request) + TPM_BUFFER_MAX];
    size_t size;
    size_t room;
    unsigned asks;
    unsigned cancels;
};

static inline void fake_ask(struct channels *channels, unsigned number,
                            const struct channel_request *request)
{
    struct fake *fake = (struct fake *)channels;
    assert(number == 0 && request->size <= sizeof(fake->request));
    memcpy(fake->request, request->bytes, request->size);
    fake->size = request->size;
    fake->room = request->reply_room;
    fake->asks++;
}

static inline void fake_cancel(struct channels *channels, unsigned number)
{
    ((struct fake *)channels)->cancels++;
}

/* With localities 0: what the device has without the property. */
static inline void tpm_setup(struct test_bus *bus, struct fake *fake,
                             const struct device_type *type,
                             uint32_t localities)
{
    test_bus_init(bus);
    if (localities != 0) {
        test_bus_property(bus, "cairn,localities", localities);
    }
    test_bus_property(bus, "reg", 0x0c000000);
    bus->device = test_bus_make(bus, type);
    *fake = (struct fake){
        .channels = {.ask = fake_ask, .cancel = fake_cancel},
    };
    bus->device->channels = &fake->channels;
}

static inline uint32_t get(struct test_bus *bus, unsigned locality,
                           uint32_t offset, unsigned size)
{
    return (uint32_t)test_read_as(bus->device, (struct test_who){0, false}, 0,
                                  locality * TPM_FRAME_SIZE + offset, size);
}

static inline void put(struct test_bus *bus, unsigned locality, uint32_t offset,
                       unsigned size, uint32_t value)
{
    test_write_as(bus->device, (struct test_who){0, false}, 0,
                  locality * TPM_FRAME_SIZE + offset, size, value);
}

static inline void reply(struct test_bus *bus, const void *bytes, size_t size)
{
    bus->device->type->channel->replied(bus->device, 0, bytes, size);
}

/* TPM2_GetRandom of 8 bytes, and what it might answer. */
static const uint8_t get_random[] = {0x80, 0x01, 0, 0,    0, 12,
                                     0,    0,    1, 0x7b, 0, 8};
static const uint8_t random_bytes[] = {0x80, 0x01, 0, 0, 0, 20, 0, 0, 0, 0,
                                       0,    8,    1, 2, 3, 4,  5, 6, 7, 8};

#endif

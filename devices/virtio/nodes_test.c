/* SPDX-License-Identifier: Apache-2.0 */
/* A property that a virtio device cannot have is an error that names it; the
 * default does not take its place. */
#include <string.h>

#include "devices/test_bus.h"
#include "tests/harness.h"

extern const struct device_type virtio_mmio_balloon;
extern const struct device_type virtio_mmio_console;
extern const struct device_type virtio_mmio_fs;
extern const struct device_type virtio_mmio_gpio;
extern const struct device_type virtio_mmio_i2c;
extern const struct device_type virtio_mmio_net;
extern const struct device_type virtio_mmio_vsock;

enum { VALUE_MAX = 300 };

static const struct row {
    const struct device_type *type;
    const char *property;
    char bytes[40]; /* and zeros behind them */
    size_t size;
    const char *error; /* behind the name of the device; "": none */
} rows[] = {
    {&virtio_mmio_net,     "local-mac-address", "\2\0\0\0\0\1",                          6,   ""},
    {&virtio_mmio_net,     "local-mac-address", "\2\0\0\0\0",                            5,
     "'local-mac-address' has 5 bytes, not 6"                                                   },
    {&virtio_mmio_net,     "cairn,queue-pairs", "\0\0\0\5",                              4,
     "'cairn,queue-pairs' is 5, not 1 to 4"                                                     },
    {&virtio_mmio_net,     "cairn,mtu",         "\0\0\0\x43",                            4,
     "'cairn,mtu' is 67, not 68 to 65535"                                                       },
    {&virtio_mmio_fs,      "cairn,tag",         "123456789012345678901234567890123456",  37,
     ""                                                                                         },
    {&virtio_mmio_fs,      "cairn,tag",         "1234567890123456789012345678901234567", 38,
     "cairn,tag '1234567890123456789012345678901234567' has more than 36 "
     "bytes"                                                                                    },
    {&virtio_mmio_console, "cairn,columns",     "\0\0\xff\xff",                          4,   ""},
    {&virtio_mmio_console, "cairn,columns",     "\0\1\0\0",                              4,
     "'cairn,columns' is 65536, more than 65535"                                                },
    {&virtio_mmio_console, "cairn,rows",        "\0\1\0\0",                              4,
     "'cairn,rows' is 65536, more than 65535"                                                   },
    {&virtio_mmio_console, "cairn,ports",       "\0",                                    1,
     "port name '' has not 1 to 63 characters"                                                  },
    {&virtio_mmio_gpio,    "ngpios",            "\0\0\0\x11",                            4,
     "ngpios is 17, and not 1 to 16"                                                            },
    {&virtio_mmio_gpio,    "gpio-line-names",   "one\0two",                              8,
     "gpio-line-names are 2, and ngpios 8"                                                      },
    {&virtio_mmio_balloon, "cairn,targets",     "\0\0\0\1",                              4,
     "cairn,targets are no pairs of milliseconds and pages"                                     },
    {&virtio_mmio_balloon, "cairn,targets",     "\0\0\0\1\0\0\0\0\0\0\0\1",              16,
     "cairn,targets are not in the order of time"                                               },
    {&virtio_mmio_i2c,     "cairn,eeprom",      "",                                      257,
     "cairn,eeprom has 257 bytes, and not up to 256"                                            },
    {&virtio_mmio_vsock,   "cairn,guest-cid",   "\0\0\0\2",                              4,
     "cairn,guest-cid is 2, and not 3 to 4294967294"                                            },
};

struct node {
    const struct row *row;
    struct space *space;
    uint8_t value[VALUE_MAX];
};

static const void *find(const void *at, const char *name, bool inherited,
                        size_t *size)
{
    const struct node *node = at;

    if (strcmp(name, node->row->property) != 0) {
        return NULL;
    }
    *size = node->row->size;
    return node->value;
}

static struct space *space_of(const void *at)
{
    return ((const struct node *)at)->space;
}

TEST(properties_that_cannot_be_are_errors)
{
    static const struct property_source properties = {.find = find,
                                                      .space = space_of};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct node node = {.row = &rows[i]};
        struct error error = {""};
        OWNED(fabric_fini) struct fabric fabric;

        test_case("%s: %s", rows[i].property, rows[i].error);
        memcpy(node.value, rows[i].bytes, sizeof(rows[i].bytes));
        fabric_init(&fabric, 1);
        node.space = space_create(&fabric, "master");
        struct device *device =
            device_create(&fabric, rows[i].type, "device", &properties, &node);
        const bool failed = device_init(device, &error) != 0;
        EXPECT_EQ(failed, rows[i].error[0] != '\0');
        EXPECT_STR(error.text + (failed ? strlen("device: ") : 0),
                   rows[i].error);
        device_destroy(device);
        space_destroy(node.space);
    }
}

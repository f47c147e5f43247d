/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that options plug in: which slots they have, and what a guest reads
 * of them. */
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define HELLO "build/out/guest/virt/hello.elf"

OWN_PATH(small_disk, "volatile:", "small")
OWN_PATH(large_disk, "volatile:", "large")
OWN_PATH(third_disk, "volatile:", "third")
OWN_PATH(socket_path, "", "socket")

/* The slots of board virt, by virtio-mmio. */
enum {
    SLOTS = 32,
    SLOT = 0xa000000,
    SLOT_SIZE = 0x200,
    DEVICE = 8,
    CONFIG = 0x100,
    CONFIG_SIZE = 12,
};

static uint64_t read_bus(struct cairn_machine *machine, uint64_t address,
                         unsigned size)
{
    uint64_t value = 0;

    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, address, size, &value), 0);
    return value;
}

static struct session *open_powered(const struct session_options *options)
{
    struct session_error error = {0};
    struct session *session = NULL;

    if (!EXPECT_EQ(session_open(options, NULL, &session, &error), 0) ||
        !EXPECT_EQ(session_load(session, &error), 0) ||
        !EXPECT_EQ(session_build(session, &error), 0)) {
        EXPECT_STR(error.text, "");
        session_close(session);
        return NULL;
    }
    cairn_power(session_machine(session));
    return session;
}

/* "DEVICE CONFIG\n" of each slot that has one. */
static void print_slots(struct cairn_machine *machine, struct buffer *out)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const uint64_t at = SLOT + (uint64_t)slot * SLOT_SIZE;
        const uint64_t device = read_bus(machine, at + DEVICE, 4);

        if (device == 0) {
            continue;
        }
        buffer_print(out, "%u ", (unsigned)device);
        for (unsigned i = 0; i < CONFIG_SIZE; i++) {
            buffer_print(out, "%02x",
                         (unsigned)read_bus(machine, at + CONFIG + i, 1));
        }
        buffer_print(out, "\n");
    }
}

/* Virtio 1.2, 4.2: has the device in the first slot fill its first buffer,
 * which is in memory with the queue. */
static uint64_t read_entropy(struct cairn_machine *machine)
{
    enum { RAM = 0x40000000, QUEUE = 0x1000, BUFFER = 0x2000, WRITE = 2 };
    static const struct {
        unsigned offset;
        uint32_t value;
    } writes[] = {
        {0x70, 0                  },
        {0x70, 3                  }, /* ACKNOWLEDGE, DRIVER */
        {0x24, 1                  },
        {0x20, 1                  }, /* VERSION_1 */
        {0x70, 11                 }, /* FEATURES_OK */
        {0x38, 4                  },
        {0x80, RAM + QUEUE        },
        {0x90, RAM + QUEUE + 0x100},
        {0xa0, RAM + QUEUE + 0x200},
        {0x44, 1                  },
        {0x70, 15                 }, /* DRIVER_OK */
        {0x50, 0                  },
    };
    uint8_t *ram = NULL;
    size_t size = 0;

    EXPECT_EQ(cairn_memory(machine, "ram", &ram, &size), 0);
    store_le64(ram + QUEUE, RAM + BUFFER);
    store_le64(ram + QUEUE + 8, 8 | (uint64_t)WRITE << 32);
    store_le32(ram + QUEUE + 0x100, 1 << 16);
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
        EXPECT_EQ(cairn_bus_write(machine, "cores", 0, SLOT + writes[i].offset,
                                  4, writes[i].value),
                  0);
    }
    /* The host's comes after a while. */
    (void)cairn_run(machine,
                    &(struct cairn_until){.size = sizeof(struct cairn_until),
                                          .instructions = 1000000});
    return load_le64(ram + BUFFER);
}

static const struct session_net nets[] = {
    {.backend = "none,mac=52:54:00:12:34:aB"},
    {.backend = "none,mtu=068"},
    {.backend = "none,queues=4,mtu=65535"},
    {.backend = "none"},
    {.backend = "none,queues=1,mac=00:00:00:00:00:00,bus=mmio"},
};
static const struct session_disk disks[] = {
    {.serial = "12345678901234567890", .disk = {.backend = small_disk}},
    {.disk = {.backend = large_disk}                               },
};
static const struct session_disk other_disks[] = {
    {.bus = "mmio", .disk = {.backend = small_disk}},
    {.disk = {.backend = large_disk}            },
    {.disk = {.backend = third_disk}},
};
static const struct session_net other_nets[] = {
    {.backend = "none,mac=52:54:00:12:34:56"},
    {.backend = "none"},
    {.backend = "none,mtu=68"},
};
static const char *const disk_overlay[] = {"devices/example/disk.dtso"};
static const char *const net_overlay[] = {"devices/example/channel.dtso"};
static const struct session_serial ports[] = {
    {.port = "hvc1", .backend = "loopback"},
    {.port = "hvc0", .backend = "loopback"},
};
static const struct session_plugged plugged[] = {{.kind = "rng"},
                                                 {.kind = "balloon"}};

static void make_disk(const char *backend, size_t size)
{
    static const uint8_t zeros[1536];
    struct error error;

    REQUIRE(size <= sizeof(zeros));
    EXPECT_EQ(file_write(strchr(backend, ':') + 1, zeros, size, &error), 0);
}

/* A device of the board's own is that of the first without options of its own.
 */
TEST(plugged_devices_are_what_options_say)
{
    static const struct {
        struct session_options options;
        const char *slots;
    } rows[] = {
        {{.nets = nets, .net_count = ARRAY_SIZE(nets)},
         "1 5254001234ab010001000000\n"
         "1 525400c8cd1c010001004400\n"
         "1 525400de951601000400ffff\n"
         "1 525400d5e624010001000000\n"
         "1 000000000000010001000000\n"},
        {{.disks = disks, .disk_count = ARRAY_SIZE(disks)},
         "2 010000000000000000000000\n"
         "2 030000000000000000000000\n"},
        {{.disks = other_disks,
          .disk_count = ARRAY_SIZE(other_disks),
          .overlays = disk_overlay,
          .overlay_count = 1},
         "2 010000000000000000000000\n"
         "2 020000000000000000000000\n"},
        {{.nets = other_nets,
          .net_count = ARRAY_SIZE(other_nets),
          .overlays = net_overlay,
          .overlay_count = 1},
         "1 525400123456010001000000\n"
         "1 525400c8cd1c010001004400\n"},
        {{.serials = ports, .serial_count = ARRAY_SIZE(ports)},
         "3 000000000200000000000000\n"},
        {{.vsock = {.path = socket_path, .cid = 0x12345678},
          .rng = {.source = "host"},
          .console = "hvc2",
          .plugged = plugged,
          .plugged_count = ARRAY_SIZE(plugged)},
         "3 000000000300000000000000\n"
         "4 000000000000000000000000\n"
         "19 785634120000000000000000\n"
         "4 000000000000000000000000\n"
         "5 000000000000000000000000\n"},
    };
    make_disk(small_disk, 512);
    make_disk(large_disk, 1536);
    make_disk(third_disk, 1024);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = rows[i].options;
        OWNED(buffer_fini) struct buffer slots = {0};

        test_case("row %zu", i);
        options.board = "virt";
        options.kernel = HELLO;
        struct session *session = open_powered(&options);
        REQUIRE(session != NULL);
        print_slots(session_machine(session), &slots);
        EXPECT_STR(buffer_text(&slots), rows[i].slots);
        session_close(session);
    }
    unlink(strchr(small_disk, ':') + 1);
    unlink(strchr(third_disk, ':') + 1);
    unlink(strchr(large_disk, ':') + 1);
}

/* Two runs with one seed have the same, but not by the host's generator. */
TEST(entropy_is_seeded_or_of_the_host)
{
    static const char *const sources[] = {"seeded", "host"};

    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        const struct session_options options = {
            .board = "virt", .kernel = HELLO, .rng.source = sources[i]};
        uint64_t entropy[2] = {0};
        test_case("%s", sources[i]);
        for (size_t n = 0; n < 2; n++) {
            struct session *session = open_powered(&options);
            REQUIRE(session != NULL);
            entropy[n] = read_entropy(session_machine(session));
            session_close(session);
        }
        EXPECT(entropy[0] != 0);
        EXPECT_EQ(entropy[0] == entropy[1], i == 0);
    }
}

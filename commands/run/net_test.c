/* SPDX-License-Identifier: Apache-2.0 */
/* Option --net: its words, the devices that it finds or makes, and the packet
 * log. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/command.h"

static struct outcome run(const char *const *more, size_t count)
{
    const char *words[16] = {"cairn",
                             "run",
                             "virt",
                             "--expect",
                             "ready",
                             "--kernel",
                             "build/out/guest/virt/console.elf"};

    memcpy(words + 7, more, count * sizeof(*more));
    return outcome_of(words, 7 + count);
}

TEST(what_is_no_network_is_misuse)
{
    static const struct {
        const char *net;
        const char *says;
    } rows[] = {
        {"slirp",                       "'slirp' is none of user, tap, "           },
        {"user,speed=1",                "'user' has no option 'speed'"             },
        {"none,mac=1:2",                "'mac=1:2' is no address of one device"    },
        {"none,mac=53:54:0:0:0:1",      "'mac=53:54:0:0:0:1' is no address"        },
        {"none,mac=53:54:00:00:00:01",  "'mac=53:54:00:00:00:01' is no"            },
        {"none,mac=52:54:00:00:00",     "'mac=52:54:00:00:00' is no"               },
        {"none,mac=52:54:00:00:00:1",   "'mac=52:54:00:00:00:1' is no"             },
        {"none,mac=2:54:00:00:00:01",   "'mac=2:54:00:00:00:01' is no"             },
        {"none,mac=52:54:00:00:00:01:", "'mac=52:54:00:00:00:01:' is no"           },
        {"none,mac=52-54:00:00:00:01",  "'mac=52-54:00:00:00:01' is no"            },
        {"none,mac=52:g4:00:00:00:01",  "'mac=52:g4:00:00:00:01' is no"            },
        {"none,mtu=67",                 "'mtu=67' is not 68 to 65535"              },
        {"none,mtu=65536",              "'mtu=65536' is not 68 to 65535"           },
        {"none,mtu=+99",                "'mtu=+99' is not 68 to 65535"             },
        {"none,mtu=99x",                "'mtu=99x' is not 68 to 65535"             },
        {"none,mtu=:99",                "'mtu=:99' is not 68 to 65535"             },
        {"none,queues=0",               "'queues=0' is not 1 to 4"                 },
        {"none,queues=5",               "'queues=5' is not 1 to 4"                 },
        {"none,bus=isa",                "no bus 'isa': mmio, mmio-legacy or pci"   },
        {"uart=none",                   "no network device 'uart'"                 },
        {"uart=none,mtu=99",            "'uart' is a device of the board: 'mtu' is"},
        {"uart=none,bus=pci",           "'uart' is a device of the board: 'bus' is"},
        {"uart=none,queues=1",          "'uart' is a device of the board: 'queues" },
        {"socket",                      "'socket' needs one of listen="            },
        {"user,forward=tcp:1",          "'forward=tcp:1': expected tcp|udp:"       },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *const words[] = {"--net", rows[i].net};
        test_case("%s", rows[i].net);
        struct outcome outcome = run(words, ARRAY_SIZE(words));
        /* A program without libslirp has no forwards to refuse. */
        if (!strstr(outcome.err, "libslirp")) {
            EXPECT_EQ(outcome.code, 2);
            EXPECT(strstr(outcome.err, "run: option '--net': ") != NULL);
            EXPECT(strstr(outcome.err, rows[i].says) != NULL);
        }
        outcome_fini(&outcome);
    }
}

TEST(devices_come_from_the_board_and_then_from_free_slots)
{
    static const struct {
        const char *words[8];
        size_t count;
        int code;
        const char *says; /* on standard error, or NULL */
    } rows[] = {
        {{"--net", "none"},                                                2, 0, NULL                      },
        {{"--net", "none", "--net", "none,bus=pci"},                       4, 0, NULL                      },
        {{"--with", "devices/example/channel.dtso", "--net", "link=none"},
         4,                                                                   0,
         NULL                                                                                              },
        {{"--with", "devices/example/channel.dtso", "--net", "none", "--net",
          "link=none"},
         6,                                                                   2,
         "has a back end"                                                                                  },
        {{"--net", "net0=none"},                                           2, 2, "no network device 'net0'"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        struct outcome outcome = run(rows[i].words, rows[i].count);
        EXPECT_EQ(outcome.code, rows[i].code);
        if (rows[i].says) {
            EXPECT(strstr(outcome.err, rows[i].says) != NULL);
        }
        outcome_fini(&outcome);
    }
}

/* A session that is refused makes none. */
TEST(the_packet_log_is_made_with_the_run)
{
    char folder[] = "/tmp/cairn-net-XXXXXX";
    REQUIRE(mkdtemp(folder));
    OWNED(free_at) char *net = xasprintf("none,pcap=%s/log", folder);
    const char *path = strchr(net, '=') + 1;
    const char *const words[] = {"--net", net, "--record", path, "--quiet"};
    struct stat there;
    struct outcome outcome = run(words, 4);
    EXPECT_EQ(outcome.code, 2);
    EXPECT(stat(path, &there) != 0);
    outcome_fini(&outcome);
    outcome = run(words, 2);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(stat(path, &there), 0);
    EXPECT_EQ(there.st_size, 24); /* this guest sends nothing */
    outcome_fini(&outcome);
    unlink(path);
    rmdir(folder);
}

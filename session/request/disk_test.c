/* SPDX-License-Identifier: Apache-2.0 */
#include "session/request/word.h"

#include "base/bits.h"
#include "tests/harness.h"

static struct session_request request;

static void parse(const char *text, struct session_disk *disk)
{
    const struct request_word word = {&request, "disk", text, 0, NULL};

    EXPECT_EQ(request_parse_disk(&word, disk), 0);
}

static void forget(void)
{
    session_request_fini(&request);
    request = (struct session_request){0};
}

static const struct {
    const char *text;
    const char *device; /* "": none */
    const char *backend;
    bool read_only;
    bool temporary;
    const char *format;
    const char *overlay;
    const char *bus;
} rows[] = {
    {"d.img",                     "",     "file:d.img",         0, 0, "",      "",  ""   },
    {"file:d.img",                "",     "file:d.img",         0, 0, "",      "",  ""   },
    {"disk=d.img",                "disk", "file:d.img",         0, 0, "",      "",  ""   },
    {"disk=file:d.img,read-only", "disk", "file:d.img",         1, 0, "",      "",  ""   },
    {"/a=b/d.img",                "",     "file:/a=b/d.img",    0, 0, "",      "",  ""   },
    {"./a=b",                     "",     "file:./a=b",         0, 0, "",      "",  ""   },
    {"d,temporary,format=qcow2",  "",     "file:d",             0, 1, "qcow2", "",  ""   },
    {"x=d,overlay=o,temporary",   "x",    "file:d",             0, 1, "",      "o", ""   },
    {"d,format=raw",              "",     "file:d",             0, 0, "raw",   "",  ""   },
    {"x=volatile:d",              "x",    "volatile:d",         0, 0, "",      "",  ""   },
    {"d,e,read-only",             "",     "file:d,e",           1, 0, "",      "",  ""   },
    {"d,read-only,e",             "",     "file:d,read-only,e", 0, 0, "",      "",  ""   },
    {"d,format=",                 "",     "file:d,format=",     0, 0, "",      "",  ""   },
    {"d,bus=pci,temporary",       "",     "file:d",             0, 1, "",      "",  "pci"},
    {"=d",                        "",     "file:=d",            0, 0, "",      "",  ""   },
};

TEST(a_disk_is_a_file_with_options_behind_it)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_disk disk;
        test_case("%s", rows[i].text);
        parse(rows[i].text, &disk);
        EXPECT_STR(disk.device ? disk.device : "", rows[i].device);
        EXPECT_STR(disk.disk.backend, rows[i].backend);
        EXPECT_EQ(disk.disk.read_only, rows[i].read_only);
        EXPECT_EQ(disk.disk.temporary, rows[i].temporary);
        EXPECT_STR(disk.disk.format ? disk.disk.format : "", rows[i].format);
        EXPECT_STR(disk.bus ? disk.bus : "", rows[i].bus);
        EXPECT_STR(disk.disk.overlay ? disk.disk.overlay : "", rows[i].overlay);
        forget();
    }
}

TEST(an_overlay_is_there_or_new)
{
    struct session_disk disk;
    parse("d,overlay=new:o", &disk);

    EXPECT_STR(disk.disk.overlay, "o");
    EXPECT(disk.new_overlay);
    forget();
    parse("d,overlay=./new:o", &disk);
    EXPECT_STR(disk.disk.overlay, "./new:o");
    EXPECT(!disk.new_overlay);
    forget();
}

TEST(a_virtio_device_has_a_bus_and_a_serial)
{
    struct session_disk disk;
    parse("d.img,serial=root,bus=pci", &disk);

    EXPECT_STR(disk.disk.backend, "file:d.img");
    EXPECT_STR(disk.bus, "pci");
    EXPECT_STR(disk.serial, "root");
    forget();
}

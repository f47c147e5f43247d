/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals of a session: the step that refuses, the option that it is about,
 * and the words. */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/flash_image.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define BUILT    "build/out/guest/"
#define EMBEDDED BUILT "caliptra/embedded/"
#define HELLO    BUILT "virt/hello.elf"
#define ROM      BUILT "caliptra/rom.bin"

OWN_PATH(sparse_file, "", "sparse")
OWN_PATH(sparse_disk, "file:", "sparse")
OWN_PATH(same_file, "", "same")
OWN_PATH(same_socket, "unix:", "same")
OWN_PATH(guest_folder, "", "guest")
OWN_PATH(guest_kernel, "", "guest/kernel")
OWN_PATH(guest_cmdline, "", "guest/cmdline")

enum step { OPEN, CHECK, LOAD, BUILD, MAKE, NONE };

/* The first step that refuses, or NONE. */
static enum step refuse(const struct session_options *options,
                        struct session_error *error)
{
    static int (*const steps[])(struct session *, struct session_error *) = {
        [LOAD] = session_load,
        [BUILD] = session_build,
        [MAKE] = session_make_files,
    };
    struct session *session = NULL;
    enum step step = OPEN;
    int code = session_open(options, NULL, &session, error);
    if (code == 0) {
        step = CHECK;
        code = session_check_targets(session, error);
    }
    while (code == 0 && ++step != NONE) {
        code = steps[step](session, error);
    }
    session_close(session);
    return step;
}

/* clang-format off */
static const struct session_image twice[] = {
    {"rom", ROM},
    {"rom", ROM},
};
static const struct session_image large[] = {
    {"rom", sparse_file},
};
static const struct session_image flash[] = {
    {"boot_flash", ROM},
};
static const struct session_image filled[] = {
    {"ram", "README.md"},
};
static const struct session_load power = {.path = BUILT
                                          "mprofile/power.elf"};
static const struct session_image fuses[] = {
    {"soc_fuses", EMBEDDED "trust.fuses"},
};
static const struct session_press presses[] = {
    {.line = "nothing.here"},
};
static const struct session_press pressed[] = {
    {.line = "power"},
    {.line = "x"},
};
static const struct session_target targets[] = {
    {"log", same_file, FILE_IN_PLACE},
};
static const struct session_load text = {.path = "README.md"};
static const struct session_load image_of = {.path = "README.md",
                                             .memory = "ram"};
static const struct session_load hello = {.path = HELLO, .placed = true,
                                          .address = 0x1234};
static const struct session_load void_load = {.path = "/dev/null",
                                              .placed = true};
static const struct session_disk disks[] = {
    {.disk = {.backend = "file:README.md", .overlay = "/nonexistent/x"}},
    {.disk = {.backend = "file:README.md", .overlay = "README.md"},
     .new_overlay = true},
    {.device = "x", .bus = "pci", .disk = {.backend = "file:README.md"}},
    {.device = "x", .serial = "s", .disk = {.backend = "file:README.md"}},
    {.serial = "123456789012345678901", .disk = {.backend = "file:README.md"}},
    {.device = "x", .disk = {.backend = "file:README.md"}},
    {.disk = {.backend = "file:/nonexistent/x"}},
    {.disk = {.backend = "none"}},
    {.bus = "isa", .disk = {.backend = "file:README.md"}},
    {.device = "emmc", .disk = {.backend = sparse_disk, .read_only = true}},
    {.device = "emmc", .disk = {.backend = sparse_disk, .read_only = true}},
    {.device = "emmc", .disk = {.backend = "file:/nonexistent/x"}},
};
static const struct session_share shares[] = {
    {.share = {.path = "tests", .protocol = "9p"}, .tag = ""},
    {.share = {.path = "tests", .protocol = "9p"},
     .tag = "1234567890123456789012345678901234567"},
    {.share = {.path = "tests", .protocol = "virtiofs"}, .tag = "a"},
    {.share = {.path = "tests", .protocol = "9p"}, .tag = "b"},
    {.share = {.path = "tests", .protocol = "9p"}, .tag = "a"},
    {.share = {.path = "/nonexistent/x", .protocol = "9p"}, .tag = "a"},
    {.share = {.path = "tests", .protocol = "nfs"}, .tag = "a"},
};
static const struct session_serial serials[] = {
    {.backend = "nothing"},
    {.backend = "unix:/nonexistent/x"},
    {.port = "none", .backend = "loopback"},
    {.backend = "loopback"},
    {.port = "uart", .backend = "loopback"},
};
static const struct session_serial thrice[] = {
    {.port = "uart", .backend = "loopback"},
    {.port = "semihosting", .backend = "loopback"},
    {.port = "semihosting", .backend = "loopback"},
};
static const struct session_symbols symbols[] = {
    {.path = HELLO, .core = "cpu7"},
    {.path = "/dev/null"},
    {.path = "/nonexistent/x"},
};
static const struct session_plugged plugged[] = {{.kind = "nothing"},
                                                 {.kind = "rng"}};
static const struct session_serial hvc[] = {
    {.port = "hvc2", .backend = "loopback"},
    {.port = "hvc9", .backend = "loopback"},
};
static const struct session_module modules[] = {
    {.kind = "kernel", .path = HELLO},
    {.kind = "kernel", .path = "/nonexistent/x"},
};

/* clang-format on */
#define DISK(n)   .disks = &disks[n], .disk_count = 1
#define SERIAL(n) .serials = &serials[n], .serial_count = 1
#define IMAGE(of) .images = of, .image_count = ARRAY_SIZE(of)
#define VIRT      .board = "virt", .kernel = HELLO

static void make_sparse(off_t size)
{
    int fd = open(sparse_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    EXPECT(fd >= 0 && ftruncate(fd, size) == 0);
    close(fd);
}

/* As if the program carried files that are none. */
static bool carried(const char *name, struct cairn_image *file)
{
    static const uint8_t bytes[] = {0x1f, 0x8b, 8, 0, 0};

    *file = (struct cairn_image){name, bytes, sizeof(bytes)};
    return true;
}

static const struct {
    struct session_options options;
    enum step step;
    bool misuse;
    const char *option;
    const char *words;
} refusals[] = {
  /* clang-format off */
    {{.board = "/nonexistent.dts"}, OPEN, false, "",
     "file '/nonexistent.dts': cannot be looked at: No such file or "
     "directory"},
    {{.board = "nowhere"}, OPEN, true, "",
     "board 'nowhere': no such file; built in are an385 an386 an500 an505 "
     "an521 ast2700 caliptra-1.0 caliptra-1.1 caliptra-2.0 caliptra-2.1 "
     "lm3s6965 microbit trust virt-gicv3 virt"},
    {{.board = "virt", .agent = "/none"}, OPEN, false, "",
     "file '/none': cannot be opened: No such file or directory"},
    {{.board = "virt", .output = same_file, .targets = targets,
      .target_count = 1}, CHECK, true, "output",
     "--log writes '/tmp/cairn-0000000000-same' too"},
    {{VIRT, .loads = &text, .load_count = 1, .output = "README.md"}, CHECK,
     true, "output", "--load reads 'README.md' too"},
    {{VIRT, .loads = &image_of, .load_count = 1, .output = "README.md"}, CHECK,
     true, "output", "--image reads 'README.md' too"},
    {{.board = "virt", .save = "/nonexistent/file"}, CHECK, false, "save",
     "file '/nonexistent/file': cannot be created: No such file or "
     "directory"},
    {{.board = "virt", .gdb = "x:y:z"}, CHECK, true, "gdb",
     "address 'x:y:z': 'z' is no port number"},
    {{.board = "virt", SERIAL(0)}, CHECK, true, "serial",
     "'nothing' is none of stdio, pty, file:PATH, unix:PATH, "
     "tcp:[HOST:]PORT, connect:[HOST:]PORT|unix:PATH, loopback"},
    {{.board = "virt", SERIAL(1)}, CHECK, false, "serial",
     "cannot listen on 'unix:/nonexistent/x': No such file or directory"},
    {{.board = "virt", .kernel = "/none"}, LOAD, false, "",
     "file '/none': cannot be looked at: No such file or directory"},
    {{.board = "virt", .cpu = "none"}, LOAD, true, "cpu",
     "no processor 'none', there are cortex-a35, neoverse-n1"},
    {{.board = "virt", .cpus = 99}, LOAD, true, "cpus",
     "board 'virt' has 8 processors, not 99"},
    {{.board = "virt", .memory_bytes = 12}, LOAD, true, "memory",
     "12 bytes are no multiple of 8"},
    {{.board = "virt", .tpm = "/nonexistent/x"}, LOAD, false, "tpm",
     "'/nonexistent/x': No such file or directory; 'new:/nonexistent/x' "
     "would make it"},
    {{.board = "virt", .tpm = "tests",
      .new_tpm = true}, LOAD, false, "tpm",
     "'tests' is there already; without 'new:' it is used as it is"},
    {{VIRT, .tpm = "unix:/nonexistent/x"}, BUILD, false, "tpm",
     "board 'virt': no TPM"},
    {{VIRT, DISK(0)}, LOAD, false, "disk",
     "'/nonexistent/x': No such file or directory; 'new:/nonexistent/x' "
     "would make it"},
    {{VIRT, DISK(1)}, CHECK, true, "disk",
     "--disk reads 'README.md' too"},
    {{VIRT, DISK(2)}, LOAD, true, "disk",
     "'x' is a device of the board: bus and serial are of virtio devices "
     "in free slots"},
    {{VIRT, DISK(3)}, LOAD, true, "disk",
     "'x' is a device of the board: bus and serial are of virtio devices "
     "in free slots"},
    {{VIRT, DISK(4)}, LOAD, true, "disk",
     "the serial '123456789012345678901' has more than 20 bytes"},
    {{VIRT, DISK(5)}, BUILD, true, "disk",
     "the board has no disk"},
    {{VIRT, DISK(6)}, BUILD, false, "disk",
     "cannot open '/nonexistent/x': No such file or directory"},
    {{VIRT, DISK(7)}, BUILD, true, "disk",
     "'none' is none of file:PATH, volatile:PATH"},
    {{VIRT, DISK(8)}, LOAD, true, "disk",
     "no bus 'isa': mmio, mmio-legacy or pci"},
    {{.board = "an521", DISK(5)}, BUILD, true, "disk",
     "the board has no disk"},
    {{.board = "ast2700", DISK(5)}, BUILD, true, "disk",
     "board 'ast2700': no disk 'x'; there is 'emmc'"},
    {{.board = "ast2700", .disks = &disks[9], .disk_count = 2}, BUILD, true,
     "disk", "disk 'emmc' has a back end"},
    {{.board = "ast2700", DISK(11)}, BUILD, false, "disk",
     "cannot open '/nonexistent/x': No such file or directory"},
    {{VIRT, .shares = shares, .share_count = 1}, LOAD, true, "share",
     "tag '' has 0 bytes, not 1 to 36"},
    {{VIRT, .shares = shares + 1, .share_count = 1}, LOAD, true, "share",
     "tag '1234567890123456789012345678901234567' has 37 bytes, not 1 to "
     "36"},
    {{VIRT, .shares = shares + 2, .share_count = 3}, LOAD, true, "share",
     "two folders have tag 'a'"},
    {{VIRT, .shares = shares + 5, .share_count = 1}, BUILD, false, "share",
     "folder '/nonexistent/x': cannot be opened: No such file or directory"},
    {{VIRT, .shares = shares + 6, .share_count = 1}, BUILD, true, "share",
     "type 'nfs' is not fs or 9p"},
    {{.board = "virt", .secure = "x"}, LOAD, true, "secure",
     "board 'virt' has no partition with the role 'secure-image'"},
    {{.board = "virt",
      .nonsecure_upgrade = "x"}, LOAD, true, "nonsecure-upgrade",
     "board 'virt' has no partition with the role 'nonsecure-upgrade'"},
    {{.board = "an521", .secure = "/none"}, LOAD, false, "",
     "file '/none': cannot be opened: No such file or directory"},
    {{.board = "an521", .secure = "/dev/null"}, LOAD, false, "",
     "file '/dev/null': is empty"},
    {{.board = "an521",
      .secure = BUILT "mprofile/power.elf"}, LOAD, false, "",
     "file 'build/out/guest/mprofile/power.elf': is a program, not a "
     "signed image as cairn-pack-mcuboot(1) makes them"},
    {{.board = "an521",
      .bl2 = BUILT "mprofile/power.elf"}, NONE, false, "",
     ""},
    {{.board = "an521", .secure = "README.md"}, MAKE, true, "",
     "board 'an521': nothing to run; --load FILE"},
    {{.board = "an521", .bl2 = sparse_file}, LOAD, false, "",
     "file '/tmp/cairn-0000000000-sparse': has 1048576 bytes, and 'bl2' of "
     "board 'an521' only 524288"},
    {{VIRT, .loads = &text, .load_count = 1}, LOAD, false, "",
     "file 'README.md': is neither ELF nor Intel HEX: needs FILE@ADDRESS"},
    {{VIRT, .loads = &hello, .load_count = 1}, LOAD, false, "",
     "file 'build/out/guest/virt/hello.elf': says itself where it goes, "
     "not to 0x1234"},
    {{VIRT, .loads = &void_load, .load_count = 1}, LOAD, false, "",
     "file '/dev/null': is empty"},
    {{.board = "caliptra-1.1", IMAGE(twice)}, LOAD, true, "image",
     "memory 'rom' starts with a file already"},
    {{.board = "caliptra-1.1", IMAGE(large)}, LOAD, false, "",
     "file '/tmp/cairn-0000000000-sparse': has 1048576 bytes, and memory "
     "'rom' of board 'caliptra-1.1' only 49152"},
    {{.board = "trust",
      .kernel = HELLO, IMAGE(flash)}, LOAD, true, "image",
     "board 'trust' makes boot_flash and soc_fuses for a guest"},
    {{.board = "trust",
      .kernel = HELLO, IMAGE(fuses)}, LOAD, true, "image",
     "board 'trust' makes boot_flash and soc_fuses for a guest"},
    {{.board = "trust", .kernel = HELLO}, LOAD, false, "",
     "the program carries no flash for board 'trust'"},
    {{.board = "trust", .carried = carried}, LOAD, false, "",
     "'mcu.bin': gzip data is broken: cut off"},
    {{.board = "caliptra-2.0"}, LOAD, true, "",
     "board 'caliptra-2.0': the program carries no ROM for it; name one "
     "with --rom"},
    {{.board = "caliptra-1.1", .rom = ROM,
      .firmware = "README.md"}, LOAD, false, "",
     "firmware 'README.md': offset 0x0: marker 0x61432023 is neither "
     "0x4e414d43 (1.x) nor 0x324e4d43 (2.x); with --fuses a part would be "
     "given it nevertheless"},
    {{.board = "caliptra-2.0", .rom = ROM,
      .firmware = EMBEDDED "firmware.bundle"}, LOAD, false, "",
     "firmware 'build/out/guest/caliptra/embedded/firmware.bundle': a "
     "bundle for generation 1.x, which the ROM of board 'caliptra-2.0' "
     "would not know; with --fuses a part would be given it nevertheless"},
    {{.board = "caliptra-1.1", .rom = ROM,
      .firmware = EMBEDDED "firmware-2.bundle"}, LOAD, false, "",
     "firmware 'build/out/guest/caliptra/embedded/firmware-2.bundle': a "
     "bundle for generation 2.x, which the ROM of board 'caliptra-1.1' "
     "would not know; with --fuses a part would be given it nevertheless"},
    {{.board = "caliptra-1.1", .rom = ROM,
      .fuses = "README.md"}, LOAD, false, "",
     "README.md:3: expected 'name = value'"},
    {{.board = "caliptra-1.1", .rom = ROM, .quote = "/tmp/x",
      .idevid_issuer = "README.md"}, LOAD, false, "",
     "'README.md' has no certificate in PEM"},
    {{.board = "caliptra-1.1", .rom = ROM, .quote = "/tmp/x",
      .idevid_issuer = "/none"}, LOAD, false, "",
     "file '/none': cannot be opened: No such file or directory"},
    {{VIRT, .dtb = "README.md"}, LOAD, false, "",
     "file 'README.md': no device tree: FDT_ERR_BADMAGIC"},
    {{VIRT, .bios = "README.md"}, LOAD, false, "",
     "file 'README.md': a text, not firmware"},
    {{VIRT, .initrd = "/none"}, LOAD, false, "",
     "file '/none': cannot be looked at: No such file or directory"},
    {{VIRT, .modules = modules, .module_count = 2}, LOAD, false, "",
     "file '/nonexistent/x': cannot be opened: No such file or directory"},
    {{.board = "virt", .guest = "hello"}, LOAD, true, "guest",
     "'hello' is embedded for board 'trust' only"},
    {{.board = "virt", .guest = "/none"}, LOAD, false, "",
     "guest '/none': no file 'kernel' in the folder"},
    {{.board = "trust", .capsule = "/none"}, LOAD, false, "",
     "capsule: file '/none': cannot be opened: No such file or directory"},
    {{.board = "trust", .capsule = "/dev/null"}, LOAD, false, "",
     "file '/dev/null': is empty"},
    {{.board = "trust", .flash = "/none"}, LOAD, false, "flash",
     "'/none': No such file or directory; 'new:/none' would make it"},
    {{.board = "trust", .fuse_array = "README.md",
      .new_fuse_array = true}, LOAD, false, "fuse-array",
     "'README.md' is there already; without 'new:' it is used as it is"},
    {{VIRT, .input = "-", .terminal = true}, LOAD, true, "input",
     "standard input is a terminal, whose keys go to the guest without it"},
    {{VIRT, .input = "/none"}, LOAD, false, "",
     "file '/none': cannot be opened: No such file or directory"},
    {{VIRT, .console = "none"}, BUILD, true, "console",
     "the board has no serial port 'none'; there are: uart"},
    {{VIRT, SERIAL(2)}, BUILD, true, "serial",
     "the board has no serial port 'none'; there are: uart"},
    {{VIRT, .serials = serials + 3,
      .serial_count = 2}, BUILD, true, "serial",
     "serial port 'uart' has a back end"},
    {{VIRT, .semihosting = true, .serials = thrice,
      .serial_count = 3}, BUILD, true, "serial",
     "serial port 'semihosting' has a back end"},
    {{VIRT, .presses = presses, .press_count = 1}, BUILD, true, "press",
     "the board has no input 'nothing.here'; there are: "
     "cpu0.reset_vector, ram.write_protect, flash0.write_protect, "
     "flash1.write_protect, nor0.cut_operation, nor0.cut_byte, "
     "nor0.cut_seed, nor1.cut_operation, nor1.cut_byte, nor1.cut_seed, "
     "gpio.pin0, gpio.pin1, gpio.pin2, power (gpio.pin3), gpio.pin4, "
     "gpio.pin5, gpio.pin6, gpio.pin7, gic.spi0 to gic.cpu7_ppi31"},
    {{VIRT, .presses = pressed, .press_count = 2}, BUILD, true, "press",
     "the board has no input 'x'; there are: cpu0.reset_vector, "
     "ram.write_protect, flash0.write_protect, flash1.write_protect, "
     "nor0.cut_operation, nor0.cut_byte, nor0.cut_seed, "
     "nor1.cut_operation, nor1.cut_byte, nor1.cut_seed, gpio.pin0, "
     "gpio.pin1, gpio.pin2, power (gpio.pin3), gpio.pin4, gpio.pin5, "
     "gpio.pin6, gpio.pin7, gic.spi0 to gic.cpu7_ppi31"},
    {{VIRT, .perf_map = true, .symbols = symbols,
      .symbol_count = 1}, BUILD, true, "symbols",
     "the board has no processor 'cpu7'; the last one is 'cpu0'"},
    {{VIRT, .perf_map = true, .symbols = symbols + 1,
      .symbol_count = 1}, BUILD, false, "",
     "file '/dev/null': no symbols"},
    {{VIRT, .perf_map = true, .symbols = symbols + 2,
      .symbol_count = 1}, BUILD, false, "",
     "file '/nonexistent/x': cannot be opened: No such file or directory"},
    {{VIRT, .vsock = {.path = "/nonexistent/x", .cid = 3}}, BUILD, false,
     "vsock",
     "cannot listen on 'unix:/nonexistent/x': No such file or directory"},
    {{VIRT, .vsock = {.path = "x", .cid = 3, .bus = "isa"}}, LOAD, true,
     "vsock", "no bus 'isa': mmio, mmio-legacy or pci"},
    {{VIRT, .rng = {.source = "seeded", .bus = "isa"}}, LOAD, true, "rng",
     "no bus 'isa': mmio, mmio-legacy or pci"},
    {{VIRT, .plugged = plugged, .plugged_count = 2}, LOAD, true, "plug",
     "no virtio device 'nothing' for mmio"},
    {{VIRT, .console = "hvc0"}, NONE, false, "", ""},
    {{VIRT, .console = "hvc7"}, NONE, false, "", ""},
    {{VIRT, .console = "hvc8"}, BUILD, true, "console",
     "the board has no serial port 'hvc8'; there are: uart"},
    {{VIRT, .console = "hvc/"}, BUILD, true, "console",
     "the board has no serial port 'hvc/'; there are: uart"},
    {{VIRT, .console = "hvc00"}, BUILD, true, "console",
     "the board has no serial port 'hvc00'; there are: uart"},
    {{VIRT, .console = "hvd0"}, BUILD, true, "console",
     "the board has no serial port 'hvd0'; there are: uart"},
    {{VIRT, .console = "hvc1", .serials = hvc, .serial_count = 2}, BUILD, true,
     "serial",
     "the board has no serial port 'hvc9'; there are: uart, hvc0, hvc1, hvc2"},
    {{VIRT,
      .hashes = "/tmp/cairn-session-hashes"}, BUILD, true, "hash-every",
     "0 is no distance"},
    {{VIRT, .replay = "README.md"}, BUILD, false, "",
     "inputs 'README.md': byte 0x0: not a file of inputs"},
    {{.board = "virt"}, MAKE, true, "",
     "board 'virt': nothing to run; --kernel FILE, --bios FILE or --guest "
     "linux"},
    {{.board = "an521"}, MAKE, true, "",
     "board 'an521': nothing to run; --load FILE"},
    {{.board = "an385", .loads = &power, .load_count = 1}, NONE, false, "", ""},
    {{.board = "boards/virt.dts"}, NONE, false, "", ""},
    {{.board = "virt", IMAGE(filled)}, NONE, false, "", ""},
    {{.board = "virt", .agent = "README.md"}, NONE, false, "", ""},
    {{.board = "virt", .gdb = same_socket}, NONE, false, "", ""},
    {{.board = "virt", .restore = same_file}, NONE, false, "", ""},
    {{.board = "virt", .save = same_file}, NONE, false, "", ""},
    {{.board = "virt", .serves = same_file}, NONE, false, "", ""},
  /* clang-format on */
};

TEST(what_cannot_be_had_is_refused_with_its_option)
{
    make_sparse(1 << 20);
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        struct session_error error = {0};
        test_case("row %zu, %s", i, refusals[i].words);
        const enum step step = refuse(&refusals[i].options, &error);
        EXPECT_EQ(step, refusals[i].step);
        EXPECT_EQ(error.misuse, refusals[i].misuse);
        EXPECT_STR(error.option ? error.option : "", refusals[i].option);
        own_path_forget(error.text);
        EXPECT_STR(error.text, refusals[i].words);
    }
}

/* Other places of the slot that follows that of the secure image. */
static const char apart[] = "&nonsecure_slot { reg = <0x280000 0x80000>; };";
static const char without[] = "&nonsecure_slot { cairn,role = \"none\"; };";
static const char elsewhere[] =
    "&nonsecure_slot { cairn,role = \"none\"; };\n"
    "&ssram2 { partitions { compatible = \"fixed-partitions\";\n"
    "    #address-cells = <1>; #size-cells = <1>;\n"
    "    other: partition@100000 { reg = <0x100000 0x80000>;\n"
    "        cairn,role = \"nonsecure-image\"; }; }; };";

/* Where the slots of both images lie side by side, one file may have both. */
TEST(an_image_has_the_room_of_its_slot)
{
    enum { SLOT = 0x80000 };
    static const char *const overlays[] = {same_file};
    static const struct {
        const char *bl2, *secure, *nonsecure;
        off_t size;
        enum step step;
        const char *overlay;
    } rows[] = {
        {NULL,        sparse_file, NULL,        2 * SLOT,     MAKE, ""       },
        {NULL,        sparse_file, NULL,        2 * SLOT + 1, LOAD, ""       },
        {NULL,        sparse_file, "README.md", SLOT,         MAKE, ""       },
        {NULL,        sparse_file, "README.md", SLOT + 1,     LOAD, ""       },
        {NULL,        NULL,        sparse_file, SLOT,         MAKE, ""       },
        {NULL,        NULL,        sparse_file, SLOT + 1,     LOAD, ""       },
        {sparse_file, NULL,        NULL,        SLOT,         NONE, ""       },
        {sparse_file, NULL,        NULL,        SLOT + 1,     LOAD, ""       },
        {NULL,        sparse_file, NULL,        SLOT + 1,     LOAD, apart    },
        {NULL,        sparse_file, NULL,        SLOT + 1,     LOAD, without  },
        {NULL,        sparse_file, NULL,        SLOT + 1,     LOAD, elsewhere},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct session_options options = {.board = "an521",
                                                .bl2 = rows[i].bl2,
                                                .secure = rows[i].secure,
                                                .nonsecure = rows[i].nonsecure,
                                                .overlays = overlays,
                                                .overlay_count =
                                                    *rows[i].overlay != 0};
        struct session_error error = {0};
        char *overlay =
            xasprintf("/dts-v1/;\n/plugin/;\n%s\n", rows[i].overlay);
        EXPECT_EQ(file_write(same_file, overlay, strlen(overlay), NULL), 0);
        free(overlay);
        test_case("row %zu", i);
        make_sparse(rows[i].size);
        EXPECT_EQ(refuse(&options, &error), rows[i].step);
    }
    unlink(sparse_file);
    unlink(same_file);
}

/* A file larger than any that makes sense is refused before it is read whole,
 * and the words have the limit. */
TEST(files_have_a_largest_size)
{
    static const struct session_module kernel = {.kind = "kernel",
                                                 .path = sparse_file};
    static const struct session_symbols named = {.path = sparse_file};
    static const struct session_image image = {"ram", sparse_file};
    static const struct {
        struct session_options options;
        unsigned long long most;
    } rows[] = {
        {{.board = "virt", .agent = sparse_file},                        64 << 20          },
        {{.board = "caliptra-1.1", .rom = sparse_file},                  128 << 20         },
        {{.board = "caliptra-1.1", .rom = ROM, .firmware = sparse_file},
         128 << 20                                                                         },
        {{.board = "caliptra-1.1", .rom = ROM, .fuses = sparse_file},
         128 << 20                                                                         },
        {{.board = "caliptra-1.1",
          .rom = ROM,
          .quote = "/tmp/x",
          .idevid_issuer = sparse_file},
         1 << 20                                                                           },
        {{.board = "virt", .images = &image, .image_count = 1},          128 << 20         },
        {{VIRT, .dtb = sparse_file},                                     1 << 30           },
        {{VIRT, .bios = sparse_file},                                    1 << 30           },
        {{VIRT, .flash = sparse_file},                                   1 << 30           },
        {{VIRT, .modules = &kernel, .module_count = 1},                  1 << 30           },
        {{VIRT, .input = sparse_file},                                   64 << 20          },
        {{VIRT, .perf_map = true, .symbols = &named, .symbol_count = 1},
         1 << 30                                                                           },
        {{.board = "an521", .bl2 = sparse_file},                         64 << 20          },
        {{.board = "trust", .capsule = sparse_file},                     FLASH_CAPSULE_SIZE},
        {{.board = "virt", .guest = guest_folder},                       4096              },
        {{.board = "trust", .flash = sparse_file},                       1 << 30           },
    };
    (void)mkdir(guest_folder, 0700);
    EXPECT_EQ(symlink(sparse_file, guest_kernel), 0);
    EXPECT_EQ(symlink(sparse_file, guest_cmdline), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_error error = {0};
        char words[80];
        snprintf(words, sizeof(words), "more than the limit of %llu bytes",
                 rows[i].most);
        test_case("row %zu: %s", i, words);
        make_sparse((off_t)rows[i].most + 1);
        (void)refuse(&rows[i].options, &error);
        EXPECT(strstr(error.text, words) != NULL);
    }
    unlink(sparse_file);
    unlink(guest_kernel);
    unlink(guest_cmdline);
    rmdir(guest_folder);
}

static void *refuse_all(void *context)
{
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        struct session_error error = {0};
        (void)refuse(&refusals[i].options, &error);
    }
    return NULL;
}

/* All of it, when the thread has ended for which the allocator keeps some. */
TEST(a_session_that_is_refused_gives_its_memory_back)
{
    size_t before = 0;

    for (unsigned turn = 0; turn < 3; turn++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, refuse_all, NULL) == 0);
        pthread_join(thread, NULL);
        before = turn < 2 ? mallinfo2().uordblks : before;
    }
    EXPECT_EQ(mallinfo2().uordblks, before);
}

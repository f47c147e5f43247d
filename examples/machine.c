/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulator of an SoC, as QEMU is one, with a root of trust of the library:
 *
 *   cc machine.c $(pkg-config --cflags --libs cairn) -o machine
 *   ./machine rom.bin firmware.bundle
 *
 * The SoC has a clock, RAM, a window of registers to the root of trust, and a
 * boot processor, here a program in C. The program starts the root of trust,
 * asks it for its version, migrates it into another instance, and resets it.
 */
#include <cairn/cairn.h>
#include <stdio.h>
#include <stdlib.h>

enum { RAM_SIZE = 1 << 20, TICK_NS = 10 * 1000, LIMIT_NS = 1000 * 1000 * 1000 };
/* On the root of trust's bus: what is in the window, and who accesses it. */
enum { WINDOW = 0x30020000, USER = 1 };
/* Offsets in the window, bits and commands (Caliptra's specification 1.1). */
enum { LOCK = 0x00, CMD = 0x08, DLEN = 0x0c, DATAIN = 0x10, DATAOUT = 0x14 };
enum { EXECUTE = 0x18, STATUS = 0x1c, DONE = 15, FAILED = 3 };
enum { FLOW_STATUS = 0x1003c, VALID_USER = 0x10048, USER_LOCK = 0x1005c };
enum { FOR_FUSES = 1 << 30, FOR_FIRMWARE = 1 << 28, FOR_RUNTIME = 1 << 29 };
enum { TRNG_DATA = 0x10078, TRNG_STATUS = 0x100ac, DATA_WR_DONE = 2 };
enum { FUSE_WR_DONE = 0x100b0, BOOTFSM_GO = 0x100b8, WDT_CFG = 0x10110 };
enum { FIRMWARE_LOAD = 0x46574c44, VERSION = 0x46505652 };

struct soc {
    uint64_t now_ns;
    uint32_t ram[RAM_SIZE / 4];
    struct cairn_image rom;
    struct cairn_machine *rot;
};

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "failed: %s\n", what);
        exit(1);
    }
}

static uint32_t window_read(struct soc *soc, uint32_t offset)
{
    uint64_t value = 0;
    cairn_bus_read(soc->rot, "soc", USER, WINDOW + offset, 4, &value);
    return (uint32_t)value;
}

static void window_write(struct soc *soc, uint32_t offset, uint32_t value)
{
    cairn_bus_write(soc->rot, "soc", USER, WINDOW + offset, 4, value);
}

/* The root of trust interrupts the boot processor. */
static void interrupt(void *context, uint32_t level)
{
    const struct soc *soc = context;
    if (level) {
        cairn_stop(soc->rot); /* after its instruction at hand */
    }
}

/* It asks for randomness. Accesses are legal in a callback. */
static void serve_randomness(void *context, uint32_t level)
{
    for (uint32_t i = 0; level && i < 12; i++) {
        window_write(context, TRNG_DATA + 4 * i, 0x9e3779b9u * (i + 1));
    }
    window_write(context, TRNG_STATUS, level ? DATA_WR_DONE : 0);
}

/* The boot processor sleeps until bits of a register are set. Meanwhile the
 * root of trust has the clock: to a tick after its next event, or to an
 * interrupt. */
static void wait_for(struct soc *soc, uint32_t offset, uint32_t bits)
{
    while (!(window_read(soc, offset) & bits)) {
        struct cairn_until until = {.size = sizeof(until)};
        require(cairn_next_event(soc->rot, &until.time_ns) == 0, "it hangs");
        require(soc->now_ns < LIMIT_NS, "it takes too long");
        until.time_ns += TICK_NS;
        cairn_run(soc->rot, &until);
        soc->now_ns = cairn_time_ns(soc->rot);
    }
}

static struct cairn_machine *make_rot(struct soc *soc)
{
    static const char *const interrupts[] = {
        "soc_ifc.ready_for_fuses", "soc_ifc.ready_for_fw",
        "soc_ifc.ready_for_runtime", "mailbox.mailbox_data_avail"};
    const struct cairn_options options = {.size = sizeof(options),
                                          .board = "caliptra-1.1",
                                          .images = &soc->rom,
                                          .image_count = 1};
    /* Its masters see the SoC's RAM. */
    const struct cairn_map ram = {.size = sizeof(ram),
                                  .name = "soc-ram",
                                  .address = 0xc0000000,
                                  .size_bytes = RAM_SIZE,
                                  .host = soc->ram};
    struct cairn_machine *rot = NULL;
    struct cairn_error error = {""};
    require(!cairn_create(&options, &rot, &error), error.text);
    require(!cairn_map(rot, &ram, NULL, &error), error.text);
    cairn_line_watch(rot, "soc_ifc.trng_req", serve_randomness, soc);
    for (size_t i = 0; i < sizeof(interrupts) / sizeof(interrupts[0]); i++) {
        cairn_line_watch(rot, interrupts[i], interrupt, soc);
    }
    return rot;
}

/* The state moves into another instance, which may be in another process. */
static void migrate(struct soc *soc)
{
    struct cairn_machine *other = make_rot(soc);
    struct cairn_error error = {""};
    uint8_t *state = NULL;
    size_t size = 0;
    require(!cairn_save_bytes(soc->rot, &state, &size, &error), error.text);
    require(!cairn_load_bytes(other, state, size, &error), error.text);
    free(state);
    cairn_destroy(soc->rot);
    soc->rot = other;
}

/* A command through the mailbox. Its data, and then its answer, are words. */
static void send(struct soc *soc, uint32_t command, uint32_t *words,
                 size_t size, size_t answer_size)
{
    require(!(window_read(soc, LOCK) & 1), "the mailbox is in use");
    window_write(soc, CMD, command);
    window_write(soc, DLEN, (uint32_t)size);
    for (size_t i = 0; i < size; i += 4) {
        window_write(soc, DATAIN, words[i / 4]);
    }
    window_write(soc, EXECUTE, 1);
    wait_for(soc, STATUS, DONE);
    require((window_read(soc, STATUS) & DONE) != FAILED, "command refused");
    for (size_t i = 0; i < answer_size; i += 4) {
        words[i / 4] = window_read(soc, DATAOUT);
    }
    window_write(soc, EXECUTE, 0);
}

static void show_version(struct soc *soc)
{
    /* The command's data: zero minus the sum of the bytes of its code. */
    uint32_t words[9] = {0u - (0x46 + 0x50 + 0x56 + 0x52)};
    wait_for(soc, FLOW_STATUS, FOR_RUNTIME);
    send(soc, VERSION, words, 4, sizeof(words));
    printf("%.3f ms: version '%.12s'\n", (double)soc->now_ns / 1e6,
           (const char *)(words + 6));
}

static void reset(struct soc *soc)
{
    cairn_line_set(soc->rot, "soc_ifc.cptra_rst_b", 0);
    cairn_line_set(soc->rot, "soc_ifc.cptra_rst_b", 1);
    wait_for(soc, FLOW_STATUS, FOR_FUSES);
    window_write(soc, VALID_USER, USER);
    window_write(soc, USER_LOCK, 1);
    window_write(soc, WDT_CFG, 100000000);
    window_write(soc, FUSE_WR_DONE, 1);
    window_write(soc, BOOTFSM_GO, 1);
}

static size_t read_file(const char *path, void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    require(file != NULL, path);
    size_t count = fread(bytes, 1, size, file);
    fclose(file);
    return count;
}

int main(int argc, char **argv)
{
    static struct soc soc;
    static uint8_t rom[96 << 10];
    require(argc == 3, "usage: machine ROM BUNDLE");
    size_t rom_size = read_file(argv[1], rom, sizeof(rom));
    soc.rom = (struct cairn_image){"rom", rom, rom_size};
    size_t bundle_size = read_file(argv[2], soc.ram, RAM_SIZE);
    soc.rot = make_rot(&soc);
    cairn_power(soc.rot);
    cairn_line_set(soc.rot, "soc_ifc.security_state", 4); /* without fuses */
    cairn_line_set(soc.rot, "soc_ifc.cptra_pwrgood", 1);
    reset(&soc);
    wait_for(&soc, FLOW_STATUS, FOR_FIRMWARE);
    send(&soc, FIRMWARE_LOAD, soc.ram, bundle_size, 0);
    show_version(&soc);
    migrate(&soc);
    show_version(&soc);
    reset(&soc); /* a warm one: it has its firmware */
    show_version(&soc);
    cairn_destroy(soc.rot);
    return 0;
}

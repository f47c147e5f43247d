/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine of its own with a root of trust from the library, as an emulator
 * such as QEMU would have it:
 *
 *   cc machine.c $(pkg-config --cflags --libs cairn) -o machine
 *   ./machine rom.bin firmware.bundle
 *
 * The machine has a memory map with RAM, a UART, an interrupt controller and a
 * window to the root of trust; an event loop with virtual time of its own; and
 * a boot processor, here a list of steps in C, that reaches everything through
 * the map. Time goes back and forth: the loop lets the root of trust run up to
 * the machine's own next event, and a processor that waits for an interrupt
 * sleeps until the root of trust's next event.
 */
#include <cairn/cairn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RAM_BASE = 0x00000000,
    RAM_SIZE = 0x00100000,
    UART_BASE = 0x09000000,
    INTC_BASE = 0x0a000000, /* reads the interrupts that are pending */
    ROT_BASE = 0x40000000,  /* 128 KiB: mailbox, then registers */
    ROT_SIZE = 0x00020000,
    ROT_BUS = 0x30020000, /* where the root of trust has them */
    SOC_USER = 1,
};

/* Registers of the window (Caliptra register specification 1.1). */
enum {
    MBOX_LOCK = 0x00,
    MBOX_CMD = 0x08,
    MBOX_DLEN = 0x0c,
    MBOX_DATAIN = 0x10,
    MBOX_DATAOUT = 0x14,
    MBOX_EXECUTE = 0x18,
    MBOX_STATUS = 0x1c,
    MBOX_VALID_USER = 0x10048,
    MBOX_USER_LOCK = 0x1005c,
    TRNG_VALID_USER = 0x10070,
    TRNG_USER_LOCK = 0x10074,
    TRNG_DATA = 0x10078, /* 12 words */
    TRNG_STATUS = 0x100ac,
    FUSE_WR_DONE = 0x100b0,
    BOOTFSM_GO = 0x100b8,
    WDT_CFG = 0x10110,
};
enum { FIRMWARE_LOAD = 0x46574c44, VERSION = 0x46505652 };

#define MICROSECOND UINT64_C(1000)
#define ACCESS_NS   UINT64_C(100) /* what an access takes here */
#define LIMIT_NS    (UINT64_C(2) * 1000 * 1000 * MICROSECOND)

/* ---- The machine's parts ------------------------------------------------- */

enum interrupt { IRQ_FUSES, IRQ_FIRMWARE, IRQ_RUNTIME, IRQ_MAILBOX, IRQ_COUNT };

struct machine {
    uint64_t now_ns;
    uint8_t ram[RAM_SIZE];
    size_t image_size; /* of the bundle at the start of it */
    uint32_t pending;  /* interrupts */
    bool sleeps;       /* the processor waits for one */
    unsigned step;     /* where its program is */
    size_t sent;
    struct cairn_machine *rot;
    struct cairn_master *bus; /* of the root of trust */
};

struct line {
    struct machine *machine;
    enum interrupt number;
};

struct region {
    uint32_t base;
    uint32_t size;
    uint32_t (*read)(struct machine *machine, uint32_t offset);
    void (*write)(struct machine *machine, uint32_t offset, uint32_t value);
};

static uint32_t ram_read(struct machine *machine, uint32_t offset)
{
    uint32_t value;
    memcpy(&value, machine->ram + offset, sizeof(value));
    return value;
}

static void ram_write(struct machine *machine, uint32_t offset, uint32_t value)
{
    memcpy(machine->ram + offset, &value, sizeof(value));
}

static uint32_t uart_read(struct machine *machine, uint32_t offset)
{
    (void)machine;
    (void)offset;
    return 0;
}

static void uart_write(struct machine *machine, uint32_t offset, uint32_t value)
{
    (void)machine;
    if (offset == 0) {
        putchar((int)(value & 0xff));
    }
}

static uint32_t intc_read(struct machine *machine, uint32_t offset)
{
    return offset == 0 ? machine->pending : 0;
}

static void intc_write(struct machine *machine, uint32_t offset, uint32_t value)
{
    (void)offset;
    machine->pending &= ~value;
}

static uint32_t rot_read(struct machine *machine, uint32_t offset)
{
    uint64_t value = 0;
    cairn_master_read(machine->rot, machine->bus, SOC_USER, ROT_BUS + offset, 4,
                      &value);
    return (uint32_t)value;
}

static void rot_write(struct machine *machine, uint32_t offset, uint32_t value)
{
    cairn_master_write(machine->rot, machine->bus, SOC_USER, ROT_BUS + offset,
                       4, value);
}

static const struct region map[] = {
    {RAM_BASE,  RAM_SIZE, ram_read,  ram_write },
    {UART_BASE, 0x1000,   uart_read, uart_write},
    {INTC_BASE, 0x1000,   intc_read, intc_write},
    {ROT_BASE,  ROT_SIZE, rot_read,  rot_write },
};

static const struct region *find(uint32_t address)
{
    for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
        if (address - map[i].base < map[i].size) {
            return &map[i];
        }
    }
    return NULL;
}

static uint32_t load(struct machine *machine, uint32_t address)
{
    const struct region *region = find(address);
    machine->now_ns += ACCESS_NS;
    return region ? region->read(machine, address - region->base) : 0;
}

static void store(struct machine *machine, uint32_t address, uint32_t value)
{
    const struct region *region = find(address);
    machine->now_ns += ACCESS_NS;
    if (region) {
        region->write(machine, address - region->base, value);
    }
}

static void print(struct machine *machine, const char *text)
{
    for (; *text != '\0'; text++) {
        store(machine, UART_BASE, (uint8_t)*text);
    }
}

/* ---- Lines of the root of trust ------------------------------------------ */

static void raise_interrupt(void *context, uint32_t level)
{
    const struct line *line = context;
    if (level) {
        line->machine->pending |= 1u << line->number;
        line->machine->sleeps = false;
    }
}

/* The root of trust asks for randomness, which this machine's generator, a
 * counter, has at once. Accesses are legal in a line's callback. */
static void serve_randomness(void *context, uint32_t level)
{
    struct machine *machine = context;
    for (uint32_t i = 0; level && i < 12; i++) {
        rot_write(machine, TRNG_DATA + 4 * i, 0x9e3779b9u * (i + 1));
    }
    if (level) {
        rot_write(machine, TRNG_STATUS, 2); /* the words are there */
    }
}

/* The root of trust reaches the machine's RAM in turn, at 0xc0000000 of all its
 * masters: a DMA engine in it would. */
static int rot_reads_ram(void *context, const struct cairn_access *access,
                         uint64_t offset, unsigned size, uint64_t *value)
{
    const struct machine *machine = context;
    (void)access;
    memcpy(value, machine->ram + offset, size);
    return 0;
}

/* ---- The boot processor's program ---------------------------------------- */

static bool interrupted(struct machine *machine, enum interrupt number)
{
    bool pending = load(machine, INTC_BASE) >> number & 1;
    store(machine, INTC_BASE, 1u << number);
    machine->sleeps = !pending;
    return pending;
}

static void begin(struct machine *machine, uint32_t command, size_t size)
{
    while (load(machine, ROT_BASE + MBOX_LOCK) & 1) {
    }
    store(machine, ROT_BASE + MBOX_CMD, command);
    store(machine, ROT_BASE + MBOX_DLEN, (uint32_t)size);
    machine->sent = 0;
}

/* Asks for the version; the checksum is zero minus the sum of the command's
 * bytes. */
static void ask_version(struct machine *machine)
{
    begin(machine, VERSION, 4);
    store(machine, ROT_BASE + MBOX_DATAIN, 0u - (0x46 + 0x50 + 0x56 + 0x52));
    store(machine, ROT_BASE + MBOX_EXECUTE, 1);
}

static void print_version(struct machine *machine)
{
    uint32_t words[9];
    char name[13] = "";
    for (size_t i = 0; i < 9; i++) {
        words[i] = load(machine, ROT_BASE + MBOX_DATAOUT);
    }
    memcpy(name, words + 6, 12);
    store(machine, ROT_BASE + MBOX_EXECUTE, 0);
    print(machine, "the root of trust is '");
    print(machine, name);
    print(machine, "'\n");
}

/* Who may use mailbox and generator, the watchdog's period, and go. */
static const uint32_t set_up[][2] = {
    {MBOX_VALID_USER, SOC_USER },
    {MBOX_USER_LOCK,  1        },
    {TRNG_VALID_USER, SOC_USER },
    {TRNG_USER_LOCK,  1        },
    {WDT_CFG,         100000000},
    {FUSE_WR_DONE,    1        },
    {BOOTFSM_GO,      1        },
};

/* One step; true at the end of the program. */
static bool execute(struct machine *machine)
{
    switch (machine->step) {
    case 0:
        machine->step += interrupted(machine, IRQ_FUSES);
        return false;
    case 1:
        for (size_t i = 0; i < sizeof(set_up) / sizeof(set_up[0]); i++) {
            store(machine, ROT_BASE + set_up[i][0], set_up[i][1]);
        }
        machine->step++;
        return false;
    case 2:
        if (interrupted(machine, IRQ_FIRMWARE)) {
            print(machine, "the root of trust asks for firmware\n");
            begin(machine, FIRMWARE_LOAD, machine->image_size);
            machine->step++;
        }
        return false;
    case 3: /* word by word out of RAM */
        store(machine, ROT_BASE + MBOX_DATAIN,
              load(machine, RAM_BASE + (uint32_t)machine->sent));
        machine->sent += 4;
        machine->step += machine->sent >= machine->image_size;
        return false;
    case 4:
        store(machine, ROT_BASE + MBOX_EXECUTE, 1);
        machine->step++;
        return false;
    case 5:
        if (interrupted(machine, IRQ_RUNTIME)) {
            print(machine, "its runtime is ready\n");
            store(machine, ROT_BASE + MBOX_EXECUTE, 0);
            ask_version(machine);
            machine->step++;
        }
        return false;
    default: /* the answer is ready when the status is DATA_READY */
        if ((load(machine, ROT_BASE + MBOX_STATUS) & 0xf) == 1) {
            print_version(machine);
            return true;
        }
        machine->now_ns += MICROSECOND;
        return false;
    }
}

/* ---- The event loop ------------------------------------------------------ */

/* The root of trust runs up to the machine's time, which it stops before when
 * it raises an interrupt that the processor waits for. */
static int follow_time(struct machine *machine)
{
    const struct cairn_until until = {.size = sizeof(until),
                                      .time_ns = machine->now_ns};
    if (cairn_time_ns(machine->rot) < machine->now_ns) {
        enum cairn_stop stop = cairn_run(machine->rot, &until);
        return stop == CAIRN_STOP_TIME || stop == CAIRN_STOP_IDLE ? 0 : -1;
    }
    return 0;
}

static int run(struct machine *machine)
{
    while (machine->now_ns < LIMIT_NS) {
        uint64_t next;
        if (!machine->sleeps) {
            if (execute(machine)) {
                return 0;
            }
        } else if (cairn_next_event(machine->rot, &next) == 0) {
            /* While its processor runs that is now: give it a slice. */
            uint64_t slice = machine->now_ns + 10 * MICROSECOND;
            machine->now_ns = next > slice ? next : slice;
        } else {
            fprintf(stderr, "nothing will happen any more\n");
            return -1;
        }
        if (follow_time(machine) != 0) {
            return -1;
        }
    }
    return -1;
}

/* ---- Putting it together ------------------------------------------------- */

static struct cairn_machine *make_rot(struct machine *machine, const void *rom,
                                      size_t rom_size)
{
    const struct cairn_image image = {"rom", rom, rom_size};
    const struct cairn_options options = {.size = sizeof(options),
                                          .board = "caliptra-1.1",
                                          .images = &image,
                                          .image_count = 1,
                                          .seed = 1};
    const struct cairn_map ram = {.size = sizeof(ram),
                                  .name = "machine-ram",
                                  .address = 0xc0000000,
                                  .size_bytes = RAM_SIZE,
                                  .read = rot_reads_ram,
                                  .context = machine};
    struct cairn_machine *rot = NULL;
    struct cairn_error error = {""};
    if (cairn_create(&options, &rot, &error) ||
        cairn_map(rot, &ram, NULL, &error)) {
        fprintf(stderr, "%s\n", error.text);
        cairn_destroy(rot);
        return NULL;
    }
    return rot;
}

static int connect(struct machine *machine, struct line lines[IRQ_COUNT])
{
    static const char *const names[IRQ_COUNT] = {
        "soc_ifc.ready_for_fuses",
        "soc_ifc.ready_for_fw",
        "soc_ifc.ready_for_runtime",
        "soc_ifc.mailbox_flow_done",
    };
    struct cairn_machine *rot = machine->rot;
    struct cairn_watch *watch;
    int code = 0;
    for (int i = 0; i < IRQ_COUNT && code == 0; i++) {
        lines[i] = (struct line){machine, (enum interrupt)i};
        code = cairn_line_follow(rot, cairn_line_find(rot, names[i]),
                                 raise_interrupt, &lines[i], &watch);
    }
    return code ? code
                : cairn_line_watch(rot, "soc_ifc.trng_req", serve_randomness,
                                   machine);
}

static size_t read_file(const char *path, void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    size_t count = file ? fread(bytes, 1, size, file) : 0;
    if (file) {
        fclose(file);
    }
    return count;
}

int main(int argc, char **argv)
{
    static struct machine machine;
    static uint8_t rom[96 << 10];
    struct line lines[IRQ_COUNT];
    size_t rom_size = argc == 3 ? read_file(argv[1], rom, sizeof(rom)) : 0;
    machine.image_size =
        argc == 3 ? read_file(argv[2], machine.ram, RAM_SIZE) : 0;
    if (rom_size == 0 || machine.image_size == 0) {
        fprintf(stderr, "usage: machine ROM BUNDLE\n");
        return 2;
    }
    machine.rot = make_rot(&machine, rom, rom_size);
    if (!machine.rot || connect(&machine, lines) != 0) {
        return 1;
    }
    machine.bus = cairn_master_find(machine.rot, "soc");
    cairn_power(machine.rot);
    /* A part without fuses, so any bundle will do. */
    cairn_line_set(machine.rot, "soc_ifc.security_state", 4);
    cairn_line_set(machine.rot, "soc_ifc.cptra_pwrgood", 1);
    cairn_line_set(machine.rot, "soc_ifc.cptra_rst_b", 1);
    int result = run(&machine);
    printf("%s after %" PRIu64 " us of virtual time, %" PRIu64
           " instructions of the root of trust\n",
           result == 0 ? "done" : "failed", machine.now_ns / MICROSECOND,
           cairn_instructions(machine.rot, NULL));
    cairn_destroy(machine.rot);
    return result == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boots a Caliptra core as the chip around it does, register by register: the
 * power and reset pins, the fuses, the entropy that the core asks for, and its
 * firmware through the mailbox. From the installed header alone:
 *
 *   cc boot.c $(pkg-config --cflags --libs cairn) -o boot
 *   ./boot rom.bin firmware.bundle
 *
 * caliptra_boot.c does the same by an agent script. The life cycle here is
 * "unprovisioned", so that any vendor's bundle is accepted.
 */
#include <cairn/cairn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Caliptra 1.x registers as its SoC sees them. */
enum {
    MBOX_LOCK = 0x30020000,
    MBOX_CMD = 0x30020008,
    MBOX_DLEN = 0x3002000c,
    MBOX_DATAIN = 0x30020010,
    MBOX_EXECUTE = 0x30020018,
    MBOX_STATUS = 0x3002001c,
    SOC_IFC = 0x30030000,
    MBOX_VALID_PAUSER = SOC_IFC + 0x48,
    MBOX_PAUSER_LOCK = SOC_IFC + 0x5c,
    TRNG_VALID_PAUSER = SOC_IFC + 0x70,
    TRNG_PAUSER_LOCK = SOC_IFC + 0x74,
    TRNG_DATA = SOC_IFC + 0x78,
    TRNG_STATUS = SOC_IFC + 0xac,
    FUSE_WR_DONE = SOC_IFC + 0xb0,
    WDT_CFG = SOC_IFC + 0x110,
    FUSE_UDS_SEED = SOC_IFC + 0x200,
};
enum {
    SOC_USER = 1,
    TRNG_WORDS = 12,
    UDS_WORDS = 12,
    TRNG_WR_DONE = 2,
    WDT_CYCLES = 100000000,
    FIRMWARE_LOAD = 0x46574c44, /* "FWLD" */
    STATUS_COMPLETE = 2,
    FILE_MAX = 128 << 10,
    STEP = 10000,
    STEPS_MAX = 5000,
};

struct soc {
    struct cairn_machine *machine;
    uint32_t entropy; /* of a generator that is no secret */
};

struct file {
    unsigned char bytes[FILE_MAX];
    size_t size;
};

static int load(const char *path, struct file *file)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        perror(path);
        return -1;
    }
    file->size = fread(file->bytes, 1, sizeof(file->bytes), stream);
    fclose(stream);
    return file->size ? 0 : -1;
}

static void print_console(void *context, const char *device, uint8_t byte)
{
    (void)context;
    (void)device;
    putchar(byte);
}

static void print_event(void *context, const char *text, const char *json)
{
    (void)context;
    (void)json;
    printf("%s\n", text);
}

static uint32_t get(struct soc *soc, uint64_t address)
{
    uint64_t value = 0;
    cairn_bus_read(soc->machine, "soc", SOC_USER, address, 4, &value);
    return (uint32_t)value;
}

static void put(struct soc *soc, uint64_t address, uint32_t value)
{
    if (cairn_bus_write(soc->machine, "soc", SOC_USER, address, 4, value)) {
        fprintf(stderr, "0x%08" PRIx64 " refuses 0x%08x\n", address, value);
    }
}

/* The core raises a line for entropy; that stops the run, and we answer. */
static void want_entropy(void *context, uint32_t level)
{
    struct soc *soc = context;
    if (level) {
        cairn_stop(soc->machine);
    }
}

static void serve_entropy(struct soc *soc)
{
    uint32_t wanted = 0;
    cairn_line_get(soc->machine, "soc_ifc.trng_req", &wanted);
    if (!wanted) {
        return;
    }
    for (uint64_t i = 0; i < TRNG_WORDS; i++) {
        soc->entropy = soc->entropy * 1664525u + 1013904223u;
        put(soc, TRNG_DATA + 4 * i, soc->entropy);
    }
    put(soc, TRNG_STATUS, TRNG_WR_DONE);
}

/* Runs until an output of the core is up, and serves entropy meanwhile. */
static int run_until(struct soc *soc, const char *line)
{
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        const struct cairn_until until = {
            .instructions = STEP, .line = line, .level = 1};
        if (cairn_run(soc->machine, &until) == CAIRN_STOP_LINE) {
            return 0;
        }
        serve_entropy(soc);
    }
    fprintf(stderr, "%s never came\n", line);
    return -1;
}

static int power_up(struct soc *soc)
{
    cairn_line_set(soc->machine, "soc_ifc.security_state", 4);
    cairn_power(soc->machine);
    cairn_line_set(soc->machine, "soc_ifc.cptra_pwrgood", 1);
    cairn_line_set(soc->machine, "soc_ifc.cptra_rst_b", 1);
    if (run_until(soc, "soc_ifc.ready_for_fuses")) {
        return -1;
    }
    for (uint64_t i = 0; i < UDS_WORDS; i++) {
        put(soc, FUSE_UDS_SEED + 4 * i, 0x11111111u * (uint32_t)(i + 1));
    }
    put(soc, MBOX_VALID_PAUSER, SOC_USER);
    put(soc, MBOX_PAUSER_LOCK, 1);
    put(soc, TRNG_VALID_PAUSER, SOC_USER);
    put(soc, TRNG_PAUSER_LOCK, 1);
    put(soc, WDT_CFG, WDT_CYCLES);
    put(soc, FUSE_WR_DONE, 1);
    return run_until(soc, "soc_ifc.ready_for_fw");
}

static int send_firmware(struct soc *soc, const struct file *bundle)
{
    if (get(soc, MBOX_LOCK)) {
        fprintf(stderr, "the mailbox is taken\n");
        return -1;
    }
    put(soc, MBOX_CMD, FIRMWARE_LOAD);
    put(soc, MBOX_DLEN, (uint32_t)bundle->size);
    for (size_t i = 0; i < bundle->size; i += 4) {
        const unsigned char *b = bundle->bytes + i;
        put(soc, MBOX_DATAIN,
            b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
                (uint32_t)b[3] << 24);
    }
    put(soc, MBOX_EXECUTE, 1);
    const struct cairn_until step = {.instructions = STEP};
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        uint32_t status = get(soc, MBOX_STATUS) & 0xf;
        if (status) {
            put(soc, MBOX_EXECUTE, 0);
            return status == STATUS_COMPLETE ? 0 : -1;
        }
        cairn_run(soc->machine, &step);
        serve_entropy(soc);
    }
    return -1;
}

static int boot(struct soc *soc, const struct file *bundle)
{
    int result = power_up(soc);
    if (result == 0) {
        result = send_firmware(soc, bundle);
    }
    if (result == 0) {
        result = run_until(soc, "soc_ifc.ready_for_runtime");
    }
    printf("%s: %" PRIu64 " instructions, %" PRIu64 " ns, %zu events\n",
           result ? "failed" : "ready", cairn_instructions(soc->machine, NULL),
           cairn_time_ns(soc->machine), cairn_event_count(soc->machine));
    return result;
}

int main(int argc, char **argv)
{
    static struct file rom;
    static struct file bundle;
    struct soc soc = {.entropy = 1};
    struct cairn_error error = {""};
    if (argc != 3 || load(argv[1], &rom) || load(argv[2], &bundle)) {
        fprintf(stderr, "usage: boot ROM BUNDLE\n");
        return 2;
    }
    const struct cairn_image image = {"rom", rom.bytes, rom.size};
    const struct cairn_options options = {
        .board = "caliptra-1.1",
        .images = &image,
        .image_count = 1,
        .callbacks = {.console = print_console, .event = print_event},
    };
    if (cairn_create(&options, &soc.machine, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    cairn_line_watch(soc.machine, "soc_ifc.trng_req", want_entropy, &soc);
    int result = boot(&soc, &bundle);
    cairn_destroy(soc.machine);
    return result ? 1 : 0;
}

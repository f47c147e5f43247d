/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra as a component of another program, from the installed header alone:
 *
 *   cc caliptra_boot.c $(pkg-config --cflags --libs cairn) -o caliptra_boot
 *   ./caliptra_boot rom.bin firmware.bundle
 *
 * Builds two machines, boots both, shows the console and the chain of the
 * first, judges what it came to, talks to its registers as the SoC, takes it
 * back by a snapshot, and compares the end states: the same inputs give the
 * same machine.
 */
#include <cairn/cairn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FLOW_STATUS = 0x3003003c, SOC_USER = 1, FILE_MAX = 1 << 20 };

struct file {
    unsigned char *bytes;
    size_t size;
};

static int load(const char *path, struct file *file)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        perror(path);
        return -1;
    }
    file->bytes = malloc(FILE_MAX);
    file->size = file->bytes ? fread(file->bytes, 1, FILE_MAX, stream) : 0;
    fclose(stream);
    return file->size ? 0 : -1;
}

static void console(void *context, const char *device, uint8_t byte)
{
    (void)context;
    (void)device;
    putchar(byte);
}

static void event(void *context, const char *text, const char *json)
{
    (void)context;
    (void)json;
    printf("%s\n", text);
}

/* A core that ran its ROM and entered the bundle's firmware; NULL if not. */
static struct cairn_machine *boot(const struct file *rom,
                                  const struct file *bundle,
                                  const struct cairn_callbacks *callbacks)
{
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    const struct cairn_image image = {"rom", rom->bytes, rom->size};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "caliptra-1.1",
        .images = &image,
        .image_count = 1,
        .seed = 1,
        .callbacks = *callbacks,
    };
    const struct cairn_image firmware = {"bundle", bundle->bytes, bundle->size};
    const char *const variables[] = {"FIRMWARE=bundle", "SECURITY_STATE=7",
                                     "UNTIL=runtime"};
    const struct cairn_agent_options agent = {
        .size = sizeof(struct cairn_agent_options),
        .variables = variables,
        .variable_count = 3,
        .files = &firmware,
        .file_count = 1,
    };
    if (cairn_create(&options, &machine, &error) ||
        cairn_agent_run(machine, &agent, &error)) {
        fprintf(stderr, "%s\n", error.text);
        cairn_destroy(machine);
        return NULL;
    }
    return machine;
}

/* Runs on, and goes back to where it was. */
static int run_and_return(struct cairn_machine *machine)
{
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_error error = {""};
    /* Time, not instructions: the core may well wait. */
    const struct cairn_until later = {
        .size = sizeof(struct cairn_until),
        .time_ns = cairn_time_ns(machine) + 1000000,
    };
    uint64_t before = cairn_state_hash(machine);
    if (cairn_snapshot(machine, &snapshot, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return -1;
    }
    cairn_run(machine, &later);
    int result = cairn_restore(machine, snapshot, &error);
    cairn_snapshot_destroy(snapshot);
    return result || cairn_state_hash(machine) != before ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct file rom = {NULL, 0};
    struct file bundle = {NULL, 0};
    const struct cairn_callbacks shown = {.console = console, .event = event};
    const struct cairn_callbacks silent = {0};
    if (argc != 3 || load(argv[1], &rom) || load(argv[2], &bundle)) {
        fprintf(stderr, "usage: caliptra_boot ROM BUNDLE\n");
        return 2;
    }
    struct cairn_machine *first = boot(&rom, &bundle, &shown);
    struct cairn_machine *second = boot(&rom, &bundle, &silent);
    int result = 1;
    uint64_t flow = 0;
    struct cairn_error outcome = {""};
    /* The events decide, not what was printed. */
    if (first && cairn_reached(first, "runtime", &outcome)) {
        fprintf(stderr, "%s\n", outcome.text);
    } else if (first && second &&
               cairn_bus_read(first, "soc", SOC_USER, FLOW_STATUS, 4, &flow) ==
                   0) {
        bool same = cairn_state_hash(first) == cairn_state_hash(second);
        bool back = run_and_return(first) == 0;
        printf("%s: flow status 0x%08" PRIx64 ", %" PRIu64
               " instructions, %zu events, %s, %s\n",
               outcome.text, flow, cairn_instructions(first, NULL),
               cairn_event_count(first),
               same ? "both machines agree" : "the machines differ",
               back ? "the snapshot holds" : "the snapshot does not hold");
        result = same && back ? 0 : 1;
    }
    cairn_destroy(first);
    cairn_destroy(second);
    free(rom.bytes);
    free(bundle.bytes);
    return result;
}

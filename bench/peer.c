/* SPDX-License-Identifier: Apache-2.0 */
/* Finds QEMU and runs one guest on it and on ours with equal options. */
#include "bench/peer.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"

#define OUR_PROGRAM "build/cairn"

static void read_line(FILE *from, char *line, size_t size)
{
    if (from == NULL || fgets(line, (int)size, from) == NULL) {
        line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
}

void peer_find(struct peer *peer, const char *architecture)
{
    char command[64];

    snprintf(command, sizeof(command), "bench/peer.sh %s", architecture);
    FILE *pipe = popen(command, "r");
    peer->architecture = architecture;
    read_line(pipe, peer->program, sizeof(peer->program));
    read_line(pipe, peer->libraries, sizeof(peer->libraries));
    if (pipe != NULL) {
        pclose(pipe);
    }
}

void peer_print(const struct peer *peer)
{
    const char *const argv[] = {peer->program, "--version", NULL};
    struct buffer output = {0};

    if (peer->program[0] == '\0' ||
        !measure(argv, peer->libraries, &output).good) {
        printf("peer\tqemu-system-%s is not at hand\n", peer->architecture);
    } else {
        const char *text = buffer_text(&output);

        printf("peer\tqemu-system-%s, %.*s\n", peer->architecture,
               (int)strcspn(text, "\n"), text);
    }
    fflush(stdout);
    buffer_fini(&output);
}

bool peer_has(const struct peer *peer, enum machine machine)
{
    return machine == OURS || peer->program[0] != '\0';
}

const char *peer_name(enum machine machine)
{
    static const char *const names[MACHINES] = {"cairn", "qemu",
                                                "qemu -icount"};

    return names[machine];
}

/* Appends a list that NULL ends. */
static void add(const char **argv, const char *const *list)
{
    while (*argv != NULL) {
        argv++;
    }
    while (*list != NULL) {
        *argv++ = *list++;
    }
}

static void add_linux(const char **argv, const struct guest *guest,
                      enum machine machine)
{
    const bool ours = machine == OURS;

    if (guest->initrd != NULL) {
        add(argv, (const char *const[]){ours ? "--initrd" : "-initrd",
                                        guest->initrd, NULL});
    }
    if (guest->append != NULL) {
        add(argv, (const char *const[]){ours ? "--append" : "-append",
                                        guest->append, NULL});
    }
}

static void add_ours(const char **argv, const struct guest *guest)
{
    add(argv, (const char *const[]){OUR_PROGRAM, "run", "virt", "--gic",
                                    guest->gic == 3 ? "3" : "2", NULL});
    if (guest->unlimited) {
        add(argv,
            (const char *const[]){"--max-instructions", "1000000G", NULL});
    }
    if (guest->security) {
        add(argv, (const char *const[]){"--security", NULL});
    }
    if (guest->virtualization) {
        add(argv, (const char *const[]){"--virtualization", NULL});
    }
    if (guest->parallel) {
        add(argv, (const char *const[]){"--parallel", NULL});
    }
    if (guest->counted) {
        add(argv, (const char *const[]){"--stats", NULL});
    }
    if (guest->unconfined) {
        add(argv, (const char *const[]){"--no-sandbox", NULL});
    }
    const char *engine = measure_interpreted() ? "interpreter" : guest->engine;
    if (engine != NULL) {
        add(argv, (const char *const[]){"--engine", engine, NULL});
    }
}

static void add_qemu(const char **argv, const struct peer *peer,
                     const struct guest *guest, bool icount,
                     struct peer_command *command)
{
    snprintf(command->machine, sizeof(command->machine),
             "virt,gic-version=%u%s%s", guest->gic == 3 ? 3u : 2u,
             guest->security ? ",secure=on" : "",
             guest->virtualization ? ",virtualization=on" : "");
    add(argv, (const char *const[]){peer->program, "-machine", command->machine,
                                    "-nodefaults", "-display", "none",
                                    "-serial", "stdio", NULL});
    if (icount) {
        add(argv, (const char *const[]){"-icount", "shift=0,sleep=off", NULL});
    }
}

static void add_our_disk(const struct guest *guest, unsigned number,
                         struct peer_command *command)
{
    char *disk = command->disks[number];

    snprintf(disk, PEER_DISK, "%s%s", guest->disks[number],
             guest->pci ? ",bus=pci" : "");
    peer_add(command, (const char *const[]){"--disk", disk, NULL});
}

static void add_qemu_disk(const struct guest *guest, unsigned number,
                          struct peer_command *command)
{
    char *drive = command->disks[number * 2];
    char *device = command->disks[number * 2 + 1];

    snprintf(drive, PEER_DISK, "if=none,format=raw,id=disk%u,file=%s", number,
             guest->disks[number]);
    snprintf(device, PEER_DISK,
             guest->pci ? "virtio-blk-pci,disable-legacy=on,drive=disk%u"
                        : "virtio-blk-device,drive=disk%u,"
                          "bus=virtio-mmio-bus.%u",
             number, number);
    peer_add(command,
             (const char *const[]){"-drive", drive, "-device", device, NULL});
}

static void add_disks(const struct guest *guest, bool ours,
                      struct peer_command *command)
{
    if (!ours && (guest->disks[0] != NULL || guest->network)) {
        peer_add(command,
                 (const char *const[]){"-global",
                                       "virtio-mmio.force-legacy=false", NULL});
    }
    for (unsigned i = 0; i < ARRAY_SIZE(guest->disks); i++) {
        if (guest->disks[i] != NULL) {
            (ours ? add_our_disk : add_qemu_disk)(guest, i, command);
        }
    }
}

/* On the bus behind those of disks. */
static void add_network(const struct guest *guest, bool ours,
                        struct peer_command *command)
{
    if (!guest->network) {
        return;
    }
    if (ours) {
        peer_add(command,
                 (const char *const[]){
                     "--net", guest->pci ? "user,bus=pci" : "user", NULL});
        return;
    }
    peer_add(command,
             (const char *const[]){
                 "-netdev", "user,id=net", "-device",
                 guest->pci ? "virtio-net-pci,disable-legacy=on,romfile=,"
                              "netdev=net"
                            : "virtio-net-device,netdev=net,"
                              "bus=virtio-mmio-bus.2",
                 NULL});
}

void peer_add(struct peer_command *command, const char *const *words)
{
    add(command->argv, words);
}

void peer_command(const struct peer *peer, enum machine machine,
                  const struct guest *guest, struct peer_command *command)
{
    const bool ours = machine == OURS;
    const char **argv = command->argv;

    *command = (struct peer_command){.argv = {NULL}};
    if (ours) {
        add_ours(argv, guest);
    } else {
        add_qemu(argv, peer, guest, machine == ICOUNT, command);
    }
    snprintf(command->cpus, sizeof(command->cpus), "%u",
             guest->cpus != 0 ? guest->cpus : 1);
    add(argv,
        (const char *const[]){ours ? "--cpu" : "-cpu",
                              guest->cpu != NULL ? guest->cpu : "cortex-a35",
                              ours ? "--cpus" : "-smp", command->cpus,
                              ours ? "--memory" : "-m", guest->memory, NULL});
    if (guest->bios != NULL) {
        add(argv, (const char *const[]){ours ? "--bios" : "-bios", guest->bios,
                                        NULL});
    }
    if (guest->kernel != NULL) {
        add(argv, (const char *const[]){ours ? "--kernel" : "-kernel",
                                        guest->kernel, NULL});
    }
    add_linux(argv, guest, machine);
    add_disks(guest, ours, command);
    add_network(guest, ours, command);
}

struct cost peer_run(const struct peer *peer, enum machine machine,
                     const struct guest *guest, struct buffer *output)
{
    struct peer_command command;

    peer_command(peer, machine, guest, &command);
    return measure_between(command.argv,
                           machine == OURS ? NULL : peer->libraries, output,
                           guest->begin, guest->end, guest->limit_s);
}

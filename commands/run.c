/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn run`: asks for a session, shows what happens in it, and ends in a
 * report. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/report.h"
#include "commands/run_needs.h"
#include "commands/run_origin.h"
#include "commands/run_output.h"
#include "commands/run_request.h"
#include "host/ending.h"
#include "host/file.h"
#include "session/known.h"
#include "session/power/power.h"
#include "session/session.h"
#include "session/statistics.h"

static const struct option options[] = {
#include "commands/run_options.def"
};

/* Everything a run owns; all of it may be empty. */
struct run {
    struct arguments *arguments;
    struct run_origin origin;
    struct run_request request;
    struct run_output output;
    struct session *session;
};

/* ---- Before the power comes on ------------------------------------------- */

/* Shows why there is no session. */
static int complain(const struct run *run, const struct session_error *error)
{
    char *text = error->option ? xasprintf("option '--%s': %s", error->option,
                                           error->text)
                               : xstrdup(error->text);
    int result = error->misuse ? command_misuse(run->arguments, "%s", text)
                               : command_failure(run->arguments, "%s", text);
    free(text);
    return result;
}

static int open_session(struct run *run)
{
    const struct session_observer observer = run_output_observer(&run->output);
    struct session_error error = {0};
    return session_open(&run->request.options, &observer, &run->session, &error)
               ? complain(run, &error)
               : COMMAND_DONE;
}

static int check_request(struct run *run)
{
    const struct run_needs needs = {run->arguments, run->session};
    struct session_error error = {0};
    int result = run_needs_check(&needs);
    result = result ? result : run_request_complete(&run->request);
    return result == COMMAND_DONE &&
                   session_check_targets(run->session, &error) != 0
               ? complain(run, &error)
               : result;
}

static int load(struct run *run)
{
    struct session_error error = {0};
    if (session_load(run->session, &error)) {
        return complain(run, &error);
    }
    if (arguments_value(run->arguments, "save")) {
        const char *clock = run->request.clock;
        run->origin.clock = *clock ? clock : NULL;
        run->origin.kernel = session_guest_kernel(run->session);
        run_origin_make(&run->origin, run->arguments);
        run->request.options.origin = (const char *const *)run->origin.words;
        run->request.options.origin_count = run->origin.count;
    }
    return COMMAND_DONE;
}

static int build(struct run *run)
{
    struct session_error error = {0};
    run_output_begin(&run->output, run->arguments,
                     session_has_guest(run->session));
    if (session_build(run->session, &error)) {
        return complain(run, &error);
    }
    int result = run_output_open(&run->output);
    return result == COMMAND_DONE && session_make_files(run->session, &error)
               ? complain(run, &error)
               : result;
}

/* ---- The end ------------------------------------------------------------- */

static int write_report_file(const struct run *run, const struct report *report,
                             const char *path)
{
    struct buffer text = {0};
    struct error error = {""};
    report_for(report, path, &text);
    int result = file_write(path, text.bytes, text.size, &error)
                     ? command_failure(run->arguments, "%s", error.text)
                     : COMMAND_DONE;
    buffer_fini(&text);
    return result;
}

static void print_power(const struct run *run)
{
    const struct arguments *arguments = run->arguments;
    struct cairn_machine *machine = session_machine(run->session);
    const char *board = run->request.options.board;
    struct buffer text = {0};
    if (arguments_flag(arguments, "json")) {
        session_power_json(machine, board, &text);
    } else {
        session_power_text(machine, board, &text);
    }
    fputs(buffer_text(&text), arguments->out);
    buffer_fini(&text);
}

static int write_report(struct run *run, const struct report *report)
{
    const struct arguments *arguments = run->arguments;
    struct buffer text = {0};
    int result = COMMAND_DONE;
    if (arguments_flag(arguments, "json")) {
        report_json(report, &text);
        fprintf(arguments->out, "%s\n", buffer_text(&text));
    } else {
        report_text(report, &text);
        fputs(buffer_text(&text), arguments->out);
    }
    buffer_fini(&text);
    if (run->request.shows_power) {
        print_power(run);
    }
    /* Before files that may take a while, or be pipes without a reader. */
    run_output_flush(&run->output);
    fflush(arguments->out);
    for (size_t i = 0; i < arguments_count(arguments, "report"); i++) {
        int written = write_report_file(run, report,
                                        arguments_nth(arguments, "report", i));
        result = result ? result : written;
    }
    return result;
}

static void print_statistics(const struct run *run)
{
    struct buffer text = {0};
    session_statistics_print(session_machine(run->session),
                             SESSION_STATISTICS_ALL, &text);
    fputs(buffer_text(&text), run->arguments->err);
    buffer_fini(&text);
}

static int show_report(struct run *run, const struct session_outcome *outcome)
{
    const struct session_options *asked = &run->request.options;
    struct session_known known;
    session_known_read(&known, run->session);
    struct report report = {
        .machine = session_machine(run->session),
        .result =
            run_output_outcome(&run->output, outcome->reached, outcome->text),
        .board = asked->board,
        .firmware = session_firmware(run->session),
        .evidence = outcome->reached ? asked->quote : NULL,
        .time_ns = outcome->time_ns,
        .instructions = outcome->instructions,
        .unmodelled = outcome->unmodelled,
        .state_hash = outcome->state_hash,
        .sandbox = session_sandbox(run->session),
        .clock = run->request.clock,
    };
    report.result.keys = known.keys;
    report.result.key_count = known.table.count;
    if (asked->time_engine) {
        print_statistics(run);
    }
    int result = write_report(run, &report);
    session_known_fini(&known);
    return result;
}

static int finish(struct run *run, struct session_outcome *outcome)
{
    if (outcome->code == -EINTR && ending_signal() != 0) {
        snprintf(outcome->text, sizeof(outcome->text), "ended by %s",
                 ending_name());
    }
    if (outcome->evidence_code) {
        command_failure(run->arguments, "--quote: %s", outcome->evidence_text);
    }
    run_output_finish(&run->output);
    int result = show_report(run, outcome);
    result = outcome->evidence_code ? COMMAND_FAILED : result;
    result = session_finish(run->session) ? COMMAND_FAILED : result;
    if (outcome->code == 0) {
        return result;
    }
    fflush(run->arguments->out);
    /* A reader that left has nothing to be told. */
    return ending_signal() == SIGPIPE
               ? COMMAND_FAILED
               : command_failure(run->arguments, "%s", outcome->text);
}

static int power_on(struct run *run)
{
    struct session_outcome outcome;
    run->output.session = run->session;
    ending_catch();
    if (command_owns_process() &&
        !arguments_flag(run->arguments, "no-sandbox")) {
        session_confine(run->session);
    }
    (void)session_run(run->session, &outcome);
    return finish(run, &outcome);
}

static int run_run(struct arguments *arguments)
{
    struct run run = {.arguments = arguments};
    int result = run_origin_follow(&run.origin, arguments);
    result = result ? result : run_request_begin(&run.request, arguments);
    result = result ? result : open_session(&run);
    result = result ? result : check_request(&run);
    result = result ? result : load(&run);
    result = result ? result : build(&run);
    result = result ? result : power_on(&run);
    result = run_output_close(&run.output, result);
    session_close(run.session);
    run_output_fini(&run.output);
    run_request_fini(&run.request);
    run_origin_fini(&run.origin);
    return result;
}

const struct command command_run = {
    .name = "run",
    .purpose = "boot a machine and report its chain of trust",
    .operands = "[BOARD]",
    .description =
        "Builds the machine that BOARD describes (a device-tree source or "
        "blob, or the name of a built-in board), turns its power on, and shows "
        "the output of its processors and the decisions of its chain of trust "
        "in the order of their occurrence. The run ends with a report of what "
        "was verified, measured and released, or of the reason for a refusal. "
        "The verdict depends on events alone: the stage that --until names, "
        "the release of an authorised core and the end of the guest must have "
        "been seen, in this run or before its snapshot. Otherwise the run "
        "fails, and the report names the missing event.\n\n"
        "On a board without a boot processor an agent does the duties of the "
        "system around the root of trust: fuses, users, randomness and the "
        "firmware load. --agent replaces its script.\n\n"
        "Without BOARD, ROM and firmware, a Caliptra core boots Cairn's own "
        "ROM and firmware, which are embedded in the program. The same board "
        "runs the released ROMs:\n\n"
        "    cairn run --generation 1.0 --rom "
        "caliptra-rom-with-log-1.0.3.bin\n\n"
        "For generation 2 only firmware is embedded, signed with ECC and "
        "ML-DSA, or with ECC and LMS if the pqc_key_type of --fuses selects "
        "LMS. The ROM must be a released one:\n\n"
        "    cairn run caliptra-2.0 --rom "
        "caliptra-rom-with-log-2.0.2.bin\n\n"
        "On board 'trust', --guest linux boots Linux behind the chain of trust "
        "to a shell. A guest is a folder with the file 'kernel' and optionally "
        "'initrd' and 'cmdline'; --append adds to the latter. FOLDER is a path "
        "if it contains a slash; otherwise it is a name that is looked up in "
        "$CAIRN_GUESTS, in $XDG_DATA_HOME/cairn/guests "
        "(~/.local/share/cairn/guests), in build/out/guests of the tree in "
        "which the program was built, and in the current folder. 'make "
        "guest-linux' in the tree fetches Debian's kernel and BusyBox as guest "
        "'linux':\n\n"
        "    cairn run trust --guest linux\n\n"
        "On board 'trust', --kernel is verified by the chain too: the kernel, "
        "--initrd and a device tree of the board are packed into the boot "
        "flash in place of the embedded guest, signed with the development "
        "keys (without LMS), and started after the root of trust has "
        "authorised each of them:\n\n"
        "    cairn run trust --kernel Image --initrd initrd.gz --cpus 2 \\\n"
        "        --append console=ttyAMA0\n\n"
        "A board of application processors starts --kernel, or --bios. At a "
        "terminal the guest's console is connected to the terminal: every key "
        "goes to the guest except Ctrl-], which ends the run, and virtual time "
        "follows the host's clock. The terminal's settings are restored at the "
        "end, also when a signal ends the run.\n\n"
        "SIGINT, SIGTERM, SIGHUP and SIGQUIT end a run in order: the report "
        "and all files that options name are written, and the program then "
        "terminates by the signal. A second signal terminates it at once. The "
        "run also ends in order when the reader of its standard output exits "
        "('cairn run | head'). Output of the guest is flushed when it pauses, "
        "and at least every tenth of a second.\n\n"
        "SERIAL PORTS: --serial connects a port to a back end of the host, "
        "which receives the port's output and supplies its input: 'pty' is a "
        "pseudo-terminal for screen(1) and similar programs, and its name is "
        "printed; 'unix:PATH' and 'tcp:[HOST:]PORT' listen and serve one peer "
        "at a time; 'connect:[HOST:]PORT' and 'connect:unix:PATH' connect to a "
        "listening socket; 'file:PATH' creates a file for the output and has "
        "no input; 'loopback' returns the output as input; 'stdio' is the "
        "terminal, or standard input. While no peer is connected, the last 64 "
        "KiB of output are kept for the next one. With a back end that accepts "
        "peers, virtual time follows the host's clock and runs are not "
        "repeatable; with 'file' and 'loopback' they are. Without PORT the "
        "port is that of --console:\n\n"
        "    cairn run virt --guest linux --serial pty\n"
        "    cairn run virt --bios QEMU_EFI.fd --serial "
        "secure_uart=unix:secure.sock\n\n"
        "A port hvc0 to hvc7 that the board does not have is one of a virtio "
        "console, which is put into a free slot of it: --console hvc0 is what "
        "Linux calls /dev/hvc0. An overlay gives a console other ports, also "
        "for programs of the guest, see cairn-board(5).\n\n"
        "DISKS: --disk connects a device that makes block requests to a disk "
        "image, FILE. A request takes the virtual time of the device's model, "
        "however slow the host is, so a run depends on the contents of the "
        "disk alone. Options stand behind FILE, after commas. 'read-only': the "
        "guest cannot change the disk, and several runs may share FILE. "
        "'temporary': FILE is only read, and what the guest writes is gone "
        "when the run ends (it is kept in TMPDIR, or /var/tmp, in a file "
        "without a name). 'overlay=IMAGE': FILE is only read, and what the "
        "guest writes goes to the qcow2 image IMAGE, which is made if there is "
        "none. 'format=raw|qcow2': the format of FILE. Without it FILE is of "
        "the format that its name ('.qcow2') and its contents agree upon; "
        "where they do not it is refused, since the guest of a raw disk can "
        "write to it what looks like another format and names files of the "
        "host. For the same reason the backing file of an image is followed "
        "only within the image's folder, or if it is the FILE of an overlay. "
        "A virtio block device is put into a slot of the bus 'mmio' or 'pci' "
        "(default mmio), and 'serial=TEXT' is what guests call it by. --save "
        "keeps requests in flight but not the contents: keep a copy of the "
        "file beside the snapshot, and name it again with --restore. A "
        "debugger that goes back in time does not undo writes:\n\n"
        "    cairn run virt --guest linux --disk debian.qcow2,temporary\n"
        "    cairn run virt --guest linux \\\n"
        "        --disk debian.qcow2,overlay=mine.qcow2\n\n"
        "'bus=mmio-legacy' is virtio-mmio with its registers of before 1.0 "
        "(version 1), for guests that know no others; networks, entropy, "
        "shares by 9p and balloons can be there too.\n\n"
        "'volatile:PATH' in place of FILE is a raw disk whose write cache "
        "loses its power at the end of the run: what the guest has flushed is "
        "in the file, of later writes half of the blocks (of 4 KiB) are lost, "
        "which ones depends on what was written alone. With --max-instructions "
        "a run is a loss of power at an instruction.\n\n"
        "NETWORK: --net connects a network device of the board to a network of "
        "the host, or if it has none left a virtio network device, which is "
        "put into a free slot: ',bus=pci' of PCI Express, ',mac=ADDRESS', "
        "',mtu=BYTES' and ',queues=N' are its address, its longest packet and "
        "its pairs of queues. Two machines of one network need different "
        "addresses. 'user' needs no rights: the guest gets the address "
        "10.0.2.15 by DHCP, reaches this host as 10.0.2.2 and a name server at "
        "10.0.2.3, and its connections are made by cairn; "
        "'forward=tcp:[HOST:]PORT:[GUEST:]PORT' (or udp) leads a port of this "
        "host, at 127.0.0.1 unless HOST is named, to one of the guest; with "
        "'restrict' the guest reaches nothing outside; 'tftp=FOLDER' and "
        "'bootfile=NAME' serve network boot, by HTTP where NAME is a URI "
        "(http://10.0.2.2:PORT/FILE), and 'hostname=NAME' names the guest. "
        "'tap,name=DEVICE' is a tap device, which must be the user's. "
        "'socket,listen=ADDRESS' and 'socket,connect=ADDRESS' (unix:PATH or "
        "[HOST:]PORT) are the two ends of a cable; the other one may be QEMU's "
        "-netdev stream; of one of datagrams they are "
        "'dgram,local=ADDRESS,remote=ADDRESS' (-netdev dgram). Up to 33 "
        "machines that name the same socket by 'switch,path=PATH' see each "
        "other; the first one is the switch. 'none' is a cable to nowhere. "
        "With ',pcap=FILE' all packets go into a file for tcpdump(8) and "
        "Wireshark, with virtual times. While a network other than 'none' is "
        "connected, time in which the guest sleeps is the host's and runs are "
        "not repeatable; --record has what came in, and --replay connects a "
        "cable to nowhere:\n\n"
        "    cairn run virt --guest linux --net "
        "user,forward=tcp:2222:22\n"
        "    cairn run virt --guest linux --net user,pcap=run.pcap --record "
        "run.inputs\n"
        "    cairn run virt --guest linux \\\n"
        "        --net switch,path=/tmp/lab,mac=52:54:00:00:00:02\n\n"
        "SOCKETS: --vsock connects sockets of the guest (AF_VSOCK) and Unix "
        "sockets of the host, as Firecracker does. A program of the host "
        "connects to PATH and writes 'CONNECT 52' and a newline: when a "
        "program of the guest has accepted at its port 52, the answer is 'OK' "
        "with the port of the host's side, and what follows is the "
        "connection. A guest that connects to port 1024 of the host (context "
        "ID 2) reaches the program that listens at PATH_1024. That convention "
        "has streams alone (SOCK_STREAM). For sequenced packets "
        "(SOCK_SEQPACKET), whose messages keep their bounds, a program "
        "connects to PATH_packets by a Unix socket of that type: its first "
        "message is 'CONNECT 52' and a newline, the first that it gets 'OK' "
        "with a port. A guest's socket of that type reaches a program that "
        "listens at PATH_1024 by one of that type, and is refused with a line "
        "in the log where the types differ. A message of the guest has at "
        "most 4 MiB, or what the host lets Unix sockets send: without "
        "privileges that is twice net.core.wmem_max, often 425952 bytes. One "
        "for the guest has at most the buffer of its socket, in Linux 256 KiB "
        "unless its program asks for more; a longer one resets the connection, "
        "with a line in the log. Messages may be empty, though Linux 6.1 sends "
        "none of those. Bounds of records (MSG_EOR) are lost, as Linux' Unix "
        "sockets have none. Connections are not in snapshots: a guest that "
        "continues from one hears that they are reset. While the run goes on, "
        "virtual time in which the guest waits is the host's; --record keeps "
        "what came in:\n\n"
        "    cairn run virt --guest linux --vsock cid=3,path=guest.sock\n\n"
        "DEVICES: --plug gives the machine a virtio device that needs nothing "
        "of the host, on the bus mmio or, with ',bus=pci', PCI Express. Each "
        "is named after its kind and a number from 0 on. 'keyboard' has an "
        "input for each key and 'tablet' for the buttons left, right and "
        "middle, for --press; the tablet's inputs x and y are a position from "
        "0 to 32767 on the screen. 'balloon' takes back memory: what the guest "
        "frees, and reports as free, goes back to the host, and snapshots do "
        "not have it; with 'size=SIZE@TIME:SIZE@TIME...' the guest gives up "
        "so much of its memory from these times on. 'gpio' has lines (8, or "
        "'lines=N', which the guest may know as 'names=NAME:NAME...'), each an "
        "input 'line0' and so on for --press, and an output of that name "
        "which a board overlay can connect. 'i2c' is an adapter with two "
        "chips: an EEPROM of 256 bytes at 0x50, write-protected, which begins "
        "with 'eeprom=TEXT', and a temperature sensor (LM75) at 0x48, which "
        "measures what its input 'temperature' says, in thousandths of a "
        "degree Celsius. Debian 12's kernel has no drivers for these two, "
        "though Linux 6.1 has. 'rtc' has clocks, which start as --rtc says: "
        "UTC smeared from noon to noon around a leap second, UTC, TAI, and "
        "the time since the first power-on; each has an alarm, and a reading "
        "together with the processors' counter. Linux has its driver from "
        "6.16 on:\n\n"
        "    cairn run virt --guest linux --plug keyboard --plug tablet \\\n"
        "        --press keyboard0.enter@9s --press tablet0.x=16384@10s \\\n"
        "        --press tablet0.left@11s\n"
        "    cairn run virt --guest linux --plug balloon,size=256M@20s\n"
        "    cairn run virt --guest linux --plug gpio,lines=2 --plug i2c \\\n"
        "        --press gpio0.line1=1@5s --press i2c0.temperature=21500@0s\n"
        "    cairn run virt --kernel vmlinuz --plug rtc,bus=pci --rtc now\n\n"
        "TPM: --tpm gives the boards virt and trust a TPM 2.0, by swtpm(8). "
        "Its state, such as keys, counters and sealed data, is kept in FOLDER "
        "over runs; PCRs start anew with each reset of the machine. Firmware "
        "finds the FIFO interface by the device tree: EDK2 and U-Boot measure "
        "what they start into the PCRs, and Linux reads the event log. The "
        "command response buffer is in ACPI alone, which needs --bios. A TPM "
        "that is gone answers as one in failure mode, and a line of the log "
        "says why. What the TPM answers is an input of the run: --record keeps "
        "it, and --replay, which takes the same --tpm, asks no TPM. A snapshot "
        "holds the state of the TPM; --restore takes a --tpm with the same "
        "interface, whose own state is replaced by that:\n\n"
        "    cairn run virt --bios QEMU_EFI.fd --kernel vmlinuz \\\n"
        "        --append console=ttyAMA0 --tpm tpm-state\n\n"
        "SHARED FOLDERS: --share lets the guest mount a folder of the host, by "
        "a virtio file system device (type=fs) or 9P transport (type=9p). The "
        "tag is the name by which the guest mounts it: 'share', then "
        "'share1', or that of tag=NAME. Nothing outside of the folder is "
        "reached by it: symbolic links are the guest's to follow, and regular "
        "files and folders alone are opened. Everything is done as the user "
        "who runs cairn, whom the guest takes for root, or for the user of "
        "owners=UID:GID; changes of owner have no effect, set-id bits are "
        "dropped and devices cannot be made. With owners=kept owners, modes "
        "and devices of the guest are kept in extended attributes "
        "(user.virtfs.*, as QEMU's security_model=mapped-xattr has them). "
        "With type=fs, cache=none shows at once what others change in the "
        "folder, and cache=always trusts that nobody does; locks=host makes "
        "the locks of its processes (fcntl, flock) the host's, which other "
        "programs and guests see. Who waits for one cannot be interrupted, as "
        "Linux tells virtiofs of no signal; with 9p they always are the "
        "host's. What the guest read is an input of the run: --replay needs "
        "the folder no more than to exist. Snapshots keep neither the contents "
        "nor what the guest has open there, so --save is refused while the "
        "folder is mounted:\n\n"
        "    cairn run virt --guest linux --share .,tag=work\n"
        "    mount -t virtiofs work /mnt        (in the guest)\n"
        "    cairn run virt --guest linux --share .,type=9p,read-only\n"
        "    mount -t 9p -o trans=virtio,version=9p2000.L share /mnt\n\n"
        "RECORDS: --record writes everything that enters the machine from "
        "outside during the run (keys, buttons, accesses of the agent, resets, "
        "what was read from disks, responses of a TPM), with its place in the "
        "run. --replay is that run again, from power-on or the same --restore "
        "to the same state: it takes BOARD and the options that shape the "
        "machine, and none that make inputs or limit the run. It reports what "
        "the recorded run reported, with its exit code, and reads and writes "
        "no disk:\n\n"
        "    cairn run virt --guest linux --record session.inputs\n"
        "    cairn run virt --guest linux --replay session.inputs --trace\n\n"
        "POWER: --power counts, in virtual time, how long each processor runs, "
        "waits ('wfi', 'wfe', 'sleep-on-exit', or 'deep-sleep' with "
        "SCR.SLEEPDEEP of an M-profile processor), is held in reset ('reset'), "
        "is off, or is locked up; how often each state began; and what woke "
        "it. Devices whose models have a bit that turns them on or off have "
        "states as well. The board says what is drawn in a state, and at which "
        "voltage (cairn-board(5)); with that the ledger has charges, energies "
        "and averages, and the picture the current over time. A state without "
        "such a figure has its time alone: of the built-in boards 'microbit' "
        "has figures, and those of FPGAs have none. A ledger changes no bit of "
        "the run, two equal runs have equal ledgers, and a run that is saved "
        "with --power and restored with it continues the ledger; with "
        "--parallel no two runs are equal. The file system, back ends and "
        "media have no states. An overlay gives a board currents:\n\n"
        "    cairn run microbit --load firmware.hex --power --power=run.svg\n"
        "    cairn run an385 --load zephyr.elf --with currents.dtso "
        "--power=power.json\n\n"
        "PROFILES: --profile takes a sample of each processor every so many of "
        "its instructions (--profile-every): processor, exception level and "
        "security state or mode, and the functions that are being called. "
        "Widths and weights are instructions; time that processors wait, and "
        "exits from the guest's code (exceptions by class, accesses by device, "
        "TLB fills), are in the tables of the text form and below the graph. "
        "The run is the same with and without samples, to its last bit, and "
        "two equal runs have equal profiles; with --parallel no two do. With "
        "--restore a profile is of what follows, with --replay of what was "
        "recorded.\n\n"
        "Callers on AArch64 are those of the frame records in memory, x29, "
        "and for a function that has made none the link register. '[not "
        "unwound]' is above frames whose chain is broken: code that is "
        "compiled without frame pointers. RISC-V has no such chain: there is "
        "a function below its caller as long as ra leads there, and else "
        "alone. Code without a symbol has the name of its memory and page, "
        "'[ram 0x40201000]'. Symbols are those of ELF files that start the "
        "machine and of --symbols: a kernel's vmlinux or kallsyms, firmware "
        "that has moved itself (--symbols u-boot@0x7ff00000), one of two "
        "RISC-V processors (--symbols mcu_cpu=rom.elf). In a graph a click "
        "zooms, and / searches:\n\n"
        "    cairn run virt --bios u-boot.bin --symbols u-boot \\\n"
        "        --expect '=> ' --profile boot.svg --profile boot.txt\n\n"
        "For Linux, the guest's own /proc/kallsyms has the symbols also where "
        "the kernel was moved: addresses are the same in the next run. "
        "--perf-map and perf(1) show the host's time instead:\n\n"
        "    perf record -g cairn run virt --guest linux --perf-map\n\n"
        "Without a terminal, or with --expect or --input, a run has no input "
        "from the host's clock or users and is repeatable. An answer of --type "
        "arrives at the instruction after the one that printed the expected "
        "text. A file of --input arrives at the pace of a serial line of "
        "115200 baud after the last --expect was met; a guest that has not set "
        "up its console may lose input that arrives before. --press holds a "
        "line from a given time on. A last --expect without --type ends the "
        "run, unless --input is given. A run that ends before a --press was "
        "due fails:\n\n"
        "    cairn run virt --kernel Image --initrd initrd.gz \\\n"
        "        --expect '# ' --input commands.txt --press power@20s\n\n"
        "When a guest resets its machine, the run continues: memory keeps its "
        "contents, and kernel, initrd and device tree are written to it again; "
        "virtual time, the processors' counters of it and the real-time clock "
        "continue; each reset is an event. --max-instructions and the times of "
        "--press count from the first power-on, over resets and losses of "
        "power.\n\n"
        "--power-cut interrupts one operation of the flash that firmware "
        "writes and turns the power off at that point. The flash keeps the "
        "bits that were already written, power returns, memory is blank, and "
        "the run continues. Operations count from 1; equal numbers interrupt "
        "at equal bits:\n\n"
        "    cairn run virt --bios QEMU_EFI.fd --power-cut 12:100@7\n\n"
        "Each run on board 'trust' starts with the embedded flash and fuses "
        "unless files keep them. Files that cairn-pack-flash(1) has made start "
        "the same way, and are updated by a capsule that the signer named in "
        "the fuses has signed:\n\n"
        "    cairn run trust --flash trust.img --fuse-array trust.fuses \\\n"
        "        --capsule update.cap\n\n"
        "--quote requests, through the mailbox of the root of trust and at the "
        "end of a run that succeeded, the evidence that cairn-verify-quote(1) "
        "checks. When a guest has turned the machine off, the root of trust "
        "keeps its power until it has answered. The development manufacturer "
        "certifies the part unless --idevid-issuer names another issuer:\n\n"
        "    cairn run trust --quote evidence.pem\n"
        "    cairn verify-quote evidence.pem --development\n\n"
        "--save writes a snapshot at the end of a run, however it ended, with "
        "BOARD and the options that shape the machine. --restore builds the "
        "same machine again, from any folder, and continues: the agent with "
        "the rest of its script, unless --agent names another; a guest at its "
        "last instruction, with --expect, --input and --press counted from "
        "there and times still counted from power-on; any other machine until "
        "every processor waits. A boot can thus be divided into two runs, and "
        "ends in the same state:\n\n"
        "    cairn run --until fmc --save half.snapshot\n"
        "    cairn run --restore half.snapshot\n\n"
        "The files of which the machine was built must still exist under their "
        "names and be older than the snapshot. If BOARD or one of the options "
        "that shape the machine is given, --restore takes none of them from "
        "the snapshot, and all are needed, as cairn-inspect(1) shows them. An "
        "untrusted snapshot could name private files, which its guest could "
        "then read. Therefore the files that it names must be in the "
        "snapshot's folder or below it, in a folder where guests are found by "
        "name, or in a folder of --allow, and their names are printed first "
        "unless --quiet is given. A --semihosting-folder is never taken from a "
        "snapshot.\n\n"
        "Memory is mapped from the file and not read, so a large guest "
        "continues within milliseconds. The file must not be truncated or "
        "changed in place meanwhile; --save replaces it as a whole. --restore "
        "checks all of the file except the contents of memories, which it does "
        "not read: cairn-inspect(1) with --verify compares those with their "
        "hashes. The kernel and initrd of a guest are read again at each "
        "reset, unless they had to be unpacked, and must not change either."
        "\n\n"
        "SANDBOX: Guests, boards, snapshots and firmware may come from "
        "untrusted sources. Before the first instruction the process gives up "
        "the rights that the run no longer needs. By Landlock it gives up all "
        "files except those that are read later (the snapshot, kernel and "
        "initrd, the folders of --agent's script and of --allow) and the "
        "folders of outputs that are replaced as a whole; by seccomp all but "
        "some sixty system calls, so that it cannot start programs, open "
        "sockets or make memory executable. A process that tries is terminated "
        "by SIGSYS. Compiled code is written through one mapping and executed "
        "through another. The report names the restrictions that were in "
        "force; an older kernel may support fewer. --no-sandbox keeps all "
        "rights.\n\n"
        "Before that, a board and its overlays, and dtc(1), which compiles "
        "them, can read files only in their own folders, and not through links "
        "that lead out of them; for dtc this requires Landlock (Linux 5.13). "
        "--allow adds folders.",
    OPTIONS(options),
    .run = run_run,
};

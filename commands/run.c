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
#include "commands/run_statistics.h"
#include "host/ending.h"
#include "host/file.h"
#include "session/known.h"
#include "session/session.h"

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
    if (result == COMMAND_DONE &&
        session_check_targets(run->session, &error) != 0) {
        result = complain(run, &error);
    }
    return result ? result : run_request_complete(&run->request);
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
    int result = run_output_open(&run->output, run->arguments,
                                 session_has_guest(run->session));
    if (result == COMMAND_DONE && session_build(run->session, &error)) {
        result = complain(run, &error);
    }
    return result;
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
        run_statistics(report.machine, run->arguments->err);
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
    .purpose = "boot a machine and report what it trusted",
    .operands = "[BOARD]",
    .description =
        "Builds the machine that BOARD describes (a device-tree source or "
        "blob, or the name of a built-in board), turns its power on, and shows "
        "what its processors print and what its chain of trust decides, in "
        "their order. It ends with a report: what was verified, measured and "
        "released, or why not. The verdict is of events alone: what --until "
        "asks for, the release of an authorised core, the guest's end must "
        "have been seen, in this run or before its snapshot; else the run "
        "fails and names the event that was missing.\n\n"
        "On a board without a boot processor the duties of the system around "
        "the root of trust are done by an agent: fuses, users, randomness, the "
        "firmware load. --agent replaces its script.\n\n"
        "Without BOARD, ROM and firmware, a Caliptra core boots our own ROM "
        "and firmware, which the program carries; the same board runs the "
        "released ROMs:\n\n"
        "    cairn run --generation 1.0 --rom "
        "caliptra-rom-with-log-1.0.3.bin\n\n"
        "Of generation 2 the program carries firmware only, signed with ECC "
        "and ML-DSA, or LMS if the pqc_key_type of --fuses says so; the ROM is "
        "a released one:\n\n"
        "    cairn run caliptra-2.0 --rom "
        "caliptra-rom-with-log-2.0.2.bin\n\n"
        "On board 'trust', --guest linux boots Linux behind the chain of trust "
        "to a shell. A guest is a folder that holds a file 'kernel', and if it "
        "wants them 'initrd' and 'cmdline', to which --append adds. FOLDER is "
        "its path, if there is a slash in it, or its name in $CAIRN_GUESTS, in "
        "$XDG_DATA_HOME/cairn/guests (~/.local/share/cairn/guests), in "
        "build/out/guests of the tree that the program was built in, or here. "
        "'make guest-linux' in the tree fetches Debian's kernel and BusyBox "
        "as guest 'linux':\n\n"
        "    cairn run trust --guest linux\n\n"
        "On board 'trust', --kernel is behind the chain too: kernel, --initrd "
        "and "
        "a device tree of the board are packed into the boot flash in place of "
        "what the program carries there and signed with its development keys "
        "(without LMS), and run when the root of trust authorised each of "
        "them:\n\n"
        "    cairn run trust --kernel Image --initrd initrd.gz --cpus 2 \\\n"
        "        --append console=ttyAMA0\n\n"
        "A board of application processors starts --kernel, or --bios. At a "
        "terminal its console is the terminal's: every key goes to the guest "
        "but Ctrl-], which ends the run, and virtual time keeps to the host's. "
        "The terminal is put back at the end, also when a signal is it.\n\n"
        "SIGINT, SIGTERM, SIGHUP and SIGQUIT end a run in order, with its "
        "report and all files that options name, and the program then ends by "
        "the signal; a second one ends it at once. So does a reader of the "
        "output that leaves ('cairn run | head'). What the guest prints is "
        "written when it pauses, and each tenth of a second.\n\n"
        "SERIAL PORTS: --serial connects a port to a back end of the host, "
        "which takes what is printed there and types what comes in: 'pty' is a "
        "pseudo-terminal, whose name is told, for screen(1) and the like; "
        "'unix:PATH' and 'tcp:[HOST:]PORT' listen and serve one peer after the "
        "other, 'connect:[HOST:]PORT' and 'connect:unix:PATH' connect to "
        "somebody who listens; 'file:PATH' is a file made anew, which types "
        "nothing; 'loopback' types what is printed; 'stdio' is the terminal, "
        "or what standard input is. Of what is printed while no peer is there "
        "the last 64 KiB wait for the next one. Where a peer may be, virtual "
        "time keeps to the host's and no two runs are the same; with 'file' "
        "and 'loopback' runs are repeatable. Without PORT the port is that of "
        "--console:\n\n"
        "    cairn run virt --guest linux --serial pty\n"
        "    cairn run virt --bios QEMU_EFI.fd --serial "
        "secure_uart=unix:secure.sock\n\n"
        "Without a terminal, or with --expect or --input, nothing of the host "
        "is in the run and it is repeatable: what --type answers arrives at "
        "the instruction after the one that printed the awaited text, a file "
        "at the pace of a line of 115200 baud after the last --expect was met "
        "(a guest that has not set its console up may lose what comes before), "
        "and --press holds a line at an instant. A last --expect without "
        "--type ends the run, unless there is an --input:\n\n"
        "    cairn run virt --kernel Image --initrd initrd.gz \\\n"
        "        --expect '# ' --input commands.txt --press power@20s\n\n"
        "A guest that resets itself goes on in the same run: memory keeps what "
        "is in it, and kernel, initrd and device tree are put there again; "
        "virtual time, the processors' counters of it, and the clock of the "
        "time of day go on; each reset is an event. --max-instructions and the "
        "times of --press count from the first power-on, over resets and "
        "losses of power.\n\n"
        "--power-cut tears one operation of the flash that firmware writes and "
        "turns the power off there; the flash keeps what it then has, power "
        "comes back, memory is blank, and the run goes on. Operations count "
        "from 1; the same "
        "numbers tear the same bits again:\n\n"
        "    cairn run virt --bios QEMU_EFI.fd --power-cut 12:100@7\n\n"
        "Flash and fuses of board 'trust' are as the program carries them each "
        "time, unless files keep them. What cairn-pack-flash(1) made starts "
        "so, "
        "and is updated by a capsule that whoever its fuses name has "
        "signed:\n\n"
        "    cairn run trust --flash trust.img --fuse-array trust.fuses \\\n"
        "        --capsule update.cap\n\n"
        "--quote asks the root of trust, at the end of a run that went well "
        "and "
        "through its mailbox, for what cairn-verify-quote(1) judges. A guest "
        "that turned the machine off leaves it power until it has answered. "
        "The "
        "development manufacturer certifies the part unless --idevid-issuer "
        "names another:\n\n"
        "    cairn run trust --quote evidence.pem\n"
        "    cairn verify-quote evidence.pem --development\n\n"
        "--save writes a snapshot at the end, whatever the end was, and in it "
        "BOARD and the options that shape the machine. --restore asks for that "
        "machine again, from any folder, and goes on from there: the "
        "agent with the rest of its script, unless --agent names another; a "
        "guest where it was, with --expect, --input and --press counted from "
        "there and times still those since power-on; all else until every "
        "processor waits. So a boot can be cut in two, and ends in the same "
        "state:\n\n"
        "    cairn run --until fmc --save half.snapshot\n"
        "    cairn run --restore half.snapshot\n\n"
        "Files that the machine was made of must be where they were, and older "
        "than the snapshot. With BOARD or one of those options given, "
        "--restore takes none from the snapshot: then all are needed, as "
        "cairn-inspect(1) shows them. "
        "The snapshot of a stranger may name files of yours, which its guest "
        "could read: what it names must be in the snapshot's folder or below "
        "it, in one of the folders where guests are found by name, or in one "
        "of --allow, and is printed first without --quiet. A "
        "--semihosting-folder is never taken from a snapshot.\n\n"
        "Memory is mapped from the file, not read, so that a large guest goes "
        "on within milliseconds. The file must not be cut or changed in place "
        "meanwhile; --save replaces it as a whole. Restoring checks all of it "
        "but the contents of memories, which it does not read: "
        "cairn-inspect(1) with --verify compares those with their hashes. A "
        "guest's kernel and initrd are read again at each reset, unless they "
        "had to be unpacked, and must not change either.\n\n"
        "SANDBOX: Guests, boards, snapshots and firmware may be strangers'. "
        "Before the first instruction the process gives up what the run no "
        "longer needs: by Landlock all files but those that are read later "
        "(the snapshot, kernel and initrd, the folders of --agent's script "
        "and of --allow) and the folders of outputs that are replaced as a "
        "whole; by seccomp all system calls but some sixty, without which to "
        "start programs, open sockets or make memory executable. A process "
        "that tries ends by SIGSYS. Compiled code is written in one mapping "
        "and executed in another. The report says what held; an older kernel "
        "may have less. --no-sandbox keeps everything.\n\n"
        "Before that, a board and its overlays, and dtc(1), which compiles "
        "them, read files in their own folders alone, links that lead out "
        "included; for dtc this takes Landlock (Linux 5.13). --allow adds "
        "folders.",
    OPTIONS(options),
    .run = run_run,
};

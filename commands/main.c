/* SPDX-License-Identifier: Apache-2.0 */
/* The program: one command, then the end that a signal asked for. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "commands/command.h"
#include "host/ending.h"

int main(int argc, char **argv)
{
    /* A reader that left (`cairn run | head`) ends a run, but not before it has
     * written its files. */
    signal(SIGPIPE, SIG_IGN);
    /* A limit of the size of files (RLIMIT_FSIZE) is as a full disk: the write
     * fails, and the command says which. */
    signal(SIGXFSZ, SIG_IGN);
    /* Standard input that is closed has nothing to read; no file of ours comes
     * to be it. */
    if (fcntl(STDIN_FILENO, F_GETFD) < 0) {
        (void)open("/dev/null", O_RDONLY);
    }
    command_own_process();
    int result = command_main(argc, (const char *const *)argv, stdout, stderr);
    ending_raise();
    return result;
}

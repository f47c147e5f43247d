/* SPDX-License-Identifier: Apache-2.0 */
/* The program: one command, then the end that a signal asked for. */
#include <signal.h>
#include <stdio.h>

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
    command_own_process();
    int result = command_main(argc, (const char *const *)argv, stdout, stderr);
    ending_raise();
    return result;
}

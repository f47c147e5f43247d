/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>

#include "commands/command.h"

int main(int argc, char **argv)
{
    /* A reader that left (`cairn run | head`) is a write error, not a death
     * without report. */
    signal(SIGPIPE, SIG_IGN);
    return command_main(argc, (const char *const *)argv, stdout, stderr);
}

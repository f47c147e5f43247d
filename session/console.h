/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes to a guest from outside: keys at a terminal, the file of --input,
 * and the buttons of --press.
 *
 * A file is typed at the pace of a line of 115200 baud in virtual time, and
 * buttons are pressed at an instant of it, so such runs are repeatable. At a
 * terminal virtual time is held back to the host's.
 */
#ifndef SESSION_CONSOLE_H
#define SESSION_CONSOLE_H

#include <termios.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "include/cairn/cairn.h"

/* Bytes that the machine has not taken yet, from next on. */
struct session_keys {
    struct buffer bytes;
    size_t next;
};

struct session_press {
    char *line;
    uint64_t time_ns;
    bool down;
    bool done;
};

struct session_console {
    const struct arguments *arguments;
    const char *port; /* the serial port, of --console */
    struct cairn_machine *machine;
    struct session_keys typed; /* by --type or at the terminal */
    struct session_keys input; /* of --input */
    bool has_input;
    bool input_begun;
    uint64_t next_ns; /* when the next keys are due */
    struct session_press *presses;
    size_t press_count;
    /* at a terminal */
    bool terminal;
    struct termios before;
    bool left;        /* the user ended the run */
    uint64_t host_ns; /* when virtual time was 0 */
};

/* Reads what options name; returns an exit code after its complaint. */
int session_console_load(struct session_console *console,
                         const struct arguments *arguments);
/* Before the power comes on: COMMAND_MISUSED, after its complaint, for a port
 * or lines that the board does not have. */
int session_console_check(const struct session_console *console,
                          struct cairn_machine *machine);
/* Before the run. */
void session_console_open(struct session_console *console,
                          struct cairn_machine *machine);
void session_console_close(struct session_console *console);
/* Types bytes now, and as soon as they are taken what is too much. */
void session_console_type(struct session_console *console, const void *bytes,
                          size_t size);
/* The file of --input may be typed from now on. */
void session_console_begin(struct session_console *console);
/* The virtual time of the next call of session_console_serve; UINT64_MAX: none.
 */
uint64_t session_console_due(const struct session_console *console);
/* Does what is due. False when the user ends the run, or a signal does. */
bool session_console_serve(struct session_console *console);
void session_console_fini(struct session_console *console);

#endif

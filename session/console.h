/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input to a guest from outside: back ends of serial ports, of which a terminal
 * is one, a file that is typed, and buttons that are pressed.
 *
 * A file is typed at the pace of a line of 115200 baud in virtual time, and
 * buttons are pressed at an instant of it, so such runs are repeatable.
 * With a live back end virtual time is held back to the host's.
 */
#ifndef SESSION_CONSOLE_H
#define SESSION_CONSOLE_H

#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/observer.h"
#include "session/options.h"
#include "session/roles.h"

/* Bytes that the machine has not taken yet, from next on. */
struct session_keys {
    struct buffer bytes;
    size_t next;
};

/* A change of an input line at an instant. */
struct session_edge {
    const char *line;
    uint64_t time_ns;
    uint32_t level;
    bool begins; /* what an option asks for; false: a key comes up again */
    bool done;
};

struct session_console {
    const struct session_options *options;
    const struct session_observer *observer;
    const char *port; /* the serial port; "" before attaching, or for none */
    struct cairn_machine *machine;
    struct session_keys typed; /* by steps */
    struct session_keys input; /* the file */
    bool has_input;
    bool input_begun;
    uint64_t next_ns; /* when the next keys are due */
    char *power_line; /* the input of the power key, or NULL */
    struct session_edge *edges;
    size_t edge_count;
    bool connected; /* some port has a back end */
    bool terminal;  /* which is the terminal */
};

/* Reads the input file. */
int session_console_load(struct session_console *console,
                         const struct session_options *options,
                         const struct session_observer *observer,
                         const struct session_roles *roles,
                         struct session_error *error);
/* Before the power comes on: whether the board has the ports and lines, each
 * port for one back end; opens the back ends that empty no file. */
int session_console_attach(struct session_console *console,
                           struct cairn_machine *machine,
                           struct session_error *error);
/* Before the process is confined: opens the other back ends. */
int session_console_make_files(struct session_console *console,
                               struct session_error *error);
/* True if what the port prints is for the observer: it has no back end that
 * takes it. */
bool session_console_shows(const struct session_console *console,
                           const char *port);
/* Before the run. */
void session_console_open(struct session_console *console);
/* After it: passes on what is left, and puts the terminal back. */
void session_console_close(struct session_console *console);
/* Types bytes now, and as soon as they are taken what is too much. */
void session_console_type(struct session_console *console, const void *bytes,
                          size_t size);
/* The input file may be typed from now on. */
void session_console_begin(struct session_console *console);
/* The virtual time of the next call of session_console_serve; UINT64_MAX: none.
 */
uint64_t session_console_due(const struct session_console *console);
/* True if the session itself has keys or edges yet to come. */
bool session_console_has_plans(const struct session_console *console);
/* Serves what is due. False when the user of a back end, or a signal, ends the
 * run. */
bool session_console_serve(struct session_console *console);
/* The first button that was to be pressed at a time that did not come; NULL:
 * none. */
const struct session_edge *
session_console_unpressed(const struct session_console *console);
void session_console_fini(struct session_console *console);
/* True if it takes calls of sockets during the run. */
bool session_serial_has_peers(const struct session_serial *serial);
/* True if its operand is the path of a file that it makes. */
bool session_serial_makes_file(const struct session_serial *serial);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals that end a program, for one that has work to keep: the first is
 * noted, so that the program can write its files and then end by it; a second
 * one ends it at once.
 *
 * Signals are the process', and so is all of this: there is one ending for all
 * sessions and loops, and each loop hears of it by ending_fd.
 */
#ifndef HOST_ENDING_H
#define HOST_ENDING_H

#include <stdbool.h>
#include <stdio.h>

/* Notes SIGINT, SIGTERM, SIGHUP and SIGQUIT from now on, except those that the
 * program was started to ignore. Main thread. */
void ending_catch(void);
/* The signal that was noted, 0 for none. Any thread. */
int ending_signal(void);
/* "SIGTERM"; "no signal" for none. */
const char *ending_name(void);
/* Can be read once a signal was noted; -1 (which poll leaves out) before
 * ending_catch. */
int ending_fd(void);
/* Notes SIGPIPE, and returns true, if the stream failed to write because the
 * reader of a pipe or socket has left. */
bool ending_is_unread(FILE *stream);
/* To end was all that the signal asked for, and is done: the program ends as if
 * none had come. */
void ending_fulfil(void);
/* Ends the program by the signal that was noted; returns if none was. */
void ending_raise(void);

#endif

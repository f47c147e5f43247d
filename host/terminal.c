/* SPDX-License-Identifier: Apache-2.0 */
/* Takes keys one by one, so that none that ends the program leaves the terminal
 * without its echo. */
#include "host/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { INTERRUPT = 3, END = 4, BACKSPACE = 8, CLEAR = 21, DELETE = 127 };

static int read_line(char *text, size_t size)
{
    size_t length = 0;
    char key = 0;

    for (;;) {
        ssize_t count = read(STDIN_FILENO, &key, 1);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0 || (key == END && length == 0)) {
            return -EIO;
        }
        if (key == INTERRUPT) {
            return -EINTR;
        }
        if (key == '\n' || key == '\r' || key == END) {
            return (int)length;
        }
        if (key == BACKSPACE || key == DELETE) {
            length -= length != 0;
        } else if (key == CLEAR) {
            length = 0;
        } else if (length == size) {
            return -EMSGSIZE;
        } else {
            text[length++] = key;
        }
    }
}

int terminal_ask_secret(const char *question, char *text, size_t size)
{
    struct termios before;

    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return -ENOTTY;
    }
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fputs(question, stderr);
    fflush(stderr);
    int length = read_line(text, size);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputs("\n", stderr);
    return length;
}

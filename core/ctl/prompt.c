/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see prompt.h. Memory: the caller's buffer. Must not know: what it is.
 */
#include "ctl/prompt.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

bool ebb_prompt_secret(const char *prompt, char *text, size_t room)
{
    struct termios before, silent;
    bool is_terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        fputs(prompt, stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    bool is_read = fgets(text, (int)room, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (is_read)
        text[strcspn(text, "\r\n")] = '\0';
    return is_read;
}

/* SPDX-License-Identifier: Apache-2.0
 * Purpose: the bytes of a log, plain or out of .gz or .xz, told apart by their first bytes and never by the name, in
 * constant memory and readable twice. Standard input is first put into a temporary file without a name.
 * Memory: the input's own; freed by ebb_input_close.
 * Must not know: what the bytes mean.
 */
#ifndef EBB_CTL_INPUT_H
#define EBB_CTL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ebb_input_window {
    const char *at, *end; /* bytes not yet taken; take by moving `at` */
};

struct ebb_input;

/* "-" is standard input. NULL: could not be opened, fault_r says why. */
struct ebb_input *ebb_input_open(const char *path, char *fault_r, size_t fault_size);
struct ebb_input *ebb_input_memory(const void *bytes, size_t size);
void ebb_input_close(struct ebb_input *input);

/* The window; it stays where it is in memory, what it points to changes with each fill. */
struct ebb_input_window *ebb_input_window(struct ebb_input *input);
/* Makes the window as long as it can be. False at the end, or at a fault. */
bool ebb_input_fill(struct ebb_input *input);
/* Back to the first byte. */
bool ebb_input_rewind(struct ebb_input *input);
/* NULL, or why the bytes end before their time. */
const char *ebb_input_fault(const struct ebb_input *input);
/* Share of the file that has been read, 0 to 1: for the progress line. */
double ebb_input_share(const struct ebb_input *input);

#endif

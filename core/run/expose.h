/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the scoreboard's figures in Prometheus' text format, as a part of /api/metrics.
 * Memory:  writes into the caller's builder.
 * Must not know: HTTP; what the database adds.
 */
#ifndef EBB_RUN_EXPOSE_H
#define EBB_RUN_EXPOSE_H

struct ebb_board;
struct ebb_str;

void ebb_expose(const struct ebb_board *board, struct ebb_str *out);
/* Makes /api/metrics of this process show the board. */
void ebb_expose_for(const struct ebb_board *board);

#endif

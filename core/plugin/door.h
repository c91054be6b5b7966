/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what is said through the door between callers (workers, courier) and the keeper of their generation: one
 *          struct a message over a SOCK_SEQPACKET pair, a descriptor with those that dial.  Both ends are this program.
 * Memory:  messages are values; a descriptor that came belongs to the receiver.
 * Must not know: frames, hosts, what a plugin is asked.
 */
#ifndef EBB_PLUGIN_DOOR_H
#define EBB_PLUGIN_DOOR_H

#include "plugin/spawn.h"

#include <stdbool.h>
#include <stdint.h>

#define EBB_PLUGIN_NAME_ROOM 32 /* [a-z][a-z0-9_]{0,30} */
#define EBB_DOOR_SENTENCE_ROOM 240

/* EBB_LANE_ASK: workers, for categorise, check, report; EBB_LANE_ACT: courier, for automate and scheduled reports. */
#define EBB_LANES 2

enum ebb_door_kind {
	EBB_DOOR_DIAL,     /* hand this end to the host of the key */
	EBB_DOOR_OVERDUE,  /* its plugin was at work and the time is over */
	EBB_DOOR_BUSY,     /* it never began with our call */
	EBB_DOOR_NONSENSE, /* what it answered cannot be */
	EBB_DOOR_GONE,     /* it hung up in the middle of our call */
	EBB_DOOR_KINDS
};

struct ebb_door_msg {
	uint32_t magic;
	uint32_t kind; /* enum ebb_door_kind */
	char plugin[EBB_PLUGIN_NAME_ROOM];
	int32_t department_id;
	uint32_t lane; /* enum ebb_lane */
	uint32_t index;
	uint32_t reserved;
	int64_t dialled_us; /* monotonic: when the line in question was dialled, which says which host it has */
	char request_id[40];
	char sentence[EBB_DOOR_SENTENCE_ROOM]; /* NONSENSE: what was wrong */
};

const char *ebb_lane_name(enum ebb_lane lane);
/* ends[0] for callers, ends[1] for the keeper; both close at exec.  Returns 0 or an errno. */
int ebb_door_open(int ends[2]);
/* Never waits.  pass_fd -1: none; it stays the caller's.  False: nobody is there, or the queue is full. */
bool ebb_door_send(int door_fd, const struct ebb_door_msg *msg, int pass_fd);

enum ebb_door_got { EBB_DOOR_MSG, EBB_DOOR_EMPTY, EBB_DOOR_CLOSED };
/* Never waits.  *fd_r: the descriptor that came, or -1.  What is no message of ours is skipped. */
enum ebb_door_got ebb_door_receive(int door_fd, struct ebb_door_msg *msg, int *fd_r);

#endif

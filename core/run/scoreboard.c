/* SPDX-License-Identifier: Apache-2.0
 * The scoreboard's few verbs. Owner of the memory: the mapping, which ends with the last process.
 * It must not know: what a request or a tick is; it keeps two short texts about it.
 */
#include "run/scoreboard.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define BOARD_MAGIC 0xebb0b0a2u

static const char *const proc_name[EBB_PROC_KINDS] = { "worker", "session", "clock", "courier", "keeper" };

int64_t
ebb_clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const char *
ebb_proc_name(enum ebb_proc kind)
{
	return proc_name[kind];
}

struct ebb_board *
ebb_board_create(void)
{
	struct ebb_board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		return NULL;
	board->magic = BOARD_MAGIC;
	board->started_ms = ebb_clock_ms();
	return board;
}

struct ebb_slot *
ebb_slot_claim(struct ebb_board *board, enum ebb_proc kind)
{
	for (int i = 0; i < EBB_SLOTS; i++) {
		struct ebb_slot *slot = &board->slot[i];
		if (atomic_load(&slot->state) != EBB_SLOT_FREE)
			continue;
		slot->kind = (int32_t)kind;
		slot->request_id[0] = slot->route[0] = '\0';
		atomic_store(&slot->busy_since_ms, 0);
		atomic_store(&slot->state, EBB_SLOT_STARTING);
		return slot;
	}
	return NULL;
}

void
ebb_slot_free(struct ebb_slot *slot)
{
	atomic_store(&slot->pid, 0);
	atomic_store(&slot->state, EBB_SLOT_FREE);
}

void
ebb_slot_idle(struct ebb_slot *slot)
{
	atomic_store_explicit(&slot->state, EBB_SLOT_IDLE, memory_order_release);
}

static void
copy_text(char *to, size_t room, const char *from)
{
	size_t n = strnlen(from, room - 1);
	memcpy(to, from, n);
	to[n] = '\0';
}

void
ebb_slot_busy(struct ebb_slot *slot, const char *request_id)
{
	copy_text(slot->request_id, sizeof slot->request_id, request_id ? request_id : "");
	slot->route[0] = '\0';
	atomic_store_explicit(&slot->busy_since_ms, ebb_clock_ms(), memory_order_relaxed);
	atomic_store_explicit(&slot->state, EBB_SLOT_BUSY, memory_order_release);
}

void
ebb_slot_route(struct ebb_slot *slot, const char *method, const char *path)
{
	char *at = slot->route;
	size_t room = sizeof slot->route;
	size_t n = strnlen(method, 10);
	memcpy(at, method, n);
	at[n] = ' ';
	copy_text(at + n + 1, room - n - 1, path);
}

int64_t
ebb_slot_busy_ms(const struct ebb_slot *slot, int64_t now_ms)
{
	if (atomic_load_explicit(&slot->state, memory_order_acquire) != EBB_SLOT_BUSY)
		return 0;
	int64_t since = atomic_load_explicit(&slot->busy_since_ms, memory_order_relaxed);
	return now_ms > since ? now_ms - since : 0;
}

unsigned
ebb_board_count(const struct ebb_board *board, enum ebb_proc kind, enum ebb_slot_state state)
{
	unsigned n = 0;
	for (int i = 0; i < EBB_SLOTS; i++)
		n += board->slot[i].kind == (int32_t)kind && atomic_load(&board->slot[i].state) == (int32_t)state;
	return n;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the courier: takes what was written to the outbox and hands it to the channels. A message is done only
 *          after every channel took it; a courier that dies in between delivers it again (at least once).
 * Memory:  one arena, reset after every batch; one connection.
 * Must not know: channels, topics.
 */
#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "channel/automate.h"
#include "channel/deliver.h"
#include "channel/mail.h"
#include "conf/conf.h"
#include "db/call.h"
#include "db/pg.h"
#include "plugin/hooks.h"
#include "run/process.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_AGAIN_US 5000000 /* while nobody but the log waits for messages */
#define LOOK_SOON_US  500000  /* while plugins do, or a mail server; see docs/decisions/0015 */
#define TAKE_LIMIT_MS 2500    /* statements of plugins, which everybody else waits for */
#define FINISH_STEP_US 50000 /* a mail server's timers are short, and its descriptor does not tell of them */
#define FINISH_US     3000000 /* plugins at work get so long when the courier is told to leave */

struct courier {
	struct ebb_process *process;
	struct ebb_arena *arena;
	struct ebb_err err;
	struct ebb_pg *pg, *take_pg;
	struct ebb_log_ctx log;
	struct ebb_automate *automate;
	struct ebb_mail *mail;
	int64_t look_us; /* when to look into the outbox next */
	bool is_called; /* a notification came since we last looked */
	bool is_quiet;  /* it was said already that there is no database */
};

static void
on_notify(void *ctx, const char *channel, const char *payload)
{
	struct courier *courier = ctx;

	(void)payload;
	if (strcmp(channel, "ebb_cache") == 0) {
		ebb_automate_forget(courier->automate);
		courier->look_us = 0; /* who was enabled just now wants to hear soon */
	} else {
		courier->is_called = true;
	}
}

static void
complain(struct courier *courier, const char *doing)
{
	bool is_lost = courier->err.rc == EBB_E_DB_LOST;

	if (!is_lost || !courier->is_quiet)
		ebb_process_complain(courier->process, doing, &courier->err);
	courier->is_quiet = is_lost;
}

static void
report(struct courier *courier, const char *fn, const char *const *params, int count)
{
	const char *ignored;
	struct ebb_db_plain plain = {
		.fn = fn, .params = params, .param_count = count, .arena = courier->arena, .err = &courier->err
	};

	/* Unreported work is done once more; that is what "at least once" allows. */
	if (ebb_db_value(courier->pg, &plain, &ignored) != EBB_OK)
		complain(courier, fn);
}

static struct ebb_message
message_of(const struct ebb_rows *rows, int row)
{
	size_t length;
	const char *id = ebb_rows_text(rows, row, 0, &length), *ticket = ebb_rows_text(rows, row, 2, &length);
	const char *topic = ebb_rows_text(rows, row, 1, &length), *payload = ebb_rows_text(rows, row, 3, &length);

	return (struct ebb_message){
		.outbox_id = id != NULL ? strtoll(id, NULL, 10) : 0,
		.topic = topic != NULL ? topic : "",
		.ticket_id = ticket != NULL ? strtoll(ticket, NULL, 10) : 0,
		.payload = payload != NULL ? payload : "{}",
	};
}

static void
deliver(struct courier *courier, const struct ebb_rows *rows)
{
	struct ebb_metrics *m = &courier->process->board->metrics;
	struct ebb_str done;
	int count = 0;

	ebb_str_init(&done, courier->arena, 256);
	ebb_str_char(&done, '{');
	for (int row = 0; row < ebb_rows_count(rows); row++) {
		struct ebb_message message = message_of(rows, row);
		struct ebb_err err;
		ebb_err_init(&err, courier->arena);
		ebb_slot_busy(courier->process->slot, "");
		ebb_slot_route(courier->process->slot, "deliver", message.topic);
		if (ebb_channel_deliver(&message, courier->arena, &err) == EBB_OK) {
			ebb_str_printf(&done, "%s%" PRId64, count++ > 0 ? "," : "", message.outbox_id);
			continue;
		}
		char id[24];
		snprintf(id, sizeof id, "%" PRId64, message.outbox_id);
		const char *params[] = { id, err.sentence ? err.sentence : "not delivered" };
		ebb_metrics_add(m, EBB_C_OUTBOX_FAILED, 1);
		report(courier, "ctl.outbox_fail", params, 2);
	}
	ebb_str_char(&done, '}');
	/* What could not be offered is not done: the whole batch comes again. */
	if (ebb_automate_offer(courier->automate, &courier->err) != EBB_OK) {
		complain(courier, "ctl.plugin_offer");
	} else if (count > 0) {
		const char *params[] = { ebb_str_done(&done) };
		report(courier, "ctl.outbox_done", params, 1);
		ebb_metrics_add(m, EBB_C_OUTBOX_SENT, (uint64_t)count);
	}
}

/* Takes one batch; true when there may be more. */
static bool
do_batch(struct courier *courier)
{
	char most[16];
	const char *params[] = { most };
	struct ebb_rows *rows;
	struct ebb_db_plain plain = { .fn = "ctl.outbox_take",
				      .params = params,
				      .param_count = 1,
				      .arena = courier->arena,
				      .err = &courier->err };
	bool is_full = false;

	ebb_arena_reset(courier->arena);
	ebb_err_init(&courier->err, courier->arena);
	courier->is_called = false;
	snprintf(most, sizeof most, "%d", courier->process->conf->courier_batch);
	ebb_slot_busy(courier->process->slot, "");
	ebb_slot_route(courier->process->slot, "take", "ctl.outbox_take");
	if (ebb_db_rows(courier->pg, &plain, &rows) == EBB_OK) {
		courier->is_quiet = false;
		deliver(courier, rows);
		is_full = ebb_rows_count(rows) >= courier->process->conf->courier_batch;
	} else {
		complain(courier, "ctl.outbox_take");
	}
	ebb_slot_idle(courier->process->slot);
	return is_full || courier->is_called;
}

/* ---- what automation wants of its process ---- */

static struct ebb_metrics *counting;

static void
count_call(const char *plugin, const char *kind, const char *result, int64_t duration_us)
{
	ebb_metrics_plugin_call(counting, plugin, kind, result, duration_us);
}

static void
automate_acted(void *ctx, uint64_t applied, uint64_t refused)
{
	struct courier *courier = ctx;

	ebb_metrics_add(&courier->process->board->metrics, EBB_C_ACTIONS_APPLIED, applied);
	ebb_metrics_add(&courier->process->board->metrics, EBB_C_ACTIONS_REFUSED, refused);
}

static void
show(const struct courier *courier, const char *what, const char *doing)
{
	if (doing == NULL) {
		ebb_slot_idle(courier->process->slot);
		return;
	}
	ebb_slot_busy(courier->process->slot, "");
	ebb_slot_route(courier->process->slot, what, doing);
}

static void
automate_busy(void *ctx, const char *doing)
{
	show(ctx, "automate", doing);
}

static void
automate_complain(void *ctx, const char *doing, const struct ebb_err *err)
{
	struct courier *courier = ctx;

	courier->err = *err;
	complain(courier, doing);
}

static struct ebb_automate *
automate_of(struct courier *courier)
{
	const struct ebb_conf *conf = courier->process->conf;
	const struct ebb_automate_opts opts = {
		.pg = courier->pg,
		.take_pg = courier->take_pg,
		.door_fd = courier->process->door_fd,
		.act_ms = conf->plugin_act_ms,
		.secret_key_file = conf->secret_key_file,
		.acted = automate_acted,
		.busy = automate_busy,
		.complain = automate_complain,
		.ctx = courier,
	};

	counting = &courier->process->board->metrics;
	ebb_plugin_counted_hook = count_call;
	return ebb_automate_new(&opts);
}

/* ---- what mail wants of its process ---- */

static void
mail_counted(void *ctx, bool is_taken)
{
	struct courier *courier = ctx;

	ebb_metrics_add(&courier->process->board->metrics, is_taken ? EBB_C_MAIL_SENT : EBB_C_MAIL_FAILED, 1);
}

static void
mail_busy(void *ctx, const char *doing)
{
	show(ctx, "mail", doing);
}

static struct ebb_mail *
mail_of(struct courier *courier)
{
	const struct ebb_mail_opts opts = {
		.pg = courier->pg,
		.conf = courier->process->conf,
		.counted = mail_counted,
		.busy = mail_busy,
		.complain = automate_complain,
		.ctx = courier,
	};

	return ebb_mail_new(&opts);
}

/* ---- life ---- */

static void
listen_to(struct courier *courier, const char *channel)
{
	ebb_err_init(&courier->err, courier->arena);
	if (ebb_pg_listen(courier->pg, channel, &courier->err) != EBB_OK)
		complain(courier, "no database yet");
}

/* Until the instant, a signal, a word of the database or of a plugin. */
static void
wait_until(struct courier *courier, int64_t until_us)
{
	unsigned count;
	struct pollfd *fds = ebb_automate_poll(courier->automate, 3, &count);
	int64_t left_ms = (until_us - ebb_mono_us() + 999) / 1000;
	bool is_database;

	fds[0] = (struct pollfd){ .fd = courier->process->signal_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = ebb_pg_fd(courier->pg), .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = ebb_mail_fd(courier->mail), .events = POLLIN };
	if (poll(fds, count, left_ms < 0 ? 0 : (int)left_ms) <= 0)
		return;
	is_database = fds[1].revents != 0;
	if (fds[0].revents != 0)
		ebb_process_signals(courier->process);
	if (is_database)
		(void)ebb_pg_pump(courier->pg);
}

static void
work(struct courier *courier)
{
	int64_t now_us = ebb_mono_us(), next_us, mail_us;

	if (courier->is_called || now_us >= courier->look_us) {
		bool is_more = do_batch(courier);
		bool is_awaited = ebb_automate_is_wanted(courier->automate) || ebb_mail_fd(courier->mail) >= 0;
		/* Plugins want to hear soon, and people. Nothing calls us: a NOTIFY in every change would queue all commits behind one lock. */
		courier->look_us = is_more ? 0 : now_us + (is_awaited ? LOOK_SOON_US : LOOK_AGAIN_US);
	}
	next_us = ebb_automate_turn(courier->automate, ebb_mono_us());
	mail_us = ebb_mail_turn(courier->mail, ebb_mono_us());
	if (mail_us < next_us)
		next_us = mail_us;
	wait_until(courier, next_us < courier->look_us ? next_us : courier->look_us);
}

/* What has an answer is handed in; the rest comes again. */
static void
finish(struct courier *courier)
{
	int64_t until_us = ebb_mono_us() + FINISH_US;

	bool is_at_work = true;

	while (is_at_work && ebb_mono_us() < until_us) {
		is_at_work = ebb_automate_finish(courier->automate, ebb_mono_us());
		is_at_work = ebb_mail_finish(courier->mail, ebb_mono_us()) || is_at_work;
		if (is_at_work)
			wait_until(courier, ebb_mono_us() + FINISH_STEP_US);
	}
	ebb_automate_abandon(courier->automate);
}

int
ebb_courier_live(struct ebb_process *process)
{
	struct courier courier = { .process = process, .log = EBB_LOG_CTX_NONE };

	ebb_process_begin(process, &courier.log);
	courier.arena = ebb_arena_new("courier", EBB_ARENA_PLAIN);
	courier.pg = ebb_process_pg(process, "ebb_courier");
	courier.take_pg = ebb_process_pg(process, "ebb_courier");
	ebb_pg_statement_timeout(courier.take_pg, TAKE_LIMIT_MS);
	courier.automate = automate_of(&courier);
	courier.mail = mail_of(&courier);
	ebb_pg_on_notify(courier.pg, on_notify, &courier);
	ebb_slot_idle(process->slot);
	listen_to(&courier, "ebb_outbox");
	listen_to(&courier, "ebb_cache");
	while (!process->is_leaving)
		work(&courier);
	finish(&courier);
	ebb_mail_free(&courier.mail);
	ebb_automate_free(&courier.automate);
	ebb_pg_free(&courier.take_pg);
	ebb_pg_free(&courier.pg);
	ebb_arena_free(&courier.arena);
	return 0;
}

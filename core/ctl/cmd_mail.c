/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl mail list and test: what waits in the queue and why, and whether the configured mail server takes a mail; and
 * ebbctl user invite: a link by which a person sets their pass-phrase, by mail or printed for whoever hands it over.
 * Memory: ctl->arena; the link's secret is wiped. Must not know: words of mails, how SMTP goes.
 */
#include "auth/password.h"
#include "auth/token.h"
#include "base/time.h"
#include "channel/mail_text.h"
#include "channel/post.h"
#include "conf/conf.h"
#include "ctl/grid.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>

enum { TEST_LIMIT_S = 70 };

struct options {
    const char *address;
    bool is_all, is_mail;
};

static const struct argp_option list_options[] = {
    { "all", 'a', NULL, 0, "Also those that were taken or given up (kept for seven days)", 0 },
    { 0 },
};
static const struct argp_option invite_options[] = {
    { "mail", 'm', NULL, 0, "Send the link by mail instead of printing it: using it then proves the address", 0 },
    { 0 },
};

static error_t parse_list(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    (void)arg;
    switch (key) {
    case 'a': o->is_all = true; return 0;
    case ARGP_KEY_ARG: return ebb_ctl_no_argument(state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_address(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key == 'm') {
        o->is_mail = true;
        return 0;
    }
    return ebb_ctl_one_argument(state, key, arg, &o->address);
}

static const char *text_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    return text == NULL ? "" : text;
}

int ebb_cmd_mail_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const char *const titles[] = { ">Mail", "Kind", "To", "Ticket", "Written", "State", ">Tries", "Last refusal" };
    struct options o = { 0 };
    struct ebb_grid grid;
    json_t *rows = NULL, *row;
    size_t i;
    ebb_ctl_parse(ctl, command, list_options, parse_list, "At most a thousand, newest first.", &o, argc, argv);
    if (ebb_ctl_call_json(ctl, "mail_list", json_pack("{s:b, s:i}", "all", o.is_all, "limit", 1000), &rows) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        ebb_ctl_print(rows);
        return EX_OK;
    }
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach(rows, i, row) {
        const char *cells[] = { ebb_arena_printf(ctl->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, "mail_id"))), text_of(row, "mail_kind"),
            text_of(row, "address"), text_of(row, "ticket_ref"), text_of(row, "created_at"), text_of(row, "state"),
            ebb_arena_printf(ctl->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, "attempts"))), text_of(row, "last_error") };
        ebb_grid_row(&grid, cells);
    }
    if (json_array_size(rows) > 0)
        ebb_grid_print(&grid, "");
    else
        puts(o.is_all ? "There are no mails." : "No mail waits.");
    return EX_OK;
}

/* ---- a test mail, past the queue ---- */

struct tested {
    struct ebb_ctl *ctl;
    const char *sentence;
    bool is_over;
};

static void on_result(void *ctx, const struct ebb_post_result *result)
{
    struct tested *tested = ctx;
    tested->is_over = true;
    tested->sentence = result->is_taken ? NULL : ebb_arena_strdup(tested->ctl->arena, result->sentence);
}

static enum ebb_rc deliver(struct ebb_ctl *ctl, const struct ebb_conf *conf, const char *address, struct tested *tested)
{
    const struct ebb_mail_text mail = { .from = conf->mail_from, .from_name = conf->mail_name, .to = address, .subject = "A test of the service desk",
        .body = ebb_arena_printf(ctl->arena, "ebbctl mail test has sent this. The desk's address is %s\n", conf->public_url),
        .id = ebb_arena_printf(ctl->arena, "ebb.test.%" PRId64, ebb_wall_ms()), .at_ms = ebb_wall_ms() };
    struct ebb_post_letter letter = { .from = conf->mail_from, .to = address };
    struct ebb_post *post;
    int64_t until_us = ebb_mono_us() + (int64_t)TEST_LIMIT_S * 1000000;
    EBB_TRY(ebb_mail_write(&mail, ctl->arena, &letter.text, &letter.length, &ctl->err));
    EBB_TRY(ebb_post_new(&post, conf, on_result, tested, &ctl->err));
    ebb_post_send(post, &letter);
    while (!tested->is_over && ebb_mono_us() < until_us) {
        struct pollfd fd = { .fd = ebb_post_fd(post), .events = POLLIN };
        int64_t wake_us = ebb_post_turn(post, ebb_mono_us()), left_ms = (wake_us < until_us ? wake_us : until_us) - ebb_mono_us();
        if (!tested->is_over)
            (void)poll(&fd, 1, left_ms < 0 ? 0 : (int)(left_ms / 1000 + 1));
    }
    ebb_post_free(&post);
    return EBB_OK;
}

int ebb_cmd_mail_test(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    struct tested tested = { .ctl = ctl };
    struct ebb_conf *conf = NULL;
    int code = EX_OK;
    ebb_ctl_parse(ctl, command, NULL, parse_address, "Uses smtp_* and mail_* of ebb.conf, and neither the queue nor the database.", &o, argc, argv);
    const char *file = ebb_ctl_config_file(ctl);
    if (file == NULL)
        return ebb_ctl_fail(ctl, EX_CONFIG, "There is no ebb.conf to take the mail server from; name it by --config.");
    if (ebb_conf_load(&conf, file, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (conf->smtp_url[0] == '\0')
        code = ebb_ctl_fail(ctl, EX_CONFIG, "%s names no mail server. Set smtp_url and mail_from.", file);
    else if (ctl->is_dry_run)
        printf("would send a mail from %s to %s by %s\n", conf->mail_from, o.address, conf->smtp_url);
    else if (deliver(ctl, conf, o.address, &tested) != EBB_OK)
        code = ebb_ctl_failed(ctl);
    else if (!tested.is_over || tested.sentence != NULL)
        code = ebb_ctl_fail(ctl, EX_UNAVAILABLE, "%s did not take the mail: %s.", conf->smtp_url, tested.is_over ? tested.sentence : "no answer came");
    else if (ctl->is_json)
        ebb_ctl_print(json_pack("{s:s, s:b}", "address", o.address, "is_taken", true));
    else
        printf("%s took a mail for %s.\n", conf->smtp_url, o.address);
    ebb_conf_free(&conf);
    return code;
}

/* ---- invitations ---- */

static const char *public_url(struct ebb_ctl *ctl)
{
    const char *file = ebb_ctl_config_file(ctl), *url = NULL;
    struct ebb_conf *conf = NULL;
    if (file != NULL && ebb_conf_load(&conf, file, &ctl->err) == EBB_OK)
        url = ebb_arena_strdup(ctl->arena, conf->public_url);
    ebb_conf_free(&conf);
    ebb_err_init(&ctl->err, ctl->arena);
    return url == NULL ? "" : url;
}

static int print_link(struct ebb_ctl *ctl, json_t *answer, const char *text)
{
    const char *link = ebb_arena_printf(ctl->arena, "%s/redeem/#%s", public_url(ctl), text);
    if (ctl->is_json) {
        json_object_set_new(answer, "link", json_string(link));
        ebb_ctl_print(answer);
    } else {
        printf("%s\n", link);
        fprintf(stderr, "Hand it to %s and to nobody else: it sets that person's pass-phrase, once, until %s. It is not shown again.\n",
            text_of(answer, "email"), text_of(answer, "expires_at"));
    }
    ebb_secret_wipe(link, strlen(link));
    return EX_OK;
}

int ebb_cmd_user_invite(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    char text[EBB_TOKEN_TEXT] = "", hash[EBB_TOKEN_HASH] = "";
    json_t *answer = NULL;
    int code = EX_OK;
    ebb_ctl_parse(ctl, command, invite_options, parse_address, "The link works once and for an hour; a newer one ends the older.", &o, argc, argv);
    if (ctl->is_dry_run) {
        printf(o.is_mail ? "would send %s a link by mail\n" : "would print a link that sets the pass-phrase of %s\n", o.address);
        return EX_OK;
    }
    if (!o.is_mail && ebb_token_new(text, hash, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    json_t *args = o.is_mail ? json_pack("{s:s, s:b}", "email", o.address, "mail", true) : json_pack("{s:s, s:s}", "email", o.address, "token", hash);
    if (ebb_ctl_call_json(ctl, "user_invite", args, &answer) != EBB_OK)
        code = ebb_ctl_failed(ctl);
    else if (!o.is_mail)
        code = print_link(ctl, answer, text);
    else if (ctl->is_json)
        ebb_ctl_print(answer);
    else
        printf("A link for %s is in the queue of mails; ebbctl mail list shows what becomes of it.\n", text_of(answer, "email"));
    ebb_secret_wipe(text, sizeof text);
    return code;
}

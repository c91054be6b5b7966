/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: reads ebb.conf with libconfuse, finds every fault in one go, and makes the struct of conf.h.
 * Memory:  the configuration's own arena; libconfuse's tree is gone before we return.
 * Must not know: what the parameters are used for.
 */
#include "conf/conf.h"

#include "base/obj.h"
#include "base/str.h"

#include <confuse.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FILE_MOST   ((size_t)256 << 10)
#define FAULTS_MOST 64
/* sun_path has 108 bytes; some room for what others append. */
#define SOCKET_MOST 100

enum param {
#define PARAM_STR(name, def, reload, text) P_##name,
#define PARAM_PATH PARAM_STR
#define PARAM_BOOL PARAM_STR
#define PARAM_INT(name, unit, def, least, most, reload, text) P_##name,
#include "conf/params.def"
#undef PARAM_STR
#undef PARAM_PATH
#undef PARAM_BOOL
#undef PARAM_INT
	P_COUNT
};

struct fault {
	int line;
	const char *text;
};

/* libconfuse calls back without a context pointer, so the run at hand is static. */
static struct reading {
	struct ebb_arena *arena;
	struct fault faults[FAULTS_MOST];
	unsigned count;
	int line;           /* being read */
	int lines[P_COUNT]; /* where each parameter stood; 0: nowhere */
	bool is_told;       /* the parser itself said what is wrong with this line */
} reading;

static void
fault(int line, const char *text)
{
	if (reading.count < FAULTS_MOST)
		reading.faults[reading.count++] = (struct fault){ line, text };
}

static void on_error(cfg_t *cfg, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));

static void
on_error(cfg_t *cfg, const char *format, va_list ap)
{
	(void)cfg;
	/* A line ends where its text ends, which libconfuse takes for the end of the file. */
	if (!reading.is_told)
		fault(reading.line, strstr(format, "end of file") != NULL ?
					    "the value is missing" :
					    ebb_arena_vprintf(reading.arena, format, ap));
	reading.is_told = true;
}

/* Finds a parameter given twice. */
static void
seen(cfg_opt_t *opt, enum param param)
{
	if (reading.lines[param] != 0)
		fault(reading.line, ebb_arena_printf(reading.arena, "%s was given before, in line %d", opt->name,
						     reading.lines[param]));
	reading.lines[param] = reading.line;
}

static void
in_range(cfg_opt_t *opt, int least, int most)
{
	long value = cfg_opt_getnint(opt, 0);

	if (value < least || value > most)
		fault(reading.line, ebb_arena_printf(reading.arena, "%s must be between %d and %d", opt->name, least,
						     most));
}

#define PARAM_STR(name, def, reload, text)                                                         \
	static int check_##name(cfg_t *cfg, cfg_opt_t *opt)                                        \
	{                                                                                          \
		(void)cfg;                                                                         \
		seen(opt, P_##name);                                                          \
		return 0;                                                                          \
	}
#define PARAM_PATH PARAM_STR
#define PARAM_BOOL PARAM_STR
#define PARAM_INT(name, unit, def, least, most, reload, text)                                      \
	static int check_##name(cfg_t *cfg, cfg_opt_t *opt)                                        \
	{                                                                                          \
		(void)cfg;                                                                         \
		seen(opt, P_##name);                                                          \
		in_range(opt, least, most);                                                   \
		return 0;                                                                          \
	}
#include "conf/params.def"
#undef PARAM_STR
#undef PARAM_PATH
#undef PARAM_BOOL
#undef PARAM_INT

static cfg_t *
new_parser(cfg_opt_t *opts)
{
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);

	EBB_ASSERT(cfg != NULL);
	cfg_set_error_function(cfg, on_error);
#define PARAM_STR(name, def, reload, text) cfg_set_validate_func(cfg, #name, check_##name);
#define PARAM_PATH PARAM_STR
#define PARAM_BOOL PARAM_STR
#define PARAM_INT(name, unit, def, least, most, reload, text) cfg_set_validate_func(cfg, #name, check_##name);
#include "conf/params.def"
#undef PARAM_STR
#undef PARAM_PATH
#undef PARAM_BOOL
#undef PARAM_INT
	return cfg;
}

/* Cuts the comment off one line and makes sure that every quote is closed; false: fault told. */
static bool
tidy_line(char *line)
{
	char quote = '\0';

	for (char *at = line; *at != '\0'; at++) {
		if (quote != '\0') {
			if (*at == '\\' && at[1] != '\0')
				at++;
			else if (*at == quote)
				quote = '\0';
		} else if (*at == '"' || *at == '\'') {
			quote = *at;
		} else if (*at == '#' || (*at == '/' && at[1] == '/')) {
			*at = '\0';
			return true;
		} else if (*at == '/' && at[1] == '*') {
			fault(reading.line, "comments begin with # and end with the line");
			return false;
		}
	}
	if (quote != '\0')
		fault(reading.line, "the quoted text has no end in this line");
	return quote == '\0';
}

/* Line by line, because libconfuse stops at the first fault, keeps its lexer's state after it, and counts
 * lines with comments twice. */
static cfg_t *
parse_all(const char *text, cfg_opt_t *opts)
{
	cfg_t *cfg = new_parser(opts);
	char *rest = ebb_arena_strdup(reading.arena, text), *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		reading.line++;
		if (!tidy_line(line) || line[strspn(line, " \t\r")] == '\0')
			continue;
		reading.is_told = false;
		if (cfg_parse_buf(cfg, line) != CFG_SUCCESS && !reading.is_told)
			fault(reading.line, "this is not `name = value`");
	}
	return cfg;
}

static void
check_mail(const struct ebb_conf *conf)
{
	const char *at = strchr(conf->mail_from, '@');

	if (conf->smtp_url[0] == '\0')
		return;
	if (strncmp(conf->smtp_url, "smtp://", 7) != 0 && strncmp(conf->smtp_url, "smtps://", 8) != 0)
		fault(reading.lines[P_smtp_url], "smtp_url must begin with smtp:// or smtps://");
	if (strchr(conf->smtp_url, '@') != NULL)
		fault(reading.lines[P_smtp_url], "smtp_url must name no user: see smtp_user and smtp_password_file");
	if (at == NULL || at == conf->mail_from || at[1] == '\0' || strpbrk(conf->mail_from, " <>\",;") != NULL)
		fault(reading.lines[P_mail_from], "mail_from must be a plain address, desk@example.org, when there is an smtp_url");
	if ((conf->smtp_user[0] == '\0') != (conf->smtp_password_file[0] == '\0'))
		fault(reading.lines[P_smtp_user], "smtp_user and smtp_password_file go together");
	if (conf->smtp_plain && conf->smtp_user[0] != '\0')
		fault(reading.lines[P_smtp_plain], "smtp_plain would send the pass-word of smtp_user in clear");
}

/* What one row alone cannot say. */
static void
check_together(const struct ebb_conf *conf)
{
	static const char *const levels = " debug info notice warning error ";
	size_t length = strlen(conf->public_url);

	if (conf->statement_timeout_ms >= conf->request_deadline_ms)
		fault(reading.lines[P_statement_timeout_ms],
		      "statement_timeout_ms must be below request_deadline_ms");
	if (conf->hang_limit_ms <= conf->request_deadline_ms)
		fault(reading.lines[P_hang_limit_ms], "hang_limit_ms must be above request_deadline_ms");
	if (strstr(levels, ebb_arena_printf(conf->arena, " %s ", conf->log_level)) == NULL)
		fault(reading.lines[P_log_level], "log_level must be debug, info, notice, warning or error");
	if (length > 0 &&
	    ((strncasecmp(conf->public_url, "http://", 7) != 0 && strncasecmp(conf->public_url, "https://", 8) != 0) ||
	     conf->public_url[length - 1] == '/'))
		fault(reading.lines[P_public_url],
		      "public_url must begin with http:// or https:// and have no slash at its end");
	if (strncmp(conf->database, "user=", 5) == 0 || strstr(conf->database, " user=") != NULL)
		fault(reading.lines[P_database], "database must name no user: each process uses a role of its own");
	if (strlen(conf->listen) >= SOCKET_MOST)
		fault(reading.lines[P_listen], "listen: the path of a socket must be shorter than 100 bytes");
	if (strlen(conf->listen_session) >= SOCKET_MOST)
		fault(reading.lines[P_listen_session],
		      "listen_session: the path of a socket must be shorter than 100 bytes");
	if (strcmp(conf->listen, conf->listen_session) == 0)
		fault(reading.lines[P_listen_session], "listen and listen_session must differ");
	check_mail(conf);
}

static enum ebb_rc
tell_faults(struct ebb_err *err, const char *file)
{
	/* A handful of faults: insertion sort by line keeps the order of one line's faults. */
	for (unsigned i = 1; i < reading.count; i++)
		for (unsigned j = i; j > 0 && reading.faults[j - 1].line > reading.faults[j].line; j--) {
			struct fault swap = reading.faults[j];

			reading.faults[j] = reading.faults[j - 1];
			reading.faults[j - 1] = swap;
		}
	for (unsigned i = 0; i < reading.count; i++) {
		char where[32];

		snprintf(where, sizeof where, "line %d", reading.faults[i].line);
		ebb_err_item(err, reading.faults[i].line > 0 ? where : "default", "%s", reading.faults[i].text);
	}
	return ebb_fail_items(err, EBB_E_CONFIG,
			      ebb_arena_printf(err->arena, "%s has %u fault%s", file, reading.count,
					       reading.count == 1 ? "" : "s"));
}

const char *
ebb_conf_path(const struct ebb_conf *conf, const char *path)
{
	if (path[0] == '\0' || path[0] == '/')
		return path;
	return ebb_arena_printf(conf->arena, "%s/%s", conf->folder, path);
}

static void
fill(struct ebb_conf *conf, cfg_t *cfg)
{
#define PARAM_STR(name, def, reload, text)                                                         \
	conf->name = ebb_arena_strdup(conf->arena, cfg_getstr(cfg, #name) ? cfg_getstr(cfg, #name) : "");
#define PARAM_PATH(name, def, reload, text)                                                        \
	PARAM_STR(name, def, reload, text)                                                         \
	conf->name = ebb_conf_path(conf, conf->name);
#define PARAM_INT(name, unit, def, least, most, reload, text) conf->name = (int)cfg_getint(cfg, #name);
#define PARAM_BOOL(name, def, reload, text) conf->name = cfg_getbool(cfg, #name) == cfg_true;
#include "conf/params.def"
#undef PARAM_STR
#undef PARAM_PATH
#undef PARAM_BOOL
#undef PARAM_INT
}

static enum ebb_rc
parse(struct ebb_conf **conf_r, const char *text, const char *file, const char *folder, struct ebb_err *err)
{
	cfg_opt_t opts[] = {
#define PARAM_STR(name, def, reload, text) CFG_STR(#name, def, CFGF_NONE),
#define PARAM_PATH PARAM_STR
#define PARAM_INT(name, unit, def, least, most, reload, text) CFG_INT(#name, def, CFGF_NONE),
#define PARAM_BOOL(name, def, reload, text) CFG_BOOL(#name, def ? cfg_true : cfg_false, CFGF_NONE),
#include "conf/params.def"
#undef PARAM_STR
#undef PARAM_PATH
#undef PARAM_BOOL
#undef PARAM_INT
		CFG_END()
	};
	struct ebb_arena *arena = ebb_arena_new("conf", EBB_ARENA_PLAIN);
	struct ebb_conf *conf = EBB_NEW(arena, struct ebb_conf);
	enum ebb_rc rc = EBB_OK;
	cfg_t *cfg;

	*conf_r = NULL;
	memset(&reading, 0, sizeof reading);
	reading.arena = arena;
	conf->magic = EBB_CONF_MAGIC;
	conf->arena = arena;
	conf->file = ebb_arena_strdup(arena, file);
	conf->folder = ebb_arena_strdup(arena, folder);
	cfg = parse_all(text, opts);
	fill(conf, cfg);
	cfg_free(cfg);
	check_together(conf);
	if (reading.count > 0) {
		rc = tell_faults(err, file[0] == '\0' ? "the configuration" : file);
		ebb_conf_free(&conf);
	}
	*conf_r = conf;
	return rc;
}

enum ebb_rc
ebb_conf_parse(struct ebb_conf **conf_r, const char *text, const char *folder, struct ebb_err *err)
{
	return parse(conf_r, text, "", folder, err);
}

/* The whole file, NUL-terminated, in the error's arena. */
static enum ebb_rc
read_file(const char *path, const char **text_r, struct ebb_err *err)
{
	char *text = ebb_arena_alloc(err->arena, FILE_MOST + 1);
	FILE *in = fopen(path, "re");
	size_t length;
	bool is_broken;

	if (in == NULL)
		return ebb_fail(err, EBB_E_CONFIG, "cannot read %s: %s", path, strerror(errno));
	length = fread(text, 1, FILE_MOST + 1, in);
	is_broken = ferror(in) != 0;
	fclose(in);
	if (is_broken)
		return ebb_fail(err, EBB_E_CONFIG, "cannot read %s", path);
	if (length > FILE_MOST)
		return ebb_fail(err, EBB_E_CONFIG, "%s is too long for a configuration", path);
	if (memchr(text, '\0', length) != NULL)
		return ebb_fail(err, EBB_E_CONFIG, "%s is not a text file", path);
	text[length] = '\0';
	*text_r = text;
	return EBB_OK;
}

enum ebb_rc
ebb_conf_load(struct ebb_conf **conf_r, const char *path, struct ebb_err *err)
{
	char *absolute, *folder, *slash;
	const char *text = NULL;
	enum ebb_rc rc;

	*conf_r = NULL;
	absolute = realpath(path, NULL);
	if (absolute == NULL)
		return ebb_fail(err, EBB_E_CONFIG, "cannot read %s: %s", path, strerror(errno));
	folder = ebb_arena_strdup(err->arena, absolute);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	rc = read_file(absolute, &text, err);
	if (rc == EBB_OK)
		rc = parse(conf_r, text, absolute, folder, err);
	free(absolute);
	return rc;
}

void
ebb_conf_free(struct ebb_conf **conf_pp)
{
	struct ebb_conf *conf;
	struct ebb_arena *arena;

	if (*conf_pp == NULL)
		return;
	EBB_TAKE(conf, conf_pp, EBB_CONF_MAGIC);
	arena = conf->arena;
	ebb_arena_free(&arena);
}

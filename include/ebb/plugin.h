/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between Ebb and its plugins, all of it.  A plugin decides, the core acts: it gets facts and returns
 * suggestions, actions or a document; the core attributes, checks, journals, and may refuse, rehearse or shadow them.
 *
 * A plugin is <name>.so with one exported symbol, the constant ebb_plugin_v1.  All that it says of itself stands there as
 * constants, so the desk reads it from the file without running any code.  It runs in a process of its own, one for each
 * department, without a database connection, without files, and without network unless its operator granted it.
 *
 * Versions.  The major number is in the symbol's name.  A minor only appends members to structs that begin with `size`;
 * members that one side does not know are zero or NULL for it: EBB_PLUGIN_HAS(host, rows) asks.  Structs without `size`
 * stand in arrays and never grow.    History: 1.0 first.
 *
 * Memory.  What the desk hands over is borrowed until the callback returns.  What a plugin hands over is copied before the
 * call that takes it returns.  alloc() gives zeroed memory that the desk frees after the callback (after stop(), when
 * asked for in start()).  Texts are UTF-8 and end in NUL.  Instants are microseconds since 1970-01-01 UTC.
 *
 * Never, for a plugin: fork, threads, signals, exit, abort, chdir, umask, locale, environment; standard output or error;
 * keep a borrowed pointer; free what it did not allocate; longjmp or throw across the desk; open files or database
 * connections; know another plugin.  The sandbox refuses most of it, and a broken promise costs the plugin its process.
 */
#ifndef EBB_PLUGIN_H
#define EBB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EBB_PLUGIN_MAJOR 1
#define EBB_PLUGIN_MINOR 0
#define EBB_PLUGIN_SYMBOL "ebb_plugin_v1"
#define EBB_PLUGIN_HAS(s, member) \
	((s)->size >= offsetof(__typeof__(*(s)), member) + sizeof((s)->member) && (s)->member != NULL)

/* What a callback returns. */
enum ebb_plugin_result {
	EBB_PLUGIN_OK = 0,    /* done; what was suggested, asked for or written counts */
	EBB_PLUGIN_SKIP = 1,  /* nothing to say; what was handed over before is dropped */
	EBB_PLUGIN_FAIL = 2,  /* as fail() returns it, with its sentence */
	EBB_PLUGIN_LATER = 3  /* automate() only: deliver this event again, after a growing pause */
};

enum ebb_plugin_level { EBB_PLUGIN_DEBUG, EBB_PLUGIN_INFO, EBB_PLUGIN_WARNING, EBB_PLUGIN_ERROR };

/* ---- what a plugin says of itself: constants ---- */

/* A parameter that a department may set; the array ends with key NULL. */
enum ebb_plugin_type {
	EBB_PLUGIN_TEXT,     /* least and most: characters */
	EBB_PLUGIN_INTEGER,  /* least and most: value */
	EBB_PLUGIN_BOOLEAN,  /* "true" or "false" */
	EBB_PLUGIN_DURATION, /* whole seconds */
	EBB_PLUGIN_CHOICE,   /* unit holds the words: "low|high" */
	EBB_PLUGIN_SECRET,   /* text; stored encrypted, given to the plugin and to nobody else */
	EBB_PLUGIN_JSON      /* any JSON value, as text */
};
struct ebb_plugin_param {
	const char *key;     /* [a-z][a-z0-9_]{0,40} */
	const char *help;    /* one sentence for the administrator */
	const char *unit;    /* "s", "tickets"; the words of a choice; NULL: none */
	const char *initial; /* value when none was set; NULL: it must be set */
	int64_t least, most; /* both 0: any */
	uint32_t type;       /* enum ebb_plugin_type */
	uint32_t reserved;   /* 0 */
};

/* A statement the core runs for the plugin, as the plugin's own role, which reads what the installation granted and the
 * tables of its own schema x_<name>, all cut down to the department in question.  One parameter, $1::jsonb: the input of
 * the call.  Its rows are handed over with the call: see rows().  The array ends with name NULL. */
enum ebb_plugin_when {
	EBB_PLUGIN_WHEN_CATEGORISE = 1,
	EBB_PLUGIN_WHEN_AUTOMATE = 2,
	EBB_PLUGIN_WHEN_REPORT = 4,
	EBB_PLUGIN_WHEN_CONFIGURE = 8 /* before a configuration is saved: each row (pointer, detail) refuses it */
};
struct ebb_plugin_statement {
	const char *name; /* [a-z][a-z0-9_]{0,30} */
	const char *sql;  /* one statement that returns rows, without a final semicolon */
	const char *report; /* WHEN_REPORT: only for this report; NULL: for all */
	uint32_t when;      /* bits of enum ebb_plugin_when */
	uint32_t reserved;  /* 0 */
};

/* A report that people and schedules may ask for; the array ends with name NULL. */
struct ebb_plugin_report {
	const char *name;    /* [a-z][a-z0-9_]{0,40} */
	const char *title;   /* for people */
	const char *formats; /* "json|csv|html|pdf", the first is the default */
	const char *params;  /* what may be asked for: "team_id|days", NULL: nothing beyond the department */
};

#define EBB_PLUGIN_NEEDS_NETWORK 1u /* outgoing TCP and UDP; only if the operator grants it */

/* ---- what a plugin is called with ---- */

/* Rows of a declared statement: cells are texts as PostgreSQL writes them, NULL for SQL NULL. */
struct ebb_plugin_rows {
	size_t size;
	size_t column_count, row_count;
	const char *const *columns; /* names */
	const char *const *cells;   /* row_count * column_count, row by row */
};

/* A ticket before it is opened. */
struct ebb_plugin_ticket {
	size_t size;
	int64_t department_id;
	int64_t service_id, request_type_id; /* 0: the requester chose none */
	int64_t impact, urgency;             /* 0: not given */
	const char *subject, *description;
	const char *channel;                               /* api, mail ... */
	const char *requester_email, *requester_site;      /* NULL: unknown */
	const char *form;                                  /* JSON object of form fields; "{}" without a form */
	const char *facts;                                 /* all of this and more as one JSON object */
};

/* Something that happened to a ticket, or a tick. */
struct ebb_plugin_event {
	size_t size;
	int64_t event_id; /* the same when it is delivered again */
	int64_t department_id;
	int64_t ticket_id; /* 0: a tick */
	int64_t seq;       /* number in the ticket's journal */
	int64_t occurred_at;
	const char *name;    /* "ticket.opened", "sla.breached", "tick" ... */
	const char *changes; /* JSON: {"field": [old, new]} */
	const char *facts;   /* JSON object: the ticket as it is now; "{}" for a tick */
};

struct ebb_plugin_request {
	size_t size;
	int64_t department_id;
	const char *report; /* one of the declared */
	const char *format; /* one of its formats */
	const char *params; /* JSON object of what was asked for, texts */
};

/* ---- what a plugin returns, by calls of the host ---- */

struct ebb_plugin_suggestion {
	size_t size;
	const char *field; /* service_id, request_type_id, impact or urgency; others are kept, and not followed */
	const char *value; /* id, number or code as text */
	double confidence; /* 0 to 1 */
	const char *explanation; /* a sentence for the agent: why */
};

/* Something the core shall do to the event's ticket.  The actions and their args are listed in docs/plugins.md. */
struct ebb_plugin_action {
	size_t size;
	const char *action;      /* set, assign, note, notify, transfer, escalate, wait, resume, resolve ... */
	const char *args;        /* JSON object; for a tick with ticket_id, which ticket of the department is meant */
	const char *explanation; /* a sentence: why */
	const char *rule;        /* the plugin's name for the rule that fired, or NULL */
	int64_t rule_version;
	const char *inputs; /* JSON object: what the rule looked at, kept with the firing; NULL: nothing */
};

struct ebb_plugin_host {
	size_t size;
	void (*log)(const struct ebb_plugin_host *host, enum ebb_plugin_level level, const char *text);
	/* Says what is wrong; returns EBB_PLUGIN_FAIL. In check(): pointer is the parameter's JSON pointer. */
	int (*fail)(const struct ebb_plugin_host *host, const char *pointer, const char *sentence);
	/* NULL when the plugin's memory is used up. */
	void *(*alloc)(const struct ebb_plugin_host *host, size_t size);
	/* The department's value, else the parameter's initial; NULL when it is not declared. */
	const char *(*config)(const struct ebb_plugin_host *host, const char *key);
	/* Rows of a declared statement for this call; NULL when it was not run for it. */
	const struct ebb_plugin_rows *(*rows)(const struct ebb_plugin_host *host, const char *statement);
	int64_t (*now)(const struct ebb_plugin_host *host); /* the desk's clock when the call was made */
	/* In categorise(), best first. EBB_PLUGIN_OK, or EBB_PLUGIN_FAIL when it is none that can be. */
	int (*suggest)(const struct ebb_plugin_host *host, const struct ebb_plugin_suggestion *suggestion);
	/* In automate(), in the order in which they shall be done. */
	int (*act)(const struct ebb_plugin_host *host, const struct ebb_plugin_action *action);
	/* In report(): appends to the document. EBB_PLUGIN_FAIL when it grows beyond what a reply may hold. */
	int (*write)(const struct ebb_plugin_host *host, const void *bytes, size_t length);
};

/* All callbacks may be NULL; those of the kinds that a plugin serves are not.  `state` is what start() left there. */
struct ebb_plugin {
	size_t size; /* sizeof(struct ebb_plugin) */
	uint32_t major, minor;
	const char *name;    /* [a-z][a-z0-9_]{0,30}; the file is <name>.so */
	const char *version; /* of the plugin: 1.2.3 */
	const char *licence; /* SPDX expression */
	const char *summary; /* one sentence for administrators */
	uint32_t needs;      /* EBB_PLUGIN_NEEDS_... */
	uint32_t tick_s;     /* automate() with event "tick" every so many seconds; 0: never; else at least 60 */
	const struct ebb_plugin_param *params;
	const struct ebb_plugin_statement *statements;
	const struct ebb_plugin_report *reports;
	const char *const *events; /* names that automate() wants, ends with NULL; "ticket.*" is all of a ticket */
	const char *const *reads;  /* views of reporting_v1 that its statements read, ends with NULL */
	int (*start)(const struct ebb_plugin_host *host, void **state); /* once per process and configuration, 2 s */
	void (*stop)(const struct ebb_plugin_host *host, void *state);
	int (*check)(const struct ebb_plugin_host *host); /* before a configuration is saved; without start(), 500 ms */
	int (*categorise)(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket); /* 50 ms */
	int (*automate)(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_event *event);     /* 10 s */
	int (*report)(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_request *request);   /* 500 ms */
};

/* The exported symbol: EBB_PLUGIN = { .size = sizeof ebb_plugin_v1, .major = EBB_PLUGIN_MAJOR, ... }; */
#define EBB_PLUGIN const struct ebb_plugin ebb_plugin_v1
extern __attribute__((visibility("default"))) EBB_PLUGIN;

#ifdef __cplusplus
}
#endif

#endif

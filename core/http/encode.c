/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: rows in PostgreSQL's text format (TimeZone UTC, DateStyle ISO) as JSON or CSV, see encode.h.
 * Memory:  writes into the caller's builder; the plan of the columns lies in the arena.
 * Must not know: libpq, SQL, routes.
 *
 * The names of the columns are escaped once per reply, and each column has its writer, so a value costs one
 * call and one copy.
 */
#include "http/encode.h"

#include <stdbool.h>
#include <string.h>

/* Numbers of types never change in PostgreSQL. */
enum oid {
	OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_OID = 26, OID_JSON = 114, OID_FLOAT4 = 700,
	OID_FLOAT8 = 701, OID_INT2S = 1005, OID_INT4S = 1007, OID_TEXTS = 1009, OID_INT8S = 1016, OID_DATE = 1082,
	OID_TIMESTAMP = 1114, OID_TIMESTAMPTZ = 1184, OID_NUMERIC = 1700, OID_UUID = 2950, OID_JSONB = 3802,
};

typedef void write_fn(struct ebb_str *out, const char *text, size_t length);

struct column {
	write_fn *write;
	const char *prefix; /* `"name":` or `,"name":` */
	size_t prefix_length;
	const char *name;
};

struct ebb_encoder {
	struct ebb_str *out;
	enum ebb_encode_as as;
	int columns;
	bool has_rows;
	struct column column[];
};

/* ---- JSON ---- */

static void
json_raw(struct ebb_str *out, const char *text, size_t length)
{
	ebb_str_addn(out, text, length);
}

static void
json_bool(struct ebb_str *out, const char *text, size_t length)
{
	(void)length;
	if (text[0] == 't')
		ebb_str_addn(out, "true", 4);
	else
		ebb_str_addn(out, "false", 5);
}

/* NaN and the infinities are no JSON numbers. */
static void
json_number(struct ebb_str *out, const char *text, size_t length)
{
	char last = length == 0 ? 'N' : text[length - 1];

	if (last >= '0' && last <= '9')
		ebb_str_addn(out, text, length);
	else
		ebb_str_addn(out, "null", 4);
}

/* "2026-11-22 03:34:48.123456+00" to RFC 3339; false for infinity and for years before Christ. */
static bool
put_time(struct ebb_str *out, const char *text, size_t length)
{
	const char *blank = memchr(text, ' ', length);
	size_t day = blank == NULL ? 0 : (size_t)(blank - text);

	if (day < 10 || length < day + 9 || text[length - 1] == 'C')
		return false;
	ebb_str_addn(out, text, day);
	ebb_str_char(out, 'T');
	if (length > 3 && memcmp(text + length - 3, "+00", 3) == 0) {
		ebb_str_addn(out, blank + 1, length - day - 4);
		ebb_str_char(out, 'Z');
	} else {
		ebb_str_addn(out, blank + 1, length - day - 1);
	}
	return true;
}

static void
json_time(struct ebb_str *out, const char *text, size_t length)
{
	size_t before = out->length;

	ebb_str_char(out, '"');
	if (put_time(out, text, length)) {
		ebb_str_char(out, '"');
		return;
	}
	if (out->is_bad)
		return;
	out->length = before;
	ebb_str_addn(out, "null", 4);
}

static void
json_date(struct ebb_str *out, const char *text, size_t length)
{
	if (text[0] < '0' || text[0] > '9')
		ebb_str_addn(out, "null", 4);
	else
		ebb_str_json_n(out, text, length);
}

/* {1,2,NULL} of one dimension. */
static void
json_ints(struct ebb_str *out, const char *text, size_t length)
{
	ebb_str_char(out, '[');
	for (size_t i = 1; i + 1 < length; i++) {
		if (text[i] == 'N') {
			ebb_str_addn(out, "null", 4);
			i += 3;
		} else {
			ebb_str_char(out, text[i]);
		}
	}
	ebb_str_char(out, ']');
}

/* {plain,"quoted \" and \\",NULL} of one dimension. */
static void
json_texts(struct ebb_str *out, const char *text, size_t length)
{
	const char *at = text + 1, *end = text + length - 1, *from;
	bool is_first = true;

	ebb_str_char(out, '[');
	for (; at < end; at++) {
		if (!is_first)
			ebb_str_char(out, ',');
		is_first = false;
		if (*at == '"') {
			ebb_str_char(out, '"');
			for (at++; at < end && *at != '"'; at++) {
				at += *at == '\\' && at + 1 < end;
				ebb_str_json_escape(out, at, 1);
			}
			ebb_str_char(out, '"');
			at++;
			continue;
		}
		for (from = at; at < end && *at != ','; at++)
			;
		if (at - from == 4 && memcmp(from, "NULL", 4) == 0)
			ebb_str_addn(out, "null", 4);
		else
			ebb_str_json_n(out, from, (size_t)(at - from));
	}
	ebb_str_char(out, ']');
}

static write_fn *
json_writer(uint32_t oid)
{
	switch (oid) {
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
	case OID_OID:
	case OID_JSON:
	case OID_JSONB:
		return json_raw;
	case OID_BOOL:
		return json_bool;
	case OID_NUMERIC:
	case OID_FLOAT4:
	case OID_FLOAT8:
		return json_number;
	case OID_TIMESTAMPTZ:
	case OID_TIMESTAMP:
		return json_time;
	case OID_DATE:
		return json_date;
	case OID_INT2S:
	case OID_INT4S:
	case OID_INT8S:
		return json_ints;
	case OID_TEXTS:
		return json_texts;
	default:
		return ebb_str_json_n;
	}
}

/* ---- CSV ---- */

static void
csv_text(struct ebb_str *out, const char *text, size_t length)
{
	ebb_str_csv(out, text, length, true);
}

/* What the database made itself cannot be a formula; a negative number stays a number. */
static void
csv_plain(struct ebb_str *out, const char *text, size_t length)
{
	ebb_str_csv(out, text, length, false);
}

static void
csv_time(struct ebb_str *out, const char *text, size_t length)
{
	if (!put_time(out, text, length))
		ebb_str_addn(out, "", 0);
}

static write_fn *
csv_writer(uint32_t oid)
{
	write_fn *json = json_writer(oid);

	if (json == json_bool)
		return json_bool;
	if (json == json_time)
		return csv_time;
	if (json == json_number || oid == OID_DATE || oid == OID_UUID || (json == json_raw && oid != OID_JSON && oid != OID_JSONB))
		return csv_plain;
	return csv_text;
}

/* ---- rows ---- */

struct ebb_encoder *
ebb_encoder_new(struct ebb_arena *arena, struct ebb_str *out, enum ebb_encode_as as, int columns,
		const char *const *names, const uint32_t *oids)
{
	struct ebb_encoder *enc = ebb_arena_zalloc(arena, sizeof *enc + (size_t)columns * sizeof enc->column[0]);

	enc->out = out;
	enc->as = as;
	enc->columns = columns;
	for (int i = 0; i < columns; i++) {
		struct ebb_str prefix;

		ebb_str_init(&prefix, arena, 48);
		if (i > 0)
			ebb_str_char(&prefix, ',');
		if (as == EBB_AS_JSON) {
			ebb_str_json(&prefix, names[i]);
			ebb_str_char(&prefix, ':');
		}
		enc->column[i] = (struct column){
			.write = as == EBB_AS_JSON ? json_writer(oids[i]) : csv_writer(oids[i]),
			.prefix = ebb_str_done(&prefix),
			.prefix_length = prefix.length,
			.name = names[i],
		};
	}
	return enc;
}

void
ebb_encoder_begin(struct ebb_encoder *enc)
{
	if (enc->as == EBB_AS_JSON) {
		ebb_str_add(enc->out, "{\"items\":[");
		return;
	}
	for (int i = 0; i < enc->columns; i++) {
		ebb_str_addn(enc->out, enc->column[i].prefix, enc->column[i].prefix_length);
		csv_plain(enc->out, enc->column[i].name, strlen(enc->column[i].name));
	}
	ebb_str_addn(enc->out, "\r\n", 2);
}

void
ebb_encoder_row(struct ebb_encoder *enc, const struct ebb_cell *cells)
{
	bool is_json = enc->as == EBB_AS_JSON;
	struct ebb_str *out = enc->out;

	if (is_json)
		ebb_str_addn(out, enc->has_rows ? ",{" : "{", enc->has_rows ? 2 : 1);
	enc->has_rows = true;
	for (int i = 0; i < enc->columns; i++) {
		const struct column *column = &enc->column[i];

		ebb_str_addn(out, column->prefix, column->prefix_length);
		if (cells[i].text != NULL)
			column->write(out, cells[i].text, cells[i].length);
		else if (is_json)
			ebb_str_addn(out, "null", 4);
	}
	ebb_str_addn(out, is_json ? "}" : "\r\n", is_json ? 1 : 2);
}

void
ebb_encoder_end(struct ebb_encoder *enc, const char *next_cursor)
{
	if (enc->as == EBB_AS_CSV)
		return;
	ebb_str_add(enc->out, "],\"next_cursor\":");
	ebb_str_json(enc->out, next_cursor);
	ebb_str_char(enc->out, '}');
}

void
ebb_encode_value(struct ebb_str *out, enum ebb_encode_as as, uint32_t oid, const char *text, size_t length)
{
	if (text != NULL)
		(as == EBB_AS_JSON ? json_writer(oid) : csv_writer(oid))(out, text, length);
	else if (as == EBB_AS_JSON)
		ebb_str_addn(out, "null", 4);
}

/*
 * Does the value that ends before `end` (a quote) hold an instant, and belong to a member named ..._at or ..._until?
 * Inside a text every quote stands escaped, so a bare quote, a colon and a quote are a member and nothing else.
 */
static bool
is_time_member(const char *json, const char *end)
{
	const char *at = end;

	while (at > json && strchr("0123456789-:.T", at[-1]) != NULL)
		at--;
	if (end - at < 19 || at == json || *--at != '"')
		return false;
	while (at > json && at[-1] == ' ')
		at--;
	if (at == json || *--at != ':')
		return false;
	while (at > json && at[-1] == ' ')
		at--;
	return (at - json > 4 && memcmp(at - 4, "_at\"", 4) == 0) || (at - json > 7 && memcmp(at - 7, "_until\"", 7) == 0);
}

const char *
ebb_encode_object(struct ebb_arena *arena, const char *json, size_t *length)
{
	static const char utc[] = "+00:00\"";
	const char *from = json, *end = json + *length, *hit;
	char *copy, *to;

	copy = to = ebb_arena_alloc(arena, *length + 1);
	while ((hit = memmem(from, (size_t)(end - from), utc, sizeof utc - 1)) != NULL) {
		size_t keep = (size_t)(hit - from) + (is_time_member(json, hit) ? 0 : sizeof utc - 2);

		memcpy(to, from, keep);
		to += keep;
		if (is_time_member(json, hit))
			*to++ = 'Z';
		from = hit + sizeof utc - 2; /* the closing quote goes with what follows */
	}
	memcpy(to, from, (size_t)(end - from));
	to += end - from;
	*to = '\0';
	*length = (size_t)(to - copy);
	return copy;
}

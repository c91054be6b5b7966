/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: versions as entity tags (RFC 9110): "<version>".
 * Memory:  the request's arena.
 * Must not know: what is versioned.  Of a reply only the head is read, never more.
 */
#include "http/rq.h"

#include <inttypes.h>
#include <stdio.h>

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

static bool
take_number(const char **at, const char *end, int64_t *value_r)
{
	const char *from = *at;

	*value_r = 0;
	for (; *at < end && **at >= '0' && **at <= '9' && *value_r < EBB_ID_MOST; (*at)++)
		*value_r = *value_r * 10 + (**at - '0');
	return *at > from;
}

/* `"name":` with blanks where JSON allows them. */
static bool
take_name(const char **at, const char *end, const char **name_r, size_t *length_r)
{
	const char *from = skip_blanks(*at, end), *stop;

	if (from == end || *from != '"')
		return false;
	stop = memchr(from + 1, '"', (size_t)(end - from - 1));
	if (stop == NULL)
		return false;
	*name_r = from + 1;
	*length_r = (size_t)(stop - from - 1);
	stop = skip_blanks(stop + 1, end);
	if (stop == end || *stop != ':')
		return false;
	*at = skip_blanks(stop + 1, end);
	return true;
}

int64_t
ebb_etag_head(const char *json, size_t length, int64_t *id_r)
{
	const char *at = json, *end = json + length, *name;
	size_t name_length;
	int64_t version, id;

	*id_r = -1;
	at = skip_blanks(at, end);
	if (at == end || *at++ != '{' || !take_name(&at, end, &name, &name_length))
		return -1;
	if (name_length != 7 || memcmp(name, "version", 7) != 0 || !take_number(&at, end, &version))
		return -1;
	at = skip_blanks(at, end);
	if (at < end && *at++ == ',' && take_name(&at, end, &name, &name_length) && name_length > 3 &&
	    memcmp(name + name_length - 3, "_id", 3) == 0 && take_number(&at, end, &id))
		*id_r = id;
	return version;
}

void
ebb_etag_from_json(struct ebb_rq *rq, const char *json, size_t length)
{
	char text[32];
	int64_t id, version = ebb_etag_head(json, length, &id);

	if (version < 0)
		return;
	snprintf(text, sizeof text, "\"%" PRId64 "\"", version);
	ebb_reply_header(rq, "ETag", text);
	if (rq->route != NULL && (rq->route->flags & EBB_ROUTE_LOCATION) != 0 && id > 0)
		ebb_reply_header(rq, "Location", ebb_arena_printf(rq->arena, "%s/%" PRId64, rq->path, id));
}

/* One entity tag; *version_r = -1 when it is none of ours.  False: this is no tag. */
static bool
take_tag(const char **at, const char *end, bool *is_weak_r, int64_t *version_r)
{
	const char *from, *stop;

	*is_weak_r = end - *at >= 2 && (*at)[0] == 'W' && (*at)[1] == '/';
	from = *at + (*is_weak_r ? 2 : 0);
	if (from == end || *from != '"')
		return false;
	stop = memchr(from + 1, '"', (size_t)(end - from - 1));
	if (stop == NULL)
		return false;
	from++;
	if (*from == '0' || !take_number(&from, end, version_r) || from != stop)
		*version_r = -1;
	*at = stop + 1;
	return true;
}

enum ebb_rc
ebb_etag_if_match(struct ebb_rq *rq, int64_t *version_r)
{
	const char *at = rq->head.if_match, *end;
	bool is_weak;

	*version_r = -1;
	if (at == NULL) {
		if ((rq->route->flags & EBB_ROUTE_IF_MATCH) == 0)
			return EBB_OK;
		return ebb_fail(&rq->err, EBB_E_NO_IF_MATCH,
				"Say with If-Match which version this change is meant for: the ETag of a GET.");
	}
	end = at + strlen(at);
	if (!take_tag(&at, end, &is_weak, version_r) || skip_blanks(at, end) != end)
		return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "If-Match takes one entity tag, such as \"7\".");
	if (is_weak || *version_r < 0)
		return ebb_fail(&rq->err, EBB_E_STALE, "If-Match names a version that never was.");
	return EBB_OK;
}

bool
ebb_etag_is_fresh(const struct ebb_rq *rq, int64_t version)
{
	const char *at = rq->head.if_none_match, *end;
	bool is_weak;
	int64_t one;

	if (at == NULL || version < 0)
		return false;
	end = at + strlen(at);
	while ((at = skip_blanks(at, end)) < end) {
		if (*at == '*')
			return true;
		if (!take_tag(&at, end, &is_weak, &one))
			return false;
		if (one == version)
			return true;
		at = skip_blanks(at, end);
		if (at < end && *at++ != ',')
			return false;
	}
	return false;
}

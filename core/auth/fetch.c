/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see fetch.h. libcurl is set up once per process, when it is first needed: after the fork.
 * Memory:  the body grows on the caller's arena; curl's handle lives for the one request.
 * Must not know: what is asked and what the answer means.
 */
#include "auth/fetch.h"

#include "base/str.h"

#include <curl/curl.h>
#include <string.h>

#define URL_MOST 2000
#define CONNECT_MS 2000

bool
ebb_fetch_is_url(const char *url)
{
	static const char *const near[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
	const char *rest = NULL;

	for (const unsigned char *at = (const unsigned char *)url; *at != '\0'; at++)
		if (*at <= ' ' || *at >= 0x7f || strchr("\"<>\\^`{|}#", *at) != NULL)
			return false;
	if (strlen(url) > URL_MOST)
		return false;
	if (strncmp(url, "https://", 8) == 0) {
		rest = url + 8;
		if (strcspn(rest, "/?:") == 0)
			return false;
	}
	for (size_t i = 0; rest == NULL && i < EBB_COUNT(near); i++) {
		size_t length = strlen(near[i]);
		if (strncmp(url, near[i], length) == 0 && url[length] != '\0' && strchr(":/?", url[length]) != NULL)
			rest = url + length;
	}
	/* A name before an @ would be taken for the host by who reads it. */
	return rest != NULL && memchr(rest, '@', strcspn(rest, "/?")) == NULL;
}

void
ebb_fetch_pair(struct ebb_str *out, const char *name, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";

	if (out->length > 0 && out->text[out->length - 1] != '?')
		ebb_str_char(out, '&');
	ebb_str_add(out, name);
	ebb_str_char(out, '=');
	for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++)
		if ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') ||
		    strchr("-._~", *at) != NULL) {
			ebb_str_char(out, (char)*at);
		} else {
			ebb_str_char(out, '%');
			ebb_str_char(out, hex[*at >> 4]);
			ebb_str_char(out, hex[*at & 15]);
		}
}

static size_t
take(char *bytes, size_t size, size_t count, void *user)
{
	struct ebb_str *body = user;

	ebb_str_addn(body, bytes, size * count);
	/* Anything but the count ends the transfer. */
	return body->is_bad ? 0 : size * count;
}

static void
set_up(CURL *curl, const struct ebb_fetch *fetch, struct curl_slist *headers, struct ebb_str *body, char *why)
{
	curl_easy_setopt(curl, CURLOPT_URL, fetch->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, strncmp(fetch->url, "https:", 6) == 0 ? "https" : "http");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_PROXY, fetch->through == NULL ? "" : fetch->through);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(fetch->limit_ms > 0 ? fetch->limit_ms : EBB_FETCH_LIMIT_MS));
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)EBB_FETCH_BYTES_MOST);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "ebbd");
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (fetch->ca_file != NULL && fetch->ca_file[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_CAINFO, fetch->ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (fetch->form != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, fetch->form);
	if (fetch->user != NULL) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, fetch->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, fetch->password == NULL ? "" : fetch->password);
	}
	if (fetch->bearer != NULL) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, fetch->bearer);
	}
}

static bool
is_set_up(void)
{
	static int state;

	if (state == 0)
		state = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 1 : -1;
	return state > 0;
}

enum ebb_rc
ebb_fetch(const struct ebb_fetch *fetch, struct ebb_fetched *fetched, struct ebb_arena *arena, struct ebb_err *err)
{
	char why[CURL_ERROR_SIZE] = "";
	struct ebb_str body;
	long status = 0;
	CURL *curl;

	*fetched = (struct ebb_fetched){ .body = "" };
	if (!ebb_fetch_is_url(fetch->url))
		return ebb_fail(err, EBB_E_UNAVAILABLE, "%.200s is no address that may be asked: https, or http on this machine.",
				fetch->url);
	curl = is_set_up() ? curl_easy_init() : NULL;
	if (curl == NULL)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "libcurl could not be started.");
	ebb_str_init(&body, arena, 4096);
	ebb_str_limit(&body, EBB_FETCH_BYTES_MOST);
	struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
	set_up(curl, fetch, headers, &body, why);
	CURLcode rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	if (rc != CURLE_OK)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "%.200s does not answer: %s.", fetch->url,
				body.is_bad ? "it sends too much" : why[0] != '\0' ? ebb_arena_strdup(arena, why) : curl_easy_strerror(rc));
	fetched->status = (int)status;
	fetched->body = ebb_str_done(&body);
	fetched->length = body.length;
	return EBB_OK;
}

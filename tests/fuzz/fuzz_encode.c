/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: values as a database might send them through every writer of the encoder: no type may read beyond its
 *          text, and what claims to be JSON is.
 * Input:   a byte that picks the type, then the text (cleaned to what PostgreSQL could send: UTF-8).
 * Memory:  one arena, reset each time.
 * Must not know: libpq.
 */
#include "base/utf8.h"
#include "http/encode.h"
#include "http/reply.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The writers that copy raw (integers, json) trust the database and are left out. */
	static const uint32_t oids[] = { 16, 25, 700, 1009, 1082, 1114, 1184, 1700, 2950, 17 };
	static struct ebb_arena *arena;
	struct ebb_str out;
	json_t *json;
	uint32_t oid;
	int64_t id;

	if (arena == NULL)
		arena = ebb_arena_new("fuzz", EBB_ARENA_PLAIN);
	ebb_arena_reset(arena);
	if (size < 2 || memchr(data + 1, '\0', size - 1) != NULL)
		return 0;
	oid = oids[data[0] % EBB_COUNT(oids)];
	(void)ebb_etag_head((const char *)data + 1, size - 1, &id);
	if (!ebb_utf8_is_valid((const char *)data + 1, size - 1))
		return 0;
	ebb_str_init(&out, arena, 0);
	ebb_encode_value(&out, EBB_AS_CSV, oid, (const char *)data + 1, size - 1);
	EBB_ASSERT(ebb_str_done(&out) != NULL);
	ebb_str_init(&out, arena, 0);
	ebb_encode_value(&out, EBB_AS_JSON, oid, (const char *)data + 1, size - 1);
	/* Numbers pass as they come when they end in a digit; dates and arrays are the database's own form. */
	if (oid == 25 || oid == 2950 || oid == 17 || oid == 16 || oid == 1009) {
		json = json_loadb(out.text, out.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		EBB_ASSERT(json != NULL || oid == 1009);
		json_decref(json);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see inform.h.
 * Memory:  none of its own.
 * Must not know: processes.
 */
#include "run/inform.h"

#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "http/route.h"
#include "run/listen.h"

#include <string.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

void
ebb_inform_faults(const char *doing, const struct ebb_err *err)
{
	if (err->items == NULL)
		ebb_log(EBB_ERROR, NULL, "%s: %s", doing, err->sentence ? err->sentence : ebb_code(err->rc)->title);
	for (const struct ebb_err_item *item = err->items; item != NULL; item = item->next)
		ebb_log(EBB_ERROR, NULL, "%s: %s: %s", doing, item->pointer, item->detail);
}

void
ebb_inform_faults_on(FILE *out, const char *file, const struct ebb_err *err)
{
	if (err->items == NULL)
		fprintf(out, "ebbd: %s: %s\n", file, err->sentence ? err->sentence : ebb_code(err->rc)->title);
	for (const struct ebb_err_item *item = err->items; item != NULL; item = item->next)
		fprintf(out, "ebbd: %s: %s: %s\n", file, item->pointer, item->detail);
}

bool
ebb_inform_is_usable(FILE *out, const struct ebb_conf *conf)
{
	const char *const paths[] = { conf->listen, conf->listen_session };
	bool is_usable = true;

	for (size_t i = 0; i < EBB_COUNT(paths); i++) {
		const char *path = ebb_conf_path(conf, paths[i]);
		const char *refusal = ebb_listen_refusal(path, conf->user);
		if (refusal != NULL) {
			fprintf(out, "ebbd: socket %s: %s\n", path, refusal);
			is_usable = false;
		}
	}
	return is_usable;
}

void
ebb_inform_level(const char *name)
{
	static const char *const names[] = { "debug", "info", "notice", "warning", "error" };

	for (size_t i = 0; i < EBB_COUNT(names); i++)
		if (strcmp(name, names[i]) == 0)
			ebb_log_threshold((enum ebb_level)i);
}

void
ebb_inform_routes(FILE *out)
{
	static const char *const kinds[] = { "object", "list", "write", "own" };

	for (unsigned i = 0; i < ebb_route_count; i++) {
		const struct ebb_route *route = &ebb_routes[i];
		fprintf(out, "%-6s %-44s %-6s %d %-7s %-18s %s\n", ebb_method_name(route->method), route->pattern,
			kinds[route->kind], route->status, route->access == EBB_ANYONE ? "anyone" : "person", route->fn,
			route->text);
	}
}

void
ebb_inform_version(FILE *out)
{
	fprintf(out, "ebbd %s\n", PACKAGE_VERSION);
}

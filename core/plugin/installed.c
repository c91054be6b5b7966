/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see installed.h.
 * Memory:  the arena's.
 * Must not know: departments, the database.
 */
#include "plugin/installed.h"

#include "plugin/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "installed.json"
#define FILE_MAX  ((size_t)1 << 20)

static int
by_name(const void *a, const void *b)
{
	const struct ebb_installed_plugin *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool
is_sha256(const char *text)
{
	return text != NULL && strlen(text) == EBB_SHA256_HEX - 1 && strspn(text, "0123456789abcdef") == EBB_SHA256_HEX - 1;
}

static bool
number(json_t *from, const char *key, unsigned least, unsigned most, unsigned otherwise, unsigned *value_r)
{
	json_t *value = json_object_get(from, key);
	json_int_t n = value == NULL ? (json_int_t)otherwise : json_integer_value(value);

	*value_r = (unsigned)n;
	return (value == NULL || json_is_integer(value)) && n >= least && n <= most;
}

static const char *
copy(struct ebb_arena *arena, json_t *from, const char *key)
{
	const char *text = json_string_value(json_object_get(from, key));

	return text != NULL ? ebb_arena_strdup(arena, text) : NULL;
}

/* NULL, or what is wrong with an entry. */
static const char *
read_entry(struct ebb_arena *arena, const char *name, json_t *from, struct ebb_installed_plugin *to)
{
	json_t *network = json_object_get(from, "network");
	const char *quarantine = json_string_value(json_object_get(from, "quarantine"));

	to->name = ebb_arena_strdup(arena, name);
	to->version = copy(arena, from, "version");
	to->sha256 = copy(arena, from, "sha256");
	to->has_network = json_is_true(network);
	to->is_quarantined_everywhere = quarantine != NULL && strcmp(quarantine, "everywhere") == 0;
	if (!ebb_about_is_name(name, EBB_PLUGIN_NAME_MAX))
		return "the name is none of a plugin";
	if (to->version == NULL || !is_sha256(to->sha256))
		return "version or sha256 are missing";
	if (network != NULL && !json_is_boolean(network))
		return "network must be true or false";
	if (quarantine != NULL && strcmp(quarantine, "everywhere") != 0 && strcmp(quarantine, "department") != 0)
		return "quarantine must be \"department\" or \"everywhere\"";
	if (!number(from, "processes", 1, 8, 1, &to->processes))
		return "processes must be from 1 to 8";
	if (!number(from, "memory_mib", 16, 4096, EBB_HOST_MEMORY_MIB, &to->memory_mib))
		return "memory_mib must be from 16 to 4096";
	return NULL;
}

static enum ebb_rc
read_json(json_t *root, const char *path, struct ebb_arena *arena, struct ebb_installed *installed, struct ebb_err *err)
{
	json_t *plugins = json_object_get(root, "plugins"), *entry;
	const char *name, *fault;

	if (!json_is_object(plugins))
		return ebb_fail(err, EBB_E_CONFIG, "%s has no object \"plugins\": see ebbctl plugin install, which writes it.", path);
	installed->plugins = ebb_arena_zalloc(arena, (json_object_size(plugins) + 1) * sizeof *installed->plugins);
	json_object_foreach(plugins, name, entry) {
		fault = read_entry(arena, name, entry, &installed->plugins[installed->count++]);
		if (fault != NULL)
			return ebb_fail(err, EBB_E_CONFIG, "%s, plugin %.40s: %s: install it again with ebbctl plugin install.", path, name, fault);
	}
	qsort(installed->plugins, installed->count, sizeof *installed->plugins, by_name);
	return EBB_OK;
}

enum ebb_rc
ebb_installed_read(const char *plugin_dir, uid_t owner, struct ebb_arena *arena, struct ebb_installed **installed_r,
		   struct ebb_err *err)
{
	char *path = ebb_arena_printf(arena, "%s/" FILE_NAME, plugin_dir);
	struct ebb_err open_err;
	json_error_t fault;
	struct stat st;
	json_t *root = NULL;
	enum ebb_rc rc;
	int fd;

	*installed_r = EBB_NEW(arena, struct ebb_installed);
	ebb_err_init(&open_err, arena);
	rc = ebb_verify_open(path, owner, &fd, &open_err);
	if (rc == EBB_E_NOT_FOUND)
		return EBB_OK;
	if (rc != EBB_OK)
		return ebb_fail(err, rc, "%s", open_err.sentence);
	if (fstat(fd, &st) == 0 && (size_t)st.st_size <= FILE_MAX)
		root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &fault);
	else
		snprintf(fault.text, sizeof fault.text, "too large");
	close(fd);
	if (root == NULL)
		return ebb_fail(err, EBB_E_CONFIG, "%s cannot be read (line %d: %.100s): put it right, or install the plugins again.", path, fault.line,
				fault.text);
	rc = read_json(root, path, arena, *installed_r, err);
	json_decref(root);
	return rc;
}

const struct ebb_installed_plugin *
ebb_installed_find(const struct ebb_installed *installed, const char *name)
{
	for (size_t i = 0; i < installed->count; i++)
		if (strcmp(installed->plugins[i].name, name) == 0)
			return &installed->plugins[i];
	return NULL;
}

bool
ebb_installed_remove(struct ebb_installed *installed, const char *name)
{
	for (size_t i = 0; i < installed->count; i++) {
		if (strcmp(installed->plugins[i].name, name) != 0)
			continue;
		memmove(&installed->plugins[i], &installed->plugins[i + 1], (installed->count - i - 1) * sizeof *installed->plugins);
		installed->count--;
		return true;
	}
	return false;
}

void
ebb_installed_put(struct ebb_installed *installed, struct ebb_arena *arena, const struct ebb_installed_plugin *plugin)
{
	struct ebb_installed_plugin *all = ebb_arena_zalloc(arena, (installed->count + 2) * sizeof *all);

	(void)ebb_installed_remove(installed, plugin->name);
	if (installed->count > 0)
		memcpy(all, installed->plugins, installed->count * sizeof *all);
	all[installed->count++] = *plugin;
	qsort(all, installed->count, sizeof *all, by_name);
	installed->plugins = all;
}

static void
write_entry(struct ebb_str *to, const struct ebb_installed_plugin *p, bool is_first)
{
	ebb_str_add(to, is_first ? "\n    " : ",\n    ");
	ebb_str_json(to, p->name);
	ebb_str_add(to, ": {\"version\": ");
	ebb_str_json(to, p->version);
	ebb_str_printf(to, ", \"sha256\": \"%s\", \"network\": %s, \"processes\": %u, \"memory_mib\": %u, \"quarantine\": \"%s\"}", p->sha256,
		       p->has_network ? "true" : "false", p->processes, p->memory_mib,
		       p->is_quarantined_everywhere ? "everywhere" : "department");
}

static bool
write_file(int fd, const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		ssize_t n = write(fd, text + at, length - at);

		if (n < 0 && errno != EINTR)
			return false;
		at += n > 0 ? (size_t)n : 0;
	}
	return fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

static void
sync_folder(const char *plugin_dir)
{
	int fd = open(plugin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
}

enum ebb_rc
ebb_installed_write(const char *plugin_dir, const struct ebb_installed *installed, struct ebb_arena *arena,
		    struct ebb_err *err)
{
	char *path = ebb_arena_printf(arena, "%s/" FILE_NAME, plugin_dir);
	char *beside = ebb_arena_printf(arena, "%s/." FILE_NAME ".%d", plugin_dir, (int)getpid());
	struct ebb_str text;
	bool is_written;
	int fd;

	ebb_str_init(&text, arena, 256);
	ebb_str_add(&text, "{\n  \"plugins\": {");
	for (size_t i = 0; i < installed->count; i++)
		write_entry(&text, &installed->plugins[i], i == 0);
	ebb_str_add(&text, installed->count > 0 ? "\n  }\n}\n" : "}\n}\n");
	(void)unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	is_written = fd >= 0 && write_file(fd, text.text, text.length);
	if (fd >= 0)
		close(fd);
	if (is_written && rename(beside, path) == 0) {
		sync_folder(plugin_dir);
		return EBB_OK;
	}
	if (fd >= 0)
		(void)unlink(beside);
	return ebb_fail(err, errno == EACCES || errno == EPERM || errno == EROFS ? EBB_E_FORBIDDEN : EBB_E_UNAVAILABLE,
			"%s cannot be written: %s.", path, strerror(errno));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see elf.h: finds the constant ebb_plugin_v1 in a file and copies what it says, through relocations as the
 *          loader would apply them. Whether what it says makes sense is about_check.c's.
 * Memory:  the arena's.
 * Must not know: libelf; what a name or a statement may look like.
 */
#include "plugin/about.h"
#include "plugin/elf_file.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define REFUSE(read, ...) ebb_fail((read)->elf.err, EBB_E_INVALID, __VA_ARGS__)
/* The first minor has all members; a file made by hand or by an older draft may end earlier, but must say who it is. */
#define LEAST_SIZE offsetof(struct ebb_plugin, needs)

struct reading {
	struct ebb_elf elf;
	struct ebb_plugin_about *about;
	uint64_t at, size; /* of the constant */
};

static bool
is_linkers_own(const char *name)
{
	static const char *const names[] = { "_init", "_fini", "_edata", "_end", "__bss_start", "__bss_start__",
					     "_bss_end__", "__bss_end__", "__end__" };

	for (size_t i = 0; i < EBB_COUNT(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
#ifdef __SANITIZE_ADDRESS__
	return strncmp(name, "__asan_", 7) == 0 || strncmp(name, "__odr_asan", 10) == 0;
#else
	return false;
#endif
}

static enum ebb_rc
find_constant(struct reading *read)
{
	struct ebb_elf_symbol symbol, mine = { 0 };
	const char *other = NULL;

	for (size_t i = 1; i < read->elf.symbol_count; i++) {
		if (!ebb_elf_symbol(&read->elf, i, &symbol))
			return REFUSE(read, "It is damaged: its table of symbols cannot be read. Build or copy it anew.");
		if (!symbol.is_exported || is_linkers_own(symbol.name))
			continue;
		if (strcmp(symbol.name, EBB_PLUGIN_SYMBOL) == 0)
			mine = symbol;
		else
			other = symbol.name;
	}
	if (mine.name == NULL && other != NULL && strncmp(other, EBB_PLUGIN_SYMBOL, sizeof EBB_PLUGIN_SYMBOL - 2) == 0)
		return REFUSE(read, "It exports %.60s, another version of the contract; this desk speaks version %d: build it with this desk's ebb/plugin.h.",
			      other, EBB_PLUGIN_MAJOR);
	if (mine.name == NULL)
		return REFUSE(read, "It exports no " EBB_PLUGIN_SYMBOL ": say EBB_PLUGIN = { ... }; in one of its files.");
	if (other != NULL)
		return REFUSE(read, "It exports %.60s besides " EBB_PLUGIN_SYMBOL ": compile it with -fvisibility=hidden, or make that static.",
			      other);
	if (mine.type != STT_OBJECT)
		return REFUSE(read, EBB_PLUGIN_SYMBOL " is no constant: say EBB_PLUGIN = { ... };, not a function.");
	if (mine.at % 8 != 0 || !ebb_elf_is_constant(&read->elf, mine.at, mine.size))
		return REFUSE(read, EBB_PLUGIN_SYMBOL " can be written to: declare it by EBB_PLUGIN, and link it with -Wl,-z,relro.");
	read->at = mine.at;
	read->size = mine.size;
	return EBB_OK;
}

/* A member that the file's struct is too short for is zero. */
static uint64_t
number(struct reading *read, size_t offset, size_t width, bool *is_good)
{
	uint64_t value = 0;

	if (offset + width <= read->size)
		*is_good = ebb_elf_plain(&read->elf, read->at + offset, &value, width) && *is_good;
	return value;
}
#define NUMBER(read, member, good) \
	number((read), offsetof(struct ebb_plugin, member), sizeof(((struct ebb_plugin *)NULL)->member), (good))

static bool
data_pointer(struct reading *read, uint64_t at, uint64_t *value_r)
{
	bool is_foreign;

	return ebb_elf_pointer(&read->elf, at, value_r, &is_foreign) && !is_foreign;
}

/* Address of an array that a member points to; 0 for none. */
static uint64_t
array(struct reading *read, size_t offset, bool *is_good)
{
	uint64_t value = 0;

	if (offset + 8 <= read->size)
		*is_good = data_pointer(read, read->at + offset, &value) && *is_good;
	return value;
}
#define ARRAY(read, member, good) array((read), offsetof(struct ebb_plugin, member), (good))

static bool
has_code(struct reading *read, size_t offset, bool *is_good)
{
	uint64_t value = 0;
	bool is_foreign = false;

	if (offset + 8 <= read->size)
		*is_good = ebb_elf_pointer(&read->elf, read->at + offset, &value, &is_foreign) && *is_good;
	return is_foreign || value != 0;
}
#define HAS_CODE(read, member, good) has_code((read), offsetof(struct ebb_plugin, member), (good))

/* The text that a pointer at `at` points to; NULL for NULL. */
static const char *
text(struct reading *read, uint64_t at, bool *is_good)
{
	uint64_t where = 0;
	const char *found;

	if (!data_pointer(read, at, &where)) {
		*is_good = false;
		return NULL;
	}
	if (where == 0)
		return NULL;
	found = ebb_elf_text(&read->elf, where, EBB_ABOUT_SQL_MAX);
	if (found == NULL) {
		*is_good = false;
		return NULL;
	}
	return ebb_arena_strdup(read->elf.arena, found);
}

static const char *
member_text(struct reading *read, size_t offset, bool *is_good)
{
	return offset + 8 <= read->size ? text(read, read->at + offset, is_good) : NULL;
}
#define TEXT(read, member, good) member_text((read), offsetof(struct ebb_plugin, member), (good))

/* Rows of `width` bytes up to the one whose first pointer is NULL. False when there are more than may be, or no end. */
static bool
count_rows(struct reading *read, uint64_t at, size_t width, size_t most, size_t *count_r)
{
	uint64_t first;
	bool is_foreign;

	for (*count_r = 0; at != 0 && *count_r <= most; (*count_r)++) {
		if (!ebb_elf_pointer(&read->elf, at + *count_r * width, &first, &is_foreign) || is_foreign)
			return false;
		if (first == 0)
			return true;
	}
	return at == 0;
}

static bool
read_params(struct reading *read, uint64_t at)
{
	struct ebb_plugin_about *about = read->about;
	bool is_good = true;
	struct ebb_plugin_param *params;

	if (!count_rows(read, at, sizeof *params, EBB_ABOUT_PARAMS, &about->param_count))
		return false;
	params = ebb_arena_zalloc(read->elf.arena, (about->param_count + 1) * sizeof *params);
	for (size_t i = 0; i < about->param_count; i++, at += sizeof *params) {
		params[i].key = text(read, at + offsetof(struct ebb_plugin_param, key), &is_good);
		params[i].help = text(read, at + offsetof(struct ebb_plugin_param, help), &is_good);
		params[i].unit = text(read, at + offsetof(struct ebb_plugin_param, unit), &is_good);
		params[i].initial = text(read, at + offsetof(struct ebb_plugin_param, initial), &is_good);
		is_good = ebb_elf_plain(&read->elf, at + offsetof(struct ebb_plugin_param, least), &params[i].least,
					sizeof *params - offsetof(struct ebb_plugin_param, least)) &&
			  is_good;
	}
	about->params = params;
	return is_good;
}

static bool
read_statements(struct reading *read, uint64_t at)
{
	struct ebb_plugin_about *about = read->about;
	bool is_good = true;
	struct ebb_plugin_statement *statements;

	if (!count_rows(read, at, sizeof *statements, EBB_ABOUT_STATEMENTS, &about->statement_count))
		return false;
	statements = ebb_arena_zalloc(read->elf.arena, (about->statement_count + 1) * sizeof *statements);
	for (size_t i = 0; i < about->statement_count; i++, at += sizeof *statements) {
		statements[i].name = text(read, at + offsetof(struct ebb_plugin_statement, name), &is_good);
		statements[i].sql = text(read, at + offsetof(struct ebb_plugin_statement, sql), &is_good);
		statements[i].report = text(read, at + offsetof(struct ebb_plugin_statement, report), &is_good);
		is_good = ebb_elf_plain(&read->elf, at + offsetof(struct ebb_plugin_statement, when), &statements[i].when,
					sizeof *statements - offsetof(struct ebb_plugin_statement, when)) &&
			  is_good;
	}
	about->statements = statements;
	return is_good;
}

static bool
read_reports(struct reading *read, uint64_t at)
{
	struct ebb_plugin_about *about = read->about;
	bool is_good = true;
	struct ebb_plugin_report *reports;

	if (!count_rows(read, at, sizeof *reports, EBB_ABOUT_REPORTS, &about->report_count))
		return false;
	reports = ebb_arena_zalloc(read->elf.arena, (about->report_count + 1) * sizeof *reports);
	for (size_t i = 0; i < about->report_count; i++, at += sizeof *reports) {
		reports[i].name = text(read, at + offsetof(struct ebb_plugin_report, name), &is_good);
		reports[i].title = text(read, at + offsetof(struct ebb_plugin_report, title), &is_good);
		reports[i].formats = text(read, at + offsetof(struct ebb_plugin_report, formats), &is_good);
		reports[i].params = text(read, at + offsetof(struct ebb_plugin_report, params), &is_good);
	}
	about->reports = reports;
	return is_good;
}

static bool
read_words(struct reading *read, uint64_t at, const char *const **words_r, size_t *count_r)
{
	bool is_good = true;
	const char **words;

	if (!count_rows(read, at, 8, EBB_ABOUT_WORDS, count_r))
		return false;
	words = ebb_arena_zalloc(read->elf.arena, (*count_r + 1) * sizeof *words);
	for (size_t i = 0; i < *count_r; i++)
		words[i] = text(read, at + i * 8, &is_good);
	*words_r = words;
	return is_good;
}

/* Size and version first: they say how the rest is to be read. */
static enum ebb_rc
read_version(struct reading *read)
{
	struct ebb_plugin_about *about = read->about;
	uint64_t size = 0, has = read->size;
	bool is_good = true;

	if (read->size < LEAST_SIZE)
		return REFUSE(read, EBB_PLUGIN_SYMBOL " has %llu bytes, too few to say who it is: build it with ebb/plugin.h.",
			      (unsigned long long)read->size);
	size = NUMBER(read, size, &is_good);
	about->major = (uint32_t)NUMBER(read, major, &is_good);
	about->minor = (uint32_t)NUMBER(read, minor, &is_good);
	if (!is_good)
		return REFUSE(read, "The first members of " EBB_PLUGIN_SYMBOL " are no constants: give size, major and minor as numbers.");
	if (size < LEAST_SIZE || size > has)
		return REFUSE(read, "It says .size = %llu, but " EBB_PLUGIN_SYMBOL " has %llu bytes: say .size = sizeof " EBB_PLUGIN_SYMBOL ".",
			      (unsigned long long)size, (unsigned long long)has);
	if (about->major != EBB_PLUGIN_MAJOR)
		return REFUSE(read, "It is made for version %u.%u of the contract; this desk speaks %d.%d: build it with this desk's ebb/plugin.h.",
			      about->major, about->minor, EBB_PLUGIN_MAJOR, EBB_PLUGIN_MINOR);
	read->size = size;
	return EBB_OK;
}

static enum ebb_rc
read_members(struct reading *read)
{
	struct ebb_plugin_about *about = read->about;
	bool is_good = true;

	about->name = TEXT(read, name, &is_good);
	about->version = TEXT(read, version, &is_good);
	about->licence = TEXT(read, licence, &is_good);
	about->summary = TEXT(read, summary, &is_good);
	about->needs = (uint32_t)NUMBER(read, needs, &is_good);
	about->tick_s = (uint32_t)NUMBER(read, tick_s, &is_good);
	about->has_start = HAS_CODE(read, start, &is_good);
	about->has_stop = HAS_CODE(read, stop, &is_good);
	about->has_check = HAS_CODE(read, check, &is_good);
	about->kinds = (HAS_CODE(read, categorise, &is_good) ? EBB_KIND_CATEGORISE : 0) |
		       (HAS_CODE(read, automate, &is_good) ? EBB_KIND_AUTOMATE : 0) |
		       (HAS_CODE(read, report, &is_good) ? EBB_KIND_REPORT : 0);
	if (!is_good)
		return REFUSE(read, "A member of " EBB_PLUGIN_SYMBOL " is no constant of the file, or a text does not end: use texts and arrays of the plugin's own, declared const.");
	if (!read_params(read, ARRAY(read, params, &is_good)) || !is_good)
		return REFUSE(read, ".params cannot be read: an array of at most %d rows, of constants, whose last has key NULL.", EBB_ABOUT_PARAMS);
	if (!read_statements(read, ARRAY(read, statements, &is_good)) || !is_good)
		return REFUSE(read, ".statements cannot be read: an array of at most %d rows, of constants, whose last has name NULL.", EBB_ABOUT_STATEMENTS);
	if (!read_reports(read, ARRAY(read, reports, &is_good)) || !is_good)
		return REFUSE(read, ".reports cannot be read: an array of at most %d rows, of constants, whose last has name NULL.", EBB_ABOUT_REPORTS);
	if (!read_words(read, ARRAY(read, events, &is_good), &about->events, &about->event_count) || !is_good)
		return REFUSE(read, ".events cannot be read: an array of at most %d texts that ends with NULL.", EBB_ABOUT_WORDS);
	if (!read_words(read, ARRAY(read, reads, &is_good), &about->reads, &about->read_count) || !is_good)
		return REFUSE(read, ".reads cannot be read: an array of at most %d texts that ends with NULL.", EBB_ABOUT_WORDS);
	return EBB_OK;
}

static void
copy_libraries(struct reading *read)
{
	const char **names = ebb_arena_zalloc(read->elf.arena, (read->elf.library_count + 1) * sizeof *names);

	for (size_t i = 0; i < read->elf.library_count; i++)
		names[i] = ebb_arena_strdup(read->elf.arena, read->elf.libraries[i]);
	read->about->libraries = names;
	read->about->library_count = read->elf.library_count;
}

static enum ebb_rc
read_opened(struct reading *read)
{
	EBB_TRY(find_constant(read));
	EBB_TRY(read_version(read));
	EBB_TRY(read_members(read));
	copy_libraries(read);
	return ebb_about_check(read->about, read->elf.err);
}

enum ebb_rc
ebb_about_read_bytes(void *bytes, size_t size, struct ebb_arena *arena, struct ebb_plugin_about **about_r,
		     struct ebb_err *err)
{
	struct reading read = { .about = EBB_NEW(arena, struct ebb_plugin_about) };
	enum ebb_rc rc = ebb_elf_open(&read.elf, bytes, size, true, arena, err);

	if (rc == EBB_OK)
		rc = read_opened(&read);
	ebb_elf_close(&read.elf);
	*about_r = rc == EBB_OK ? read.about : NULL;
	return rc;
}

enum ebb_rc
ebb_about_read(int fd, struct ebb_arena *arena, struct ebb_plugin_about **about_r, struct ebb_err *err)
{
	struct stat st;
	void *bytes;
	enum ebb_rc rc;

	*about_r = NULL;
	if (fstat(fd, &st) != 0 || st.st_size <= 0 || (size_t)st.st_size > EBB_PLUGIN_FILE_MAX)
		return ebb_fail(err, EBB_E_INVALID, "It is empty, or larger than %zu MiB: no plugin is.", EBB_PLUGIN_FILE_MAX >> 20);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "It cannot be read now: no memory for it.");
	rc = ebb_about_read_bytes(bytes, (size_t)st.st_size, arena, about_r, err);
	munmap(bytes, (size_t)st.st_size);
	return rc;
}

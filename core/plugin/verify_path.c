/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: who could have put this file there: walks the path from the root, folder by folder and by descriptor, so that
 *          what was checked is what is opened. A symbolic link on the way counts when one of the trusted made it.
 * Memory:  none of its own.
 * Must not know: what the file is.
 */
#include "plugin/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40

struct walk {
	uid_t owner;
	struct ebb_err *err;
	const char *path;       /* as it was given, for people */
	char rest[PATH_MAX];    /* what is still to be walked */
	char done[PATH_MAX];    /* what was */
	int folder;
	int links;
};

static bool
is_trusted(const struct walk *w, uid_t uid)
{
	return uid == 0 || uid == w->owner;
}

static enum ebb_rc
refuse_owner(const struct walk *w, const char *what, const struct stat *st)
{
	if (w->owner == 0)
		return ebb_fail(w->err, EBB_E_FORBIDDEN, "%s belongs to uid %u, who could change it: chown root %s.", what, (unsigned)st->st_uid, what);
	return ebb_fail(w->err, EBB_E_FORBIDDEN, "%s belongs to uid %u, who is neither root nor plugin_owner: chown it.", what, (unsigned)st->st_uid);
}

static enum ebb_rc
check_folder(const struct walk *w, const char *what, const struct stat *st)
{
	if (!is_trusted(w, st->st_uid))
		return refuse_owner(w, what, st);
	/* In a sticky folder nobody renames what is another's; what lies in it is looked at next. */
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) && !(st->st_mode & S_ISVTX))
		return ebb_fail(w->err, EBB_E_FORBIDDEN, "Others than the owner may write to the folder %s (mode %03o): chmod go-w %s.", what,
				(unsigned)(st->st_mode & 0777), what);
	return EBB_OK;
}

static enum ebb_rc
cannot_open(const struct walk *w, const char *what, int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return ebb_fail(w->err, EBB_E_NOT_FOUND, "There is no %s.", what);
	return ebb_fail(w->err, EBB_E_FORBIDDEN, "%s cannot be opened: %s.", what, strerror(error));
}

/* Takes the next name off the rest; false at the end. */
static bool
next_name(struct walk *w, char name[NAME_MAX + 1])
{
	char *at = w->rest + strspn(w->rest, "/");
	size_t length = strcspn(at, "/");

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(name, at, length);
	name[length] = '\0';
	memmove(w->rest, at + length, strlen(at + length) + 1);
	return true;
}

static void
step_to(struct walk *w, int fd, const char *name)
{
	size_t length = strlen(w->done);

	close(w->folder);
	w->folder = fd;
	snprintf(w->done + length, sizeof w->done - length, "/%.*s", (int)(sizeof w->done - length - 2), name);
}

/* Its target goes before the rest of the way. */
static enum ebb_rc
follow(struct walk *w, int fd, const char *what, const struct stat *st)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof target - 1);

	if (!is_trusted(w, st->st_uid))
		return refuse_owner(w, what, st);
	if (n <= 0 || ++w->links > LINKS_MAX)
		return ebb_fail(w->err, EBB_E_FORBIDDEN, "%s: too many symbolic links; name the folder itself.", w->path);
	target[n] = '\0';
	if (snprintf(rest, sizeof rest, "%s/%s", target, w->rest) >= (int)sizeof rest)
		return ebb_fail(w->err, EBB_E_INVALID, "%s: the path is too long.", w->path);
	memcpy(w->rest, rest, strlen(rest) + 1);
	if (target[0] == '/') {
		close(w->folder);
		w->folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		w->done[0] = '\0';
	}
	return EBB_OK;
}

/* One folder or link on the way. */
static enum ebb_rc
step(struct walk *w, const char *name)
{
	int fd = openat(w->folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char what[PATH_MAX * 2];
	struct stat st;
	enum ebb_rc rc;

	snprintf(what, sizeof what, "%s/%s", w->done, name);
	if (fd < 0)
		return cannot_open(w, what, errno);
	if (fstat(fd, &st) != 0)
		rc = cannot_open(w, what, errno);
	else if (S_ISLNK(st.st_mode))
		rc = follow(w, fd, what, &st);
	else if (!S_ISDIR(st.st_mode))
		rc = cannot_open(w, what, ENOTDIR);
	else {
		rc = check_folder(w, what, &st);
		if (rc == EBB_OK) {
			step_to(w, fd, name);
			return EBB_OK;
		}
	}
	close(fd);
	return rc;
}

static enum ebb_rc
open_file(struct walk *w, const char *name, int *fd_r)
{
	int fd = openat(w->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int error = errno;
	char what[PATH_MAX * 2];
	struct stat st;
	enum ebb_rc rc = EBB_OK;

	snprintf(what, sizeof what, "%s/%s", w->done, name);
	if (fd < 0 && error == ELOOP)
		return ebb_fail(w->err, EBB_E_FORBIDDEN, "%s is a symbolic link: put the file itself there.", what);
	if (fd < 0)
		return cannot_open(w, what, error);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		rc = ebb_fail(w->err, EBB_E_FORBIDDEN, "%s is no regular file: put the file itself there.", what);
	else if (!is_trusted(w, st.st_uid))
		rc = refuse_owner(w, what, &st);
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		rc = ebb_fail(w->err, EBB_E_FORBIDDEN, "Others than the owner may write to %s (mode %03o): chmod go-w %s.", what,
			      (unsigned)(st.st_mode & 0777), what);
	else if (st.st_mode & (S_ISUID | S_ISGID))
		rc = ebb_fail(w->err, EBB_E_FORBIDDEN, "%s has the set-uid or set-gid bit: chmod a-s %s.", what, what);
	if (rc != EBB_OK)
		close(fd);
	else
		*fd_r = fd;
	return rc;
}

static enum ebb_rc
walk_folders(struct walk *w)
{
	char name[NAME_MAX + 1];
	struct stat st;

	if (w->folder < 0 || fstat(w->folder, &st) != 0)
		return cannot_open(w, "/", errno);
	EBB_TRY(check_folder(w, "/", &st));
	while (next_name(w, name))
		EBB_TRY(step(w, name));
	if (w->rest[strspn(w->rest, "/")] != '\0')
		return ebb_fail(w->err, EBB_E_INVALID, "%s: a name in the path is too long.", w->path);
	return EBB_OK;
}

enum ebb_rc
ebb_verify_open(const char *path, uid_t owner, int *fd_r, struct ebb_err *err)
{
	struct walk w = { .owner = owner, .err = err, .path = path, .folder = -1 };
	const char *slash = strrchr(path, '/');
	char here[PATH_MAX] = "";
	enum ebb_rc rc;

	*fd_r = -1;
	if (path[0] != '/' && getcwd(here, sizeof here) == NULL)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "The current folder cannot be told: name the whole path.");
	if (snprintf(w.rest, sizeof w.rest, "%s/%.*s", here, slash != NULL ? (int)(slash - path) : 0, path) >= (int)sizeof w.rest)
		return ebb_fail(err, EBB_E_INVALID, "The path is too long.");
	w.folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = walk_folders(&w);
	if (rc == EBB_OK)
		rc = open_file(&w, slash != NULL ? slash + 1 : path, fd_r);
	if (w.folder >= 0)
		close(w.folder);
	return rc;
}

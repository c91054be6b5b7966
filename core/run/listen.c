/* SPDX-License-Identifier: Apache-2.0
 * See listen.h. Owner of the memory: nobody, all of it is on the stack.
 */
#include "run/listen.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ORPHANS_MS 10000 /* how long workers of a killed master may take to leave */
#define PROBE_STEP_MS 100

static bool
fill_address(struct sockaddr_un *address, const char *path)
{
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof address->sun_path)
		return false;
	memcpy(address->sun_path, path, strlen(path));
	return true;
}

static bool
is_trusted(uid_t owner, const char *user)
{
	const struct passwd *entry = user[0] != '\0' ? getpwnam(user) : NULL;

	return owner == 0 || owner == geteuid() || (entry != NULL && owner == entry->pw_uid);
}

const char *
ebb_listen_refusal(const char *path, const char *user)
{
	struct sockaddr_un address;
	char folder[sizeof address.sun_path];
	struct stat st;

	/* "127.0.0.1:9000" has become a file of that name in the configuration's folder by now. */
	if (path[0] != '/' || strchr(strrchr(path, '/'), ':') != NULL)
		return "it is not an absolute path of a unix socket; TCP is refused, because FastCGI trusts "
		       "whoever connects";
	if (!fill_address(&address, path))
		return "it is longer than the 107 bytes a socket path may have";
	memcpy(folder, path, strlen(path) + 1);
	if (stat(dirname(folder), &st) != 0 || !S_ISDIR(st.st_mode))
		return "its folder does not exist";
	if (!is_trusted(st.st_uid, user))
		return "its folder belongs to somebody else";
	if (st.st_mode & S_IWOTH)
		return "its folder is writable by everybody";
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return "something that is not a socket lies there";
	return NULL;
}

/* Whether somebody still accepts there. We hold the pid file's lock, so these can only be workers of a master
 * that was killed, on their way out. */
static bool
is_served(const struct sockaddr_un *address)
{
	for (int waited = 0; waited < ORPHANS_MS; waited += PROBE_STEP_MS) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return false;
		int rc = connect(fd, (const struct sockaddr *)address, sizeof *address);
		int why = errno;
		close(fd);
		if (rc != 0 && why != EAGAIN)
			return false;
		const struct timespec step = { .tv_nsec = PROBE_STEP_MS * 1000000L };
		nanosleep(&step, NULL);
	}
	return true;
}

static const char *
give_to_group(const char *path, const char *group)
{
	if (group[0] != '\0') {
		const struct group *entry = getgrnam(group);
		if (entry == NULL)
			return "there is no such group";
		if (chown(path, (uid_t)-1, entry->gr_gid) != 0)
			return "this process may not give the socket to that group";
	}
	return chmod(path, 0660) == 0 ? NULL : "its mode cannot be set";
}

int
ebb_listen_open(const char *path, const struct ebb_listen_how *how, char *why, size_t why_size)
{
	struct sockaddr_un address;
	const char *refusal = ebb_listen_refusal(path, how->user);
	if (refusal == NULL && (!fill_address(&address, path) || is_served(&address)))
		refusal = "another process listens there";
	if (refusal != NULL) {
		snprintf(why, why_size, "socket %s: %s", path, refusal);
		return -1;
	}
	unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Nobody may slip in between bind and chmod. */
	mode_t mask = umask(0177);
	int rc = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (rc != 0) {
		snprintf(why, why_size, "socket %s: %s", path, strerror(errno));
	} else if ((refusal = give_to_group(path, how->group)) != NULL) {
		snprintf(why, why_size, "socket %s, group %s: %s", path, how->group, refusal);
		rc = -1;
	} else if (listen(fd, how->backlog) != 0) {
		snprintf(why, why_size, "socket %s: %s", path, strerror(errno));
		rc = -1;
	}
	if (rc != 0 && fd >= 0)
		close(fd);
	return rc == 0 ? fd : -1;
}

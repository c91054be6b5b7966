/* SPDX-License-Identifier: Apache-2.0
 * See pidfile.h.
 */
#include "run/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A master that is leaving may have removed the file between our open and our lock. */
static bool
is_still_there(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
	       ours.st_dev == there.st_dev;
}

static int
open_locked(const char *path, char *why, size_t why_size)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0) {
			snprintf(why, why_size, "pid file %s: %s", path, strerror(errno));
			return -1;
		}
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		if (fcntl(fd, F_SETLK, &lock) != 0) {
			fcntl(fd, F_GETLK, &lock);
			snprintf(why, why_size, "pid file %s: ebbd runs already, as process %ld", path,
				 (long)lock.l_pid);
			close(fd);
			return -1;
		}
		if (is_still_there(fd, path))
			return fd;
		close(fd);
	}
}

int
ebb_pidfile_take(const char *path, char *why, size_t why_size)
{
	int fd = open_locked(path, why, why_size);
	char number[24];
	int n = snprintf(number, sizeof number, "%ld\n", (long)getpid());

	if (fd < 0)
		return -1;
	if (ftruncate(fd, 0) != 0 || pwrite(fd, number, (size_t)n, 0) != n) {
		snprintf(why, why_size, "pid file %s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

void
ebb_pidfile_drop(int fd, const char *path)
{
	/* Removed before the lock goes, or a new master's file would be the one removed. */
	unlink(path);
	close(fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Opens files: the desk's, the system's, its own. */
#include "hostile.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	static const char *const paths[] = { "/etc/passwd", "/etc/ebb/ebb.conf", "/proc/self/environ", "/proc/self/fd/4", "/proc/self/mem", "." };
	struct stat st;
	char text[64];

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		tell(host, paths[i], open(paths[i], O_RDONLY));
	tell(host, "creat", open("/tmp/ebb-hostile", O_WRONLY | O_CREAT, 0600));
	tell(host, "open", syscall(SYS_open, "/etc/passwd", O_RDONLY));
	tell(host, "openat2", syscall(437, -100, "/etc/passwd", text, 24));
	tell(host, "stat", stat("/etc/passwd", &st));
	tell(host, "readlink", readlink("/proc/self/exe", text, sizeof text));
	tell(host, "unlink", unlink("/tmp/ebb-hostile"));
	tell(host, "fstat", fstat(2, &st));
	tell(host, "chdir", chdir("/"));
	tell(host, "memfd", (long)syscall(SYS_memfd_create, "x", 0));
	return EBB_PLUGIN_OK;
}

HOSTILE("opener");

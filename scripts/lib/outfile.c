// SPDX-License-Identifier: GPL-2.0-only
/* An output file that appears whole or not at all; outfile.h has the contract. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LINKS_MAX	40	/* as many symbolic links in a row as Linux follows */

static int out = -1;			/* where the bytes go, or -1 */
static int directory = -1;		/* of the file */
static char base[NAME_MAX + 1];		/* its name there */
static bool replaces;			/* there was a file of this name before */

/* The name of the temporary file; the signal handler may remove it at any time. */
static char temporary[sizeof(OUTFILE_TEMP) + 16];
static volatile sig_atomic_t is_pending;

static int failure;			/* the errno to explain ... */
static const char *reason;		/* ... or what to say instead */

static int fail(int error, const char *instead)
{
	failure = error;
	reason = instead;
	outfile_discard();
	errno = error;
	return -1;
}

static void on_signal(int number)
{
	if (is_pending)
		unlinkat(directory, temporary, 0);
	signal(number, SIG_DFL);
	raise(number);
}

/*
 * Remove the temporary file when the program ends. A signal that is ignored
 * stays so. Without SIGXFSZ a file that grows too large is an error of write().
 */
static void watch_end(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	static bool done;
	struct sigaction action = { .sa_handler = on_signal }, before;
	size_t i;

	if (done)
		return;
	done = true;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!sigaction(numbers[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	signal(SIGXFSZ, SIG_IGN);
	atexit(outfile_discard);
}

static int connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(name) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Follow the symbolic links at the end of a path. Sets directory and base to
 * where the file is, or will be. Returns 0, or -1 and errno.
 */
static int find_place(const char *name)
{
	char path[PATH_MAX], link[PATH_MAX], *slash;
	ssize_t length = strlen(name);
	int links, from = AT_FDCWD, to;

	if (length >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(link, name, length);
	for (links = 0; links <= LINKS_MAX; links++) {
		link[length] = '\0';
		slash = strrchr(link, '/');
		if (strlen(slash ? slash + 1 : link) > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		strcpy(base, slash ? slash + 1 : link);
		snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash + 1 - link) : 1,
			 slash ? link : ".");
		to = openat(from, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (from >= 0)
			close(from);
		directory = from = to;
		if (to < 0)
			return -1;
		length = readlinkat(to, base, link, sizeof(link) - 1);
		if (length < 0)
			return errno == EINVAL || errno == ENOENT ? 0 : -1;
	}
	errno = ELOOP;
	return -1;
}

/* Open the temporary file, with the owner and mode of old unless that is NULL. */
static int open_temporary(const struct stat *old)
{
	mode_t mode = old ? old->st_mode & 0777 : 0666;
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -1;
	snprintf(temporary, sizeof(temporary), "%s%016" PRIx64, OUTFILE_TEMP, number);
	is_pending = 1;
	out = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, old ? 0600 : mode);
	if (out < 0) {
		is_pending = 0;
		return -1;
	}
	if (!old)
		return 0;
	/* Whom the bits of the group are meant for must not change. */
	if (fchown(out, old->st_uid, old->st_gid) && fchown(out, -1, old->st_gid))
		mode &= ~070;
	return fchmod(out, mode);
}

/**
 * outfile_open - begin to write a file
 * @name: its path; no name means standard output here
 *
 * Returns 0; or -1, and outfile_why() says why.
 */
int outfile_open(const char *name)
{
	struct stat st, there, stdout_is;
	bool exists = !stat(name, &st);

	watch_end();
	replaces = false;
	if (!exists && errno != ENOENT)
		return fail(errno, NULL);
	if (exists && S_ISDIR(st.st_mode))
		return fail(EISDIR, NULL);
	if (exists && !fstat(STDOUT_FILENO, &stdout_is) && same_file(&st, &stdout_is))
		out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	else if (exists && S_ISSOCK(st.st_mode))
		out = connect_to(name);
	else if (exists && !S_ISREG(st.st_mode))
		out = open(name, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (out >= 0)
		return 0;
	if (exists && (!S_ISREG(st.st_mode) || access(name, W_OK)))
		return fail(errno, NULL);

	if (find_place(name))
		return fail(errno, NULL);
	/* What a link in /proc leads to need not have a name: an open file that was removed. */
	if (exists && (fstatat(directory, base, &there, AT_SYMLINK_NOFOLLOW) || !same_file(&st, &there))) {
		out = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
		return out < 0 ? fail(errno, NULL) : 0;
	}
	replaces = exists;
	if (!open_temporary(exists ? &st : NULL))
		return 0;
	if (errno == EACCES || errno == EPERM || errno == EROFS)
		return fail(errno, "its directory cannot be written, which replacing a file as a whole needs: choose another place, or make the directory writable");
	return fail(errno, NULL);
}

/**
 * outfile_write - add bytes to the file that is open
 * @data: the bytes
 * @size: how many there are
 *
 * Returns 0; or -1, then the file is closed and discarded.
 */
int outfile_write(const void *data, size_t size)
{
	const char *at = data;
	ssize_t n;

	while (size) {
		n = write(out, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(errno, NULL);
		at += n;
		size -= n;
	}
	return 0;
}

/**
 * outfile_close - make the file appear under its name
 *
 * Returns 0; or -1, then the old file is as it was.
 */
int outfile_close(void)
{
	int fd = out;

	out = -1;
	if (close(fd))
		return fail(errno, NULL);
	if (is_pending && renameat(directory, temporary, directory, base))
		return fail(errno, NULL);
	is_pending = 0;
	outfile_discard();
	return 0;
}

/* outfile_discard - end writing; the old file stays. Without an open file, do nothing. */
void outfile_discard(void)
{
	if (is_pending)
		unlinkat(directory, temporary, 0);
	is_pending = 0;
	if (out >= 0)
		close(out);
	if (directory >= 0)
		close(directory);
	out = directory = -1;
}

/* outfile_why - why the last call failed and what to do, as the end of a sentence. */
const char *outfile_why(void)
{
	static char text[256];
	const char *remedy = NULL;

	switch (failure) {
	case ENOSPC:
	case EDQUOT:
		remedy = "free some space there, or choose another place";
		break;
	case EFBIG:
		remedy = "raise the limit (ulimit -f)";
		break;
	case ENOENT:
	case ENOTDIR:
		remedy = "make its directory first";
		break;
	case EISDIR:
		remedy = "give the name of a file";
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		remedy = "choose another place, or change who may write there";
		break;
	case EPIPE:
	case ECONNREFUSED:
	case ENXIO:
		remedy = "start what reads it first";
		break;
	case EBUSY:
		remedy = "a mount point cannot be replaced, choose another place";
		break;
	case ENAMETOOLONG:
		remedy = "choose a shorter one";
		break;
	}
	if (reason)
		snprintf(text, sizeof(text), "%s", reason);
	else
		snprintf(text, sizeof(text), "%s%s%s%s", strerror(failure), remedy ? ": " : "",
			 remedy ? remedy : "", replaces ? " (the old file is as it was)" : "");
	return text;
}

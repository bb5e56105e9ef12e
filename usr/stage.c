/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Staging: every file of the image is copied under the SHA-256 of its bytes,
 * and the list names the copy. So a change of any byte is a change of the
 * list whatever the time stamps say, a source that changes while the kernel
 * archives it does no harm, and no name on this machine gets into the list.
 */
#include "gen-list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH_LEN 64
#define TEMP_PREFIX ".tmp."

static const char *stage_dir;
static time_t stage_time;

/* The one file that is half-written; the signal handler removes it. */
static char pending[PATH_MAX];
static volatile sig_atomic_t is_pending;

static void on_signal(int sig)
{
	if (is_pending)
		unlink(pending);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* catch_signals - leave no half-written file when interrupted. */
void catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigaction was;
	size_t i;

	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (!sigaction(sigs[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
}

static void __attribute__((noreturn)) fail(const char *doing, const char *path, int err)
{
	if (is_pending)
		unlink(pending);
	die("cannot %s %s: %s", doing, path, strerror(err));
}

static int temp_open(const char *path)
{
	int fd;

	if (strlen(path) >= sizeof(pending))
		fail("write", path, ENAMETOOLONG);
	strcpy(pending, path);
	is_pending = 1;
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		is_pending = 0;
		fail("write", path, errno);
	}
	return fd;
}

static void temp_rename(const char *to)
{
	if (rename(pending, to) < 0)
		fail("write", to, errno);
	is_pending = 0;
}

static void write_all(int fd, const char *path, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0)
			fail("write", path, errno);
		data += n;
		len -= (size_t)n;
	}
}

/*
 * Hash a file, and copy it to out unless that is negative, in one reading:
 * the hash is that of the bytes that were copied. Returns their number.
 */
static off_t hash_file(const char *path, int out, char hash[HASH_LEN + 1])
{
	static unsigned char buf[1 << 16];
	unsigned char sum[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = 0;
	unsigned int i;
	ssize_t n;

	if (fd < 0)
		fail("read", path, errno);
	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
		fail("hash", path, ENOMEM);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		EVP_DigestUpdate(ctx, buf, (size_t)n);
		if (out >= 0)
			write_all(out, pending, (const char *)buf, (size_t)n);
		size += n;
	}
	if (n < 0)
		fail("read", path, errno);
	close(fd);
	EVP_DigestFinal_ex(ctx, sum, NULL);
	EVP_MD_CTX_free(ctx);
	for (i = 0; i < HASH_LEN / 2; i++)
		sprintf(hash + 2 * i, "%02x", sum[i]);
	return size;
}

/* stage_setup - where the copies go, and the time stamp (Unix) they get. */
void stage_setup(const char *dir, unsigned long epoch)
{
	stage_dir = dir;
	stage_time = (time_t)epoch;
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		fail("make the directory", dir, errno);
}

/*
 * stage_file - see that a copy of the entry's file is in the staging
 * directory, and note its hash. A copy that is there, whole, is kept.
 */
void stage_file(struct item *e)
{
	struct content *c = e->content;
	struct timespec when[2] = { { .tv_sec = stage_time }, { .tv_sec = stage_time } };
	struct stat st;
	char *path, *temp;
	off_t size;
	int fd;

	if (c->hash[0])
		return;
	size = hash_file(c->path, -1, c->hash);
	path = xprintf("%s/%s", stage_dir, c->hash);
	if (!lstat(path, &st) && S_ISREG(st.st_mode) && st.st_size == size) {
		if (st.st_mtim.tv_sec != stage_time || st.st_mtim.tv_nsec)
			if (utimensat(AT_FDCWD, path, when, 0) < 0)
				fail("set the time of", path, errno);
		free(path);
		return;
	}
	free(path);
	temp = xprintf("%s/" TEMP_PREFIX "%ld", stage_dir, (long)getpid());
	fd = temp_open(temp);
	hash_file(c->path, fd, c->hash);
	if (fchmod(fd, 0644) < 0 || futimens(fd, when) < 0)
		fail("set the mode of", temp, errno);
	if (close(fd) < 0)
		fail("write", temp, errno);
	path = xprintf("%s/%s", stage_dir, c->hash);
	temp_rename(path);
	free(path);
	free(temp);
}

static int by_hash(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * stage_clean - remove copies that no entry names any more, and what a killed
 * run left. Other files in the directory are not ours and stay.
 */
void stage_clean(struct item **sorted, size_t n)
{
	const char **used = xalloc((n + 1) * sizeof(*used));
	const char *name;
	size_t n_used = 0, i;
	struct dirent *d;
	DIR *dp;

	for (i = 0; i < n; i++)
		if (sorted[i]->kind == FILE_ENTRY)
			used[n_used++] = sorted[i]->content->hash;
	qsort(used, n_used, sizeof(*used), by_hash);
	dp = opendir(stage_dir);
	if (!dp)
		fail("read", stage_dir, errno);
	while ((d = readdir(dp))) {
		name = d->d_name;
		if (strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) &&
		    (strlen(name) != HASH_LEN ||
		     strspn(name, "0123456789abcdef") != HASH_LEN ||
		     bsearch(&name, used, n_used, sizeof(*used), by_hash)))
			continue;
		if (unlinkat(dirfd(dp), name, 0) < 0)
			fail("remove from the staging directory", name, errno);
	}
	closedir(dp);
	free(used);
}

static bool has_bytes(const char *path, const char *data, size_t len)
{
	struct stat st;
	bool equal = false;
	char *old;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fstat(fileno(f), &st) && S_ISREG(st.st_mode) && (size_t)st.st_size == len) {
		old = xalloc(len + 1);
		equal = fread(old, 1, len, f) == len && !memcmp(old, data, len);
		free(old);
	}
	fclose(f);
	return equal;
}

/*
 * replace_file - give the file these bytes, whole or not at all. One that has
 * them already keeps its time stamp. Returns whether it was replaced.
 */
bool replace_file(const char *path, const char *data, size_t len)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char *temp;
	int fd;

	if (has_bytes(path, data, len))
		return false;
	temp = xprintf("%.*s.%s.tmp", (int)(base - path), path, base);
	fd = temp_open(temp);
	write_all(fd, temp, data, len);
	if (close(fd) < 0)
		fail("write", temp, errno);
	temp_rename(path);
	free(temp);
	return true;
}

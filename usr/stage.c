// SPDX-License-Identifier: GPL-2.0-only
/*
 * Staging: every file of the image is copied under the SHA-256 of its bytes,
 * and the list names the copy. So a change of any byte is a change of the
 * list, whatever the time stamps say; a source that changes while the kernel
 * archives it does no harm; and no path of this machine gets into the list.
 */
#include "gen-list.h"
#include "outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH_LEN 64

static const char *stage_dir;
static time_t stage_time;

static void __attribute__((noreturn)) fail(const char *doing, const char *path, int err)
{
	die("cannot %s %s: %s", doing, path, strerror(err));
}

static void __attribute__((noreturn)) cannot_write(const char *path)
{
	die("cannot write %s: %s", path, outfile_why());
}

/*
 * Hash a file, and copy it to the output file to unless that is NULL, in one
 * reading: the hash is that of the bytes that were copied. Returns their number.
 */
static off_t hash_file(const char *path, const char *to, char hash[HASH_LEN + 1])
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
		if (to && outfile_write(buf, (size_t)n))
			cannot_write(to);
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

/* stage_setup - set the directory of the copies, and the time stamp (Unix) that they get. */
void stage_setup(const char *dir, unsigned long epoch)
{
	stage_dir = dir;
	stage_time = (time_t)epoch;
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		fail("make the directory", dir, errno);
}

enum copy { COPY_GOOD, COPY_NONE, COPY_BAD };

/*
 * Look whether there is a copy at path, with the bytes that have this hash. It is
 * read each time: after a power loss a file can have its name, its size and its
 * time stamp, and zeros for bytes.
 */
static enum copy look_at_copy(const char *path, const char *hash, off_t size)
{
	char found[HASH_LEN + 1];
	struct stat st;

	if (lstat(path, &st) < 0)
		return COPY_NONE;
	if (!S_ISREG(st.st_mode))
		fail("stage a file at", path, EEXIST);
	if (st.st_size != size)
		return COPY_BAD;
	hash_file(path, NULL, found);
	return strcmp(found, hash) ? COPY_BAD : COPY_GOOD;
}

static void set_time(const char *path)
{
	struct timespec when[2] = { { .tv_sec = stage_time }, { .tv_sec = stage_time } };
	struct stat st;

	if (stat(path, &st) < 0 ||
	    ((st.st_mtim.tv_sec != stage_time || st.st_mtim.tv_nsec) &&
	     utimensat(AT_FDCWD, path, when, 0) < 0) ||
	    ((st.st_mode & 07777) != 0644 && chmod(path, 0644) < 0))
		fail("set the time and mode of", path, errno);
}

/*
 * stage_file - see that a copy of the entry's file is in the staging
 * directory, and note its hash. A copy that is there and whole is kept. Returns
 * whether one was there that had other bytes and was replaced.
 */
bool stage_file(struct item *e)
{
	struct content *c = e->content;
	char copied[HASH_LEN + 1];
	enum copy there;
	char *path;
	off_t size;

	if (c->hash[0])
		return false;
	size = hash_file(c->path, NULL, c->hash);
	path = xprintf("%s/%s", stage_dir, c->hash);
	there = look_at_copy(path, c->hash, size);
	if (there != COPY_GOOD) {
		if (there == COPY_BAD && unlink(path) < 0)
			fail("replace", path, errno);
		if (outfile_open(path))
			cannot_write(path);
		hash_file(c->path, path, copied);
		if (strcmp(copied, c->hash))
			die("%s changes while it is read: wait for what writes it, then run make again", c->path);
		if (outfile_close())
			cannot_write(path);
	}
	set_time(path);
	free(path);
	return there == COPY_BAD;
}

static int by_hash(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * stage_clean - remove copies that no entry names any more, and temporary files
 * of a run that was killed. Other files in the directory stay.
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
		if (strncmp(name, OUTFILE_TEMP, strlen(OUTFILE_TEMP)) &&
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

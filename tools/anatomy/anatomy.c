// SPDX-License-Identifier: GPL-2.0-only
/*
 * anatomy - show what a kernel image or an initramfs is made of
 *
 * Every number is read from the file or measured on it. Exit status: 0; 1 if the
 * file is broken or lacks the part that was asked for (one line says why, and
 * nothing else is printed); 2 for a wrong call. See Documentation/anatomy.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "anatomy.h"

#define LIMIT	(1ULL << 30)

static const char usage_text[] =
"usage: anatomy [--json | --at OFFSET | --extract LAYER [-o FILE]] [--limit SIZE] FILE\n"
"\n"
"Shows what a kernel image (bzImage, vmlinux, Image, vmlinuz.efi), a UKI or an\n"
"initramfs consists of: a table of its layers, in file order, and the fields of\n"
"their headers.\n"
"\n"
"  --json            the same for programs\n"
"  --at OFFSET       show which layers and which field the byte there belongs to\n"
"  --extract LAYER   write the payload (as it is, compressed), vmlinux, image (of\n"
"                    arm64 or riscv64), initramfs (unpacked), config, section:NAME\n"
"                    (of a UKI), or file:PATH (a file in the initramfs, links\n"
"                    followed) to FILE; to standard output if FILE is - or there\n"
"                    is no -o\n"
"  --limit SIZE      do not unpack more than this; with K, M or G. Default: 1G\n";

static const char *subject;	/* the file */

/* Print one line on standard error and exit. */
void die(const char *format, ...)
{
	char *message;
	va_list args;

	fflush(stdout);
	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		abort();
	va_end(args);
	fputs("anatomy: ", stderr);
	if (subject) {
		print_text(stderr, subject);
		fputs(": ", stderr);
	}
	print_text(stderr, message);
	fputc('\n', stderr);
	exit(1);
}

static void usage(FILE *to)
{
	fputs(usage_text, to);
	exit(to == stdout ? 0 : 2);
}

/* Read a number as C writes it, with K, M or G for 1024, 1024² or 1024³. */
static uint64_t number(const char *option, const char *text)
{
	unsigned int shift = 0;
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	switch (end == text ? '?' : *end) {
	case 'K': shift = 10; break;
	case 'M': shift = 20; break;
	case 'G': shift = 30; break;
	}
	if (end == text || end[!!shift] || errno || *text < '0' || *text > '9' ||
	    n > (1ULL << 40) >> shift) {
		fprintf(stderr, "anatomy: %s ", option);
		print_text(stderr, text);
		fputs(": not a size: a number up to 1024G, and K, M or G if you like\n", stderr);
		exit(2);
	}
	return n << shift;
}

/* Exit when a page of the file cannot be read, because the file became shorter. */
static void cut_short(int number __attribute__((unused)))
{
	static const char message[] = "anatomy: the file was cut short while it was read\n";

	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* Map the file into memory; it stays there until the program ends. */
static const unsigned char *map(const char *name, size_t *size)
{
	struct stat st;
	void *data;
	int fd;

	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		die("cannot be read: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		die("it is no regular file");
	if (!st.st_size)
		die("it is empty");
	*size = st.st_size;
	data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		die("cannot be read: %s", strerror(errno));
	close(fd);
	return data;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "at", required_argument, NULL, 'a' },
		{ "extract", required_argument, NULL, 'x' },
		{ "output", required_argument, NULL, 'o' },
		{ "limit", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *what = NULL, *output = NULL, *why;
	bool json = false, at = false;
	const unsigned char *data;
	uint64_t offset = 0, limit = LIMIT;
	struct layer *file;
	size_t size;
	int c;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (c) {
		case 'j': json = true; break;
		case 'a': at = true; offset = number("--at", optarg); break;
		case 'x': what = optarg; break;
		case 'o': output = optarg; break;
		case 'l': limit = number("--limit", optarg); break;
		case 'h': usage(stdout); break;
		default: usage(stderr);
		}
	}
	if (optind + 1 != argc || json + at + !!what > 1 || (output && !what))
		usage(stderr);
	signal(SIGBUS, cut_short);
	subject = argv[optind];
	data = map(subject, &size);
	file = layers_read(data, size, limit, &why);
	if (!file)
		die("%s", why);
	if (what)
		extract(file, what, output);
	else if (at)
		print_at(file, offset);
	else if (json)
		print_json(file, subject);
	else
		print_table(file, subject);
	if (fflush(stdout) || ferror(stdout))
		die("cannot write to standard output: %s", strerror(errno));
	layers_free();
	return 0;
}

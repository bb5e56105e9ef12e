/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuzzing of what PID 1 and switch-root read: the first byte of an input says
 * which parser gets the rest (see parsers[]; so a seed in tests/corpus is text
 * that can be edited). For libFuzzer (clang -fsanitize=fuzzer), or with a main()
 * of its own (-DMAIN), which mutates the seeds at random:
 *
 *	fuzz-init SECONDS SEED-FILE...
 *
 * tests/fuzz.t compiles both. The sources are compiled with read_file() named
 * fuzz_read_file(), so that every file is the input, and no call reaches the kernel.
 */
#include "switch-root.h"

const char *program_name = "fuzz";

static const unsigned char *input;
static long input_len, input_at;

long fuzz_read_file(const char *path, char *buf, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

long fuzz_read_file(const char *path, char *buf, size_t size)
{
	long len = input_len < (long)size - 1 ? input_len : (long)size - 1;

	memcpy(buf, input, len);
	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return strlen(buf);
}

long k_call3(long nr, long a, long b, long c)
{
	long len;

	if (nr == __NR_lseek)
		return input_at = b;
	if (nr != __NR_read)
		return -ENOSYS;
	len = input_at > input_len ? 0 : input_len - input_at < c ? input_len - input_at : c;
	memcpy((void *)b, input + input_at, len);
	input_at += len;
	return len;
}

long k_call(long nr, long a, long b, long c, long d, long e)
{
	return -ENOSYS;
}

void printk_line(int level, const char *format, ...)
{
	static char line[512];
	va_list args;

	va_start(args, format);
	print_args(line, sizeof(line), format, args);
	va_end(args);
}

void environment_set(const char *word)
{
}

static volatile size_t sum;	/* so that nothing is optimized away */

static void touch(const char *text)
{
	if (text)
		sum += strlen(text);
}

static void touch_services(void)
{
	const char *setting;
	struct service *s;

	for (s = services; s < services + services_count; s++) {
		touch(s->name);
		touch(s->command);
		touch(s->tty);
		touch(s->needs);
		for (setting = s->settings; setting && *setting; setting += strlen(setting) + 1)
			touch(setting);
	}
}

static void fuzz_cmdline(void)
{
	static const char *const names[] = { "init.run", "root", "ro", "quiet", "init.deadline" };
	static char *none[] = { NULL };
	size_t i;

	cmdline_read(none);
	touch(cmdline_text());
	for (i = 0; i < COUNT(names); i++) {
		touch(cmdline_value(names[i]));
		sum += cmdline_has(names[i]) + cmdline_number(names[i], 1);
	}
}

static void fuzz_words(void)
{
	char text[2048], *words[WORDS_MAX];
	int n;

	fuzz_read_file("", text, sizeof(text));
	if (words_decode(text) < 0)
		return;
	sum += words_number(text) + words_index(text, "sh");
	for (n = words_split(text, words, WORDS_MAX); n > 0; n--)
		touch(words[n - 1]);
}

/* Twice: a reload keeps what it finds again. */
static void fuzz_inittab(void)
{
	services_count = 0;
	table_read();
	touch_services();
	table_read();
	touch_services();
}

static void fuzz_svc(void)
{
	char *text;
	int err;

	services_count = 0;
	table_read();
	services_count = 0;
	text = table_text("", &err);
	if (text)
		svc_parse(text, "/etc/init.d/name.svc");
	touch_services();
}

static void fuzz_users(void)
{
	struct user user;
	__u32 groups[4];

	sum += user_find(&user, "name") + user_find(&user, "7") + group_find("tty");
	sum += groups_of("name", groups, COUNT(groups));
}

static void fuzz_superblock(void)
{
	struct identity is;

	if (superblock_identify(0, &is) || partition_identify(0, 1, 512, &is) ||
	    partition_identify(0, 128, 4096, &is)) {
		touch(is.id);
		touch(is.label);
	}
}

static const struct {
	char name;
	void (*fuzz)(void);
} parsers[] = {
	{ 'c', fuzz_cmdline }, { 'w', fuzz_words }, { 'i', fuzz_inittab },
	{ 's', fuzz_svc }, { 'u', fuzz_users }, { 'b', fuzz_superblock },
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	size_t i;

	for (i = 0; size && i < COUNT(parsers); i++) {
		if (parsers[i].name != data[0])
			continue;
		input = data + 1;
		input_len = size - 1;
		input_at = 0;
		parsers[i].fuzz();
	}
	return 0;
}

#ifdef MAIN
int printf(const char *format, ...);
void *malloc(size_t size);
void free(void *p);
long atol(const char *text);
long time(long *t);
int open(const char *path, int flags, ...);
long read(int fd, void *buf, size_t size);
int close(int fd);

#define SEEDS_MAX	64
#define SIZE_MAX_SEED	70000

static unsigned long long state = 88172645463325252ULL;

static unsigned long draw(unsigned long below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? state % below : 0;
}

/* A few changes: other bytes, a part left out, a part doubled. */
static long mutate(unsigned char *to, const unsigned char *from, long len, long size)
{
	static const char liked[] = " \t\n\r\"'\\=:#-0/,.x";
	long at, n;
	int changes = 1 + draw(6);

	memcpy(to, from, len);
	while (changes-- && len > 1) {
		at = 1 + draw(len - 1);
		n = draw(len - at < 64 ? len - at : 64);
		switch (draw(4)) {
		case 0:
			to[at] = draw(256);
			break;
		case 1:
			to[at] = liked[draw(sizeof(liked) - 1)];
			break;
		case 2:
			memmove(to + at, to + at + n, len - at - n);
			len -= n;
			break;
		case 3:
			if (len + n > size)
				break;
			memmove(to + at + n, to + at, len - at);
			len += n;
			break;
		}
	}
	return len;
}

/* Exactly as large as the input, so that ASan sees one byte too many. */
static void run(const unsigned char *data, long len)
{
	unsigned char *copy = malloc(len ? len : 1);

	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

int main(int argc, char **argv)
{
	static unsigned char seeds[SEEDS_MAX][SIZE_MAX_SEED], changed[SIZE_MAX_SEED + 64];
	long lens[SEEDS_MAX], runs = 0, end, n;
	int i, fd, count = 0;

	for (i = 2; i < argc && count < SEEDS_MAX; i++) {
		fd = open(argv[i], O_RDONLY);
		lens[count] = fd < 0 ? -1 : read(fd, seeds[count], SIZE_MAX_SEED);
		if (lens[count] < 0) {
			printf("cannot read %s\n", argv[i]);
			return 2;
		}
		close(fd);
		run(seeds[count], lens[count]);
		count++;
	}
	if (!count)
		return 2;
	for (end = time(NULL) + atol(argv[1]); time(NULL) < end; runs++) {
		i = draw(count);
		n = mutate(changed, seeds[i], lens[i], sizeof(changed));
		run(changed, n);
		/* Some go on from here, so that changes add up. */
		if (draw(8) == 0 && n <= SIZE_MAX_SEED && n > 16) {
			memcpy(seeds[i], changed, n);
			lens[i] = n;
		}
	}
	printf("%ld runs\n", runs);
	return 0;
}
#endif

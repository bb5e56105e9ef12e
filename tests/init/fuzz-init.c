// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the parsers of PID 1 and switch-root: the first byte of an input selects
 * the parser that gets the rest (see parsers[]), so that a seed in tests/init/corpus is
 * text that can be edited. For libFuzzer (clang -fsanitize=fuzzer), or with
 * tests/lib/fuzz-main.c (-DMAIN).
 *
 * tests/init/fuzz.t compiles both. The sources are compiled with read_file() named
 * fuzz_read_file(), so that every file is the input, and no call reaches the kernel.
 */
#include "control.h"
#include "inittab.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "child.h"
#include "env.h"
#include "load.h"
#include "lib/signals.h"
#include "service-file.h"
#include "switch-root/switch-root.h"
#include "table.h"
#include "users.h"
#include "../lib/fuzz.h"

const char *program_name = "fuzz";

static const unsigned char *input;
static long input_len, input_at;

long fuzz_read_file(const char *path, char *buf, size_t size);

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

int env_set(const char *word)
{
	return 0;
}

/* What control.c does with a request, after it was parsed. */
void child_signal(const struct service *s, int sig)
{
}

void child_ask_to_end(const struct service *s)
{
}

void signals_unblock(void)
{
}

long long now_ms(void)
{
	return 0;
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

	for_each_service(s) {
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
	services_end = services;
	services_load();
	touch_services();
	services_load();
	touch_services();
}

static void fuzz_service_file(void)
{
	char *text;
	int err;

	services_end = services;
	services_load();
	services_end = services;
	text = table_text("", &err);
	if (text)
		service_file_parse(text, "/etc/bzinit.d/name.conf");
	touch_services();
}

static void fuzz_users(void)
{
	struct user user;
	__u32 groups[4];

	sum += user_find(&user, "name") + user_find(&user, "7") + group_find("tty");
	sum += groups_of("name", groups, COUNT(groups));
}

static void fuzz_control(void)
{
	const char *name = "";
	char text[CONTROL_MAX];
	long len = input_len < CONTROL_MAX ? input_len : CONTROL_MAX;

	memcpy(text, input, len);
	sum += control_parse(text, len, &name);
	touch(name);
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
	{ 's', fuzz_service_file }, { 'u', fuzz_users }, { 'b', fuzz_superblock },
	{ 'k', fuzz_control },
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
const int fuzz_adds_up = 1;

/* A few changes: other bytes, a part left out, a part doubled. */
size_t fuzz_mutate(unsigned char *data, size_t size, size_t room)
{
	static const char liked[] = " \t\n\r\"'\\=:#-0/,.x";
	int changes = 1 + fuzz_draw(6);
	size_t at, n;

	while (changes-- && size > 1) {
		at = 1 + fuzz_draw(size - 1);
		n = fuzz_draw(size - at < 64 ? size - at : 64);
		switch (fuzz_draw(4)) {
		case 0:
			data[at] = fuzz_draw(256);
			break;
		case 1:
			data[at] = liked[fuzz_draw(sizeof(liked) - 1)];
			break;
		case 2:
			memmove(data + at, data + at + n, size - at - n);
			size -= n;
			break;
		case 3:
			if (size + n > room)
				break;
			memmove(data + at + n, data + at, size - at);
			size += n;
			break;
		}
	}
	return size;
}
#endif

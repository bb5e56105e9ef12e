// SPDX-License-Identifier: GPL-2.0-only
/*
 * check-fragments - join kernel configuration fragments, and check that the
 * kernel's configuration has what they ask for
 *
 *   check-fragments --join [-v] [--own] [--strip DIR/] -o OUTPUT FILE...
 *	Join FILEs into one file for KCONFIG_ALLCONFIG. It has each symbol once,
 *	with its last value, after a comment that says where that was given:
 *	"# net.config:2". -v reports values that were replaced by another one;
 *	--strip shortens the names in messages and comments. Exit status: 0, or
 *	1 and no OUTPUT for a file that cannot be read, a malformed line, or a
 *	string that the kernel's make could execute. With --own FILE is a
 *	configuration of this project, whose strings are data: any string will
 *	do, and OUTPUT has what there is beside malformed lines.
 *
 *   check-fragments --check CONFIG JOINED
 *	Compare what JOINED (made by --join) asks for with the .config that
 *	kconfig made of it. For each difference one line on standard output,
 *	fields separated by tabs:
 *	    PLACE SYMBOL WANTED GOT KIND
 *	where KIND is "lost"; or "absent" if CONFIG does not mention the symbol
 *	and that may be right: it was to be off, or it is optional. Exit status:
 *	0, or 1 if CONFIG or JOINED cannot be read.
 *
 * The format is that of .config (Documentation/kbuild/kconfig.rst): CONFIG_X=y,
 * m, n, a number or a "string", and "# CONFIG_X is not set". A comment line
 * that begins with "# Optional:" marks the assignment after it: it is no error if
 * the kernel does not know the symbol, or if the compiler does not support it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "outfile.h"

struct setting {
	char *place;		/* FILE:LINE */
	char *symbol;		/* without CONFIG_ */
	char *value;		/* as in a .config; "n" for "is not set" */
	bool optional;
};

struct config {
	struct setting *setting;
	size_t count;
};

static bool verbose;
static bool check_strings;
static bool own;		/* a configuration of this project, not of a kernel */
static bool malformed;
static bool dos_lines;
static const char *strip = "";

static void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* Name a line that is no setting. In a file of our own the other lines are read as well. */
static void bad_line(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (!own)
		exit(1);
	malformed = true;
}

/* Return a copy of the first length bytes of a text. Without memory, end the program. */
static char *copy(const char *text, size_t length)
{
	char *p = strndup(text, length);

	if (!p)
		die("check-fragments: out of memory");
	return p;
}

/*
 * Return a copy of a text that is fit to be printed: at most 100 bytes, and no character
 * that a terminal, or a reader of our tables, would take for more than text.
 */
static const char *printable(const char *text)
{
	bool cut = strlen(text) > 100;
	char *shown = copy(text, cut ? 100 : strlen(text));

	for (char *p = shown; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	}
	if (cut)
		memcpy(shown + 97, "...", 3);
	return shown;
}

static const char *short_name(const char *file)
{
	size_t length = strlen(strip);

	return strncmp(file, strip, length) ? file : file + length;
}

static const char *kind_of_file(void)
{
	return own ? "configuration" : "fragment";
}

static const char *remedy(void)
{
	return own ? "" : ": see KERNEL_EXTRA_FRAGMENTS in make menuconfig";
}

static size_t symbol_length(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
}

/* Tell whether a text is a number, y, m, n, or one string with both quotes. */
static bool is_value(const char *text)
{
	if (*text != '"')
		return *text && !text[strspn(text, "-0123456789abcdefABCDEFxXymn")];
	for (text++; *text && *text != '"'; text++) {
		if (*text == '\\' && !*++text)
			return false;
	}
	return !strcmp(text, "\"");
}

/*
 * Take "CONFIG_X=value" or "# CONFIG_X is not set" apart. Returns 1 for an
 * assignment, 0 for a comment or an empty line, -1 for anything else.
 */
static int parse_line(const char *line, struct setting *s)
{
	const char *symbol, *value;
	size_t length;
	bool off;

	off = !strncmp(line, "# CONFIG_", 9);
	if (!off && (!*line || *line == '#'))
		return 0;
	if (!off && strncmp(line, "CONFIG_", 7))
		return -1;
	symbol = strchr(line, '_') + 1;
	length = symbol_length(symbol);
	value = symbol + length;
	if (off && (!length || strcmp(value, " is not set")))
		return 0;
	if (!off && (!length || *value++ != '=' || !is_value(value)))
		return -1;
	s->symbol = copy(symbol, length);
	s->value = off ? copy("n", 1) : copy(value, strlen(value));
	return 1;
}

static void add(struct config *c, const struct setting *s)
{
	if (!(c->count & (c->count + 1))) {
		c->setting = realloc(c->setting, (2 * c->count + 2) * sizeof(*s));
		if (!c->setting)
			die("check-fragments: out of memory");
	}
	c->setting[c->count++] = *s;
}

/*
 * Find the first character of a string that the kernel's make or one of its shells would
 * take for more than text. The kernel's makefiles use many strings as words of a command
 * (LOCALVERSION, EXTRA_FIRMWARE, MODULE_SIG_KEY); C alone reads CMDLINE. Return '\0' if
 * there is none.
 */
static char active_character(const struct setting *s)
{
	const char *found = *s->value == '"' ? strpbrk(s->value, "$`;|&<>()\\'") : NULL;

	return found && strcmp(s->symbol, "CMDLINE") ? *found : '\0';
}

/* Open a file; a directory, or a pipe that nobody writes to, has no settings. */
static FILE *open_config(const char *name)
{
	FILE *f = NULL;
	struct stat st;
	int error = stat(name, &st) ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;

	if (!error && !S_ISREG(st.st_mode))
		die("%s: cannot read this %s: it is no regular file%s", name, kind_of_file(), remedy());
	if (!error) {
		f = fopen(name, "r");
		error = errno;
	}
	if (!f)
		die("%s: cannot read this %s: %s%s", name, kind_of_file(), strerror(error), remedy());
	return f;
}

/*
 * Take the white space at the end off a line, DOS line ends as well, of which the first is
 * named. Returns false for a line that is no text.
 */
static bool trim_line(const char *name, int number, char *line, size_t length)
{
	if (strlen(line) < length) {
		bad_line("%s:%d: it has a NUL byte: is this a text file?", short_name(name), number);
		return false;
	}
	while (length && isspace((unsigned char)line[length - 1])) {
		if (line[length - 1] == '\r' && !dos_lines) {
			dos_lines = true;
			bad_line("%s:%d: neither CONFIG_NAME=value nor '# CONFIG_NAME is not set': "
				 "the line ends as in DOS, with CR LF: run sed -i 's/\\r$//' on the file",
				 short_name(name), number);
		}
		line[--length] = '\0';
	}
	return true;
}

/*
 * Append the settings of a file. In a joined file, the comment before a setting is
 * its place.
 */
static void read_config(struct config *c, const char *name, bool joined)
{
	FILE *f = open_config(name);
	struct setting s = { 0 };
	char *line = NULL, *place = NULL;
	size_t size = 0;
	ssize_t length;

	for (int number = 1; (length = getline(&line, &size, f)) >= 0; number++) {
		if (!trim_line(name, number, line, length))
			continue;
		switch (parse_line(line, &s)) {
		case -1:
			bad_line("%s:%d: neither CONFIG_NAME=value nor '# CONFIG_NAME is not set': %s%s",
				 short_name(name), number, printable(line), strncmp(line, "CONFIG_", 7) ? "" :
				 " (a value is y, m, n, a number or a \"string\", without blanks around it)");
			break;
		case 0:
			if (!*line) {
				s.optional = false;
			} else if (!strncmp(line, "# Optional:", 11)) {
				s.optional = !own;
			} else if (joined && line[1] == ' ') {
				free(place);
				place = copy(line + 2, strlen(line));
			}
			break;
		case 1:
			if (check_strings && !own && active_character(&s))
				die("%s:%d: CONFIG_%s has the character %c: the kernel's make could execute it, take it out",
				    short_name(name), number, s.symbol, active_character(&s));
			if (joined && place) {
				s.place = place;
				place = NULL;
			} else if (asprintf(&s.place, "%s:%d", short_name(name), number) < 0) {
				die("check-fragments: out of memory");
			}
			add(c, &s);
			s = (struct setting){ 0 };
			break;
		}
	}
	if (ferror(f))
		die("%s: cannot read this %s: %s%s", name, kind_of_file(), strerror(errno), remedy());
	free(line);
	free(place);
	fclose(f);
}

/* Return the last setting of a symbol, or NULL. */
static struct setting *find(const struct config *c, const char *symbol)
{
	for (size_t i = c->count; i-- > 0;) {
		if (!strcmp(c->setting[i].symbol, symbol))
			return &c->setting[i];
	}
	return NULL;
}

static void write_setting(FILE *f, const struct setting *s)
{
	fprintf(f, "# %s\n", s->place);
	if (s->optional)
		fprintf(f, "# Optional: yes\n");
	if (!strcmp(s->value, "n"))
		fprintf(f, "# CONFIG_%s is not set\n", s->symbol);
	else
		fprintf(f, "CONFIG_%s=%s\n", s->symbol, s->value);
}

static int join(const char *output, char **files)
{
	struct config c = { 0 };
	char *text = NULL;
	size_t size;
	FILE *f;

	check_strings = true;
	for (; *files; files++)
		read_config(&c, *files, false);
	f = open_memstream(&text, &size);
	if (!f)
		die("check-fragments: out of memory");
	for (size_t i = 0; i < c.count; i++) {
		struct setting *s = &c.setting[i], *last = find(&c, s->symbol);

		if (last == s)
			write_setting(f, s);
		else if (verbose && strcmp(s->value, last->value))
			fprintf(stderr, "%s: CONFIG_%s=%s, replaced: %s says %s\n",
				s->place, s->symbol, printable(s->value), last->place, printable(last->value));
	}
	if (fclose(f))
		die("check-fragments: out of memory");
	if (outfile_open(output) || outfile_write(text, size) || outfile_close())
		die("check-fragments: cannot write %s: %s", output, outfile_why());
	free(text);
	return malformed;
}

static int check(const char *config, const char *joined)
{
	struct config want = { 0 }, got = { 0 };

	read_config(&want, joined, true);
	read_config(&got, config, false);
	for (size_t i = 0; i < want.count; i++) {
		const struct setting *w = &want.setting[i], *g = find(&got, w->symbol);
		bool off = !strcmp(w->value, "n") || !strcmp(w->value, "\"\"");

		if (g && !strcmp(w->value, g->value))
			continue;
		printf("%s\t%s\t%s\t%s\t%s\n", w->place, w->symbol, printable(w->value),
		       g ? printable(g->value) : "n", !g && (off || w->optional) ? "absent" : "lost");
	}
	if (fflush(stdout))
		die("check-fragments: cannot write: %s", strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "", *output = NULL;
	int i = 2;

	for (; i < argc && *argv[i] == '-'; i++) {
		if (!strcmp(argv[i], "-v"))
			verbose = true;
		else if (!strcmp(argv[i], "--own"))
			own = true;
		else if (!strcmp(argv[i], "-o") && i + 1 < argc)
			output = argv[++i];
		else if (!strcmp(argv[i], "--strip") && i + 1 < argc)
			strip = argv[++i];
		else
			die("check-fragments: unknown option %s", argv[i]);
	}
	if (!strcmp(mode, "--join") && output && i < argc)
		return join(output, argv + i);
	if (!strcmp(mode, "--check") && i + 2 == argc)
		return check(argv[i], argv[i + 1]);
	die("usage: check-fragments --join [-v] [--own] [--strip DIR/] -o OUTPUT FILE...\n"
	    "       check-fragments --check CONFIG JOINED");
}

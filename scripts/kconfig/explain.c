// SPDX-License-Identifier: GPL-2.0-only
/*
 * explain - say why kconfig did not keep a setting
 *
 *   explain [--own] CONFIG LOST REPORT
 *
 * CONFIG is a kernel's .config, LOST the output of check-fragments --check,
 * REPORT the file to write: for each difference that matters a line
 * "PLACE: CONFIG_X=y: got n" and indented lines with the reasons. REPORT is
 * empty when nothing matters: an optional symbol that this kernel does not
 * know, or for which the compiler is too old. Exit status: 0 if REPORT was written.
 *
 * With --own CONFIG is a .config of this project. A difference is an error if
 * something that was asked for is lost. It is a warning if nothing was: an
 * option that is no more was off, or the value of an option that cannot be set
 * now has another default. Values that nobody can set are not looked at.
 * Exit status: 0 if REPORT has no error, 3 if it has one.
 *
 * Linked with the kconfig of the kernel tree itself and run in the environment
 * of the kernel's make (see check-config), so dependencies are evaluated by the
 * code that decided. Of that code only what is the same from 6.1 to 6.18 is
 * used: menus are walked by list and next, a choice is a menu whose symbol
 * sym_is_choice() knows.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lkc.h"
#include "outfile.h"

static FILE *report;
static bool own;
static bool has_error;

static void reason(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("    ", report);
	vfprintf(report, format, ap);
	va_end(ap);
}

static const char *name_of(const struct symbol *sym)
{
	return sym->name ? sym->name : "<choice>";
}

/* One token of an expression, with the value of what is not a constant. */
static void print_token(void *data, struct symbol *sym, const char *text)
{
	(void)data;
	fputs(text, report);
	if (sym && sym->name && !(sym->flags & SYMBOL_CONST)) {
		if (sym->type == S_UNKNOWN)
			fputs(" [unknown]", report);
		else
			fprintf(report, " [=%s]", sym_get_string_value(sym));
	}
}

static void print_expr(struct expr *e)
{
	expr_print(e, print_token, NULL, E_NONE);
	fputc('\n', report);
}

static int print_prompts(struct symbol *sym, tristate want);

/*
 * Print those terms of a conjunction that are below want; returns how many.
 * Up to 6.11 the members of a choice depend on the choice, a symbol without a
 * name: what it waits for says more.
 */
static int print_unmet(struct expr *e, tristate want)
{
	if (!e || expr_calc_value(e) >= want)
		return 0;
	if (e->type == E_AND)
		return print_unmet(e->left.expr, want) + print_unmet(e->right.expr, want);
	if (e->type == E_SYMBOL && !e->left.sym->name)
		return print_unmet(e->left.sym->dir_dep.expr, want) ?:
		       print_prompts(e->left.sym, want);
	reason("unmet: ");
	print_expr(e);
	return 1;
}

/* Print those terms of a disjunction that are on, or all, at most six. */
static int print_selectors(struct expr *e, bool all, int printed)
{
	if (!e || printed >= 6 || (!all && expr_calc_value(e) == no))
		return printed;
	if (e->type == E_OR) {
		printed = print_selectors(e->left.expr, all, printed);
		return print_selectors(e->right.expr, all, printed);
	}
	reason("%s", all ? "could be selected by: " : "selected by: ");
	print_expr(e);
	return printed + 1;
}

/* The choice that sym is in, NULL if it is in none. */
static struct menu *choice_around(const struct symbol *sym)
{
	for (struct property *p = sym->prop; p; p = p->next) {
		struct menu *choice = p->menu ? p->menu->parent : NULL;

		if (p->type == P_PROMPT && choice && choice->sym && sym_is_choice(choice->sym))
			return choice;
	}
	return NULL;
}

/* The member of the choice around sym that is on, NULL if there is no choice. */
static struct symbol *chosen_instead(const struct symbol *sym)
{
	struct menu *choice = choice_around(sym);

	for (struct menu *m = choice ? choice->list : NULL; m; m = m->next) {
		if (m->sym && m->sym != sym && sym_get_tristate_value(m->sym) == yes)
			return m->sym;
	}
	return NULL;
}

/* What hides every prompt of sym; says so too if it never has one. */
static int print_prompts(struct symbol *sym, tristate want)
{
	bool has_prompt = false;
	int printed = 0;

	for (struct property *p = sym->prop; p; p = p->next) {
		if (p->type != P_PROMPT && p->type != P_MENU)
			continue;
		has_prompt = true;
		printed += print_unmet(p->visible.expr, want);
	}
	if (has_prompt)
		return printed;
	reason("it has no prompt: kconfig alone decides on it\n");
	return 1 + print_selectors(sym->rev_dep.expr, true, 0);
}

static void explain_too_low(struct symbol *sym, tristate want)
{
	struct symbol *other = chosen_instead(sym);

	if (print_unmet(sym->dir_dep.expr, want) || print_prompts(sym, want))
		return;
	if (other)
		reason("only one of a choice can be on: %s is\n", name_of(other));
	else
		reason("kconfig accepts it here: was the configuration changed by hand?\n");
}

static void explain_too_high(struct symbol *sym, const char *want)
{
	if (!strcmp(want, "m") && modules_sym && sym_get_tristate_value(modules_sym) == no) {
		reason("m means y: MODULES [=n]\n");
		return;
	}
	if (print_selectors(sym->rev_dep.expr, false, 0) || print_prompts(sym, yes))
		return;
	if (choice_around(sym))
		reason("it is the default of a choice of which something must be on\n");
	else
		reason("kconfig accepts it here: was the configuration changed by hand?\n");
}

static void explain_value(struct symbol *sym, const char *want)
{
	char *end;
	long long n = strtoll(want, &end, sym->type == S_HEX ? 16 : 10);
	bool is_number = *want && !*end;

	for (struct property *p = is_number ? sym->prop : NULL; p; p = p->next) {
		const char *low, *high;

		if (p->type != P_RANGE || expr_calc_value(p->visible.expr) == no)
			continue;
		low = sym_get_string_value(p->expr->left.sym);
		high = sym_get_string_value(p->expr->right.sym);
		if (n < strtoll(low, NULL, 0) || n > strtoll(high, NULL, 0)) {
			reason("its range is %s to %s\n", low, high);
			return;
		}
	}
	if (print_unmet(sym->dir_dep.expr, yes) || print_prompts(sym, yes))
		return;
	if (sym->type == S_STRING && *want == '"')
		reason("in a string, write \\\\ for a backslash and \\\" for a quote\n");
	else
		reason("its type is %s: write %s\n", sym_type_name(sym->type),
		       sym->type == S_STRING ? "a text between two quotes" :
		       sym->type == S_HEX ? "a number such as 0x1f" : "a decimal number");
}

static bool is_tristate(const char *value)
{
	return *value && strchr("ymn", *value) && !value[1];
}

/* Tell whether a value, as in a .config, is the text of one of the defaults of sym. */
static bool is_a_default(const struct symbol *sym, const char *value)
{
	size_t skip = *value == '"', length = strlen(value) - 2 * skip;

	for (struct property *p = sym->prop; p; p = p->next) {
		const char *text;

		if (p->type != P_DEFAULT || p->expr->type != E_SYMBOL)
			continue;
		sym_calc_value(p->expr->left.sym);
		text = sym_get_string_value(p->expr->left.sym);
		if (strlen(text) == length && !memcmp(text, value + skip, length))
			return true;
	}
	return false;
}

static bool has_prompt(const struct symbol *sym)
{
	for (struct property *p = sym->prop; p; p = p->next) {
		if (p->type == P_PROMPT || p->type == P_MENU)
			return true;
	}
	return false;
}

static bool is_logical(const struct symbol *sym)
{
	return sym->type == S_BOOLEAN || sym->type == S_TRISTATE;
}

/* Tell whether sym is on by default in a choice that there is not now. */
static bool is_default_of_hidden_choice(const struct symbol *sym)
{
	struct menu *choice = choice_around(sym);

	if (!choice)
		return false;
	sym_calc_value(choice->sym);
	if (choice->sym->visible != no)
		return false;
	for (struct property *p = choice->sym->prop; p; p = p->next) {
		if (p->type == P_DEFAULT && p->expr->type == E_SYMBOL && p->expr->left.sym == sym)
			return true;
	}
	return false;
}

/*
 * Tell whether a person can have asked for a value of our own configuration that is not
 * in the result. kconfig writes computed values into .config as well: when another option
 * is changed there by hand, they are out of date and nothing is lost.
 */
static bool asked_for(const struct symbol *sym, const char *want, const char *got)
{
	if (is_logical(sym))
		return !is_tristate(want) || (has_prompt(sym) && !is_default_of_hidden_choice(sym));
	if (!strcmp(want, "n") && !strcmp(got, "\"\""))
		return false;
	return !is_a_default(sym, want);
}

/* Tell whether a value that cannot be set is computed, rather than lost with its option. */
static bool is_computed(const struct symbol *sym)
{
	return !is_logical(sym) && sym->visible == no && expr_calc_value(sym->dir_dep.expr) != no;
}

/* Edits (one character added, removed or replaced) from a to b; at most 63 bytes. */
static unsigned int distance(const char *a, const char *b)
{
	size_t n = strlen(b);
	unsigned int row[64], diagonal, above, best;

	if (n >= 64)
		return 64;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			above = row[j];
			best = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[n];
}

/* The defined symbol below menu whose name is nearest to name; *best its distance. */
static const char *nearest(struct menu *menu, const char *name, unsigned int *best)
{
	const char *found = NULL, *below;
	unsigned int d;

	for (; menu; menu = menu->next) {
		if (menu->sym && menu->sym->name) {
			d = distance(name, menu->sym->name);
			if (d < *best) {
				*best = d;
				found = menu->sym->name;
			}
		}
		below = nearest(menu->list, name, best);
		if (below)
			found = below;
	}
	return found;
}

static void explain_unknown(const char *name)
{
	unsigned int best = strlen(name) / 4 + 2;
	const char *version = getenv("KERNELVERSION");
	const char *like = nearest(rootmenu.list, name, &best);

	if (own)
		reason("this version of bzinit has no such option");
	else
		reason("there is no such symbol in linux %s", version ? version : "");
	if (like)
		fprintf(report, "; did you mean %s?", like);
	fputc('\n', report);
	if (!own)
		reason("if only some kernels have it, put '# Optional: REASON' on the line before\n");
}

static tristate to_tristate(const char *value)
{
	return *value == 'y' ? yes : *value == 'm' ? mod : no;
}

/*
 * True if e is off because the compiler, assembler or linker cannot do
 * something: a symbol CC_..., AS_... or LD_... that is off, here or in what the
 * symbols of e depend on.
 */
static bool waits_for_tools(struct expr *e, int depth)
{
	struct symbol *sym;

	if (!e || depth > 4 || expr_calc_value(e) != no)
		return false;
	if (e->type == E_AND)
		return waits_for_tools(e->left.expr, depth) || waits_for_tools(e->right.expr, depth);
	if (e->type != E_SYMBOL || !e->left.sym->name)
		return false;
	sym = e->left.sym;
	return !strncmp(sym->name, "CC_", 3) || !strncmp(sym->name, "AS_", 3) ||
	       !strncmp(sym->name, "LD_", 3) || waits_for_tools(sym->dir_dep.expr, depth + 1);
}

static void explain(const char *place, const char *name, const char *want, const char *got,
		    const char *kind)
{
	struct symbol *sym = sym_find(name);
	bool absent = !strcmp(kind, "absent");
	bool unknown = !sym || sym->type == S_UNKNOWN;
	bool off = !strcmp(want, "n") || !strcmp(want, "\"\"");
	bool warning = false;

	if (absent && (off ? !unknown : unknown || waits_for_tools(sym->dir_dep.expr, 0)))
		return;
	if (!unknown)
		sym_calc_value(sym);
	if (own) {
		if (!unknown && !asked_for(sym, want, got))
			return;
		warning = unknown ? off : is_computed(sym);
		has_error |= !warning;
	}
	fprintf(report, "%s: %sCONFIG_%s=%s: got %s\n", place, warning ? "warning: " : "", name, want,
		unknown ? "nothing" : got);
	if (unknown)
		explain_unknown(name);
	else if (!is_logical(sym))
		explain_value(sym, want);
	else if (!is_tristate(want) || (*want == 'm' && sym->type == S_BOOLEAN))
		reason("it is a %s: write y or n\n", sym_type_name(sym->type));
	else if (to_tristate(want) > to_tristate(got))
		explain_too_low(sym, to_tristate(want));
	else
		explain_too_high(sym, want);
}

static void no_message(const char *text)
{
	(void)text;
}

int main(int argc, char **argv)
{
	char *line = NULL, *field[5], *text = NULL;
	size_t size = 0, length;
	FILE *lost;

	own = argc == 5 && !strcmp(argv[1], "--own");
	argv += own;
	if (argc - own != 4) {
		fprintf(stderr, "usage: explain [--own] CONFIG LOST REPORT\n");
		return 1;
	}
	conf_set_message_callback(no_message);
	conf_parse("Kconfig");
	if (conf_read(argv[1])) {
		fprintf(stderr, "explain: cannot read %s\n", argv[1]);
		return 1;
	}
	lost = fopen(argv[2], "r");
	if (!lost) {
		fprintf(stderr, "explain: cannot read %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	report = open_memstream(&text, &length);
	if (!report) {
		fprintf(stderr, "explain: out of memory\n");
		return 1;
	}
	while (getline(&line, &size, lost) > 0) {
		char *rest = line;
		int n = 0;

		line[strcspn(line, "\n")] = '\0';
		while (n < 5 && (field[n] = strsep(&rest, "\t")))
			n++;
		if (n == 5)
			explain(field[0], field[1], field[2], field[3], field[4]);
	}
	if (fclose(report)) {
		fprintf(stderr, "explain: out of memory\n");
		return 1;
	}
	if (outfile_open(argv[3]) || outfile_write(text, length) || outfile_close()) {
		fprintf(stderr, "explain: cannot write %s: %s\n", argv[3], outfile_why());
		return 1;
	}
	return has_error ? 3 : 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Whether the kernel can start the programs in the image, and above all /init. */
#include "gen-list.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRIPT_LINE 256	/* BINPRM_BUF_SIZE: what the kernel reads of "#!..." */
#define MAX_SCRIPTS 5	/* how many interpreters in a row may be scripts */

static const struct arch {
	const char *name;
	int machine;
	int also;	/* what it runs with a compat option, or EM_NONE */
} archs[] = {
	{ "x86_64", EM_X86_64, EM_386 },
	{ "i386", EM_386, EM_NONE },
	{ "arm64", EM_AARCH64, EM_ARM },
	{ "arm", EM_ARM, EM_NONE },
	{ "riscv", EM_RISCV, EM_NONE },
	{ "loongarch", EM_LOONGARCH, EM_NONE },
	{ "mips", EM_MIPS, EM_NONE },
	{ "powerpc", EM_PPC64, EM_PPC },
	{ "s390", EM_S390, EM_NONE },
};
static const struct arch *arch;

/* set_arch - set the kernel's architecture by its name in make (ARCH=). Returns false if it is unknown. */
bool set_arch(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (!strcmp(archs[i].name, name))
			arch = &archs[i];
	return arch;
}

static bool runs_here(const struct object *o)
{
	return !arch || o->machine == arch->machine ||
	       (arch->also != EM_NONE && o->machine == arch->also);
}

/*
 * Return the interpreter that the first line of a script names, which the caller
 * frees: NULL if the file is no script, "" if the line is longer than the kernel
 * reads or names nothing. See fs/binfmt_script.c.
 */
static char *script_interpreter(const char *path, ssize_t *size)
{
	char line[SCRIPT_LINE + 1], *name;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t n;

	*size = -1;
	if (fd < 0)
		return NULL;
	*size = read(fd, line, SCRIPT_LINE);
	close(fd);
	if (*size < 2 || line[0] != '#' || line[1] != '!')
		return NULL;
	line[*size] = '\0';
	name = line + 2 + strspn(line + 2, " \t");
	n = strcspn(name, " \t\n");
	if (!name[n] && *size == SCRIPT_LINE)
		n = 0;
	return xprintf("%.*s", (int)n, name);
}

static const char *why(int err)
{
	return err == ELOOP ? "its links go round in circles" :
	       err == ENOTDIR ? "a part of its path is no directory" :
	       "it is not in the image";
}

/*
 * Say why the kernel could not start this file. Returns a text that the caller
 * frees, or NULL if nothing is wrong. Missing libraries are left to
 * check_libraries().
 */
static char *cannot_start(struct item *e, bool add, unsigned int depth)
{
	char real[PATH_MAX], *interp, *wrong;
	struct object *o;
	struct item *to;
	ssize_t size;
	int err;

	if (!(e->mode & 0111))
		return xprintf("%s (%04o) is not executable: the kernel will say error -13; give it mode 0755",
			       e->name, e->mode);
	o = content_object(e->content);
	if (o && o->broken)
		return xprintf("%s is no ELF program, though it begins like one: %s; the kernel will say error -8",
			       e->name, o->broken);
	if (o && o->type != ET_EXEC && o->type != ET_DYN)
		return xprintf("%s is an ELF file but no program (an object file?): the kernel will say error -8",
			       e->name);
	if (o && !runs_here(o))
		return xprintf("%s is a program for another architecture, the kernel is for %s: it will say error -8",
			       e->name, arch->name);
	if (o)
		return NULL;
	interp = script_interpreter(e->content->path, &size);
	if (!interp)
		return xprintf(size ? "%s is neither an ELF program nor a script that begins with #!: the kernel will say error -8" :
			       "%s is empty: the kernel will say error -8", e->name);
	if (!interp[0]) {
		free(interp);
		return xprintf("%s: its #! line names no interpreter in its first %d bytes: the kernel will say error -8",
			       e->name, SCRIPT_LINE);
	}
	to = entries_resolve(interp, real);
	err = errno;
	if (!to && add && interp[0] == '/') {
		to = add_from_host(e, interp, interp);
		if (to && content_object(to->content) && !to->content->object->broken)
			check_libraries(to, add);
	}
	if (!to)
		wrong = xprintf("%s is a script for %s, but %s: the kernel will say error -2%s",
				e->name, interp, why(err),
				add ? "" : "; USR_BUSYBOX has a shell");
	else if (to->kind != FILE_ENTRY)
		wrong = xprintf("%s is a script for %s, which is a %s: the kernel will say error -13",
				e->name, interp, kind_name[to->kind]);
	else if (depth == MAX_SCRIPTS)
		wrong = xprintf("%s: too many scripts are each other's interpreter: the kernel will say error -40",
				e->name);
	else
		wrong = cannot_start(to, add, depth + 1);
	free(interp);
	return wrong;
}

/*
 * Tell whether a file is ELF or begins with "#!". Another file with an x bit may be
 * meant for a shell to read.
 */
static bool is_program(struct item *e)
{
	char *interp;
	ssize_t size;

	if (content_object(e->content))
		return true;
	interp = script_interpreter(e->content->path, &size);
	free(interp);
	return interp;
}

/*
 * check_programs - warn of each executable file of the image that could not
 * start there
 * @add: first add the interpreters and libraries that this machine has
 *
 * Object files and kernel modules are passed over.
 */
void check_programs(bool add)
{
	size_t n, i;
	struct item **all = entries_sorted(&n), *e;
	struct object *o;
	char *wrong;

	for (i = 0; i < n; i++) {
		e = all[i];
		if (e->kind != FILE_ENTRY || !(e->mode & 0111) ||
		    e->content->checked || !is_program(e))
			continue;
		e->content->checked = true;
		o = e->content->object;
		if (o && !o->broken && o->type != ET_EXEC && o->type != ET_DYN)
			continue;
		wrong = cannot_start(e, add, 0);
		if (wrong && strcmp(e->name, "/init"))
			warning(&e->place, "%s", wrong);
		else if (!wrong && o && arch && o->machine != arch->machine)
			warning(&e->place, "%s is a 32-bit program: the kernel needs CONFIG_IA32_EMULATION (or COMPAT) for it",
				e->name);
		if (!wrong && o)
			check_libraries(e, add);
		free(wrong);
	}
	free(all);
}

/* check_init - refuse an image whose /init the kernel could not start. */
void check_init(void)
{
	struct item *init = entries_find("/init"), *e;
	char real[PATH_MAX], *wrong;

	if (!init) {
		if (error_count())	/* which may be why */
			return;
		error(NULL, "no source has an /init: the kernel would panic; choose one in menuconfig (INIT_...), or list one");
		return;
	}
	e = entries_resolve("/init", real);
	if (!e) {
		error(&init->place, "/init leads to %s, but %s: the kernel would panic",
		      real, why(errno));
		return;
	}
	if (e->kind != FILE_ENTRY) {
		error(&init->place, "/init is a %s, not a program: the kernel would panic",
		      kind_name[e->kind]);
		return;
	}
	wrong = cannot_start(e, false, 0);
	if (wrong)
		error(&e->place, "/init cannot start: %s", wrong);
	free(wrong);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gen-list: join list files, overlay directories and host programs into one list
 * for the kernel's usr/gen_init_cpio, and refuse what could not boot.
 *
 *   list.c, overlay.c   read the sources ...
 *   entries.c           ... into entries, one per name in the image
 *   elf.c, library.c, libdirs.c    what a dynamic program needs
 *   check.c             whether the kernel can start what is in the image
 *   stage.c, write-list.c   copies by content, the list
 *   messages.c          errors and warnings; memory
 */
#ifndef GEN_LIST_H
#define GEN_LIST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Where a source asks for something. Line 0: the file (or directory) as a whole. */
struct place {
	const char *file;
	unsigned int line;
};

enum kind { DIR_ENTRY, FILE_ENTRY, NOD_ENTRY, SLINK_ENTRY, PIPE_ENTRY, SOCK_ENTRY };

/* An ELF file as the kernel and the dynamic loader see it. */
struct object {
	const char *broken;	/* why the kernel would not take it, or NULL */
	int class;		/* ELFCLASS32, ELFCLASS64 */
	int machine;		/* EM_... */
	int type;		/* ET_... */
	char *interp;		/* PT_INTERP, or NULL */
	char *soname;		/* DT_SONAME, DT_RPATH, DT_RUNPATH, or NULL */
	char *rpath;
	char *runpath;
	char **needed;		/* DT_NEEDED, in order */
	size_t n_needed;
};

/* The bytes of a regular file; entries that share one are hard links. */
struct content {
	char *path;		/* where the bytes are on this machine */
	off_t size;
	char hash[65];		/* SHA-256, set by stage_file() */
	struct object *object;	/* what content_object() found, NULL: no ELF */
	bool looked;
	bool checked;		/* by check_programs() */
	bool counted;		/* by total_size() */
	struct item *links;	/* set by write_list(): all names, sorted */
};

struct item {
	char *name;		/* absolute, no empty, "." or ".." component */
	enum kind kind;
	unsigned int mode;	/* permission bits, at most 07777 */
	unsigned int uid, gid;
	char dev;		/* 'b' or 'c' */
	unsigned int major, minor;
	char *target;		/* of a symbolic link */
	struct content *content; /* of a regular file */
	struct place place;
	bool reported;		/* an error about it was printed already */
	struct item *next_link;
};

/* messages.c */
extern bool verbose;
void error(const struct place *at, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void warning(const struct place *at, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));
unsigned int error_count(void);
void *xalloc(size_t size);
void *xgrow(void *array, size_t n, size_t size);
char *xstrdup(const char *s);
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *place_text(const struct place *at);

/* entries.c */
extern const char *const kind_name[];
bool valid_name(const struct place *at, const char *name);
struct item *entries_add(const struct item *e);
struct item *entries_find(const char *name);
struct item *entries_resolve(const char *name, char out[PATH_MAX]);
struct item **entries_sorted(size_t *n);
void entries_add_parents(void);

/* list.c */
void read_list(const char *path, char *const *dirs, size_t n_dirs);

/* overlay.c */
bool usable_file(const struct place *at, const char *name, const char *path,
		 struct stat *st);
struct content *new_content(const char *path, off_t size);
void read_overlay(const char *path, bool keep_owner);
const char *overlay_omitted(void);
const char *attribute_lost(void);
void read_program(const struct place *at, const char *path, const char *name);

/* elf.c */
struct object *read_object(const char *path);
void free_object(struct object *o);
struct object *content_object(struct content *c);

/* library.c */
struct item *add_from_host(const struct item *by, const char *path,
			    const char *name);
void check_libraries(struct item *prog, bool add);

/* check.c */
bool set_arch(const char *arch);
void check_programs(bool add);
void check_init(void);

/* stage.c */
void stage_setup(const char *dir, unsigned long epoch);
bool stage_file(struct item *e);
void stage_clean(struct item **sorted, size_t n);

/* write-list.c */
bool write_list(const char *path, const char *stage, unsigned long epoch,
		struct item **sorted, size_t n, bool anew);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What library.c and libdirs.c share. */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "gen-list.h"

/* An object that the program loads. */
struct node {
	struct object *object;
	char *origin;		/* its directory in the image: $ORIGIN */
	struct node *loader;
	struct node *next;
};

/* A search for the libraries of one program. */
struct search {
	struct item *prog;
	const struct object *like;	/* class and machine that are needed */
	bool musl;
	bool add;
	char **dirs;
	size_t n_dirs;
	char *missing;
};

void add_object_dirs(struct search *s, const struct node *by);
void add_default_dirs(struct search *s);
void add_conf_dirs(struct search *s);
void drop_dirs(struct search *s);

#endif

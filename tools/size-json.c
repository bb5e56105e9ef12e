/* SPDX-License-Identifier: GPL-2.0-only */
/* The report for programs; the schema is in Documentation/size-report.md. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "size.h"

/* An earlier report's nodes have none. */
static void kinds(const struct node *n)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < KINDS; i++)
		sum += n->kind[i];
	for (i = 0; sum && i < KINDS; i++)
		printf(", \"%s\": %" PRIu64, kind_names[i], n->kind[i]);
}

static void node(const struct node *n, unsigned int depth)
{
	const struct bringer *f;
	const struct node *c;

	printf("\n%*s{\"name\": ", depth, "");
	json_string(n->name);
	printf(", \"bytes\": %" PRIu64, n->bytes);
	kinds(n);
	if (n->option) {
		printf(", \"option\": ");
		json_string(n->option);
	}
	if (n->fragments)
		printf(", \"fragments\": [");
	for (f = n->fragments; f; f = f->next) {
		json_string(f->name);
		printf("%s", f->next ? ", " : "]");
	}
	if (n->children)
		printf(", \"children\": [");
	for (c = n->children; c; c = c->next) {
		node(c, depth + 1);
		printf("%s", c->next ? "," : "]");
	}
	putchar('}');
}

static void write_all(const struct kernel *k, const char *release, const struct node *base)
{
	const struct fragment *f;
	size_t i;

	printf("{\"format\": 1, \"kernel\": ");
	json_string(release);
	printf(", \"image\": \"bzImage\", \"image_bytes\": %" PRIu64 ", \"vmlinux\": %" PRIu64,
	       k->image, k->tree->bytes);
	if (k->packed)
		printf(", \"payload\": {\"compressed\": %" PRIu64 ", \"unpacked\": %" PRIu64 "}",
		       k->packed, k->unpacked);
	printf(",\n\"sections\": [");
	for (i = 0; i < k->count; i++) {
		printf("%s\n {\"name\": ", i ? "," : "");
		json_string(k->section[i].name);
		printf(", \"bytes\": %" PRIu64 ", \"kind\": \"%s\"}", k->section[i].size,
		       kind_names[k->section[i].kind]);
	}
	printf("],\n\"fragments\": [");
	for (f = k->fragments; f; f = f->next) {
		printf("\n {\"name\": ");
		json_string(f->name);
		printf(", \"file\": ");
		json_string(f->file);
		printf(", \"bytes\": %" PRIu64 ", \"objects\": %u, \"changed\": %u, \"come\": %u, \"flags\": %s}%s",
		       f->bytes, f->objects, f->changed, f->come, f->flags ? "true" : "false", f->next ? "," : "");
	}
	printf("]");
	if (base)
		printf(",\n\"base\": {\"vmlinux\": %" PRIu64 ", \"tree\":", base->bytes);
	if (base) {
		node(base, 0);
		printf("}");
	}
	printf(",\n\"tree\":");
	node(k->tree, 0);
	printf("}\n");
}

/* Write the report to path, whole or not at all; base may be NULL. */
void json_report(const struct kernel *k, const char *release, const struct node *base, const char *path)
{
	const char *aside = text("%s.%d", path, (int)getpid());
	int out = dup(STDOUT_FILENO);
	bool bad;

	/* json_string() writes to standard output. */
	fflush(stdout);
	if (out < 0 || !freopen(aside, "w", stdout))
		die("%s: %s: make room or rights for it", aside, strerror(errno));
	write_all(k, release, base);
	bad = fflush(stdout) || ferror(stdout);
	if (bad || rename(aside, path)) {
		bad = errno;
		unlink(aside);
		die("%s: cannot be written: make room or rights for it", path);
	}
	if (dup2(out, STDOUT_FILENO) < 0)
		die("standard output is gone: %s", strerror(errno));
	close(out);
}

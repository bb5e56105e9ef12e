/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for people and for machines, without printf() and without allocation.
 */
#ifndef TEXT_H
#define TEXT_H

#include <string.h>

/*
 * Say one line on fd 2: "init: " and the words, in one write().
 *	say("cannot mount ", target, ": ", error_text(err));
 */
#define say(...)	say_words((const char *const[]){ __VA_ARGS__, NULL })
void say_words(const char *const words[]);
extern const char *program_name;	/* each program defines its own */

/* Put the words one after the other into @buf, cut at @size; returns @buf. */
#define join(buf, size, ...) \
	join_words(buf, size, (const char *const[]){ __VA_ARGS__, NULL })
char *join_words(char *buf, size_t size, const char *const words[]);

/* @n in decimal; the text lives as long as the block that it stands in. */
#define DEC(n)		decimal((char[24]){ 0 }, n)
char *decimal(char buf[24], long n);

/* A few words for the error @err, which is an errno or a -errno. */
const char *error_text(int err);

/* What follows the last slash of @path. */
const char *base_name(const char *path);

int starts_with(const char *text, const char *start);

/*
 * Read a small file into @buf, which is then a string without a last newline.
 * Returns its length, or -errno.
 */
long read_file(const char *path, char *buf, size_t size);

#endif

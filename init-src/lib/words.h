/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strings, and the words in them.
 */
#ifndef LIB_WORDS_H
#define LIB_WORDS_H

#define WORDS_MAX	64	/* words in a command, the last one NULL */

int starts_with(const char *text, const char *start);

/* Return what follows the last slash of @path. */
const char *base_name(const char *path);

/* Decode \xHH and \\ in place. Returns 0, or -EINVAL for any other use of \. */
int words_decode(char *text);

/*
 * Return @text without the blanks at its ends, and without the CR of a file from
 * another system; the last ones are cut off in place.
 */
char *words_trim(char *text);

/*
 * Split @text at blanks, in place; '...' and "..." keep blanks. Writes up to
 * @max - 1 words and a NULL to @words. Returns their number, -EINVAL for a quote
 * that is not closed, -E2BIG for too many words.
 */
int words_split(char *text, char **words, int max);

/*
 * Return the number that @text is: 0 or more, decimal or 0x..., with nothing
 * after it. Returns -EINVAL for anything else.
 */
long words_number(const char *text);

/*
 * Return the position of @word in @list, words with blanks between them: 0 for
 * the first, -1 if it is not there.
 */
int words_index(const char *list, const char *word);

#endif

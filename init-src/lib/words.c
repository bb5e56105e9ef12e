// SPDX-License-Identifier: GPL-2.0-only
#include <asm/errno.h>
#include <string.h>
#include "words.h"

int starts_with(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return 0;
	return 1;
}

const char *base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++)
		if (path[0] == '/' && path[1])
			base = path + 1;
	return base;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int words_decode(char *text)
{
	char *to = text;
	int high, low, byte;

	while (*text) {
		if (*text != '\\') {
			*to++ = *text++;
			continue;
		}
		if (text[1] == '\\') {
			*to++ = '\\';
			text += 2;
			continue;
		}
		if (text[1] != 'x')
			return -EINVAL;
		high = hex_digit(text[2]);
		low = high < 0 ? -1 : hex_digit(text[3]);
		byte = high * 16 + low;
		if (low < 0 || !byte)
			return -EINVAL;
		*to++ = byte;
		text += 4;
	}
	*to = '\0';
	return 0;
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

char *words_trim(char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	for (len = strlen(text); len && (is_blank(text[len - 1]) || text[len - 1] == '\r'); len--)
		text[len - 1] = '\0';
	return text;
}

int words_split(char *text, char **words, int max)
{
	char *to, quote;
	int count = 0;

	for (;;) {
		while (is_blank(*text))
			text++;
		if (!*text)
			break;
		if (count == max - 1)
			return -E2BIG;
		words[count++] = to = text;
		for (quote = 0; *text && (quote || !is_blank(*text)); text++) {
			if (quote ? *text == quote : *text == '\'' || *text == '"')
				quote ^= *text;
			else
				*to++ = *text;
		}
		if (quote)
			return -EINVAL;
		if (*text)
			text++;
		*to = '\0';
	}
	words[count] = NULL;
	return count;
}

long words_number(const char *text)
{
	int base = starts_with(text, "0x") ? 16 : 10, digit;
	long n = 0;

	if (base == 16)
		text += 2;
	do {
		digit = hex_digit(*text);
		if (digit < 0 || digit >= base || n > 100000000)
			return -EINVAL;
		n = n * base + digit;
	} while (*++text);
	return n;
}

int words_index(const char *list, const char *word)
{
	size_t len = strlen(word);
	int n;

	for (n = 0; *list; n++) {
		if (len && starts_with(list, word) && (!list[len] || is_blank(list[len])))
			return n;
		while (*list && !is_blank(*list))
			list++;
		while (is_blank(*list))
			list++;
	}
	return -1;
}

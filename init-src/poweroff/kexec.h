/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KEXEC_H
#define KEXEC_H

#ifdef CONFIG_INIT_KEXEC
/* What kexec --help prints beyond the help of the other names. */
extern const char kexec_words[], kexec_options[];
/*
 * Do what the words @argv, without the program's name and -f, ask for. Returns 1 if a
 * loaded kernel should be started now, 0 if not; after an error, which it prints, the
 * exit status negated: -1, or -2 for a wrong use.
 */
int kexec_prepare(char **argv);
#else
#define kexec_words	""
#define kexec_options	""
static inline int kexec_prepare(char **argv) { return -2; }
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KEXEC_H
#define KEXEC_H

#ifdef CONFIG_INIT_KEXEC
/* What kexec --help says beyond the help of the other names. */
extern const char kexec_words[], kexec_options[];
/*
 * Do what the words after the program's name, but for -f, ask for. Returns 1
 * if a loaded kernel is to be started now, 0 if not, and after an error, which
 * it tells, the exit status negated: -1, or -2 for a wrong use.
 */
int kexec_prepare(char **argv);
#else
#define kexec_words	""
#define kexec_options	""
static inline int kexec_prepare(char **argv) { return -2; }
#endif

#endif

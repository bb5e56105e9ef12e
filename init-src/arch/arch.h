/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between processors. A file of this directory offers:
 *
 *	arch_call()		a system call with five arguments
 *	ARCH_CONTEXT_IP		where the ucontext that a signal handler gets has
 *				the instruction pointer, counted in longs
 *	ARCH_SA_FLAGS		what the kernel wants in sa_flags beside the usual...
 *	ARCH_SA_RESTORER	...and in sa_restorer
 */
#ifndef ARCH_H
#define ARCH_H

#if defined(__x86_64__)
#include "x86_64.h"
#elif defined(__i386__)
#include "i386.h"
#else
#error "no file in init-src/arch describes this processor"
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks the steps of a boot for the tools that look at one (make timeline).
 *
 * STEP(function, arguments...) calls the function and notes in the section
 * .debug_bzinit_steps where the call begins. The section holds one record after
 * the other: the address of the code, as wide as a pointer, and the function's
 * name as a string. The linker removes it from the program in the image, as it
 * removes all of .debug_*, and keeps it in init.debug, whose code is the same.
 */
#ifndef STEP_H
#define STEP_H

#define STEP(function, ...)						\
({									\
	__asm__ __volatile__("661:\n"					\
		"\t.pushsection .debug_bzinit_steps, \"\", @progbits\n"	\
		"\t.dc.a 661b\n"					\
		"\t.asciz \"" #function "\"\n"				\
		"\t.popsection");					\
	function(__VA_ARGS__);						\
})

#endif

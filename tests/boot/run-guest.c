// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest for tests/boot/run.t: 16-bit code in the shape of a bzImage, so that it
 * starts in a fraction of a second and does exactly what it is told.
 *
 * Its command line holds `guest=LETTERS`, done one after the other:
 *	b  a line on the console	k  the words of a kernel panic there
 *	e  the same, with an escape sequence of terminals
 *	0  record `status 0`		7  record `status 7`	x  rubbish there
 *	p  record `poweroff`		r  record `reboot`	h  record `halt`
 *	P  ACPI power-off		R  reset		V  pvpanic
 *	s  sleep for 12 seconds
 *	H  stop the CPU for good	L  idle for ever, interrupts on
 *	E  echo what is typed, as hexadecimal, until a `q` or Ctrl-D
 *
 * Formats: Documentation/arch/x86/boot.rst (the header, the command line
 * pointer); QEMU's docs/specs/pvpanic.rst. The ports are the PC's own.
 */
#define COM1	0x3f8
#define COM2	0x2f8
#define IER	1		/* interrupt enable register: bit 0, received data */
#define LSR	5		/* line status register: bit 0, a byte is there */
#define PM1_CNT	0x604		/* where SeaBIOS puts it, on pc and on q35 */
#define SLP_EN	0x2000		/* with sleep type 0, which is QEMU's S5 */

#define CMDLINE_SEGMENT	0x2000	/* QEMU loads the command line at 0x20000 */

/* Offset 0 is the boot sector; code starts at 0x200, loaded at 0x10000. */
asm(".code16gcc\n"
    ".org 0x1f1\n"
    ".byte 7\n"			/* setup_sects: 4 KiB with the boot sector */
    ".word 0\n"
    ".long 1\n"			/* syssize: 16 bytes of `kernel` */
    ".org 0x1fe\n"
    ".word 0xaa55\n"
    "jmp start\n"
    ".org 0x202\n"
    ".ascii \"HdrS\"\n"
    ".word 0x0202\n"		/* version */
    ".org 0x211\n"
    ".byte 1\n"			/* loadflags: LOADED_HIGH */
    ".org 0x260\n"
    "start: ljmp $0x1000, $1f\n"
    "1: movw %cs, %ax\n"	/* one segment for code, data and stack */
    "movw %ax, %ds\n"
    "movw %ax, %es\n"
    "movw %ax, %ss\n"
    "movl $0x8000, %esp\n"
    "calll guest_main\n"
    ".org 0x280\n");

static inline void outb(unsigned short port, unsigned char value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(unsigned short port, unsigned short value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline unsigned char inb(unsigned short port)
{
	unsigned char value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void print(unsigned short port, const char *text)
{
	while (*text)
		outb(port, *text++);
}

static void echo(void)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char c;

	outb(COM1 + IER, 1);	/* as a driver does when its port is opened */
	print(COM1, "type\r\n");
	do {
		while (!(inb(COM1 + LSR) & 1))
			asm volatile("sti; hlt");
		c = inb(COM1);
		outb(COM1, digits[c >> 4]);
		outb(COM1, digits[c & 15]);
		print(COM1, "\r\n");
	} while (c != 'q' && c != 4);
}

/* The BIOS counts the timer's interrupts, 18.2 a second. */
static unsigned int ticks(void)
{
	unsigned short high, low;
	unsigned int ax = 0;

	asm volatile("int $0x1a" : "+a"(ax), "=c"(high), "=d"(low) : : "cc");
	return (unsigned int)high << 16 | low;
}

static void sleep_12s(void)
{
	unsigned int start = ticks();

	while (ticks() - start < 219)
		asm volatile("sti; hlt");
}

static void act(char letter)
{
	switch (letter) {
	case 'b': print(COM1, "guest is up\r\n"); break;
	case 'k': print(COM1, "Kernel panic - not syncing: test\r\n"); break;
	case 'e': print(COM1, "Kernel panic - not syncing: \033[2J\r\n"); break;
	case '0': print(COM2, "status 0\n"); break;
	case '7': print(COM2, "status 7\n"); break;
	case 'x': print(COM2, "status 256\nstatus\n\377status 0\n"); break;
	case 'p': print(COM2, "poweroff\n"); break;
	case 'r': print(COM2, "reboot\n"); break;
	case 'h': print(COM2, "halt\n"); break;
	case 'P': outw(PM1_CNT, SLP_EN); break;
	case 'R': outb(0x64, 0xfe); break;
	case 'V': outb(0x505, 1); break;
	case 'H': asm volatile("cli; hlt"); break;
	case 'E': echo(); break;
	case 's': sleep_12s(); break;
	case 'L':
		for (;;)
			asm volatile("sti; hlt");
	}
}

static char command_line(unsigned int at)
{
	char c;

	asm volatile("movb %%fs:(%1), %0" : "=q"(c) : "r"(at));
	return c;
}

void guest_main(void)
{
	static const char name[] = "guest=";
	unsigned int at = 0, matched = 0;

	asm volatile("movw %w0, %%fs" : : "r"(CMDLINE_SEGMENT));
	while (matched < sizeof(name) - 1) {
		char c = command_line(at++);

		if (!c)
			break;
		matched = c == name[matched] ? matched + 1 : c == name[0];
	}
	while (command_line(at) > ' ')
		act(command_line(at++));
	act('L');
}

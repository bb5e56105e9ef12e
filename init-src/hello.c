// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest honest PID 1. The kernel starts one program, and this is it.
 *
 *	gcc -static -o init hello.c
 */
#include <stdio.h>
#include <unistd.h>
#include <linux/reboot.h>
#include <sys/reboot.h>

int main(void)
{
	printf("Hello from user space. I am process %d.\n", (int)getpid());

	/* Anywhere else, the next step would switch off your own machine. */
	if (getpid() != 1)
		return 1;

	/*
	 * Every file of this machine is in memory: nothing to write back. A
	 * PID 1 that has mounted a disk calls sync() and umount() here.
	 */
	reboot(LINUX_REBOOT_CMD_POWER_OFF);

	/*
	 * Still here? Then this machine cannot switch itself off. But do not
	 * return: all processes descend from PID 1, and when it ends, the
	 * kernel has nothing left to do but panic: "Attempted to kill init!".
	 */
	for (;;)
		sleep(1000);
}

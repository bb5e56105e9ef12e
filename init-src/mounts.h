/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MOUNTS_H
#define MOUNTS_H

/* Mount the kernel's own file systems. Returns how many required ones failed. */
int mounts_make(void);

/* Return what this kernel is built without: " /sys (CONFIG_SYSFS) ..." or "". */
const char *mounts_missing(void);

/* Unmount all file systems but the kernel's own; make read-only what is busy. */
void mounts_undo(void);

/*
 * Mount the directory that the host shares over 9p, with the tag "share", where init.share=
 * says. A failure is reported.
 */
void mounts_share(void);

#endif

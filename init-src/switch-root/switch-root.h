/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that the files of switch-root share.
 */
#ifndef SWITCH_ROOT_H
#define SWITCH_ROOT_H

#include <string.h>

#define SYSROOT		"/sysroot"
#define INITS		4

/* The programs that may be the init of a root, in the order of kernel_init() in init/main.c. */
extern char *const inits[INITS];

/* --- mount-root.c ---------------------------------------------------------- */

/* Mount what the command line says on SYSROOT. Returns the exit status: 0, or 1 after a message. */
int mount_root(void);

#define ID_MAX		40	/* a UUID as hexadecimal digits, and more */
#define LABEL_MAX	257

/* How a file system or a partition is identified; "" for what it does not have. */
struct identity {
	const char *type;	/* as mount(2) wants it, NULL when unknown */
	char id[ID_MAX];	/* hexadecimal digits in lower case, nothing else */
	char label[LABEL_MAX];
};

/* --- superblock.c ---------------------------------------------------------- */

/* Identify the file system on the device @fd. Returns whether it is known. */
int superblock_identify(int fd, struct identity *is);
/* Identify partition @number in the table on the disk @fd. Returns the same. */
int partition_identify(int fd, int number, int block_size, struct identity *is);

/* --- device.c ---------------------------------------------------------------- */

/*
 * Look once for the block device that root=@spec names. Returns 0, with its path in
 * @path and the type of its file system in *@type, NULL if that is unknown; -ENOENT if
 * the device is not there, or not yet; -EINVAL if @spec has no meaning.
 */
int device_find(const char *spec, char *path, size_t size, const char **type);
/* Put the names of all block devices into @text, as " vda vda1". Returns @text. */
char *device_names(char *text, size_t size);

#endif

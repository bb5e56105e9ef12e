/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rooms of switch-root offer each other.
 */
#ifndef SWITCH_ROOT_H
#define SWITCH_ROOT_H

#include <string.h>

#define SYSROOT		"/sysroot"
#define INITS		4

/* What may be the init of a root file system: init/main.c, kernel_init(), in its order. */
extern char *const inits[INITS];

/* --- mount-root.c ---------------------------------------------------------- */

/* Mount what the command line says on SYSROOT. Returns the exit status: 0, or 1 and told. */
int mount_root(void);

#define ID_MAX		40	/* a UUID as hexadecimal digits, and more */
#define LABEL_MAX	257

/* What a file system or a partition is known by; "" where it has none. */
struct identity {
	const char *type;	/* as mount(2) wants it, NULL when unknown */
	char id[ID_MAX];	/* hexadecimal digits, in lower case, nothing else */
	char label[LABEL_MAX];
};

/* --- superblock.c ---------------------------------------------------------- */

/* Look at the start of what @fd has open. Returns whether it was recognized. */
int superblock_identify(int fd, struct identity *is);
/* Look partition @number up in the table on the disk @fd. The same. */
int partition_identify(int fd, int number, int block_size, struct identity *is);

/* --- device.c ---------------------------------------------------------------- */

/*
 * One look for the block device that root=@spec means. Returns 0 with its path
 * and its file system's type in *@type, NULL when unknown; -ENOENT when it is
 * not there, or not yet; -EINVAL when nobody can tell what @spec means.
 */
int device_find(const char *spec, char *path, size_t size, const char **type);
/* The names of all block devices, as " vda vda1", into @text. Returns @text. */
char *device_names(char *text, size_t size);

#endif

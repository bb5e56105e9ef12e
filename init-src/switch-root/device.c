// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the block device that root= names. The kernel's own forms are in
 * block/early-lookup.c; UUID= and LABEL= are those of mount(8).
 */
#include "lib/file.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "switch-root.h"

#define DEVICES	"/sys/class/block"

static const struct key {
	const char *name;	/* with its "=" */
	int partition;		/* of the partition, not of its file system */
	int label;		/* the label, not the UUID */
} keys[] = {
	{ "UUID=", 0, 0 },
	{ "LABEL=", 0, 1 },
	{ "PARTUUID=", 1, 0 },
	{ "PARTLABEL=", 1, 1 },
};

/* Return the number in /sys/class/block/@name/@file, or -1. */
static long device_number(const char *name, const char *file)
{
	char path[128], text[32];

	print_to(path, sizeof(path), DEVICES "/%s/%s", name, file);
	return read_file(path, text, sizeof(text)) > 0 ? words_number(text) : -1;
}

/* Read MAJOR:MINOR in /sys/class/block/@name/@file into @text. Returns whether it is there. */
static int device_dev(const char *name, const char *file, char *text, size_t size)
{
	char path[128];

	print_to(path, sizeof(path), DEVICES "/%s/%s", name, file);
	return read_file(path, text, size) > 0;
}

/* Call @look for each block device until it returns something other than 0. Returns that. */
static int each_device(int (*look)(const char *name, void *data), void *data)
{
	char entries[2048] __attribute__((aligned(8)));
	int fd = k_open(DEVICES, O_RDONLY | O_DIRECTORY), found = 0;
	struct k_dirent *entry;
	long len, at;

	if (fd < 0)
		return 0;
	while (!found && (len = k_getdents64(fd, entries, sizeof(entries))) > 0) {
		for (at = 0; at < len && !found; at += entry->reclen) {
			entry = (struct k_dirent *)(entries + at);
			if (entry->name[0] != '.')
				found = look(entry->name, data);
		}
	}
	k_close(fd);
	return found;
}

/* Put the path of the device @name into @path: in sysfs a slash is written as "!". */
static char *path_of(char *path, size_t size, const char *name)
{
	char *c;

	for (c = print_to(path, size, "/dev/%s", name); *c; c++)
		if (*c == '!')
			*c = '/';
	return path;
}

struct wanted {
	const struct key *key;	/* NULL: by MAJOR:MINOR */
	char value[LABEL_MAX];
	char *path;
	size_t size;
};

static int has_number(const char *name, void *data)
{
	struct wanted *wanted = data;
	char dev[32];

	if (!device_dev(name, "dev", dev, sizeof(dev)) || strcmp(dev, wanted->value) != 0)
		return 0;
	path_of(wanted->path, wanted->size, name);
	return 1;
}

/* The disk that has the partition @name: sysfs keeps it one directory above. */
static int open_disk(const char *name)
{
	struct wanted disk = { 0 };
	char path[128];

	disk.path = path;
	disk.size = sizeof(path);
	if (!device_dev(name, "../dev", disk.value, sizeof(disk.value)) ||
	    !each_device(has_number, &disk))
		return -ENOENT;
	return k_open(path, O_RDONLY);
}

static int identify(const char *name, int partition, struct identity *is)
{
	char path[128];
	long number, block_size;
	int fd, ret;

	if (!partition) {
		fd = k_open(path_of(path, sizeof(path), name), O_RDONLY);
		ret = fd >= 0 && superblock_identify(fd, is);
	} else {
		number = device_number(name, "partition");
		if (number < 0)
			return 0;
		block_size = device_number(name, "../queue/logical_block_size");
		fd = open_disk(name);
		ret = fd >= 0 && partition_identify(fd, number, block_size < 0 ? 512 : block_size,
						    is);
	}
	if (fd >= 0)
		k_close(fd);
	return ret;
}

static int has_identity(const char *name, void *data)
{
	struct wanted *wanted = data;
	struct identity is;

	if (!identify(name, wanted->key->partition, &is) ||
	    strcmp(wanted->key->label ? is.label : is.id, wanted->value) != 0)
		return 0;
	path_of(wanted->path, wanted->size, name);
	return 1;
}

/* A UUID is written with dashes here and there, and in either case. */
static int only_digits(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; *from; from++) {
		if (*from == '-')
			continue;
		if (n + 1 >= size)
			return -EINVAL;
		to[n] = *from >= 'A' && *from <= 'F' ? *from - 'A' + 'a' : *from;
		if (!strchr("0123456789abcdef", to[n++]))
			return -EINVAL;
	}
	to[n] = '\0';
	return n ? 0 : -EINVAL;
}

/*
 * Put the device number @spec into @text as "254:1". It may also be "fe01", which the
 * kernel understands, too (block/early-lookup.c). Returns 0, or -EINVAL.
 */
static int canonical_number(char *text, size_t size, const char *spec)
{
	const char *colon = strchr(spec, ':');
	char hexadecimal[16], major[8] = "";
	long dev;

	if (colon) {
		if (colon - spec >= (long)sizeof(major))
			return -EINVAL;
		memcpy(major, spec, colon - spec);
		if (words_number(major) < 0 || words_number(colon + 1) < 0)
			return -EINVAL;
		print_to(text, size, "%ld:%ld", words_number(major), words_number(colon + 1));
		return 0;
	}
	dev = words_number(print_to(hexadecimal, sizeof(hexadecimal), "0x%s", spec));
	if (dev < 0 || strlen(spec) > 8)
		return -EINVAL;
	/* include/linux/kdev_t.h, new_decode_dev() */
	print_to(text, size, "%ld:%ld", (dev & 0xfff00) >> 8, (dev & 0xff) | (dev >> 12 & 0xfff00));
	return 0;
}

int device_find(const char *spec, char *path, size_t size, const char **type)
{
	struct wanted wanted = { .path = path, .size = size };
	struct identity is;
	struct statx st;
	int err = 0, fd;
	size_t i;

	for (i = 0; i < COUNT(keys) && !starts_with(spec, keys[i].name); i++)
		;
	if (i < COUNT(keys)) {
		wanted.key = &keys[i];
		spec += strlen(keys[i].name);
		if (keys[i].label)
			print_to(wanted.value, sizeof(wanted.value), "%s", spec);
		else
			err = only_digits(wanted.value, sizeof(wanted.value), spec);
		if (err || !*wanted.value)
			return -EINVAL;
		err = each_device(has_identity, &wanted) ? 0 : -ENOENT;
	} else if (starts_with(spec, "/dev/") && !starts_with(spec, "/dev/disk/")) {
		print_to(path, size, "%s", spec);
		err = k_statx(path, &st);
		if (err == 0 && (st.stx_mode & K_FILE_TYPE) != K_BLOCK_DEVICE)
			return -EINVAL;
	} else {
		if (canonical_number(wanted.value, sizeof(wanted.value), spec) < 0)
			return -EINVAL;
		err = each_device(has_number, &wanted) ? 0 : -ENOENT;
	}
	if (err)
		return -ENOENT;
	fd = k_open(path, O_RDONLY);
	*type = fd >= 0 && superblock_identify(fd, &is) ? is.type : NULL;
	if (fd >= 0)
		k_close(fd);
	/* A node may be there before its driver is: ENXIO, ENOMEDIUM. */
	return fd < 0 ? -ENOENT : 0;
}

struct names {
	char *text;
	size_t size;
};

static int add_name(const char *name, void *data)
{
	struct names *names = data;
	size_t len = strlen(names->text);

	if (!starts_with(name, "ram") && !starts_with(name, "loop"))
		print_to(names->text + len, names->size - len, " %s", name);
	return 0;
}

char *device_names(char *text, size_t size)
{
	struct names names = { text, size };

	*text = '\0';
	each_device(add_name, &names);
	return text;
}

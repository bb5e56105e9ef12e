// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of ELF that decides whether a program starts. Only program headers
 * are read, as the kernel and the dynamic loader do: sections may be stripped or
 * wrong. Format: elf(5), the System V ABI.
 */
#include "gen-list.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_NEEDED 4096	/* a thousand times what real programs have */

/* Return a copy of the string at an offset of the table, or NULL. */
static char *string_at(const Elf_Data *table, size_t offset)
{
	const char *s;

	if (!table || !table->d_buf || offset >= table->d_size)
		return NULL;
	s = (const char *)table->d_buf + offset;
	return memchr(s, '\0', table->d_size - offset) ? xstrdup(s) : NULL;
}

/* Find the place in the file that the loader would map to this address. */
static bool file_offset(Elf *elf, size_t n, GElf_Addr addr, GElf_Off *out)
{
	GElf_Phdr ph;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD)
			continue;
		if (addr >= ph.p_vaddr && addr - ph.p_vaddr < ph.p_filesz &&
		    ph.p_offset + (addr - ph.p_vaddr) >= ph.p_offset) {
			*out = ph.p_offset + (addr - ph.p_vaddr);
			return true;
		}
	}
	return false;
}

static Elf_Data *string_table(Elf *elf, size_t n, GElf_Addr addr, GElf_Xword size)
{
	GElf_Off offset;

	if (!file_offset(elf, n, addr, &offset) || offset > INT64_MAX)
		return NULL;
	return elf_getdata_rawchunk(elf, (int64_t)offset, size, ELF_T_BYTE);
}

static const char *read_dynamic(Elf *elf, size_t n, const GElf_Phdr *ph,
				struct object *o)
{
	GElf_Xword strsz = 0;
	GElf_Addr strtab = 0;
	Elf_Data *data, *strings;
	GElf_Dyn d;
	char *s;
	int i;

	if (ph->p_offset > INT64_MAX)
		return "its dynamic section lies outside the file";
	data = elf_getdata_rawchunk(elf, (int64_t)ph->p_offset, ph->p_filesz, ELF_T_DYN);
	if (!data)
		return "its dynamic section lies outside the file";
	for (i = 0; gelf_getdyn(data, i, &d) && d.d_tag != DT_NULL; i++) {
		if (d.d_tag == DT_STRTAB)
			strtab = d.d_un.d_ptr;
		else if (d.d_tag == DT_STRSZ)
			strsz = d.d_un.d_val;
	}
	if (!strsz)
		return NULL;
	strings = string_table(elf, n, strtab, strsz);
	for (i = 0; gelf_getdyn(data, i, &d) && d.d_tag != DT_NULL; i++) {
		if (d.d_tag != DT_NEEDED && d.d_tag != DT_SONAME &&
		    d.d_tag != DT_RPATH && d.d_tag != DT_RUNPATH)
			continue;
		s = string_at(strings, d.d_un.d_val);
		if (!s)
			return "its dynamic string table lies outside the file";
		if (d.d_tag == DT_NEEDED && o->n_needed < MAX_NEEDED) {
			o->needed = xgrow(o->needed, o->n_needed, sizeof(*o->needed));
			o->needed[o->n_needed++] = s;
		} else if (d.d_tag == DT_SONAME && !o->soname) {
			o->soname = s;
		} else if (d.d_tag == DT_RPATH && !o->rpath) {
			o->rpath = s;
		} else if (d.d_tag == DT_RUNPATH && !o->runpath) {
			o->runpath = s;
		} else {
			free(s);
		}
	}
	return NULL;
}

/* Fill in the object. Returns what is wrong with the file, or NULL. */
static const char *read_elf(Elf *elf, GElf_Xword size, struct object *o)
{
	const char *wrong = NULL;
	Elf_Data *data;
	GElf_Ehdr eh;
	GElf_Phdr ph;
	size_t n, i;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh))
		return "its ELF header is damaged or cut off";
	o->class = gelf_getclass(elf);
	o->machine = eh.e_machine;
	o->type = eh.e_type;
	if (o->type != ET_EXEC && o->type != ET_DYN)
		return NULL;
	if (elf_getphdrnum(elf, &n) || !n || n > 0xffff)
		return "it has no program headers";
	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph))
			return "its program headers are cut off";
		if (ph.p_type == PT_INTERP && !o->interp) {
			data = ph.p_offset > INT64_MAX || ph.p_filesz > PATH_MAX ? NULL :
				elf_getdata_rawchunk(elf, (int64_t)ph.p_offset,
						     ph.p_filesz, ELF_T_BYTE);
			o->interp = string_at(data, 0);
			if (!o->interp)
				wrong = "the name of its interpreter lies outside the file";
		} else if (ph.p_type == PT_DYNAMIC && !wrong) {
			wrong = read_dynamic(elf, n, &ph, o);
		} else if (ph.p_type == PT_LOAD) {
			if (ph.p_filesz > size || ph.p_offset > size - ph.p_filesz)
				wrong = "it is cut short";
		}
	}
	return wrong;
}

/*
 * read_object - read a file as ELF. Returns NULL if it does not begin like ELF,
 * or cannot be read. Sets ->broken if it begins like ELF but could not run.
 */
struct object *read_object(const char *path)
{
	struct object *o = NULL;
	char magic[SELFMAG];
	struct stat st;
	Elf *elf;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && pread(fd, magic, SELFMAG, 0) == SELFMAG &&
	    !memcmp(magic, ELFMAG, SELFMAG)) {
		o = xalloc(sizeof(*o));
		elf_version(EV_CURRENT);
		/* Not mapped: a file that is cut short meanwhile must not raise SIGBUS */
		elf = elf_begin(fd, ELF_C_READ, NULL);
		o->broken = read_elf(elf, (GElf_Xword)st.st_size, o);
		elf_end(elf);
	}
	close(fd);
	return o;
}

void free_object(struct object *o)
{
	size_t i;

	if (!o)
		return;
	for (i = 0; i < o->n_needed; i++)
		free(o->needed[i]);
	free(o->needed);
	free(o->interp);
	free(o->soname);
	free(o->rpath);
	free(o->runpath);
	free(o);
}

/* content_object - return what read_object() says of a file, which is read once. */
struct object *content_object(struct content *c)
{
	if (!c->looked) {
		c->object = read_object(c->path);
		c->looked = true;
	}
	return c->object;
}

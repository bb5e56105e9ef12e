// SPDX-License-Identifier: GPL-2.0-only
/*
 * The relocations that are appended to an x86 vmlinux before it is compressed
 * (CONFIG_X86_NEED_RELOCS), as handle_relocations() in
 * arch/x86/boot/compressed/misc.c reads them, from the end: 32-bit words, each
 * the low half of an address, each list with a zero before it. In file order
 * they are those of 64 bit, (until 6.15) the inverse ones of 32 bit, and those
 * of 32 bit; a 32-bit kernel has only the last list.
 */
#include "readers.h"

/* Return where the list that ends at end begins, its zero included; 0 if there is none. */
static uint64_t list_start(const struct layer *space, uint64_t at, uint64_t end, const struct elf *elf)
{
	uint64_t address;

	while (end - at >= 4) {
		end -= 4;
		address = le(space->data + end, 4);
		if (!address)
			return end;
		if (elf->word == 8)
			address |= 0xffffffff00000000;
		if (address < elf->lowest || address >= elf->highest)
			return 0;
	}
	return 0;
}

/*
 * Read what follows the vmlinux in a space. It is taken for relocations if it
 * consists exactly of lists of addresses in the vmlinux.
 */
void relocs_read(struct layer *space, const struct elf *elf)
{
	static const char *const names[3][3] = {
		{ "32-bit relocations" },
		{ "32-bit relocations", "64-bit relocations" },
		{ "32-bit relocations", "inverse 32-bit relocations", "64-bit relocations" },
	};
	uint64_t at = elf->layer->size, starts[3], end = space->size, to;
	struct layer *all, *list;
	unsigned int n, i;

	for (n = 0; n < 3 && end > at; n++) {
		starts[n] = list_start(space, at, end, elf);
		if (!starts[n])
			return;
		end = starts[n];
	}
	if (end != at || (elf->word == 4) != (n == 1))
		return;
	all = layer_part(space, "relocations", "relocations", at, space->size - at);
	field_number(all, "total", at, 0, false, all->size / 4 - n,
		     "places to change if the kernel runs elsewhere");
	for (i = n; i--;) {
		to = i ? starts[i - 1] : space->size;
		list = layer_part(all, "list", names[n - 1][i], starts[i], to - starts[i]);
		list->note = aprintf("%u of them and a zero", (unsigned int)((to - starts[i]) / 4 - 1));
	}
}

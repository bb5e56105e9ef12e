/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SETTINGS_H
#define SETTINGS_H

/*
 * Check one @key=@value that concerns the process of a service. Returns 0,
 * -ENOENT for another key, -EINVAL for a bad value.
 */
int setting_check(const char *key, const char *value);

/*
 * In the child: apply @settings, strings "key=value", one after the other; an
 * empty one ends them. Returns 0, or -errno and in @what the one at fault.
 */
int settings_apply(const char *settings, const char **what);

#endif

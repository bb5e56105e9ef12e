/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SERVICE_FILE_H
#define SERVICE_FILE_H

/* Enter into the table what @text says, which is changed. @file is its name. */
void service_file_parse(char *text, const char *file);

#endif

#ifndef APP_HELP_H
#define APP_HELP_H

struct buffer;

/* What --help prints: the options of the table, within 90 columns. */
void help_append(struct buffer *out);

/* The same as the table in README.md. */
void help_append_table(struct buffer *out);

#endif

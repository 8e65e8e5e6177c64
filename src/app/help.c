#include "app/help.h"

#include "app/options_table.h"
#include "base/buffer.h"

static const size_t COLUMNS = 90;

static const char HEAD[] =
    "Usage: metrics-proxy --labels=SELECTOR [flags]\n"
    "\n"
    "Watches the pods that a label selector chooses. On GET /metrics it scrapes each of them\n"
    "that has the annotation prometheus.io/scrape: \"true\", and answers with one merged page.\n"
    "\n"
    "Flags take one dash or two, and \"=\" or a blank before the value. A flag beats its\n"
    "environment variable, which stands in brackets.\n"
    "\n";

/* "--timeout=DURATION", and each other spelling after `between`: "--scrape_timeout" */
static void append_flag(struct buffer *out, const struct option *option, const char *between)
{
    buffer_append_format(out, "--%s%s%s", option->flag, option->value ? "=" : "",
                         option->value ? option->value : "");
    for (const char *const *alias = option->aliases; *alias; alias++) {
        bool is_letter = (*alias)[1] == '\0';
        buffer_append_format(out, "%s%s%s", between, is_letter ? "-" : "--", *alias);
    }
}

static void append_first_line(struct buffer *out, const struct option *option)
{
    buffer_append(out, STR("  "));
    append_flag(out, option, ", ");
    if (option->environment)
        buffer_append_format(out, "  [%s]", option->environment);
    if (option->initial)
        buffer_append_format(out, "  (default %s)", option->initial);
    else if (option->without)
        buffer_append_format(out, "  (%s)", option->without);
    buffer_append_byte(out, '\n');
}

/* Breaks at blanks, so that no line passes COLUMNS. */
static void append_wrapped(struct buffer *out, struct str text)
{
    static const size_t INDENT = 8;
    size_t column = 0;
    struct str word;
    while (str_next(&text, ' ', &word)) {
        if (column > 0 && column + 1 + word.length > COLUMNS) {
            buffer_append_byte(out, '\n');
            column = 0;
        }
        buffer_append(out, column == 0 ? STR("        ") : STR(" "));
        buffer_append(out, word);
        column += (column == 0 ? INDENT : 1) + word.length;
    }
    buffer_append_byte(out, '\n');
}

void help_append(struct buffer *out)
{
    buffer_append(out, str_from(HEAD));
    for (size_t i = 0; i < options_table_count; i++) {
        append_first_line(out, &options_table[i]);
        append_wrapped(out, str_from(options_table[i].meaning));
    }
}

static void append_row(struct buffer *out, const struct option *option)
{
    buffer_append(out, STR("| `"));
    append_flag(out, option, "`, `");
    buffer_append(out, STR("` |"));
    if (option->environment)
        buffer_append_format(out, " `%s`", option->environment);
    buffer_append(out, STR(" |"));
    if (option->initial)
        buffer_append_format(out, " `%s`", option->initial);
    else if (option->without)
        buffer_append_format(out, " %s", option->without);
    buffer_append_format(out, " | %s |\n", option->meaning);
}

void help_append_table(struct buffer *out)
{
    buffer_append(out, STR("| Flag | Environment | Default | Meaning |\n|---|---|---|---|\n"));
    for (size_t i = 0; i < options_table_count; i++)
        append_row(out, &options_table[i]);
}

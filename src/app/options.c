/*
 * Two passes. The first walks the command line and notes the text that each flag was given last; it
 * ends at once at --help and --version, which are answered whatever else there is. The second goes
 * through the table and reads each option from its flag, its variable or its default.
 */
#include "app/options.h"

#include "app/options_table.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "discovery/pod_labels.h"

#include <assert.h>
#include <stdlib.h>

static const size_t SHOWN = 200; /* bytes of a wrong value that a message repeats */

struct reading {
    const struct options_source *source;
    const char **given; /* by option: the text of its flag; NULL: not given */
    size_t next;        /* argument */
    struct options options;
    struct error *error;
};

/* Where a value comes from, as a person would write it: "--port=", "PORT=". */
struct origin {
    const char *dashes;
    const char *name;
};

static bool fail_value(struct error *error, struct origin origin, struct str text)
{
    struct buffer quoted;
    buffer_init(&quoted, SIZE_MAX);
    buffer_append_quoted(&quoted, str_slice(text, 0, SHOWN));
    error_prefix(error, "%s%s=%.*s%s: ", origin.dashes, origin.name, STR_ARG(buffer_view(&quoted)),
                 text.length > SHOWN ? "..." : "");
    buffer_done(&quoted);
    return false;
}

static bool fail_argument(struct error *error, const char *fault, const char *argument)
{
    struct buffer quoted;
    buffer_init(&quoted, SIZE_MAX);
    buffer_append_quoted(&quoted, str_slice(str_from(argument), 0, SHOWN));
    error_set(error, "%s %.*s", fault, STR_ARG(buffer_view(&quoted)));
    buffer_done(&quoted);
    return false;
}

static bool is_called(const struct option *option, struct str name)
{
    if (str_equal(str_from(option->flag), name))
        return true;
    for (const char *const *alias = option->aliases; *alias; alias++)
        if (str_equal(str_from(*alias), name))
            return true;
    return false;
}

/* The option's index, or options_table_count. */
static size_t find_option(struct str name)
{
    size_t index = 0;
    while (index < options_table_count && !is_called(&options_table[index], name))
        index++;
    return index;
}

static bool read_field(struct reading *reading, const struct option *option, const char *text,
                       struct origin origin)
{
    void *field = (char *)&reading->options + option->field;
    if (option->read(option, str_from(text), field, reading->error))
        return true;
    return fail_value(reading->error, origin, str_from(text));
}

/* The value of a flag: after its "=", or the next argument, whatever that looks like. */
static const char *take_value(struct reading *reading, const char *after_name)
{
    if (*after_name == '=')
        return after_name + 1;
    const char *next = reading->source->arguments[reading->next];
    if (next)
        reading->next++;
    return next;
}

static bool note_value(struct reading *reading, size_t index, const char *after_name)
{
    const struct option *option = &options_table[index];
    bool is_alone = option->is_switch && *after_name != '=';
    const char *text = is_alone ? "true" : take_value(reading, after_name);
    if (text == NULL) {
        error_set(reading->error, "--%s needs a value: --%s=%s", option->flag, option->flag,
                  option->value);
        return false;
    }
    reading->given[index] = text;
    return !option->is_list ||
           read_field(reading, option, text, (struct origin){"--", option->flag});
}

static enum options_result answer_question(const struct option *option, const char *after_name,
                                           struct error *error)
{
    if (*after_name == '=') {
        error_set(error, "--%s takes no value", option->flag);
        return OPTIONS_WRONG;
    }
    return str_equal(str_from(option->flag), STR("help")) ? OPTIONS_HELP : OPTIONS_VERSION;
}

static enum options_result take_flag(struct reading *reading, const char *argument)
{
    struct str name = str_from(argument);
    name = str_skip(name, str_starts(name, STR("--")) ? 2 : 1);
    name = str_slice(name, 0, str_find(name, '='));
    size_t index = find_option(name);
    if (index == options_table_count) {
        fail_argument(reading->error, "unknown flag", argument);
        return OPTIONS_WRONG;
    }
    const char *after_name = name.data + name.length;
    if (options_table[index].read == NULL)
        return answer_question(&options_table[index], after_name, reading->error);
    return note_value(reading, index, after_name) ? OPTIONS_OK : OPTIONS_WRONG;
}

static enum options_result take_argument(struct reading *reading, const char *argument)
{
    bool is_flag = argument[0] == '-' && argument[1] != '\0';
    bool ends_flags = str_equal(str_from(argument), STR("--"));
    const char *extra = argument;
    if (ends_flags)
        extra = reading->source->arguments[reading->next];
    else if (is_flag)
        return take_flag(reading, argument);
    if (extra == NULL)
        return OPTIONS_OK;
    fail_argument(reading->error, "unexpected argument (everything is given by flags):", extra);
    return OPTIONS_WRONG;
}

static enum options_result walk_arguments(struct reading *reading)
{
    enum options_result result = OPTIONS_OK;
    const char *argument;
    while (result == OPTIONS_OK && (argument = reading->source->arguments[reading->next])) {
        reading->next++;
        result = take_argument(reading, argument);
    }
    return result;
}

static const char *environment_of(const struct reading *reading, const struct option *option)
{
    if (option->environment == NULL || option->environment_is_not_ours ||
        (option->yields_to_addresses && reading->options.listen_addresses.count > 0))
        return NULL;
    const char *text = reading->source->environment(option->environment);
    return text && *text ? text : NULL;
}

static bool read_option(struct reading *reading, size_t index)
{
    const struct option *option = &options_table[index];
    const char *variable = environment_of(reading, option);
    if (option->read == NULL || option->is_list)
        return true;
    if (reading->given[index])
        return read_field(reading, option, reading->given[index],
                          (struct origin){"--", option->flag});
    if (variable)
        return read_field(reading, option, variable, (struct origin){"", option->environment});
    return option->initial == NULL || read_field(reading, option, option->initial,
                                                 (struct origin){"default of --", option->flag});
}

static bool read_all(struct reading *reading)
{
    for (size_t i = 0; i < options_table_count; i++)
        if (!read_option(reading, i))
            return false;
    if (reading->options.labels)
        return true;
    error_set(reading->error, "no label selector: give --labels=SELECTOR or set "
                              "POD_LABEL_SELECTOR, for example --labels=app=web");
    return false;
}

enum options_result options_read(const struct options_source *source, struct options *ret_options,
                                 struct error *error)
{
    struct reading reading = {.source = source, .error = error};
    reading.given = memory_new(options_table_count, sizeof *reading.given);
    enum options_result result = walk_arguments(&reading);
    if (result == OPTIONS_OK && !read_all(&reading))
        result = OPTIONS_WRONG;
    free(reading.given);
    if (result == OPTIONS_OK)
        *ret_options = reading.options;
    else
        options_done(&reading.options);
    return result;
}

static void text_list_done(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->texts[i]);
    free(list->texts);
}

void options_done(struct options *options)
{
    free(options->labels);
    free(options->kubeconfig);
    free(options->context);
    pod_labels_free(options->pod_labels);
    free(options->node);
    text_list_done(&options->listen_addresses);
    text_list_done(&options->namespaces);
    *options = (struct options){0};
}

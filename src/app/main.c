#include "app/app.h"
#include "app/environment.h"
#include "app/heap.h"
#include "app/help.h"
#include "app/options.h"
#include "app/version.h"
#include "base/buffer.h"

#include <stdio.h>

static enum exit_code print(const char *text)
{
    bool ok = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
    return ok ? EXIT_CODE_OK : EXIT_CODE_RUNTIME;
}

static enum exit_code print_help(void)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    help_append(&text);
    buffer_append_byte(&text, '\0');
    enum exit_code code = print(text.data);
    buffer_done(&text);
    return code;
}

/* One line, whatever a file or the API server has put into it. */
static void print_error(struct error *error, const char *hint)
{
    for (char *byte = error->text; *byte; byte++)
        if ((unsigned char)*byte < ' ' || *byte == 0x7f)
            *byte = ' ';
    fprintf(stderr, "metrics-proxy: error: %s%s\n", error->text, hint);
}

static enum exit_code run(const struct options *options)
{
    struct error error = {{0}};
    enum exit_code code = app_run(options, &error);
    if (code != EXIT_CODE_OK)
        print_error(&error, "");
    return code;
}

int main(int count, char **arguments)
{
    heap_setup();
    struct options_source source = {
        .arguments = (const char *const *)(count > 0 ? arguments + 1 : arguments),
        .environment = environment_get,
    };
    struct options options;
    struct error error = {{0}};
    enum exit_code code = EXIT_CODE_USAGE;
    switch (options_read(&source, &options, &error)) {
    case OPTIONS_OK:
        code = run(&options);
        options_done(&options);
        break;
    case OPTIONS_HELP:
        code = print_help();
        break;
    case OPTIONS_VERSION:
        code = print(VERSION_TEXT);
        break;
    case OPTIONS_WRONG:
        print_error(&error, " (try --help)");
        break;
    }
    return (int)code;
}

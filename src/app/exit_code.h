#ifndef APP_EXIT_CODE_H
#define APP_EXIT_CODE_H

/* What the process ends with. A second signal ends it with 128 + its number. */
enum exit_code {
    EXIT_CODE_OK,      /* --help, --version, a clean stop */
    EXIT_CODE_RUNTIME, /* what was given is right, but it does not work here */
    EXIT_CODE_USAGE,   /* what the person gave is wrong */
};

#endif

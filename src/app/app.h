#ifndef APP_APP_H
#define APP_APP_H

#include "app/exit_code.h"
#include "base/error.h"

struct options;

/*
 * The program: builds everything, runs until a signal or until the API server refuses the selector,
 * and takes everything down again. Anything but OK comes with an error for people.
 */
enum exit_code app_run(const struct options *options, struct error *error);

#endif

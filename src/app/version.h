#ifndef APP_VERSION_H
#define APP_VERSION_H

extern const char VERSION[];    /* "1.2.3" */
extern const char USER_AGENT[]; /* what the program calls itself towards pods and API server */

/* What --version prints: the version, and what the program was built for and with. */
extern const char VERSION_TEXT[];

#endif

#include "app/version.h"

#if defined(__x86_64__)
#define PLATFORM "linux/amd64"
#elif defined(__aarch64__)
#define PLATFORM "linux/arm64"
#else
#define PLATFORM "linux"
#endif

/* PROXY_VERSION is the project's version in the top CMakeLists.txt. */
const char VERSION[] = PROXY_VERSION;
const char USER_AGENT[] = "metrics-proxy/" PROXY_VERSION;
const char VERSION_TEXT[] = "metrics-proxy, version " PROXY_VERSION "\n"
                            "  platform: " PLATFORM "\n"
                            "  compiler: " __VERSION__ "\n";

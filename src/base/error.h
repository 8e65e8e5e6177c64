#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * What a person is to read when something fails: one line, without a full stop, that says what
 * failed, on what, why, and what to do. Set where the reason is known; prefixed on the way up where
 * that adds what it was for. Too long a line is cut. A function that takes one writes it only when
 * it fails; NULL is fine for a caller who does not ask.
 */
struct error {
    char text[1024];
};

void error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts text before what is there: "kubeconfig /a: " before "no such file". */
void error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts text behind what is there, as far as there is room. */
void error_suffix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

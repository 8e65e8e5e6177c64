#ifndef EXPOSITION_BYTE_CLASS_H
#define EXPOSITION_BYTE_CLASS_H

/* What a byte can be part of. An LF is in no class, and so ends every walk along one. */
enum byte_class {
    BYTE_NAME_FIRST = 1, /* of a metric's or a label's name: a letter, an underscore */
    BYTE_NAME = 2,       /* behind that: digits too */
    BYTE_COLON = 4,      /* in metrics' names only */
    BYTE_DIGIT = 8,
    BYTE_QUOTED = 16, /* ASCII that stands for itself in quotes */
};

extern const unsigned char byte_classes[256];

static inline const char *skip_bytes(const char *at, unsigned classes)
{
    while (byte_classes[(unsigned char)*at] & classes)
        at++;
    return at;
}

#endif

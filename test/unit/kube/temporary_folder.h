#ifndef TEST_UNIT_KUBE_TEMPORARY_FOLDER_H
#define TEST_UNIT_KUBE_TEMPORARY_FOLDER_H

/* A folder of one test, removed with all that is in it. */
struct temporary_folder {
    char path[64];
};

void temporary_folder_init(struct temporary_folder *folder);
void temporary_folder_done(struct temporary_folder *folder);

/* "folder/name"; the caller frees it. */
char *temporary_path(const struct temporary_folder *folder, const char *name);

/* Creates or replaces a file in place. */
void temporary_write(const struct temporary_folder *folder, const char *name, const char *text);
void temporary_remove(const struct temporary_folder *folder, const char *name);
void temporary_make_folder(const struct temporary_folder *folder, const char *name);

/* Makes "folder/name" a link to `target`, in one step, as the kubelet does. */
void temporary_link(const struct temporary_folder *folder, const char *name, const char *target);

#endif

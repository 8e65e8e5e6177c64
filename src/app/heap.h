#ifndef APP_HEAP_H
#define APP_HEAP_H

struct timers;

/* Sets malloc() up so that what a scrape frees goes back to the system. Before the first use. */
void heap_setup(void);

/* Gives back what still clings to the heap, some seconds after work that may have left much. */
struct heap_trimmer;

struct heap_trimmer *heap_trimmer_new(struct timers *timers);
void heap_trimmer_touch(struct heap_trimmer *trimmer); /* such work has ended; NULL is fine */
void heap_trimmer_free(struct heap_trimmer *trimmer);  /* NULL is fine */

#endif

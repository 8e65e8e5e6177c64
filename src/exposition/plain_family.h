#ifndef EXPOSITION_PLAIN_FAMILY_H
#define EXPOSITION_PLAIN_FAMILY_H

#include "exposition/metric_writer.h"

/*
 * Takes families off the front of a body and writes each at once, as long as they are what nearly
 * all are: what stands before the metrics is what another source had there, byte for byte (struct
 * preamble), and all metrics are plain (plain_metric.h). Gives how many they were, of at most so
 * many; the next one has to be looked at more closely.
 */
size_t plain_families_copy(struct metric_writer *writer, struct str *families, size_t most);

#endif

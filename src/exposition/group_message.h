#ifndef EXPOSITION_GROUP_MESSAGE_H
#define EXPOSITION_GROUP_MESSAGE_H

#include "exposition/group_part.h"
#include "exposition/metric_group.h"

/* Writes the message of a metric's value, out of the group's parts, to group->value. False where
 * they are not a whole metric of the stated type. */
bool group_message_write(struct metric_group *group);

/* The name of the part that is the value itself, of a metric that has one. */
struct text_range group_message_value_name(const struct metric_group *group);

#endif

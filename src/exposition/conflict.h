#ifndef EXPOSITION_CONFLICT_H
#define EXPOSITION_CONFLICT_H

#include "exposition/family.h"
#include "exposition/type_conflict.h"

/*
 * What becomes of families that sources disagree on. A family whose samples cannot be of one type,
 * or whose sample name another family claims, is taken apart: each sample name becomes a family of
 * its own, untyped. Nothing is lost, and no parser has a reason to refuse the page. On an
 * OpenMetrics page samples that are not as their type wants them are a disagreement too.
 */

/* A source on the page, in which this family has samples, states these types (bits). */
void family_take_types(struct family *family, uint32_t types, enum page_kind kind);

/* The types stated cannot stand under one name, or the samples not under the type. */
bool family_is_contradictory(const struct family *family, enum page_kind kind);

/* Not all sources get the type that they state, or have samples for. Not so where a counter is only
 * called as text has it, which OpenMetrics calls unknown: that takes nothing from anybody. */
bool family_is_disputed(const struct family *family, enum page_kind kind);

/* Samples of this shape cannot be of the type that is stated. */
bool family_has_misfit(const struct family *family, unsigned shape, enum page_kind kind);

/* It is to be taken apart, as one that is contradictory. */
void family_explode(struct family *family);

/*
 * Settles what two families both claim: a histogram `x` claims `x_count`. Where `x_count` has a
 * type of its own, or cannot be a part of `x`, both come apart; where nobody gave it one it joins
 * `x`. Reads only what was known before any of these clashes, so that the order of families does
 * not matter, and one pass is enough: a family that comes apart claims no more names than before.
 * True where the two clash.
 */
bool family_claim(struct family *family, struct family *base, enum page_kind kind);

/* Its samples are filed by their own names. */
bool family_is_apart(const struct family *family);

/* Shapes of its samples that keep a family from joining another one as its part. */
#define SHAPES_OF_NO_PART (SHAPE_LACKS_LE | SHAPE_ODD_BOUND)

/* Where its samples stand on the page. */
struct family *family_target(struct family *family);

/* Its type on the page, TYPE_UNKNOWN where there is none. `up` is always ours. */
enum metric_type family_type(const struct family *family);

/* What became of one that is disputed. */
enum conflict_outcome family_outcome(const struct family *family);

#endif

/*
 * Do two sources say the same of the same families, in the same order? However their runs are cut:
 * lines of one family go on in another run where a piece of memory ends, and known families are of
 * one run as far as they arrived at once.
 */
#include "exposition/settle_state.h"

/* A walk along what a source says, family by family. */
struct saying {
    const struct known_stretch *stretch; /* of the run; NULL: that is of one family */
    const struct run *run;
    const struct run *end;
    uint32_t index; /* in its stretch, if it is of one */
    uint32_t index_end;
};

static void begin_run(const struct settle *settle, struct saying *saying)
{
    const struct run *run = saying->run;
    bool is_known = run < saying->end && run->family == NULL;
    saying->stretch = is_known ? settle_stretch(settle, run) : NULL;
    saying->index = is_known ? run->first : 0;
    saying->index_end = is_known ? saying->index + run->families : 0;
}

static struct saying saying_of(const struct settle *settle, const struct source *source)
{
    /* Without runs both are NULL, to which C lets nothing be added. */
    const struct run *end = source->run_count > 0 ? source->runs + source->run_count : source->runs;
    struct saying saying = {.run = source->runs, .end = end};
    begin_run(settle, &saying);
    return saying;
}

static void skip(const struct settle *settle, struct saying *saying, uint32_t families)
{
    saying->index += families;
    if (saying->stretch && saying->index < saying->index_end)
        return;
    saying->run++;
    begin_run(settle, saying);
}

/* What is said, as if it were of lines. */
static struct run said(const struct saying *saying)
{
    return saying->stretch ? settle_known_run(saying->stretch, saying->index) : *saying->run;
}

static bool are_runs_alike(const struct run *one, const struct run *other)
{
    const struct run all = {.help = HELP_IDS_MOST, .type = 15, .is_unit = 1};
    return one->family == other->family && ((one->word ^ other->word) & all.word) == 0 &&
           (one->length > 0) == (other->length > 0);
}

/* How many families they go on to say the same of, as far as can be told at once; 0: none. */
static uint32_t alike(const struct saying *one, const struct saying *other)
{
    if (one->stretch && one->stretch == other->stretch && one->index == other->index) {
        uint32_t most = one->index_end - one->index;
        uint32_t others = other->index_end - other->index;
        return most < others ? most : others;
    }
    if (one->stretch == NULL && other->stretch == NULL)
        return are_runs_alike(one->run, other->run) ? 1 : 0;
    struct run a = said(one);
    struct run b = said(other);
    return are_runs_alike(&a, &b) ? 1 : 0;
}

/* Just more lines of the run before, which end with a piece of memory. */
static bool goes_on(const struct source *source, const struct saying *saying)
{
    const struct run *run = saying->run;
    return run > source->runs && run < saying->end && run->family &&
           run[0].family == run[-1].family && run->type == TYPE_NONE && run->help == 0 &&
           run[-1].length > 0;
}

/* The runs of lines that come next, which need no look at any stretch. */
static void skip_lines(const struct settle *settle, struct saying *one, struct saying *other)
{
    if (one->stretch || other->stretch)
        return;
    while (one->run < one->end && other->run < other->end && one->run->family &&
           are_runs_alike(one->run, other->run)) {
        one->run++;
        other->run++;
    }
    begin_run(settle, one);
    begin_run(settle, other);
}

bool settle_are_alike(const struct settle *settle, const struct source *one,
                      const struct source *other)
{
    struct saying a = saying_of(settle, one);
    struct saying b = saying_of(settle, other);
    bool is_over = false;
    while (!is_over) {
        skip_lines(settle, &a, &b);
        uint32_t count = a.run < a.end && b.run < b.end ? alike(&a, &b) : 0;
        bool one_goes_on = count == 0 && goes_on(one, &a);
        bool other_goes_on = count == 0 && !one_goes_on && goes_on(other, &b);
        if (count > 0 || one_goes_on)
            skip(settle, &a, count);
        if (count > 0 || other_goes_on)
            skip(settle, &b, count);
        is_over = count == 0 && !one_goes_on && !other_goes_on;
    }
    return a.run == a.end && b.run == b.end;
}

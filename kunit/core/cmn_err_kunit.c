// SPDX-License-Identifier: GPL-2.0-only
/* cmn_err_kunit.c - what cmn_err(9F) makes of a message */
#include <sys/cmn_err.h>

#include <linux/kmsg_dump.h>
#include <linux/string.h>

#include "kunit/ddi_kunit.h"

struct message {
	const char *name;
	int level;
	const char *fmt;
	const char *logged;	/* with its printk level; NULL for nothing */
};

/* The judge of a test log knows that "ddi_kunit" is no warning of the kernel. */
static const struct message messages[] = {
	{ "note", CE_NOTE, "ddi_kunit: m1 %d", "<5>NOTICE: ddi_kunit: m1 7" },
	{ "warning", CE_WARN, "ddi_kunit: m2 %d", "<4>WARNING: ddi_kunit: m2 7" },
	{ "simple", CE_CONT, "ddi_kunit: m3 %d\n", "<6>ddi_kunit: m3 7" },
	{ "log only", CE_WARN, "!ddi_kunit: m4 %d", "<7>WARNING: ddi_kunit: m4 7" },
	{ "log only, simple", CE_CONT, "!ddi_kunit: m5 %d\n", "<7>ddi_kunit: m5 7" },
	{ "console", CE_NOTE, "^ddi_kunit: m6 %d", "<3>NOTICE: ddi_kunit: m6 7" },
	{ "console if verbose", CE_CONT, "?ddi_kunit: m7 %d\n", "<6>ddi_kunit: m7 7" },
	{ "one mark is taken, not two", CE_NOTE, "!?ddi_kunit: m8 %d",
	  "<7>NOTICE: ?ddi_kunit: m8 7" },
	{ "ignored", CE_IGNORE, "ddi_kunit: m9 %d", NULL },
	{ "no such level", 99, "ddi_kunit: m9 %d", NULL },
};

KUNIT_ARRAY_PARAM_DESC(message, messages, name);

/* Is there a line "<level>[time] text", with that level and text, and no more? */
static bool is_logged(const char *expected)
{
	struct kmsg_dump_iter at;
	bool found = false;
	char line[256];
	size_t len;

	kmsg_dump_rewind(&at);
	while (kmsg_dump_get_line(&at, true, line, sizeof(line) - 1, &len)) {
		const char *text;

		line[len] = '\0';
		strim(line);
		text = strstr(line, expected + 3);
		found |= text && !text[strlen(expected + 3)] && !strncmp(line, expected, 3) &&
			 text > line + 3 && text[-2] == ']';
	}
	return found;
}

/* G12 */
static void message_has_its_level(struct kunit *test)
{
	const struct message *m = test->param_value;

	/* The format is not a constant here, and is what drivers pass. */
	cmn_err(m->level, m->fmt, 7);
	if (m->logged)
		KUNIT_EXPECT_TRUE_MSG(test, is_logged(m->logged), "no \"%s\"", m->logged);
	else
		KUNIT_EXPECT_FALSE(test, is_logged("<6>ddi_kunit: m9 7"));
}

/* G12: CE_CONT alone has no newline of ours */
static void message_is_continued(struct kunit *test)
{
	cmn_err(CE_CONT, "ddi_kunit: one,");
	cmn_err(CE_CONT, " two,");
	cmn_err(CE_CONT, " three\n");
	cmn_err(CE_CONT, "ddi_kunit: four\n");
	KUNIT_EXPECT_TRUE(test, is_logged("<6>ddi_kunit: one, two, three"));
	KUNIT_EXPECT_TRUE(test, is_logged("<6>ddi_kunit: four"));
}

static struct kunit_case cmn_err_cases[] = {
	KUNIT_CASE_PARAM(message_has_its_level, message_gen_params),
	KUNIT_CASE(message_is_continued),
	{ }
};

static struct kunit_suite cmn_err_suite = {
	.name = "ddi_cmn_err",
	.test_cases = cmn_err_cases,
};

kunit_test_suite(cmn_err_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a shrinker that is registered by itself have a name? From 6.0 to 6.6.
 * Fails with: too many arguments|implicit declaration of function|undeclared function
 */
#include <linux/mm.h>
#include <linux/shrinker.h>

int ddi_probe(struct shrinker *shrinker);

int ddi_probe(struct shrinker *shrinker)
{
	return register_shrinker(shrinker, "probe");
}

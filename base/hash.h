/* A hash table of objects by number: lists of the objects whose numbers fall into one bucket. All
 * zero means empty. It does not grow: with n objects a search takes n / HASH_BUCKETS steps. */
#ifndef WARREN_BASE_HASH_H
#define WARREN_BASE_HASH_H

#include <stdint.h>

#include "base/list.h"

enum { HASH_BUCKETS = 1024 };

struct hash {
	struct list buckets[HASH_BUCKETS];
};

/* The last step of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
 * 2014). */
static inline uint64_t hash_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* The bucket for objects of this pair of numbers. Others are in it too: the caller compares. */
static inline struct list *hash_bucket(struct hash *h, uint64_t a, uint64_t b)
{
	struct list *l = &h->buckets[hash_mix(hash_mix(a) + b) % HASH_BUCKETS];
	if (l->next == NULL)
		list_init(l);
	return l;
}

#endif

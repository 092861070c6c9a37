/* A doubly linked list whose links live in the objects. An empty list points at itself; so does a
 * link that is on no list, and list_del of it is harmless. */
#ifndef WARREN_BASE_LIST_H
#define WARREN_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* The body may remove `it` from the list, and no other element. */
#define list_each(it, head, type, member)                                                          \
	for (type *it = container_of((head)->next, type, member),                                  \
		  *it##_next = container_of(it->member.next, type, member);                        \
	     &it->member != (head);                                                                \
	     it = it##_next, it##_next = container_of(it->member.next, type, member))

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_add_tail(struct list *head, struct list *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

/* Move all elements of from behind those of head. */
static inline void list_append(struct list *head, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = head->prev;
	from->prev->next = head;
	head->prev->next = from->next;
	head->prev = from->prev;
	list_init(from);
}

static inline void list_del(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

#endif

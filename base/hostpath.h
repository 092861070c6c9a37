/* Lines of mounts and devices: words between blanks, in which \040 is a blank, as in fstab(5). */
#ifndef WARREN_BASE_HOSTPATH_H
#define WARREN_BASE_HOSTPATH_H

/* Cut a line at its blanks, in place. Returns how many words there are, of which at most max are
 * kept. */
int hostpath_words(char *line, char **words, int max);

/* Make a word the path that it stands for, in place: without escapes, with one / between its parts
 * and none at its end. -1: EINVAL no whole path, or . or .. in it; ERANGE a part too long. `wanted`
 * ends the sentence. */
int hostpath_parse(char *word, const char *wanted);

#endif

/* Filling the tree from the settings files. */
#ifndef WARREN_TREE_LOAD_H
#define WARREN_TREE_LOAD_H

/* Below the root, which is there already; out of two directories (base/writer.h; borrowed). A file
 * that can't be read makes that one object `failed`, and one of a kind that is not known is left
 * alone. -1: a directory can't be read. */
int load_all(int lasting, int fleeting);

#endif

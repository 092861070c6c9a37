/* Filling the tree from the settings files. */
#ifndef WARREN_TREE_LOAD_H
#define WARREN_TREE_LOAD_H

/* Load all objects below the root, which exists already, from two directories (base/writer.h;
 * borrowed). A file that can't be read makes its object `failed`; an object of an unknown kind is
 * left alone. -1: a directory can't be read. */
int load_all(int lasting, int fleeting);

#endif

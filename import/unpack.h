/* An archive into the working directory. */
#ifndef WARREN_IMPORT_UNPACK_H
#define WARREN_IMPORT_UNPACK_H

struct archive;

enum unpack_how {
	UNPACK_ALL,
	UNPACK_WHITEOUTS, /* of an OCI layer only that which takes away from those below */
	UNPACK_LAYER, /* and all but that */
};
int unpack(struct archive *from, enum unpack_how how);

#endif

/* OCI layouts. */
#ifndef WARREN_IMPORT_OCI_H
#define WARREN_IMPORT_OCI_H

/* Unpack one, by means of the packer at this socket. */
int oci_unpack(int packer);

#endif

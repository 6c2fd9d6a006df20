"""Work that splits over processes and hosts, and an index that does not fit into memory, measured on one machine."""

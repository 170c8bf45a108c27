"""The intermediate representation: immutable nodes and entries, their order, rewriting and naming."""

"""What all documents share: storage, schema, references, faults, amounts, postings."""

// Package baseline keeps records of the default branch for later comparisons.
//
// A store is a directory with one file per run. So concurrent updates never touch
// the same file, and a merge of two stores never conflicts:
//
//	runs/<environment>/<name>.jsonl
//
// The environment is the record's [Key]: only records with the same key can be
// compared. The name identifies the head build: a commit, a version or the digest
// of its binary. A file holds a record as package bench encodes it, with head
// sessions only. A store holds no derived data, such as an index.
//
// The package stores and finds records. Package gate interprets them.
package baseline

// SPDX-License-Identifier: Apache-2.0

// Package interop checks Z5's checkpoints, receipts and consistency proofs with other people's code: Go's signed notes
// (golang.org/x/mod/sumdb/note) and the transparency community's Merkle proofs (github.com/transparency-dev/merkle).
// Input is a folder that the C++ program interop_fixtures has just written; nothing here knows how Z5 made it.
package interop

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

type checkpoint struct {
	size uint64
	root []byte
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(os.Getenv("Z5_FIXTURES"), name))
	if err != nil {
		t.Fatalf("run by ctest, which sets Z5_FIXTURES: %v", err)
	}
	return content
}

// openCheckpoint verifies the note by the printed verifier key and parses the three lines of tlog-checkpoint.
func openCheckpoint(text, verifierKey string) (checkpoint, error) {
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return checkpoint{}, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return checkpoint{}, fmt.Errorf("not the three lines of a checkpoint: %q", opened.Text)
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil {
		return checkpoint{}, err
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	return checkpoint{size, root}, err
}

func hashes(lines []string) ([][]byte, error) {
	var out [][]byte
	for _, line := range lines {
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(hash) != 32 {
			return nil, fmt.Errorf("not a hash: %q", line)
		}
		out = append(out, hash)
	}
	return out, nil
}

// verifyReceipt reads a C2SP tlog-proof from its specification alone.
func verifyReceipt(text string, body []byte, verifierKey string) error {
	head, signed, found := strings.Cut(text, "\n\n")
	if !found {
		return fmt.Errorf("no empty line")
	}
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return fmt.Errorf("not a tlog-proof")
	}
	index, err := strconv.ParseUint(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return err
	}
	committed, err := openCheckpoint(signed, verifierKey)
	if err != nil {
		return err
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(body)
	return proof.VerifyInclusion(rfc6962.DefaultHasher, index, committed.size, leaf, path, committed.root)
}

func verifierKey(t *testing.T) string { return strings.TrimSpace(string(read(t, "verifier"))) }

// fixtures lists the names with a prefix, and fails when there are none: an empty folder proves nothing.
func fixtures(t *testing.T, prefix string) []string {
	t.Helper()
	found, _ := filepath.Glob(filepath.Join(os.Getenv("Z5_FIXTURES"), prefix+"*"))
	if len(found) < 3 {
		t.Fatalf("only %d files %s*", len(found), prefix)
	}
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}

func TestCheckpoints(t *testing.T) {
	for _, name := range fixtures(t, "checkpoint-") {
		text := string(read(t, name))
		got, err := openCheckpoint(text, verifierKey(t))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if want := strings.TrimPrefix(name, "checkpoint-"); strconv.FormatUint(got.size, 10) != want {
			t.Errorf("%s: size %d", name, got.size)
		}
		for i := range text { // no byte may change
			changed := []byte(text)
			changed[i] ^= 1
			if other, err := openCheckpoint(string(changed), verifierKey(t)); err == nil &&
				(other.size != got.size || !bytes.Equal(other.root, got.root)) {
				t.Errorf("%s: accepted with byte %d changed", name, i)
			}
		}
	}
}

func TestReceipts(t *testing.T) {
	key := verifierKey(t)
	for _, name := range fixtures(t, "receipt-") {
		text, body := string(read(t, name)), read(t, "body-"+strings.TrimPrefix(name, "receipt-"))
		if err := verifyReceipt(text, body, key); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range body {
			changed := bytes.Clone(body)
			changed[i] ^= 0x20
			if verifyReceipt(text, changed, key) == nil {
				t.Fatalf("%s: proves a body with byte %d changed", name, i)
			}
		}
		end := strings.Index(text, "\n\n")
		for i := 0; i < end; i++ {
			changed := []byte(text)
			changed[i] ^= 1
			if verifyReceipt(string(changed), body, key) == nil {
				t.Errorf("%s: accepted with byte %d changed", name, i)
			}
		}
	}
}

func TestConsistency(t *testing.T) {
	key := verifierKey(t)
	for _, name := range fixtures(t, "consistency-") {
		sizes := strings.Split(name, "-")
		from, err := openCheckpoint(string(read(t, "checkpoint-"+sizes[1])), key)
		if err != nil {
			t.Fatal(err)
		}
		to, err := openCheckpoint(string(read(t, "checkpoint-"+sizes[2])), key)
		if err != nil {
			t.Fatal(err)
		}
		path, err := hashes(strings.Fields(string(read(t, name))))
		if err != nil {
			t.Fatal(err)
		}
		verify := func(path [][]byte, old []byte) error {
			return proof.VerifyConsistency(rfc6962.DefaultHasher, from.size, to.size, path, old, to.root)
		}
		if err := verify(path, from.root); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if verify(path, to.root) == nil {
			t.Errorf("%s: accepted for another old root", name)
		}
		for i := range path {
			path[i][0] ^= 1
			if verify(path, from.root) == nil {
				t.Errorf("%s: accepted with hash %d changed", name, i)
			}
			path[i][0] ^= 1
		}
	}
}

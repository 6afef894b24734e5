// Checks an exported entry, or that one checkpoint continues another, with the Go project's own note and tlog packages
// and nothing of Aboveboard's. Debian: golang-go golang-golang-x-mod-dev.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run check.go entry VKEY-FILE ENTRY-FOLDER...
//	GO111MODULE=off GOPATH=/usr/share/gocode go run check.go growth VKEY-FILE OLD-CHECKPOINT CONSISTENCY-FILE
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tree struct {
	size int64
	root tlog.Hash
}

func parseHash(text string) (hash tlog.Hash, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && len(raw) != tlog.HashSize {
		err = fmt.Errorf("a hash of %d bytes", len(raw))
	}
	copy(hash[:], raw)
	return hash, err
}

func openCheckpoint(verifier note.Verifier, signed []byte) (t tree, err error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return t, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return t, errors.New("not a checkpoint of this log")
	}
	if t.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return t, err
	}
	t.root, err = parseHash(lines[2])
	return t, err
}

// splitProof gives the lines before the blank one, and the signed checkpoint after it.
func splitProof(path string) (lines []string, signed []byte, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	head, tail, found := strings.Cut(string(raw), "\n\n")
	if !found {
		return nil, nil, errors.New("no checkpoint in " + path)
	}
	return strings.Split(head, "\n"), []byte(tail), nil
}

func parseHashes(lines []string) (hashes []tlog.Hash, err error) {
	for _, line := range lines {
		hash, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func checkCommitment(folder string, leaf []byte, extra string) error {
	manifest, err := os.ReadFile(filepath.Join(folder, "manifest-sha256.txt"))
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(manifest), "\n"), "\n") {
		want, name, _ := strings.Cut(line, "  ")
		part, err := os.ReadFile(filepath.Join(folder, filepath.Base(name)))
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(part); hex.EncodeToString(sum[:]) != want {
			return fmt.Errorf("%s is not the part in the manifest", name)
		}
	}
	salt, err := base64.StdEncoding.Strict().DecodeString(extra)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, salt)
	mac.Write(manifest)
	var public struct{ Commit string }
	if err := json.Unmarshal(leaf, &public); err != nil {
		return err
	}
	if public.Commit != "hmac-sha256:"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		return errors.New("the leaf commits to another manifest")
	}
	return nil
}

func checkEntry(verifier note.Verifier, folder string) error {
	leaf, err := os.ReadFile(filepath.Join(folder, "leaf.json"))
	if err != nil {
		return err
	}
	lines, signed, err := splitProof(filepath.Join(folder, "evidence.tlog-proof"))
	if err != nil {
		return err
	}
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof file")
	}
	if err := checkCommitment(folder, leaf, strings.TrimPrefix(lines[1], "extra ")); err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	t, err := openCheckpoint(verifier, signed)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[3:])
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(tlog.RecordProof(hashes), t.size, t.root, index, tlog.RecordHash(leaf)); err != nil {
		return err
	}
	fmt.Printf("OK: entry %d of %s, size %d\n", index, verifier.Name(), t.size)
	return nil
}

func checkGrowth(verifier note.Verifier, oldPath, proofPath string) error {
	raw, err := os.ReadFile(oldPath)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(verifier, raw)
	if err != nil {
		return err
	}
	lines, signed, err := splitProof(proofPath)
	if err != nil {
		return err
	}
	t, err := openCheckpoint(verifier, signed)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(tlog.TreeProof(hashes), t.size, t.root, old.size, old.root); err != nil {
		return err
	}
	fmt.Printf("OK: %d entries of %s are the beginning of %d\n", old.size, verifier.Name(), t.size)
	return nil
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: entry VKEY-FILE FOLDER... | growth VKEY-FILE OLD-CHECKPOINT CONSISTENCY-FILE")
	}
	vkey, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return err
	}
	if args[0] == "growth" && len(args) == 4 {
		return checkGrowth(verifier, args[2], args[3])
	}
	for _, folder := range args[2:] {
		if err := checkEntry(verifier, folder); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
}

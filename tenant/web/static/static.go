// Package static serves the files that every page of every town shares. Each
// has the digest of its content in its address, so a browser keeps it for good
// and never shows an old one.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed *.css *.svg
var files embed.FS

// A Shelf is the files with their addresses.
type Shelf struct {
	addresses map[string]string // by name
	served    map[string]file   // by the last element of the address
}

type file struct {
	kind          string
	plain, zipped []byte
}

// Prefix is what the addresses of all files begin with.
const Prefix = "/static/"

// Load digests and compresses the files.
func Load() (*Shelf, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list static files: %w", err)
	}
	s := &Shelf{addresses: map[string]string{}, served: map[string]file{}}
	for _, entry := range entries {
		name := entry.Name()
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read static file %s: %w", name, err)
		}
		zipped, err := compress(content)
		if err != nil {
			return nil, fmt.Errorf("compress static file %s: %w", name, err)
		}
		sum := sha256.Sum256(content)
		extension := path.Ext(name)
		address := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
		s.addresses[name] = Prefix + address
		s.served[address] = file{kind: mime.TypeByExtension(extension), plain: content, zipped: zipped}
	}
	return s, nil
}

// Address is where a file is found. It is empty for a file that doesn't exist.
func (s *Shelf) Address(name string) string { return s.addresses[name] }

// ServeHTTP serves a file by its address, and 404 for an address that no file
// has now.
func (s *Shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, found := s.served[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !found || r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", f.kind)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	content := f.plain
	if AcceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
		content = f.zipped
	}
	header.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(content) // a reader who left is no news
	}
}

// AcceptsGzip says whether the browser takes gzip.
func AcceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

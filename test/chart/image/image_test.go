// Package image_test builds the container image as `make image` does, and looks
// at what a node would get.
package image_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	root    = "../../.."
	version = "9.8.7-test"
)

// An entry is a file in an archive.
type entry struct {
	header *tar.Header
	text   []byte
}

func TestImage(t *testing.T) {
	t.Parallel()
	platform := "linux/" + runtime.GOARCH
	out := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "make", "-C", root, "--no-print-directory", "image", "VERSION="+version, "PLATFORMS="+platform, "OUT="+out)
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("make image: %v\n%s", err, output)
	}
	archives, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(archives) != 1 || filepath.Base(archives[0]) != "daliu-"+version+"-linux-"+runtime.GOARCH+".tar" {
		t.Fatalf("archives: %v, %v", archives, err)
	}
	text, err := os.ReadFile(archives[0])
	if err != nil {
		t.Fatal(err)
	}
	archive := unpack(t, bytes.NewReader(text))
	manifest := checkIndex(t, archive)
	checkConfig(t, blob(t, archive, manifest.Config.Digest))
	checkDocker(t, archive, manifest)
	files := map[string]entry{}
	for _, layer := range manifest.Layers {
		unzipped, err := gzip.NewReader(bytes.NewReader(blob(t, archive, layer.Digest)))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(files, unpack(t, unzipped))
	}
	checkFiles(t, files)
	checkProgram(t, files["daliu"].text)
}

// A descriptor is how an OCI image names a part of itself.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Annotations map[string]string `json:"annotations"`
	Platform    map[string]string `json:"platform"`
}

type manifest struct {
	Config descriptor   `json:"config"`
	Layers []descriptor `json:"layers"`
}

func checkIndex(t *testing.T, archive map[string]entry) manifest {
	t.Helper()
	if got := string(archive["oci-layout"].text); !strings.Contains(got, "1.0.0") {
		t.Errorf("oci-layout = %q", got)
	}
	var index struct {
		Manifests []descriptor `json:"manifests"`
	}
	decode(t, archive["index.json"].text, &index)
	if len(index.Manifests) != 1 {
		t.Fatalf("%d images in the archive, want 1", len(index.Manifests))
	}
	image := index.Manifests[0]
	want := descriptor{
		MediaType:   "application/vnd.oci.image.manifest.v1+json",
		Digest:      image.Digest,
		Annotations: map[string]string{"org.opencontainers.image.ref.name": version, "io.containerd.image.name": "localhost/daliu:" + version},
		Platform:    map[string]string{"os": "linux", "architecture": runtime.GOARCH},
	}
	if diff := cmp.Diff(want, image); diff != "" {
		t.Error(diff)
	}
	var m manifest
	decode(t, blob(t, archive, image.Digest), &m)
	return m
}

// checkConfig checks what the kubelet needs: who runs it, and what.
func checkConfig(t *testing.T, text []byte) {
	t.Helper()
	var config struct {
		OS           string `json:"os"`
		Architecture string `json:"architecture"`
		Config       struct {
			User       string
			Entrypoint []string
			Cmd        []string
			Env        []string
			Labels     map[string]string
		} `json:"config"`
	}
	decode(t, text, &config)
	c := config.Config
	if config.OS != "linux" || config.Architecture != runtime.GOARCH {
		t.Errorf("image is for %s/%s", config.OS, config.Architecture)
	}
	if c.User != "65532:65532" || len(c.Entrypoint) != 1 || c.Entrypoint[0] != "/daliu" || len(c.Cmd) > 0 {
		t.Errorf("image runs %v %v as %s", c.Entrypoint, c.Cmd, c.User)
	}
	if len(c.Env) != 1 || c.Env[0] != "ZONEINFO=/zoneinfo.zip" {
		t.Errorf("environment = %v", c.Env)
	}
	if got := c.Labels["org.opencontainers.image.version"]; got != version {
		t.Errorf("label of the version = %q, want %q", got, version)
	}
	// The other way to build says the same.
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"USER " + c.User, `ENTRYPOINT ["/daliu"]`, "ENV " + c.Env[0], "FROM scratch"} {
		if !strings.Contains(string(dockerfile), line+"\n") {
			t.Errorf("the Dockerfile does not say %s", line)
		}
	}
}

// checkDocker checks the file by which docker load finds the same parts.
func checkDocker(t *testing.T, archive map[string]entry, m manifest) {
	t.Helper()
	var got []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	decode(t, archive["manifest.json"].text, &got)
	path := func(d descriptor) string { return "blobs/" + strings.Replace(d.Digest, ":", "/", 1) }
	if len(got) != 1 || got[0].Config != path(m.Config) || len(got[0].Layers) != len(m.Layers) || got[0].RepoTags[0] != "localhost/daliu:"+version {
		t.Fatalf("manifest.json = %+v", got)
	}
	for i, layer := range m.Layers {
		if got[0].Layers[i] != path(layer) {
			t.Errorf("layer %d is %s, want %s", i, got[0].Layers[i], path(layer))
		}
	}
}

// checkFiles checks that nothing is in the image but what is meant to be, and
// that nobody but root could write it.
func checkFiles(t *testing.T, files map[string]entry) {
	t.Helper()
	modes := map[string]int64{}
	for name, file := range files {
		modes[name] = file.header.Mode
		if file.header.Uid != 0 || file.header.Gid != 0 || file.header.ModTime.Unix() != 0 {
			t.Errorf("%s belongs to %d:%d, of %v", name, file.header.Uid, file.header.Gid, file.header.ModTime)
		}
	}
	want := map[string]int64{
		"etc/": 0o755, "etc/ssl/": 0o755, "etc/ssl/certs/": 0o755,
		"etc/ssl/certs/ca-certificates.crt": 0o644, "zoneinfo.zip": 0o644, "daliu": 0o755,
	}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Error(diff)
	}
	roots := 0
	for rest := files["etc/ssl/certs/ca-certificates.crt"].text; ; roots++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			t.Error(err)
		}
	}
	if roots < 80 {
		t.Errorf("%d authorities are trusted, expected more", roots)
	}
	zones, err := zip.NewReader(bytes.NewReader(files["zoneinfo.zip"].text), files["zoneinfo.zip"].header.Size)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(zones, "Asia/Shanghai"); err != nil {
		t.Error(err)
	}
}

// checkProgram checks that the program needs nothing that the image lacks, and
// runs it.
func checkProgram(t *testing.T, text []byte) {
	t.Helper()
	program, err := elf.NewFile(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("the program is not static")
		}
	}
	if folder, err := filepath.Abs(root); err != nil || bytes.Contains(text, []byte(folder+"/cmd/daliu")) {
		t.Errorf("the program says where it was built: %v", err)
	}
	path := filepath.Join(t.TempDir(), "daliu")
	if err := os.WriteFile(path, text, 0o700); err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), path, "--help")
	run.Env = []string{} // as in a container
	output, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("daliu --help: %v\n%s", err, output)
	}
	for _, command := range []string{"operator", "serve"} {
		if !strings.Contains(string(output), command) {
			t.Errorf("daliu --help does not tell of %s:\n%s", command, output)
		}
	}
}

func unpack(t *testing.T, from io.Reader) map[string]entry {
	t.Helper()
	entries := map[string]entry{}
	for archive := tar.NewReader(from); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		entries[header.Name] = entry{header, text}
	}
}

// blob returns a part of the image, after a look at its digest.
func blob(t *testing.T, archive map[string]entry, digest string) []byte {
	t.Helper()
	text := archive["blobs/"+strings.Replace(digest, ":", "/", 1)].text
	sum := sha256.Sum256(text)
	if digest != "sha256:"+hex.EncodeToString(sum[:]) {
		t.Fatalf("blob %s is not there, or not what its name says", digest)
	}
	return text
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

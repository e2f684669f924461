package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// write writes an image to an archive that is an OCI image layout and, by one
// more file over the same blobs, what docker load reads too. folder is used in
// between.
func write(archive, folder string, image v1.Image, name, tag string) error {
	at, err := layout.Write(folder, empty.Index)
	if err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	err = at.AppendImage(image,
		layout.WithPlatform(v1.Platform{OS: config.OS, Architecture: config.Architecture, Variant: config.Variant}),
		layout.WithAnnotations(map[string]string{
			"org.opencontainers.image.ref.name": tag,
			"io.containerd.image.name":          name + ":" + tag,
		}))
	if err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	if err := writeDockerManifest(filepath.Join(folder, "manifest.json"), image, name+":"+tag); err != nil {
		return err
	}
	return pack(archive, folder)
}

// writeDockerManifest says which blobs an image is made of, as Docker does.
func writeDockerManifest(file string, image v1.Image, name string) error {
	manifest, err := image.Manifest()
	if err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	blob := func(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }
	entry := struct {
		Config   string   `json:"Config"`
		RepoTags []string `json:"RepoTags"`
		Layers   []string `json:"Layers"`
	}{Config: blob(manifest.Config.Digest), RepoTags: []string{name}}
	for _, layer := range manifest.Layers {
		entry.Layers = append(entry.Layers, blob(layer.Digest))
	}
	text, err := json.Marshal([]any{entry})
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return os.WriteFile(file, text, 0o600)
}

// pack puts the files of a folder into an archive, which appears whole or not
// at all.
func pack(archive, folder string) (err error) {
	unfinished := archive + ".unfinished"
	out, err := os.Create(unfinished) //nolint:gosec // the caller's choice
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write archive: %w", err), os.Remove(unfinished))
		}
	}()
	writer := tar.NewWriter(out)
	err = filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return packFile(writer, folder, name)
	})
	if err = errors.Join(err, writer.Close(), out.Close()); err != nil {
		return err
	}
	return os.Rename(unfinished, archive)
}

func packFile(writer *tar.Writer, folder, name string) error {
	relative, err := filepath.Rel(folder, name)
	if err != nil {
		return err
	}
	in, err := os.Open(name) //nolint:gosec // just written
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: filepath.ToSlash(relative), Mode: 0o644, Size: info.Size()}
	if err := writer.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(writer, in)
	return err
}

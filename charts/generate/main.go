// Command generate copies the manifests of config into the chart, which can't
// read files outside its own folder. It removes what config no longer has.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/daliu-governance/daliu/config"
	"github.com/daliu-governance/daliu/config/models"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate <folder of the chart's files>")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate makes a folder hold the manifests of config, in the folders crd,
// policy, rbac and models, and nothing else.
func generate(folder string) error {
	if err := os.RemoveAll(folder); err != nil { //nolint:gosec // the folder that go generate names
		return fmt.Errorf("empty the chart's files: %w", err)
	}
	if err := copyTo(folder, config.Files); err != nil {
		return err
	}
	return copyTo(filepath.Join(folder, "models"), models.Files)
}

// copyTo copies files, folders included. [os.CopyFS] would make them writable
// for everybody whom the umask lets.
func copyTo(folder string, files fs.FS) error {
	return fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return fmt.Errorf("read manifest %s: %w", path, err)
		}
		target := filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // part of the source tree, like its neighbours
			return fmt.Errorf("make folder of %s: %w", path, err)
		}
		if err := os.WriteFile(target, text, 0o644); err != nil { //nolint:gosec // part of the source tree, like its neighbours
			return fmt.Errorf("write manifest %s: %w", path, err)
		}
		return nil
	})
}

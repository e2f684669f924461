// Command image builds Daliu's container image without a registry and without a
// container engine: one archive for each platform, which containerd, Docker,
// Podman and crane all read.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	var b builder
	flag.StringVar(&b.source, "source", "../..", "the root of Daliu's source")
	flag.StringVar(&b.out, "out", "../../bin", "where the archives are written")
	flag.StringVar(&b.name, "name", "localhost/daliu", "the image's name")
	flag.StringVar(&b.version, "version", "", "the image's tag; the chart's appVersion if it is not given")
	platforms := flag.String("platforms", "linux/amd64,linux/arm64", "what to build for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, strings.Split(*platforms, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// A builder is one run of the command.
type builder struct {
	source, out   string
	name, version string
}

func (b *builder) run(ctx context.Context, platforms []string) error {
	if b.version == "" {
		var err error
		if b.version, err = chartVersion(filepath.Join(b.source, "charts", "daliu", "Chart.yaml")); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil { //nolint:gosec // part of the source tree
		return fmt.Errorf("make folder of archives: %w", err)
	}
	for _, name := range platforms {
		platform, err := v1.ParsePlatform(name)
		if err != nil {
			return fmt.Errorf("read platform %q: %w", name, err)
		}
		archive := filepath.Join(b.out, fmt.Sprintf("daliu-%s-%s-%s.tar", b.version, platform.OS, platform.Architecture))
		if err := b.build(ctx, platform, archive); err != nil {
			return fmt.Errorf("build image for %s: %w", name, err)
		}
		fmt.Fprintf(os.Stdout, "%s:%s for %s in %s\n", b.name, b.version, name, archive)
	}
	return nil
}

// chartVersion is the version that the chart asks nodes for.
func chartVersion(file string) (string, error) {
	text, err := os.ReadFile(file) //nolint:gosec // our own chart
	if err != nil {
		return "", fmt.Errorf("read version: %w", err)
	}
	found := regexp.MustCompile(`(?m)^appVersion: "?([^"\s]+)"?$`).FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("read version: %s has no appVersion", file)
	}
	return string(found[1]), nil
}

// build makes the image of a platform and writes it to an archive.
func (b *builder) build(ctx context.Context, platform *v1.Platform, archive string) error {
	work, err := os.MkdirTemp("", "daliu-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	program := filepath.Join(work, "daliu")
	if err := b.compile(ctx, platform, program); err != nil {
		return err
	}
	image, err := b.assemble(ctx, platform, program)
	if err != nil {
		return err
	}
	return write(archive, filepath.Join(work, "layout"), image, b.name, b.version)
}

// compile builds the static program. It does not say in which folder, or from
// which state of a repository: the same source gives the same image.
func (b *builder) compile(ctx context.Context, platform *v1.Platform, program string) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", //nolint:gosec // our own source
		"-ldflags", "-s -w -X main.version="+b.version, "-o", program, "./cmd/daliu")
	command.Dir = b.source
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+platform.OS, "GOARCH="+platform.Architecture)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("compile daliu: %w\n%s", err, output)
	}
	return nil
}

// assemble puts the program on an empty image, and beside it what it can't do
// without.
func (b *builder) assemble(ctx context.Context, platform *v1.Platform, program string) (v1.Image, error) {
	zones, err := zoneinfo(ctx)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(program) //nolint:gosec // just built
	if err != nil {
		return nil, err
	}
	// What seldom changes comes first: a node that has it does not fetch it again.
	base, err := layerOf(
		file{name: "etc/ssl/certs/ca-certificates.crt", text: authorities(), mode: 0o644},
		file{name: "zoneinfo.zip", text: zones, mode: 0o644})
	if err != nil {
		return nil, err
	}
	top, err := layerOf(file{name: "daliu", text: text, mode: 0o755})
	if err != nil {
		return nil, err
	}
	blank := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.AppendLayers(blank, base, top)
	if err != nil {
		return nil, fmt.Errorf("add layers: %w", err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Config = v1.Config{
		// A number, so that the kubelet can tell that it is not root.
		User:       "65532:65532",
		Entrypoint: []string{"/daliu"},
		WorkingDir: "/",
		Env:        []string{"ZONEINFO=/zoneinfo.zip"},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "daliu",
			"org.opencontainers.image.version":  b.version,
			"org.opencontainers.image.source":   "https://github.com/daliu-governance/daliu",
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return mutate.ConfigFile(image, config)
}

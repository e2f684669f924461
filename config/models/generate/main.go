// Command generate writes the embedded packs as GovernanceModel manifests into
// the folder that its argument names.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/daliu-governance/daliu/tenant/pack"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: generate FOLDER")
	}
	for _, name := range pack.Names() {
		text, err := manifest(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(args[0], name+".yaml"), text, 0o644); err != nil { //nolint:gosec // a manifest is for everybody to read
			return fmt.Errorf("write manifest of %s: %w", name, err)
		}
	}
	return nil
}

// manifest is the GovernanceModel of an embedded pack.
func manifest(name string) ([]byte, error) {
	model, err := pack.Load(name)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   map[string]string `json:"metadata"`
		Spec       pack.Model        `json:"spec"`
	}{"governance.daliu.dev/v1alpha1", "GovernanceModel", map[string]string{"name": name}, model})
	if err != nil {
		return nil, fmt.Errorf("encode model %s: %w", name, err)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil { // JSON is YAML, and a node keeps the order
		return nil, fmt.Errorf("lay out model %s: %w", name, err)
	}
	layOut(&node)
	out := bytes.NewBufferString("# Code generated from tenant/pack/models by config/models/generate. DO NOT EDIT.\n")
	encoder := yaml.NewEncoder(out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&node); err != nil {
		return nil, fmt.Errorf("write model %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// layOut puts what holds no list of entries on one line and everything else on
// lines of its own. It returns whether node is, or holds, a list of entries.
func layOut(node *yaml.Node) bool {
	entries := false
	for _, child := range node.Content {
		if layOut(child) || node.Kind == yaml.SequenceNode && child.Kind == yaml.MappingNode {
			entries = true
		}
	}
	node.Style = 0
	switch {
	case node.Kind == yaml.ScalarNode && strings.Contains(node.Value, ":"):
		node.Style = yaml.DoubleQuotedStyle // older parsers read 18:00 as a number
	case node.Kind != yaml.ScalarNode && !entries:
		node.Style = yaml.FlowStyle
	}
	return entries
}

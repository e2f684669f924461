// Package pack holds the models of governance as data: what a town's people
// choose from, which periods and duties bind them, what they print and count.
// A pack is the content of a GovernanceModel; three of them are embedded here.
package pack

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"sigs.k8s.io/yaml"
)

// ErrUnknown says that no embedded model has the name.
var ErrUnknown = errors.New("no such model")

//go:embed models/*.yaml
var models embed.FS

// Names lists the embedded models in alphabetical order.
func Names() []string {
	files, err := fs.Glob(models, "models/*.yaml")
	if err != nil {
		panic(fmt.Sprintf("list embedded models: %v", err)) // the pattern is a constant
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(file, "models/"), ".yaml")
	}
	return files
}

// Load reads an embedded model. It returns [ErrUnknown] if there is none of
// that name.
//
// An embedded file may begin with basedOn: it then holds only the sections in
// which it differs from that model, each of them whole.
func Load(name string) (Model, error) {
	sections, err := load(name)
	if err != nil {
		return Model{}, err
	}
	text, err := json.Marshal(sections)
	if err != nil {
		return Model{}, fmt.Errorf("encode model %s: %w", name, err)
	}
	m, err := Parse(text)
	if err != nil {
		return Model{}, fmt.Errorf("load model %s: %w", name, err)
	}
	return m, nil
}

func load(name string) (map[string]any, error) {
	text, err := models.ReadFile("models/" + name + ".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("load model %q (there are %s): %w", name, strings.Join(Names(), ", "), ErrUnknown)
	}
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", name, err)
	}
	var sections map[string]any
	if err := yaml.UnmarshalStrict(text, &sections); err != nil {
		return nil, fmt.Errorf("parse model %s: %w", name, err)
	}
	base, ok := sections["basedOn"].(string)
	if !ok {
		return sections, nil
	}
	delete(sections, "basedOn")
	whole, err := load(base)
	if err != nil {
		return nil, err
	}
	maps.Copy(whole, sections)
	return whole, nil
}

// Parse reads a whole model from YAML or JSON. A field that a model does not
// have and a key written twice are errors; [Validate] tells what else is wrong.
func Parse(text []byte) (Model, error) {
	var m Model
	if err := yaml.UnmarshalStrict(text, &m); err != nil {
		return Model{}, fmt.Errorf("parse model: %w", err)
	}
	return m, nil
}

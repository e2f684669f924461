// Command generate writes the sample district's towns, but for Daliu, whose
// manifest is written by hand from the case study, into the folder that its
// argument names. The figures are made up from the division code: the same
// code always gives the same town.
package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// byHand is the object name of the one town that is not generated.
const byHand = "daliu"

var (
	//go:embed towns.txt
	towns string
	//go:embed villages.txt
	villageNames string
	//go:embed communities.txt
	communityNames string
	//go:embed town.yaml.tmpl
	townTemplate string
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
	manifests, err := manifests()
	if err != nil {
		return err
	}
	for name, text := range manifests {
		if err := os.WriteFile(filepath.Join(args[0], name), text, 0o644); err != nil { //nolint:gosec // a manifest is for everybody to read
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// manifests are the generated files by their names.
func manifests() (map[string][]byte, error) {
	layout, err := template.New("town").Funcs(template.FuncMap{"join": join}).Parse(townTemplate)
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	files := map[string][]byte{}
	for _, line := range lines(towns) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return nil, fmt.Errorf("read towns.txt: %q is not code, name and object name", line)
		}
		if fields[2] == byHand {
			continue
		}
		town, err := makeUp(fields[0], fields[1], fields[2])
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := layout.Execute(&text, town); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", town.Object, err)
		}
		files[town.Object+".yaml"] = text.Bytes()
	}
	return files, nil
}

// A town is what the template shows.
type town struct {
	Code, Name, Object, Model string
	Households, Population    int
	ConsultationMembers       int
	Institutions, Shops       int
	Villages, Communities     []grid
	East, West                []string
}

// A grid is a village or a community of a town.
type grid struct {
	Name                                                       string
	Groups, Households                                         int
	Mediators, InformationOfficers, Volunteers, HouseholdHeads int
	ConsultationMembers                                        int
}

func makeUp(code, name, object string) (town, error) {
	seed, err := strconv.ParseUint(code, 10, 64)
	if err != nil {
		return town{}, fmt.Errorf("read towns.txt: code of %s: %w", object, err)
	}
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // the same figures every time are the point
	between := func(least, most int) int { return least + r.IntN(most-least+1) }
	t := town{
		Code: code, Name: name, Object: object, Model: "daliu-2021",
		ConsultationMembers: between(9, 13), Institutions: between(4, 20), Shops: 10 * between(3, 30),
	}
	if seed/1000%3 == 0 { // so that a sample of three towns shows two models
		t.Model = "gansu-2025"
	}
	for _, village := range lines(villageNames)[:between(6, 16)] {
		g := grid{
			Name: village, Groups: between(4, 12), Households: between(180, 620),
			Mediators: between(3, 7), InformationOfficers: between(2, 5), Volunteers: between(2, 5),
			HouseholdHeads: between(3, 7), ConsultationMembers: between(7, 11),
		}
		t.Villages = append(t.Villages, g)
		t.Households += g.Households
	}
	for _, community := range lines(communityNames)[:between(0, 2)] {
		t.Communities = append(t.Communities, grid{
			Name: community, Households: between(200, 900), Mediators: between(3, 6), InformationOfficers: between(2, 4),
			Volunteers: between(2, 5), HouseholdHeads: between(3, 7),
		})
	}
	t.Population = t.Households * between(355, 405) / 100
	for i, g := range slices.Concat(t.Villages, t.Communities) {
		if i < len(t.Villages)/2 {
			t.East = append(t.East, g.Name)
		} else {
			t.West = append(t.West, g.Name)
		}
	}
	return t, nil
}

// lines are the lines of a data file, without its comments.
func lines(text string) []string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			kept = append(kept, line)
		}
	}
	return kept
}

func join(names []string) string { return strings.Join(names, ", ") }

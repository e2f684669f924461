package main

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/config/samples"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/pack"
)

func TestGeneratedTownsAreCurrent(t *testing.T) {
	t.Parallel()

	want, err := manifests()
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 36 {
		t.Errorf("%d towns are generated, want 36", len(want))
	}
	for name, text := range want {
		got, err := samples.Liangzhou.ReadFile("liangzhou/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(text), string(got)); diff != "" {
			t.Errorf("%s is not what make generate writes (-want +got):\n%s", name, diff)
		}
	}
}

// sampleTowns reads every town of the sample, strictly.
func sampleTowns(t *testing.T) map[string]v1alpha1.Township {
	t.Helper()

	files, err := samples.Liangzhou.ReadDir("liangzhou")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]v1alpha1.Township{}
	for _, file := range files {
		if file.Name() == "00-district.yaml" {
			continue
		}
		text, err := samples.Liangzhou.ReadFile("liangzhou/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		var town, again v1alpha1.Township
		if err := yaml.UnmarshalStrict(text, &town); err != nil {
			t.Fatalf("read %s: %v", file.Name(), err)
		}
		text, err = yaml.Marshal(town)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(text, &again); err != nil {
			t.Fatalf("read %s again: %v", file.Name(), err)
		}
		if diff := cmp.Diff(town, again); diff != "" {
			t.Errorf("%s changes on its way through YAML:\n%s", file.Name(), diff)
		}
		read[strings.TrimSuffix(file.Name(), path.Ext(file.Name()))] = town
	}
	return read
}

func TestSampleIsTheWholeDistrict(t *testing.T) {
	t.Parallel()

	towns := sampleTowns(t)
	if len(towns) != 37 {
		t.Errorf("the sample has %d towns, want 37", len(towns))
	}
	codes, names := map[string]string{}, map[string]string{}
	for file, town := range towns {
		if town.Name != file || !regexp.MustCompile(`^[a-z]{1,40}$`).MatchString(file) {
			t.Errorf("%s.yaml holds the Township %q", file, town.Name)
		}
		if town.Namespace != "liangzhou" || town.Kind != "Township" || town.APIVersion != v1alpha1.GroupVersion.String() {
			t.Errorf("%s is a %s %s in %s", file, town.APIVersion, town.Kind, town.Namespace)
		}
		if _, err := tenant.ParseCode(town.Spec.Code); err != nil || !strings.HasPrefix(town.Spec.Code, "6206021") {
			t.Errorf("%s has the code %s: %v", file, town.Spec.Code, err)
		}
		if other, taken := codes[town.Spec.Code]; taken {
			t.Errorf("%s and %s have the code %s", file, other, town.Spec.Code)
		}
		if other, taken := names[town.Spec.DisplayName]; taken {
			t.Errorf("%s and %s are called %s", file, other, town.Spec.DisplayName)
		}
		codes[town.Spec.Code], names[town.Spec.DisplayName] = file, file
		if !slices.Contains(pack.Names(), town.Spec.Model.Name) {
			t.Errorf("%s works by %s, which is no model of this release", file, town.Spec.Model.Name)
		}
		if synthetic := town.Annotations[v1alpha1.SyntheticAnnotation] == "true"; synthetic == (file == byHand) {
			t.Errorf("%s is marked synthetic: %v", file, synthetic)
		}
	}
}

func TestFiguresOfEveryTownAgree(t *testing.T) {
	t.Parallel()

	for file, town := range sampleTowns(t) {
		var households int32
		var places, assigned []string
		for _, village := range town.Spec.Grid.Villages {
			households += *village.Households
			places = append(places, village.Name)
		}
		for _, community := range town.Spec.Grid.Communities {
			places = append(places, community.Name)
		}
		if households != town.Spec.Grid.Households {
			t.Errorf("the villages of %s have %d households, the town %d", file, households, town.Spec.Grid.Households)
		}
		for _, g := range slices.Concat(town.Spec.Grid.Villages, town.Spec.Grid.Communities) {
			if n := g.Posts.Mediators; n < 3 || n > 9 {
				t.Errorf("the committee of %s in %s has %d members, the law wants 3 to 9", g.Name, file, n)
			}
		}
		for _, area := range town.Spec.Areas {
			assigned = append(assigned, area.Grids...)
		}
		if diff := cmp.Diff(places, assigned); diff != "" {
			t.Errorf("the areas of %s are not its villages and communities (-grid +areas):\n%s", file, diff)
		}
	}
}

func TestDaliuHasTheFiguresOfItsCaseStudy(t *testing.T) {
	t.Parallel()

	spec := sampleTowns(t)[byHand].Spec
	got := map[string]int32{
		"villages": int32(len(spec.Grid.Villages)), "communities": int32(len(spec.Grid.Communities)),
		"households": spec.Grid.Households, "population": spec.Grid.Population,
		"community households": *spec.Grid.Communities[0].Households,
		"institutions":         spec.Grid.Venues.Institutions.Count, "shops": spec.Grid.Venues.Shops.Count,
		"areas": int32(len(spec.Areas)), "consultation members": spec.Grid.ConsultationMembers, "consultation bodies": 1,
	}
	for _, g := range slices.Concat(spec.Grid.Villages, spec.Grid.Communities) {
		got["groups"] += g.Groups
		got["mediators"] += g.Posts.Mediators
		got["information officers"] += g.Posts.InformationOfficers
		got["volunteers"] += g.Posts.Volunteers
		got["household heads"] += g.Posts.HouseholdHeads
		got["consultation members"] += g.Posts.ConsultationMembers
		if g.Posts.Mediators > 0 {
			got["committees"]++
		}
		if g.Posts.ConsultationMembers > 0 {
			got["consultation bodies"]++
		}
	}
	want := map[string]int32{
		"villages": 7, "communities": 1, "groups": 66, "households": 3647, "population": 14091, "community households": 474,
		"institutions": 12, "shops": 150, "areas": 2, "committees": 8, "mediators": 47, "information officers": 28,
		"volunteers": 25, "household heads": 41, "consultation bodies": 8, "consultation members": 82,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("daliu.yaml differs from the case study (-case study +manifest):\n%s", diff)
	}
}

func TestRunNeedsAFolder(t *testing.T) {
	t.Parallel()

	if err := run(nil); err == nil {
		t.Error("run without a folder gave no error")
	}
	if err := run([]string{t.TempDir()}); err != nil {
		t.Errorf("run into an empty folder: %v", err)
	}
}

package system_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/test/system"
)

// The main job: kubectl apply of a folder of manifests, and every town stands.
func TestEveryTownOfTheSampleDistrictBecomesReady(t *testing.T) {
	d := system.Start(t)
	folder := "../../config/samples/liangzhou/"
	if output, err := d.Kubectl(t, "apply", "-f", folder); err != nil {
		t.Fatalf("apply: %v\n%s", err, output)
	}
	if output, err := d.Kubectl(t, "wait", "--for=condition=Ready", "townships", "--all", "--timeout=120s"); err != nil {
		t.Fatalf("wait: %v\n%s", err, output)
	}
	output, err := d.Kubectl(t, "get", "townships")
	if err != nil {
		t.Fatalf("get: %v\n%s", err, output)
	}
	if rows := strings.Count(output, " True "); rows != 37 {
		t.Errorf("%d towns are Ready, want 37:\n%s", rows, output)
	}

	town := d.Get(t, "daliu")
	want := &v1alpha1.Seed{
		Model: "daliu-2021", Grids: "1/8/66", Posts: "47/28/25/41", Level1: 1, Level2: 8, Level3: 66, Committees: 8,
		Mediators: 47, InformationOfficers: 28, Volunteers: 25, HouseholdHeads: 41, ConsultationBodies: 8, ConsultationMembers: 82,
	}
	if diff := cmp.Diff(want, town.Status.Seed, cmpopts.IgnoreFields(v1alpha1.Seed{}, "Digest")); diff != "" {
		t.Errorf("what stands in Daliu (-want +got):\n%s", diff)
	}

	describe, err := d.Kubectl(t, "describe", "twn", "daliu")
	if err != nil || !strings.Contains(describe, "Provisioned") || !strings.Contains(describe, "t_620602130000_app_a reaches t_620602130000 and nothing else") {
		t.Errorf("describe: %v\n%s", err, describe)
	}
	explain, err := d.Kubectl(t, "explain", "twn.spec.grid")
	if err != nil || !strings.Contains(explain, "three-level grid") || !strings.Contains(explain, "Example: 14091") {
		t.Errorf("explain: %v\n%s", err, explain)
	}
	selected, err := d.Kubectl(t, "get", "twn", "-o", "name", "--field-selector", "spec.code=620602130000,status.server.name="+system.Server)
	if err != nil || strings.TrimSpace(selected) != "township.governance.daliu.dev/daliu" {
		t.Errorf("by field: %v\n%s", err, selected)
	}
	t.Logf("\n%s", output)
}

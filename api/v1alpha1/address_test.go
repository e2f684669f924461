package v1alpha1_test

import (
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daliu-governance/daliu/api/v1alpha1"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		host, base string
		want       string
	}{
		"a town is in front of its district":     {base: "https://liangzhou.example", want: "https://daliu.liangzhou.example"},
		"the district's port is the town's":      {base: "http://liangzhou.localhost:8080", want: "http://daliu.liangzhou.localhost:8080"},
		"a host of its own replaces it":          {base: "https://liangzhou.example", host: "daliu.gov.example", want: "https://daliu.gov.example"},
		"a host of its own keeps the port":       {base: "http://liangzhou.localhost:8080", host: "daliu.example", want: "http://daliu.example:8080"},
		"a host of its own needs no district":    {host: "daliu.gov.example", want: "https://daliu.gov.example"},
		"without either there is nowhere to go":  {},
		"a base that is no URL is nowhere to go": {base: "http://[::1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			town := &v1alpha1.Township{ObjectMeta: metav1.ObjectMeta{Name: "daliu"}}
			town.Spec.Instance.Host = tc.host
			var district *v1alpha1.District
			if tc.base != "" {
				district = &v1alpha1.District{Spec: v1alpha1.DistrictSpec{BaseURL: tc.base}}
			}
			got, err := town.Address(district)
			switch {
			case tc.want == "":
				if !errors.Is(err, v1alpha1.ErrNoHost) {
					t.Errorf("address = %v, %v; want %v", got, err, v1alpha1.ErrNoHost)
				}
			case err != nil || got.String() != tc.want:
				t.Errorf("address = %v, %v; want %s", got, err, tc.want)
			}
		})
	}
}

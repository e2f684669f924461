package township

import (
	"context"
	"fmt"
	"net/url"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
)

// How often a town that is not served is asked again: soon at first, rarely
// when nothing answers for long.
const (
	probeSoonest = 200 * time.Millisecond
	probeLatest  = 30 * time.Second
)

// serve asks the town for its readiness through the path that people use.
func (s *scope) serve(ctx context.Context) (string, error) {
	address, err := s.address(ctx)
	if err != nil {
		return "", err
	}
	s.town.Status.URL = address.String()
	uid, err := s.Serving.Town(ctx, s.town.Namespace, address.Hostname())
	switch {
	case err != nil:
		return "", step.Wait(s.probeAgain(), v1alpha1.ReasonNotServed, "%v", err)
	case uid != s.id.UID:
		return "", step.Wait(s.probeAgain(), v1alpha1.ReasonNotServed, "host %s is served from another Township's database", address.Hostname())
	}
	return address.String() + " answers", nil
}

// address is where the town's people work.
func (s *scope) address(ctx context.Context) (*url.URL, error) {
	district := &v1alpha1.District{}
	err := s.Get(ctx, types.NamespacedName{Namespace: s.town.Namespace, Name: v1alpha1.DistrictName}, district)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("read district of %s: %w", s.town.Namespace, err)
	}
	known := district
	if err != nil {
		known = nil
	}
	address, err := s.town.Address(known)
	if err != nil {
		return nil, step.Stop(v1alpha1.ReasonNoHost,
			"%v: apply a District named district with spec.baseURL in namespace %s, or set spec.instance.host", err, s.town.Namespace)
	}
	return address, nil
}

// probeAgain is half of the time that the town has not been served for.
func (s *scope) probeAgain() time.Duration {
	since := step.Find(s.town.Status.Conditions, v1alpha1.ConditionServed)
	if since.Status != "False" {
		return probeSoonest
	}
	return min(max(s.Now().Sub(since.LastTransitionTime.Time)/2, probeSoonest), probeLatest)
}

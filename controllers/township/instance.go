package township

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
)

// Limits of the readiness probe, and of how often it is made: soon at first,
// rarely when nothing answers for long.
const (
	probeTimeout  = 5 * time.Second
	probeSoonest  = 200 * time.Millisecond
	probeLatest   = 30 * time.Second
	probeMaxBytes = 4 << 10
)

// serve asks the town for its readiness through the path that people use.
func (s *scope) serve(ctx context.Context) (string, error) {
	address, err := s.address(ctx)
	if err != nil {
		return "", err
	}
	s.town.Status.URL = address.String()
	probed, err := s.probeInstance(ctx, address.Hostname())
	switch {
	case err != nil:
		return "", step.Wait(s.probeAgain(), v1alpha1.ReasonNotServed, "%v", err)
	case probed.UID != s.id.UID:
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

// readiness is what a town's instance says of itself.
type readiness struct {
	UID string `json:"uid"`
}

func (s *scope) probeInstance(ctx context.Context, host string) (readiness, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	target := strings.ReplaceAll(s.ServingURL, "{namespace}", s.town.Namespace) + "/readyz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return readiness{}, fmt.Errorf("probe %s: %w", target, err)
	}
	request.Host = host
	response, err := s.HTTP.Do(request)
	if err != nil {
		return readiness{}, fmt.Errorf("probe %s: %w", host, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, probeMaxBytes))
	if err != nil {
		return readiness{}, fmt.Errorf("probe %s: %w", host, err)
	}
	if response.StatusCode != http.StatusOK {
		return readiness{}, fmt.Errorf("probe %s: the server says %s", host, response.Status)
	}
	var ready readiness
	if err := json.Unmarshal(body, &ready); err != nil {
		return readiness{}, fmt.Errorf("probe %s: the answer is no readiness: %w", host, err)
	}
	return ready, nil
}

// probeAgain is half of the time that the town has not been served for.
func (s *scope) probeAgain() time.Duration {
	since := step.Find(s.town.Status.Conditions, v1alpha1.ConditionServed)
	if since.Status != "False" {
		return probeSoonest
	}
	return min(max(s.Now().Sub(since.LastTransitionTime.Time)/2, probeSoonest), probeLatest)
}

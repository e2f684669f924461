// Package serving asks the servers of towns, through the path that people use,
// whether they answer.
package serving

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of a probe.
const (
	timeout  = 5 * time.Second
	maxBytes = 4 << 10
)

// A Prober asks the shared server of a namespace.
type Prober struct {
	// URL is where it answers, such as http://daliu-serve.{namespace}.svc:8080;
	// {namespace} is replaced.
	URL string
	// HTTP makes one connection for each probe: idle ones would be kept for
	// every town.
	HTTP *http.Client
}

// NewProber makes a prober of servers at a URL.
func NewProber(url string) *Prober {
	return &Prober{URL: url, HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: timeout}}
}

// Alive returns an error that says why the server of a namespace does not
// answer.
func (p *Prober) Alive(ctx context.Context, namespace string) error {
	_, err := p.get(ctx, namespace, "", "/healthz")
	return err
}

// Town returns the UID of the Township whose database is served under a host.
// The error says why none is.
func (p *Prober) Town(ctx context.Context, namespace, host string) (string, error) {
	body, err := p.get(ctx, namespace, host, "/readyz")
	if err != nil {
		return "", err
	}
	var ready struct {
		UID string `json:"uid"`
	}
	if err := json.Unmarshal(body, &ready); err != nil {
		return "", fmt.Errorf("probe %s: the answer is no readiness: %w", host, err)
	}
	return ready.UID, nil
}

func (p *Prober) get(ctx context.Context, namespace, host, path string) ([]byte, error) {
	target := strings.ReplaceAll(p.URL, "{namespace}", namespace) + path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, fmt.Errorf("probe %s: %w", target, err)
	}
	if host != "" {
		request.Host = host
	}
	response, err := p.HTTP.Do(request)
	if err != nil {
		return nil, fmt.Errorf("probe %s: %w", request.Host, plain(err))
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBytes))
	if err != nil {
		return nil, fmt.Errorf("probe %s: %w", request.Host, plain(err))
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("probe %s: the server says %s", request.Host, response.Status)
	}
	return body, nil
}

// plain leaves out the ports of a failed connection. They differ every time,
// and a status that repeats them would be written every time.
func plain(err error) error {
	if failed := (*net.OpError)(nil); errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
